"""The three networks: CNN-2, CNN-50 and CNN-deep (Koo & Ploenzke 2019, Methods, "Models").

A layer is convolution without bias, batch normalisation, activation, max pooling, dropout, in that order.
`activation` acts on the first layer only and sees the batch-normalised value; every other layer is a ReLU.
"""

import zipfile
from pathlib import Path

import keras
from keras import layers, regularizers

from expact_utils.errors import InputError

L2 = 1e-6
DENSE_UNITS = 512


def cnn_2(length: int, classes: int, activation: str = "relu", filters: int = 30) -> keras.Model:
    """CNN-2: a small first pool (2), then a large one (50), so motifs may be assembled in layer 2.

    Parameters
    ----------
    length : int
        Sequence length in nucleotides, at least 100 (two pools of 2 and 50).
    classes : int
        Number of sigmoid outputs.
    activation : str
        Activation of the first layer, `relu` or `exponential`.
    filters : int
        Number of first-layer filters.

    Returns
    -------
    keras.Model
        Input: shape=(-1, length, 4), one-hot. Output: shape=(-1, classes), probabilities.
    """
    sequence = keras.Input((length, 4), name="sequence")
    x = _convolution(sequence, filters, 19, activation, pool=2, dropout=0.1)
    x = _convolution(x, 128, 5, "relu", pool=50, dropout=0.1)
    return _classifier(sequence, x, classes, "cnn-2")


def cnn_50(length: int, classes: int, activation: str = "relu", filters: int = 30) -> keras.Model:
    """CNN-50: a large first pool (50) leaves layer 1 alone with whole motifs. Parameters as in `cnn_2`."""
    sequence = keras.Input((length, 4), name="sequence")
    x = _convolution(sequence, filters, 19, activation, pool=50, dropout=0.1)
    x = _convolution(x, 128, 5, "relu", pool=2, dropout=0.1)
    return _classifier(sequence, x, classes, "cnn-50")


def cnn_deep(length: int, classes: int, activation: str = "relu", filters: int = 30) -> keras.Model:
    """CNN-deep: four convolutions, no pool after the first. Parameters as in `cnn_2`; `length` at least 95."""
    sequence = keras.Input((length, 4), name="sequence")
    x = _convolution(sequence, filters, 19, activation, dropout=0.1)
    x = _convolution(x, 48, 9, "relu", pool=3, dropout=0.2, padding="valid")
    x = _convolution(x, 96, 6, "relu", pool=4, dropout=0.3, padding="valid")
    x = _convolution(x, 128, 4, "relu", pool=3, dropout=0.4, padding="valid")
    return _classifier(sequence, x, classes, "cnn-deep")


NETWORKS = {"cnn-2": cnn_2, "cnn-50": cnn_50, "cnn-deep": cnn_deep}
SHORTEST = {"cnn-2": 100, "cnn-50": 100, "cnn-deep": 95}  # sequence that leaves a position after the last pool


def build(architecture: str, length: int, classes: int, activation: str = "relu", filters: int = 30) -> keras.Model:
    """Build a network by name; parameters and result as in `cnn_2`.

    Raises
    ------
    InputError
        When sequences of this length leave nothing after the network's pools.
    """
    if length < SHORTEST[architecture]:
        raise InputError(
            f"sequences are {length} nt long; {architecture} needs at least {SHORTEST[architecture]} for its pools."
        )
    return NETWORKS[architecture](length, classes, activation, filters)


def load(path: str | Path) -> keras.Model:
    """Open a trained network.

    Raises
    ------
    InputError
        When the file is missing or is not a Keras model.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} does not exist; expected a trained network (02_training.ipynb makes one).")
    try:
        return keras.saving.load_model(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a readable Keras model: {str(error).splitlines()[0]}") from None


def _convolution(x, filters, width, activation, pool=1, dropout=0.0, padding="same"):
    x = layers.Conv1D(
        filters,
        width,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(L2),
    )(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation(activation)(x)
    if pool > 1:
        x = layers.MaxPooling1D(pool)(x)
    return layers.Dropout(dropout)(x)


def _classifier(sequence, x, classes, name):
    x = layers.Flatten()(x)
    x = layers.Dense(
        DENSE_UNITS,
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(L2),
    )(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(classes, kernel_initializer="he_normal", kernel_regularizer=regularizers.L2(L2))(x)
    return keras.Model(sequence, layers.Activation("sigmoid", name="probability")(x), name=name)
