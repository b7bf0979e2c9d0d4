"""Bad and odd files: one clear sentence, nothing run and nothing left behind."""

import io
import json
import os
import pickle
import struct
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import others
import pytest
from others import BIAS, KERAS_2, KERNEL, keras_2

from expact_utils.networks.foreign import safety
from expact_utils.networks.foreign.opening import open_network
from expact_utils.run.errors import InputError

RAN = "/tmp/a-pickle-of-the-tests-ran"


class Harmful:
    """A pickle of it would make a file."""

    def __reduce__(self):
        return os.mkdir, (RAN,)


def model_file(folder, name="n.keras", layers=None, shape=(8, 4)):
    """A saved network of some layers."""
    path = folder / name
    keras.Sequential([keras.Input(shape), *layers]).save(path) if layers else others.convolutional().save(path)
    return path


def rezipped(path, change):
    """The archive with its files as `change` gives them, from their names and contents."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in change(files).items():
            archive.writestr(name, content)
    return path


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def torch(folder, tensors=None, name="n.pth", **changes):
    return written(folder, name, others.state_dict(tensors or others.torch_weights(), **changes))


def cut(path, keep=0.6):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    return path


def pickled(folder, content, name="n.pth"):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return written(folder, name, file.getvalue())


def changed_config(folder, **changes):
    def change(files):
        config = json.loads(files["config.json"])
        (layer,) = [one for one in config["config"]["layers"] if one["class_name"] == "Conv1D"]
        layer["config"] |= changes
        return files | {"config.json": json.dumps(config).encode()}

    return rezipped(model_file(folder), change)


def lambda_layer(folder):
    return model_file(folder, layers=[keras.layers.Conv1D(2, 3), keras.layers.Lambda(lambda x: x * 2)])


def nan(folder):
    return keras_2(folder / "n.h5", c={"kernel:0": np.full_like(KERNEL, np.nan), "bias:0": BIAS})


def linked(link):
    def make(folder):
        path = keras_2(folder / "n.h5")
        with h5py.File(path, "a") as file:
            del file["model_weights/c/c_1/bias:0"]
            file["model_weights/c/c_1/bias:0"] = link
        return path

    return make


def hdf5(folder, name="n.h5", **arrays):
    with h5py.File(folder / name, "w") as file:
        for key, values in arrays.items():
            file[key] = values
    return folder / name


def external(folder):
    (folder / "numbers").write_bytes(bytes(96))
    path = keras_2(folder / "n.h5")
    with h5py.File(path, "a") as file:
        del file["model_weights/c/c_1/kernel:0"]
        place = [("numbers", 0, 96)]
        file.create_dataset("model_weights/c/c_1/kernel:0", (3, 4, 2), "f4", external=place)
    return path


def hdf5_bomb(folder):
    path = keras_2(folder / "n.h5")
    with h5py.File(path, "a") as file:
        file.create_dataset("model_weights/c/huge", (2**33,), "f4", chunks=(2**20,), compression="gzip")
    return path


def zip_bomb(folder):
    return rezipped(model_file(folder), lambda files: files | {"config.json": bytes(2**27)})


def subclass(folder):
    config = {"class_name": "TheirModel", "config": {}, "module": "theirs"}
    return rezipped(model_file(folder), lambda files: files | {"config.json": json.dumps(config).encode()})


def config(folder, content):
    return rezipped(model_file(folder), lambda files: files | {"config.json": content})


def other_weights(folder):
    return keras_2(folder / "n.h5", c={"kernel:0": KERNEL[:2], "bias:0": BIAS})


def deep(folder):
    return config(folder, b'{"class_name": "Sequential", "config": {"layers": [' * 2000 + b"]}}" * 2000)


def circle(folder):
    made = json.loads(json.dumps(KERAS_2))
    made["config"]["layers"][1]["inbound_nodes"] = [[["p", 0, 0, {}]]]
    return keras_2(folder / "n.h5", made)


def pair(folder):
    return model_file(folder), model_file(folder, "m.keras")


def alone(folder):
    path = folder / "n.json"
    path.write_text(others.convolutional().to_json())
    return path


def folder_of(folder):
    (folder / "saved_model").mkdir()
    return folder / "saved_model"


def pipe(folder):
    os.mkfifo(folder / "n.h5")
    return folder / "n.h5"


Conv1D, Conv2D, Flatten, Dense = (getattr(keras.layers, name) for name in ("Conv1D", "Conv2D", "Flatten", "Dense"))
BAD = {
    "missing": (lambda f: f / "n.h5", "does not exist; expected a trained network"),
    "empty": (lambda f: written(f, "n.h5", b""), "is empty"),
    "a folder": (folder_of, "is a folder; .*model.export"),
    "a pipe": (pipe, "is a pipe or a device"),
    "text": (lambda f: written(f, "n.txt", b"hello"), "of no format that expact reads .*onnx"),
    "text called .h5": (lambda f: written(f, "n.h5", b"hello"), "not what its name says"),
    "gzip": (lambda f: written(f, "n.h5.gz", b"\x1f\x8b\x08"), "packed by gzip; unpack it"),
    "SavedModel": (lambda f: written(f, "saved_model.pb", b"\x08\x01"), "SavedModel, which is a program; export"),
    "cut .keras": (lambda f: cut(model_file(f)), "cut short"),
    "cut .h5": (lambda f: cut(keras_2(f / "n.h5")), "not a readable HDF5 file, perhaps cut short"),
    "cut .pth": (lambda f: cut(torch(f)), "cut short"),
    "cut .safetensors": (
        lambda f: cut(written(f, "n.safetensors", others.safetensors(others.torch_weights()))),
        "cut short",
    ),
    "safetensors without a header": (lambda f: written(f, "n.safetensors", b"\xff" * 50), "no safetensors file"),
    "architecture alone": (alone, "architecture without weights; give its weights"),
    "cut architecture": (lambda f: cut(alone(f)), "cut short or no JSON"),
    "two networks as a pair": (pair, "expected an architecture .* and its weights"),
    "zip bomb": (zip_bomb, "would unpack to .* GiB"),
    "HDF5 bomb": (hdf5_bomb, "would unpack to 32.0 GiB"),
    "a zip of something else": (
        lambda f: rezipped(model_file(f), lambda files: {"readme": b"x"}),
        "zip archive without a network",
    ),
    ".keras without weights": (
        lambda f: rezipped(model_file(f), lambda files: {"config.json": files["config.json"]}),
        "has no model.weights.h5",
    ),
    "a legacy pickle": (lambda f: written(f, "n.pth", pickle.dumps(Harmful())), "pickle or a cut file"),
    "a pickle without an ending": (lambda f: written(f, "network", pickle.dumps(Harmful())), "pickle or a cut file"),
    "a zip with a harmful pickle": (
        lambda f: pickled(f, pickle.dumps(Harmful(), 2)),
        r"holds more than tensors \(posix.mkdir\); torch.save\(model.state_dict",
    ),
    "a harmful pickle of a new protocol": (
        lambda f: pickled(f, pickle.dumps(Harmful(), 5)),
        r"more than tensors \(posix.mkdir\)",
    ),
    "a pickled module": (
        lambda f: pickled(f, b"\x80\x02c__main__\nNet\n)\x81}b."),
        r"more than tensors \(__main__.Net\).*torch.onnx.export",
    ),
    "an opcode that tables do not need": (
        lambda f: pickled(f, b"(I1\nios\nsystem\n."),
        "more than tensors .the opcode INT",
    ),
    "a tensor built by another function": (
        lambda f: torch(f, call="builtins\neval"),
        r"more than tensors \(builtins.eval\)",
    ),
    "a tensor beyond its storage": (lambda f: torch(f, stride=7), "reaches beyond its storage"),
    "a pickle without an end": (lambda f: pickled(f, b"\x80\x02}"), "damaged PyTorch file"),
    "a pickle without tensors": (lambda f: pickled(f, b"\x80\x02}."), "no table of tensors"),
    "Lambda layer": (lambda_layer, "a Lambda layer holds code; export .*onnx"),
    "a layer of theirs": (subclass, "is a TheirModel, made by code that the file does not hold"),
    "an activation of theirs": (
        lambda f: changed_config(f, activation="their_own"),
        "activation their_own, which Keras does not know",
    ),
    "an activation that names a function": (
        lambda f: changed_config(
            f, activation={"module": "os", "class_name": "function", "config": "system", "registered_name": "function"}
        ),
        "activation system, which Keras does not know",
    ),
    "a setting that cannot be": (lambda f: changed_config(f, filters=-2), "layer filters cannot be built"),
    "config that is no JSON": (lambda f: config(f, b"{"), "no architecture that can be read as JSON"),
    "config that is no network": (lambda f: config(f, b"[1]"), "not the config of a Keras network"),
    "layers within layers": (deep, "no architecture that can be read as JSON"),
    "layers in a circle": (circle, "takes what no layer gives"),
    "weights of another network": (other_weights, "weights are not those of this architecture"),
    "NaN weights": (nan, "kernel holds NaN or infinite weights"),
    "NaN in a state_dict": (lambda f: torch(f, {"a.weight": np.full((2, 4, 3), np.inf)}), "a.weight holds NaN or inf"),
    "external link": (linked(h5py.ExternalLink("/etc/hostname", "/")), "bias:0 is a link to another place"),
    "soft link": (linked(h5py.SoftLink("/nowhere")), "bias:0 is a link to another place"),
    "numbers in another file": (external, "kernel:0 keeps its numbers in another file"),
    "HDF5 that is data": (lambda f: hdf5(f, x=np.zeros((5, 4, 8))), "HDF5 file without a network"),
    "dense alone": (
        lambda f: model_file(f, layers=[Flatten(), Dense(2)]),
        "has no convolution over its input",
    ),
    "an image network": (
        lambda f: model_file(f, layers=[Conv2D(2, 3), Flatten()], shape=(28, 28, 3)),
        r"takes \(28, 28, 3\) a sequence; expected one axis of the four bases",
    ),
    "a plane of four": (
        lambda f: model_file(f, layers=[Conv2D(2, 3, padding="same"), Flatten()], shape=(4, 28, 1)),
        "do not see all four bases at once",
    ),
    "proteins": (
        lambda f: model_file(f, layers=[Conv1D(2, 3), Flatten()], shape=(50, 20)),
        r"takes \(50, 20\) a sequence; expected one axis of the four bases",
    ),
    "sixteen channels, weights alone": (
        lambda f: torch(f, {"a.weight": np.zeros((2, 16, 3))}),
        r"no kernel over the four bases A C G T; its first one has shape \(2, 16, 3\)",
    ),
    "no convolution, weights alone": (lambda f: torch(f, {"a.weight": np.zeros((2, 16))}), "no convolution's kernel"),
}  # fmt: skip


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", BAD)
def test_one_sentence_and_nothing_left_behind(case, tmp_path, monkeypatch):
    make, sentence = BAD[case]
    made = make(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    before = contents(tmp_path)
    with pytest.raises(InputError, match=sentence) as caught:
        open_network(*(made if isinstance(made, tuple) else (made,)))
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert contents(tmp_path) == before
    assert not list((tmp_path / "temporary").iterdir())
    assert not Path(RAN).exists()


OPTIONS = {
    "unknown": ({"layuot": "NL4"}, "layuot is no option of a network; expected one of layout"),
    "layout": ({"layout": "LN4"}, "LN4 is no layout; expected one of NL4"),
    "another layout": ({"layout": "N4L"}, r"takes \(8, 4\) a sequence, which is not the layout N4L"),
    "bases": ({"bases": "ACGU"}, "ACGU is no order of bases"),
    "input": ({"input": "dna"}, "has no input dna; it has sequence"),
    "output": ({"output": "peak"}, "has no output peak; it has sum"),
    "module": ({"modules": ("no_such_module",)}, "cannot be imported: No module named"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_do_not_fit(case, tmp_path):
    options, sentence = OPTIONS[case]
    path = model_file(tmp_path)
    with pytest.raises(InputError, match=sentence):
        open_network(path, **options)


def test_padding_and_normalisation_that_cannot_be(tmp_path):
    path = torch(tmp_path)
    with pytest.raises(InputError, match="round is no padding"):
        open_network(path, padding="round")
    with pytest.raises(InputError, match="no batch normalisation"):
        open_network(path, normalised=True)


def test_sequences_that_do_not_fit(tmp_path):
    network = open_network(torch(tmp_path), activation="relu")
    with pytest.raises(InputError, match=r"shape \(8, 4\); expected \(sequences, length, 4\)"):
        network.first_layer(np.zeros((8, 4)))
    with pytest.raises(InputError, match="2 nt long; a filter of the network sees 3 nt"):
        network.first_layer(np.zeros((1, 2, 4)))


def test_files_that_are_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "LARGEST", 100)
    with pytest.raises(InputError, match="GiB"):
        open_network(torch(tmp_path))


def test_two_tensors_that_share_a_storage_cannot_grow_without_end(tmp_path):
    """Strides of 0 make a tensor of any size from one number."""
    sizes = b"(" + b"".join(b"J" + struct.pack("<i", 2**20) for _ in range(3)) + b"t"
    zeros = b"(K\x00K\x00K\x00t"
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"
    content = (
        b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n("
        + storage
        + b"K\x00"
        + sizes
        + zeros
        + b"\x89NtRs."
    )
    path = pickled(tmp_path, content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/data/0", bytes(4))
    with pytest.raises(InputError, match="would unpack to"):
        open_network(path)
