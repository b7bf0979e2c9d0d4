"""Maps of one's own sequences: what is drawn, where sites lie, and evidence for what TF-MoDISco made, by hand."""

import keras
import numpy as np
import others
import pandas as pd
import pytest
from support import encode

from expact_utils.attribution import modisco
from expact_utils.attribution.methods import Maps, attribute_function
from expact_utils.attribution.modisco import Pattern
from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import one_hot
from expact_utils.dna.pfm import Motif, consensus
from expact_utils.networks.foreign.opening import open_network
from expact_utils.report import attribution_logos
from expact_utils.results import foreign, maps
from expact_utils.run.paths import Network

SITE, LENGTH = "TGACTCATGC", 60
RNG = np.random.default_rng(5)


def pfm_of(text):
    return np.full((len(text), 4), 0.02) + 0.92 * np.eye(4)[encode(text)]


def dataset(share=0.8, number=200):
    """Random sequences, half of them positive, of which so many have a site."""
    rng, X, Y = np.random.default_rng(0), {}, {}
    for split in ("train", "valid", "test"):
        codes = rng.integers(0, 4, (number, LENGTH), dtype=np.int8)
        for row in range(number // 2):
            if rng.random() < share:
                start = rng.integers(0, LENGTH - len(SITE))
                codes[row, start : start + len(SITE)] = encode(SITE)
        X[split], Y[split] = codes, np.repeat([[1], [0]], number // 2, axis=0).astype(np.int8)
    return Dataset(X, Y, ["bound"], "test", 0)


def output(values=(), name="net", number="y"):
    """An output that counts how many G a sequence has."""

    def explained(codes):
        return attribute_function(lambda x: x[:, :, 2].sum(axis=1, keepdims=True), codes)

    return maps.Output(
        Network("own", name, "relu"), f"{name}, output {number}", "bound", 0, np.array(values, float), explained
    )


def test_highest_and_typical_sequences_of_the_class_are_drawn():
    labels = np.array([[1], [1], [1], [1], [1], [0], [0]], np.int8)
    codes = np.zeros((7, LENGTH), np.int8)
    X = dict.fromkeys(("train", "valid", "test"), codes)
    data, without = (Dataset(X, dict.fromkeys(X, of), ["bound"], "test", 0) for of in (labels, 0 * labels))
    rows, words = maps.drawn(output([1, 9, 5, 4, 8, 99, 5]), data)  # the median of the class is 5
    assert rows.tolist() == [1, 4, 2, 3]
    assert words == ["highest", "highest", "typical", "typical"]
    few, _ = maps.drawn(output([0, 0, 0, 0, 0, 7, 3]), without)
    assert few.tolist()[:2] == [5, 6]  # where the class has none, of all


def test_maps_become_motifs_of_no_test_sequence_and_no_more_than_can_be_computed(monkeypatch):
    data = dataset()
    of_class = np.concatenate([data.X["valid"][:100], data.X["train"][:100]])
    assert np.array_equal(maps.sampled(output(), data), of_class)
    monkeypatch.setattr(maps, "POSITIONS", 107 * 3 * LENGTH**2)
    assert np.array_equal(maps.sampled(output(), data), of_class[:107])


def test_sites_are_named_and_what_lies_in_them_is_counted():
    twice = np.stack([encode(SITE + "AAAA" + SITE)])
    assert maps.sites(twice, [maps.Mark("AP-1", pfm_of(SITE), 10.0)]) == [[(0, 10, "AP-1"), (14, 24, "AP-1")]]
    codes = np.stack([encode("AA" + SITE + "AAAA"), encode("C" * 16)])
    mark = maps.Mark("AP-1", pfm_of(SITE), 10.0)
    of_each = maps.sites(codes, [mark])
    assert of_each == [[(2, 12, "AP-1")], []]
    values = one_hot(codes) * np.linspace(0, 1, 16)[:, None]
    values[:, 15] = -5  # what speaks against the output is not counted
    found = Maps(codes, values.astype(np.float32), np.zeros(2), np.zeros(2))
    positions, speaks = maps.inside(found, of_each)
    assert positions == pytest.approx(10 / 32)
    assert speaks == pytest.approx(sum(range(2, 12)) / (2 * sum(range(15))))
    assert maps.inside(Maps(codes, 0 * values, np.zeros(2), np.zeros(2)), of_each)[1] == 0


def test_sites_are_cut_where_the_drawing_ends():
    sites = [[(5, 15, "a"), (40, 50, "b")], [(0, 10, "c")]]
    assert attribution_logos.shifted(sites, np.array([10, 20]), 35) == [[(0, 5, "a"), (30, 35, "b")], []]


AP1 = Motif("MA1", "AP1", pfm_of(SITE), 20)


def made(*pfms):
    """What TF-MoDISco is said to have made."""
    named = [Motif(f"pattern{i}", consensus(pfm), pfm, 50) for i, pfm in enumerate(pfms, start=1)]
    return [*(Pattern(motif, positive=True) for motif in named), Pattern(named[0], positive=False)]


def motifs(monkeypatch, patterns, data, targets):
    monkeypatch.setattr(modisco, "patterns", lambda *_: patterns)
    return maps.motifs([(output(), None)], data, targets, 0.1)


def test_motifs_of_maps_have_evidence_or_not(monkeypatch):
    other = Motif("motif9", "none", pfm_of("CCCCGGGGGG"), 20)
    random = RNG.dirichlet([0.3] * 4, 10)
    identified = motifs(monkeypatch, made(random, pfm_of(SITE)), dataset(), [AP1, other])
    groups, weighed = identified.groups, identified.weighed
    assert [group.motif.id for group in groups] == ["map1", "map2"]
    assert groups[0].motif.name == SITE
    assert weighed["evidence"].tolist() == [True, False]
    same = Motif("motif4", "theirs", pfm_of(SITE), 20)
    table = maps.table(identified, [other, same], norc=False)
    assert table["in_filters"].tolist()[0] == "motif4"
    assert table["best_match_name"].tolist()[0] == "AP1"
    assert table["patterns"].tolist() == [1, 1]
    assert maps.missed(groups, [other, same], norc=False) == ["motif9"]
    names = pd.Series({"map1": "AP1", "motif9": "odd"})
    assert maps.in_words(table, names, ["motif9"]) == (
        "One motif of the maps has evidence on the test set; the filters hold 1 of these; in the filters alone: odd."
    )
    new = table.assign(in_filters="")
    assert "in the maps alone: AP1" in maps.in_words(new, names, [])


def test_of_noise_no_motif_has_evidence(monkeypatch):
    """Patterns at random, and one that is in positives and negatives alike."""
    random = [RNG.dirichlet([0.3] * 4, 12) for _ in range(5)]
    identified = motifs(monkeypatch, made(pfm_of(SITE), *random), dataset(share=0), [AP1])
    assert not identified.weighed["evidence"].any()
    table = maps.table(identified, [], norc=False)
    assert maps.in_words(table, pd.Series(dtype=str), []) == "No motif of the maps has evidence on the test set."


def test_without_a_pattern_there_is_an_empty_table(monkeypatch):
    table = maps.table(motifs(monkeypatch, [], dataset(), [AP1]), [], norc=False)
    assert len(table) == 0
    assert {"motif", "evidence", "in_filters"} <= set(table)
    assert maps.in_words(table, pd.Series(dtype=str), []).startswith("No motif")


def test_outputs_of_somebody_s_networks_each_for_the_class_it_tells_best(tmp_path):
    others.convolutional(length=LENGTH).save(tmp_path / "one.keras")
    opened = {name: open_network(tmp_path / "one.keras") for name in ("a", "b")}
    data = dataset()
    scores = [foreign.scores(of, net.outputs, foreign.predict(net, data.X["test"]), data) for of, net in opened.items()]
    (first, second) = maps.of_foreign(opened, pd.concat(scores, ignore_index=True), data)
    assert (first.network.architecture, second.network.architecture) == ("a", "b")
    assert (first.of_class, first.column) in {("bound", 0), ("", None)}  # it looks for other words
    found = first.maps(data.X["test"][:2])
    assert np.allclose(found.outputs, first.outputs[:2], atol=1e-6)
    assert maps.of_foreign(opened, pd.DataFrame(columns=foreign.COLUMNS), data) == []


def test_the_best_outputs_come_first_and_one_that_says_the_opposite_has_no_class():
    rows = [("a", "x", 0.2), ("a", "y", 0.9), ("a", "z", np.nan), ("b", "x", 0.7), ("b", "y", 0.6)]
    scores = pd.DataFrame(
        [(*row[:2], "bound", 0.5, row[2]) for row in rows], columns=[*foreign.COLUMNS, "aupr", "auroc"]
    )
    ordered = foreign.outputs_by_score(scores)
    assert list(zip(ordered["network"], ordered["output"], strict=True)) == [
        ("a", "y"),
        ("b", "x"),
        ("a", "x"),
        ("b", "y"),
        ("a", "z"),
    ]
    assert ordered["tells"].tolist() == [True, True, False, True, False]
    against = maps.Output(Network("own", "a", "relu"), "a, output x", "", None, np.arange(200.0), None)
    assert maps.drawn(against, dataset())[0].tolist() == [199, 198, 99, 100]  # of all sequences
    assert against.subject == "a, output x, which tells no class"


def test_two_outputs_of_a_network_for_one_class_keep_their_motifs(monkeypatch):
    of_output = {"y": made(pfm_of(SITE)), "z": made(pfm_of("CCGGAAGTGC"))}
    monkeypatch.setattr(modisco, "patterns", lambda found, _: of_output[found])
    found = maps.motifs([(output(number=number), number) for number in "yz"], dataset(), [AP1], 0.1)
    assert {group.motif.name for group in found.groups} == {SITE, "CCGGAAGTGC"}


def test_how_far_maps_can_be_trusted_is_what_was_published(monkeypatch):
    published = maps.attributions.published()
    assert "ReLU and exponential networks" in maps.trust()
    rows = [("relu", "mutagenesis", "logit", 0.8), ("exponential", "mutagenesis", "logit", 0.95)]
    rows += [
        ("tanh", "mutagenesis", "logit", 0.5),
        ("relu", "saliency", "logit", 0.6),
        ("relu", "mutagenesis", "probability", 0.7),
    ]
    shown = pd.DataFrame(rows, columns=["activation", "method", "target", "auroc_mean"])
    assert set(shown) <= set(published)
    monkeypatch.setattr(maps.attributions, "published", lambda: shown)
    monkeypatch.setattr(maps.map_baselines, "published", lambda: None)
    assert "auROC of 0.80 to 0.95, where chance gives 0.50:" in maps.trust()
    baselines = pd.DataFrame({"baseline": ["constant", "GC content within 10 nt"], "auroc": [0.5, 0.64]})
    monkeypatch.setattr(maps.map_baselines, "published", lambda: baselines)
    assert "where GC content within 10 nt gives 0.64 without a trained network:" in maps.trust()
    monkeypatch.setattr(maps.map_baselines, "published", lambda: None)
    monkeypatch.setattr(maps.attributions, "published", lambda: None)  # as in a book of another run
    assert "where chance gives 0.50 (Koo & Ploenzke 2021)" in maps.trust()


def test_maps_of_both_strands_are_the_mean_of_those_of_each():
    """A linear network of weights w: a base is worth what it, and its complement at the mirrored place, add, halved."""
    weights = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    x = keras.Input((20, 4))
    dense = keras.layers.Dense(1)
    model = keras.Model(x, dense(keras.layers.Flatten()(x)))
    dense.set_weights([weights.reshape(-1, 1), np.zeros(1)])
    codes = np.random.default_rng(1).integers(0, 4, (3, 20), dtype=np.int8)
    found = maps._attributed(model, 0, True, "both")(codes)
    both = (weights + weights[::-1, ::-1]) / 2
    np.testing.assert_allclose(found.values, np.tile(both - both.mean(axis=1, keepdims=True), (3, 1, 1)), atol=1e-5)
    given = maps._attributed(model, 0, True, "single")(codes)
    alone = np.tile(weights - weights.mean(axis=1, keepdims=True), (3, 1, 1))
    np.testing.assert_allclose(given.values, alone, atol=1e-5)
    assert found.off.max() < 1e-3
