"""The synthetic data: random sequences with planted motifs of twelve TFs (Koo & Ploenzke 2019, Methods)."""

from typing import NamedTuple

import numpy as np

from expact_utils.data.datasets import PLANTED, SPLITS, Dataset
from expact_utils.dna.jaspar import GROUND_TRUTH, ground_truth, relevant_lists
from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import Motif, reverse_complement
from expact_utils.run.errors import InputError

# Probability of 1, 2, 3, 4, 5 motifs in a sequence.
MOTIF_NUMBERS = (0.50, 0.25, 0.17, 0.05, 0.03)
SPLIT_FRACTIONS = {"train": 0.7, "valid": 0.1, "test": 0.2}
FEWEST = 10  # sequences


class Places(NamedTuple):
    """Row, start and matrix index of every planted motif, each of shape=(planted,)."""

    row: np.ndarray
    start: np.ndarray
    matrix: np.ndarray


def simulate(sequences: int = 25_000, length: int = 200, seed: int = 0) -> Dataset:
    """Simulate the synthetic 12-TF data.

    A sequence gets 1 to 5 motifs, drawn uniformly with replacement from 24 matrices (twelve and their reverse
    complements). They do not overlap: the gaps before, between and after them are uniform draws rescaled to
    fill the sequence. Bases outside motifs are uniform. A label ignores the strand. Split 70/10/20 at random.

    Parameters
    ----------
    sequences : int
        Number of sequences in all, at least 10.
    length : int
        Length in nucleotides; five of the widest motif must fit.
    seed : int
        Same seed, same data.

    Returns
    -------
    Dataset
        With `planted` set: every planted motif, ordered by sequence and start.

    Raises
    ------
    InputError
        When there are too few sequences or they are too short.
    """
    motifs = ground_truth()
    _check(sequences, length, motifs)
    rng = np.random.default_rng(seed)
    pfms = [motif.pfm for motif in motifs] + [reverse_complement(motif.pfm) for motif in motifs]
    places = _place(rng, sequences, length, np.array([len(pfm) for pfm in pfms]))
    X = rng.integers(0, BASES, (sequences, length), dtype=np.int8)
    _plant(rng, X, pfms, places)
    Y = np.zeros((sequences, len(motifs)), dtype=np.int8)
    Y[places.row, places.matrix % len(motifs)] = 1
    return _split(rng, X, Y, _planted(places), seed)


def _check(sequences: int, length: int, motifs: tuple[Motif, ...]) -> None:
    shortest = len(MOTIF_NUMBERS) * max(motif.width for motif in motifs)
    if length < shortest:
        raise InputError(f"length is {length}; expected at least {shortest}, so that five motifs fit.")
    if sequences < FEWEST:
        raise InputError(f"sequences is {sequences}; expected at least {FEWEST}, so that every split has some.")


def _place(rng, sequences: int, length: int, widths: np.ndarray) -> Places:
    """Draw how many motifs each sequence gets, which, and where; `widths` are those of the matrices."""
    most = len(MOTIF_NUMBERS)
    number = rng.choice(np.arange(1, most + 1), size=sequences, p=MOTIF_NUMBERS)
    matrix = rng.integers(0, len(widths), (sequences, most))
    used = np.arange(most) < number[:, None]
    width = np.where(used, widths[matrix], 0)
    gap = rng.random((sequences, most + 1)) * (np.arange(most + 1) <= number[:, None])
    free = length - width.sum(axis=1, keepdims=True)
    # Rounding the running sum keeps every gap a whole number that is not negative.
    before = np.rint(np.cumsum(gap, axis=1)[:, :most] / gap.sum(axis=1, keepdims=True) * free).astype(int)
    start = before + np.cumsum(width, axis=1) - width
    return Places(np.nonzero(used)[0], start[used], matrix[used])


def _plant(rng, X: np.ndarray, pfms: list[np.ndarray], places: Places) -> None:
    """Write a site of its matrix into the codes, shape=(N, length), at each place."""
    for index, pfm in enumerate(pfms):
        here = places.matrix == index
        columns = places.start[here, None] + np.arange(len(pfm))
        X[places.row[here, None], columns] = _sample(rng, pfm, int(np.count_nonzero(here)))


def _sample(rng, pfm: np.ndarray, number: int) -> np.ndarray:
    """Draw `number` sites from a PFM, shape=(width, 4), by inverting its cumulative sum; shape=(number, width)."""
    steps = np.cumsum(pfm, axis=1)[:, :-1]
    return (rng.random((number, len(pfm), 1)) >= steps).sum(axis=2, dtype=np.int8)


def _planted(places: Places) -> np.ndarray:
    """Planted motifs as a dataset keeps them; the second half of the matrices are reverse complements."""
    number = len(GROUND_TRUTH)
    planted = np.empty(len(places.row), dtype=PLANTED)
    planted["sequence"], planted["start"] = places.row, places.start
    planted["strand"] = np.where(places.matrix < number, b"+", b"-")
    planted["matrix_id"] = np.array(list(GROUND_TRUTH.values()), dtype="S12")[places.matrix % number]
    return planted


def _split(rng, X: np.ndarray, Y: np.ndarray, planted: np.ndarray, seed: int) -> Dataset:
    order = rng.permutation(len(X))
    bounds = np.rint(np.cumsum([0, *SPLIT_FRACTIONS.values()]) * len(X)).astype(int)
    members = {split: order[bounds[i] : bounds[i + 1]] for i, split in enumerate(SPLITS)}
    return Dataset(
        X={split: X[rows] for split, rows in members.items()},
        Y={split: Y[rows] for split, rows in members.items()},
        class_names=list(GROUND_TRUTH),
        source=f"simulated: {len(X)} sequences of {X.shape[1]} nt, 12 TFs of JASPAR 2016",
        seed=seed,
        planted={split: _planted_of(planted, rows, len(X)) for split, rows in members.items()},
        relevant=relevant_lists(),
    )


def _planted_of(planted: np.ndarray, rows: np.ndarray, sequences: int) -> np.ndarray:
    """Rows of `planted` that lie in the sequences `rows`, renumbered to their new places."""
    place = np.full(sequences, -1)
    place[rows] = np.arange(len(rows))
    kept = planted[place[planted["sequence"]] >= 0].copy()
    kept["sequence"] = place[kept["sequence"]]
    return kept[np.lexsort((kept["start"], kept["sequence"]))]
