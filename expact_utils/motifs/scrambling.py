"""What a network's outputs lose without a motif's sites: of any network, as no layer of it is looked into."""

from collections.abc import Callable

import numpy as np

from expact_utils.dna.letters import UNKNOWN, one_hot
from expact_utils.motifs.scanning import best_sites, narrowed

SEQUENCES = 100  # with a site, that are looked at
VERSIONS = 5  # of each sequence, scrambled


def lost(
    predict: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    pfm: np.ndarray,
    threshold: float,
    rng: np.random.Generator,
    norc: bool = False,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Mean fall of the outputs without a motif's best site, and without as long a window elsewhere.

    Parameters
    ----------
    predict : Callable
        From one-hot sequences, shape=(N, length, 4), to outputs, shape=(N, outputs).
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    pfm : np.ndarray
        shape=(width, 4).
    threshold : float
        Log-odds in bits from which on a sequence has a site.
    rng : np.random.Generator
        Of the scrambled bases, which are drawn from the sequence's own, and of the other windows.
    norc : bool
        Look for sites on the given strand alone.

    Returns
    -------
    np.ndarray, np.ndarray, int
        Each shape=(outputs,), in units of the output, NaN where no sequence has a site; and how many have one, of which
        the first `SEQUENCES` were looked at.
    """
    pfm = narrowed(pfm, codes.shape[1])
    found = best_sites(codes, pfm[None], norc).of(0)
    rows = np.flatnonzero(found.scores >= threshold)
    chosen, width = rows[:SEQUENCES], len(pfm)
    if not len(chosen):
        none = np.full(np.shape(predict(one_hot(codes[:1])))[1], np.nan)
        return none, none, 0
    of_chosen, starts = codes[chosen], found.starts[chosen]
    before = predict(one_hot(of_chosen))
    elsewhere = rng.integers(0, codes.shape[1] - width + 1, (VERSIONS, len(chosen)))
    places = (np.repeat(starts[None], VERSIONS, axis=0), elsewhere)
    falls = [
        np.mean([before - predict(one_hot(scrambled(of_chosen, at, width, rng))) for at in of], axis=(0, 1))
        for of in places
    ]
    return falls[0], falls[1], len(rows)


def scrambled(codes: np.ndarray, starts: np.ndarray, width: int, rng: np.random.Generator) -> np.ndarray:
    """Sequences, shape=(N, length), with bases drawn from each one's own in a window; an N stays where it is.

    `starts`, shape=(N,), are the windows' first positions.
    """
    changed = codes.copy()
    for row, start in enumerate(starts):
        known = codes[row][codes[row] != UNKNOWN]
        window = changed[row, start : start + width]
        drawn = rng.choice(known, width) if len(known) else window
        changed[row, start : start + width] = np.where(window == UNKNOWN, UNKNOWN, drawn)
    return changed
