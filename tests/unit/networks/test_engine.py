"""The engine against Keras's own layers, and one backend against the other."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from support import ROOT

from expact_utils.data import datasets
from expact_utils.dna import letters
from expact_utils.networks import engine, models, training
from expact_utils.networks.forward import _normalised, describe, forward, moving_variables
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.networks.trial import Settings

NETWORKS = [
    (architecture, activation, protocol)
    for protocol in PROTOCOLS
    for architecture in models.NETWORKS
    for activation in ("relu", "exponential")
]


def randomised(architecture, activation, protocol="preprint2019", seed=1):
    """A network without dropout whose batch normalisations are far from where they start, some scales negative."""
    keras.utils.set_random_seed(seed)
    model = models.build(architecture, 120, 3, activation, protocol)
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.gamma.shape
            layer.gamma.assign(rng.normal(size=channels) / 3)
            layer.beta.assign(rng.normal(size=channels) / 3)
            layer.moving_mean.assign(rng.normal(size=channels) / 3)
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, size=channels))
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def batch(size=50):
    rng = np.random.default_rng(0)
    return rng.integers(0, 5, (size, 120), dtype=np.int8), rng.integers(0, 2, (size, 3), dtype=np.int8)


def computed(trainer, codes, seeds=None):
    values = [[variable.value for variable in of] for of in (trainer.weights, trainer.moving)]
    return trainer._forward(*values, ops.convert_to_tensor(letters.one_hot(codes)[None]), seeds)


@pytest.mark.parametrize(("architecture", "activation", "protocol"), NETWORKS)
def test_same_probabilities_as_the_keras_model(architecture, activation, protocol):
    model, (codes, _) = randomised(architecture, activation, protocol), batch()
    trainer = engine.create([model])
    np.testing.assert_allclose(
        computed(trainer, codes)[0][0], model(letters.one_hot(codes), training=False), rtol=1e-4, atol=1e-5
    )
    probabilities, moved = computed(trainer, codes, seeds=np.zeros(3, "int64"))
    np.testing.assert_allclose(probabilities[0], model(letters.one_hot(codes), training=True), rtol=1e-4, atol=1e-5)
    for ours, keras_own in zip(moved, moving_variables(model), strict=True):
        np.testing.assert_allclose(ours[0], keras_own, rtol=1e-4, atol=1e-4 * np.abs(keras_own.numpy()).max())


@pytest.mark.parametrize(("architecture", "activation", "protocol"), NETWORKS)
def test_same_step_as_keras_fit(architecture, activation, protocol):
    model, (codes, labels) = randomised(architecture, activation, protocol), batch()
    trainer = engine.create([model])
    order, seeds = np.arange(50, dtype="int32").reshape(1, 1, 50), np.zeros((1, 2), "uint32")
    loss = trainer.run(trainer.put(codes), trainer.put(labels), order, seeds, 0)
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    whole = model.train_on_batch(letters.one_hot(codes), labels.astype("float32"))
    penalty = sum(float(value) for value in model.losses)
    assert loss[0] == pytest.approx(whole - penalty, rel=1e-4)


@pytest.mark.parametrize("architecture", models.NETWORKS)
def test_same_gradients_as_the_keras_model(architecture):
    tf = pytest.importorskip("tensorflow")
    model, (codes, labels) = randomised(architecture, "exponential"), batch()
    trainer = engine.create([model])
    with tf.GradientTape() as tape:
        probabilities, _ = computed(trainer, codes, seeds=np.zeros(3, "int64"))
        loss = tf.reduce_sum(trainer._loss(labels[None], probabilities)) / 50 + trainer._penalty(
            [variable.value for variable in trainer.weights]
        )
    ours = tape.gradient(loss, [variable.value for variable in trainer.weights])
    with tf.GradientTape() as tape:
        probabilities = model(letters.one_hot(codes), training=True)
        loss = keras.losses.BinaryCrossentropy()(labels.astype("float32"), probabilities) + tf.add_n(model.losses)
    for gradient, expected in zip(ours, tape.gradient(loss, model.trainable_variables), strict=True):
        np.testing.assert_allclose(gradient[0], expected, atol=2e-3 * np.abs(expected).max() + 1e-7)


def test_dropout_has_its_rate_and_keeps_the_mean():
    trainer = engine.create([randomised("cnn-50", "relu")])
    bits = trainer.random_bits(np.array([1, 2, 3]), 0, (1, 400, 500))
    assert float(np.mean(bits >= round(0.1 * 65536))) == pytest.approx(0.9, abs=0.003)
    again, other = (trainer.random_bits(np.array([1, 2, step]), 0, (1, 400, 500)) for step in (3, 4))
    assert (bits == again).numpy().all()
    assert float(np.mean(bits == other)) < 0.01


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
    first, _ = forward(
        trainer, [describe(model)[:1]], *values, letters.one_hot(codes)[None], seeds=np.zeros(3, "int64")
    )
    assert first.shape[2] == 4
    np.testing.assert_allclose(np.unique(first), expected, rtol=1e-3)
    assert float(np.mean(first == 0)) == pytest.approx(0.1 if 0 in expected else 0, abs=0.02)


def test_describe_knows_the_paper_s_layers():
    layers = describe(models.build("cnn-deep", 200, 12, "exponential"))
    assert [layer.product for layer in layers] == ["same", "valid", "valid", "valid", "dense", "dense"]
    assert [layer.pool for layer in layers] == [1, 3, 4, 3, 1, 1]
    assert [layer.dropout for layer in layers] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.0]
    assert [layer.activation for layer in layers] == ["exponential", *["relu"] * 4, "sigmoid"]


def test_other_layers_are_refused():
    model = keras.Sequential([keras.Input((100, 4)), keras.layers.LSTM(3)])
    with pytest.raises(ValueError, match="forward does not know layers of type LSTM"):
        describe(model)


STEPS = """
import json, sys, keras, numpy as np
from expact_utils.networks import engine
from expact_utils.networks import training
model = keras.saving.load_model(sys.argv[1])
for layer in model.layers:
    if isinstance(layer, keras.layers.Dropout):
        layer.rate = 0.0
arrays = np.load(sys.argv[2])
trainer = engine.create([model])
codes, labels = trainer.put(arrays["X"]), trainer.put(arrays["Y"])
order = np.random.default_rng(0).permutation(len(arrays["X"])).astype("int32").reshape(1, -1, 1, 20)
seeds = np.zeros((1, 2), "uint32")
losses = [float(trainer.run(codes, labels, order[:, i], seeds, i)[0]) for i in range(order.shape[1])]
losses.append(float(training.cross_entropy(arrays["Y"], trainer.predict(arrays["X"])[0])))
print(json.dumps([keras.backend.backend(), losses]))
"""
TOGETHER = """
import json, sys, numpy as np
from expact_utils.data import datasets
from expact_utils.networks import engine
from expact_utils.networks import engine_jax
from expact_utils.networks import training
from expact_utils.networks.training import Settings
dataset = datasets.read(sys.argv[1])
settings = [Settings("cnn-50", a, t, 2, 10) for a in ("relu", "exponential") for t in (0, 1)]
alone = [training.train(dataset, of_one) for of_one in settings]
engine_jax.trials_at_once = lambda: 4
together = training.train_trials(dataset, settings)
print(json.dumps([
    [history["training_loss"] for _, history in trained] for trained in (alone, together)
] + [[history["test"]["auroc_mean"] for _, history in trained] for trained in (alone, together)]))
"""
# Two trainings together: unbroken; killed in an epoch; killed when one is scored and the other is not.
BROKEN = """
import json, sys
from pathlib import Path
from expact_utils.data import datasets
from expact_utils.networks import engine_jax
from expact_utils.networks import training
from expact_utils.run.paths import Run
from expact_utils.networks.training import Settings
from expact_utils.networks.trial import Trial
engine_jax.trials_at_once = lambda: 2
training.CHECKPOINT_SECONDS = 0
dataset, folder = datasets.read(sys.argv[1]), Path(sys.argv[2])
settings = [Settings("cnn-50", "relu", trial, 4, 10) for trial in (0, 1)]

class Killed(BaseException):
    pass

def killed_at(owner, name, call):
    real, calls = getattr(owner, name), []
    def counted(*arguments):
        calls.append(arguments)
        if len(calls) == call:
            raise Killed
        return real(*arguments)
    setattr(owner, name, counted)
    return lambda: setattr(owner, name, real)

def train(run, *kill):
    if kill:
        undo = killed_at(*kill)
        try:
            training.train_trials(dataset, settings, "mine", run)
        except Killed:
            undo()
    return [model.get_weights() for model, _ in training.train_trials(dataset, settings, "mine", run)]

unbroken = train(Run(folder / "unbroken"))
same = []
for name, kill in {"epoch": (training, "_epoch", 3), "scores": (Trial, "finish", 2)}.items():
    broken = train(Run(folder / name), *kill)
    same += [bool((a == b).all()) for one, other in zip(unbroken, broken) for a, b in zip(one, other)]
    assert not list((folder / name / "checkpoints").rglob("*.h5"))
print(json.dumps(same))
"""


def on(backend, code, *arguments):
    pytest.importorskip(backend)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("architecture", "activation"), [("cnn-2", "exponential"), ("cnn-50", "relu")])
def test_both_backends_lose_the_same_over_an_epoch(tmp_path, architecture, activation):
    keras.utils.set_random_seed(3)
    models.build(architecture, 120, 3, activation).save(tmp_path / "start.keras")
    codes, labels = batch(200)
    np.savez(tmp_path / "data.npz", X=codes, Y=labels)
    arguments = STEPS, tmp_path / "start.keras", tmp_path / "data.npz"
    (first, expected), (second, found) = on("tensorflow", *arguments), on("jax", *arguments)
    assert (first, second) == ("tensorflow", "jax")
    assert len(found) == 11
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_trials_together_learn_as_they_do_alone(tmp_path, tiny):
    datasets.write(tmp_path / "data.h5", tiny)
    alone, together, scores_alone, scores_together = on("jax", TOGETHER, tmp_path / "data.h5")
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    np.testing.assert_allclose(scores_together, scores_alone, atol=0.02)


def test_trials_together_end_with_the_same_weights_when_they_are_killed(tmp_path, tiny):
    datasets.write(tmp_path / "data.h5", tiny)
    same = on("jax", BROKEN, tmp_path / "data.h5", tmp_path)
    assert len(same) > 50
    assert all(same)


@pytest.mark.parametrize("seed", range(3))
def test_a_channel_that_is_nearly_constant_stays_a_number(seed):
    """At 1,000 ± .001 float32 loses the variance, and leaves some negative ones."""
    trainer = engine.create([models.build("cnn-50", 120, 3, "relu")])
    layer = next(layer for layer in trainer.networks[0] if layer.product == "dense")
    ones, zeros = np.ones((1, 64), "float32"), np.zeros((1, 64), "float32")
    x = np.random.default_rng(seed).normal(1_000, 0.001, (1, 400, 64)).astype("float32")
    kernel = np.eye(64, dtype="float32")[None]
    y, _, variance = _normalised(trainer, layer, ops.convert_to_tensor(x), kernel, ones, zeros, zeros, ones, True, 1)
    assert np.isfinite(y).all()
    assert (np.asarray(variance) >= 0).all()


def test_a_network_trained_on_jax_opens_with_tensorflow(tmp_path, tiny):
    datasets.write(tmp_path / "data.h5", tiny)
    code = (
        "import json, sys; from expact_utils import datasets, training; from expact_utils.runs import Run\n"
        "settings = training.Settings('cnn-50', 'relu', 0, 1, 10)\n"
        "data = datasets.read(sys.argv[1])\n"
        "model, _ = training.train(data, settings, 'mine', Run(sys.argv[2]))\n"
        "print(json.dumps(training.predict(model, data.X['test']).tolist()))"
    )
    expected = on("jax", code, tmp_path / "data.h5", tmp_path)
    model = keras.saving.load_model(tmp_path / "models" / "mine" / "cnn-50_relu_0.keras")
    np.testing.assert_allclose(training.predict(model, tiny.X["test"]), expected, atol=1e-5)
    # What was trained elsewhere is finished here too.
    _, history = training.train(tiny, Settings("cnn-50", "relu", 0, 1, 10), "mine", training.Run(tmp_path))
    assert history["device"].startswith("JAX")
