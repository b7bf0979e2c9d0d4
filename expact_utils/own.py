"""A biologist's own sequences as a dataset: labels, one length, negatives, and splits that do not leak.

The same sequence, or its reverse complement, is never in two splits: it would be tested on what it was trained on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from expact_utils.datasets import SPLITS, Dataset
from expact_utils.errors import InputError
from expact_utils.sequences import Records, read_fasta, read_labels

SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}
FEWEST = 3  # positives, and negatives, of a class: one a split at least


@dataclass
class Labelled:
    """Sequences of one length with their labels.

    Attributes
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        int8, shape=(N, classes), 0 or 1.
    class_names : list[str]
        Name of each label column.
    ids : list[str]
        Name of each sequence.
    notes : list[str]
        What was done to the input, for the report.
    """

    codes: np.ndarray
    labels: np.ndarray
    class_names: list[str]
    ids: list[str]
    notes: list[str] = field(default_factory=list)


def from_classes(files: dict[str, str | Path], length: int | None = None) -> Labelled:
    """Sequences of one FASTA file a class; a sequence that is in several files has several labels.

    Parameters
    ----------
    files : dict[str, str or Path]
        Class name to FASTA file.
    length : int, optional
        Length to crop and pad to; all sequences have to have one length without it.

    Raises
    ------
    InputError
        When a file is no FASTA or lengths differ and `length` is not given.
    """
    records = {name: read_fasta(path) for name, path in files.items()}
    for name, path in files.items():
        length = length or _one_length(records[name], path)
    codes = np.concatenate([_fitted(of, length, files[name]) for name, of in records.items()])
    labels = np.zeros((len(codes), len(files)), np.int8)
    start = 0
    for column, of in enumerate(records.values()):
        labels[start : start + len(of), column] = 1
        start += len(of)
    ids = [name for of in records.values() for name in of.ids]
    notes = [note for of in records.values() for note in of.notes]
    return merged(Labelled(codes, labels, list(files), ids, notes))
