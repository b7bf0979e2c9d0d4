"""A biologist's own sequences as a dataset: labels, one length, negatives, and splits that do not leak.

The same sequence, or its reverse complement, is never in two splits: it would be tested on what it was trained on.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from expact_utils.datasets import SPLITS, Dataset
from expact_utils.errors import InputError
from expact_utils.sequences import Records

SHARES = (0.7, 0.1, 0.2)  # of training, validation and test
FEWEST = 3  # positives, and negatives, of a class: one for each split
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.int8)


@dataclass(frozen=True)
class Labelled:
    """Sequences of one length with their labels.

    Attributes
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        int8, shape=(N, classes), 0 or 1.
    class_names : list[str]
        Name of each label column.
    ids : list[str]
        Name of each sequence.
    notes : list[str]
        What was done to the input, for the report.
    """

    codes: np.ndarray
    labels: np.ndarray
    class_names: list[str]
    ids: list[str]
    notes: list[str] = field(default_factory=list)

    def rows(self, kept: np.ndarray, note: str = "") -> "Labelled":
        """Some of the sequences, by row or mask, and a note on why."""
        ids = np.array(self.ids, dtype=object)[kept].tolist()
        return replace(
            self,
            codes=self.codes[kept],
            labels=self.labels[kept],
            ids=ids,
            notes=[*self.notes, *([note] if note else [])],
        )


def from_classes(records: dict[str, Records], length: int) -> Labelled:
    """Sequences that came a class at a time; one that is in several classes has several labels.

    Parameters
    ----------
    records : dict[str, Records]
        Class name to its sequences.
    length : int
        Length to crop and pad to.
    """
    codes = np.concatenate([of.fitted(length) for of in records.values()])
    sizes = [len(of) for of in records.values()]
    labels = np.repeat(np.eye(len(records), dtype=np.int8), sizes, axis=0)
    ids = [name for of in records.values() for name in of.ids]
    notes = [note for of in records.values() for note in of.notes]
    for name, of in records.items():
        cropped, padded = int((of.lengths > length).sum()), int((of.lengths < length).sum())
        if cropped or padded:
            notes.append(
                f"{name}: {cropped} sequences cropped about their centre, {padded} padded with N, to {length} nt"
            )
    return _merged(Labelled(codes, labels, list(records), ids, notes))


def with_shuffled_negatives(positives: Labelled, seed: int) -> Labelled:
    """Add a negative for each sequence: the sequence with its dinucleotides shuffled, labelled 0 in every class."""
    rng = np.random.default_rng(seed)
    shuffled = np.stack([dinucleotide_shuffle(codes, rng) for codes in positives.codes])
    return Labelled(
        np.concatenate([positives.codes, shuffled]),
        np.concatenate([positives.labels, np.zeros_like(positives.labels)]),
        positives.class_names,
        [*positives.ids, *(f"{name}_shuffled" for name in positives.ids)],
        [*positives.notes, f"negatives: each of the {len(shuffled)} sequences with its dinucleotides shuffled"],
    )


def dinucleotide_shuffle(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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


def split_at_random(data: Labelled, seed: int) -> np.ndarray:
    """Split of each sequence (0, 1, 2 for training, validation, test): 70, 10 and 20 % of every combination of labels.

    The same sequence and its reverse complement go to one split together.
    """
    rng = np.random.default_rng(seed)
    groups = sequence_groups(data.codes)
    first = np.unique(groups, return_index=True)[1]
    combinations = np.unique(data.labels[first], axis=0, return_inverse=True)[1].ravel()
    split = np.zeros(len(first), dtype=int)
    for combination in np.unique(combinations):
        members = rng.permutation(np.flatnonzero(combinations == combination))
        ends = np.cumsum(SHARES) * len(members)
        split[members] = np.searchsorted(np.floor(ends + rng.random()), np.arange(len(members)), side="right").clip(
            0, 2
        )
    return split[groups]


def sequence_groups(codes: np.ndarray) -> np.ndarray:
    """Number the sequences so that the same ones, and reverse complements, have the same number; shape=(N,)."""
    forward, backward = ((of + 1).astype(np.uint8) for of in (codes, COMPLEMENT[codes[:, ::-1]]))
    texts = [np.ascontiguousarray(of).view(f"S{codes.shape[1]}").ravel() for of in (forward, backward)]
    return np.unique(np.where(texts[0] < texts[1], *texts), return_inverse=True)[1].ravel()


def as_dataset(data: Labelled, split: np.ndarray, source: str, seed: int) -> Dataset:
    """Make the dataset, if every split has a positive and a negative of every class.

    Raises
    ------
    InputError
        Naming the class, the split and what it lacks.
    """
    X, Y = ({name: of[split == i] for i, name in enumerate(SPLITS)} for of in (data.codes, data.labels))
    for name in SPLITS:
        if not len(Y[name]):
            raise InputError(f"no sequence is left for the split {name}; expected at least {FEWEST} of every class.")
        for column, class_name in enumerate(data.class_names):
            positives = int(Y[name][:, column].sum())
            for kind, number in (("positive", positives), ("negative", len(Y[name]) - positives)):
                if not number:
                    all_of_kind = int((data.labels[:, column] == (kind == "positive")).sum())
                    raise InputError(
                        f"the class {class_name} has no {kind} sequence in the split {name} ({all_of_kind} in all); "
                        f"expected at least one in each of {', '.join(SPLITS)}."
                    )
    return Dataset(X, Y, data.class_names, source, seed)


def _merged(data: Labelled) -> Labelled:
    """Join equal sequences into one that has the labels of all; the first keeps its name."""
    _, first, group = np.unique(data.codes, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    labels = np.zeros((len(first), data.labels.shape[1]), np.int8)
    np.maximum.at(labels, group.ravel(), data.labels)
    if len(first) == len(data.ids):
        return data
    merged = data.rows(first[order], f"{len(data.ids) - len(first)} sequences are there more than once and were joined")
    return replace(merged, labels=labels[order])


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
