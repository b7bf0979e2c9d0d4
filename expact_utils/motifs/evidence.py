"""Evidence that a motif tells classes apart, on sequences that no network was trained on.

A threshold on a motif's log-odds, and the class that it marks, are chosen on the validation set; the test set then has
its say. A motif has evidence if it passes Fisher's exact test, corrected for the number of motifs, and by far better
than the same motif with its positions shuffled: these have its composition, so that a difference of the classes in GC
content, or another bias, gives them as much.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score

from expact_utils.data.datasets import Dataset
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.scanning import Sites, best_sites

SIGNIFICANT = 0.01  # largest corrected p-value of a motif with evidence ...
SHUFFLED = 19  # ... and of this many shuffled versions, the best has a p-value at least ...
FACTOR = 100  # ... so many times the motif's
OVERLAP = 0.5  # share of a motif's sites on those of a better one from which on it is a variant of that
COLUMNS = [
    *("class", "positives_with_site", "negatives_with_site", "odds_ratio", "p_corrected", "auroc", "threshold"),
    *("shuffled_p", "position_p", "same_as", "evidence"),
]


@dataclass(frozen=True)
class _Split:
    """Codes and labels of a split."""

    codes: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, data: Dataset, split: str) -> "_Split":
        return cls(data.X[split][:], data.Y[split][:])


@dataclass(frozen=True)
class _Choice:
    """What the validation set says of a motif: the class that it marks, whether by its presence, and a threshold."""

    column: int
    present: bool
    threshold: float


def weigh(
    clusters: list[Cluster], data: Dataset, seed: int = 0, norc: bool = False
) -> tuple[list[Cluster], pd.DataFrame]:
    """Weigh motifs on held-out sequences, and put them in order, the best first.

    Parameters
    ----------
    clusters : list[Cluster]
        As from `clusters.cluster`.
    data : Dataset
        Sequences and labels.
    seed : int
        Of the shuffled versions.
    norc : bool
        Look at the given strand alone.

    Returns
    -------
    list[Cluster], pd.DataFrame
        The motifs, numbered anew in their order, and a row for each, indexed by its ID, with columns `COLUMNS`:
        `class` is the one that the motif tells apart best on the validation set; `positives_with_site` and
        `negatives_with_site` are the shares of its test sequences with a site, `odds_ratio` theirs (Haldane's
        correction), `p_corrected` Fisher's p, in the direction of the validation set, times the number of motifs;
        `auroc` that of the best site's score alone, below .5 where the motif marks the other sequences; `threshold` in
        bits; `shuffled_p` the best corrected p of the shuffled versions; `position_p` of a Kolmogorov-Smirnov test of
        its sites' places against places at random; `same_as` the better motif that it is a variant of, else empty.
    """
    rng = np.random.default_rng(seed)
    splits = _Split.of(data, "valid"), _Split.of(data, "test")
    rows, sites = [], []
    for one in clusters:
        row, found = _row(one.motif.pfm, *splits, data.class_names, rng, norc)
        rows.append(row)
        sites.append(found)
    if not clusters:
        return [], pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="motif"))
    table = pd.DataFrame(rows)
    for column in ("p_corrected", "shuffled_p"):
        table[column] = (table[column] * len(clusters)).clip(upper=1)
    table["evidence"] = (table["p_corrected"] < SIGNIFICANT) & (table["shuffled_p"] >= FACTOR * table["p_corrected"])
    strength = (table["auroc"] - 0.5).abs()
    order = np.lexsort((-strength, ~table["evidence"]))
    return _in_order(clusters, table, sites, [int(i) for i in order])


def _in_order(clusters, table: pd.DataFrame, sites: list, order: list[int]) -> tuple[list[Cluster], pd.DataFrame]:
    """Motifs numbered by their rank; a variant of a better one loses its evidence to that."""
    ids = {old: f"motif{new}" for new, old in enumerate(order, start=1)}
    table["same_as"] = ""
    better: list[int] = []
    for i in order:
        if not table.loc[i, "evidence"]:
            continue
        twin = next((j for j in better if _overlap(sites[i], sites[j]) > OVERLAP), None)
        if twin is None:
            better.append(i)
        else:
            table.loc[i, ["same_as", "evidence"]] = ids[twin], False
    order = [*better, *(i for i in order if i not in better)]
    ids_again = {ids[old]: f"motif{new}" for new, old in enumerate(order, start=1)}
    table["same_as"] = table["same_as"].map(lambda name: ids_again.get(name, ""))
    ranked = [replace(clusters[i], motif=replace(clusters[i].motif, id=ids_again[ids[i]])) for i in order]
    table = table.loc[order, COLUMNS]
    table.index = pd.Index([one.motif.id for one in ranked], name="motif")
    return ranked, table


def _row(pfm: np.ndarray, valid: _Split, test: _Split, class_names: list[str], rng, norc: bool) -> tuple[dict, tuple]:
    """What is known of a motif, p-values not yet corrected; and its sites in the test sequences that have one."""
    found = best_sites(test.codes, pfm, norc)
    choice = _choose(best_sites(valid.codes, pfm, norc).scores, valid.labels)
    labels, has = test.labels[:, choice.column] == 1, found.scores >= choice.threshold
    counts = _counts(labels, has)
    shuffled = [_p_of_shuffled(rng.permutation(pfm), valid, test, choice, norc) for _ in range(SHUFFLED)]
    row = {
        "class": class_names[choice.column],
        "positives_with_site": counts[0, 0] / max(counts[0].sum(), 1),
        "negatives_with_site": counts[1, 0] / max(counts[1].sum(), 1),
        "odds_ratio": _odds_ratio(counts),
        "p_corrected": _p(counts, choice.present),
        "auroc": _auroc(labels, found.scores),
        "threshold": choice.threshold,
        "shuffled_p": min(shuffled),
        "position_p": _position_p(found, has & (labels == choice.present), test.codes.shape[1] - len(pfm)),
    }
    rows = np.flatnonzero(has)
    return row, (dict(zip(rows.tolist(), found.starts[rows].tolist(), strict=True)), len(pfm))


def _choose(scores: np.ndarray, labels: np.ndarray) -> _Choice:
    """Class that scores tell apart best, and the threshold of the largest difference in shares (Youden's index)."""
    aurocs = np.array([_auroc(of_class == 1, scores) for of_class in labels.T])
    column = int(np.argmax(aurocs)) if labels.shape[1] > 1 else 0
    positive, present = labels[:, column] == 1, bool(aurocs[column] >= 0.5)
    order = np.argsort(-scores, kind="stable")
    shares = [np.cumsum(of[order]) / max(of.sum(), 1) for of in (positive, ~positive)]
    difference = (shares[0] - shares[1]) * (1 if present else -1)
    last = np.append(scores[order][1:] != scores[order][:-1], True)  # where scores tie, all or none have a site
    return _Choice(column, present, float(scores[order][int(np.argmax(np.where(last, difference, -np.inf)))]))


def _p_of_shuffled(pfm: np.ndarray, valid: _Split, test: _Split, choice: _Choice, norc: bool) -> float:
    """Fisher's p of a shuffled motif, for the same class and direction, with a threshold of its own."""
    column = slice(choice.column, choice.column + 1)
    threshold = _choose(best_sites(valid.codes, pfm, norc).scores, valid.labels[:, column]).threshold
    has = best_sites(test.codes, pfm, norc).scores >= threshold
    return _p(_counts(test.labels[:, choice.column] == 1, has), choice.present)


def _counts(positive: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Sequences with a site and without, of the positives and of the others: shape=(2, 2)."""
    return np.array([[(has & of).sum(), (~has & of).sum()] for of in (positive, ~positive)])


def _p(counts: np.ndarray, present: bool) -> float:
    return float(stats.fisher_exact(counts, alternative="greater" if present else "less").pvalue)


def _odds_ratio(counts: np.ndarray) -> float:
    """Odds ratio of a table of two by two, half a sequence added to each cell (Haldane)."""
    (a, b), (c, d) = counts + 0.5
    return float(a * d / (b * c))


def _auroc(positive: np.ndarray, scores: np.ndarray) -> float:
    return float(roc_auc_score(positive, scores)) if 0 < positive.sum() < len(positive) else 0.5


def _position_p(found: Sites, chosen: np.ndarray, places: int) -> float:
    """P-value of the places of sites being any, by a Kolmogorov-Smirnov test; 1 where there is none or one place."""
    if not chosen.any() or places < 1:
        return 1.0
    return float(stats.kstest(found.starts[chosen] / places, "uniform").pvalue)


def _overlap(sites: tuple, better: tuple) -> float:
    """Share of a motif's sites that lie on sites of another, by half of the narrower one at least."""
    (mine, width), (other, of_other) = sites, better
    shared = sum(
        min(start + width, other[row] + of_other) - max(start, other[row]) >= min(width, of_other) / 2
        for row, start in mine.items()
        if row in other
    )
    return shared / max(len(mine), 1)
