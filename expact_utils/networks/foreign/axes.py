"""Axes of a network's input: where its length and its four bases are.

A layout is written as its axes: N sequences, L positions, 4 bases, 1 an axis of one. Keras takes `NL4`, PyTorch `N4L`,
older networks have one of the others.
"""

import numpy as np

from expact_utils.dna.letters import BASES
from expact_utils.run.errors import InputError

LAYOUTS = ("NL4", "N4L", "N41L", "N4L1", "N14L", "NL41", "NL14", "N1L4")
OURS = "ACGT"


def of_shape(shape: tuple[int | None, ...], layout: str | None, where: str) -> str:
    """Layout of an input.

    Parameters
    ----------
    shape : tuple[int or None, ...]
        Of one sequence; None where any size will do.
    layout : str, optional
        The one that it must be; without it, the only one that fits the shape.
    where : str
        Of the input, for messages.

    Raises
    ------
    InputError
        When no layout fits: an image, another alphabet; or when more than one does.
    """
    if layout is not None and layout not in LAYOUTS:
        raise InputError(f"{layout} is no layout; expected one of {', '.join(LAYOUTS)}.")
    fitting = [one for one in (LAYOUTS if layout is None else (layout,)) if _fits(one[1:], shape, layout is not None)]
    if len(fitting) == 1:
        return fitting[0]
    taken = f"{where} takes {shown(shape)} a sequence"
    if fitting:
        raise InputError(f"{taken}, which is {' or '.join(fitting)}; say which by the option layout.")
    if layout:
        raise InputError(f"{taken}, which is not the layout {layout}.")
    raise InputError(f"{taken}; expected one axis of the four bases and one of positions, e.g. (length, 4).")


def shown(shape: tuple[int | None, ...]) -> str:
    """Write a shape for a message; a size that is free is `any`."""
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"


def _fits(axes: str, shape: tuple[int | None, ...], free: bool) -> bool:
    """Whether a shape has these axes; `free` lets an unknown size stand for bases and for one."""
    if len(axes) != len(shape):
        return False
    return all(
        axis == "L" or size == int(axis) or (free and size is None) for axis, size in zip(axes, shape, strict=True)
    )


def check_bases(bases: str) -> str:
    """Return an order of bases, in capitals.

    Raises
    ------
    InputError
        When it is not each of A, C, G and T once.
    """
    if sorted(bases.upper()) != sorted(OURS):
        raise InputError(f"{bases} is no order of bases; expected the letters A, C, G and T, each once.")
    return bases.upper()


def arranged(one_hot: np.ndarray, axes: str, bases: str) -> np.ndarray:
    """One-hot sequences as a network takes them.

    Parameters
    ----------
    one_hot : np.ndarray
        shape=(N, length, 4), bases in the order A C G T.
    axes : str
        The layout, e.g. `N4L`.
    bases : str
        Order of the network's bases.

    Returns
    -------
    np.ndarray
        float32, with these axes.
    """
    ordered = np.asarray(one_hot, np.float32)[..., [OURS.index(base) for base in bases]]
    kept = ordered.transpose([("N", "L", "4").index(axis) for axis in axes if axis != "1"])
    return np.expand_dims(kept, [place for place, axis in enumerate(axes) if axis == "1"])


def in_our_order(kernel: np.ndarray, bases: str) -> np.ndarray:
    """Kernel, shape=(width, 4, filters), of a network with other bases, in the order A C G T."""
    return kernel[:, [bases.index(base) for base in OURS]]


def check_one_hot(one_hot: np.ndarray, length: int | None) -> np.ndarray:
    """Return sequences as float32.

    Raises
    ------
    InputError
        When they are not of shape (N, length, 4), or not of the length that a network takes.
    """
    array = np.asarray(one_hot, np.float32)
    if array.ndim != 3 or array.shape[2] != BASES:
        raise InputError(f"sequences have shape {array.shape}; expected (sequences, length, 4), bases A C G T.")
    if length is not None and array.shape[1] != length:
        raise InputError(f"sequences are {array.shape[1]} nt long; the network takes {length} nt.")
    return array
