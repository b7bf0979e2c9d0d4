"""Motifs counted against planted TFs, by hand."""

import pandas as pd

from expact_utils.dna.jaspar import jaspar
from expact_utils.results import modisco

MOTIFS = {motif.id: motif for motif in jaspar()}
RELEVANT = {"SRF": ("MA0083.3",), "YY1": ("MA0095.2",)}


def test_found_others_and_unmatched():
    targets = list(MOTIFS.values())
    motifs = [MOTIFS["MA0083.3"], MOTIFS["MA0477.1"]]  # SRF, and FOSL1, which nobody planted
    counts = modisco.compare(motifs, targets, RELEVANT, 0.01)
    assert counts == {"motifs": 2, "found": 1, "planted": 2, "elsewhere": 0, "others": 1, "unmatched": 0}
    elsewhere = modisco.compare(motifs, targets, RELEVANT, 0.01, {"MA0477.1", "MA0083.3"})
    assert elsewhere == counts | {"elsewhere": 1, "others": 0}  # FOSL1 was planted in negatives
    assert modisco.compare(motifs[:1], targets[:0] or [MOTIFS["MA0095.2"]], RELEVANT, 1e-9)["unmatched"] == 1
    assert modisco.compare([], targets, RELEVANT, 0.01) == {
        "motifs": 0,
        "found": 0,
        "planted": 2,
        "elsewhere": 0,
        "others": 0,
        "unmatched": 0,
    }


def test_means_over_trials():
    row = {"dataset": "a", "architecture": "cnn-local", "activation": "relu", "of": "filters"}
    counts = {"motifs": 4, "found": 1, "planted": 5, "elsewhere": 0, "others": 2, "unmatched": 1}
    counts |= {"against": 0, "seconds": 3.0}
    table = pd.DataFrame([row | {"trial": 0} | counts, row | {"trial": 1} | counts | {"found": 3}])
    (mean,) = modisco.summarise(table[modisco.COLUMNS]).to_dict("records")
    assert (mean["found"], mean["motifs"], mean["of"]) == (2, 4, "filters")


def test_the_sentence_says_what_is_found_and_what_is_not_of_the_truth():
    row = {"dataset": "a", "architecture": "cnn-local", "activation": "relu", "trial": 0, "seconds": 0.0}
    row |= {"elsewhere": 0, "against": 0}
    filters = {"of": "filters", "motifs": 24, "found": 3, "planted": 5, "others": 6, "unmatched": 12}
    maps = {"of": "saliency", "motifs": 5, "found": 5, "planted": 5, "others": 0, "unmatched": 0}
    other = {"dataset": "irf1", "planted": 1, "found": 1}
    assert modisco.sentences(pd.DataFrame([row | filters, row | maps, row | filters | other])) == [
        "A data, 1 trained network: on average a network's filters find 3.0 of 5 TFs (18.0 of 24.0 motifs match none); "
        "the motifs of its maps by saliency find 5.0 of 5 TFs (0.0 of 5.0 motifs match none).",
        "IRF1 data, 1 trained network: on average a network's filters find 1.0 of 1 TF (18.0 of 24.0 motifs match none).",
    ]
    against = pd.DataFrame([row | filters | {"elsewhere": 6, "others": 0}, row | maps | {"against": 10}])
    assert modisco.sentences(against) == [
        "A data, 1 trained network: on average a network's filters find 3.0 of 5 TFs (12.0 of 24.0 motifs match none, "
        "nor what was planted in negatives); the motifs of its maps by saliency find 5.0 of 5 TFs (0.0 of 5.0 motifs "
        "match none, nor what was planted in negatives; 10.0 patterns that speak against a class are left out)."
    ]
    assert "It is not known" in modisco.sentences(pd.DataFrame(columns=modisco.COLUMNS))[0]
