"""Reading and writing of files: whole or not at all, and one sentence for what is wrong with them."""

import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np

from expact_utils.errors import InputError


@contextmanager
def atomic(path: str | Path):
    """Yield a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    Raises
    ------
    InputError
        When the folder cannot be made or the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder.")
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        yield partial
        partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def open_hdf5(path: str | Path, kind: str):
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : str or Path
        The file.
    kind : str
        What it should be, for messages, e.g. `a dataset file (01_data.ipynb makes one)`.

    Raises
    ------
    InputError
        When the file is missing, or opening or reading it fails, as in a file that was cut short.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} does not exist; expected {kind}.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError) as error:  # h5py raises each of them for damaged bytes
        reason = str(error).partition(" (")[0].strip("'\"").replace("\n", " ")
        raise InputError(f"{path} is not a readable HDF5 file, perhaps cut short: {reason}.") from None


def read_array(file: h5py.File, name: str) -> np.ndarray:
    """Read one array of an HDF5 file, whole.

    Raises
    ------
    InputError
        When there is no array of this name.
    """
    if not isinstance(file.get(name), h5py.Dataset):
        raise InputError(f"{file.filename}: dataset {name} is missing.")
    return np.asarray(file[name][()])


def read_attribute(file: h5py.File, name: str, convert):
    """Read an attribute of an HDF5 file by `convert`, e.g. `int`.

    Raises
    ------
    InputError
        When it is missing or cannot be converted.
    """
    if name not in file.attrs:
        raise InputError(f"{file.filename}: attribute {name} is missing.")
    try:
        return convert(file.attrs[name])
    except (TypeError, ValueError):
        raise InputError(f"{file.filename}: attribute {name} is {file.attrs[name]!r}; expected another type.") from None


def check_format(file: h5py.File, version: int) -> None:
    """Refuse an HDF5 file whose `format_version` is not ours.

    Raises
    ------
    InputError
        When it is missing or another.
    """
    found = read_attribute(file, "format_version", int)
    if found != version:
        raise InputError(f"{file.filename}: format version {found}; expected {version}.")


def write_json(path: Path, content: dict) -> None:
    """Write `content` to `path` as indented JSON."""
    with atomic(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON file.

    Raises
    ------
    InputError
        When the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from None
