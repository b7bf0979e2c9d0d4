"""K562 from files of the exact layout, made here; the real set is in tests/integration/test_data.py."""

import gzip
import hashlib
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import requests
from support import encode

from expact_utils.data import datasets, k562, sources
from expact_utils.dna.jaspar import GROUND_TRUTH, relevant_lists
from expact_utils.run.errors import InputError

TFS = list(GROUND_TRUTH)
SPLITS = {"train": ["13", "14", "15", "18", "19", "X"], "valid": ["20", "21"], "test": ["16", "22"]}
CHROMOSOMES = [name for names in SPLITS.values() for name in names]
KINDS = ("bound", "unbound", "not assayed", "with N", "without motif")  # one window of each a chromosome
WINDOWS = len(KINDS) * len(CHROMOSOMES)


def column(chromosome, kind):
    """Column of a window in the matrices, which is not its place in the FASTA files."""
    return WINDOWS - 1 - len(KINDS) * chromosome - KINDS.index(kind)


def sequence(index):
    return "".join(np.random.default_rng(index).choice(list("ACGTacgt"), 200))


@pytest.fixture
def published(tmp_path, monkeypatch):
    """TF-Binding-Matrix with three cells and five windows a chromosome. On chromosome i, TF i has a peak and its motif
    in all windows but the unbound and the one without motif, where TF i + 2 has a peak alone; so has TF i + 1 in the
    bound one. TF i + 5 was not assayed in the third. In the files a peak alone is 0 in `less-sparse`, NaN in `sparse`."""
    folder = tmp_path / "tf-binding-matrix" / k562.K562_FOLDER
    folder.mkdir(parents=True)
    less_sparse, sparse = (np.full((12, 3, WINDOWS), np.nan) for _ in range(2))
    less_sparse[:, 1], sparse[:, 1] = 0, 0
    for i in range(len(CHROMOSOMES)):
        for kind in ("bound", "not assayed", "with N"):
            less_sparse[i, 1, column(i, kind)] = sparse[i, 1, column(i, kind)] = 1
        sparse[(i + 1) % 12, 1, column(i, "bound")] = np.nan
        sparse[(i + 2) % 12, 1, column(i, "without motif")] = np.nan
        less_sparse[(i + 5) % 12, 1, column(i, "not assayed")] = np.nan
    for kind, matrices in (("less-sparse", less_sparse), ("sparse", sparse)):
        for tf, matrix in zip(TFS, matrices, strict=True):
            np.savez_compressed(folder / f"matrix2d.{tf.upper()}.ReMap+UniBind.{kind}.npz", matrix)
    with gzip.open(folder / "samples_idx.pickle.gz", "wb") as file:
        pickle.dump({"A549": 0, "K562": 1, "MCF7": 2}, file, protocol=3)
    for i, name in enumerate(CHROMOSOMES):
        with gzip.open(folder / f"sequences.200bp.chr{name}.fa.gz", "wt") as file:
            for kind in KINDS:
                text = sequence(column(i, kind))
                text = text[:-1] + "Nn"[i % 2] if kind == "with N" else text
                file.write(f">{column(i, kind)}::chr{name}:500-700\n{text}\n")
    monkeypatch.setenv("EXPACT_CACHE", str(tmp_path))
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    monkeypatch.setattr(k562, "_hashes", lambda: hashes)
    return folder


def check_windows(data, kinds, bound_on):
    """Each split holds the windows of `kinds` of its chromosomes, bound by the TFs `bound_on(chromosome, kind)`."""
    for split, chromosomes in SPLITS.items():
        windows = [(CHROMOSOMES.index(name), kind) for name in chromosomes for kind in kinds]
        sequences = [encode(sequence(column(*window)).upper()) for window in windows]
        np.testing.assert_array_equal(data.X[split], sequences)
        assert [set(np.flatnonzero(row)) for row in data.Y[split]] == [bound_on(*window) for window in windows]


def test_chip_labels_are_peaks_in_windows_bound_assayed_and_without_n(published):
    data = sources.load("k562")
    assert data.class_names == TFS
    assert data.relevant == relevant_lists()
    check_windows(
        data, ("bound", "without motif"), lambda i, kind: {i, (i + 1) % 12} if kind == "bound" else {(i + 2) % 12}
    )


def test_strict_labels_need_the_motif(published):
    data = sources.load("k562-strict")
    check_windows(data, ("bound",), lambda i, kind: {i})
    assert "strict" in data.source


def test_the_data_set_is_sound(published, tmp_path):
    datasets.write(tmp_path / "k562.h5", k562.chip())
    assert datasets.read(tmp_path / "k562.h5").length == 200


@pytest.mark.parametrize(
    "name", ["samples_idx.pickle.gz", "matrix2d.YY1.ReMap+UniBind.sparse.npz", "sequences.200bp.chr22.fa.gz"]
)
def test_a_changed_byte_is_caught_and_the_file_named(published, name):
    content = bytearray((published / name).read_bytes())
    content[len(content) // 2] ^= 1
    (published / name).write_bytes(content)
    found, expected = hashlib.sha256(content).hexdigest(), k562._hashes()[name]
    with pytest.raises(InputError, match=f"{re.escape(name)} has SHA-256 {found}; expected {expected}. Remove it"):
        k562.chip()


def test_a_pickle_that_names_a_function_is_refused_and_not_run(published, monkeypatch, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    path = published / "samples_idx.pickle.gz"
    path.write_bytes(gzip.compress(pickle.dumps({"K562": Evil()})))
    monkeypatch.setitem(k562._hashes(), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(InputError, match="samples_idx.pickle.gz is not a pickled dictionary: it asks for posix.mkdir"):
        k562.chip()
    assert not (tmp_path / "made").exists()


def test_a_missing_file_is_downloaded_by_commit_and_hash(published, monkeypatch):
    import pooch

    path = published / "sequences.200bp.chr13.fa.gz"
    content, asked = path.read_bytes(), []
    path.unlink()

    def retrieve(url, known_hash, name, folder, progressbar):
        asked.append((url, known_hash, name, folder))
        (Path(folder) / name).write_bytes(content)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    k562.chip()
    url = (
        "https://raw.githubusercontent.com/wassermanlab/TF-Binding-Matrix/"
        "7a58aecf397493c286b9a544c670de69af306499/matrix/UCSC/200bp/sequences.200bp.chr13.fa.gz"
    )
    assert asked == [(url, f"sha256:{hashlib.sha256(content).hexdigest()}", path.name, published)]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (OSError("no route to host\nat all"), "no route to host"),
        (requests.ConnectionError("no such host"), "no such host"),
        (requests.ConnectionError(), "ConnectionError"),
        (ValueError("SHA256 hash of downloaded file does not match"), "SHA256 hash of downloaded file does not match"),
    ],
)
def test_a_download_that_fails_is_one_sentence(published, monkeypatch, failure, reason):
    import pooch

    (published / "sequences.200bp.chr13.fa.gz").unlink()

    def retrieve(*_, **__):
        raise failure

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(InputError, match=rf"cannot download sequences.200bp.chr13.fa.gz to .*: {reason}\Z"):
        k562.chip()
