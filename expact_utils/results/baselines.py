"""What can be had without a network: scores from length and N, GC content and counts of k-mers alone.

A network that does no better than GC content has learned nothing of a motif, whatever its auPR; and where length and N
tell the classes apart, no score on them says anything.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from expact_utils.data import targets
from expact_utils.data.datasets import SPLITS, Dataset
from expact_utils.dna.kmers import words
from expact_utils.dna.letters import BASES, UNKNOWN, gc_content, reverse_complement
from expact_utils.networks.scores import auroc, pearson, score
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS

K = 6
COUNTED = 1000  # sequences whose gapped k-mers are counted at a time
WIDEST = 8  # positions that the 6 letters of a gapped 6-mer are spread over at most
PENALTIES = (0.01, 0.1, 1.0)  # C of the regressions on k-mers (1 / alpha of ridge), chosen on the validation set
LEAF = 10  # training sequences in a leaf of a forest's tree, at least
LENGTH = "length and N"
TELLING = 0.6  # auROC of length and N above which they tell the classes apart ...
RELATED = 0.2  # ... and of numbers their correlation


def table(dataset: Dataset, norc: bool = False) -> pd.DataFrame:
    """All baselines: a row a baseline and class, with its scores on the test set: auPR and auROC, or correlations.

    With `norc` k-mers are those of the given strand alone, as for RNA.
    """
    labels, names = dataset.Y["test"][:], OF_NUMBERS if dataset.numbers else OF_CLASSES
    found = {name: score(labels, of, dataset.class_names) for name, of in outputs(dataset, norc).items()}
    return pd.DataFrame(
        {"baseline": name, "class": of_class, **{score: scores[score][of_class] for score in names}}
        for name, scores in found.items()
        for of_class in dataset.class_names
    )


def outputs(dataset: Dataset, norc: bool = False) -> dict[str, np.ndarray]:
    """Probabilities, or numbers, of the test sequences, shape=(N, classes), by each baseline; `norc` as in `table`."""
    found = {name: of(dataset) for name, of in BASELINES.items()}
    return found | {name: _of_counts(dataset, partial(count, norc=norc)) for name, count in COUNTS.items()}


def warning(baselines: pd.DataFrame) -> str:
    """Sentence for the first page where length and N tell a class apart; else empty. `baselines` as from `table`."""
    score, least, title = ("auroc", TELLING, "auROC") if "auroc" in baselines else ("pearson", RELATED, "Pearson's r")
    rows = baselines[(baselines["baseline"] == LENGTH) & (baselines[score] > least)]
    if rows.empty:
        return ""
    classes = ", ".join(f"{name} ({title} {of:.2f})" for name, of in zip(rows["class"], rows[score], strict=True))
    return (
        f"Warning: the lengths of the sequences, or where they are padded or hold N, tell classes apart: {classes}. "
        "A network may have learned these and no motif; give all classes sequences of one length."
    )


def length_baseline(dataset: Dataset) -> np.ndarray:
    """Outputs of a random forest on the numbers of known letters and of N, and on where the known ones begin and end.

    A forest, as classes may differ in how far lengths spread, and not in their mean.
    """
    X = {split: _extent(dataset.X[split][:]) for split in SPLITS}
    return _outputs(dataset, X, [1.0], _forest_regressor if dataset.numbers else _forest_classifier)


def gc_baseline(dataset: Dataset) -> np.ndarray:
    """Outputs of a regression on GC content."""
    return _outputs(dataset, _scaled({split: gc_content(dataset.X[split][:])[:, None] for split in SPLITS}), [1.0])


def gapped_counts(codes: np.ndarray, norc: bool = False) -> sparse.csr_matrix:
    """Count gapped 6-mers (Ghandi et al. 2014), as `kmer_counts`: 6 letters over at most `WIDEST` positions."""
    inner = [(width, of) for width in range(K, WIDEST + 1) for of in combinations(range(1, width - 1), K - 2)]
    spread = [(0, *of, width - 1) for width, of in inner]
    if not norc:
        spread = [of for of in spread if of <= _mirrored(of)]  # one of two that are each other read backwards
    pieces = (codes[start : start + COUNTED] for start in range(0, max(len(codes), 1), COUNTED))
    return sparse.vstack(
        [sparse.hstack([kmer_counts(piece, of, norc) for of in spread], format="csr") for piece in pieces], format="csr"
    )


def kmer_counts(
    codes: np.ndarray, positions: tuple[int, ...] = tuple(range(K)), norc: bool = False
) -> sparse.csr_matrix:
    """Count the k-mers of each sequence and of its reverse complement; those with an N are left out.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    positions : tuple[int, ...]
        Of the letters of a k-mer, the first 0; with gaps where some between them are left out. At most 8.
    norc : bool
        Count those of the sequence as it stands alone.

    Returns
    -------
    sparse.csr_matrix
        float32, shape=(N, k-mers). Where the gaps read backwards are the same, a k-mer and its reverse complement are
        one column, counted once.
    """
    forward, known = words(codes, positions)
    if norc:
        return _counted([(forward, known)], BASES ** len(positions))
    if positions == _mirrored(positions):
        _, column = np.unique(_canonical(len(positions)), return_inverse=True)
        return _counted([(column[forward], known)], column.max() + 1)
    return _counted([(forward, known), words(reverse_complement(codes), positions)], BASES ** len(positions))


BASELINES: dict[str, Callable[[Dataset], np.ndarray]] = {LENGTH: length_baseline, "GC content": gc_baseline}
COUNTS: dict[str, Callable[..., sparse.csr_matrix]] = {"6-mers": kmer_counts, "gapped 6-mers": gapped_counts}


def _mirrored(positions: tuple[int, ...]) -> tuple[int, ...]:
    """Positions of a k-mer's letters, read backwards."""
    return tuple(positions[-1] - position for position in reversed(positions))


def _counted(found: list[tuple[np.ndarray, np.ndarray]], columns: int) -> sparse.csr_matrix:
    """Number of times that each sequence has each of the numbers in `found` that are known."""
    rows = np.concatenate([np.repeat(np.arange(len(known)), known.sum(axis=1)) for _, known in found])
    numbers = np.concatenate([words[known] for words, known in found])
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (rows, numbers)), shape=(len(found[0][0]), columns))


def _canonical(k: int) -> np.ndarray:
    """For each k-mer, as a number to the base 4, the smaller of it and its reverse complement."""
    forward = np.arange(BASES**k)
    backward = sum((BASES - 1 - (forward // BASES**i) % BASES) * BASES ** (k - 1 - i) for i in range(k))
    return np.minimum(forward, backward)


def _extent(codes: np.ndarray) -> np.ndarray:
    """Known letters, N between them, and first and last known letter of each sequence, shape=(N, 4)."""
    known = codes != UNKNOWN
    first, last = known.argmax(axis=1), codes.shape[1] - known[:, ::-1].argmax(axis=1)
    return np.stack([known.sum(axis=1), last - first - known.sum(axis=1), first, last], axis=1).astype(float)


def _scaled(X: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    scaler = StandardScaler().fit(X["train"])
    return {split: scaler.transform(of) for split, of in X.items()}


def _of_counts(dataset: Dataset, count: Callable[[np.ndarray], sparse.csr_matrix]) -> np.ndarray:
    """Outputs of a regression on counts, of a function of codes."""
    X = {split: count(dataset.X[split][:]) for split in SPLITS}
    scaler = MaxAbsScaler(copy=False).fit(X["train"])  # a gigabyte less for long sequences
    return _outputs(dataset, {split: scaler.transform(of) for split, of in X.items()}, PENALTIES)


def _outputs(dataset: Dataset, X: dict, penalties: Iterable[float], regression: Callable | None = None) -> np.ndarray:
    """Outputs of the test set, shape=(N, classes), of a regression a class, with the C best on the validation set.

    A logistic one or, of numbers, a ridge regression, unless another is given; of the labels that are known.
    """
    found = np.zeros(dataset.Y["test"].shape)
    regression = regression or (_ridge if dataset.numbers else _logistic)
    for column in range(found.shape[1]):
        labels = {split: dataset.Y[split][:][:, column] for split in SPLITS}
        rows = {split: np.flatnonzero(targets.known(of)) for split, of in labels.items()}
        known = {split: (_taken(X[split], rows[split]), labels[split][rows[split]]) for split in ("train", "valid")}
        if all(len(np.unique(y)) > 1 for _, y in known.values()):
            found[:, column] = regression(known["train"], known["valid"], X["test"], penalties)
    return found


def _taken(X, rows: np.ndarray):
    """Rows of counts; all of them without a copy, which of long sequences takes over a gigabyte."""
    return X if len(rows) == X.shape[0] else X[rows]


def _logistic(train: tuple, valid: tuple, test, penalties: Iterable[float]) -> np.ndarray:
    """Probabilities of the test sequences by the logistic regression with the best auROC of the validation set."""
    models = [LogisticRegression(C=C, max_iter=1000).fit(*train) for C in penalties]
    best = max(models, key=lambda model: auroc(valid[1], model.decision_function(valid[0])))
    return best.predict_proba(test)[:, 1]


def _ridge(train: tuple, valid: tuple, test, penalties: Iterable[float]) -> np.ndarray:
    """Numbers of the test sequences by the ridge regression with the best correlation on the validation set."""
    models = [Ridge(alpha=1 / C, solver="lsqr").fit(*train) for C in penalties]
    best = max(models, key=lambda model: np.nan_to_num(pearson(valid[1], model.predict(valid[0]))))
    return best.predict(test)


def _forest_classifier(train: tuple, valid: tuple, test, penalties: Iterable[float]) -> np.ndarray:
    """Probabilities of the test sequences by a random forest; the validation set has no part in it."""
    return RandomForestClassifier(min_samples_leaf=LEAF, random_state=0).fit(*train).predict_proba(test)[:, 1]


def _forest_regressor(train: tuple, valid: tuple, test, penalties: Iterable[float]) -> np.ndarray:
    """Numbers of the test sequences by a random forest."""
    return RandomForestRegressor(min_samples_leaf=LEAF, random_state=0).fit(*train).predict(test)
