"""Time and memory of explaining a network, as its user waits for it: `python -m benchmarks.explain`.

A network of 300 filters of 19 nt, with random weights but for one filter that is SRF's motif, and 10,000 sequences of
1,000 nt, half of them with SRF's motif: from the files to the report, without TF-MoDISco.
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
import psutil

from benchmarks.noise import fasta, letters
from expact_utils.dna.jaspar import ground_truth
from expact_utils.run.errors import run_command
from expact_utils.run.paths import ROOT

FILTERS, WIDTH, LENGTH, SEQUENCES = 300, 19, 1_000, 5_000  # sequences a class
NAME = "benchmark-network"


def write_network(path: Path, pfm: np.ndarray) -> None:
    """Write a network whose first filter is a motif, and whose output is that filter's best site."""
    import keras
    from keras import layers

    kernel = np.random.default_rng(0).normal(0, 0.1, (WIDTH, 4, FILTERS))
    kernel[: len(pfm), :, 0] = np.log2(np.maximum(pfm, 0.01) / 0.25)
    weights = np.zeros((FILTERS, 1))
    weights[0] = 1
    start = keras.Input((LENGTH, 4))
    convolution = layers.Conv1D(FILTERS, WIDTH, padding="same", activation="relu")
    dense = layers.Dense(1, activation="sigmoid", name="bound")
    model = keras.Model(start, dense(layers.GlobalMaxPooling1D()(convolution(start))))
    convolution.set_weights([kernel, np.zeros(FILTERS)])
    dense.set_weights([weights, np.array([-12.0])])
    model.save(path)


def write_sequences(folder: Path, pfm: np.ndarray) -> list[str]:
    """Write two FASTA files, the first one's sequences with a site each."""
    paths = []
    for name in ("bound", "other"):
        rng = np.random.default_rng(len(paths))
        texts = letters(SEQUENCES, LENGTH, rng)
        for i in range(SEQUENCES if name == "bound" else 0):
            start = rng.integers(0, LENGTH - len(pfm))
            site = "".join(rng.choice(list("ACGT"), p=column) for column in pfm)
            texts[i] = texts[i][:start] + site + texts[i][start + len(pfm) :]
        paths.append(fasta(folder, name, texts))
    return paths


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of a command, and the most memory that it and its children hold together, in GB."""
    started, most = time.monotonic(), 0.0
    process = subprocess.Popen(command, cwd=folder)
    while process.poll() is None:
        most = max(most, _memory(psutil.Process(process.pid)))
        time.sleep(0.5)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.monotonic() - started, most


def _memory(process: psutil.Process) -> float:
    """GB that a process and its children hold, memory that they share counted once."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue  # it ended meanwhile
    return total / 1e9


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    argparse.ArgumentParser(prog="python -m benchmarks.explain", description=about).parse_args()
    (srf,) = [motif for motif in ground_truth() if motif.id == "MA0083.3"]
    shutil.rmtree(ROOT / "runs" / NAME, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_network(folder / "network.keras", srf.pfm)
        files = [str(folder / "network.keras"), *write_sequences(folder, srf.pfm)]
        load = os.getloadavg()[0]
        command = [sys.executable, "-m", "expact_utils.command", "explain", "--maps", "drawn", "--name", NAME, *files]
        seconds, memory = measured(command, folder)
    shutil.rmtree(ROOT / "runs" / NAME)
    print(
        f"{FILTERS} filters × {WIDTH}, {2 * SEQUENCES:,} sequences of {LENGTH:,} nt: {seconds:.0f} s, {memory:.1f} GB"
    )
    print(f"load before it: {load:.1f}, {os.cpu_count()} cores")


if __name__ == "__main__":
    run_command(_command)
