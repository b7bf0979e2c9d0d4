"""Verdicts on made-up runs whose answer is known by hand."""

import numpy as np
import pandas as pd
import pytest

from expact_utils.results import claims, verdicts

NETWORKS = ("cnn-2", "cnn-50", "cnn-deep")
PAPERS_POINT = {
    ("cnn-2", "relu"): 0.0,
    ("cnn-50", "relu"): 0.92,
    ("cnn-deep", "relu"): 0.0,
    ("cnn-2", "exponential"): 0.96,
    ("cnn-50", "exponential"): 0.92,
    ("cnn-deep", "exponential"): 0.94,
}


def trials(relevant=PAPERS_POINT, number=5, epochs=100, dataset="synthetic", jaspar=None, aupr=0.0, noise=0.004):
    """A row a training; `aupr` is what the exponential gains, `noise` how much auPR differs between trials."""
    rng = np.random.default_rng(0)
    rows = []
    for (architecture, activation), share in relevant.items():
        for trial in range(number):
            gain = aupr if activation == "exponential" else 0
            rows.append(
                {
                    "dataset": dataset,
                    "architecture": architecture,
                    "activation": activation,
                    "trial": trial,
                    "epochs": epochs,
                    "trained": True,
                    "aupr": 0.85 + gain + noise * rng.normal(),
                    "relevant": np.clip(share + 0.01 * (trial % 2), 0, 1) if share else 0.0,
                    "jaspar": 0.27 if jaspar is None else jaspar,
                    "filters": 30,
                    "missed": 0,
                    "best_epoch": epochs // 2,
                    "coverage": 1.0 if share else 0.0,
                }
            )
    return pd.DataFrame(rows)


def row(table, text, data="synthetic"):
    (found,) = table[table["claim"].str.contains(text, regex=False) & (table["data"] == data)].itertuples()
    return found


def verdict(table, text, data="synthetic"):
    return row(table, text, data).verdict


def gaining(*gains):
    """Trials in which the exponential CNN-2 scores by so much more than the ReLU one."""
    table = trials(number=len(gains))
    for activation, values in (("relu", np.zeros(len(gains))), ("exponential", np.array(gains))):
        own = (table["architecture"] == "cnn-2") & (table["activation"] == activation)
        table.loc[own, "aupr"] = 0.85 + values
    return claims.weigh(table)


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
    assert verdict(claims.weigh(trials(aupr=-0.1)), "costs CNN-2 no accuracy") == verdicts.NOT
    assert verdict(claims.weigh(trials(aupr=-0.02)), "costs CNN-2 no accuracy") == verdicts.IN_PART
    assert verdict(claims.weigh(trials(aupr=0.05)), "costs CNN-2 no accuracy") == verdicts.IN_PART
    assert verdict(claims.weigh(trials(noise=0.3)), "costs CNN-2 no accuracy") == verdicts.UNKNOWN


def test_no_cost_takes_an_interval_within_what_one_tf_makes():
    """Of five trials, t of 4 df is 2.776: standard errors of .0212 and .0106 give intervals of ± .059 and ± .029."""
    wide, narrow = gaining(-0.06, 0.06, -0.03, 0.03, 0), gaining(-0.03, 0.03, -0.015, 0.015, 0)
    assert row(wide, "costs CNN-2 no accuracy").high == pytest.approx(0.0589, abs=1e-4)
    assert verdict(wide, "costs CNN-2 no accuracy") == verdicts.UNKNOWN
    assert verdict(narrow, "costs CNN-2 no accuracy") == verdicts.HOLDS
    assert verdict(gaining(-0.06, -0.05, -0.07), "costs CNN-2 no accuracy") == verdicts.UNKNOWN  # -.085 to -.035


def test_a_network_that_was_still_improving_is_named():
    table = trials()
    deep = table["architecture"] == "cnn-deep"
    table.loc[deep, "best_epoch"] = [99, 80, 73, 90, 95] * 2
    why = "the best epochs are 73 to 99 of 100, so it was still improving"
    assert why in row(claims.weigh(table), "costs CNN-deep no accuracy").why
    assert "improving" not in row(claims.weigh(table), "costs CNN-2 no accuracy").why
    table.loc[deep & (table["trial"] == 0), "best_epoch"] = 40
    assert "improving" not in row(claims.weigh(table), "costs CNN-deep no accuracy").why


def test_about_60_percent_is_what_the_authors_notebook_prints():
    """A network that finds none of twelve: (30 − 12) / 30; one that finds three of twelve in each trial: (30 − 9) / 30."""
    table = trials()
    table.loc[(table["architecture"] == "cnn-deep") & (table["activation"] == "relu"), "coverage"] = 0.25
    table.loc[(table["architecture"] == "cnn-2") & (table["trial"] == 3), "jaspar"] = 0.5
    found = claims.weigh(table)
    ours = row(found, "CNN-2, ReLU: about 60 %").ours
    assert ours == "0.316 ± 0.092, the largest trial 0.500; (filters − motifs missed) / filters: 0.600"
    assert row(found, "CNN-deep, ReLU: about 60 %").ours.endswith("filters: 0.700")


def test_filters_that_should_not_be_relevant():
    def found(share, number=5):
        return row(claims.weigh(trials(PAPERS_POINT | {("cnn-2", "relu"): share}, number)), "CNN-2, ReLU: almost")

    assert (found(0.0).verdict, found(0.0).why) == (verdicts.HOLDS, "0 of 150 filters")
    assert found(0.03).verdict == verdicts.IN_PART
    assert found(0.3).verdict == verdicts.NOT


def test_one_filter_too_many_is_not_told_from_none():
    """1 of 90: Wilson's interval is .002 to .060, so it holds the paper's 1 %."""
    table = trials(number=3)
    one = (table["architecture"] == "cnn-2") & (table["activation"] == "relu") & (table["trial"] == 1)
    table.loc[one, "relevant"] = 1 / 30
    found = row(claims.weigh(table), "CNN-2, ReLU: almost")
    assert found.verdict == verdicts.IN_PART
    assert found.why.startswith("1 of 90 filters: few, but whether they are < 1 % can't be told")


def test_filters_that_should_be_relevant():
    low = claims.weigh(trials(PAPERS_POINT | {("cnn-deep", "exponential"): 0.5}))
    assert verdict(low, "CNN-deep, exponential: nearly") == verdicts.NOT
    assert verdict(low, "no longer matters") == verdicts.NOT
    nearly = claims.weigh(trials(PAPERS_POINT | {("cnn-deep", "exponential"): 0.85}))
    assert verdict(nearly, "CNN-deep, exponential: nearly") == verdicts.IN_PART


def test_in_vivo():
    share = {**dict.fromkeys(PAPERS_POINT, 0.4), ("cnn-2", "relu"): 0.1, ("cnn-deep", "relu"): 0.35}
    table = trials(share, dataset="k562", jaspar=0.9)
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
    table = trials()
    deep = (table["architecture"] == "cnn-deep") & (table["activation"] == "exponential")
    table.loc[deep, "missed"] = [2, 3, 2, 3, 2]
    table.loc[deep & (table["trial"] == 1), "trained"] = False
    found = claims.weigh(table)
    assert verdict(found, "CNN-deep: with the exponential no more TFs are missed") == verdicts.NOT
    deep = row(found, "CNN-deep: with the exponential no more")
    assert "exponential 2.4 ± 0.5 of 12 a trial; did not train: exponential 1" in deep.ours
    assert deep.effect == pytest.approx(2.4)


def test_trials_that_fail_count_by_themselves():
    table = trials()
    failed = (table["architecture"] == "cnn-2") & (table["trial"] == 1)
    table.loc[failed, "trained"] = False  # with both activations
    assert verdict(claims.weigh(table), "CNN-2: with the exponential no more TFs are missed") == verdicts.HOLDS
    table.loc[failed & (table["activation"] == "relu"), "trained"] = True
    found = row(claims.weigh(table), "CNN-2: with the exponential no more TFs are missed")
    assert (found.verdict, found.why) == (verdicts.IN_PART, "no difference; more of its trials fail")


def test_the_rules_have_the_numbers_of_the_code(monkeypatch):
    assert "± 0.05 auPR" in verdicts.rules().to_string()
    monkeypatch.setattr(verdicts, "MARGIN", 0.02)
    assert "± 0.02 auPR" in verdicts.rules().to_string()


def test_one_activation_can_weigh_nothing():
    table = claims.weigh(trials({("cnn-2", "relu"): 0.0}))
    assert table.empty
    assert "compares no activations" in verdicts.verdicts(table)
