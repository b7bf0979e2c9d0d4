"""The loop that trains. What really learns is in tests/integration/test_training.py."""

import dataclasses

import numpy as np
import pytest
import toys
from sklearn.metrics import average_precision_score, roc_auc_score
from toys import MINE, SHORT, same

from expact_utils.data import datasets
from expact_utils.dna.letters import reverse_complement
from expact_utils.networks import engine, histories, training
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.networks.training import Settings
from expact_utils.run.errors import InputError, TrainingError
from expact_utils.run.paths import Run


def weights(dataset, settings):
    return training.train(dataset, settings)[0].get_weights()


def test_same_seed_same_weights_bit_for_bit(tiny):
    assert same(weights(tiny, SHORT), weights(tiny, SHORT))


def test_a_trial_is_the_same_alone_and_after_others(tiny):
    trials = [dataclasses.replace(SHORT, trial=trial) for trial in (0, 1, 2)]
    (_, _), (model, _), (_, _) = training.train_trials(tiny, trials)
    assert same(model.get_weights(), weights(tiny, trials[1]))


def test_trials_and_seeds_differ(compiled_once, tiny):
    first = weights(tiny, SHORT)
    assert not same(first, weights(tiny, dataclasses.replace(SHORT, trial=1)))
    assert not same(first, weights(tiny, dataclasses.replace(SHORT, seed=1)))


def test_base_rate_loss_by_hand(tiny, monkeypatch):
    tiny.Y["train"] = np.tile(np.array([[0, 1], [0, 0], [0, 0], [1, 0]], np.int8), (10, 1))  # a quarter each
    tiny.Y["valid"] = np.array([[1, 0]] * 10, np.int8)
    expected = -(np.log(1 / 4) + np.log(3 / 4)) / 2
    assert training.base_rate_loss(tiny) == pytest.approx(expected)
    monkeypatch.setattr(training, "BUFFER", 14)  # a piece of 7 rows after the other
    assert training.base_rate_loss(tiny) == pytest.approx(expected)


def test_the_weights_of_the_lowest_validation_loss_are_kept(compiled_once, learnable):
    meaningless = learnable
    for split, labels in meaningless.Y.items():
        meaningless.Y[split] = np.random.default_rng(1).integers(0, 2, labels.shape, dtype=np.int8)
    model, history = training.train(meaningless, dataclasses.replace(SHORT, epochs=8))
    assert history["kept_epoch"] == history["best_epoch"] == 1 + int(np.argmin(history["validation_loss"]))
    assert history["best_epoch"] < 8  # it can only overfit, so the last weights are others
    labels, p = meaningless.Y["valid"], np.clip(training.predict(model, meaningless.X["valid"]), 1e-7, 1 - 1e-7)
    loss = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert loss == pytest.approx(min(history["validation_loss"]), rel=1e-4)


def test_the_journal_s_protocol_stops_keeps_the_last_weights_and_lowers_the_rate(
    compiled_once, meaningless, monkeypatch, capsys
):
    rates = []
    set_rates = engine.Engine.set_learning_rates
    monkeypatch.setattr(engine.Engine, "set_learning_rates", lambda of, new: (rates.extend(new), set_rates(of, new)))
    settings = dataclasses.replace(SHORT, epochs=60, protocol="journal2020")
    model, history = training.train(meaningless, settings)
    auprs = history["validation_aupr"]
    assert len(auprs) == len(rates) == history["kept_epoch"] < 60  # nothing can be learned, so it stops
    assert len(auprs) - 1 - int(np.argmax(auprs)) == 20
    assert rates == [PROTOCOLS["journal2020"].learning_rate(auprs[:epoch]) for epoch in range(len(auprs))]
    assert min(rates) < 0.001
    assert "the validation auPR no longer rises" in capsys.readouterr().err
    probabilities = training.predict(model, meaningless.X["valid"])
    labels = meaningless.Y["valid"]
    assert average_precision_score(labels.ravel(), probabilities.ravel()) == pytest.approx(auprs[-1], abs=1e-3)
    assert training.loss(labels, probabilities) == pytest.approx(history["validation_loss"][-1], rel=1e-4)


def test_the_journal_s_protocol_watches_the_auroc_of_one_class(compiled_once, meaningless, capsys):
    for split, labels in meaningless.Y.items():
        meaningless.Y[split] = labels[:, :1]
    meaningless.Y["valid"][:2, 0] = 0, 1
    meaningless.class_names = ["one"]
    model, history = training.train(meaningless, dataclasses.replace(SHORT, epochs=60, protocol="journal2020"))
    scores = history["validation_auroc"]
    assert history["validation_aupr"] == []
    assert len(scores) - 1 - int(np.argmax(scores)) == 20 or len(scores) == 60
    assert history["kept_epoch"] == len(scores)
    assert len(scores) == 60 or "the validation auROC no longer rises" in capsys.readouterr().err
    probabilities = training.predict(model, meaningless.X["valid"])
    assert roc_auc_score(meaningless.Y["valid"][:, 0], probabilities[:, 0]) == pytest.approx(scores[-1])


def test_one_validation_label_alone_is_one_sentence(tiny):
    for split, labels in tiny.Y.items():
        tiny.Y[split] = labels[:, :1]
    tiny.Y["valid"][:] = 0
    tiny.class_names = ["one"]
    with pytest.raises(InputError, match="^mine: every validation label is 0, so there is no auROC to train by"):
        training.train(tiny, dataclasses.replace(SHORT, protocol="journal2020"), "mine")


def test_history_says_what_made_it(compiled_once, tiny):
    _, history = training.train(tiny, SHORT, "mine")
    assert {"dataset": "mine", **dataclasses.asdict(SHORT)}.items() <= history.items()
    assert len(history["training_loss"]) == len(history["validation_loss"]) == len(history["epoch_seconds"]) == 2
    assert {"commit", "versions", "device", "seconds", "started", "best_epoch", "base_rate_loss"} <= history.keys()


def test_a_loss_that_is_not_a_number_stops_the_trial_and_no_other(compiled_once, tiny, monkeypatch, tmp_path, capsys):
    real, calls = training._validate, []

    def broken(*arguments):
        calls.append(arguments)
        losses, auprs = real(*arguments)
        return losses * (np.nan if len(calls) == 2 else 1), auprs

    monkeypatch.setattr(training, "_validate", broken)
    trials = [SHORT, dataclasses.replace(SHORT, trial=1)]
    (first, history), (_, other) = training.train_trials(tiny, trials, "mine", Run(tmp_path))
    assert len(calls) == 4
    sentence = "mine cnn-50 exponential trial 0: the loss is no longer a number in epoch 2; try"
    assert history["failure"].startswith(sentence)
    assert not history["trained"]
    assert len(history["validation_loss"]) == history["kept_epoch"] == 1
    assert sentence in capsys.readouterr().err
    # What is kept is the network after the epoch before.
    alone, _ = training.train(tiny, dataclasses.replace(SHORT, epochs=1), "mine")
    assert same(first.get_weights(), alone.get_weights())
    assert len(other["validation_loss"]) == 2
    assert not other["failure"]
    kept = histories.read(Run(tmp_path), MINE)
    assert kept["failure"] == history["failure"]


def test_only_networks_that_are_computed_alike_train_together(compiled_once, tiny, monkeypatch):
    """Another penalty, or a bias, is another kind; on a graphics card ten of one kind are computed at once."""
    groups = []
    monkeypatch.setattr(training, "_fit", lambda trainer, dataset, trials: groups.append(trials))
    monkeypatch.setattr(engine, "trials_at_once", lambda: 10)
    monkeypatch.setattr(training, "_trainer", lambda trials, last: engine.create([trial.model for trial in trials]))
    labels = ["relu", "log_relu_l2", "exponential-scale-2", "relu-without-batchnorm", "log_relu", "exponential"]
    trials = [dataclasses.replace(SHORT, activation=label) for label in labels]
    with pytest.raises(TrainingError):  # as nothing was trained
        training.train_trials(tiny, trials)
    assert [[trial.settings.activation for trial in group] for group in groups] == [
        ["relu", "exponential-scale-2", "log_relu", "exponential"],
        ["log_relu_l2"],
        ["relu-without-batchnorm"],
    ]
    models = [group[0].model for group in groups]
    with pytest.raises(ValueError, match="networks that differ in more than their activations cannot be computed"):
        engine.create(models)


def test_sequences_too_short_for_a_filter(tiny):
    for split, codes in tiny.X.items():
        tiny.X[split] = codes[:, :15]
    with pytest.raises(InputError, match="sequences are 15 nt long; networks need at least 20"):
        training.train(tiny, SHORT)


def test_too_few_sequences(tiny):
    with pytest.raises(InputError, match="mine has 40 training sequences; expected at least one batch of 100"):
        training.train(tiny, Settings("cnn-2", "relu"), "mine")


def test_progress_goes_to_standard_error(compiled_once, tiny, capsys):
    training.train(tiny, SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("synthetic cnn-50 exponential trial 0: epoch 2/2, training loss") for line in lines)


@pytest.fixture
def stored(tmp_path, learnable, monkeypatch):
    """The learnable sequences, those of training left in their file and read in pieces of 40 rows, 120 at a time."""
    datasets.write(tmp_path / "large.h5", learnable)
    monkeypatch.setattr(datasets, "IN_MEMORY", 30_000)  # 40,000 bytes of training sequences, 20,000 for the test
    monkeypatch.setattr(training, "PIECE", 4_000)
    monkeypatch.setattr(training, "BUFFER", 12_000)
    found = datasets.read(tmp_path / "large.h5")
    assert isinstance(found.X["train"], datasets.Stored)
    assert isinstance(found.X["test"], np.ndarray)
    return found


class Shelf:
    """An engine that only keeps what it is given."""

    put = staticmethod(lambda array: array)


def _from_file(stored, strand):
    return training._from_file(Shelf, stored.X["train"], stored.Y["train"], 10, strand, np.random.default_rng(0))


def test_from_a_file_each_row_is_seen_once_an_epoch(stored, learnable):
    parts = list(_from_file(stored, "given"))
    seen = np.concatenate([codes[order[0].ravel()] for codes, _, order in parts])
    np.testing.assert_array_equal(
        np.sort(seen.view("S100").ravel()), np.sort(learnable.X["train"].view("S100").ravel())
    )
    assert {order.shape[2] for _, _, order in parts} == {10}
    assert max(len(codes) for codes, _, _ in parts) == 120
    first, _, order = parts[0]
    assert not (first[order[0].ravel()] == learnable.X["train"][:120]).all()


def test_from_a_file_each_row_is_seen_once_on_either_strand(stored, learnable):
    seen = np.concatenate([codes[order[0].ravel()] for codes, _, order in _from_file(stored, "both")])
    both = np.concatenate([learnable.X["train"], reverse_complement(learnable.X["train"])])
    np.testing.assert_array_equal(np.sort(seen.view("S100").ravel()), np.sort(both.view("S100").ravel()))


def test_both_strands_are_learned_from_by_hand():
    """AACN and its reverse complement NGTT, with the label of either."""
    codes, labels = np.array([[0, 0, 1, 4]], np.int8), np.array([[1, 0]], np.int8)
    X, Y = training._of_strands(codes, labels, "both")
    assert X.tolist() == [[0, 0, 1, 4], [4, 2, 3, 3]]
    assert Y.tolist() == [[1, 0], [1, 0]]
    for strand in ("given", "single"):
        X, Y = training._of_strands(codes, labels, strand)
        assert (X.tolist(), Y.tolist()) == (codes.tolist(), labels.tolist())


def test_a_prediction_of_both_strands_is_their_mean():
    model, (codes, _) = toys.randomised("cnn-50", "exponential"), toys.batch(20)
    forward, backward = (training.predict(model, of) for of in (codes, reverse_complement(codes)))
    assert np.abs(forward - backward).max() > 0.01
    both = training.predict(model, codes, "both")
    np.testing.assert_allclose(both, (forward + backward) / 2, atol=1e-7)
    np.testing.assert_array_equal(training.predict(model, reverse_complement(codes), "both"), both)


def test_a_motif_on_either_strand_is_learned(compiled_once, learnable):
    """Half of the test's sites are on the other strand, of which training saw none as it stands."""
    reverse = reverse_complement(learnable.X["test"])
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=6, strand="both"))
    learnable.X["test"] = reverse
    again, turned = training.train(learnable, dataclasses.replace(SHORT, epochs=6, strand="both"))
    assert history["test"]["auroc"]["first"] > 0.9
    assert turned["test"] == history["test"]
    assert len(again.weights) > 0


def test_training_stops_when_the_validation_loss_no_longer_falls(compiled_once, meaningless, tmp_path, capsys):
    settings = dataclasses.replace(SHORT, epochs=50, patience=2)
    _, history = training.train(meaningless, settings, "mine", Run(tmp_path))
    losses = history["validation_loss"]
    assert len(losses) == history["best_epoch"] + 2 < 50
    assert history["kept_epoch"] == history["best_epoch"] == 1 + int(np.argmin(losses))
    assert f"over after epoch {len(losses)}/50; the validation loss no longer falls" in capsys.readouterr().err
