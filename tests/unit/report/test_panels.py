from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import FILTERS, collect, two_trials

from expact_utils.dna.jaspar import GROUND_TRUTH, jaspar
from expact_utils.dna.pfm import reverse_complement
from expact_utils.report import panels
from expact_utils.results.deeper import Looked
from expact_utils.run.paths import KEY, Network, Run

NETWORK = Network("own", "cnn-2", "exponential", 0)


@pytest.fixture
def run(tmp_path):
    return two_trials(tmp_path)


def test_columns_of_figure_1_are_those_of_trial_0(run):
    columns = panels.panels(run, collect(run).filters, "synthetic", ["cnn-2"], ["relu"])
    pfms, names = columns["CNN-2, ReLU"]
    assert np.shape(pfms) == (FILTERS, 19, 4)
    assert names == ["SRF", "", "", "", ""]


def test_cnn_50_has_a_figure_of_its_own_where_there_are_others():
    assert panels.by_figure(["cnn-2", "cnn-50", "cnn-deep"]) == (["cnn-2", "cnn-deep"], ["cnn-50"])
    assert panels.by_figure(["cnn-50"]) == (["cnn-50"], [])
    assert panels.by_figure(["cnn-local"]) == (["cnn-local"], [])


def test_filters_that_never_learned_come_last_and_match_nothing(monkeypatch, tmp_path):
    """Of five filters the third learned and matches; the first matches as it began; the fourth learned something else."""
    filters = pd.DataFrame([NETWORK] * 5, columns=KEY).assign(
        relevant=np.nan,
        jaspar=[True, False, True, False, False],
        learned=[False, False, True, True, False],
        evalue=[1e-9, np.nan, 1e-3, np.nan, np.nan],
        bits=[9.0, 8.0, 7.0, 6.0, 5.0],
        clip_start=0,
        clip_end=4,
    )
    pfms = [np.full((4, 4), i) for i in range(5)]
    monkeypatch.setattr(panels, "panels", lambda *_: {"": (pfms, ["NFE2", "", "JUN", "", ""])})
    ((title, (shown, names)),) = panels.best_filters(Run(tmp_path), filters, "own", "cnn-2", ["exponential"], 3).items()
    assert title == "CNN-2, exponential: 1 of 5 filters match, 3 never learned"
    assert [int(pfm[0, 0]) for pfm in shown] == [2, 3, 0]
    assert names == ["JUN", "", ""]


SP1, MAX = (next(motif for motif in jaspar() if motif.id == GROUND_TRUTH[tf]) for tf in ("SP1", "MAX"))
PLANTED = {"SP1": (SP1.id,), "MAX": (MAX.id,)}


def test_the_best_of_each_tf_come_before_a_second_one_and_are_turned_as_the_matrix():
    """SP1 whole, the other way round; SP1 without its last three positions, a worse match; MAX; and noise."""
    turned = replace(SP1, id="a", pfm=reverse_complement(SP1.pfm))
    motifs = [replace(SP1, id="b", pfm=SP1.pfm[:-3]), turned, replace(MAX, id="c", name="MAX+SP1")]
    noise = replace(SP1, id="d", pfm=np.full((8, 4), 0.25))
    best = panels.best_matches([*motifs, noise], list(jaspar()), PLANTED, 3)
    assert sorted(tf for tf, *_ in best[:2]) == ["MAX", "SP1"]
    assert best[2][0] == "SP1"
    shown = {words.partition(",")[0]: pfm for _, pfm, words in best[:2]}
    np.testing.assert_array_equal(shown[f"SP1 {SP1.id}"], SP1.pfm)
    assert "MAX+SP1" in shown
    assert len(panels.best_matches([*motifs, noise], list(jaspar()), PLANTED, 2)) == 2
    assert panels.best_matches([], list(jaspar()), PLANTED, 2) == []


def test_a_row_a_layer_blank_where_none_matches_and_none_where_no_pfm_was_kept():
    """Layer 1: one of two filters matches; layer 2: none; layer 3: one, whose PFM is not there."""
    rows = [(1, "filter0", "SP1"), (1, "filter1", ""), (2, "filter0", ""), (3, "filter0", "MAX")]
    filters = pd.DataFrame(
        [(*NETWORK, layer, "", name, tf) for layer, name, tf in rows],
        columns=[*KEY, "layer", "control", "filter", "first"],
    )
    name = "own/cnn-2_exponential_0/layer1/filter0"
    found = Looked(filters, pd.DataFrame(), {name: replace(SP1, id=name)})
    shown = panels.of_layers(found, NETWORK, list(jaspar()), PLANTED, 3)
    assert {row: [words.partition(",")[0] for _, words in cells] for row, cells in shown.items()} == {
        "exponential, layer 1": [f"SP1 {SP1.id}"],
        "exponential, layer 2": [],
    }


def test_beside_each_matrix_stands_the_best_motif_of_each_source():
    """Of two sources one knows SP1, and none MAX."""
    sources = [[replace(SP1, id="a", pfm=reverse_complement(SP1.pfm))], []]
    rows = panels.beside_truth({"SP1": SP1, "MAX": MAX}, PLANTED, sources, list(jaspar()), 0.01)
    (matrix, found, missing), (_, *nothing) = rows.values()
    assert matrix[1] == f"SP1 {SP1.id}"
    np.testing.assert_array_equal(found[0], SP1.pfm)
    assert found[1].startswith(f"SP1 {SP1.id}, E = ")
    assert [missing, *nothing] == [None, None, None]
