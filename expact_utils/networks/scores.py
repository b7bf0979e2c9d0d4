"""Scores of predictions: auPR and auROC (Koo & Ploenzke 2019, Methods, "Training"), and correlations of numbers."""

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from expact_utils.data.targets import are_numbers, known
from expact_utils.run.errors import InputError

FEWEST = 4  # sequences of a correlation with an interval


def score(labels: np.ndarray, outputs: np.ndarray, class_names: list[str]) -> dict:
    """Score predictions, by class and on average (`…_mean`); inputs of shape=(N, classes), labels as of a `Dataset`.

    Of classes auPR (average precision) and auROC, of numbers Pearson's and Spearman's correlation, from the labels that
    are known. A class with one label only has no score (None) and is left out of the average.
    """
    found: dict[str, dict[str, float | None]] = {}
    for name, of in (NUMBERS if are_numbers(labels) else CLASSES).items():
        values = {column: of(labels[:, i], outputs[:, i]) for i, column in enumerate(class_names)}
        found[name] = {column: None if np.isnan(value) else value for column, value in values.items()}
    means = {}
    for name, by_class in found.items():
        of_known = [value for value in by_class.values() if value is not None]
        means[f"{name}_mean"] = float(np.mean(of_known)) if of_known else None
    return found | means


def aupr(labels: np.ndarray, scores: np.ndarray) -> float:
    """AuPR (average precision) of one class, both of shape=(N,), of known labels.

    NaN where these are all alike, or where a score is no number.
    """
    return _of_class(average_precision_score, labels, scores)


def auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """AuROC of one class, as `aupr`."""
    return _of_class(roc_auc_score, labels, scores)


def pearson(numbers: np.ndarray, predicted: np.ndarray) -> float:
    """Pearson's correlation, both of shape=(N,), of known numbers.

    NaN where either are all alike, or where a prediction is no number.
    """
    return _correlation(stats.pearsonr, numbers, predicted)


def spearman(numbers: np.ndarray, predicted: np.ndarray) -> float:
    """Spearman's correlation, as `pearson`."""
    return _correlation(stats.spearmanr, numbers, predicted)


def interval(correlation: float, number: int) -> tuple[float, float]:
    """95 % confidence interval of a correlation of so many sequences, by Fisher's transformation.

    A rank correlation's transform varies a little more than Pearson's, by 1.06 (Fieller et al. 1957), which is taken
    for both.
    """
    if not np.isfinite(correlation) or number <= FEWEST:
        return np.nan, np.nan
    half = stats.norm.ppf(0.975) * np.sqrt(1.06 / (number - 3))
    middle = np.arctanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12))
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _of_class(function, labels: np.ndarray, scores: np.ndarray) -> float:
    rows = known(labels)
    labels, scores = labels[rows], scores[rows]
    scored = 0 < labels.sum() < len(labels) and np.isfinite(scores).all()
    return float(function(labels, scores)) if scored else np.nan


def _correlation(function, numbers: np.ndarray, predicted: np.ndarray) -> float:
    rows = known(numbers)
    numbers, predicted = numbers[rows].astype(np.float64), predicted[rows].astype(np.float64)
    scored = np.isfinite(predicted).all() and len(numbers) > 1 and np.ptp(numbers) and np.ptp(predicted)
    return float(function(numbers, predicted).statistic) if scored else np.nan


CLASSES = {"aupr": aupr, "auroc": auroc}
NUMBERS = {"pearson": pearson, "spearman": spearman}


def watched(measure: str, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Score that a training goes by, `aupr`, `auroc` or `pearson`, over all classes at once, as Keras's metric has it.

    Inputs of shape=(N, classes), the probabilities finite.
    """
    return (CLASSES | NUMBERS)[measure](labels.ravel(), probabilities.ravel())


def check_watched(measure: str, labels: np.ndarray, name: str) -> None:
    """Refuse validation labels, shape=(N, classes), that have no auROC where a training goes by it.

    Raises
    ------
    InputError
        When all labels are the same; names the data set.
    """
    if measure == "auroc" and labels.min() == labels.max():
        raise InputError(
            f"{name}: every validation label is {labels.min()}, so there is no auROC to train by; expected both "
            "labels, or the protocol preprint2019."
        )
