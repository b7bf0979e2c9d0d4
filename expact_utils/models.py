"""The three networks: CNN-2, CNN-50 and CNN-deep (Koo & Ploenzke 2019, Methods, "Models").

A layer is convolution without bias, batch normalisation, activation, max pooling, dropout, in that order (dropout
before pooling under `journal2020`, see `protocols`).
`activation` acts on the first layer only and sees the batch-normalised value; every other layer is a ReLU.
"""

import zipfile

import keras
from keras import layers, regularizers

from expact_utils.datasets import Dataset
from expact_utils.errors import InputError
from expact_utils.files import read_json, sha256, verify
from expact_utils.protocols import PROTOCOLS, Protocol
from expact_utils.runs import Run

FIRST_WIDTH = 19
DENSE_UNITS = 512
L2 = 1e-6


def cnn_2(length: int, classes: int, activation: str = "relu", protocol: str = "preprint2019") -> keras.Model:
    """CNN-2: a small first pool (2), then a large one (50), so motifs may be assembled in layer 2.

    Parameters
    ----------
    length : int
        Sequence length in nucleotides, at least 100 (two pools of 2 and 50).
    classes : int
        Number of sigmoid outputs.
    activation : str
        Activation of the first layer, `relu` or `exponential`.
    protocol : str
        One of `protocols.PROTOCOLS`, which sets numbers of filters, initialisation and where dropout comes.

    Returns
    -------
    keras.Model
        Input: shape=(-1, length, 4), one-hot. Output: shape=(-1, classes), probabilities.
    """
    return _two_layers("cnn-2", (2, 50), length, classes, activation, PROTOCOLS[protocol])


def cnn_50(length: int, classes: int, activation: str = "relu", protocol: str = "preprint2019") -> keras.Model:
    """CNN-50: a large first pool (50) leaves layer 1 alone with whole motifs. Parameters as in `cnn_2`."""
    return _two_layers("cnn-50", (50, 2), length, classes, activation, PROTOCOLS[protocol])


def cnn_deep(length: int, classes: int, activation: str = "relu", protocol: str = "preprint2019") -> keras.Model:
    """CNN-deep: four convolutions, no pool after the first. Parameters as in `cnn_2`; `length` at least 95."""
    rules = PROTOCOLS[protocol]
    wider = rules.widening(length)
    sequence = keras.Input((length, 4), name="sequence")
    x = _convolution(sequence, rules, rules.filters * wider, FIRST_WIDTH, "same", activation, dropout=0.1)
    for of_layer, dropout in zip(rules.deep, (0.2, 0.3, 0.4), strict=True):
        filters = of_layer.filters * wider
        x = _convolution(x, rules, filters, of_layer.width, of_layer.padding, "relu", dropout, of_layer.pool)
    return _classifier("cnn-deep", sequence, x, rules, DENSE_UNITS * wider, classes)


NETWORKS = {"cnn-2": cnn_2, "cnn-50": cnn_50, "cnn-deep": cnn_deep}


def build(
    architecture: str, length: int, classes: int, activation: str = "relu", protocol: str = "preprint2019"
) -> keras.Model:
    """Build a network by name; parameters and result as in `cnn_2`.

    Raises
    ------
    InputError
        When sequences of this length leave nothing after the network's pools.
    """
    shortest = PROTOCOLS[protocol].shortest[architecture]
    if length < shortest:
        raise InputError(f"sequences are {length} nt long; {architecture} needs at least {shortest} for its pools.")
    return NETWORKS[architecture](length, classes, activation, protocol)


def load(run: Run, key: tuple[str, str, str, int], data: Dataset) -> keras.Model:
    """Open a trained network of a run.

    Parameters
    ----------
    run : Run
        Has its file.
    key : tuple
        Dataset, architecture, activation and trial.
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
    path, (_, architecture, activation, _) = run.model(*key), key
    if not path.is_file():
        raise InputError(f"{path} does not exist; expected a trained network (02_training.ipynb makes one).")
    verify(path)
    history = run.history(*key)
    told = read_json(history).get("network") if history.is_file() else None
    if told not in (None, sha256(path)):
        raise InputError(f"{path} is not the network of {history.name}; delete it, and the run makes it again.")
    try:
        model = keras.saving.load_model(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a readable Keras model: {str(error).splitlines()[0]}") from None
    found = _described(model)
    expected = _description(architecture, activation, data.length, len(data.class_names))
    if found != expected:
        raise InputError(f"{path} holds a network {found}; expected {expected}.")
    return model


def _described(model: keras.Model) -> str:
    first = next((layer for layer in model.layers if isinstance(layer, layers.Activation)), None)
    activation = first.activation.__name__ if first else "no activation"
    return _description(model.name, activation, model.input_shape[1], model.output_shape[-1])


def _description(architecture: str, activation: str, length: int, classes: int) -> str:
    return f"{architecture} {activation} of {length} nt and {classes} classes"


def _two_layers(name, pools, length, classes, activation, rules: Protocol) -> keras.Model:
    wider = rules.widening(length)
    sequence = keras.Input((length, 4), name="sequence")
    x = _convolution(sequence, rules, rules.filters * wider, FIRST_WIDTH, "same", activation, 0.1, pools[0])
    x = _convolution(x, rules, rules.second * wider, 5, "same", "relu", 0.1, pools[1])
    return _classifier(name, sequence, x, rules, DENSE_UNITS * wider, classes)


def _convolution(x, rules: Protocol, filters, width, padding, activation, dropout, pool=1):
    x = layers.Conv1D(filters, width, padding=padding, use_bias=False, **_kernel(rules))(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation(activation)(x)
    if rules.dropout_first:
        x = layers.Dropout(dropout)(x)
    if pool > 1:
        x = layers.MaxPooling1D(pool)(x)
    return x if rules.dropout_first else layers.Dropout(dropout)(x)


def _classifier(name, sequence, x, rules: Protocol, units, classes) -> keras.Model:
    x = layers.Flatten()(x)
    x = layers.Dense(units, use_bias=False, **_kernel(rules))(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(classes, **_kernel(rules, rules.output_penalty))(x)
    return keras.Model(sequence, layers.Activation("sigmoid", name="probability")(x), name=name)


def _kernel(rules: Protocol, penalised: bool = True) -> dict:
    regularizer = regularizers.L2(L2) if penalised else None
    return {"kernel_initializer": rules.initializer, "kernel_regularizer": regularizer}
