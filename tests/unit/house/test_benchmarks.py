import sys
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from support import ROOT

sys.path.insert(0, str(ROOT))  # benchmarks is not installed
from benchmarks import attribution, field, page, plan, steps, trainings
from expact_utils.dna.jaspar import jaspar
from expact_utils.motifs import filters
from expact_utils.motifs.clusters import Cluster
from expact_utils.networks import models
from expact_utils.run.files import read_json
from expact_utils.run.names import ARCHITECTURES


def row(network, peer, seconds, epochs):
    return {"network": network, "peer": peer, "seconds": seconds, "epochs": epochs, "memory": 1e9}


def test_ratios_are_of_medians_over_rounds():
    rows = [row("cnn-2", "expact", s, [1, 1, 3]) for s in (9, 10, 30)]
    rows += [row("cnn-2", "keras", s, [2, 4, 2]) for s in (20, 50, 10)]
    table = page.trainings_table(rows).set_index("peer")
    assert table.loc["expact", "seconds"] == 10
    assert table.loc["keras", "× expact"] == 2
    assert table.loc["expact", "slowest epoch / median"] == 3
    assert table.loc["keras", "epoch"] == 2


def test_a_plan_by_hand():
    """1 µs a base and 2 µs an output: 10 outputs more add 20 µs to the 100 µs, or 300 µs, of a sequence of 100 nt."""
    results = {
        "large": {"rows": {"sequences": 1000, "length": 100, "epochs": [0.1]}, "machine": {"cores": 2}},
        "scaling": {
            "rows": [{"size": "outputs", "value": n, "epochs": [1 + 2e-6 * n * plan.TRAINED]} for n in (12, 22, 32)]
        },
        "scores": {"rows": {"seconds": 0.0, "labels": 1}},
        "trainings": {
            "rows": [row(name, "expact", 1, [s]) for name, s in (("cnn-2", 3), ("cnn-50", 1), ("cnn-deep", 1))]
        },
    }
    study = plan.Study(sequences=3_600_000, length=100, outputs=22, tested=0, trials=10, epochs=10, price=0.5)
    table = plan.costs(results, study).set_index("network")
    assert table.loc["CNN-50", "an epoch (min)"] == pytest.approx(3.6e6 * 120e-6 / 60)
    assert table.loc["CNN-2", "an epoch (min)"] == pytest.approx(3.6e6 * 320e-6 / 60)
    assert table.loc["CNN-50", "a training (h)"] == pytest.approx(1.2)
    assert table.loc["CNN-50", "price (USD)"] == pytest.approx(12)  # 12 hours of two cores


def test_a_test_set_counts_once_a_training():
    """1 GB of bases and 1 GB of labels for a million training sequences; as many to test are another 2 GB."""
    results = {"large": {"rows": {"sequences": 10, "length": 100, "file": 10_000}}}
    study = plan.Study(sequences=10**6, length=100, outputs=1000, tested=10**6, trials=5, epochs=10)
    assert plan.traffic(results, study) == pytest.approx({"bases": 2, "labels": 2, "read": 5 * (10 * 2 + 2)})


def test_the_plans_page_follows_from_the_measurements():
    assert plan.PAGE.read_text() == plan.text(read_json(plan.RESULTS), plan.Study())


def test_numbers_that_are_missing_are_dashes():
    table = page._markdown(
        page._steps({"steps": {"rows": [steps._row("alone", 2.0), steps._row("both", 2.0, "p", 5.0)]}})
    )
    assert table.splitlines()[2:] == ["| alone | 2 | – | – | – |", "| both | 2 | p | 5 | 2.5 |"]


def test_the_plain_loops_do_the_same_work():
    texts, labels = steps.plain_simulation(20)
    assert {len(text) for text in texts} == {200}
    assert {len(found) for found in labels} <= {1, 2, 3, 4, 5}
    sequences = np.random.default_rng(0).integers(0, 4, (200, 200), dtype=np.int8)
    model = models.build("cnn-2", 200, 12, "exponential")
    ours = filters.extract(model, sequences)
    for pfm, expected, dead in zip(ours.pfms, steps.plain_filters(model, sequences), ours.sites == 0, strict=True):
        if not dead:
            np.testing.assert_allclose(pfm, expected, atol=1e-6)


def test_operations_of_a_network_by_hand():
    """Four places × 3 filters × 2 positions × 4 bases, and 3 weights of the last layer: two operations each."""
    x = keras.Input((5, 4))
    pooled = keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(3, 2)(x))
    assert attribution.operations(keras.Model(x, keras.layers.Dense(1)(pooled))) == 2 * (96 + 3)


def test_the_torch_peer_has_the_network_s_weights():
    pytest.importorskip("torch")

    class Data:
        length, class_names = 200, ["a"] * 12

    for architecture in ARCHITECTURES:
        network = trainings._torch_network(architecture, "exponential", Data)
        own = models.build(architecture, 200, 12, "exponential")
        assert sum(weight.numel() for weight in network.parameters()) == sum(
            int(np.prod(weight.shape)) for weight in own.trainable_variables
        )


def test_the_place_of_a_factor_is_that_of_the_first_motif_that_matches_its_family(monkeypatch):
    known = {motif.id: motif for motif in jaspar("JASPAR2024")}

    def listed(*names):
        return [Cluster(replace(known[name], id=f"motif{i}"), []) for i, name in enumerate(names, start=1)]

    gata, cebpa, max_ = "MA0035.5", "MA0102.5", "MA0058.4"
    assert [known[name].name.upper() for name in (gata, cebpa, max_)] == ["GATA1", "CEBPA", "MAX"]
    assert {"CEBPA", "CEBPB", "CEBPG"} <= field.families(["CEBPB"])
    assert "GATA1" not in field.families(["CEBPB"])
    targets = list(known.values())
    assert field.rank(listed(gata, cebpa), targets, ["CEBPB"]) == 2
    assert field.rank(listed(max_), targets, ["MAX"]) == 1  # six positions
    monkeypatch.setattr(field, "EVALUE", 1e-14)  # its p of 2e-17, times 26 matrices, is 5e-16
    assert field.rank(listed(max_), targets, ["MAX"]) == 1
    assert np.isnan(field.rank(listed(*[gata] * 20, max_), targets, ["MAX"]))  # corrected by all that are listed
    assert np.isnan(field.rank(listed(gata, cebpa), targets, ["SRF"]))
    assert np.isnan(field.rank([], targets, ["CEBPB"]))


def test_one_factor_against_the_rest_has_as_many_of_either_and_halves_share_nothing(tiny):
    data = field.one_against_the_rest(tiny, 0)
    for labels in data.Y.values():
        assert labels.shape[1] == 1
        assert labels.mean() == 0.5
    one, other = field.halves(data)
    rows = [{codes.tobytes() for codes in part.X["test"]} for part in (one, other)]
    assert rows[0] | rows[1] == {codes.tobytes() for codes in data.X["test"]}
    assert not rows[0] & rows[1]


def test_the_interval_of_two_scores_that_differ_is_about_their_difference():
    rng = np.random.default_rng(0)
    labels = np.repeat([1.0, 0.0], 500)[:, None]
    good, bad = labels + rng.normal(size=(1000, 1)), rng.normal(size=(1000, 1))
    low, high = field.interval(labels, good, bad)
    assert low < field.auroc(labels, good) - field.auroc(labels, bad) < high
    assert 0.15 < low < high < 0.35
    low, high = field.interval(labels, bad, rng.normal(size=(1000, 1)))
    assert low < 0 < high


def test_the_page_of_the_field_counts_by_hand():
    row = dict.fromkeys(field.COLUMNS, 0.5) | {"dataset": "a", "sequences": 1000, "rank": 1.0, "listed": 3, "hold": 2}
    rows = [
        row | {"kmers_auroc": 0.8, "gapped_auroc": 0.9, "ensemble_auroc": 0.85, "enriched": True, "motifs": "A"},
        row
        | {
            "kmers_auroc": 0.8,
            "gapped_auroc": 0.7,
            "ensemble_auroc": 0.9,
            "enriched": False,
            "rank": np.nan,
            "motifs": "",
        },
    ]
    noise = pd.DataFrame({"noise": ["a", "b"], "relu": [0.4, 0.5], "exponential": [0.5, 0.6]})
    noise = noise.assign(motifs=[2, 3], listed=[0, 1])
    rows[0] |= {"gapped_low": -0.07, "gapped_high": 0.01, "ensemble": "3 + 2"}
    text = field.page(pd.DataFrame(rows), noise)
    assert "(bootstrap of test sequences): a (gapped 6-mers: -0.050, -0.070 to +0.010)." in text
    assert (
        "made up 5 motifs, and 1 were listed; the networks' mean auROC was 0.50, 0.40 to 0.60, and 2 of 4 are within 0.05 of .5."
        in text
    )
    assert "at least as good as 6-mers on 2 of 2 sets, and as gapped 6-mers on 1." in text
    assert (
        "(JASPAR's), on 1 of 2\n  sets: on 1 of the 1 in which that matrix has evidence itself, and on 0 of the other 1,"
        in text
    )
    assert "Of 6 motifs listed, 4 hold" in text
    assert "– (matrix not enriched)" in text
