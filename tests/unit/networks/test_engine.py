"""A step of the engine against one of Keras."""

import keras
import numpy as np
import pytest
import toys
from keras import ops

from expact_utils.dna import letters
from expact_utils.networks import computation, description, engine
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.run.errors import InputError
from expact_utils.run.names import ARCHITECTURES

CODES, LABELS = toys.batch()
X = letters.one_hot(CODES)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("activation", ["relu", "exponential"])
def test_same_loss_as_the_keras_model(uncompiled, architecture, activation, protocol):
    model = toys.randomised(architecture, activation, protocol)
    trainer = engine.create([model])
    order, seeds = np.arange(50, dtype="int32").reshape(1, 1, 50), np.zeros((1, 2), "uint32")
    loss = trainer.run(trainer.put(CODES), trainer.put(LABELS), order, seeds, 0)
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    whole = model.train_on_batch(X, LABELS.astype("float32"))
    penalty = sum(float(value) for value in model.losses)
    assert loss[0] == pytest.approx(whole - penalty, rel=1e-4)


@pytest.mark.parametrize("length", [toys.LENGTH, 200])  # CNN-dist by Keras's own layers, and by ours
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_same_gradients_as_the_keras_model(architecture, length):
    model = toys.randomised(architecture, "exponential", length=length)
    # Where a ReLU's input is zero but for rounding, one of the two takes its slope as 0 and the other as 1. No batch of
    # a wrong gradient agrees.
    assert any(_gradients_differ_by(model, length, seed) < 2e-3 for seed in range(10))


def _gradients_differ_by(model, length, seed):
    """The largest difference of a gradient, as a share of that gradient's largest value."""
    tf = pytest.importorskip("tensorflow")
    x = letters.one_hot(toys.batch(length=length, seed=seed)[0])
    trainer = engine.create([model])
    weights, moving = ([variable.value for variable in of] for of in (trainer.weights, trainer.moving))
    with tf.GradientTape() as tape:
        probabilities, _ = trainer._forward(weights, moving, ops.convert_to_tensor(x[None]), np.zeros(3, "int64"))
        loss = tf.reduce_sum(trainer._loss(LABELS[None], probabilities)) / 50 + trainer._penalty(weights)
    ours = tape.gradient(loss, weights)
    with tf.GradientTape() as tape:
        probabilities = model(x, training=True)
        loss = keras.losses.BinaryCrossentropy()(LABELS.astype("float32"), probabilities) + tf.add_n(model.losses)
    pairs = zip(ours, tape.gradient(loss, model.trainable_variables), strict=True)
    return max(np.abs(gradient[0] - expected).max() / (np.abs(expected).max() + 5e-5) for gradient, expected in pairs)


@pytest.mark.parametrize("architecture", ["cnn-local", "cnn-dist"])
@pytest.mark.parametrize("activation", ["relu", "exponential"])
def test_task_3_on_the_fast_engine_is_what_keras_computes(uncompiled, architecture, activation):
    """At 200 nt all of CNN-dist's pools are full: loss, probabilities and moving variables of a step."""
    model = toys.randomised(architecture, activation, "journal2020", length=200, classes=1)
    codes, labels = toys.batch(50, 200, 1)
    trainer = engine.create([model])
    assert isinstance(trainer.computation, computation.ByForward)
    np.testing.assert_allclose(trainer.predict(codes)[0], model(letters.one_hot(codes)), atol=1e-5)
    order, seeds = np.arange(50, dtype="int32").reshape(1, 1, 50), np.zeros((1, 2), "uint32")
    loss = trainer.run(trainer.put(codes), trainer.put(labels), order, seeds, 0)
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    whole = model.train_on_batch(letters.one_hot(codes), labels.astype("float32"))
    assert loss[0] == pytest.approx(whole - sum(float(value) for value in model.losses), rel=1e-4)
    for found, expected in zip(trainer.moving, description.moving_variables(model), strict=True):
        np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-5)


def test_dropout_has_its_rate_and_keeps_the_mean():
    trainer = engine.create([toys.randomised("cnn-50", "relu")])
    bits = trainer.random_bits(np.array([1, 2, 3]), 0, (1, 400, 500))
    assert float(np.mean(bits >= round(0.1 * 65536))) == pytest.approx(0.9, abs=0.003)
    again, other = (trainer.random_bits(np.array([1, 2, step]), 0, (1, 400, 500)) for step in (3, 4))
    assert (bits == again).numpy().all()
    assert float(np.mean(bits == other)) < 0.01


def test_a_state_put_back_is_the_same_state():
    trainer = engine.create([toys.randomised("cnn-2", "relu")])
    (before,) = trainer.states()
    for variable in trainer.variables:
        variable.assign(variable + 1)
    trainer.restore([before])
    assert toys.same(trainer.states()[0], before)


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(InputError, match="^Keras runs on numpy; expected KERAS_BACKEND to be tensorflow or jax.$"):
        engine.create([])
