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


def of_shapes(rows):
    shapes = pd.DataFrame(rows, columns=["activation", "trial", "ratio", "relevant"])
    return shapes.assign(dataset="synthetic", architecture="cnn-2")


def test_the_rule_is_over_designs():
    """The exponential's five trainings are one design: ratio 50, Relevant 0.8."""
    trials = [("exponential", trial, 48 + trial, 0.7 + 0.05 * trial) for trial in range(5)]
    shapes = of_shapes([("relu", 0, 1, 0.0), ("elu", 0, 2, 0.1), *trials, ("scale_relu", 0, 400, 0.9)])
    said = zoo.rule(shapes)
    assert said == (
        "Relevant is 0.85 on average where the slope more than trebles (2 designs); Relevant is 0.05 on average where "
        "the slope does not (2 designs)."
    )
    assert "too few" in zoo.rule(shapes[1:-1])


def test_the_rule_within_a_network():
    """Five designs of CNN-2 in order, and two of CNN-50, too few to tell."""
    rows = [
        (name, 0, ratio, 0.1 * ratio)
        for name, ratio in zip(("relu", "elu", "tanh", "linear"), range(1, 5), strict=True)
    ]
    shapes = of_shapes([*rows, ("exponential", 0, 50, 0.9)])
    others = of_shapes([("relu", 0, 1, 0.9), ("elu", 0, 9, 0.1)]).assign(architecture="cnn-50")
    assert zoo.rule(pd.concat([shapes, others])).startswith(
        "Spearman's ρ of ratio and Relevant, within a network: CNN-2, synthetic data 1.00 (5 designs, p 1e-24). "
    )


def test_the_rule_names_its_exceptions():
    """Flat: 0.0 and 0.7, mean 0.35; steep: 0.2 and 0.8, mean 0.5."""
    shapes = of_shapes([("relu", 0, 1, 0.0), ("elu", 0, 2, 0.7), ("tanh", 0, 4, 0.2), ("exponential", 0, 50, 0.8)])
    assert zoo.rule(shapes).endswith(
        " Above the former although flat: CNN-2, ELU, synthetic data (0.70). Below the latter although steep: CNN-2, "
        "tanh, synthetic data (0.20)."
    )


def test_the_most_readable(collected):
    table = collected[0].assign(relevant_mean=[0.1, 0.9, 0.9, 0.9], aupr_mean=[0.7, 0.8, 0.8, 0.8], trials=[3, 3, 3, 3])
    assert zoo.most_readable(table) == "CNN-2, synthetic data: exponential 0.90 (0.80), ReLU 0.10 (0.70)."
    alone = table[:1].assign(trials=1)
    assert zoo.most_readable(alone) == "CNN-2, synthetic data: ReLU 0.10 (0.70; 1 training)."
    many = pd.concat([table[:2], *(table[1:2].assign(activation=of, label=of) for of in ("elu", "tanh", "linear"))])
    many["relevant_mean"] = [0.1, 0.5, 0.6, 0.7, 0.2]
    many["trials"] = [3, 3, 2, 1, 3]
    assert zoo.most_readable(many).endswith(
        "tanh 0.70 (0.80; 1 training), ELU 0.60 (0.80; 2 trainings), exponential 0.50 (0.80), ReLU 0.10 (0.70), of 5."
    )
    assert zoo.most_readable(pd.concat([table[:2], table[:2].assign(architecture="cnn-50")])).count("\n") == 1


def test_the_journals_shares_stand_beside_ours(collected):
    table = collected[0]
    assert list(zoo.beside_journal(table)["journal"]) == ["about 0", ".90 to .95", "", ""]
    assert "journal" not in zoo.beside_journal(table.assign(dataset="regulatory-code"))


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
    table = pd.DataFrame({"label": labels.keys(), "relevant_mean": labels.values(), "relevant_std": 0.0, "trials": 1})
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
        "0.50 to 0.60 with 2 other initialisers, 0.40 without batch normalisation. One training each tells no "
        "difference."
    )
    one = table[table["label"].isin(["exponential", "exponential-he_normal"])]
    assert "0.70 as the protocol has it, 0.60 with another initialiser. One" in zoo.settings_sentence(one)
    assert zoo.settings_sentence(table[:1]) == "No network of this run has such settings."
    # The protocol's two trainings, 0.6 and 0.8: 0.1 from their mean each, so 0.14 by n - 1.
    several = table.assign(trials=[2, *[1] * 6], relevant_std=[0.1, *[0] * 6])
    assert zoo.settings_sentence(several) == (
        "CNN-2, exponential, synthetic data: Relevant 0.70 ± 0.14 (2 trainings) as the protocol has it, 0.12 at scale "
        "0.1, 0.25 at scale 4, 0.50 to 0.60 with 2 other initialisers, 0.40 without batch normalisation. More than two "
        "of these deviations from the protocol's: scale 0.1, no batch normalisation, scale 4. The others are within "
        "what trainings differ by."
    )
    near = several[several["label"].isin(["exponential", "exponential-he_normal"])]
    assert zoo.settings_sentence(near).endswith(" All are within two of these deviations: what trainings differ by.")
    far = several[several["label"].isin(["exponential", "exponential-scale-4"])]
    assert zoo.settings_sentence(far).endswith(" More than two of these deviations from the protocol's: scale 4.")
