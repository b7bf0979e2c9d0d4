"""Faults, injected into a run of the tiny graph: the same command goes on, and ends with the same tables."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import faults
import psutil
import pytest
import soak
from faults import record
from harm import NETWORK, Graph, flip, kill_all, said
from support import command

from expact_utils.run.files import checksum_file, read_json
from expact_utils.run.paths import Network, Run

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    graph = Graph(tmp_path_factory.mktemp("faults"))
    graph.output()
    return graph


@pytest.fixture(scope="module")
def tables(graph):
    return graph.tables()


def untrained(graph):
    graph.forget("models", "checkpoints", "table1.csv")


def test_a_notebook_is_killed(graph, tables):
    """Its kernel, by the kernel's out-of-memory killer for instance: the step is tried again."""
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training").kill()
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    sentence = said(r"error: notebooks/02_training.ipynb failed: .*", output, graph.folder)
    assert graph.tables() == tables
    record(
        "A notebook's process is killed (kill -9, out of memory)",
        f"“{sentence}” The second try ended it; same tables",
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
    sentence = said("another run works here .*", output, graph.folder)
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
    locks = graph.folder / ".snakemake" / "locks"
    assert any(locks.iterdir())
    graph.output()
    for left in locks.iterdir():
        left.unlink()
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


HALF_TRAINED = """
import sys
from expact_utils.networks import training
from expact_utils import training
def stop(trials, save=training.save_checkpoint):
    save(trials)
    sys.exit()
training.CHECKPOINT_SECONDS, training.save_checkpoint = 0, stop
sys.argv = ["training", "runs/test/config.json"]
training._command()
"""


def test_a_bit_flips_in_a_checkpoint(graph, tables):
    untrained(graph)
    subprocess.run([sys.executable, "-c", HALF_TRAINED], cwd=graph.folder, env=graph.environment, check=True)
    checkpoint = graph.run.checkpoint(Network(*NETWORK))
    flip(checkpoint)
    output = graph.output()
    sentence = said(rf"warning: {checkpoint.relative_to(graph.folder)} is not as .*", output, graph.folder)
    assert "going on after epoch" not in output
    assert checkpoint.with_name(f"{checkpoint.name}.damaged").is_file()
    assert graph.tables() == tables
    record("A bit flips in a file: checkpoint (HDF5)", f"“{sentence}” Same tables")


def files_between(run: Run) -> dict:
    return {
        "sequences (HDF5)": run.data("synthetic"),
        "network (Keras)": run.model(Network(*NETWORK)),
        "history (JSON)": run.history(Network(*NETWORK)),
        "PFMs (MEME)": run.meme(Network(*NETWORK)),
        "filters (HDF5)": run.filters(Network(*NETWORK)),
        "matches (TSV)": run.matches(Network(*NETWORK)),
        "Table 1 (CSV)": run.folder / "table1.csv",
        "executed notebook": run.folder / "notebooks" / "03_filters" / "synthetic" / f"{NETWORK[1]}_{NETWORK[2]}_0.ipynb",
        "settings (JSON)": run.config,
        "figure (PNG)": run.figures / "synthetic_at_a_glance.png",
    }  # fmt: skip


def test_a_bit_flips_in_each_kind_of_file(graph, tables):
    files = files_between(graph.run)
    before = {kind: path.read_bytes() for kind, path in files.items()}
    for path in files.values():
        flip(path)
    output = graph.output()
    assert graph.tables() == tables
    for kind, path in files.items():
        name = path.relative_to(graph.folder)
        sentence = said(f"warning: {name} is not as it was written; .*", output, graph.folder)
        assert path.with_name(f"{path.name}.damaged").is_file()
        if kind not in ("executed notebook", "history (JSON)", "network (Keras)"):  # those hold times
            assert path.read_bytes() == before[kind], kind
        record(f"A bit flips in a file: {kind}", f"“{sentence}” Same tables")


def test_a_bit_flips_while_the_graph_runs(graph, tables):
    """After the run looked its files through: the step that reads it says so, and nothing is made of it."""
    graph.forget("tomtom", "table1.csv")
    meme = graph.run.meme(Network(*NETWORK))
    whole = meme.read_bytes()
    flip(meme)
    attempt = graph.folder / "attempt.ipynb"
    page = graph.folder / "page.ipynb"
    parameters = '{"run": "runs/test", "inputs": "runs/test", "architecture": "cnn-50", "activation": "exponential"}'
    with pytest.raises(AssertionError, match="is not as it was written") as error:
        step = ["-m", "expact_utils.report", "execute", "notebooks/04_tomtom.ipynb", attempt, page]
        command("env", f"PYTHONPATH={graph.folder}", "python", *step, "--parameters", parameters, folder=graph.folder)
    sentence = said(r"error: notebooks/04_tomtom.ipynb failed: .*?again\.", str(error.value), graph.folder)
    assert not page.exists()
    assert not graph.run.matches(Network(*NETWORK)).exists()
    graph.output()
    assert graph.tables() == tables
    assert meme.read_bytes() == whole
    record("A bit flips while the graph runs, before the step that reads the file", f"“{sentence}” Same tables")


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_file_is_cut_short(graph, tables, share):
    data = graph.run.data("synthetic")
    with data.open("r+b") as file:
        file.truncate(int(share * data.stat().st_size))
    checksum_file(data).unlink()  # as of a copy that broke off, from elsewhere: what is left is read
    graph.forget("models", "filters", "tomtom", "table1.csv")
    output = graph.output(fails=True)
    sentence = said(r"error: notebooks/02_training.ipynb failed: .*", output, graph.folder)
    assert not (graph.run.folder / "table1.csv").exists()
    data.unlink()
    graph.output()
    assert graph.tables() == tables
    if share:
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


@pytest.mark.parametrize(("first", "second"), [("expact", "expact"), ("expact", "snakemake"), ("snakemake", "expact")])
def test_two_runs_in_one_folder(graph, tables, first, second):
    graph.forget("tomtom", "table1.csv")
    process = graph.start(program=first)
    graph.wait_for("04_tomtom")
    output = graph.output(fails=True, program=second)
    sentence = said("another run works here .*", output, graph.folder)
    assert process.poll() is None
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    assert graph.tables() == tables
    names = {"expact": "`expact run`", "snakemake": "`snakemake`"}
    which = "`expact run` twice" if first == second else f"{names[second]} beside {names[first]}"
    record(
        f"Two runs are started in one folder: {which}",
        f"The second: “{sentence}” The first ended well; same tables",
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


@pytest.mark.parametrize("left", [0, 500_000])
def test_the_disk_is_full(graph, tables, tmp_path, small_disk, left):
    """From the start, or once the first files are written."""
    other = Graph(tmp_path / "project")
    (other.folder / "runs").symlink_to(small_disk)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(40 * 2**20 - left - 200_000))
    output = other.output(fails=True)
    sentence = said(r"cannot write .*No space left on device.*", output, other.folder)
    assert "Traceback" not in output
    assert not (other.run.folder / "table1.csv").exists()
    assert other.unsound() == []
    filler.unlink()
    other.output()
    assert other.tables() == tables
    if left:
        record("The disk is full", f"“{sentence}” No file half-written; same tables")


@pytest.mark.parametrize("locked", ["The disk with all runs", "The run's own folder"])
def test_the_folder_is_read_only(graph, tables, tmp_path, small_disk, locked):
    """Where the lock is written, or where the first step writes."""
    other = Graph(tmp_path / "project")
    if locked == "The disk with all runs":
        (other.folder / "runs").symlink_to(small_disk)
        (small_disk / "test.lock").touch()
    else:
        (other.folder / "runs").mkdir()
        other.run.folder.symlink_to(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    output = other.output(fails=True)
    sentence = said(".*cannot write .*Read-only file system.*", output, other.folder)
    assert "Traceback" not in output
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    other.output()
    assert other.tables() == tables
    record(f"{locked} is read-only", f"“{sentence}” Same tables")


def test_random_kills(tmp_path):
    """A short one of `make soak`, whose 200 runs are on the book's page."""
    result = soak.soak(tmp_path, runs=2, seed=1)
    assert len(result["kills"]) == 2
    assert sum(result["kills"].values()) > 0
    assert result["different"] == []


def test_the_page_is_made_from_the_record():
    kept, soaked = read_json(faults.RECORD), read_json(faults.SOAK)
    assert faults.PAGE.read_text() == faults.page(kept, soaked)
    assert {fault: row["promised"] for fault, row in kept["faults"].items()} == faults.PROMISED
    assert re.fullmatch("[0-9a-f]{12}", kept["commit"])
    assert soaked["different"] == []
    assert soaked["commits"].keys() == soaked["kills"].keys()
    assert len(soaked["kills"]) == 200
