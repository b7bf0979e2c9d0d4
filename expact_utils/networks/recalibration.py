"""Batch normalisation's statistics as they are at inference.

In training, means and variances follow mini-batches whose values dropout has thinned and scaled up; behind an
exponential, that alone moves them. Measured anew without dropout, they fit what a network sees when it predicts.
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import layers, ops

from expact_utils.data.datasets import Array
from expact_utils.dna.letters import one_hot

BATCH = 500


def recalibrated(model: keras.Model, codes: Array) -> keras.Model:
    """Copy of a network whose moving means and variances are those of all `codes`, without dropout.

    Parameters
    ----------
    model : keras.Model
        A chain of layers; input: shape=(-1, length, 4), one-hot. It is not changed.
    codes : array
        Training sequences, int8, shape=(N, length).

    Returns
    -------
    keras.Model
        Each normalisation in turn, from the first, gets the statistics of what it receives from those before it.
    """
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for layer in copy.layers:
        if isinstance(layer, layers.BatchNormalization):
            mean, variance = _moments(keras.Model(copy.input, layer.input), codes)
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)
    return copy


def _moments(before: keras.Model, codes: Array) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each channel."""
    sums = np.zeros((3, before.output.shape[-1]))
    for values in _values(before, codes):
        sums[0] += len(values)
        sums[1:] += values.sum(axis=0), np.square(values).sum(axis=0)
    number, total, squares = sums
    return total / number, np.maximum(squares / number - np.square(total / number), 0)


def _values(before: keras.Model, codes: Array) -> Iterator[np.ndarray]:
    for start in range(0, len(codes), BATCH):
        found = ops.convert_to_numpy(before(one_hot(codes[start : start + BATCH]), training=False))
        yield found.reshape(-1, found.shape[-1]).astype(np.float64)
