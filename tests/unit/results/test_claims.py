"""Verdicts on made-up runs whose answer is known by hand."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from support import ROOT

from expact_utils.results import claims, main_claim, paper, verdicts
from expact_utils.run import names

NETWORKS = ("cnn-2", "cnn-50", "cnn-deep")
PAPERS_POINT = {
    ("cnn-2", "relu"): 0.0,
    ("cnn-50", "relu"): 0.92,
    ("cnn-deep", "relu"): 0.0,
    ("cnn-2", "exponential"): 0.96,
    ("cnn-50", "exponential"): 0.92,
    ("cnn-deep", "exponential"): 0.94,
}


def trials(relevant=PAPERS_POINT, number=4, epochs=100, dataset="synthetic", jaspar=0.27, gain=0.0, noise=0.004):
    """A row a training; `gain` is what the exponential adds to auPR, `noise` how much that differs between trials."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "dataset": dataset,
            "architecture": architecture,
            "activation": activation,
            "trial": trial,
            "epochs": epochs,
            "best_epoch": epochs // 2,
            "trained": True,
            "aupr": 0.85 + gain * (activation == "exponential") + noise * rng.normal(),
            "relevant": np.clip(share + 0.01 * (trial % 2), 0, 1) if share else 0.0,
            "jaspar": jaspar,
            "filters": 30,
            "missed": 0,
            "coverage": 1.0 if share else 0.0,
        }
        for (architecture, activation), share in relevant.items()
        for trial in range(number)
    )


def pair(relu=0.0, exponential=0.96, architecture="cnn-2", number=5, **settings):
    """Trials of one network with both activations: these shares of relevant filters."""
    return trials({(architecture, "relu"): relu, (architecture, "exponential"): exponential}, number, **settings)


def row(table, text, data="synthetic"):
    (found,) = table[table["claim"].str.contains(text, regex=False) & (table["data"] == data)].itertuples()
    return found


def verdict(table, text, data="synthetic"):
    return row(table, text, data).verdict


def gaining(*gains):
    """What is claimed of CNN-2's accuracy where the exponential adds so much to auPR in each trial."""
    table = pair(number=len(gains))
    table["aupr"] = [*np.full(len(gains), 0.85), *(0.85 + np.array(gains))]
    return row(claims.weigh(table), "costs CNN-2 no accuracy")


def test_a_run_like_the_paper_s_holds():
    table = claims.weigh(trials())
    assert list(table.columns) == claims.COLUMNS
    for text in (
        "The exponential costs CNN-2 no accuracy",
        "CNN-2, ReLU: almost no filter is relevant",
        "CNN-deep, exponential: nearly every filter is relevant",
        "CNN-50: most filters are relevant already with ReLU",
        "CNN-deep: with the exponential no more TFs are missed",
    ):
        assert verdict(table, text) == verdicts.HOLDS, text
    assert verdict(table, "CNN-2, ReLU: about 60 %") == verdicts.NOT


def test_our_own_claims_are_counted_apart():
    """The paper's: 3 + 1 of auPR, 2 + 3 + 1 of Relevant, 2 of 60 %, 1 of pooling; ours: Relevant of CNN-50, 3 of missed."""
    sentence = verdicts.verdicts(claims.weigh(trials()))
    assert sentence.startswith("Of 13 claims of the paper, ")
    assert "Of 4 that we add, " in sentence
    main = main_claim.sentence(claims.weigh(trials()))  # worded as the claims are
    assert "filter relevant with the exponential: holds for CNN-2, CNN-50 and CNN-deep" in main
    assert "no cost in accuracy: holds for CNN-2, CNN-50 and CNN-deep)" in main
    small = verdicts.verdicts(claims.weigh(trials(number=1)))
    assert small == "Of 13 claims of the paper, 13 can't be told. Of 4 that we add, 4 can't be told."


def test_a_small_difference_between_networks_that_is_in_every_trial_holds_in_part():
    table = claims.weigh(trials())  # .96, .92 and .94 in each trial, against 0 to .92 with ReLU
    assert verdict(table, "no longer matters") == verdicts.IN_PART
    same = PAPERS_POINT | {(name, "exponential"): 0.94 for name in NETWORKS}
    assert verdict(claims.weigh(trials(same)), "no longer matters") == verdicts.HOLDS


def test_that_no_difference_is_found_says_nothing_where_none_can_be():
    """Three trials of three networks: Friedman's p is 1/36 at best, and there is a second such test to correct for."""
    found = row(claims.weigh(trials(number=3)), "no longer matters")
    assert (found.p, found.verdict) == (pytest.approx(1 / 36), verdicts.UNKNOWN)
    assert "so few trials can't give a corrected p under 0.05" in found.why


def test_networks_that_differ_in_accuracy():
    deep = trials(number=3)
    assert verdict(claims.weigh(deep), "do not differ in auPR") == verdicts.HOLDS
    deep.loc[deep["architecture"] == "cnn-deep", "aupr"] -= 0.1
    found = row(claims.weigh(deep), "do not differ in auPR")
    assert (found.verdict, found.p_holm) == (verdicts.NOT, pytest.approx(2 * found.p))  # of Friedman's two tests alone
    deep.loc[deep["architecture"] == "cnn-deep", "aupr"] += 0.08
    assert verdict(claims.weigh(deep), "do not differ in auPR") == verdicts.IN_PART
    noisy = row(claims.weigh(trials(number=3, noise=0.3)), "do not differ in auPR")
    assert (noisy.verdict, noisy.effect > 0.05) == (verdicts.UNKNOWN, True)


def test_a_small_run_can_tell_nothing():
    for small in (trials(number=2), trials(epochs=20), trials(number=1)):
        table = claims.weigh(small)
        assert set(table["verdict"]) == {verdicts.UNKNOWN}
        assert table["why"].str.contains("it takes at least 3 of 100").all()


def test_a_cost_in_accuracy_is_found():
    assert verdict(claims.weigh(pair(gain=-0.1)), "costs CNN-2 no accuracy") == verdicts.NOT
    assert verdict(claims.weigh(pair(gain=-0.02)), "costs CNN-2 no accuracy") == verdicts.IN_PART
    assert verdict(claims.weigh(pair(gain=0.05)), "costs CNN-2 no accuracy") == verdicts.IN_PART
    assert verdict(claims.weigh(pair(noise=0.3)), "costs CNN-2 no accuracy") == verdicts.UNKNOWN


def test_no_cost_takes_an_interval_within_what_one_tf_makes():
    """Of five trials, t of 4 df is 2.776: standard errors of .0212 and .0106 give intervals of ± .059 and ± .029."""
    wide, narrow = gaining(-0.06, 0.06, -0.03, 0.03, 0), gaining(-0.03, 0.03, -0.015, 0.015, 0)
    assert wide.high == pytest.approx(0.0589, abs=1e-4)
    assert (wide.verdict, narrow.verdict) == (verdicts.UNKNOWN, verdicts.HOLDS)
    assert gaining(-0.06, -0.05, -0.07).verdict == verdicts.UNKNOWN  # -.085 to -.035


def test_a_network_that_was_still_improving_is_named():
    table = pd.concat([pair(number=3), pair(number=3, architecture="cnn-deep")])
    deep = table["architecture"] == "cnn-deep"
    table.loc[deep, "best_epoch"] = [99, 80, 73] * 2
    why, found = "the best epochs are 73 to 99 of 100, so it was still improving", claims.weigh(table)
    assert why in row(found, "costs CNN-deep no accuracy").why
    assert "improving" not in row(found, "costs CNN-2 no accuracy").why
    table.loc[deep & (table["trial"] == 0), "best_epoch"] = 40
    assert "improving" not in row(claims.weigh(table), "costs CNN-deep no accuracy").why


def test_about_60_percent_is_what_the_authors_notebook_prints():
    """A network that finds none of twelve: (30 − 12) / 30; one that finds three of twelve in each trial: (30 − 9) / 30."""
    table = pair()
    table.loc[table["trial"] == 3, "jaspar"] = 0.5
    ours = row(claims.weigh(table), "CNN-2, ReLU: about 60 %").ours
    assert ours == "0.316 ± 0.092, the largest trial 0.500; (filters − motifs missed) / filters: 0.600"
    table.loc[table["activation"] == "relu", "coverage"] = 0.25
    assert row(claims.weigh(table), "CNN-2, ReLU: about 60 %").ours.endswith("filters: 0.700")


def test_filters_that_should_not_be_relevant():
    def found(share):
        of_cnn_2 = row(claims.weigh(pair(relu=share)), "CNN-2, ReLU: almost")
        return of_cnn_2.verdict, of_cnn_2.why

    assert found(0.0) == (verdicts.HOLDS, "0 of 150 filters")
    assert found(0.03)[0] == verdicts.IN_PART
    assert found(0.3)[0] == verdicts.NOT


def test_one_filter_too_many_is_not_told_from_none():
    """1 of 90: Wilson's interval is .002 to .060, so it holds the paper's 1 %."""
    table = pair(number=3)
    table.loc[(table["activation"] == "relu") & (table["trial"] == 1), "relevant"] = 1 / 30
    found = row(claims.weigh(table), "CNN-2, ReLU: almost")
    assert found.verdict == verdicts.IN_PART
    assert found.why.startswith("1 of 90 filters: few, but whether they are < 1 % can't be told")


def test_filters_that_should_be_relevant():
    low = claims.weigh(trials(PAPERS_POINT | {("cnn-deep", "exponential"): 0.5}))
    assert verdict(low, "CNN-deep, exponential: nearly") == verdicts.NOT
    assert verdict(low, "no longer matters") == verdicts.NOT
    nearly = claims.weigh(pair(exponential=0.85, architecture="cnn-deep"))
    assert verdict(nearly, "CNN-deep, exponential: nearly") == verdicts.IN_PART


def test_in_vivo():
    share = {**dict.fromkeys(PAPERS_POINT, 0.4), ("cnn-2", "relu"): 0.1, ("cnn-deep", "relu"): 0.35}
    table = trials(share, number=3, dataset="k562", jaspar=0.9)
    table.loc[table["activation"] == "exponential", "jaspar"] -= 0.2 * (table["architecture"] == "cnn-50")
    table.loc[table["activation"] == "relu", "jaspar"] -= 0.5 * (table["architecture"] != "cnn-50")
    found = claims.weigh(table)
    assert verdict(found, "CNN-2: more filters are relevant with the exponential", "k562") == verdicts.HOLDS
    assert verdict(found, "CNN-deep: more filters are relevant with the exponential", "k562") == verdicts.IN_PART
    assert verdict(found, "CNN-50: more filters are relevant with the exponential", "k562") == verdicts.NOT
    assert verdict(found, "CNN-2: more filters match a JASPAR motif with the exponential", "k562") == verdicts.HOLDS
    fewer = row(found, "CNN-50: more filters match a JASPAR motif with the exponential", "k562")
    assert (fewer.verdict, fewer.effect) == (verdicts.NOT, pytest.approx(-0.2))
    assert verdict(found, "CNN-50: most ReLU filters match a JASPAR motif", "k562") == verdicts.HOLDS
    assert verdict(found, "do not differ in auPR", "k562") == verdicts.HOLDS
    assert verdict(found, "CNN-deep: with the exponential no more TFs are missed", "k562") == verdicts.HOLDS


def test_what_the_paper_says_in_vivo_it_says_of_other_data():
    table = claims.weigh(trials(dataset="k562"))
    of_the_paper = table[~table["paper"].str.startswith(verdicts.OURS)]
    assert of_the_paper["paper"].str.contains("DeepSEA").all()
    assert of_the_paper[of_the_paper["claim"].str.contains("are relevant")]["paper"].str.contains("64 filters").all()


def test_failed_trials_and_missed_tfs_are_counted():
    table = pair(architecture="cnn-deep")
    deep = table["activation"] == "exponential"
    table.loc[deep, "missed"] = [2, 3, 2, 3, 2]
    table.loc[deep & (table["trial"] == 1), "trained"] = False
    found = claims.weigh(table)
    assert verdict(found, "CNN-deep: with the exponential no more TFs are missed") == verdicts.NOT
    deep = row(found, "CNN-deep: with the exponential no more")
    assert "exponential 2.4 ± 0.5 of 12 a trial; did not train: exponential 1" in deep.ours
    assert deep.effect == pytest.approx(2.4)


def test_trials_that_fail_count_by_themselves():
    table = pair()
    failed = table["trial"] == 1
    table.loc[failed, "trained"] = False  # with both activations
    assert verdict(claims.weigh(table), "CNN-2: with the exponential no more TFs are missed") == verdicts.HOLDS
    table.loc[failed & (table["activation"] == "relu"), "trained"] = True
    found = row(claims.weigh(table), "CNN-2: with the exponential no more TFs are missed")
    assert (found.verdict, found.why) == (verdicts.IN_PART, "no difference; more of its trials fail")


def test_the_rules_have_the_numbers_of_the_code(monkeypatch):
    assert "± 0.05 auPR" in verdicts.rules().to_string()
    monkeypatch.setattr(verdicts, "MARGIN", 0.02)
    assert "± 0.02 auPR" in verdicts.rules().to_string()


@pytest.mark.parametrize("activations", [("relu",), ("relu", "softplus"), ("softplus", "exponential")])
def test_a_run_without_both_activations_can_weigh_nothing(activations):
    run = trials({("cnn-2", activation): 0.0 for activation in activations})
    table = claims.weigh(run)
    assert table.empty
    assert list(table.columns) == claims.COLUMNS
    assert claims.left_out(run) == ""
    told = "This run does not compare the exponential with ReLU, so it can weigh no claim."
    assert verdicts.verdicts(table) == told


def test_networks_with_another_activation_are_in_no_claim():
    """Not in Friedman's test either: theirs would be by far the lowest auPR."""
    run = trials(number=3)
    softplus = run[run["activation"] == "relu"].assign(activation="softplus", aupr=0.1, relevant=0.5, missed=9)
    both = pd.concat([softplus, run])
    pd.testing.assert_frame_equal(claims.weigh(both), claims.weigh(run))
    assert claims.left_out(both) == "Claims compare ReLU with the exponential: no claim is about softplus."
    assert claims.left_out(run) == ""


def test_of_another_network_the_paper_says_nothing():
    """It would be by far the lowest in each test across networks, which are the paper's claims of its own three."""
    run = trials(number=3)
    toy = pair(architecture="toy", number=3).assign(aupr=lambda table: table["aupr"] - 0.5)
    table = claims.weigh(pd.concat([toy, run]))
    of_toy = table[table["claim"].str.contains("toy")]
    assert set(of_toy["paper"]) == {verdicts.OURS}
    assert of_toy["claim"].tolist() == [
        "The exponential costs toy no accuracy (auPR)",
        "toy: more filters are relevant with the exponential",
        "toy: with the exponential no more TFs are missed (auROC < .7), no more trials fail",
    ]
    assert of_toy["verdict"].tolist()[1:] == [verdicts.HOLDS] * 2
    without = table.drop(of_toy.index).reset_index(drop=True)
    alone = claims.weigh(run)
    by_friedman = alone["test"].str.startswith("Friedman")
    pd.testing.assert_frame_equal(without.drop(columns="p_holm"), alone.drop(columns="p_holm"))
    assert without[by_friedman]["p_holm"].tolist() == alone[by_friedman]["p_holm"].tolist()
    assert claims.left_out(pd.concat([toy, run])) == "The paper does not speak of toy: what is claimed there is ours."


@pytest.mark.parametrize(
    ("truth", "gained"), [(True, "more filters are relevant"), (False, "more filters match a JASPAR motif")]
)
def test_of_other_data_the_paper_says_nothing(truth, gained):
    run = trials(number=3, dataset="toy").assign(missed=1)
    run.loc[run["activation"] == "exponential", "jaspar"] = 0.9
    table = claims.weigh(run if truth else run.assign(relevant=np.nan, coverage=np.nan))
    assert len(table) == 9
    assert set(table["paper"]) == {verdicts.OURS}
    assert verdict(table, f"CNN-2: {gained} with the exponential", "toy") == verdicts.HOLDS
    assert row(table, "CNN-2: with the exponential no more", "toy").ours.startswith(
        "ReLU 1.0 ± 0.0; exponential 1.0 ± 0.0 a trial"  # of how many TFs is not known
    )
    assert row(table, "costs CNN-2 no accuracy", "toy").why == (
        "the interval holds 0 and excludes all that one TF of twelve would make"
    )
    sentence = verdicts.verdicts(table)
    assert sentence.startswith("The paper makes no claim about what this run compares. Of 9 that we make, ")
    assert claims.left_out(run) == "The paper does not speak of toy data: what is claimed there is ours."


def test_what_is_left_out_is_named_together():
    run = pd.concat(
        [
            trials({("cnn-2", name): 0.0 for name in ("relu", "exponential", "softplus", "gelu")}, 1),
            pair(number=1, architecture="toy"),
            pair(number=1, architecture="other", dataset="mine"),
        ]
    )
    assert claims.left_out(run) == (
        "Claims compare ReLU with the exponential: no claim is about softplus and gelu. "
        "The paper does not speak of toy, other and mine data: what is claimed there is ours."
    )


def test_data_that_stand_for_the_paper_s_are_weighed_as_such(monkeypatch):
    """A row of the registry says which; then it is no other data set's name that counts."""
    row_of = names.SOURCES["synthetic"]
    for name, stands_for in (("drawn", "synthetic"), ("cells", "deepsea")):
        monkeypatch.setitem(names.SOURCES, name, replace(row_of, name=name, paper=stands_for))
    assert row(claims.weigh(pair(dataset="drawn")), "nearly every filter", "drawn").paper == "over 90 %"
    assert "DeepSEA" in row(claims.weigh(pair(dataset="cells")), "costs CNN-2 no accuracy", "cells").paper


def test_the_paper_has_two_kinds_of_data():
    assert {source.paper for source in names.SOURCES.values()} == {"synthetic", "deepsea", ""}
    assert {name for name in names.SOURCES if not paper.stands_for(name)} == {
        *("own", "regulatory-code", "zbed2", "irf1")
    }


@pytest.mark.parametrize("data", ["synthetic", "k562"])
def test_without_ground_truth_nothing_is_claimed_of_it(data):
    table = claims.weigh(trials(number=3, dataset=data).assign(relevant=np.nan, coverage=np.nan))
    assert not table["claim"].str.contains("relevant|no longer matters|60 %").any()
    assert verdict(table, "CNN-2: with the exponential no more", data) == verdicts.HOLDS
    assert table["paper"].str.startswith("no significant difference").sum() == 4


def test_the_published_claims_follow_from_the_published_trials():
    """Whole text, and every digit but the last, which other versions of SciPy and pandas give otherwise."""
    folder = ROOT / "book" / "chapters"
    text = claims.weigh(pd.read_csv(folder / "trials.csv")).to_csv(index=False)
    published = pd.read_csv(folder / "claims.csv")
    pd.testing.assert_frame_equal(pd.read_csv(StringIO(text)), published[claims.COLUMNS], rtol=1e-9, atol=1e-12)
