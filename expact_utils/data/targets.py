"""What sequences are labelled with, classes or numbers, and which labels are missing."""

import numpy as np

CLASSES, NUMBERS = "classes", "numbers"
UNLABELLED = -1  # in place of the 0 or 1 of a class; of numbers, NaN
FEWEST_ABOVE = 0.25  # share of numbers above a median, under which it is no middle
DISTINCT = 10  # values: so many may be classes, or mistakes among them, and are numbers only where that is said


def are_numbers(labels) -> bool:
    """Whether labels (an array, or one in a file) are numbers to predict; else they are of classes."""
    return np.dtype(labels.dtype).kind == "f"


def quantitative(values: np.ndarray) -> bool:
    """Whether values can only be numbers to predict: more than `DISTINCT` of them differ."""
    return len(np.unique(values[np.isfinite(values)])) > DISTINCT


def known(labels: np.ndarray) -> np.ndarray:
    """Whether each label is known, of the shape of `labels`."""
    return np.asarray(~np.isnan(labels) if are_numbers(labels) else labels != UNLABELLED)


def scale(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column of numbers, shape=(outputs,), of those that are known."""
    of_known = labels.astype(np.float64)
    return np.nanmean(of_known, axis=0), np.nanstd(of_known, axis=0)


def middles(numbers: np.ndarray) -> np.ndarray:
    """Number of each column above which its upper half lies, shape=(columns,): the median, as a rule.

    Where many have the highest number, as in an assay that saturates, few or none lie above the median; then it is the
    next lower number, so that these are the upper half.
    """
    found = np.nanmedian(numbers, axis=0)
    for i, column in enumerate(numbers.T):
        below = column[column < found[i]]
        if len(below) and (column > found[i]).sum() < FEWEST_ABOVE * known(column).sum():
            found[i] = below.max()
    return found


def halves(labels: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Numbers as classes: int8, 1 above a column's middle, else 0; `UNLABELLED` where there is no number."""
    return np.where(known(labels), labels > middles, UNLABELLED).astype(np.int8)
