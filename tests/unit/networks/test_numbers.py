"""Numbers to predict, and labels that are missing: losses, scores and networks, with values worked out by hand."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from expact_utils.data import targets
from expact_utils.motifs import importance
from expact_utils.networks import engine, models, scores, training
from expact_utils.networks.trial import Settings

NAN = np.nan


@pytest.fixture
def numbers(learnable):
    """What `learnable` has as its first class, as a number of another scale; then one that is random, in part missing."""
    rng = np.random.default_rng(1)
    for split, Y in learnable.Y.items():
        activity = 50 + 20 * Y[:, 0] + rng.normal(0, 3, len(Y))
        noise = np.where(rng.random(len(Y)) < 0.2, NAN, rng.normal(size=len(Y)))
        learnable.Y[split] = np.stack([activity, noise], axis=1).astype(np.float32)
    return learnable


def lost(labels, outputs, dtype):
    """Loss of each of two sequences, as the engine has it."""
    trainer = engine.create([models.build("cnn-50", 100, 2)])
    found = trainer._loss(keras.ops.convert_to_tensor(np.array(labels, dtype)), np.array([outputs], np.float32))
    return np.array(found)[0]


def test_the_loss_is_that_of_known_labels():
    """Three of four labels are known, so that each counts 4/3 of a half: (1² + 0)/2 · 4/3, and 3²/2 · 4/3."""
    outputs = [[1.0, 2.0], [5.0, 3.0]]
    np.testing.assert_allclose(lost([[0, 2], [NAN, 6]], outputs, "float32"), [2 / 3, 6])
    np.testing.assert_allclose(training.loss(np.array([[0, 2], [NAN, 6]], np.float32), np.array(outputs)), 10 / 3)


def test_of_classes_too():
    log = np.log([0.5, 0.25, 0.8])
    found = lost([[1, 1], [-1, 0]], [[0.5, 0.25], [0.9, 0.2]], "int8")
    np.testing.assert_allclose(found, [-(log[0] + log[1]) * 2 / 3, -log[2] * 2 / 3], rtol=1e-5)
    np.testing.assert_allclose(
        training.loss(np.array([[1, 1], [-1, 0]], np.int8), np.array([[0.5, 0.25], [0.9, 0.2]])), -log.mean()
    )


def test_nothing_known_loses_nothing():
    assert (lost([[-1, -1], [-1, -1]], [[0.5, 0.2], [0.9, 0.2]], "int8") == 0).all()


def test_a_network_of_numbers_has_no_sigmoid_and_their_own_units():
    model = models.build("cnn-50", 100, 2, numbers=True)
    x = np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (3, 100))]
    before = model.predict_on_batch(x)
    models.rescale(model, np.array([50, -1]), np.array([20, 0.5]))
    np.testing.assert_allclose(model.predict_on_batch(x), before * [20, 0.5] + [50, -1], rtol=1e-4, atol=1e-4)


def test_correlations_are_of_known_numbers():
    Y, predicted = np.array([[1, 1], [2, NAN], [3, 2], [9, 9]], np.float32), np.array([[1, 3], [2, 0], [3, 2], [4, 1]])
    found = scores.score(Y, predicted, ["a", "b"])
    assert found["spearman"] == {"a": pytest.approx(1), "b": pytest.approx(-1)}
    assert found["pearson"]["a"] == pytest.approx(np.corrcoef([1, 2, 3, 9], [1, 2, 3, 4])[0, 1])
    assert found["spearman_mean"] == pytest.approx(0)
    assert scores.score(np.ones((3, 1), np.float32), np.arange(3)[:, None], ["a"])["pearson"] == {"a": None}


def test_intervals():
    """Fisher: arctanh(.5) is .5493; of 103 sequences it varies by 1.96 · √(1.06 / 100) = .2018."""
    np.testing.assert_allclose(
        scores.interval(0.5, 103), [np.tanh(0.5493 - 0.2018), np.tanh(0.5493 + 0.2018)], atol=1e-4
    )
    assert np.isnan(scores.interval(0.5, 3)).all()
    assert np.isnan(scores.interval(NAN, 100)).all()


def test_a_missing_label_of_a_class_is_not_scored():
    labels, outputs = np.array([[1], [0], [-1], [1]], np.int8), np.array([[0.9], [0.1], [1.0], [0.8]])
    assert scores.score(labels, outputs, ["a"])["auroc"] == {"a": 1.0}


def test_a_motif_s_number_is_predicted_in_its_units_and_noise_is_not(numbers):
    model, history = training.train(numbers, Settings("cnn-50", "exponential", epochs=15, batch_size=10))
    assert history["trained"]
    assert history["test"]["pearson"]["first"] > 0.8
    assert abs(history["test"]["pearson"]["second"]) < 0.3
    predicted = training.predict(model, numbers.X["test"])[:, 0]
    assert abs(predicted.mean() - numbers.Y["test"][:, 0].mean()) < 5
    assert history["base_rate_loss"] == pytest.approx(1, abs=0.3)  # in standard deviations
    drops = importance.silence(model, numbers.X["test"], numbers.as_classes().Y["test"], numbers.class_names)
    assert drops["logit_drop"].max() > 1  # in the number's units


def test_of_numbers_half_are_a_class_by_the_median_of_training(tiny):
    values = {"train": np.arange(40), "valid": np.array([0, 100] * 5), "test": np.full(20, NAN)}
    data = replace(tiny, Y={s: of[:, None].astype(np.float32) for s, of in values.items()}, class_names=["activity"])
    halves = data.as_classes()
    assert halves.class_names == ["upper half of activity"]
    assert halves.Y["train"].sum() == 20
    assert halves.Y["valid"].ravel().tolist() == [0, 1] * 5
    assert (halves.Y["test"] == targets.UNLABELLED).all()


def test_missing_labels_of_classes_do_not_stop_learning(learnable):
    rng = np.random.default_rng(2)
    for split in ("train", "valid"):
        learnable.Y[split][rng.random(learnable.Y[split].shape) < 0.3] = targets.UNLABELLED
    _, history = training.train(learnable, Settings("cnn-50", "exponential", epochs=15, batch_size=10))
    assert history["test"]["auroc"]["first"] > 0.95


def test_numbers_of_which_most_are_the_highest_have_an_upper_half():
    """60 of 100 are at 100: none is above the median, so that the upper half is these."""
    numbers = np.concatenate([np.full(60, 100), np.arange(40)])[:, None].astype(np.float32)
    assert targets.middles(numbers) == [39]
    assert targets.halves(numbers, targets.middles(numbers)).sum() == 60
    spread = np.arange(9, dtype=np.float32)[:, None]
    assert targets.middles(spread) == [4]
    assert targets.middles(np.ones((5, 1), np.float32)) == [1]


def test_the_journal_s_protocol_watches_the_correlation_of_numbers(numbers):
    settings = Settings("cnn-50", "relu", epochs=2, batch_size=50, protocol="journal2020")
    _, history = training.train(numbers, settings)
    assert len(history["validation_pearson"]) == 2
    assert history["validation_auroc"] == []
