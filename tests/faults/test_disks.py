"""The disk is full, or may not be written to: nothing is left half-written, and the same command goes on later."""

import subprocess

import pytest
from faults import record
from harm import Graph, said


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
