"""Verdicts on made-up runs whose answer is known by hand."""

import numpy as np
import pandas as pd
import pytest

from expact_utils import claims

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
                }
            )
    return pd.DataFrame(rows)


def verdict(table, text, data="synthetic"):
    (row,) = table[table["claim"].str.contains(text, regex=False) & (table["data"] == data)].itertuples()
    return row.verdict


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
        assert verdict(table, text) == claims.HOLDS, text
    assert verdict(table, "CNN-2, ReLU: about 60 %") == claims.NOT
    assert claims.verdicts(table).startswith(f"Of {len(table)} claims, ")


def test_a_small_difference_between_networks_that_is_in_every_trial_holds_in_part():
    table = claims.weigh(trials())  # .96, .92 and .94 in each trial, against 0 to .92 with ReLU
    assert verdict(table, "no longer matters") == claims.IN_PART
    same = PAPERS_POINT | {(name, "exponential"): 0.94 for name in NETWORKS}
    assert verdict(claims.weigh(trials(same)), "no longer matters") == claims.HOLDS


def test_a_small_run_can_tell_nothing():
    for small in (trials(number=2), trials(epochs=20), trials(number=1)):
        table = claims.weigh(small)
        assert set(table["verdict"]) == {claims.UNKNOWN}
        assert table["why"].str.contains("it takes at least 3 of 100").all()


def test_a_cost_in_accuracy_is_found():
    assert verdict(claims.weigh(trials(aupr=-0.1)), "costs CNN-2 no accuracy") == claims.NOT
    assert verdict(claims.weigh(trials(aupr=-0.02)), "costs CNN-2 no accuracy") == claims.IN_PART
    assert verdict(claims.weigh(trials(aupr=0.05)), "costs CNN-2 no accuracy") == claims.IN_PART
    assert verdict(claims.weigh(trials(noise=0.3)), "costs CNN-2 no accuracy") == claims.UNKNOWN


def test_filters_that_should_not_be_relevant():
    assert (
        verdict(claims.weigh(trials(PAPERS_POINT | {("cnn-2", "relu"): 0.03})), "CNN-2, ReLU: almost") == claims.IN_PART
    )
    assert verdict(claims.weigh(trials(PAPERS_POINT | {("cnn-2", "relu"): 0.3})), "CNN-2, ReLU: almost") == claims.NOT


def test_filters_that_should_be_relevant():
    low = claims.weigh(trials(PAPERS_POINT | {("cnn-deep", "exponential"): 0.5}))
    assert verdict(low, "CNN-deep, exponential: nearly") == claims.NOT
    assert verdict(low, "no longer matters") == claims.NOT
    nearly = claims.weigh(trials(PAPERS_POINT | {("cnn-deep", "exponential"): 0.85}))
    assert verdict(nearly, "CNN-deep, exponential: nearly") == claims.IN_PART


def test_in_vivo():
    share = {**dict.fromkeys(PAPERS_POINT, 0.4), ("cnn-2", "relu"): 0.1, ("cnn-deep", "relu"): 0.35}
    table = claims.weigh(trials(share, dataset="k562", jaspar=0.9))
    assert verdict(table, "CNN-2: more filters are relevant with the exponential", "k562") == claims.HOLDS
    assert verdict(table, "CNN-deep: more filters are relevant with the exponential", "k562") == claims.IN_PART
    assert verdict(table, "CNN-50: more filters are relevant with the exponential", "k562") == claims.NOT
    assert verdict(table, "CNN-50: most ReLU filters match a JASPAR motif", "k562") == claims.HOLDS


def test_failed_trials_and_missed_tfs_are_counted():
    table = trials()
    deep = (table["architecture"] == "cnn-deep") & (table["activation"] == "exponential")
    table.loc[deep, "missed"] = [2, 3, 2, 3, 2]
    table.loc[deep & (table["trial"] == 1), "trained"] = False
    found = claims.weigh(table)
    assert verdict(found, "CNN-deep: with the exponential no more TFs are missed") == claims.NOT
    row = found[found["claim"].str.startswith("CNN-deep: with the exponential no more")].iloc[0]
    assert "exponential 2.4 ± 0.5 of 12 a trial; did not train: exponential 1" in row["ours"]
    assert row["effect"] == pytest.approx(2.4)


def test_the_paired_difference_by_hand():
    table = trials(number=3)
    table["aupr"] = 0.5
    own = (table["architecture"] == "cnn-2") & (table["activation"] == "exponential")
    table.loc[own, "aupr"] = [0.6, 0.7, 0.8]  # differences .1 .2 .3: mean .2, standard error .1 / √3, t of 2 df 4.303
    mean, low, high, p = claims.paired(table, "cnn-2", "aupr")
    assert mean == pytest.approx(0.2)
    assert (high - mean, mean - low) == pytest.approx((4.3027 * 0.1 / 3**0.5,) * 2, rel=1e-4)
    assert p == pytest.approx(0.0742, abs=1e-4)


def test_pairs_are_made_by_trial_not_by_order():
    table = trials().sample(frac=1, random_state=0)
    assert claims.paired(table, "cnn-2", "aupr") == pytest.approx(claims.paired(trials(), "cnn-2", "aupr"))


def test_wilson_by_hand():
    assert claims.wilson(0.0, 150) == pytest.approx((0, 3.8415 / (150 + 3.8415)), abs=1e-4)


def test_holm_by_hand():
    np.testing.assert_allclose(claims.holm(np.array([0.01, np.nan, 0.04, 0.03])), [0.03, np.nan, 0.06, 0.06])


def test_one_activation_can_weigh_nothing():
    table = claims.weigh(trials({("cnn-2", "relu"): 0.0}))
    assert table.empty
    assert "compares no activations" in claims.verdicts(table)
