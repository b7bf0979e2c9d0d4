"""Data sets of the registry: one function that loads any of them by name."""

from importlib import import_module
from types import ModuleType

import pandas as pd

from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.run.errors import InputError
from expact_utils.run.names import SOURCES


def load(name: str, settings: dict | None = None) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    name : str
        In the registry, `run.names.SOURCES`.
    settings : dict, optional
        Settings of a config; the data set's loader gets those that its row names.

    Raises
    ------
    InputError
        When there is no such data set, or as its loader does.
    """
    if name not in SOURCES:
        raise InputError(f"{name} is no data set; expected one of {', '.join(SOURCES)}.")
    given = {key: value for key, value in (settings or {}).items() if key in SOURCES[name].settings}
    module, function = _loader(name)
    return getattr(module, function)(**given)


def positives(data: Dataset, dataset: str) -> pd.DataFrame:
    """Positive sequences: a row a TF, a column a split, then the share of the test set.

    Where the data set's module has `AUTHORS_POSITIVES`, a last column has the training positives of the authors' own
    run: equal numbers say that columns and rows were read as they read them.
    """
    counts = pd.DataFrame({split: data.Y[split][:].sum(axis=0) for split in SPLITS}, index=data.class_names)
    counts["share of test"] = counts["test"] / len(data.Y["test"])
    expected = getattr(_loader(dataset)[0], "AUTHORS_POSITIVES", None)
    if expected:
        counts["train, the authors' run"] = pd.Series(expected)
    return counts


def _loader(name: str) -> tuple[ModuleType, str]:
    """Module of a data set, imported by its name so that no other follows from it, and its loader's name there."""
    module, _, function = SOURCES[name].loader.partition(":")
    return import_module(f"expact_utils.{module}"), function
