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


def test_networks_are_chosen_that_rank_sequences_best_together():
    rng = np.random.default_rng(0)
    labels = np.repeat([1.0, 0.0], 200)[:, None]
    right, wrong = labels + rng.normal(size=(400, 1)), 1 - labels + rng.normal(size=(400, 1))
    assert ensembles.select(labels, np.stack([wrong, right, wrong])).tolist() == [0, 1, 0]
    other = labels + rng.normal(size=(400, 1))  # as good, and wrong of other sequences
    weights = ensembles.select(labels, np.stack([right, other, wrong]))
    assert weights.sum() == 1
    assert weights[2] == 0
    assert min(weights[:2]) > 0.2
    numbers = rng.normal(size=(400, 1)).astype(np.float32)
    right, wrong = numbers + rng.normal(size=(400, 1)), rng.normal(size=(400, 1)) - numbers
    assert ensembles.select(numbers, np.stack([wrong, right])).tolist() == [0, 1]


def test_validation_data_that_cannot_choose_leave_all_networks():
    rng = np.random.default_rng(1)
    labels = np.repeat([1.0, 0.0], 20)[:, None]
    alike = np.stack([labels + rng.normal(size=(40, 1)) for _ in range(8)])
    assert ensembles.select(labels, alike).tolist() == [1 / 8] * 8
    assert ensembles.select(np.ones((6, 1)), alike[:2, :6]).tolist() == [0.5, 0.5]  # one class alone
