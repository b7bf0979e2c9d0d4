"""In vivo data from files of the exact layout, made here; and the real K562 set where its files are."""

import gzip
import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import ROOT, encode
from scipy.io import savemat

from expact_utils import datasets, invivo
from expact_utils.errors import InputError
from expact_utils.motifs import GROUND_TRUTH

TFS = list(GROUND_TRUTH)
CHROMOSOMES = [name for names in invivo.K562_CHROMOSOMES.values() for name in names]
WINDOWS = 4 * len(CHROMOSOMES)  # four a chromosome: bound, not bound, not assayed, with N
MAX, YY1 = TFS.index("MAX"), TFS.index("YY1")


def sequence(index):
    return "".join(np.random.default_rng(index).choice(list("ACGTacgt"), 200))


@pytest.fixture
def k562(tmp_path, monkeypatch):
    """TF-Binding-Matrix with three cells and 40 windows. MAX is bound in the first window of each chromosome by both
    labels, YY1 by `chip` alone; the third was not assayed for SRF; the fourth has an N."""
    folder = tmp_path / "tf-binding-matrix" / invivo.K562_FOLDER
    folder.mkdir(parents=True)
    kinds = np.arange(WINDOWS) % 4
    for tf in TFS:
        less_sparse, sparse = np.full((3, WINDOWS), np.nan), np.full((3, WINDOWS), np.nan)
        less_sparse[1], sparse[1] = 0.0, 0.0
        if tf == "MAX":
            less_sparse[1, kinds != 1] = sparse[1, kinds != 1] = 1.0
        if tf == "YY1":
            less_sparse[1, kinds == 0], sparse[1, kinds == 0] = 0.0, 1.0
        if tf == "SRF":
            less_sparse[1, kinds == 2] = np.nan
        for name, matrix in (("less-sparse", less_sparse), ("sparse", sparse)):
            np.savez_compressed(folder / f"matrix2d.{tf.upper()}.ReMap+UniBind.{name}.npz", matrix)
    with gzip.open(folder / "samples_idx.pickle.gz", "wb") as file:
        pickle.dump({"A549": 0, "K562": 1, "MCF7": 2}, file, protocol=3)
    for i, name in enumerate(CHROMOSOMES):
        records = []
        for index in range(4 * i, 4 * i + 4):
            text = sequence(index)
            text = f"N{text[1:]}" if kinds[index] == 3 else text
            records.append(f">{index}::chr{name}:{index}-{index + 200}\n{text}\n")
        with gzip.open(folder / f"sequences.200bp.chr{name}.fa.gz", "wt") as file:
            file.write("".join(records))
    monkeypatch.setenv("EXPACT_CACHE", str(tmp_path))
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    monkeypatch.setattr(invivo, "_hashes", lambda: hashes)
    return folder


def test_windows_bound_assayed_and_without_n_are_kept_by_chromosome(k562):
    data = invivo.k562()
    assert data.class_names == TFS
    for split, chromosomes in invivo.K562_CHROMOSOMES.items():
        expected = [encode(sequence(4 * CHROMOSOMES.index(name)).upper()) for name in chromosomes]
        np.testing.assert_array_equal(data.X[split], expected)
        labels = np.zeros((len(chromosomes), 12), np.int8)
        labels[:, [MAX, YY1]] = 1
        np.testing.assert_array_equal(data.Y[split], labels)


def test_strict_labels_need_the_motif(k562):
    data = invivo.load("k562-strict")
    assert data.Y["train"].sum(axis=0).tolist() == [6 if tf == "MAX" else 0 for tf in TFS]
    assert "strict" in data.source


def test_the_data_set_is_sound(k562, tmp_path):
    datasets.write(tmp_path / "k562.h5", invivo.load("k562"))
    assert datasets.read(tmp_path / "k562.h5").length == 200


@pytest.mark.parametrize(
    "name", ["samples_idx.pickle.gz", "matrix2d.YY1.ReMap+UniBind.sparse.npz", "sequences.200bp.chr22.fa.gz"]
)
def test_a_changed_byte_is_caught_and_the_file_named(k562, name):
    content = bytearray((k562 / name).read_bytes())
    content[len(content) // 2] ^= 1
    (k562 / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name.replace('+', '.')} has SHA-256 .*; expected .* Remove it"):
        invivo.k562()


def test_a_pickle_that_names_a_function_is_refused_and_not_run(k562, monkeypatch, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    path = k562 / "samples_idx.pickle.gz"
    path.write_bytes(gzip.compress(pickle.dumps({"K562": Evil()})))
    monkeypatch.setitem(invivo._hashes(), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(InputError, match="samples_idx.pickle.gz is not a pickled dictionary: it asks for posix.mkdir"):
        invivo.k562()
    assert not (tmp_path / "made").exists()


def test_a_missing_file_is_downloaded_by_commit_and_hash(k562, monkeypatch):
    import pooch

    path = k562 / "sequences.200bp.chr13.fa.gz"
    content, asked = path.read_bytes(), []
    path.unlink()

    def retrieve(url, known_hash, name, folder, progressbar):
        asked.append((url, known_hash))
        (Path(folder) / name).write_bytes(content)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    invivo.k562()
    ((url, known_hash),) = asked
    assert f"/{invivo.K562_COMMIT}/matrix/UCSC/200bp/sequences.200bp.chr13.fa.gz" in url
    assert known_hash == f"sha256:{invivo._hashes()[path.name]}"


def test_a_download_that_fails_is_one_sentence(k562, monkeypatch):
    import pooch

    (k562 / "sequences.200bp.chr13.fa.gz").unlink()

    def retrieve(*_, **__):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(InputError, match="cannot download sequences.200bp.chr13.fa.gz to .*: no route to host"):
        invivo.k562()


def test_a_relative_cache_is_taken_from_the_projects_root(monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", "../elsewhere")
    assert invivo.cache_folder() == ROOT / "../elsewhere"
    monkeypatch.delenv("EXPACT_CACHE")
    assert invivo.cache_folder().name == "expact"


COUNTS = """
import json
from expact_utils import invivo
data = invivo.k562()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([[len(data.X[s]) for s in data.X], data.Y["train"].sum(axis=0).tolist(), status["VmHWM"].split()[0]]))
"""
REAL = ROOT / os.environ.get("EXPACT_CACHE", "absent") / "tf-binding-matrix"


@pytest.mark.skipif(not REAL.is_dir(), reason="EXPACT_CACHE names no folder with tf-binding-matrix/")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_the_real_k562_set_has_the_known_counts_in_under_2_gb():
    done = subprocess.run([sys.executable, "-c", COUNTS], cwd=ROOT, capture_output=True, text=True, check=True)
    sizes, positives, kilobytes = json.loads(done.stdout.splitlines()[-1])
    assert sizes == [16358, 3807, 5925]
    assert positives == [2188, 4543, 3965, 3859, 1425, 10321, 420, 2112, 1697, 1081, 333, 5904]
    assert int(kilobytes) < 2_000_000


# DeepSEA: a bundle of the exact layout.

MOTIF = "GATTACCAGT"  # every base, no palindrome, no two channel orders the same
ROWS, PLANTED_AT = 30, 700
COLUMNS = [592, 602, 344, 345, 635, 636, 349, 642, 359, 361, 661, 369]


def bundle_arrays(seed):
    """Codes, one-hot (N, 4, 1000) with channels A G C T, and labels (N, 919): row i is bound by TF i % 12, every
    fifth row by none of the twelve."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (ROWS, 1000)).astype(np.int8)
    codes[:, PLANTED_AT : PLANTED_AT + len(MOTIF)] = encode(MOTIF)
    codes[:, 3] = 4
    one_hot = np.stack([codes == "ACGT".index(base) for base in "AGCT"], axis=1).astype(np.uint8)
    labels = np.zeros((ROWS, 919), np.uint8)
    labels[:, 0] = 1  # not one of ours
    for row in range(ROWS):
        if row % 5:
            labels[row, COLUMNS[row % 12]] = 1
    return codes, one_hot, labels


def write_train(folder, one_hot, labels, names=("trainxdata", "traindata")):
    with h5py.File(folder / "train.mat", "w") as file:
        file[names[0]], file[names[1]] = one_hot.transpose(2, 1, 0), labels.T


def write_matlab(folder, split, one_hot, labels):
    savemat(folder / f"{split}.mat", {f"{split}xdata": one_hot, f"{split}data": labels})


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "deepsea_train"
    folder.mkdir()
    write_train(folder, *bundle_arrays(0)[1:])
    for seed, split in ((1, "valid"), (2, "test")):
        write_matlab(folder, split, *bundle_arrays(seed)[1:])
    return folder


def test_deepsea_is_read_in_its_order_of_axes_channels_and_columns(bundle):
    data = invivo.deepsea(bundle)
    kept = [row for row in range(ROWS) if row % 5]
    for seed, split in enumerate(datasets.SPLITS):
        codes = bundle_arrays(seed)[0][kept]
        np.testing.assert_array_equal(data.X[split], codes)
        found = "".join("ACGT"[code] for code in data.X[split][0, PLANTED_AT : PLANTED_AT + len(MOTIF)])
        assert found == MOTIF
        assert (data.X[split][:, 3] == 4).all()
        np.testing.assert_array_equal(data.Y[split], np.eye(12, dtype=np.int8)[[row % 12 for row in kept]])
    assert data.class_names == TFS


def test_deepsea_in_pieces_is_the_same(bundle, monkeypatch):
    whole = invivo.deepsea(bundle)
    monkeypatch.setattr(invivo, "PIECE", 7)
    in_pieces = invivo.deepsea(bundle)
    assert datasets.fingerprint(in_pieces) == datasets.fingerprint(whole)


def test_deepsea_makes_a_dataset_file(bundle, tmp_path):
    datasets.write(tmp_path / "deepsea.h5", invivo.load("deepsea", str(bundle)))
    assert datasets.read(tmp_path / "deepsea.h5").length == 1000


def test_deepsea_is_looked_for_in_the_cache(bundle, monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", str(bundle.parent))
    assert len(invivo.load("deepsea").X["train"]) == 24


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def two_bases(folder):
    _, one_hot, labels = bundle_arrays(1)
    one_hot[7, :, 42] = 1
    write_matlab(folder, "valid", one_hot, labels)


def label_of_two(folder):
    _, one_hot, labels = bundle_arrays(0)
    labels[4, COLUMNS[0]] = 2
    write_train(folder, one_hot, labels)


def no_positive(folder):
    _, one_hot, labels = bundle_arrays(2)
    write_matlab(folder, "test", one_hot, np.zeros_like(labels))


def axes_as_in_valid(folder):
    _, one_hot, labels = bundle_arrays(0)
    with h5py.File(folder / "train.mat", "w") as file:
        file["trainxdata"], file["traindata"] = one_hot, labels


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda f: (f / "train.mat").unlink(), "train.mat does not exist; expected the training file of DeepSEA"),
        (lambda f: (f / "valid.mat").unlink(), "valid.mat does not exist; expected the valid file of DeepSEA"),
        (lambda f: cut(f / "train.mat", 0.5), "train.mat is not a readable HDF5 file, perhaps cut short"),
        (lambda f: cut(f / "test.mat", 0.001), "test.mat is not a readable MATLAB 5 file, perhaps cut short"),
        (lambda f: cut(f / "test.mat", 0.5), "test.mat is not a readable MATLAB 5 file, perhaps cut short"),
        (lambda f: cut(f / "test.mat", 0.99), "test.mat is not a readable MATLAB 5 file, perhaps cut short"),
        (lambda f: (f / "valid.mat").write_bytes(b"no file of MATLAB" * 20), "valid.mat is not a readable MATLAB 5"),
        (lambda f: (f / "valid.mat").write_bytes(b""), "valid.mat is not a readable MATLAB 5"),
        (lambda f: write_train(f, *bundle_arrays(0)[1:], ("x", "traindata")), "train.mat has no trainxdata; it holds"),
        (lambda f: savemat(f / "valid.mat", {"validxdata": np.ones(3)}), "valid.mat has no validdata; it holds validx"),
        (axes_as_in_valid, r"trainxdata has shape \(30, 4, 1000\); expected \(1000, 4, 1000\)"),
        (
            lambda f: write_matlab(f, "valid", np.moveaxis(bundle_arrays(1)[1], 1, 2), bundle_arrays(1)[2]),
            r"validxdata has shape \(30, 1000, 4\); expected \(30, 4, 1000\)",
        ),
        (
            lambda f: write_train(f, bundle_arrays(0)[1], bundle_arrays(0)[2][:, :918]),
            r"traindata has shape \(918, 30\); expected \(919, 30\)",
        ),
        (
            lambda f: write_matlab(f, "test", bundle_arrays(2)[1], bundle_arrays(2)[2][:, :918]),
            r"testdata has shape \(30, 918\); expected \(30, 919\)",
        ),
        (two_bases, "valid.mat: sequence 7 is not one-hot at position 42"),
        (label_of_two, "train.mat has labels other than 0 and 1"),
        (no_positive, "test.mat has no positive label in the columns of the twelve TFs"),
    ],
)
def test_a_bad_bundle_gets_one_sentence(bundle, damage, sentence):
    damage(bundle)
    with pytest.raises(InputError, match=sentence):
        invivo.deepsea(bundle)


def test_a_bundle_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="absent is not a folder; expected train.mat, valid.mat and test.mat"):
        invivo.load("deepsea", str(tmp_path / "absent"))
