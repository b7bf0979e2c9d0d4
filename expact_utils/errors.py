"""The one exception for bad input: a sentence for the user, not a traceback."""

import sys


class InputError(ValueError):
    """Bad input. The message is one sentence: what is wrong, where, and what was expected."""

    def _render_traceback_(self):
        """Show the sentence alone in a notebook (the hook that IPython calls)."""
        return [f"{type(self).__name__}: {self}"]


def run_command(command) -> None:
    """Call `command()`; on bad input, print its sentence to standard error and exit with status 1."""
    try:
        command()
    except InputError as error:
        sys.exit(f"error: {error}")
