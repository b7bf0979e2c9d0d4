"""The slower way to train, by Keras's own layers, against the faster one."""

import keras
import numpy as np
import pytest
import toys

from expact_utils.networks import computation, engine, training

STEPS, BATCH = 4, 10
CODES, LABELS = toys.batch(STEPS * BATCH)
ORDER = np.random.default_rng(0).permutation(STEPS * BATCH).astype("int32").reshape(1, STEPS, BATCH)
SEEDS = np.array([[3, 4]], "uint32")


def recurrent():
    """A network that `forward` does not know."""
    sequence = keras.Input((toys.LENGTH, 4))
    x = keras.layers.Flatten()(keras.layers.AveragePooling1D(10)(keras.layers.Conv1D(3, 5)(sequence)))
    x = keras.layers.Dropout(0.5)(keras.layers.Dense(8, kernel_regularizer=keras.regularizers.L1(0.01))(x))
    return keras.Model(sequence, keras.layers.Dense(3, "sigmoid")(x), name="pooled")


def steps(models, by_keras):
    """Loss of each step, and the probabilities after the last."""
    trainer = engine.create(models)
    if by_keras:
        trainer.computation = computation.ByKeras(models)
        trainer.moving = [
            keras.Variable(value[None]) for value in map(np.asarray, trainer.computation.moving(models[0]))
        ]
    codes, labels = trainer.put(CODES), trainer.put(LABELS)
    losses = [float(trainer.run(codes, labels, ORDER[:, i : i + 1], SEEDS, i)[0]) for i in range(STEPS)]
    return losses, trainer.predict(CODES)[0]


@pytest.mark.parametrize(("architecture", "activation"), [("cnn-2", "relu"), ("cnn-50", "exponential")])
def test_both_ways_are_the_same_step_by_step(uncompiled, architecture, activation):
    model = toys.randomised(architecture, activation)
    (losses, found), (expected_losses, expected) = (steps([model], by_keras) for by_keras in (True, False))
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    assert len(set(losses)) == STEPS
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_which_way_is_found_out_and_the_slower_one_said_once(capsys):
    computation._say.cache_clear()
    assert isinstance(computation.of([toys.randomised("cnn-2", "relu")]), computation.ByForward)
    assert capsys.readouterr().err == ""
    model = recurrent()
    assert isinstance(computation.of([model]), computation.ByKeras)
    computation.of([model])
    assert capsys.readouterr().err == (
        "pooled has a layer of type AveragePooling1D, so it trains by Keras's own layers, which is slower.\n"
    )


def test_the_penalty_is_that_of_the_model():
    model = recurrent()
    weights = [variable.value[None] for variable in model.trainable_variables]
    (expected,) = model.losses
    assert float(computation.ByKeras([model]).penalty(weights)) == pytest.approx(float(expected), rel=1e-6)
    assert float(expected) > 0


def test_dropout_draws_anew_in_each_step_and_not_out_of_training():
    trainer = engine.create([recurrent()])
    values = [[variable.value for variable in of] for of in (trainer.weights, trainer.moving)]
    x = trainer.put(training.letters.one_hot(CODES)[None])
    first, moved = trainer._forward(*values, x, SEEDS)
    second, _ = trainer._forward(values[0], moved, x, SEEDS)
    assert not np.allclose(first, second)
    evaluated, unmoved = trainer._forward(*values, x)
    assert toys.same(map(np.asarray, unmoved), map(np.asarray, values[1]))
    np.testing.assert_allclose(evaluated, trainer._forward(values[0], moved, x)[0])


def test_several_networks_by_their_own_layers():
    one, other = recurrent(), recurrent()
    both = computation.ByKeras([one, other])
    weights = [np.stack([a, b]) for a, b in zip(one.get_weights(), other.get_weights(), strict=False)]
    moving = [np.stack([a, b]) for a, b in zip(*(map(np.asarray, both.moving(m)) for m in (one, other)), strict=True)]
    x = training.letters.one_hot(CODES)
    weights = weights[: len(one.trainable_variables)]
    found, _ = both(None, weights, moving, x[None])
    np.testing.assert_allclose(found[0], one(x, training=False), rtol=1e-5)
    np.testing.assert_allclose(found[1], other(x, training=False), rtol=1e-5)
    np.testing.assert_allclose(both(None, weights, moving, np.stack([x, 0 * x]))[0][1], other(0 * x), rtol=1e-5)
