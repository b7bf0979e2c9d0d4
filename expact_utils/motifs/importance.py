"""What a class's score loses when one first-layer filter is silenced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from expact_utils.motifs.filters import activations
from expact_utils.networks.scores import aupr, auroc
from expact_utils.run.paths import KEY, Network
from expact_utils.run.progress import Progress

SEQUENCES = 2000  # of the test set are enough: the mean logit of a class then hardly depends on the draw
FEWEST = 50  # positives of a class that a subset keeps, where the class has them and there is room


def silence(
    model, codes: np.ndarray, labels: np.ndarray, class_names: list[str], progress: Progress | None = None
) -> pd.DataFrame:
    """Silence one first-layer filter after the other and score the network again.

    A silenced filter puts out its mean activation over all these sequences and positions, everywhere. Not zero: an
    exponential never comes near it, so zero would be an input that the rest of the network has never seen, and would
    measure something else for the two activations. The mean says nothing about a sequence and stays in the usual range.

    Parameters
    ----------
    model : keras.Model
        A network of `models`: its first `Activation` ends the first layer; its last layer is the sigmoid, or linear.
    codes, labels : np.ndarray
        Sequences to score, int8, shape=(N, length), 0-3 = A C G T, 4 = N; and int8, shape=(N, classes), 0 or 1.
    class_names : list[str]
        Name of each label column.
    progress : Progress, optional
        Of `len(codes)` parts, told after each batch of sequences.

    Returns
    -------
    pd.DataFrame
        A row a filter and class: filter (`filter0`, …), class, aupr (of the whole network), aupr_drop (whole minus
        silenced) and logit_drop (whole minus silenced, natural log of the odds, mean over the class's positives). The
        auPRs are NaN where the class has no positive or no negative, logit_drop where it has no positive.

    Raises
    ------
    InputError
        When the sequences are not as long as the network's.
    """
    from expact_utils.networks.models import first_convolution

    filters = first_convolution(model).filters
    logits, probabilities = _outputs(model, codes, [[i] for i in range(filters)], progress)
    auprs = _auprs(labels, probabilities)
    means = _mean_logits(labels, logits)
    return pd.DataFrame(
        {
            "filter": np.repeat([f"filter{i}" for i in range(filters)], len(class_names)),
            "class": class_names * filters,
            "aupr": np.tile(auprs[0], filters),
            "aupr_drop": (auprs[0] - auprs[1:]).ravel(),
            "logit_drop": (means[0] - means[1:]).ravel(),
        }
    )


def silence_together(model, codes: np.ndarray, labels: np.ndarray, sets: list[list[int]]) -> np.ndarray:
    """What the network's auROC loses when a set of first-layer filters is silenced at once, as in `silence`.

    Parameters
    ----------
    model, codes, labels
        As for `silence`.
    sets : list[list[int]]
        Numbers of the filters of each set.

    Returns
    -------
    np.ndarray
        AuROC of the whole minus that of the silenced network, shape=(sets, classes); NaN where a class has no positive
        or no negative.
    """
    _, probabilities = _outputs(model, codes, sets, None)
    aurocs = np.array([[auroc(*pair) for pair in zip(labels.T, of_one.T, strict=True)] for of_one in probabilities])
    return aurocs[0] - aurocs[1:]


def silence_motifs(
    networks: list[Network],
    load: Callable[[Network], Any],
    codes: np.ndarray,
    labels: np.ndarray,
    members: pd.DataFrame,
    marked: pd.Series,
) -> pd.Series:
    """What networks lose when all filters of a motif are silenced at once: the mean over those that have the motif.

    Parameters
    ----------
    networks, load
        The networks, and what gives the Keras model of one.
    codes, labels
        As for `silence`.
    members : pd.DataFrame
        Filters of each motif, as from `clusters.members_table`.
    marked : pd.Series
        Motif to the number of the class that it marks.

    Returns
    -------
    pd.Series
        Motif to the auROC of its class that is lost; motifs without filters of these networks are not in it.
    """
    progress, lost = Progress("motifs silenced", len(networks)), []
    for number, network in enumerate(networks, start=1):
        own = members[(members[KEY] == list(network)).all(axis=1)].groupby("motif", sort=False)["filter"]
        sets = {motif: [int(name.removeprefix("filter")) for name in of_motif] for motif, of_motif in own}
        if sets:
            drops = silence_together(load(network), codes, labels, list(sets.values()))
            lost.append(pd.Series(drops[range(len(sets)), marked[list(sets)]], index=list(sets)))
        progress.report(number, network.title)
    return pd.concat(lost).groupby(level=0).mean() if lost else pd.Series(dtype=float)


def subset(labels: np.ndarray, number: int = SEQUENCES, seed: int = 0) -> np.ndarray:
    """Draw sequences at random, with some positives of every class.

    A rare class gets more than its share, so that its mean logit rests on some sequences; its auPR, which rises with
    the share of positives, is then not that of the whole set.

    Parameters
    ----------
    labels : np.ndarray
        int8, shape=(N, classes), 0 or 1.
    number : int
        Draw at most this many.
    seed : int
        Same seed, same rows.

    Returns
    -------
    np.ndarray
        Rows in ascending order, shape=(min(N, number),). At least `FEWEST` positives of each class or all it has; fewer
        where those of all classes would fill more than half of the subset.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    fewest = min(FEWEST, number // (2 * labels.shape[1]))
    kept = [order[of_class == 1][:fewest] for of_class in labels[order].T]
    drawn = pd.unique(np.concatenate([*kept, order]))
    return np.sort(drawn[:number])


def _outputs(
    model, codes: np.ndarray, sets: list[list[int]], progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and probabilities, each shape=(1 + sets, N, classes): of the whole network, then without each set.

    The first layer, cheap beside the rest, is computed twice, since its output for all sequences may not fit in memory.
    """
    means, rest = _mean_activations(model, codes), _rest(model)
    batches, done = [], 0
    for batch in activations(model, codes):
        batches.append([rest.predict_on_batch(variant) for variant in (batch, *_silenced(batch, means, sets))])
        done += len(batch)
        if progress:
            progress.report(done, f"{done}/{len(codes)} sequences")
    logits, probabilities = (
        np.concatenate([[outputs[i] for outputs in variants] for variants in batches], axis=1) for i in (0, 1)
    )
    return logits, probabilities


def _rest(model):
    """Network from the first layer's activations to logits and probabilities."""
    import keras

    from expact_utils.networks.models import first_activation

    last = model.layers[-1]
    sigmoid = isinstance(last, keras.layers.Activation)  # numbers have none
    logits = last.input if sigmoid else keras.layers.Identity()(model.output)
    return keras.Model(first_activation(model).output, [logits, model.output])


def _mean_activations(model, codes: np.ndarray) -> np.ndarray:
    """Mean activation of each filter over sequences and positions, shape=(filters,)."""
    sums = sum(batch.sum(axis=(0, 1), dtype=float) for batch in activations(model, codes))
    return sums / codes.size


def _silenced(batch: np.ndarray, means: np.ndarray, sets: list[list[int]]):
    """Yield the activations, shape=(batch, length, filters), once for each set, with its filters at their means."""
    for filters in sets:
        silenced = batch.copy()
        silenced[:, :, filters] = means[filters]
        yield silenced


def _auprs(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """AuPR of each variant of the network and class, shape=(1 + filters, classes)."""
    return np.array([[aupr(*pair) for pair in zip(labels.T, of_one.T, strict=True)] for of_one in probabilities])


def _mean_logits(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Mean over each class's positives, shape=(1 + filters, classes); NaN where it has none."""
    return np.stack([_mean(logits[:, of_class == 1, i]) for i, of_class in enumerate(labels.T)], axis=1)


def _mean(logits: np.ndarray) -> np.ndarray:
    """Mean over sequences, shape=(variants, N) to (variants,); NaN where there is none."""
    return logits.mean(axis=1, dtype=float) if logits.shape[1] else np.full(len(logits), np.nan)
