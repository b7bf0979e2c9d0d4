"""Networks by name: built anew, or opened as they were trained."""

import zipfile
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from keras import layers, ops

from expact_utils.data.datasets import SHORTEST, Dataset
from expact_utils.networks import architectures, histories
from expact_utils.networks.protocols import Protocol
from expact_utils.run.errors import InputError
from expact_utils.run.files import sha256, verify
from expact_utils.run.names import ARCHITECTURES, Variation, variation
from expact_utils.run.paths import Network, Run

KINDS = (layers.Conv1D, layers.Activation, layers.Rescaling)  # that tell variations apart


def builder(architecture: str) -> Callable[..., keras.Model]:
    """Return the function that builds an architecture of the registry.

    Raises
    ------
    InputError
        When there is no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise InputError(f"{architecture} is no architecture; expected one of {', '.join(ARCHITECTURES)}.")
    return getattr(architectures, architecture.replace("-", "_"))


def build(
    architecture: str,
    length: int,
    classes: int,
    activation: str = "relu",
    protocol: str | Protocol = "preprint2019",
    numbers: bool = False,
) -> keras.Model:
    """Build a network by name; parameters and result as in `architectures.cnn_2`.

    Of `numbers` the last layer is linear: the network of as many classes without its sigmoid.

    Raises
    ------
    InputError
        When there is no such architecture or activation, or the sequences are too short.
    """
    make = builder(architecture)
    if length < SHORTEST:
        raise InputError(f"sequences are {length} nt long; networks need at least {SHORTEST}.")
    model = make(length, classes, activation, protocol)
    return keras.Model(model.inputs[0], model.layers[-1].input, name=model.name) if numbers else model


def rescale(model: keras.Model, mean: np.ndarray, deviation: np.ndarray) -> None:
    """Let a network of standardised numbers predict them in their own units; mean and deviation: shape=(outputs,)."""
    last = model.layers[-1]
    last.kernel.assign(ops.convert_to_numpy(last.kernel) * deviation)
    last.bias.assign(ops.convert_to_numpy(last.bias) * deviation + mean)


def load(run: Run, network: Network, data: Dataset) -> keras.Model:
    """Open a trained network of a run.

    Parameters
    ----------
    run : Run
        Has its file.
    network : Network
        Which.
    data : Dataset
        What it was trained on.

    Returns
    -------
    keras.Model
        As `build` makes it.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, or not a Keras model; when it is not the network that its
        history tells of; or when it is another architecture, or of sequences of another length or with other classes.
    """
    path = run.model(network)
    if not path.is_file():
        raise InputError(f"{path} does not exist; expected a trained network (02_training.ipynb makes one).")
    verify(path)
    if histories.of_model(run, network) not in (None, sha256(path)):
        name = run.history(network).name
        raise InputError(f"{path} is not the network of {name}; delete it, and the run makes it again.")
    try:
        model = keras.saving.load_model(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a readable Keras model: {str(error).splitlines()[0]}") from None
    found = _described(model)
    activation = replace(variation(network.activation), initializer="").label
    expected = _description(network.architecture, activation, data.length, len(data.class_names))
    if found != expected:
        raise InputError(f"{path} holds a network {found}; expected {expected}.")
    return model


def first_convolution(model: keras.Model) -> layers.Layer:
    """First convolution of a network: its filters are those that are read as motifs."""
    return next(layer for layer in model.layers if isinstance(layer, layers.Conv1D))


def first_activation(model: keras.Model) -> layers.Layer:
    """Layer that ends a network's first one: what it puts out are the filters' activations."""
    return next(layer for layer in model.layers if isinstance(layer, layers.Activation))


def _described(model: keras.Model) -> str:
    of_kind = {kind: [layer for layer in model.layers if isinstance(layer, kind)] for kind in KINDS}
    convolutions, functions, factors = of_kind.values()
    names = [layer.activation.__name__ for layer in functions[: len(convolutions)]] or ["no activation"]
    while len(names) > 1 and names[-1] == "relu":
        names.pop()
    scale = float(factors[0].scale) if factors else 1.0
    batch_norm = not (convolutions and convolutions[0].use_bias)
    activation = Variation(tuple(names), scale, batch_norm).label
    return _description(model.name, activation, model.input_shape[1], model.output_shape[-1])


def _description(architecture: str, activation: str, length: int, classes: int) -> str:
    return f"{architecture} {activation} of {length} nt and {classes} classes"
