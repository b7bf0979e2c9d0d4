"""A run such as config/part2.yaml, tiny, by the graph: maps, activations and deeper layers, killed midway."""

import pytest
import yaml
from harm import Graph, kill_all

from expact_utils.run.paths import ROOT

LABELS = ["relu", "exponential", "exponential+exponential"]
TINY = {
    "architectures": ["cnn-local"],
    "trials": 1,
    "epochs": 1,
    "sequences": 400,
    "maps": "drawn",
    "also": [{"datasets": ["regulatory-code"], "architectures": ["cnn-local"], "activations": LABELS, "trials": 1}],
}


@pytest.fixture
def part2(tmp_path) -> Graph:
    """config/part2.yaml cut down, in the place of config/test.yaml."""
    graph = Graph.new(tmp_path / "project")
    settings = yaml.safe_load((ROOT / "config" / "part2.yaml").read_text()) | TINY | {"name": "test"}
    (graph.folder / "config" / "test.yaml").write_text(yaml.safe_dump(settings))
    return graph


def test_part_two_goes_on_where_it_was_killed_and_ends_whole(part2):
    """Killed while maps are made, it keeps what was trained, and the same command makes all tables."""
    process = part2.start(program="pages")
    part2.wait_for("03_maps")
    kill_all(process)
    trained = {path: path.stat().st_mtime_ns for path in (part2.run.folder / "models").rglob("*.keras")}
    part2.output(program="pages")
    assert trained
    assert all(path.stat().st_mtime_ns == time for path, time in trained.items())
    assert len(list((part2.run.folder / "maps").rglob("*.h5"))) == 5 * len(LABELS)  # methods
    for name in ("attribution.csv", "map_claims.csv", "activations.csv", "shapes.csv", "deeper.csv"):
        assert (part2.run.folder / name).is_file(), name
    assert "Nothing to be done" in part2.output(program="pages")
