"""The explorer's data and page; what the page does is tested in a browser."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from handmade import write_data

from expact_utils.dna import jaspar
from expact_utils.motifs import filters, tomtom
from expact_utils.motifs.filters import Filters
from expact_utils.report import explorer
from expact_utils.results import tables
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Foreign, Network, Run

NETWORK = Network("synthetic", "cnn-2", "relu", 0)


def write_filters(run, network):
    """Three filters: SRF's own matrix, a flat one that is dead, and one that matches nothing."""
    (srf,) = [motif for motif in jaspar.jaspar() if motif.id == "MA0083.3"]
    flat = np.full_like(srf.pfm, 0.25)
    found = Filters(
        pfms=np.stack([srf.pfm, flat, flat]),
        max_activation=np.array([1.0, 0.0, 1.0]),
        sites=np.array([600, 0, 20]),
        clip=np.array([[0, srf.width]] * 3),
        threshold=0.5,
    )
    filters.write(run.meme(network), run.filters(network), found)
    matches = tomtom.tomtom(found.motifs()[:1], jaspar.jaspar(), 0.1)
    tomtom.write_tsv(run.matches(network), matches)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    write_filters(run, NETWORK)
    write_data(run, "synthetic", jaspar.relevant_lists())
    return run


def test_a_filter_with_its_matches(run):
    data = explorer.collect(run, [NETWORK])
    first, dead, _ = data["filters"]
    assert first["id"] == "synthetic/cnn-2/relu/0/filter0"
    assert first["matches"][0] == ["MA0083.3", pytest.approx(first["matches"][0][1]), 0, "+"]
    assert len(first["matches"]) == min(first["found"], explorer.BEST)
    assert first["tfs"] == "SRF"
    assert (first["sites"], first["dead"]) == (600, False)
    assert (dead["dead"], dead["matches"]) == (True, [])
    assert data["names"] == {"architecture": {"cnn-2": "CNN-2"}, "activation": {"relu": "ReLU"}}
    assert data["foreign"] == []
    target = data["targets"]["MA0083.3"]
    assert target["name"] == "SRF"
    assert target["pfm"] == first["pfm"]
    assert all(abs(sum(column) - 1000) <= 2 for column in target["pfm"])


@pytest.mark.parametrize("name", ["srf", "relu", "cnn-2"])  # two of them, names of the registry
def test_somebody_s_network_has_its_own_name(tmp_path, name):
    run = Run(tmp_path)
    write_filters(run, Foreign("own", name, "relu"))
    write_data(run, "own", {})
    (tmp_path / "explained" / f"{name}.csv").write_text(f"network,framework,activation\n{name},Keras,relu\n")
    assert {path.suffix for path in (tmp_path / "explained").glob(f"{name}.*")} >= {".meme", ".h5", ".tsv"}
    data = explorer.collect(run, tables.foreign(run, "own", [name]))
    assert [each["id"] for each in data["filters"]] == [f"own/{name}/relu/0/filter{i}" for i in range(3)]
    first, *others = data["filters"]
    assert (first["matches"][0][0], data["targets"]["MA0083.3"]["name"]) == ("MA0083.3", "SRF")
    assert [each["matches"] for each in others] == [[], []]
    assert (first["tfs"], first["importance"]) == ("", {})
    assert data["names"] == {"architecture": {name: name}, "activation": {"relu": "ReLU"}}
    assert data["foreign"] == [name]


def test_importance_is_there_where_it_was_measured(run):
    table = pd.DataFrame([{**NETWORK._asdict(), "filter": "filter0", "class": "bound", "logit_drop": 1.23456}])
    table.to_csv(run.folder / "importance.csv", index=False)
    first, second, _ = explorer.collect(run, [NETWORK])["filters"]
    assert first["importance"] == {"bound": 1.235}
    assert second["importance"] == {}


def test_a_match_that_the_database_lacks(run):
    with pytest.raises(InputError, match="which jaspar2024-plants lacks"):
        explorer.collect(run, [NETWORK], database="jaspar2024-plants")


def test_no_name_ends_the_script(run):
    data = explorer.collect(run, [NETWORK])
    data["filters"][0]["importance"] = {"</script><b>": 1.0}
    page = explorer.page(data)
    assert page.count("</script>") == 2
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert json.loads(text) == data


def test_the_page_asks_for_nothing_from_elsewhere(run):
    page = explorer.document(explorer.collect(run, [NETWORK]))
    assert set(re.findall(r"https?://[^\"'\s]+", page)) <= {"http://www.w3.org/2000/svg"}
