"""Sites of a motif in sequences: the best of each, by log-odds."""

from typing import NamedTuple

import numpy as np

from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import BACKGROUND, reverse_complement

PSEUDOCOUNT = 0.01  # added to each frequency
NO_BASE = -10.0  # bits of an N: a site has none


class Sites(NamedTuple):
    """Best site of a motif in each sequence: score in bits, first position, and whether it is on the other strand."""

    scores: np.ndarray
    starts: np.ndarray
    reverse: np.ndarray


def best_sites(codes: np.ndarray, pfm: np.ndarray, norc: bool = False) -> Sites:
    """Find the best site of a motif in each sequence.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    pfm : np.ndarray
        shape=(width, 4); of a motif wider than three quarters of a sequence, the most informative columns count.
    norc : bool
        Look at the given strand alone.

    Returns
    -------
    Sites
        Each of shape=(N,); scores against a background of .25.
    """
    pfm = _narrowed(pfm, codes.shape[1])
    forward = _scores(codes, pfm)
    found = [(forward.max(axis=1), forward.argmax(axis=1))]
    if not norc:
        backward = _scores(codes, reverse_complement(pfm))
        found.append((backward.max(axis=1), backward.argmax(axis=1)))
    scores, starts = (np.stack(of) for of in zip(*found, strict=True))
    strand, rows = scores.argmax(axis=0), np.arange(len(codes))
    return Sites(scores[strand, rows], starts[strand, rows], strand == 1)


def _scores(codes: np.ndarray, pfm: np.ndarray) -> np.ndarray:
    """Log-odds of the motif at every position, float32, shape=(N, positions)."""
    odds = np.log2((pfm + PSEUDOCOUNT) / (1 + BASES * PSEUDOCOUNT) / BACKGROUND)
    odds = np.column_stack([odds, np.full(len(odds), NO_BASE)]).astype(np.float32)
    positions = codes.shape[1] - len(pfm) + 1
    scores = np.zeros((len(codes), positions), np.float32)
    for i, row in enumerate(odds):
        scores += row[codes[:, i : i + positions]]
    return scores


def _narrowed(pfm: np.ndarray, length: int) -> np.ndarray:
    """Columns of a motif that fit into a sequence: of those that follow on each other, the furthest from background."""
    most = max(1, 3 * length // 4)
    if len(pfm) <= most:
        return pfm
    weights = np.abs(pfm - BACKGROUND).sum(axis=1)
    first = int(np.argmax(np.convolve(weights, np.ones(most), "valid")))
    return pfm[first : first + most]
