"""Somebody's network from its file to a report: `expact explain`, and its notebooks on networks of papers."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import others
import pandas as pd
import pytest
from support import ROOT

from benchmarks import field
from expact_utils.attribution import explained
from expact_utils.attribution import scores as maps_module
from expact_utils.attribution.methods import attribute
from expact_utils.data import k562, regulatory_code
from expact_utils.dna.jaspar import jaspar, relevant_tf
from expact_utils.dna.meme import read_meme
from expact_utils.motifs import tomtom
from expact_utils.networks.foreign import published
from expact_utils.networks.foreign.opening import open_network
from expact_utils.results import foreign
from expact_utils.run.paths import Run
from expact_utils.run.tables import read_csv
from notebooks import work_through

MODELS = ROOT / os.environ.get("EXPACT_CACHE", "absent") / "models"
SRF = next(motif for motif in jaspar() if motif.id == "MA0083.3")
LENGTH = 80


def write_sequences(folder):
    """Sequences with a site of SRF, and without."""
    rng = np.random.default_rng(0)
    for name in ("bound", "other"):
        records = []
        for i in range(300):
            sequence = rng.choice(list("ACGT"), LENGTH)
            if name == "bound":
                start = rng.integers(0, LENGTH - SRF.width)
                sequence[start : start + SRF.width] = [rng.choice(list("ACGT"), p=column) for column in SRF.pfm]
            records.append(f">{name}{i}\n{''.join(sequence)}\n")
        (folder / f"{name}.fa").write_text("".join(records))


def network(motif):
    """A network that looks for one motif, in the first of its filters; three others learned nothing."""
    import keras
    from keras import layers

    kernel = np.random.default_rng(1).normal(0, 0.1, (motif.width, 4, 4))
    kernel[:, :, 0] = np.log2(np.maximum(motif.pfm, 0.01) / 0.25)
    start = keras.Input((LENGTH, 4))
    convolution = layers.Conv1D(4, motif.width, padding="same", activation="relu")
    dense = layers.Dense(1, activation="sigmoid", name="bound")
    model = keras.Model(start, dense(layers.GlobalMaxPooling1D()(convolution(start))))
    convolution.set_weights([kernel, np.array([-6, 0, 0, 0])])
    dense.set_weights([np.array([[1.0], [0], [0], [0]]), np.array([-2.0])])
    return model


def test_from_two_files_to_a_report(tmp_path):
    write_sequences(tmp_path)
    network(SRF).save(tmp_path / "srf.keras")
    others.convolutional(length=LENGTH).save(
        tmp_path / "acg.keras"
    )  # ACG and TTT are in most sequences of either class
    files = ["srf.keras", "acg.keras", "bound.fa", "other.fa"]
    command = [sys.executable, "-m", "expact_utils.command", "explain", *files, "-o", "report", "--name", "two"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-10_000:]
    run = Run(tmp_path / "report")
    table = pd.read_csv(run.folder / "networks.csv").set_index("network")
    assert table.loc["srf", ["filters", "width", "activation"]].tolist() == [4, SRF.width, "relu"]
    assert table.loc["srf", "corrected"] == 0.25
    assert (table["untrained"] <= 0.5).all()
    scores = pd.read_csv(run.explained("srf", "_scores.csv")).set_index("class")
    assert scores.loc["bound", "auroc"] > 0.95
    motifs = pd.read_csv(run.folder / "motifs.csv")
    assert motifs.loc[0, "evidence"]
    assert motifs.loc[0, "best_match_name"] == "SRF"
    assert motifs.loc[0, "positives_with_site"] > 0.8
    front = (run.folder / "html" / "foreign.html").read_text()
    assert "bound: srf’s output bound 0.9" in front or "bound: srf's output bound" in front
    assert "One motif tells the classes apart: SRF in" in front or "motifs tell the classes apart: SRF in" in front
    assert (run.folder / "html" / "chapters" / "03_foreign" / "srf.html").is_file()
    results = (run.folder / "html" / "chapters" / "05_results.html").read_text()
    assert re.search(r"\d of \d motifs with evidence have filters of all 2 networks", results)
    of_maps = read_csv(run.folder / "map_motifs.csv")
    assert of_maps.loc[0, ["best_match_name", "evidence", "in_filters"]].tolist() == ["SRF", True, "motif1"]
    maps = (run.folder / "html" / "chapters" / "06_bases.html").read_text()
    assert "of the maps" in maps
    assert "srf, output bound" in maps
    explorer = (run.folder / "html" / "chapters" / "08_explorer.html").read_text()
    (text,) = re.findall(r'<script type="application/json" data-explorer-filters>(.*?)</script>', explorer)
    filters = {each["id"]: each for each in json.loads(text)["filters"]}
    assert len(filters) == table["filters"].sum()
    assert {name.split("/")[1] for name in filters} == {"srf", "acg"}
    assert filters["own/srf/relu/0/filter0"]["matches"][0][0] == SRF.id
    assert (run.folder / "explorer.html").is_file()


LENGTHS = {"deepstarr": 249, "gabpa": 200, "explainn": 200, "neuronmotif-demo2": 82, "pysster": 140, "dragonn": 1000}


def of_paper(name):
    """Entry of a config's `networks`; pysster's is in the cache and not in the registry."""
    if name == "pysster":
        return {"files": [str(MODELS / "pysster/model.pkl.h5")]}
    return {"files": list(map(str, published.fetch(name))), **published.NETWORKS[name].options}


@pytest.mark.skipif(not MODELS.is_dir(), reason="EXPACT_CACHE names no folder with models/")
@pytest.mark.parametrize("name", LENGTHS)
def test_networks_of_papers(tmp_path, name):
    """Each on random sequences, which no motif marks."""
    settings, length = of_paper(name), LENGTHS[name]
    rng = np.random.default_rng(0)
    for of in ("a", "b"):
        texts = ("".join(rng.choice(list("ACGT"), length)) for _ in range(60))
        (tmp_path / f"{of}.fa").write_text("".join(f">{of}{i}\n{text}\n" for i, text in enumerate(texts)))
    files = {of: str(tmp_path / f"{of}.fa") for of in ("a", "b")}
    run = Run(tmp_path / "run")
    where = {"run": str(run.folder), "inputs": str(run.folder), "networks": {name: settings}, "dataset": "own"}
    work_through("01_own.ipynb", own={"classes": files, "length": length}, run=str(run.folder))
    found = work_through("03_foreign.ipynb", **where, foreign=name)
    assert 0 <= found["shares"]["corrected"] <= found["shares"]["matched"] <= 1
    if found["network"].first.filters < 200:  # motifs of hundreds of filters take their time
        assert not len(work_through("05_foreign_results.ipynb", **where)["with_evidence"])


def rebuilt(name):
    """A network of task 3 whole again, of its weights: shallow or deep, as Koo & Ploenzke's CNN-local and CNN-dist."""
    import h5py
    import keras
    from keras import layers

    deep, activation = "deep" in name, "exponential" if "exponential" in name else "relu"
    design = [(24, 11, 1), (32, 7, 4), (48, 7, 4), (64, 3, 3)] if deep else [(24, 19, 50), (48, 3, 2)]
    x = start = keras.Input((200, 4))
    for number, (filters, width, pool) in enumerate(design):
        x = layers.BatchNormalization()(layers.Conv1D(filters, width, padding="same")(x))
        x = layers.Activation("relu" if number else activation)(x)
        x = layers.MaxPooling1D(pool)(x) if pool > 1 else x
    x = layers.Activation("relu")(layers.BatchNormalization()(layers.Dense(96)(layers.Flatten()(x))))
    model = keras.Model(start, layers.Dense(1, activation="sigmoid", name="positive")(x))
    with h5py.File(MODELS / "GradientCorrection" / f"{name}.h5") as file:
        arrays = [
            file[layer][path][()] for layer in file.attrs["layer_names"] for path in file[layer].attrs["weight_names"]
        ]
    model.set_weights(arrays)
    return model


@pytest.mark.skipif(not MODELS.is_dir(), reason="EXPACT_CACHE names no folder with models/")
@pytest.mark.parametrize("design", ["shallow", "deep"])
def test_exponential_networks_of_task_3_are_read_better_than_their_twins(tmp_path, design):
    """On data simulated here: they predict as well, more filters are core motifs, and their maps are nearer the truth."""
    data = regulatory_code.simulate(2000, seed=0)
    relevant, chosen = data.relevant["expact"], explained.of(data, 60)
    found = {}
    for activation in ("relu", "exponential"):
        rows = []
        for trial in range(3):
            name = f"cnn_{design}_{activation}_{trial}"
            rebuilt(name).save(tmp_path / f"{name}.keras")
            network = open_network(tmp_path / f"{name}.keras")
            scores = foreign.scores(name, network.outputs, foreign.predict(network, data.X["test"]), data)
            own, _ = foreign.read_filters(network, data, norc=True)
            matches = tomtom.tomtom(own.alive(), list(jaspar()), 0.1)
            hits = matches["Target_ID"].map(lambda target: relevant_tf(target, relevant) is not None)
            maps = attribute(rebuilt(name), chosen.codes, "saliency", at="logit")
            truth = maps_module.table(maps.contributions, chosen.truth)["auroc"].mean()
            rows.append((scores["auroc"].iloc[0], matches["Query_ID"][hits].nunique() / len(own.sites), truth))
        found[activation] = np.mean(rows, axis=0)
    (_, relu_filters, relu_maps), (predicts, filters, maps) = found["relu"], found["exponential"]
    assert predicts > 0.9
    assert filters > relu_filters
    assert maps > relu_maps


@pytest.fixture(scope="module")
def windows():
    return k562.chip()


@pytest.mark.skipif(not MODELS.is_dir(), reason="EXPACT_CACHE names no folder with models/")
def test_gabpa_s_filters_match_an_ets_matrix_on_windows_of_k562(windows):
    network = foreign.opened(of_paper("gabpa"))
    own, untrained = foreign.read_filters(network, windows)
    families = field.families(["GABPA"])
    names = {motif.id: motif.name.upper() for motif in jaspar()}
    for filters, expected in ((own, True), (untrained, False)):
        matches = tomtom.tomtom(filters.alive(), list(jaspar()), 0.1 / len(filters.sites))
        assert bool(matches["Target_ID"].map(names).isin(families).any()) == expected


def alike(first, second):
    """Cosine between PFMs less background, each shape=(width, 4)."""
    first, second = first - 0.25, second - 0.25
    return float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


@pytest.mark.skipif(not MODELS.is_dir(), reason="EXPACT_CACHE names no folder with models/")
def test_explainn_s_filters_are_those_that_its_authors_published(windows):
    """On sequences that are not theirs: each of ours is most like theirs of the same unit, a fresh layer's like none."""
    network = foreign.opened(of_paper("explainn"))
    theirs = [motif.pfm for motif in read_meme(MODELS / "ExplaiNN" / "explainn_filters.meme")]
    own, untrained = foreign.of_codes(network, windows.X["test"][:])
    found = np.array([[alike(pfm, other) for other in theirs] for pfm in own.pfms])
    assert (found.argmax(axis=1) == np.arange(100)).all()
    assert found.diagonal().min() > 0.8
    assert np.median(found.diagonal()) > 0.95
    assert abs(np.median([alike(*pair) for pair in zip(untrained.pfms, theirs, strict=True)])) < 0.2
