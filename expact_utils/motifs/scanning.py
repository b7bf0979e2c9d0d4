"""Sites of motifs in sequences: the best of each, by log-odds."""

from typing import NamedTuple

import numpy as np

from expact_utils.dna.letters import UNKNOWN
from expact_utils.dna.pfm import BACKGROUND, log_odds, reverse_complement

NO_BASE = -10.0  # bits of an N: no site has one
PIECE = 2**24  # numbers that are computed at a time


class Sites(NamedTuple):
    """Best site of each motif in each sequence: score in bits, first position, and whether on the other strand."""

    scores: np.ndarray
    starts: np.ndarray
    reverse: np.ndarray

    def of(self, motif: int) -> "Sites":
        """Those of one motif, each of shape=(N,)."""
        return Sites(*(values[:, motif] for values in self))


def best_sites(codes: np.ndarray, pfms: np.ndarray, norc: bool = False) -> Sites:
    """Find the best site of motifs of one width in each sequence.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    pfms : np.ndarray
        shape=(motifs, width, 4), no wider than the sequences.
    norc : bool
        Look at the given strand alone.

    Returns
    -------
    Sites
        Each of shape=(N, motifs); scores against a background of .25.
    """
    odds = log_odds(pfms)
    oriented = [odds] if norc else [odds, np.stack([reverse_complement(one) for one in odds])]
    motifs, width = odds.shape[:2]
    weights = np.concatenate(oriented)
    weights = np.concatenate([weights, np.full((*weights.shape[:2], 1), NO_BASE)], axis=2).astype(np.float32)
    weights = weights.reshape(len(weights), -1).T
    bases = np.eye(UNKNOWN + 1, dtype=np.float32)
    pieces, rows = [], max(1, PIECE // (codes.shape[1] * max(weights.shape)))
    for start in range(0, len(codes), rows):
        windows = np.lib.stride_tricks.sliding_window_view(codes[start : start + rows], width, axis=1)
        scores = bases[windows].reshape(*windows.shape[:2], -1) @ weights
        scores = scores.reshape(*scores.shape[:2], len(oriented), motifs).swapaxes(1, 2)
        best = scores.argmax(axis=2)
        pieces.append((scores.max(axis=2), best))
    scores, starts = (np.concatenate(of) for of in zip(*pieces, strict=True))
    strand = scores.argmax(axis=1)[:, None]
    scores, starts = (np.take_along_axis(of, strand, axis=1)[:, 0] for of in (scores, starts))
    return Sites(scores, starts, strand[:, 0] == 1)


def narrowed(pfm: np.ndarray, length: int) -> np.ndarray:
    """Motif that fits into sequences: of one wider than three quarters of their length, the most informative part."""
    most = max(1, 3 * length // 4)
    if len(pfm) <= most:
        return pfm
    weights = np.abs(pfm - BACKGROUND).sum(axis=1)
    first = int(np.argmax(np.convolve(weights, np.ones(most), "valid")))
    return pfm[first : first + most]
