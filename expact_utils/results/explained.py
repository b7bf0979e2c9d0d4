"""How much of what the networks tell apart the motifs found do alone."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from expact_utils.data import targets
from expact_utils.data.datasets import Dataset
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.scanning import best_sites, narrowed
from expact_utils.networks.scores import score


def by_motifs(found: list[Cluster], data: Dataset, norc: bool = False) -> float:
    """Score on the test set of a regression on the motifs' best sites: auROC, or Pearson's r, the mean over classes.

    Parameters
    ----------
    found : list[Cluster]
        Motifs; of none, .5 is returned, or 0 of numbers.
    data : Dataset
        The regression is fitted on its training sequences.
    norc : bool
        Look for sites on the given strand alone.
    """
    if not found:
        return 0.0 if data.numbers else 0.5
    X = {split: _scores(found, data.X[split][:], norc) for split in ("train", "test")}
    scaler = StandardScaler().fit(X["train"])
    labels, outputs = data.Y["train"][:], np.zeros(data.Y["test"].shape)
    for column, known in enumerate(targets.known(labels).T):
        learned = scaler.transform(X["train"])[known], labels[known, column]
        if data.numbers:
            outputs[:, column] = Ridge().fit(*learned).predict(scaler.transform(X["test"]))
        else:
            model = LogisticRegression(max_iter=1000).fit(*learned)
            outputs[:, column] = model.predict_proba(scaler.transform(X["test"]))[:, 1]
    scores = score(data.Y["test"][:], outputs, data.class_names)
    return scores["pearson_mean" if data.numbers else "auroc_mean"]


def _scores(found: list[Cluster], codes: np.ndarray, norc: bool) -> np.ndarray:
    """Score of each motif's best site in each sequence, shape=(N, motifs)."""
    pfms = [narrowed(one.motif.pfm, codes.shape[1]) for one in found]
    return np.concatenate([best_sites(codes, pfm[None], norc).scores for pfm in pfms], axis=1)
