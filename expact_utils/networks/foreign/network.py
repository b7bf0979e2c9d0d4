"""Somebody's network, as its file describes it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from expact_utils.networks.foreign.axes import arranged, check_one_hot
from expact_utils.networks.foreign.first import FirstConvolution
from expact_utils.run.errors import InputError


@dataclass(frozen=True)
class Options:
    """What a user says of a network, where its file does not or has more than one.

    Attributes
    ----------
    layout : str, optional
        Axes of the input, one of `axes.LAYOUTS`.
    bases : str
        Their order in the network.
    input, output : str, optional
        Name of the input that takes the sequence, and of the output to explain; all outputs without it.
    fill : dict[str, float]
        Value of each further input.
    activation : str, optional
        Of the first layer, where the file does not tell.
    normalised : bool, optional
        Whether a batch normalisation comes before that activation, where the file does not tell.
    padding : str or int, optional
        Of the first convolution, where the file does not tell: `same`, `valid`, or zeros at either end.
    modules : tuple[str, ...]
        Importable modules that define custom layers and activations; importing them runs their code.
    theano : bool, optional
        Whether kernels of an old Keras are turned by 180 degrees, as Theano has them; without it, what the file tells.
    """

    layout: str | None = None
    bases: str = "ACGT"
    input: str | None = None
    output: str | None = None
    fill: dict[str, float] = field(default_factory=dict)
    activation: str | None = None
    normalised: bool | None = None
    padding: str | int | None = None
    modules: tuple[str, ...] = ()
    theano: bool | None = None


@dataclass(frozen=True)
class ForeignNetwork:
    """A network that was opened.

    Attributes
    ----------
    path : Path
        Its file.
    framework : str
        And the kind of file, for people.
    layout : str or None
        Axes of its input, one of `axes.LAYOUTS`; None for weights alone.
    bases : str
        Their order in the network.
    length : int or None
        Of its sequences, in nt; None if it takes any.
    outputs : list[str]
        Names of its numbers, empty for weights alone.
    first : FirstConvolution
        Its first layer.
    run : Callable or None
        From the network's own input to its outputs, shape=(N, outputs); None for weights alone.
    notes : list[str]
        What the file does not tell, and what was taken for it, a sentence each.
    """

    path: Path
    framework: str
    layout: str | None
    bases: str
    length: int | None
    outputs: list[str]
    first: FirstConvolution
    run: Callable[[np.ndarray], np.ndarray] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether its outputs can be computed."""
        return self.run is not None

    def predict(self, one_hot: np.ndarray) -> np.ndarray:
        """Outputs of sequences.

        Parameters
        ----------
        one_hot : np.ndarray
            shape=(N, length, 4), bases in the order A C G T.

        Returns
        -------
        np.ndarray
            float32, shape=(N, outputs).

        Raises
        ------
        InputError
            When only the first layer is known, or the sequences do not fit.
        """
        values = check_one_hot(one_hot, self.length)
        if self.run is None or self.layout is None:
            raise InputError(f"{self.path} tells the first layer alone; its outputs cannot be computed.")
        return np.asarray(self.run(arranged(values, self.layout, self.bases)), np.float32)

    def first_layer(self, one_hot: np.ndarray) -> np.ndarray:
        """Activations of the first layer, float32, shape=(N, positions, filters); sequences as in `predict`.

        Raises
        ------
        InputError
            When the sequences do not fit, or the file does not tell the activation.
        """
        return self.first.compute(check_one_hot(one_hot, self.length))

    def description(self) -> dict[str, str]:
        """What was found, a row each: name and value, for people."""
        first = self.first
        length = "any" if self.length is None else f"{self.length} nt"
        return {
            "file": self.path.name,
            "framework": self.framework,
            "input": f"{self.layout or 'not told'}, bases {' '.join(self.bases)}",
            "length": length if self.whole else "not told",
            "outputs": ", ".join(self.outputs) or "not told",
            "first convolution": f"{first.filters} filters × {first.width}",
            "padding": first.padding
            if isinstance(first.padding, str)
            else f"{first.padding[0]} + {first.padding[1]} zeros",
            "stride, dilation, groups": f"{first.stride}, {first.dilation}, {first.groups}",
            "normalisation": "none, or part of the kernel" if first.scale is None else "batch normalisation",
            "activation": first.activation.name if first.activation else "not told",
        }
