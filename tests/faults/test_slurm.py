"""The graph on a real Slurm of two nodes: the same tables as here, whatever happens to a job or a node."""

import os
import re
import signal
import subprocess

import pytest
from cluster import NODES, OFTEN, Cluster, why_not
from faults import record
from harm import NETWORK, Graph, said

TWO = {"activations": [NETWORK.activation, "relu"]}  # networks, so that both nodes work
ON_SLURM = ("--profile", "config/slurm")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def local(finished, tmp_path_factory) -> Graph:
    """A run of two networks on this machine."""
    graph = finished.copy(tmp_path_factory.mktemp("local") / "project")
    graph.configure("test", TWO)
    graph.output()
    return graph


def on_slurm(graph: Graph) -> Graph:
    """Set config/slurm for the tests' cluster, with a card for each training."""
    profile = graph.folder / "config" / "slurm" / "config.yaml"
    profile.write_text(profile.read_text().replace("# gpu: 1", "gpu: 1"))
    assert "\n    gpu: 1\n" in profile.read_text()
    # Questions to a Slurm of one machine can come often, and it keeps no accounts.
    graph.configure("slurm/config", {"slurm-no-account": True, "slurm-status-command": "squeue", "latency-wait": 20})
    (graph.folder / "sitecustomize.py").write_text(OFTEN)
    return graph


def test_slurm_and_this_machine_make_the_same_tables(cluster, local, tmp_path):
    graph = on_slurm(Graph.new(tmp_path / "project"))
    graph.configure("test", TWO)
    output = graph.output(*ON_SLURM)
    jobs = len(set(re.findall(r"Job (\d+) has been submitted with SLURM jobid", output)))  # one may be tried twice
    assert jobs == 8  # data, three steps of two networks, results
    assert graph.tables() == local.tables()
    record(
        "None: config/test.yaml by sbatch on two nodes",
        f"{jobs} jobs, of two networks; same tables",
    )


def test_a_job_is_cancelled_and_a_node_fails(cluster, local, tmp_path):
    """Each node trains a network; one's job is cancelled, the other fails and returns."""
    graph = on_slurm(local.copy(tmp_path / "project"))
    graph.untrain()
    process = graph.start(*ON_SLURM)
    numbers = [cluster.wait_for_job("training", node) for node in NODES]
    # As config/slurm has it for a training: a core, 8,000 MB, 240 minutes, a card.
    asked = {"NumCPUs": "1", "MinMemoryNode": "8000M", "TimeLimit": "04:00:00", "TresPerJob": "gres:gpu:1"}
    assert cluster.asked(numbers[0]) == asked
    subprocess.run(["scancel", numbers[0]], check=True)
    cluster.fail(NODES[1], numbers[1])
    cluster.wait_for_nodes("down", NODES[1])
    cluster.start(NODES[1])
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    assert graph.tables() == local.tables()
    cluster.wait_for_nodes("idle", *NODES)
    sentence = said(rf"SLURM-job '{numbers[0]}' failed, SLURM status is: .*", output, graph.folder)
    record("A Slurm job is cancelled (scancel)", f"“{sentence}” The second job ended it; same tables")
    assert f"SLURM-job '{numbers[1]}' failed" not in output
    record(
        "A node fails while it trains (its daemon and processes are killed), and returns",
        "The run ended by itself; same tables",
    )


def test_ctrl_c_and_then_snakemake_is_killed_while_slurm_works(cluster, finished, tables, tmp_path):
    graph = on_slurm(finished.copy(tmp_path / "project"))
    graph.untrain()
    process = graph.start(*ON_SLURM)
    number = cluster.wait_for_job("training")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode != 0
    left = [job for job, state, _, _ in cluster.jobs() if state in ("RUNNING", "PENDING")]
    assert left == []
    process = graph.start(*ON_SLURM)
    cluster.wait_for_job("training")
    graph.wait_for("02_training")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    first = [number for number, state, _, _ in cluster.jobs() if state == "RUNNING"]
    assert first
    graph.output(*ON_SLURM)
    assert graph.tables() == tables
    assert graph.unsound() == []
    record("Ctrl-C while Slurm works", f"Job {number} was cancelled, and none was left in the queue; same tables")
    record("Snakemake is killed while its jobs are in the queue", f"Job {', '.join(first)} ran on; same tables")
