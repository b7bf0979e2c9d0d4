"""What `expact init` suggests."""

import pytest

from expact_utils import suggestion


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([23, 23], 23), ([101, 101], 101), ([249, 249], 249), ([15, 15], 20), ([96, 104, 118], 100), ([3000, 3000], 2000)],
)
def test_the_usual_length(monkeypatch, lengths, expected):
    """That of the sequences where they have one; else the median in steps of 10."""
    monkeypatch.setattr(suggestion.own, "lengths", lambda settings: suggestion.np.array(lengths))
    assert suggestion.usual_length({}) == expected


def test_summits_of_one_nucleotide_get_windows(monkeypatch):
    monkeypatch.setattr(suggestion.own, "lengths", lambda settings: suggestion.np.array([1, 1]))
    assert suggestion.usual_length({"genome": "g.fa"}) == 200
