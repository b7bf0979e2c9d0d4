"""Sequences of one length with their labels, on the way from files to a dataset."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from expact_utils.data import targets
from expact_utils.data.arrays import SPELLINGS
from expact_utils.data.datasets import SHORTEST, SPLITS, Dataset
from expact_utils.data.labels import ADVICE, WHOLE, labels_of
from expact_utils.data.sequences import Records, spread
from expact_utils.data.similarity import identical
from expact_utils.dna.letters import UNKNOWN
from expact_utils.run.errors import InputError
from expact_utils.run.tables import check_name, is_number
from expact_utils.run.words import counted

FEWEST = 3  # positives, and negatives, of a class: one for each split
JOINED = "are there more than once and were joined"
SPLIT_COLUMN = "split"  # of a table, small or capital, where split_column names none
SPLIT_ADVICE = "split_column, or --split-column of expact init, names the column of the splits"
SPELLED = {spelling: i for i, split in enumerate(SPLITS) for spelling in SPELLINGS[split]}
FOLDS = ("fold", "folds")  # small or capital; fold changes have fractions
LABEL_COLUMNS = ("bound", "label", "labels", "class", "target", "activity")  # small or capital, where none is named


@dataclass(frozen=True)
class Labelled:
    """Sequences of one length with their labels.

    Attributes
    ----------
    codes : np.ndarray
        int8, shape=(N, length), 0-4 = A C G T N.
    labels : np.ndarray
        As of a `Dataset`: int8, shape=(N, classes), or float32, shape=(N, numbers).
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

    @property
    def kinds(self) -> np.ndarray:
        """What each split should have its share of: labels, or the upper and lower half of numbers."""
        if not targets.are_numbers(self.labels):
            return self.labels
        return targets.halves(self.labels, targets.middles(self.labels))

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

    def noted(self, notes: list[str]) -> "Labelled":
        """The same with further notes."""
        return replace(self, notes=[*self.notes, *notes])

    def with_bases(self) -> "Labelled":
        """Those that are not of N alone; a note counts the others.

        Raises
        ------
        InputError
            When there is none.
        """
        has = self.has_bases
        if has.all():
            return self
        if not has.any():
            raise InputError(f"all sequences, as {self.ids[0]}, are of N alone; expected A, C, G and T.")
        return self.rows(
            has, f"left out {counted(int((~has).sum()), 'sequence')} of N alone, as {self.ids[has.argmin()]}"
        )

    @property
    def has_bases(self) -> np.ndarray:
        """Whether a sequence has a base that is known, bool, shape=(N,)."""
        return np.any(self.codes != UNKNOWN, axis=1)


def from_classes(records: dict[str, Records], length: int, norc: bool = False) -> Labelled:
    """Sequences that came a class at a time; one that is in several classes has several labels.

    Parameters
    ----------
    records : dict[str, Records]
        Class name to its sequences.
    length : int
        Length to crop and pad to.
    norc : bool
        Whether reverse complements are other sequences, as of RNA.
    """
    of_classes = [fitted(of, length, name) for name, of in records.items()]
    labels = np.repeat(np.eye(len(records), dtype=np.int8), [len(of) for of in records.values()], axis=0)
    ids = [name for of in records.values() for name in of.ids]
    codes = np.concatenate([codes for codes, _ in of_classes])
    notes = [note for _, of_class in of_classes for note in of_class]
    return _merged(Labelled(codes, labels, list(records), ids, notes).with_bases(), norc)


def as_dataset(data: Labelled, split: np.ndarray, source: str, seed: int) -> Dataset:
    """Make the dataset, if every split has a positive and a negative of every class.

    Raises
    ------
    InputError
        Naming the class, the split and what it lacks; or a name that tables or HDF5 cannot hold.
    """
    if (name := next((name for name in data.ids if "\0" in name), None)) is not None:
        raise InputError(f"a sequence is called {name!r}; expected a name without zero bytes.")
    for column, name in enumerate(data.class_names):
        check_name(name, "a class")
        if targets.are_numbers(data.labels):
            _check_number(name, data.labels[:, column], split)
        else:
            _check_class(name, data.labels[:, column], split, next((of for of in data.notes if JOINED in of), ""))
    X, Y = ({name: of[split == i] for i, name in enumerate(SPLITS)} for of in (data.codes, data.labels))
    names = {name: np.array(data.ids, dtype=object)[split == i].tolist() for i, name in enumerate(SPLITS)}
    return Dataset(X, Y, data.class_names, source, seed, names=names, notes=data.notes)


def _check_class(class_name: str, labels: np.ndarray, split: np.ndarray, joined: str) -> None:
    """Refuse a class without a positive or a negative in some split; `joined` is a note on equal sequences, if any."""
    for kind, label in (("positive", 1), ("negative", 0)):
        of_kind = labels == label
        if of_kind.sum() < FEWEST:
            raise InputError(
                f"the class {class_name} has {counted(int(of_kind.sum()), f'{kind} sequence')}; "
                f"expected at least {FEWEST}, one for each of {', '.join(SPLITS)}{f' ({joined})' if joined else ''}."
            )
        for i, name in enumerate(SPLITS):
            if not (split == i).any():
                raise InputError(f"no sequence is left for the split {name}; expected positives and negatives.")
            if not of_kind[split == i].any():
                raise InputError(
                    f"the class {class_name} has no {kind} sequence in the split {name}, of {of_kind.sum()} in all."
                )


def _check_number(column: str, numbers: np.ndarray, split: np.ndarray) -> None:
    """Refuse a column of numbers that is the same throughout a split, or all but missing there."""
    for i, name in enumerate(SPLITS):
        held = np.unique(numbers[(split == i) & targets.known(numbers)])
        if len(held) < FEWEST:
            raise InputError(
                f"{column} has {counted(len(held), 'value')} in the split {name}; expected at least {FEWEST}, that "
                "differ, to learn from and to test on."
            )


def common_length(settings: dict, records: list[Records]) -> int:
    """Length of all sequences: the one asked for, or the one they have."""
    lengths = np.concatenate([of.lengths for of in records])
    if not settings.get("length") and lengths.min() != lengths.max():
        raise InputError(
            f"sequences are {lengths.min()} to {lengths.max()} nt long; give length, to which longer ones are cropped "
            f"about their centre and shorter ones padded with N (their median is {int(np.median(lengths))})."
        )
    length = settings.get("length") or int(lengths[0])
    if length < SHORTEST:
        raise InputError(f"sequences are {length} nt long; give length: {SHORTEST}, or more, to pad them with N.")
    return length


def fitted(records: Records, length: int, name: str) -> tuple[np.ndarray, list[str]]:
    """Codes of one length, and notes on what was translated, cropped and padded; `name` is whose sequences they are."""
    cropped, padded = int((records.lengths > length).sum()), int((records.lengths < length).sum())
    notes = list(records.notes)
    if cropped or padded:
        notes.append(
            f"{name}: {spread(records.lengths)}; {cropped} sequences cropped about their centre, {padded} padded with "
            f"N, to {length} nt"
        )
    return records.fitted(length), notes


def from_columns(
    records: Records, columns: dict[str, list[str]], settings: dict, where: Path
) -> tuple[Labelled, np.ndarray | None]:
    """Sequences with the labels of a table's columns, and with the splits of one, if it has it."""
    split_column = _split_column(columns, settings)
    apart = _no_labels({name: texts for name, texts in columns.items() if name != split_column}, settings)
    names, taken = _label_columns([name for name in columns if name not in {split_column, *apart}], settings)
    for name in [*names, *([split_column] if split_column else [])]:
        if name not in columns:
            raise InputError(f"{where} has no column {name}; it has {', '.join(columns)}.")
    if not names:
        raise InputError(f"{where} has no column of labels; {ADVICE}.")
    given = {name: columns[name] for name in names}
    names, labels, said = labels_of(given, records.ids, where, settings.get("target", ""))
    split = _splits_of(columns[split_column], split_column, where) if split_column else None
    name = Path(settings.get("fasta") or settings["table"]).name
    codes, notes = fitted(records, common_length(settings, [records]), name)
    notes += [*taken, *apart.values(), *said]
    return labelled_only(Labelled(codes, labels, names, records.ids, notes), split, where.name)


def _split_column(columns: Iterable[str], settings: dict) -> str:
    """Column of the splits: the one named, else one that is called split, small or capital; or nothing."""
    named = settings.get("label_columns", [])
    called = [name for name in columns if name.lower() == SPLIT_COLUMN and name not in named]
    return settings.get("split_column") or min(called, key=lambda name: name != SPLIT_COLUMN, default="")


def _no_labels(columns: dict[str, list[str]], settings: dict) -> dict[str, str]:
    """Columns that are no labels unless somebody says so, of words for splits or of folds; and a note on each."""
    named, notes = settings.get("label_columns", []), {}
    for name, texts in columns.items():
        if name in named or name.lower() in LABEL_COLUMNS:
            continue
        if {text.lower() for text in texts} <= SPELLED.keys():
            notes[name] = f"{name} holds words such as {texts[0]} and is left out ({SPLIT_ADVICE})"
        elif name.lower() in FOLDS and len(columns) > 1 and not named and not any(map(_is_fraction, texts)):
            notes[name] = f"{name} left out, as folds are no labels ({ADVICE})"
    return notes


def _is_fraction(text: str) -> bool:
    return is_number(text) and not WHOLE.fullmatch(text)


def _label_columns(columns: list[str], settings: dict) -> tuple[list[str], list[str]]:
    """Columns of labels, and a note on those left out: the ones named, or the only one with a name of labels, or all.

    Where `target` is given, it is said of all columns that `label_columns` does not leave out.
    """
    named = settings.get("label_columns")
    called = [name for name in columns if name.lower() in LABEL_COLUMNS]
    if named or settings.get("target") or len(called) != 1 or called == columns:
        return named or columns, []
    left_out = ", ".join(name for name in columns if name not in called)
    return called, [f"{called[0]} taken for the labels, by its name, and {left_out} left out ({ADVICE})"]


def labelled_only(data: Labelled, split: np.ndarray | None, where: str) -> tuple[Labelled, np.ndarray | None]:
    """Leave out sequences of N alone, or without any label, with notes; of splits as well, where there are some."""
    split = None if split is None else split[data.has_bases]
    data = data.with_bases()
    has = np.any(targets.known(data.labels), axis=1)
    if not has.any():
        raise InputError(f"no sequence of {where} has a label.")
    if has.all():
        return data, split
    note = f"left out {counted(int((~has).sum()), 'sequence')} without any label"
    return data.rows(has, note), None if split is None else split[has]


def _splits_of(cells: list[str], column: str, where: Path) -> np.ndarray:
    if unknown := [text for text in cells if text.lower() not in SPELLED]:
        raise InputError(f"{where}: {column} holds {unknown[0]!r}; expected {', '.join(SPLITS)}.")
    return np.array([SPELLED[text.lower()] for text in cells])


def _merged(data: Labelled, norc: bool) -> Labelled:
    """Join equal sequences into one that has the labels of all; the first keeps its name."""
    group = identical(data.codes, norc)
    first = np.unique(group, return_index=True)[1]
    if len(first) == len(data.ids):
        return data
    order = np.argsort(first)
    labels = np.zeros((len(first), data.labels.shape[1]), np.int8)
    np.maximum.at(labels, group, data.labels)
    reversed_too = int(identical(data.codes, norc=True).max()) + 1 - len(first)
    said = f", {reversed_too} of them as reverse complements" if reversed_too else ""
    merged = data.rows(first[order], f"{len(data.ids) - len(first)} sequences {JOINED}{said}")
    several = int((labels.sum(axis=1) > 1).sum())
    notes = [f"{counted(several, 'sequence')} of more than one class: labelled 1 in each"] if several else []
    return replace(merged, labels=labels[order]).noted(notes)
