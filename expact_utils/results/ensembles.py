"""Scores of ensembles: the mean prediction of a network's trials."""

import numpy as np
import pandas as pd

from expact_utils.data.datasets import Dataset
from expact_utils.networks import histories, models
from expact_utils.networks.scores import score
from expact_utils.networks.training import predict
from expact_utils.networks.trial import GIVEN
from expact_utils.results.tables import ENSEMBLES
from expact_utils.run.paths import Network, Run, networks


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
        Columns `tables.ENSEMBLES`, a row a network; auPR and auROC are means over classes. None where there is one
        trial.

    Raises
    ------
    InputError
        When a network or its history is missing or unreadable.
    """
    rows = []
    for design in networks([dataset], architectures, activations, [0] if trials > 1 else []):
        members = [design._replace(trial=trial) for trial in range(trials)]
        mean = np.mean([_predictions(run, data, network) for network in members], axis=0)
        scores = score(data.Y["test"][:], mean, data.class_names)
        rows.append((*design[:3], trials, scores["aupr_mean"], scores["auroc_mean"]))
    return pd.DataFrame(rows, columns=ENSEMBLES)


def _predictions(run: Run, data: Dataset, network: Network) -> np.ndarray:
    """Probabilities of the test sequences, shape=(N, classes), of the strands that the network was trained on."""
    strand = histories.read(run, network).get("strand", GIVEN)
    return predict(models.load(run, network, data), data.X["test"], strand)
