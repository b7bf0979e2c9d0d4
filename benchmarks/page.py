"""The table that the benchmarks print, and the book's page made from it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from benchmarks.attribution import MORE
from benchmarks.trainings import PEERS
from expact_utils.run.files import atomic
from expact_utils.run.names import METHODS, architecture_title
from expact_utils.run.paths import ROOT

PAGE = ROOT / "book" / "benchmarks.md"
CURVES = ROOT / "book" / "_static" / "benchmarks.png"
AXES = {"sequences": "sequences", "length": "length (nt)", "trials": "trials", "outputs": "outputs"}


def trainings_table(rows: list[dict]) -> pd.DataFrame:
    """Return medians over rounds (of the slowest epoch the worst), a row a network and peer, and ratios to expact's."""
    measured = pd.DataFrame(rows)
    measured["epoch"] = [float(np.median(epochs)) for epochs in measured["epochs"]]
    measured["slowest epoch / median"] = [max(epochs) / float(np.median(epochs)) for epochs in measured["epochs"]]
    measured["memory"] /= 1e9
    table = measured.groupby(["network", "peer"], sort=False).agg(
        {"seconds": "median", "epoch": "median", "slowest epoch / median": "max", "memory": "median"}
    )
    ours = table.xs("expact", level="peer")["seconds"]
    table.insert(1, "× expact", table["seconds"] / ours.reindex(table.index, level="network"))
    return table.reset_index()


def table(results: dict) -> str:
    """All results as text, with the machine and the versions of each part."""
    blocks = []
    if "trainings" in results:
        trained = trainings_table(results["trainings"]["rows"])
        blocks.append(_titled("Whole trainings (s, medians)", trained, results["trainings"]["machine"]))
    if "steps" in results:
        blocks.append(_titled("Other steps (s, medians)", _steps(results), results["steps"]["machine"]))
    if "scaling" in results:
        blocks.append(_titled("Scaling, CNN-50", _scaling(results), results["scaling"]["machine"]))
    if "large" in results:
        blocks.append(_large(results["large"]["rows"]) + "\n" + _made(results["large"]["machine"]))
    return "\n\n".join(blocks)


def write(results: dict) -> None:
    """Write the book's page and its figure, when all parts have been measured."""
    missing = [part for part in ("trainings", "steps", "scaling", "large") if part not in results]
    if missing:
        print(f"\n{PAGE.relative_to(ROOT)} is left as it is: {', '.join(missing)} not measured yet.")
        return
    figure = curves(pd.DataFrame(results["scaling"]["rows"]))
    with atomic(CURVES, checksum=False) as partial:
        figure.savefig(partial, dpi=160, bbox_inches="tight")
    plt.close(figure)
    trained = trainings_table(results["trainings"]["rows"])
    trained["network"] = trained["network"].map(architecture_title)
    trained["peer"] = trained["peer"].map(PEERS)
    trained = trained.rename(columns={"peer": "trained by", "epoch": "an epoch (s)", "memory": "memory (GB)"})
    with atomic(PAGE, checksum=False) as partial:
        partial.write_text(
            TEXT.format(
                trainings=_markdown(trained),
                trainings_made=_made(results["trainings"]["machine"]),
                rounds=len(results["trainings"]["rows"]) // len(trained),
                epochs=len(results["trainings"]["rows"][0]["epochs"]),
                steps=_markdown(_steps(results)),
                steps_made=_made(results["steps"]["machine"]),
                scaling_alt=_curves_alt(pd.DataFrame(results["scaling"]["rows"])),
                large=_large(results["large"]["rows"]),
                own=_own(results.get("own")),
                attribution=_attribution(results.get("attribution")),
                gpu=_gpu(results.get("gpu")),
            ),
            encoding="utf-8",
        )
    print(f"\nWrote {PAGE.relative_to(ROOT)} and {CURVES.relative_to(ROOT)}.")


def curves(rows: pd.DataFrame) -> plt.Figure:
    """Seconds and peak memory against sequences, length and trials, with the line that is linear from the first."""
    rows = rows.assign(memory=rows["memory"] / 1e9, epoch=rows["epochs"].map(np.median))
    figure, axes = plt.subplots(2, 4, figsize=(11, 5), sharey="row", layout="constrained")
    for column, (size, label) in zip(axes.T, AXES.items(), strict=True):
        own = rows[rows["size"] == size]
        seconds = own["seconds"] if size == "trials" else own["epoch"]
        column[0].plot(own["value"], seconds, "o-", color="#c1440e")
        column[0].plot(own["value"], seconds.iloc[0] * own["value"] / own["value"].iloc[0], "--", color="#5b6770", lw=1)
        column[1].plot(own["value"], own["memory"], "o-", color="#1f4fd8")
        column[1].set_xlabel(label)
        for ax in column:
            ax.set_xscale("log", base=2)
            ax.set_xticks(own["value"], [f"{value:,}" for value in own["value"]])
            ax.minorticks_off()
        column[0].set_yscale("log")
    axes[0, 0].yaxis.set_major_formatter("{x:g}")
    axes[1, 0].set_ylim(0, 1.1 * rows["memory"].max())
    sns.despine(figure)
    axes[0, 0].set_ylabel("seconds an epoch\n(trials: in all)")
    axes[1, 0].set_ylabel("peak memory (GB)")
    return figure


def _curves_alt(rows: pd.DataFrame) -> str:
    """The curves in words."""
    sentences = []
    for size in AXES:
        own = rows[rows["size"] == size]
        seconds = own["seconds"] if size == "trials" else own["epochs"].map(np.median)
        sentences.append(
            f"from {own['value'].iloc[0]:,} to {own['value'].iloc[-1]:,} {AXES[size]} the time goes from "
            f"{seconds.iloc[0]:.1f} to {seconds.iloc[-1]:.1f} s and the peak memory from "
            f"{own['memory'].iloc[0] / 1e9:.2f} to {own['memory'].iloc[-1] / 1e9:.2f} GB"
        )
    return "Time and memory against size: " + "; ".join(sentences) + "."


def _steps(results: dict) -> pd.DataFrame:
    rows = pd.DataFrame(results["steps"]["rows"])
    rows["× expact"] = rows["peer_seconds"] / rows["seconds"]
    rows = rows.rename(columns={"peer_seconds": "peer's seconds"})
    columns = ["step", "seconds", "peer", "peer's seconds", "× expact"]
    if "memory" in rows:
        rows["peak memory (GB)"] = rows["memory"] / 1e9
        columns.append("peak memory (GB)")
    return rows[columns]


def _scaling(results: dict) -> pd.DataFrame:
    rows = pd.DataFrame(results["scaling"]["rows"])
    rows["epoch"], rows["memory (GB)"] = rows["epochs"].map(np.median), rows["memory"] / 1e9
    return rows[["size", "value", "seconds", "epoch", "memory (GB)"]]


def _large(row: dict) -> str:
    gigabytes = row["sequences"] * row["length"] / 1e9
    return (
        f"{row['sequences']:,} random sequences of {row['length']:,} nt, {gigabytes:.1f} GB of bases, left in their "
        f"file: an epoch of CNN-50 took {row['epochs'][0]:.0f} s and the process {row['memory'] / 1e9:.2f} GB at its "
        "peak, Keras and TensorFlow included."
    )


def _own(measured: dict | None) -> str:
    if measured is None:
        return "Not measured yet: `python -m benchmarks own` does."
    rows = pd.DataFrame(measured["rows"])
    shown = pd.DataFrame({"run": rows["case"]})
    shown["seconds, each round"] = [", ".join(f"{of:.0f}" for of in times) for times in rows["seconds"]]
    shown["load before it"] = [", ".join(map(str, loads)) for loads in rows["loads"]]
    return f"{_markdown(shown)}\n\n{_made(measured['machine'])}"


def _attribution(measured: dict | None) -> str:
    if measured is None:
        return "Not measured yet: `python -m benchmarks attribution` does."
    rows = pd.DataFrame(measured["rows"]).astype({"peer_seconds": float})
    rows["× expact"] = rows["peer_seconds"] / rows["seconds"]
    titles = {"peer_seconds": "peer's seconds", "bound": "products alone", "memory": "GB"}
    titles["memory_of_more"] = f"GB of {MORE} times as many"
    shown = rows.assign(method=rows["method"].map(METHODS)).rename(columns=titles)
    return f"{_markdown(shown)}\n\n{_made(measured['machine'])}"


def _gpu(measured: dict | None) -> str:
    if measured is None:
        return (
            "Not measured: no graphics card was at hand. On a machine with one, `python -m benchmarks.gpu` measures an "
            "epoch beside Keras's `fit`, alone and with ten trials at a time, all thirty synthetic trainings of 100 "
            "epochs in one process, and how far they are from the card's measured arithmetic and bandwidth (the "
            "roofline); `python -m benchmarks steps` then makes this page again."
        )
    rows = pd.DataFrame(measured["rows"])
    rows["fit / expact"] = rows["keras_fit"] / rows["expact"]
    rows["expact / bound"] = rows["expact_ten_trials"] / rows["bound"]
    total = rows["bound"].sum() * 2 * measured["trials"] * measured["epochs"]
    return (
        f"{measured['device']}: {measured['speed'] / 1e12:.0f} TFLOP/s in a product of matrices and "
        f"{measured['bandwidth'] / 1e9:.0f} GB/s, both measured. All {6 * measured['trials']} synthetic trainings of "
        f"{measured['epochs']} epochs took {measured['all_trainings']:.0f} s in one process, compilation and scoring "
        f"included; their arithmetic and memory traffic alone would take {total:.0f} s. Seconds an epoch:\n\n"
        + _markdown(rows)
        + f"\n\n{_made(measured['machine'])}"
    )


def _made(machine: dict) -> str:
    versions = machine["versions"]
    shown = ("python", "tensorflow-cpu", "tensorflow", "keras", "torch", "jax", "numpy")
    packages = ", ".join(f"{name} {versions[name]}" for name in shown if name in versions)
    changes = " with uncommitted changes" if machine["uncommitted_changes"] else ""
    return f"{machine['processor']}, {machine['cores']} cores; {packages}; commit {machine['commit'][:12]}{changes}."


def _titled(title: str, rows: pd.DataFrame, machine: dict) -> str:
    text = rows.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="–")
    return f"{title}\n{text}\n{_made(machine)}"


def _markdown(rows: pd.DataFrame) -> str:
    """Table in Markdown; numbers to three digits."""

    def text(value) -> str:
        if isinstance(value, float):
            return "–" if np.isnan(value) else f"{value:.3g}"
        return str(value or "–")

    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.map(text).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


TEXT = """<!-- Written by `make benchmark`; edit benchmarks/page.py instead. -->
# Benchmarks

How long things take, beside what one would otherwise use. `make benchmark` measures it all on one machine, each
training in a process of its own, the peers in turn. A time is the median of its runs; *× expact* is how many times as
long the peer takes.

## Training

{epochs} epochs on the 17,500 training sequences of the synthetic data in mini-batches of 100, with the validation
loss after each epoch: medians of {rounds} trainings each, and of the slowest epoch the worst of all. The clock starts
when packages and data are loaded, so compilation counts among the seconds; expact compiles before its first epoch, its
peers within theirs. All train the same network with the exponential. The paper's authors train with Keras's `fit` and
metrics that are updated in every batch.

{trainings}

{trainings_made}

Where the time is saved: an epoch is one compiled call; sequences stay int8 until a batch is made; max pooling comes
before the activation (both are monotonic, so nothing changes); batch normalisation looks at a convolution's result
once; dropout takes 16 random bits a value. What remains is mostly convolution, at about the speed at which this
processor multiplies matrices.

Tried on this processor and not kept: Adam on one long vector of all weights (no faster), the same compiled by XLA (no
faster), fused batch normalisation for the affine maps (slower by a tenth or more), the products of matrices that the
JAX engine uses for graphics cards (slower than TensorFlow's convolutions), and a first layer that looks rows of its
kernel up instead of multiplying one-hot sequences (forward and backward 6.6 times as slow, with sums of three bases
looked up at once 3.5 times). Convolutions in bfloat16 take .6 to .7 of the time here, forward and backward, as this
processor has instructions for it; they are not used because nobody has shown that they leave the filters as they are.

## Cost against size

CNN-50 for three epochs; one size grows while the others stay at 10,000 sequences, 200 nt, one trial and 12 outputs.
Dashed: in proportion to the first point. Time should follow that line or stay below it. In memory a base takes one
byte, so what grows is mostly the batch: its one-hot sequences and what each layer computes of them are as long as the
sequences. An output has weights and labels of its own; trials come one after the other.

```{{figure}} _static/benchmarks.png
:alt: {scaling_alt}

Time and memory of training against the number of sequences, their length, and the numbers of trials and outputs.
```

A training set of more than 0.5 GB stays in its file and is shuffled a part at a time. {large}

## Other steps

{steps}

{steps_made}

## One's own sequences

`expact run` on two classes of random sequences of 200 nt, SRF's motif in 60 % of one and 5 % of the other, from the
files to the report: a first look (`--quick`), and the default run, three trials of both activations. The first round
may compile what later ones find compiled.

{own}

## Attribution

Sequences of 200 nt, an exponential CNN-dist, the logit. Of in-silico mutagenesis the peers are one call of Keras's
`predict` for all mutants of a sequence, and tangermeme, of the others tangermeme or captum (PyTorch, the same weights)
and shap. Integrated gradients of 20 steps and DeepSHAP compare with ten references a sequence, shap's with ten for all.
*Products alone*: the seconds that the layers' products would take at the speed of a product of large matrices on this
machine; no method can be faster. GB: the most memory of a process of its own.

{attribution}

## On a graphics card

{gpu}
"""
