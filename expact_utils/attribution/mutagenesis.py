"""In-silico mutagenesis: what every single change of a base does to an output."""

from collections.abc import Callable

import numpy as np
from keras import ops

from expact_utils.attribution import saliency, targets
from expact_utils.attribution.targets import Found, Target
from expact_utils.dna.letters import BASES, UNKNOWN, one_hot
from expact_utils.run.progress import Progress

COMPUTED = 200_000  # positions of mutants that are computed at once


def mutagenesis(target: Target, codes: np.ndarray, classes: np.ndarray, progress: Progress | None = None) -> Found:
    """Output of each mutant less that of the sequence, less the mean over bases of each position.

    Without the last step, the base that is there has 0 and says nothing of what it is worth; with it, it has what it
    adds to the mean of the four. An N is left as it is.

    Arguments as in `saliency.saliency`.

    Returns
    -------
    Found
        Against the output where each position has a quarter of each base; they sum to the difference where positions
        do not depend on each other.
    """
    changes, outputs = changes_of(target, codes, classes, progress)
    return Found(saliency.centred(changes), outputs, targets.outputs_without_base(target, codes, classes, 1 / BASES))


def changes_of(
    target: Target, codes: np.ndarray, classes: np.ndarray, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Output of each mutant less that of the sequence, float32, shape=(N, length, 4), 0 at the base that is there.

    And the outputs of the sequences, shape=(N,).
    """
    changes, outputs = np.zeros((*codes.shape, BASES), np.float32), np.empty(len(codes))
    size = min(1 + 3 * codes.shape[1], max(2, COMPUTED // codes.shape[1]))
    for part in targets.parts(len(codes), 1, progress):
        mutants, places = mutants_of(codes[part][0])
        found = np.concatenate(
            [_of(target, mutants[i : i + size], size, classes[part]) for i in range(0, len(mutants), size)]
        )
        changes[part][0][places], outputs[part] = found[1:] - found[0], found[0]
    return changes, outputs


def of_function(
    predict: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    columns: np.ndarray,
    progress: Progress | None = None,
) -> Found:
    """As `mutagenesis`, of any function, whose layers are not looked into.

    `predict` and `codes` as in `methods.attribute_function`, `columns` of shape=(N,).
    """
    changes = np.zeros((*codes.shape, BASES), np.float32)
    outputs, reference = np.empty((2, len(codes)), np.float32)
    size = max(2, COMPUTED // codes.shape[1])
    for part in targets.parts(len(codes), 1, progress):
        mutants, places = mutants_of(codes[part][0])
        pieces = (one_hot(mutants[start : start + size]) for start in range(0, len(mutants), size))
        found = np.concatenate([np.asarray(predict(piece))[:, columns[part][0]] for piece in pieces])
        changes[part][0][places], outputs[part] = found[1:] - found[0], found[0]
        reference[part] = np.asarray(predict(targets.without_base(codes[part])))[:, columns[part][0]]
    return Found(saliency.centred(changes), outputs, reference)


def mutants_of(codes: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """The sequence, shape=(length,), and its mutants, shape=(1 + mutants, length); position and base of each mutant."""
    known = np.flatnonzero(codes != UNKNOWN)
    position = np.repeat(known, BASES - 1)
    base = (codes[position] + np.tile(np.arange(1, BASES), len(known))) % BASES
    mutants = np.repeat(codes[None], 1 + len(position), axis=0)
    mutants[np.arange(1, len(mutants)), position] = base
    return mutants, (position, base)


def _of(target: Target, codes: np.ndarray, size: int, of_class: np.ndarray) -> np.ndarray:
    """Outputs of at most `size` sequences, computed as so many, so that one compiled function will do."""
    filled = np.concatenate([codes, np.repeat(codes[:1], size - len(codes), axis=0)])
    found = target.output(ops.convert_to_tensor(one_hot(filled)), ops.convert_to_tensor(np.repeat(of_class, size)))
    return ops.convert_to_numpy(found)[: len(codes)]
