"""Scores of ensembles: the mean prediction of a network's trials, and of all networks; validation data choose one."""

from collections.abc import Hashable
from typing import TypeVar

import numpy as np
import pandas as pd

from expact_utils.data import targets
from expact_utils.data.datasets import Dataset
from expact_utils.networks import histories, models
from expact_utils.networks.scores import score
from expact_utils.networks.training import predict
from expact_utils.networks.trial import GIVEN
from expact_utils.results.tables import ENSEMBLES
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS
from expact_utils.run.paths import Network, Run, networks

ALL = "all networks"
Name = TypeVar("Name", bound=Hashable)


def table(run: Run, data: Dataset, dataset: str, architectures, activations, trials: int) -> pd.DataFrame:
    """Score the ensemble of each network's trials on the test set.

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
        networks, `ALL`, where there are several; `chosen` is the one that `choose` takes; scores are means over
        classes.

    Raises
    ------
    InputError
        When a network or its history is missing or unreadable.
    """
    designs = networks([dataset], architectures, activations, [0])
    members = {split: _members(run, data, designs, trials, split) for split in ("valid", "test")}
    best = choose(data.Y["valid"][:], members["valid"])
    names = OF_NUMBERS if data.numbers else OF_CLASSES
    rows = []
    for design, predicted in members["test"].items():
        scores = score(data.Y["test"][:], np.mean(predicted, axis=0), data.class_names)
        means = [scores[f"{name}_mean"] for name in names]
        rows.append((*design, len(predicted), design == best, *means))
    return pd.DataFrame(rows, columns=[*ENSEMBLES, *names])


def choose(labels: np.ndarray, members: dict[Name, list[np.ndarray]]) -> Name | None:
    """Ensemble whose mean prediction ranks sequences best: by auROC, or by Spearman's correlation of numbers.

    Parameters
    ----------
    labels : np.ndarray
        Of the validation sequences, shape=(N, classes), as of a `Dataset`: the test set has no part in a choice.
    members : dict[Name, list[np.ndarray]]
        Predictions of each ensemble's networks, each shape=(N, classes).

    Returns
    -------
    Name | None
        Of the ensemble; of equals the first, and none where there is no ensemble.
    """
    names = OF_NUMBERS if targets.are_numbers(labels) else OF_CLASSES
    columns = [str(i) for i in range(labels.shape[1])]

    def ranked(name: Name) -> float:
        mean = score(labels, np.mean(members[name], axis=0), columns)[f"{list(names)[-1]}_mean"]
        return -np.inf if mean is None else mean  # no score: each label is of one value alone

    return max(members, key=ranked, default=None)


def joined(predicted: dict[Name, list[np.ndarray]], name: Name) -> dict[Name, list[np.ndarray]]:
    """Networks' predictions by design where a design has several, and, of several designs, all together as `name`."""
    members = {design: of_design for design, of_design in predicted.items() if len(of_design) > 1}
    if len(predicted) > 1:
        members[name] = [one for of_design in predicted.values() for one in of_design]
    return members


def _members(run: Run, data: Dataset, designs: list[Network], trials: int, split: str) -> dict[tuple, list[np.ndarray]]:
    predicted: dict[tuple, list[np.ndarray]] = {
        design[:3]: [_predictions(run, data, design._replace(trial=trial), split) for trial in range(trials)]
        for design in designs
    }
    return joined(predicted, (designs[0].dataset, ALL, ""))


def _predictions(run: Run, data: Dataset, network: Network, split: str) -> np.ndarray:
    """Probabilities of a split's sequences, shape=(N, classes), of the strands that the network was trained on."""
    strand = histories.read(run, network).get("strand", GIVEN)
    return predict(models.load(run, network, data), data.X[split], strand)
