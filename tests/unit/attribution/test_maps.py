"""Files of maps, and a network's scores."""

import h5py
import numpy as np
import pytest

from expact_utils.attribution import maps
from expact_utils.attribution.explained import Explained
from expact_utils.attribution.methods import METHODS, Maps, attribute
from expact_utils.dna.letters import one_hot
from expact_utils.networks import models
from expact_utils.run.errors import InputError

CODES = np.array([[0, 1, 2, 3]], dtype=np.int8)
TRUTH = np.array([[0, 1, 1, 0]], dtype=np.int8)


def of_values(*values):
    """Maps of one sequence by the value of each position's base; the output is 4 above the reference."""
    found = one_hot(CODES) * np.array(values, np.float32)[None, :, None]
    return Maps(CODES, found, np.array([5.0]), np.array([1.0]))


def sequences(truth=TRUTH):
    return Explained(np.array([7]), CODES, np.array([0]), truth)


def test_scores_by_hand():
    row = maps.scored(of_values(0, 2, 1, 1.5), sequences(), "saliency", "logit")
    assert (row["method"], row["target"], row["sequences"]) == ("saliency", "logit", 1)
    assert row["auroc"] == pytest.approx(3 / 4)  # of four pairs, 1 against 1.5 is the wrong way round
    assert row["share"] == 0.5
    assert row["snr"] == pytest.approx(1.5 / 1.5)
    assert row["sum_error"] == pytest.approx(0.5 / 4)
    assert row["off_share"] == 1


def test_only_the_authors_mutagenesis_is_scored_by_its_norm():
    """By sign, -2 is the lowest; by the norm over bases the two in the motif are the largest."""
    found = of_values(0, -2, 1, 0)
    rows = [maps.scored(found, sequences(), "mutagenesis", at) for at in ("logit", "probability")]
    assert [row["auroc"] for row in rows] == [0.5, 1.0]
    assert [row["norm_auroc"] for row in rows] == [1.0, 1.0]


def test_the_ratio_of_signal_to_noise_is_the_median_of_sequences():
    """2 of one, 1 of the next, and of the third more than any mean would bear."""
    values = np.array([[0.5, 1, 1, 0.5], [0.5, 0.5, 0.5, 0.5], [1e-9, 1, 1, 1e-9]], np.float32)
    codes = np.repeat(CODES, 3, axis=0)
    found = Maps(codes, one_hot(codes) * values[..., None], np.zeros(3), np.zeros(3))
    explained = Explained(np.arange(3), codes, np.zeros(3, int), np.repeat(TRUTH, 3, axis=0))
    assert maps.scored(found, explained, "saliency", "logit")["snr"] == pytest.approx(2)


def test_the_authors_way():
    """Base references, times the sequence: not what the logit's way gives, and saliency is the same but for its sigmoid."""
    model = models.build("cnn-local", 60, 2, "exponential")
    codes = np.random.default_rng(0).integers(0, 4, (2, 60), dtype=np.int8)
    for method in ("integrated-gradients", "deepshap"):
        way = attribute(model, codes, method, by="base")
        theirs = attribute(model, codes, method, as_authors=True)
        assert np.abs(way.values - theirs.values).max() > 1e-4
        assert theirs.off.min() > 1e-4  # times the sequence it does not sum
    saliency = [attribute(model, codes, "saliency", as_authors=of).values for of in (False, True)]
    np.testing.assert_array_equal(*saliency)


def test_without_truth_there_is_no_score():
    row = maps.scored(of_values(0, 2, 1, 1.5), sequences(None), "saliency", "logit")
    assert np.isnan([row[name] for name in ("auroc", "aupr", "snr", "cosine", "share")]).all()
    assert list(maps.table([row]).columns) == list(maps.COLUMNS)


def test_written_and_read(tmp_path):
    found = of_values(0, 2, 1, 1.5)
    maps.write(tmp_path / "maps.h5", found, sequences(), "saliency", "logit")
    explained = maps.explained(tmp_path / "maps.h5")
    assert (explained.rows == sequences().rows).all()
    assert (explained.classes == sequences().classes).all()
    assert (explained.codes == found.codes).all()
    assert explained.truth is None
    again = maps.read(tmp_path / "maps.h5")
    for name in maps.ARRAYS:
        assert (getattr(again, name) == getattr(found, name)).all()
    with h5py.File(tmp_path / "maps.h5") as file:
        assert file["rows"][:].tolist() == [7]
        assert file.attrs["method"] == "saliency"


def test_what_is_no_file_of_maps(tmp_path):
    with pytest.raises(InputError, match="expected attribution maps"):
        maps.read(tmp_path / "absent.h5")


def test_every_method_of_logit_and_probability():
    model = models.build("cnn-local", 60, 2, "exponential")
    codes = np.random.default_rng(0).integers(0, 4, (2, 60), dtype=np.int8)
    chosen = Explained(np.arange(2), codes, np.array([0, 1]), None)
    found = [(method, at) for method, at, _ in maps.all_of(model, chosen)]
    assert found == [(method, at) for method in METHODS for at in ("logit", "probability")]
