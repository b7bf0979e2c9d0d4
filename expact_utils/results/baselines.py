"""What can be had without a network: scores from GC content alone and from k-mer counts.

A network that does no better than GC content has learned nothing of a motif, whatever its auPR.
"""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import UNKNOWN, gc_content
from expact_utils.networks.scores import score

K = 6


def table(dataset: Dataset) -> pd.DataFrame:
    """Both baselines: a row a baseline and class, with its auPR and auROC on the test set."""
    scores = {"GC content": gc_baseline(dataset), "6-mers": kmer_baseline(dataset)}
    return pd.DataFrame(
        {"baseline": name, "class": of_class, "aupr": found["aupr"][of_class], "auroc": found["auroc"][of_class]}
        for name, found in scores.items()
        for of_class in dataset.class_names
    )


def gc_baseline(dataset: Dataset) -> dict:
    """Score a logistic regression on GC content, as `scores.score`: auPR and auROC by class on the test set."""
    X = {split: gc_content(dataset.X[split][:])[:, None] for split in ("train", "test")}
    scaler = StandardScaler().fit(X["train"])
    return _scores(dataset, {split: scaler.transform(x) for split, x in X.items()})


def kmer_baseline(dataset: Dataset, k: int = K) -> dict:
    """Score a logistic regression on counts of k-mers, either strand's taken together, as `gc_baseline`."""
    X = {split: kmer_counts(dataset.X[split][:], k) for split in ("train", "test")}
    scaler = MaxAbsScaler().fit(X["train"])
    return _scores(dataset, {split: scaler.transform(x) for split, x in X.items()})


def kmer_counts(codes: np.ndarray, k: int = K) -> sparse.csr_matrix:
    """Count the k-mers of each sequence; those with an N are left out, and a k-mer is its reverse complement too.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    k : int
        Width, at most 8.

    Returns
    -------
    sparse.csr_matrix
        float32, shape=(N, number of k-mers up to reverse complement).
    """
    number, length = codes.shape
    forward = np.zeros((number, length - k + 1), np.int32)
    backward = np.zeros_like(forward)
    known = np.ones(forward.shape, bool)
    for i in range(k):
        base = codes[:, i : length - k + 1 + i].astype(np.int32)
        known &= base != UNKNOWN
        forward += base * 4 ** (k - 1 - i)
        backward += (3 - base) * 4**i
    _, column = np.unique(_canonical(k), return_inverse=True)
    rows = np.repeat(np.arange(number), known.sum(axis=1))
    columns = column[np.minimum(forward, backward)[known]]
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(number, column.max() + 1))


def _canonical(k: int) -> np.ndarray:
    """For each k-mer, as a number to the base 4, the smaller of it and its reverse complement."""
    forward = np.arange(4**k)
    backward = sum((3 - (forward // 4**i) % 4) * 4 ** (k - 1 - i) for i in range(k))
    return np.minimum(forward, backward)


def _scores(dataset: Dataset, X: dict) -> dict:
    labels = dataset.Y["train"][:]
    probabilities = np.zeros(dataset.Y["test"].shape)
    for column in range(labels.shape[1]):
        if len(np.unique(labels[:, column])) == 2:
            model = LogisticRegression(C=1.0, max_iter=1000).fit(X["train"], labels[:, column])
            probabilities[:, column] = model.predict_proba(X["test"])[:, 1]
    return score(dataset.Y["test"][:], probabilities, dataset.class_names)
