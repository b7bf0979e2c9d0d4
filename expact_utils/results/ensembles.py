"""Scores of ensembles: the mean prediction of a network's trials, and of all networks."""

import numpy as np
import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.networks import histories, models
from expact_utils.networks.scores import score
from expact_utils.networks.training import predict
from expact_utils.networks.trial import GIVEN
from expact_utils.results.tables import ENSEMBLES
from expact_utils.run.names import OF_CLASSES, OF_NUMBERS
from expact_utils.run.paths import Network, Run, networks

ALL = "all networks"


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
        networks, `ALL`, where there are several; scores are means over classes.

    Raises
    ------
    InputError
        When a network or its history is missing or unreadable.
    """
    predicted = {
        design[:3]: [_predictions(run, data, design._replace(trial=trial)) for trial in range(trials)]
        for design in networks([dataset], architectures, activations, [0])
    }
    members = predicted if trials > 1 else {}
    if len(predicted) > 1:
        members = members | {(dataset, ALL, ""): [one for of_design in predicted.values() for one in of_design]}
    names = OF_NUMBERS if data.numbers else OF_CLASSES
    rows = []
    for design, of_design in members.items():
        scores = score(data.Y["test"][:], np.mean(of_design, axis=0), data.class_names)
        rows.append((*design, len(of_design), *(scores[f"{name}_mean"] for name in names)))
    return pd.DataFrame(rows, columns=[*ENSEMBLES, *names])


def _predictions(run: Run, data: Dataset, network: Network) -> np.ndarray:
    """Probabilities of the test sequences, shape=(N, classes), of the strands that the network was trained on."""
    strand = histories.read(run, network).get("strand", GIVEN)
    return predict(models.load(run, network, data), data.X["test"], strand)
