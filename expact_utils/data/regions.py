"""Regions of a genome, and windows about their centres."""

import re
from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from expact_utils.data.genome import Genome, open_genome
from expact_utils.data.sequences import Records, spread
from expact_utils.dna.letters import OTHER_STRAND
from expact_utils.run.errors import InputError
from expact_utils.run.words import counted

PLACE = re.compile(
    r"(?:.*(?:::|\|(?!:)))?(?P<chromosome>[^:\s|]+)\|?:(?P<start>\d{1,12})-(?P<end>\d{1,12})"
    r"(?:\((?P<strand>[-+.*]?)\)|:(?P<after>[-+*]))?"
)
LABEL = re.compile(r"(.+)[^A-Za-z0-9](?=chr)")  # before a chromosome: of its sequence, where hardly two have the same
FEWER = 3  # times as few names without what comes before `chr`: that is none of a chromosome
STRANDS = {"+": "+", "-": "-", ".": ".", "*": ".", "plus": "+", "minus": "-"}  # as people write them
NUMBERED = {"1": "+", "-1": "-", "0": "."}
PLACED = re.compile(r"\d{1,12}")  # a coordinate; no chromosome is longer


@dataclass(frozen=True)
class Region:
    """A region of a chromosome, 0-based and half-open as in BED; `centre` is the summit, if it has one, or the middle.

    As text it is a name that `coordinates` understands, with the strand if that is `-`.
    """

    chromosome: str
    start: int
    end: int
    centre: int
    name: str
    line: int
    strand: str = "+"
    has_summit: bool = False

    def window(self, length: int, chromosome: str) -> "Region":
        """Region of `length` about the same centre; `chromosome` is what the genome calls it."""
        start = self.centre - length // 2
        return replace(self, chromosome=chromosome, start=start, end=start + length)

    def __str__(self) -> str:
        return f"{self.chromosome}:{self.start}-{self.end}{'(-)' * (self.strand == '-')}"


class Taken:
    """Places that others may overlap: starts and ends of stretches that do not overlap each other, by chromosome."""

    def __init__(self, places: Iterable[tuple[str, int, int]]):
        self.stretches: dict[str, tuple[list[int], list[int]]] = {}
        for name, start, end in sorted(places):
            starts, ends = self._of(name)
            if ends and start < ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)

    def is_free(self, chromosome: str, start: int, end: int) -> bool:
        """Whether a place overlaps none."""
        starts, ends = self._of(chromosome)
        near = bisect_right(ends, start)  # the first stretch that may reach into it
        return near == len(starts) or starts[near] >= end

    def add(self, chromosome: str, start: int, end: int) -> None:
        """Take a place that is free."""
        for edges, at in zip(self._of(chromosome), (start, end), strict=True):
            insort(edges, at)

    def _of(self, chromosome: str) -> tuple[list[int], list[int]]:
        return self.stretches.setdefault(chromosome, ([], []))


def windows(regions: list[Region], genome: str | Path, length: int, where: str | Path) -> tuple[Records, list[Region]]:
    """Read windows of `length` about the regions' centres.

    Regions on contigs that the genome lacks or beyond a chromosome's end, and windows that hang over it or are mostly
    N, are left out, with a note; `1` and `chr1` are taken for each other. Those on the strand `-` are
    reverse-complemented.

    Parameters
    ----------
    regions : list[Region]
        As from `bed.read_bed`.
    genome : str or Path
        FASTA file, plain or packed by bgzip; an index is written beside it if there is none.
    length : int
        Nucleotides of a window.
    where : str or Path
        File of the regions, for messages.

    Returns
    -------
    Records, list[Region]
        The windows, and the regions they belong to, start and end being the window's.

    Raises
    ------
    InputError
        When the genome cannot be read, or lacks half of the regions, so that it is another.
    """
    letters, kept, renamed = bytearray(), [], set()
    with open_genome(genome) as opened:
        left_out = _LeftOut(opened, where)
        for region in in_order(regions):
            if window := left_out.window(region, length):
                text = opened.letters(window.chromosome, window.start, window.end)
                if left_out.is_mostly_n(region, text):
                    continue
                letters += text.translate(OTHER_STRAND)[::-1] if window.strand == "-" else text
                kept.append(window)
                renamed.add((region.chromosome, window.chromosome))
        left_out.check(len(regions), len(kept))
    notes = [*left_out.notes(), *_notes(regions, kept, length, renamed)]
    return as_records(kept, letters, [f"{Path(where).name}: {note}" for note in notes]), kept


def coordinates(name: str) -> tuple[str, int, int, str] | None:
    """Chromosome, start, end (0-based, half-open) and strand that a sequence's name states; None if it states none.

    Understood is what bedtools and others write: `chr1:100-300`, `chr1:100-300(-)`, `chr1:100-300:-`, and these after
    `::` or `|`, as in `peak7::chr1:100-300(+)`.
    """
    found = PLACE.fullmatch(name)
    if not found or int(found["start"]) >= int(found["end"]):
        return None
    strand = "-" if "-" in (found["strand"], found["after"]) else "+"
    return found["chromosome"], int(found["start"]), int(found["end"]), strand


def set_off(names: list[str]) -> tuple[list[str], list[str]]:
    """Names, with `::` before a chromosome that was not set off, as `peak7::chr1:100-300`, and a note if there are any.

    One name does not tell `peak7_chr1` from `haplotype1_chr1`; many do, as the latter is that of many sequences.
    """
    chromosomes = {place[0] for place in map(coordinates, names) if place}
    if FEWER * len({LABEL.sub("", chromosome) for chromosome in chromosomes}) > len(chromosomes):
        return names, []
    renamed = [_set_off(name) for name in names]
    changed = [(name, new) for name, new in zip(names, renamed, strict=True) if new != name]
    return renamed, [f"names such as {name} taken for {new}" for name, new in changed[:1]]


def _set_off(name: str) -> str:
    chromosome = (coordinates(name) or ("",))[0]
    label = LABEL.match(chromosome)
    return name.replace(chromosome, f"{label[1]}::{chromosome[label.end() :]}") if label else name


def in_order(regions: list[Region]) -> list[Region]:
    """Regions by chromosome and start."""
    return sorted(regions, key=lambda region: (region.chromosome, region.start))


def as_records(regions: list[Region], letters: bytearray, notes: list[str]) -> Records:
    """Records of windows of one length, named by their place."""
    ends = np.arange(1, len(regions) + 1, dtype=np.int64) * (len(letters) // len(regions))
    return Records([str(region) for region in regions], np.frombuffer(letters, np.uint8), ends, notes=notes)


def _notes(regions: list[Region], kept: list[Region], length: int, renamed: set[tuple[str, str]]) -> list[str]:
    """What was done to regions for their windows: another length, the other strand, other names of chromosomes."""
    sizes = np.array([region.end - region.start for region in regions])
    notes = []
    summits = sum(region.has_summit for region in regions)
    if summits or (sizes != length).any():
        about = "summits" if summits else "middles"
        if 0 < summits < len(regions):
            about += f" ({len(regions) - summits} unknown: middles)"
        notes.append(f"regions are {spread(sizes)}; windows of {length} nt about their {about}")
    if minus := sum(region.strand == "-" for region in kept):
        notes.append(f"reverse-complemented {counted(minus, 'region')} on the minus strand")
    others = sorted((given, name) for given, name in renamed if given != name)
    return notes + [f"chromosome {given} taken for {name} of the genome" for given, name in others]


class _LeftOut:
    """Regions of which a genome has no window, by reason: the line of each, and a sentence for the first."""

    LACKS = "on contigs that the genome lacks"
    BEYOND = "beyond a chromosome's end"
    OVER = "with windows that hang over a chromosome's end"
    MOSTLY_N = "with windows that are mostly N"

    def __init__(self, genome: Genome, where):
        self.genome, self.where = genome, where
        self.lines: dict[str, list[int]] = {self.LACKS: [], self.BEYOND: [], self.OVER: [], self.MOSTLY_N: []}
        self.sentences: dict[str, str] = {}

    def window(self, region: Region, length: int) -> Region | None:
        """Window about a region, if the genome has it."""
        genome, name = self.genome, self.genome.name_of(region.chromosome)
        if not name:
            what = f"has no chromosome {region.chromosome}; it has {', '.join(genome.names[:5])}, …"
            self._add(self.LACKS, region, f"the genome {genome.path} {what}")
            return None
        window, size = region.window(length, name), genome.size(name)
        if region.end > size:
            what = f"{region} lies beyond the end of {name} in {genome.path} ({size} nt); is it another assembly?"
            self._add(self.BEYOND, region, what)
        elif window.start < 0 or window.end > size:
            self._add(self.OVER, region, f"no window of {length} nt lies within {name} of {genome.path}.")
        else:
            return window
        return None

    def is_mostly_n(self, region: Region, letters: bytes) -> bool:
        """Whether a window of these letters, about a region, is left out as more than half of them are N."""
        mostly = 2 * letters.count(b"N") > len(letters)
        if mostly:
            self._add(self.MOSTLY_N, region, f"the window about {region} is mostly N in {self.genome.path}.")
        return mostly

    def check(self, number: int, kept: int) -> None:
        """Refuse a genome that lacks half of so many regions, or has none of their windows."""
        for reason, sentence in self.sentences.items():
            if not kept or (reason in (self.LACKS, self.BEYOND) and 2 * len(self.lines[reason]) >= number):
                raise InputError(sentence)

    def notes(self) -> list[str]:
        """How many were left out, and the line of the first."""
        return [
            f"left out {counted(len(lines), 'region')} {reason}, the first in line {min(lines)}"
            for reason, lines in self.lines.items()
            if lines
        ]

    def _add(self, reason: str, region: Region, what: str) -> None:
        self.lines[reason].append(region.line)
        self.sentences.setdefault(reason, f"{self.where}, line {region.line}: {what}")
