"""Files are damaged, cut short, or from the future: it is said, and the same command ends with the same tables."""

import os
import subprocess
import sys
import time
from contextlib import suppress

from faults import record
from harm import NETWORK, Graph, flip, said

from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Run

# The command that trains without notebooks, stopped by itself after its first checkpoint.
HALF_TRAINED = """
import runpy, sys
from expact_utils.networks import training
def stop(trials, save=training.save_checkpoint):
    save(trials)
    sys.exit()
training.CHECKPOINT_SECONDS, training.save_checkpoint = 0, stop
sys.argv = ["training", "runs/test/config.json"]
runpy.run_module("expact_utils.training", run_name="__main__")
"""


def add_checkpoint(graph: Graph) -> None:
    """Leave a checkpoint after the first epoch, beside the network of the finished training."""
    whole = graph.folder / "models"
    (graph.run.folder / "models").rename(whole)
    subprocess.run([sys.executable, "-c", HALF_TRAINED], cwd=graph.folder, env=graph.environment, check=True)
    graph.forget("models")
    whole.rename(graph.run.folder / "models")


def files_between(run: Run) -> dict:
    return {
        "sequences (HDF5)": run.data("synthetic"),
        "network (Keras)": run.model(NETWORK),
        "history (JSON)": run.history(NETWORK),
        "checkpoint (HDF5)": run.checkpoint(NETWORK),
        "PFMs (MEME)": run.meme(NETWORK),
        "filters (HDF5)": run.filters(NETWORK),
        "matches (TSV)": run.matches(NETWORK),
        "Table 1 (CSV)": run.folder / "table1.csv",
        "executed notebook": run.folder / "notebooks" / "03_filters" / f"{NETWORK.file}.ipynb",
        "settings (JSON)": run.config,
        "figure (PNG)": run.figures / "synthetic_at_a_glance.png",
    }


def test_a_bit_flips_in_each_kind_of_file(graph, tables):
    add_checkpoint(graph)
    files = files_between(graph.run)
    before = {kind: path.read_bytes() for kind, path in files.items()}
    for path in files.values():
        flip(path)
    output = graph.output()
    assert "going on after epoch" not in output
    assert graph.tables() == tables
    for kind, path in files.items():
        name = path.relative_to(graph.folder)
        sentence = said(f"warning: {name} is not as it was written; .*", output, graph.folder)
        assert path.with_name(f"{path.name}.damaged").is_file()
        if kind == "checkpoint (HDF5)":
            assert not path.exists()
        elif kind not in ("executed notebook", "history (JSON)", "network (Keras)"):  # those hold times
            assert path.read_bytes() == before[kind], kind
        record(f"A bit flips in a file: {kind}", f"“{sentence}” Same tables")


def test_a_bit_flips_while_the_graph_runs(graph, tables):
    """After the run looked its files through: the step that reads it says so, and nothing is made of it."""
    graph.forget("tomtom", "table1.csv")
    meme = graph.run.meme(NETWORK)
    whole = meme.read_bytes()
    flip(meme)
    page = graph.folder / "page.ipynb"
    step = ["-m", "expact_utils.report", "execute", "notebooks/04_tomtom.ipynb", "attempt.ipynb", page, "--parameters"]
    parameters = '{"run": "runs/test", "inputs": "runs/test", "architecture": "cnn-50", "activation": "exponential"}'
    command = [sys.executable, *step, parameters]
    done = subprocess.run(command, cwd=graph.folder, env=graph.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    sentence = said(r"error: notebooks/04_tomtom.ipynb failed: .*?again\.", done.stderr, graph.folder)
    assert "is not as it was written" in sentence
    assert not page.exists()
    assert not graph.run.matches(NETWORK).exists()
    graph.output()
    assert graph.tables() == tables
    assert meme.read_bytes() == whole
    record("A bit flips while the graph runs, before the step that reads the file", f"“{sentence}” Same tables")


def test_a_file_is_cut_short(graph, tables):
    """In its middle, or to nothing."""
    data = graph.run.data("synthetic")
    checksum_file(data).unlink()  # as of a copy that broke off, from elsewhere: what is left is read
    graph.forget("models", "filters", "tomtom", "table1.csv")
    for size in (0, data.stat().st_size // 2):
        whole = data.read_bytes()
        with data.open("r+b") as file:
            file.truncate(size)
        output = graph.output(fails=True)
        sentence = said(r"error: notebooks/02_training.ipynb failed: .*", output, graph.folder)
        assert not (graph.run.folder / "table1.csv").exists()
        data.write_bytes(whole)
    data.unlink()
    graph.output()
    assert graph.tables() == tables
    record("A file was copied from elsewhere and cut short", f"“{sentence}” Same tables")


def test_the_clock_jumps_back(graph, tables):
    """By an hour, while a network is trained: all that was written before, code too, is from the future."""
    graph.untrain()
    process = graph.start()
    graph.wait_for("02_training")
    for path in graph.folder.rglob("*"):
        with suppress(FileNotFoundError):  # a temporary one, of the run that works
            os.utime(path, (time.time(), path.stat().st_mtime + 3600))
    output, _ = process.communicate()
    said_first = ""
    if process.returncode:
        assert not (graph.run.folder / "table1.csv").exists()
        said_first = f"The run stopped: “{said('Output .* has older modification time .*', output, graph.folder)}” "
    else:
        assert graph.tables() == tables
    output = graph.output()
    sentence = said("warning: .* from the future .*", output, graph.folder)
    assert graph.tables() == tables
    assert "Nothing to be done" in graph.output()
    record(
        "The clock jumps back by an hour while a network is trained",
        f"{said_first}The same command: “{sentence}” Same tables; once more, it found nothing to do",
    )
