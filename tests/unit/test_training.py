"""The command `python -m expact_utils.training`, in this process."""

import sys

import pytest
from toys import write_run

from expact_utils import training as command
from expact_utils.networks import training
from expact_utils.networks.trial import Settings
from expact_utils.run.errors import InputError, run_command


@pytest.fixture
def train(monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["training", *map(str, arguments)])
        run_command(command._command)

    return call


def test_it_trains_a_config_and_says_so(uncompiled, tmp_path, tiny, train, capsys):
    run = write_run(tmp_path / "run", tiny, epochs=1, activations=["relu", "exponential"])
    train(run.config)
    assert "models: all trained, in" in capsys.readouterr().out
    assert len(list((run.folder / "models" / "mine").glob("*.keras"))) == 2
    train(run.config)
    assert "epoch" not in capsys.readouterr().err  # all finished


def test_every_network_of_the_config_is_trained_with_its_settings(tmp_path, tiny, train, monkeypatch):
    asked = []
    monkeypatch.setattr(command, "train_trials", lambda dataset, settings, name, run: asked.append((name, settings)))
    wanted = {"architectures": ["cnn-2", "cnn-50"], "activations": ["relu", "exponential"], "trials": 2, "seed": 7}
    train(write_run(tmp_path / "run", tiny, **wanted).config)
    assert [name for name, _ in asked] == ["mine", "mine"]
    assert asked[1][1] == [
        Settings("cnn-50", activation, trial, epochs=2, batch_size=10, seed=7)
        for activation in ("relu", "exponential")
        for trial in (0, 1)
    ]


def test_a_training_that_fails_leaves_the_others_and_one_sentence(tmp_path, tiny, train, monkeypatch):
    def fails(dataset, settings, name, run):
        trained.append(settings[0].architecture)
        raise training.TrainingError(f"{settings[0].architecture} failed.")

    trained = []
    monkeypatch.setattr(command, "train_trials", fails)
    run = write_run(tmp_path / "run", tiny, architectures=["cnn-2", "cnn-50"])
    with pytest.raises(SystemExit, match="^error: cnn-2 failed. cnn-50 failed.$"):
        train(run.config)
    assert trained == ["cnn-2", "cnn-50"]


def test_a_config_that_is_none(tmp_path, train):
    (tmp_path / "config.json").write_text('{"datasets": ["mine"]}')
    with pytest.raises(SystemExit, match="config.json lacks architectures; expected the config.json that the graph"):
        train(tmp_path / "config.json")


def test_where_yaml_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "expact_utils.run.config", None)
    with pytest.raises(InputError, match="reading .*a.yaml takes the package .* expected it, or the config.json"):
        command._config(tmp_path / "a.yaml")
