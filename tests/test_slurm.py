"""The graph on a real Slurm of two nodes: the same tables as here, whatever happens to a job or a node."""

import os
import subprocess

import pytest
import yaml
from cluster import NODES, Cluster, why_not
from conftest import ROOT, finished_test_run
from harm import Graph, record, said, table

pytestmark = pytest.mark.end_to_end
# Questions to a Slurm of one machine can come often, and it keeps no accounts.
PROFILE = {
    "slurm-no-account": True,
    "slurm-status-command": "squeue",
    "slurm-init-seconds-before-status-checks": 2,
    "seconds-between-status-checks": 2,
    "latency-wait": 20,
}
SAME = "the same command, given again, ends with the same tables, bit for bit"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


def on_slurm(folder, networks=None) -> Graph:
    """A project whose config/slurm is set for the tests' cluster."""
    graph = Graph(folder, networks)
    path = graph.folder / "config" / "slurm" / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | PROFILE))
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
    assert output.count("has been submitted with SLURM jobid") == 14  # data, three steps of four networks, results
    for name in ("table1.csv", "trials.csv", "filters.csv"):
        assert table(graph.run.folder / name) == table(local.folder / name), name
    record(
        "None: config/test.yaml by sbatch on two nodes",
        "the tables of a run on this machine, bit for bit",
        "14 jobs; table1.csv, trials.csv and filters.csv are the same",
    )


def test_a_job_is_cancelled(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    number = cluster.wait_for_job("training")
    subprocess.run(["scancel", number], check=True)
    output, _ = process.communicate()
    if process.returncode:
        graph.output("--profile", "config/slurm")
    assert graph.tables() == tables
    sentence = said(r"SLURM-job '\d+' failed, SLURM status is: .*", output, graph.folder)
    record(
        "A Slurm job is cancelled (scancel)",
        "the job is submitted once more, and the run ends with the same tables, bit for bit",
        f"“{sentence}” {'It took the same command again' if process.returncode else 'The second job ended it'}; same tables",
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
    if process.returncode:
        output += graph.output("--profile", "config/slurm")
    assert graph.tables() == tables
    cluster.wait_for_nodes("idle", *NODES)
    record(
        "A node fails while it trains (its daemon and processes are killed), and returns",
        "Slurm gives the job to a node again, and the run ends with the same tables, bit for bit",
        f"{'It took the same command again' if process.returncode else 'The run ended by itself'}; same tables",
    )


def test_snakemake_is_killed_while_slurm_works(cluster, graph, tables):
    graph.forget("models", "checkpoints", "table1.csv")
    process = graph.start("--profile", "config/slurm")
    cluster.wait_for_job("training")
    os.killpg(process.pid, 9)
    process.communicate()
    graph.output("--profile", "config/slurm")
    assert graph.tables() == tables
    record(
        "Snakemake is killed while its jobs are in the queue",
        f"{SAME}, though the first job still runs",
        "same tables",
    )
