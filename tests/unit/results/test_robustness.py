"""Filters set by hand to planted motifs, under the rules of both protocols."""

import numpy as np
import pandas as pd
import pytest
from support import ROOT

from expact_utils.data import datasets
from expact_utils.data.simulate import simulate
from expact_utils.dna.jaspar import ground_truth, jaspar, relevant_matrices
from expact_utils.motifs import filters
from expact_utils.networks import engine, models, training
from expact_utils.results import robustness
from expact_utils.results.controls import before_training, shuffle
from expact_utils.run.paths import Network, Run

PLANTED = ground_truth()[1:8]
TARGETS = [*ground_truth(), *list(jaspar())[:30]]
NETWORK = Network("mine", "cnn-2", "exponential", 0)
DATA = simulate(200, 200, 0)


def checked(folder, protocol, threshold=filters.THRESHOLD, evalue=0.1):
    """Filters of a network of which seven are the log-odds of seven of the planted motifs, and their checks."""
    run = Run(folder)
    model = models.build("cnn-2", 200, 12, "exponential", protocol=protocol)
    kernel = np.zeros(model.layers[1].kernel.shape)
    for i, motif in enumerate(PLANTED):
        kernel[2 : 2 + motif.width, :, i] = np.log2(motif.pfm + 0.01) + 2
    model.layers[1].set_weights([kernel])
    zero, one = np.zeros(kernel.shape[2]), np.ones(kernel.shape[2])
    model.layers[2].set_weights([one / 2, zero, zero, one])
    run.model(NETWORK).parent.mkdir(parents=True)
    model.save(run.model(NETWORK))
    datasets.write(run.data("mine"), DATA)
    found = filters.extract(model, DATA.X["test"], threshold, protocol)
    filters.write(run.meme(NETWORK), run.filters(NETWORK), found)
    history = {"seed": 0, "trial": 0, "protocol": protocol}
    return found, robustness.check(run, DATA, NETWORK, history, TARGETS, evalue)


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    return checked(tmp_path_factory.mktemp("preprint"), "preprint2019")[1]


def at(checks, name, setting):
    (row,) = checks[(checks["check"] == name) & (checks["setting"] == setting)].itertuples()
    return row


def test_every_check_and_setting_is_there_once(checks):
    counts = checks.groupby("check", sort=False).size()
    assert dict(counts) == {"threshold": 9, "sites": 2, "evalue": 5, "control": 3}
    assert set(counts.index) == set(robustness.CHECKS)
    assert not checks.duplicated(["check", "setting"]).any()
    assert (checks["relevant"] >= 0).all()
    assert (checks["relevant"] <= checks["jaspar"]).all()
    assert (checks["jaspar"] <= 1).all()


def test_planted_filters_are_found_and_shuffled_ones_are_not(checks):
    trained, shuffled = at(checks, "control", "trained"), at(checks, "control", "shuffled")
    assert trained.relevant >= 6 / 30
    assert shuffled.relevant < trained.relevant / 2


def test_the_paper_s_setting_is_the_same_in_each_check(checks):
    same = [at(checks, *of) for of in (("threshold", "0.5"), ("sites", "one a sequence"), ("evalue", "0.1"))]
    same.append(at(checks, "control", "trained"))
    assert len({(row.jaspar, row.relevant, row.sites) for row in same}) == 1


def test_the_run_s_own_rule_threshold_and_e_value_are_among_those_tried(tmp_path):
    """The journal's rule: every position over the threshold, windows of 20 nt where filters have 19."""
    own, checks = checked(tmp_path, "journal2020", 0.45, 0.05)
    assert own.pfms.shape == (32, 20, 4)
    assert dict(checks.groupby("check", sort=False).size()) == {"threshold": 10, "sites": 2, "evalue": 6, "control": 3}
    settings = ("control", "trained"), ("threshold", "0.45"), ("sites", "every position"), ("evalue", "0.05")
    same = [at(checks, *of) for of in settings]
    assert len({(row.jaspar, row.relevant, row.sites) for row in same}) == 1
    assert same[0].sites == np.median(own.sites)
    assert same[0].relevant >= 6 / 32
    assert at(checks, "sites", "one a sequence").sites < np.median(own.sites)  # which has one site of several


def test_higher_thresholds_leave_fewer_sites_and_larger_e_values_more_matches(checks):
    sites = checks[checks["check"] == "threshold"]["sites"].to_numpy()
    matches = checks[checks["check"] == "evalue"]["jaspar"].to_numpy()
    assert (np.diff(sites) <= 0).all()
    assert (np.diff(matches) >= 0).all()


class Started(Exception):
    """A training is about to take its first step."""


def test_the_untrained_network_is_the_one_that_training_started_from(tiny, monkeypatch):
    """The weights are taken down where the training's engine gets them."""
    started = []

    def create(models):
        started.extend(model.get_weights() for model in models)
        raise Started

    monkeypatch.setattr(engine, "create", create)
    settings = training.Settings("cnn-2", "exponential", 3, batch_size=20)
    with pytest.raises(Started):
        training.train(tiny, settings, "mine")
    history = {"seed": 0, "protocol": "preprint2019"}
    first = before_training(settings.of("mine"), history, tiny)
    assert len(started) == 1
    for found, expected in zip(first.get_weights(), started[0], strict=True):
        np.testing.assert_array_equal(found, expected)
    other = before_training(NETWORK, history, tiny)
    assert not (first.layers[1].get_weights()[0] == other.layers[1].get_weights()[0]).any()


def test_a_shuffled_motif_has_the_same_positions_in_another_order():
    motif = ground_truth()[0]
    shuffled = shuffle(motif, np.random.default_rng(0), "mine")
    assert shuffled.id == "mine"
    assert sorted(map(tuple, shuffled.pfm)) == sorted(map(tuple, motif.pfm))


def test_dead_filters_alone_match_nothing():
    assert robustness._shares(None, 30, 0.1, relevant_matrices()) == (0.0, 0.0)


def test_summaries_are_means_over_trials(checks):
    twice = checks.assign(trial=1, relevant=checks["relevant"] + 0.1)
    table = robustness.summarise(pd.concat([checks, twice]), "control")
    assert table["setting"].tolist() == ["trained", "shuffled", "untrained"]
    assert table["relevant"].iloc[0] == pytest.approx(at(checks, "control", "trained").relevant + 0.05)


def test_the_published_checks_agree_with_table_1():
    folder = ROOT / "book" / "chapters"
    checks, trials = (pd.read_csv(folder / f"{name}.csv") for name in ("robustness", "trials"))
    usual = checks[(checks["check"] == "control") & (checks["setting"] == "trained")]
    both = trials.merge(usual, on=["dataset", "architecture", "activation", "trial"], suffixes=("", "_again"))
    assert len(both) == len(trials)
    np.testing.assert_allclose(both["relevant"], both["relevant_again"])
    np.testing.assert_allclose(both["jaspar"], both["jaspar_again"])
