"""The steps beside training: simulation, filters, logos, Tomtom, and a large FASTA file. Medians of several calls."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import fasta
from expact_utils.data import simulate
from expact_utils.dna import jaspar
from expact_utils.dna.pfm import Motif, information, reverse_complement
from expact_utils.motifs import filters, tomtom
from expact_utils.networks import models
from expact_utils.report import logos
from expact_utils.run.paths import ROOT

CALLS = 5
RECORDS = 1_000_000  # of 200 nt


def measure() -> list[dict]:
    """Time every step and its peer: rows of `step`, `seconds`, `peer`, `peer_seconds`, and `memory` (bytes) of one."""
    return [_simulation(), _filters(), _logos(), _tomtom(), reading(RECORDS)]


def reading(records: int, length: int = 200) -> dict:
    """Read a generated FASTA file in a process of its own: a row with the peak memory of that process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.fa"
        fasta.write(path, records, length)
        command = [sys.executable, "-m", "benchmarks.fasta", str(path)]
        done = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    return _row(f"reading FASTA, {done['records']:,} × {length} nt", done["seconds"]) | {"memory": done["memory"]}


def plain_simulation(sequences: int, length: int = 200, seed: int = 0) -> tuple[list[str], list[set[int]]]:
    """Simulate the synthetic data the way one would first write it: a loop over sequences, motifs and positions."""
    rng = np.random.default_rng(seed)
    pool = [motif.pfm for motif in jaspar.ground_truth()]
    pool += [reverse_complement(pfm) for pfm in pool]
    texts, labels = [], []
    for _ in range(sequences):
        chosen = rng.integers(0, len(pool), 1 + rng.choice(5, p=simulate.MOTIF_NUMBERS))
        free = length - sum(len(pool[index]) for index in chosen)
        gaps = np.diff(np.sort(rng.integers(0, free + 1, len(chosen))), prepend=0, append=free)
        text = ""
        for gap, index in zip(gaps, [*chosen, None], strict=True):
            text += "".join(rng.choice(list("ACGT")) for _ in range(gap))
            if index is not None:
                text += "".join(rng.choice(list("ACGT"), p=row / row.sum()) for row in pool[index])
        texts.append(text)
        labels.append({int(index) % (len(pool) // 2) for index in chosen})
    return texts, labels


def plain_filters(model, codes: np.ndarray, threshold: float = 0.5) -> list[np.ndarray]:
    """PFMs of the first layer by a loop over filters and sequences, from the activations of all sequences at once."""
    import keras

    from expact_utils.dna.letters import one_hot

    layers = model.layers
    first = next(layer for layer in layers if isinstance(layer, keras.layers.Activation))
    width = next(layer for layer in layers if isinstance(layer, keras.layers.Conv1D)).kernel_size[0]
    activations = keras.Model(model.input, first.output).predict(one_hot(codes), verbose=0)
    pfms = []
    for channel in range(activations.shape[2]):
        counts = np.zeros((width, 4))
        largest = activations[:, :, channel].max()
        for sequence, activation in zip(codes, activations[:, :, channel], strict=True):
            start = int(activation.argmax()) - (width - 1) // 2
            if activation.max() >= threshold * largest and 0 <= start <= len(sequence) - width:
                counts += one_hot(sequence[start : start + width])
        pfms.append(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    return pfms


def _simulation() -> dict:
    ours = _median(lambda: simulate.simulate(25_000))
    peer = _median(lambda: plain_simulation(250), calls=3) * 100
    return _row("simulation, 25,000 × 200 nt", ours, "a plain loop (timed on 250)", peer)


def _filters() -> dict:
    codes = simulate.simulate(25_000).X["test"]
    model = models.build("cnn-2", 200, 12, "exponential")
    ours = _median(lambda: filters.extract(model, codes))
    peer = _median(lambda: plain_filters(model, codes), calls=3)
    return _row("30 filters on 5,000 sequences", ours, "a loop over filters and sequences", peer)


def _logos() -> dict:
    import logomaker
    import matplotlib.pyplot as plt
    import pandas as pd

    pfms = np.random.default_rng(0).dirichlet(np.full(4, 0.3), (32, 19))

    def draw(figure):
        figure.canvas.draw()
        plt.close(figure)

    def by_logomaker():
        figure, axes = plt.subplots(8, 4, figsize=(10, 8))
        for pfm, ax in zip(pfms, axes.ravel(), strict=True):
            heights = pfm * information(pfm)[:, None]
            logomaker.Logo(pd.DataFrame(heights, columns=list("ACGT")), ax=ax)
        return figure

    ours = _median(lambda: draw(logos.logo_grid(list(pfms), [f"filter{i}" for i in range(32)], 4)))
    return _row("grid of 32 logos", ours, "logomaker", _median(lambda: draw(by_logomaker()), calls=3))


def _tomtom() -> dict:
    pfms = np.random.default_rng(0).dirichlet(np.full(4, 0.3), (960, 14))
    queries = [Motif(f"filter{i}", f"filter{i}", pfm, 100) for i, pfm in enumerate(pfms)]
    targets = list(jaspar.jaspar())
    return _row(f"Tomtom, 960 queries × {len(targets)}", _median(lambda: tomtom.tomtom(queries, targets), calls=3))


def _median(call: Callable, calls: int = CALLS) -> float:
    """Median seconds of calls after a first one, which may compile."""
    call()
    seconds = []
    for _ in range(calls):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _row(step: str, seconds: float, peer: str = "", peer_seconds: float | None = None) -> dict:
    return {"step": step, "seconds": seconds, "peer": peer, "peer_seconds": peer_seconds}
