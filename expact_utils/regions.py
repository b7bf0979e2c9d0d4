"""Windows of a genome around peaks: BED or narrowPeak, and a genome in FASTA."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expact_utils.errors import InputError
from expact_utils.sequences import PLAIN, TO_LETTERS, Records, lines

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
    import pyfaidx

    try:
        chromosomes = pyfaidx.Fasta(str(genome), as_raw=True, read_ahead=2**20, sequence_always_upper=True)
    except Exception as error:  # pyfaidx raises its own and others
        raise InputError(f"cannot read the genome {genome}: {' '.join(str(error).split())}.") from None
    with chromosomes:
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
    notes = [f"{where}: {over} windows hang over a chromosome's end and were left out"] if over else []
    notes += [f"{where}: chromosome {given} taken for {name} of the genome" for given, name in sorted(renamed)]
    ids = [f"{region.chromosome}:{region.start}-{region.end}" for region in kept]
    ends = np.arange(1, len(kept) + 1, dtype=np.int64) * length
    return Records(ids, np.frombuffer(letters, np.uint8), ends, notes=notes), kept


def _regions(path: str | Path) -> Iterator[Region]:
    for number, line in lines(path):
        try:
            cells = line.decode().split()
        except UnicodeDecodeError:
            raise InputError(f"{path}, line {number}: not text; expected BED.") from None
        if not cells or cells[0] in ("track", "browser") or cells[0].startswith("#"):
            continue
        if len(cells) < 3 or not (cells[1].isdecimal() and cells[2].isdecimal()):
            raise InputError(f"{path}, line {number}: expected chromosome, start and end.")
        start, end = int(cells[1]), int(cells[2])
        if start >= end:
            raise InputError(f"{path}, line {number}: the region ends at {end}, not after its start, {start}.")
        centre = (start + end) // 2
        if len(cells) > SUMMIT and cells[SUMMIT].isdecimal():
            centre = start + int(cells[SUMMIT])
            if centre >= end:
                raise InputError(f"{path}, line {number}: the summit, {cells[SUMMIT]}, lies beyond the region's end.")
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
