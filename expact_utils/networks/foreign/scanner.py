"""A Keras model of somebody's first layer alone, by which its filters are read as those of any network."""

from dataclasses import replace

import keras
import numpy as np
from keras import layers

from expact_utils.dna.letters import BASES
from expact_utils.networks import activations
from expact_utils.networks.foreign.first import Activate, FirstConvolution
from expact_utils.run.errors import InputError


def scanner(first: FirstConvolution, length: int) -> keras.Model:
    """First layer at every position of a sequence, whatever its own padding and stride.

    What comes before the convolution takes each base by itself, so it is part of the kernel here, as is the batch
    normalisation; a dilated kernel has zeros in its gaps. In a window without N it computes what the network does.

    Parameters
    ----------
    first : FirstConvolution
        Its numbers.
    length : int
        Of the sequences, in nucleotides.

    Returns
    -------
    keras.Model
        Input: shape=(-1, length, 4), bases A C G T. Output: the activations, shape=(-1, length, filters).

    Raises
    ------
    InputError
        When the file does not tell the activation, or a filter is longer than the sequences.
    """
    activation = first.known_activation
    kernel, bias = _folded(first)
    if len(kernel) > length:
        raise InputError(f"sequences are {length} nt long; a filter of the network sees {len(kernel)} nt.")
    start = keras.Input((length, BASES))
    convolution = layers.Conv1D(first.filters, len(kernel), padding="same", name="filters")
    model = keras.Model(start, layers.Activation(_function(activation), name="activation")(convolution(start)))
    convolution.set_weights([kernel, bias])
    return model


def fresh(first: FirstConvolution, seed: int) -> FirstConvolution:
    """Return a first layer of the same shape that learned nothing: Glorot's uniform weights, no bias, no normalisation.

    A normalisation that is new changes nothing.
    """
    limit = np.sqrt(6 / (first.width * (BASES + first.filters)))
    kernel = np.random.default_rng(seed).uniform(-limit, limit, first.kernel.shape).astype(np.float32)
    return replace(first, kernel=kernel, bias=np.zeros_like(first.bias), scale=None, shift=None)


def _function(activation: Activate):
    """Activation as Keras takes it."""
    function = activations.get(activation.name)
    return lambda values: function(values, **activation.settings)


def _folded(first: FirstConvolution) -> tuple[np.ndarray, np.ndarray]:
    """Kernel, shape=(span, 4, filters), and bias, shape=(filters,), of all that comes before the activation.

    A base is 0 or 1, and a function of either is a line through two points.
    """
    values = np.stack([np.zeros(BASES, np.float32), np.ones(BASES, np.float32)])
    for step in first.before:
        values = step(values)
    absent, present = values
    bias = first.bias + np.einsum("wbf,b->f", first.kernel, absent)
    kernel = first.kernel * (present - absent)[:, None]
    if first.scale is not None and first.shift is not None:
        kernel, bias = kernel * first.scale, bias * first.scale + first.shift
    spread = np.zeros(((first.width - 1) * first.dilation + 1, *kernel.shape[1:]), np.float32)
    spread[:: first.dilation] = kernel
    return spread, bias.astype(np.float32)
