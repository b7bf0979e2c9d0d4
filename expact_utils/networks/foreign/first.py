"""The first convolution of a network: its numbers, and what it computes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import keras
import numpy as np

from expact_utils.networks import activations
from expact_utils.networks.foreign.axes import check_one_hot
from expact_utils.run.errors import InputError

PIECE = 2**22  # numbers that are computed at a time


@dataclass(frozen=True)
class Activate:
    """An activation: its name, as `networks.activations` has it, and settings that differ from Keras's."""

    name: str
    settings: dict = field(default_factory=dict)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Compute it, element by element."""
        computed = activations.get(self.name)(keras.ops.convert_to_tensor(values), **self.settings)
        return keras.ops.convert_to_numpy(computed)


@dataclass(frozen=True)
class Normalise:
    """A normalisation with known statistics, scale · x + shift, each of shape=(channels,)."""

    scale: np.ndarray
    shift: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Compute it; channels are the last axis."""
        return values * self.scale + self.shift


@dataclass(frozen=True)
class FirstConvolution:
    """The first convolution and what follows it, up to its activation.

    Attributes
    ----------
    kernel : np.ndarray
        float32, shape=(width, 4, filters), bases in the order A C G T.
    bias : np.ndarray
        float32, shape=(filters,); zeros where there is none.
    scale, shift : np.ndarray or None
        Of a batch normalisation between convolution and activation, shape=(filters,); None without one.
    padding : tuple[int, int] or str
        Zeros at both ends, or `same`: as many as keep the length, the smaller half first.
    stride, dilation, groups : int
        As Keras has them.
    activation : Activate or None
        None where the file does not tell.
    before : tuple
        `Activate` and `Normalise` that come before the convolution.
    """

    kernel: np.ndarray
    bias: np.ndarray
    scale: np.ndarray | None = None
    shift: np.ndarray | None = None
    padding: tuple[int, int] | str = (0, 0)
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    activation: Activate | None = None
    before: tuple[Activate | Normalise, ...] = ()

    @property
    def width(self) -> int:
        """Positions that a filter sees, gaps of a dilation left out."""
        return self.kernel.shape[0]

    @property
    def filters(self) -> int:
        """Number of filters."""
        return self.kernel.shape[2]

    @property
    def known_activation(self) -> Activate:
        """Activation.

        Raises
        ------
        InputError
            When the file does not tell it.
        """
        if self.activation is None:
            raise InputError("the file does not tell the first layer's activation; name it by the option activation.")
        return self.activation

    def compute(self, one_hot: np.ndarray) -> np.ndarray:
        """Activations of all filters.

        Parameters
        ----------
        one_hot : np.ndarray
            shape=(N, length, 4), bases in the order A C G T.

        Returns
        -------
        np.ndarray
            float32, shape=(N, positions, filters).

        Raises
        ------
        InputError
            When the sequences have another shape or are shorter than a filter, or the file does not tell the
            activation.
        """
        activation, values = self.known_activation, check_one_hot(one_hot, None)
        for step in self.before:
            values = step(values)
        values = np.pad(values, ((0, 0), self._ends(values.shape[1]), (0, 0)))
        if values.shape[1] < self._span:
            raise InputError(f"sequences are {one_hot.shape[1]} nt long; a filter of the network sees {self._span} nt.")
        positions = (values.shape[1] - self._span) // self.stride + 1
        found = np.empty((len(values), positions, self.filters), np.float32)
        start = 0
        for piece in self._pieces(values):
            found[start : start + len(piece)] = activation(piece)
            start += len(piece)
        return found

    @property
    def _span(self) -> int:
        return (self.width - 1) * self.dilation + 1

    def _ends(self, length: int) -> tuple[int, int]:
        """Zeros at the two ends."""
        if not isinstance(self.padding, str):
            return self.padding
        missing = max(0, (-(-length // self.stride) - 1) * self.stride + self._span - length)
        return missing // 2, missing - missing // 2

    def _pieces(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """Normalised sums of a few sequences at a time, each of shape=(sequences, positions, filters)."""
        weights = self.kernel.transpose(1, 0, 2).reshape(-1, self.filters)
        rows = max(1, PIECE // (values.shape[1] * max(weights.shape)))
        for start in range(0, len(values), rows):
            windows = np.lib.stride_tricks.sliding_window_view(values[start : start + rows], self._span, axis=1)
            windows = windows[:, :: self.stride, :, :: self.dilation]
            sums = windows.reshape(*windows.shape[:2], len(weights)) @ weights
            sums += self.bias
            if self.scale is not None and self.shift is not None:
                sums *= self.scale
                sums += self.shift
            yield sums
