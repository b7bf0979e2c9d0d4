"""Verdicts on a claim, and the rules by which they are given: in code, in words, and counted in a sentence.

A rule takes what `inference` says of a claim and returns a verdict and why.
"""

import pandas as pd

HOLDS, IN_PART, NOT, UNKNOWN = "holds", "holds in part", "does not hold here", "can't be told"
VERBS = {HOLDS: "hold", IN_PART: "hold in part", NOT: "do not hold here", UNKNOWN: "can't be told"}  # of several
FEWEST_TRIALS, FEWEST_EPOCHS = 3, 100
LEVEL = 0.05  # of a corrected p
MARGIN = 0.05  # of an auPR: what missing one of twelve TFs costs the mean; a smaller difference is called none
FEW = 0.05  # share of filters that is called few
OURS = "not stated"  # begins the paper's column of a claim that is not the paper's
PAIRED_INTERVAL = "the 95 % interval of exponential − ReLU"
RULES = (  # a kind of claim, and what each verdict takes
    (
        "costs no accuracy",
        f"{PAIRED_INTERVAL} holds 0 and lies within ± {{margin}} auPR, what missing one of twelve TFs makes",
        "the interval lies above 0 (a gain), or below it but within {margin} (a small cost)",
        "the whole interval is a cost of {margin} or more",
    ),
    (
        "do not differ",
        "p_holm is not under {level}, though so many trials could make it so, and the means lie within {margin}",
        "p_holm is under {level}, but the means lie within {margin}",
        "p_holm is under {level}, and the means lie further apart",
    ),
    (
        "no longer matters",
        "the means differ under a fifth of what they do with ReLU, and p_holm is not under {level}, though so "
        "many trials could make it so",
        "they differ under a fifth of that, but p_holm is under {level}",
        "they differ a fifth of that or more",
    ),
    (
        "more filters",
        f"{PAIRED_INTERVAL} lies above 0, and its mean is at least .1",
        "the interval lies above 0, and its mean is under .1",
        "no part of the interval lies above 0",
    ),
    (
        "almost no filter",
        "the share is no larger than the paper's, and its 95 % interval ends at {few} or below",
        "the share is larger than the paper's, or that cannot be excluded, but it is {few} at most",
        "the share is over {few}, and the whole interval is larger than the paper's",
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
        f"{PAIRED_INTERVAL} ends at 1 TF or below, and no more trials fail",
        "the same, but more trials fail",
        "the interval lies above 0; or it reaches past 1 TF and more trials fail",
    ),
)


def verdicts(table: pd.DataFrame) -> str:
    """How many claims of the paper have which verdict, a sentence, and how many of those that are ours, another."""
    if table.empty:
        return "This run does not compare the exponential with ReLU, so it can weigh no claim."
    ours = table["paper"].str.startswith(OURS)
    if ours.all():
        return f"The paper makes no claim about what this run compares. Of {len(table)} that we make, {counts(table)}."
    return counted(table, ours, "claims of the paper")


def counted(table: pd.DataFrame, ours: pd.Series, theirs: str) -> str:
    """How many claims have which verdict, a sentence on `theirs` and one on `ours`, of what there is."""
    claims = theirs.replace("claims", "claim", 1) if (~ours).sum() == 1 else theirs
    of = {f"{(~ours).sum()} {claims}": table[~ours], f"{ours.sum()} that we add": table[ours]}
    return " ".join(f"Of {those}, {counts(rows)}." for those, rows in of.items() if len(rows))


def rules() -> pd.DataFrame:
    """What each verdict takes, a row a kind of claim; whatever meets none of a row can't be told."""
    numbers = {"margin": MARGIN, "level": LEVEL, "few": FEW}
    rows = [[text.format(**numbers) for text in rule] for rule in RULES]
    return pd.DataFrame(rows, columns=["claim", HOLDS, IN_PART, NOT])


def no_cost(low: float, high: float, of: str = "") -> tuple[str, str]:
    """Whether an interval of exponential − ReLU, in auPR, is no cost; `of` says one of how many TFs is the margin."""
    if low > 0:
        return IN_PART, "no cost, but a difference: the exponential is better"
    if high <= -MARGIN:
        return NOT, f"the exponential costs as much as a TF{of} that is missed in every trial, or more"
    if high < 0 and low >= -MARGIN:
        return IN_PART, f"the exponential costs accuracy, less than the {MARGIN} that missing one TF{of} does"
    if low >= -MARGIN and high <= MARGIN:
        return HOLDS, f"the interval holds 0 and excludes all that one TF{of} would make"
    return UNKNOWN, f"the interval reaches past the {MARGIN} that one TF{of} makes"


def more_filters(mean: float, low: float, high: float) -> tuple[str, str]:
    """Whether exponential − ReLU, a share of filters and its interval, is a gain."""
    if low > 0 and mean < 0.1:
        return IN_PART, f"more, but only {mean:+.2f} of the filters"
    if low > 0:
        return HOLDS, f"{mean:+.2f} of the filters"
    if high <= 0:
        return NOT, f"{mean:+.2f} of the filters: none gained"
    return UNKNOWN, f"{mean:+.2f} of the filters, and the interval holds 0"


def no_more_missed(low: float, high: float, more_fail: bool) -> tuple[str, str]:
    """Whether an interval of exponential − ReLU, in TFs missed a trial, is no loss."""
    if low > 0:
        verdict, why = NOT, "the exponential network misses more"
    elif high < 0:
        verdict, why = HOLDS, "it misses fewer"
    else:
        verdict, why = (HOLDS, "no difference") if high <= 1 else (UNKNOWN, "one TF more or less would go unseen")
    if more_fail:
        verdict, why = IN_PART if verdict == HOLDS else NOT, f"{why}; more of its trials fail"
    return verdict, why


def almost_none(mean: float, low: float, high: float, limit: float, number: int) -> tuple[str, str]:
    """Whether a share of `number` filters and its interval are no more than the paper's, which is under `limit`."""
    counted = f"{round(mean * number)} of {number} filters"
    if mean <= limit and high <= FEW:
        return HOLDS, counted
    if mean <= FEW and low <= limit:
        unknown = f"whether they are < {limit * 100:.0f} % can't be told, as the interval holds both"
        return IN_PART, f"{counted}: few, but {unknown}"
    if mean <= FEW:
        return IN_PART, f"{counted}: few, but more than the paper's"
    if low > limit:
        return NOT, f"{counted}: clearly more than the paper's"
    return UNKNOWN, f"{counted}, and the interval holds {limit:.0%}"


def nearly_all(mean: float, high: float, limit: float) -> tuple[str, str]:
    """Whether a share of filters, whose interval ends at `high`, is the paper's, at least `limit`."""
    if mean >= limit:
        return HOLDS, "so it is"
    if high >= limit:
        return IN_PART, f"most are, {mean:.0%}, and the interval holds {limit:.0%}"
    return (IN_PART, f"most are, {mean:.0%}") if mean >= limit - 0.1 else (NOT, f"only {mean:.0%} are")


def near(mean: float, value: float, spread: float) -> tuple[str, str]:
    """Whether a share of filters is the paper's `value`, which has this spread."""
    off = abs(mean - value)
    if off <= spread:
        return HOLDS, f"within {spread} of the paper's"
    return IN_PART if off <= 2 * spread + 0.02 else NOT, f"{off:.2f} {'above' if mean > value else 'below'}"


def counts(table: pd.DataFrame) -> str:
    """How many rows have which verdict, in words."""
    found = table["verdict"].value_counts()
    there = {verdict: found[verdict] for verdict in VERBS if verdict in found}
    return "; ".join(f"{number} {verdict if number == 1 else VERBS[verdict]}" for verdict, number in there.items())
