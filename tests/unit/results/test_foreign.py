"""What somebody's network says of labelled sequences: one that adds the best ACG and the best TTT of a sequence."""

import numpy as np
import others
import pandas as pd
import pytest

from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import one_hot
from expact_utils.dna.pfm import consensus
from expact_utils.motifs import scrambling
from expact_utils.networks.foreign.opening import open_network
from expact_utils.results import foreign

ACG, TTT = [0, 1, 2], [3, 3, 3]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "sum.keras"
    others.convolutional(length=24).save(path)
    return open_network(path)


def dataset(seed=0, meaningless=False):
    """Sequences of A and C, half of them with ACG and TTT at random places."""
    rng, X, Y = np.random.default_rng(seed), {}, {}
    for split, number in (("train", 60), ("valid", 60), ("test", 100)):
        codes, labels = rng.integers(0, 2, (number, 24), dtype=np.int8), np.arange(number) % 2
        for row in np.flatnonzero(labels):
            for motif, first in ((ACG, 0), (TTT, 12)):
                start = first + rng.integers(0, 9)
                codes[row, start : start + 3] = motif
        X[split], Y[split] = codes, (rng.permutation(labels) if meaningless else labels)[:, None].astype(np.int8)
    return Dataset(X, Y, ["bound"], "made", seed)


def scored(network, data):
    return foreign.scores("sum", network.outputs, foreign.predict(network, data.X["test"]), data)


def test_outputs_are_held_against_classes_by_name_by_each_or_by_order():
    assert foreign.pairs(["b", "x", "a"], ["a", "b"]) == ([(2, 0), (0, 1)], "by name")
    assert foreign.pairs(["x", "y"], ["a"])[0] == [(0, 0), (1, 0)]
    assert foreign.pairs(["x", "y"], ["a", "b"])[0] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    many = [str(i) for i in range(5)]
    assert foreign.pairs(many, [f"c{i}" for i in many]) == (
        [(i, i) for i in range(5)],
        "by order: nothing says which is which",
    )


def test_a_network_that_predicts_and_one_that_does_not(network):
    right, wrong = (scored(network, dataset(meaningless=meaningless)) for meaningless in (False, True))
    assert list(right.columns) == ["network", "output", "class", "aupr", "auroc"]
    assert right["auroc"].tolist() == [1.0]
    assert foreign.predicts(right)
    assert not foreign.predicts(wrong)
    assert foreign.warning(right, ["sum"]) == ""
    assert foreign.warning(wrong, ["sum"]).startswith("Warning: sum does not predict these labels")
    assert (
        foreign.in_words(right)
        == "auROC on the test set, the best output of each network: bound: sum's output sum 1.00."
    )
    assert foreign.highest(wrong) < 0.6
    assert foreign.warning(pd.DataFrame(columns=foreign.COLUMNS), ["weights"]) == ""


def test_of_two_classes_that_one_output_tells_the_better_is_said():
    rows = [
        ("net", "p", "bound", 0.92),
        ("net", "p", "other", 0.08),
        ("two", "a", "bound", 0.9),
        ("two", "b", "other", 0.8),
    ]
    table = pd.DataFrame(rows, columns=[*foreign.COLUMNS, "auroc"])
    assert foreign.in_words(table).partition(": ")[2] == (
        "bound: net's output p 0.92; bound: two's output a 0.90; other: two's output b 0.80."
    )


def test_another_order_of_bases_is_named_where_it_predicts(network, tmp_path):
    data = dataset()
    assert foreign.better_order(network, data) == ""
    model = others.convolutional(length=24)
    layer = model.get_layer("filters")
    layer.set_weights([others.KERNEL[:, ::-1], others.BIAS])
    model.save(tmp_path / "tgca.keras")
    said = foreign.better_order(open_network(tmp_path / "tgca.keras"), data)
    assert said.startswith("With the bases in the order T")
    assert "the network tells the classes apart with an auROC of 1.00, in the order ACGT, as given" in said


def test_filters_are_read_on_both_strands(network):
    own, untrained = foreign.read_filters(network, dataset())
    assert [consensus(pfm) for pfm in own.pfms] == ["ACG", "TTT"]
    (one_strand, _) = foreign.read_filters(network, dataset(), norc=True)
    assert (own.sites >= one_strand.sites).all()
    assert untrained.pfms.shape == own.pfms.shape
    motifs = foreign.shares(own, untrained, own.motifs(), 1e-9, norc=False, seed=0)
    assert motifs.keys() == {"matched", "corrected", "shuffled", "untrained"}
    assert set(motifs.values()) == {0.0}  # three positions cannot match so well


def test_shares_of_filters_that_match_themselves(network):
    own, untrained = foreign.read_filters(network, dataset())
    assert foreign.shares(own, untrained, own.motifs(), 2, norc=True, seed=0)["matched"] == 1


def test_what_is_lost_without_a_motif_s_sites():
    """The output counts sites of ACGT, of which each sequence has one among A and C."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (40, 60), dtype=np.int8)
    codes[:, 20:24] = [0, 1, 2, 3]
    pfm = np.eye(4)

    def count(values):
        windows = np.stack([values[:, i : i + values.shape[1] - 3, base] for i, base in enumerate(range(4))])
        return windows.prod(axis=0).sum(axis=1, keepdims=True)

    fall, elsewhere, number = scrambling.lost(count, codes, pfm, 7, rng)
    assert number == 40
    assert fall[0] > 0.95
    assert elsewhere[0] < 0.2
    none = scrambling.lost(count, codes[:, :20], pfm, 7, rng)
    assert none[2] == 0
    assert np.isnan(none[0]).all()


def test_scrambled_windows_keep_n_and_the_rest():
    codes = np.array([[0, 1, 4, 3, 2, 1]], np.int8)
    changed = scrambling.scrambled(codes, np.array([1]), 3, np.random.default_rng(0))
    assert changed[0, [0, 4, 5]].tolist() == [0, 2, 1]
    assert changed[0, 2] == 4
    assert one_hot(changed).sum() == 5
