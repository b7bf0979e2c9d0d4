"""What a file must not be: too large when unpacked, linked to other files, or full of NaN."""

import math
import zipfile
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from expact_utils.run.errors import InputError
from expact_utils.run.files import regular
from expact_utils.run.hdf5 import open_hdf5

LARGEST = 4 * 2**30  # bytes of a file, or of what is in it
RATIO = 200  # times that unpacked content may be larger than its file ...
FREE = 64 * 2**20  # ... where it is more than this
ONNX_KERAS = 'model.export("network.onnx", format="onnx")'
ONNX_TORCH = 'torch.onnx.export(model, torch.zeros(1, 4, LENGTH), "network.onnx")'


def check_file(path: str | Path) -> Path:
    """Return the path of a file that can be read.

    Raises
    ------
    InputError
        When it is missing, empty, too large, a folder, a pipe or a device.
    """
    path = regular(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected a network's file (of a SavedModel: {ONNX_KERAS}).")
    if not path.is_file():
        raise InputError(f"{path} does not exist; expected a trained network.")
    size = path.stat().st_size
    if not size:
        raise InputError(f"{path} is empty; expected a trained network.")
    if size > LARGEST:
        raise InputError(f"{path} has {size / 2**30:.1f} GiB; networks of up to {LARGEST // 2**30} GiB are read.")
    return path


def check_size(path: Path, unpacked: float) -> None:
    """Refuse a file that is much larger unpacked.

    Raises
    ------
    InputError
        When `unpacked`, in bytes, is too much.
    """
    if unpacked > LARGEST or unpacked > max(FREE, RATIO * path.stat().st_size):
        raise InputError(f"{path} would unpack to {unpacked / 2**30:.1f} GiB, far more than a network of its size has.")


@contextmanager
def open_zip(path: Path):
    """Open a zip archive for reading, and refuse one that is damaged or unpacks to too much.

    Raises
    ------
    InputError
        When it is one of these, or reading it fails.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            check_size(path, sum(entry.file_size for entry in entries))
            if len({entry.filename for entry in entries}) < len(entries):
                raise InputError(f"{path} holds two files of one name; it was not written by a framework.")
            yield archive
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path} is a damaged archive, perhaps cut short: {error}.") from None


@contextmanager
def open_weights(path: Path, name: str | Path | None = None):
    """Open an HDF5 file for reading, and refuse one that reaches beyond itself or unpacks to too much.

    Parameters
    ----------
    path : Path
        The file.
    name : str or Path, optional
        What messages call it; its path without it.

    Raises
    ------
    InputError
        When it is one of these, or reading it fails.
    """
    with open_hdf5(path, "a trained network", verified=True) as file:
        sizes: list[float] = []
        _check_group(file, name or path, sizes)
        check_size(path, sum(sizes))
        yield file


def _check_group(group: h5py.Group, name: str | Path, sizes: list[float]) -> None:
    """Collect the sizes of all arrays; refuse links to other files."""
    for key in group:
        link = group.get(key, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise InputError(f"{name}: {key} is a link to another place; save the network anew, in one file.")
        entry = group[key]
        if isinstance(entry, h5py.Group):
            if len(sizes) > 10**5 or entry.name.count("/") > 50:
                raise InputError(f"{name} has more groups than a network.")
            sizes.append(0)
            _check_group(entry, name, sizes)
        elif isinstance(entry, h5py.Dataset):
            if entry.external or entry.is_virtual:
                raise InputError(
                    f"{name}: {key} keeps its numbers in another file; save the network anew, in one file."
                )
            sizes.append(math.prod(entry.shape or ()) * entry.dtype.itemsize)


def check_finite(tensors: Mapping[str, np.ndarray], path: Path) -> None:
    """Refuse weights that are no numbers.

    Raises
    ------
    InputError
        When there is a NaN or an infinity; names the array.
    """
    for name, values in tensors.items():
        if np.issubdtype(values.dtype, np.inexact) and not np.isfinite(values).all():
            raise InputError(
                f"{path}: {name} holds NaN or infinite weights; the training failed, take an earlier save."
            )
