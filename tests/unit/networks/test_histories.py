import json

import pytest
from support import from_elsewhere

from expact_utils.networks import histories
from expact_utils.run.errors import InputError
from expact_utils.run.paths import Network, Run

NETWORK = Network("synthetic", "cnn-2", "relu", 1)
SOUND = {
    **NETWORK._asdict(),
    "training_loss": [0.3, 0.2, 0.1],
    "validation_loss": [0.3, 0.2, 0.3],
    "epochs": 3,
    "best_epoch": 2,
    "seconds": 1.5,
    "trained": True,
    "seed": 0,
    "device": "CPU",
    "commit": "0123456789abcdef",
    "protocol": "preprint2019",
    "started": "2026-01-01T00:00:00",
    "test": {"aupr": {"MAX": 0.5}, "auroc": {"MAX": 0.9}, "aupr_mean": 0.5, "auroc_mean": 0.9},
}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def test_what_is_written_is_read(run):
    histories.write(run, NETWORK, SOUND)
    assert histories.read(run, NETWORK) == SOUND


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format_version": 2}, "format version 2; expected 1"),
        ({"trial": 0}, r"is the history of \('synthetic', 'cnn-2', 'relu', 0\); expected .* 1\)"),
        ({"validation_loss": [0.3, 0.2]}, "has not a training and a validation loss for each epoch up to the best one"),
        ({"best_epoch": 4}, "has not a training and a validation loss for each epoch up to the best one"),
        ({"training_loss": None}, "is not the history of a training"),
        ({"test": {}}, "is not the history of a training: 'aupr' is missing"),
    ],
)
def test_a_history_that_is_not_sound(run, change, sentence):
    histories.write(run, NETWORK, SOUND | change)
    with pytest.raises(InputError, match=f"relu_1.json:? {sentence}"):
        histories.read(run, NETWORK)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "is not valid JSON"), (json.dumps({}), "is not the history of a training: 'dataset' is missing")],
)
def test_a_file_that_is_no_history(run, text, sentence):
    histories.write(run, NETWORK, SOUND)
    from_elsewhere(run.history(NETWORK)).write_text(text)
    with pytest.raises(InputError, match=f"relu_1.json {sentence}"):
        histories.read(run, NETWORK)


def test_the_network_that_a_history_was_written_with(run):
    assert histories.of_model(run, NETWORK) is None
    histories.write(run, NETWORK, SOUND)
    assert histories.of_model(run, NETWORK) is None  # the first ones did not say so
    histories.write(run, NETWORK, SOUND | {"network": "0" * 64})
    assert histories.of_model(run, NETWORK) == "0" * 64
