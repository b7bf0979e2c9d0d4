"""What the user is told when something is wrong: one sentence, not a traceback."""

import sys


class ExpactError(Exception):
    """Base of our errors. The message is one sentence: what is wrong, where, and what was expected."""

    def _render_traceback_(self):
        """Show the sentence alone in a notebook (the hook that IPython calls)."""
        return [f"{type(self).__name__}: {self}"]


class InputError(ExpactError, ValueError):
    """Bad input: a file, a setting, a parameter or an argument."""


class TrainingError(ExpactError, RuntimeError):
    """A training that cannot go on."""


class NotebookError(ExpactError, RuntimeError):
    """A notebook that did not run to its end."""


def run_command(command) -> None:
    """Call `command()`; when something is wrong, print its sentence to standard error and exit with status 1."""
    try:
        command()
    except ExpactError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
