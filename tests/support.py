"""What tests share: paths, commands, and one finished run of the tiny graph."""

import functools
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


def command(*arguments, folder=ROOT) -> str:
    """Run a command of this environment and return what it printed; a failure shows that."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        list(map(str, arguments)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    return done.stdout + done.stderr


@functools.cache
def finished_test_run() -> Run:
    """Make `runs/test` anew with config/test.yaml, once for all tests."""
    run = Run("runs/test")
    shutil.rmtree(run.folder, ignore_errors=True)
    command("snakemake", "--configfile", "config/test.yaml", "--cores", "all")
    return run
