"""Steps from a network's input to its first activation, in the same words for every format."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np

from expact_utils.dna.letters import BASES
from expact_utils.networks.foreign.axes import in_our_order
from expact_utils.networks.foreign.first import Activate, FirstConvolution, Normalise
from expact_utils.run.errors import InputError


@dataclass(frozen=True)
class Convolve:
    """A convolution.

    Attributes
    ----------
    kernel : np.ndarray
        The axes that it slides along, then channels of one group, then filters.
    places : tuple[int, ...]
        The input's axis of each axis of the kernel but the last: those it slides along, then the channels.
    bias : np.ndarray or None
        shape=(filters,).
    padding : tuple
        For each axis that it slides along: two numbers of zeros, or `same`.
    stride, dilation : tuple[int, ...]
        For each axis that it slides along.
    groups : int
        Of channels.
    """

    kernel: np.ndarray
    places: tuple[int, ...]
    bias: np.ndarray | None
    padding: tuple
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1


@dataclass(frozen=True)
class Rearrange:
    """Another order of axes: the old place of each; None is a new axis of one. Axes left out had one."""

    order: tuple[int | None, ...]


@dataclass(frozen=True)
class Reshape:
    """Another shape, of one sequence, that keeps the numbers' order; -1 or None is any size."""

    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Pad:
    """Zeros at both ends of the sequence."""

    ends: tuple[int, int]


class Unclear:
    """Something after the convolution of which the file does not tell the activation."""


Step = Convolve | Rearrange | Reshape | Pad | Activate | Normalise | Unclear
Onward = Callable[[Hashable], list[tuple[list[Step] | None, Hashable]]]


def follow(start: Hashable, onward: Onward) -> list[Step]:
    """Steps from the input through the first convolution to its activation; empty if no convolution comes.

    Parameters
    ----------
    start : Hashable
        The input.
    onward : Callable
        From a value of the network to what is made of it: for each use of it the steps, or None where they are none
        of these, and the value that comes out.
    """
    for steps, result in onward(start):
        if steps is None:
            continue
        if any(isinstance(step, Convolve) for step in steps):
            return [*steps, *_after(steps, result, onward)]
        if rest := follow(result, onward):
            return [*steps, *rest]
    return []


def _after(steps: list[Step], value: Hashable, onward: Onward) -> list[Step]:
    """Steps after the convolution, up to the activation."""
    if any(isinstance(step, Activate | Unclear) for step in steps):
        return []
    uses = onward(value)
    if len(uses) > 1:
        return [Unclear()]
    if not uses or uses[0][0] is None or any(isinstance(step, Convolve | Pad | Reshape) for step in uses[0][0]):
        return [Activate("linear")]
    return [*uses[0][0], *_after(uses[0][0], uses[0][1], onward)]


def first_convolution(steps: list[Step], axes: str, bases: str, where: str) -> FirstConvolution:
    """Read the first convolution.

    Parameters
    ----------
    steps : list[Step]
        As `follow` gives them.
    axes : str
        Layout of the input.
    bases : str
        Their order in the network.
    where : str
        Of the network, for messages.

    Raises
    ------
    InputError
        When there is none, or its filters are not windows of the sequence.
    """
    before: list[Activate | Normalise] = []
    ends = (0, 0)
    for place, step in enumerate(steps):
        match step:
            case Rearrange():
                axes = "".join("1" if old is None else axes[old] for old in step.order)
            case Reshape():
                axes = _reshaped(axes, step.shape, where)
            case Pad():
                ends = (ends[0] + step.ends[0], ends[1] + step.ends[1])
            case Convolve():
                found = _converted(step, axes, bases, where)
                padded = _padded(found, ends, where)
                return _finished(replace(padded, before=_ordered(before, bases)), steps[place + 1 :])
            case Activate() | Normalise():
                before.append(step)
    raise InputError(f"{where} has no convolution over its input; expact explains networks whose first layer has one.")


def _padded(found: FirstConvolution, ends: tuple[int, int], where: str) -> FirstConvolution:
    if not any(ends):
        return found
    if isinstance(found.padding, str):
        raise InputError(f"{where} pads its input twice, which expact does not read; export it to ONNX.")
    return replace(found, padding=(found.padding[0] + ends[0], found.padding[1] + ends[1]))


def _ordered(before: list, bases: str) -> tuple[Activate | Normalise, ...]:
    """Steps before the convolution, with their bases in the order A C G T."""
    order = [bases.index(base) for base in "ACGT"]
    return tuple(
        Normalise(*(np.broadcast_to(one, BASES)[order] for one in (step.scale, step.shift)))
        if isinstance(step, Normalise)
        else step
        for step in before
    )


def _reshaped(axes: str, shape: tuple[int | None, ...], where: str) -> str:
    """Axes after a reshaping that only adds or drops axes of one."""
    kept = [axis for axis in axes[1:] if axis != "1"]
    sizes = ["1" if size == 1 else None for size in shape]
    if sizes.count(None) != len(kept):
        raise InputError(f"{where} reshapes its input before the first convolution, which expact does not read.")
    places = iter(kept)
    return "N" + "".join(size or next(places) for size in sizes)


def _converted(step: Convolve, axes: str, bases: str, where: str) -> FirstConvolution:
    letters = [axes[place] for place in step.places]
    sliding = letters[:-1]
    if "L" not in sliding or "4" not in letters:
        raise InputError(f"{where} does not slide its first filters along the sequence; perhaps another layout?")
    kernel = step.kernel
    along = sliding.index("L")
    if letters[-1] == "4":
        kernel = _ungrouped(kernel, step.groups, where)
    elif kernel.shape[sliding.index("4")] != BASES or step.padding[sliding.index("4")] not in ((0, 0), "valid"):
        raise InputError(f"{where} has first filters that do not see all four bases at once.")
    if any(size != 1 for size, letter in zip(kernel.shape, letters, strict=False) if letter == "1"):
        raise InputError(f"{where} has a first convolution over two axes, as for images; expected one over positions.")
    order = [along, letters.index("4"), len(letters)]
    rest = [place for place in range(kernel.ndim) if place not in order]
    kernel = kernel.transpose([*order, *rest]).reshape([kernel.shape[place] for place in order])
    filters = kernel.shape[-1]
    return FirstConvolution(
        in_our_order(kernel, bases).astype(np.float32),
        np.zeros(filters, np.float32) if step.bias is None else step.bias.astype(np.float32),
        padding=step.padding[along],
        stride=step.stride[along],
        dilation=step.dilation[along],
        groups=step.groups,
    )


def _ungrouped(kernel: np.ndarray, groups: int, where: str) -> np.ndarray:
    """Kernel over the four bases, of one whose groups see some of them, or a copy of them each."""
    channels, filters = kernel.shape[-2:]
    if channels * groups % BASES or filters % groups:
        raise InputError(f"{where} takes {channels * groups} letters a position; expected the four bases A C G T.")
    whole = np.zeros((*kernel.shape[:-2], BASES, filters), kernel.dtype)
    size = filters // groups
    for group in range(groups):
        mine = slice(group * size, (group + 1) * size)
        for channel in range(channels):
            whole[..., (group * channels + channel) % BASES, mine] += kernel[..., channel, mine]
    return whole


def _finished(found: FirstConvolution, after: list[Step]) -> FirstConvolution:
    """With its normalisation and its activation."""
    for step in after:
        if isinstance(step, Activate):
            return replace(found, activation=step)
        if isinstance(step, Normalise):
            scale, shift = (np.broadcast_to(one, found.filters).astype(np.float32) for one in (step.scale, step.shift))
            if found.scale is not None and found.shift is not None:
                scale, shift = found.scale * scale, found.shift * scale + shift
            found = replace(found, scale=scale, shift=shift)
    return found
