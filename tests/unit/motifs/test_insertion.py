"""Motifs put into random sequences: a network that looks for one word gains by it, and by no other."""

import numpy as np
from support import encode

from expact_utils.dna.pfm import Motif
from expact_utils.motifs import insertion

WORD = "TGACTCA"


def motif(text):
    return Motif(text.lower(), text, np.eye(4)[encode(text)], 20)


def has_word(x):
    """1 where the word stands in a sequence, else 0; and a number that knows nothing."""
    texts = ["".join("ACGT"[base] for base in row) for row in x.argmax(axis=-1)]
    return np.array([[float(WORD in text), 5.0] for text in texts], np.float32)


def test_a_site_is_put_at_the_centre_or_where_it_is_told():
    codes, rng = np.zeros((2, 11), np.int8), np.random.default_rng(0)
    assert insertion.planted(codes, motif(WORD).pfm, rng).tolist() == [encode("AATGACTCAAA").tolist()] * 2
    assert insertion.planted(codes, motif("GG").pfm, rng, start=0)[0].tolist() == encode("GGAAAAAAAAA").tolist()
    assert not codes.any()  # what was given is as it was


def test_what_a_word_adds_and_what_chance_does():
    codes = insertion.backgrounds(50, 40)
    motifs = [motif("CCCCCCC"), motif(WORD)]
    found = insertion.table(has_word, codes, motifs, ["word", "nothing"])
    assert list(found.columns) == insertion.COLUMNS
    gained = found.set_index(["motif", "output"])["gained"]
    assert gained["tgactca", "word"] == 1  # of 50 random sequences of 40 nt none has the word by chance
    assert gained["ccccccc", "word"] == 0
    assert (found.loc[found["output"] == "nothing", ["gained", "shuffled"]] == 0).all(axis=None)
    assert found["shuffled"].max() < 0.1
    assert insertion.best(found, 5)["motif"].tolist() == ["tgactca"]  # of an output that knows nothing, none
    assert found.equals(insertion.table(has_word, codes, motifs, ["word", "nothing"]))


def test_sites_are_drawn_from_the_pfm_and_wide_motifs_are_cut():
    half = Motif("half", "half", np.array([[0.5, 0, 0, 0.5]] * 4), 20)
    found = insertion.planted(np.ones((1000, 4), np.int8), half.pfm, np.random.default_rng(0))
    assert set(np.unique(found)) == {0, 3}
    assert 0.45 < (found == 3).mean() < 0.55
    wide = Motif("wide", "wide", np.full((60, 4), 0.25), 20)
    assert len(insertion.table(has_word, insertion.backgrounds(2, 40), [wide], ["word", "nothing"])) == 2
