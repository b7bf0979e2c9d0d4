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
    assert row.chosen  # there is no other


def test_the_ensemble_that_ranks_validation_data_best_is_chosen():
    labels = np.array([[1], [1], [0], [0]])
    right, wrong = np.array([[0.9], [0.8], [0.2], [0.1]]), np.array([[0.1], [0.2], [0.8], [0.9]])
    half = np.array([[0.9], [0.4], [0.5], [0.1]])
    members = ensembles.joined({"relu": [wrong, wrong, half], "exponential": [right, half, right]}, "both")
    assert {name: len(of) for name, of in members.items()} == {"relu": 3, "exponential": 3, "both": 6}
    assert ensembles.choose(labels, members) == "exponential"
    members["exponential"] = [wrong]
    assert ensembles.choose(labels, members) == "both"
    numbers = np.array([[2.0], [1.5], [1.0], [-3.0]], np.float32)
    assert ensembles.choose(numbers, {"one": [-numbers], "other": [numbers**3]}) == "other"
    assert ensembles.choose(labels, ensembles.joined({"relu": [right]}, "both")) is None
