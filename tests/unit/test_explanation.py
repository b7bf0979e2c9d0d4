"""The config of a network and sequences, as `expact explain` writes it, and what it refuses before any work."""

from pathlib import Path

import h5py
import numpy as np
import others
import pytest
from click.testing import CliRunner

from expact_utils import command, explanation
from expact_utils.run import config as config_module
from expact_utils.run import downloads
from expact_utils.run.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network and sequences of its length; the graph is not run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_become", lambda arguments: None)
    others.convolutional(length=40).save("net.keras")
    fasta("bound.fa", 40)
    fasta("other.fa", 40)
    return tmp_path


def fasta(name, length, number=30):
    rng = np.random.default_rng(list(name.encode()))
    texts = ["".join(rng.choice(list("ACGT"), length)) for _ in range(number)]
    Path(name).write_text("".join(f">{name}{i}\n{text}\n" for i, text in enumerate(texts)))


def explain(*arguments):
    return CliRunner().invoke(command.main, ["explain", *map(str, arguments)])


def test_networks_are_told_from_sequences():
    files = map(Path, ["a.json", "a.h5", "b.keras", "x.fa", "y.fa"])
    networks, others_ = explanation.sort_files(tuple(files))
    assert networks == [[Path("a.json"), Path("a.h5")], [Path("b.keras")]]
    assert others_ == [Path("x.fa"), Path("y.fa")]
    assert explanation.sort_files((Path("a.json"), Path("b.json"), Path("b.h5"), Path("x.fa")))[0] == [
        [Path("a.json")],
        [Path("b.json"), Path("b.h5")],
    ]
    assert explanation.sort_files((Path("a.h5"), Path("a.json"), Path("x.fa")))[0] == [[Path("a.h5"), Path("a.json")]]


def test_the_name_of_a_published_network_stands_for_its_files_and_takes_no_architecture(folder):
    files = map(Path, ["deepstarr", "a.json", "gabpa", "b.json", "b.h5", "dragonn", "c.json", "x.fa"])
    networks, others_ = explanation.sort_files(tuple(files))
    expected = [["deepstarr"], ["a.json"], ["gabpa"], ["b.json", "b.h5"], ["dragonn"], ["c.json"]]
    assert networks == [list(map(Path, names)) for names in expected]
    assert others_ == [Path("x.fa")]


def test_sequences_in_hdf5_are_no_network(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["X_train"] = np.zeros((2, 4))
    assert explanation.sort_files((Path("a.keras"), tmp_path / "x.h5"))[1] == [tmp_path / "x.h5"]


def test_a_config_is_written_and_can_be_read(folder):
    done = explain("net.keras", "bound.fa", "other.fa")
    assert done.exit_code == 0, done.output
    assert "first convolution: 2 filters × 3" in done.output
    settings = config_module.load("net.yaml")
    assert settings["own"]["length"] == 40
    assert settings["networks"] == {"net": {"files": [str(folder / "net.keras")]}}
    assert (settings["architectures"], settings["trials"]) == ([], 0)
    assert config_module.check(settings) == settings
    assert explain("net.keras", "bound.fa", "other.fa", "--force").exit_code == 0


def test_labels_stand_beside_the_sequences_and_one_file_has_shuffled_negatives(folder):
    names = [f"bound.fa{i}" for i in range(30)]
    Path("labels.tsv").write_text("id\tbound\n" + "".join(f"{name}\t{i % 2}\n" for i, name in enumerate(names)))
    assert explain("net.keras", "bound.fa", "labels.tsv", "--name", "labelled").exit_code == 0
    assert config_module.load("labelled.yaml")["own"]["labels"] == str(folder / "labels.tsv")
    assert explain("net.keras", "bound.fa", "--name", "alone").exit_code == 0
    assert config_module.load("alone.yaml")["own"]["negatives"] == "shuffle"


def test_init_writes_the_same_with_a_network(folder):
    done = CliRunner().invoke(command.main, ["init", "--network", "net.keras", "bound.fa", "other.fa"])
    assert done.exit_code == 0, done.output
    assert config_module.load("net.yaml")["strand"] == "both"
    assert "look it over, then: expact run net.yaml" in done.output
    assert config_module.load("net.yaml")["networks"]["net"]["files"] == [str(folder / "net.keras")]


def test_the_same_command_again_goes_on_and_another_is_refused(folder):
    for _ in range(2):
        assert explain("net.keras", "bound.fa", "other.fa").exit_code == 0
    done = explain("net.keras", "bound.fa", "other.fa", "--strand", "single")
    assert "net.yaml is there already, of other settings; --force overwrites it, --name names another." in done.output


def test_what_a_trained_network_has_no_use_for_is_refused(folder):
    arguments = ["init", "--network", "net.keras", "bound.fa", "other.fa"]
    for option in ("--trials", "--epochs"):
        done = CliRunner().invoke(command.main, [*arguments, option, "3"])
        assert done.output == f"error: with --network nothing is trained; expected no {option}.\n"
        assert not Path("net.yaml").exists()
    assert CliRunner().invoke(command.main, [*arguments, "--maps", "none"]).exit_code == 0
    assert config_module.load("net.yaml")["maps"] == "none"
    done = CliRunner().invoke(command.main, ["run", "--quick", "net.yaml"])
    assert done.output == "error: net.yaml trains no network, so there is no first look at one; expected no --quick.\n"


def test_init_takes_the_columns_of_a_table_with_a_network(folder):
    sequences = [line for line in Path("bound.fa").read_text().splitlines() if not line.startswith(">")]
    rows = "".join(f"{text},{i % 2},{i}\n" for i, text in enumerate(sequences))
    Path("table.csv").write_text(f"dna,up,other\n{rows}")
    flags = ["--sequence-column", "dna", "--label-column", "up"]
    done = CliRunner().invoke(command.main, ["init", "--network", "net.keras", "table.csv", *flags])
    assert done.exit_code == 0, done.output
    assert config_module.load("net.yaml")["own"]["label_columns"] == ["up"]


def test_what_a_file_does_not_tell_is_an_option(folder):
    others.convolutional(length=40).save_weights("weights.weights.h5")
    refused = explain("weights.weights.h5", "bound.fa")
    assert refused.exit_code == 1
    assert "name it by the option activation" in refused.output
    assert not list(folder.glob("*.yaml"))
    flags = ["--activation", "relu", "--padding", "2", "--fill", "x=0.5", "--not-normalised"]
    assert explain("weights.weights.h5", "bound.fa", *flags, "--name", "w").exit_code == 0
    entry = config_module.load("w.yaml")["networks"]["weights-weights"]
    assert entry["padding"] == 2
    assert entry["fill"] == {"x": 0.5}
    assert entry["normalised"] is False


@pytest.fixture
def cached(folder, monkeypatch):
    """Weights in place of any published network's."""
    others.convolutional(length=40).save_weights("cached.weights.h5")
    monkeypatch.setattr(downloads, "fetch", lambda url, sha256, place: folder / "cached.weights.h5")
    return folder / "cached.weights.h5"


def test_a_published_network_by_its_name(cached):
    done = explain("gabpa", "bound.fa", "other.fa")
    assert done.exit_code == 0, done.output
    assert "doi:10.1038/s42256-024-00851-5" in done.output
    assert "from github.com/evanseitz/squid-manuscript, commit c9f9ac978236, licence MIT." in done.output
    settings = config_module.load("gabpa.yaml")
    assert settings["networks"] == {"gabpa": {"files": [str(cached)], "activation": "relu", "padding": "same"}}
    assert settings["own"]["length"] == 200


def test_own_options_go_before_those_of_a_published_network(cached):
    flags = ["--activation", "exponential", "--bases", "AGCT", "--length", "40"]
    assert explain("gabpa", "bound.fa", *flags).exit_code == 0
    settings = config_module.load("gabpa.yaml")
    chosen = {"activation": "exponential", "bases": "AGCT", "padding": "same"}
    assert settings["networks"] == {"gabpa": {"files": [str(cached)], **chosen}}
    assert settings["own"]["length"] == 40


def test_published_networks_of_different_lengths_are_refused(cached):
    refused = explain("gabpa", "net.keras", "bound.fa")
    assert "networks take sequences of different lengths (gabpa 200 nt, net 40 nt)" in refused.output


def test_a_file_goes_before_a_published_network_of_its_name_and_a_folder_does_not(cached):
    Path("gabpa").mkdir()
    assert explain("gabpa", "bound.fa").exit_code == 0
    Path("gabpa").rmdir()
    Path("gabpa").write_text(">a\nACGT\n")
    assert "gabpa is no network, by its name" in explain("gabpa", "bound.fa", "--force").output


def test_help_lists_published_networks():
    assert "  gabpa    " in explain("--help").output


def test_several_networks_are_named_after_their_files(folder):
    others.convolutional(length=40).save("twin.keras")
    assert explain("net.keras", "twin.keras", "bound.fa", "other.fa").exit_code == 0
    assert list(config_module.load("net-twin.yaml")["networks"]) == ["net", "twin"]
    others.convolutional(length=50).save("longer.keras")
    refused = explain("net.keras", "longer.keras", "bound.fa")
    assert "networks take sequences of different lengths (net 40 nt, longer 50 nt)" in refused.output


REFUSED = {
    "no network": (["bound.fa", "other.fa"], "bound.fa is no network, by its name"),
    "no published network": (["deepstar", "bound.fa"], "deepstar is no network, by its name"),
    "no sequences": (["net.keras"], "there is a network and no sequences"),
    "the network is absent": (["absent.keras", "bound.fa"], "absent.keras does not exist"),
    "the sequences are absent": (["net.keras", "absent.fa"], "absent.fa"),
    "a network twice": (["net.keras", "net.keras", "bound.fa"], "two networks are named net, after their files"),
    "no number": (["net.keras", "bound.fa", "--fill", "x=y"], "--fill x=y is no NAME=NUMBER"),
    "no order": (["net.keras", "bound.fa", "--bases", "ACGU"], "ACGU is no order of bases"),
    "no such output": (["net.keras", "bound.fa", "--output-name", "b"], "b"),
    "no database": (["net.keras", "bound.fa", "--database", "absent.meme"], "absent.meme"),
    "no name of a run": (["net.keras", "bound.fa", "--name", "a/b"], "letters, digits, - and _ only"),
    "a picture": (["net.keras", "bound.png"], "bound.png"),
    "no labels": (["net.keras", "bound.fa", "absent.tsv"], "absent.tsv"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence_and_nothing_left_behind(folder, name):
    arguments, expected = REFUSED[name]
    done = explain(*arguments)
    assert done.exit_code == 1, done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("error: ")]
    assert expected in line
    assert not list(folder.glob("*.yaml"))


def test_a_config_of_networks_trains_nothing():
    config = {"name": "a", "datasets": ["own"], "own": {"fasta": "a.fa"}, "networks": {"net": {"files": ["a.keras"]}}}
    with pytest.raises(InputError, match="with networks nothing is trained; expected no trials"):
        config_module.check(config | {"trials": 3})
    with pytest.raises(InputError, match=r"networks are explained on your own sequences; expected datasets: \[own\]"):
        config_module.check(config | {"datasets": ["synthetic"], "own": {}})
    with pytest.raises(InputError, match="networks: net has no files|files"):
        config_module.check(config | {"networks": {"net": {}}})
    with pytest.raises(InputError, match="letters, digits, - and _ only"):
        config_module.check(config | {"networks": {"a b": {"files": ["a.keras"]}}})
    with pytest.raises(InputError, match="the setting architectures is missing"):
        config_module.check(config | {"networks": {}})
