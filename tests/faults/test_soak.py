"""Random kills."""

import soak


def test_random_kills(tables, tmp_path):
    """A short one of `make soak`, whose 200 runs are on the book's page: killed twice in its first 20 seconds."""
    result = soak.soak(tmp_path, runs=1, seed=8, known=(tables, 20))
    assert result["kills"] == {"0": 2}
    assert result["different"] == []
