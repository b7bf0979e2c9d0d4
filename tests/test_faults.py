"""Faults, injected into a run of the tiny graph: the same command goes on, and ends with the same tables."""

import ast
import os
import subprocess
import time

import faults
import pytest
import soak
from conftest import ROOT, command
from harm import NETWORK, Graph, flip, kill_all, record, said

from expact_utils.files import checksum_file, read_json
from expact_utils.runs import Run

pytestmark = pytest.mark.end_to_end
SAME = "the same command, given again, ends with the same tables, bit for bit"


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
        "the step is tried once more, and the run ends with the same tables, bit for bit",
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
    record(
        "Snakemake is killed (kill -9); the notebook that it started works on",
        f"{SAME}, though two processes write the same network",
        "no lock to remove; same tables",
    )


def test_a_power_cut(graph, tables):
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training")
    time.sleep(3)
    kill_all(process)
    graph.output()
    assert graph.tables() == tables
    record("Everything is killed at once (a power cut)", SAME, "no lock to remove; same tables")


def test_ctrl_c(graph, tables):
    untrained(graph)
    process = graph.start()
    graph.wait_for("02_training")
    os.killpg(process.pid, 2)
    process.communicate(timeout=60)
    assert process.returncode != 0
    graph.output()
    assert graph.tables() == tables
    record("Ctrl-C", SAME, "it stopped at once; same tables")


def files_between(run: Run) -> dict:
    return {
        "sequences (HDF5)": run.data("synthetic"),
        "network (Keras)": run.model(*NETWORK),
        "history (JSON)": run.history(*NETWORK),
        "PFMs (MEME)": run.meme(*NETWORK),
        "filters (HDF5)": run.filters(*NETWORK),
        "matches (TSV)": run.matches(*NETWORK),
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
        record(f"A bit flips in a file: {kind}", f"{SAME}; the damaged file is kept", f"“{sentence}” Same tables")


def test_a_bit_flips_while_the_graph_runs(graph, tables):
    """After the run looked its files through: the step that reads it says so, and nothing is made of it."""
    graph.forget("tomtom", "table1.csv")
    meme = graph.run.meme(*NETWORK)
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
    assert not graph.run.matches(*NETWORK).exists()
    graph.output()
    assert graph.tables() == tables
    assert meme.read_bytes() == whole
    record(
        "A bit flips while the graph runs, before the step that reads the file",
        f"that step stops, and nothing is made of the file; {SAME}",
        f"“{sentence}” Same tables",
    )


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
        record(
            "A file was copied from elsewhere and cut short",
            "the step that reads it says so; without it, the same command ends with the same tables",
            f"“{sentence}” Same tables",
        )


def test_the_clock_is_set_back(graph, tables):
    """What was written before is from the future, and newer than all that follows from it."""
    data = graph.run.data("synthetic")
    os.utime(data, (time.time() + 3600,) * 2)
    output = graph.output()
    sentence = said("warning: .* is from the future .*", output, graph.folder)
    assert graph.tables() == tables
    assert "Nothing to be done" in graph.output() or "1 of 1 steps" in graph.output()
    record(
        "The clock is set back by an hour",
        "what follows is made again once, with the same tables, and not each time",
        f"“{sentence}” Same tables; the next run did nothing",
    )


def test_two_runs_in_one_folder(graph, tables):
    untrained(graph)
    first = graph.start()
    graph.wait_for("02_training")
    output = graph.output(fails=True)
    sentence = said("error: another run works here .*", output, graph.folder)
    output, _ = first.communicate()
    assert first.returncode == 0, output[-10_000:]
    assert graph.tables() == tables
    record(
        "Two runs are started in one folder",
        "the second is refused at once, and the first ends well",
        f"“{sentence}” The first ended well; same tables",
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
    sentence = said(r"(error: .*)?No space left on device.*", output, other.folder)
    assert not (other.run.folder / "table1.csv").exists()
    filler.unlink()
    other.output()
    assert other.tables() == tables
    if left:
        record(
            "The disk is full",
            f"nothing is left half-written; once there is space, {SAME}",
            f"“{sentence}” Same tables",
        )


def test_the_folder_is_read_only(graph, tables, tmp_path, small_disk):
    other = Graph(tmp_path / "project")
    (other.folder / "runs").symlink_to(small_disk)
    (small_disk / "test.lock").touch()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    output = other.output(fails=True)
    sentence = said("error: .*", output, other.folder)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    other.output()
    assert other.tables() == tables
    record(
        "The run's folder is read-only", f"it says so; once it can be written to, {SAME}", f"“{sentence}” Same tables"
    )


def test_random_kills(tmp_path):
    """A short one of `make soak`, whose 200 runs are on the book's page."""
    result = soak.soak(tmp_path, runs=2, seed=1)
    assert len(result["kills"]) == 2
    assert sum(result["kills"].values()) > 0
    assert result["different"] == []


def recorded(source: str) -> set[str]:
    """Names of the faults that a module of tests records, but for those that it puts together."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [call.args[0] for call in calls if getattr(call.func, "id", "") == "record"]
    return {name.value for name in names if isinstance(name, ast.Constant)}


def test_the_page_is_made_from_the_record():
    record, soaked = read_json(faults.RECORD), read_json(faults.SOAK)
    assert faults.PAGE.read_text() == faults.page(record, soaked)
    assert soaked["different"] == []
    for name in faults.TESTS:
        assert recorded((ROOT / name).read_text()) <= set(record["faults"])
    assert len(record["faults"]) >= 12
