"""Columns of labels as people write them: 0 and 1, TRUE and FALSE, or the names of classes."""

from collections import Counter
from pathlib import Path

import numpy as np

from expact_utils.run.errors import InputError
from expact_utils.run.tables import MISSING, is_number

YES_AND_NO = (("true", "false"), ("yes", "no"), ("1", "-1"), ("+", "-"))
FEWEST = 3  # sequences of a class that is told by a word
MOST = 50  # classes of a column of words


def labels_of(columns: dict[str, list[str]], ids: list[str], where: Path) -> tuple[list[str], np.ndarray, list[str]]:
    """Read columns of labels.

    Parameters
    ----------
    columns : dict[str, list[str]]
        Name to a text a sequence. A column of names of classes stands alone.
    ids : list[str]
        Of the sequences, for messages.
    where : Path
        File, for messages.

    Returns
    -------
    list[str], np.ndarray, list[str]
        Class names; labels, int8, shape=(N, classes), 0 or 1; and notes on what was taken for what.

    Raises
    ------
    InputError
        When a column holds something else; names the first such sequence.
    """
    if len(columns) == 1:
        ((name, texts),) = columns.items()
        if classes := _classes(texts):
            labels = np.array([[text == one for one in classes] for text in texts], np.int8)
            return classes, labels, [f"{name} holds the names of {len(classes)} classes"]
    labels, notes = np.zeros((len(ids), len(columns)), np.int8), []
    for i, (name, texts) in enumerate(columns.items()):
        yes, no = _yes_and_no(name, texts, ids, where)
        labels[:, i] = [text.lower().removesuffix(".0") == yes for text in texts]
        if (yes, no) != ("1", "0"):
            notes.append(f"{name}: {yes} taken for 1, and {no} for 0")
    return list(columns), labels, notes


def _yes_and_no(name: str, texts: list[str], ids: list[str], where: Path) -> tuple[str, str]:
    """How a column says 1 and 0, in small letters."""
    held = {text.lower() for text in texts}
    known = {"0", "1", "0.0", "1.0"}
    if held <= known:
        return "1", "0"
    for pair in YES_AND_NO:
        if held <= set(pair):
            return pair
    row = next(i for i, text in enumerate(texts) if text.lower() not in known)
    raise InputError(
        f"{where}: {name} of {ids[row]} is {texts[row]!r}; expected a label, 0 or 1 (label_columns names the columns "
        "that are labels)."
    )


def _classes(texts: list[str]) -> list[str]:
    """Names of classes, in alphabetical order, if a column holds these: words, few of them, each of some sequences."""
    counts = Counter(texts)
    words = not any(map(is_number, counts)) and not counts.keys() & MISSING
    known = any({text.lower() for text in counts} <= set(pair) for pair in YES_AND_NO)
    if known or not words or not 2 <= len(counts) <= MOST or min(counts.values()) < FEWEST:
        return []
    return sorted(counts)
