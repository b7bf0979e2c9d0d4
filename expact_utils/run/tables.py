"""A table of a run as CSV: how it is read and written."""

from collections.abc import Iterable
from pathlib import Path

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, verify


def write_csv(path: str | Path, table) -> None:
    """Write a table, without its index, whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    with atomic(path) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")


def read_csv(path: str | Path, columns: Iterable[str] = (), **options):
    """Read a table as `pandas.read_csv` does; `columns` are those that it must have, whatever others it has.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, not a table, or lacks a column.
    """
    import pandas as pd  # here, as a training needs none

    verify(path)
    try:
        table = pd.read_csv(path, **options)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # pandas' ParserError is one
        raise InputError(f"{path} is not a table: {error}.") from None
    if missing := [column for column in columns if column not in table]:
        raise InputError(f"{path} lacks the column {missing[0]}; expected {', '.join(columns)}.")
    return table
