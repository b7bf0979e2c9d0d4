"""Windows of a genome around peaks: BED or narrowPeak, and a genome in FASTA."""

import os
import re
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expact_utils.data.sequences import Records, check_number, lines, spread
from expact_utils.dna.letters import PLAIN, TO_LETTERS
from expact_utils.run.errors import InputError
from expact_utils.run.files import regular
from expact_utils.run.progress import Progress

BED = (".bed", ".narrowpeak", ".broadpeak")  # endings of files of regions
DRAWS = 200  # at most this many a region, to find windows of the same GC content
PATIENCE = 20_000  # draws after which a GC content that none of them had is given up
BLOCK = 10_000  # draws between two looks at what is still wanted
PLACE = re.compile(r"(?:.*::)?(?P<chromosome>[^:\s]+):(?P<start>\d{1,12})-(?P<end>\d{1,12})(?:\((?P<strand>[-+])\))?")
PLACED = re.compile(r"\d{1,12}")  # a coordinate; no chromosome is longer
SUMMIT = 9  # column of narrowPeak that holds the summit's distance from the start, 0-based; -1 if unknown


@dataclass(frozen=True)
class Region:
    """A region of a chromosome, 0-based and half-open as in BED; `centre` is the summit or the middle."""

    chromosome: str
    start: int
    end: int
    centre: int
    name: str
    line: int


def read_bed(path: str | Path) -> list[Region]:
    """Read a BED or narrowPeak file, plain or gzip.

    Raises
    ------
    InputError
        When the file cannot be read, holds no region, or a line is no region; names file and line.
    """
    regions = list(_regions(path))
    if not regions:
        raise InputError(f"{path} holds no region; expected BED lines: chromosome, start, end.")
    return regions


def windows(regions: list[Region], genome: str | Path, length: int, where: str | Path) -> tuple[Records, list[Region]]:
    """Read windows of `length` about the regions' centres.

    Windows that hang over a chromosome's end are left out, with a note; `1` and `chr1` are taken for each other.

    Parameters
    ----------
    regions : list[Region]
        As from `read_bed`.
    genome : str or Path
        FASTA file, plain or packed by bgzip; an index is written beside it if there is none.
    length : int
        Nucleotides of a window.
    where : str or Path
        File of the regions, for messages.

    Returns
    -------
    Records, list[Region]
        The windows, on the forward strand, and the regions they belong to, start and end being the window's.

    Raises
    ------
    InputError
        When the genome cannot be read, lacks a chromosome, or a region lies beyond its end, so that the genome is
        another.
    """
    with _open(genome) as chromosomes:
        letters, kept, renamed, over = bytearray(), [], set(), 0
        for region in sorted(regions, key=lambda region: (region.chromosome, region.start)):
            name = _name_in(chromosomes, region, genome, where)
            renamed |= {(region.chromosome, name)} if name != region.chromosome else set()
            size = len(chromosomes[name])
            if region.end > size:
                raise InputError(
                    f"{where}, line {region.line}: {region.chromosome}:{region.start}-{region.end} lies beyond "
                    f"the end of {name} in {genome} ({size} nt); is it another assembly?"
                )
            start = region.centre - length // 2
            if start < 0 or start + length > size:
                over += 1
                continue
            letters += _translated(chromosomes[name][start : start + length], genome, name)
            kept.append(Region(name, start, start + length, region.centre, region.name, region.line))
    if not kept:
        raise InputError(f"{where}: no window of {length} nt lies within a chromosome of {genome}.")
    source, sizes = Path(where).name, np.array([region.end - region.start for region in regions])
    notes = [f"{source}: {over} windows hang over a chromosome's end and were left out"] if over else []
    if (sizes != length).any():
        notes.append(f"{source}: regions are {spread(sizes)}; windows of {length} nt about their summits, or middles")
    notes += [f"{source}: chromosome {given} taken for {name} of the genome" for given, name in sorted(renamed)]
    return _as_records(kept, letters, notes), kept


def gc_matched(
    regions: list[Region], positives: Records, genome: str | Path, seed: int
) -> tuple[Records, list[Region]]:
    """Draw as many windows at random from the same chromosomes, with the same GC content, that overlap no region.

    Parameters
    ----------
    regions, positives
        Windows of one length, as from `windows`.
    genome : str or Path
        FASTA file.
    seed : int
        Same seed, same windows.

    Returns
    -------
    Records, list[Region]
        Windows whose GC content is, in steps of 2 %, as often as the positives' so; a note says how many could not be
        matched. Windows with an N are not taken. A GC content that `PATIENCE` draws do not find is given up.

    Raises
    ------
    InputError
        When the genome cannot be read, or has no such window.
    """
    length, rng = int(positives.lengths[0]), np.random.default_rng(seed)
    wanted = Counter(_gc_step(positives.letters[end - length : end].tobytes()) for end in positives.ends)
    taken = {}
    for region in sorted(regions, key=lambda region: (region.chromosome, region.start)):
        taken.setdefault(region.chromosome, []).append(region.start)
    letters, drawn, last_found = bytearray(), [], dict.fromkeys(wanted, 0)
    total = wanted.total()
    progress, text = Progress("negatives", total), "{:,} windows of the same GC content"
    with _open(genome) as chromosomes:
        for draw, (name, start) in enumerate(_places(chromosomes, sorted(taken), length, rng)):
            if len(drawn) == total:
                break
            if draw and draw % BLOCK == 0:
                if draw >= DRAWS * total + PATIENCE or all(draw - last_found[step] >= PATIENCE for step in +wanted):
                    break
                if drawn:
                    progress.report(len(drawn), text.format(len(drawn)))
            near = bisect_right(taken[name], start - length)  # the first window that may reach into this one
            if near < len(taken[name]) and taken[name][near] < start + length:
                continue
            window = _translated(chromosomes[name][start : start + length], genome, name)
            if b"N" not in window and wanted[step := _gc_step(window)] > 0:
                wanted[step] -= 1
                last_found[step] = draw
                letters += window
                drawn.append(Region(name, start, start + length, start + length // 2, f"background{len(drawn)}", 0))
                insort(taken[name], start)
    if draw > BLOCK:
        progress.report(total, text.format(len(drawn)))
    if not drawn:
        raise InputError(f"no window of {genome} outside the regions has their GC content; give a file of negatives.")
    notes = [f"negatives: {len(drawn)} windows of the genome outside the regions, matched by GC content"]
    if missing := sum((+wanted).values()):
        notes.append(
            f"negatives: {missing} windows have a GC content that was not found again outside the regions, in "
            f"{draw:,} draws"
        )
    return _as_records(drawn, letters, notes), drawn


def coordinates(name: str) -> tuple[str, int, int, str] | None:
    """Chromosome, start, end (0-based, half-open) and strand that a sequence's name states; None if it states none.

    Understood is what bedtools and others write: `chr1:100-300`, `chr1:100-300(-)`, `peak7::chr1:100-300(+)`.
    """
    found = PLACE.fullmatch(name)
    if not found or int(found["start"]) >= int(found["end"]):
        return None
    return found["chromosome"], int(found["start"]), int(found["end"]), found["strand"] or "+"


@contextmanager
def _open(genome: str | Path):
    """Open a genome by chromosome name; an index that is written is left behind only where all goes well."""
    import pyfaidx

    genome = regular(genome)
    index = Path(f"{genome}.fai")
    made = [path for path in (index, Path(f"{genome}.gzi")) if not path.exists()]
    indexed = index.is_file() and genome.is_file() and index.stat().st_mtime >= genome.stat().st_mtime
    if genome.is_file() and not indexed and not os.access(genome.parent, os.W_OK):
        raise InputError(
            f"the genome {genome} has no index as new as itself, and none can be written beside it; expected "
            f"{index.name}, which `samtools faidx {genome.name}` makes."
        )
    try:
        try:
            chromosomes = pyfaidx.Fasta(str(genome), as_raw=True, sequence_always_upper=True)
        except Exception as error:  # pyfaidx raises its own and others
            raise InputError(f"cannot read the genome {genome}: {' '.join(str(error).split())}.") from None
        with chromosomes:
            yield chromosomes
    except InputError:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _places(chromosomes, names: list[str], length: int, rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Chromosome and start of windows at random, without end; a chromosome comes as often as it is long."""
    sizes = np.array([len(chromosomes[name]) for name in names])
    while True:
        chosen = rng.choice(len(names), BLOCK, p=sizes / sizes.sum())
        for i, start in zip(chosen, rng.integers(sizes[chosen] - length + 1), strict=True):
            yield names[i], int(start)


def _as_records(regions: list[Region], letters: bytearray, notes: list[str]) -> Records:
    """Records of windows of one length, named by their place."""
    ids = [f"{region.chromosome}:{region.start}-{region.end}" for region in regions]
    ends = np.arange(1, len(regions) + 1, dtype=np.int64) * (len(letters) // len(regions))
    return Records(ids, np.frombuffer(letters, np.uint8), ends, notes=notes)


def _gc_step(letters: bytes) -> int:
    """GC content in steps of 2 %."""
    return round(50 * (letters.count(b"G") + letters.count(b"C")) / len(letters))


def _regions(path: str | Path) -> Iterator[Region]:
    held = 0
    for number, line in lines(path):
        try:
            cells = line.decode().split()
        except UnicodeDecodeError:
            raise InputError(f"{path}, line {number}: not text; expected BED.") from None
        if not cells or cells[0] in ("track", "browser") or cells[0].startswith("#"):
            continue
        if len(cells) < 3 or not (PLACED.fullmatch(cells[1]) and PLACED.fullmatch(cells[2])):
            raise InputError(f"{path}, line {number}: expected chromosome, start and end.")
        start, end = int(cells[1]), int(cells[2])
        if start >= end:
            raise InputError(f"{path}, line {number}: the region ends at {end}, not after its start, {start}.")
        centre = (start + end) // 2
        if len(cells) > SUMMIT and PLACED.fullmatch(cells[SUMMIT]):
            centre = start + int(cells[SUMMIT])
            if centre >= end:
                raise InputError(f"{path}, line {number}: the summit, {cells[SUMMIT]}, lies beyond the region's end.")
        held += 1
        check_number(path, held)
        yield Region(cells[0], start, end, centre, cells[3] if len(cells) > 3 else f"region{number}", number)


def _name_in(chromosomes, region: Region, genome, where) -> str:
    """Name of a region's chromosome in the genome."""
    name = region.chromosome
    for candidate in (name, f"chr{name}", name.removeprefix("chr")):
        if candidate in chromosomes:
            return candidate
    held = ", ".join(list(chromosomes.keys())[:5])
    raise InputError(f"{where}, line {region.line}: the genome {genome} has no chromosome {name}; it has {held}, …")


def _translated(text: str, genome, name: str) -> bytes:
    letters = text.encode().translate(TO_LETTERS)
    if letters.translate(None, PLAIN):
        raise InputError(f"the genome {genome} has letters in {name} that are no nucleotides.")
    return letters
