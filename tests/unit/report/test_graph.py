"""What a run's jobs read, make and are decided by."""

import pytest
from support import ROOT

from expact_utils.report import graph, pages
from expact_utils.run.config import check, load

CONFIG = load(ROOT / "config" / "test.yaml")
OWN = check(
    {
        "name": "mine",
        "datasets": ["own"],
        "own": {"classes": {"a": "/a.fa"}},
        "architectures": ["cnn-50"],
        "activations": ["exponential"],
        "trials": 2,
        "epochs": 3,
        "strand": "single",
    }
)


EXPLAINS = check(
    {
        "name": "theirs",
        "datasets": ["own"],
        "own": {"classes": {"a": "/a.fa"}},
        "networks": {"srf": {"files": ["/srf.keras"]}, "acg": {"files": ["/acg.keras"]}},
    }
)


def page(notebook, config):
    (found,) = [one for one in pages.of_run(config) if one.notebook == notebook]
    return found


def test_the_parameters_of_a_notebook_come_first_in_it():
    assert graph.parameter_names("01_own") == ["dataset", "own", "seed", "strand", "run"]


def test_a_page_of_a_data_set_gets_that_data_set_s_settings_and_what_it_takes_besides():
    own = page("01_own", OWN)
    (fields,) = pages.subjects(own, OWN)
    found = graph.parameters(own, OWN, "runs/mine", fields)
    assert found == {"dataset": "own", "own": OWN["own"], "seed": 0, "strand": "single", "run": "runs/mine"}


def test_a_page_of_a_network_gets_whose_it_is_and_the_run_s_settings():
    training = page("02_training", CONFIG)
    fields = {"dataset": "synthetic", "architecture": "cnn-2", "activation": "relu", "trial": 0}
    assert fields in pages.subjects(training, CONFIG)
    found = graph.parameters(training, CONFIG, "runs/test", fields)
    assert found.items() >= (fields | {"epochs": 2, "inputs": "runs/test", "run": "runs/test"}).items()


def test_files_that_a_page_reads_and_makes():
    training, motifs = page("02_training", CONFIG), page("06_motifs", OWN)
    assert graph.inputs(training, CONFIG) == ["data/{dataset}.h5"]
    assert "models/{dataset}/{architecture}_{activation}_{trial}.keras" in graph.outputs(training, CONFIG)
    assert {f"filters/own/cnn-50_exponential_{trial}.meme" for trial in (0, 1)} <= set(graph.inputs(motifs, OWN))
    assert {"motifs.csv", "motifs.meme"} <= set(graph.outputs(motifs, OWN))
    assert graph.every("matches", OWN) == [f"tomtom/own/cnn-50_exponential_{trial}.tsv" for trial in (0, 1)]


def test_the_explorer_of_somebody_s_networks_reads_what_was_found_of_them():
    explorer = page("08_explorer", EXPLAINS)
    found = graph.inputs(explorer, EXPLAINS)
    assert {f"explained/{name}{suffix}" for name in ("srf", "acg") for suffix in (".h5", ".tsv", ".csv")} <= set(found)
    assert {path.partition("/")[0] for path in found} == {"config.json", "data", "explained"}
    given = graph.parameters(explorer, EXPLAINS, "runs/theirs", {})
    assert (given["datasets"], given["networks"], given["architectures"]) == (["own"], EXPLAINS["networks"], [])
    assert not [path for path in graph.inputs(page("08_explorer", OWN), OWN) if "explained" in path]


def test_a_page_is_decided_by_its_notebook_and_by_the_rows_that_it_is_of(monkeypatch):
    training = page("02_training", CONFIG)
    relu, other = list(pages.subjects(training, CONFIG))[:2]
    before = graph.decided_by(training, CONFIG, relu)
    assert before == graph.decided_by(training, CONFIG, relu)
    assert before != graph.decided_by(training, CONFIG, other)
    assert before != graph.decided_by(page("03_filters", CONFIG), CONFIG, relu)
    row = graph.ACTIVATIONS[relu["activation"]]
    monkeypatch.setitem(
        graph.ACTIVATIONS, row.name, type(row)(row.name, "another title", row.colour, row.formula, True)
    )
    assert before != graph.decided_by(training, CONFIG, relu)


def test_a_book_is_decided_by_its_titles():
    assert graph.book_decided_by(CONFIG) == graph.book_decided_by(CONFIG)
    assert graph.book_decided_by(CONFIG) != graph.book_decided_by(OWN)


@pytest.mark.parametrize("config", [CONFIG, OWN, EXPLAINS], ids=["the paper's", "own", "explains"])
def test_no_two_jobs_make_the_same_file(config):
    made = [
        path.format(**fields)
        for one in pages.of_run(config)
        for fields in pages.subjects(one, config)
        for path in [f"notebooks/{one.pattern}.ipynb", *graph.outputs(one, config)]
    ]
    assert len(made) == len(set(made))
