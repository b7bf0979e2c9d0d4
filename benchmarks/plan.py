"""What a study larger than one machine would cost, from the measured curves: the book's page of the plan.

    python -m benchmarks.plan [--price 0.05 …]

All that is assumed is an option; all else is in benchmarks/results.json. With options, the costs are printed, and the
page is left as it is.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.__main__ import RESULTS
from benchmarks.page import _made, _markdown, trainings_table
from expact_utils.run.errors import InputError, run_command
from expact_utils.run.files import atomic, read_json
from expact_utils.run.names import ARCHITECTURES
from expact_utils.run.paths import ROOT

PAGE = ROOT / "book" / "plan.md"
MACHINES = (1, 10, 100)
HOUR = 3600
OUTPUTS = 12  # of every curve but that of outputs
TRAINED = 7_000  # of the 10,000 sequences of that curve, those that an epoch trains on


@dataclass(frozen=True)
class Study:
    """A study to plan; the defaults are DeepSEA whole (Zhou & Troyanskaya 2015)."""

    sequences: int = 4_400_000
    length: int = 1_000
    outputs: int = 919
    tested: int = 455_024
    trials: int = 100
    epochs: int = 100
    price: float = 0.05


def seconds_per_base(results: dict) -> float:
    """Seconds of an epoch of CNN-50 for each base of the training set, of the largest that was measured."""
    row = results["large"]["rows"]
    return float(np.median(row["epochs"])) / (row["sequences"] * row["length"])


def growth(results: dict, size: str) -> tuple[float, float]:
    """Least-squares line through an epoch's seconds against a size: seconds at 0, and for each unit more."""
    rows = pd.DataFrame(results["scaling"]["rows"])
    own = rows[rows["size"] == size]
    if len(own) < 2:
        raise InputError(f"{RESULTS.name} has no curve of {size}; expected `python -m benchmarks scaling` first.")
    slope, start = np.polyfit(own["value"].astype(float), own["epochs"].map(np.median), 1)
    return float(start), float(slope)


def seconds_per_output(results: dict) -> float:
    """Seconds of an epoch for each output and training sequence, whatever its length: the last layer sees no bases."""
    return growth(results, "outputs")[1] / TRAINED


def costs(results: dict, study: Study) -> pd.DataFrame:
    """A row a network: hours of one training, of all trials, and their price, on the machine that was measured."""
    trained = trainings_table(results["trainings"]["rows"])
    epoch = trained[trained["peer"] == "expact"].set_index("network")["epoch"]
    base = seconds_per_base(results)
    more_outputs = seconds_per_output(results) * (study.outputs - OUTPUTS)
    of_scores = results["scores"]["rows"]["seconds"] / results["scores"]["rows"]["labels"]
    rows = []
    for network, name in ((row.name, row.title) for row in ARCHITECTURES.values() if row.name in epoch):
        a_sequence = base * study.length * float(epoch[network] / epoch["cnn-50"]) + more_outputs
        an_epoch = study.sequences * a_sequence
        of_test_set = study.tested * (a_sequence + of_scores * study.outputs)
        training = (study.epochs * an_epoch + of_test_set) / HOUR
        hours = training * study.trials
        rows.append(
            {
                "network": name,
                "an epoch (min)": an_epoch / 60,
                "a training (h)": training,
                f"{study.trials} trials (machine hours)": hours,
                **{f"days on {n}": hours / n / 24 for n in MACHINES},
                "price (USD)": hours * results["large"]["machine"]["cores"] * study.price,
            }
        )
    return pd.DataFrame(rows)


def traffic(results: dict, study: Study) -> dict[str, float]:
    """Gigabytes: bases and labels of the training and the test set, and what one network's trainings read of them."""
    row = results["large"]["rows"]
    a_sequence = row["file"] / (row["sequences"] * row["length"]) * study.length, study.outputs
    bases, labels = (of_one * (study.sequences + study.tested) / 1e9 for of_one in a_sequence)
    read = sum(a_sequence) * (study.sequences * study.epochs + study.tested) / 1e9
    return {"bases": bases, "labels": labels, "read": read * study.trials}


def text(results: dict, study: Study) -> str:
    """The page."""
    table, bytes_ = costs(results, study), traffic(results, study)
    start, slope = growth(results, "sequences")
    predicted = (start + slope * 10 / 7 * results["large"]["rows"]["sequences"]) * (
        results["large"]["rows"]["length"] / 200
    )
    return TEXT.format(
        study=study,
        table=_markdown(table.map(_with_commas)),
        bases=bytes_["bases"],
        labels=bytes_["labels"],
        read=bytes_["read"],
        per_base=seconds_per_base(results) * 1e9,
        measured=float(np.median(results["large"]["rows"]["epochs"])),
        predicted=predicted,
        per_output=seconds_per_output(results) * 1e9,
        more_outputs=seconds_per_output(results) * (study.outputs - OUTPUTS) * study.sequences / 60,
        memory=results["large"]["rows"]["memory"] / 1e9,
        predictions=(4 + 1) * study.tested * study.outputs / 1e9,
        scores=results["scores"]["rows"]["seconds"] / results["scores"]["rows"]["labels"] * 1e9,
        scoring=results["scores"]["rows"]["seconds"]
        / results["scores"]["rows"]["labels"]
        * study.outputs
        * study.tested
        / 60,
        cores=results["large"]["machine"]["cores"],
        made=_made(results["large"]["machine"]),
        total=table["price (USD)"].sum() * 2,
    )


def _with_commas(value):
    """Large numbers as text, such as 15,779."""
    return f"{value:,.0f}" if isinstance(value, float) and value >= 1000 else value


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan", description=__doc__.partition("\n")[0])
    for name, value in vars(Study()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"default {value:,}")
    study = Study(**vars(parser.parse_args()))
    results = read_json(RESULTS)
    if study == Study():
        with atomic(PAGE, checksum=False) as partial:
            partial.write_text(text(results, study), encoding="utf-8")
    print(costs(results, study).to_string(index=False, float_format=lambda value: f"{value:.3g}"))


TEXT = """<!-- Written by `python -m benchmarks.plan`; edit benchmarks/plan.py instead. -->
# A plan past one cluster

What would it cost to ask the paper's question of DeepSEA's data whole (Zhou & Troyanskaya 2015): {study.sequences:,}
training sequences of {study.length:,} nt, {study.outputs:,} outputs, {study.trials} trials of {study.epochs} epochs? No
such run was made. This is what the [measured curves](benchmarks) say, drawn out; every assumption is named below.

{table}

*Days on n*: n machines of {cores} cores, a training on each at a time. The price is of {study.price} USD for a core and
hour. All three networks with both activations cost {total:,.0f} USD.

## Where the numbers come from

- **Seconds a base.** The largest training set that was measured, 1,000,000 × 1,000 nt left in its file, took
  {measured:.0f} s an epoch with CNN-50 on {cores} cores: {per_base:.3g} ns a base. The curve against the number of
  sequences (to 80,000 × 200 nt, held in memory) would have predicted {predicted:.0f} s. The study's training set is
  {study.sequences:,} × {study.length:,} nt; time is taken to grow with it in proportion, as it does on the curves.
- **Networks.** Against CNN-50 as their epochs are on the synthetic data.
- **Outputs.** Each output more than 12 costs {per_output:.3g} ns a training sequence, by the line through the curve of
  12 to 919 outputs (CNN-50, 7,000 × 200 nt to train on): {more_outputs:.1f} minutes an epoch for {study.outputs}. It is
  taken to be the same for each length and network, as only the last layer grows, and all have one of the same width
  before it; that was not measured. Reading {study.outputs} labels a sequence from the file is not in it.
- **Scores.** auPR and auROC take {scores:.3g} ns a label, measured: {scoring:.0f} minutes for {study.tested:,} test
  sequences × {study.outputs} outputs, once a training. Predicting them is taken to cost what training on them once
  would, which is more than it does.
- **Memory.** {memory:.2f} GB a training with 12 outputs, measured, whatever the number of sequences, as they stay in
  their file; and {predictions:.1f} GB, by arithmetic, for the test set's probabilities (float32) and labels.
- **Bytes.** The file holds {bases:.2f} GB of compressed bases and {labels:.2f} GB of labels before compression, with
  those to test. The trainings of one network read the training set once an epoch and the test set once,
  {read:,.0f} GB in all from a shared file system; a node that keeps the file in memory reads it once.
- **Epochs.** {study.epochs} is the paper's number for 17,500 sequences. With {study.sequences:,} far fewer will do, and
  time and price fall with them in proportion: `python -m benchmarks.plan --epochs 10` says what remains.

Not in it: the few thousand sequences to validate, filters, Tomtom and pages (seconds a network), waiting in a queue,
storage, and graphics cards, on which nothing was measured. Another price, size or number of trials is an option of
`python -m benchmarks.plan`.

The largest training set was measured on {made} The other figures' machines and commits are on the page of benchmarks.
"""

if __name__ == "__main__":
    run_command(main)
