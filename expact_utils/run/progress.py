"""Progress of long work on standard error: one line that moves in a terminal, plain lines in a log or a notebook."""

import math
import sys
import time

LINES = 20
SECONDS = 60  # between lines, when there is less than a line's worth of work in them


class Progress:
    """Report on work of `total` parts.

    A terminal sees each report. Elsewhere there is a line for every twentieth part done, and one a minute between.

    Parameters
    ----------
    title : str
        What is being done, at the start of each line.
    total : int
        Number of parts.
    done : int
        Number of parts that were done before.
    """

    def __init__(self, title: str, total: int, done: int = 0):
        self.title, self.total, self.before = title, total, done
        self.started = self.last_line = time.monotonic()
        self.moves = sys.stderr.isatty()

    def report(self, done: float, text: str) -> None:
        """Say that `done` parts are done, e.g. 2.5, and how long the others may take."""
        now, whole = time.monotonic(), done == int(done)
        due = whole and (done % math.ceil(self.total / LINES) == 0 or done in (1, self.total))
        if not (self.moves or due or now - self.last_line >= SECONDS):
            return
        self.last_line = now
        left = (now - self.started) / max(done - self.before, 1e-9) * (self.total - done)
        line = f"{self.title}: {text}" + (f", {duration(left)} left" if done < self.total else "")
        if self.moves:
            print(f"\r{line}\x1b[K", end="" if done < self.total else "\n", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Time in words, e.g. `40 s`, `12 min` or `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
