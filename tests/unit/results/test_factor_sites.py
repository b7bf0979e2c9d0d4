"""Maps against sites of a factor's matrix: planted sites by hand, and noise."""

import numpy as np

from expact_utils.attribution import maps as maps_module
from expact_utils.attribution.explained import Explained
from expact_utils.attribution.methods import Maps
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.letters import one_hot
from expact_utils.results import factor_sites
from expact_utils.run.paths import Network, Run

SRF = next(motif for motif in jaspar() if motif.id == "MA0083.3")  # TGCCATATAAGGAA…: 16 nt
PLANTED = SRF.pfm.argmax(axis=1).astype(np.int8)
NETWORK = Network("irf1", "cnn-50", "exponential", 0)


def sequences(number: int = 60, length: int = 120) -> np.ndarray:
    """Random sequences, SRF's consensus at 40 in each of the first half, its reverse complement in every other."""
    codes = np.random.default_rng(1).integers(0, 4, (number, length), dtype=np.int8)
    for row in range(number // 2):
        codes[row, 40 : 40 + len(PLANTED)] = PLANTED if row % 2 else 3 - PLANTED[::-1]
    return codes


def test_planted_sites_are_found_on_both_strands_and_few_where_none_is():
    codes = sequences()
    truth = factor_sites.positions(codes, SRF)
    expected = np.zeros(codes.shape[1])
    expected[40 : 40 + len(PLANTED)] = 1
    assert (truth[:30] == expected).all()
    assert truth[30:].any(axis=1).sum() <= 5  # of 30 by chance, where one or two are expected


def test_a_class_without_a_matrix_has_no_site():
    codes = sequences()
    matrices = factor_sites.own_matrices(["Srf", "P300"], "jaspar2016")
    assert list(matrices) == ["Srf"]
    assert matrices["Srf"].id == "MA0083.3"
    classes = np.arange(60) % 2
    explained = Explained(np.arange(60), codes, classes, None)
    truth = factor_sites.of_factors(explained, ["Srf", "P300"], matrices)
    assert truth[:30:2].any(axis=1).all()
    assert not truth[1::2].any()


def test_maps_of_the_site_score_one_noise_half_and_so_do_shuffled_matrices(tmp_path):
    codes, rng = sequences(), np.random.default_rng(2)
    explained = Explained(np.arange(60), codes, np.zeros(60, int), None)
    matrices = {"SRF": SRF}
    truth = factor_sites.of_factors(explained, ["SRF"], matrices)
    controls = [factor_sites.of_factors(explained, ["SRF"], one) for one in factor_sites.shuffled_matrices(matrices)]
    of_site = np.zeros(codes.shape)
    of_site[:30, 40 : 40 + len(PLANTED)] = 1
    drawn = {"saliency": of_site, "deepshap": rng.normal(size=codes.shape)}
    for method, heights in drawn.items():
        values = one_hot(codes) * heights[..., None]
        found = Maps(codes, values, np.zeros(60), np.zeros(60))
        maps_module.write(Run(tmp_path).maps(NETWORK, method), found, explained, method, "logit")
    table = factor_sites.collect(Run(tmp_path), [NETWORK], drawn, truth, controls).set_index("method")
    planted = truth[:30].any(axis=1).sum() / truth.any(axis=1).sum()
    assert table.loc["saliency", "auroc"] >= planted
    assert abs(table.loc["deepshap", "auroc"] - 0.5) < 0.05
    assert (table["with_site"] == truth.any(axis=1).sum()).all()
    assert abs(table.loc["deepshap", "by_chance"] - 0.5) < 0.1
    none = factor_sites.collect(Run(tmp_path), [NETWORK], ["saliency"], truth * 0, [truth * 0])
    assert none[["auroc", "by_chance"]].isna().all(axis=None)
