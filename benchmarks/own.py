"""Time of a run on one's own sequences, as its user waits for it: `python -m benchmarks.own`.

Two classes of random sequences of 200 nt, SRF's motif in 60 % of one and 5 % of the other: a first look at 2,500 each,
and the default run of 4,000 each, from the files to the report.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.noise import fasta, letters
from expact_utils.dna.jaspar import ground_truth
from expact_utils.run.errors import run_command
from expact_utils.run.paths import ROOT

CASES = {"a first look, 2 × 2,500": (2500, ["--quick"]), "the default run, 2 × 4,000": (4000, [])}
SHARES = {"bound": 0.6, "other": 0.05}  # of sequences with the motif


def sequences(folder: Path, number: int) -> list[str]:
    """Paths of two FASTA files, named so that their run is the benchmark's own."""
    (srf,) = [motif for motif in ground_truth() if motif.id == "MA0083.3"]
    paths = []
    for name, share in SHARES.items():
        rng = np.random.default_rng(len(paths))
        texts = letters(number, 200, rng)
        for i in np.flatnonzero(rng.random(number) < share):
            start = rng.integers(0, 200 - srf.width)
            site = "".join(rng.choice(list("ACGT"), p=column) for column in srf.pfm)
            texts[i] = texts[i][:start] + site + texts[i][start + srf.width :]
        paths.append(fasta(folder, f"benchmark-{name}", texts))
    return paths


def seconds(number: int, flags: list[str]) -> float:
    """Time of `expact run` on so many sequences a class; the run is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        files = sequences(Path(folder), number)
        run = ROOT / "runs" / "benchmark-bound"
        shutil.rmtree(run, ignore_errors=True)
        started = time.monotonic()
        subprocess.run([sys.executable, "-m", "expact_utils.command", "run", *flags, *files], cwd=folder, check=True)
        shutil.rmtree(run)
        return time.monotonic() - started


def measure(rounds: int = 3) -> list[dict]:
    """Rows of `results.json`: case, seconds of each round, and the machine's load before each."""
    rows = []
    for case, (number, flags) in CASES.items():
        loads, times = [], []
        for _ in range(rounds if flags else 1):
            loads.append(round(os.getloadavg()[0], 1))
            times.append(round(seconds(number, flags), 1))
        rows.append({"case": case, "seconds": times, "loads": loads})
    return rows


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    argparse.ArgumentParser(prog="python -m benchmarks.own", description=about).parse_args()
    for row in measure(rounds=1):
        print(f"{row['case']}: {row['seconds'][0]:.0f} s (load before it: {row['loads'][0]}, {os.cpu_count()} cores)")


if __name__ == "__main__":
    run_command(_command)
