"""The numbers of `forward` against those of Keras's own layers."""

import keras
import numpy as np
import pytest
import toys
from keras import ops

from expact_utils.dna import letters
from expact_utils.networks import activations, engine, models
from expact_utils.networks.description import describe, moving_variables
from expact_utils.networks.forward import _normalised, forward
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.run import names

CODES, _ = toys.batch()
X = letters.one_hot(CODES)
SEEDS = np.zeros(3, "int64")


class Plain:
    """An engine of Keras's own operations, for any number of trials."""

    affine = staticmethod(engine.Engine.affine)

    @staticmethod
    def convolve(x, kernel, padding):
        each = [x[i if len(x) > 1 else 0] for i in range(len(kernel))]
        return ops.stack([ops.conv(one, kernel[i], 1, padding) for i, one in enumerate(each)])

    @staticmethod
    def max_pool(x, size):
        return ops.stack([ops.max_pool(x[i], size, size) for i in range(len(x))])

    @staticmethod
    def moments(y):
        axes = tuple(range(1, len(y.shape) - 1))
        return ops.mean(y, axes), ops.mean(y * y, axes)


def computed(trainer, x, seeds=None):
    values = [[variable.value for variable in of] for of in (trainer.weights, trainer.moving)]
    return trainer._forward(*values, ops.convert_to_tensor(x[None]), seeds)


def together(of_networks, x, seeds=None, weights=None):
    """Probabilities and moving variables of several networks, by the plain engine."""
    each = [[variable.value for variable in model.trainable_variables] for model in of_networks]
    weights = weights or [ops.stack(of) for of in zip(*each, strict=True)]
    each = [[variable.value for variable in moving_variables(model)] for model in of_networks]
    moving = [ops.stack(of) for of in zip(*each, strict=True)]
    layers = [describe(model) for model in of_networks]
    return forward(Plain, layers, weights, moving, ops.convert_to_tensor(x[None]), seeds)


def check_like_keras(model):
    """Probabilities in training and out of it, and moving variables, are those of the model's own layers."""
    trainer = engine.create([model])
    x = letters.one_hot(toys.batch(length=model.input_shape[1])[0])
    expected = model(x, training=False)
    np.testing.assert_allclose(computed(trainer, x)[0][0], expected, rtol=1e-4, atol=1e-5)
    probabilities, moved = computed(trainer, x, SEEDS)
    np.testing.assert_allclose(probabilities[0], model(x, training=True), rtol=1e-4, atol=1e-5)
    for ours, keras_own in zip(moved, moving_variables(model), strict=True):
        np.testing.assert_allclose(ours[0], keras_own, rtol=1e-4, atol=1e-4 * np.abs(keras_own.numpy()).max())


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("architecture", names.ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "exponential", "log_relu"])
def test_same_probabilities_as_the_keras_model(architecture, activation, protocol):
    check_like_keras(toys.randomised(architecture, activation, protocol, length=200))


@pytest.fixture
def bump(monkeypatch):
    """An activation that rises and falls, as a row of the registry."""

    def bump(x):
        return ops.exp(-x * x)

    monkeypatch.setitem(activations.OURS, "bump", bump)
    monkeypatch.setitem(names.ACTIVATIONS, "bump", names.Activation("bump", "bump", "#123456", "e^{-x^2}"))


@pytest.mark.parametrize("architecture", ["cnn-2", "cnn-50"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_activation_that_also_falls_is_pooled_after_it(bump, architecture, protocol):
    model = toys.randomised(architecture, "bump", protocol)
    assert describe(model)[0].activation == "bump"
    check_like_keras(model)


def test_pooling_first_would_be_another_number(bump, monkeypatch):
    """So that the test above can fail."""
    model = toys.randomised("cnn-2", "bump")
    expected = model(X, training=False)
    monkeypatch.setitem(names.ACTIVATIONS, "bump", names.Activation("bump", "bump", "#123456", "", monotonic=True))
    assert np.abs(computed(engine.create([model]), X)[0][0] - expected).max() > 1e-3


@pytest.mark.parametrize("seeds", [None, SEEDS], ids=["inference", "training"])
def test_three_activations_together_equal_each_alone(bump, seeds):
    kinds = ("relu", "exponential", "bump")
    of_networks = [toys.randomised("cnn-2", activation, seed=i) for i, activation in enumerate(kinds)]
    found, moved = together(of_networks, X, seeds)
    for i, model in enumerate(of_networks):
        np.testing.assert_allclose(found[i], model(X, training=seeds is not None), rtol=1e-4, atol=1e-5)
        for ours, expected in zip(moved, moving_variables(model), strict=True):
            np.testing.assert_allclose(ours[i], expected, rtol=1e-4, atol=1e-4 * np.abs(expected.numpy()).max())


def test_what_overflows_in_one_trial_is_not_in_the_gradient_of_another():
    """e^100 is infinite as float32, and 0 · infinity no number; the ReLU's trial has 100 there."""
    tf = pytest.importorskip("tensorflow")
    relu, exponential = (toys.randomised("cnn-2", activation) for activation in ("relu", "exponential"))
    relu.layers[2].beta.assign(100 + 0 * relu.layers[2].beta)

    def gradients(*of_networks):
        each = [[variable.value for variable in model.trainable_variables] for model in of_networks]
        weights = [tf.constant(ops.stack(of)) for of in zip(*each, strict=True)]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            probabilities, _ = together(of_networks, X, SEEDS, weights)
        return tape.gradient(probabilities, weights)

    both, alone = gradients(relu, exponential), gradients(relu)
    for ours, expected in zip(both, alone, strict=True):
        assert np.isfinite(ours[0]).all()
        np.testing.assert_allclose(ours[0], expected[0], atol=1e-3 * np.abs(expected[0]).max() + 1e-7)


@pytest.mark.parametrize(("protocol", "expected"), [("preprint2019", [0, 1 / 0.9]), ("journal2020", [1 / 0.9])])
def test_dropout_before_pooling_leaves_the_maximum_of_what_is_left(protocol, expected):
    # Every value is 1. A pool of 50 with a tenth of them dropped holds one that was kept (.1^50 says so); where
    # dropout comes after the pool, a tenth of the pools is gone.
    model = models.build("cnn-50", 200, 3, "relu", protocol)
    normalisation = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    normalisation.gamma.assign(0 * normalisation.gamma)
    normalisation.beta.assign(1 + 0 * normalisation.beta)
    trainer = engine.create([model])
    values = [[variable.value for variable in of] for of in (trainer.weights, trainer.moving)]
    codes = np.random.default_rng(0).integers(0, 4, (100, 200))
    first, _ = forward(trainer, [describe(model)[:1]], *values, letters.one_hot(codes)[None], seeds=SEEDS)
    assert first.shape[2] == 4
    np.testing.assert_allclose(np.unique(first), expected, rtol=1e-3)
    assert float(np.mean(first == 0)) == pytest.approx(0.1 if 0 in expected else 0, abs=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_a_channel_that_is_nearly_constant_stays_a_number(seed):
    """At 1,000 ± .001 float32 loses the variance, and leaves some negative ones."""
    model = models.build("cnn-50", 120, 3, "relu")
    layer = next(layer for layer in describe(model) if layer.product == "dense")
    ones, zeros = np.ones((1, 64), "float32"), np.zeros((1, 64), "float32")
    x = np.random.default_rng(seed).normal(1_000, 0.001, (1, 400, 64)).astype("float32")
    kernel = np.eye(64, dtype="float32")[None]
    trainer = engine.create([model])
    y, _, variance = _normalised(trainer, layer, ops.convert_to_tensor(x), kernel, ones, zeros, zeros, ones, True, 1)
    assert np.isfinite(y).all()
    assert (np.asarray(variance) >= 0).all()
