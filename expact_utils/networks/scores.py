"""Scores of predictions: auPR and auROC (Koo & Ploenzke 2019, Methods, "Training")."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from expact_utils.run.errors import InputError

FUNCTIONS = {"aupr": average_precision_score, "auroc": roc_auc_score}


def score(labels: np.ndarray, probabilities: np.ndarray, class_names: list[str]) -> dict:
    """Score predictions by class and on average: auPR (average precision) and auROC; inputs of shape=(N, classes).

    A class with one label only has no score (None) and is left out of the average.
    """
    scores: dict[str, dict[str, float | None]] = {"aupr": {}, "auroc": {}}
    for i, class_name in enumerate(class_names):
        y, p = labels[:, i], probabilities[:, i]
        for name, of in (("aupr", aupr), ("auroc", auroc)):
            scores[name][class_name] = None if np.isnan(found := of(y, p)) else found
    means = {}
    for metric, by_class in scores.items():
        known = [value for value in by_class.values() if value is not None]
        means[f"{metric}_mean"] = float(np.mean(known)) if known else None
    return scores | means


def aupr(labels: np.ndarray, scores: np.ndarray) -> float:
    """AuPR (average precision) of one class, both of shape=(N,); NaN where all labels are alike."""
    return float(average_precision_score(labels, scores)) if 0 < labels.sum() < len(labels) else np.nan


def auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """AuROC of one class, both of shape=(N,); NaN where all labels are alike."""
    return float(roc_auc_score(labels, scores)) if 0 < labels.sum() < len(labels) else np.nan


def watched(measure: str, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Score that a training goes by, `aupr` or `auroc`, over all classes at once, as Keras's metric has it.

    Inputs of shape=(N, classes), the probabilities finite.
    """
    return float(FUNCTIONS[measure](labels.ravel(), probabilities.ravel()))


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
