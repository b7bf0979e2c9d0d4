"""Tables of sequences, or of labels, as people have them."""

import csv
import re
from collections.abc import Iterator
from itertools import chain, compress
from pathlib import Path

from expact_utils.data.regions import NUMBERED, STRANDS, coordinates
from expact_utils.data.sequences import Reader, Records, check_number, lines
from expact_utils.run.errors import InputError
from expact_utils.run.words import counted

ID = "id"
ID_COLUMNS = (ID, "name")  # where none is named; small or capital
INDEX = "\0"  # first column without a name, as pandas writes row numbers: it is passed over
PLACE_COLUMNS = (("chrom", "chr", "chromosome", "seqnames"), ("start", "chromstart"), ("end", "stop", "chromend"))
FLOAT = re.compile(r"\.0+$")  # of a whole number, as pandas writes it in a column with gaps
SEQUENCE_COLUMNS = ("sequence", "seq")
SEPARATOR = re.compile(r'"?sep=([\t,;|])"?\s*', re.I)  # a line of spreadsheets before the header


def read_table(path: str | Path, sequence_column: str = "", id_column: str = "") -> Records:
    """Read a table with a sequence a row, separated by tabs if its header holds one, else by commas or semicolons.

    All other columns become `columns`. Without `sequence_column` it is the one that is called sequence or seq; without
    `id_column`, names are in the column id or name, if there is one, else the rows are numbered from 1. Columns chrom
    (or chromosome), start and end, as BED counts them, and strand go into the names, as `id::chr1:100-300(-)`; a note
    counts the rows where they state no place.

    Raises
    ------
    InputError
        As `read_fasta`; and when a column is missing, a row has more or fewer columns than the header, or a cell in
        quotation marks does not end in its line.
    """
    reader = Reader(path)
    others: dict[str, list[str]] = {}
    unplaced: list[str] = []
    for number, row in _rows(path, [name for name in (sequence_column, id_column) if name]):
        sequence_column = sequence_column or _called(SEQUENCE_COLUMNS, row, path)
        id_column = id_column or _called(ID_COLUMNS, row, path, needed=False)
        stated = _place(row)
        place = stated if coordinates(stated) else ""
        if stated and not place:
            unplaced.append(f"{stated} in line {number}")
        name = row.pop(id_column) if id_column else place or str(len(reader.ids) + 1)
        if not name:
            raise InputError(f"{path}, line {number}: {id_column} is empty; expected a name.")
        if place and id_column:
            name = f"{name}::{place}"
        reader.begin(" ".join(name.split()), number)
        reader.add(row.pop(sequence_column).encode(), number)
        for name, text in row.items():
            others.setdefault(name, []).append(text)
    records = reader.records()
    if unplaced:
        what = f"{counted(len(unplaced), 'row')} without a place, as {unplaced[0]}"
        records.notes.append(
            f"{Path(path).name}: {what}; expected chromosome, start and end in digits, as BED has them"
        )
    records.columns = {name: list(compress(texts, reader.kept)) for name, texts in others.items()}
    return records


def _place(row: dict[str, str]) -> str:
    """Place, as `chr1:100-300(-)`, that a row's columns chromosome, start, end and strand state; they are taken out.

    Empty where there are no such columns; where they hold something else, so does the place.
    """
    called = {column.lower().lstrip("#"): column for column in row}
    columns = [next((called[name] for name in names if name in called), "") for names in PLACE_COLUMNS]
    if not all(columns):
        return ""
    chromosome, *ends = (row.pop(column) for column in columns)
    strand = row.pop(called["strand"]) if "strand" in called else "+"
    sign = (STRANDS | NUMBERED).get(strand, strand)
    start, end = (FLOAT.sub("", end) for end in ends)
    return f"{chromosome}:{start}-{end}{f'({sign})' * (sign not in '+.')}"


def _called(names: tuple[str, ...], row: dict[str, str], path, needed: bool = True) -> str:
    """Column of one of these names, in small letters or capitals; empty where there is none and none is needed."""
    found = [column for column in row if column.lower() in names]
    if len(found) > 1 or (needed and not found):
        kind = names[0]
        raise InputError(
            f"{path} has {'the columns ' + ' and '.join(found) if found else f'no column {kind}'}; its header has "
            f"{', '.join(row)}. {kind}_column, or --{kind}-column of expact init, names the one to take."
        )
    return found[0] if found else ""


def read_labels(path: str | Path, id_column: str = "") -> dict[str, dict[str, str]]:
    """Read a table of labels, separated as in `read_table`: ID to the other columns by name.

    Without `id_column` it is id, or else the one that is called ID or name.

    Raises
    ------
    InputError
        When the file cannot be read or is empty, a column is missing, a row is too long or short, or an ID comes twice.
    """
    labels: dict[str, dict[str, str]] = {}
    line_of: dict[str, int] = {}
    for number, row in _rows(path, [id_column] if id_column else []):
        id_column = id_column or (ID if ID in row else _called(ID_COLUMNS, row, path))
        name = row.pop(id_column)
        if name in labels:
            raise InputError(f"{path}, line {number}: the ID {name} was in line {line_of[name]} already.")
        labels[name], line_of[name] = row, number
    if not labels:
        raise InputError(f"{path} has no row; expected a table of labels with the column {id_column or ID}.")
    return labels


def _rows(path: str | Path, needed: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells, by column name, of each row of a table."""
    texts = ((number, _text(path, number, line)) for number, line in lines(path))
    first, header = next(texts, (0, ""))
    if told := SEPARATOR.fullmatch(header):
        first, header = next(texts, (0, ""))
    if not first:
        raise InputError(f"{path} is empty; expected a table with the column {(needed or SEQUENCE_COLUMNS)[0]}.")
    delimiter = told[1] if told else next((of for of in "\t,;" if of in header), ",")
    columns: list[str] = []
    rows = 0
    for number, text in chain([(first, header)], texts):
        cells = _cells(path, number, text, delimiter)
        if not columns:
            columns = [INDEX, *cells[1:]] if cells[1:] and not cells[0] else cells
            _check_columns(path, columns, needed)
        elif any(cells):
            if len(cells) != len(columns):
                raise InputError(f"{path}, line {number}: {len(cells)} columns; the header has {len(columns)}.")
            rows += 1
            check_number(path, rows)
            yield number, {name: cell for name, cell in zip(columns, cells, strict=True) if name != INDEX}


def _cells(path, number: int, text: str, delimiter: str) -> list[str]:
    """Cells of a line; none goes on in the next one, so that a stray quotation mark swallows no rows."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        wrong = 'a quotation mark (") begins a cell and does not end it' if '"' in text else error
        raise InputError(
            f"{path}, line {number}: {wrong}; expected a row on each line, and such marks around whole cells."
        ) from None


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
        return line.decode()
    except UnicodeDecodeError:
        raise InputError(f"{path}, line {number}: not text; expected a table.") from None
