"""Fixtures of the tests that train."""

import numpy as np
import pytest

from expact_utils.networks import training

ENGINES: dict = {}


@pytest.fixture
def compiled_once(monkeypatch):
    """Trainings of one kind share an engine, as the trials of a run do: compiling takes most of a toy's training.

    TensorFlow forgets what it compiled when its seed is set; no number here comes from that one.
    """
    create = training._trainer

    def shared(trials, last):
        settings, shape = trials[0].settings, (trials[0].model.input_shape, trials[0].model.output_shape)
        kind = settings.architecture, settings.activation, settings.protocol, settings.batch_size, shape
        ENGINES[kind] = create(trials, last or ENGINES.get(kind))
        return ENGINES[kind]

    monkeypatch.setattr(training, "_trainer", shared)
    monkeypatch.setattr("tensorflow.random.set_seed", lambda seed: None)


@pytest.fixture
def meaningless(tiny):
    """Labels that have nothing to do with the sequences, half of them 1."""
    rng = np.random.default_rng(1)
    for split, labels in tiny.Y.items():
        tiny.Y[split] = rng.integers(0, 2, labels.shape, dtype=np.int8)
    return tiny
