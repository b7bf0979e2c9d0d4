"""Sequences that are explained, and the positions of their motifs where these are known."""

from dataclasses import dataclass

import numpy as np

from expact_utils.data import planting
from expact_utils.data.datasets import Dataset
from expact_utils.dna.jaspar import jaspar
from expact_utils.run.errors import InputError

NUMBER = 500  # sequences, as Koo & Ploenzke 2021 took


@dataclass(frozen=True, eq=False)
class Explained:
    """Positive sequences of the test set.

    Attributes
    ----------
    rows : np.ndarray
        Of the test set, shape=(N,).
    codes : np.ndarray
        int8, shape=(N, length).
    classes : np.ndarray
        The class of each that is explained, shape=(N,).
    truth : np.ndarray or None
        int8, shape=(N, length): 1 where a position is a motif of that class; None where that is not known.
    """

    rows: np.ndarray
    codes: np.ndarray
    classes: np.ndarray
    truth: np.ndarray | None


def of(data: Dataset, number: int = NUMBER) -> Explained:
    """Take the first positive sequences of the test set, each for its first class.

    Raises
    ------
    InputError
        When no sequence of the test set is positive.
    """
    positive = data.Y["test"][:] == 1
    rows = np.flatnonzero(positive.any(axis=1))[:number]
    if not len(rows):
        raise InputError(f"{data.source}: no sequence of the test set is positive, so there is none to explain.")
    classes = positive[rows].argmax(axis=1)
    return Explained(rows, data.X["test"][:][rows], classes, _truth(data, rows, classes))


def _truth(data: Dataset, rows: np.ndarray, classes: np.ndarray) -> np.ndarray | None:
    if "test" in data.truth:
        return data.truth["test"][:][rows]
    if "test" not in data.planted or not data.relevant:
        return None
    tfs = next(iter(data.relevant.values()))
    shape, pfms = (len(data.X["test"]), data.length), {motif.id: motif.pfm for motif in jaspar()}
    found = np.zeros(shape, np.int8)
    planted = data.planted["test"]
    for number in np.unique(classes):
        ids = [name.encode() for name in tfs[data.class_names[number]]]
        of_class = planted[np.isin(planted["matrix_id"], ids) & np.isin(planted["sequence"], rows[classes == number])]
        found |= planting.motif_positions(of_class, pfms, shape)
    return found[rows]
