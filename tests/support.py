"""What tests share: paths, commands, a copy of the project to work in, and one finished run of the tiny graph."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Run

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PROJECT = ("config", "expact_utils", "notebooks", "book", "profiles", "Snakefile", "_config.yml", ".gitignore")


def encode(text: str) -> np.ndarray:
    """Codes of a sequence: A C G T N to 0 1 2 3 4."""
    return np.array(["ACGTN".index(base) for base in text], dtype=np.int8)


def names(folder: Path) -> list[str]:
    """Names of the files in a folder, whatever hides there, but not their checksums."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".sha256")


def from_elsewhere(path: Path) -> Path:
    """Make a file one that came without its checksum, so that what reads it must find out itself."""
    checksum_file(path).unlink(missing_ok=True)
    return path


def environment(folder: Path = ROOT) -> dict[str, str]:
    """Variables of a process that works in a copy of the project: this Python's commands, that folder's package."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(folder), "JUPYTER_PREFER_ENV_PATH": "1"}


def command(*arguments, folder: Path = ROOT, project: Path = ROOT) -> str:
    """Run a command of this environment in a folder; return what it printed. A failure shows that.

    The package is that of `project`: the checkout, or a copy of it.
    """
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment(project),
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    return done.stdout + done.stderr


def snakemake(project: Path, *arguments: str) -> str:
    """Run the graph of a copy of the project with its config/test.yaml."""
    options = ["--configfile", "config/test.yaml", "--cores", "all"]
    return command(sys.executable, "-m", "snakemake", *options, *arguments, folder=project, project=project)


def copy_project(folder: Path) -> Path:
    """Copy the project's files into a folder, with their times; without the published runs, which no graph reads."""
    folder.mkdir(parents=True, exist_ok=True)
    published = [path.parent.name for path in (ROOT / "book").glob("*/config.json")]
    for name in PROJECT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*published, "__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder)
    return folder


def commit(project: Path) -> None:
    """Commit all files of a copy of the project."""
    who = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "--message", "As copied")):
        command("git", *arguments, folder=project)


def finished_test_run(shared: Path) -> Run:
    """Return the finished run of config/test.yaml, which is made once and that no test may change.

    Tests get it by the fixture `finished`. It lies in a copy of the project (`project_of(run)`), all committed, where
    `snakemake` finds nothing to do. A test that changes it works in a `copy_of` that project.

    Parameters
    ----------
    shared : Path
        Folder that all processes of this session of tests see; the first makes the run there, others wait for it.
    """
    project, ready = shared / "finished", shared / "finished.ready"
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(project, ignore_errors=True)
            commit(copy_project(project))
            snakemake(project)
            ready.touch()
    return Run(project / "runs" / "test")


def built_book(shared: Path) -> Path:
    """Return the published book, built once by the exact command of the README; warnings are errors.

    Tests get its folder of HTML by the fixture `html`. It is built at the root of a clone, without an address of the
    repository, as anyone builds it.

    Parameters
    ----------
    shared : Path
        As in `finished_test_run`.
    """
    clone, ready = shared / "clone", shared / "clone.ready"
    with (shared / "clone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(clone, ignore_errors=True)
            command("git", "clone", "--quiet", ROOT, clone)
            build = ["env", "--unset=EXPACT_REPOSITORY", "jupyter-book", "build", "book/", "-W", "--keep-going"]
            command(*build, folder=clone)
            ready.touch()
    return clone / "_build" / "html"


def project_of(run: Run) -> Path:
    """Return the copy of the project that a run lies in."""
    return run.folder.parent.parent


def copy_of(run: Run, folder: Path) -> Run:
    """Copy a run and its project, with times and what Snakemake recorded, into a folder that is not there yet."""
    shutil.copytree(project_of(run), folder, symlinks=True)
    return Run(folder / "runs" / run.folder.name)
