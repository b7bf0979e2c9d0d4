"""Measure, print one table and write the book's page; see `--help`."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks import attribution, own, page, steps
from benchmarks.trainings import PEERS
from expact_utils.run.errors import NotebookError, run_command
from expact_utils.run.files import atomic, read_json
from expact_utils.run.paths import ROOT
from expact_utils.run.progress import Progress
from expact_utils.run.provenance import provenance

RESULTS = ROOT / "benchmarks" / "results.json"
NETWORKS = ("cnn-2", "cnn-50", "cnn-deep")
LARGE = (1_000_000, 1_000)  # sequences and their length
SCALING = {
    "sequences": [5_000, 10_000, 20_000, 40_000, 80_000],
    "length": [200, 400, 800, 1_600],
    "trials": [1, 2, 4, 8],
    "outputs": [12, 115, 230, 460, 919],
}


def trainings(rounds: int, epochs: int) -> list[dict]:
    """Whole trainings by expact and its peers, one process each, in turn."""
    peers = [peer for peer in PEERS if peer != "torch" or find_spec("torch")]
    work = [(network, peer) for _ in range(rounds) for network in NETWORKS for peer in peers]
    return _processes([([peer, network, "exponential", "--epochs", epochs], {"network": network, "peer": peer})
                       for network, peer in work])  # fmt: skip


def scaling() -> list[dict]:
    """CNN-50 for three epochs at growing sizes: seconds and memory against one size at a time."""
    work = []
    for size, values in SCALING.items():
        small = {"sequences": 10_000, "length": 200, "trials": 1}
        for value in values:
            options = [text for key, number in (small | {size: value}).items() for text in (f"--{key}", number)]
            work.append((["expact", "cnn-50", "exponential", "--epochs", 3, *options], {"size": size, "value": value}))
    return _processes(work)


def large() -> dict:
    """One epoch of CNN-50 on a generated file that is larger than training may keep in memory."""
    from expact_utils.data import datasets

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.h5"
        _write_random(path, *LARGE)
        arguments = ["expact", "cnn-50", "exponential", "--epochs", 1, "--data", path]
        (row,) = _processes([(arguments, {"sequences": LARGE[0], "length": LARGE[1]})])
        return row | {"file": path.stat().st_size, "in_memory": datasets.IN_MEMORY}


def scores() -> dict:
    """Scoring of random predictions: seconds for so many labels."""
    from expact_utils.networks.scores import score

    rng = np.random.default_rng(0)
    sequences, outputs = 100_000, 20
    labels, probabilities = rng.integers(0, 2, (sequences, outputs)), rng.random((sequences, outputs))
    started = time.perf_counter()
    score(labels, probabilities, [f"class {i}" for i in range(outputs)])
    return {"labels": sequences * outputs, "seconds": time.perf_counter() - started}


def _write_random(path: Path, sequences: int, length: int) -> None:
    """Write a dataset file of random sequences, a piece at a time."""
    from expact_utils.data import datasets

    class Random:
        """Rows that exist only while they are looked at."""

        dtype, ndim = np.dtype("int8"), 2

        def __init__(self, *shape, highest):
            self.shape, self.highest = shape, highest

        def __len__(self):
            return self.shape[0]

        def __getitem__(self, rows):
            start, stop, _ = rows.indices(len(self))
            return np.random.default_rng(start).integers(0, self.highest + 1, (stop - start, self.shape[1]), np.int8)

    splits = {"train": sequences, "valid": 1_000, "test": 1_000}
    X = {split: Random(rows, length, highest=3) for split, rows in splits.items()}
    Y = {split: Random(rows, 12, highest=1) for split, rows in splits.items()}
    datasets.write(path, datasets.Dataset(X, Y, [f"class {i}" for i in range(12)], "random", 0))


def _processes(work: list[tuple[list, dict]]) -> list[dict]:
    rows, progress = [], Progress("benchmark", len(work))
    for arguments, labels in work:
        command = [sys.executable, "-m", "benchmarks.trainings", *map(str, arguments)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotebookError(f"{' '.join(command)} failed: {done.stderr.strip().splitlines()[-1]}")
        rows.append(labels | json.loads(done.stdout.splitlines()[-1]))
        progress.report(len(rows), f"{' '.join(command[3:])}: {rows[-1]['seconds']:.1f} s")
    return rows


def keep(results: dict) -> None:
    """Write all results, into the file that the repository holds."""
    with atomic(RESULTS, checksum=False) as partial:
        partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def machine() -> dict:
    """Processor, cores, memory, versions and commit of what was measured."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    made = provenance()
    if find_spec("torch"):
        from importlib.metadata import version

        made["versions"]["torch"] = version("torch")
    return {"processor": model, "cores": os.cpu_count(), **made}


def main() -> None:
    """Measure the parts asked for, keep the others as they were measured before, print and write the page."""
    parts = {
        "trainings": lambda: trainings(arguments.rounds, arguments.epochs),
        "steps": steps.measure,
        "scaling": scaling,
        "large": large,
        "scores": scores,
        "own": own.measure,
        "attribution": attribution.measure,
    }
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure expact beside its peers, print one table, and write benchmarks/results.json and the "
        "book's page. Nothing else should run on the machine. All parts take about an hour on two cores.",
    )
    parser.add_argument("part", nargs="*", metavar="PART", help=f"parts to measure, of {', '.join(parts)}; all if none")
    parser.add_argument("--rounds", type=int, default=3, help="trainings of each network by each peer (default 3)")
    parser.add_argument("--epochs", type=int, default=10, help="of those trainings (default 10)")
    arguments = parser.parse_args()
    for part in arguments.part:
        if part not in parts:
            parser.error(f"{part} is not a part; expected some of {', '.join(parts)}")
    results = read_json(RESULTS) if RESULTS.is_file() else {}
    for part in arguments.part or parts:
        results[part] = {"machine": machine(), "rows": parts[part]()}
        keep(results)
    print(page.table(results))
    page.write(results)


if __name__ == "__main__":
    run_command(main)
