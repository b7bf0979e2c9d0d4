"""What a training left is taken up, or cannot be read: what is made again, and what the report keeps."""

import pytest
from harm import NETWORK
from support import from_elsewhere, snakemake

PAGE = "runs/test/notebooks/02_training/synthetic/cnn-50_exponential_0.ipynb"


def test_a_finished_training_is_taken_up_when_only_its_page_is_made_again(graph):
    """Missing, as with trainings that were brought back from another machine; or showing titles that are no more."""
    page, files = graph.folder / PAGE, (graph.run.history(NETWORK), graph.run.model(NETWORK))
    trained = [path.read_bytes() for path in files]
    page.unlink()
    snakemake(graph.folder, PAGE)
    assert "CNN-50, exponential" in page.read_text()
    assert [path.read_bytes() for path in files] == trained
    registry = graph.folder / "expact_utils" / "run" / "names.py"
    registry.write_text(registry.read_text().replace('"CNN-50"', '"CNN-fifty"'))
    snakemake(graph.folder, PAGE)
    assert "CNN-fifty, exponential" in page.read_text()
    assert [path.read_bytes() for path in files] == trained
    assert "Nothing to be done" in snakemake(graph.folder, PAGE, "--dry-run")


def test_a_failed_notebook_reaches_no_page(graph):
    """Break the dataset file: a training fails, its page is gone, the table stays, the log keeps the sentence."""
    rules = graph.folder / "Snakefile"
    rules.write_text(rules.read_text().replace("retries: 1", "retries: 0"))  # a log is the last attempt's
    data, table = graph.run.data("synthetic"), graph.run.folder / "table1.csv"
    whole, written = data.rename(data.with_suffix(".whole")), table.stat().st_mtime_ns
    page, log = graph.folder / PAGE, graph.folder / PAGE.replace("/notebooks/", "/logs/")
    from_elsewhere(data).write_bytes(whole.read_bytes()[:1000])
    with pytest.raises(AssertionError, match="is not a readable HDF5 file, perhaps cut short"):
        snakemake(graph.folder, PAGE)
    assert not page.exists()
    assert table.stat().st_mtime_ns == written
    assert "is not a readable HDF5 file" in log.read_text()
    whole.replace(data)
    snakemake(graph.folder, PAGE)
    assert page.exists()
