"""From attribution maps to motifs: TF-MoDISco (Shrikumar et al. 2018), as `modisco-lite` computes it (extra `modisco`).

It runs in a process of its own: its compiled kernels and TensorFlow's threads do not share one.
"""

import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

from expact_utils.dna.letters import one_hot
from expact_utils.dna.pfm import Motif, consensus, frequencies
from expact_utils.run.errors import InputError

if TYPE_CHECKING:
    from expact_utils.attribution.methods import Maps

SEQLETS = 2000  # of either sign that are looked at, at most: the time grows with their number
FDR = 0.2  # of seqlets, modisco-lite's own
SHARE = 0.3  # of the largest contribution of a position: what is less at both ends is cut off
PAD = 2  # positions kept beside what is left
LEAST = 42  # nucleotides of a sequence: two cores of a seqlet


@dataclass(frozen=True)
class Pattern:
    """A motif that contributions agree on.

    Attributes
    ----------
    motif : Motif
        PFM of its seqlets, cut to where they contribute; `pattern1`, `pattern2`, … or `against1`, …
    positive : bool
        Whether it speaks for the output, or against it.
    """

    motif: Motif
    positive: bool


def available() -> bool:
    """Whether modisco-lite is installed."""
    return find_spec("modiscolite") is not None


def worker() -> ProcessPoolExecutor:
    """Process for several calls of `patterns`, which compiles the kernels but once."""
    return ProcessPoolExecutor(1, get_context("spawn"))


def patterns(maps: "Maps", process: ProcessPoolExecutor, seqlets: int = SEQLETS) -> list[Pattern]:
    """Motifs of attribution maps, those that speak for the output first, each by its number of seqlets.

    Parameters
    ----------
    maps : Maps
        Of sequences; what each base is worth at each position, those that are not there too.
    process : ProcessPoolExecutor
        As from `worker`.
    seqlets : int
        Most stretches of either sign that are clustered.

    Returns
    -------
    list[Pattern]
        None where fewer than 100 stretches stand out, as in maps of noise. The same with the same maps.

    Raises
    ------
    InputError
        When modisco-lite is not installed, or a map is not finite or shorter than a seqlet.
    """
    if not available():
        raise InputError("TF-MoDISco needs modisco-lite; install it by the extra modisco, as in expact[modisco].")
    if not np.isfinite(maps.values).all():
        raise InputError("an attribution map holds NaN or an infinite value; expected finite numbers.")
    if maps.codes.shape[1] < LEAST:
        raise InputError(f"maps are {maps.codes.shape[1]} nt long; TF-MoDISco looks at {LEAST} nt and more.")
    found = process.submit(_found, one_hot(maps.codes), maps.values, seqlets).result()
    return [pattern for of_sign in found for pattern in _named(*of_sign)]


def _found(sequences: np.ndarray, values: np.ndarray, seqlets: int) -> list[tuple[bool, list[tuple]]]:
    """Sign, and for each pattern its mean sequence and contributions, each shape=(width, 4), and its seqlets."""
    warnings.filterwarnings("ignore", "IProgress not found")  # of the progress bars that modisco-lite does not show
    from modiscolite.tfmodisco import TFMoDISco

    np.random.seed(0)  # noqa: NPY002 - what modisco-lite draws from
    both = TFMoDISco(
        one_hot=sequences.astype(np.float32),
        hypothetical_contribs=values.astype(np.float32),
        max_seqlets_per_metacluster=seqlets,
        target_seqlet_fdr=FDR,
    )
    return [
        (sign, [(np.array(of.sequence), np.array(of.contrib_scores), len(of.seqlets)) for of in found or []])
        for sign, found in zip((True, False), both, strict=True)
    ]


def _named(positive: bool, found: list[tuple]) -> list[Pattern]:
    """Patterns of a sign, by their number of seqlets."""
    name = "pattern" if positive else "against"
    ordered = sorted(found, key=lambda one: -one[2])
    return [Pattern(_motif(f"{name}{number}", *one), positive) for number, one in enumerate(ordered, start=1)]


def _motif(name: str, sequence: np.ndarray, contributions: np.ndarray, seqlets: int) -> Motif:
    """PFM of a pattern, where its contributions are."""
    weights = np.abs(contributions).sum(axis=1)
    kept = np.flatnonzero(weights >= SHARE * weights.max())
    start, end = max(kept[0] - PAD, 0), kept[-1] + PAD + 1
    pfm = frequencies(sequence[start:end] * seqlets)
    return Motif(name, consensus(pfm), pfm, seqlets)
