"""What sequences are labelled with, classes or numbers, and which labels are missing."""

import numpy as np

CLASSES, NUMBERS = "classes", "numbers"
UNLABELLED = -1  # in place of the 0 or 1 of a class; of numbers, NaN
DISTINCT = 10  # values: so many may be classes, or mistakes among them, and are numbers only where that is said


def are_numbers(labels) -> bool:
    """Whether labels (an array, or one in a file) are numbers to predict; else they are of classes."""
    return np.dtype(labels.dtype).kind == "f"


def quantitative(values: np.ndarray) -> bool:
    """Whether values can only be numbers to predict: more than `DISTINCT` of them differ."""
    return len(np.unique(values[np.isfinite(values)])) > DISTINCT


def known(labels: np.ndarray) -> np.ndarray:
    """Whether each label is known, of the shape of `labels`."""
    return np.asarray(np.isfinite(labels) if are_numbers(labels) else labels != UNLABELLED)


def scale(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column of numbers, shape=(outputs,), of those that are known."""
    of_known = labels.astype(np.float64)
    return np.nanmean(of_known, axis=0), np.nanstd(of_known, axis=0)


def halves(labels: np.ndarray, medians: np.ndarray) -> np.ndarray:
    """Numbers as classes: int8, 1 above a column's median, else 0; `UNLABELLED` where there is no number."""
    return np.where(known(labels), labels > medians, UNLABELLED).astype(np.int8)
