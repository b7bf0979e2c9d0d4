"""Verdicts on a claim, and the rules by which they are given."""

import pandas as pd

HOLDS, IN_PART, NOT, UNKNOWN = "holds", "holds in part", "does not hold here", "can't be told"
VERBS = {HOLDS: "hold", IN_PART: "hold in part", NOT: "do not hold here", UNKNOWN: "can't be told"}
FEWEST_TRIALS, FEWEST_EPOCHS = 3, 100
LEVEL = 0.05  # of a corrected p
MARGIN = 0.05  # of an auPR: what missing one of twelve TFs costs the mean; a smaller difference is called none
FEW = 0.05  # share of filters that is called few
OURS = "not stated"  # begins the paper's column of a claim that is not the paper's


def verdicts(table: pd.DataFrame) -> str:
    """How many claims of the paper have which verdict, a sentence, and how many of those that are ours, another."""
    if table.empty:
        return "This run compares no activations, so it can weigh no claim."
    ours = table["paper"].str.startswith(OURS)
    sentences = [f"Of {(~ours).sum()} claims of the paper, {_counts(table[~ours])}."] if not ours.all() else []
    sentences += [f"Of {ours.sum()} that we add, {_counts(table[ours])}."] if ours.any() else []
    return " ".join(sentences)


def rules() -> pd.DataFrame:
    """What each verdict takes, a row a kind of claim; whatever meets none of a row can't be told."""
    paired_interval = "the 95 % interval of exponential − ReLU"
    rows = [
        (
            "costs no accuracy",
            f"{paired_interval} holds 0 and lies within ± {MARGIN} auPR, what missing one of twelve TFs makes",
            f"the interval lies above 0 (a gain), or below it but within {MARGIN} (a small cost)",
            f"the whole interval is a cost of {MARGIN} or more",
        ),
        (
            "do not differ",
            f"p_holm is not under {LEVEL}, though so many trials could make it so, and the means lie within {MARGIN}",
            f"p_holm is under {LEVEL}, but the means lie within {MARGIN}",
            f"p_holm is under {LEVEL}, and the means lie further apart",
        ),
        (
            "no longer matters",
            f"the means differ under a fifth of what they do with ReLU, and p_holm is not under {LEVEL}, though so "
            "many trials could make it so",
            f"they differ under a fifth of that, but p_holm is under {LEVEL}",
            "they differ a fifth of that or more",
        ),
        (
            "more filters",
            f"{paired_interval} lies above 0, and its mean is at least .1",
            "the interval lies above 0, and its mean is under .1",
            "no part of the interval lies above 0",
        ),
        (
            "almost no filter",
            f"the share is no larger than the paper's, and its 95 % interval ends at {FEW} or below",
            f"the share is larger than the paper's, or that cannot be excluded, but it is {FEW} at most",
            f"the share is over {FEW}, and the whole interval is larger than the paper's",
        ),
        (
            "nearly every filter",
            "the share is at least the paper's",
            "its 95 % interval holds the paper's, or it is .1 below at most",
            "the share is smaller",
        ),
        (
            "most filters; about 60 %",
            "the share is within the paper's spread, or .05 where none is known; of 60 %, the 95 % interval holds it",
            "the share is within twice the spread and .02; never for 60 %",
            "the share is further off",
        ),
        (
            "no more TFs missed, no more trials fail",
            f"{paired_interval} ends at 1 TF or below, and no more trials fail",
            "the same, but more trials fail",
            "the interval lies above 0; or it reaches past 1 TF and more trials fail",
        ),
    ]
    return pd.DataFrame(rows, columns=["claim", HOLDS, IN_PART, NOT])


def _counts(table: pd.DataFrame) -> str:
    counts = table["verdict"].value_counts()
    return "; ".join(f"{counts[verdict]} {VERBS[verdict]}" for verdict in VERBS if verdict in counts)
