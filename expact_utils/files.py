"""Reading and writing of files: whole or not at all, with checksums, and one sentence for what is wrong with them.

Beside each file that a step leaves for another lies its SHA-256, in a hidden file as `sha256sum` writes it; whoever
reads the file compares it first. A file without one, such as a user's own, is taken as it is.
"""

import hashlib
import json
import os
import platform
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np

from expact_utils.errors import InputError

CLOCKS_DIFFER = 60  # seconds, at most, between machines that share files
ABANDONED = 24 * 3600  # seconds after which nobody still writes a temporary file


@contextmanager
def atomic(path: str | Path, checksum: bool = True):
    """Yield a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    It is on the disk before it gets its name, so a power cut leaves the old file or the new one. Of two writers, on
    this machine or another, the last one wins with a whole file.

    Parameters
    ----------
    path : str or Path
        The file to write.
    checksum : bool
        Whether to keep its SHA-256 beside it: not for what people edit or commit.

    Raises
    ------
    InputError
        When the folder cannot be made or the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder.")
    partial = path.with_name(f".{path.stem}.{platform.node()}.{os.getpid()}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        yield partial
        _flush(partial)
        # Killed between these lines, the file is there without a checksum, never with a wrong one.
        digest = _sha256(partial) if checksum else None
        checksum_file(path).unlink(missing_ok=True)
        partial.replace(path)
        if digest:
            partial.write_text(f"{digest}  {path.name}\n")
            partial.replace(checksum_file(path))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def checksum_file(path: Path) -> Path:
    """Where the SHA-256 of a file is kept."""
    return path.with_name(f".{path.name}.sha256")


def remove(path: Path) -> None:
    """Remove a file, if it is there, and its checksum."""
    for one in (path, checksum_file(path)):
        one.unlink(missing_ok=True)


def verify(path: str | Path) -> Path:
    """Return the path of a file, if it is as it was written.

    Raises
    ------
    InputError
        When its SHA-256 is not the one that is kept beside it.
    """
    path = Path(path)
    if _is_damaged(path):
        raise InputError(
            f"{path} is not as it was written (its SHA-256 is not the one in {checksum_file(path).name}); "
            "delete it, and the run makes it again."
        )
    return path


def mend(folder: Path) -> list[str]:
    """Look through a run's folder before the run, for what would mislead it; return a sentence for each file.

    A file that is not as it was written is set aside as NAME.damaged, so that it is made again. One from the
    future, which a clock that was set back leaves, is dated now, so that what follows from it is made again once,
    and not each time. What was left half-written is removed after a day.
    """
    found, now = [], time.time()
    for checksum in sorted(folder.rglob(".*.sha256")):
        path = checksum.with_name(checksum.name[1 : -len(".sha256")])
        if not path.is_file():
            continue
        if _is_damaged(path):
            aside = path.with_name(f"{path.name}.damaged")
            found.append(f"{path} is not as it was written; it is kept as {aside.name} and made again.")
            path.replace(aside)
            checksum.unlink()
        elif path.stat().st_mtime > now + CLOCKS_DIFFER:
            found.append(f"{path} is from the future (the clock was set back); what follows from it is made again.")
            os.utime(path)
    for partial in folder.rglob(".*.partial*"):
        if now - partial.stat().st_mtime > ABANDONED:
            partial.unlink()
    return found


def _is_damaged(path: Path) -> bool:
    """Whether a file differs from its checksum; one that another process writes just now does not count."""
    kept = _kept_checksum(path)
    return bool(kept) and path.is_file() and _sha256(path) != kept and _kept_checksum(path) == kept


def _kept_checksum(path: Path) -> str:
    try:
        return checksum_file(path).read_text().partition(" ")[0]
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return "unreadable"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


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
    if not Path(path).is_file():
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


def regular(path: str | Path) -> Path:
    """Return the path of a file, unless it is none that can be opened again: a pipe would be waited for, without end.

    Raises
    ------
    InputError
        When it is a pipe or a device.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(f"{path} is a pipe or a device; expected a file.")
    return path


def write_json(path: Path, content: dict) -> None:
    """Write `content` to `path` as indented JSON."""
    with atomic(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON file.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, or not JSON.
    """
    verify(path)
    try:
        return json.loads(Path(path).read_text())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from None


def read_csv(path: str | Path, **options):
    """Read a table as `pandas.read_csv` does.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, or not a table.
    """
    import pandas as pd  # here, as a training needs none

    verify(path)
    try:
        return pd.read_csv(path, **options)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # pandas' ParserError is one
        raise InputError(f"{path} is not a table: {error}.") from None
