"""Keras layers by name: a row says which settings of a config, old or new, make the layer.

Layers are made here, from these settings alone, and never by what a file asks for. So a file can name no class, no
function and no code; what has no row is refused. Settings that only matter for training are left out.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import layers

from expact_utils.networks import activations
from expact_utils.networks.foreign.safety import ONNX_KERAS
from expact_utils.run.errors import InputError


class Row(NamedTuple):
    """A layer: its class, and the settings that it takes."""

    make: Callable[..., keras.Layer]
    settings: tuple[str, ...] = ()


_CONVOLUTION = (
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "activation",
    "use_bias",
)
_SEPARABLE = (*_CONVOLUTION, "depth_multiplier")
_DEPTHWISE = tuple(name for name in _SEPARABLE if name != "filters")
_POOLING = ("pool_size", "strides", "padding", "data_format")
_RECURRENT = ("units", "activation", "use_bias", "return_sequences", "go_backwards", "recurrent_activation")

LAYERS = {
    "Conv1D": Row(layers.Conv1D, (*_CONVOLUTION, "groups")),
    "Conv2D": Row(layers.Conv2D, (*_CONVOLUTION, "groups")),
    "SeparableConv1D": Row(layers.SeparableConv1D, _SEPARABLE),
    "DepthwiseConv1D": Row(layers.DepthwiseConv1D, _DEPTHWISE),
    "DepthwiseConv2D": Row(layers.DepthwiseConv2D, _DEPTHWISE),
    "Dense": Row(layers.Dense, ("units", "activation", "use_bias")),
    "BatchNormalization": Row(layers.BatchNormalization, ("axis", "momentum", "epsilon", "center", "scale")),
    "LayerNormalization": Row(layers.LayerNormalization, ("axis", "epsilon", "center", "scale")),
    "Activation": Row(layers.Activation, ("activation",)),
    "ReLU": Row(layers.ReLU, ("max_value", "negative_slope", "threshold")),
    "LeakyReLU": Row(layers.LeakyReLU, ("negative_slope",)),
    "ELU": Row(layers.ELU, ("alpha",)),
    "PReLU": Row(layers.PReLU, ("shared_axes",)),
    "Softmax": Row(layers.Softmax, ("axis",)),
    "MaxPooling1D": Row(layers.MaxPooling1D, _POOLING),
    "MaxPooling2D": Row(layers.MaxPooling2D, _POOLING),
    "AveragePooling1D": Row(layers.AveragePooling1D, _POOLING),
    "AveragePooling2D": Row(layers.AveragePooling2D, _POOLING),
    "GlobalMaxPooling1D": Row(layers.GlobalMaxPooling1D, ("data_format", "keepdims")),
    "GlobalMaxPooling2D": Row(layers.GlobalMaxPooling2D, ("data_format", "keepdims")),
    "GlobalAveragePooling1D": Row(layers.GlobalAveragePooling1D, ("data_format", "keepdims")),
    "GlobalAveragePooling2D": Row(layers.GlobalAveragePooling2D, ("data_format", "keepdims")),
    "Flatten": Row(layers.Flatten, ("data_format",)),
    "Reshape": Row(layers.Reshape, ("target_shape",)),
    "Permute": Row(layers.Permute, ("dims",)),
    "RepeatVector": Row(layers.RepeatVector, ("n",)),
    "ZeroPadding1D": Row(layers.ZeroPadding1D, ("padding", "data_format")),
    "ZeroPadding2D": Row(layers.ZeroPadding2D, ("padding", "data_format")),
    "Cropping1D": Row(layers.Cropping1D, ("cropping",)),
    "UpSampling1D": Row(layers.UpSampling1D, ("size",)),
    "Dropout": Row(layers.Dropout, ("rate",)),
    "SpatialDropout1D": Row(layers.SpatialDropout1D, ("rate",)),
    "SpatialDropout2D": Row(layers.SpatialDropout2D, ("rate", "data_format")),
    "AlphaDropout": Row(layers.AlphaDropout, ("rate",)),
    "GaussianDropout": Row(layers.GaussianDropout, ("rate",)),
    "GaussianNoise": Row(layers.GaussianNoise, ("stddev",)),
    "ActivityRegularization": Row(layers.Identity),
    "Identity": Row(layers.Identity),
    "Add": Row(layers.Add),
    "Subtract": Row(layers.Subtract),
    "Multiply": Row(layers.Multiply),
    "Average": Row(layers.Average),
    "Maximum": Row(layers.Maximum),
    "Minimum": Row(layers.Minimum),
    "Concatenate": Row(layers.Concatenate, ("axis",)),
    "Dot": Row(layers.Dot, ("axes", "normalize")),
    "LSTM": Row(layers.LSTM, _RECURRENT),
    "GRU": Row(layers.GRU, (*_RECURRENT, "reset_after")),
    "MultiHeadAttention": Row(
        layers.MultiHeadAttention, ("num_heads", "key_dim", "value_dim", "use_bias", "output_shape", "attention_axes")
    ),
}  # fmt: skip
WRAPPERS = ("Bidirectional", "TimeDistributed")
MODELS = ("Sequential", "Model", "Functional")
OLD_LAYERS = {"Convolution1D": "Conv1D", "Convolution2D": "Conv2D"}
OLD_SETTINGS = {
    "nb_filter": "filters", "filter_length": "kernel_size", "border_mode": "padding", "subsample": "strides",
    "subsample_length": "strides", "dim_ordering": "data_format", "bias": "use_bias", "output_dim": "units",
    "p": "rate", "pool_length": "pool_size", "stride": "strides", "inner_activation": "recurrent_activation",
    "sigma": "stddev",
}  # fmt: skip
OLD_FORMATS = {"th": "channels_first", "tf": "channels_last"}
MERGES = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
# Settings that change what a layer computes, and the values of them that change nothing.
HARMLESS = {
    "stateful": (False,), "noise_shape": (None,), "time_major": (False,),
    "mode": (0,), "renorm": (False,), "interpolation": ("nearest",), "rms_scaling": (False,),
    "gate": (None,), "mask_zero": (False,), "return_state": (False,),
}  # fmt: skip


@keras.saving.register_keras_serializable("expact")
def old_hard_sigmoid(x):
    """Compute the hard sigmoid of Keras 1 and 2, max(0, min(1, 0.2 x + 0.5)); that of Keras 3 has another slope."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def modern(name: str, settings: dict) -> tuple[str, dict]:
    """Name and settings of a layer as Keras 3 has them, from those of any Keras."""
    found = {}
    for key, value in settings.items():
        value = OLD_FORMATS.get(value, value) if key == "dim_ordering" else value
        found[OLD_SETTINGS.get(key, key)] = value
    if "nb_row" in settings:
        found["kernel_size"] = (settings["nb_row"], settings["nb_col"])
    if name == "LeakyReLU" and "alpha" in settings:
        found["negative_slope"] = settings["alpha"]
    if name == "UpSampling1D" and "length" in settings:
        found["size"] = settings["length"]
    if name == "Merge" and settings.get("mode") in MERGES:
        return MERGES[settings["mode"]], {"name": settings.get("name"), "axis": settings.get("concat_axis", -1)}
    return OLD_LAYERS.get(name, name), found


def build(name: str, settings: dict, old: bool, where: str) -> keras.Layer:
    """Make a layer.

    Parameters
    ----------
    name : str
        Of its class, as `modern` gives it.
    settings : dict
        As `modern` gives them.
    old : bool
        Whether a Keras before 3 wrote them.
    where : str
        Of the network, for messages.

    Raises
    ------
    InputError
        When there is no row for it, or it has a setting that Keras 3 does not know.
    """
    label = f"{where}: layer {settings.get('name', name)}"
    row = LAYERS.get(name)
    if row is None:
        reason = "a Lambda layer holds code" if "Lambda" in name else f"{name} is no layer that expact knows"
        raise InputError(f"{label}: {reason}; export the network where it comes from: {ONNX_KERAS}.")
    for key, allowed in HARMLESS.items():
        if key in settings and settings[key] not in allowed and key not in row.settings:
            raise InputError(f"{label} has {key}={settings[key]}, which expact does not compute; {ONNX_KERAS}.")
    given = {key: settings[key] for key in row.settings if key in settings}
    for key in given:
        if key.endswith("activation"):
            given[key] = _activation(given[key], old, label)
    if isinstance(given.get("axis"), list) and len(given["axis"]) == 1:  # as Keras 2 writes that of a normalisation
        given["axis"] = given["axis"][0]
    if name == "SeparableConv1D" or isinstance(settings.get("name"), str):
        given["name"] = settings.get("name")
    try:
        return row.make(**given)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(f"{label} cannot be built: {str(error).splitlines()[0]}") from None


def _activation(value: Any, old: bool, label: str) -> Any:
    """Function of an activation; Keras writes its name, or where its function is."""
    if isinstance(value, dict):
        value = value.get("config", {}).get("name") if isinstance(value.get("config"), dict) else value.get("config")
    if value is None:
        return None
    if old and value == "hard_sigmoid":
        return old_hard_sigmoid
    if not isinstance(value, str):
        raise InputError(f"{label} has an activation that is no name; export the network: {ONNX_KERAS}.")
    try:
        return activations.get(value)
    except InputError:
        raise InputError(
            f"{label} has the activation {value}, which Keras does not know; name the module that defines it "
            f"(modules), or export the network: {ONNX_KERAS}."
        ) from None
