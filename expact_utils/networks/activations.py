"""Functions of the first layer's activations, by the names of the registry.

One that Keras has under the same name needs nothing here. One of ours is a function of this module, marked `@ours`.
"""

from collections.abc import Callable

import keras
from keras import ops

from expact_utils.run.errors import InputError
from expact_utils.run.names import ACTIVATIONS

OURS: dict[str, Callable] = {}


def ours(function: Callable) -> Callable:
    """Mark a function of this module as the activation of its name, so that saved networks find it."""
    OURS[function.__name__] = keras.saving.register_keras_serializable("expact")(function)
    return OURS[function.__name__]


def get(name: str) -> Callable:
    """Return the function of an activation.

    Raises
    ------
    InputError
        When the registry has no such activation, nor Keras.
    """
    try:
        return OURS.get(name) or keras.activations.get(name)
    except ValueError:
        raise InputError(f"{name} is no activation; expected one of {', '.join(ACTIVATIONS)}.") from None


def known(function: Callable) -> str | None:
    """Name under which `get` gives this function; None for any other."""
    name = getattr(function, "__name__", "")
    try:
        return name if get(name) is function else None
    except InputError:
        return None


@ours
def exp_relu(x):
    """Rectified e^(0.1 x) - 1."""
    return ops.relu(ops.exp(0.1 * x) - 1)


@ours
def shift_relu(x):
    """Rectifier from 0.2 on."""
    return ops.relu(x - 0.2)


@ours
def shift_tanh(x):
    """Hyperbolic tangent about 6."""
    return ops.tanh(x - 6)


@ours
def shift_sigmoid(x):
    """Sigmoid about 8."""
    return ops.sigmoid(x - 8)


@ours
def scale_relu(x):
    """Rectified cube."""
    return ops.power(ops.relu(x), 3)


@ours
def scale_tanh(x):
    """Hyperbolic tangent, from 0 to 1000: 500 tanh(x) + 500, by the sigmoid, whose small values are exact."""
    return 1000 * ops.sigmoid(2 * x)


@ours
def scale_sigmoid(x):
    """Sigmoid, from 0 to 4000."""
    return 4000 * ops.sigmoid(x)


@ours
def shift_scale_relu(x):
    """Rectified cube from 0.2 on."""
    return ops.power(ops.relu(x - 0.2), 3)


@ours
def shift_scale_tanh(x):
    """Hyperbolic tangent about 6, from 0 to 1000, as `scale_tanh`."""
    return scale_tanh(x - 6)


@ours
def shift_scale_sigmoid(x):
    """Sigmoid about 8, from 0 to 4000."""
    return 4000 * ops.sigmoid(x - 8)


@ours
def relu_l2(x):
    """Rectifier; the registry's row penalises the first layer's weights."""
    return ops.relu(x)


@ours
def log_relu(x):
    """Rectified logarithm of the magnitude."""
    return ops.relu(ops.log(ops.abs(x) + 1e-10))


@ours
def log_relu_l2(x):
    """As `log_relu`, with the penalty of `relu_l2`."""
    return log_relu(x)


@ours
def bounded_exponential(x):
    """Exponential, and constant from 4 on."""
    return ops.exp(ops.minimum(x, 4.0))


def monotonic(name: str) -> bool:
    """Whether an activation never falls as its input rises, so that it may come after max pooling."""
    return name in ACTIVATIONS and ACTIVATIONS[name].monotonic
