"""The dataset file (HDF5) and its one reader, writer and validator.

`X_{train,valid,test}`: int8, shape=(N, length), 0-3 = A C G T and 4 = N. `Y_*`: int8, shape=(N, classes), 0 or 1,
or -1 where a label is missing; or, of numbers to predict, float32, shape=(N, outputs), NaN where one is missing.
`planted_*` (synthetic data): a row a planted motif. `truth_*` (regulatory codes): int8, shape as X, 1 where a position
is motif. `names_*` (own data): a text a sequence. Attributes: class_names, source, seed, format_version, notes (what
was done to the input, one line each) and relevant (JSON: the name of a list to its TFs, and each of these to the
matrices that count as finding it; no list where the ground truth is unknown).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import h5py
import numpy as np

from expact_utils.data import targets
from expact_utils.dna.letters import UNKNOWN
from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.hdf5 import check_format, open_hdf5, read_array, read_attribute

SPLITS = ("train", "valid", "test")
SHORTEST = 20  # nucleotides of a sequence to train on: a first-layer filter has 19
FORMAT_VERSION = 2  # 1 did not tell the ground truth of built-in data
IN_MEMORY = 2**29  # bytes: a larger array stays in its file. Fixed, since the order of batches depends on it.
PIECE = 2**20  # bytes of a chunk of the file, and about what is looked at a time
PLANTED = np.dtype([("sequence", "i4"), ("start", "i4"), ("strand", "S1"), ("matrix_id", "S12")])


@dataclass(frozen=True)
class Stored:
    """An array that stays in its HDF5 file: `len`, `shape`, `dtype` and slices of rows, as of a numpy array."""

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    def __getitem__(self, rows: slice) -> np.ndarray:
        with open_hdf5(self.path, "the dataset file that was read before", verified=True) as file:
            return file[self.name][rows]


Array = np.ndarray | Stored


@dataclass
class Dataset:
    """Sequences and labels of the three splits.

    Attributes
    ----------
    X : dict[str, np.ndarray or Stored]
        Split to codes, int8, shape=(N, length), 0-3 = A C G T, 4 = N.
    Y : dict[str, np.ndarray or Stored]
        Split to labels, int8, shape=(N, classes), 0 or 1, or -1 where a label is missing; or to numbers, float32,
        shape=(N, outputs), NaN where one is missing (`targets`).
    class_names : list[str]
        Name of each label column.
    source : str
        Where the sequences come from.
    seed : int
        Seed of everything random in making them.
    planted : dict[str, np.ndarray]
        Split to planted motifs (dtype `PLANTED`): row of X, start, strand, matrix ID. Empty if unknown.
    truth : dict[str, np.ndarray or Stored]
        Split to positions that are motif, int8, shape=(N, length), 1 or 0. Empty if unknown.
    names : dict[str, list[str]]
        Split to the name of each sequence, such as `chr1:100-300`. Empty if they have none.
    notes : list[str]
        What was done to the input, for the report.
    relevant : dict[str, dict[str, tuple[str, ...]]]
        Name of a list to its TFs, each to the IDs of the matrices that count as finding it; the list that counts where
        none is chosen comes first. Empty if the ground truth is unknown.
    """

    X: Mapping[str, Array]
    Y: Mapping[str, Array]
    class_names: list[str]
    source: str
    seed: int
    planted: dict[str, np.ndarray] = field(default_factory=dict)
    truth: Mapping[str, Array] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    relevant: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Sequence length in nucleotides."""
        return self.X["train"].shape[1]

    @property
    def numbers(self) -> bool:
        """Whether numbers are predicted, and not classes."""
        return targets.are_numbers(self.Y["train"])

    def standardised(self) -> "Dataset":
        """Numbers less the mean of the training set, in its standard deviations; classes as they are."""
        if not self.numbers:
            return self
        mean, deviation = targets.scale(self.Y["train"][:])
        return replace(self, Y={split: ((Y[:] - mean) / deviation).astype(np.float32) for split, Y in self.Y.items()})

    def as_classes(self) -> "Dataset":
        """Classes as they are; of numbers, the upper half of each column, by the training set's (`targets.middles`)."""
        if not self.numbers:
            return self
        middles = targets.middles(self.Y["train"][:])
        names = [f"upper half of {name}" for name in self.class_names]
        return replace(self, Y={s: targets.halves(Y[:], middles) for s, Y in self.Y.items()}, class_names=names)


def write(path: str | Path, dataset: Dataset) -> None:
    """Validate a dataset and write it to `path`, whole or not at all.

    Raises
    ------
    InputError
        When the dataset is not sound or the file cannot be written.
    """
    validate(dataset, "the dataset")
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        for split in SPLITS:
            for key, array in _arrays(dataset, split).items():
                _write_array(file, f"{key}_{split}", array)
            if split in dataset.names:
                file.create_dataset(f"names_{split}", data=dataset.names[split], dtype=h5py.string_dtype())
        file.attrs["class_names"] = dataset.class_names
        file.attrs["source"] = dataset.source
        file.attrs["seed"] = dataset.seed
        file.attrs["notes"] = "\n".join(dataset.notes)
        file.attrs["relevant"] = json.dumps(dataset.relevant)
        file.attrs["format_version"] = FORMAT_VERSION


def read(path: str | Path) -> Dataset:
    """Read and validate a dataset file; arrays of more than `IN_MEMORY` bytes stay in it.

    Raises
    ------
    InputError
        When the file is missing, truncated, of another format, or breaks what the module's docstring states.
    """
    with open_hdf5(path, "a dataset file (01_data.ipynb makes one)") as file:
        return validate(_read(file), path)


def read_relevant(path: str | Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """Read from a dataset file which matrices count as finding a TF, list by list; empty if the truth is unknown.

    Raises
    ------
    InputError
        When the file is missing, truncated or of another format.
    """
    with open_hdf5(path, "a dataset file") as file:
        check_format(file, FORMAT_VERSION)
        return _relevant(file)


def validate(dataset: Dataset, where: str | Path) -> Dataset:
    """Return `dataset` if it is sound.

    Raises
    ------
    InputError
        Naming `where` and what is wrong: dimensions, types, codes, labels or lengths that do not agree.
    """
    classes = len(dataset.class_names)
    for split in SPLITS:
        X, Y = dataset.X[split], dataset.Y[split]
        if X.dtype != np.int8 or X.ndim != 2 or 0 in X.shape:
            raise InputError(f"{where}: X_{split} is {_form(X)}; expected int8 of shape (N, length).")
        if Y.dtype not in (np.int8, np.float32) or Y.shape != (len(X), classes) or Y.dtype != dataset.Y["train"].dtype:
            raise InputError(
                f"{where}: Y_{split} is {_form(Y)}; expected int8 of shape ({len(X)}, {classes}), or all float32."
            )
        if X.shape[1] != dataset.length:
            raise InputError(f"{where}: X_{split} has length {X.shape[1]}; expected {dataset.length}, as in X_train.")
        _check_range(where, f"X_{split}", X, UNKNOWN, "codes from 0 to 4 (A C G T N)")
        if dataset.numbers:
            _check_numbers(where, f"Y_{split}", Y)
        else:
            _check_range(where, f"Y_{split}", Y, 1, "labels 0 or 1, or -1 where one is missing", targets.UNLABELLED)
        if split in dataset.names and len(dataset.names[split]) != len(X):
            raise InputError(f"{where}: names_{split} has {len(dataset.names[split])} names; expected {len(X)}.")
        if split in dataset.planted:
            _check_planted(where, split, dataset.planted[split], X.shape)
        if split in dataset.truth:
            _check_truth(where, f"truth_{split}", dataset.truth[split], X.shape)
    return dataset


def fingerprint(dataset: Dataset) -> str:
    """Hash of what a training sees: class names, sequences and labels."""
    digest = hashlib.sha256(repr(dataset.class_names).encode())
    for split in SPLITS:
        for array in (dataset.X[split], dataset.Y[split]):
            digest.update(repr(array.shape).encode())
            for _, piece in _pieces(array):
                digest.update(np.ascontiguousarray(piece).data)
    return digest.hexdigest()


def _arrays(dataset: Dataset, split: str) -> dict[str, Array]:
    arrays: dict[str, Array] = {"X": dataset.X[split], "Y": dataset.Y[split]}
    also: dict[str, Mapping[str, Array]] = {"planted": dataset.planted, "truth": dataset.truth}
    return arrays | {key: of[split] for key, of in also.items() if split in of}


def _read(file: h5py.File) -> Dataset:
    check_format(file, FORMAT_VERSION)
    planted = [split for split in SPLITS if f"planted_{split}" in file]
    return Dataset(
        X={split: _read_or_leave(file, f"X_{split}") for split in SPLITS},
        Y={split: _read_or_leave(file, f"Y_{split}") for split in SPLITS},
        class_names=read_attribute(file, "class_names", lambda names: [str(name) for name in names]),
        source=read_attribute(file, "source", str),
        seed=read_attribute(file, "seed", int),
        planted={split: read_array(file, f"planted_{split}") for split in planted},
        truth={split: _read_or_leave(file, f"truth_{split}") for split in SPLITS if f"truth_{split}" in file},
        names={split: _read_names(file, f"names_{split}") for split in SPLITS if f"names_{split}" in file},
        notes=str(file.attrs.get("notes", "")).splitlines(),
        relevant=_relevant(file),
    )


def _relevant(file: h5py.File) -> dict[str, dict[str, tuple[str, ...]]]:
    try:
        lists = read_attribute(file, "relevant", json.loads)
        return {name: {tf: tuple(ids) for tf, ids in of_list.items()} for name, of_list in lists.items()}
    except (AttributeError, TypeError):
        raise InputError(f"{file.filename}: attribute relevant is not a dictionary of lists of matrices.") from None


def _read_names(file: h5py.File, name: str) -> list[str]:
    return [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in read_array(file, name)]


def _read_or_leave(file: h5py.File, name: str) -> Array:
    found = file.get(name)
    if isinstance(found, h5py.Dataset) and found.size * found.dtype.itemsize > IN_MEMORY:
        return Stored(Path(file.filename).absolute(), name, found.shape, found.dtype)
    return read_array(file, name)


def _write_array(file: h5py.File, name: str, array: Array) -> None:
    """Write an array in chunks of whole rows, the way training reads it."""
    rows = max(1, min(len(array), _rows_in_a_piece(array)))
    target = file.create_dataset(
        name,
        shape=array.shape,
        dtype=array.dtype,
        chunks=(rows, *array.shape[1:]) if len(array) else None,
        compression="gzip" if len(array) else None,
        shuffle=array.dtype == PLANTED,
    )
    for start, piece in _pieces(array):
        target[start : start + len(piece)] = piece


def _pieces(array: Array) -> Iterator[tuple[int, np.ndarray]]:
    """First row and rows of one piece after the other, so that a file larger than memory can be looked at."""
    rows = _rows_in_a_piece(array)
    for start in range(0, len(array), rows):
        yield start, array[start : start + rows]


def _rows_in_a_piece(array: Array) -> int:
    return max(1, PIECE // (int(np.prod(array.shape[1:])) * array.dtype.itemsize))


def _form(array: Array) -> str:
    return f"{array.dtype} of shape {array.shape}"


def _check_range(where, name: str, array: Array, highest: int, expected: str, lowest: int = 0) -> None:
    for start, piece in _pieces(array):
        if piece.min() < lowest or piece.max() > highest:
            row, column = np.argwhere((piece < lowest) | (piece > highest))[0]
            value, row = piece[row, column], start + row
            raise InputError(f"{where}: {name} holds {value} at row {row}, column {column}; expected {expected}.")


def _check_numbers(where, name: str, array: Array) -> None:
    for start, piece in _pieces(array):
        if np.isinf(piece).any():
            row, column = np.argwhere(np.isinf(piece))[0]
            raise InputError(
                f"{where}: {name} holds {piece[row, column]} at row {start + row}, column {column}; expected a number, "
                "or NaN where one is missing."
            )


def _check_truth(where, name: str, truth: Array, shape: tuple[int, ...]) -> None:
    if truth.dtype != np.int8 or truth.shape != shape:
        raise InputError(f"{where}: {name} is {_form(truth)}; expected int8 of shape {shape}, as the sequences.")
    _check_range(where, name, truth, 1, "1 where a position is motif, else 0")


def _check_planted(where, split: str, planted: np.ndarray, shape: tuple[int, ...]) -> None:
    if planted.dtype != PLANTED or planted.ndim != 1:
        raise InputError(f"{where}: planted_{split} is {_form(planted)}; expected a list of {PLANTED}.")
    inside = (planted["sequence"] >= 0) & (planted["sequence"] < shape[0])
    inside &= (planted["start"] >= 0) & (planted["start"] < shape[1])
    inside &= np.isin(planted["strand"], [b"+", b"-"])
    if not inside.all():
        row = int(np.argmin(inside))
        raise InputError(f"{where}: planted_{split}, row {row}, lies outside its sequence or has no strand.")
