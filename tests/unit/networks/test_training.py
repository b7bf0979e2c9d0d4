import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from support import ROOT, encode, names

from expact_utils.data import datasets
from expact_utils.networks import checkpoints, engine, models, scores, training
from expact_utils.networks import trial as trial_module
from expact_utils.networks.protocols import PROTOCOLS
from expact_utils.networks.training import Settings
from expact_utils.networks.trial import Trial
from expact_utils.run.errors import InputError, TrainingError
from expact_utils.run.files import checksum_file
from expact_utils.run.paths import Network, Run

SHORT = Settings("cnn-50", "exponential", trial=0, epochs=2, batch_size=10)
KEY = ("mine", "cnn-50", "exponential", 0)
# Train the config in the folder that is the first argument, with a checkpoint after each epoch.
COMMAND = "from expact_utils import training; training.CHECKPOINT_SECONDS = 0; training.run_command(training._command)"


@pytest.fixture
def learnable(tiny):
    """Sequences whose first class is "carries ACGTACGTACGT in the middle"; the second class is random."""
    rng = np.random.default_rng(0)
    for split, codes in tiny.X.items():
        tiny.X[split] = np.tile(codes, (10, 1))[rng.permutation(10 * len(codes))]
        tiny.Y[split] = rng.integers(0, 2, (len(tiny.X[split]), 2), dtype=np.int8)
        tiny.X[split][tiny.Y[split][:, 0] == 1, 40:52] = encode("ACGTACGTACGT")
    return tiny


@pytest.fixture
def meaningless(learnable):
    for split in learnable.Y:
        learnable.Y[split] = np.random.default_rng(1).integers(0, 2, learnable.Y[split].shape, dtype=np.int8)
    return learnable


def weights(dataset, settings):
    return training.train(dataset, settings)[0].get_weights()


def same(first, second):
    return all((a == b).all() for a, b in zip(first, second, strict=True))


def write_run(folder, dataset, **settings):
    """A run's folder with its data and settings, as the graph leaves it before training."""
    config = {"name": "mine", "datasets": ["mine"], "architectures": ["cnn-50"], "activations": ["exponential"]}
    config |= {"trials": 1, "epochs": 2, "batch_size": 10, "seed": 0, "protocol": "preprint2019"} | settings
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    datasets.write(Run(folder).data("mine"), dataset)
    return Run(folder)


def start(run, code=COMMAND, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", code, str(run.config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output, errors


def wait_for(process, text):
    lines = iter(process.stderr.readline, "")
    assert any(text in line for line in lines), f"ended without {text}"


def test_same_seed_same_weights_bit_for_bit(learnable):
    assert same(weights(learnable, SHORT), weights(learnable, SHORT))


def test_trials_and_seeds_differ(learnable):
    first = weights(learnable, SHORT)
    assert not same(first, weights(learnable, dataclasses.replace(SHORT, trial=1)))
    assert not same(first, weights(learnable, dataclasses.replace(SHORT, seed=1)))


def test_a_trial_is_the_same_alone_and_after_others(learnable):
    trials = [dataclasses.replace(SHORT, trial=trial) for trial in (0, 1, 2)]
    (_, _), (model, _), (_, _) = training.train_trials(learnable, trials)
    assert same(model.get_weights(), weights(learnable, trials[1]))


def test_it_learns_a_motif_and_not_noise(learnable):
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=15))
    assert history["training_loss"][-1] < history["training_loss"][0]
    assert history["test"]["auroc"]["first"] > 0.95
    assert history["test"]["auroc"]["second"] < 0.7
    assert history["trained"]


def test_a_network_that_learns_nothing_is_reported_and_counted(meaningless, capsys):
    _, history = training.train(meaningless, SHORT, "mine")
    assert history["trained"] is False
    assert history["test"]["auroc_mean"] == pytest.approx(0.5, abs=0.15)
    assert "mine cnn-50 exponential trial 0 did not train: its best validation loss" in capsys.readouterr().err


def test_base_rate_loss_by_hand(tiny, monkeypatch):
    tiny.Y["train"] = np.tile(np.array([[0, 1], [0, 0], [0, 0], [1, 0]], np.int8), (10, 1))  # a quarter each
    tiny.Y["valid"] = np.array([[1, 0]] * 10, np.int8)
    expected = -(np.log(1 / 4) + np.log(3 / 4)) / 2
    assert training.base_rate_loss(tiny) == pytest.approx(expected)
    monkeypatch.setattr(training, "BUFFER", 14)  # a piece of 7 rows after the other
    assert training.base_rate_loss(tiny) == pytest.approx(expected)


def test_the_weights_of_the_lowest_validation_loss_are_kept(meaningless):
    model, history = training.train(meaningless, dataclasses.replace(SHORT, epochs=8))
    assert history["kept_epoch"] == history["best_epoch"] == 1 + int(np.argmin(history["validation_loss"]))
    assert history["best_epoch"] < 8  # it can only overfit, so the last weights are others
    labels, p = meaningless.Y["valid"], np.clip(training.predict(model, meaningless.X["valid"]), 1e-7, 1 - 1e-7)
    loss = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    assert loss == pytest.approx(min(history["validation_loss"]), rel=1e-4)


def test_the_journal_s_protocol_stops_keeps_the_last_weights_and_lowers_the_rate(meaningless, monkeypatch, capsys):
    rates = []
    set_rate = engine.Engine.set_learning_rate
    monkeypatch.setattr(engine.Engine, "set_learning_rate", lambda of, rate: (rates.append(rate), set_rate(of, rate)))
    settings = dataclasses.replace(SHORT, epochs=60, protocol="journal2020")
    model, history = training.train(meaningless, settings)
    auprs = history["validation_aupr"]
    assert len(auprs) == len(rates) == history["kept_epoch"] < 60  # nothing can be learned, so it stops
    assert len(auprs) - 1 - int(np.argmax(auprs)) == 20
    assert rates == [PROTOCOLS["journal2020"].learning_rate(auprs[:epoch]) for epoch in range(len(auprs))]
    assert min(rates) < 0.001
    assert "the validation auPR no longer rises" in capsys.readouterr().err
    probabilities = training.predict(model, meaningless.X["valid"])
    labels = meaningless.Y["valid"]
    assert average_precision_score(labels.ravel(), probabilities.ravel()) == pytest.approx(auprs[-1], abs=1e-3)
    assert training.cross_entropy(labels, probabilities) == pytest.approx(history["validation_loss"][-1], rel=1e-4)


def test_history_says_what_made_it(learnable):
    _, history = training.train(learnable, SHORT, "mine")
    assert {"dataset": "mine", **dataclasses.asdict(SHORT)}.items() <= history.items()
    assert len(history["training_loss"]) == len(history["validation_loss"]) == len(history["epoch_seconds"]) == 2
    assert {"commit", "versions", "device", "seconds", "started", "best_epoch", "base_rate_loss"} <= history.keys()


def test_scores_by_hand():
    # Ranked by probability the labels read 1 0 1 0: precision 1 at the first positive, 2/3 at the second.
    labels = np.array([[1, 1], [0, 1], [1, 1], [0, 1]])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.1, 0.4]])
    found = scores.score(labels, probabilities, ["mixed", "always"])
    assert found["aupr"]["mixed"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["auroc"]["mixed"] == pytest.approx(3 / 4)  # pairs in order: 3 of 4
    assert found["aupr"]["always"] is None
    assert found["auroc_mean"] == pytest.approx(3 / 4)


def test_a_loss_that_is_not_a_number_stops_the_trial_and_no_other(learnable, monkeypatch, tmp_path):
    real, calls = training._validate, []

    def broken(*arguments):
        calls.append(arguments)
        losses, auprs = real(*arguments)
        return losses * (np.nan if len(calls) == 2 else 1), auprs

    monkeypatch.setattr(training, "_validate", broken)
    trials = [SHORT, dataclasses.replace(SHORT, trial=1)]
    with pytest.raises(TrainingError, match="mine cnn-50 exponential trial 0: .* no longer a number in epoch 2; try"):
        training.train_trials(learnable, trials, "mine", Run(tmp_path))
    assert len(calls) == 4
    assert not Run(tmp_path).model(Network(*KEY)).exists()
    assert Run(tmp_path).model(*KEY[:3], 1).exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_weights_that_are_no_numbers_are_one_sentence(learnable, monkeypatch, protocol, capsys):
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
        training.train(learnable, settings, "mine")
    assert "over after" not in capsys.readouterr().err


def test_both_activations_of_a_trial_start_from_the_same_weights(learnable):
    starts = [
        Trial("mine", dataclasses.replace(SHORT, activation=activation), learnable, None, "").model.get_weights()
        for activation in ("relu", "exponential")
    ]
    assert same(*starts)


def test_sequences_too_short_for_the_pools(tiny):
    for split, codes in tiny.X.items():
        tiny.X[split] = codes[:, :60]
    with pytest.raises(InputError, match="sequences are 60 nt long; cnn-50 needs at least 100"):
        training.train(tiny, SHORT)


def test_too_few_sequences(tiny):
    with pytest.raises(InputError, match="mine has 40 training sequences; expected at least one batch of 100"):
        training.train(tiny, Settings("cnn-2", "relu"), "mine")


def test_saved_network_opens_with_plain_keras(tmp_path, learnable):
    run = Run(tmp_path)
    model, _ = training.train(learnable, SHORT, "mine", run)
    assert names(tmp_path / "models" / "mine") == [
        "cnn-50_exponential_0.json",
        "cnn-50_exponential_0.keras",
    ]
    assert not list((tmp_path / "checkpoints").rglob("*"))
    opened = keras.saving.load_model(run.model(Network(*KEY)))
    assert same(opened.get_weights(), model.get_weights())
    np.testing.assert_array_equal(
        training.predict(models.load(run, KEY, learnable), learnable.X["test"]),
        training.predict(model, learnable.X["test"]),
    )


def test_a_network_that_cannot_be_opened(tmp_path, learnable):
    run = Run(tmp_path)
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras does not exist; expected a trained network"):
        models.load(run, KEY, learnable)
    run.model(Network(*KEY)).parent.mkdir(parents=True)
    run.model(Network(*KEY)).write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras is not a readable Keras model"):
        models.load(run, KEY, learnable)


def test_another_network_in_its_place(tmp_path, learnable):
    """As a file of the same name from another run: length, classes and activation are looked at."""
    run, length = Run(tmp_path), learnable.length
    run.model(Network(*KEY)).parent.mkdir(parents=True)
    for changed in ({"architecture": "cnn-2"}, {"activation": "relu"}, {"length": length + 100}, {"classes": 3}):
        made = {"architecture": "cnn-50", "activation": "exponential", "length": length, "classes": 2} | changed
        models.build(**made).save(run.model(Network(*KEY)))
        found = "{architecture} {activation} of {length} nt and {classes} classes".format(**made)
        expected = f"cnn-50 exponential of {length} nt and 2 classes"
        with pytest.raises(InputError, match=f"_0.keras holds a network {found}; expected {expected}"):
            models.load(run, KEY, learnable)


def test_the_network_of_another_training(tmp_path, learnable, capsys):
    """As two that end at the same moment may leave: each file is whole, and they do not belong together."""
    run, other = Run(tmp_path / "run"), Run(tmp_path / "other")
    for one, seed in ((run, 0), (other, 1)):
        training.train(learnable, dataclasses.replace(SHORT, seed=seed), "mine", one)
    for path in (run.model(Network(*KEY)), checksum_file(run.model(Network(*KEY)))):
        shutil.copy(other.folder / path.relative_to(run.folder), path)
    with pytest.raises(InputError, match="_0.keras is not the network of cnn-50_exponential_0.json; delete it"):
        models.load(run, KEY, learnable)
    capsys.readouterr()
    training.train(learnable, SHORT, "mine", run)  # trained again, not taken up
    assert "epoch 2/2" in capsys.readouterr().err
    assert models.load(run, KEY, learnable)


def test_progress_goes_to_standard_error(learnable, capsys):
    training.train(learnable, SHORT)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith("synthetic cnn-50 exponential trial 0: epoch 2/2, training loss") for line in lines)


def test_a_finished_trial_is_not_trained_again(tmp_path, learnable, monkeypatch):
    run = Run(tmp_path)
    first, history = training.train(learnable, SHORT, "mine", run)
    monkeypatch.setattr(training, "_fit", lambda *_: pytest.fail("trained again"))
    again, found = training.train(learnable, SHORT, "mine", run)
    assert found == history
    assert same(first.get_weights(), again.get_weights())


@pytest.mark.parametrize("change", ["settings", "data"])
def test_other_settings_or_data_are_trained_again(tmp_path, learnable, change):
    run, settings = Run(tmp_path), SHORT
    training.train(learnable, settings, "mine", run)
    if change == "settings":
        settings = dataclasses.replace(SHORT, seed=1)
    else:
        learnable.Y["train"][0, 0] ^= 1
    _, history = training.train(learnable, settings, "mine", run)
    assert same(models.load(run, KEY, learnable).get_weights(), weights(learnable, settings))
    assert history["seed"] == settings.seed


def stopped_after(epoch, monkeypatch, *arguments):
    """Train, and press Ctrl-C in the epoch that follows."""
    real = training._epoch

    def interrupted(*of_epoch):
        if of_epoch[4] == epoch + 1:
            real(*of_epoch)  # so that the engine is past its checkpoint
            raise KeyboardInterrupt
        return real(*of_epoch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "_epoch", interrupted)
        training.train(*arguments)


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(tmp_path, learnable, monkeypatch, capsys):
    settings = dataclasses.replace(SHORT, epochs=4)
    stopped_after(2, monkeypatch, learnable, settings, "mine", Run(tmp_path))
    assert "stopped after epoch 2/4, saved in " in capsys.readouterr().err
    model, history = training.train(learnable, settings, "mine", Run(tmp_path))
    assert "going on after epoch 2/4" in capsys.readouterr().err
    assert len(history["validation_loss"]) == 4
    assert same(model.get_weights(), weights(learnable, settings))


def test_ctrl_c_before_the_first_epoch_has_nothing_to_save(tmp_path, learnable, monkeypatch, capsys):
    stopped_after(0, monkeypatch, learnable, SHORT, "mine", Run(tmp_path))
    assert "stopped after epoch 0/2, nothing is saved." in capsys.readouterr().err
    assert not (tmp_path / "checkpoints").exists()


def test_a_checkpoint_of_another_training_is_left_aside(tmp_path, learnable, monkeypatch, capsys):
    settings = dataclasses.replace(SHORT, epochs=4)
    stopped_after(2, monkeypatch, learnable, settings, "mine", Run(tmp_path))
    learnable.Y["valid"][0, 0] ^= 1
    _, history = training.train(learnable, settings, "mine", Run(tmp_path))
    assert (
        "cnn-50_exponential_0.h5 is of other settings, data, code or backend: starting again" in capsys.readouterr().err
    )
    assert len(history["validation_loss"]) == 4


def test_a_checkpoint_of_an_older_format_is_left_aside(tmp_path, learnable, monkeypatch, capsys):
    monkeypatch.setattr(checkpoints, "CHECKPOINT_VERSION", 2)
    stopped_after(1, monkeypatch, learnable, SHORT, "mine", Run(tmp_path))
    monkeypatch.undo()
    training.train(learnable, SHORT, "mine", Run(tmp_path))
    assert "starting again" in capsys.readouterr().err


def test_a_damaged_network_is_not_taken_up(tmp_path, learnable):
    run = Run(tmp_path)
    training.train(learnable, SHORT, "mine", run)
    with run.model(Network(*KEY)).open("ab") as file:
        file.write(b"?")
    with pytest.raises(InputError, match="cnn-50_exponential_0.keras is not as it was written"):
        training.train(learnable, SHORT, "mine", run)


def test_a_damaged_checkpoint_is_one_sentence(tmp_path, learnable):
    path = Run(tmp_path).checkpoint(Network(*KEY))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(50))
    with pytest.raises(InputError, match="cnn-50_exponential_0.h5 is not a readable HDF5 file"):
        training.train(learnable, SHORT, "mine", Run(tmp_path))


def test_killed_three_times_it_ends_with_the_weights_of_an_unbroken_run(tmp_path, learnable):
    settings = {"epochs": 60}
    unbroken, broken = (write_run(tmp_path / name, learnable, **settings) for name in ("unbroken", "broken"))
    finish(start(unbroken))
    epochs = [0]
    for _ in range(3):
        process = start(broken)
        wait_for(process, f"epoch {epochs[-1] + 3 - epochs[-1] % 3}/60")  # there is a line every third epoch
        time.sleep(random.uniform(0, 0.5))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        trial = Trial("mine", dataclasses.replace(SHORT, epochs=60), learnable, broken, "")
        assert not trial.finished
        with datasets.open_hdf5(broken.checkpoint(Network(*KEY)), "a checkpoint") as file:
            epochs.append(len(json.loads(file["0"].attrs["history"])["validation_loss"]))
        assert epochs[-1] > epochs[-2]
    _, errors = finish(start(broken))
    assert f"going on after epoch {epochs[-1]}/60" in errors
    assert same(*(models.load(run, KEY, learnable).get_weights() for run in (unbroken, broken)))


def test_the_command_stops_at_ctrl_c_with_one_sentence(tmp_path, learnable):
    run = write_run(tmp_path / "run", learnable, epochs=1000)
    process = start(run)
    wait_for(process, "epoch 50/1000")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "the same command goes on from there" in errors
    assert run.checkpoint(Network(*KEY)).is_file()


def test_the_command_trains_a_config_and_says_so(tmp_path, learnable):
    run = write_run(tmp_path / "run", learnable, activations=["relu", "exponential"], trials=2)
    output, _ = finish(start(run))
    assert "models: all trained, in" in output
    assert len(list((run.folder / "models" / "mine").glob("*.keras"))) == 4
    _, errors = finish(start(run))
    assert "epoch" not in errors  # all finished


def test_the_command_needs_no_more_than_a_bare_machine_has():
    code = "import sys, expact_utils.training; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "'sklearn'" in imported
    for package in ("yaml", "jsonschema", "papermill", "pyjaspar", "memelite", "snakemake", "seaborn", "logomaker"):
        assert f"'{package}'" not in imported


def test_another_backend_is_refused(tmp_path, learnable):
    process = start(write_run(tmp_path / "run", learnable), KERAS_BACKEND="numpy")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "error: Keras runs on numpy; expected KERAS_BACKEND to be tensorflow or jax."


@pytest.fixture
def stored(tmp_path, learnable, monkeypatch):
    """The learnable sequences, those of training left in their file and read in pieces of 40 rows, 120 at a time."""
    datasets.write(tmp_path / "large.h5", learnable)
    monkeypatch.setattr(datasets, "IN_MEMORY", 30_000)  # 40,000 bytes of training sequences, 20,000 for the test
    monkeypatch.setattr(training, "PIECE", 4_000)
    monkeypatch.setattr(training, "BUFFER", 12_000)
    found = datasets.read(tmp_path / "large.h5")
    assert isinstance(found.X["train"], datasets.Stored)
    assert isinstance(found.X["test"], np.ndarray)
    return found


class Shelf:
    """An engine that only keeps what it is given."""

    put = staticmethod(lambda array: array)


def test_from_a_file_each_row_is_seen_once_an_epoch(stored, learnable):
    parts = list(training._from_file(Shelf, stored.X["train"], stored.Y["train"], 10, np.random.default_rng(0)))
    seen = np.concatenate([codes[order[0].ravel()] for codes, _, order in parts])
    np.testing.assert_array_equal(
        np.sort(seen.view("S100").ravel()), np.sort(learnable.X["train"].view("S100").ravel())
    )
    assert {order.shape[2] for _, _, order in parts} == {10}
    assert max(len(codes) for codes, _, _ in parts) == 120
    first, _, order = parts[0]
    assert not (first[order[0].ravel()] == learnable.X["train"][:120]).all()


def test_from_a_file_it_learns_the_same_motif_and_twice_the_same(stored):
    settings = dataclasses.replace(SHORT, epochs=12)
    first, history = training.train(stored, settings)
    assert history["test"]["auroc"]["first"] > 0.95
    assert same(first.get_weights(), weights(stored, settings))


def test_labels_alone_may_stay_in_their_file(tmp_path, learnable, monkeypatch):
    """As those of many classes do, where the sequences are short."""
    datasets.write(tmp_path / "large.h5", learnable)
    monkeypatch.setattr(datasets, "IN_MEMORY", 0)
    learnable.Y["train"] = datasets.read(tmp_path / "large.h5").Y["train"]
    monkeypatch.setattr(training, "BUFFER", 12_000)
    assert isinstance(learnable.X["train"], np.ndarray)
    _, history = training.train(learnable, dataclasses.replace(SHORT, epochs=12))
    assert history["test"]["auroc"]["first"] > 0.95
