"""Position frequency matrices (PFMs) and their arithmetic.

Every matrix has shape=(width, 4): a row a position, columns A C G T, rows that sum to 1.
"""

from dataclasses import dataclass

import numpy as np

from expact_utils.dna.letters import ALPHABET, BASES

BACKGROUND = 1 / BASES
PSEUDOCOUNT = 0.01  # added to each frequency
MAX_WIDTH = 100  # of what Tomtom compares: memelite's exact settings take memory that grows steeply with width


@dataclass(frozen=True)
class Motif:
    """A motif: `id`, `name`, `pfm` of shape=(width, 4), and `nsites`, the number of sites behind it."""

    id: str
    name: str
    pfm: np.ndarray
    nsites: float

    @property
    def width(self) -> int:
        """Number of positions."""
        return len(self.pfm)


def from_counts(motif_id: str, name: str, counts: np.ndarray) -> Motif:
    """Motif of counts of A C G T at each position, shape=(width, 4); `nsites` is their mean sum."""
    sums = counts.sum(axis=1)
    return Motif(motif_id, name, counts / sums[:, None], float(sums.mean()))


def frequencies(counts: np.ndarray) -> np.ndarray:
    """PFMs of counts of A C G T, shape=(..., width, 4); flat where there are none."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, BACKGROUND), where=total > 0)


def reverse_complement(pfm: np.ndarray) -> np.ndarray:
    """Reverse complement of a PFM, shape=(width, 4): with columns A C G T, both axes reversed."""
    return pfm[::-1, ::-1]


def information(pfm: np.ndarray) -> np.ndarray:
    """Information content of each position in bits, 2 + sum_b p_b log2 p_b; shape=(width,), 0 to 2."""
    p = np.asarray(pfm, dtype=float)
    return 2 + np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=-1)


def consensus(pfm: np.ndarray) -> str:
    """Most frequent base of each position; the first of A C G T where several tie."""
    return "".join(ALPHABET[i] for i in np.argmax(pfm, axis=-1))


def log_odds(pfm: np.ndarray) -> np.ndarray:
    """Log-odds of PFMs, shape=(..., width, 4), in bits, `PSEUDOCOUNT` added, against a background of .25."""
    return np.log2((pfm + PSEUDOCOUNT) / (1 + BASES * PSEUDOCOUNT) / BACKGROUND)


def best_score(codes: np.ndarray, pfm: np.ndarray) -> np.ndarray:
    """Best log-odds score of a motif in each sequence, on either strand, in bits.

    Parameters
    ----------
    codes : np.ndarray
        Sequences, int8, shape=(N, length), 0-3 = A C G T; 4 = N scores 0.
    pfm : np.ndarray
        shape=(width, 4).

    Returns
    -------
    np.ndarray
        shape=(N,).
    """
    best = np.full(len(codes), -np.inf)
    positions = codes.shape[1] - len(pfm) + 1
    for oriented in (pfm, reverse_complement(pfm)):
        odds = np.column_stack([log_odds(oriented), np.zeros(len(oriented))])
        scores = sum(row[codes[:, i : i + positions]] for i, row in enumerate(odds))
        best = np.maximum(best, scores.max(axis=1))
    return best
