"""Files of regions as people have them: BED of any number of columns, narrowPeak and their kin."""

from collections.abc import Iterator
from pathlib import Path

from expact_utils.data.regions import PLACED, Region
from expact_utils.data.sequences import check_number, ending, lines
from expact_utils.run.errors import InputError

BED = (".bed", ".narrowpeak", ".broadpeak", ".gappedpeak")  # endings
NAME, SCORE, STRAND, SIGNAL, SUMMIT = 3, 4, 5, slice(6, 9), 9  # columns, 0-based
NARROW_PEAK = 10  # columns
UNKNOWN_SUMMIT = "-1"
STRANDS = ("+", "-", ".")


def read_bed(path: str | Path) -> tuple[list[Region], list[str]]:
    """Read a BED file or one of its kin, plain or gzip.

    A region's centre is its summit only in a narrowPeak file, which its name and columns tell, or its columns alone:
    exactly ten, of the right types, the summit within the region. Elsewhere, as in BED12 or what bedtools makes of two
    files, it is the middle. A strand is taken where the sixth column holds nothing else.

    Returns
    -------
    list[Region], list[str]
        Regions in the order of the file, and notes on lines that were left out because they are no region.

    Raises
    ------
    InputError
        When the file cannot be read, holds no region, or half of its lines are none; names file and line.
    """
    rows = list(_rows(path))
    summits = _has_summits(path, rows)
    stranded = all(len(cells) > STRAND and cells[STRAND] in STRANDS for _, cells in rows)
    regions: list[Region] = []
    odd: list[str] = []
    for number, cells in rows:
        try:
            regions.append(_region(number, cells, summits, stranded))
        except ValueError as error:
            odd.append(f"line {number}: {error}")
    if odd and len(odd) >= len(regions):
        raise InputError(f"{path}, {odd[0]}")
    if not regions:
        raise InputError(f"{path} holds no region; expected BED lines: chromosome, start, end.")
    return regions, [f"{len(odd)} lines are no region and were left out, as {odd[0].rstrip('.')}"] if odd else []


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


def _has_summits(path: str | Path, rows: list[tuple[int, list[str]]]) -> bool:
    """Whether a file is narrowPeak; one that is so by its name may have odd lines."""
    peaks = sum(_is_narrow_peak(cells) for _, cells in rows)
    return peaks > len(rows) / 2 if ending(path) == ".narrowpeak" else 0 < peaks == len(rows)


def _is_narrow_peak(cells: list[str]) -> bool:
    if len(cells) != NARROW_PEAK or cells[STRAND] not in STRANDS:
        return False
    if not all(map(PLACED.fullmatch, cells[1:3])) or not all(map(_is_number, (cells[SCORE], *cells[SIGNAL]))):
        return False
    width = int(cells[2]) - int(cells[1])
    return cells[SUMMIT] == UNKNOWN_SUMMIT or bool(PLACED.fullmatch(cells[SUMMIT]) and int(cells[SUMMIT]) < width)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _region(number: int, cells: list[str], summits: bool, stranded: bool) -> Region:
    """Region of a line; a ValueError says what is wrong with it."""
    if len(cells) < 3 or not (PLACED.fullmatch(cells[1]) and PLACED.fullmatch(cells[2])):
        raise ValueError("expected chromosome, start and end.")
    start, end = int(cells[1]), int(cells[2])
    if start >= end:
        raise ValueError(f"the region ends at {end}, not after its start, {start}.")
    centre = (start + end) // 2
    if summits and cells[SUMMIT:] != [UNKNOWN_SUMMIT]:
        if not _is_narrow_peak(cells):
            raise ValueError(f"the summit, {' '.join(cells[SUMMIT:])}, lies beyond the region's end.")
        centre = start + int(cells[SUMMIT])
    name = cells[NAME] if len(cells) > NAME else f"region{number}"
    strand = "-" if stranded and cells[STRAND] == "-" else "+"
    return Region(cells[0], start, end, centre, name, number, strand)
