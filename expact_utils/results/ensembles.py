"""Scores of ensembles: the mean prediction of a network's trials, of all networks, and of those chosen."""

import numpy as np
import pandas as pd

from expact_utils.data import targets
from expact_utils.data.datasets import Dataset
from expact_utils.networks import histories, models
from expact_utils.networks.scores import auroc, score, spearman
from expact_utils.networks.training import predict
from expact_utils.networks.trial import GIVEN
from expact_utils.results.tables import ENSEMBLES
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS
from expact_utils.run.paths import Network, Run, networks

ALL, CHOSEN = "all networks", "networks chosen on validation data"
ROUNDS = 20  # networks that are put together, some of them several times
FOLDS = 5  # of the validation set, to see whether it can choose


def table(run: Run, data: Dataset, dataset: str, architectures, activations, trials: int) -> pd.DataFrame:
    """Score ensembles of networks on the test set.

    Parameters
    ----------
    run : Run
        Has the networks and their histories.
    data : Dataset
        What they were trained on.
    dataset : str
        Its name.
    architectures, activations : list[str]
        Of the networks.
    trials : int
        Trainings of each.

    Returns
    -------
    pd.DataFrame
        Columns `tables.ENSEMBLES` and the scores, a row a network, where there are several trials, and one of all
        networks, `ALL`, where there are several; last, `CHOSEN`, those that `select` takes, with their number. Scores
        are means over classes.

    Raises
    ------
    InputError
        When a network or its history is missing or unreadable.
    """
    trained = networks([dataset], architectures, activations, range(trials))
    predicted = [_predictions(run, data, network) for network in trained]
    valid, test = (np.stack([of_network[split] for of_network in predicted]) for split in ("valid", "test"))
    names = OF_NUMBERS if data.numbers else OF_CLASSES
    rows = []
    for ensemble, weights in _weights(trained, data.Y["valid"][:], valid).items():
        scores = score(data.Y["test"][:], np.tensordot(weights, test, axes=1), data.class_names)
        means = [scores[f"{name}_mean"] for name in names]
        rows.append((dataset, *ensemble, np.count_nonzero(weights), *means))
    return pd.DataFrame(rows, columns=[*ENSEMBLES, *names])


def _weights(trained: list[Network], labels: np.ndarray, valid: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Weights of the networks, shape=(networks,), in each ensemble, by its architecture and activation."""
    designs = [(one.architecture, one.activation) for one in trained]
    found = {design: np.array([one == design for one in designs], float) for design in dict.fromkeys(designs)}
    several = len(found) > 1
    found = {design: of / of.sum() for design, of in found.items() if of.sum() > 1}
    if several:
        found[ALL, ""] = np.full(len(trained), 1 / len(trained))
    if len(trained) > 1:
        found[CHOSEN, ""] = select(labels, valid)
    return found


def select(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Weights of networks in an ensemble, chosen on validation data.

    Of all networks the one with which the mean ranks sequences best is added, `ROUNDS` times; the same one may be added
    again (Caruana 2004, ensemble selection with replacement). Where this, done on the other folds, does not rank the
    sequences of each fold better than the mean of all networks does, all weigh the same: a small validation set cannot
    choose.

    Parameters
    ----------
    labels : np.ndarray
        Of the validation sequences, shape=(N, classes), as of a `Dataset`; the test set has no part in a choice.
    predicted : np.ndarray
        Predictions of each network, shape=(networks, N, classes).

    Returns
    -------
    np.ndarray
        Shape=(networks,); they sum to 1.
    """
    folds = np.random.default_rng(0).permutation(len(labels)) % FOLDS
    held_out = np.empty(predicted.shape[1:])
    for fold in (folds == number for number in range(FOLDS)):
        weights = _greedy(labels[~fold], predicted[:, ~fold])
        held_out[fold] = np.tensordot(weights, predicted[:, fold], axes=1)
    if _ranking(labels, held_out) > _ranking(labels, predicted.mean(axis=0)):
        return _greedy(labels, predicted)
    return np.full(len(predicted), 1 / len(predicted))


def _greedy(labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    times, total = np.zeros(len(predicted)), np.zeros(predicted.shape[1:])
    for _ in range(ROUNDS):
        best = int(np.argmax([_ranking(labels, total + of_network) for of_network in predicted]))
        times[best] += 1
        total = total + predicted[best]
    return times / ROUNDS


def _ranking(labels: np.ndarray, outputs: np.ndarray) -> float:
    """AuROC, or Spearman's correlation of numbers, the mean over what has one; 0 where nothing has."""
    of = spearman if targets.are_numbers(labels) else auroc
    values = [of(*pair) for pair in zip(labels.T, outputs.T, strict=True)]
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else 0.0


def _predictions(run: Run, data: Dataset, network: Network) -> dict[str, np.ndarray]:
    """Probabilities of validation and test sequences, (N, classes), of the strands that the network was trained on."""
    strand = histories.read(run, network).get("strand", GIVEN)
    model = models.load(run, network, data)
    return {split: predict(model, data.X[split], strand) for split in ("valid", "test")}
