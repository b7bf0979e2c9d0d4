"""One backend against the other: TensorFlow here, JAX in a process of its own, which all tests of this module share."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import backends
import keras
import numpy as np
import pytest
import toys

from expact_utils.data import datasets
from expact_utils.networks import models, training
from expact_utils.networks.trial import Settings
from expact_utils.run.paths import Run


@pytest.fixture(scope="module")
def on_jax():
    """Function that calls another in the process where Keras computes by JAX, which optimises little: all is tiny."""
    pytest.importorskip("jax")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "KERAS_BACKEND", "jax")
        patch.setitem(os.environ, "XLA_FLAGS", "--xla_backend_optimization_level=1")
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            assert process.submit(backends.backend).result() == "jax"
            yield lambda function, *arguments: process.submit(function, *map(str, arguments)).result()


def test_both_backends_lose_the_same_over_an_epoch(tmp_path, on_jax):
    """Of classes, and of numbers, some of both missing."""
    assert backends.backend() == "tensorflow"
    codes, labels = toys.batch(200)
    labels[::7, 0] = -1
    numbers = np.where(labels == -1, np.nan, labels - 0.3).astype(np.float32)
    np.savez(tmp_path / "data.npz", X=codes, Y=labels, numbers=numbers)
    for architecture, activation, labels in (("cnn-2", "exponential", "Y"), ("cnn-50", "relu", "numbers")):
        keras.utils.set_random_seed(3)
        start = tmp_path / f"{architecture}.keras"
        models.build(architecture, 120, 3, activation, numbers=labels == "numbers").save(start)
        expected = backends.over_an_epoch(start, tmp_path / "data.npz", labels)
        found = on_jax(backends.over_an_epoch, start, tmp_path / "data.npz", labels)
        assert len(found) == 11
        exact = slice(4 if labels == "numbers" else 11)  # then rounding errors grow
        np.testing.assert_allclose(found[exact], expected[exact], rtol=0, atol=1e-4)
        np.testing.assert_allclose(found, expected, rtol=0.01)


def test_softsign_loses_the_same_however_it_is_trained(tmp_path, on_jax, capsys):
    """An activation that is new to the registry: alone, together with others, and by Keras's own layers."""
    keras.utils.set_random_seed(3)
    weights, (codes, labels) = models.build("cnn-50", 120, 3).get_weights(), toys.batch(200)
    np.savez(tmp_path / "start.npz", X=codes, Y=labels, **{f"w{i}": weight for i, weight in enumerate(weights)})
    tensorflow, jax = backends.softsign(tmp_path / "start.npz"), on_jax(backends.softsign, tmp_path / "start.npz")
    assert "cnn-50 has a test, so it trains by Keras's own layers" in capsys.readouterr().err
    alone = tensorflow["alone"]
    assert len(alone) == 10
    for other in (tensorflow["by Keras"], jax["alone"], jax["together"], jax["by Keras"]):
        np.testing.assert_allclose(other[:6], alone[:6], rtol=0, atol=1e-4)
        np.testing.assert_allclose(other, alone, rtol=0.01)  # rounding errors grow
    # Trained as ReLU, without a word, it would lose what ReLU does.
    assert np.abs(np.subtract(jax["others"][0], alone)).max() > 1e-2
    for together, other in zip(jax["others together"], jax["others"], strict=True):
        np.testing.assert_allclose(together[:6], other[:6], rtol=0, atol=1e-4)


@pytest.mark.parametrize("protocol", ["preprint2019", "journal2020"])
def test_trials_together_learn_as_they_do_alone(tmp_path, tiny, on_jax, protocol):
    """Also where each has a learning rate of its own, and stops by itself."""
    datasets.write(tmp_path / "data.h5", tiny)
    alone, together = on_jax(backends.alone_and_together, tmp_path / "data.h5", protocol)
    epochs = [len(losses) for losses in alone["losses"]]
    assert epochs == [2] * 2 if protocol == "preprint2019" else 3 < min(epochs) < max(epochs)
    for expected, found in zip(alone["losses"], together["losses"], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3 if protocol == "journal2020" else 1e-4)
    np.testing.assert_allclose(together["auroc"], alone["auroc"], atol=0.02)


def test_a_network_trained_on_jax_opens_with_tensorflow(tmp_path, tiny, on_jax):
    datasets.write(tmp_path / "data.h5", tiny)
    expected = on_jax(backends.trained, tmp_path / "data.h5", tmp_path)
    model = keras.saving.load_model(tmp_path / "models" / "mine" / "cnn-50_relu_0.keras")
    np.testing.assert_allclose(training.predict(model, tiny.X["test"]), expected, atol=1e-5)
    # What was trained elsewhere is finished here too.
    _, history = training.train(tiny, Settings("cnn-50", "relu", 0, 1, 10), "mine", Run(tmp_path))
    assert history["device"].startswith("JAX")
