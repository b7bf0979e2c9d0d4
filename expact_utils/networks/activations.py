"""Functions of the first layer's activations, by the names of the registry.

One that Keras has under the same name needs nothing here. One of ours is a function of this module, marked `@ours`.
"""

from collections.abc import Callable

import keras

from expact_utils.run.errors import InputError
from expact_utils.run.names import ACTIVATIONS

OURS: dict[str, Callable] = {}
ALSO_MONOTONIC = ("linear", "sigmoid")  # besides those that the registry says are


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


def monotonic(name: str) -> bool:
    """Whether an activation never falls as its input rises, so that it may come after max pooling."""
    return name in ALSO_MONOTONIC or (name in ACTIVATIONS and ACTIVATIONS[name].monotonic)
