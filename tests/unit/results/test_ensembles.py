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
    expected = auroc(tiny, mean)
    row, chosen = ensembles.table(run, tiny, "mine", ["cnn-50"], ["exponential"], 2).itertuples()
    assert (row.dataset, row.architecture, row.activation, row.trials) == ("mine", "cnn-50", "exponential", 2)
    assert row.auroc == pytest.approx(expected)
    assert row.auroc not in [history["test"]["auroc_mean"] for _, history in trained]
    assert (chosen.architecture, chosen.activation) == ("networks chosen on validation data", "")
    assert ensembles.table(run, tiny, "mine", ["cnn-50"], ["exponential"], 1).empty
    relu = dataclasses.replace(SHORT, activation="relu", epochs=1, strand="both")
    other, _ = training.train(tiny, relu, "mine", run)
    both = [trained[0][0], other]
    test, valid = ([training.predict(model, tiny.X[split], "both") for model in both] for split in ("test", "valid"))
    row, chosen = ensembles.table(run, tiny, "mine", ["cnn-50"], ["exponential", "relu"], 1).itertuples()
    assert (row.architecture, row.trials) == ("all networks", 2)
    assert row.auroc == pytest.approx(auroc(tiny, sum(test) / 2))
    weights = ensembles.select(tiny.Y["valid"][:], np.stack(valid))
    assert chosen.trials == np.count_nonzero(weights)
    assert chosen.auroc == pytest.approx(auroc(tiny, weights[0] * test[0] + weights[1] * test[1]))


def auroc(data, mean):
    return np.mean([roc_auc_score(data.Y["test"][:, i], mean[:, i]) for i in (0, 1)])


def test_networks_are_chosen_that_lower_the_loss_together():
    labels = np.array([[1], [1], [0], [0]])
    right, wrong = np.array([[0.9], [0.8], [0.2], [0.1]]), np.array([[0.1], [0.2], [0.8], [0.9]])
    assert ensembles.select(labels, np.stack([wrong, right, wrong])).tolist() == [0, 1, 0]
    # Either misses what the other knows; together they are better than one of them.
    one, other = np.array([[0.99], [0.4], [0.01], [0.4]]), np.array([[0.4], [0.99], [0.4], [0.01]])
    assert ensembles.select(labels, np.stack([one, other, wrong])).tolist() == [0.5, 0.5, 0]


def test_of_numbers_the_squared_error_chooses():
    numbers = np.array([[2.0], [1.5], [1.0], [-3.0]], np.float32)
    assert ensembles.select(numbers, np.stack([numbers + 1, numbers - 1, numbers * 4])).tolist() == [0.5, 0.5, 0]
