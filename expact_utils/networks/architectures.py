"""Architectures: CNN-2, CNN-50 and CNN-deep (Koo & Ploenzke 2019, Methods, "Models"), CNN-local and CNN-dist (2021).

A layer is convolution without bias, batch normalisation, activation, max pooling, dropout, in that order (dropout
before pooling under `journal2020`, see `protocols`).
`activation` acts on the first layer only and sees the batch-normalised value; every other layer is a ReLU, unless its
label says otherwise (`run.names.Variation`).

Where sequences are shorter than the paper's pools take, a large pool is half of the sequence, a pool is as large as
what it gets, and a convolution that would leave less than its pool takes is padded.

A builder here has the name of its row in the registry (`run.names`), with _ for -.
"""

import keras
from keras import layers, regularizers

from expact_utils.networks import activations, protocols
from expact_utils.networks.protocols import Protocol
from expact_utils.run.names import ACTIVATIONS

LARGE_POOL = 50
DENSE_UNITS = 512
CODE_FILTERS, CODE_UNITS = 24, 96  # of CNN-local and CNN-dist: their first layer, and the dense one
L2 = 1e-6


def cnn_2(
    length: int, classes: int, activation: str = "relu", protocol: str | Protocol = "preprint2019"
) -> keras.Model:
    """CNN-2: a small first pool (2), then a large one (50), so motifs may be assembled in layer 2.

    Parameters
    ----------
    length : int
        Sequence length in nucleotides.
    classes : int
        Number of sigmoid outputs.
    activation : str
        Activation of the first layer, by its name in the registry, or the label of a `run.names.Variation`.
    protocol : str or Protocol
        One of `protocols.PROTOCOLS`, which sets numbers of filters, initialisation and where dropout comes.

    Returns
    -------
    keras.Model
        Input: shape=(-1, length, 4), one-hot. Output: shape=(-1, classes), probabilities.
    """
    return _two_layers("cnn-2", (2, _large(length)), length, classes, protocols.get(protocol, activation))


def cnn_50(
    length: int, classes: int, activation: str = "relu", protocol: str | Protocol = "preprint2019"
) -> keras.Model:
    """CNN-50: a large first pool (50) leaves layer 1 alone with whole motifs. Parameters as in `cnn_2`."""
    return _two_layers("cnn-50", (_large(length), 2), length, classes, protocols.get(protocol, activation))


def cnn_deep(
    length: int, classes: int, activation: str = "relu", protocol: str | Protocol = "preprint2019"
) -> keras.Model:
    """CNN-deep: four convolutions, no pool after the first. Parameters as in `cnn_2`."""
    rules = protocols.get(protocol, activation)
    wider = rules.widening(length)
    sequence = keras.Input((length, 4), name="sequence")
    x = _first(sequence, rules, rules.filters * wider, dropout=0.1)
    for layer, (of_layer, dropout) in enumerate(zip(rules.deep, (0.2, 0.3, 0.4), strict=True), start=2):
        filters = of_layer.filters * wider
        x = _convolution(x, rules, layer, filters, of_layer.width, of_layer.padding, dropout, of_layer.pool)
    return _classifier("cnn-deep", sequence, x, rules, DENSE_UNITS * wider, classes)


def cnn_local(
    length: int, classes: int, activation: str = "relu", protocol: str | Protocol = "preprint2019"
) -> keras.Model:
    """CNN-local: a large first pool (50) leaves whole motifs to layer 1 (Koo & Ploenzke 2021, task 3).

    Sizes are those of the journal version whatever the protocol, which sets the rest. Parameters as in `cnn_2`.
    """
    rules = protocols.get(protocol, activation)
    sequence = keras.Input((length, 4), name="sequence")
    x = _first(sequence, rules, CODE_FILTERS, 0.1, _large(length))
    x = _convolution(x, rules, 2, 48, 3, "same", 0.2, 2)
    return _classifier("cnn-local", sequence, x, rules, CODE_UNITS, classes)


def cnn_dist(
    length: int, classes: int, activation: str = "relu", protocol: str | Protocol = "preprint2019"
) -> keras.Model:
    """CNN-dist: no pool after layer 1, so motifs may be spread over four (Koo & Ploenzke 2021, task 3).

    Sizes as of `cnn_local`; the last pool is padded. Parameters as in `cnn_2`.
    """
    rules = protocols.get(protocol, activation)
    sequence = keras.Input((length, 4), name="sequence")
    x = _first(sequence, rules, CODE_FILTERS, 0.1)
    x = _convolution(x, rules, 2, 32, 7, "same", 0.2, 4)
    x = _convolution(x, rules, 3, 48, 7, "valid", 0.3, 4)
    x = _convolution(x, rules, 4, 64, 3, "valid", 0.4, 3, pool_padding="same")
    return _classifier("cnn-dist", sequence, x, rules, CODE_UNITS, classes)


def _large(length: int) -> int:
    """The large pool of CNN-2, CNN-50 and CNN-local."""
    return min(LARGE_POOL, length // 2)


def _two_layers(name, pools, length, classes, rules: Protocol) -> keras.Model:
    wider = rules.widening(length)
    sequence = keras.Input((length, 4), name="sequence")
    x = _first(sequence, rules, rules.filters * wider, 0.1, pools[0])
    x = _convolution(x, rules, 2, rules.second * wider, 5, "same", 0.1, pools[1])
    return _classifier(name, sequence, x, rules, DENSE_UNITS * wider, classes)


def _first(sequence, rules: Protocol, filters: int, dropout: float, pool: int = 1):
    """First layer; of as many filters as the network has by its design, unless others were chosen."""
    return _convolution(sequence, rules, 1, rules.chosen or filters, rules.width, "same", dropout, pool)


def _convolution(x, rules: Protocol, layer: int, filters, width, padding, dropout, pool=1, pool_padding="valid"):
    if x.shape[1] - width + 1 < pool:
        padding = "same"
    pool, first, name = min(pool, x.shape[1]), layer == 1, rules.activation(layer)
    penalty = ACTIVATIONS[name].penalty if first and ACTIVATIONS[name].penalty else L2
    bare = first and not rules.batch_norm
    x = layers.Conv1D(filters, width, padding=padding, use_bias=bare, **_kernel(rules, penalty))(x)
    if not bare:
        x = layers.BatchNormalization()(x)
    if first and rules.scale != 1:
        x = layers.Rescaling(rules.scale)(x)
    x = layers.Activation(activations.get(name))(x)
    if rules.dropout_first:
        x = layers.Dropout(dropout)(x)
    if pool > 1:
        x = layers.MaxPooling1D(pool, padding=pool_padding)(x)
    return x if rules.dropout_first else layers.Dropout(dropout)(x)


def _classifier(name, sequence, x, rules: Protocol, units, classes) -> keras.Model:
    x = layers.Flatten()(x)
    x = layers.Dense(units, use_bias=False, **_kernel(rules))(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(classes, **_kernel(rules, L2 * rules.output_penalty))(x)
    return keras.Model(sequence, layers.Activation("sigmoid", name="probability")(x), name=name)


def _kernel(rules: Protocol, penalty: float = L2) -> dict:
    regularizer = regularizers.L2(penalty) if penalty else None
    return {"kernel_initializer": rules.initializer, "kernel_regularizer": regularizer}
