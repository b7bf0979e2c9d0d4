"""A trial's files: taken up where they are its own, else trained again."""

import dataclasses
import shutil

import keras
import numpy as np
import pytest
from support import names
from toys import MINE, SHORT, same

from expact_utils.networks import histories, models, training
from expact_utils.networks import trial as trial_module
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.networks.trial import Trial
from expact_utils.run.errors import InputError, TrainingError
from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Run

pytestmark = pytest.mark.usefixtures("compiled_once")


def test_a_network_that_learns_nothing_is_reported_and_counted(meaningless, capsys):
    _, history = training.train(meaningless, SHORT, "mine")
    assert history["trained"] is False
    assert history["test"]["auroc_mean"] == pytest.approx(0.5, abs=0.2)
    assert "mine cnn-50 exponential trial 0 did not train: its best validation loss" in capsys.readouterr().err


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_weights_that_are_no_numbers_are_one_sentence(tiny, monkeypatch, protocol, capsys):
    """As an exponential that overflows leaves them, whatever the protocol watches."""

    def broken(*arguments):
        model = models.build(*arguments)
        model.set_weights([np.full_like(values, np.nan) for values in model.get_weights()])
        return model

    monkeypatch.setattr(trial_module, "build", broken)
    settings = dataclasses.replace(SHORT, protocol=protocol)
    with pytest.raises(
        TrainingError, match="^mine cnn-50 exponential trial 0: the loss is no longer .* in epoch 1; try"
    ):
        training.train(tiny, settings, "mine")
    assert "over after" not in capsys.readouterr().err


def test_both_activations_of_a_trial_start_from_the_same_weights(tiny):
    starts = [
        Trial("mine", dataclasses.replace(SHORT, activation=activation), tiny, None, "").model.get_weights()
        for activation in ("relu", "exponential")
    ]
    assert same(*starts)


def test_unpaired_networks_of_a_trial_start_from_weights_of_their_own(tiny):
    unpaired = dataclasses.replace(SHORT, paired=False)
    relu, exponential, paired, again = (
        Trial("mine", settings, tiny, None, "").start
        for settings in (dataclasses.replace(unpaired, activation="relu"), unpaired, SHORT, unpaired)
    )
    assert np.abs(trial_module.start_similarity(relu, exponential)).max() < 0.6
    assert np.abs(trial_module.start_similarity(paired, exponential)).max() < 0.6
    assert same([exponential], [again])


def test_how_much_of_a_filter_is_what_it_started_from_by_hand():
    """The same; turned round; another; the same but for what all four bases share; and nothing left."""
    start = np.zeros((2, 4, 5))
    start[0] = [[1], [-1], [0], [0]]
    end = start.copy()
    end[:, :, 1] *= -3
    end[:, :, 2] = [[0, 0, 0, 0], [0, 0, 5, -5]]
    end[:, :, 3] += 7
    end[:, :, 4] = 0
    np.testing.assert_allclose(trial_module.start_similarity(start, end), [1, -1, 0, 1, 0])


def test_a_history_tells_which_filters_have_not_learned(meaningless, tmp_path):
    """Two epochs of 40 sequences move hardly any of 30 filters."""
    _, history = training.train(meaningless, SHORT, "mine", Run(tmp_path))
    assert len(history["start_similarity"]) == 30
    assert (~histories.learned(history, 30)).sum() > 20
    del history["start_similarity"]  # as the first edition left it
    assert histories.learned(history, 30).all()


def test_saved_network_opens_with_plain_keras(tmp_path, tiny):
    run = Run(tmp_path)
    model, _ = training.train(tiny, SHORT, "mine", run)
    assert names(tmp_path / "models" / "mine") == ["cnn-50_exponential_0.json", "cnn-50_exponential_0.keras"]
    assert not list((tmp_path / "checkpoints").rglob("*"))
    opened = keras.saving.load_model(run.model(MINE))
    assert same(opened.get_weights(), model.get_weights())
    np.testing.assert_array_equal(
        training.predict(models.load(run, MINE, tiny), tiny.X["test"]), training.predict(model, tiny.X["test"])
    )


def test_a_finished_trial_is_not_trained_again(tmp_path, tiny, monkeypatch):
    run = Run(tmp_path)
    first, history = training.train(tiny, SHORT, "mine", run)
    monkeypatch.setattr(training, "_fit", lambda *_: pytest.fail("trained again"))
    again, found = training.train(tiny, SHORT, "mine", run)
    assert found == history
    assert same(first.get_weights(), again.get_weights())


@pytest.mark.parametrize("change", ["settings", "data"])
def test_other_settings_or_data_are_trained_again(tmp_path, tiny, change):
    run, settings = Run(tmp_path), SHORT
    training.train(tiny, settings, "mine", run)
    if change == "settings":
        settings = dataclasses.replace(SHORT, seed=1)
    else:
        tiny.Y["train"][0, 0] ^= 1
    _, history = training.train(tiny, settings, "mine", run)
    expected, _ = training.train(tiny, settings)
    assert same(models.load(run, MINE, tiny).get_weights(), expected.get_weights())
    assert history["seed"] == settings.seed


def test_the_network_of_another_training(tmp_path, tiny, capsys):
    """As two that end at the same moment may leave: each file is whole, and they do not belong together."""
    run, other = Run(tmp_path / "run"), Run(tmp_path / "other")
    for one, seed in ((run, 0), (other, 1)):
        training.train(tiny, dataclasses.replace(SHORT, seed=seed), "mine", one)
    for path in (run.model(MINE), checksum_file(run.model(MINE))):
        shutil.copy(other.folder / path.relative_to(run.folder), path)
    with pytest.raises(InputError, match="_0.keras is not the network of cnn-50_exponential_0.json; delete it"):
        models.load(run, MINE, tiny)
    capsys.readouterr()
    training.train(tiny, SHORT, "mine", run)  # trained again, not taken up
    assert "epoch 2/2" in capsys.readouterr().err
    assert models.load(run, MINE, tiny)


def test_a_damaged_network_is_not_taken_up(tmp_path, tiny):
    run = Run(tmp_path)
    training.train(tiny, SHORT, "mine", run)
    with run.model(MINE).open("ab") as file:
        file.write(b"?")
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras is not as it was written"):
        training.train(tiny, SHORT, "mine", run)
