"""Reading and writing of files: whole or not at all, with checksums, and one sentence for what is wrong with them.

Beside each file that a step leaves for another lies its SHA-256, in a hidden file as `sha256sum` writes it; whoever
reads the file compares it first. A file without one, such as a user's own, is taken as it is.
"""

import errno
import hashlib
import json
import os
import platform
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from expact_utils.run.errors import InputError

SETTLED = 1  # seconds after which a file and its checksum, written together, are both there


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
    written.write_text(f"{digest}  {path.name}\n", encoding="utf-8")
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
        damaged = is_damaged(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.") from None
    if damaged:
        raise InputError(
            f"{path} is not as it was written (its SHA-256 is not the one in {checksum_file(path).name}); "
            "delete it, and the run makes it again."
        )
    return path


def is_damaged(path: Path) -> bool:
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
        return checksum_file(path).read_text(encoding="utf-8").partition(" ")[0]
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


def regular(path: str | Path) -> Path:
    """Return the path of a file, unless it is none that can be opened again: a pipe would be waited for, without end.

    Raises
    ------
    InputError
        When it is a pipe or a device, or is or lies behind a link that leads to itself.
    """
    path = Path(path)
    if _error_of(path) == errno.ELOOP:
        link = next(one for one in (*reversed(path.parents), path) if _error_of(one) == errno.ELOOP)
        raise InputError(f"{link} is a link that leads to itself; expected a file.")
    if not _error_of(path) and not (path.is_file() or path.is_dir()):
        raise InputError(f"{path} is a pipe or a device; expected a file.")
    return path


def _error_of(path: Path) -> int | None:
    """Number of the error that looking at a path gives; whoever opens it says what is wrong. None if it is there."""
    try:
        path.stat()
    except OSError as error:
        return error.errno
    except ValueError:  # a zero byte
        return errno.EINVAL
    return None


def write_json(path: Path, content: dict) -> None:
    """Write `content` to `path` as indented JSON."""
    with atomic(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict:
    """Read a JSON file.

    Raises
    ------
    InputError
        When the file is missing, not as it was written, or not JSON.
    """
    verify(path)
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from None
