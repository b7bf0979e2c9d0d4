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
        mixed = 0 < y.sum() < len(y)
        scores["aupr"][class_name] = float(average_precision_score(y, p)) if mixed else None
        scores["auroc"][class_name] = float(roc_auc_score(y, p)) if mixed else None
    means = {}
    for metric, by_class in scores.items():
        known = [value for value in by_class.values() if value is not None]
        means[f"{metric}_mean"] = float(np.mean(known)) if known else None
    return scores | means


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
