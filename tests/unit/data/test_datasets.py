import dataclasses
import os

import h5py
import numpy as np
import pytest
from support import from_elsewhere, names

from expact_utils.data import datasets
from expact_utils.data.simulate import simulate
from expact_utils.run.errors import InputError


def test_round_trip(tmp_path):
    data = simulate(50, seed=5)
    datasets.write(tmp_path / "new" / "a.h5", data)
    read = datasets.read(tmp_path / "new" / "a.h5")
    for split in datasets.SPLITS:
        np.testing.assert_array_equal(read.X[split], data.X[split])
        np.testing.assert_array_equal(read.Y[split], data.Y[split])
        np.testing.assert_array_equal(read.planted[split], data.planted[split])
    assert read.relevant == data.relevant == datasets.read_relevant(tmp_path / "new" / "a.h5")
    assert (read.class_names, read.source, read.seed) == (data.class_names, data.source, data.seed)
    assert names(tmp_path / "new") == ["a.h5"]


def test_same_data_same_bytes(tmp_path, tiny):
    for name in "ab":
        datasets.write(tmp_path / name, tiny)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def damaged(tmp_path, tiny, damage):
    path = tmp_path / "damaged.h5"
    datasets.write(path, tiny)
    with h5py.File(path, "r+") as file:
        damage(file)
    return from_elsewhere(path)


def replace(file, name, array):
    del file[name]
    file[name] = array


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: f.pop("X_valid"), "dataset X_valid is missing"),
        (lambda f: replace(f, "X_train", np.zeros((40, 100, 4), "i1")), "X_train is int8 of shape .40, 100, 4.; expected"),
        (lambda f: replace(f, "X_train", np.zeros((40, 100), "f4")), "X_train is float32 of shape"),
        (lambda f: replace(f, "X_test", np.zeros((0, 100), "i1")), "X_test is int8 of shape .0, 100."),
        (lambda f: replace(f, "X_test", np.zeros((20, 90), "i1")), "X_test has length 90; expected 100, as in X_train"),
        (lambda f: replace(f, "Y_test", np.zeros((20, 3), "i1")), r"Y_test is int8 of shape \(20, 3\); expected .*\(20, 2\)"),
        (lambda f: f["X_valid"].write_direct(np.full((10, 100), 5, "i1")), "X_valid holds 5 at row 0, column 0; expected codes"),
        (lambda f: f["Y_train"].write_direct(np.full((40, 2), 2, "i1")), "Y_train holds 2 at row 0, column 0; expected labels"),
        (lambda f: (f.pop("X_train"), f.create_group("X_train")), "dataset X_train is missing"),
        (lambda f: f.create_group("planted_train"), "dataset planted_train is missing"),
        (lambda f: replace(f, "X_train", "ACGT"), "X_train is .* of shape .*; expected int8"),
        (lambda f: f.attrs.create("class_names", 5), "attribute class_names is .*5.*; expected another type"),
        (lambda f: f.attrs.pop("class_names"), "attribute class_names is missing"),
        (lambda f: f.attrs.pop("relevant"), "attribute relevant is missing"),
        (lambda f: f.attrs.modify("relevant", "[1]"), "attribute relevant is not a dictionary of lists of matrices"),
        (lambda f: f.attrs.modify("format_version", 99), "format version 99; expected 2"),
    ],
)  # fmt: skip
def test_damaged_file_gets_one_sentence(tmp_path, tiny, damage, sentence):
    path = damaged(tmp_path, tiny, damage)
    with pytest.raises(InputError, match=sentence) as error:
        datasets.read(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_truncated_file(tmp_path, tiny, share):
    path = tmp_path / "cut.h5"
    datasets.write(path, tiny)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(InputError, match="cut.h5 is not as it was written"):
        datasets.read(path)
    with pytest.raises(InputError, match="is not a readable HDF5 file"):
        datasets.read(from_elsewhere(path))


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="absent.h5 does not exist; expected a dataset file"):
        datasets.read(tmp_path / "absent.h5")


def test_planted_motif_outside_its_sequence(tiny):
    site = np.array([(0, 100, b"+", b"MA0058.3")], dtype=datasets.PLANTED)
    with pytest.raises(InputError, match="planted_train, row 0, lies outside its sequence"):
        datasets.validate(dataclasses.replace(tiny, planted={"train": site}), "here")


@pytest.mark.parametrize(
    ("truth", "sentence"),
    [
        (
            np.zeros((40, 99), "i1"),
            r"^here: truth_train is int8 of shape \(40, 99\); expected int8 of shape \(40, 100\)",
        ),
        (np.zeros((40, 100)), "^here: truth_train is float64 of shape"),
        (np.full((40, 100), 2, "i1"), "^here: truth_train holds 2 at row 0, column 0; expected 1 where a position is"),
    ],
)
def test_a_truth_that_does_not_fit_its_sequences(tiny, truth, sentence):
    with pytest.raises(InputError, match=sentence):
        datasets.validate(dataclasses.replace(tiny, truth={"train": truth}), "here")


def test_nothing_is_written_when_writing_fails(tmp_path, tiny):
    bad = dataclasses.replace(tiny, class_names=["first"])
    with pytest.raises(InputError):
        datasets.write(tmp_path / "a.h5", bad)
    assert os.listdir(tmp_path) == []


def test_folder_that_cannot_be_written(tmp_path, tiny):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write .*file/a.h5"):
        datasets.write(tmp_path / "file" / "a.h5", tiny)


@pytest.fixture
def stored(tmp_path, tiny, monkeypatch):
    """The tiny data set with its training sequences (4,000 bytes) left in the file, looked at 10 rows at a time."""
    datasets.write(tmp_path / "tiny.h5", tiny)
    monkeypatch.setattr(datasets, "IN_MEMORY", 3_000)
    monkeypatch.setattr(datasets, "PIECE", 1_000)
    return datasets.read(tmp_path / "tiny.h5")


def test_large_arrays_stay_in_their_file(stored, tiny):
    X = stored.X["train"]
    assert isinstance(X, datasets.Stored)
    assert isinstance(stored.X["test"], np.ndarray)
    assert (len(X), X.shape, X.ndim, X.dtype) == (40, (40, 100), 2, np.int8)
    np.testing.assert_array_equal(X[5:25], tiny.X["train"][5:25])
    assert stored.length == 100


def test_a_stored_array_is_written_again_as_it_was(tmp_path, stored, tiny, monkeypatch):
    datasets.write(tmp_path / "copy.h5", stored)
    monkeypatch.setattr(datasets, "IN_MEMORY", 1_000_000)
    np.testing.assert_array_equal(datasets.read(tmp_path / "copy.h5").X["train"], tiny.X["train"])


def test_the_row_of_a_wrong_code_is_counted_from_the_first_piece(tiny, monkeypatch):
    monkeypatch.setattr(datasets, "PIECE", 1_000)
    tiny.X["train"][23, 7] = 5
    with pytest.raises(InputError, match="X_train holds 5 at row 23, column 7"):
        datasets.validate(tiny, "mine")


def test_a_file_that_went_away_is_one_sentence(tmp_path, stored):
    (tmp_path / "tiny.h5").unlink()
    with pytest.raises(InputError, match="tiny.h5 does not exist; expected the dataset file that was read before"):
        stored.X["train"][:5]


def test_fingerprint_tells_data_apart_and_not_where_they_are(stored, tiny):
    first = datasets.fingerprint(tiny)
    assert datasets.fingerprint(stored) == first
    tiny.X["test"][0, 0] ^= 1
    assert datasets.fingerprint(tiny) != first
