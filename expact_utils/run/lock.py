"""One run at a time: a lock on its folder."""

import io
import sys
from pathlib import Path

from expact_utils.run.errors import InputError
from expact_utils.run.paths import shown


def lock(path: Path) -> io.TextIOBase:
    """Return an open file that holds a lock: until it is closed, or this process ends, however it ends.

    Where the file system has no locks (some shared ones), it says so and goes on without.

    Raises
    ------
    InputError
        When another process holds it, or it cannot be written.
    """
    import fcntl

    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {shown(path)}: {error.strerror}.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InputError(f"another run works here (it holds {shown(path)}); wait for it or stop it.") from None
    except OSError as error:
        reason = f"{error.strerror}: this file system has no locks"
        print(
            f"warning: cannot lock {shown(path)} ({reason}); take care that no other run works here.", file=sys.stderr
        )
    return file
