"""Files of attribution maps, and the scores of one network's maps against the truth."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np
import pandas as pd

from expact_utils.attribution import scores
from expact_utils.attribution.explained import Explained
from expact_utils.attribution.methods import METHODS, Maps, attribute
from expact_utils.attribution.targets import AT
from expact_utils.dna.letters import BASES
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.hdf5 import check_format, open_hdf5, read_array

FORMAT_VERSION = 1
ARRAYS = ("codes", "values", "outputs", "reference")
AUTHORS = "probability"  # what Koo & Ploenzke 2021 explained
OFF = 0.01  # share by which contributions may miss the difference that they should sum to
COLUMNS = (
    *("method", "target", "sequences", "auroc", "aupr", "snr", "cosine", "share", "norm_auroc"),
    *("sum_error", "off_share"),
)


def write(path: str | Path, maps: Maps, explained: Explained, method: str, at: str) -> None:
    """Write maps (HDF5), with the rows of the test set and the classes that they explain."""
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        for name in ARRAYS:
            file.create_dataset(name, data=getattr(maps, name), compression="gzip")
        file["rows"], file["classes"] = explained.rows, explained.classes
        file.attrs.update({"method": method, "target": at, "format_version": FORMAT_VERSION})


def read(path: str | Path) -> Maps:
    """Read maps.

    Raises
    ------
    InputError
        When the file is missing, of another format, or its arrays do not agree.
    """
    with open_hdf5(path, "attribution maps (03_maps.ipynb makes them)") as file:
        check_format(file, FORMAT_VERSION)
        codes, values, outputs, reference = (read_array(file, name) for name in ARRAYS)
        found = Maps(codes, values, outputs, reference)
    shape, expected = np.shape(found.values), (*found.codes.shape, BASES)
    if shape != expected or len(found.outputs) != len(found.codes):
        raise InputError(f"{path}: values are of shape {shape}; expected {expected}.")
    return found


def explained(path: str | Path) -> Explained:
    """What the maps of a file explain; the truth is not in it.

    Raises
    ------
    InputError
        As `read`.
    """
    with open_hdf5(path, "attribution maps (03_maps.ipynb makes them)") as file:
        check_format(file, FORMAT_VERSION)
        rows, codes, classes = (read_array(file, name) for name in ("rows", "codes", "classes"))
    return Explained(rows, codes, classes, None)


def all_of(
    model: keras.Model, explained: Explained, numbers: bool = False, seed: int = 0
) -> Iterator[tuple[str, str, Maps]]:
    """Yield the maps of each method: of the logit, and, where the network gives one, of the probability.

    Those of the probability are made as the authors made theirs in all else, too (`methods.attribute`).
    """
    for method in METHODS:
        for at in AT[: 1 if numbers else 2]:
            as_authors = at == AUTHORS
            maps = attribute(model, explained.codes, method, explained.classes, at, seed=seed, as_authors=as_authors)
            yield method, at, maps


def valued(maps: Maps, method: str, at: str) -> np.ndarray:
    """What is scored of each position, shape=(N, length): the contribution of its base.

    Of mutagenesis as the authors do it, the norm over bases of mutant less sequence, which has no sign.
    """
    if method == "mutagenesis" and at == AUTHORS:
        return scores.norms(maps.changes)
    return maps.contributions


def scored(maps: Maps, explained: Explained, method: str, at: str) -> dict:
    """A row of scores by `valued`, over sequences the mean, of `snr` the median, as a ratio may be of any size.

    NaN where the truth is not known (see `scores.table`). `norm_auroc` is by the norm over bases of the values of each
    position, which asks how much it matters, not in which direction. `sum_error` is the median share by which
    contributions miss the difference that they should sum to, `off_share` that of the maps in which it is over `OFF`.
    """
    row: dict = {"method": method, "target": at, "sequences": len(maps.codes)}
    if explained.truth is not None:
        found = scores.table(valued(maps, method, at), explained.truth)
        row |= found.mean().to_dict() | {"snr": found["snr"].median()}
        row["norm_auroc"] = scores.table(scores.norms(maps.values), explained.truth)["auroc"].mean()
    row |= {"sum_error": float(np.median(maps.off)), "off_share": float(np.mean(maps.off > OFF))}
    return {name: row.get(name, np.nan) for name in COLUMNS}


def table(rows: list[dict]) -> pd.DataFrame:
    """Scores of one network, a row a method and target."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def marked(table: pd.DataFrame) -> pd.DataFrame:
    """Scores with a last column, `sums`: share of the maps that sum to what they should explain, within 1 %."""
    return table.assign(sums=[f"{1 - share:.0%} of maps" for share in table["off_share"]]).drop(columns="off_share")
