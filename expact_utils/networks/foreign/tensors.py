"""The first layer, from weights alone: arrays by name, without the architecture."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expact_utils.dna.letters import BASES
from expact_utils.networks.foreign.axes import in_our_order
from expact_utils.networks.foreign.first import Activate, FirstConvolution
from expact_utils.networks.foreign.network import ForeignNetwork, Options
from expact_utils.run.errors import InputError

TORCH, KERAS = "PyTorch", "Keras"
EPSILON = {TORCH: 1e-5, KERAS: 1e-3}  # of a batch normalisation, as both frameworks have it unless told
STATISTICS = {
    TORCH: ("weight", "bias", "running_mean", "running_var"),
    KERAS: ("gamma", "beta", "moving_mean", "moving_variance"),
}


@dataclass(frozen=True)
class Found:
    """A layer among arrays: its name, its arrays by their last names, and its place in the file."""

    name: str
    arrays: dict[str, np.ndarray]
    place: int


def weights_alone(
    tensors: Mapping[str, np.ndarray], order: list[str], kind: str, framework: str, path: Path, options: Options
) -> ForeignNetwork:
    """Describe a network of whose file only the arrays are known.

    Parameters
    ----------
    tensors : Mapping[str, np.ndarray]
        `layer/…/name` or `layer.name` to its array, in the file's order.
    order : list[str]
        Names of all layers, also of those without arrays; empty if the file does not tell.
    kind : str
        TORCH or KERAS: how kernels lie.
    framework : str
        For people.
    path : Path
        The file.
    options : Options
        What the user says.

    Raises
    ------
    InputError
        When no array is a kernel over four bases.
    """
    layers = _layers(tensors)
    first = next((layer for layer in layers if _kernel(layer, kind) is not None), None)
    if first is None:
        raise InputError(_without(layers, kind, path))
    kernel = _kernel(first, kind)
    assert kernel is not None
    notes: list[str] = []
    scale, shift = _normalisation(first, layers, order, kernel.shape[2], kind, options, notes)
    found = FirstConvolution(
        in_our_order(kernel, options.bases.upper()).astype(np.float32),
        first.arrays.get("bias", np.zeros(kernel.shape[2])).astype(np.float32),
        scale,
        shift,
        padding=_ends(options.padding),
        activation=Activate(options.activation) if options.activation else None,
    )
    what = f"{framework}, weights alone"
    notes += _asked(options)
    return ForeignNetwork(path, what, options.layout, options.bases.upper(), None, [], found, None, notes)


def _asked(options: Options) -> list[str]:
    """What weights alone never tell, and the user did not."""
    ends = "The file does not tell the padding; sequences' ends are left out unless you name it (padding)."
    asked = {
        ends: options.padding,
        "The file does not tell the activation; name it (activation='relu').": options.activation,
    }
    return [sentence for sentence, told in asked.items() if told is None]


def _ends(padding: str | int | None) -> tuple[int, int] | str:
    if padding in (None, "valid"):
        return 0, 0
    if isinstance(padding, int) and padding >= 0:
        return padding, padding
    if padding != "same":
        raise InputError(f"{padding} is no padding; expected same, valid or a number of zeros.")
    return "same"


def _layers(tensors: Mapping[str, np.ndarray]) -> list[Found]:
    """Arrays by the layer that they are of, in the file's order."""
    layers: dict[str, dict[str, np.ndarray]] = {}
    for name, values in tensors.items():
        layer, _, last = re.sub(r":\d+$", "", name).replace("/", ".").rpartition(".")
        layers.setdefault(layer, {})[last] = values
    return [Found(name, arrays, place) for place, (name, arrays) in enumerate(layers.items())]


def _kernel(layer: Found, kind: str) -> np.ndarray | None:
    """Kernel as (width, 4, filters); None if the layer is no convolution over four bases."""
    values = layer.arrays.get("weight" if kind == TORCH else "kernel")
    if values is None or values.ndim not in (3, 4):
        return None
    values = np.moveaxis(values, 0, -1).swapaxes(-3, -2) if kind == TORCH and values.ndim == 3 else values
    if values.ndim == 3:
        return values if values.shape[1] == BASES else None
    if kind == TORCH:
        values = values.transpose(2, 3, 1, 0)  # as Keras has it: two axes that it slides along, channels, filters
    sizes = values.shape[:3]
    if BASES not in sizes or sizes.count(1) < 1:
        return None
    bases = 2 if sizes[2] == BASES else sizes.index(BASES)
    one = next(place for place in (2, 0, 1) if place != bases and sizes[place] == 1)
    (width,) = {0, 1, 2} - {bases, one}
    return values.transpose(width, bases, one, 3)[:, :, 0]


def _without(layers: list[Found], kind: str, path: Path) -> str:
    """Sentence about a file without a kernel over four bases."""
    name = "weight" if kind == TORCH else "kernel"
    shapes = [one.arrays[name].shape for one in layers if name in one.arrays and one.arrays[name].ndim in (3, 4)]
    if not shapes:
        return (
            f"{path} has no convolution's kernel; expected a network whose first layer is a convolution over the bases."
        )
    return f"{path} has no kernel over the four bases A C G T; its first one has shape {shapes[0]}."


def _normalisation(
    first: Found, layers: list[Found], order: list[str], filters: int, kind: str, options: Options, notes: list[str]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Scale and shift of the batch normalisation before the activation; None without one."""
    follower = layers[first.place + 1] if first.place + 1 < len(layers) else None
    if options.normalised is False or follower is None or not _is_normalisation(follower, filters, kind):
        if options.normalised:
            raise InputError("no batch normalisation of as many filters comes after the first convolution.")
        return None, None
    if options.normalised is None and _apart(first, follower, order):
        notes.append(
            f"{follower.name} does not come at once after {first.name}, so it was taken to follow the activation; "
            "say normalised=True if it does not."
        )
        return None, None
    gamma, beta, mean, variance = (follower.arrays.get(name) for name in STATISTICS[kind])
    assert mean is not None and variance is not None
    scale = (1 if gamma is None else gamma) / np.sqrt(variance.astype(np.float64) + EPSILON[kind])
    shift = (0 if beta is None else beta) - mean * scale
    notes.append(f"The variance of {follower.name} has {EPSILON[kind]:g} added, as {kind} does unless told otherwise.")
    return scale.astype(np.float32), shift.astype(np.float32)


def _is_normalisation(layer: Found, filters: int, kind: str) -> bool:
    mean = layer.arrays.get(STATISTICS[kind][2])
    return mean is not None and mean.shape == (filters,) and STATISTICS[kind][3] in layer.arrays


def _apart(first: Found, follower: Found, order: list[str]) -> bool:
    """Whether a layer without weights stands between the two."""
    if order:
        names = [one.name.partition(".")[0] for one in (first, follower)]
        return order.index(names[1]) - order.index(names[0]) != 1
    (before, this), (same, that) = (re.fullmatch(r"(.*?)(\d*)", one.name).groups() for one in (first, follower))  # type: ignore[union-attr]
    return bool(before == same and this and that and int(that) - int(this) != 1)
