"""Toy networks and data of the tests that compute with Keras."""

import json

import keras
import numpy as np
import pytest

from expact_utils.data import datasets
from expact_utils.networks import models
from expact_utils.networks.trial import Settings
from expact_utils.run.paths import Network, Run

SHORT = Settings("cnn-50", "exponential", trial=0, epochs=2, batch_size=10)
MINE = Network("mine", "cnn-50", "exponential", 0)  # what `SHORT` trains
LENGTH = 120


def randomised(
    architecture: str,
    activation: str,
    protocol: str = "preprint2019",
    seed: int = 1,
    dropout=False,
    length: int = LENGTH,
    classes: int = 3,
):
    """A network whose batch normalisations are far from where they start, some scales negative; without dropout."""
    keras.utils.set_random_seed(seed)
    model = models.build(architecture, length, classes, activation, protocol)
    disturb(model, seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout) and not dropout:
            layer.rate = 0.0
    return model


def disturb(model: keras.Model, seed: int = 1) -> None:
    """Give the batch normalisations of a network random scales, shifts and moving variables."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.gamma.shape
            layer.gamma.assign(rng.normal(size=channels) / 3)
            layer.beta.assign(rng.normal(size=channels) / 3)
            layer.moving_mean.assign(rng.normal(size=channels) / 3)
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, size=channels))


def batch(size: int = 50, length: int = LENGTH, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random codes and labels of three classes."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 5, (size, length), dtype=np.int8), rng.integers(0, 2, (size, classes), dtype=np.int8)


def same(first, second) -> bool:
    """Whether two lists of arrays are the same, bit for bit."""
    return all((a == b).all() for a, b in zip(first, second, strict=True))


def write_run(folder, dataset, **settings) -> Run:
    """A run's folder with its data and settings, as the graph leaves it before training."""
    config = {"name": "mine", "datasets": ["mine"], "architectures": ["cnn-50"], "activations": ["exponential"]}
    config |= {"trials": 1, "epochs": 2, "batch_size": 10, "seed": 0, "protocol": "preprint2019"} | settings
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    datasets.write(Run(folder).data("mine"), dataset)
    return Run(folder)


def stopped_after(epoch: int, train, *arguments) -> None:
    """Call `train(*arguments)`, and press Ctrl-C in the epoch that follows this one."""
    from expact_utils.networks import training

    real = training._epoch

    def interrupted(*of_epoch):
        if of_epoch[4] == epoch + 1:
            real(*of_epoch)  # so that the engine is past its checkpoint
            raise KeyboardInterrupt
        return real(*of_epoch)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "_epoch", interrupted)
        train(*arguments)
