"""The mean of a network's trials, against a mean made by hand."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from toys import SHORT

from expact_utils.networks import training
from expact_utils.results import ensembles
from expact_utils.run.paths import Run


def test_an_ensemble_is_the_mean_of_its_trials(tiny, tmp_path):
    run = Run(tmp_path)
    settings = [dataclasses.replace(SHORT, trial=trial, epochs=1, strand="both") for trial in (0, 1)]
    trained = training.train_trials(tiny, settings, "mine", run)
    mean = sum(training.predict(model, tiny.X["test"], "both") for model, _ in trained) / 2
    expected = np.mean([roc_auc_score(tiny.Y["test"][:, i], mean[:, i]) for i in (0, 1)])
    (row,) = ensembles.table(run, tiny, "mine", ["cnn-50"], ["exponential"], 2).itertuples()
    assert (row.dataset, row.architecture, row.activation, row.trials) == ("mine", "cnn-50", "exponential", 2)
    assert row.auroc == pytest.approx(expected)
    assert row.auroc not in [history["test"]["auroc_mean"] for _, history in trained]
    assert ensembles.table(run, tiny, "mine", ["cnn-50"], ["exponential"], 1).empty
    relu = dataclasses.replace(SHORT, activation="relu", epochs=1, strand="both")
    other, _ = training.train(tiny, relu, "mine", run)
    mean = (
        training.predict(trained[0][0], tiny.X["test"], "both") + training.predict(other, tiny.X["test"], "both")
    ) / 2
    expected = np.mean([roc_auc_score(tiny.Y["test"][:, i], mean[:, i]) for i in (0, 1)])
    (row,) = ensembles.table(run, tiny, "mine", ["cnn-50"], ["relu", "exponential"], 1).itertuples()
    assert (row.architecture, row.trials) == ("all networks", 2)
    assert row.auroc == pytest.approx(expected)
