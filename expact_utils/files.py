"""Reading and writing of files: whole or not at all, with checksums, and one sentence for what is wrong with them.

Beside each file that a step leaves for another lies its SHA-256, in a hidden file as `sha256sum` writes it; whoever
reads the file compares it first. A file without one, such as a user's own, is taken as it is.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import h5py
import numpy as np

from expact_utils.errors import InputError

CLOCKS_DIFFER = 60  # seconds, at most, between machines that share files
STEPS = ("data", "models", "filters", "tomtom", "notebooks")  # folders of a run whose files are read by later steps
SETTLED = 1  # seconds after which a file and its checksum, written together, are both there
ABANDONED = 24 * 3600  # seconds after which nobody still writes a temporary file


@contextmanager
def atomic(path: str | Path, checksum: bool = True):
    """Yield a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    It is on the disk before it gets its name, so a power cut leaves the old file or the new one. Of two writers, on
    this machine or another, the last one wins with a whole file and its checksum.

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
        if checksum:
            _replace_with_checksum(partial, path)
        else:
            checksum_file(path).unlink(missing_ok=True)
            partial.replace(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            for one in (partial, _partial_checksum(partial)):
                one.unlink(missing_ok=True)


def _replace_with_checksum(partial: Path, path: Path) -> None:
    """Give a file that is whole its name, and keep its checksum.

    The checksum comes first: killed between the two, the old file is refused and made again, and no file is ever there
    without one. Whoever writes at the same moment does the same, so the last to look sees both files as they stay.
    """
    ours = partial.stat().st_ino, sha256(partial)
    _write_checksum(partial, path, ours[1])
    partial.replace(path)
    while (found := _inode_and_checksum(path)) not in (None, ours):
        digest = sha256(path)
        if digest == found[1]:
            return
        _write_checksum(partial, path, digest)


def _write_checksum(partial: Path, path: Path, digest: str) -> None:
    written = _partial_checksum(partial)
    written.write_text(f"{digest}  {path.name}\n")
    _flush(written)
    written.replace(checksum_file(path))


def _partial_checksum(partial: Path) -> Path:
    return partial.with_suffix(".checksum")


def _inode_and_checksum(path: Path) -> tuple[int, str | None] | None:
    """What tells a file and its checksum from another writer's; None if somebody removed the file."""
    try:
        return path.stat().st_ino, _kept_checksum(path)
    except FileNotFoundError:
        return None


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
    try:
        damaged = _is_damaged(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.") from None
    if damaged:
        raise InputError(
            f"{path} is not as it was written (its SHA-256 is not the one in {checksum_file(path).name}); "
            "delete it, and the run makes it again."
        )
    return path


def mend(folder: Path, code: Iterable[Path] = ()) -> list[str]:
    """Look through a run's folder before the run, for what would mislead it; return a sentence for each thing found.

    A file that is not as it was written is set aside as NAME.damaged, so that it is made again. Files from the
    future, of the run or of the `code` that makes it, which a clock that was set back leaves, are dated now, so that
    what follows from them is made again once, and not each time. Files between steps that have no checksum are named:
    they are taken as they are. What was left half-written is removed after a day.
    """
    written = [path for path in map(_checked_file, sorted(folder.rglob(".*.sha256"))) if path.is_file()]
    damaged = [path for path in written if _is_damaged(path)]
    for path in damaged:
        path.replace(path.with_name(f"{path.name}.damaged"))
        checksum_file(path).unlink(missing_ok=True)
    now = time.time()
    future = [path for path in (*written, *code) if path.is_file() and _modified(path) > now + CLOCKS_DIFFER]
    for path in future:
        with suppress(OSError):  # one that is somebody else's stays, and is named each time
            os.utime(path)
    for partial in folder.rglob(".*.partial*"):
        if _modified(partial) < now - ABANDONED:
            partial.unlink(missing_ok=True)
    return [
        *(f"{path} is not as it was written; it is kept as {path.name}.damaged and made again." for path in damaged),
        *_sentence(future, "from the future (the clock was set back); what follows is made again."),
        *_sentence(sorted(_unchecked(folder)), "without a checksum (copied without hidden files?), and not verified."),
    ]


def _modified(path: Path) -> float:
    """When a file was written; now, if another process takes it away."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _sentence(paths: list[Path], what: str) -> list[str]:
    if not paths:
        return []
    return [f"{paths[0]} is {what}" if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more are {what}"]


def _checked_file(checksum: Path) -> Path:
    """The file that a checksum is kept of."""
    return checksum.with_name(checksum.name[1 : -len(".sha256")])


def _unchecked(folder: Path) -> Iterator[Path]:
    """Files between steps that have no checksum."""
    steps = (path for step in STEPS for path in (folder / step).rglob("*"))
    for path in (*steps, *folder.glob("*.csv"), folder / "config.json"):
        if path.is_file() and path.name[0] != "." and path.suffix != ".damaged" and not checksum_file(path).exists():
            yield path


def _is_damaged(path: Path) -> bool:
    """Whether a file differs from its checksum; one that another process writes just now does not count."""
    if not _differs(path):
        return False
    time.sleep(SETTLED)
    return _differs(path)


def _differs(path: Path) -> bool:
    kept = _kept_checksum(path)
    return kept is not None and path.is_file() and sha256(path) != kept


def _kept_checksum(path: Path) -> str | None:
    """The checksum that is kept of a file: None if there is none, empty if it cannot be read."""
    try:
        return checksum_file(path).read_text().partition(" ")[0]
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return ""


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
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


def read_csv(path: str | Path, columns: Iterable[str] = (), **options):
    """Read a table as `pandas.read_csv` does; `columns` are those that it must have, whatever others it has.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, not a table, or lacks a column.
    """
    import pandas as pd  # here, as a training needs none

    verify(path)
    try:
        table = pd.read_csv(path, **options)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # pandas' ParserError is one
        raise InputError(f"{path} is not a table: {error}.") from None
    if missing := [column for column in columns if column not in table]:
        raise InputError(f"{path} lacks the column {missing[0]}; expected {', '.join(columns)}.")
    return table
