"""Evidence for planted motifs, and none in noise."""

import numpy as np
import pandas as pd
import pytest
from support import encode

from expact_utils.data.datasets import Dataset
from expact_utils.dna.letters import reverse_complement as other_strand
from expact_utils.dna.pfm import Motif, reverse_complement
from expact_utils.motifs import evidence
from expact_utils.motifs.clusters import Cluster
from expact_utils.motifs.identified import identify
from expact_utils.motifs.scanning import best_sites, narrowed

SITE = "TGACTCATGC"


def pfm_of(text, sure=0.94):
    return np.full((len(text), 4), (1 - sure) / 3) + (sure - (1 - sure) / 3) * np.eye(4)[encode(text)]


def found(*texts):
    """Clusters, each of one filter."""
    pfms = [pfm_of(text) if isinstance(text, str) else text for text in texts]
    member = ("own", "cnn-50", "exponential", 0)
    return [
        Cluster(Motif(f"motif{i}", f"motif{i}", pfm, 100), [(*member, f"filter{i}", 0, "+")])
        for i, pfm in enumerate(pfms, start=1)
    ]


def dataset(seed=0, share=0.0, others=0.0, length=100, bases=(0.25,) * 4, of_others=(0.25,) * 4, number=400, at=None):
    """Random sequences, half of them positive; so many of these, and of the others, with a site on either strand."""
    rng, X, Y = np.random.default_rng(seed), {}, {}
    for split, n in (("train", 20), ("valid", number // 2), ("test", number)):
        codes = np.concatenate([rng.choice(4, (n // 2, length), p=of) for of in (bases, of_others)]).astype(np.int8)
        for row, probability in enumerate(np.repeat([share, others], n // 2)):
            if rng.random() < probability:
                start = rng.integers(0, length - len(SITE)) if at is None else at
                codes[row, start : start + len(SITE)] = encode(SITE)
                if rng.random() < 0.5:
                    codes[row] = other_strand(codes[row])
        X[split], Y[split] = codes, np.repeat([[1], [0]], n // 2, axis=0).astype(np.int8)
    return Dataset(X, Y, ["bound"], "test", 0)


def test_best_sites_by_hand():
    codes = np.stack([encode(text) for text in ("AATGACTCATGCAA", "TTGCATGAGTCATT", "NNNNNNNNNNNNNN")])
    scores, starts, reverse = (of[:, 0] for of in best_sites(codes, pfm_of(SITE)[None]))
    assert starts[:2].tolist() == [2, 2]
    assert reverse[:2].tolist() == [False, True]
    expected = 10 * np.log2((0.94 + 0.01) / 1.04 / 0.25)
    np.testing.assert_allclose(scores[:2], expected, rtol=1e-5)
    assert scores[2] == -100
    alone = best_sites(codes, pfm_of(SITE)[None], norc=True).of(0)
    assert alone.scores[0] == pytest.approx(expected)
    assert alone.scores[1] < 0


def test_a_motif_wider_than_the_sequences():
    """Of 50 columns, 15 count in a sequence of 20, the site's ten among them."""
    flat = np.full((20, 4), 0.25)
    pfm = narrowed(np.concatenate([flat, pfm_of(SITE), flat]), 20)
    assert len(pfm) == 15
    scores = best_sites(encode("ACGTA" + SITE + "ACGTA")[None], pfm[None]).scores
    assert scores[0, 0] == pytest.approx(10 * np.log2((0.94 + 0.01) / 1.04 / 0.25), rel=1e-5)


def test_a_planted_motif_has_evidence_with_the_shares_that_were_planted():
    clusters, table = evidence.weigh(found("CCCCCCCCCC", SITE), dataset(share=0.6, others=0.1, at=70))
    assert [one.motif.id for one in clusters] == table.index.tolist() == ["motif1", "motif2"]
    np.testing.assert_array_equal(clusters[0].motif.pfm, pfm_of(SITE))
    first, second = (table.loc[name] for name in table.index)
    assert (first["evidence"], second["evidence"]) == (True, False)
    assert first["class"] == "bound"
    assert first["positives_with_site"] == pytest.approx(0.6, abs=0.1)
    assert first["negatives_with_site"] == pytest.approx(0.1, abs=0.07)
    assert first["odds_ratio"] == pytest.approx(0.6 / 0.4 / (0.1 / 0.9), rel=0.6)
    assert first["auroc"] > 0.7
    assert first["position_p"] < 1e-6
    assert second["p_corrected"] > 0.01


def test_sites_anywhere_have_no_position():
    _, table = evidence.weigh(found(SITE), dataset(share=0.9))
    assert table["evidence"].all()
    assert table["position_p"].iloc[0] > 1e-3


def test_a_rare_motif_has_evidence_though_it_hardly_changes_the_auroc():
    _, table = evidence.weigh(found(SITE), dataset(share=0.12, number=1000))
    assert table["evidence"].all()
    assert table["auroc"].iloc[0] < 0.65


def test_a_motif_that_the_others_have_marks_them():
    _, table = evidence.weigh(found(SITE), dataset(others=0.7))
    row = table.iloc[0]
    assert row["evidence"]
    assert row["odds_ratio"] < 0.5
    assert row["auroc"] < 0.3
    assert row["negatives_with_site"] > row["positives_with_site"] + 0.4


def test_a_motif_and_its_reverse_complement_and_a_part_of_it_are_one():
    part = np.concatenate([pfm_of(SITE)[1:], np.full((3, 4), 0.25)])
    _, table = evidence.weigh(found(part, SITE, reverse_complement(pfm_of(SITE))), dataset(share=0.8))
    assert table["evidence"].tolist() == [True, False, False]
    assert table["same_as"].tolist() == ["", "motif1", "motif1"]


def test_two_motifs_of_one_class_are_two():
    data, rng = dataset(share=0.8), np.random.default_rng(1)
    for split, codes in data.X.items():
        for row in np.flatnonzero(data.Y[split][:, 0]):
            if rng.random() < 0.8:
                codes[row, 5:13] = encode("GGCCAATC")
    _, table = evidence.weigh(found(SITE, "GGCCAATC"), data)
    assert table["evidence"].all()
    assert (table["same_as"] == "").all()
    _, of_one_name = evidence.weigh(found(SITE, "GGCCAATC"), data, matched=["CTCF", "CTCF"])
    assert of_one_name["same_as"].tolist() == ["", "motif1"]
    _, of_two = evidence.weigh(found(SITE, "GGCCAATC"), data, matched=["", ""])
    assert of_two["evidence"].all()


def test_two_parts_of_a_long_matrix_are_one_motif_and_the_matches_follow_the_new_order():
    """The second to come in tells the classes apart better, and becomes the first; the third is like no matrix.

    Of two matrices one is the best match of anything: that alone does not make two motifs one.
    """
    data, rng, long = dataset(share=0.9), np.random.default_rng(1), Motif("MA1", "Long", pfm_of(SITE + "GGCCAATC"), 20)
    for split, codes in data.X.items():
        for row in np.flatnonzero(data.Y[split][:, 0]):
            if rng.random() < 0.7:
                codes[row, 5:13] = encode("GGCCAATC")
    parts = found("GGCCAATC", SITE, "CATATATTACTA")
    identified = identify(parts, data, [long, Motif("MA2", "other", pfm_of("CCCCGGGGCC"), 20)], 0.1)
    assert [one.motif.name for one in identified.groups[:2]] == ["motif2", "motif1"]
    assert identified.matches["Query_ID"].drop_duplicates().tolist() == ["motif1", "motif2", "motif3"]
    table = identified.table(pd.Series({"motif1": 0.2}))
    assert table["best_match_name"].tolist()[:2] == ["Long", "Long"]
    assert table["evidence"].tolist() == [True, False, False]
    assert table["same_as"].tolist()[:2] == ["", "motif1"]
    assert table["silenced_drop"].tolist()[0] == 0.2
    unlike = identify(parts, data, [Motif("MA2", "other", pfm_of("CCCCGGGGCC"), 20)], 1.0).table()
    assert unlike["best_match_name"].tolist() == ["other"] * 3
    assert unlike["evidence"].tolist() == [True, True, False]


def test_a_motif_that_composition_favours_comes_after_one_that_it_does_not():
    """Alone the GC-rich one has the higher auROC, as one class is rich in GC; but so have its shuffled versions."""
    data, rng = dataset(share=0.6, bases=(0.18, 0.32, 0.32, 0.18), number=1000), np.random.default_rng(1)
    for split, codes in data.X.items():
        for row in np.flatnonzero(data.Y[split][:, 0]):
            if rng.random() < 0.4:
                codes[row, 5:15] = encode("GGCGCCGGAC")
    _, table = evidence.weigh(found("GGCGCCGGAC", SITE), data)
    assert table["evidence"].all()
    site, rich = (table.loc[name] for name in table.index)
    assert rich["auroc"] > site["auroc"]
    assert rich["shuffled_auroc"] > 0.6 > site["shuffled_auroc"]


def test_a_motif_that_adds_nothing_to_a_better_one_is_a_variant_of_it():
    """Its letters are half of the other's, far apart: it has sites of its own as well, but tells no more."""
    weak = pfm_of(SITE)
    weak[[1, 3, 5, 7, 8]] = 0.25
    _, table = evidence.weigh(found(weak, SITE), dataset(share=0.9, number=1000))
    assert table["p_corrected"].max() < 1e-6
    assert table["evidence"].tolist() == [True, False]
    assert table["same_as"].tolist() == ["", "motif1"]


def random_motifs(seed, number=4):
    rng = np.random.default_rng(seed)
    return [pfm_of("".join(rng.choice(list("ACGT"), 8))) for _ in range(number)]


def test_noise_has_no_evidence():
    """At most one motif in 20 runs of four motifs, of random sequences."""
    listed = [evidence.weigh(found(*random_motifs(seed)), dataset(seed))[1]["evidence"].sum() for seed in range(20)]
    assert sum(listed) <= 1


def test_windows_of_one_region_are_counted_once():
    """20 regions of each class, ten windows of each: a motif in most of one class's regions by chance is no evidence."""
    rng, (regions, windows) = np.random.default_rng(0), (20, 10)
    data = dataset(number=2 * regions * windows)
    for split in ("valid", "test"):
        wide = rng.integers(0, 4, (2 * regions, 120), dtype=np.int8)
        for row in (*range(regions // 2), regions):  # ten regions of the first class, and one of the other
            wide[row, 50 : 50 + len(SITE)] = encode(SITE)
        places = [(row, 2 * i) for row in range(2 * regions) for i in range(windows)]
        data.X[split] = np.stack([wide[row, start : start + 100] for row, start in places])
        data.Y[split] = np.repeat([[1], [0]], regions * windows, axis=0).astype(np.int8)
        data.names[split] = [f"chr1:{1000 * row + start}-{1000 * row + start + 100}" for row, start in places]
    _, table = evidence.weigh(found(SITE), data)
    assert table["p_corrected"].iloc[0] > 1e-4  # 10 of 20 against 1 of 20, and not 100 of 200 against 10


def test_classes_that_differ_in_gc_content_alone_have_no_evidence():
    rich, listed = (0.18, 0.32, 0.32, 0.18), []
    for seed in range(5):
        data = dataset(seed, bases=rich)
        assert evidence.weigh(found("GCGGCGCCGC"), data)[1]["p_corrected"].iloc[0] < 0.01
        listed.append(evidence.weigh(found("GCGGCGCCGC", *random_motifs(seed)), data)[1]["evidence"].sum())
    assert sum(listed) <= 1


def test_a_motif_of_few_sequences_is_seen_though_their_class_is_poor_in_its_bases():
    """Most of the other class, rich in AT, are a little like an AT-rich motif, but none of these is a site of it."""
    data = dataset(bases=(0.18, 0.32, 0.32, 0.18), of_others=(0.3, 0.2, 0.2, 0.3), number=600)
    site, rng = "TTCCATATATGGTAAT", np.random.default_rng(3)
    for split, codes in data.X.items():
        for row in np.flatnonzero((data.Y[split][:, 0] == 1) & (rng.random(len(codes)) < 0.12)):
            codes[row, 40 : 40 + len(site)] = encode(site)
    (motif,) = evidence.weigh(found(pfm_of(site, 0.8)), data)[1].to_dict("records")
    assert motif["evidence"]
    assert motif["odds_ratio"] > 5


def test_of_several_classes_a_motif_marks_the_one_that_has_it():
    data = dataset(share=0.8)
    for split, labels in data.Y.items():
        data.Y[split] = np.concatenate([1 - labels, labels], axis=1)
    data.class_names[:] = ["free", "bound"]
    _, table = evidence.weigh(found(SITE), data)
    assert table["class"].tolist() == ["bound"]
    assert table["evidence"].all()


def test_no_motif_at_all():
    clusters, table = evidence.weigh([], dataset())
    assert clusters == []
    assert table.columns.tolist() == evidence.COLUMNS
    assert table.empty
    assert table[table["evidence"]].columns.tolist() == evidence.COLUMNS  # as on the motifs page


def test_the_same_seed_gives_the_same_table():
    tables = [evidence.weigh(found(SITE, *random_motifs(3, 2)), dataset(share=0.5))[1] for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


def test_of_numbers_the_upper_half_is_a_class_and_missing_labels_do_not_count():
    data = dataset(share=0.6)
    of_classes = evidence.weigh(found(SITE), data)[1].iloc[0]
    data.Y = {split: (2.5 * Y - 7).astype(np.float32) for split, Y in data.Y.items()}
    row = evidence.weigh(found(SITE), data)[1].iloc[0]
    assert row["class"] == "upper half of bound"
    pd.testing.assert_series_equal(row.drop("class"), of_classes.drop("class"), check_names=False)
    lacking = np.random.default_rng(0).random(data.Y["test"].shape) < 0.5
    data.Y["test"] = np.where(lacking, np.nan, data.Y["test"])
    with_half = evidence.weigh(found(SITE), data)[1].iloc[0]
    assert with_half["evidence"]
    assert row["p_corrected"] < with_half["p_corrected"]  # of half as many sequences
    assert with_half["positives_with_site"] == pytest.approx(row["positives_with_site"], abs=0.1)


def test_a_class_without_any_label_has_no_evidence():
    data = dataset(share=0.6)
    data.Y["valid"][:] = -1
    row = evidence.weigh(found(SITE), data)[1].iloc[0]
    assert not row["evidence"]
    assert row["positives_with_site"] == 0


def test_versions_of_a_motif_with_other_ends_are_one(monkeypatch):
    """Two bases of ten are others; wherever their sites are, and whatever each tells, it is one motif."""
    data, rng, version = dataset(share=0.8), np.random.default_rng(1), "C" + SITE[1:9] + "A"
    monkeypatch.setattr(evidence, "_twin", lambda *_: None)
    random = [rng.dirichlet([0.3] * 4, 10) for _ in range(20)]
    _, table = evidence.weigh(found(SITE, version, *random), data)
    assert table["evidence"].tolist()[:2] == [True, False]
    assert (table["same_as"] == "motif1").sum() == 1
    monkeypatch.setattr(evidence, "alike", lambda _, few, norc: {i: set() for i in few})
    _, table = evidence.weigh(found(SITE, version, *random), data)
    assert table["evidence"].sum() == 2
