"""What a Keras model is made of, in the terms of `forward`; or that `forward` does not compute it."""

import re

import keras
from keras import layers

from expact_utils.networks import activations
from expact_utils.networks.forward import Layer

KINDS = {
    layers.InputLayer: "i",
    layers.Conv1D: "c",
    layers.Dense: "d",
    layers.BatchNormalization: "b",
    layers.Activation: "a",
    layers.Rescaling: "r",
    layers.MaxPooling1D: "p",
    layers.Dropout: "o",
    layers.Flatten: "f",
}
ORDER = re.compile(r"i?(cb?r?a?(po?|op?)?)*(f(db?a?o?)*)?")  # in which `forward` computes them


class UnknownLayerError(ValueError):
    """A model that `forward` does not compute; Keras's own layers do."""


def describe(model: keras.Model) -> list[Layer]:
    """Read the layers of a network.

    Raises
    ------
    UnknownLayerError
        When a layer, a setting of one, or their order is none that `forward` computes; the message says which.
    """
    kinds = "".join(_kind(layer) for layer in model.layers)
    if not ORDER.fullmatch(kinds) or not _is_chain(model):
        raise UnknownLayerError("its layers in another order than " + "convolution, normalisation, activation, pooling")
    found: list[dict] = []
    for layer, kind in zip(model.layers, kinds, strict=True):
        _check(layer, kind, _expected(layer, kind))
        match kind:
            case "c" | "d":
                product = layer.padding if kind == "c" else "dense"
                found.append({"product": product, "penalty": _penalty(layer), "bias": layer.use_bias})
            case "b":
                found[-1]["normalisation"] = (layer.momentum, layer.epsilon)
            case "r":
                found[-1]["scale"] = float(layer.scale)
            case "a":
                found[-1]["activation"] = activations.known(layer.activation)
            case "p":
                found[-1] |= {"pool": layer.pool_size[0], "dropout_first": "dropout" in found[-1]}
            case "o":
                found[-1]["dropout"] = layer.rate
    for one in found:
        if one.pop("bias") == ("normalisation" in one):
            raise UnknownLayerError("a bias before a normalisation, or neither")
    return [Layer(**one) for one in found]


def moving_variables(model: keras.Model) -> list[keras.Variable]:
    """Moving mean and variance of each batch normalisation, in the order that `forward` takes them."""
    normalisations = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    return [variable for layer in normalisations for variable in (layer.moving_mean, layer.moving_variance)]


def _kind(layer) -> str:
    if type(layer) not in KINDS:
        raise UnknownLayerError(f"a layer of type {type(layer).__name__}")
    return KINDS[type(layer)]


def _is_chain(model: keras.Model) -> bool:
    """Whether each layer takes what the one before it gives, and nothing else."""
    steps = [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]
    ends = [model.inputs[0], *(layer.output for layer in steps)]
    single = len(model.inputs) == len(model.outputs) == 1 and model.outputs[0] is ends[-1]
    return single and all(layer.input is before for layer, before in zip(steps, ends, strict=False))


def _expected(layer, kind: str) -> dict:
    """Settings without which `forward` would compute something else."""
    constraints = {"bias_regularizer": None, "kernel_constraint": None, "bias_constraint": None}
    linear = {"activation": keras.activations.linear, **constraints}
    match kind:
        case "c":
            return {"strides": (1,), "dilation_rate": (1,), "groups": 1, "data_format": "channels_last", **linear}
        case "d":
            return linear
        case "b":
            free = dict.fromkeys(f"{of}_{what}" for of in ("beta", "gamma") for what in ("regularizer", "constraint"))
            axis = layer.axis if layer.axis == -1 else len(layer.input.shape) - 1
            return {"center": True, "scale": True, "axis": axis, "synchronized": False, **free}
        case "p":
            # What is padded is nothing where the pools fill the positions.
            filled = layer.input.shape[1] % layer.pool_size[0] == 0
            padding = layer.padding if filled else "valid"
            return {"strides": layer.pool_size, "padding": padding, "data_format": "channels_last"}
        case "r":
            return {"offset": 0.0}
        case "o":
            return {"noise_shape": None}
    return {}


def _check(layer, kind: str, expected: dict) -> None:
    always = {"activity_regularizer": None, "trainable": True, "compute_dtype": "float32"}
    for name, value in (always | expected).items():
        found = getattr(layer, name)
        if found != value:
            raise UnknownLayerError(f"{type(layer).__name__} with {name}={found}")
    if kind == "c" and layer.padding not in ("same", "valid"):
        raise UnknownLayerError(f"Conv1D with padding={layer.padding}")
    if kind == "a" and activations.known(layer.activation) is None:
        raise UnknownLayerError(f"the activation {getattr(layer.activation, '__name__', layer.activation)}")


def _penalty(layer) -> float:
    regularizer = layer.kernel_regularizer
    if regularizer is None:
        return 0.0
    if type(regularizer) is not keras.regularizers.L2:
        raise UnknownLayerError(f"{type(layer).__name__} with {type(regularizer).__name__}")
    return float(regularizer.l2)
