"""Reading of HDF5 files: one sentence for what is wrong with them."""

from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from expact_utils.run.errors import InputError
from expact_utils.run.files import regular, verify


@contextmanager
def open_hdf5(path: str | Path, kind: str, verified: bool = False):
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : str or Path
        The file.
    kind : str
        What it should be, for messages, e.g. `a dataset file (01_data.ipynb makes one)`.
    verified : bool
        Whether its checksum was compared before, as of a large file that is read piece by piece.

    Raises
    ------
    InputError
        When the file is missing or not as it was written, or opening or reading it fails.
    """
    if not regular(path).is_file():
        raise InputError(f"{path} does not exist; expected {kind}.")
    if not verified:
        verify(path)
    try:
        # Never written in place, so it needs no lock; some shared file systems have none.
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, KeyError, RuntimeError) as error:  # h5py raises each of them for damaged bytes
        reason = str(error).partition(" (")[0].strip("'\"").replace("\n", " ")
        raise InputError(f"{path} is not a readable HDF5 file, perhaps cut short: {reason}.") from None


def read_array(file: h5py.File | h5py.Group, name: str) -> np.ndarray:
    """Read one array of an HDF5 file or group, whole.

    Raises
    ------
    InputError
        When there is no array of this name.
    """
    if not isinstance(file.get(name), h5py.Dataset):
        raise InputError(f"{file.file.filename}: dataset {name} is missing.")
    return np.asarray(file[name][()])


def read_attribute(file: h5py.File | h5py.Group, name: str, convert):
    """Read an attribute of an HDF5 file or group by `convert`, e.g. `int`.

    Raises
    ------
    InputError
        When it is missing or cannot be converted.
    """
    if name not in file.attrs:
        raise InputError(f"{file.file.filename}: attribute {name} is missing.")
    try:
        return convert(file.attrs[name])
    except (TypeError, ValueError):
        found = repr(file.attrs[name])
        raise InputError(f"{file.file.filename}: attribute {name} is {found}; expected another type.") from None


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
