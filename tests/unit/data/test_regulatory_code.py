import numpy as np
import pytest

from expact_utils.data import datasets, regulatory_code
from expact_utils.data.datasets import SPLITS
from expact_utils.data.regulatory_code import AUTHORS, CORE, simulate
from expact_utils.dna.jaspar import jaspar, relevant_matrices
from expact_utils.dna.pfm import information, reverse_complement
from expact_utils.motifs import tomtom
from expact_utils.run.errors import InputError

CORE_IDS = [matrix_id.encode() for matrix_id in CORE.values()]
PFMS = {motif.id: motif.pfm for motif in jaspar()}
NAMES = {motif.id: motif.name for motif in jaspar()}


@pytest.fixture(scope="module")
def data():
    return simulate(seed=3)


def sites_of(data, split, label):
    sites = data.planted[split]
    return sites[data.Y[split][sites["sequence"], 0] == label]


def test_counts_and_balance(data):
    assert [data.X[split].shape for split in SPLITS] == [(14_000, 200), (2_000, 200), (4_000, 200)]
    assert [data.Y[split].shape for split in SPLITS] == [(14_000, 1), (2_000, 1), (4_000, 1)]
    assert sum(int(data.Y[split].sum()) for split in SPLITS) == 10_000
    assert all(abs(data.Y[split].mean() - 0.5) < 0.04 for split in SPLITS)
    assert data.class_names == ["code"]


@pytest.mark.parametrize("label", [0, 1])
def test_three_to_seven_motifs(data, label):
    numbers = np.bincount(sites_of(data, "train", label)["sequence"], minlength=14_000)
    shares = np.bincount(numbers[data.Y["train"][:, 0] == label], minlength=8) / (data.Y["train"] == label).sum()
    np.testing.assert_allclose(shares, [0, 0, 0, 0.50, 0.25, 0.17, 0.05, 0.03], atol=0.02)


def test_positives_have_core_motifs_alone_on_both_strands(data):
    sites = sites_of(data, "train", 1)
    assert set(sites["matrix_id"]) == set(CORE_IDS)
    for matrix_id in CORE_IDS:
        for strand in (b"+", b"-"):
            share = ((sites["matrix_id"] == matrix_id) & (sites["strand"] == strand)).mean()
            assert share == pytest.approx(0.1, abs=0.01)


def test_negatives_have_55_motifs_an_eleventh_of_them_core(data):
    sites = sites_of(data, "train", 0)
    assert len(set(sites["matrix_id"])) == 55
    assert np.isin(sites["matrix_id"], CORE_IDS).mean() == pytest.approx(10 / 110, abs=0.01)
    assert (sites["strand"] == b"+").mean() == pytest.approx(0.5, abs=0.02)


def test_motifs_do_not_overlap_and_lie_inside(data):
    sites = data.planted["train"]
    ends = sites["start"] + np.array([len(PFMS[matrix_id.decode()]) for matrix_id in sites["matrix_id"]])
    assert sites["start"].min() >= 0
    assert ends.max() <= 200
    follows = sites["sequence"][1:] == sites["sequence"][:-1]
    assert (sites["start"][1:] >= ends[:-1])[follows].all()


@pytest.mark.parametrize("strand", [b"+", b"-"])
@pytest.mark.parametrize("matrix_id", CORE_IDS)
def test_letters_at_the_planted_places_are_the_matrix_s(data, matrix_id, strand):
    """The frequencies of 1,000 or more sites are the matrix, to a few standard errors (.016)."""
    sites = data.planted["train"]
    sites = sites[(sites["matrix_id"] == matrix_id) & (sites["strand"] == strand)]
    pfm = PFMS[matrix_id.decode()]
    windows = data.X["train"][sites["sequence"][:, None], sites["start"][:, None] + np.arange(len(pfm))]
    found = (windows[..., None] == np.arange(4)).mean(axis=0)
    np.testing.assert_allclose(found, pfm if strand == b"+" else reverse_complement(pfm), atol=0.06)


def test_truth_is_every_planted_position_and_no_other(data):
    expected = np.zeros((4_000, 200), dtype=np.int8)
    for row, start, strand, matrix_id in data.planted["test"]:
        pfm = PFMS[matrix_id.decode()]
        bits = information(pfm if strand == b"+" else reverse_complement(pfm))
        for i, value in enumerate(bits):
            expected[row, start + i] = value > 0.01
    np.testing.assert_array_equal(data.truth["test"], expected)
    assert data.truth["test"].dtype == np.int8
    # Of 11, 11, 10, 10 and 12 positions a motif, and 3.86 motifs of 200 nt: 10.8 · 3.86 / 200 = .208.
    assert expected[data.Y["test"][:, 0] == 1].mean() == pytest.approx(0.208, abs=0.005)


def test_bases_outside_of_motifs_are_uniform(data):
    outside = data.X["train"][data.truth["train"] == 0]
    np.testing.assert_allclose(np.bincount(outside) / len(outside), 0.25, atol=0.005)


def test_same_seed_same_data_other_seed_other_pool():
    first, again, other = simulate(100, seed=1), simulate(100, seed=1), simulate(100, seed=2)
    for split in SPLITS:
        np.testing.assert_array_equal(first.X[split], again.X[split])
        np.testing.assert_array_equal(first.truth[split], again.truth[split])
    assert datasets.fingerprint(first) != datasets.fingerprint(other)
    pools = [set(np.concatenate([of.planted[split]["matrix_id"] for split in SPLITS])) for of in (first, again, other)]
    assert pools[0] == pools[1] != pools[2]


def test_what_counts_as_finding_a_core_tf(data):
    found = {"SP1": ("MA0079.3",), "Gabpa": ("MA0062.2",), "CEBPB": ("MA0466.2",), "MAX": ("MA0058.3",)}
    assert data.relevant == {"expact": found | {"YY1": ("MA0095.2",)}}
    assert all(relevant_matrices(which)[tf] == ids for which in ("expact", "authors") for tf, ids in found.items())


def test_an_odd_number_has_one_positive_less():
    data = simulate(11)
    assert sum(int(data.Y[split].sum()) for split in SPLITS) == 5


def test_relatives_are_what_tomtom_finds():
    core = list(regulatory_code.core_motifs())
    others = [motif for motif in jaspar() if motif.id not in CORE.values()]
    matches = tomtom.tomtom(core, others, evalue=0.001 * len(others))
    assert regulatory_code.relatives() == set(matches["Target_ID"])
    assert len(regulatory_code.relatives()) == 86


def test_no_relative_is_among_the_negatives_unless_as_the_authors_have_it(data):
    relatives = {matrix_id.encode() for matrix_id in regulatory_code.relatives()}
    assert not relatives & set(data.planted["train"]["matrix_id"])
    theirs = set(simulate(2_000, background=AUTHORS).planted["train"]["matrix_id"])
    names = {NAMES[matrix_id.decode()] for matrix_id in theirs & relatives}
    assert len(names) == 12
    assert names > {"ETV3", "ETV5", "CEBPG", "MLX"}
    assert theirs == {matrix_id.encode() for matrix_id in regulatory_code.authors_background()} | set(CORE_IDS)


def test_the_file_has_the_truth(tmp_path):
    data = simulate(50, seed=5)
    datasets.write(tmp_path / "a.h5", data)
    read = datasets.read(tmp_path / "a.h5")
    for split in SPLITS:
        np.testing.assert_array_equal(read.truth[split], data.truth[split])
        np.testing.assert_array_equal(read.planted[split], data.planted[split])
    assert read.notes == data.notes
    assert "resemble no core motif" in read.notes[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"length": 140}, "^length is 140; expected at least 147, so that seven motifs fit.$"),
        ({"sequences": 3}, "^sequences is 3; expected at least 10, so that every split has some.$"),
        ({"background": "mine"}, "^background is mine; expected unrelated or authors.$"),
    ],
)
def test_refuses_what_cannot_be_simulated(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        simulate(**arguments)
