"""Batch normalisation's statistics, against those of the values themselves."""

import keras
import numpy as np
import toys
from keras import layers

from expact_utils.dna.letters import one_hot
from expact_utils.networks.recalibration import recalibrated


def test_statistics_are_those_of_the_sequences_without_dropout():
    model, (codes, _) = toys.randomised("cnn-50", "exponential"), toys.batch(40)
    before = [value.copy() for value in model.get_weights()]
    found = recalibrated(model, codes)
    normalised = [layer for layer in found.layers if isinstance(layer, layers.BatchNormalization)]
    assert len(normalised) == 3
    for layer in normalised:
        values = keras.Model(found.input, layer.input)(one_hot(codes), training=False).numpy()
        values = values.reshape(-1, values.shape[-1])
        np.testing.assert_allclose(layer.moving_mean, values.mean(axis=0), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(layer.moving_variance, values.var(axis=0), rtol=1e-3, atol=1e-5)
    for unchanged, value in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(unchanged, value)
    for weight, copy in zip(model.trainable_weights, found.trainable_weights, strict=True):
        np.testing.assert_array_equal(weight, copy)
