"""Gradients on Keras's backend: of a network's output by its sequence, and of an activation by its input."""

from collections.abc import Callable

import keras
from keras import ops

from expact_utils.run.errors import InputError

BACKENDS = ("tensorflow", "jax")


def gradient_of(function: Callable, *tensors: tuple) -> Callable:
    """Return the compiled function of the same arguments that gives `(gradient, reported)`.

    Parameters
    ----------
    function : Callable
        From x, shape=(batch, ...), and more arrays to `(output, reported)`: output of each row of x, shape=(batch,),
        that depend on this row alone, and any other results.
    *tensors : tuple
        As of `compiled`.

    Returns
    -------
    Callable
        Gradient of each output by its row, of x's shape. Where no output depends on x by differentiable steps: None, or
        0s by JAX.

    Raises
    ------
    InputError
        When Keras runs on another backend than TensorFlow or JAX.
    """
    return {"tensorflow": _by_tensorflow, "jax": _by_jax}[_backend()](function, *tensors)


def slope(function: Callable, z):
    """Derivative of an elementwise function at each value of z, of its shape; 0 where it has none."""
    return {"tensorflow": _slope_by_tensorflow, "jax": _slope_by_jax}[_backend()](function, z)


def _backend() -> str:
    name = keras.backend.backend()
    if name not in BACKENDS:
        raise InputError(f"Keras runs on {name}; gradients need KERAS_BACKEND to be {' or '.join(BACKENDS)}.")
    return name


def _by_tensorflow(function: Callable, *tensors: tuple) -> Callable:
    import tensorflow as tf

    def both(x, *others):
        x = tf.convert_to_tensor(x)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            output, reported = function(x, *others)
        return tape.gradient(output, x), reported

    return compiled(both, *tensors)


def _by_jax(function: Callable, *tensors: tuple) -> Callable:
    import jax

    def total(x, *others):
        output, reported = function(x, *others)
        return ops.sum(output), reported

    return compiled(jax.grad(total, has_aux=True), *tensors)


def _slope_by_tensorflow(function: Callable, z):
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(z)
        y = function(z)
    return tape.gradient(y, z, unconnected_gradients="zero")


def _slope_by_jax(function: Callable, z):
    import jax

    y, backwards = jax.vjp(function, z)
    return backwards(ops.ones_like(y))[0]


def compiled(function: Callable, *tensors: tuple) -> Callable:
    """Return the function as it is compiled by Keras's backend.

    `tensors` are shape and type of each argument, where these are known before; with None where a size is not, it is
    compiled once for all sizes (JAX compiles for each in any case).
    """
    if _backend() == "jax":
        import jax

        return jax.jit(function)
    import tensorflow as tf

    signature = [tf.TensorSpec(*tensor) for tensor in tensors] or None
    return tf.function(function, input_signature=signature, autograph=False, reduce_retracing=not tensors)
