import time

import numpy as np
import pytest
from support import encode

from expact_utils.data.datasets import SPLITS
from expact_utils.data.simulate import simulate
from expact_utils.dna.jaspar import GROUND_TRUTH, ground_truth
from expact_utils.run.errors import InputError


@pytest.fixture(scope="module")
def data():
    return simulate(seed=3)


def everything(data, kind):
    return np.concatenate([getattr(data, kind)[split] for split in SPLITS])


def test_shapes_and_split(data):
    assert [len(data.X[split]) for split in SPLITS] == [17_500, 2_500, 5_000]
    assert data.X["train"].shape == (17_500, 200)
    assert data.Y["train"].shape == (17_500, 12)
    assert data.class_names == list(GROUND_TRUTH)


def test_class_frequencies(data):
    # 1 - sum_n P(n) (11/12)^n with P = .50 .25 .17 .05 .03 is .146.
    np.testing.assert_allclose(everything(data, "Y").mean(axis=0), 0.146, atol=0.01)


def test_number_of_motifs(data):
    numbers = np.concatenate([np.bincount(data.planted[s]["sequence"], minlength=len(data.X[s])) for s in SPLITS])
    shares = np.bincount(numbers, minlength=6) / len(numbers)
    np.testing.assert_allclose(shares, [0, 0.50, 0.25, 0.17, 0.05, 0.03], atol=0.01)


def test_background_is_uniform(data):
    assert abs(np.isin(everything(data, "X"), (1, 2)).mean() - 0.5) < 0.01


def test_label_ignores_strand(data):
    tfs = {matrix_id.encode(): i for i, matrix_id in enumerate(GROUND_TRUTH.values())}
    for split in SPLITS:
        labels = np.zeros_like(data.Y[split])
        for site in data.planted[split]:
            labels[site["sequence"], tfs[site["matrix_id"]]] = 1
        np.testing.assert_array_equal(labels, data.Y[split])
    assert abs((data.planted["train"]["strand"] == b"+").mean() - 0.5) < 0.02


def test_motifs_do_not_overlap_and_lie_inside(data):
    widths = {motif.id.encode(): motif.width for motif in ground_truth()}
    sites = data.planted["train"]
    ends = sites["start"] + np.array([widths[matrix_id] for matrix_id in sites["matrix_id"]])
    assert sites["start"].min() >= 0
    assert ends.max() <= 200
    follows = sites["sequence"][1:] == sites["sequence"][:-1]
    assert (sites["start"][1:] >= ends[:-1])[follows].all()


@pytest.mark.parametrize(("strand", "start", "text"), [(b"+", 0, "CCGGAAG"), (b"-", 4, "CTTCCGG")])
def test_gabpa_reads_forward_on_one_strand_and_backward_on_the_other(data, strand, start, text):
    # Gabpa (MA0062.2, 11 wide) begins CCGGAAG; its reverse complement ends CTTCCGG.
    sites = data.planted["train"]
    sites = sites[(sites["matrix_id"] == b"MA0062.2") & (sites["strand"] == strand)]
    windows = data.X["train"][sites["sequence"][:, None], sites["start"][:, None] + np.arange(start, start + 7)]
    assert (windows == encode(text)).mean(axis=0).min() > 0.6


def test_same_seed_same_data_other_seed_other_data():
    first, again, other = simulate(100, seed=1), simulate(100, seed=1), simulate(100, seed=2)
    np.testing.assert_array_equal(first.X["train"], again.X["train"])
    np.testing.assert_array_equal(first.planted["test"], again.planted["test"])
    assert (first.X["train"] != other.X["train"]).any()


def test_takes_under_five_seconds():
    # The promise is 5 s on two cores; it takes a tenth of a second, so this holds on a busy machine too.
    started = time.monotonic()
    simulate()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"length": 60}, "length is 60; expected at least 80"),
        ({"sequences": 3}, "sequences is 3; expected at least 10"),
    ],
)
def test_refuses_what_cannot_be_simulated(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        simulate(**arguments)
