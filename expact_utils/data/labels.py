"""Columns of labels as people write them: 0 and 1, TRUE and FALSE, the names of classes, or numbers to predict."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from expact_utils.data.targets import CLASSES, NUMBERS, UNLABELLED, known, quantitative
from expact_utils.run.errors import InputError
from expact_utils.run.tables import MISSING, is_number, number
from expact_utils.run.words import counted

YES_AND_NO = (("true", "false"), ("yes", "no"), ("1", "-1"), ("+", "-"))
LACKING = ("", "na", "nan", "n/a", "null", "none", "#n/a", "<na>")  # in small letters: no label
LARGEST = float(np.finfo(np.float32).max)
FEWEST = 3  # sequences of a class that is told by a word
MOST = 50  # classes of a column of words
WHOLE = re.compile(r"[-+]?\d+(\.0*)?")
WELL = re.compile(r"\d+[eE]\d+")  # of a plate; a number as well
ADVICE = "label_columns, or --label-column of expact init, names the columns that are labels"


def labels_of(
    columns: dict[str, list[str]], ids: list[str], where: Path, target: str = ""
) -> tuple[list[str], np.ndarray, list[str]]:
    """Read columns of labels.

    Parameters
    ----------
    columns : dict[str, list[str]]
        Name to a text a sequence. A column of names of classes stands alone; they may be whole numbers, or such as
        1E2, where `target` says that they are classes.
    ids : list[str]
        Of the sequences, for messages.
    where : Path
        File, for messages.
    target : str
        `classes` or `numbers`; empty: numbers, where a column can only be that (`targets.quantitative`).

    Returns
    -------
    list[str], np.ndarray, list[str]
        Names of classes or numbers; labels, shape=(N, names), int8, 0 or 1 or `UNLABELLED`, or float32, NaN where a
        number is missing; and notes on what was taken for what.

    Raises
    ------
    InputError
        When a column holds something else; names the first such sequence.
    """
    if target == NUMBERS or (target != CLASSES and _are_numbers(columns, where)):
        labels, notes = _numbers(columns, ids, where)
        return list(columns), labels, [*notes, *([] if target else _may_be_classes(columns))]
    if len(columns) == 1:
        ((name, texts),) = columns.items()
        if found := _classes(texts, target):
            return _named_classes(name, *found)
    labels, notes = np.zeros((len(ids), len(columns)), np.int8), []
    for i, (name, texts) in enumerate(columns.items()):
        yes, no = _yes_and_no(name, texts, ids, where)
        labels[:, i] = [_plain(text) == yes for text in texts]
        labels[[text.lower() in LACKING for text in texts], i] = UNLABELLED
        if (yes, no) != ("1", "0"):
            notes.append(f"{name}: {yes} taken for 1, and {no} for 0")
    return list(columns), labels, [*notes, *_missing(list(columns), labels)]


def _named_classes(name: str, classes: list[str], texts: list[str]) -> tuple[list[str], np.ndarray, list[str]]:
    """Classes, labels and notes of one column whose texts are names of classes."""
    labels = np.array([[text == one for one in classes] for text in texts], np.int8)
    labels[[text in MISSING for text in texts]] = UNLABELLED  # NA may well be a class
    odd = [
        f"{one} taken for a class: where a label is missing, leave it empty"
        for one in classes
        if one.lower() in LACKING
    ]
    return classes, labels, [f"{name} holds the names of {len(classes)} classes", *odd, *_missing([name], labels)]


def _are_numbers(columns: dict[str, list[str]], where: Path) -> bool:
    """Whether the columns hold numbers to predict; columns of both kinds are refused."""
    kinds = {name: _is_quantitative(texts) for name, texts in columns.items()}
    if any(kinds.values()) and not all(kinds.values()):
        predicted, other = (next(name for name in kinds if kinds[name] is kind) for kind in (True, False))
        raise InputError(
            f"{where}: {predicted} holds numbers to predict, and {other} does not; {ADVICE}, and target, or "
            f"--target, says whether they are {CLASSES} or {NUMBERS}."
        )
    return all(kinds.values())


def _is_quantitative(texts: list[str]) -> bool:
    held = [number(text) for text in texts if text.lower() not in LACKING]
    return None not in held and quantitative(np.array(held, float))


def _numbers(columns: dict[str, list[str]], ids: list[str], where: Path) -> tuple[np.ndarray, list[str]]:
    """Numbers, float32, shape=(N, columns), and notes on them."""
    labels, notes = np.full((len(ids), len(columns)), np.nan, np.float32), []
    for i, (name, texts) in enumerate(columns.items()):
        for row, text in enumerate(texts):
            if text.lower() in LACKING:
                continue
            if not is_number(text) or abs(float(text)) > LARGEST:
                raise InputError(f"{where}: {name} of {ids[row]} is {text!r}; expected a number ({ADVICE}).")
            labels[row, i] = float(text)
        held = labels[known(labels[:, i]), i]
        if len(held):
            notes.append(f"{name}: numbers to predict, {held.min():g} to {held.max():g} (median {np.median(held):g})")
    return labels, [*notes, *_missing(list(columns), labels)]


def _missing(names: list[str], labels: np.ndarray) -> list[str]:
    """Notes on labels that are missing, by column; of classes that one column names, they are missing together."""
    lacking = (~known(labels)).sum(axis=0)
    return [f"{name}: {counted(int(of), 'label')} missing" for name, of in zip(names, lacking, strict=False) if of]


def _yes_and_no(name: str, texts: list[str], ids: list[str], where: Path) -> tuple[str, str]:
    """How a column says 1 and 0, in small letters."""
    held = {_plain(text) for text in texts}.difference(LACKING)
    for pair in (("1", "0"), *YES_AND_NO):
        if held <= set(pair):
            return pair
    if rare := _rare(texts):
        raise InputError(
            f"{where}: {name} holds names of classes, and {rare[0]} is that of {counted(rare[1], 'sequence')}; "
            f"expected at least {FEWEST} of each, and an empty cell where a label is missing."
        )
    row = next(i for i, text in enumerate(texts) if _plain(text) not in {"0", "1", *LACKING})
    hint = (
        f", target: {NUMBERS}, or --target {NUMBERS}, that they are numbers to predict, and target: {CLASSES}, or "
        f"--target {CLASSES}, that whole numbers in one column are names of classes"
    )
    decimal = ", a number with a point, not a comma" if re.fullmatch(r"[-+]?\d*,\d+", texts[row]) else ""
    hint = hint if is_number(texts[row]) or _classes(texts, CLASSES) else decimal
    raise InputError(f"{where}: {name} of {ids[row]} is {texts[row]!r}; expected a label, 0 or 1 ({ADVICE}{hint}).")


def _rare(texts: list[str]) -> tuple[str, int] | None:
    """The rarest word of a column of words, and how often it is there, where that keeps it from naming classes."""
    counts = Counter(text for text in texts if text not in MISSING)
    if not _are_words(counts) or not 3 <= len(counts) <= MOST:
        return None
    word = min(counts, key=lambda text: counts[text])
    return (word, counts[word]) if counts[word] < FEWEST else None


def _plain(text: str) -> str:
    """Text in small letters; 1 for 1.0."""
    return text.partition(".")[0] if WHOLE.fullmatch(text) else text.lower()


def _whole_numbers(texts: list[str]) -> list[str]:
    """Whole numbers of a column as they are written, `2.0` for one as 2; empty where one is missing.

    Nothing where a text is another, or where they are 0 and 1, -1 and 1, a single number, or too many.
    """
    known_texts = {text for text in texts if text.lower() not in LACKING}
    if not all(map(WHOLE.fullmatch, known_texts)):
        return []
    numbers = {text: _plain(text) for text in known_texts}
    held = set(numbers.values())
    if held <= {"0", "1"} or held <= {"-1", "1"} or not 2 <= len(held) <= MOST:
        return []
    return [numbers.get(text, "") for text in texts]


def _classes(texts: list[str], target: str) -> tuple[list[str], list[str]] | None:
    """Names of classes in order, and the texts that are these, if a column holds such names, as `labels_of` says."""
    if target == CLASSES and (numbers := _whole_numbers(texts)):
        return sorted({*numbers} - {""}, key=lambda text: (int(text), text)), numbers
    counts = Counter(text for text in texts if text not in MISSING)
    known_pair = any({text.lower() for text in counts} <= set(pair) for pair in YES_AND_NO)
    if known_pair or not _are_words(counts, target) or not 2 <= len(counts) <= MOST or min(counts.values()) < FEWEST:
        return None
    return sorted(counts), texts


def _are_words(texts: Iterable[str], target: str = "") -> bool:
    """Whether texts are words: of numbers only such as the well 1E2, among words or where they are to be classes."""
    numbers = set(filter(is_number, texts))
    mixed, to_be_classes = numbers != set(texts), target == CLASSES
    names = [WELL, WHOLE] if mixed and to_be_classes else [WELL]
    named = all(any(name.fullmatch(text) for name in names) for text in numbers)
    return not numbers or ((mixed or to_be_classes) and named)


def _may_be_classes(columns: dict[str, list[str]]) -> list[str]:
    """A note on numbers to predict that may be meant as names of classes: few, and whole or such as the well 1E2."""
    ((name, texts), *others) = columns.items()
    if others or not _classes(texts, CLASSES):
        return []
    return [f"where the numbers of {name} are names of classes, target: {CLASSES}, or --target {CLASSES}, says so"]
