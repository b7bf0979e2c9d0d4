import dataclasses
import os

import keras
import numpy as np
import pytest
from conftest import encode

from expact_utils import models, training
from expact_utils.errors import InputError, TrainingError
from expact_utils.runs import Run
from expact_utils.training import Settings

SHORT = Settings("cnn-50", "exponential", trial=0, epochs=2, batch_size=10)


@pytest.fixture
def learnable(tiny):
    """Sequences whose first class is "carries ACGTACGTACGT in the middle"; the second class is random."""
    rng = np.random.default_rng(0)
    for split, codes in tiny.X.items():
        tiny.X[split] = np.tile(codes, (10, 1))[rng.permutation(10 * len(codes))]
        tiny.Y[split] = rng.integers(0, 2, (len(tiny.X[split]), 2), dtype=np.int8)
        tiny.X[split][tiny.Y[split][:, 0] == 1, 40:52] = encode("ACGTACGTACGT")
    return tiny


def weights(dataset, settings):
    return training.train(dataset, settings)[0].get_weights()


def same(first, second):
    return all((a == b).all() for a, b in zip(first, second, strict=True))


def test_same_seed_same_weights_bit_for_bit(learnable):
    assert same(weights(learnable, SHORT), weights(learnable, SHORT))


def test_trials_and_seeds_differ(learnable):
    first = weights(learnable, SHORT)
    assert not same(first, weights(learnable, dataclasses.replace(SHORT, trial=1)))
    assert not same(first, weights(learnable, dataclasses.replace(SHORT, seed=1)))


def test_it_learns_a_motif_and_not_noise(learnable):
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=15))
    assert history["training_loss"][-1] < history["training_loss"][0]
    assert history["test"]["auroc"]["first"] > 0.95
    assert history["test"]["auroc"]["second"] < 0.7


def test_the_weights_of_the_lowest_validation_loss_are_kept(learnable):
    for split in learnable.Y:  # labels that mean nothing: it can only overfit
        learnable.Y[split] = np.random.default_rng(1).integers(0, 2, learnable.Y[split].shape, dtype=np.int8)
    model, history = training.train(learnable, dataclasses.replace(SHORT, epochs=8))
    assert history["best_epoch"] == 1 + int(np.argmin(history["validation_loss"]))
    assert history["best_epoch"] < 8  # so the last weights are others
    labels, p = learnable.Y["valid"], np.clip(training.predict(model, learnable.X["valid"]), 1e-7, 1 - 1e-7)
    loss = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert loss == pytest.approx(min(history["validation_loss"]), rel=1e-4)


def test_history_says_what_made_it(learnable):
    _, history = training.train(learnable, SHORT, "mine")
    assert {"dataset": "mine", **dataclasses.asdict(SHORT)}.items() <= history.items()
    assert len(history["training_loss"]) == len(history["validation_loss"]) == len(history["epoch_seconds"]) == 2
    assert {"commit", "versions", "device", "seconds", "started", "best_epoch"} <= history.keys()


def test_scores_by_hand():
    # Ranked by probability the labels read 1 0 1 0: precision 1 at the first positive, 2/3 at the second.
    labels = np.array([[1, 1], [0, 1], [1, 1], [0, 1]])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.4]])
    scores = training.score(labels, probabilities, ["mixed", "always"])
    assert scores["aupr"]["mixed"] == pytest.approx((1 + 2 / 3) / 2)
    assert scores["auroc"]["mixed"] == pytest.approx(3 / 4)  # pairs in order: 3 of 4
    assert scores["aupr"]["always"] is None
    assert scores["auroc_mean"] == pytest.approx(3 / 4)


def test_a_loss_that_is_not_a_number_stops_the_trial(learnable, monkeypatch):
    monkeypatch.setattr(training, "_evaluation", lambda *_: lambda: np.nan)
    with pytest.raises(TrainingError, match="mine cnn-50 exponential trial 0: .* no longer a number in epoch 1; try"):
        training.train(learnable, SHORT, "mine")


def test_both_activations_of_a_trial_start_from_the_same_weights(learnable, monkeypatch):
    started = []

    def stop(model, *_):
        started.append(model.get_weights())
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_fit", stop)
    for activation in ("relu", "exponential"):
        with pytest.raises(KeyboardInterrupt):
            training.train(learnable, dataclasses.replace(SHORT, activation=activation))
    assert same(*started)


def test_sequences_too_short_for_the_pools(tiny):
    for split, codes in tiny.X.items():
        tiny.X[split] = codes[:, :60]
    with pytest.raises(InputError, match="sequences are 60 nt long; cnn-50 needs at least 100"):
        training.train(tiny, SHORT)


def test_too_few_sequences(tiny):
    with pytest.raises(InputError, match="mine has 40 training sequences; expected at least one batch of 100"):
        training.train(tiny, Settings("cnn-2", "relu"), "mine")


def test_saved_network_opens_with_plain_keras(tmp_path, learnable):
    model, history = training.train(learnable, SHORT)
    run = Run(tmp_path)
    training.save(run, model, history)
    key = ("synthetic", "cnn-50", "exponential", 0)
    assert sorted(os.listdir(tmp_path / "models" / "synthetic")) == [
        "cnn-50_exponential_0.json",
        "cnn-50_exponential_0.keras",
    ]
    opened = keras.saving.load_model(run.model(*key))
    assert same(opened.get_weights(), model.get_weights())
    np.testing.assert_array_equal(
        training.predict(models.load(run.model(*key)), learnable.X["test"]),
        training.predict(model, learnable.X["test"]),
    )


def test_a_network_that_cannot_be_opened(tmp_path):
    with pytest.raises(InputError, match="absent.keras does not exist; expected a trained network"):
        models.load(tmp_path / "absent.keras")
    (tmp_path / "cut.keras").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match="cut.keras is not a readable Keras model"):
        models.load(tmp_path / "cut.keras")


def test_progress_goes_to_standard_error(learnable, capsys):
    training.train(learnable, SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("cnn-50 exponential trial 0: epoch 2/2, training loss") for line in lines)
