"""The rescale rule of DeepLIFT (Shrikumar 2017) for the layers of a network: what a change of input passes on.

A layer that is linear passes on what its gradient says. An elementwise activation multiplies by Δy/Δx, whatever its
shape, and max pooling gives all of Δy to one position, so that contributions sum to the difference of outputs.

Each tensor of the network is held three times: of the sequences, of their references, and one for each pair, whose
values mean nothing and whose gradient is the multiplier. What is not needed of it, compilation leaves out.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers, ops

from expact_utils.attribution import gradients, targets
from expact_utils.attribution.targets import Target
from expact_utils.run.errors import InputError

SMALL = 1e-6  # below this difference of inputs, the slope at the sequence's stands for Δy/Δx
LINEAR = (
    *(layers.InputLayer, layers.BatchNormalization, layers.Dropout, layers.SpatialDropout1D, layers.GaussianNoise),
    *(layers.Flatten, layers.Reshape, layers.Permute, layers.ZeroPadding1D, layers.Cropping1D),
    *(layers.AveragePooling1D, layers.GlobalAveragePooling1D, layers.Add, layers.Subtract, layers.Average),
    *(layers.Concatenate, layers.Rescaling),
)
ELEMENTWISE = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU)
NOT_ELEMENTWISE = ("softmax", "log_softmax", "glu", "sparsemax")
LOWEST = -3e38  # below all values of float32 that occur


class Streams(NamedTuple):
    """A tensor of the network: of sequences, shape=(batch, ...); of references and of pairs, (batch × number, ...)."""

    sequence: Any
    reference: Any
    pair: Any

    def through(self, function: Callable) -> "Streams":
        """All three through a linear function."""
        return Streams(*map(function, self))


def outputs(target: Target, streams: Streams) -> Streams:
    """Outputs of a network, each shape=(..., classes); the gradient of a pair's is its multipliers.

    Raises
    ------
    InputError
        When a layer has no rule.
    """
    model = target.model
    found = {id(model.inputs[0]): streams}
    for layer in model.layers:
        if not isinstance(layer, layers.InputLayer):
            found[id(layer.output)] = _through(layer, _taken(layer, found))
    result = found.get(id(model.outputs[0]))
    if result is None:
        raise _no_rule(model.layers[-1])
    return result if target.dense is None else result.through(lambda y: targets.product(target.dense, y))


def _taken(layer, found: dict) -> list[Streams]:
    """What a layer takes."""
    try:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        return [found[id(one)] for one in inputs]
    except (KeyError, AttributeError, ValueError):  # it is used twice, or follows a bare operation
        raise _no_rule(layer) from None


def _through(layer, taken: list[Streams]) -> Streams:
    if isinstance(layer, LINEAR):
        inputs = [list(of) if len(of) > 1 else of[0] for of in zip(*taken, strict=True)]
        return Streams(*(layer(one, training=False) if _has_training(layer) else layer(one) for one in inputs))
    (streams,) = taken
    if _activation(layer) in NOT_ELEMENTWISE or getattr(layer, "padding", "") == "causal":
        raise _no_rule(layer)
    if isinstance(layer, (layers.Conv1D, layers.Dense)):
        streams = streams.through(lambda x: targets.product(layer, x))
        linear = layer.activation is keras.activations.linear
        return streams if linear else _elementwise(layer.activation, streams)
    if isinstance(layer, ELEMENTWISE):
        return _elementwise(layer, streams)
    if isinstance(layer, layers.GlobalMaxPooling1D):
        pooled = _pooled(streams, streams.sequence.shape[1])
        return pooled.through(lambda y: y if layer.keepdims else ops.squeeze(y, 1))
    if isinstance(layer, layers.MaxPooling1D) and layer.strides == layer.pool_size:
        size, length = layer.pool_size[0], streams.sequence.shape[1]
        return _pooled(_edged(streams, *edges(length, size, layer.padding)), size)
    raise _no_rule(layer)


def _activation(layer) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")


def edges(length: int, size: int, padding: str) -> tuple[int, int]:
    """Positions that pooling adds (or, below 0, leaves out) at the beginning and at the end."""
    if padding == "valid":
        return 0, -(length % size)
    added = -length % size
    return added // 2, added - added // 2


def _has_training(layer) -> bool:
    return isinstance(layer, (layers.BatchNormalization, layers.Dropout, layers.GaussianNoise))


def _no_rule(layer) -> InputError:
    kind = type(layer).__name__
    return InputError(f"DeepSHAP has no rule for layer {layer.name} ({kind}) of this network; other methods need none.")


def _of_pairs(streams: Streams) -> tuple:
    """Values of the sequence and of the reference of each pair."""
    return repeated(streams.sequence, streams.reference), streams.reference


def repeated(of_sequences, of_references):
    """Values of sequences, of as many rows as there are of their references."""
    return ops.repeat(of_sequences, ops.shape(of_references)[0] // ops.shape(of_sequences)[0], axis=0)


def _elementwise(function: Callable, streams: Streams) -> Streams:
    x, r = _of_pairs(streams)
    y = Streams(function(streams.sequence), function(streams.reference), None)
    (after, before), difference = _of_pairs(y), x - r
    small = ops.abs(difference) < SMALL
    ratio = (after - before) / ops.where(small, 1.0, difference)
    flat = repeated(gradients.slope(function, streams.sequence), streams.reference)
    multiplier = ops.where(small, flat, ratio)
    return y._replace(pair=streams.pair * ops.stop_gradient(multiplier))


def _edged(streams: Streams, before: int, after: int) -> Streams:
    """Fill or cut the ends, so that all pools are whole; no maximum is where it was filled."""
    if after < 0:
        return streams.through(lambda x: x[:, :after])
    if not before + after:
        return streams
    widths = ((0, 0), (before, after), (0, 0))
    sequence, reference = (ops.pad(of, widths, constant_values=LOWEST) for of in streams[:2])
    return Streams(sequence, reference, ops.pad(streams.pair, widths))


def _pooled(streams: Streams, size: int) -> Streams:
    """Maximum of every `size` positions: all of the change goes to where the larger of both maxima is, or they are."""
    windows = streams.through(lambda x: ops.reshape(x, (-1, x.shape[1] // size, size, x.shape[2])))
    y = Streams(ops.max(windows.sequence, axis=2), ops.max(windows.reference, axis=2), None)
    (x, r), (after, before) = _of_pairs(windows), _of_pairs(y)
    larger = ops.where(ops.expand_dims(after >= before, 2), x, r)
    chosen = larger == ops.expand_dims(ops.maximum(after, before), 2)
    difference = ops.sum(ops.where(chosen, x - r, 0.0), axis=2)
    small = ops.abs(difference) < SMALL
    ratio = ops.where(small, 1.0, (after - before) / ops.where(small, 1.0, difference))
    multiplier = ops.stop_gradient(ops.where(chosen, ops.expand_dims(ratio, 2), 0.0))
    return y._replace(pair=ops.sum(windows.pair * multiplier, axis=2))
