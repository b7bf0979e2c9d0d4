"""DeepSEA: a bundle of the exact layout, made here."""

import tracemalloc

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from support import encode

from expact_utils.data import datasets, deepsea, sources
from expact_utils.dna.jaspar import GROUND_TRUTH
from expact_utils.run.errors import InputError

TFS = list(GROUND_TRUTH)
MOTIF = "GATTACCAGT"  # every base, no palindrome, no two channel orders the same
ROWS, PLANTED_AT = 30, 700
KEPT = [row for row in range(ROWS) if row % 5 and not 14 <= row < 21]  # the third piece of 7 has none
COLUMNS = [592, 602, 344, 345, 635, 636, 349, 642, 359, 361, 661, 369]


def bundle_arrays(seed):
    """Codes, one-hot (N, 4, 1000) with channels A G C T, and labels (N, 919): row i is bound by TF i % 12 if it is
    one of KEPT, else by none of the twelve."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (ROWS, 1000)).astype(np.int8)
    codes[:, PLANTED_AT : PLANTED_AT + len(MOTIF)] = encode(MOTIF)
    codes[:, 3] = 4
    one_hot = np.stack([codes == "ACGT".index(base) for base in "AGCT"], axis=1).astype(np.uint8)
    labels = np.zeros((ROWS, 919), np.uint8)
    labels[:, 0] = 1  # not one of ours
    for row in KEPT:
        labels[row, COLUMNS[row % 12]] = 1
    return codes, one_hot, labels


def write_train(folder, one_hot, labels):
    with h5py.File(folder / "train.mat", "w") as file:
        file["trainxdata"], file["traindata"] = one_hot.transpose(2, 1, 0), labels.T


def write_matlab(folder, split, one_hot, labels, compressed=False):
    savemat(folder / f"{split}.mat", {f"{split}xdata": one_hot, f"{split}data": labels}, do_compression=compressed)


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "deepsea_train"
    folder.mkdir()
    write_train(folder, *bundle_arrays(0)[1:])
    for seed, split in ((1, "valid"), (2, "test")):
        write_matlab(folder, split, *bundle_arrays(seed)[1:])
    return folder


def test_deepsea_is_read_in_its_order_of_axes_channels_and_columns(bundle):
    data = deepsea.deepsea(bundle)
    for seed, split in enumerate(datasets.SPLITS):
        codes = bundle_arrays(seed)[0][KEPT]
        np.testing.assert_array_equal(data.X[split], codes)
        found = "".join("ACGT"[code] for code in data.X[split][0, PLANTED_AT : PLANTED_AT + len(MOTIF)])
        assert found == MOTIF
        assert (data.X[split][:, 3] == 4).all()
        np.testing.assert_array_equal(data.Y[split], np.eye(12, dtype=np.int8)[[row % 12 for row in KEPT]])
    assert data.class_names == TFS


def test_deepsea_in_pieces_is_the_same(bundle, monkeypatch):
    whole = deepsea.deepsea(bundle)
    monkeypatch.setattr(deepsea, "PIECE", 7)
    in_pieces = deepsea.deepsea(bundle)
    assert datasets.fingerprint(in_pieces) == datasets.fingerprint(whole)


def test_the_training_file_of_deepsea_is_never_whole_in_memory(tmp_path, monkeypatch):
    """A file of 12 MB, one sequence in a hundred bound, in pieces of 0.4 MB; in one piece it does take its 12 MB."""
    rows, bound = 3000, np.arange(0, 3000, 100)
    one_hot, labels = np.zeros((rows, 4, 1000), np.uint8), np.zeros((rows, 919), np.uint8)
    one_hot[:, 1], labels[bound, COLUMNS[0]] = 1, 1  # all G
    write_train(tmp_path, one_hot, labels)

    def peak(piece):
        monkeypatch.setattr(deepsea, "PIECE", piece)
        tracemalloc.start()
        codes, _ = deepsea._deepsea_hdf5(tmp_path / "train.mat", "train")
        largest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert codes.shape == (len(bound), 1000)
        assert (codes == "ACGT".index("G")).all()
        return largest

    assert peak(100) < one_hot.nbytes / 4
    assert peak(rows) > one_hot.nbytes


def test_the_authors_counts_stand_beside_ours_for_deepsea_alone(bundle):
    """Row i of KEPT is bound by TF i % 12: CEBPB, the second, in rows 1 and 13; row 25 is not kept."""
    data = deepsea.deepsea(bundle)
    table = sources.positives(data, "deepsea")
    expected = [sum(row % 12 == tf for row in KEPT) for tf in range(12)]
    assert table["train"].tolist() == table["test"].tolist() == expected
    assert table.loc["CEBPB", "train"] == 2
    assert table["share of test"].iloc[0] == pytest.approx(expected[0] / len(KEPT))
    authors = table["train, the authors' run"]
    assert (authors["Arid3a"], authors["CEBPB"], authors["YY1"]) == (27652, 85354, 31146)
    assert list(sources.positives(data, "k562")) == ["train", "valid", "test", "share of test"]


def test_deepsea_makes_a_dataset_file(bundle, tmp_path):
    datasets.write(tmp_path / "deepsea.h5", sources.load("deepsea", {"deepsea_bundle": str(bundle)}))
    assert datasets.read(tmp_path / "deepsea.h5").length == 1000


def test_deepsea_is_looked_for_in_the_cache(bundle, monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", str(bundle.parent))
    assert len(sources.load("deepsea").X["train"]) == len(KEPT)


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def changed(split, change):
    """Damage: `change(one_hot, labels)` changes the arrays of a split in place, or returns others."""

    def damage(folder):
        _, one_hot, labels = bundle_arrays(datasets.SPLITS.index(split))
        one_hot, labels = change(one_hot, labels) or (one_hot, labels)
        if split == "train":
            write_train(folder, one_hot, labels)
        else:
            write_matlab(folder, split, one_hot, labels)

    return damage


def compressed_and_cut(folder):
    write_matlab(folder, "test", *bundle_arrays(2)[1:], compressed=True)
    cut(folder / "test.mat", 0.5)


def train_of(**entries):
    def damage(folder):
        with h5py.File(folder / "train.mat", "w") as file:
            for key, value in entries.items():
                file[key] = value

    return damage


def train_of_groups(folder):
    with h5py.File(folder / "train.mat", "w") as file:
        file.create_group("trainxdata")


def two_bases(row):
    return lambda one_hot, labels: one_hot[row, :2, 42].fill(1)


def label_of_two(one_hot, labels):
    labels[4, COLUMNS[0]] = 2


def no_positive(one_hot, labels):
    labels[:, COLUMNS] = 0


def length_before_channels(one_hot, labels):
    return one_hot.transpose(0, 2, 1), labels


def one_label_short(one_hot, labels):
    return one_hot, labels[:, :918]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: (f / "train.mat").unlink(), "train.mat does not exist; expected the training file of DeepSEA"),
        (lambda f: (f / "valid.mat").unlink(), "valid.mat does not exist; expected the valid file of DeepSEA"),
        (lambda f: (f / "train.mat").write_bytes(b""), "train.mat is not a readable HDF5 file"),
        (
            lambda f: (f / "train.mat").write_bytes((f / "test.mat").read_bytes()),
            "train.mat is not a readable HDF5 file",
        ),
        (lambda f: (f / "valid.mat").write_bytes(b""), "valid.mat is not a readable MATLAB 5 file"),
        (
            lambda f: (f / "valid.mat").write_bytes(b"no file of MATLAB" * 20),
            "valid.mat is not a readable MATLAB 5 file",
        ),
        (
            lambda f: (f / "valid.mat").write_bytes((f / "train.mat").read_bytes()),
            "valid.mat is not a readable MATLAB 5",
        ),
        (compressed_and_cut, "test.mat is not a readable MATLAB 5 file, perhaps cut short"),
        (train_of(), "train.mat has no array trainxdata; it holds nothing"),
        (train_of(trainxdata=1, traindata=1), r"train.mat: trainxdata has shape \(\); expected \(1000, 4\)"),
        (train_of(x=1, trainxdata=2), "train.mat has no array traindata; it holds trainxdata, x"),
        (train_of_groups, "train.mat has no array trainxdata; it holds trainxdata"),
        (
            lambda f: savemat(f / "valid.mat", {"validxdata": np.ones(3)}),
            "valid.mat has no array validdata; it holds validx",
        ),
        (
            lambda f: savemat(f / "valid.mat", {"x": 1}),
            "valid.mat has no array validxdata; it holds nothing of that kind",
        ),
        (
            train_of(trainxdata=np.zeros((30, 4, 1000), "u1"), traindata=np.zeros((30, 919), "u1")),
            r"train.mat: trainxdata has shape \(30, 4, 1000\); expected \(1000, 4, 1000\)",
        ),
        (changed("train", length_before_channels), r"trainxdata has shape \(4, 1000, 30\); expected \(1000, 4, 30\)"),
        (changed("valid", length_before_channels), r"validxdata has shape \(30, 1000, 4\); expected \(30, 4, 1000\)"),
        (
            train_of(trainxdata=np.zeros((1000, 4, 30), "u1"), traindata=np.zeros((30, 919), "u1")),
            r"train.mat: traindata has shape \(30, 919\); expected \(919, 30\)",
        ),
        (
            changed("test", lambda one_hot, labels: (one_hot, labels.T)),
            r"test.mat: testdata has shape \(919, 30\); expected \(30, 919\)",
        ),
        (changed("train", one_label_short), r"train.mat: traindata has shape \(918, 30\); expected \(919, 30\)"),
        (changed("test", one_label_short), r"test.mat: testdata has shape \(30, 918\); expected \(30, 919\)"),
        (changed("train", two_bases(23)), "train.mat: sequence 23 is not one-hot at position 42"),
        (changed("valid", two_bases(7)), "valid.mat: sequence 7 is not one-hot at position 42"),
        (changed("train", label_of_two), "train.mat has labels other than 0 and 1"),
        (changed("valid", label_of_two), "valid.mat has labels other than 0 and 1"),
        (changed("train", no_positive), "train.mat has no positive label in the columns of the twelve TFs"),
        (changed("test", no_positive), "test.mat has no positive label in the columns of the twelve TFs"),
    ],
)
def test_a_bad_bundle_gets_one_sentence(bundle, damage, sentence, monkeypatch):
    monkeypatch.setattr(deepsea, "PIECE", 7)
    damage(bundle)
    with pytest.raises(InputError, match=sentence) as error:
        deepsea.deepsea(bundle)
    assert str(error.value).startswith(str(bundle))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.5, 0.9])
def test_a_training_file_cut_short(bundle, share):
    cut(bundle / "train.mat", share)
    with pytest.raises(InputError, match="train.mat is not a readable HDF5 file, perhaps cut short"):
        deepsea.deepsea(bundle)


@pytest.mark.parametrize("kept", [1, 4, 60, 125, 130, 200, 5_000, 100_000])
def test_a_matlab_file_cut_short(bundle, kept):
    path = bundle / "valid.mat"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="valid.mat is not a readable MATLAB 5 file, perhaps cut short: ."):
        deepsea.deepsea(bundle)


def test_a_bundle_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="absent is not a folder; expected train.mat, valid.mat and test.mat"):
        sources.load("deepsea", {"deepsea_bundle": str(tmp_path / "absent")})
