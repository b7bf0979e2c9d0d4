"""Faults, injected into a run of the tiny graph: the same command goes on, and ends with the same tables."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
import soak
from faults import record
from harm import NETWORK, Graph, flip, kill_all, said

from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Run

REFUSED = "another run works here .*"


def untrained(graph):
    graph.forget("models", "checkpoints", "table1.csv")


def test_a_notebook_is_killed_and_others_want_to_run_meanwhile(graph, tables):
    """Its kernel, by the kernel's out-of-memory killer for instance: the step is tried again."""
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training").kill()
    others = {program: graph.start(program=program) for program in ("expact", "snakemake")}
    refused = {program: other.communicate()[0] for program, other in others.items()}
    assert process.poll() is None
    assert all(other.returncode for other in others.values())
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    sentence = said(r"error: notebooks/02_training.ipynb failed: .*", output, graph.folder)
    assert graph.tables() == tables
    record(
        "A notebook's process is killed (kill -9, out of memory)",
        f"“{sentence}” The second try ended it; same tables",
    )
    for program, which in {"expact": "`expact run` twice", "snakemake": "`snakemake` beside `expact run`"}.items():
        were_two(which, said(REFUSED, refused[program], graph.folder))


def test_expact_run_beside_snakemake(graph, tables):
    graph.forget("tomtom", "table1.csv")
    process = graph.start(program="snakemake")
    graph.wait_for("04_tomtom")
    output = graph.output(fails=True)
    assert process.poll() is None
    were_two("`expact run` beside `snakemake`", said(REFUSED, output, graph.folder))
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    assert graph.tables() == tables


def were_two(which: str, sentence: str) -> None:
    record(
        f"Two runs are started in one folder: {which}",
        f"The second: “{sentence}” The first ended well; same tables",
    )


def test_the_workflow_engine_is_killed(graph, tables):
    """Snakemake and `expact` die; the notebook that they started goes on, and the next run works beside it."""
    untrained(graph)
    process = graph.start()
    kernel = graph.wait_for("02_training")
    for one in (*kernel.parents(), process):
        if one.pid == process.pid or "snakemake" in " ".join(getattr(one, "cmdline", list)()):
            one.kill()
    process.stdout.close()
    assert kernel.is_running()
    graph.output()
    assert graph.tables() == tables
    assert graph.unsound() == []
    record("Snakemake is killed (kill -9); the notebook that it started works on", "Same tables")


def test_the_command_is_killed(graph, tables):
    """`expact` alone: its Snakemake works on, and holds the lock."""
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training")
    (snakemake,) = [child for child in psutil.Process(process.pid).children() if "snakemake" in child.cmdline()]
    process.kill()
    output = graph.output(fails=True)
    sentence = said(REFUSED, output, graph.folder)
    assert snakemake.is_running()
    process.communicate()  # until Snakemake closes what it shares with `expact`
    psutil.wait_procs([snakemake], timeout=60)
    output = graph.output()
    assert "Nothing to be done" in output
    assert graph.tables() == tables
    record(
        "`expact run` is killed (kill -9); its Snakemake works on",
        f"The second run: “{sentence}” The first one's Snakemake ended it; the next found nothing to do; same tables",
    )


def test_a_power_cut(graph, tables):
    """Of a run by `snakemake`, whose own lock outlives it; `expact run` goes on with it all the same."""
    untrained(graph)
    process = graph.start(program="snakemake")
    graph.wait_for("02_training")
    time.sleep(3)
    kill_all(process)
    assert any((graph.folder / ".snakemake" / "locks").iterdir())
    graph.output()
    assert graph.tables() == tables
    record("Everything is killed at once (a power cut)", "Same tables")


def test_ctrl_c(graph, tables):
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training")
    pressed = time.monotonic()
    os.killpg(process.pid, 2)
    process.communicate(timeout=60)
    took = time.monotonic() - pressed
    assert process.returncode != 0
    assert took < 20
    graph.output()
    assert graph.tables() == tables
    record("Ctrl-C", f"It stopped after {took:.0f} s; same tables")


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
    untrained(graph)
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


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 40 MB in memory, to fill and to lock, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_the_disk_is_full(tables, tmp_path, small_disk):
    """From the start, and then once the first files are written."""
    graph = Graph.new(tmp_path / "project")
    (graph.folder / "runs").symlink_to(small_disk)
    filler = small_disk / "filler"
    for left in (0, 500_000):
        with filler.open("wb") as file:
            file.write(bytes(40 * 2**20 - left - 200_000))
        output = graph.output(fails=True)
        sentence = said(r"cannot write .*No space left on device.*", output, graph.folder)
        assert "Traceback" not in output
        assert not (graph.run.folder / "table1.csv").exists()
        assert graph.unsound() == []
        filler.unlink()
    graph.output()
    assert graph.tables() == tables
    record("The disk is full", f"“{sentence}” No file half-written; same tables")


def test_the_folder_is_read_only(tables, tmp_path, small_disk):
    """Where the lock is written, and then where the first step writes."""
    graph = Graph.new(tmp_path / "project")
    (small_disk / "test.lock").touch()
    runs = graph.folder / "runs"
    runs.symlink_to(small_disk)
    sentences = {"The disk with all runs": refused_to_write(graph, small_disk)}
    runs.unlink()
    runs.mkdir()
    graph.run.folder.symlink_to(small_disk)
    sentences["The run's own folder"] = refused_to_write(graph, small_disk)
    graph.output()
    assert graph.tables() == tables
    for locked, sentence in sentences.items():
        record(f"{locked} is read-only", f"“{sentence}” Same tables")


def refused_to_write(graph: Graph, disk) -> str:
    """What a run says that may not write to a disk; then it may."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    output = graph.output(fails=True)
    assert "Traceback" not in output
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    return said(".*cannot write .*Read-only file system.*", output, graph.folder)


def test_random_kills(tables, tmp_path):
    """A short one of `make soak`, whose 200 runs are on the book's page: killed twice in its first 20 seconds."""
    result = soak.soak(tmp_path, runs=1, seed=8, known=(tables, 20))
    assert result["kills"] == {"0": 2}
    assert result["different"] == []
