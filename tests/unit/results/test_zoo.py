"""Activations beside each other: table, slopes worked out on paper, and the rule."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from expact_utils.networks import activations
from expact_utils.results import zoo
from expact_utils.results.tables import Results
from expact_utils.run import names
from expact_utils.run.paths import Run

LABELS = ["relu", "exponential", "exponential-scale-0.5", "tanh-without-batchnorm-he_normal"]


@pytest.fixture
def collected(monkeypatch, tmp_path):
    """A table of one network with each label, two trials; one training of tanh's failed."""

    def collect(run, datasets, architectures, activations, trials):
        key = {"dataset": datasets[0], "architecture": architectures[0]}
        each = [key | {"activation": of, "trial": trial} for of in activations for trial in trials]
        per_trial = pd.DataFrame(each).assign(relevant=0.5)
        per_trial["trained"] = ~(per_trial["activation"].str.startswith("tanh") & (per_trial["trial"] == 1))
        table = pd.DataFrame([key | {"activation": of} for of in activations]).assign(trials=len(trials), epochs=100)
        for name in ("relevant_mean", "relevant_std", "coverage_mean", "aupr_mean", "aupr_std"):
            table[name] = 0.5
        return Results(pd.DataFrame(), per_trial, table)

    monkeypatch.setattr(zoo.tables, "collect", collect)
    block = {"datasets": ["synthetic"], "architectures": ["cnn-2"], "activations": LABELS, "trials": 2}
    return zoo.collect(Run(tmp_path), [block, block | {"activations": ["relu"], "trials": 1}])


def test_settings_have_columns(collected):
    table, trials = collected
    assert list(table.columns) == list(zoo.COLUMNS)
    assert list(table["activation"]) == ["relu", "exponential", "exponential", "tanh"]
    assert list(table["scale"]) == [1, 1, 0.5, 1]
    assert list(table["initializer"]) == ["protocol", "protocol", "protocol", "he_normal"]
    assert list(table["batch_norm"]) == [True, True, True, False]
    assert list(table["failed"]) == [0, 0, 0, 1]
    assert list(table["trials"]) == [2, 2, 2, 2]  # of the same network in two blocks, the one with more
    assert len(trials) == 8
    assert list(zoo.plain(table)["label"]) == ["relu", "exponential"]


@pytest.mark.parametrize(
    ("name", "slopes"),
    [
        ("relu", (0, 1)),
        ("exponential", (np.exp(-1), np.exp(3))),
        ("tanh", (1 - np.tanh(1) ** 2, 1 - np.tanh(3) ** 2)),
        ("scale_relu", (0, 27)),
    ],
)
def test_slopes(name, slopes):
    np.testing.assert_allclose(zoo.slope(name, np.array([-1.0, 3.0])), slopes, rtol=1e-3, atol=1e-6)


def test_the_rule():
    shapes = pd.DataFrame({"ratio": [1, 2, 50, 400], "relevant": [0.0, 0.1, 0.8, 0.9]})
    said = zoo.rule(shapes)
    assert "Over 4 networks" in said
    assert "ρ 1.00" in said
    assert "Relevant is 0.85 on average where the slope more than trebles; Relevant is 0.05" in said
    assert "too few" in zoo.rule(shapes[:2])


def test_the_sentence(collected):
    table = collected[0].assign(relevant_mean=[0.1, 0.9, 0.9, 0.9], aupr_mean=[0.7, 0.8, 0.8, 0.8])
    begins = "Share of filters that match a TF of the classes, and auPR, of the most readable activations. "
    assert zoo.sentence(table) == f"{begins}CNN-2 (synthetic data): exponential 0.90 (0.80), ReLU 0.10 (0.70)."
    assert zoo.sentence(table[:1]) == f"{begins}CNN-2 (synthetic data): ReLU 0.10 (0.70)."
    many = pd.concat([table[:2], *(table[1:2].assign(activation=of, label=of) for of in ("elu", "tanh", "linear"))])
    many["relevant_mean"] = [0.1, 0.5, 0.6, 0.7, 0.2]
    assert zoo.sentence(many).endswith(
        "tanh 0.70 (0.80), ELU 0.60 (0.80), exponential 0.50 (0.80), ReLU 0.10 (0.70), of 5."
    )
    assert "is not known" in zoo.sentence(table.assign(relevant_mean=np.nan))


@pytest.mark.parametrize(
    ("label", "ratio"), [("relu", 1.0), ("linear", 1.0), ("exponential", np.e), ("scale_relu", 4.0)]
)
def test_the_shape_of_a_network_set_by_hand(tiny, label, ratio):
    """Each filter gets 0 at most positions and at most 2: half-way is 1."""
    x = keras.Input((100, 4))
    convolution = layers.Conv1D(1, 1, use_bias=False)
    model = keras.Model(x, layers.Activation(activations.get(label))(convolution(x)))
    convolution.set_weights([np.array([[[2.0], [0.0], [0.0], [0.0]]])])
    assert zoo.shape(model, tiny, label)["ratio"] == pytest.approx(ratio, rel=1e-3)


def test_settings_stand_below_the_protocols(collected):
    table, _ = collected
    assert list(zoo.varied(table)["label"]) == [
        "exponential",
        "exponential-scale-0.5",
        "tanh-without-batchnorm-he_normal",
    ]
    assert zoo.varied(zoo.plain(table)).empty


def test_settings_in_words():
    """Two settings at once are in the table, and in no comparison of one."""
    labels = {
        "exponential": 0.7,
        "exponential-scale-4": 0.25,
        "exponential-scale-0.1": 0.125,
        "exponential-he_normal": 0.6,
        "exponential-lecun_normal": 0.5,
        "exponential-without-batchnorm": 0.4,
        "exponential-scale-2-without-batchnorm": 0.9,
    }
    table = pd.DataFrame({"label": labels.keys(), "relevant_mean": labels.values()})
    settings = [names.variation(label) for label in labels]
    table = table.assign(
        dataset="synthetic",
        architecture="cnn-2",
        activation="exponential",
        scale=[of.scale for of in settings],
        initializer=[of.initializer or "protocol" for of in settings],
        batch_norm=[of.batch_norm for of in settings],
    )
    assert zoo.settings_sentence(table) == (
        "CNN-2, exponential, synthetic data: Relevant 0.70 as the protocol has it, 0.12 at scale 0.1, 0.25 at scale 4, "
        "0.50 to 0.60 with 2 other initialisers, 0.40 without batch normalisation."
    )
    one = table[table["label"].isin(["exponential", "exponential-he_normal"])]
    assert zoo.settings_sentence(one).endswith("0.70 as the protocol has it, 0.60 with another initialiser.")
    assert zoo.settings_sentence(table[:1]) == "No network of this run has such settings."
