"""Attribution of networks whose answer is known by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from support import encode

from expact_utils.attribution import methods, mutagenesis, scores, targets
from expact_utils.attribution.methods import METHODS, attribute
from expact_utils.attribution.references import References
from expact_utils.dna.letters import one_hot
from expact_utils.networks.models import build
from expact_utils.run.errors import InputError
from expact_utils.run.names import ACTIVATIONS

LENGTH = 30
CODES = np.random.default_rng(0).integers(0, 4, (3, LENGTH), dtype=np.int8)
CENTRED = ("saliency-corrected", "mutagenesis")


def linear(weights, bias=0.5):
    """A network whose logit is a weighted sum of the bases, and the sigmoid of it; weights: shape=(length, 4)."""
    x = keras.Input((len(weights), 4))
    dense = layers.Dense(1)
    model = keras.Model(x, layers.Activation("sigmoid")(dense(layers.Flatten()(x))), name="linear")
    dense.set_weights([weights.reshape(-1, 1), np.array([bias])])
    return model


@pytest.fixture(scope="module")
def network():
    """CNN-deep, untrained, of 100 nt and three classes."""
    keras.utils.set_random_seed(0)
    return build("cnn-deep", 100, 3, "exponential")


@pytest.mark.parametrize("method", METHODS)
def test_of_a_linear_network_the_map_is_its_weights(method):
    weights = np.random.default_rng(1).normal(size=(LENGTH, 4)).astype(np.float32)
    maps = attribute(linear(weights), CODES, method)
    expected = weights - weights.mean(axis=1, keepdims=True) if method in CENTRED else weights
    if METHODS[method].references:  # less what the references have there
        shuffled = np.stack([References(np.arange(3)).of(CODES, slice(i, i + 1))[0] for i in range(3)])
        expected = weights - (np.eye(4)[shuffled].mean(axis=1) * weights).sum(axis=-1)[..., None]
    np.testing.assert_allclose(maps.values, np.broadcast_to(expected, maps.values.shape), atol=1e-5)
    np.testing.assert_allclose(maps.outputs, (weights * np.eye(4)[CODES]).sum(axis=(1, 2)) + 0.5, rtol=1e-4)
    assert (maps.off < 1e-3).all()  # of a linear network every one of them sums


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_was_changed_has_other_maps(method):
    """What was compiled for it is not that of its weights, or activations, of before."""
    x = keras.Input((LENGTH, 4))
    hidden = layers.Dense(2, activation="relu")
    model = keras.Model(x, layers.Dense(1)(hidden(layers.Flatten()(x))))
    weights = [np.abs(weight) for weight in model.get_weights()]
    model.set_weights(weights)
    before = attribute(model, CODES, method).values
    model.set_weights([*weights[:3], weights[3] + 1])
    np.testing.assert_allclose(attribute(model, CODES, method).values, before, atol=1e-4)
    model.set_weights([*weights[:2], 2 * weights[2], weights[3]])
    np.testing.assert_allclose(attribute(model, CODES, method).values, 2 * before, atol=1e-4)
    hidden.activation = keras.activations.linear  # the same where all is above 0
    np.testing.assert_allclose(attribute(model, CODES, method).values, 2 * before, atol=1e-4)
    hidden.activation = keras.activations.tanh
    assert np.abs(attribute(model, CODES, method).values - 2 * before).max() > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_motif_is_found_without_a_mistake(method):
    """The network counts the best match of GATTACA; its positions are worth more than all others."""
    site, codes = encode("GATTACA"), np.full((2, 40), 1, np.int8)
    codes[0, 10:17], codes[1, 25:32] = site, site
    truth = (codes != 1) | (np.arange(40)[None] == np.array([[15], [30]]))  # the C of the motif, too
    x = keras.Input((40, 4))
    convolution = layers.Conv1D(1, 7, padding="same", activation="relu")
    y = layers.Dense(1, name="logit")(layers.GlobalMaxPooling1D()(convolution(x)))
    model = keras.Model(x, y)
    convolution.set_weights([np.eye(4)[site][:, :, None] - 0.25, np.zeros(1)])
    model.get_layer("logit").set_weights([np.ones((1, 1)), np.zeros(1)])
    found = scores.table(attribute(model, codes, method, by="base").contributions, truth)
    np.testing.assert_allclose(found[["auroc", "aupr"]], 1)


# What DeepExplainer of shap 0.51.0 gives of the network below: of each position of two sequences, against three others.
SHAP = np.array(
    [
        [
            -2.42235,
            -2.4569,
            -0.27116,
            0.58517,
            -3.1142,
            1.0024,
            -0.13908,
            -6.03491,
            -2.2443,
            -3.21214,
            5.98789,
            0.25661,
        ],
        [5.45671, 0.82417, -1.74227, -0.41978, -5.37303, -0.19749, 2.54487, 0.0, 3.26354, -0.77174, 0.52847, 1.80953],
    ]
)


def test_deepshap_of_a_relu_network_is_that_of_shap():
    rng = np.random.default_rng(5)
    codes, others = (rng.integers(0, 4, (number, 12), dtype=np.int8) for number in (2, 3))
    x = keras.Input((12, 4))
    y = layers.Conv1D(6, 5, padding="same", activation="relu")(x)
    y = layers.Dense(8, activation="relu")(layers.Flatten()(y))
    model = keras.Model(x, layers.Activation("sigmoid")(layers.Dense(1)(y)))
    model.set_weights([rng.normal(size=of.shape).astype(np.float32) for of in model.get_weights()])

    class TheSame(References):
        def of(self, codes, part):
            return np.repeat(others[None], len(codes[part]), axis=0)

    of_two = targets.of(model), codes, np.zeros(2, np.int32), TheSame(np.arange(2), number=3)
    values = METHODS["deepshap"].function(*of_two).values
    np.testing.assert_allclose((values * np.eye(4)[codes]).sum(axis=-1), SHAP, atol=1e-4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_deepshap_sums_for_every_activation(activation):
    keras.utils.set_random_seed(1)
    codes = np.random.default_rng(2).integers(0, 4, (2, 60), dtype=np.int8)
    maps = attribute(build("cnn-local", 60, 2, activation), codes, "deepshap", classes=1, references=2)
    size = max(1, np.abs(maps.outputs).max(), np.abs(maps.reference).max())
    np.testing.assert_allclose(maps.contributions.sum(axis=1), maps.outputs - maps.reference, atol=1e-4 * size)


def test_integrated_gradients_sum_with_enough_steps(network):
    codes = np.random.default_rng(2).integers(0, 4, (2, 100), dtype=np.int8)
    few, many = (
        METHODS["integrated-gradients"].function(
            targets.of(network), codes, np.zeros(2, np.int32), References(np.arange(2), number=2), steps=steps
        )
        for steps in (5, 100)
    )
    maps = [
        methods.Maps(codes, found.values, attribute(network, codes).outputs, found.reference) for found in (few, many)
    ]
    assert maps[1].off.max() < 0.05
    assert maps[1].off.mean() < maps[0].off.mean()


def test_mutagenesis_is_the_table_worked_out_on_paper():
    """A hand-set kernel that adds 1 for A at its first position and 2 for C at its second, best match of three places.

    Of ACG, the match is 3. Another first base leaves 2, another second one 1, unless the third base can do: G cannot.
    """
    x = keras.Input((3, 4))
    convolution = layers.Conv1D(1, 2)
    model = keras.Model(x, layers.Flatten()(layers.GlobalMaxPooling1D(keepdims=True)(convolution(x))))
    kernel = np.zeros((2, 4, 1))
    kernel[0, 0], kernel[1, 1] = 1, 2
    convolution.set_weights([kernel, np.zeros(1)])
    changes = mutagenesis.changes_of(targets.of(model), encode("ACG")[None], np.zeros(1, np.int32))[0][0]
    expected = [[0, -1, -1, -1], [-2, 0, -2, -2], [0, 0, 0, 0]]
    np.testing.assert_allclose(changes, expected, atol=1e-6)
    # ACN: N is left as it is; mutants of the middle base lose 2 as well.
    changes = mutagenesis.changes_of(targets.of(model), encode("ACN")[None], np.zeros(1, np.int32))[0][0]
    np.testing.assert_allclose(changes, expected, atol=1e-6)


def test_mutants_in_pieces_are_the_same(network, monkeypatch):
    codes, of_class = np.random.default_rng(3).integers(0, 5, (2, 100), dtype=np.int8), np.zeros(2, np.int32)
    whole, outputs = mutagenesis.changes_of(targets.of(network), codes, of_class)
    np.testing.assert_allclose(outputs, targets.of(network).outputs(one_hot(codes), of_class), atol=1e-5)
    monkeypatch.setattr(mutagenesis, "COMPUTED", 7_000)
    np.testing.assert_allclose(mutagenesis.changes_of(targets.of(network), codes, of_class)[0], whole, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_maps_whatever_is_explained_beside(method, network):
    codes = np.random.default_rng(4).integers(0, 4, (3, 100), dtype=np.int8)
    together = attribute(network, codes, method, references=2)
    np.testing.assert_array_equal(together.values, attribute(network, codes, method, references=2).values)
    alone = attribute(network, codes[:1], method, references=2)
    np.testing.assert_allclose(alone.values[0], together.values[0], atol=1e-4)


def test_one_class_for_each_sequence(network):
    codes = np.repeat(np.random.default_rng(5).integers(0, 4, (1, 100), dtype=np.int8), 2, axis=0)
    of_each = attribute(network, codes, "saliency", classes=np.array([2, 0])).values
    for row, of_class in enumerate((2, 0)):
        alone = attribute(network, codes, "saliency", classes=of_class).values
        np.testing.assert_allclose(of_each[row], alone[row], atol=1e-6)


def test_the_probability_can_be_explained_too():
    weights = np.ones((LENGTH, 4), np.float32) / 10
    maps = attribute(linear(weights), CODES, "saliency", at="probability")
    p = 1 / (1 + np.exp(-3.5))
    np.testing.assert_allclose(maps.values, p * (1 - p) / 10, rtol=1e-4)
    np.testing.assert_allclose(maps.outputs, p, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "saliencey"}, "saliencey is no attribution method; expected one of saliency, "),
        ({"classes": 3}, "class 3 does not exist; the network cnn-deep has 3, counted from 0"),
        ({"classes": np.array([0])}, "there are 1 classes for 2 sequences; expected one for all or for each"),
        ({"codes": np.zeros((2, 90), np.int8)}, "sequences are 90 nt long; the network cnn-deep takes 100 nt"),
        ({"codes": np.zeros((0, 100), np.int8)}, "there is no sequence to explain"),
        ({"codes": np.full((2, 100), 5, np.int8)}, "sequences hold codes from 5 to 5; expected 0 to 4"),
        ({"at": "loss"}, "loss cannot be explained; expected logit or probability"),
        ({"method": "deepshap", "by": "codon"}, "references are shuffled by codon; expected dinucleotide or base"),
        ({"method": "deepshap", "references": 0}, "there are 0 references a sequence; expected at least 1"),
    ],
)
def test_bad_input_gets_one_sentence(network, change, sentence):
    arguments = {"codes": np.zeros((2, 100), np.int8)} | change
    with pytest.raises(InputError, match=sentence):
        attribute(network, **arguments)


def test_the_logit_of_every_way_to_end_in_a_sigmoid():
    """A layer's activation, a layer, an operation, a network within a network, and a `Sequential`."""
    x = keras.Input((LENGTH, 4))
    dense = layers.Dense(1)
    logit = dense(layers.Flatten()(x))
    built_in = layers.Dense(1, activation="sigmoid")
    inner = keras.Model(x, built_in(layers.Flatten()(x)))
    built_in.set_weights(dense.get_weights())
    ends = [
        inner,
        keras.Model(x, layers.Activation("sigmoid")(logit)),
        keras.Model(x, ops.sigmoid(logit)),
        keras.Model(x, inner(layers.Dropout(0.1)(x))),
        keras.Sequential([x, layers.Flatten(), dense, layers.Activation("sigmoid")]),
    ]
    expected = attribute(keras.Model(x, logit), CODES, "saliency")
    for model in ends:
        found = attribute(model, CODES, "saliency")
        np.testing.assert_allclose(found.values, expected.values, atol=1e-6)
        np.testing.assert_allclose(found.outputs, expected.outputs, atol=1e-6)
        probability = attribute(model, CODES, "saliency", at="probability").outputs
        np.testing.assert_allclose(probability, 1 / (1 + np.exp(-expected.outputs)), atol=1e-6)


def test_several_softmax_outputs_have_no_rule_as_a_layers_activation_either():
    x = keras.Input((LENGTH, 4))
    model = keras.Model(x, layers.Dense(3, activation="softmax")(layers.Flatten()(x)), name="softmax")
    assert attribute(model, CODES, "deepshap").off.max() < 1e-4
    with pytest.raises(InputError, match="DeepSHAP has no rule for layer"):
        attribute(model, CODES, "deepshap", at="probability")
    causal = layers.Conv1D(2, 3, padding="causal")(x)
    with pytest.raises(InputError, match="DeepSHAP has no rule for layer"):
        attribute(keras.Model(x, layers.Dense(1)(layers.Flatten()(causal))), CODES, "deepshap")


def test_networks_that_cannot_be_explained_get_one_sentence():
    x = keras.Input((LENGTH, 4))
    steps = keras.Model(x, layers.Flatten()(layers.Lambda(lambda y: ops.sum(ops.sign(y), axis=1))(x)), name="steps")
    model = linear(np.full((LENGTH, 4), np.nan, np.float32))
    with pytest.raises(InputError, match="the network linear has weights that are NaN or infinite, in layer dense"):
        attribute(model, CODES)
    with pytest.raises(InputError, match="DeepSHAP has no rule for layer"):
        attribute(steps, CODES, "deepshap")
    with pytest.raises(InputError, match="no sequence scores above 5: the largest of 2 is 1"):
        targets.above(np.array([1.0, 0.5]), 5)


@pytest.mark.parametrize("method", ["saliency", "saliency-corrected", "integrated-gradients"])
@pytest.mark.parametrize("step", [ops.sign, lambda y: ops.cast(ops.argmax(y, axis=-1), "float32")])
def test_a_network_of_steps_has_no_gradient(method, step):
    """Whether the backend gives it as 0s (of sign) or as none at all (of argmax)."""
    x = keras.Input((LENGTH, 4))
    y = layers.Lambda(lambda of: ops.reshape(step(of - 0.1), (-1, int(np.prod(step(of).shape[1:])))))(x)
    model = keras.Model(x, layers.Dense(1)(y), name="steps")
    with pytest.raises(InputError, match=r"the network steps has no gradient by its sequence; expected one, or mutage"):
        attribute(model, CODES, method)


@pytest.mark.parametrize("method", METHODS)
def test_the_maps_of_a_constant_are_zero(method):
    """Of each class, with its own constant, as the class of each sequence differs."""
    x = keras.Input((LENGTH, 4))
    dense = layers.Dense(2)
    model = keras.Model(x, dense(layers.Flatten()(x)))
    dense.set_weights([np.zeros((4 * LENGTH, 2)), np.array([1.0, 2.0])])
    maps = attribute(model, CODES, method, classes=np.array([0, 1, 1]))
    assert not maps.values.any()
    assert maps.outputs.tolist() == [1, 2, 2]


def test_scores_by_hand():
    """Motif at two of four positions; 4 and 1 there, 2 and -1 elsewhere."""
    (row,) = scores.table(np.array([[4, 1, 2, -1.0]]), np.array([[1, 1, 0, 0]])).to_dict("records")
    assert row["auroc"] == 0.75
    assert row["snr"] == pytest.approx(2.5 / 2)
    assert row["cosine"] == pytest.approx(5 / np.sqrt(22 * 2))
    assert row["share"] == 0.5
    # Precision 1 up to a recall of .5, then 2/3 at 1, the point of 1/2 at .5 between.
    assert row["aupr"] == pytest.approx(0.5 * 1 + 0.5 * (1 / 2 + 2 / 3) / 2)
    assert scores.table(np.ones((1, 3)), np.zeros((1, 3)))["auroc"].isna().all()
    np.testing.assert_allclose(scores.norms(np.array([[[0, 3, 4, 0]]])), [[5]])


def test_noise_scores_chance(network):
    """An untrained network knows no motif."""
    rng = np.random.default_rng(6)
    codes, truth = rng.integers(0, 4, (30, 100), dtype=np.int8), rng.random((30, 100)) < 0.2
    found = scores.table(attribute(network, codes, "saliency-corrected").contributions, truth)
    assert abs(found["auroc"].mean() - 0.5) < 0.06
    assert abs(found["aupr"].mean() - found["share"].mean()) < 0.08
