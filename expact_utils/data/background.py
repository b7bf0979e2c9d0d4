"""Windows of a genome at random, with the GC content of others, as negatives that GC content does not tell apart."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from expact_utils.data.genome import Genome, open_genome
from expact_utils.data.regions import Region, Taken, as_records
from expact_utils.data.sequences import Records
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress

DRAWS = 200  # at most this many a region, to find windows of the same GC content
PATIENCE = 20_000  # draws after which a GC content that none of them had is given up
BLOCK = 10_000  # draws between two looks at what is still wanted


def gc_matched(
    windows: list[Region], regions: list[Region], positives: Records, genome: str | Path, seed: int
) -> tuple[Records, list[Region]]:
    """Draw as many windows at random from the same chromosomes, with the same GC content, that overlap no region.

    Parameters
    ----------
    windows, positives
        Windows of one length, as from `regions.windows`.
    regions : list[Region]
        As from `bed.read_bed`: what else is not to be drawn from, as a window may be the middle of its region alone.
    genome : str or Path
        FASTA file.
    seed : int
        Same seed, same windows.

    Returns
    -------
    Records, list[Region]
        Windows whose GC content, of their known bases, is, in steps of 2 %, as often as the positives' so; a note says
        how many could not be matched. Windows with an N are not taken, but get N where the positive has it that they
        match: else those of a masked genome would tell the classes apart. A GC content that `PATIENCE` draws do not
        find is given up.

    Raises
    ------
    InputError
        When the genome cannot be read, or has no such window.
    """
    length, rng = int(positives.lengths[0]), np.random.default_rng(seed)
    search = _Search(positives.letters.reshape(-1, length))
    letters = bytearray()
    drawn: list[Region] = []
    with open_genome(genome) as opened:
        taken = Taken((opened.name_of(of.chromosome) or "", of.start, of.end) for of in (*windows, *regions))
        chromosomes = sorted({window.chromosome for window in windows})
        for name, start in search.until_over(_places(opened, chromosomes, length, rng)):
            if not taken.is_free(name, start, start + length):
                continue
            window = Region(name, start, start + length, start + length // 2, f"background{len(drawn)}", 0)
            text = opened.letters(name, start, window.end)
            if b"N" not in text and (masked := search.taken(text)):
                letters += masked
                drawn.append(window)
                taken.add(name, start, window.end)
    if not drawn:
        raise InputError(f"no window of {genome} outside the regions has their GC content; give a file of negatives.")
    return as_records(drawn, letters, [f"negatives: {note}" for note in search.notes()]), drawn


class _Search:
    """What draws of windows at random are still to find, by GC content in steps of 2 %."""

    def __init__(self, positives: np.ndarray):
        self.unknown = positives == ord("N")
        self.wanted: dict[int, list[int]] = {}  # rows of the positives
        for row, letters in enumerate(positives):
            self.wanted.setdefault(_gc_step(letters.tobytes()), []).append(row)
        self.total = len(positives)
        self.found = self.draws = 0
        self.last_found = dict.fromkeys(self.wanted, 0)  # draws before it
        self.progress = Progress("negatives", self.total)

    def until_over(self, places: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
        """Yield places, a draw each, until all is found or what is left is given up; tell how it goes."""
        for place in places:
            at_block = self.draws > 0 and self.draws % BLOCK == 0
            if self.found == self.total or (at_block and self._is_hopeless()):
                break
            if at_block and self.found:
                self._report(self.found)
            self.draws += 1
            yield place
        if self.draws > BLOCK:
            self._report(self.total)

    def taken(self, letters: bytes) -> bytes:
        """Letters of the last draw, with the N of a positive of this GC content, which then counts as found.

        Nothing where there is none, or the letters that are left have another GC content.
        """
        step = _gc_step(letters)
        if not (rows := self.wanted.get(step)):
            return b""
        masked = np.where(self.unknown[rows[-1]], ord("N"), np.frombuffer(letters, np.uint8)).astype(np.uint8).tobytes()
        if _gc_step(masked) != step:
            return b""
        rows.pop()
        self.found += 1
        self.last_found[step] = self.draws - 1
        return masked

    def notes(self) -> list[str]:
        """What was found, and what was not."""
        with_n = ", with N where the positives have it" if self.unknown.any() else ""
        notes = [f"{self.found} windows of the genome outside the regions, matched by GC content{with_n}"]
        if missing := self.total - self.found:
            notes.append(
                f"{missing} windows have a GC content that was not found again outside the regions, in "
                f"{self.draws:,} draws"
            )
        return notes

    def _is_hopeless(self) -> bool:
        since = (self.draws - self.last_found[step] for step, rows in self.wanted.items() if rows)
        return self.draws >= DRAWS * self.total + PATIENCE or all(draws >= PATIENCE for draws in since)

    def _report(self, done: int) -> None:
        self.progress.report(done, f"{self.found:,} windows of the same GC content")


def _places(genome: Genome, names: list[str], length: int, rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Chromosome and start of windows at random, without end; a chromosome comes as often as it is long."""
    sizes = np.array([genome.size(name) for name in names])
    while True:
        chosen = rng.choice(len(names), BLOCK, p=sizes / sizes.sum())
        for i, start in zip(chosen, rng.integers(sizes[chosen] - length + 1), strict=True):
            yield names[i], int(start)


def _gc_step(letters: bytes) -> int:
    """GC content of the known bases in steps of 2 %."""
    known = len(letters) - letters.count(b"N")
    return round(50 * (letters.count(b"G") + letters.count(b"C")) / max(known, 1))
