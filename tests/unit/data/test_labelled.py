"""Which columns of a table are taken for labels."""

import numpy as np
import pytest

from expact_utils.data import own
from expact_utils.run.errors import InputError


def load(folder, header, *cells, number=60, **settings):
    """Load a table of random sequences; each of `cells` gives the text of a column by row, None the sequence."""
    texts = ["".join(row) for row in np.random.default_rng(0).choice(list("ACGT"), (number, 60))]
    rows = [[texts[i] if of is None else of(i) for of in cells] for i in range(number)]
    path = folder / "a.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return own.load({"table": str(path), **settings}, 0)


def half(row):
    return row % 2


def start(row):
    return 100 * row


def chromosome(row):
    return f"chr{row}"


ADVICE = "(label_columns, or --label-column of expact init, names the columns that are labels)"


@pytest.mark.parametrize(
    ("header", "cells", "label", "left_out"),
    [
        ("seq,start,activity", (None, start, lambda row: row / 8), "activity", "start"),
        ("seq,replicate,label", (None, lambda row: row // 12, half), "label", "replicate"),
        ("Sequence,chrom,bound", (None, chromosome, half), "bound", "chrom"),
        ("peak,seq,bound", (chromosome, None, half), "bound", "peak"),
        ("chrom,start,seq,Bound", (chromosome, start, None, half), "Bound", "chrom, start"),
    ],
)
def test_the_only_column_that_is_called_as_labels_are(tmp_path, header, cells, label, left_out):
    data = load(tmp_path, header, *cells)
    assert data.class_names == [label]
    assert data.notes[0] == f"{label} taken for the labels, by its name, and {left_out} left out {ADVICE}"


@pytest.mark.parametrize(
    ("header", "settings", "names"),
    [
        ("seq,first,label", {"label_columns": ["first"]}, ["first"]),
        ("seq,first,label", {"target": "classes"}, ["first", "label"]),
        ("seq,first,second", {}, ["first", "second"]),
        ("seq,bound,label", {}, ["bound", "label"]),
    ],
)
def test_else_the_columns_that_are_named_or_all(tmp_path, header, settings, names):
    data = load(tmp_path, header, None, half, lambda row: row // 2 % 2, **settings)
    assert data.class_names == names
    assert not any("by its name" in note for note in data.notes)


def test_a_column_that_stands_alone_needs_no_note(tmp_path):
    assert load(tmp_path, "seq,bound", None, half).notes == []
    splits = load(tmp_path, "seq,split,bound", None, lambda row: ("train", "valid", "test")[row // 2 % 3], half)
    assert (splits.class_names, splits.notes) == (["bound"], [])


SPLIT_ADVICE = "(split_column, or --split-column of expact init, names the column of the splits)"


def split(row):
    return ("train", "val", "TEST")[row // 2 % 3]


@pytest.mark.parametrize("name", ["split", "Split", "SPLIT"])
@pytest.mark.parametrize("label", ["bound", "y"])
def test_a_column_called_split_in_small_letters_or_capitals(tmp_path, name, label):
    data = load(tmp_path, f"seq,{name},{label}", None, split, half)
    assert ([len(of) for of in data.X.values()], data.class_names, data.notes) == ([20, 20, 20], [label], [])


@pytest.mark.parametrize("label", ["bound", "y"])
@pytest.mark.parametrize("settings", [{}, {"label_columns": True}, {"target": "classes"}])
def test_a_column_of_words_for_splits_is_no_label_and_has_a_hint(tmp_path, label, settings):
    settings = settings | ({"label_columns": [label]} if "label_columns" in settings else {})
    data = load(tmp_path, f"seq,set,{label}", None, split, half, **settings)
    assert data.class_names == [label]
    assert f"set holds words such as train and is left out {SPLIT_ADVICE}" in data.notes
    taken = load(tmp_path, f"seq,set,{label}", None, split, half, split_column="set", **settings)
    assert ([len(of) for of in taken.X.values()], taken.notes) == ([20, 20, 20], [])


def test_folds_are_no_numbers_to_predict(tmp_path):
    cells = (None, lambda row: row % 12, lambda row: row / 8)
    data = load(tmp_path, "seq,Fold,expr", *cells)
    assert data.class_names == ["expr"]
    assert data.notes[0] == f"Fold left out, as folds are no labels {ADVICE}"
    assert load(tmp_path, "seq,fold,expr", *cells, label_columns=["fold"]).class_names == ["fold"]
    fold_changes = (None, lambda row: row / 7, lambda row: row / 8)
    assert load(tmp_path, "seq,fold,expr", *fold_changes).class_names == ["fold", "expr"]
    assert load(tmp_path, "seq,fold", *cells[:2]).class_names == ["fold"]


@pytest.mark.parametrize(
    ("header", "cells", "sentence"),
    [
        ("seq,first,second", (None, start, half), "or --label-column of expact init, names .* or --target, says"),
        ("seq,first,second", (None, chromosome, half), "or --label-column of expact init, names the"),
        ("seq,y", (None, lambda row: row % 5), "target: numbers, or --target numbers, that"),
        ("seq", (None,), "a.csv has no column of labels; label_columns, or --label-column"),
    ],
)
def test_a_sentence_names_the_option(tmp_path, header, cells, sentence):
    with pytest.raises(InputError, match=sentence):
        load(tmp_path, header, *cells)


def test_numbers_that_name_classes(tmp_path):
    data = load(tmp_path, "seq,cls", None, lambda row: row % 3, target="classes")
    assert data.class_names == ["0", "1", "2"]
    assert all((labels.sum(axis=1) == 1).all() for labels in data.Y.values())
