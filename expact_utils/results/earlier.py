"""What claims were said to be when fewer trials weighed them, beside what they are said to be now."""

from pathlib import Path

import pandas as pd

from expact_utils.run.paths import Run
from expact_utils.run.tables import read_csv

COLUMNS = ["trials_before", "verdict_before"]


def beside(table: pd.DataFrame, folder: str | Path, name: str, key: list[str]) -> pd.DataFrame:
    """Put the verdicts of an earlier run of a page, by fewer trials, beside those of this one.

    Parameters
    ----------
    table : pd.DataFrame
        Claims, a row each, with `key`, `verdict` and `trials`, the number that weighed it.
    folder : str or Path
        With the tables of the earlier run; empty, or without this table, where there was none.
    name : str
        File of the table.
    key : list[str]
        Columns that say which claim a row is.

    Returns
    -------
    pd.DataFrame
        With `COLUMNS`, empty where no fewer trials weighed the claim. What an earlier run by as many trials had beside
        its verdicts stays.
    """
    path = Run(folder).folder / name
    earlier = read_csv(path) if str(folder) and path.is_file() else table[:0]
    if "trials" not in earlier:  # as tables of the first edition
        earlier = table[:0]
    found = table.merge(earlier.reindex(columns=[*key, "verdict", "trials", *COLUMNS]), "left", key, suffixes=("", "_"))
    fewer, as_many = found["trials_"] < found["trials"], found["trials_"] == found["trials"]
    for column, old in zip(COLUMNS, ("trials_", "verdict_"), strict=True):
        found[column] = found[old].where(fewer, found[column].where(as_many))
    return found.astype({"trials_before": "Int64"})[[*table.columns, *COLUMNS]]


def changed(table: pd.DataFrame) -> pd.DataFrame:
    """Claims, as from `beside`, whose verdict is another than fewer trials gave."""
    return table[table["verdict_before"].notna() & (table["verdict_before"] != table["verdict"])]


def sentence(table: pd.DataFrame) -> str:
    """How many verdicts further trials changed."""
    known = table["verdict_before"].notna()
    if not known.any():
        return "No earlier verdicts, by fewer trials, are at hand."
    before, now = (_and(table.loc[known, column].unique()) for column in ("trials_before", "trials"))
    number = len(changed(table))
    have = "has" if number == 1 else "have"
    return f"Of {known.sum()} claims that {before} trials weighed before, {number} {have} another verdict by {now}."


def _and(numbers) -> str:
    return " or ".join(str(number) for number in sorted(numbers))
