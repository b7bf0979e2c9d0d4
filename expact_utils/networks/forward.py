"""The forward pass that training computes: the numbers of a Keras model's own layers, in less time.

Keras keeps the model, its weights and its file; `describe` reads the layers of a model once, and `forward` computes
with arrays that have a leading axis of trials, so that a graphics card can train many at a time. It is faster than the
layers themselves because

- max pooling comes first where that is the same: batch normalisation is monotonic, and so are most activations, so
  they can work on the maxima alone, a 2nd to a 50th of the values (a channel with a negative scale has its kernel's
  sign turned for that);
- a channel's mean and mean square come from one look at the convolution's result (`Engine.moments`);
- dropout takes 16 random bits a value.
"""

from dataclasses import dataclass

import numpy as np
from keras import ops

from expact_utils.networks import activations

RANDOM_VALUES = 2**16  # of the bits that dropout compares with its rate


@dataclass(frozen=True)
class Layer:
    """A layer in the paper's sense: product, batch normalisation, activation, max pooling, dropout.

    `product` is `same` or `valid` (a convolution with that padding) or `dense`. Without `normalisation` (momentum
    and epsilon) the product has a bias. The activation gets `scale` times that. `dropout_first`: before max pooling.
    """

    product: str
    penalty: float
    normalisation: tuple[float, float] | None = None
    activation: str = "linear"
    scale: float = 1.0
    pool: int = 1
    dropout: float = 0.0
    dropout_first: bool = False


def forward(engine, networks: list[list[Layer]], weights: list, moving: list, x, seeds=None) -> tuple:
    """Compute the probabilities of several networks, of one architecture.

    Parameters
    ----------
    engine : Engine
        Of `engine_tensorflow` or `engine_jax`: convolution, pooling, moments and random bits.
    networks : list[list[Layer]]
        Layers of each trial's network, from `describe`; they may differ in their activations alone.
    weights, moving : list
        Trainable and moving variables, in the model's order, each with a leading axis of trials.
    x : array
        One-hot sequences, shape=(trials or 1, batch, length, 4).
    seeds : array, optional
        In training: seeds of the dropout, shape=(trials, 2). Without them batch normalisation takes its moving
        variables and nothing is dropped.

    Returns
    -------
    array, list
        Probabilities, shape=(trials, batch, classes), and the moving variables after this batch.
    """
    training, moved = seeds is not None, []
    left, left_moving = iter(weights), iter(moving)
    for i, layers in enumerate(zip(*networks, strict=True)):
        layer, names, kernel = layers[0], [layer.activation for layer in layers], next(left)
        # Pooling is last where dropout chooses among what is pooled, and first where the activation allows it.
        pool_last = training and layer.dropout_first
        pool_first = not pool_last and all(map(activations.monotonic, names))
        first_pool = layer.pool if pool_first else 1
        if layer.normalisation:
            variables = next(left), next(left), next(left_moving), next(left_moving)
            x, mean, variance = _normalised(engine, layer, x, kernel, *variables, training, first_pool)
            moved += [mean, variance]
        else:
            x = _pooled(engine, _product(engine, layer, x, kernel) + channels(next(left), x), first_pool)
        x = _activated(_scaled(x, [layer.scale for layer in layers]), names)
        if not (pool_first or pool_last):
            x = _pooled(engine, x, layer.pool)
        if training and layer.dropout:
            x = x * _mask(engine, layer.dropout, seeds, i, x.shape)
        if pool_last:
            x = _pooled(engine, x, layer.pool)
    return x, moved


def penalty(layers: list[Layer], weights: list):
    """L2 penalty on the kernels, summed over trials."""
    kernels = [weight for weight in weights if len(weight.shape) > 2]  # the others: trials and channels
    return sum(layer.penalty * ops.sum(kernel * kernel) for layer, kernel in zip(layers, kernels, strict=True))


def channels(values, like):
    """Values of each trial and channel, shape=(trials, channels), as factors or terms of `like`."""
    return ops.reshape(values, (values.shape[0], *[1] * (len(like.shape) - 2), values.shape[1]))


def _normalised(engine, layer: Layer, x, kernel, gamma, beta, mean, variance, training: bool, pool: int):
    """Product, max pooling and batch normalisation; and the moving mean and variance after it."""
    assert layer.normalisation  # else it is not called
    momentum, epsilon = layer.normalisation
    sign = ops.where(gamma < 0, -1.0, 1.0)  # so that the maximum stays the maximum
    y = _product(engine, layer, x, kernel * channels(sign, kernel))
    used_mean, used_variance = mean * sign, variance
    if training:
        used_mean, mean_square = engine.moments(y)
        # Rounding makes the variance of a nearly constant channel negative.
        used_variance = ops.maximum(mean_square - used_mean * used_mean, 0.0)
        mean = mean * momentum + used_mean * sign * (1 - momentum)
        variance = variance * momentum + used_variance * (1 - momentum)
    scale = gamma * sign * ops.rsqrt(used_variance + epsilon)
    return engine.affine(_pooled(engine, y, pool), scale, beta - used_mean * scale), mean, variance


def _product(engine, layer: Layer, x, kernel):
    if layer.product == "dense":
        return ops.matmul(ops.reshape(x, (x.shape[0], -1, kernel.shape[1])), kernel)
    return engine.convolve(x, kernel, layer.product)


def _pooled(engine, x, size: int):
    return engine.max_pool(x, size) if size > 1 else x


def _scaled(x, factors: list[float]):
    """Multiply each trial's values; positive factors, so that the maximum stays the maximum."""
    return x if set(factors) == {1.0} else x * channels(np.array(factors, "float32")[:, None], x)


def _activated(x, names: list[str]):
    """Apply each trial's activation."""
    first, *others = dict.fromkeys(names)
    result = activations.get(first)(x)
    for name in others:
        own = channels(np.array([[of_trial == name] for of_trial in names]), x)
        # The inner choice keeps the function of another trial's value, which may be infinite, out of the gradient.
        result = ops.where(own, activations.get(name)(ops.where(own, x, 0.0)), result)
    return result


def _mask(engine, rate: float, seeds, layer: int, shape):
    dropped = round(rate * RANDOM_VALUES)
    kept = engine.random_bits(seeds, layer, shape) >= dropped
    return ops.cast(kept, "float32") * (1 / (1 - dropped / RANDOM_VALUES))
