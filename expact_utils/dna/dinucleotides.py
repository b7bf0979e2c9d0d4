"""Shuffled sequences: the same bases and dinucleotides in another order, as negatives without the motif."""

import numpy as np

from expact_utils.dna.letters import UNKNOWN


def shuffle_known(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffle each stretch of a sequence between its N's, as `shuffle` does; every N keeps its place.

    Padding stays where it is, so that it does not tell a shuffled sequence from the one that it was made of.
    """
    shuffled = codes.copy()
    known = np.flatnonzero(np.diff(np.concatenate([[False], codes != UNKNOWN, [False]]).astype(np.int8)))
    for start, end in known.reshape(-1, 2):
        shuffled[start:end] = shuffle(codes[start:end], rng)
    return shuffled


def shuffle(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffle a sequence so that the number of each dinucleotide stays (Altschul & Erickson 1985).

    A sequence is a walk over its bases, each step a dinucleotide. A random tree of last steps towards the final base
    makes sure that the walk, with all other steps in random order, uses every step once.

    Parameters
    ----------
    codes : np.ndarray
        int8, shape=(length,), 0-4 = A C G T N.
    """
    last = int(codes[-1])
    steps = {int(base): codes[1:][codes[:-1] == base].tolist() for base in np.unique(codes[:-1])}
    tree = _tree_of_last_steps(steps, last, rng)
    for base, targets in steps.items():
        if base in tree:
            targets.remove(tree[base])
        rng.shuffle(targets)
        if base in tree:
            targets.append(tree[base])
        targets.reverse()  # to be taken from the end
    walk = [int(codes[0])]
    while steps.get(walk[-1]):
        walk.append(steps[walk[-1]].pop())
    return np.array(walk, np.int8)


def _tree_of_last_steps(steps: dict[int, list[int]], last: int, rng: np.random.Generator) -> dict[int, int]:
    """Last step out of each base but the final one, so that all lead there: a random spanning tree (Wilson 1996)."""
    tree, reached = {}, {last}
    for base in steps:
        here, path = base, {}
        while here not in reached:
            path[here] = steps[here][rng.integers(len(steps[here]))]
            here = path[here]
        here = base
        while here not in reached:
            tree[here] = path[here]
            reached.add(here)
            here = path[here]
    return tree
