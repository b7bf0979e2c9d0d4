"""Formats of motif files, and the matrices in their lines."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from expact_utils.dna.letters import ALPHABET, BASES
from expact_utils.run.tables import is_number, number

RNA = ALPHABET.replace("T", "U")
OURS = (ALPHABET, RNA, "DNA", "RNA")  # what MEME may call our alphabet
OF_RNA = re.compile(
    r'ALPHABET\s*=\s*(ACGU|RNA)\b|ALPHABET.*\bRNA-LIKE|U\s+"|(P[O0]|Pos)\s+A\s+C\s+G\s+U\b|U\s*[:|\[]|U\s+[\d.]', re.I
)
LABEL = r"(?:([ACGTUacgtu])\s*[:|\[\s]\s*)?\[?"  # of a row of one base
CONSENSUS = re.compile(r"\s*[ACGTURYKMSWBDHVN]+\s*", re.I)  # in letters for several bases (IUPAC)
BASE = "[ACGTU]:"  # before a row of UniPROBE
ROW = re.compile(LABEL + r"\s*([-+0-9.eE\s]+?)\s*\]?")
POSITIONS, OF_BASES = "positions", "bases"  # what rows are
ALIKE = 0.001  # of a mean sum: how far apart rounding leaves sums that should be one ...
FAR = 4  # ... and how many times as far apart those of the wrong way have to be
MATRIX = re.compile(r"letter\s*-\s*probability\s+matrix", re.I)


class Found(NamedTuple):
    """A motif as a file has it: matrix of shape=(width, 4), of counts or frequencies, and sites if they are told.

    Of a format whose rows may be positions or bases, `ways` has the matrices that they may be.
    """

    id: str
    name: str
    matrix: np.ndarray
    sites: float | None
    line: int
    ways: Mapping[str, np.ndarray] = MappingProxyType({})


class Skipped(ValueError):
    """Why a motif cannot be taken: the motif with its line, and the reason."""

    def __init__(self, motif: str, line: int, why: str):
        super().__init__(f"{motif} (line {line}): {why}")
        self.motif, self.why = f"{motif} (line {line})", why


class Format(NamedTuple):
    """How a format is told (a line of it), what finds its motifs' lines (first, one past the last), and reads them."""

    tells: str
    blocks: Callable[[list[str]], Iterator[tuple[int, int]]]
    parse: Callable[[list[str], int, int, str], Found | None]


def parse(content: list[str], fallback: str) -> Iterator[Found | Skipped] | None:
    """Yield motifs of a file's lines, or why one cannot be taken; None where they are of no format that is known.

    Parameters
    ----------
    content : list[str]
        Lines without white space at their ends.
    fallback : str
        ID of a motif whose file names none, such as the file's name.
    """
    told = (form for form in FORMATS if any(map(re.compile(form.tells).match, content)))
    form = next(told, None)
    return _settled(list(_each(content, form, fallback))) if form else None


def _each(content: list[str], form: Format, fallback: str) -> Iterator[Found | Skipped]:
    for start, end in form.blocks(content):
        try:
            if found := form.parse(content, start, end, fallback):
                yield found
        except Skipped as error:
            yield error


def _settled(found: list[Found | Skipped]) -> Iterator[Found | Skipped]:
    """Motifs; one that may be read in two ways is read as the others of its file, if these agree."""
    votes = {way for motif in found if isinstance(motif, Found) and len(motif.ways) == 1 for way in motif.ways}
    for motif in found:
        if isinstance(motif, Skipped) or len(motif.ways) < 2:
            yield motif
        elif len(votes) == 1:
            yield motif._replace(matrix=motif.ways[next(iter(votes))])
        else:
            why = "its rows may be positions or bases, and no other motif tells; expected A C G T before rows of bases"
            yield Skipped(motif.id, motif.line, why)


def _from(begins: str) -> Callable[[list[str]], Iterator[tuple[int, int]]]:
    """Function: first line, and one past the last, of each motif, where its first line matches `begins`."""

    def blocks(content: list[str]) -> Iterator[tuple[int, int]]:
        starts = [i for i, line in enumerate(content) if re.match(begins, line)]
        return itertools.pairwise([*starts, len(content)])

    return blocks


def _records(content: list[str]) -> Iterator[tuple[int, int]]:
    """First line, and one past the last, of each record of TRANSFAC: up to `//`, or where another begins."""
    start, has_matrix = 0, False
    for i, line in enumerate(content):
        ends = line.startswith("//")
        if ends or (has_matrix and re.match(rf"(AC|ID|NA|DE)\s|{P0}", line, re.I)):
            yield start, i
            start, has_matrix = i + ends, False
        has_matrix = has_matrix or bool(re.match(P0, line, re.I))
    yield start, len(content)


def _matrices(content: list[str]) -> Iterator[tuple[int, int]]:
    """First line, and one past the last, of each matrix of UniPROBE: rows of bases, up to one that is there already."""
    starts, bases = [], ""
    for i, line in enumerate(content):
        of_base = re.match(BASE, line)
        if of_base and (not bases or line[0] in bases):
            starts.append(i)
            bases = ""
        bases = bases + line[0] if of_base else bases * (not line)
    return itertools.pairwise([*starts, len(content)])


def _numbers(text: str, motif: str, line: int) -> list[float]:
    numbers = [of for word in text.split() if (of := number(word)) is not None]
    if len(numbers) < len(text.split()):
        raise Skipped(motif, line, f"{text[:40]!r} are no numbers")
    return numbers


def _table(rows: dict[int, str], motif: str) -> np.ndarray:
    """Matrix of rows of four numbers, by the index of their lines."""
    found = {row: _numbers(text, motif, row + 1) for row, text in rows.items()}
    if wrong := next((row for row, of in found.items() if len(of) != BASES), None):
        raise Skipped(motif, wrong + 1, f"expected four numbers, of A C G T, not {rows[wrong][:40]!r}")
    return np.array(list(found.values())).reshape(-1, BASES)


def _of_bases(rows: list[list[float]], motif: str, line: int) -> np.ndarray:
    """Matrix of a row a base."""
    if len(rows) != BASES:
        raise Skipped(motif, line, f"it has {len(rows)} rows; expected four, of A C G T")
    if len({len(row) for row in rows}) > 1:
        raise Skipped(motif, line, "its rows are not of one length")
    return np.array(rows).T


def _check_letters(letters: list[str], motif: str, line: int) -> None:
    """Refuse rows of bases in another order than A C G T."""
    if letters != list(ALPHABET[: len(letters)]):
        raise Skipped(motif, line, f"its rows are of {' '.join(letters)}; expected A C G T")


def _positive(text: str) -> float | None:
    """A number above 0 that a text states."""
    stated = number(text)
    return stated if stated and 0 < stated < np.inf else None


def _alphabet(content: list[str]) -> str:
    """Letters of a MEME file's alphabet, in the order of its columns; DNA where none is told."""
    head = list(itertools.takewhile(lambda line: not line.startswith("MOTIF"), content))
    start = next((i for i, line in enumerate(head) if re.match(r"ALPHABET\b", line, re.I)), len(head))
    if short := re.match(r"ALPHABET\s*=\s*(\S+)", "".join(head[start : start + 1]), re.I):
        return short[1].upper()
    letters: list[str] = []
    for line in head[start + 1 :]:
        if line.upper().startswith("END ALPHABET") or (line.startswith("****") and letters):
            break
        plain = re.sub(r'"[^"]*"', "", line)  # without the letter's name
        if "=" not in plain and (of := re.match(r"(\w)(?:$|\s)", plain)):  # others are ambiguous: `N = ACGT`
            letters += [of[1], *re.findall(r"~\s*(\w)", plain)]
    return "".join(sorted(letters)) or ALPHABET  # MEME's columns are in this order, whatever that of the lines


def _meme(content: list[str], start: int, end: int, fallback: str) -> Found:
    """`MOTIF ID name`, and rows below `letter-probability matrix`."""
    _, motif, *words = content[start].split()
    name = re.sub(r"\s*\bwidth =.*", "", " ".join(words))  # as MEME's own results go on
    if (letters := _alphabet(content)) not in OURS:
        raise Skipped(motif, start + 1, f"its alphabet is {letters}; expected {ALPHABET} or {RNA}")
    head = next((i for i in range(start, end) if MATRIX.match(content[i])), None)
    if head is None:
        raise Skipped(motif, start + 1, "it has no letter-probability matrix")
    told = dict(re.findall(r"(\w+)\s*=\s*(\S+)", content[head]))
    if told.get("alength", str(BASES)) != str(BASES):
        raise Skipped(motif, head + 1, f"alength= {told['alength']}; expected {BASES}")
    first = next((i for i in range(head + 1, end) if content[i]), end)
    rows = {i: content[i] for i in _run(content, first, end, r"(?i)(?!-{2,}$)([-+.\d]|nan\b|inf\b)")}
    if "w" not in told:
        _check_end(content, first + len(rows), end, motif)
    elif told["w"] != str(len(rows)):
        raise Skipped(motif, head + 1, f"it has {len(rows)} rows; expected w= {told['w']}")
    return Found(motif, name, _table(rows, motif), _positive(told.get("nsites", "")), start + 1)


def _headed(content: list[str], start: int, end: int, fallback: str) -> Found:
    """`>ID name`, then a row a base (JASPAR), with its letter or without, or a row a position (HOMER, HOCOMOCO)."""
    cells = content[start][1:].strip().split("\t")
    words = content[start][1:].split()
    if not words:
        raise Skipped("a motif", start + 1, "it has no ID")
    motif, name = words[0], " ".join(words[1:])
    if homer := len(cells) > 2 and bool(CONSENSUS.fullmatch(cells[0])) and is_number(cells[2]):  # and a threshold
        motif = name = cells[1].split("/")[0].replace(" ", "_") or words[0]
    rows = [i for i in range(start + 1, end) if content[i]]
    found = [ROW.fullmatch(content[i]) for i in rows]
    if wrong := next((row for row, of in zip(rows, found, strict=True) if not of), None):
        raise Skipped(motif, wrong + 1, f"expected numbers, not {content[wrong][:40]!r}")
    numbers = [_numbers(of[2], motif, row + 1) for row, of in zip(rows, found, strict=True) if of]
    letters = [of[1].upper().replace("U", "T") for of in found if of and of[1]]
    _check_letters(letters, motif, start + 1)
    ways = {} if letters else _ways(numbers, homer)
    matrix = next(iter(ways.values())) if ways else _of_bases(numbers, motif, start + 1)
    return Found(motif, name, matrix, None, start + 1, ways or {OF_BASES: matrix})


def _ways(rows: list[list[float]], homer: bool) -> dict[str, np.ndarray]:
    """Matrices that rows without letters may be: HOMER's are positions; of others the far more alike sums tell.

    Positions may have their numbers, from 0 or 1, before them.
    """
    ways: dict[str, np.ndarray] = {}
    widths = {len(row) for row in rows}
    numbers = [row[0] for row in rows if row]
    if widths == {BASES}:
        ways[POSITIONS] = np.array(rows)
    elif widths == {BASES + 1} and numbers in (list(range(len(rows))), list(range(1, len(rows) + 1))):
        ways[POSITIONS] = np.array(rows)[:, 1:]
    if len(rows) == BASES and len(widths) == 1 and not (ways and homer):
        ways[OF_BASES] = np.array(rows).T
    with np.errstate(all="ignore"):
        sums = {way: matrix.sum(axis=1) for way, matrix in ways.items()}
        spreads = {way: np.ptp(of) / np.mean(of) for way, of in sums.items()}
    clear = min(ways, key=spreads.__getitem__, default="")
    if all(FAR * spreads[clear] + ALIKE < spreads[way] for way in ways if way != clear):
        return {way: ways[way] for way in ways if way == clear}
    return ways


def _transfac(content: list[str], start: int, end: int, fallback: str) -> Found | None:
    """`AC`, `ID` or `NA`, then rows below `P0 A C G T`, each with a position before and perhaps a letter behind."""
    told = dict(
        reversed([re.split(r"\s+", line, maxsplit=1) for line in content[start:end] if re.match(r"(AC|ID|NA)\s", line)])
    )
    motif = (told.get("AC") or told.get("ID") or told.get("NA") or "").replace(" ", "_")
    head = next((i for i in range(start, end) if re.match(P0, content[i], re.I)), None)
    if head is None and not motif:
        return None  # what stands before the first motif, or after the last
    if not motif:
        raise Skipped("a matrix without ID", start + 1, "it has no AC, ID or NA")
    if head is None:
        raise Skipped(motif, start + 1, "it has no matrix")
    rows = _counted(content, head, end, motif)
    matrix = _table({i: " ".join(text.split()[:BASES]) for i, text in rows.items()}, motif)
    return Found(motif, told.get("NA") or told.get("ID", ""), matrix, None, start + 1)


def _counted(content: list[str], head: int, end: int, motif: str) -> dict[int, str]:
    """Lines below a head that start with a position, without it, by their indices."""
    rows = _run(content, head + 1, end, r"\d+\s")
    _check_end(content, head + 1 + len(rows), end, motif)
    return {i: content[i].split(maxsplit=1)[1] for i in rows}


def _run(content: list[str], first: int, end: int, row: str) -> range:
    """Lines from the first one on that match `row`, up to one that does not."""
    return range(first, next((i for i in range(first, end) if not re.match(row, content[i])), end))


def _check_end(content: list[str], first: int, end: int, motif: str) -> None:
    """Refuse a motif whose rows seem to go on after their end: a blank or an odd line would cut it short."""
    rest = itertools.takewhile(lambda i: "matrix" not in content[i], range(first, end))
    if (row := next((i for i in rest if _looks_like_a_row(content[i])), None)) is not None:
        raise Skipped(motif, row + 1, f"its rows end before {content[row][:40]!r}; expected all in one piece")


def _looks_like_a_row(line: str) -> bool:
    """Whether at least four of the first five words of a line are numbers."""
    return sum(number(word) is not None for word in line.split()[: BASES + 1]) >= BASES


def _cis_bp(content: list[str], start: int, end: int, fallback: str) -> Found:
    """Perhaps `TF name` and `Motif ID`, then `Pos A C G T` and rows that start with a position."""
    told: dict[str, str] = {}
    for i in range(start - 1, -1, -1):  # what the file says of this motif stands right above its matrix
        key, tab, text = content[i].partition("\t")
        if not (tab and key[:1].isalpha()):
            break
        told.setdefault(key, text)
    motif = (told.get("Motif") or told.get("TF") or fallback).replace(" ", "_")
    matrix = _table(_counted(content, start, end, motif), motif)
    return Found(motif, told.get("TF Name") or told.get("TF", ""), matrix, None, start + 1)


def _uniprobe(content: list[str], start: int, end: int, fallback: str) -> Found | None:
    """A title, then rows `A:`, `C:`, `G:`, `T:`; of a motif's several matrices, its `Probability matrix`."""
    lines = (content[i] for i in range(start - 1, -1, -1))
    above = (line for line in lines if line and not re.match(r"PO\s", line))
    title = next(above, "")
    title = "" if re.match(BASE, title) else title
    if re.match(r"(Energy|Enrichment score) matrix", title, re.I):
        return None
    if re.match(r"Probability matrix", title, re.I):
        title = next((line for line in above if NAMED.match(line)), "")
    named = NAMED.match(title)
    motif = named[1] if named else (title.split() or [fallback])[-1]
    rows = [i for i in range(start, end) if re.match(BASE, content[i])]
    _check_letters([content[i][0].replace("U", "T") for i in rows], motif, start + 1)
    numbers = [_numbers(content[i][2:], motif, i + 1) for i in rows]
    return Found(motif, " ".join(title.split()), _of_bases(numbers, motif, start + 1), None, start + 1)


NAMED = re.compile(r"#?\s*(?:Protein|Gene|Motif):\s*(\S+)")
P0 = r"P[O0]\s+A\s+C\s+G\s+[TU]\b"
POS = r"(?i)pos\s+A\s+C\s+G\s+[TU]\b"
FORMATS = (
    Format(r"(?i)MEME\s+version", _from(r"MOTIF\s+\S"), _meme),
    Format(f"(?i){P0}", _records, _transfac),
    Format(POS, _from(POS), _cis_bp),
    Format(">", _from(">"), _headed),
    Format(BASE, _matrices, _uniprobe),
)
