"""Files of regions as people have them: BED of any number of columns, narrowPeak and their kin."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from expact_utils.data.regions import NUMBERED, PLACED, STRANDS, Region
from expact_utils.data.sequences import check_number, ending, lines
from expact_utils.run.errors import InputError
from expact_utils.run.tables import is_number
from expact_utils.run.words import counted

BED = (".bed", ".narrowpeak", ".broadpeak", ".gappedpeak")  # endings
NAME, SCORE, STRAND, SIGNAL, SUMMIT = 3, 4, 5, slice(6, 9), 9  # columns, 0-based
NARROW_PEAK = 10  # columns
UNKNOWN_SUMMIT = "-1"
OTHER_STRANDS = (3, 4)  # columns in which `bedtools merge -s` once wrote them, and in which GRanges have them


def read_bed(path: str | Path) -> tuple[list[Region], list[str]]:
    """Read a BED file or one of its kin, plain or gzip.

    A region's centre is its summit only in a narrowPeak file, which its name and columns tell, or its columns alone:
    in most lines exactly ten, of the right types, the summit within the region. Elsewhere, as in BED12 or what bedtools
    makes of two files, it is the middle, with a note where the lines look like narrowPeak's. A strand is taken where
    the sixth column of most lines holds one, or else the fourth or fifth.

    Returns
    -------
    list[Region], list[str]
        Regions in the order of the file, and notes on what its columns were taken for, and on lines that were left out
        because they are no region.

    Raises
    ------
    InputError
        When the file cannot be read, holds no region, or half of its lines are none; names file and line.
    """
    rows = list(_rows(path))
    summits, notes = _has_summits(path, [cells for _, cells in rows])
    strand_of, said = _strands(rows)
    regions: list[Region] = []
    odd: list[str] = []
    for number, cells in rows:
        try:
            regions.append(_region(number, cells, summits, strand_of))
        except ValueError as error:
            odd.append(f"line {number}: {error}")
    if odd and len(odd) >= len(regions):
        raise InputError(f"{path}, {odd[0]}")
    if not regions:
        raise InputError(f"{path} holds no region; expected BED lines: chromosome, start, end.")
    if odd:
        said.append(f"left out {counted(len(odd), 'line')} without a region, as {odd[0].removesuffix('.')}")
    return regions, notes + said


def _rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is no comment, no setting of a browser, and no header."""
    held = 0
    for number, line in lines(path):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise InputError(f"{path}, line {number}: not text; expected BED.") from None
        cells = [cell.strip() for cell in text.split("\t")] if "\t" in text else text.split()
        if not text.strip() or text.startswith("#") or text.split()[0] in ("track", "browser"):
            continue
        if not held and len(cells) > 2 and not any(letter.isdigit() for cell in cells[1:3] for letter in cell):
            continue  # names of columns
        held += 1
        check_number(path, held)
        yield number, cells


def _has_summits(path: str | Path, rows: list[list[str]]) -> tuple[bool, list[str]]:
    """Whether most lines of a file are narrowPeak's, and a note where its name does not say so or looks deceive."""

    def most(test: Callable[[list[str]], bool]) -> bool:
        return 2 * sum(map(test, rows)) > len(rows)

    if ending(path) == ".narrowpeak":
        if most(_is_narrow_peak):
            return True, []
        return False, ["called narrowPeak, but its columns are others, so middles were taken, not summits"]
    if most(lambda cells: _is_narrow_peak(cells) and _has_score(cells)) and not most(_holds_places):
        return True, ["its columns are those of narrowPeak, so the tenth was taken for summits"]
    if most(_looks_like_narrow_peak) and not most(_holds_places):
        return False, [f"its lines look like narrowPeak's, but {_unlike(rows)}, so middles were taken, not summits"]
    return False, []


def _strands(rows: list[tuple[int, list[str]]]) -> tuple[Callable[[list[str]], str], list[str]]:
    """Function that gives the strand of a line's cells, and a note where strands are not as BED has them.

    A column beyond the sixth may be of another region, as in what bedtools makes of two files.
    """
    sixth = _column(rows, STRAND)
    held = {cell for _, cell in sixth}
    if {"1", "-1"} <= held <= NUMBERED.keys():
        return partial(_strand, STRAND, NUMBERED), ["in the sixth column, 1 taken for the strand +, and -1 for -"]
    widest = max((len(cells) for _, cells in rows), default=0)
    found = [column for column in range(NAME, widest) if _are_strands(_column(rows, column))]
    if STRAND in found:
        return partial(_strand, STRAND, STRANDS), []
    if found and found[0] in OTHER_STRANDS:
        return partial(_strand, found[0], STRANDS), [f"column {found[0] + 1} taken for strands"]
    others = [(number, cell) for number, cell in sixth if cell not in STRANDS]
    what = ""
    if others and len(others) < len(sixth):
        what = "the sixth column holds no strands, as {1!r} in line {0}".format(*others[0])
    elif found and (others or not sixth):
        what = f"column {found[0] + 1} holds strands, where BED has them in the sixth"
    return lambda _: ".", [f"{what}, so all regions were read forward"] if what else []


def _column(rows: list[tuple[int, list[str]]], column: int) -> list[tuple[int, str]]:
    """Line and cell of those that have this column."""
    return [(number, cells[column]) for number, cells in rows if len(cells) > column]


def _are_strands(column: list[tuple[int, str]]) -> bool:
    """Whether most cells are strands, and more of them are known than there are others."""
    strands = [STRANDS.get(cell, "") for _, cell in column]
    others, unknown = strands.count(""), strands.count(".")
    return 2 * others < len(strands) and len(strands) - unknown - others > others


def _strand(column: int, meaning: dict[str, str], cells: list[str]) -> str:
    """Strand of a line, which may lack it; a ValueError says that it has something else."""
    if len(cells) <= column:
        return "."
    if cells[column] not in meaning:
        raise ValueError(f"the strand is {cells[column]!r}, not +, - or '.'.")
    return meaning[cells[column]]


def _is_narrow_peak(cells: list[str]) -> bool:
    if len(cells) != NARROW_PEAK or cells[STRAND] not in STRANDS:
        return False
    if not all(map(PLACED.fullmatch, cells[1:3])) or not all(map(is_number, (cells[SCORE], *cells[SIGNAL]))):
        return False
    width = int(cells[2]) - int(cells[1])
    return cells[SUMMIT] == UNKNOWN_SUMMIT or bool(PLACED.fullmatch(cells[SUMMIT]) and int(cells[SUMMIT]) < width)


def _looks_like_narrow_peak(cells: list[str]) -> bool:
    """Whether a line may be meant for narrowPeak: with one column more, or a summit elsewhere, it looks like it."""
    plain = [*cells[:SUMMIT], UNKNOWN_SUMMIT]
    return len(cells) in (NARROW_PEAK, NARROW_PEAK + 1) and is_number(cells[SUMMIT]) and _is_narrow_peak(plain)


def _unlike(rows: list[list[str]]) -> str:
    """What keeps lines that look like narrowPeak's from being read as such, told by the first of them."""
    cells = next(of for of in rows if _looks_like_narrow_peak(of) and not (_is_narrow_peak(of) and _has_score(of)))
    if len(cells) > NARROW_PEAK:
        return f"have {len(cells)} columns, not {NARROW_PEAK}"
    if not _is_narrow_peak(cells):
        return f"the tenth column, as {cells[SUMMIT]}, is no place within the region"
    return f"the score, as {cells[SCORE]}, is no whole number (a name that ends in .narrowPeak would tell)"


def _has_score(cells: list[str]) -> bool:
    """Whether a line that may be of narrowPeak has a whole number for a score."""
    return bool(PLACED.fullmatch(cells[SCORE]))


def _holds_places(cells: list[str]) -> bool:
    """Whether the columns of narrowPeak's signal hold places, of chromosomes that have numbers for names.

    So they do where a BED6 and a BED4 line stand side by side, and of BED9, where the region is drawn thick.
    """
    if len(cells) < NARROW_PEAK:
        return False
    first, second, third = cells[SIGNAL]
    if first == cells[0] and PLACED.fullmatch(second) and PLACED.fullmatch(third):
        return int(second) < int(third)
    thick = all(map(PLACED.fullmatch, (*cells[1:3], first, second)))
    return thick and int(cells[1]) <= int(first) <= int(second) <= int(cells[2])


def _region(number: int, cells: list[str], summits: bool, strand_of: Callable[[list[str]], str]) -> Region:
    """Region of a line; a ValueError says what is wrong with it."""
    if len(cells) < 3 or not (PLACED.fullmatch(cells[1]) and PLACED.fullmatch(cells[2])):
        raise ValueError("expected chromosome, start and end (in digits).")
    start, end = int(cells[1]), int(cells[2])
    if start >= end:
        raise ValueError(f"the region ends at {end}, not after its start, {start}.")
    strand = strand_of(cells)
    summit = _summit(cells, end - start) if summits else None
    centre = (start + end) // 2 if summit is None else start + summit
    name = cells[NAME] if len(cells) > NAME else f"region{number}"
    return Region(cells[0], start, end, centre, name, number, "-" if strand == "-" else "+", summit is not None)


def _summit(cells: list[str], width: int) -> int | None:
    """Summit of a line of narrowPeak, counted from the region's start; None if it is unknown."""
    if cells[SUMMIT:] == [UNKNOWN_SUMMIT]:
        return None
    if _is_narrow_peak(cells):
        return int(cells[SUMMIT])
    if len(cells) == NARROW_PEAK and PLACED.fullmatch(cells[SUMMIT]) and int(cells[SUMMIT]) >= width:
        raise ValueError(f"the summit, {cells[SUMMIT]}, lies beyond the region's end.")
    raise ValueError("expected the ten columns of narrowPeak.")
