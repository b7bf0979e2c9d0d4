"""The registry of published networks: where their files are, and that these open with what it tells."""

import re

import pytest

from expact_utils.networks.foreign import published
from expact_utils.networks.foreign.opening import open_network
from expact_utils.run import downloads
from expact_utils.run.errors import InputError

URL = re.compile(r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/[\w./-]+")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")  # which the schema of configs takes
DESIGNS = [(design, activation) for design in ("shallow", "deep") for activation in ("relu", "exponential")]
# Filters and width, activation, length.
EXPECTED = {
    "deepstarr": ((7, 4, 256), "relu", 249),
    "gabpa": ((15, 4, 32), "relu", 200),
    "explainn": ((19, 4, 100), "exponential", 200),
    "neuronmotif-demo2": ((7, 4, 5), "relu", 82),
    "dragonn": ((10, 4, 15), "relu", 1000),
} | {
    f"task3-{design}-{activation}-{trial}": ((11 if design == "deep" else 19, 4, 24), activation, 200)
    for design, activation in DESIGNS
    for trial in range(3)
}


def test_every_name_is_there_once():
    names = [row.name for row in published.ROWS]
    assert sorted(names) == sorted(EXPECTED)
    assert all(map(NAME.fullmatch, names))
    files = [file for name in names for file in published.files_of(name)]
    for what in ("place", "sha256", "url"):
        assert len({getattr(file, what) for file in files}) == len(files) == 19


@pytest.mark.parametrize("name", EXPECTED)
def test_files_are_given_by_commit_and_sha256(name):
    for file in published.files_of(name):
        assert URL.fullmatch(file.url)
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert re.fullmatch(r"models/[\w-]+/[\w.]+", file.place)
    assert published.NETWORKS[name].source.endswith("licence MIT.")


def test_an_architecture_is_fetched_before_its_weights(monkeypatch):
    asked = []
    monkeypatch.setattr(downloads, "fetch", lambda url, sha256, place: asked.append((url, sha256)) or place)
    names = ["deepstarr.model.json", "deepstarr.model.h5"]
    assert published.fetch("deepstarr") == [f"models/squid-manuscript/{name}" for name in names]
    assert [url.rpartition("/")[2] for url, _ in asked] == names
    assert [sha256[:8] for _, sha256 in asked] == ["679a6998", "b1077afe"]


def test_an_unknown_name_is_one_sentence_with_those_known():
    with pytest.raises(InputError, match=r"deepstar is no published network; expected one of deepstarr, gabpa, .*-2\."):
        published.fetch("deepstar")


def test_another_file_in_its_place_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPACT_CACHE", str(tmp_path))
    place = tmp_path / published.files_of("gabpa")[0].place
    place.parent.mkdir(parents=True)
    place.write_text("another")
    with pytest.raises(InputError, match=r"gabpa_final_23\.h5 has SHA-256 .*; expected 1ed792ca"):
        published.fetch("gabpa")


def test_trials_share_a_line_of_the_listing():
    lines = published.listing().splitlines()
    assert len(lines) == 9
    assert lines[-1].split()[:4] == ["task3-deep-exponential-0", "to", "-2", "simulated"]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_opens_and_nothing_is_left_to_tell(name):
    folder = downloads.cache_folder()
    if not all((folder / file.place).is_file() for file in published.files_of(name)):
        pytest.skip("EXPACT_CACHE names no folder with its files")
    row = published.NETWORKS[name]
    network = open_network(*published.fetch(name), **row.options)
    found = network.first.kernel.shape, network.first.known_activation.name, network.length or row.length
    assert found == EXPECTED[name]
    assert network.length is None or row.length is None
    assert not [note for note in network.notes if "does not tell" in note]
