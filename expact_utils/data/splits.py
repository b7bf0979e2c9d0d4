"""Splits of sequences into training, validation and test that do not leak.

What is alike (`similarity`) is never in two splits: it would be tested on what it was trained on.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from expact_utils.data.datasets import SPLITS
from expact_utils.data.regions import coordinates
from expact_utils.data.similarity import groups, identical
from expact_utils.run.errors import InputError
from expact_utils.run.words import counted

SHARES = (0.7, 0.1, 0.2)  # of training, validation and test
VALIDATION = 1 / 8  # of a training set without a validation set
FEWEST_CHROMOSOMES = 5  # to split by
DRAWS = 200  # orders of chromosomes that are tried; the one that comes nearest to the shares is taken
NEAR = 0.05  # how far from its share each split may be
OF_CHROMOSOME = re.compile(r"_\w+_(alt|fix|random)$")  # as UCSC names what belongs to a chromosome


def default(codes: np.ndarray, labels: np.ndarray, names: list[str], seed: int) -> tuple[np.ndarray, list[str]]:
    """Split whole chromosomes, where names state enough of them, or else groups of sequences that are alike, at random.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        int8, shape=(N, classes).
    names : list[str]
        Of the sequences; see `regions.coordinates`.
    seed : int
        Same seed, same split.

    Returns
    -------
    np.ndarray, list[str]
        Split of each sequence (0, 1, 2 for training, validation, test), about 70, 10 and 20 %; and notes on it.

    Raises
    ------
    InputError
        When over half of the sequences are alike, so that they cannot be split.
    """
    together = groups(codes, names)
    if found := _whole_chromosomes(labels, names, seed):
        split, chosen = found
        with_others = _latest(together, split)
        if (moved := int((with_others != split).sum())) <= NEAR * len(split) and _has_all(labels, with_others):
            said = f", and with them {counted(moved, 'sequence')} of others that are nearly the same" * bool(moved)
            return with_others, [f"split by chromosome: {chosen}{said}"]
    sizes = np.bincount(together)
    if 1 < len(codes) / 2 < sizes.max():
        raise InputError(
            f"{sizes.max()} of {len(codes)} sequences overlap or are nearly the same, so that no split would test "
            "on others than it trains on; expected fewer of them, or a column that says the splits."
        )
    notes = [f"{said}, so the split is not by chromosome" for said in _without_place(names, _chromosomes(names))]
    if len(sizes) < len(codes):
        notes.append(
            f"{len(codes) - (sizes == 1).sum()} sequences overlap, or are nearly the same, with others: each such "
            "group is in one split"
        )
    return at_random(together, labels, seed), notes


def at_random(
    together: np.ndarray, labels: np.ndarray, seed: int, shares: tuple[float, float, float] = SHARES
) -> np.ndarray:
    """Split of each sequence: its share of every combination of labels; what is `together` has one number."""
    rng = np.random.default_rng(seed)
    first, sizes = np.unique(together, return_index=True, return_counts=True)[1:]
    combinations = np.unique(labels[first], axis=0, return_inverse=True)[1].ravel()
    split = np.zeros(len(first), dtype=int)
    for combination in np.unique(combinations):
        members = rng.permutation(np.flatnonzero(combinations == combination))
        ends = np.cumsum(shares) * sizes[members].sum()
        before = np.cumsum(sizes[members]) - sizes[members]
        split[members] = np.searchsorted(np.floor(ends + rng.random()), before, side="right").clip(0, 2)
    return split[together]


def set_aside(codes: np.ndarray, labels: np.ndarray, names: list[str], split: np.ndarray, seed: int) -> int:
    """Move an eighth of the training sequences to validation, in `split` itself; return how many they are.

    What is alike is moved together. Other parameters as in `default`.
    """
    rows = np.flatnonzero(split == 0)
    together = groups(codes[rows], [names[row] for row in rows])
    found = at_random(together, labels[rows], seed, (1 - VALIDATION, VALIDATION, 0))
    split[rows] = found
    return int((found == 1).sum())


def by_chromosome(names: list[str], chromosomes: dict[str, list[str | int]]) -> tuple[np.ndarray, list[str]]:
    """Split of each sequence by the chromosome that its name states, and a note on those whose name states none.

    These, and the chromosomes that no split names, are for training.

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
    stated = np.array(_chromosomes(names), dtype=object)
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
    return split, [f"{said}: they are in training" for said in _without_place(names, stated.tolist())]


def without_leaks(codes: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Rows to keep, shape=(N,): what is in a later split too, as it is or reversed, is left out of the earlier one."""
    return split == _latest(identical(codes), split)


def _latest(numbers: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Latest split of what has the same number, shape=(N,)."""
    latest = np.zeros(numbers.max() + 1, dtype=int)
    np.maximum.at(latest, numbers, split)
    return latest[numbers]


def alike_in_training(codes: np.ndarray, names: list[str], split: np.ndarray) -> int:
    """Number of sequences to validate or test on that overlap, or are nearly the same as, one that is trained on."""
    together = groups(codes, names)
    return int(np.isin(together[split > 0], together[split == 0]).sum())


def _chromosomes(names: list[str]) -> list[str]:
    """Chromosome of each sequence, without `chr`; empty where its name states none.

    Other versions and loose pieces of a chromosome (`chr1_KI270762v1_alt`, `_fix`, `_random`) are of it.
    """
    places = [coordinates(name) for name in names]
    return [OF_CHROMOSOME.sub("", place[0]).removeprefix("chr") if place else "" for place in places]


def _without_place(names: list[str], stated: Sequence[str]) -> list[str]:
    """Sentence on names that state no place, where others do; `stated` as from `_chromosomes`."""
    lacking = [name for name, chromosome in zip(names, stated, strict=True) if not chromosome]
    if len(lacking) in (0, len(names)):
        return []
    return [f"{len(lacking)} of {len(names)} names state no place, as {lacking[0]}"]


def _whole_chromosomes(labels: np.ndarray, names: list[str], seed: int) -> tuple[np.ndarray, str] | None:
    """A split by chromosome that has every label in every split and comes near the shares, in words too; else None."""
    stated = _chromosomes(names)
    counts = Counter(stated)
    if "" in counts or not FEWEST_CHROMOSOMES <= len(counts) <= len(names) / 2:  # of two sequences each, they are none
        return None
    if max(counts.values()) > len(names) / 2:
        return None
    rng, best = np.random.default_rng(seed), None
    names_of, number = np.unique(stated, return_inverse=True)
    for _ in range(DRAWS):
        drawn = _drawn(rng.permutation(names_of).tolist(), counts)
        split = np.array([drawn[name] for name in names_of])[number]
        shares = np.bincount(split, minlength=3) / len(split)
        off = float(np.abs(shares - SHARES).max())
        if off <= NEAR and (best is None or off < best[0]) and _has_all(labels, split):
            best = off, split, drawn
    if best is None:
        return None
    _, split, drawn = best
    return split, "; ".join(
        f"{', '.join(sorted(name for name in drawn if drawn[name] == i))} to {SPLITS[i]}" for i in (1, 2)
    )


def _drawn(order: list[str], counts: Counter) -> dict[str, int]:
    """Chromosome to split: those first in order to test, the next to validate, until the shares are reached."""
    total, drawn, held = counts.total(), {}, {1: 0, 2: 0}
    for name in order:
        open_splits = [i for i in (2, 1) if held[i] + counts[name] / 2 <= SHARES[i] * total]
        drawn[name] = open_splits[0] if open_splits else 0
        if drawn[name]:
            held[drawn[name]] += counts[name]
    return drawn


def _has_all(labels: np.ndarray, split: np.ndarray) -> bool:
    """Whether each split has a positive and a negative of each class that has both."""
    there = [np.array([(labels[split == i] == value).any(axis=0) for value in (0, 1)]) for i in range(len(SPLITS))]
    return bool(np.logical_and.reduce(there).sum() == np.logical_or.reduce(there).sum())
