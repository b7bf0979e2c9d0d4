"""What a result is traced by: commit, versions, machine, time."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import expact_utils
from expact_utils.run.files import read_json
from expact_utils.run.house import HOUSE, INSTALLED
from expact_utils.run.paths import Run, shown

PACKAGES = (
    *("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "h5py", "scikit-learn"),
    *("memelite", "pyjaspar", "papermill"),
)
CODE = ("expact_utils", "notebooks", "config", "Snakefile")


def provenance() -> dict:
    """Return what a result must be traced by: commit, whether the code was as committed, versions, machine, time.

    An installation has no commit but a version, and nothing to commit.
    """
    return {
        "commit": f"expact {expact_utils.__version__}" if INSTALLED else _git("rev-parse", "HEAD"),
        "uncommitted_changes": not INSTALLED and bool(_git("status", "--porcelain", "--", *CODE)),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def describe(provenance: dict, run: Run, device: str = "CPU") -> dict[str, str]:
    """Provenance as label and text, for the last table of a page: with the config of `run`.

    Device and duration are the training's, where `provenance` is a history; else `device`, which is the processor but
    for pages that compute with Keras, and the time from the start to now.
    """
    seconds = (datetime.now(UTC) - datetime.fromisoformat(provenance["started"])).total_seconds()
    config = "none but the parameters of this page"
    if run.config.is_file():
        from expact_utils.run.config import check  # here, as a training needs no jsonschema

        settings = read_json(run.config)
        check(settings, shown(run.config))
        config = ", ".join(f"{key}: {value}" for key, value in settings.items())
    changes = " (with uncommitted changes)" if provenance["uncommitted_changes"] else ""
    versions = ", ".join(f"{package} {found}" for package, found in provenance["versions"].items())
    return {
        "commit": re.sub("^([0-9a-f]{12})[0-9a-f]+$", r"\1", provenance["commit"]) + changes,
        "config": config,
        "started": provenance["started"],
        "took": f"{provenance.get('seconds', seconds):.0f} s",
        "machine": provenance["machine"],
        "device": provenance.get("device", device),
        "versions": versions,
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _git(*arguments: str) -> str:
    try:
        return subprocess.run(["git", *arguments], cwd=HOUSE, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
