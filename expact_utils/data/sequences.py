"""Files of letters that people have, read without trusting them.

Sequences come as `Records`: letters of all sequences in one array, so that a million records take little more memory
than their letters. What is odd but harmless (lower case, U for T, IUPAC codes) is translated and noted; what is wrong
stops with one sentence that names the file and the line; of an odd record among a hundred good ones, the note does.
"""

import gzip
import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from expact_utils.dna.letters import CODES, PLAIN, SEVERAL, TO_LETTERS, UNKNOWN
from expact_utils.run.errors import InputError
from expact_utils.run.files import regular
from expact_utils.run.words import counted

PACKINGS = (".gz", ".bgz", ".bz2", ".xz", ".zip", ".zst")  # endings; that only gzip is read, the reader says
OTHER_PACKINGS = {"bzip2": rb"BZh[1-9]1AY", "xz": rb"\xfd7zXZ", "zip": rb"PK\x03\x04", "zstd": rb"\x28\xb5\x2f\xfd"}
ODD = 100  # records among which one may be no sequence, and is left out
MOST = 10_000_000  # records, as each takes memory besides its letters
LONGEST_LINE = 2**24  # bytes: a chromosome on one line is a genome, not a sequence to learn from
ALWAYS_UNPACKED = 2**30  # bytes that a compressed file may unpack to in any case ...
RATIO = 100  # ... and beyond that this many times its size: DNA packs four- to tenfold
RANGE = re.compile(r"range=(\S+):(\d{1,12})-(\d{1,12})")  # 1-based, both ends within
RNA = "U taken for T (RNA)"  # end of a note on a file
BLANKS = b" \t"  # within a sequence they set off blocks of it


@dataclass
class Records:
    """Sequences of any lengths.

    Attributes
    ----------
    ids : list[str]
        Name of each, e.g. the first word of a FASTA header.
    letters : np.ndarray
        A C G T N of all of them, one after the other, uint8.
    ends : np.ndarray
        One past the last letter of each, int64, shape=(N,).
    columns : dict[str, list[str]]
        Further columns of a table: name to a text a sequence.
    notes : list[str]
        What was translated on reading, for the report.
    left_out : list[str]
        Names of records that are no sequences.
    """

    ids: list[str]
    letters: np.ndarray
    ends: np.ndarray
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> np.ndarray:
        """Length of each sequence in nucleotides, shape=(N,)."""
        return np.diff(self.ends, prepend=0)

    def fitted(self, length: int) -> np.ndarray:
        """Codes, int8, shape=(N, length), 0-4 = A C G T N: longer ones cropped about their centre, shorter padded.

        N fills up both sides of a shorter one alike; of an odd letter the right side has one more.
        """
        lengths = self.lengths
        if (lengths == length).all():
            return CODES[self.letters].reshape(len(self), length)
        codes = np.full((len(self), length), UNKNOWN, np.int8)
        for row, (start, own) in enumerate(zip(self.ends - lengths, lengths, strict=True)):
            kept = min(own, length)
            first, left = start + (own - kept) // 2, (length - kept) // 2
            codes[row, left : left + kept] = CODES[self.letters[first : first + kept]]
        return codes


def ending(path: str | Path) -> str:
    """What a file is by its name: its last suffix, that of a packing aside, e.g. `.fa` of `A.bed.FA.gz`."""
    path = Path(path)
    return Path(path.stem if path.suffix.lower() in PACKINGS else path).suffix.lower()


def spread(lengths: np.ndarray) -> str:
    """Lengths in words, e.g. `90 to 250 nt long (median 120)`."""
    if lengths.min() == lengths.max():
        return f"{lengths.min()} nt long"
    return f"{lengths.min()} to {lengths.max()} nt long (median {np.median(lengths):.0f})"


def check_number(path: str | Path, number: int) -> None:
    """Refuse a file of more than `MOST` records; `number` is how many it has so far."""
    if number > MOST:
        raise InputError(f"{path} holds more than {MOST:,} records; expected fewer.")


def read_fasta(path: str | Path) -> Records:
    """Read a FASTA or FASTQ file, plain or gzip; qualities are not looked at.

    Raises
    ------
    InputError
        When the file cannot be read, is empty or no FASTA, is cut short, or holds more than one record in a hundred
        without sequence or with a letter that is no nucleotide; names file and line.
    """
    reader = Reader(path)
    numbered = lines(path)
    first = next(numbered, None)
    if first and first[1].startswith(b"@"):
        return _fastq(reader, chain([first], numbered))
    for number, line in chain([first] if first else [], numbered):
        if line.startswith(b">"):
            reader.begin_of(line[1:], number)
        elif not line.startswith(b";") and (letters := line.strip()):  # a comment of the old format
            reader.add(letters, number)
    return reader.records()


def _fastq(reader: "Reader", numbered: Iterator[tuple[int, bytes]]) -> Records:
    """Records of FASTQ: four lines each, as many qualities as letters; else they are cut short, or mixed up."""
    for number, header in numbered:
        if not header:
            continue
        following = [next(numbered, (number, b"")) for _ in range(3)]
        if not header.startswith(b"@") or not following[1][1].startswith(b"+"):
            expected = "@name, sequence, +, qualities"
            raise InputError(f"{reader.path}, line {number}: expected four lines of FASTQ: {expected}.")
        reader.begin_of(header[1:], number)
        letters, _, qualities = (line.strip() for _, line in following)
        reader.add(letters, number + 1)
        if len(qualities) != len(letters):
            reader.wrong = reader.wrong or (
                f"{reader.path}, line {number}: {reader.ids[-1]} has {counted(len(letters), 'letter')} and "
                f"{len(qualities):,} qualities; expected one of each."
            )
    records = reader.records()
    records.notes.append(f"{Path(reader.path).name}: FASTQ; qualities were not looked at")
    return records


class Reader:
    """Collects records; each error names the file and the line."""

    def __init__(self, path: str | Path):
        self.path, self.line = path, 0
        self.ids: list[str] = []
        self.letters, self.ends = bytearray(), array("q")
        self.uracils = self.ambiguous = 0
        self.wrong = ""  # with the record that is being read
        self.skipped: list[str] = []
        self.left_out: list[str] = []
        self.kept: list[bool] = []  # of each record

    def begin_of(self, header: bytes, number: int) -> None:
        """Start a record, named by the first word of its header and the place that UCSC's table browser states."""
        try:
            words = header.decode().split()
        except UnicodeDecodeError:
            raise InputError(f"{self.path}, line {number}: the header is not text.") from None
        if not words:
            raise InputError(f"{self.path}, line {number}: the header has no name; expected one after '>'.")
        self.begin(words[0] + _place(words), number)

    def begin(self, name: str, number: int) -> None:
        """Start a record of this name, at this line."""
        self._end()
        self.ids.append(name)
        self.line = number
        check_number(self.path, len(self.ids))

    def add(self, line: bytes, number: int) -> None:
        """Add letters to the record."""
        if not self.ids:
            raise InputError(f"{self.path}, line {number}: expected a FASTA header, which starts with '>'.")
        if rest := line.translate(None, PLAIN + BLANKS):
            self._count(line, rest, number)
        self.letters += line.translate(TO_LETTERS, BLANKS)

    def records(self) -> Records:
        """Return what was collected."""
        self._end()
        if self.skipped and ODD * len(self.skipped) > len(self.ids) + len(self.skipped):
            raise InputError(self.skipped[0])
        if not self.ids:
            raise InputError(f"{self.path} holds no sequence.")
        notes, name = [], Path(self.path).name
        if self.skipped:
            first = self.skipped[0].removeprefix(f"{self.path}, ").rstrip(".")
            left_out = counted(len(self.skipped), "odd record")
            notes.append(f"{name}: left out {left_out}, the first, {self.left_out[0]}, in {first}")
        if self.uracils:
            notes.append(f"{name}: {self.uracils} {RNA}")
        if self.ambiguous:
            notes.append(f"{name}: {self.ambiguous} letters for several bases (IUPAC) taken for N")
        letters, ends = np.frombuffer(self.letters, np.uint8), np.array(self.ends, np.int64)
        return Records(self.ids, letters, ends, notes=notes, left_out=self.left_out)

    def _end(self) -> None:
        """Finish the last record; one that is no sequence is left out."""
        if len(self.ids) == len(self.ends):  # there is none, or it has ended already
            return
        start = self.ends[-1] if self.ends else 0
        if len(self.letters) == start and not self.wrong:
            self.wrong = f"{self.path}, line {self.line}: {self.ids[-1]} has no sequence."
        self.kept.append(not self.wrong)
        if self.wrong:
            self.skipped.append(self.wrong)
            self.wrong = ""
            self.left_out.append(self.ids.pop())
            del self.letters[start:]
        else:
            self.ends.append(len(self.letters))

    def _count(self, line: bytes, rest: bytes, number: int) -> None:
        """Count the letters of `rest`, which are not A C G T N; take down one that is no nucleotide's."""
        if wrong := rest.translate(None, b"Uu" + SEVERAL):
            start = line.index(wrong[:1])
            letter = line[start : start + 4].decode(errors="replace")[0]  # which in UTF-8 is of up to four bytes
            hint = "a protein?" * letter.isalpha() if letter.isascii() else unicodedata.name(letter, "").lower()
            self.wrong = self.wrong or (
                f"{self.path}, line {number}, column {start + 1}: {letter!r} is no nucleotide"
                f"{f' ({hint})' if hint else ''}."
            )
            return
        uracils = len(rest) - len(rest.translate(None, b"Uu"))
        self.uracils += uracils
        self.ambiguous += len(rest) - uracils


def _place(words: list[str]) -> str:
    """Place of a header of UCSC's table browser, e.g. `::chr1:100-300(-)` of `range=chr1:101-300 strand=-`, or nothing.

    With a name before it, it is what bedtools writes: records of one place keep names of their own.
    """
    found = next((match for word in words if (match := RANGE.fullmatch(word))), None)
    if not found:
        return ""
    chromosome, first, last = found.groups()
    return f"::{chromosome}:{int(first) - 1}-{last}{'(-)' * ('strand=-' in words)}"


def lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """Number and content of each line, plain or gzip, without line end or byte order mark."""
    path, number, unpacked = Path(path), 0, 0
    try:
        with regular(path).open("rb") as raw:
            start = raw.read(8)
            raw.seek(0)
            packed = start.startswith(b"\x1f\x8b")
            if packing := next((name for name, magic in OTHER_PACKINGS.items() if re.match(magic, start)), ""):
                raise InputError(f"{path} is packed by {packing}; expected it plain, or packed by gzip.")
            limit = max(ALWAYS_UNPACKED, RATIO * path.stat().st_size)
            file = gzip.GzipFile(fileobj=raw) if packed else raw
            while line := file.readline(LONGEST_LINE):
                number, unpacked = number + 1, unpacked + len(line)
                if len(line) == LONGEST_LINE:
                    raise InputError(f"{path}, line {number} is longer than {LONGEST_LINE:,} bytes.")
                if packed and unpacked > limit:
                    raise InputError(f"{path} unpacks to more than {RATIO} times its size; that is no sequence file.")
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                line = line.strip(b"\r\n")
                if b"\r" in line:
                    raise InputError(f"{path}, line {number}: a carriage return within the line; expected LF or CRLF.")
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}, after line {number}: the gzip file is cut short or damaged: {error}.") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.") from None
