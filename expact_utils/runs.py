"""Where a run keeps its files, one run at a time, and how a result is traced to what made it."""

import hashlib
import io
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from expact_utils.errors import InputError
from expact_utils.files import read_json

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    *("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "h5py", "scikit-learn"),
    *("memelite", "pyjaspar", "papermill"),
)
CODE = ("expact_utils", "notebooks", "config", "Snakefile")
# Modules that decide a training's result: a network that was trained with other code is trained again. What
# `datasets` reads is compared itself.
TRAINING_CODE = (
    *("engine", "engine_jax", "engine_tensorflow", "forward"),
    *("models", "protocols", "scores", "training", "trial"),
)
HISTORY_VERSION = 1  # format of a training's history


@dataclass(frozen=True)
class Run:
    """The files of one run. A relative folder is taken from the project's root, wherever the caller stands."""

    folder: Path

    def __init__(self, folder: str | Path):
        object.__setattr__(self, "folder", ROOT / Path(folder).expanduser())

    def data(self, dataset: str) -> Path:
        """Dataset file (HDF5)."""
        return self.folder / "data" / f"{dataset}.h5"

    def model(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Trained network (Keras format)."""
        return self._file("models", dataset, architecture, activation, trial, ".keras")

    def history(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Losses, test scores and provenance of a training (JSON)."""
        return self._file("models", dataset, architecture, activation, trial, ".json")

    def checkpoint(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Where an unfinished training stands (HDF5)."""
        return self._file("checkpoints", dataset, architecture, activation, trial, ".h5")

    def meme(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Filters as clipped PFMs (MEME text)."""
        return self._file("filters", dataset, architecture, activation, trial, ".meme")

    def filters(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Filters before clipping, with activations and site counts (HDF5)."""
        return self._file("filters", dataset, architecture, activation, trial, ".h5")

    def matches(self, dataset: str, architecture: str, activation: str, trial: int) -> Path:
        """Tomtom matches of the filters (Tomtom's TSV)."""
        return self._file("tomtom", dataset, architecture, activation, trial, ".tsv")

    def sites(self, dataset: str, architecture: str, activation: str, trial: int, suffix: str) -> Path:
        """Sites of the filters in all sequences: a table (`.tsv`) or a track (`.bed`)."""
        return self._file("sites", dataset, architecture, activation, trial, suffix)

    @property
    def config(self) -> Path:
        """Settings of the run (JSON)."""
        return self.folder / "config.json"

    @property
    def lock(self) -> Path:
        """What a run holds as long as it works."""
        return self.folder.with_name(f"{self.folder.name}.lock")

    @property
    def figures(self) -> Path:
        """Folder of the figures: PNG, SVG and PDF."""
        return self.folder / "figures"

    def _file(self, step, dataset, architecture, activation, trial, suffix) -> Path:
        return self.folder / step / dataset / f"{architecture}_{activation}_{trial}{suffix}"


def shown(path: Path) -> str:
    """Path for messages and pages: relative to the project's root where it lies inside."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def lock(path: Path) -> io.TextIOBase:
    """Return an open file that holds a lock: until it is closed, or this process ends, however it ends.

    Where the file system has no locks (some shared ones), it says so and goes on without.

    Raises
    ------
    InputError
        When another process holds it, or it cannot be written.
    """
    import fcntl

    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise InputError(f"cannot write {shown(path)}: {error.strerror}.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InputError(f"another run works here (it holds {shown(path)}); wait for it or stop it.") from None
    except OSError as error:
        reason = f"{error.strerror}: this file system has no locks"
        print(
            f"warning: cannot lock {shown(path)} ({reason}); take care that no other run works here.", file=sys.stderr
        )
    return file


def provenance() -> dict:
    """Return what a result must be traced by: commit, whether the code was as committed, versions, machine, time."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", *CODE)),
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def training_code() -> str:
    """Hash of the modules that decide a training's result."""
    sources = (Path(__file__).with_name(f"{name}.py").read_bytes() for name in TRAINING_CODE)
    return hashlib.sha256(b"".join(sources)).hexdigest()


def describe(provenance: dict, run: Run, device: str = "CPU") -> dict[str, str]:
    """Provenance as label and text, for the last table of a page: with the config of `run`.

    Device and duration are the training's, where `provenance` is a history; else `device`, which is the processor but
    for pages that compute with Keras, and the time from the start to now.
    """
    seconds = (datetime.now(UTC) - datetime.fromisoformat(provenance["started"])).total_seconds()
    config = "none but the parameters of this page"
    if run.config.is_file():
        from expact_utils.config import check  # here, as a training needs no jsonschema

        settings = read_json(run.config)
        check(settings, shown(run.config))
        config = ", ".join(f"{key}: {value}" for key, value in settings.items())
    changes = " (with uncommitted changes)" if provenance["uncommitted_changes"] else ""
    versions = ", ".join(f"{package} {found}" for package, found in provenance["versions"].items())
    return {
        "commit": provenance["commit"][:12] + changes,
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
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
