"""The graph on a real Slurm of two nodes: the same tables as here, whatever happens to a job or a node."""

import os
import re
import signal
import subprocess

import pytest
import yaml
from cluster import NODES, Cluster, why_not
from faults import record
from harm import Graph, said, table
from support import ROOT, finished_test_run

pytestmark = pytest.mark.end_to_end
# Questions to a Slurm of one machine can come often, and it keeps no accounts.
PROFILE = {
    "slurm-no-account": True,
    "slurm-status-command": "squeue",
    "slurm-init-seconds-before-status-checks": 2,
    "seconds-between-status-checks": 2,
    "latency-wait": 20,
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


def on_slurm(folder, networks=None) -> Graph:
    """A project whose config/slurm is set for the tests' cluster, with a card for each training."""
    graph = Graph(folder, networks)
    path = graph.folder / "config" / "slurm" / "config.yaml"
    profile = yaml.safe_load(path.read_text().replace("# gpu: 1", "gpu: 1")) | PROFILE
    assert profile["set-resources"]["training"]["gpu"] == 1
    path.write_text(yaml.safe_dump(profile))
    return graph


@pytest.fixture(scope="module")
def graph(cluster, tmp_path_factory):
    graph = on_slurm(tmp_path_factory.mktemp("one"))
    graph.output("--profile", "config/slurm")
    return graph


@pytest.fixture(scope="module")
def tables(graph):
    return graph.tables()


def test_the_profile_names_rules_and_resources_that_exist():
    profile = yaml.safe_load((ROOT / "config" / "slurm" / "config.yaml").read_text())
    rules = {line[5:-1] for line in (ROOT / "Snakefile").read_text().splitlines() if line.startswith("rule ")}
    assert set(profile["set-resources"]) | set(profile["set-threads"]) <= rules
    assert set(profile["default-resources"]) == {"mem_mb", "runtime"}


def test_slurm_and_this_machine_make_the_same_tables(cluster, tmp_path):
    local, graph = finished_test_run(), on_slurm(tmp_path, networks={})
    output = graph.output("--profile", "config/slurm")
    jobs = len(set(re.findall(r"Job (\d+) has been submitted with SLURM jobid", output)))  # one may be tried twice
    assert jobs == 14  # data, three steps of four networks, results
    for name in ("table1.csv", "trials.csv", "filters.csv"):
        assert table(graph.run.folder / name) == table(local.folder / name), name
    record(
        "None: config/test.yaml by sbatch on two nodes",
        f"{jobs} jobs; table1.csv, trials.csv and filters.csv are the same",
    )


def test_a_job_asks_for_what_its_step_needs_and_is_cancelled(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    number = cluster.wait_for_job("training")
    # As config/slurm has it for a training: a core, 8,000 MB, 240 minutes, a card.
    asked = {"NumCPUs": "1", "MinMemoryNode": "8000M", "TimeLimit": "04:00:00", "TresPerJob": "gres:gpu:1"}
    assert cluster.asked(number) == asked
    subprocess.run(["scancel", number], check=True)
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    assert graph.tables() == tables
    sentence = said(r"SLURM-job '\d+' failed, SLURM status is: .*", output, graph.folder)
    record(
        "A Slurm job is cancelled (scancel)",
        f"“{sentence}” The second job ended it; same tables",
    )


def test_a_node_fails_and_returns(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    number = cluster.wait_for_job("training")
    node = next(where for job, _, where, _ in cluster.jobs() if job == number)
    cluster.fail(node, number)
    cluster.wait_for_nodes("down", node)
    cluster.start(node)
    output, _ = process.communicate()
    assert process.returncode == 0, output[-10_000:]
    assert graph.tables() == tables
    cluster.wait_for_nodes("idle", *NODES)
    record(
        "A node fails while it trains (its daemon and processes are killed), and returns",
        "The run ended by itself; same tables",
    )


def test_snakemake_is_killed_while_slurm_works(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    cluster.wait_for_job("training")
    os.killpg(process.pid, 9)
    process.communicate()
    first = [number for number, state, _, _ in cluster.jobs() if state == "RUNNING"]
    assert first
    graph.output("--profile", "config/slurm")
    assert graph.tables() == tables
    assert graph.unsound() == []
    record("Snakemake is killed while its jobs are in the queue", f"Job {', '.join(first)} ran on; same tables")


def test_ctrl_c_while_slurm_works(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    number = cluster.wait_for_job("training")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode != 0
    left = [job for job, state, _, _ in cluster.jobs() if state in ("RUNNING", "PENDING")]
    assert left == []
    graph.output("--profile", "config/slurm")
    assert graph.tables() == tables
    record("Ctrl-C while Slurm works", f"Job {number} was cancelled, and none was left in the queue; same tables")
