import keras
import numpy as np
import pytest

from expact_utils.networks.protocols import PROTOCOLS

PREPRINT, JOURNAL = PROTOCOLS["preprint2019"], PROTOCOLS["journal2020"]


def test_the_preprint_trains_to_the_end_at_one_rate():
    falling = [0.9, *[0.1] * 99]
    assert not PREPRINT.stops(falling)
    assert PREPRINT.learning_rate(falling) == 0.001


def test_the_journal_stops_after_twenty_epochs_without_a_rise():
    assert not JOURNAL.stops([])
    assert not JOURNAL.stops([0.5, *[0.4] * 19])
    assert JOURNAL.stops([0.5, *[0.4] * 20])
    assert not JOURNAL.stops([0.5, *[0.4] * 19, 0.6])


def test_the_journal_s_rate_falls_to_a_fifth_after_five_flat_epochs():
    assert JOURNAL.learning_rate([]) == 0.001
    assert JOURNAL.learning_rate([0.5, *[0.4] * 4]) == 0.001
    assert JOURNAL.learning_rate([0.5, *[0.4] * 5]) == pytest.approx(0.0002)
    assert JOURNAL.learning_rate([0.5, *[0.4] * 4, 0.6, *[0.6] * 4]) == 0.001  # the wait starts again
    assert JOURNAL.learning_rate([0.5, *[0.50005] * 5]) == pytest.approx(0.0002)  # a rise under .0001 is none
    assert JOURNAL.learning_rate([0.5, *[0.4] * 10]) == pytest.approx(0.00004)
    assert JOURNAL.learning_rate([0.5, *[0.4] * 99]) == 1e-7


def test_the_journal_watches_the_auroc_of_one_class_and_the_aupr_of_several():
    assert [JOURNAL.watched(classes) for classes in (1, 2, 12)] == ["auroc", "aupr", "aupr"]
    assert [PREPRINT.watched(classes) for classes in (1, 12)] == ["", ""]


@pytest.mark.parametrize("seed", range(6))
def test_the_journal_s_rules_are_those_of_keras_s_callbacks(seed):
    """On scores that rise, then only tremble: the rate of every epoch, and the last one."""
    rng = np.random.default_rng(seed)
    scores = np.sort(rng.uniform(0.5, 0.9, 12)).tolist() + (0.9 + rng.normal(0, 1e-4 * 10 ** (seed % 3), 88)).tolist()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    rate = keras.callbacks.ReduceLROnPlateau(monitor="score", factor=0.2, patience=5, min_lr=1e-7, mode="max")
    stop = keras.callbacks.EarlyStopping(monitor="score", patience=20, mode="max")
    for callback in (rate, stop):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch, score in enumerate(scores):
        assert JOURNAL.learning_rate(scores[:epoch]) == pytest.approx(float(model.optimizer.learning_rate), rel=1e-5)
        for callback in (rate, stop):
            callback.on_epoch_end(epoch, {"score": score})
        model.stop_training = getattr(model, "stop_training", False)
        assert JOURNAL.stops(scores[: epoch + 1]) == bool(model.stop_training)
        if model.stop_training:
            break
    assert epoch > 20
