"""Files of motifs as people have them: MEME, JASPAR, TRANSFAC, HOMER, HOCOMOCO, CIS-BP and UniPROBE.

What can be taken is taken, and notes name the rest.
"""

from pathlib import Path

import numpy as np

from expact_utils.data.sequences import lines
from expact_utils.dna.pfm import MAX_WIDTH, Motif
from expact_utils.motifs import motif_formats
from expact_utils.motifs.motif_formats import OF_RNA, Found, Skipped
from expact_utils.run.errors import InputError
from expact_utils.run.tables import UNNAMEABLE

SITES = 20  # of a motif whose file does not tell: the MEME Suite's default
ROUNDED = 0.05  # how far from 1 a sum of frequencies may be
EXACT = 0.01  # ... without a word
PERCENT, NEARLY = 100, 1  # what percentages sum to, and how far from it rounding leaves them
NAMED = 10  # of what was skipped or renamed
FEWEST = 2  # of counts that are not whole: a smaller sum may be of frequencies


def read(path: str | Path) -> tuple[list[Motif], list[str]]:
    """Read motifs of a file, plain or gzip; the format is told by its content.

    Returns
    -------
    list[Motif], list[str]
        Motifs, and notes on those that were skipped and on what was taken for granted. A motif whose file tells no
        number of sites, or none, has 20, as in the MEME Suite; a second motif of one ID has `_2` behind it.

    Raises
    ------
    InputError
        When the file cannot be read, is none of these formats, or no motif of it can be taken.
    """
    path = Path(path)
    content = [line.decode(errors="replace").strip() for _, line in lines(path)]
    found = motif_formats.parse(content, path.name.partition(".txt")[0].replace(" ", "_"))
    if found is None:
        raise InputError(
            f"{path} is no motif file; expected MEME, JASPAR ('>' and four rows), TRANSFAC ('P0 A C G T'), HOMER, "
            "HOCOMOCO, CIS-BP or UniPROBE."
        )
    taken = _Taken(list(found))
    if not taken.motifs:
        why = taken.skipped[0] if taken.skipped else "it holds none"
        raise InputError(f"{path} has no motif that can be taken: {why}.")
    notes = taken.notes()
    if any(map(OF_RNA.match, content)):
        notes.append("motifs of RNA: U is read as T")
    return taken.motifs, [f"{path.name}: {note}" for note in notes]


class _Taken:
    """Motifs that were taken, those that were skipped, and what was taken for granted."""

    def __init__(self, found: list[Found | Skipped]):
        self.motifs: list[Motif] = []
        self.skipped: list[Skipped] = []
        self.renamed: list[str] = []
        self.without_sites: list[str] = []
        self.rounded: list[str] = []
        # Of single motifs of a hundred sites there are some in JASPAR: only where all are so, it is the file's way.
        self.percent = all(_percentages(motif) for motif in found if isinstance(motif, Found))
        self.by_id: dict[str, Motif] = {}
        for motif in found:
            self._add(motif)

    def notes(self) -> list[str]:
        """What readers of the report should know."""
        notes = [self._of_skipped()] if self.skipped else []
        if self.renamed:
            notes.append(f"IDs that an earlier motif has: {_some(self.renamed, NAMED)}")
        if self.without_sites:
            percent = " and its columns sum to 100, as percentages do" if self.percent else ""
            notes.append(f"{_some(self.without_sites)}: no number of sites is told{percent}, {SITES} are taken")
        if self.rounded:
            notes.append(f"{_some(self.rounded)}: frequencies that do not sum to 1 were scaled")
        return notes

    def _of_skipped(self) -> str:
        reasons: dict[str, list[str]] = {}
        for error in self.skipped:
            reasons.setdefault(error.why, []).append(error.motif)
        count = f"{len(self.skipped)} motifs were" if len(self.skipped) > 1 else "1 motif was"
        told = [f"{_some(motifs, NAMED)}: {why}" for why, motifs in reasons.items()]
        return f"{count} skipped: {_some(told, NAMED, '; ')}"

    def _add(self, found: Found | Skipped) -> None:
        try:
            if isinstance(found, Skipped):
                raise found
            motif = self._motif(_named(found))
            self.motifs.append(motif)
            self.by_id[motif.id] = motif
        except Skipped as error:
            self.skipped.append(error)

    def _motif(self, found: Found) -> Motif:
        sums = _sums(found)
        frequencies = bool((np.abs(sums - 1) <= ROUNDED).all())
        pfm = found.matrix / sums[:, None]
        motif = self._id(found, pfm)
        if frequencies and (np.abs(sums - 1) > EXACT).any():
            self.rounded.append(motif)
        if found.sites:
            return Motif(motif, found.name or motif, pfm, found.sites)
        if frequencies or self.percent:
            self.without_sites.append(motif)
        return Motif(motif, found.name or motif, pfm, SITES if frequencies or self.percent else float(sums.mean()))

    def _id(self, found: Found, pfm: np.ndarray) -> str:
        """ID of a motif; where another one has it, with a number behind."""
        if found.id not in self.by_id:
            return found.id
        if np.array_equal(self.by_id[found.id].pfm, pfm):
            raise Skipped(found.id, found.line, "an earlier motif has this ID and matrix")
        number = next(i for i in range(2, len(self.motifs) + 3) if f"{found.id}_{i}" not in self.by_id)
        self.renamed.append(f"{found.id} (line {found.line}) is {found.id}_{number}")
        return f"{found.id}_{number}"


def _named(found: Found) -> Found:
    """Motif with an ID of one word, spaces as in the MEME Suite underscores, and a name that a table can hold."""
    motif, name = (UNNAMEABLE.sub(" ", text).split() for text in (found.id, found.name))
    return found._replace(id="_".join(motif), name=" ".join(name))


def _percentages(found: Found) -> bool:
    sums = found.matrix.sum(axis=1) if found.matrix.size else np.full(1, PERCENT)
    return not found.sites and bool((np.abs(sums - PERCENT) <= NEARLY).all())


def _sums(found: Found) -> np.ndarray:
    """Sum at each position of a matrix; raises `Skipped` where they are of neither frequencies nor counts."""
    matrix = found.matrix

    def skip(why: str) -> Skipped:
        return Skipped(found.id, found.line, why)

    if not matrix.size:
        raise skip("it has no matrix")
    if len(matrix) > MAX_WIDTH:
        raise skip(f"it is {len(matrix)} positions wide; expected at most {MAX_WIDTH}")
    if (matrix < 0).any():
        raise skip("it has numbers below 0; expected frequencies or counts, no log-odds")
    if not np.isfinite(matrix).all():
        raise skip("it has numbers that are not finite; expected frequencies or counts")
    sums = matrix.sum(axis=1)
    if (sums <= 0).any():
        raise skip(f"position {int(np.argmin(sums)) + 1} has neither counts nor frequencies")
    counts = (sums >= FEWEST).all() or (matrix == np.round(matrix)).all()
    if not counts and (np.abs(sums - 1) > ROUNDED).any():
        row = int(np.argmax(np.abs(sums - 1))) if np.median(sums) < FEWEST else int(np.argmin(sums))
        raise skip(f"position {row + 1} sums to {sums[row]:.3f}; expected 1 at each position, or counts")
    return sums


def _some(texts: list[str], most: int = 3, between: str = ", ") -> str:
    """Texts, the first ones of many."""
    rest = len(texts) - most
    return between.join(texts[:most]) + (f" and {rest} other{'s' * (rest > 1)}" if rest > 0 else "")
