"""One-hot sequences in HDF5 or npz files, as the authors, Basset and others keep them, in either order of axes.

Nothing in such a file is trusted: no pickle is loaded, and no link out of the file is followed.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import h5py
import numpy as np

from expact_utils.data.datasets import SPLITS
from expact_utils.data.labels import MOST
from expact_utils.data.sequences import ALWAYS_UNPACKED, RATIO, ending
from expact_utils.data.targets import CLASSES, NUMBERS, UNLABELLED, quantitative
from expact_utils.dna.letters import BASES, UNKNOWN
from expact_utils.run.errors import InputError
from expact_utils.run.files import regular
from expact_utils.run.hdf5 import open_hdf5

NPY = ".npy"  # ending of an array in an npz file
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
PIECE = 2**24  # values that are looked at a time
# Names of sequences and labels of a split, in small letters or capitals: expact's and the authors', then Basset's,
# where "in" comes before "out", and those of a group a split.
LAYOUTS = (("X_{split}", "Y_{split}"), ("{split}_in", "{split}_out"), ("{split}/X", "{split}/Y"))
SPELLINGS = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation", "dev"),
    "test": ("test", "testing"),
}
UNSPLIT = (("X", "Y"), ("in", "out"))
CLASS_NAMES = ("class_names", "target_labels")


def read(path: str | Path, target: str = "") -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[str], list[str]]:
    """Read the sequences and labels of a file of one-hot arrays.

    Parameters
    ----------
    path : str or Path
        HDF5 or npz. Sequences of shape (N, 4, L), (N, L, 4) or with an axis of one besides, channels A C G T; zeros or
        .25 throughout are an N. Labels of shape (N,) or (N, classes), 0 or 1 (or -1 and 1, a column) or, of floats,
        NaN where one is missing; or numbers to predict.
    target : str
        `classes` or `numbers`; empty: numbers, where they can only be that (`targets.quantitative`).

    Returns
    -------
    dict[str, tuple[np.ndarray, np.ndarray]], list[str], list[str]
        Split (`train`, `valid` if the file has it, `test`; or `all` where it knows no splits) to codes, int8,
        shape=(N, length), and labels, as of a `Dataset`, shape=(N, classes); the class names, `positive`, or `class0`
        and so on, if the file gives none; and notes on what was taken for what.

    Raises
    ------
    InputError
        When the file is no such file, holds none of the known names, a link or a pickle, or arrays that are not one-hot
        or no labels; names the file, the array and the row.
    """
    with _arrays(path) as (names, get):
        layout = _layout(path, names)
        codes, values = {}, {}
        for split, (x, y) in layout.items():
            codes[split], values[split] = _codes(path, x, get(x)), _values(path, y, get(y))
            if len(codes[split]) != len(values[split]):
                raise InputError(
                    f"{path}: {x} has {len(codes[split])} sequences and {y} {len(values[split])} rows of labels."
                )
        columns = _columns(path, layout, values)
        numbered = _whole_numbers(values) if target == CLASSES and columns == 1 else []
        if numbered:
            values = {split: np.where(np.isnan(of), np.nan, of == numbered) for split, of in values.items()}
        class_names = _class_names(path, names, get, numbered or columns)
    labels, signed = _of_target(path, layout, values, target)
    notes = [f"{Path(path).name}: -1 taken for 0 in {', '.join(np.array(class_names)[signed])}"] if signed.any() else []
    notes += _left_out(path, names, layout)
    return {split: (codes[split], labels[split]) for split in layout}, class_names, notes


@contextmanager
def _arrays(path: str | Path):
    """Names of the arrays in a file, and a function that gives one of them by name."""
    if ending(path) == ".npz":
        with _readable(path):
            file = ZipFile(regular(path))
        with file:
            members = [name.removesuffix(NPY) for name in file.namelist() if name.endswith(NPY)]
            yield members, lambda name: _member(path, file, name)
    else:
        with open_hdf5(path, "an HDF5 file of one-hot sequences") as file:
            yield list(_names(file)), lambda name: _within(path, file, name)


@contextmanager
def _readable(path):
    """Say in a sentence that an npz file is none; zipfile and numpy fail in many ways on what is not."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path} is not a readable npz file: {reason}.") from None


def _member(path, file: ZipFile, name: str) -> np.ndarray:
    """Read an array of an npz file, if it is as large as the file says."""
    with _readable(path):
        held = file.getinfo(name + NPY).file_size
        with file.open(name + NPY) as member:
            version = np.lib.format.read_magic(member)
            shape, _, dtype = HEADERS[version](member)
        if math.prod(shape) * dtype.itemsize > held and not dtype.hasobject:
            raise InputError(f"{path}: {name} is {dtype} of shape {shape}, but has {held:,} bytes.")
        _check_size(path, name, held)
        with file.open(name + NPY) as member:
            return np.lib.format.read_array(member, allow_pickle=False)


def _check_size(path, name: str, size: int) -> None:
    """Refuse an array that unpacks to far more bytes than its file has."""
    if size > max(ALWAYS_UNPACKED, RATIO * Path(path).stat().st_size):
        raise InputError(
            f"{path}: {name} unpacks to {size:,} bytes, more than {RATIO} times its file; expected fewer, or a file "
            "that is not compressed."
        )


def _names(file: h5py.File) -> Iterator[str]:
    """Names of what a file holds, and of what its groups do."""
    for name in file:
        yield str(name)
        if _is_own(file)(name) and isinstance(file[name], h5py.Group):
            yield from (f"{name}/{member}" for member in file[name])


def _is_own(file: h5py.File) -> Callable[[str], bool]:
    """Function: whether a name of a file leads to something in this file, not by a link to elsewhere."""
    return lambda name: isinstance(file.get(name, getlink=True), h5py.HardLink)


def _within(path, file: h5py.File, name: str) -> h5py.Dataset:
    """Return a dataset that lies in this very file."""
    on_the_way = [name.partition("/")[0], name]
    found = file.get(name) if all(map(_is_own(file), on_the_way)) else None
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual:
        raise InputError(f"{path}: {name} is no array of this file; links to elsewhere are not followed.")
    if found.shape is None:
        raise InputError(f"{path}: {name} is an empty dataset; expected an array.")
    _check_size(path, name, math.prod(found.shape) * found.dtype.itemsize)
    return found


def _layout(path, names: list[str]) -> dict[str, tuple[str, str]]:
    """Names of sequences and labels, by split."""
    for pair in LAYOUTS:
        layout = {split: found for split in SPLITS if (found := _spelled(pair, split, names))}
        if layout.keys() >= {"train", "test"}:
            return layout
    for pair in UNSPLIT:
        if found := _found(pair, names):
            return {"all": found}
    if any(_spelled(pair, "train", names) for pair in LAYOUTS):
        raise InputError(
            f"{path} holds {', '.join(names)}, and no test set; expected X_test and Y_test, too, or X and Y."
        )
    raise InputError(
        f"{path} holds {', '.join(names) or 'nothing'}; expected X_train, Y_train, X_valid, … (or Basset's train_in, "
        "train_out, …), or X and Y."
    )


def _spelled(pair: tuple[str, str], split: str, names: list[str]) -> tuple[str, str] | None:
    """Names of a split's sequences and labels, whichever way the split is spelled; None if they are not there."""
    for spelling in SPELLINGS[split]:
        x, y = (name.format(split=spelling) for name in pair)
        if found := _found((x, y), names):
            return found
    return None


def _found(pair: tuple[str, str], names: list[str]) -> tuple[str, str] | None:
    """Names as a file has them, in small letters or capitals; as they are written here if it has both."""
    x, y = (sorted((name for name in names if name.lower() == of.lower()), key=lambda name: name != of) for of in pair)
    return (x[0], y[0]) if x and y else None


def _left_out(path, names: list[str], layout: dict[str, tuple[str, str]]) -> list[str]:
    """Note on arrays that by their names are sequences or labels, and were not taken."""
    spellings = [spelling for of_split in SPELLINGS.values() for spelling in of_split]
    known = {
        of.format(split=spelling).lower() for pair in (*LAYOUTS, *UNSPLIT) for of in pair for spelling in spellings
    }
    taken = [name for pair in layout.values() for name in pair]
    left_out = [name for name in names if name.lower() in known and name not in taken]
    return [f"{Path(path).name}: {', '.join(left_out)} left out; {', '.join(taken)} taken"] if left_out else []


def _codes(path, name: str, array) -> np.ndarray:
    """Codes of one-hot sequences, read a piece at a time."""
    shape = array.shape
    kept = [axis for axis, size in enumerate(shape) if axis == 0 or size != 1]
    of_four = [axis for axis in kept[1:] if shape[axis] == BASES]
    if len(kept) != 3 or len(of_four) != 1 or array.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: {name} is {array.dtype} of shape {shape}; "
            "expected one-hot sequences, (N, 4, length) or (N, length, 4)."
        )
    if 0 in shape:
        raise InputError(f"{path}: {name} holds no sequence, or one of no base; its shape is {shape}.")
    channels_last = of_four[0] == kept[2]
    length = shape[kept[1]] if channels_last else shape[kept[2]]
    codes = np.empty((shape[0], length), np.int8)
    rows = max(1, PIECE // (BASES * length))
    for start in range(0, shape[0], rows):
        piece = np.asarray(array[start : start + rows]).reshape(-1, *(shape[axis] for axis in kept[1:]))
        codes[start : start + rows] = _coded(path, name, piece if channels_last else piece.swapaxes(1, 2), start)
    return codes


def _coded(path, name: str, one_hot: np.ndarray, first: int) -> np.ndarray:
    """Codes of one-hot sequences, shape=(N, length, 4), of which the first is row `first`."""
    ones = (one_hot == 1).sum(axis=2)
    unknown = (one_hot == one_hot[..., :1]).all(axis=2) & np.isin(one_hot[..., 0], (0, 0.25))
    known = (ones == 1) & ((one_hot == 0).sum(axis=2) == 3)
    if not (known | unknown).all():
        row, position = np.argwhere(~(known | unknown))[0]
        held = " ".join(f"{value:g}" for value in one_hot[row, position])
        raise InputError(
            f"{path}: {name} holds {held} at row {first + row}, position {position}; expected a one-hot base."
        )
    return np.where(unknown, UNKNOWN, one_hot.argmax(axis=2)).astype(np.int8)


def _values(path, name: str, array) -> np.ndarray:
    """Labels as the file has them, shape=(N, columns)."""
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2) or 0 in array.shape:
        raise InputError(
            f"{path}: {name} is {array.dtype} of shape {array.shape}; expected labels, (N,) or (N, classes)."
        )
    return array[()].reshape(len(array), -1)


def _columns(path, layout: dict[str, tuple[str, str]], values: dict[str, np.ndarray]) -> int:
    """Number of columns of labels, which is that of each split."""
    first, *others = values
    columns = values[first].shape[1]
    for split in others:
        if values[split].shape[1] != columns:
            raise InputError(
                f"{path}: {layout[split][1]} has {values[split].shape[1]} classes; expected {columns}, as the others."
            )
    return columns


def _whole_numbers(values: dict[str, np.ndarray]) -> list[int]:
    """Classes that a column of whole numbers names; none where it holds others, 0 and 1, -1 and 1, or too many."""
    held = np.unique(np.concatenate(list(values.values())))
    held = held[~np.isnan(held)]
    if set(held) <= {0, 1} or set(held) <= {-1, 1} or not 2 <= len(held) <= MOST or (held != np.round(held)).any():
        return []
    return held.astype(int).tolist()


def _of_target(
    path, layout: dict[str, tuple[str, str]], values: dict[str, np.ndarray], target: str
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Labels by split, of classes or numbers, and which columns have -1 for 0, bool, shape=(columns,)."""
    together = np.concatenate(list(values.values()))
    if target == NUMBERS or (target != CLASSES and _are_numbers(path, together)):
        signed = np.zeros(together.shape[1], bool)
        return {split: _numbers(path, layout[split][1], of) for split, of in values.items()}, signed
    signed = _are_signed(together)
    zeros = {split: np.where(signed & (of == -1), 0, of) for split, of in values.items()}
    return {split: _labels(path, layout[split][1], of) for split, of in zeros.items()}, signed


def _are_signed(values: np.ndarray) -> np.ndarray:
    """Whether a column of the labels of all splits has -1 for 0, bool, shape=(columns,)."""
    return (values == -1).any(axis=0) & ((values == -1) | (values == 1) | np.isnan(values)).all(axis=0)


def _are_numbers(path, values: np.ndarray) -> bool:
    """Whether labels, of all splits, are numbers to predict; columns of both kinds are refused."""
    kinds = [quantitative(column) for column in values.T]
    if any(kinds) and not all(kinds):
        raise InputError(
            f"{path}: column {kinds.index(True)} of the labels holds numbers to predict, and column "
            f"{kinds.index(False)} does not; expected one kind, or target: {NUMBERS} (expact init --target {NUMBERS})."
        )
    return all(kinds)


def _numbers(path, name: str, values: np.ndarray) -> np.ndarray:
    """Labels that are numbers, float32, NaN where one is missing."""
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    if np.isinf(numbers).any():
        row, column = np.argwhere(np.isinf(numbers))[0]
        raise InputError(f"{path}: {name} holds {values[row, column]:g} at row {row}; expected a number, or NaN.")
    return numbers


def _labels(path, name: str, values: np.ndarray) -> np.ndarray:
    """Labels of classes, int8: 0 or 1, or `UNLABELLED` where there is NaN."""
    missing = np.isnan(values)
    if missing.all() or not (np.isin(values, (0, 1)) | missing).all():
        row, column = np.argwhere(~np.isin(values, (0, 1)))[0]
        raise InputError(
            f"{path}: {name} holds {values[row, column]:g} at row {row}; expected labels 0 or 1, NaN (of an array "
            f"of floats) where one is missing, or target: {NUMBERS} (expact init --target {NUMBERS})."
        )
    return np.where(missing, UNLABELLED, np.nan_to_num(values)).astype(np.int8)


def _class_names(path, names: list[str], get, columns: int | list[int]) -> list[str]:
    """Names that the file gives the columns; else the numbers of classes that one column named, or class0 and so on."""
    classes = columns if isinstance(columns, int) else len(columns)
    for name in CLASS_NAMES:
        if name in names:
            texts = np.ravel(get(name)[()])
            found = [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in texts]
            if twice := next((text for text in found if found.count(text) > 1), None):
                raise InputError(f"{path}: {name} holds {twice} more than once; expected a name a class.")
            if len(found) == classes:
                return found
    if isinstance(columns, list):
        return [str(number) for number in columns]
    return [f"class{i}" for i in range(classes)] if classes > 1 else ["positive"]
