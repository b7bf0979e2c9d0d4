"""Noise of five kinds, in which no motif is to be found: `python -m benchmarks.noise`.

Random sequences of one length with shuffled negatives, of two lengths, real sequences with shuffled labels, overlapping
peaks of a random genome, and real sequences with numbers at random, of which the upper half is a class; each by the
default settings of one's own sequences, and one trial of either activation. The test sets are of 600 sequences and
more, so that chance moves an auROC by .02 or so. The page of real sets (`python -m benchmarks.field`) says what came
out.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import field
from expact_utils.data import own
from expact_utils.data.datasets import Dataset
from expact_utils.motifs import clusters, evidence
from expact_utils.run.errors import run_command
from expact_utils.run.files import atomic
from expact_utils.run.paths import Run
from expact_utils.run.tables import read_csv

RUNS = 5  # of each kind


def letters(number: int, length: int, rng: np.random.Generator) -> list[str]:
    """Random sequences."""
    return ["".join(row) for row in rng.choice(list("ACGT"), (number, length))]


def fasta(folder: Path, name: str, texts: list[str]) -> str:
    """Path of a FASTA file of these sequences."""
    path = folder / f"{name}.fa"
    path.write_text("".join(f">{name}{i}\n{text}\n" for i, text in enumerate(texts)), encoding="utf-8")
    return str(path)


def one_length(folder: Path, seed: int) -> Dataset:
    """4,000 random sequences of 150 nt, and each with its dinucleotides shuffled."""
    texts = letters(4000, 150, np.random.default_rng(seed))
    return own.load({"classes": {"noise": fasta(folder, "noise", texts)}, "negatives": "shuffle"}, seed)


def two_lengths(folder: Path, seed: int) -> Dataset:
    """Random sequences of 90 to 150 nt, in either class alike, padded to 150."""
    rng = np.random.default_rng(seed)
    classes = {
        name: fasta(folder, name, [text[: rng.integers(90, 151)] for text in letters(3000, 150, rng)]) for name in "ab"
    }
    return own.load({"classes": classes, "length": 150}, seed)


def shuffled_labels(folder: Path, seed: int) -> Dataset:
    """Regions of H3K27ac with and without IRF1, their labels exchanged at random."""
    data, rng = field.sets()["IRF1"][0](), np.random.default_rng(seed)
    for split, labels in data.Y.items():
        data.Y[split] = rng.permutation(labels[:])
    return data


def overlapping_peaks(folder: Path, seed: int) -> Dataset:
    """3,000 regions of a random genome, each with three summits 20 nt apart, in two classes."""
    rng = np.random.default_rng(seed)
    genome = folder / "genome.fa"
    genome.write_text(
        "".join(f">chr{i}\n{''.join(rng.choice(list('ACGT'), 200_000))}\n" for i in range(1, 9)), encoding="utf-8"
    )
    classes = {}
    for name, first in (("a", 0), ("b", 1)):
        regions = [(i // 2 % 8 + 1, 1000 * (i // 16) + 500 * first + 250) for i in range(first, 3000, 2)]
        starts = [(chromosome, at + 20 * j) for chromosome, at in regions for j in range(3)]
        path = folder / f"{name}.bed"
        path.write_text("".join(f"chr{c}\t{at}\t{at + 150}\n" for c, at in sorted(starts)), encoding="utf-8")
        classes[name] = str(path)
    return own.load({"classes": classes, "genome": str(genome), "length": 150}, seed)


def random_numbers(folder: Path, seed: int) -> Dataset:
    """Regions of H3K27ac with and without IRF1, each with a number at random."""
    data, rng = field.sets()["IRF1"][0](), np.random.default_rng(seed)
    data.Y = {split: rng.normal(size=labels.shape).astype(np.float32) for split, labels in data.Y.items()}
    return data


KINDS: dict[str, Callable[[Path, int], Dataset]] = {
    "one length": one_length,
    "two lengths": two_lengths,
    "shuffled labels": shuffled_labels,
    "overlapping peaks": overlapping_peaks,
    "random numbers": random_numbers,
}


def measure(kind: str, seed: int) -> dict:
    """A row of the table: auROC of either network on held-out sequences, and motifs listed."""
    with tempfile.TemporaryDirectory() as folder:
        data = KINDS[kind](Path(folder), seed)
        predicted, found = field.train(data, Run(folder), trials=1)
    _, table = evidence.weigh(clusters.cluster(clusters.alive(found)), data)
    scores = {of: field.auroc(data.as_classes().Y["test"][:], p) for of, (p,) in predicted["test"].items()}
    return {"noise": kind, "seed": seed, **scores, "motifs": len(table), "listed": int(table["evidence"].sum())}


def _command() -> None:
    about = (__doc__ or "").partition("\n\n")[2]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise", description=about)
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=list(KINDS), help="kinds of noise")
    rows = read_csv(field.NOISE).to_dict("records") if field.NOISE.exists() else []
    for kind in parser.parse_args().only:
        for seed in range(RUNS):
            rows = [row for row in rows if (row["noise"], row["seed"]) != (kind, seed)] + [measure(kind, seed)]
            print(rows[-1], flush=True)
            with atomic(field.NOISE, checksum=False) as file:
                pd.DataFrame(rows).to_csv(file, index=False, lineterminator="\n")
    table = pd.DataFrame(rows)
    print(table.groupby("noise", sort=False).agg({"relu": "mean", "exponential": "mean", "listed": "sum"}))
    print(field.on_noise(table))


if __name__ == "__main__":
    run_command(_command)
