import h5py
import numpy as np
import pytest

from expact_utils.data import datasets, enhancers, own
from expact_utils.data.datasets import SPLITS
from expact_utils.run.errors import InputError


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A file as the authors' is: float32 one-hot, channels before positions, and a column of labels."""
    path = tmp_path / "set.h5"
    codes = np.array([[0, 1, 2, 3] * 10, [3, 2, 1, 0] * 10], np.int8)
    with h5py.File(path, "w") as file:
        for split in SPLITS:
            file[f"X_{split}"] = np.eye(4, dtype="float32")[codes].swapaxes(1, 2)
            file[f"Y_{split}"] = np.array([[1], [0]], np.int8)
    asked: list = []

    def fetch(*arguments):
        asked.append(arguments)
        return path

    monkeypatch.setattr(enhancers.downloads, "fetch", fetch)
    return codes, asked


@pytest.mark.parametrize(("load", "name"), [(enhancers.zbed2, "ZBED2"), (enhancers.irf1, "IRF1")])
def test_sequences_labels_and_splits_of_the_file(published, load, name):
    codes, asked = published
    data = load()
    for split in SPLITS:
        np.testing.assert_array_equal(data.X[split], codes)
        np.testing.assert_array_equal(data.Y[split], [[1], [0]])
    assert data.class_names == [name]
    datasets.validate(data, name)
    ((url, sha256, place),) = asked
    assert url.endswith(f"/46deba90fe3377b179bef765901337aad956b4ce/data/{name}_400_h3k27ac.h5")
    assert len(sha256) == 64
    assert place.name == f"{name}_400_h3k27ac.h5"


def test_what_counts_as_finding_the_tf(published):
    assert enhancers.irf1().relevant == {"expact": {"IRF1": ("MA0050.2",)}}
    assert enhancers.zbed2().relevant == {}  # JASPAR 2016 has no matrix of it


def test_the_example_of_own_sequences_is_zbed2(published):
    assert own.example() == enhancers.path("ZBED2")


def test_another_file_in_its_place_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", str(tmp_path))
    place = tmp_path / "exponential_activations" / "data" / "IRF1_400_h3k27ac.h5"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"other")
    with pytest.raises(InputError, match="IRF1_400_h3k27ac.h5 has SHA-256 .*; expected bde3a6843074"):
        enhancers.irf1()
