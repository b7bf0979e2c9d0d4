"""Regions of a genome: those of a BED or narrowPeak file, and windows about their centres."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from expact_utils.data.genome import Genome, open_genome
from expact_utils.data.sequences import Records, check_number, lines, spread
from expact_utils.run.errors import InputError

BED = (".bed", ".narrowpeak", ".broadpeak")  # endings of files of regions
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

    def window(self, length: int, chromosome: str) -> "Region":
        """Region of `length` about the same centre; `chromosome` is what the genome calls it."""
        start = self.centre - length // 2
        return replace(self, chromosome=chromosome, start=start, end=start + length)

    def __str__(self) -> str:
        return f"{self.chromosome}:{self.start}-{self.end}"


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
    letters, kept, renamed = bytearray(), [], set()
    with open_genome(genome) as opened:
        for region in in_order(regions):
            name = _chromosome(opened, region, where)
            renamed.add((region.chromosome, name))
            window = region.window(length, name)
            if window.start >= 0 and window.end <= opened.size(name):
                letters += opened.letters(name, window.start, window.end)
                kept.append(window)
    if not kept:
        raise InputError(f"{where}: no window of {length} nt lies within a chromosome of {genome}.")
    notes = _notes(regions, len(kept), length, renamed)
    return as_records(kept, letters, [f"{Path(where).name}: {note}" for note in notes]), kept


def coordinates(name: str) -> tuple[str, int, int, str] | None:
    """Chromosome, start, end (0-based, half-open) and strand that a sequence's name states; None if it states none.

    Understood is what bedtools and others write: `chr1:100-300`, `chr1:100-300(-)`, `peak7::chr1:100-300(+)`.
    """
    found = PLACE.fullmatch(name)
    if not found or int(found["start"]) >= int(found["end"]):
        return None
    return found["chromosome"], int(found["start"]), int(found["end"]), found["strand"] or "+"


def in_order(regions: list[Region]) -> list[Region]:
    """Regions by chromosome and start."""
    return sorted(regions, key=lambda region: (region.chromosome, region.start))


def as_records(regions: list[Region], letters: bytearray, notes: list[str]) -> Records:
    """Records of windows of one length, named by their place."""
    ends = np.arange(1, len(regions) + 1, dtype=np.int64) * (len(letters) // len(regions))
    return Records([str(region) for region in regions], np.frombuffer(letters, np.uint8), ends, notes=notes)


def _notes(regions: list[Region], kept: int, length: int, renamed: set[tuple[str, str]]) -> list[str]:
    """What became of regions: windows that were left out, another length, other names of chromosomes."""
    sizes = np.array([region.end - region.start for region in regions])
    notes = []
    if over := len(regions) - kept:
        notes.append(f"{over} windows hang over a chromosome's end and were left out")
    if (sizes != length).any():
        notes.append(f"regions are {spread(sizes)}; windows of {length} nt about their summits, or middles")
    others = sorted((given, name) for given, name in renamed if given != name)
    return notes + [f"chromosome {given} taken for {name} of the genome" for given, name in others]


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


def _chromosome(genome: Genome, region: Region, where) -> str:
    """Name of a region's chromosome in the genome, if the region lies in it."""
    name = genome.name_of(region.chromosome)
    if not name:
        held = ", ".join(genome.names[:5])
        raise InputError(
            f"{where}, line {region.line}: the genome {genome.path} has no chromosome {region.chromosome}; "
            f"it has {held}, …"
        )
    if region.end > genome.size(name):
        raise InputError(
            f"{where}, line {region.line}: {region} lies beyond the end of {name} in {genome.path} "
            f"({genome.size(name)} nt); is it another assembly?"
        )
    return name
