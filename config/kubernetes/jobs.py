"""Snakemake's jobs as jobs of Kubernetes, by kubectl: called by the profile in this folder.

    python config/kubernetes/jobs.py submit JOBSCRIPT | status JOB | cancel JOB …

A job's pod runs Snakemake's script in the image EXPACT_IMAGE, with the volume claim EXPACT_VOLUME at the project's
folder, and asks for the cores, memory, time and graphics cards of its step. It finds the environment by the same PATH.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

PASSED_ON = ("PATH", "JUPYTER_PREFER_ENV_PATH", "KERAS_BACKEND")
CACHES = {"NUMBA_CACHE_DIR": "/tmp/numba", "IPYTHONDIR": "/tmp/ipython"}  # the pod's own, not the shared volume's
NEEDED = {"EXPACT_IMAGE": "an image with the environment", "EXPACT_VOLUME": "the claim of the shared volume"}


def manifest(script: Path) -> dict:
    """Job for a script of Snakemake's, whose second line tells the step's resources."""
    properties = json.loads(re.search(r"^# properties = (.*)$", script.read_text(), re.MULTILINE)[1])
    resources, folder = properties["resources"], str(Path.cwd())
    asked = {"cpu": str(properties["threads"]), "memory": f"{resources['mem_mb']}M"}
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | CACHES
    cards = {"nvidia.com/gpu": str(resources["gpu"])} if resources.get("gpu") else {}
    name = re.sub("[^a-z0-9]+", "-", script.stem.lower()).strip("-")
    pod = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": 60 * resources["runtime"],  # the pod's, which begins on its node, not the queue's
        "containers": [
            {
                "name": "step",
                "image": os.environ["EXPACT_IMAGE"],
                "command": ["/bin/sh", str(script)],
                "workingDir": folder,
                "env": [{"name": name, "value": value} for name, value in environment.items()],
                "resources": {"requests": asked, "limits": {"memory": asked["memory"], **cards}},
                "volumeMounts": [{"name": "project", "mountPath": folder}],
            }
        ],
        "volumes": [{"name": "project", "persistentVolumeClaim": {"claimName": os.environ["EXPACT_VOLUME"]}}],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"generateName": f"expact-{name[:40]}-", "labels": {"app": "expact"}},
        # Snakemake tries again, not Kubernetes.
        "spec": {
            "backoffLimit": 0,
            "template": {"spec": pod},
        },
    }


def kubectl(*arguments: str, text: str | None = None) -> str:
    """What kubectl prints."""
    return subprocess.run(["kubectl", *arguments], input=text, stdout=subprocess.PIPE, text=True, check=True).stdout


def status(job: str) -> str:
    """Return `success`, `failed` or `running`; a job that is gone has failed.

    One that cannot be asked about runs: Snakemake would stop for good, and the next question comes soon.
    """
    try:
        found = kubectl("get", "job", job, "--ignore-not-found", "--output", "json")
    except subprocess.CalledProcessError:
        return "running"
    state = json.loads(found)["status"] if found.strip() else {"failed": 1}
    return "success" if state.get("succeeded") else "failed" if state.get("failed") else "running"


def main(action: str, *arguments: str) -> None:
    """Do what Snakemake asks for."""
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        sys.exit(f"error: {missing[0]} is not set; expected {NEEDED[missing[0]]}.")
    try:
        if action == "submit":
            text = json.dumps(manifest(Path(arguments[0]).absolute()))
            print(kubectl("create", "--filename", "-", "--output", "jsonpath={.metadata.name}", text=text))
        elif action == "status":
            print(status(arguments[0]))
        else:
            kubectl("delete", "job", *arguments, "--ignore-not-found", "--wait=false")
    except FileNotFoundError:
        sys.exit("error: kubectl is not installed.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: kubectl {arguments[0]} ended with status {error.returncode}; its message is above.")


if __name__ == "__main__":
    main(*sys.argv[1:])
