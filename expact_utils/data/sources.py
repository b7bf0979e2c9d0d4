"""Data sets of the registry: one function that loads any of them by name."""

from importlib import import_module

import pandas as pd

from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.data.deepsea import DEEPSEA_POSITIVES
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
    source = SOURCES[name]
    module, _, function = source.loader.partition(":")
    settings = settings or {}
    given = {key: settings[key] for key in source.settings if key in settings}
    return getattr(import_module(f"expact_utils.{module}"), function)(**given)


def positives(data: Dataset, dataset: str) -> pd.DataFrame:
    """Positive sequences: a row a TF, a column a split, then the share of the test set.

    For `deepsea` a last column has the training positives of the authors' own run: equal numbers say that columns and
    rows were read as they read them.
    """
    counts = pd.DataFrame({split: data.Y[split][:].sum(axis=0) for split in SPLITS}, index=data.class_names)
    counts["share of test"] = counts["test"] / len(data.Y["test"])
    if dataset == "deepsea":
        counts["train, the authors' run"] = pd.Series(DEEPSEA_POSITIVES)
    return counts
