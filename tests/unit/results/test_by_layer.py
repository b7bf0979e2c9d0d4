"""Sentences on deeper layers, from shares worked out by hand."""

import numpy as np
import pandas as pd

from expact_utils.results import by_layer

TWICE = "exponential+exponential"
FILTERS = 100  # of a layer, so that a share is a count


def filters_of(shares: dict[str, list[list[float]]], control: str = "") -> pd.DataFrame:
    """So many filters a layer: of each design, a list a training of the shares of layers 2 and 3 that match."""
    rows = [
        ("d", "cnn-dist", label, trial, layer, control, "A" if i < round(share * FILTERS) else "")
        for label, trainings in shares.items()
        for trial, of_layers in enumerate(trainings)
        for layer, share in enumerate([0.5, *of_layers], 1)
        for i in range(FILTERS)
    ]
    names = ["dataset", "architecture", "activation", "trial", "layer", "control", "first"]
    return pd.DataFrame(rows, columns=names)


SHARES = {
    "relu": [[0.10, 0.10], [0.10, 0.12], [0.10, 0.08]],
    "exponential": [[0.30, 0.30], [0.30, 0.32], [0.30, 0.28]],
}


def test_less_told_in_a_layer_and_not_in_all():
    """Beyond layer 1: exponential less ReLU 0.2 in each pair; the two layers less one -0.04, +0.06, +0.01.

    Their mean is +0.01, their interval, by Student's t of 4.30 at two degrees of freedom times 0.05 / sqrt(3), 0.12 to
    either side. In layer 2 it is -0.2 in each, so told; in layer 3 +0.12, +0.32 and +0.22, and twice 0.12 is more.
    """
    filters = filters_of(SHARES | {TWICE: [[0.10, 0.42], [0.10, 0.64], [0.10, 0.50]]})
    assert by_layer.verdict(filters) == (
        "CNN-dist (d data): whether exponentials in deeper layers make these more readable can't be told: no interval of "
        "the share of filters beyond layer 1 that match a planted motif, against the exponential in layer 1 alone, "
        "leaves out 0 (exponential (2 layers) +0.01, 95 % interval -0.11 to +0.13, 3 pairs of trainings). In layer 1 "
        "alone the exponential makes them more readable: 0.30 of them match, 0.10 of ReLU's (+0.20, 95 % interval +0.20 "
        "to +0.20, 3 pairs of trainings)."
    )
    assert by_layer.layers_and_controls(filters) == (
        "Layer by layer, against the same: fewer match in layer 2 with the exponential (2 layers) (-0.20, -0.20 to "
        "-0.20); 1 other comparison can't be told. None is corrected for their number."
    )


def test_designs_that_are_told_apart_and_one_that_is_not():
    filters = filters_of(
        SHARES
        | {
            TWICE: [[0.50, 0.50], [0.50, 0.52], [0.50, 0.48]],
            "exponential+bounded_exponential": [[0.20, 0.20], [0.20, 0.22], [0.20, 0.18]],
            "bounded_exponential+bounded_exponential": [[0.9, 0.9]],
        }
    )
    said = by_layer.verdict(filters)
    assert "exponentials in deeper layers can make these more readable. Against" in said
    assert "more filters beyond layer 1 match a planted motif with the exponential (2 layers) (+0.20, 95 % " in said
    assert (
        "; fewer filters beyond layer 1 match a planted motif with the exponential + bounded exponential (-0.10" in said
    )
    assert "; of bounded exponential (2 layers) it can't be told." in said
    fewer = filters[~filters["activation"].isin([TWICE])]
    assert "deeper layers are not seen to make these more readable. Against" in by_layer.verdict(fewer)
    alone = fewer[~fewer["activation"].str.startswith("bounded")]
    assert "deeper layers do not make these more readable. Against" in by_layer.verdict(alone)


def test_one_training_each_tells_nothing_and_without_a_pair_nothing_is_compared():
    one = filters_of({label: trainings[:1] for label, trainings in SHARES.items()} | {TWICE: [[0.9, 0.9]]})
    said = by_layer.verdict(one)
    assert "can't be told: no interval" in said
    assert "(exponential (2 layers) +0.60, 1 pair of trainings)" in said
    assert "Whether the exponential in layer 1 alone makes them so can't be told: 0.30 of them match, 0.10" in said
    assert by_layer.layers_and_controls(one) == "Nor does any single layer tell: 2 comparisons with the same."
    only = filters_of({"relu": [[0.1, 0.1]], TWICE: [[0.9, 0.9]]})
    assert by_layer.verdict(only) == (
        "CNN-dist (d data): no design has an exponential in deeper layers beside one with it in layer 1 alone."
    )
    assert by_layer.layers_and_controls(only) == ""


def test_of_controls_the_largest_of_any_design_is_said():
    """Of two layers as large, 0.02 and 0.06 make 0.04."""
    shuffled = filters_of({"relu": [[0.0, 0.0]], TWICE: [[0.02, 0.06]]}, "shuffled")
    untrained = filters_of({"relu": [[0.0, 0.0]]}, "untrained")
    said = by_layer.layers_and_controls(pd.concat([filters_of({"relu": [[0.9, 0.9]]}), shuffled, untrained]))
    assert (
        said == "Of the controls match, at most of any design, 0.00 of untrained filters and 0.04 of shuffled filters."
    )


def scores_of(*rows):
    return pd.DataFrame(
        [("d", "cnn-2", *row) for row in rows],
        columns=["dataset", "architecture", "activation", "aupr", "aupr_recalibrated", "failure"],
    )


def test_accuracy_counts_failures_and_says_whether_inference_breaks():
    said = by_layer.accuracy(scores_of(("relu", 0.5, 0.51, ""), ("relu", 0.7, 0.66, "NaN"), (TWICE, 0.9, 0.9, "")))
    assert said == (
        "The designs' mean auPR is 0.600 to 0.900; 1 of 3 trainings failed. Recalibrating batch normalisation changes "
        "auPR by 0.040 at most: its moving statistics do not break inference."
    )
    assert by_layer.accuracy(scores_of(("relu", 0.5, 0.8, ""))).endswith("statistics break inference.")
    assert by_layer.accuracy(scores_of(("relu", np.nan, np.nan, ""))).startswith("No auPR is known")


def test_pairs_are_counted_over_layers_and_trainings():
    """2 trainings of 4 filters, a quarter a pair; 1 of 8, none."""
    table = pd.DataFrame({"control": ["", "", "shuffled"], "filters": [4, 8, 4], "trials": [2, 1, 1]})
    assert by_layer.pairs(table.assign(pairs_mean=[0.25, 0, 1])) == (
        "2 of the 16 filters of trained networks hold a pair of motifs."
    )
    assert by_layer.pairs(table.assign(pairs_mean=[0, 0, 1])).startswith(
        "None of the 16 filters of trained networks holds a pair of motifs: an average"
    )
