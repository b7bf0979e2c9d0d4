import keras
import numpy as np
import pytest
from support import encode

from expact_utils.motifs import filters, importance
from expact_utils.networks import models
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress

CODES = np.stack([encode(text) for text in ("ATTTTTTT", "TTTTTATT", "TTTTTTTT", "CTTTTTTT")])
LABELS = np.array([[1, 0], [1, 0], [0, 0], [0, 1]], np.int8)
NAMES = ["of A", "of C"]


def network(activation: str, classes: int = 2) -> keras.Model:
    """Filters 0, 1 and 2 see A, C and G. Logits: twice the pooled A less 1; three times the pooled C less 1."""
    layers = keras.layers
    sequence = keras.Input((8, 4))
    x = layers.Conv1D(3, 1, padding="same", use_bias=False)(sequence)
    x = layers.BatchNormalization(epsilon=0)(x)
    x = layers.Activation(activation)(x)
    x = layers.Flatten()(layers.MaxPooling1D(4)(x))
    x = layers.Dense(classes)(x)
    model = keras.Model(sequence, layers.Activation("sigmoid", name="probability")(x))
    model.layers[1].set_weights([np.eye(4)[None, :, :3]])
    dense = np.zeros((2, 3, classes))
    dense[:, 0, 0], dense[:, 1, 1] = 2, 3
    model.layers[-2].set_weights([dense.reshape(6, classes), np.full(classes, -1)])
    return model


def test_relu_by_hand():
    # Two A in 32 positions: a mean of 1/16. A positive's logit is 2 (1 + 0) - 1 = 1; silenced 2 (1/16 + 1/16) - 1 =
    # -3/4. One C: a mean of 1/32; its positive's logit is 3 (1 + 0) - 1 = 2; silenced 3 (1/32 + 1/32) - 1 = -13/16.
    found = importance.silence(network("relu"), CODES, LABELS, NAMES)
    assert list(found.columns) == ["filter", "class", "aupr", "aupr_drop", "logit_drop"]
    assert list(found["filter"]) == ["filter0", "filter0", "filter1", "filter1", "filter2", "filter2"]
    assert list(found["class"]) == NAMES * 3
    assert list(found["aupr"]) == [1] * 6
    np.testing.assert_allclose(found["logit_drop"], [1.75, 0, 0, 2.8125, 0, 0], atol=1e-6)
    # Silenced, all sequences score alike: the auPR falls to the base rates, 2/4 and 1/4.
    np.testing.assert_allclose(found["aupr_drop"], [0.5, 0, 0, 0.75, 0, 0])


def test_exponential_by_hand():
    # e at an A, 1 elsewhere. A positive's logit is 2 (e + 1) - 1; silenced 2 (mean + mean) - 1.
    mean = (2 * np.e + 30) / 32
    found = importance.silence(network("exponential"), CODES, LABELS, NAMES).set_index(["filter", "class"])
    drops = found["logit_drop"]
    assert drops["filter0", "of A"] == pytest.approx(2 * (np.e + 1) - 4 * mean, abs=1e-5)
    np.testing.assert_allclose(drops["filter0", "of C"], 0, atol=1e-6)
    np.testing.assert_allclose(drops["filter2"], 0, atol=1e-6)
    assert found["aupr_drop"]["filter0", "of A"] == pytest.approx(0.5)


def test_filters_that_are_silenced_together_by_hand():
    """Without filter 0 the logits of class A are all alike, an auROC of .5; without 0 and 1, so are those of both."""
    drops = importance.silence_together(network("relu"), CODES, LABELS, [[0], [1], [2], [0, 1]])
    np.testing.assert_allclose(drops, [[0.5, 0], [0, 0.5], [0, 0], [0.5, 0.5]])


def test_classes_of_one_label():
    labels = np.stack([np.zeros(4), np.ones(4)], axis=1).astype(np.int8)
    found = importance.silence(network("relu"), CODES, labels, NAMES).set_index(["class", "filter"])
    assert found[["aupr", "aupr_drop"]].isna().all(axis=None)
    assert found["logit_drop"]["of A"].isna().all()
    # Logits of 2, 3 * 0 - 1 for the others: a mean of -1/4; silenced -13/16.
    assert found["logit_drop"]["of C", "filter1"] == pytest.approx(-0.25 + 0.8125)


@pytest.mark.parametrize("batch", [1, 3, 4])
def test_batches_do_not_matter(monkeypatch, batch):
    whole = importance.silence(network("exponential"), CODES, LABELS, NAMES)
    monkeypatch.setattr(filters, "BATCH", batch)
    of_batches = importance.silence(network("exponential"), CODES, LABELS, NAMES)
    np.testing.assert_allclose(of_batches["logit_drop"], whole["logit_drop"], atol=1e-6)


@pytest.mark.parametrize("architecture", ["cnn-2", "cnn-deep"])
def test_the_networks(tiny, capsys, architecture):
    model = models.build(architecture, 100, 2, "exponential")
    before = model.get_weights()
    codes, labels = tiny.X["test"], tiny.Y["test"]
    found = importance.silence(model, codes, labels, tiny.class_names, Progress("silencing", len(codes)))
    assert list(found["filter"].unique()) == [f"filter{i}" for i in range(30)]
    assert found["logit_drop"].abs().max() > 0
    assert np.isfinite(found["aupr_drop"]).all()
    assert "silencing: 20/20 sequences" in capsys.readouterr().err
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_sequences_of_another_length():
    with pytest.raises(InputError, match="sequences are 7 nt long; the network was trained on 8 nt"):
        importance.silence(network("relu"), CODES[:, :7], LABELS, NAMES)


def test_a_subset_keeps_positives_of_rare_classes():
    labels = np.zeros((10_000, 2), np.int8)
    labels[::2, 0] = 1
    labels[[7, 70, 700], 1] = 1
    rows = importance.subset(labels, 1000, seed=3)
    assert len(rows) == 1000
    assert {7, 70, 700} <= set(rows)
    np.testing.assert_array_equal(rows, np.unique(rows))
    np.testing.assert_array_equal(rows, importance.subset(labels, 1000, seed=3))
    assert not np.array_equal(rows, importance.subset(labels, 1000, seed=4))
    assert 400 < labels[rows, 0].sum() < 600


def test_a_subset_has_room_for_all_classes():
    labels = np.repeat(np.eye(20, dtype=np.int8), 30, axis=0)
    rows = importance.subset(labels, 100)  # half of it for 20 classes: 2 of each
    assert len(rows) == 100
    assert labels[rows].sum(axis=0).min() >= 2


def test_a_small_set_is_taken_whole():
    np.testing.assert_array_equal(importance.subset(LABELS, 10), [0, 1, 2, 3])
