"""One backend against the other, each in a process of its own."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import toys
from support import ROOT

from expact_utils.data import datasets
from expact_utils.networks import models, training
from expact_utils.networks.trial import Settings
from expact_utils.run.paths import Run

STEPS = """
import json, sys, keras, numpy as np
from expact_utils.networks import engine
from expact_utils.networks import training

def losses(path):
    model = keras.saving.load_model(path)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    trainer = engine.create([model])
    of_model = arrays["Y" if "exponential" in path else "numbers"]
    codes, labels = trainer.put(arrays["X"]), trainer.put(of_model)
    order = np.random.default_rng(0).permutation(len(arrays["X"])).astype("int32").reshape(1, -1, 1, 20)
    seeds = np.zeros((1, 2), "uint32")
    found = [float(trainer.run(codes, labels, order[:, i], seeds, i)[0]) for i in range(order.shape[1])]
    return [*found, float(training.loss(of_model, trainer.predict(arrays["X"])[0]))]

arrays = np.load(sys.argv[1])
print(json.dumps([keras.backend.backend(), *map(losses, sys.argv[2:])]))
"""
TOGETHER = """
import json, sys, numpy as np
from expact_utils.data import datasets
from expact_utils.networks import engine
from expact_utils.networks import engine_jax
from expact_utils.networks import training
from expact_utils.networks.training import Settings
dataset = datasets.read(sys.argv[1])
settings = [Settings("cnn-50", a, t, 2, 10) for a, t in (("relu", 0), ("exponential", 1))]
alone = [training.train(dataset, of_one) for of_one in settings]
engine_jax.trials_at_once = lambda: 2
together = training.train_trials(dataset, settings)
print(json.dumps([
    [history["training_loss"] for _, history in trained] for trained in (alone, together)
] + [[history["test"]["auroc_mean"] for _, history in trained] for trained in (alone, together)]))
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


def test_both_backends_lose_the_same_over_an_epoch(tmp_path):
    """Of classes, and of numbers, some of both missing."""
    starts = []
    for architecture, activation, numbers in (("cnn-2", "exponential", False), ("cnn-50", "relu", True)):
        keras.utils.set_random_seed(3)
        starts.append(tmp_path / f"{architecture}_{activation}.keras")
        models.build(architecture, 120, 3, activation, numbers=numbers).save(starts[-1])
    codes, labels = toys.batch(200)
    labels[::7, 0] = -1
    numbers = np.where(labels == -1, np.nan, labels - 0.3).astype(np.float32)
    np.savez(tmp_path / "data.npz", X=codes, Y=labels, numbers=numbers)
    (first, *expected), (second, *found) = (
        on(backend, STEPS, tmp_path / "data.npz", *starts) for backend in ("tensorflow", "jax")
    )
    assert (first, second) == ("tensorflow", "jax")
    assert [len(losses) for losses in found] == [11, 11]
    np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(found[1][:4], expected[1][:4], rtol=0, atol=1e-4)  # then rounding errors grow
    np.testing.assert_allclose(found[1], expected[1], rtol=0.01)


def test_trials_together_learn_as_they_do_alone(tmp_path, tiny):
    datasets.write(tmp_path / "data.h5", tiny)
    alone, together, scores_alone, scores_together = on("jax", TOGETHER, tmp_path / "data.h5")
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    np.testing.assert_allclose(scores_together, scores_alone, atol=0.02)


def test_a_network_trained_on_jax_opens_with_tensorflow(tmp_path, tiny):
    datasets.write(tmp_path / "data.h5", tiny)
    code = (
        "import json, sys; from expact_utils.data import datasets; from expact_utils.networks import training\n"
        "from expact_utils.run.paths import Run\n"
        "settings = training.Settings('cnn-50', 'relu', 0, 1, 10)\n"
        "data = datasets.read(sys.argv[1])\n"
        "model, _ = training.train(data, settings, 'mine', Run(sys.argv[2]))\n"
        "print(json.dumps(training.predict(model, data.X['test']).tolist()))"
    )
    expected = on("jax", code, tmp_path / "data.h5", tmp_path)
    model = keras.saving.load_model(tmp_path / "models" / "mine" / "cnn-50_relu_0.keras")
    np.testing.assert_allclose(training.predict(model, tiny.X["test"]), expected, atol=1e-5)
    # What was trained elsewhere is finished here too.
    _, history = training.train(tiny, Settings("cnn-50", "relu", 0, 1, 10), "mine", Run(tmp_path))
    assert history["device"].startswith("JAX")
