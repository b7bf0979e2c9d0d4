"""One-hot files of the layouts that people keep, and what is refused in them."""

import io
import os
from zipfile import ZIP_DEFLATED, ZipFile

import h5py
import numpy as np
import pytest
from support import ROOT, encode

from expact_utils.data import arrays
from expact_utils.dna.letters import one_hot
from expact_utils.run.errors import InputError

CODES = np.stack([encode("GATTACA"), encode("NACGTTG"), encode("CCCGGGT")])
LABELS = np.array([[1], [0], [1]], np.int8)
ONE_HOT = one_hot(CODES)  # (3, 7, 4)


def write(folder, x, y=LABELS, name="a.h5", names=("X", "Y")):
    path = folder / name
    if path.suffix == ".npz":
        np.savez(path, **dict(zip(names, (x, y), strict=True)))
    else:
        with h5py.File(path, "w") as file:
            file[names[0]], file[names[1]] = x, y
    return path


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
@pytest.mark.parametrize(
    "x",
    [
        ONE_HOT,
        ONE_HOT.swapaxes(1, 2),
        ONE_HOT.swapaxes(1, 2)[..., None],
        ONE_HOT.swapaxes(1, 2)[:, :, None],
        ONE_HOT.astype(bool),
        ONE_HOT.astype("int8").swapaxes(1, 2),
        np.where(ONE_HOT.sum(axis=2, keepdims=True) == 0, 0.25, ONE_HOT),
    ],
    ids=["NL4", "N4L", "N4L1", "Basset's N41L", "bool", "int8", "quarters for N"],
)
def test_every_order_of_axes(tmp_path, x, name):
    found, class_names, _ = arrays.read(write(tmp_path, x, name=name))
    codes, labels = found["all"]
    np.testing.assert_array_equal(codes, CODES)
    np.testing.assert_array_equal(labels, LABELS)
    assert (codes.dtype, labels.dtype, class_names) == (np.int8, np.int8, ["positive"])


@pytest.mark.parametrize(("x", "y"), [("X_{}", "Y_{}"), ("{}_in", "{}_out")])
def test_splits_of_the_authors_and_of_basset(tmp_path, x, y):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for i, split in enumerate(("train", "valid", "test")):
            file[x.format(split)], file[y.format(split)] = ONE_HOT[i:].swapaxes(1, 2), LABELS[i:, 0]
        file["target_labels"] = [b"K562"]
    found, class_names, _ = arrays.read(tmp_path / "a.h5")
    assert [len(codes) for codes, _ in found.values()] == [3, 2, 1]
    np.testing.assert_array_equal(found["valid"][0], CODES[1:])
    assert class_names == ["K562"]


@pytest.mark.parametrize(
    ("x", "y"), [("X_{}", "y_{}"), ("{}/X", "{}/y"), ("{}/x", "{}/y"), ("{}_in", "{}_out")], ids=lambda name: name
)
@pytest.mark.parametrize("valid", ["val", "validation", "dev"])
def test_other_spellings_and_a_group_a_split(tmp_path, x, y, valid):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for i, split in enumerate(("train", valid, "test")):
            file[x.format(split)], file[y.format(split)] = ONE_HOT[i:], LABELS[i:, 0]
    found, _, _ = arrays.read(tmp_path / "a.h5")
    assert {split: len(codes) for split, (codes, _) in found.items()} == {"train": 3, "valid": 2, "test": 1}


def test_names_in_small_letters_or_capitals(tmp_path):
    arrays_of = {"x_train": ONE_HOT, "Y_Train": LABELS, "X_valid": ONE_HOT[1:], "y_valid": LABELS[1:]}
    np.savez(tmp_path / "a.npz", **arrays_of, X_TEST=ONE_HOT[2:], y_test=LABELS[2:])
    found, _, notes = arrays.read(tmp_path / "a.npz")
    assert {split: len(codes) for split, (codes, _) in found.items()} == {"train": 3, "valid": 2, "test": 1}
    assert notes == []


def test_sequences_and_labels_that_are_left_out_are_named(tmp_path):
    both = {"X_train": ONE_HOT, "Y_train": LABELS, "X_test": ONE_HOT, "Y_test": LABELS}
    np.savez(tmp_path / "a.npz", **both, X_val=ONE_HOT, x_test=ONE_HOT[:1], weights=LABELS)
    found, _, notes = arrays.read(tmp_path / "a.npz")
    assert [len(codes) for codes, _ in found.values()] == [3, 3]
    assert notes == ["a.npz: X_val, x_test left out; X_train, Y_train, X_test, Y_test taken"]


def test_no_validation_split(tmp_path):
    np.savez(tmp_path / "a.npz", X_train=ONE_HOT, Y_train=LABELS, X_test=ONE_HOT[1:], Y_test=LABELS[1:])
    found, _, _ = arrays.read(tmp_path / "a.npz")
    assert {split: len(codes) for split, (codes, _) in found.items()} == {"train": 3, "test": 2}


def test_a_group_that_is_a_link_elsewhere(tmp_path):
    write(tmp_path, ONE_HOT, name="other.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for split in ("train", "test"):
            file[split] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(InputError, match="a.h5 holds train, test|a.h5 holds test, train"):
        arrays.read(tmp_path / "a.h5")


def test_read_a_piece_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "PIECE", 30)  # one row
    np.testing.assert_array_equal(arrays.read(write(tmp_path, ONE_HOT))[0]["all"][0], CODES)


def changed(value, row=1, position=2):
    x = ONE_HOT.copy()
    x[row, position] = value
    return x


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (changed([1, 1, 0, 0]), LABELS, "X holds 1 1 0 0 at row 1, position 2; expected a one-hot base"),
        (changed([np.nan, 0, 0, 0]), LABELS, "X holds nan 0 0 0 at row 1, position 2"),
        (changed([0.7, 0.1, 0.1, 0.1]), LABELS, "X holds 0.7 0.1 0.1 0.1 at row 1"),
        (changed([2, 0, 0, 0]), LABELS, "X holds 2 0 0 0 at row 1"),
        (ONE_HOT[:, :, :3], LABELS, r"shape .3, 7, 3.; expected one-hot sequences"),
        (ONE_HOT[:, :4], LABELS, r"shape .3, 4, 4.; expected one-hot sequences"),
        (ONE_HOT.reshape(3, -1), LABELS, r"shape .3, 28.; expected one-hot sequences"),
        (ONE_HOT, LABELS[:2], "X has 3 sequences and Y 2 rows of labels"),
        (ONE_HOT, LABELS * 2, "Y holds 2 at row 0; expected labels 0 or 1"),
        (ONE_HOT, LABELS * np.nan, "Y holds nan at row 0; expected labels 0 or 1"),
        (ONE_HOT, LABELS[..., None], r"Y is int8 of shape .3, 1, 1.; expected labels"),
        (ONE_HOT, LABELS[:, :0], r"Y is int8 of shape .3, 0.; expected labels"),
        (ONE_HOT, LABELS[:0], r"Y is int8 of shape .0, 1.; expected labels"),
        (ONE_HOT[:, :0], LABELS, r"X holds no sequence, or one of no base; its shape is .3, 0, 4."),
    ],
)
@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
def test_bad_arrays_get_one_sentence(tmp_path, x, y, sentence, name):
    with pytest.raises(InputError, match=sentence):
        arrays.read(write(tmp_path, x, y, name))


@pytest.mark.parametrize("empty", ["X", "Y"])
def test_an_hdf5_dataset_without_a_shape(tmp_path, empty):
    held = {"X": ONE_HOT, "Y": LABELS} | {empty: h5py.Empty("f4")}
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"], file["Y"] = held["X"], held["Y"]
    with pytest.raises(InputError, match=f"a.h5: {empty} is an empty dataset; expected an array"):
        arrays.read(tmp_path / "a.h5")


def test_class_names_are_different(tmp_path):
    np.savez(tmp_path / "a.npz", X=ONE_HOT, Y=LABELS.repeat(2, axis=1), class_names=["CTCF", "CTCF"])
    with pytest.raises(InputError, match="a.npz: class_names holds CTCF more than once; expected a name a class"):
        arrays.read(tmp_path / "a.npz")


@pytest.mark.parametrize("huge", ["X", "Y"])
def test_an_hdf5_file_that_declares_what_it_does_not_hold(tmp_path, huge):
    """Four kilobytes that declare terabytes."""
    shapes = {"X": (10**8, 4, 10**4), "Y": (10**12,)}
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"], file["Y"] = ONE_HOT, LABELS
        del file[huge]
        file.create_dataset(huge, shapes[huge], "i1", chunks=True)
    with pytest.raises(InputError, match=f"a.h5: {huge} unpacks to .* bytes, more than 100 times its file"):
        arrays.read(tmp_path / "a.h5")


def npz(folder, **members):
    """An npz file of these bytes."""
    with ZipFile(folder / "a.npz", "w", ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("_", "."), content)
    return folder / "a.npz"


def npy(array, shape=None):
    """Bytes of an array, in a file that claims another shape."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": array.dtype.str, "fortran_order": False, "shape": shape or array.shape}
    )
    return file.getvalue() + array.tobytes()


def test_an_npz_file_is_as_large_as_it_says(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"a.npz: X is float32 of shape .1000000000, 4, 1000., but has .* bytes"):
        arrays.read(npz(tmp_path, X_npy=npy(ONE_HOT, (10**9, 4, 1000)), Y_npy=npy(LABELS)))
    monkeypatch.setattr(arrays, "ALWAYS_UNPACKED", 10**6)
    with pytest.raises(InputError, match="a.npz: X unpacks to 4,000,128 bytes, more than 100 times its file"):
        arrays.read(npz(tmp_path, X_npy=npy(np.zeros((1000, 4, 1000), "i1")), Y_npy=npy(LABELS)))


def test_files_that_are_nearly_npz(tmp_path):
    with pytest.raises(InputError, match="a.npz holds nothing; expected X_train"):
        arrays.read(npz(tmp_path, X=npy(ONE_HOT), Y=npy(LABELS)))  # members that are no arrays by their name
    with pytest.raises(InputError, match="a.npz is not a readable npz file: the magic string is not correct"):
        arrays.read(npz(tmp_path, X_npy=b"raw" * 100, Y_npy=npy(LABELS)))
    np.save(tmp_path / "a.npy", ONE_HOT)
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    with pytest.raises(InputError, match="a.npz is not a readable npz file: File is not a zip file"):
        arrays.read(tmp_path / "a.npz")
    (tmp_path / "a.npz").unlink()
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(InputError, match="a.npz is a pipe or a device"):
        arrays.read(tmp_path / "a.npz")


def test_unknown_names(tmp_path):
    with pytest.raises(InputError, match="a.h5 holds seqs, tags; expected X_train, Y_train"):
        arrays.read(write(tmp_path, ONE_HOT, names=("seqs", "tags")))


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
def test_files_that_are_none(tmp_path, name):
    (tmp_path / name).write_bytes(b"no array" * 100)
    with pytest.raises(InputError, match=f"{name} is not a readable"):
        arrays.read(tmp_path / name)
    with pytest.raises(InputError, match=f"absent_{name}"):
        arrays.read(tmp_path / f"absent_{name}")


@pytest.mark.parametrize("name", ["a.h5", "a.npz"])
@pytest.mark.parametrize("dtype", ["i1", "f4"])
def test_minus_one_for_zero(tmp_path, name, dtype):
    found, _, notes = arrays.read(write(tmp_path, ONE_HOT, np.array([1, -1, 1], dtype), name))
    assert found["all"][1].tolist() == [[1], [0], [1]]
    assert notes == [f"{name}: -1 taken for 0 in positive"]


def test_minus_one_for_zero_by_column_of_all_splits(tmp_path):
    """That a split holds nothing but 1 does not make it another column; NaN is a label that is missing."""
    train, test = np.array([[1, 0, 1], [1, 1, -1], [1, 0, np.nan]]), np.array([[-1, 1, 1], [1, 0, -1], [-1, 0, 1]])
    np.savez(tmp_path / "a.npz", X_train=ONE_HOT, Y_train=train, X_test=ONE_HOT, Y_test=test)
    found, _, notes = arrays.read(tmp_path / "a.npz")
    assert found["train"][1].tolist() == [[1, 0, 1], [1, 1, 0], [1, 0, -1]]
    assert found["test"][1].tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 1]]
    assert notes == ["a.npz: -1 taken for 0 in class0, class2"]
    np.savez(tmp_path / "a.npz", X_train=ONE_HOT, Y_train=train, X_test=ONE_HOT, Y_test=test * 0)
    with pytest.raises(InputError, match="a.npz: Y_train holds -1 at row 1; expected labels 0 or 1"):
        arrays.read(tmp_path / "a.npz")


def test_minus_one_stays_a_number(tmp_path):
    found, _, notes = arrays.read(write(tmp_path, ONE_HOT, np.array([1, -1, 1])), "numbers")
    assert (found["all"][1].tolist(), notes) == ([[1], [-1], [1]], [])


def test_no_pickle_is_loaded(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    np.savez(tmp_path / "a.npz", X=np.array([Evil()], dtype=object), Y=LABELS)
    with pytest.raises(InputError, match="a.npz is not a readable npz file: Object arrays cannot be loaded"):
        arrays.read(tmp_path / "a.npz")
    assert not (tmp_path / "made").exists()


def test_no_link_is_followed_out_of_the_file(tmp_path):
    secret = write(tmp_path, ONE_HOT, name="secret.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"] = h5py.ExternalLink(str(secret), "X")
        file["Y"] = LABELS
    with pytest.raises(InputError, match="a.h5: X is no array of this file; links to elsewhere are not followed"):
        arrays.read(tmp_path / "a.h5")
    layout = h5py.VirtualLayout(ONE_HOT.shape, "f4")
    layout[:] = h5py.VirtualSource(str(secret), "X", ONE_HOT.shape)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_virtual_dataset("X", layout)
        file["Y"] = LABELS
    with pytest.raises(InputError, match="b.h5: X is no array of this file"):
        arrays.read(tmp_path / "b.h5")


ZBED2 = ROOT / os.environ.get("EXPACT_CACHE", "absent") / "exponential_activations/data/ZBED2_400_h3k27ac.h5"


@pytest.mark.skipif(not ZBED2.is_file(), reason="EXPACT_CACHE names no folder with exponential_activations/")
def test_the_authors_own_file_opens_as_it_is():
    found, _, _ = arrays.read(ZBED2)
    assert [len(codes) for codes, _ in found.values()] == [3431, 490, 981]
    codes, labels = found["train"]
    gc = np.isin(codes, (1, 2)).mean(axis=1)
    assert sorted(round(float(gc[labels[:, 0] == label].mean()), 2) for label in (0, 1)) == [0.50, 0.59]


def test_a_column_of_whole_numbers_is_a_column_a_class_where_they_are_said_to_be(tmp_path):
    """Classes 2, 5 and 7, and of floats NaN where one is missing."""
    path = write(tmp_path, np.repeat(ONE_HOT, 2, axis=0), np.array([2.0, 5, 7, 5, np.nan, 2]))
    found, class_names, _ = arrays.read(path, target="classes")
    assert class_names == ["2", "5", "7"]
    assert found["all"][1].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [-1, -1, -1], [1, 0, 0]]


def test_a_training_set_alone_lacks_a_test_set(tmp_path):
    with pytest.raises(InputError, match="holds X_train, Y_train, and no test set; expected X_test"):
        arrays.read(write(tmp_path, ONE_HOT, names=("X_train", "Y_train")))
