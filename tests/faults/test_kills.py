"""Processes are killed, or two runs meet: the same command goes on, and ends with the same tables."""

import os
import time

import psutil
from faults import record
from harm import kill_all, said

REFUSED = "another run works here .*"


def test_a_notebook_is_killed_and_others_want_to_run_meanwhile(graph, tables):
    """Its kernel, by the kernel's out-of-memory killer for instance: the step is tried again."""
    graph.untrain()
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
    graph.untrain()
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
    graph.untrain()
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
    """Of a run by `snakemake`: it goes on when the same command is given again, as `expact run` does."""
    graph.untrain()
    process = graph.start(program="snakemake")
    graph.wait_for("02_training")
    time.sleep(3)
    kill_all(process)
    graph.output(program="snakemake")
    assert graph.tables() == tables
    record("Everything is killed at once (a power cut)", "Same tables")


def test_ctrl_c(graph, tables):
    graph.untrain()
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
