"""A genome in FASTA, opened by chromosome."""

import codecs
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from expact_utils.dna.letters import PLAIN, TO_LETTERS
from expact_utils.run.errors import InputError
from expact_utils.run.files import regular

if TYPE_CHECKING:
    from pyfaidx import Fasta

TWO_BIT = (b"\x1aA'C", b"C'A\x1a")  # first bytes of a 2bit file, of either byte order
START = (b"", b">", b";", b"\n", b"\r", b"\x1f")  # first byte of FASTA, or of what is packed by gzip
LONGEST_HEADER = 2**16  # bytes
MITOCHONDRION = {"MT": "chrM", "chrM": "MT"}  # Ensembl's name and UCSC's


@dataclass(frozen=True)
class Genome:
    """An open genome: its file, and its chromosomes by name."""

    path: Path
    chromosomes: "Fasta"

    @property
    def names(self) -> list[str]:
        """Names of the chromosomes, in the order of the file."""
        return list(self.chromosomes.keys())

    def name_of(self, chromosome: str) -> str | None:
        """What the genome calls a chromosome: `1` and `chr1`, `MT` and `chrM`, are one; None if it lacks it."""
        candidates = chromosome, f"chr{chromosome}", chromosome.removeprefix("chr"), MITOCHONDRION.get(chromosome, "")
        return next((name for name in candidates if name in self.chromosomes), None)

    def size(self, chromosome: str) -> int:
        """Length of a chromosome in nucleotides."""
        return len(self.chromosomes[chromosome])

    def letters(self, chromosome: str, start: int, end: int) -> bytes:
        """Letters A C G T N of a place, 0-based and half-open.

        Raises
        ------
        InputError
            When there are others.
        """
        letters = self.chromosomes[chromosome][start:end].encode().translate(TO_LETTERS)
        if letters.translate(None, PLAIN):
            raise InputError(f"the genome {self.path} has letters in {chromosome} that are no nucleotides.")
        return letters


@contextmanager
def open_genome(path: str | Path) -> Iterator[Genome]:
    """Open a genome, plain or packed by bgzip; an index that is written is left behind only where all goes well.

    Raises
    ------
    InputError
        When the file cannot be read, or has no index and none can be written.
    """
    path = regular(path)
    made = [index for index in (_index(path), _index_of_blocks(path)) if not index.exists()]
    indexed = _check_index(path)
    try:
        with _opened(path) as chromosomes:
            if not _is_of(_index(path), path):
                raise _unfit(path, indexed)
            yield Genome(path, chromosomes)
    except InputError:
        for index in made:
            index.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> "Fasta":
    import pyfaidx

    try:
        return pyfaidx.Fasta(str(path), as_raw=True, sequence_always_upper=True)
    except Exception as error:  # pyfaidx raises its own and others
        reason = _unlike_fasta(path) or " ".join(str(error).split()).rstrip(".")
        raise InputError(f"cannot read the genome {path}: {reason}.") from None


def _unlike_fasta(path: Path) -> str:
    """What is wrong with the first bytes of a file that is no FASTA; empty where they do not tell."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        return ""
    if start in TWO_BIT:
        return "it is a 2bit file; expected FASTA, which UCSC's twoBitToFa makes of it"
    if start.startswith(codecs.BOM_UTF8):
        return "it begins with a byte order mark; expected FASTA without one"
    return "" if start[:1] in START else "expected FASTA, which begins with '>'"


def _index(path: Path) -> Path:
    return Path(f"{path}.fai")


def _index_of_blocks(path: Path) -> Path:
    """Where bgzip's own index is, of a packed genome."""
    return Path(f"{path}.gzi")


def _and_of_blocks(path: Path) -> str:
    other = _index_of_blocks(path)
    return f", and {other.name}" if other.exists() else ""


def _unfit(path: Path, indexed: bool) -> InputError:
    """What is wrong where a genome and its index disagree; `indexed`: the index was there, and not made just now."""
    if not indexed:
        return InputError(
            f"the genome {path} cannot be indexed; expected each chromosome's letters in lines of one length, but for "
            "the last, which may be shorter."
        )
    return InputError(
        f"{_index(path)} does not fit {path}: either the genome has changed since, and the index is to be "
        f"removed{_and_of_blocks(path)}, or its lines are not of one length, as samtools expects it."
    )


def _check_index(path: Path) -> bool:
    """Whether a genome has an index as new as itself; else one is made.

    Raises
    ------
    InputError
        When none can be made in this folder, or the one that is there is empty or no index.
    """
    index = _index(path)
    indexed = index.is_file() and path.is_file() and index.stat().st_mtime >= path.stat().st_mtime
    if path.is_file() and not indexed and not os.access(path.parent, os.W_OK):
        raise InputError(
            f"the genome {path} has no index as new as itself, and none can be written beside it; expected "
            f"{index.name}, which `samtools faidx {path.name}` makes."
        )
    try:
        if indexed and not _rows(index):
            raise _unfit(path, indexed)
    except ValueError:
        raise _unfit(path, indexed) from None
    return indexed


def _rows(index: Path) -> list[tuple[str, int, int, int, int]]:
    """Name, length, offset, bases a line and bytes a line of each chromosome; a ValueError says that it is no index."""
    rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
    return [(name, int(length), int(offset), int(bases), int(width)) for name, length, offset, bases, width in rows]


def _is_of(index: Path, path: Path) -> bool:
    """Whether each chromosome of an index begins and ends where the genome says."""
    with path.open("rb") as file:
        try:
            letters = _Unpacked(file, path) if file.read(2) == b"\x1f\x8b" else file
            return all(_begins_and_ends(letters, *row) for row in _rows(index))
        except (ValueError, TypeError, ZeroDivisionError, RuntimeError, struct.error, zlib.error):
            return False


class _Unpacked:
    """A file that bgzip packed, read as it was before; its index says which block is from which byte on.

    The index, in 64-bit numbers, is how many blocks there are besides the first, and of each its byte packed and
    unpacked (https://github.com/samtools/htslib/issues/473).
    """

    def __init__(self, file: BinaryIO, path: Path):
        from Bio import bgzf

        file.seek(0)
        self.offset_of, self.file = bgzf.make_virtual_offset, bgzf.BgzfReader(fileobj=file, mode="rb")
        blocks = np.fromfile(_index_of_blocks(path), "<u8")[1:].reshape(-1, 2).tolist()
        self.packed, self.unpacked = zip((0, 0), *blocks, strict=True)

    def seek(self, at: int) -> None:
        """Go to a byte of the unpacked file; a ValueError says that the index has no such place."""
        block = bisect_right(self.unpacked, at) - 1
        self.file.seek(self.offset_of(self.packed[block], at - self.unpacked[block]))

    def read(self, number: int) -> bytes:
        """Read so many bytes, fewer at the end."""
        return self.file.read(number)


def _begins_and_ends(file: "BinaryIO | _Unpacked", name: str, length: int, offset: int, bases: int, width: int) -> bool:
    """Whether a header of this name is before the first letter, and after the last a line end, and no more letters."""
    before = max(0, offset - LONGEST_HEADER)
    file.seek(before)
    header = file.read(offset - before).rstrip(b"\r\n").rpartition(b"\n")[2]
    lines, last = divmod(length - 1, bases)
    file.seek(offset + lines * width + last)
    letter, after = file.read(1), file.read(4)
    ends = after[:1] in (b"", b"\r", b"\n") and after.strip()[:1] in (b"", b">")
    return header[1:].split()[:1] == [name.encode()] and letter.isalpha() and ends
