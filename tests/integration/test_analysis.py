"""The four lines of the tutorial, on small data."""

from expact_utils import analysis
from expact_utils.report.logos import logo_grid


def test_four_lines_from_data_to_motifs(tiny, tmp_path):
    found = analysis.learn(tiny, architectures=["cnn-50"], epochs=1, batch_size=10, run=str(tmp_path))
    assert list(found.table1["activation"]) == ["relu", "exponential"]
    assert set(found.table1["epochs"]) == {1}
    assert len(found.filters) == 2 * 30
    assert [group.motif.id for group in found.groups] == list(found.motifs["motif"])
    logos, labels = found.logos(3)
    assert len(logos) == len(labels) == min(3, len(found.groups))
    assert all(label.startswith(f"motif{i}: ") for i, label in enumerate(labels, start=1))
    logo_grid(logos, labels)
    logo_grid([], [])
    again = analysis.learn(tiny, architectures=["cnn-50"], epochs=1, batch_size=10, run=str(tmp_path))
    assert again.table1.equals(found.table1)


def test_filters_that_make_up_no_motif(tiny, tmp_path, monkeypatch):
    """As when every filter is dead: tables without a motif, and no logo."""
    monkeypatch.setattr(analysis.clusters, "cluster", lambda *_, **__: [])
    found = analysis.learn(tiny, ["cnn-50"], ["relu"], epochs=1, batch_size=10, run=str(tmp_path))
    assert (found.groups, len(found.motifs), found.logos()) == ([], 0, ([], []))
    assert "best_match_name" in found.motifs
