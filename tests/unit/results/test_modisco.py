"""Motifs counted against planted TFs, by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd

from expact_utils.dna.jaspar import jaspar
from expact_utils.dna.pfm import Motif
from expact_utils.results import modisco
from expact_utils.run.paths import Network, Run

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


def test_the_sentence_counts_motifs_over_all_networks_and_rounds_means_alone():
    """Two networks of one data set, whose filters find 3 and 4 of 5 TFs; and one of real data, with a factor alone."""
    row = {"dataset": "a", "architecture": "cnn-local", "activation": "relu", "trial": 0, "seconds": 0.0}
    row |= {"elsewhere": 0, "against": 0}
    filters = {"of": "filters", "motifs": 24, "found": 3, "planted": 5, "others": 6, "unmatched": 12}
    maps = {"of": "saliency", "motifs": 5, "found": 5, "planted": 5, "others": 0, "unmatched": 0}
    second = {"trial": 1, "found": 4, "elsewhere": 5, "others": 1}
    real = {"dataset": "irf1", "planted": 1, "found": 1, "motifs": 8, "others": 1, "unmatched": 0}
    rows = [row | filters, row | maps, row | filters | second, row | maps | {"trial": 1}, row | filters | real]
    assert modisco.sentences(pd.DataFrame(rows)) == [
        "A data, 2 trained networks: on average a network's filters find 3.5 of 5 TFs (of 48 filters of 2 networks, 5 "
        "match what was planted in negatives, 7 match another matrix, 24 match no matrix); the motifs of its maps by "
        "saliency find 5 of 5 TFs (10 motifs of 2 networks, each matching one).",
        "IRF1 data, 1 trained network: on average a network's filters find 1 of 1 TF (of 8 filters, 1 matches another "
        "matrix).",
    ]
    none = modisco.sentences(pd.DataFrame([row | maps | {"motifs": 0, "found": 0, "against": 3}]))
    assert none[0].endswith("find 0 of 5 TFs (there are none); left out are 3 patterns against an output.")
    assert "It is not known" in modisco.sentences(pd.DataFrame(columns=modisco.COLUMNS))[0]


def test_the_time_is_of_tf_modisco_alone():
    table = pd.DataFrame({"of": ["filters", "saliency", "mutagenesis"], "seconds": [0.0, 10.0, 20.0]})
    assert modisco.seconds(table).startswith("TF-MoDISco alone took 15 seconds on average")
    assert "(10 to 20)" in modisco.seconds(table)
    assert modisco.seconds(table[:1]) == ""


NETWORK = Network("a", "cnn-local", "relu", 0)


def patterns(**motifs):
    """Patterns of a network's maps by saliency."""
    names = {modisco.pattern_id(NETWORK, "saliency", name): motif for name, motif in motifs.items()}
    return {name: replace(motif, id=name) for name, motif in names.items()}


def test_what_speaks_against_an_output_is_counted_alone():
    """SRF was planted in positives, FOSL1 in negatives, CEBPB nowhere; and a flat motif matches nothing."""
    flat = Motif("flat", "flat", np.full((10, 4), 0.25), 20)
    kept = patterns(
        pattern1=MOTIFS["MA0095.2"],
        against1=MOTIFS["MA0083.3"],
        against2=MOTIFS["MA0477.1"],
        against3=MOTIFS["MA0466.2"],
        against4=flat,
    )
    table = pd.DataFrame([{**NETWORK._asdict(), "of": "saliency", "against": 4}])
    arguments = {"a": RELEVANT}, list(MOTIFS.values()), 0.01, {"a": {"MA0083.3", "MA0477.1"}}
    said = modisco.against(modisco.Found(table, kept), *arguments)
    assert said == (
        "Of the 4 patterns that speak against an output, 2 match what was planted, in positives or "
        "negatives, 1 another matrix, and 1 none."
    )
    some = modisco.Found(table.assign(against=5), kept)
    assert modisco.against(some, *arguments).endswith("and 1 none (of the 4 that were kept).")
    lost = modisco.against(modisco.Found(table.assign(against=1), {}), *arguments)
    assert lost == "Of the 1 pattern that speaks against an output it was not kept what it matches."
    assert modisco.against(modisco.Found(table.assign(against=0), kept), *arguments).startswith("No pattern speaks")
    assert [motif.id for motif in modisco.of_network(kept, NETWORK, "saliency")] == [
        "a/cnn-local_relu_0/saliency/pattern1"
    ]
    assert len(modisco.of_network(kept, NETWORK, against=True)) == 4


def test_a_network_lacks_patterns_only_where_its_maps_are_there(tmp_path):
    run, rows = Run(tmp_path), pd.DataFrame({"of": ["filters", "saliency"], "motifs": [24, 1], "against": [0, 1]})
    kept = patterns(pattern1=MOTIFS["MA0095.2"])
    assert not modisco._lacks(run, NETWORK, ("saliency",), rows, kept)
    run.maps(NETWORK, "saliency").parent.mkdir(parents=True)
    run.maps(NETWORK, "saliency").touch()
    assert modisco._lacks(run, NETWORK, ("saliency",), rows, kept)
    whole = kept | patterns(against1=MOTIFS["MA0083.3"])
    assert not modisco._lacks(run, NETWORK, ("saliency",), rows, whole)
