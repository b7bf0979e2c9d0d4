import h5py
import keras
import numpy as np
import pytest
from support import encode, from_elsewhere

from expact_utils.dna.meme import read_meme
from expact_utils.dna.pfm import consensus
from expact_utils.motifs import filters
from expact_utils.networks.architectures import cnn_2
from expact_utils.run.errors import InputError

MOTIF = "GATTACAGATTACAGATTA"  # as wide as a filter, 19


def model_looking_for(text: str, activation: str, inverted: bool = False) -> keras.Model:
    """CNN-2 whose first filter scores +1 a base of `text`; the second is -1 everywhere and dead under ReLU."""
    model = cnn_2(200, 1, activation)
    kernel = np.zeros((19, 4, 30))
    kernel[np.arange(19), encode(text), 0] = 1
    kernel[:, :, 1] = -1
    model.layers[1].set_weights([kernel])
    return model


def sequences_with(text: str, starts: list[int], length: int = 200) -> np.ndarray:
    codes = np.full((len(starts), length), encode("C")[0])
    for row, start in enumerate(starts):
        codes[row, start : start + len(text)] = encode(text)
    return codes


@pytest.mark.parametrize("activation", ["relu", "exponential"])
def test_a_planted_motif_is_recovered_by_a_filter_that_looks_for_it(activation):
    found = filters.extract(model_looking_for(MOTIF, activation), sequences_with(MOTIF, [0, 50, 181]))
    assert found.sites[0] == 3  # windows that touch the ends are whole, so they count
    assert consensus(found.pfms[0]) == MOTIF
    np.testing.assert_array_equal(found.pfms[0].max(axis=1), 1)


def test_a_window_cut_by_the_end_is_dropped():
    codes = sequences_with(MOTIF, [50, 90])
    codes = np.concatenate([codes, sequences_with(MOTIF[5:], [0]), sequences_with(MOTIF[:14], [186])])
    found = filters.extract(model_looking_for(MOTIF, "relu"), codes)
    assert found.sites[0] == 2  # both partial sites reach over 50 % but hang over an end
    assert consensus(found.pfms[0]) == MOTIF


def test_sequences_under_the_threshold_are_dropped():
    # The maxima are 19, 10 and 9 matching bases of 19; half of the largest is 9.5.
    maxima = np.array([[19.0], [10.0], [9.0]])
    codes = np.stack([encode("A" * 50), encode("G" * 50), encode("T" * 50)])
    positions = np.full((3, 1), 25)
    half = filters.from_activations(maxima, positions, codes, 19)
    assert half.sites[0] == 2
    np.testing.assert_allclose(half.pfms[0], np.tile([0.5, 0, 0.5, 0], (19, 1)))
    assert filters.from_activations(maxima, positions, codes, 19, threshold=0.4).sites[0] == 3
    assert filters.from_activations(maxima, positions, codes, 19, threshold=1).sites[0] == 1


def test_the_maximum_decides_before_windows_are_cut():
    # The largest activation is at the very start, where its window is cut; it still sets the threshold.
    maxima, positions = np.array([[10.0], [4.0], [6.0]]), np.array([[0], [25], [25]])
    codes = np.stack([encode("A" * 50), encode("G" * 50), encode("T" * 50)])
    found = filters.from_activations(maxima, positions, codes, 19)
    assert found.sites[0] == 1
    assert consensus(found.pfms[0]) == "T" * 19


def test_every_position_over_the_threshold_counts():
    # Two filters: one active at two places of the first sequence and once at the very end, where the window of 20,
    # from 10 before to 9 after, is cut; the other never.
    activations = np.zeros((2, 50, 2))
    activations[0, [20, 30], 0] = 4, 2
    activations[1, [20, 48], 0] = 1, 4
    codes = np.stack([encode("A" * 25 + "G" * 25), encode("T" * 50)])
    found = filters.from_every_position(lambda: iter([activations[:1], activations[1:]]), codes, 20)
    assert list(found.sites) == [2, 0]
    assert list(found.dead) == [False, True]
    # Windows from 10 to 29 and from 20 to 39: both A in the first 5 positions, one A in the next 10, then none.
    np.testing.assert_array_equal(found.pfms[0][:, 0], [1] * 5 + [0.5] * 10 + [0] * 5)
    np.testing.assert_array_equal(found.pfms[0][:, 2], [0] * 5 + [0.5] * 10 + [1] * 5)


def test_the_journal_s_sites_of_a_planted_motif():
    codes = sequences_with(MOTIF, [30, 50, 181])
    codes[0, 90:109] = encode(MOTIF)  # twice in one sequence
    found = filters.extract(model_looking_for(MOTIF, "exponential"), codes, protocol="journal2020")
    assert found.pfms.shape == (30, 20, 4)
    assert found.sites[0] == 4
    assert consensus(found.pfms[0])[1:] == MOTIF  # a window starts one position before the filter


def test_a_dead_filter_is_flat_and_counted():
    found = filters.extract(model_looking_for(MOTIF, "relu"), sequences_with(MOTIF, [50]))
    assert found.max_activation[1] == 0
    assert list(found.dead[:2]) == [False, True]
    np.testing.assert_array_equal(found.pfms[1], 0.25)
    dead = found.motifs()[1]
    assert (dead.id, dead.nsites, dead.width) == ("filter1", 0, 19)


def test_n_is_not_counted():
    codes = np.stack([encode("A" * 50), encode("N" * 50)])
    found = filters.from_activations(np.ones((2, 1)), np.full((2, 1), 25), codes, 19)
    np.testing.assert_array_equal(found.pfms[0], np.tile([1, 0, 0, 0], (19, 1)))


@pytest.mark.parametrize(
    ("informative", "span"),
    [
        ([9], (6, 13)),
        ([5, 12], (2, 16)),
        ([0], (0, 4)),
        ([18], (15, 19)),
        ([], (0, 19)),
    ],
)
def test_clipping_keeps_three_positions_either_side(informative, span):
    pfm = np.full((19, 4), 0.25)
    pfm[informative] = [1, 0, 0, 0]
    assert filters.clip(pfm) == span


def test_half_a_bit_is_the_limit():
    pfm = np.full((19, 4), 0.25)
    pfm[3], pfm[12] = [0.6, 0.2, 0.1, 0.1], [0.65, 0.15, 0.1, 0.1]  # 0.429 and 0.520 bit
    assert filters.clip(pfm) == (9, 16)


def test_round_trip(tmp_path):
    found = filters.extract(model_looking_for(MOTIF, "relu"), sequences_with(MOTIF, [50]))
    assert found.learned.all()  # as long as no history says otherwise
    found.learned = np.arange(30) % 2 == 0
    filters.write(tmp_path / "f.meme", tmp_path / "f.h5", found)
    read = filters.read(tmp_path / "f.h5")
    for name in ("pfms", "max_activation", "sites", "clip", "learned"):
        np.testing.assert_array_equal(getattr(read, name), getattr(found, name))
    assert read.threshold == 0.5
    motifs = read_meme(tmp_path / "f.meme")
    assert [motif.nsites for motif in motifs[:2]] == [1, 0]
    assert len(motifs) == 30


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("sites", 5, r"sites is int64 of shape \(\); expected numbers, \(30,\)"),
        ("max_activation", np.ones(3), r"max_activation is float64 of shape \(3,\); expected"),
        ("pfms", np.ones((30, 19, 4)), "pfms has a row that does not sum to 1"),
        ("clip", np.tile([0, 25], (30, 1)), "clip has a span outside the filter's 19 positions"),
    ],
)
def test_a_damaged_filters_file(tmp_path, name, value, sentence):
    found = filters.extract(model_looking_for(MOTIF, "relu"), sequences_with(MOTIF, [50]))
    filters.write(tmp_path / "f.meme", tmp_path / "f.h5", found)
    with h5py.File(tmp_path / "f.h5", "r+") as file:
        del file[name]
        file[name] = value
    with pytest.raises(InputError, match=sentence):
        filters.read(from_elsewhere(tmp_path / "f.h5"))


def test_bad_input(tmp_path):
    with pytest.raises(InputError, match="threshold is 0; expected a share above 0"):
        filters.from_activations(np.ones((1, 1)), np.ones((1, 1), int), sequences_with("A", [0]), 19, threshold=0)
    with pytest.raises(InputError, match="absent.h5 does not exist; expected a filters file"):
        filters.read(tmp_path / "absent.h5")
    with pytest.raises(InputError, match="sequences are 100 nt long; the network was trained on 200 nt"):
        filters.extract(model_looking_for(MOTIF, "relu"), sequences_with(MOTIF, [0], length=100))
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(InputError, match="is not a readable HDF5 file"):
        filters.read(tmp_path / "cut.h5")
