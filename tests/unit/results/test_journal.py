"""The journal's claims on maps, weighed on scores made by hand."""

import pandas as pd
import pytest

from expact_utils.results import journal
from expact_utils.results.verdicts import HOLDS, IN_PART, NOT, OURS, UNKNOWN

KEY = {"dataset": "regulatory-code", "architecture": "cnn-dist", "method": "saliency", "target": "probability"}


def scores(trials=3, **activations):
    """AuROC of each activation's trainings, which differ from one to the next by `spread`, of saliency."""
    rows = []
    for name, (mean, spread) in activations.items():
        of = KEY | {"activation": name}
        rows += [of | {"trial": trial, "auroc": mean + spread * (trial - 1)} for trial in range(trials)]
    return pd.DataFrame(rows).assign(norm_auroc=0.8)


def verdict(table, words):
    (row,) = [row for row in table.itertuples() if words in row.claim]
    return row.verdict


@pytest.mark.parametrize(
    ("exponential", "expected"),
    [(0.85, HOLDS), (0.745, IN_PART), (0.70, NOT), (0.73, NOT)],
)
def test_nearer_the_truth_than_relu(exponential, expected):
    """All pairs differ by the same, so the interval is that difference; of .73 against itself it is 0, no gain."""
    table = journal.weigh(scores(relu=(0.73, 0.01), exponential=(exponential, 0.01)))
    assert verdict(table, "nearer the truth with exponential than with ReLU") == expected
    (row,) = [row for row in table.itertuples() if "than with ReLU" in row.claim]
    assert row.network == "CNN-dist"
    assert row.journal == "0.804 ± 0.115 against 0.730 ± 0.044"
    assert row.ours == f"{exponential:.3f} against 0.730"


def test_an_interval_that_holds_both_says_nothing():
    table = journal.weigh(scores(relu=(0.73, 0.05), exponential=(0.75, -0.05)))
    assert verdict(table, "than with ReLU") == UNKNOWN


@pytest.mark.parametrize(
    ("rival", "spread", "expected"),
    [(0.85, 0.01, HOLDS), (0.79, 0.01, HOLDS), (0.75, 0.01, NOT), (0.785, 0.014, UNKNOWN), (0.785, 0.012, HOLDS)],
)
def test_the_rival_may_be_a_little_worse(rival, spread, expected):
    """Worse by .015 ± .005 to .025 holds both sides of the .02 that are allowed; by .010 to .020 it does not."""
    table = journal.weigh(scores(exponential=(0.80, 0.01), shift_scale_sigmoid=(rival, spread)))
    assert verdict(table, "as near the truth with") == expected


@pytest.mark.parametrize(("spread", "expected"), [(0.1, HOLDS), (0.01, NOT)])
def test_variation_between_trainings(spread, expected):
    assert verdict(journal.weigh(scores(exponential=(0.8, spread))), "vary between trainings") == expected
    local = scores(exponential=(0.8, spread)).assign(architecture="cnn-local")  # where the journal's are alike
    opposite = NOT if expected == HOLDS else HOLDS
    assert verdict(journal.weigh(local), "are alike between trainings") == opposite


def test_logit_against_probability_is_our_question():
    """Asked of mutagenesis by the norm, and of methods that compare, our way against the authors'; not of saliency."""
    both = scores(exponential=(0.80, 0.01)).assign(norm_auroc=0.8)
    logit = both.assign(target="logit", auroc=both["auroc"] + 0.05, norm_auroc=0.78)
    every = [of.assign(method=method) for of in (both, logit) for method in ("saliency", "mutagenesis", "deepshap")]
    table = journal.weigh(pd.concat(every))
    ours = table[table["journal"] == OURS].set_index("claim")
    assert list(ours["verdict"]) == [NOT, HOLDS]
    assert ours.iloc[0].name.startswith("in-silico mutagenesis, exponential: maps are nearer the truth of the logit")
    assert ours.iloc[1].name == "DeepSHAP, exponential: maps are nearer the truth our way than the authors'"
    assert ours.iloc[1]["why"] == "+0.050, 95 % interval +0.050 to +0.050"


def test_verdicts_are_counted():
    both = scores(relu=(0.73, 0.01), exponential=(0.85, 0.01)).assign(norm_auroc=0.8, method="mutagenesis")
    table = journal.weigh(pd.concat([both, both.assign(target="logit")]))
    assert journal.sentence(table) == (
        "Of 1 claim of the journal version on maps, 1 holds. Of 1 that we add, 1 does not hold here."
    )
    assert journal.sentence(table[:0]) == ""


def test_two_trainings_are_too_few():
    table = journal.weigh(scores(2, relu=(0.73, 0.01), exponential=(0.85, 0.01)))
    assert set(table["verdict"]) == {UNKNOWN}
    assert set(table["why"]) == {"2 trainings; it takes at least 3"}


def test_what_the_journal_does_not_print_is_ours():
    other = scores(relu=(0.7, 0.01), exponential=(0.8, 0.01)).assign(architecture="cnn-deep")
    table = journal.weigh(other)
    assert list(table["journal"]) == [OURS]
    assert list(table["verdict"]) == [HOLDS]


def test_other_data_have_no_claim():
    assert journal.weigh(scores(relu=(0.7, 0), exponential=(0.8, 0)).assign(dataset="synthetic")).empty
