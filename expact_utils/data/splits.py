"""Splits of sequences into training, validation and test that do not leak.

The same sequence, or its reverse complement, is never in two splits: it would be tested on what it was trained on.
"""

import numpy as np

from expact_utils.data.datasets import SPLITS
from expact_utils.data.regions import coordinates
from expact_utils.dna.letters import reverse_complement
from expact_utils.run.errors import InputError

SHARES = (0.7, 0.1, 0.2)  # of training, validation and test


def at_random(codes: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Split of each sequence (0, 1, 2 for training, validation, test): 70, 10 and 20 % of every combination of labels.

    The same sequence and its reverse complement go to one split together.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        int8, shape=(N, classes).
    seed : int
        Same seed, same split.
    """
    rng = np.random.default_rng(seed)
    groups = sequence_groups(codes)
    first = np.unique(groups, return_index=True)[1]
    combinations = np.unique(labels[first], axis=0, return_inverse=True)[1].ravel()
    split = np.zeros(len(first), dtype=int)
    for combination in np.unique(combinations):
        members = rng.permutation(np.flatnonzero(combinations == combination))
        ends = np.cumsum(SHARES) * len(members)
        of_members = np.searchsorted(np.floor(ends + rng.random()), np.arange(len(members)), side="right")
        split[members] = of_members.clip(0, 2)
    return split[groups]


def by_chromosome(names: list[str], chromosomes: dict[str, list[str | int]]) -> np.ndarray:
    """Split of each sequence by the chromosome that its name states; the chromosomes that none names are for training.

    Parameters
    ----------
    names : list[str]
        Names of the sequences; see `regions.coordinates`. `1` and `chr1` are one chromosome.
    chromosomes : dict[str, list[str | int]]
        Split, `valid` or `test`, to its chromosomes.

    Raises
    ------
    InputError
        When there is no sequence of a chromosome.
    """
    places = [coordinates(name) for name in names]
    stated = np.array([place[0].removeprefix("chr") if place else "" for place in places], dtype=object)
    split = np.zeros(len(names), dtype=int)
    for of_split, wanted in chromosomes.items():
        for chromosome in wanted:
            own = stated == str(chromosome).removeprefix("chr")
            if not own.any():
                raise InputError(
                    f"own: {of_split} names {chromosome}, of which there is no sequence; expected names such as "
                    f"chr1:100-300, and they are {', '.join(names[:3])}, …"
                )
            split[own] = SPLITS.index(of_split)
    return split


def without_leaks(codes: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Rows to keep, shape=(N,): what is in a later split too, as it is or reversed, is left out of the earlier one."""
    groups = sequence_groups(codes)
    latest = np.zeros(groups.max() + 1, dtype=int)
    np.maximum.at(latest, groups, split)
    return split == latest[groups]


def sequence_groups(codes: np.ndarray) -> np.ndarray:
    """Number the sequences so that the same ones, and reverse complements, have the same number; shape=(N,)."""
    forward, backward = ((of + 1).astype(np.uint8) for of in (codes, reverse_complement(codes)))
    texts = [np.ascontiguousarray(of).view(f"S{codes.shape[1]}").ravel() for of in (forward, backward)]
    return np.unique(np.where(texts[0] < texts[1], *texts), return_inverse=True)[1].ravel()
