"""Layers of a Keras network as `steps`."""

import keras
import numpy as np
from keras import layers

from expact_utils.networks import activations
from expact_utils.networks.foreign.first import Activate, Normalise
from expact_utils.networks.foreign.keras_graph import Call, Graph
from expact_utils.networks.foreign.steps import Convolve, Onward, Pad, Rearrange, Reshape, Step, Unclear

NOTHING = (
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
)


def onward(graph: Graph) -> Onward:
    """What is made of each tensor of a network, as `steps.follow` asks for it."""
    uses: dict[int, list[Call]] = {}
    _collect(graph, {}, uses)

    def of(value):
        found = uses.get(id(value), [])
        return [(_steps(call), call.output) for call in {id(call.output): call for call in found}.values()]

    return of


def _collect(graph: Graph, same: dict, uses: dict[int, list[Call]]) -> None:
    """Uses of tensors, networks within the network included: their input is the tensor outside."""
    for call in graph.calls:
        if call.inside is None or len(call.inputs) != 1:
            for tensor in call.inputs:
                uses.setdefault(id(same.get(id(tensor), tensor)), []).append(call)
            continue
        start = call.inside.model.inputs[0]
        outside = same.get(id(call.inputs[0]), call.inputs[0])
        same[id(start)] = outside
        _collect(call.inside, same, uses)
        end = call.inside.model.outputs[0]
        same[id(call.output)] = same.get(id(end), end)


def _steps(call: Call) -> list[Step] | None:
    layer = call.layer
    if isinstance(layer, NOTHING):
        return []
    if isinstance(layer, layers.Concatenate):
        axis = layer.axis % len(call.output.shape)
        return [] if all(one is call.inputs[0] for one in call.inputs) and axis == len(call.output.shape) - 1 else None
    if type(layer) in (layers.Conv1D, layers.Conv2D, layers.SeparableConv1D):
        return [_convolution(layer), *_inline(layer)]
    if isinstance(layer, layers.BatchNormalization):
        return [_normalisation(layer)]
    if isinstance(layer, layers.Permute):
        return [Rearrange((0, *layer.dims))]
    if isinstance(layer, layers.Reshape):
        return [Reshape(tuple(call.output.shape[1:]))]
    if isinstance(layer, layers.ZeroPadding1D) and layer.data_format == "channels_last":
        return [Pad(tuple(layer.padding))]
    return _activation(layer)


def _activation(layer: keras.Layer) -> list[Step] | None:
    if isinstance(layer, layers.Activation):
        return _named(layer.activation)
    if isinstance(layer, layers.LeakyReLU):
        return [Activate("leaky_relu", {"negative_slope": float(layer.negative_slope)})]
    if isinstance(layer, layers.ELU):
        return [Activate("elu", {"alpha": float(layer.alpha)})]
    if isinstance(layer, layers.ReLU):
        top = None if layer.max_value is None else float(layer.max_value)
        slopes = {"negative_slope": float(layer.negative_slope), "threshold": float(layer.threshold)}
        plain = top is None and not any(slopes.values())
        return [Activate("relu", {} if plain else {**slopes, "max_value": top})]
    return [Unclear()] if isinstance(layer, layers.PReLU) else None


def _named(function) -> list[Step]:
    name = activations.known(function)
    return [Activate(name) if name else Unclear()]


def _inline(layer) -> list[Step]:
    """Activation that is a convolution's own setting; `linear` means that the next layer may be it."""
    return [] if layer.activation is keras.activations.linear else _named(layer.activation)


def _convolution(layer) -> Convolve:
    sliding = layer.rank
    first = layer.data_format == "channels_first"
    places = (*range(2, 2 + sliding), 1) if first else tuple(range(1, 2 + sliding))
    if isinstance(layer, layers.SeparableConv1D):
        deep, point = np.asarray(layer.depthwise_kernel), np.asarray(layer.pointwise_kernel)[0]
        kernel = np.einsum("wim,imf->wif", deep, point.reshape(*deep.shape[1:], -1))
    else:
        kernel = np.asarray(layer.kernel)
    padding = tuple(_ends(layer, place) for place in range(sliding))
    bias = np.asarray(layer.bias) if layer.use_bias else None
    groups = getattr(layer, "groups", 1)
    return Convolve(kernel, places, bias, padding, tuple(layer.strides), tuple(layer.dilation_rate), groups)


def _ends(layer, place: int) -> tuple[int, int] | str:
    if layer.padding == "causal":
        return (layer.kernel_size[place] - 1) * layer.dilation_rate[place], 0
    return "same" if layer.padding == "same" else (0, 0)


def _normalisation(layer: layers.BatchNormalization) -> Normalise:
    scale = 1 / np.sqrt(np.asarray(layer.moving_variance, np.float64) + layer.epsilon)
    scale = scale * np.asarray(layer.gamma) if layer.scale else scale
    shift = -np.asarray(layer.moving_mean) * scale
    return Normalise(scale, shift + np.asarray(layer.beta) if layer.center else shift)
