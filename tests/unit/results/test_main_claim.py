"""The paper's main claim, of verdicts on its parts."""

import pandas as pd

from expact_utils.results import main_claim

HOLDS, IN_PART, NOT, UNKNOWN = "holds", "holds in part", "does not hold here", "can't be told"
MAIN = "The paper's main claim: the exponential makes filters readable whatever the network, at no cost in accuracy."


def claims(*rows, data="synthetic"):
    found = pd.DataFrame(rows, columns=["claim", "verdict", "low"])
    return found.assign(data=data, paper="said")


def test_networks_are_grouped_by_verdict():
    table = claims(
        ("The exponential costs CNN-2 no accuracy (auPR)", HOLDS, -0.01),
        ("The exponential costs CNN-50 no accuracy (auPR)", IN_PART, 0.01),
        ("CNN-2, exponential: nearly every filter is relevant", HOLDS, 0.9),
        ("CNN-50, exponential: nearly every filter is relevant", HOLDS, 0.9),
        ("CNN-deep, exponential: nearly every filter is relevant", UNKNOWN, 0.8),
        ("CNN-2, ReLU: almost no filter is relevant", NOT, 0.0),
    )
    assert main_claim.sentence(table) == (
        f"{MAIN} On synthetic data this holds in part (nearly every filter relevant with the exponential: holds for CNN-2 "
        "and CNN-50, can't be told for CNN-deep; no cost in accuracy: holds for CNN-2, is even a gain for CNN-50)."
    )


def test_a_data_set_each_and_no_claim_of_ours():
    vivo = ("CNN-2: more filters are relevant with the exponential", NOT, -0.1)
    table = pd.concat(
        [claims(("The exponential costs CNN-2 no accuracy (auPR)", IN_PART, 0.1)), claims(vivo, data="k562")]
    )
    said = main_claim.sentence(table)
    assert "On synthetic data this holds (no cost in accuracy: is even a gain for CNN-2)." in said
    assert "On k562 data this does not hold here (more filters" in said
    assert main_claim.sentence(table.assign(paper="not stated")) == ""


def test_what_no_training_tells():
    unknown = claims(("The exponential costs CNN-2 no accuracy (auPR)", UNKNOWN, 0.1))
    assert (
        "On synthetic data this can't be told (no cost in accuracy: can't be told for CNN-2)."
        in main_claim.sentence(unknown)
    )
