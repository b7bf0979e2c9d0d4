"""From attribution maps to motifs: TF-MoDISco (Shrikumar et al. 2018), as `modisco-lite` computes it (extra `modisco`).

It runs in a process of its own: its compiled kernels and TensorFlow's threads do not share one.
"""

import warnings
from concurrent.futures import Executor
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from joblib.externals.loky import ProcessPoolExecutor

from expact_utils.dna.letters import BASES, one_hot
from expact_utils.dna.pfm import Motif, consensus, frequencies
from expact_utils.run.errors import InputError

if TYPE_CHECKING:
    from expact_utils.attribution.methods import Maps

SEQLETS = 2000  # of either sign that are looked at, at most: the time grows with their number
FDR = 0.2  # of seqlets, modisco-lite's own
SHARE = 0.3  # of the largest contribution of a position: what is less at both ends is cut off
PAD = 2  # positions kept beside what is left
SITES = ["sequence", "start", "end", "strand"]
LEAST = 21  # nucleotides of a sequence: the core of a seqlet
FLANK = 20  # positions that are put at either end, so that seqlets at an end are not left out


@dataclass(frozen=True)
class Pattern:
    """A motif that contributions agree on.

    Attributes
    ----------
    motif : Motif
        PFM of its seqlets, cut to where they contribute; `pattern1`, `pattern2`, … or `against1`, …
    positive : bool
        Whether it speaks for the output, or against it.
    sites : pd.DataFrame
        Columns `SITES`, a row a stretch that it is made of: row of the sequence, first position and the one after the
        last of the motif in it, which may lie beyond its ends, and `+` or, where it is the reverse complement, `-`.
    """

    motif: Motif
    positive: bool
    sites: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SITES))


def available() -> bool:
    """Whether modisco-lite is installed."""
    return find_spec("modiscolite") is not None


def worker() -> Executor:
    """Process for several calls of `patterns`, which compiles the kernels but once.

    It does not begin by running the script that calls, as those of the standard library do.
    """
    return ProcessPoolExecutor(1)


def motifs(maps: "Maps") -> list[Pattern]:
    """As `patterns`, in a process that is started for it; `expact_utils.map_motifs` in a notebook."""
    with worker() as process:
        return patterns(maps, process)


def patterns(maps: "Maps", process: Executor, seqlets: int = SEQLETS) -> list[Pattern]:
    """Motifs of attribution maps, those that speak for the output first, each by its number of seqlets.

    Parameters
    ----------
    maps : Maps
        Of sequences; what each base is worth at each position, those that are not there too.
    process : Executor
        As from `worker`.
    seqlets : int
        Most stretches of either sign that are clustered.

    Returns
    -------
    list[Pattern]
        None where fewer than 100 stretches stand out, as in maps of noise, or no base makes a difference. The same
        with the same maps.

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
    if maps.blank.all():
        return []
    found = process.submit(_found, *_with_flanks(maps), seqlets).result()
    return [pattern for of_sign in found for pattern in _named(*of_sign)]


def _with_flanks(maps: "Maps") -> tuple[np.ndarray, np.ndarray]:
    """One-hot sequences with random bases before and after them, and what each base is worth, there nothing.

    A millionth of the largest is added as noise: modisco-lite ends in NaN where a stretch is 0 throughout.
    """
    rng, flanks = np.random.default_rng(0), ((0, 0), (FLANK, FLANK), (0, 0))
    codes = rng.integers(0, BASES, (len(maps.codes), maps.codes.shape[1] + 2 * FLANK), dtype=np.int8)
    codes[:, FLANK:-FLANK] = maps.codes
    values = np.pad(maps.values, flanks)
    return one_hot(codes), values + 1e-6 * np.abs(values).max() * rng.normal(size=values.shape)


def _found(sequences: np.ndarray, values: np.ndarray, seqlets: int) -> list[tuple[bool, list[tuple]]]:
    """Sign, and for each pattern its mean sequence and contributions, each shape=(width, 4), and its seqlets.

    Of a seqlet: row, start, end, and whether it is the reverse complement.
    """
    warnings.filterwarnings("ignore", "IProgress not found")  # of the progress bars that modisco-lite does not show
    from modiscolite.tfmodisco import TFMoDISco

    np.random.seed(0)  # noqa: NPY002 - what modisco-lite draws from
    both = TFMoDISco(
        one_hot=sequences.astype(np.float32),
        hypothetical_contribs=values.astype(np.float32),
        max_seqlets_per_metacluster=seqlets,
        target_seqlet_fdr=FDR,
    )

    def places(pattern) -> list[tuple]:
        return [(int(one.example_idx), int(one.start), int(one.end), bool(one.is_revcomp)) for one in pattern.seqlets]

    return [
        (sign, [(np.array(of.sequence), np.array(of.contrib_scores), places(of)) for of in found or []])
        for sign, found in zip((True, False), both, strict=True)
    ]


def _named(positive: bool, found: list[tuple]) -> list[Pattern]:
    """Patterns of a sign, by their number of seqlets."""
    name = "pattern" if positive else "against"
    ordered = sorted(found, key=lambda one: -len(one[2]))
    return [_pattern(f"{name}{number}", positive, *one) for number, one in enumerate(ordered, start=1)]


def _pattern(
    name: str, positive: bool, sequence: np.ndarray, contributions: np.ndarray, places: list[tuple]
) -> Pattern:
    """Pattern of a mean sequence, cut to where its contributions are."""
    weights = np.abs(contributions).sum(axis=1)
    kept = np.flatnonzero(weights >= SHARE * weights.max())
    start, end = max(kept[0] - PAD, 0), min(kept[-1] + PAD + 1, len(weights))
    pfm = frequencies(sequence[start:end] * len(places))
    rows = [
        (row, last - end, last - start, "-") if reverse else (row, first + start, first + end, "+")
        for row, first, last, reverse in places
    ]
    sites = pd.DataFrame(rows, columns=SITES)
    sites[["start", "end"]] -= FLANK
    return Pattern(Motif(name, consensus(pfm), pfm, len(places)), positive, sites)
