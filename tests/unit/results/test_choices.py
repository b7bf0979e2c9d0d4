"""Whether choices after training close the gap between activations, of shares made up by hand."""

import pandas as pd

from expact_utils.results import choices

SETTINGS = (
    ("threshold", "0.1"),
    ("threshold", "0.9"),
    ("sites", "every position"),
    ("evalue", "0.01"),
    ("evalue", "10"),
)


def checks(shares, dataset="synthetic", measure="relevant"):
    """Rows of two trials, whose mean is the share at each of `SETTINGS`."""
    rows = []
    for (architecture, activation), of_settings in shares.items():
        for (check, setting), share in zip((*SETTINGS, ("control", "shuffled")), of_settings, strict=True):
            for trial, off in enumerate((-0.1, 0.1)):
                known = {"dataset": dataset, "architecture": architecture, "activation": activation, "trial": trial}
                known |= {"check": check, "setting": setting, "relevant": None, "jaspar": None}
                rows.append(known | {measure: share + off})
    return pd.DataFrame(rows)


APART = {
    ("cnn-2", "relu"): (0.1, 0.2, 0.15, 0.12, 0.9, 0.1),
    ("cnn-2", "exponential"): (0.8, 0.7, 0.9, 0.75, 0.3, 0.12),
}
ALIKE = {("cnn-50", "relu"): (0.6, 0.8, 0.7, 0.7, 0.9, 0.1), ("cnn-50", "exponential"): (0.7, 0.9, 0.8, 0.8, 0.9, 0.1)}


def test_a_gap_and_none():
    """The share at an E-value of 10 is of no interest; that of one trial is over the mean."""
    said = (
        "On synthetic data no choice tried here closes the gap in CNN-2: at most 0.20 of ReLU's filters are relevant, and "
        "at least 0.70 of the exponential's, whichever activation threshold (0.1 to 0.9), sites or largest E-value (0.01 "
        "to 0.1) is taken, one at a time; in CNN-50 ReLU has 0.60 to 0.80, the exponential 0.70 to 0.90. Of filters that "
        "learned nothing, at most 0.12 are relevant."
    )
    assert choices.sentence(checks(APART | ALIKE), 0.1) == said


def test_the_database_where_the_truth_is_not_known():
    said = choices.sentence(pd.concat([checks(ALIKE), checks(APART, "own", "jaspar")]), 0.1)
    assert said.startswith("On synthetic data in CNN-50 ReLU has 0.60 to 0.80")
    assert "On your sequences no choice" in said
    assert "ReLU's filters match a motif of the database" in said


def test_one_activation_is_not_compared():
    one = {key: shares for key, shares in APART.items() if key[1] == "relu"}
    assert choices.sentence(checks(one), 0.1) == "This run does not compare ReLU with the exponential."
