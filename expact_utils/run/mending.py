"""What would mislead a run in its own folder: damaged files, files from the future, half-written ones."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from expact_utils.run.files import checksum_file, is_damaged

CLOCKS_DIFFER = 60  # seconds, at most, between machines that share files
STEPS = ("data", "models", "filters", "tomtom", "notebooks")  # folders of a run whose files are read by later steps
ABANDONED = 24 * 3600  # seconds after which nobody still writes a temporary file


def mend(folder: Path, code: Iterable[Path] = ()) -> list[str]:
    """Look through a run's folder before the run, for what would mislead it; return a sentence for each thing found.

    A file that is not as it was written is set aside as NAME.damaged, so that it is made again. Files from the
    future, of the run or of the `code` that makes it, which a clock that was set back leaves, are dated now, so that
    what follows from them is made again once, and not each time. Files between steps that have no checksum are named:
    they are taken as they are. What was left half-written is removed after a day.
    """
    written = [path for path in map(_checked_file, sorted(folder.rglob(".*.sha256"))) if path.is_file()]
    damaged = [path for path in written if is_damaged(path)]
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
