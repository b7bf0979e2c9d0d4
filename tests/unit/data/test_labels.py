"""Labels as people write them."""

from pathlib import Path

import numpy as np
import pytest

from expact_utils.data.labels import labels_of
from expact_utils.run.errors import InputError


def read(target="", **columns):
    number = len(next(iter(columns.values())))
    return labels_of(columns, [f"s{i}" for i in range(number)], Path("a.csv"), target)


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (["1", "0", "0", "1"], []),
        (["1.0", "0", "0.0", "1"], []),
        (["1.00", "0.00", "0.", "1"], []),
        (["TRUE", "FALSE", "false", "True"], ["bound: true taken for 1, and false for 0"]),
        (["yes", "no", "No", "YES"], ["bound: yes taken for 1, and no for 0"]),
        (["1", "-1", "-1", "1"], ["bound: 1 taken for 1, and -1 for 0"]),
        (["1.0", "-1.0", "-1", "1"], ["bound: 1 taken for 1, and -1 for 0"]),
    ],
)
def test_yes_and_no(texts, note):
    names, labels, notes = read(bound=texts)
    assert (names, labels.ravel().tolist(), notes) == (["bound"], [1, 0, 0, 1], note)


def test_one_column_of_names_of_classes():
    names, labels, notes = read(factor=["SRF", "YY1", "SRF", "NA", "YY1", "SRF", "YY1", "NA", "NA"])
    assert names == ["NA", "SRF", "YY1"]
    assert labels[:4].tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]
    taken = "NA taken for a class: where a label is missing, leave it empty"
    assert notes == ["factor holds the names of 3 classes", taken]


def test_one_column_of_whole_numbers_that_are_to_be_classes():
    names, labels, notes = read("classes", cls=["0", "10", "2.0", "", "2", "0.0"])
    assert names == ["0", "2", "10"]
    assert labels.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [-1, -1, -1], [0, 1, 0], [1, 0, 0]]
    assert notes == ["cls holds the names of 3 classes", "cls: 1 label missing"]


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (["0_1", "1_0", "1_2"], ""),
        (["0_1", "1_0", "1_2"], "classes"),
        (["12", "1_2", "3"], "classes"),
        (["01", "02", "10"], "classes"),
        (["1A1", "1E2", "2E3"], ""),
        (["1E1", "1E2", "2E3"], "classes"),
    ],
)
def test_names_of_classes_are_kept_as_they_are_written(names, target):
    """Python would take 1_2 for 12, and the well 1E2 for 100."""
    found, labels, notes = read(target, cls=[*names, *names, *names])
    assert (found, notes) == (names, ["cls holds the names of 3 classes"])
    assert labels[:3].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("texts", [[f"1E{i}" for i in range(12)] * 3, [str(i) for i in range(12)] * 3])
def test_numbers_that_may_be_names_of_classes_have_a_note(texts):
    says_so = "where the numbers of y are names of classes, target: classes, or --target classes, says so"
    assert read(y=texts)[2][1:] == [says_so]
    assert says_so not in read("numbers", y=texts)[2]
    assert len(read("classes", y=texts)[0]) == 12
    with pytest.raises(InputError, match=f"y of s0 is '{texts[3]}'; expected a label, .* or --target classes, that"):
        read(y=texts[3:6] * 3)


@pytest.mark.parametrize("text", ["#N/A", "None", "NA", "<NA>"])
def test_words_for_no_label(text):
    assert read(y=["1", "0", text])[1].ravel().tolist() == [1, 0, -1]
    _, _, notes = read(y=["SRF", "YY1", text] * 3)
    assert notes[1] == f"{text} taken for a class: where a label is missing, leave it empty"


@pytest.mark.parametrize("texts", [["1", "0", "0", "1"], ["1", "-1", "-1", "1"]])
def test_a_pair_of_numbers_that_are_to_be_classes_is_one_class(texts):
    names, labels, _ = read("classes", bound=texts)
    assert (names, labels.ravel().tolist()) == (["bound"], [1, 0, 0, 1])


@pytest.mark.parametrize(
    "columns",
    [
        {"y": ["0", "1", "2", "2.5"]},
        {"y": ["0", "1", "2", "two"]},
        {"y": ["2", "2", "2", "2"]},
        {"y": ["0", "1", "2", "inf"]},
        {"y": [str(i) for i in range(51)]},
        {"y": ["0", "1", "2", "0"], "x": ["0", "1", "1", "0"]},
    ],
)
def test_other_numbers_are_no_names_of_classes(columns):
    with pytest.raises(InputError, match="a.csv: y of s. is '(2|2.5|two|inf)'; expected a label"):
        read("classes", **columns)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"y": ["1", "0", "0.37", "1"]}, "a.csv: y of s2 is '0.37'; expected a label, 0 or 1"),
        (
            {"y": ["1", "2", "0", "1"]},
            "a.csv: y of s1 is '2'; expected a label, .* target: numbers, or --target numbers, that they are numbers",
        ),
        (
            {"y": ["a", "b", "c", "d"]},
            "a.csv: y holds names of classes, and a is that of 1 sequence; expected at least 3",
        ),
        (
            {"y": ["bound", "NA", "no", "bound"]},
            "y holds names of classes, and NA is that of 1 sequence; .* empty cell",
        ),
        (
            {"y": ["1", "0,5", "-0,706", "1"]},
            "y of s1 is '0,5'; expected a label, .*a number with a point, not a comma",
        ),
        ({"x": ["1", "0", "1"], "y": ["SRF", "SRF", "YY1"]}, "a.csv: y of s0 is 'SRF'; expected a label"),
    ],
)
def test_what_is_no_label_gets_one_sentence(columns, sentence):
    with pytest.raises(InputError, match=sentence):
        read(**columns)


def test_many_different_numbers_are_numbers_to_predict():
    texts = [f"{i / 2}" for i in range(12)]
    names, labels, notes = read(activity=[*texts, "NA"], other=[*texts[::-1], "1e3"])
    assert names == ["activity", "other"]
    assert labels.dtype == np.float32
    assert labels[:2].tolist() == [[0, 5.5], [0.5, 5]]
    assert np.isnan(labels[-1, 0])
    assert notes == [
        "activity: numbers to predict, 0 to 5.5 (median 2.75)",
        "other: numbers to predict, 0 to 1000 (median 3)",
        "activity: 1 label missing",
    ]


def test_a_few_different_numbers_are_what_one_says():
    """0.37 among 0 and 1 is a mistake until somebody says that it is none."""
    texts = ["1", "0", "0.37", "1"]
    _, labels, _ = labels_of({"y": texts}, list("abcd"), Path("a.csv"), "numbers")
    np.testing.assert_allclose(labels.ravel(), [1, 0, 0.37, 1])


def test_labels_may_be_missing():
    _, labels, notes = read(a=["1", "", "0", "NA"], b=["yes", "no", "N/A", "yes"])
    assert labels.tolist() == [[1, 1], [-1, 0], [0, -1], [-1, 1]]
    assert notes == ["b: yes taken for 1, and no for 0", "a: 2 labels missing", "b: 1 label missing"]
    _, labels, _ = read(factor=["SRF", "YY1", "", "SRF", "YY1", "SRF", "YY1"])
    assert labels[:3].tolist() == [[1, 0], [0, 1], [-1, -1]]
