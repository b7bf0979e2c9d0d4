"""Attribution by name: which base of a sequence made a network say what it says."""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from expact_utils.attribution import mutagenesis as mutagenesis_module
from expact_utils.attribution import targets
from expact_utils.attribution.deepshap import deepshap
from expact_utils.attribution.integrated_gradients import integrated_gradients
from expact_utils.attribution.mutagenesis import mutagenesis
from expact_utils.attribution.references import BY, NUMBER, References
from expact_utils.attribution.saliency import saliency, saliency_corrected
from expact_utils.dna.letters import one_hot
from expact_utils.run import names
from expact_utils.run.errors import InputError
from expact_utils.run.progress import Progress


@dataclass(frozen=True)
class Method:
    """A way to attribute.

    Attributes
    ----------
    name : str
        In calls, and of its title in the registry.
    function : Callable
        From target, codes, classes (and references) to `targets.Found`.
    references : bool
        Whether it compares with shuffled sequences.
    source : str
        Where it was described.
    authors : dict
        Arguments of the function with which Koo & Ploenzke (2021) took it.
    """

    name: str
    function: Callable
    references: bool
    source: str
    authors: dict = field(default_factory=dict)

    @property
    def title(self) -> str:
        """On pages."""
        return names.METHODS[self.name]


METHODS = {
    row.name: row
    for row in (
        Method("saliency", saliency, False, "Simonyan et al. 2014"),
        Method("saliency-corrected", saliency_corrected, False, "Majdandzic et al. 2023"),
        Method("mutagenesis", mutagenesis, False, "Zhou & Troyanskaya 2015"),
        Method(
            *("integrated-gradients", integrated_gradients, True, "Sundararajan et al. 2017"),
            authors={"times": "input", "rule": "start"},
        ),
        Method("deepshap", deepshap, True, "Shrikumar et al. 2017; Lundberg & Lee 2017", {"times": "input"}),
    )
}


@dataclass(frozen=True, eq=False)
class Maps:
    """Attribution maps of sequences.

    Attributes
    ----------
    codes : np.ndarray
        The sequences, int8, shape=(N, length).
    values : np.ndarray
        What each base is worth, float32, shape=(N, length, 4), in units of the output.
    outputs, reference : np.ndarray
        Output of each sequence, and what it is compared with, shape=(N,).
    log_odds : bool
        Whether these are the log-odds of a probability.
    """

    codes: np.ndarray
    values: np.ndarray
    outputs: np.ndarray
    reference: np.ndarray
    log_odds: bool = False

    @property
    def contributions(self) -> np.ndarray:
        """What the base that is there is worth at each position, shape=(N, length)."""
        return (self.values * one_hot(self.codes)).sum(axis=-1)

    @property
    def changes(self) -> np.ndarray:
        """What each base is worth less what the one that is there is, shape=(N, length, 4)."""
        return self.values - self.contributions[..., None]

    @property
    def blank(self) -> np.ndarray:
        """Whether no base of a sequence makes a difference beyond rounding, shape=(N,)."""
        largest = np.abs(self.values).max(axis=(1, 2), initial=0)
        return largest <= targets.ROUNDING * np.maximum(np.abs(self.outputs), np.abs(self.reference))

    @property
    def off(self) -> np.ndarray:
        """By how much contributions miss the difference that they should sum to, as a share of it, shape=(N,)."""
        difference = self.outputs - self.reference
        missed = np.abs(self.contributions.sum(axis=1, dtype=float) - difference)
        return missed / np.maximum(np.abs(difference), np.finfo(np.float32).eps)


def attribute(
    model: keras.Model,
    codes: np.ndarray,
    method: str = "saliency-corrected",
    classes: int | np.ndarray = 0,
    at: str = "logit",
    by: str = BY[0],
    references: int = NUMBER,
    seed: int = 0,
    as_authors: bool = False,
) -> Maps:
    """Attribute a network's output to the bases of sequences.

    Parameters
    ----------
    model : keras.Model
        Input: shape=(-1, length, 4), one-hot. Output: shape=(-1, classes).
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    method : str
        One of `METHODS`.
    classes : int or np.ndarray
        Class that is explained, counted from 0: one for all sequences, or one for each, shape=(N,).
    at : str
        `logit`, or `probability`, where the sigmoid flattens what the network is sure of.
    by, references, seed
        How sequences are shuffled for comparison, `dinucleotide` or `base`, how often, and the seed of it, where the
        method compares.
    as_authors : bool
        As Koo & Ploenzke (2021) do: bases are shuffled, and multipliers taken times the sequence alone, so that they do
        not sum (`Method.authors`).

    Returns
    -------
    Maps
        The same with the same seed, whatever is explained beside a sequence; memory does not grow but by the maps.

    Raises
    ------
    InputError
        When there is no such method, class or way to shuffle, sequences are of another length or there is none, the
        network has no gradient or weights that are not finite, or a layer of it has no rule.
    """
    if method not in METHODS:
        raise InputError(f"{method} is no attribution method; expected one of {', '.join(METHODS)}.")
    row, target = METHODS[method], targets.of(model, at)
    targets.check_codes(target, codes)
    of_each = targets.class_of_each(target, classes, len(codes))
    arguments: dict = dict(row.authors) if as_authors else {}
    if row.references:
        shuffled_by = "base" if as_authors else by
        arguments["references"] = References(np.arange(len(codes)), shuffled_by, references, seed)
    found = row.function(target, codes, of_each, **arguments, progress=Progress(row.title, len(codes)))
    return Maps(codes, found.values.astype(np.float32), found.outputs, found.reference)


def attribute_function(
    predict: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, columns: int | np.ndarray = 0
) -> Maps:
    """Attribute an output of any function to the bases of sequences, by in-silico mutagenesis.

    Parameters
    ----------
    predict : Callable
        From one-hot sequences, float32, shape=(N, length, 4), bases A C G T, to outputs, shape=(N, outputs).
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    columns : int or np.ndarray
        Output that is explained, counted from 0: one for all sequences, or one for each, shape=(N,).

    Returns
    -------
    Maps
        Of `mutagenesis`.
    """
    of_each = np.broadcast_to(columns, len(codes))
    progress = Progress(METHODS["mutagenesis"].title, len(codes))
    return Maps(codes, *mutagenesis_module.of_function(predict, codes, of_each, progress))
