"""Trainings that were stopped go on where they stood. Kills are in tests/integration/test_training.py."""

import dataclasses

import pytest
from toys import MINE, SHORT, same, stopped_after

from expact_utils.networks import checkpoints, training
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Run

pytestmark = pytest.mark.usefixtures("compiled_once")
FOUR = dataclasses.replace(SHORT, epochs=4)


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(tmp_path, tiny, capsys):
    stopped_after(2, training.train, tiny, FOUR, "mine", Run(tmp_path))
    assert "stopped after epoch 2/4, saved in " in capsys.readouterr().err
    model, history = training.train(tiny, FOUR, "mine", Run(tmp_path))
    assert "going on after epoch 2/4" in capsys.readouterr().err
    assert len(history["validation_loss"]) == 4
    unbroken, _ = training.train(tiny, FOUR)
    assert same(model.get_weights(), unbroken.get_weights())


def test_ctrl_c_before_the_first_epoch_has_nothing_to_save(tmp_path, tiny, capsys):
    stopped_after(0, training.train, tiny, SHORT, "mine", Run(tmp_path))
    assert "stopped after epoch 0/2, nothing is saved." in capsys.readouterr().err
    assert not (tmp_path / "checkpoints").exists()


def test_a_checkpoint_of_another_training_is_left_aside(tmp_path, tiny, capsys):
    stopped_after(2, training.train, tiny, FOUR, "mine", Run(tmp_path))
    tiny.Y["valid"][0, 0] ^= 1
    _, history = training.train(tiny, FOUR, "mine", Run(tmp_path))
    sentence = "cnn-50_exponential_0.h5 is of other settings, data, code or backend: starting again"
    assert sentence in capsys.readouterr().err
    assert len(history["validation_loss"]) == 4


def test_a_checkpoint_of_an_older_format_is_left_aside(tmp_path, tiny, monkeypatch, capsys):
    with monkeypatch.context() as older:
        older.setattr(checkpoints, "CHECKPOINT_VERSION", 2)
        stopped_after(1, training.train, tiny, SHORT, "mine", Run(tmp_path))
    training.train(tiny, SHORT, "mine", Run(tmp_path))
    assert "starting again" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_one_sentence(tmp_path, tiny):
    path = Run(tmp_path).checkpoint(MINE)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(50))
    with pytest.raises(InputError, match="cnn-50_exponential_0.h5 is not a readable HDF5 file"):
        training.train(tiny, SHORT, "mine", Run(tmp_path))
