"""The graph by the profile of Kubernetes, with a stand-in for kubectl that runs each job's command here.

What it shows: the profile, the jobs that are asked for, and that the graph runs unchanged. It is no Kubernetes.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from harm import Graph

from expact_utils.run.paths import ROOT

KUBECTL = """#!{python}
import json, os, subprocess, sys
from pathlib import Path
jobs = Path(os.environ["JOBS"])
if sys.argv[1] == "create":
    job = json.load(sys.stdin)
    name = job["metadata"]["generateName"] + str(len(list(jobs.iterdir())))
    (jobs / name).write_text(json.dumps(job))
    step = job["spec"]["template"]["spec"]["containers"][0]
    state = jobs / (name + ".state")
    command = '"$@"; [ $? = 0 ] && echo succeeded > ' + str(state) + " || echo failed > " + str(state)
    environment = {{one["name"]: one["value"] for one in step["env"]}} | {{"HOME": os.environ["HOME"]}}
    subprocess.Popen(["sh", "-c", command, "sh", *step["command"]], cwd=step["workingDir"], env=environment,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(name, end="")
elif sys.argv[1] == "get" and (jobs / "unreachable").exists():
    sys.exit("the server could not be reached")
elif sys.argv[1] == "get":
    state = jobs / (sys.argv[3] + ".state")
    text = state.read_text().strip() if state.exists() else ""
    print(json.dumps({{"status": {{text: 1}} if text else {{}}}}))
else:
    for name in sys.argv[3:]:
        (jobs / (name + ".deleted")).touch()
"""
JOBS = ROOT / "config" / "kubernetes" / "jobs.py"


@pytest.fixture
def kubernetes(tmp_path, monkeypatch):
    """Folder of the jobs that the stand-in was given."""
    jobs, program = tmp_path / "jobs", tmp_path / "bin" / "kubectl"
    jobs.mkdir()
    program.parent.mkdir()
    program.write_text(KUBECTL.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JOBS", str(jobs))
    monkeypatch.setenv("EXPACT_IMAGE", "expact:1")
    monkeypatch.setenv("EXPACT_VOLUME", "expact")
    return jobs


def jobs_py(*arguments):
    return subprocess.run([sys.executable, JOBS, *map(str, arguments)], capture_output=True, text=True, check=False)


def script(folder, command, **resources):
    path = folder / "snakejob.training.3.sh"
    properties = {"threads": 2, "resources": {"mem_mb": 8000, "runtime": 240} | resources}
    path.write_text(f"#!/bin/sh\n# properties = {json.dumps(properties)}\n{command}\n")
    return path


def test_a_job_asks_for_what_its_step_needs(kubernetes, tmp_path):
    done = jobs_py("submit", script(tmp_path, "true", gpu=1))
    assert (done.stdout, done.stderr) == ("expact-snakejob-training-3-0\n", "")
    job = json.loads((kubernetes / done.stdout.strip()).read_text())
    assert job["spec"].keys() == {"backoffLimit", "template"}  # no deadline that waiting in the queue would use up
    assert job["spec"]["template"]["spec"]["activeDeadlineSeconds"] == 240 * 60
    (step,) = job["spec"]["template"]["spec"]["containers"]
    assert step["image"] == "expact:1"
    assert step["resources"]["requests"] == {"cpu": "2", "memory": "8000M"}
    assert step["resources"]["limits"] == {"memory": "8000M", "nvidia.com/gpu": "1"}
    (volume,) = job["spec"]["template"]["spec"]["volumes"]
    assert volume["persistentVolumeClaim"] == {"claimName": "expact"}
    assert step["volumeMounts"] == [{"name": "project", "mountPath": str(Path.cwd())}]
    environment = {one["name"]: one["value"] for one in step["env"]}
    assert environment.items() >= {"NUMBA_CACHE_DIR": "/tmp/numba", "IPYTHONDIR": "/tmp/ipython"}.items()  # the pod's
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(("command", "expected"), [("exit 0", "success"), ("exit 3", "failed"), ("sleep 5", "running")])
def test_what_became_of_a_job(kubernetes, tmp_path, command, expected):
    name = jobs_py("submit", script(tmp_path, command)).stdout.strip()
    for _ in range(20):
        found = jobs_py("status", name).stdout.strip()
        if found == expected:
            break
    assert found == expected


def test_a_server_that_does_not_answer_stops_no_run(kubernetes):
    (kubernetes / "unreachable").touch()
    done = jobs_py("status", "a")
    assert (done.stdout, done.returncode) == ("running\n", 0)
    assert "could not be reached" in done.stderr


def test_jobs_are_cancelled_as_snakemake_does_it(kubernetes):
    profile = yaml.safe_load((ROOT / "config" / "kubernetes" / "config.yaml").read_text())
    subprocess.check_call([profile["cluster-generic-cancel-cmd"], "a", "b"], cwd=ROOT, timeout=10)
    assert {"a.deleted", "b.deleted"} <= {path.name for path in kubernetes.iterdir()}


def test_what_is_missing_is_said(kubernetes, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert jobs_py("status", "a").stderr == "error: kubectl is not installed.\n"
    monkeypatch.delenv("EXPACT_VOLUME")
    assert (
        jobs_py("status", "a").stderr == "error: EXPACT_VOLUME is not set; expected the claim of the shared volume.\n"
    )


def test_the_graph_by_the_profile(kubernetes, tables, tmp_path):
    graph = Graph.new(tmp_path / "project")
    graph.configure("kubernetes/config", {"seconds-between-status-checks": 1, "latency-wait": 10})
    options = ["--configfile", "config/test.yaml", "--profile", "config/kubernetes", "--dry-run"]
    command = [sys.executable, "-m", "snakemake", "tables", *options]
    dry = subprocess.run(command, cwd=graph.folder, env=graph.environment, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr
    assert re.search(r"\btotal +7\b", dry.stdout + dry.stderr)
    graph.output("--profile", "config/kubernetes")
    assert len(list(kubernetes.glob("expact-*.state"))) == 5  # data, training, filters, tomtom, results
    assert graph.tables() == tables
