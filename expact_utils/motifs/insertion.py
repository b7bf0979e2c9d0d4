"""What known motifs do to a network's outputs, put into random sequences: of any network, whatever its filters show.

As in global importance analysis (Koo et al. 2021, doi 10.1371/journal.pcbi.1008925): what a site adds is averaged over
sequences that hold nothing else on purpose.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from expact_utils.dna.letters import BASES, one_hot
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.scanning import narrowed
from expact_utils.run.progress import Progress

COLUMNS = ["motif", "name", "output", "gained", "shuffled"]


def backgrounds(number: int, length: int, seed: int = 0) -> np.ndarray:
    """Random sequences, each base as likely, int8, shape=(number, length)."""
    return np.random.default_rng(seed).integers(0, BASES, (number, length), dtype=np.int8)


def planted(codes: np.ndarray, pfm: np.ndarray, rng: np.random.Generator, start: int | None = None) -> np.ndarray:
    """Sequences, shape=(N, length), with a site drawn from a PFM, shape=(width, 4), at `start` or at the centre."""
    start = (codes.shape[1] - len(pfm)) // 2 if start is None else start
    changed = codes.copy()
    below = rng.random((len(codes), len(pfm), 1)) > pfm.cumsum(axis=1)
    changed[:, start : start + len(pfm)] = np.minimum(below.sum(axis=-1), BASES - 1)
    return changed


def table(
    predict: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    motifs: list[Motif],
    outputs: list[str],
    seed: int = 0,
) -> pd.DataFrame:
    """What each output gains by a site of each motif at the centre, the mean over sequences.

    Parameters
    ----------
    predict : Callable
        From one-hot sequences, shape=(N, length, 4), to outputs, shape=(N, outputs).
    codes : np.ndarray
        Sequences that sites are put into, int8, shape=(N, length), as from `backgrounds`.
    motifs : list[Motif]
        Of a database; one that is wider than three quarters of the sequences is cut.
    outputs : list[str]
        Names of the outputs.
    seed : int
        Of the sites, and of the shuffled motifs.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`, a row a motif and output: `gained` by the motif, and `shuffled`, by the same with its positions in
        random order, in units of the output.
    """
    rng, rows = np.random.default_rng(seed), []
    before, progress = predict(one_hot(codes)), Progress("motifs put in", len(motifs))
    for number, motif in enumerate(motifs, start=1):
        pfm = narrowed(motif.pfm, codes.shape[1])
        versions = (pfm, rng.permutation(pfm))
        gains = [(predict(one_hot(planted(codes, of, rng))) - before).mean(axis=0) for of in versions]
        rows += [(motif.id, motif.name, *of_output) for of_output in zip(outputs, *gains, strict=True)]
        progress.report(number, motif.id)
    return pd.DataFrame(rows, columns=COLUMNS)


def best(found: pd.DataFrame, number: int) -> pd.DataFrame:
    """Motifs by which each output gains most, `number` of each, that gain more than any shuffled one does."""
    chance = found.groupby("output")["shuffled"].transform("max")
    above = found[found["gained"] > chance].sort_values("gained", ascending=False, kind="stable")
    first = above.groupby("output", sort=False).head(number)
    return first.sort_values("output", key=lambda of: of.map(list(pd.unique(found["output"])).index), kind="stable")
