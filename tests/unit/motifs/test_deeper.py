"""Filters of deeper layers: fields, PFMs and pairs worked out by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from expact_utils.dna.letters import encode
from expact_utils.dna.pfm import Motif
from expact_utils.motifs import deeper
from expact_utils.networks import architectures
from expact_utils.networks.receptive_field import ReceptiveField, of_convolutions

FIRST, SECOND, GAP = "GATTACAG", "CCTGTTGC", 7
DISTANCE = len(FIRST) + GAP


def fields(model):
    return [(field.start, field.step, field.width) for _, field in of_convolutions(model)]


def test_fields_of_the_architectures_by_hand():
    assert fields(architectures.cnn_50(200, 1)) == [(-9, 1, 19), (-9 - 2 * 50, 50, 19 + 49 + 4 * 50)]
    # Layer 3 of CNN-dist: pools of 4 after layers 2 and 3; valid from layer 3 on.
    assert fields(architectures.cnn_dist(200, 1, protocol="journal2020")) == [
        (-9, 1, 19),
        (-12, 1, 25),
        (-12, 4, 25 + 3 + 6 * 4),
        (-12, 16, 52 + 3 * 4 + 2 * 16),
    ]


def test_a_unit_sees_its_field_and_nothing_else():
    """Changing a base moves a unit's activation within its field alone."""
    keras.utils.set_random_seed(0)
    model = architectures.cnn_dist(200, 1, "softplus+softplus+softplus", "journal2020")
    (layer, field) = of_convolutions(model)[2]
    units, unit = keras.Model(model.input, layer.output), 6
    x = np.random.default_rng(0).random((1, 200, 4), dtype=np.float32)
    changed = np.concatenate([x, x + np.eye(200, dtype=np.float32)[..., None]])  # one position of each
    found = units(changed, training=False)[:, unit].numpy()
    moved = (np.abs(found[1:] - found[0]) > 1e-6).any(axis=1)
    first = field.start + unit * field.step
    assert np.flatnonzero(moved)[[0, -1]].tolist() == [first, first + field.width - 1]


def kernel_of(consensus: str) -> np.ndarray:
    """Kernel, shape=(width, 4), that counts matching bases."""
    return np.eye(4, dtype=np.float32)[encode([consensus.encode()])[0]]


def two_layers(pool: int = 1) -> keras.Model:
    """Layer 1 finds the two motifs; layer 2's filter 0 adds them at their distance, filter 1 is dead."""
    x = sequence = keras.Input((100, 4))
    x = layers.Conv1D(2, 8, padding="valid", name="one")(x)
    x = layers.Activation("relu")(x)
    if pool > 1:
        x = layers.MaxPooling1D(pool)(x)
    x = layers.Conv1D(2, DISTANCE // pool + 1, padding="valid", name="two")(x)
    model = keras.Model(sequence, layers.Activation("relu")(x), name="hand-set")
    first = np.stack([kernel_of(FIRST), kernel_of(SECOND)], axis=-1)
    model.get_layer("one").set_weights([first, np.full(2, -6.0)])  # at most one base missing
    second = np.zeros(model.get_layer("two").kernel.shape)
    second[0, 0, 0] = second[-1, 1, 0] = 1
    model.get_layer("two").set_weights([second, np.array([0.0, -100])])
    return model


def planted(second: bool = True, number: int = 200) -> np.ndarray:
    """Half of the sequences hold the first motif, and the second at its distance."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (number, 100), dtype=np.int8)
    for row, start in enumerate(rng.integers(0, 100 - DISTANCE - len(SECOND), number // 2)):
        codes[row, start : start + 8] = encode([FIRST.encode()])[0]
        if second:
            codes[row, start + DISTANCE : start + DISTANCE + 8] = encode([SECOND.encode()])[0]
    return codes


def targets() -> tuple[list[Motif], dict]:
    rng = np.random.default_rng(5)
    others = ["".join(rng.choice(list("ACGT"), 9)) for _ in range(60)]
    named = {"A": FIRST, "B": SECOND, **{f"other{i}": of for i, of in enumerate(others)}}
    motifs = [Motif(name, name, 0.94 * kernel_of(of) + 0.015, 100) for name, of in named.items()]
    return motifs, {"TF A": ("A",), "TF B": ("B",)}


def test_a_pair_in_one_filter_and_its_distance():
    pair, dead = deeper.extract(two_layers(), planted(), 2)
    assert pair.motif.nsites == 100
    assert pair.window_share == pytest.approx(1, abs=0.05)
    consensus = pair.motif.pfm.argmax(axis=1)
    np.testing.assert_array_equal(consensus[:8], encode([FIRST.encode()])[0])
    np.testing.assert_array_equal(consensus[DISTANCE : DISTANCE + 8], encode([SECOND.encode()])[0])
    assert dead.motif.nsites == 0
    table = deeper.pairs([pair, dead], *targets())
    found = table.iloc[0]
    assert {found["first"], found["second"]} == {"TF A", "TF B"}
    assert abs(found["distance"]) == DISTANCE
    assert list(table.iloc[1][["sites", "first", "second"]]) == [0, "", ""]


def test_a_pool_s_play_is_taken_out_by_aligning():
    """Behind a pool of 5 a motif may stand at five places; aligned, the first motif is as sharp as without a pool."""
    pair, _ = deeper.extract(two_layers(pool=5), planted(), 2)
    found = deeper.pairs([pair], *targets()).iloc[0]
    assert {found["first"], found["second"]} == {"TF A", "TF B"}
    assert abs(found["distance"]) == pytest.approx(DISTANCE, abs=1)


def test_random_sequences_and_kernels_hold_no_pair():
    keras.utils.set_random_seed(1)
    model = architectures.cnn_deep(100, 2, "exponential")
    codes = np.random.default_rng(0).integers(0, 4, (500, 100), dtype=np.int8)
    found = deeper.pairs(deeper.extract(model, codes, 2), *targets())
    assert (found["second"] != "").mean() < 0.05
    assert (found["sites"] > deeper.FEWEST_SITES).any()


def test_one_filter_of_one_motif_is_no_pair():
    model = two_layers()
    kernel, bias = model.get_layer("two").get_weights()
    kernel[-1] = 0
    model.get_layer("two").set_weights([kernel, bias])
    one, _ = deeper.extract(model, planted(second=False), 2)
    found = deeper.pairs([one], *targets()).iloc[0]
    assert (found["first"], found["second"]) == ("TF A", "")
    assert np.isnan(found["distance"])


def test_windows_beyond_a_sequence_are_n():
    codes = encode([b"ACGT"])
    found = deeper.windows(codes, np.array([0, 0]), np.array([-2, 3]), 3)
    assert found.tolist() == [[4, 4, 0], [3, 4, 4]]
    assert ReceptiveField().through(3, 1) == ReceptiveField(-1, 1, 3)
