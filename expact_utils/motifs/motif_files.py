"""Files of motifs as people have them: MEME, JASPAR, TRANSFAC, HOMER, HOCOMOCO, CIS-BP and UniPROBE.

What can be taken is taken, and notes name the rest.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from expact_utils.data.sequences import lines
from expact_utils.dna.letters import ALPHABET, BASES
from expact_utils.dna.pfm import MAX_WIDTH, Motif
from expact_utils.run.errors import InputError
from expact_utils.run.tables import UNNAMEABLE

SITES = 20  # of a motif whose file does not tell: the MEME Suite's default
ROUNDED = 0.05  # how far from 1 a sum of frequencies may be
EXACT = 0.01  # ... without a word
TITLES = {"transfac": r"P[O0]\s+A\s+C\s+G\s+[TU]", "cis_bp": r"Pos\s+A\s+C\s+G\s+[TU]", "uniprobe": r"[ACGTU]:"}
LABEL = r"(?:([ACGTUacgtu])\s*[:|\[\s]\s*)?\[?"  # of a row of one base
ROW = re.compile(LABEL + r"\s*([-+0-9.eE\s]+?)\s*\]?")


class Found(NamedTuple):
    """A motif as a file has it: matrix of shape=(width, 4), of counts or frequencies, and sites if they are told."""

    id: str
    name: str
    matrix: np.ndarray
    sites: float | None
    line: int


class _Skipped(ValueError):
    """Why a motif cannot be taken."""

    def __init__(self, motif: str, line: int, why: str):
        super().__init__(f"{motif} (line {line}): {why}")


def read(path: str | Path) -> tuple[list[Motif], list[str]]:
    """Read motifs of a file, plain or gzip; the format is told by its content.

    Returns
    -------
    list[Motif], list[str]
        Motifs, and notes on those that were skipped and on what was taken for granted. A motif whose file tells no
        number of sites, or none, has 20, as in the MEME Suite.

    Raises
    ------
    InputError
        When the file cannot be read, is none of these formats, or no motif of it can be taken.
    """
    content = [line.decode(errors="replace").strip() for _, line in lines(path)]
    parser = next((parse for parse, tells in PARSERS.items() if any(map(re.compile(tells).match, content))), None)
    if not parser:
        raise InputError(
            f"{path} is no motif file; expected MEME, JASPAR ('>' and four rows), TRANSFAC ('P0 A C G T'), HOMER, "
            "HOCOMOCO, CIS-BP or UniPROBE."
        )
    taken = _Taken()
    for start, end in _blocks(content, BEGINS[parser]):
        taken.add(parser, content, start, end)
    if not taken.motifs:
        why = taken.skipped[0] if taken.skipped else "it holds none"
        raise InputError(f"{path} has no motif that can be taken: {why}.")
    return taken.motifs, [f"{Path(path).name}: {note}" for note in taken.notes()]


class _Taken:
    """Motifs that were taken, those that were skipped, and what was taken for granted."""

    def __init__(self):
        self.motifs: list[Motif] = []
        self.skipped: list[str] = []
        self.without_sites: list[str] = []
        self.rounded: list[str] = []

    def add(self, parser, content: list[str], start: int, end: int) -> None:
        """Take the motif of a block of lines, if it is one."""
        try:
            found = parser(content, start, end)
            if found:
                self.motifs.append(self._motif(_named(found)))
        except _Skipped as error:
            self.skipped.append(str(error))

    def notes(self) -> list[str]:
        """What readers of the report should know."""
        notes = [f"{len(self.skipped)} motifs were skipped: {'; '.join(self.skipped)}"] if self.skipped else []
        if self.without_sites:
            notes.append(f"{_some(self.without_sites)}: no number of sites is told, {SITES} are taken")
        if self.rounded:
            notes.append(f"{_some(self.rounded)}: frequencies that do not sum to 1 were scaled")
        return notes

    def _motif(self, found: Found) -> Motif:
        matrix, sums = found.matrix, found.matrix.sum(axis=1) if found.matrix.size else np.zeros(0)

        def skip(why: str) -> _Skipped:
            return _Skipped(found.id, found.line, why)

        if not matrix.size:
            raise skip("it has no matrix")
        if len(matrix) > MAX_WIDTH:
            raise skip(f"it is {len(matrix)} positions wide; expected at most {MAX_WIDTH}")
        if not np.isfinite(matrix).all() or (matrix < 0).any():
            raise skip("it has numbers below 0; expected frequencies or counts, no log-odds")
        if (sums <= 0).any():
            raise skip(f"position {int(np.argmin(sums)) + 1} has neither counts nor frequencies")
        if any(found.id == motif.id for motif in self.motifs):
            raise skip("an earlier motif has this ID")
        frequencies = bool((np.abs(sums - 1) <= ROUNDED).all())
        if not frequencies and (sums < 2).any():
            row = int(np.argmax(np.abs(sums - 1)))
            raise skip(f"position {row + 1} sums to {sums[row]:.3f}; expected 1")
        if frequencies and (np.abs(sums - 1) > EXACT).any():
            self.rounded.append(found.id)
        sites = found.sites or (SITES if frequencies else float(sums.mean()))
        if not found.sites and frequencies:
            self.without_sites.append(found.id)
        return Motif(found.id, found.name or found.id, matrix / sums[:, None], sites)


def _named(found: Found) -> Found:
    """Motif with an ID of one word, spaces as in the MEME Suite underscores, and a name that a table can hold."""
    one_line = UNNAMEABLE.sub(" ", found.name)
    return found._replace(id="_".join(UNNAMEABLE.sub(" ", found.id).split()), name=" ".join(one_line.split()))


def _some(ids: list[str]) -> str:
    """Names, the first three of many."""
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} others" if len(ids) > 3 else "")


def _blocks(content: list[str], begins: str) -> Iterator[tuple[int, int]]:
    """First line, and one past the last, of each motif: where `begins` matches a line, or, `//`, the one before it."""
    after = begins == "//"
    starts = [0] * after + [i + after for i, line in enumerate(content) if re.match(begins, line)]
    return zip(starts, [*starts[1:], len(content)], strict=False)  # of no start, the end is left over


def _numbers(text: str, motif: str, line: int) -> list[float]:
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        raise _Skipped(motif, line, f"{text[:40]!r} are no numbers") from None


def _table(content: list[str], rows: list[int], motif: str) -> np.ndarray:
    """Matrix of rows of four numbers."""
    found = [_numbers(content[row], motif, row + 1) for row in rows]
    wrong = next((row for row, of in zip(rows, found, strict=True) if len(of) != BASES), None)
    if wrong is not None:
        raise _Skipped(motif, wrong + 1, f"expected four numbers, of A C G T, not {content[wrong][:40]!r}")
    return np.array(found).reshape(-1, BASES)


def _meme(content: list[str], start: int, end: int) -> Found:
    """`MOTIF ID name`, and rows below `letter-probability matrix`."""
    _, motif, *name = content[start].split()
    head = next((i for i in range(start, end) if content[i].startswith("letter-probability matrix")), None)
    if head is None:
        raise _Skipped(motif, start + 1, "it has no letter-probability matrix")
    told = dict(re.findall(r"(\w+)\s*=\s*(\S+)", content[head]))
    if told.get("alength", str(BASES)) != str(BASES):
        raise _Skipped(motif, head + 1, f"alength= {told['alength']}; expected {BASES}")
    rows: list[int] = []
    for i in range(head + 1, end):
        if re.match(r"[-+.\d]", content[i]) and not re.match(r"-{2,}$", content[i]):
            rows.append(i)
        elif rows or content[i]:
            break
    if "w" in told and told["w"] != str(len(rows)):
        raise _Skipped(motif, head + 1, f"it has {len(rows)} rows; expected w= {told['w']}")
    return Found(motif, " ".join(name), _table(content, rows, motif), _positive(told.get("nsites", "")), start + 1)


def _positive(text: str) -> float | None:
    """A number above 0 that a text states."""
    try:
        return float(text) if 0 < float(text) < np.inf else None
    except ValueError:
        return None


def _headed(content: list[str], start: int, end: int) -> Found:
    """`>ID name`, then a row a base (JASPAR), with its letter or without, or a row a position (HOMER, HOCOMOCO)."""
    cells = content[start][1:].strip().split("\t")
    words = content[start][1:].split()
    if not words:
        raise _Skipped("a motif", start + 1, "it has no ID")
    motif, name = words[0], " ".join(words[1:])
    if len(cells) > 2 and _is_number(cells[2]):  # HOMER: consensus, name, threshold
        motif = name = cells[1].split("/")[0].replace(" ", "_") or words[0]
    rows = [i for i in range(start + 1, end) if content[i]]
    found = [ROW.fullmatch(content[i]) for i in rows]
    if wrong := next((row for row, of in zip(rows, found, strict=True) if not of), None):
        raise _Skipped(motif, wrong + 1, f"expected numbers, not {content[wrong][:40]!r}")
    numbers = [_numbers(of[2], motif, row + 1) for row, of in zip(rows, found, strict=True) if of]
    letters = [of[1].upper().replace("U", "T") for of in found if of and of[1]]
    if letters and letters != list(ALPHABET[: len(letters)]):
        raise _Skipped(motif, start + 1, f"its rows are of {' '.join(letters)}; expected A C G T")
    by_base = bool(letters) or not _a_row_a_position(numbers)
    matrix = _of_bases(numbers, motif, start + 1) if by_base else np.array(numbers)
    return Found(motif, name, matrix, None, start + 1)


def _of_bases(rows: list[list[float]], motif: str, line: int) -> np.ndarray:
    """Matrix of a row a base."""
    if len(rows) != BASES:
        raise _Skipped(motif, line, f"it has {len(rows)} rows; expected four, of A C G T")
    if len({len(row) for row in rows}) > 1:
        raise _Skipped(motif, line, "its rows are not of one length")
    return np.array(rows).T


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _a_row_a_position(rows: list[list[float]]) -> bool:
    """Whether rows without letters are positions; of four by four numbers, the sums that are more alike tell."""
    if not rows or any(len(row) != BASES for row in rows):
        return False
    return len(rows) != BASES or np.ptp(np.sum(rows, axis=1)) < np.ptp(np.sum(rows, axis=0))


def _transfac(content: list[str], start: int, end: int) -> Found | None:
    """`AC` or `ID`, then rows below `P0 A C G T`, up to `//`."""
    from Bio import motifs as parsers

    text = "\n".join(line for line in content[start:end] if line != "//") + "\n//\n"
    head = next((line for line in content[start:end] if re.match(r"(AC|ID)\s+\S", line)), "").split()
    motif = head[1] if head else "a matrix without ID"
    try:
        records = [record for record in parsers.parse(io.StringIO(text), "TRANSFAC", strict=False) if record.counts]
    except Exception as error:  # the parser fails in many ways on what is no TRANSFAC
        raise _Skipped(motif, start + 1, " ".join(str(error).split())) from None
    if not records:
        return None
    (record,) = records
    if not (record.get("AC") or record.get("ID")):
        raise _Skipped(motif, start + 1, "it has neither AC nor ID")
    matrix = np.array([record.counts[base] for base in ALPHABET], dtype=float).T
    name = record.get("NA") or record.get("ID") or ""
    return Found(record.get("AC") or record.get("ID"), name, matrix, None, start + 1)


def _cis_bp(content: list[str], start: int, end: int) -> Found:
    """Perhaps `TF name` and `Motif ID`, then `Pos A C G T` and rows that start with a position."""
    before = range(max(0, start - 12), start)  # what the file says of this motif stands above its matrix
    pairs = [content[i].split("\t", 1) for i in before if content[i][:1].isalpha()]
    told = dict(pair for pair in pairs if len(pair) == 2)
    motif = told.get("Motif") or told.get("TF") or f"motif{start + 1}"
    rows = []
    for i in range(start + 1, end):
        if not re.match(r"\d+\s", content[i]):
            break
        rows.append(i)
    matrix = _table([re.sub(r"^\d+\s+", "", line) for line in content], rows, motif)
    return Found(motif.replace(" ", "_"), told.get("TF Name") or told.get("TF", ""), matrix, None, start + 1)


def _uniprobe(content: list[str], start: int, end: int) -> Found:
    """A title, then rows `A:`, `C:`, `G:`, `T:`."""
    title = next((content[i] for i in range(start - 1, -1, -1) if content[i]), f"motif{start + 1}")
    motif = title.split("\t")[-1].split()[-1]
    rows = [i for i in range(start, end) if re.match(r"[ACGTU]:", content[i])]
    numbers = [_numbers(content[i][2:], motif, i + 1) for i in rows]
    return Found(motif, title, _of_bases(numbers, motif, start + 1), None, start + 1)


PARSERS = {
    _meme: r"MEME version",
    _transfac: TITLES["transfac"],
    _cis_bp: TITLES["cis_bp"],
    _headed: ">",
    _uniprobe: TITLES["uniprobe"],
}
BEGINS = {
    _meme: r"MOTIF\s+\S",
    _transfac: "//",
    _cis_bp: TITLES["cis_bp"],
    _headed: ">",
    _uniprobe: "A:",
}
