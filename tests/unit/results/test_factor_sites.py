"""Maps against sites of a factor's matrix: planted sites by hand, and noise."""

from dataclasses import replace

import numpy as np
import pandas as pd

from expact_utils.attribution import maps as maps_module
from expact_utils.attribution.explained import Explained
from expact_utils.attribution.methods import Maps
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.letters import one_hot
from expact_utils.dna.pfm import log_odds
from expact_utils.motifs.scanning import threshold_of
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


def explained(codes, classes=None):
    return Explained(np.arange(len(codes)), codes, np.zeros(len(codes), int) if classes is None else classes, None)


def test_planted_sites_are_marked_on_both_strands_and_few_by_chance():
    codes = sequences()
    marked = factor_sites.mark(explained(codes), ["SRF"], {"SRF": SRF})
    expected = np.zeros(codes.shape[1])
    expected[40 : 40 + len(PLANTED)] = 1
    assert (marked.sites[:30] >= expected).all()
    assert marked.sites[30:].any(axis=1).sum() <= 2  # 210 windows each, 1e-4 of these by chance
    assert marked.by_chance < 0.1
    one_strand = factor_sites.mark(explained(codes), ["SRF"], {"SRF": SRF}, norc=True)
    assert one_strand.sites[1:30:2].any(axis=1).all()
    assert len(marked.shuffled) == 10
    assert all((of[:30] * expected == 0).all() for of in marked.shuffled)  # nor anything that overlaps a site


def test_a_class_without_a_matrix_has_no_site_and_no_class_no_score(tmp_path):
    codes = sequences()
    matrices = factor_sites.named_matrices(["Srf", "P300"], "jaspar2016")
    assert list(matrices) == ["Srf"]
    assert matrices["Srf"].id == "MA0083.3"
    marked = factor_sites.mark(explained(codes, np.arange(60) % 2), ["Srf", "P300"], matrices)
    assert marked.sites[:30:2].any(axis=1).all()
    assert not marked.sites[1::2].any()
    none = factor_sites.mark(explained(codes), ["P300"], {})
    assert (none.sites.any(), none.shuffled, none.by_chance) == (False, [], 0)
    assert "no matrix of the classes' names" in factor_sites.sentence(pd.DataFrame(), "irf1", {})


def test_of_several_matrices_of_a_name_the_first_is_taken():
    """JASPAR 2024 has CTCF as MA0139 and, extended by what lies beside it, as MA1929 and MA1930."""
    assert factor_sites.named_matrices(["CTCF"], "jaspar2024")["CTCF"].id.startswith("MA0139")


def test_a_matrix_wider_than_the_sequences_is_narrowed():
    marked = factor_sites.mark(explained(sequences()[:, 40:52]), ["SRF"], {"SRF": SRF})
    assert marked.sites[:30].any(axis=1).all()


def test_maps_of_the_site_score_one_and_noise_half_as_shuffled_matrices_do(tmp_path):
    codes, rng = sequences(), np.random.default_rng(2)
    marked = factor_sites.mark(explained(codes), ["SRF"], {"SRF": SRF})
    drawn = {"saliency": marked.sites.astype(float), "deepshap": rng.normal(size=codes.shape)}
    for method, heights in drawn.items():
        found = Maps(codes, one_hot(codes) * heights[..., None], np.zeros(60), np.zeros(60))
        maps_module.write(Run(tmp_path).maps(NETWORK, method), found, explained(codes), method, "logit")
    table = factor_sites.collect(Run(tmp_path), [NETWORK], drawn, marked).set_index("method")
    assert table.loc["saliency", "auroc"] == 1
    assert abs(table.loc["deepshap", "auroc"] - 0.5) < 0.05
    assert (table["with_site"] == marked.sites.any(axis=1).sum()).all()
    assert table.loc["saliency", "shuffled"] <= 0.5
    assert (said := factor_sites.sentence(table.reset_index(), "irf1", {"SRF": SRF})).startswith("IRF1 data: 3")
    assert "of SRF (MA0083.3)" in said
    blank = replace(marked, sites=marked.sites * 0, shuffled=[])
    none = factor_sites.collect(Run(tmp_path), [NETWORK], ["saliency"], blank)
    assert none[["auroc", "shuffled"]].isna().all(axis=None)
    assert "nan" not in factor_sites.sentence(none, "irf1", {"SRF": SRF})


def test_the_threshold_is_what_one_window_in_ten_thousand_reaches():
    """Seven certain bases are one word of 16,384; six one of 4,096, which is not so rare."""
    certain = np.eye(4)[[0, 1, 2, 3, 0, 1, 2]]
    best = log_odds(certain).max(axis=1).sum()
    assert best - 0.1 < threshold_of(certain) <= best
    assert threshold_of(certain[:6]) == np.inf
    assert threshold_of(certain[:6], 4.0**-6) <= best
    either = certain.copy()
    either[0] = [0.5, 0.5, 0, 0]  # two words, 1.2e-4
    assert threshold_of(either) == np.inf
    assert np.isfinite(threshold_of(either, 1.3e-4))


def scores(dataset: str, **gains: list[float]) -> pd.DataFrame:
    """Maps of ReLU that score 0.8, and of the exponential more by a gain: a list a method, a training each."""
    rows = [
        (dataset, "cnn-50", activation, trial, method, 0.8 + (activation == "exponential") * gain)
        for method, of_trials in gains.items()
        for trial, gain in enumerate(of_trials)
        for activation in ("relu", "exponential")
    ]
    return pd.DataFrame(rows, columns=["dataset", "architecture", "activation", "trial", "method", "auroc"])


def test_one_training_each_tells_nothing():
    """Means of +0.1 and -0.02 over two methods; of the second one is 0, which is not higher."""
    both = pd.concat([scores("irf1", a=[0.05], b=[0.15]), scores("zbed2", a=[-0.04], b=[0.0])])
    assert factor_sites.verdict(both) == (
        "With 1 training each it can't be told whether the exponential instead of ReLU makes maps stand out more at the "
        "factor's sites: in IRF1 data, CNN-50, +0.10 auROC (higher by 2 of 2 methods), in ZBED2 data, CNN-50, -0.02 auROC "
        "(higher by 0 of 2 methods)."
    )
    assert factor_sites.verdict(both[both["activation"] == "relu"]).startswith("No maps of both")


def test_three_trainings_tell_by_their_interval():
    """Means over methods +0.1, +0.12, +0.08: 0.1 ± 4.30 · 0.02 / sqrt(3), 0.05; the other signs; and -0.1, 0.1, 0."""
    gains, wide = np.array([0.1, 0.12, 0.08]), [-0.1, 0.1, 0.0]
    more, less, unsure = scores("a", x=gains), scores("b", x=-gains), scores("c", x=wide)
    assert factor_sites.verdict(more) == (
        "The exponential instead of ReLU makes maps stand out more at the factor's sites: in a data, CNN-50, +0.10 auROC, "
        "95 % interval +0.05 to +0.15 (higher by 1 of 1 methods)."
    )
    assert factor_sites.verdict(less).startswith("The exponential instead of ReLU makes maps stand out less at the")
    assert factor_sites.verdict(unsure).startswith("With 3 trainings each it can't be told whether the exponential")
    assert factor_sites.verdict(pd.concat([more, less])).count(". The exponential") == 1


def test_scores_on_the_test_set_are_those_of_the_histories(monkeypatch):
    tests = {NETWORK: {"auroc_mean": 0.9, "aupr_mean": 0.7}, NETWORK._replace(trial=1): {"pearson_mean": 0.5}}
    monkeypatch.setattr(factor_sites.histories, "read", lambda _, network: {"test": tests[network]})
    said = factor_sites.predictions(Run("runs/none"), [NETWORK])
    assert said == "On the test set: CNN-50, exponential auROC 0.900."
    both = factor_sites.predictions(Run("runs/none"), list(tests))
    assert both == (
        "On the test set: CNN-50, exponential, training 1, auROC 0.900; CNN-50, exponential, training 2, Pearson's r 0.500."
    )
