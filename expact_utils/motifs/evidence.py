"""Evidence that a motif tells classes apart, on sequences that no network was trained on.

A threshold on a motif's log-odds, and the class that it marks, are chosen on the validation set; the test set then has
its say. A motif has evidence if it passes Fisher's exact test, corrected for the number of motifs, and by far better
than the same motif with its positions shuffled: these have its composition, so that a difference of the classes in GC
content, or another bias, gives them as much.

Of sequences that are alike, such as windows of one region, one stands for all: a test that takes them for independent
would see evidence in chance. Nothing here, nor in a PFM, has seen a label of the test set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from expact_utils.data import targets
from expact_utils.data.datasets import Dataset
from expact_utils.data.similarity import groups
from expact_utils.motifs.clusters import Cluster, alike
from expact_utils.motifs.scanning import best_sites, narrowed
from expact_utils.networks.scores import auroc

SIGNIFICANT = 0.01  # largest corrected p-value of a motif with evidence ...
SHUFFLED = 19  # ... and of this many shuffled versions, the best has a p-value at least ...
FACTOR = 100  # ... so many times the motif's
MOST = 5000  # sequences of a split that are looked at
OVERLAP = 0.5  # share of a motif's sites on those of a better one from which on it is a variant of that
UNKNOWN = {"shuffled_p": np.nan, "shuffled_auroc": np.nan}
FEW = 5  # shuffled versions that decide whether it is a motif's absence that marks a class
COLUMNS = [
    *("class", "positives_with_site", "negatives_with_site", "odds_ratio", "p_corrected", "auroc", "threshold"),
    *("shuffled_p", "shuffled_auroc", "position_p", "from_centre", "same_as", "evidence"),
]
# Columns of motifs.csv that come first; all others of `clusters.table` and of `weigh` follow.
FIRST = [
    *("motif", "consensus", "best_match", "best_match_name", "evalue_corrected", "sites", "positives_with_site"),
    *("negatives_with_site", "odds_ratio", "p_corrected", "auroc", "silenced_drop", "trials", "filters", "evidence"),
]


@dataclass(frozen=True)
class _Split:
    """Codes and labels of a split."""

    codes: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, data: Dataset, split: str, rng: np.random.Generator) -> "_Split":
        """One of the sequences that are alike, at most so many, drawn at random, that a motif takes seconds."""
        codes = data.X[split][:]
        order = rng.permutation(len(codes))
        together = groups(codes, data.names.get(split, [""] * len(codes)))
        rows = np.sort(order[np.sort(np.unique(together[order], return_index=True)[1])][:MOST])
        return cls(codes[rows], data.Y[split][:][rows])


@dataclass(frozen=True)
class _Choice:
    """What the validation set says of a motif: the class that it marks, whether by its presence, threshold and z."""

    column: int
    present: bool
    threshold: float
    z: float


def weigh(
    clusters: list[Cluster],
    data: Dataset,
    seed: int = 0,
    norc: bool = False,
    prefix: str = "motif",
    matched: Sequence[str] = (),
) -> tuple[list[Cluster], pd.DataFrame]:
    """Weigh motifs on held-out sequences, and put them in order, the best first.

    Parameters
    ----------
    clusters : list[Cluster]
        As from `clusters.cluster`.
    data : Dataset
        Sequences and labels; of numbers, the upper half of each column is a class. Sequences without a label of a class
        do not count for it.
    seed : int
        Of the shuffled versions.
    norc : bool
        Look at the given strand alone.
    prefix : str
        Of their IDs, before the rank.
    matched : Sequence[str]
        Of each motif, the name of the matrix that it matches best, or nothing: of those of one name, as the parts of a
        long motif are, one is a variant of the other (see `identified.identify`).

    Returns
    -------
    list[Cluster], pd.DataFrame
        The motifs, numbered anew in their order, and a row for each, indexed by its ID, with columns `COLUMNS`:
        `class` is the one that the motif tells apart best on the validation set; `positives_with_site` and
        `negatives_with_site` are the shares of its test sequences with a site, `odds_ratio` theirs (Haldane's
        correction), `p_corrected` Fisher's p, in the direction of the validation set, times the number of motifs;
        `auroc` that of the best site's score alone, below .5 where the motif marks the other sequences; `threshold` in
        bits; `shuffled_p` the best corrected p of the shuffled versions and `shuffled_auroc` their mean auROC, by how
        far `auroc` is from which the motifs with evidence are ranked; both NaN where the motif's own p is too large;
        `position_p` of a Kolmogorov-Smirnov test of
        its sites' places against places at random, `from_centre` their mean distance from the centre as a share of the
        length; `same_as` the better motif that it is a variant of, else empty: one that it agrees with, as filters of
        one motif do, or is named as, or whose sites it shares, or that it adds nothing to.
    """
    if not clusters:
        none = pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="motif"))
        return [], none.astype({"evidence": bool})  # of objects it would choose columns, not rows
    rng = np.random.default_rng(seed)
    data = data.as_classes()
    splits = _Split.of(data, "valid", rng), _Split.of(data, "test", rng)
    tested = len(clusters)
    each = (_row(one.motif.pfm, *splits, data.class_names, rng, norc, tested) for one in clusters)
    rows, found = zip(*each, strict=True)
    table = pd.DataFrame(rows)
    for column in ("p_corrected", "shuffled_p"):
        table[column] = (table[column] * tested).clip(upper=1)
    table["evidence"] = (table["p_corrected"] < SIGNIFICANT) & (table["shuffled_p"] >= FACTOR * table["p_corrected"])
    excess = (table["auroc"] - table["shuffled_auroc"]) * np.where(table["odds_ratio"] >= 1, 1, -1)
    strength = excess.where(table["evidence"], (table["auroc"] - 0.5).abs())
    order = np.lexsort((-strength, ~table["evidence"]))
    return _in_order(clusters, table, list(found), order.tolist(), prefix, matched or [""] * tested, norc)


def table(found: pd.DataFrame, weighed: pd.DataFrame, silenced: pd.Series) -> pd.DataFrame:
    """Table of all motifs, `motifs.csv`: a row a motif, columns `FIRST` and then the others.

    Parameters
    ----------
    found : pd.DataFrame
        As from `clusters.table`, of the motifs in the order of `weigh`.
    weighed : pd.DataFrame
        As from `weigh`.
    silenced : pd.Series
        Motif to the auROC that is lost when its filters are silenced together, NaN or absent where that is not known.
    """
    whole = found.join(weighed, on="motif")
    whole["silenced_drop"] = whole["motif"].map(silenced).astype(float)
    return whole[[*FIRST, *(column for column in whole if column not in FIRST)]]


def _in_order(
    clusters: list[Cluster],
    table: pd.DataFrame,
    found: list["_Found"],
    order: list[int],
    prefix: str,
    matched: Sequence[str],
    norc: bool,
) -> tuple[list[Cluster], pd.DataFrame]:
    """Motifs numbered by their rank; a variant of a better one loses its evidence to that."""
    twins: dict[int, int] = {}
    better: list[int] = []
    known = [i for i in order if table.loc[i, "evidence"]]
    agree = alike([one.motif for one in clusters], known, norc)
    for i in known:
        same = (at for at, j in enumerate(better) if j in agree[i] or (matched[i] and matched[j] == matched[i]))
        twin = next(same, None)
        if twin is None:
            twin = _twin(found[i], [found[j] for j in better], len(clusters))
        if twin is None:
            better.append(i)
        else:
            twins[i] = better[twin]
    table.loc[list(twins), "evidence"] = False
    order = [*better, *(i for i in order if i not in better)]
    ids = {i: f"{prefix}{rank}" for rank, i in enumerate(order, start=1)}
    table["same_as"] = [ids[twins[i]] if i in twins else "" for i in table.index]
    ranked = [replace(clusters[i], motif=replace(clusters[i].motif, id=ids[i])) for i in order]
    table = table.loc[order, COLUMNS]
    table.index = pd.Index([one.motif.id for one in ranked], name="motif")
    return ranked, table


class _Found(NamedTuple):
    """A motif in the test sequences: its sites by row; and of every row its score, label, and whether that is known."""

    starts: dict[int, int]
    width: int
    scores: np.ndarray
    positive: np.ndarray
    known: np.ndarray

    def overlap(self, other: "_Found") -> float:
        """Share of its sites that lie on sites of another motif, by half of the narrower one at least."""
        least = min(self.width, other.width) / 2
        shared = sum(
            min(start + self.width, other.starts[row] + other.width) - max(start, other.starts[row]) >= least
            for row, start in self.starts.items()
            if row in other.starts
        )
        return shared / max(len(self.starts), 1)


def _twin(one: _Found, better: list[_Found], tested: int) -> int | None:
    """Which better motif one is a variant of: that which most of its sites lie on, or, where it adds nothing, many.

    It adds nothing where the scores of the better ones tell its class apart as well without it, by a likelihood ratio
    test that is corrected for the number of motifs.
    """
    if not better:
        return None
    overlaps = [one.overlap(other) for other in better]
    nearest = int(np.argmax(overlaps))
    if overlaps[nearest] > OVERLAP:
        return nearest
    of_better = np.stack([other.scores for other in better], axis=1)[one.known]
    both, positive = np.column_stack([of_better, one.scores[one.known]]), one.positive[one.known]
    gained = _log_likelihood(both, positive) - _log_likelihood(of_better, positive)
    return nearest if stats.chi2.sf(2 * max(gained, 0), df=1) * tested > SIGNIFICANT else None


def _log_likelihood(scores: np.ndarray, positive: np.ndarray) -> float:
    """Log-likelihood of a logistic regression on scores, shape=(N, motifs)."""
    scaled = StandardScaler().fit_transform(scores)
    model = LogisticRegression(C=np.inf, max_iter=1000).fit(scaled, positive)
    return -len(positive) * log_loss(positive, model.predict_proba(scaled)[:, 1], labels=[False, True])


def _row(
    pfm: np.ndarray, valid: _Split, test: _Split, class_names: list[str], rng, norc: bool, tested: int
) -> tuple[dict, _Found]:
    """What is known of a motif, p-values not yet corrected; and its sites in the test sequences that have one."""
    pfm = narrowed(pfm, test.codes.shape[1])
    versions = np.stack([rng.permutation(pfm) for _ in range(SHUFFLED)])
    chosen_on, own = (best_sites(split.codes, pfm[None], norc).of(0) for split in (valid, test))
    choice = _choose(chosen_on.scores, valid.labels)
    if not choice.present:
        choice = _than_shuffled(choice, chosen_on.scores, versions[:FEW], valid, norc)
    labels = test.labels[:, choice.column]
    known, positive = targets.known(labels), labels == 1
    has, marked = own.scores >= choice.threshold, known & (positive == choice.present)
    counts = counts_of(positive[known], has[known])
    p = fisher(counts, choice.present)
    row = {
        "class": class_names[choice.column],
        "positives_with_site": counts[0, 0] / max(counts[0].sum(), 1),
        "negatives_with_site": counts[1, 0] / max(counts[1].sum(), 1),
        "odds_ratio": _odds_ratio(counts),
        "p_corrected": p,
        "auroc": float(np.nan_to_num(auroc(labels, own.scores), nan=0.5)),
        "threshold": choice.threshold,
        # Scanning for the versions takes most of the time, and decides nothing of a motif without evidence.
        **(_of_shuffled(versions, choice, valid, test, norc) if p * tested < SIGNIFICANT else UNKNOWN),
        **_places(own.starts[has & marked] + len(pfm) / 2, test.codes.shape[1], len(pfm)),
    }
    starts = {int(i): int(own.starts[i]) for i in np.flatnonzero(has)}
    return row, _Found(starts, len(pfm), own.scores, positive, known)


def _than_shuffled(absent: _Choice, scores: np.ndarray, versions: np.ndarray, valid: _Split, norc: bool) -> _Choice:
    """A motif's absence or its presence, whichever marks a class by more than that of its shuffled versions does.

    Where one class is rich in GC, the other has more of all that is a little like an AT-rich motif; and yet the few
    sites of it may be in the first.
    """
    column = valid.labels[:, [absent.column]]
    shuffled = best_sites(valid.codes, versions, norc).scores.T
    return max(
        (absent, _choose(scores, column, present=True)),
        key=lambda choice: choice.z - max(_choose(of, column, choice.present).z for of in shuffled),
    )


def _of_shuffled(versions: np.ndarray, choice: _Choice, valid: _Split, test: _Split, norc: bool) -> dict[str, float]:
    """Best p-value, not corrected, of a motif's shuffled versions, each at a threshold of its own; their mean auROC."""
    chosen_on, found = (best_sites(split.codes, versions, norc) for split in (valid, test))
    column, labels = valid.labels[:, [choice.column]], test.labels[:, choice.column]
    known, positive = targets.known(labels), labels == 1
    thresholds = [_choose(scores, column, choice.present).threshold for scores in chosen_on.scores.T]
    versions_of = zip(found.scores[known].T, thresholds, strict=True)
    shuffled = [counts_of(positive[known], scores >= limit) for scores, limit in versions_of]
    aurocs = [auroc(labels, scores) for scores in found.scores.T]
    return {
        "shuffled_p": min(fisher(of, choice.present) for of in shuffled),
        "shuffled_auroc": float(np.nan_to_num(np.mean(aurocs), nan=0.5)),
    }


def _choose(scores: np.ndarray, labels: np.ndarray, present: bool | None = None) -> _Choice:
    """Class that a motif marks, by its presence or, of one class alone, perhaps by its absence; and the threshold.

    Those for which the number of positives above the threshold is furthest from what chance gives, in its standard
    deviations: shares alone would favour low thresholds, and miss a motif that few sequences have.
    """
    signs = [1, -1] if labels.shape[1] == 1 else [1]
    options = [
        (*_furthest(scores[known], of_class[known] == 1, sign), column, sign > 0)
        for column, (of_class, known) in enumerate(zip(labels.T, targets.known(labels).T, strict=True))
        if known.any()
        for sign in (signs if present is None else [1 if present else -1])
    ]
    z, threshold, column, by_presence = max(options, default=(0, np.inf, 0, True))  # no site where nothing is known
    return _Choice(column, by_presence, threshold, z)


def _furthest(scores: np.ndarray, positive: np.ndarray, sign: int) -> tuple[float, float]:
    """How far the positives above a threshold are from chance at most (hypergeometric z), and that threshold."""
    order = np.argsort(-scores, kind="stable")
    total, marked = len(scores), positive.sum()
    above, of_positives = np.arange(1, total + 1), np.cumsum(positive[order])
    variance = above * marked * (total - marked) * (total - above) / (total**2 * max(total - 1, 1))
    z = sign * (of_positives - above * marked / total) / np.sqrt(np.maximum(variance, 1e-9))
    ties = np.append(scores[order][1:] == scores[order][:-1], True)  # where scores tie, all or none have a site
    z[ties] = -np.inf
    best = int(np.argmax(z))
    return float(z[best]), float(scores[order][best])


def counts_of(positive: np.ndarray, has: np.ndarray) -> np.ndarray:
    """Sequences with a site and without, of the positives and of the others: shape=(2, 2); inputs of shape=(N,)."""
    return np.array([[(has & of).sum(), (~has & of).sum()] for of in (positive, ~positive)])


def fisher(counts: np.ndarray, present: bool) -> float:
    """Fisher's exact p, one-sided, of sequences with a site being more often positive, or, not `present`, less."""
    return float(stats.fisher_exact(counts, alternative="greater" if present else "less").pvalue)


def _odds_ratio(counts: np.ndarray) -> float:
    """Odds ratio of a table of two by two, half a sequence added to each cell (Haldane)."""
    (a, b), (c, d) = counts + 0.5
    return float(a * d / (b * c))


def _places(centres: np.ndarray, length: int, width: int) -> dict[str, float]:
    """P-value of the places of sites being any, and how far they lie from the sequence's centre, a share of it.

    By a Kolmogorov-Smirnov test; 1 where there is no site, or one place alone.
    """
    if not len(centres) or length == width:
        return {"position_p": 1.0, "from_centre": np.nan}
    places = (centres - width / 2) / (length - width)
    off = float(np.abs(centres - length / 2).mean() / length)
    return {"position_p": float(stats.kstest(places, "uniform").pvalue), "from_centre": off}
