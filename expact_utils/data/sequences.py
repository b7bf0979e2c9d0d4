"""Files of letters that people have, FASTA and tables, read without trusting them.

Sequences come as `Records`: letters of all sequences in one array, so that a million records take little more memory
than their letters. What is odd but harmless (lower case, U for T, IUPAC codes) is translated and noted; what is wrong
stops with one sentence that names the file and the line.
"""

import csv
import gzip
import re
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

PACKINGS = (".gz", ".bgz", ".bz2", ".xz", ".zip", ".zst")  # endings; that only gzip is read, the reader says
OTHER_PACKINGS = {"bzip2": rb"BZh[1-9]1AY", "xz": rb"\xfd7zXZ", "zip": rb"PK\x03\x04", "zstd": rb"\x28\xb5\x2f\xfd"}
ID_COLUMNS = ("id", "name")  # of a table, where none is named
MOST = 10_000_000  # records, as each takes memory besides its letters
LONGEST_LINE = 2**24  # bytes: a chromosome on one line is a genome, not a sequence to learn from
ALWAYS_UNPACKED = 2**30  # bytes that a compressed file may unpack to in any case ...
RATIO = 100  # ... and beyond that this many times its size: DNA packs four- to tenfold
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
    """

    ids: list[str]
    letters: np.ndarray
    ends: np.ndarray
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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
    """Read a FASTA file, plain or gzip.

    Raises
    ------
    InputError
        When the file cannot be read, is empty or no FASTA, is cut short, holds a record without sequence, or a letter
        that is no nucleotide; names file and line.
    """
    reader = _Reader(path)
    for number, line in lines(path):
        if line.startswith(b">"):
            reader.begin(line[1:], number)
        elif not line.startswith(b";") and (letters := line.strip()):  # a comment of the old format
            reader.add(letters, number)
    return reader.records()


def read_table(path: str | Path, sequence_column: str = "sequence", id_column: str = "") -> Records:
    """Read a table with a sequence a row, separated by tabs if its header holds one, else by commas.

    All other columns become `columns`. Without `id_column`, names are in the column `id` or `name`, if there is one,
    else the rows are numbered from 1.

    Raises
    ------
    InputError
        As `read_fasta`; and when a column is missing or a row has more or fewer columns than the header.
    """
    reader = _Reader(path)
    others: dict[str, list[str]] = {}
    for number, row in _rows(path, [sequence_column, *([id_column] if id_column else [])]):
        id_column = id_column or next((name for name in ID_COLUMNS if name in row), "")
        name = row.pop(id_column) if id_column else str(len(reader.ids) + 1)
        if not name:
            raise InputError(f"{path}, line {number}: {id_column} is empty; expected a name.")
        reader.begin(name.encode(), number)
        reader.add(row.pop(sequence_column).encode(), number)
        for name, text in row.items():
            others.setdefault(name, []).append(text)
    records = reader.records()
    records.columns = others
    return records


def read_labels(path: str | Path, id_column: str = "id") -> dict[str, dict[str, str]]:
    """Read a table of labels, separated as in `read_table`: ID to the other columns by name.

    Raises
    ------
    InputError
        When the file cannot be read or is empty, a column is missing, a row is too long or short, or an ID comes twice.
    """
    labels: dict[str, dict[str, str]] = {}
    line_of: dict[str, int] = {}
    for number, row in _rows(path, [id_column]):
        name = row.pop(id_column)
        if name in labels:
            raise InputError(f"{path}, line {number}: the ID {name} was in line {line_of[name]} already.")
        labels[name], line_of[name] = row, number
    if not labels:
        raise InputError(f"{path} has no row; expected a table of labels with the column {id_column}.")
    return labels


class _Reader:
    """Collects records; each error names the file and the line."""

    def __init__(self, path: str | Path):
        self.path, self.line = path, 0
        self.ids: list[str] = []
        self.letters, self.ends = bytearray(), array("q")
        self.uracils = self.ambiguous = 0

    def begin(self, header: bytes, number: int) -> None:
        """Start a record, named by the first word of its header."""
        self._end()
        try:
            words = header.decode().split()
        except UnicodeDecodeError:
            raise InputError(f"{self.path}, line {number}: the header is not text.") from None
        if not words:
            raise InputError(f"{self.path}, line {number}: the header has no name; expected one after '>'.")
        self.ids.append(words[0])
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
        if not self.ids:
            raise InputError(f"{self.path} holds no sequence.")
        notes, name = [], Path(self.path).name
        if self.uracils:
            notes.append(f"{name}: {self.uracils} U taken for T (RNA)")
        if self.ambiguous:
            notes.append(f"{name}: {self.ambiguous} letters for several bases (IUPAC) taken for N")
        return Records(self.ids, np.frombuffer(self.letters, np.uint8), np.array(self.ends, np.int64), notes=notes)

    def _end(self) -> None:
        """Finish the last record."""
        if not self.ids:
            return
        if len(self.letters) == (self.ends[-1] if self.ends else 0):
            raise InputError(f"{self.path}, line {self.line}: {self.ids[-1]} has no sequence.")
        self.ends.append(len(self.letters))

    def _count(self, line: bytes, rest: bytes, number: int) -> None:
        """Count the letters of `rest`, which are not A C G T N; refuse those that are no nucleotide's."""
        if wrong := rest.translate(None, b"Uu" + SEVERAL):
            letter = chr(wrong[0])
            column = line.index(wrong[:1]) + 1
            protein = " (a protein?)" if letter.isalpha() else ""
            raise InputError(f"{self.path}, line {number}, column {column}: {letter!r} is no nucleotide{protein}.")
        uracils = len(rest) - len(rest.translate(None, b"Uu"))
        self.uracils += uracils
        self.ambiguous += len(rest) - uracils


def _rows(path: str | Path, needed: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells, by column name, of each row of a table."""
    texts = (_text(path, number, line) for number, line in lines(path))
    if not (header := next(texts, "")):
        raise InputError(f"{path} is empty; expected a table with the column {needed[0]}.")
    rows = csv.reader(chain([header], texts), delimiter="\t" if "\t" in header else ",")
    columns: list[str] = []
    number = 0
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not columns:
                columns = cells
                _check_columns(path, columns, needed)
            elif any(cells):
                if len(cells) != len(columns):
                    raise InputError(
                        f"{path}, line {rows.line_num}: {len(cells)} columns; the header has {len(columns)}."
                    )
                number += 1
                check_number(path, number)
                yield rows.line_num, dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: not a row of a table: {error}.") from None


def _check_columns(path, columns: list[str], needed: list[str]) -> None:
    for name in needed:
        if name not in columns:
            raise InputError(f"{path} has no column {name}; its header has {', '.join(columns) or 'nothing'}.")
    for number, name in enumerate(columns, start=1):
        if not name:
            raise InputError(f"{path}: column {number} has no name; expected one in the header.")
        if columns.count(name) > 1:
            raise InputError(f"{path} has two columns {name}.")


def _text(path, number: int, line: bytes) -> str:
    try:
        return line.decode() + "\n"
    except UnicodeDecodeError:
        raise InputError(f"{path}, line {number}: not text; expected a table.") from None


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
