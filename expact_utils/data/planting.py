"""Planting motifs in random sequences, and knowing afterwards where they are (Koo & Ploenzke 2019 and 2021, Methods).

A sequence gets its motifs one after the other, without overlap: the gaps before, between and after them are uniform
draws rescaled to fill the sequence. What a data set keeps of that is `planted` (dtype `datasets.PLANTED`), a row a
motif; the probabilities that each base was drawn from, and the positions that are motif, follow from it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from expact_utils.data.datasets import PLANTED, SPLITS, Dataset
from expact_utils.dna.letters import BASES
from expact_utils.dna.pfm import BACKGROUND, Motif, information, reverse_complement
from expact_utils.run.errors import InputError

# Probability of the smallest number of motifs in a sequence, and of 1, 2, 3, 4 more.
MOTIF_NUMBERS = (0.50, 0.25, 0.17, 0.05, 0.03)
SPLIT_FRACTIONS = {"train": 0.7, "valid": 0.1, "test": 0.2}
FEWEST = 10  # sequences
INFORMATIVE = 0.01  # bits from which on a position counts as motif (the authors' code of 2020)


class Places(NamedTuple):
    """Row, start and matrix index of every planted motif, each of shape=(planted,)."""

    row: np.ndarray
    start: np.ndarray
    matrix: np.ndarray


def both_strands(motifs: Sequence[Motif]) -> list[np.ndarray]:
    """PFMs of motifs, shape=(width, 4), then their reverse complements in the same order."""
    return [motif.pfm for motif in motifs] + [reverse_complement(motif.pfm) for motif in motifs]


def check(sequences: int, length: int, most: int, widest: int, in_words: str) -> None:
    """Refuse what cannot be simulated: too few sequences, or too short for `most` motifs of the widest.

    Raises
    ------
    InputError
        Naming the setting and what was expected.
    """
    if length < most * widest:
        raise InputError(f"length is {length}; expected at least {most * widest}, so that {in_words} motifs fit.")
    if sequences < FEWEST:
        raise InputError(f"sequences is {sequences}; expected at least {FEWEST}, so that every split has some.")


def place(rng, sequences: int, length: int, widths: np.ndarray, fewest: int = 1) -> Places:
    """Draw how many motifs each sequence gets, which, and where.

    Parameters
    ----------
    rng : np.random.Generator
    sequences, length : int
        Number of sequences, and nucleotides of each.
    widths : np.ndarray
        Of the matrices to draw from, uniformly and with replacement, shape=(matrices,).
    fewest : int
        Smallest number of motifs; `MOTIF_NUMBERS` says how likely it is, and each number above it.
    """
    most = fewest + len(MOTIF_NUMBERS) - 1
    number = rng.choice(np.arange(fewest, most + 1), size=sequences, p=MOTIF_NUMBERS)
    matrix = rng.integers(0, len(widths), (sequences, most))
    used = np.arange(most) < number[:, None]
    width = np.where(used, widths[matrix], 0)
    gap = rng.random((sequences, most + 1)) * (np.arange(most + 1) <= number[:, None])
    free = length - width.sum(axis=1, keepdims=True)
    # Rounding the running sum keeps every gap a whole number that is not negative.
    before = np.rint(np.cumsum(gap, axis=1)[:, :most] / gap.sum(axis=1, keepdims=True) * free).astype(int)
    start = before + np.cumsum(width, axis=1) - width
    return Places(np.nonzero(used)[0], start[used], matrix[used])


def sequences_with(rng, sequences: int, length: int, pfms: list[np.ndarray], places: Places) -> np.ndarray:
    """Random sequences with a site of its matrix at each place, int8, shape=(sequences, length), 0-3 = A C G T."""
    X = rng.integers(0, BASES, (sequences, length), dtype=np.int8)
    for index, pfm in enumerate(pfms):
        here = places.matrix == index
        columns = places.start[here, None] + np.arange(len(pfm))
        X[places.row[here, None], columns] = _sample(rng, pfm, int(np.count_nonzero(here)))
    return X


def _sample(rng, pfm: np.ndarray, number: int) -> np.ndarray:
    """Draw `number` sites from a PFM, shape=(width, 4), by inverting its cumulative sum; shape=(number, width)."""
    steps = np.cumsum(pfm, axis=1)[:, :-1]
    return (rng.random((number, len(pfm), 1)) >= steps).sum(axis=2, dtype=np.int8)


def planted(places: Places, ids: Sequence[str]) -> np.ndarray:
    """Planted motifs as a dataset keeps them; matrices are those of `ids`, then their reverse complements."""
    found = np.empty(len(places.row), dtype=PLANTED)
    found["sequence"], found["start"] = places.row, places.start
    found["strand"] = np.where(places.matrix < len(ids), b"+", b"-")
    found["matrix_id"] = np.array(ids, dtype="S12")[places.matrix % len(ids)]
    return found


def divide(rng, sequences: int) -> dict[str, np.ndarray]:
    """Rows of each split, 70/10/20 at random."""
    order = rng.permutation(sequences)
    bounds = np.rint(np.cumsum([0, *SPLIT_FRACTIONS.values()]) * sequences).astype(int)
    return {split: order[bounds[i] : bounds[i + 1]] for i, split in enumerate(SPLITS)}


def planted_matrices(data: Dataset) -> set[str]:
    """IDs of all matrices that were planted, those of negatives too; none where that is not known."""
    return {str(one, "ascii") for split in data.planted.values() for one in np.unique(split["matrix_id"])}


def of_rows(sites: np.ndarray, rows: np.ndarray, sequences: int) -> np.ndarray:
    """Rows of `planted` that lie in the sequences `rows`, renumbered to their new places, by sequence and start."""
    new = np.full(sequences, -1)
    new[rows] = np.arange(len(rows))
    kept = sites[new[sites["sequence"]] >= 0].copy()
    kept["sequence"] = new[kept["sequence"]]
    return kept[np.lexsort((kept["start"], kept["sequence"]))]


def probabilities(sites: np.ndarray, pfms: Mapping[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Probabilities that each base was drawn from, float32, shape=(N, length, 4): .25 outside of motifs.

    Parameters
    ----------
    sites : np.ndarray
        `planted` of a split.
    pfms : Mapping[str, np.ndarray]
        Matrix ID to PFM, shape=(width, 4), as it reads on the + strand.
    shape : tuple[int, int]
        Sequences and nucleotides of the split.

    Raises
    ------
    InputError
        When a planted matrix is not among the PFMs, or does not lie inside its sequence.
    """
    found = np.full((*shape, BASES), BACKGROUND, dtype=np.float32)
    for rows, columns, pfm in _by_matrix(sites, pfms, shape):
        found[rows, columns] = pfm
    return found


def motif_positions(sites: np.ndarray, pfms: Mapping[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Which positions are motif, int8, shape=(N, length): 1 where a planted matrix has over `INFORMATIVE` bits.

    Parameters and errors as in `probabilities`.
    """
    found = np.zeros(shape, dtype=np.int8)
    for rows, columns, pfm in _by_matrix(sites, pfms, shape):
        found[rows, columns] = information(pfm) > INFORMATIVE
    return found


def _by_matrix(sites: np.ndarray, pfms: Mapping[str, np.ndarray], shape: tuple[int, int]):
    """Rows, shape=(n, 1), columns, shape=(n, width), and PFM as it lies there, of each matrix on each strand."""
    for matrix_id in np.unique(sites["matrix_id"]):
        name = matrix_id.decode()
        if name not in pfms:
            raise InputError(f"{name} is planted, and its matrix is not known; expected one of {', '.join(pfms)}.")
        for strand, pfm in ((b"+", pfms[name]), (b"-", reverse_complement(pfms[name]))):
            here = sites[(sites["matrix_id"] == matrix_id) & (sites["strand"] == strand)]
            columns = here["start"][:, None] + np.arange(len(pfm))
            if len(here) and (columns.max() >= shape[1] or here["sequence"].max() >= shape[0]):
                raise InputError(f"{name} is planted beyond the end of a sequence of {shape[1]} nt.")
            yield here["sequence"][:, None], columns, pfm
