"""Sequences that are of no class, beside those that are of one."""

import numpy as np

from expact_utils.data.labelled import Labelled, fitted
from expact_utils.data.sequences import Records
from expact_utils.data.similarity import identical
from expact_utils.dna import dinucleotides
from expact_utils.run.errors import InputError
from expact_utils.run.words import counted


def with_shuffled_negatives(
    positives: Labelled, split: np.ndarray, seed: int, norc: bool = False
) -> tuple[Labelled, np.ndarray]:
    """Add a negative for each sequence, in its split: its dinucleotides shuffled, labelled 0 in every class.

    It has the same length, and N at the same places. One that is a positive as well, as of a repeat that has no other
    order, is left out.

    Raises
    ------
    InputError
        When all are positives as well.
    """
    rng = np.random.default_rng(seed)
    shuffled = np.stack([dinucleotides.shuffle_known(codes, rng) for codes in positives.codes])
    names = [f"{name}_shuffled" for name in positives.ids]
    notes = [f"negatives: each of the {len(shuffled)} sequences with its dinucleotides shuffled"]
    negatives = Labelled(shuffled, np.zeros_like(positives.labels), [], names, notes)
    new = _are_new(negatives, positives, norc)
    if not new.any():
        raise InputError("no sequence has another order of its dinucleotides; give a file of negatives.")
    if not new.all():
        left_out = counted(int((~new).sum()), "shuffled negative")
        negatives = negatives.rows(new, f"left out {left_out} with the same letters as a positive, as repeats have")
    return _joined(positives, negatives), np.concatenate([split, split[new]])


def with_negatives(data: Labelled, negatives: Records, length: int, source: str = "", norc: bool = False) -> Labelled:
    """Add sequences that are of no class, without those that are of one; `source` is the file they came from."""
    codes, notes = fitted(negatives, length, source)
    labels = np.zeros((len(negatives), data.labels.shape[1]), np.int8)
    added = Labelled(codes, labels, [], negatives.ids, notes).with_bases()
    new = _are_new(added, data, norc)
    if not new.any():
        raise InputError(
            f"all negatives of {source or 'the genome'} are positives as well, or their reverse complements."
        )
    if source:
        added = added.noted([f"negatives: {int(new.sum())} sequences from {source}"])
    if not new.all():
        left_out = counted(int((~new).sum()), "negative")
        added = added.rows(new, f"left out {left_out} found among the positives too, or as their reverse complements")
    return _joined(data, added)


def _are_new(negatives: Labelled, positives: Labelled, norc: bool) -> np.ndarray:
    """Whether each negative is no positive as well, shape=(N,)."""
    both = identical(np.concatenate([positives.codes, negatives.codes]), norc)
    return ~np.isin(both[len(positives.ids) :], both[: len(positives.ids)])


def _joined(positives: Labelled, negatives: Labelled) -> Labelled:
    """All of both, with the classes of the first."""
    return Labelled(
        np.concatenate([positives.codes, negatives.codes]),
        np.concatenate([positives.labels, negatives.labels]),
        positives.class_names,
        [*positives.ids, *negatives.ids],
        [*positives.notes, *negatives.notes],
    )
