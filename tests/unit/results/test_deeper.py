"""Tables of deeper layers, worked out by hand, and one toy run from networks to tables."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from toys import MINE, SHORT, same

from expact_utils.data import datasets
from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.pfm import Motif
from expact_utils.motifs.deeper import DeepFilter
from expact_utils.networks import training
from expact_utils.results import deeper
from expact_utils.run import trainings
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Network, Run


def block(labels, **others):
    return {"datasets": ["d"], "architectures": ["cnn-2"], "activations": labels, "trials": 1} | others


def test_which_networks_are_compared():
    """Those whose layers vary, with what they vary from: not other activations, settings or designs."""
    labels = ["relu", "exponential", "tanh", "exponential+exponential", "exponential-scale-2"]
    found = trainings.of_layers([block(labels), block(["relu", "exponential"], architectures=["cnn-50"])])
    assert found == [Network("d", "cnn-2", label, 0) for label in ("relu", "exponential", "exponential+exponential")]


def test_nothing_to_compare_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="^also: no network has a further layer that is not ReLU; expected an activat"):
        deeper.collect(Run(tmp_path), trainings.of_layers([block(["relu", "exponential+tanh-scale-2"])]))


@pytest.fixture
def filters():
    """Two trials of a layer of two filters: in the first, one is a pair and one nothing; in the second both match."""
    key = {"dataset": "d", "architecture": "cnn-2", "activation": "exponential", "layer": 2, "control": ""}
    rows = [(0, "A", "B", 0.8), (0, "", "", np.nan), (1, "A", "", 0.6), (1, "B", "", 0.2)]
    return pd.DataFrame(
        [
            key | {"trial": trial, "filter": f"filter{i}", "first": first, "second": second, "window_share": share}
            for i, (trial, first, second, share) in enumerate(rows)
        ]
    )


def test_means_over_trials_by_hand(filters):
    (row,) = deeper.summarise(filters).to_dict("records")
    assert list(row) == list(deeper.COLUMNS)
    assert (row["filters"], row["trials"]) == (2, 2)
    assert row["relevant_mean"] == pytest.approx((0.5 + 1) / 2)
    assert row["relevant_std"] == pytest.approx(0.25)
    assert row["pairs_mean"] == pytest.approx(0.25)
    assert row["window_share_mean"] == pytest.approx((0.8 + 0.4) / 2)


def test_shuffled_filters_keep_their_positions_in_another_order():
    """Ten positions, each its own."""
    pfm = np.column_stack([np.arange(10) / 10, 1 - np.arange(10) / 10, np.zeros(10), np.zeros(10)])
    of = [DeepFilter(Motif("filter0", "filter0", pfm, 7), 0.8)]
    (one,), (again,) = (deeper.shuffled(of, np.random.default_rng(1)) for _ in range(2))
    assert (one.motif.id, one.motif.nsites) == ("filter0", 7)
    assert np.isnan(one.window_share)
    assert not np.array_equal(one.motif.pfm, pfm)
    assert sorted(one.motif.pfm.tolist()) == sorted(pfm.tolist())
    np.testing.assert_array_equal(one.motif.pfm, again.motif.pfm)


def test_rows_without_a_control_are_not_enough(filters):
    """The first training has both controls, a further one none."""
    first, second = (Network("d", "cnn-2", "exponential", trial) for trial in range(2))
    untrained = pd.concat([filters, filters.assign(control=deeper.UNTRAINED)])
    whole = pd.concat([untrained, filters.assign(control=deeper.SHUFFLED)])
    assert not deeper._has_controls(first, {first: untrained})
    assert deeper._has_controls(first, {first: whole})
    assert deeper._has_controls(second, {second: filters})
    assert not deeper._has_controls(second, {first: whole})


def test_from_networks_to_tables(tiny, tmp_path, monkeypatch):
    """A network, its untrained twin and its filters shuffled, which are the same each time."""
    monkeypatch.setattr(deeper.databases, "load", lambda name: jaspar()[:5])
    run, network = Run(tmp_path), MINE._replace(architecture="cnn-local", activation="exponential+exponential")
    datasets.write(run.data("mine"), tiny)
    settings = dataclasses.replace(SHORT, architecture=network.architecture, activation=network.activation)
    _, history = training.train(tiny, settings, "mine", run)
    filters, scores, motifs = deeper.collect(run, [network])
    assert set(zip(filters["layer"], filters["control"], strict=True)) == {
        (layer, control) for layer in (1, 2) for control in ("", *deeper.CONTROLS)
    }
    assert scores["aupr_recalibrated"].between(0, 1).all()
    (row,) = deeper.predictions(pd.concat([scores, scores.assign(trial=1, aupr=0.0, failure="NaN")])).to_dict("records")
    assert (row["trials"], row["failed"], row["aupr"]) == (2, 1, scores["aupr"][0] / 2)
    own = filters[filters["control"] == ""]
    matching = own[own["first"] != ""]
    assert {name.rpartition("/")[2] for name in motifs} == set(matching["filter"])
    assert deeper.lacking(network, filters, motifs) == []
    known = deeper.Earlier({network: filters[filters["control"] != deeper.SHUFFLED]}, {network: scores}, {})
    again = deeper.collect(run, [network], before=known)
    pd.testing.assert_frame_equal(again.filters, filters)
    assert list(again.motifs) == list(motifs)
    assert same(*(deeper._untrained(tiny, history).get_weights() for _ in range(2)))


def test_what_an_earlier_run_left_takes_no_look_but_for_motifs_where_the_network_is_there(filters, tmp_path):
    """Of the first training one filter of layer 2 matches; further trainings leave no motifs."""
    run, network = Run(tmp_path), Network("d", "cnn-2", "exponential", 0)
    first = filters[filters["trial"] == 0]
    rows = pd.concat([first.assign(control=control) for control in ("", *deeper.CONTROLS)])
    name = "d/cnn-2_exponential_0/layer2/filter0"
    assert deeper.lacking(network, rows, {}) == [name]
    assert deeper.lacking(network._replace(trial=1), filters[filters["trial"] == 1], {}) == []
    without = deeper.Earlier({network: rows}, {network: pd.DataFrame()}, {})
    assert deeper._is_known(run, network, without)
    run.model(network).parent.mkdir(parents=True)
    run.model(network).touch()
    assert not deeper._is_known(run, network, without)
    assert deeper._is_known(run, network, without._replace(motifs={name: jaspar()[0]}))
