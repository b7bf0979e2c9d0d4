"""Sites of motifs in sequences: the best of each, by log-odds."""

from typing import NamedTuple

import numpy as np

from expact_utils.dna.letters import UNKNOWN
from expact_utils.dna.pfm import BACKGROUND, log_odds, reverse_complement

NO_BASE = -10.0  # bits of an N: no site has one
LETTERS = UNKNOWN + 1
WORD = 4  # letters that are looked up at once
PIECE = 2**19  # positions that are scored at a time
SITE_P = 1e-4  # of a window on one strand, as FIMO's default
PARTS_OF_BIT = 1000


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
    tables, width = _tables(np.concatenate(oriented)), odds.shape[1]
    scores = np.empty((len(oriented) * len(odds), len(codes)), np.float32)
    starts = np.empty(scores.shape, int)
    rows = max(1, PIECE // codes.shape[1])
    for piece in (slice(start, start + rows) for start in range(0, len(codes), rows)):
        words = {size: _words(codes[piece], size) for size in {size for _, size, _ in tables}}
        for row in range(len(scores)):
            of_row = _scores(words, tables, row, codes.shape[1] - width + 1)
            scores[row, piece], starts[row, piece] = of_row.max(axis=1), of_row.argmax(axis=1)
    by_strand = [of.reshape(len(oriented), len(odds), -1) for of in (scores, starts)]
    strand = by_strand[0].argmax(axis=0)[None]
    best_scores, best_starts = (np.take_along_axis(of, strand, axis=0)[0].T for of in by_strand)
    return Sites(best_scores, best_starts, strand[0].T == 1)


def every_site(codes: np.ndarray, pfm: np.ndarray, threshold: float, norc: bool = False) -> list[tuple[int, int]]:
    """Row and first position of all sites of a motif, shape=(width, 4), that reach a threshold in bits; none overlap.

    Of those that would, the better one is kept. Arguments as of `best_sites`.
    """
    odds = log_odds(pfm)
    oriented = [odds] if norc else [odds, reverse_complement(odds)]
    places = np.arange(codes.shape[1] - len(pfm) + 1)[:, None] + np.arange(len(pfm))
    found: list[tuple[int, int]] = []
    for row, sequence in enumerate(codes):
        scores = np.max([_at_each(sequence[places], of) for of in oriented], axis=0)
        while len(scores) and (best := int(scores.argmax())) >= 0 and scores[best] >= threshold:
            found.append((row, best))
            scores[max(0, best - len(pfm) + 1) : best + len(pfm)] = -np.inf
    return found


def threshold_of(pfm: np.ndarray, p: float = SITE_P) -> float:
    """Score in bits that a random window reaches with probability `p` at most, each base a quarter: FIMO's rule.

    Exact but for scores rounded to a thousandth; infinite where even the motif's best word is not so rare, as of 6 nt.
    """
    scores = np.round(log_odds(pfm) * PARTS_OF_BIT).astype(int)
    above = scores - scores.min(axis=1, keepdims=True)
    density = np.ones(1)
    for of_bases in above:
        longer = np.zeros(len(density) + of_bases.max())
        for more in of_bases:
            longer[more : more + len(density)] += density / len(of_bases)
        density = longer
    rare = np.flatnonzero((density > 0) & (density[::-1].cumsum()[::-1] <= p))
    if not len(rare):
        return np.inf
    return (rare[0] + scores.min(axis=1).sum() - len(pfm) / 2) / PARTS_OF_BIT


def _at_each(windows: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """Score of each window, codes of shape=(places, width), in bits."""
    with_unknown = np.column_stack([odds, np.full(len(odds), NO_BASE)])
    return with_unknown[np.arange(len(odds)), windows].sum(axis=1)


def _tables(odds: np.ndarray) -> list[tuple[int, int, np.ndarray]]:
    """Place and size of the words that a site is made of, and the score of each in bits, shape=(motifs, words).

    `odds` is of shape=(motifs, width, 4). A word is one number, which is a quarter of the work of its four letters.
    """
    unknown = np.full((*odds.shape[:2], 1), NO_BASE)
    odds = np.concatenate([odds, unknown], axis=2).astype(np.float32)
    tables = []
    for place in range(0, odds.shape[1], WORD):
        first, *others = np.moveaxis(odds[:, place : place + WORD], 1, 0)
        for other in others:
            first = (first[:, :, None] + other[:, None]).reshape(len(odds), -1)
        tables.append((place, 1 + len(others), first))
    return tables


def _words(codes: np.ndarray, size: int) -> np.ndarray:
    """The word from each position on, as a number with a digit a letter, shape=(N, length - size + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view(codes, size, axis=1)
    return windows @ LETTERS ** np.arange(size - 1, -1, -1)


def _scores(words: dict[int, np.ndarray], tables, row: int, positions: int) -> np.ndarray:
    """Score of a motif at each position of each sequence, in bits, shape=(N, positions)."""
    return sum(of_words[row].take(words[size][:, place : place + positions]) for place, size, of_words in tables)


def narrowed(pfm: np.ndarray, length: int) -> np.ndarray:
    """Motif that fits into sequences: of one wider than three quarters of their length, the most informative part."""
    most = max(1, 3 * length // 4)
    if len(pfm) <= most:
        return pfm
    weights = np.abs(pfm - BACKGROUND).sum(axis=1)
    first = int(np.argmax(np.convolve(weights, np.ones(most), "valid")))
    return pfm[first : first + most]
