"""A table of a run as CSV: how it is read and written."""

import csv
import io
import math
import re
from collections.abc import Iterable
from pathlib import Path

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic, verify

# Columns that are text, whatever they look like: a class may be called NA, and a motif 1e5.
TEXT = frozenset(
    {
        *("dataset", "architecture", "activation", "filter", "motif", "consensus", "class", "baseline", "name"),
        *("best_match", "best_match_name", "also_match", "relevant_tfs", "strand", "same_as", "in_filters", "check"),
        "setting",
        *("control", "first", "second", "failure", "of"),
        *("claim", "data", "paper", "ours", "test", "verdict", "why"),
        *("Query_ID", "Target_ID", "Query_consensus", "Target_consensus", "Orientation"),
    }
)
MISSING = ["", "nan", "NaN"]  # where a number would be
# Control characters, line ends, and halves of characters, which stand for bytes that are no UTF-8.
UNNAMEABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_name(name: str, of: str) -> str:
    """Return a name, if every table, motif file and figure can hold it; `of` is whose it is, e.g. `a class`.

    Raises
    ------
    InputError
        When it is empty, or has a tab, a line end or another control character, or bytes that are no UTF-8.
    """
    if not name or UNNAMEABLE.search(name):
        raise InputError(
            f"{of} is called {name!r}; expected a name in UTF-8, without tabs, line ends and other control characters."
        )
    return name


def number(text: str) -> float | None:
    """Number that a cell of a file states, finite or not; None where it states none, as `1_2`, which Python takes."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def is_number(text: str) -> bool:
    """Whether a cell of a file holds a number, and a finite one."""
    stated = number(text)
    return stated is not None and math.isfinite(stated)


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

    Columns of `TEXT` are taken letter by letter, and nothing in them is missing. A table separated by tabs has no
    quotation marks of its own, and lines that begin with # and hold no tab are comments, as Tomtom leaves them.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, not a table, or lacks a column.
    """
    import pandas as pd  # here, as a training needs none

    verify(path)
    try:
        table = _parsed(pd, Path(path).read_text(encoding="utf-8"), options)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # pandas' ParserError is one
        raise InputError(f"{path} is not a table: {error}.") from None
    if missing := [column for column in columns if column not in table]:
        raise InputError(f"{path} lacks the column {missing[0]}; expected {', '.join(columns)}.")
    return table


def _parsed(pd, text: str, options: dict):
    if options.get("sep") == "\t":
        text = "\n".join(line for line in text.split("\n") if "\t" in line or not line.startswith("#"))
        options = options | {"quoting": csv.QUOTE_NONE}
    header = pd.read_csv(io.StringIO(text), nrows=0, **options).columns
    types = {name: str for name in header if name in TEXT} | options.get("dtype", {})
    missing = {name: MISSING for name in header if name not in types}
    options = options | {
        "dtype": types,
        "keep_default_na": False,
        "na_values": missing,
        "float_precision": "round_trip",
    }
    return pd.read_csv(io.StringIO(text), **options)
