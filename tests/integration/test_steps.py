"""The steps of a run, one notebook after the other, from data to the pages of results."""

import numpy as np
import pandas as pd

from expact_utils.networks import models
from expact_utils.run.config import check
from expact_utils.run.files import write_json
from expact_utils.run.paths import Run
from notebooks import work_through


def write_numbers(path):
    """Sequences of 60 nt, a number that a motif in half of them makes, and one that is noise, in part missing."""
    rng, rows = np.random.default_rng(0), ["sequence,activity,noise"]
    for i in range(600):
        sequence, has = rng.choice(list("ACGT"), 60), i % 2
        if has:
            start = rng.integers(0, 48)
            sequence[start : start + 12] = list("TGACTCATGCAA")
        noise = "" if i % 5 == 0 else f"{rng.normal():.3f}"
        rows.append(f"{''.join(sequence)},{100 + 40 * has + rng.normal(0, 8):.1f},{noise}")
    path.write_text("\n".join(rows) + "\n")


def test_numbers_are_predicted_from_a_table_to_the_results_page(tmp_path):
    """The steps of the graph, as `expact run` calls them; the motif has evidence, the noise no score."""
    write_numbers(tmp_path / "activities.csv")
    own = {"table": str(tmp_path / "activities.csv"), "label_columns": ["activity", "noise"]}
    run = str(tmp_path / "run")
    work_through("01_own.ipynb", own=own, run=run)
    where = {"run": run, "inputs": run}
    one = {"dataset": "own", "architecture": "cnn-50", "activation": "exponential", "trial": 0}
    all_of_them = {"architectures": ["cnn-50"], "activations": ["exponential"], "trials": 1}
    work_through("02_first_layer.ipynb", **where, dataset="own", epochs=1, batch_size=10, strand="both")
    trained = work_through("02_training.ipynb", **where, **one, epochs=40, batch_size=10, strand="both")
    choice = pd.read_csv(Run(run).folder / "first_layer.csv")
    (chosen,) = choice[choice["chosen"]].itertuples()
    assert models.first_convolution(trained["model"]).kernel.shape == (chosen.width, 4, chosen.filters)
    work_through("03_filters.ipynb", **where, **one)
    work_through("04_tomtom.ipynb", **where, **one)
    write_json(
        Run(run).config, check({"name": "numbers", "datasets": ["own"], "own": own, "epochs": 40, **all_of_them})
    )
    found = work_through("06_motifs.ipynb", **where, **all_of_them, dataset="own", strand="both")
    best = found["table"].iloc[0]
    assert best["evidence"]
    assert best["class"] == "upper half of activity"
    assert found["about"].startswith("By these motifs alone the numbers are predicted with a correlation of 0.")
    shown = work_through("05_own_results.ipynb", **where, **all_of_them)
    per_class = shown["per_class"]["own: CNN-50, exponential"]
    assert float(per_class["activity"].split()[0]) > 0.7
    assert abs(float(per_class["noise"].split()[0])) < 0.4
    assert "Pearson's r on the test set. CNN-50: 0." in shown["sentences"].accuracy(shown["table"])


def test_maps_and_activations_from_simulated_data_to_their_pages(tmp_path):
    """The steps of a config such as config/part2.yaml, tiny: too little is learned for any score but chance's."""
    where = {"run": str(tmp_path / "run"), "inputs": str(tmp_path / "run")}
    work_through("01_regulatory.ipynb", run=where["run"], sequences=400)
    labels = ["relu", "exponential", "exponential+tanh-scale-0.5-without-batchnorm-he_uniform"]
    for label in labels:
        one = {"dataset": "regulatory-code", "architecture": "cnn-local", "activation": label, "trial": 0}
        work_through("02_training.ipynb", **where, **one, epochs=1, protocol="journal2020")
        work_through("03_filters.ipynb", **where, **one)
        work_through("04_tomtom.ipynb", **where, **one)
        if label in labels[:2]:
            work_through("03_maps.ipynb", **where, **one, explained=3)
    block = {"datasets": ["regulatory-code"], "architectures": ["cnn-local"], "activations": labels, "trials": 1}
    design = {"architectures": ["cnn-local"], "activations": labels[:2]}
    found = work_through("06_attribution.ipynb", **where, **design)["table"]
    assert len(found) == 2 * 5 * 2  # networks, methods, targets
    assert found["auroc_mean"].between(0.3, 0.7).all()
    of_logit = found[(found["method"] == "deepshap") & (found["target"] == "logit")]
    assert (of_logit["sum_error"] < 1e-3).all()
    real = work_through("06_real.ipynb", **where, **design, datasets=["regulatory-code"], factors="jaspar2016")
    assert "no matrix of the classes' names" in real["factor_sites"].sentence(real["table"], "a", {})
    assert real["table"]["auroc"].isna().all()
    one = {"architectures": ["cnn-local"], "activations": ["exponential"]}
    motifs = work_through("06_modisco.ipynb", **where, **one)["table"]
    assert set(motifs["planted"]) == {5}
    assert "filters" in set(motifs["of"])
    table = work_through("06_activations.ipynb", **where, also=[block])["table"]
    assert list(table["scale"]) == [1, 1, 0.5]
    assert list(table["activation"])[2] == "exponential+tanh"
    deep = {"dataset": "regulatory-code", "architecture": "cnn-local", "activation": "exponential+exponential"}
    work_through("02_training.ipynb", **where, **deep, trial=0, epochs=1, protocol="journal2020")
    block["activations"] = [*labels, deep["activation"]]
    layers = work_through("06_deeper.ipynb", **where, also=[block])["table"]
    assert [*layers["activations"].unique()] == ["relu", "exponential", deep["activation"]]
    assert len(layers) == 3 * 2 * 3  # networks, layers, trained and two controls
    for path in (tmp_path / "run" / "models").rglob("*.keras"):  # what was measured before takes no network
        path.unlink()
    again = {"inputs": where["run"], "known": where["run"], "run": str(tmp_path / "again")}
    work_through("06_deeper.ipynb", **again, also=[block])
    work_through("06_modisco.ipynb", **again, **one)
    block["activations"] = labels
    work_through("06_activations.ipynb", **again, also=[block])
    for path in (tmp_path / "again").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "run" / path.name).read_bytes(), path.name
    written = {path.name for path in (tmp_path / "run").glob("*.csv")}
    assert {
        "attribution.csv",
        "map_baselines.csv",
        "activations.csv",
        "shapes.csv",
        "deeper.csv",
        "deeper_filters.csv",
    } <= written
