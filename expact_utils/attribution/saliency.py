"""Saliency: the gradient of an output by the sequence (Simonyan 2014), and its mean over bases subtracted."""

import numpy as np
from keras import ops

from expact_utils.attribution import targets
from expact_utils.attribution.targets import Found, Target
from expact_utils.dna.letters import BASES, one_hot
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress


def saliency(target: Target, codes: np.ndarray, classes: np.ndarray, progress: Progress | None = None) -> Found:
    """Gradient by each base; at the base that is there it is gradient times input.

    Parameters
    ----------
    target : Target
        What is explained.
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    classes : np.ndarray
        Class of each sequence, shape=(N,).
    progress : Progress, optional
        Of N parts.

    Returns
    -------
    Found
        The gradient, against the output where there is no base at all: to first order they sum to the difference.

    Raises
    ------
    InputError
        When the network has no gradient, or one that is 0 for all sequences although their outputs differ.
    """
    found, outputs = _gradients(target, codes, classes, progress)
    return Found(found, outputs, targets.outputs_without_base(target, codes, classes, 0))


def saliency_corrected(
    target: Target, codes: np.ndarray, classes: np.ndarray, progress: Progress | None = None
) -> Found:
    """Gradient less its mean over the bases of each position (Majdandzic 2023).

    One-hot sequences leave the gradient free in the direction in which all bases of a position rise: noise.

    Arguments and errors as in `saliency`.

    Returns
    -------
    Found
        Against the output where each position has a quarter of each base: to first order they sum to the difference.
    """
    found, outputs = _gradients(target, codes, classes, progress)
    return Found(centred(found), outputs, targets.outputs_without_base(target, codes, classes, 1 / BASES))


def _gradients(
    target: Target, codes: np.ndarray, classes: np.ndarray, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the output of each sequence, shape=(N, length, 4), and the outputs, shape=(N,)."""
    parts = targets.parts(len(codes), target.batch, progress)
    found = [of_output(target, one_hot(codes[part]), classes[part]) for part in parts]
    of_each, outputs = map(np.concatenate, zip(*found, strict=True))
    check_not_flat(target, of_each, outputs, classes)
    return of_each, outputs


def check_not_flat(target: Target, gradients: np.ndarray, outputs: np.ndarray, classes: np.ndarray) -> None:
    """Refuse gradients, of any shape, that are all 0 although the outputs differ: those of a constant alone are.

    Raises
    ------
    InputError
        When outputs of a class differ beyond rounding, as of a network of steps, and no gradient tells it.
    """
    if gradients.any():
        return
    for of_class in (outputs[classes == number] for number in np.unique(classes)):
        if np.ptp(of_class) > targets.ROUNDING * np.abs(of_class).max():
            raise _without_gradient(target)


def centred(values: np.ndarray) -> np.ndarray:
    """Values, shape=(..., 4), less their mean over bases."""
    return values - values.mean(axis=-1, keepdims=True)


def of_output(target: Target, x: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the outputs that are explained, float32, of the sequences' shape, and the outputs, float64.

    Sequences x: shape=(batch, length, 4).

    Raises
    ------
    InputError
        When the network has no gradient, or it is not finite.
    """
    gradient, outputs = target.gradient(ops.convert_to_tensor(x), ops.convert_to_tensor(classes))
    return finite(target, gradient), ops.convert_to_numpy(outputs).astype(float)


def finite(target: Target, gradient) -> np.ndarray:
    """Gradient as an array.

    Raises
    ------
    InputError
        When there is none, or it is not finite.
    """
    if gradient is None:
        raise _without_gradient(target)
    found = ops.convert_to_numpy(gradient)
    if not np.isfinite(found).all():
        raise InputError(f"the network {target.name} has a gradient that is NaN or infinite; try the logit.")
    return found


def _without_gradient(target: Target) -> InputError:
    return InputError(f"the network {target.name} has no gradient by its sequence; expected one, or mutagenesis.")
