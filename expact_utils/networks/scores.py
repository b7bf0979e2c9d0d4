"""Scores of predictions: auPR and auROC (Koo & Ploenzke 2019, Methods, "Training")."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


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
