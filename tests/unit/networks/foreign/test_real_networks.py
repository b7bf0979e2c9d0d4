"""Networks of papers, as they were published: each is read, or refused with its sentence.

They are not downloaded; where EXPACT_CACHE names a folder with `models/`, they are looked at.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from support import ROOT

from expact_utils.networks.foreign.opening import open_network
from expact_utils.run.errors import InputError
from expact_utils.run.files import sha256

MODELS = ROOT / os.environ.get("EXPACT_CACHE", "absent") / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="EXPACT_CACHE names no folder with models/")

SHA256 = {
    "squid-manuscript/deepstarr.model.h5": "b1077afeb01570b4e5b79936d1f5ad6725a3499919957492d6ef0ecf8b188b46",
    "squid-manuscript/deepstarr.model.json": "679a6998e23adcdbb489d11d998eb0132f9e3076fb6cac54e515e26381016291",
    "squid-manuscript/gabpa_final_23.h5": "1ed792ca590a6bde9b0f2e757892743cd29945942b5fdd880ae53ee113836a8a",
    "ExplaiNN/model_epoch_best_4.pth": "1f430611c92df20fcfa0433c2d3546d960c2c67ce7e3da3e1ae6aa23871b1698",
    "NeuronMotif/demo1_weight.hdf5": "850cd26d844803f65407086d5369980d9f18d46c14321fc4720176b667711760",
    "NeuronMotif/demo2_weight.hdf5": "6ebf0f0617aa5ca3d1c401c037b9188887d4d97fa8b9da93c090067e36afbb70",
    "basenji/usad.h5": "c2ebc98923fce514089435fac817fa9fb67c883db9f9a13e1f589ea69022d856",
    "dragonn/multi_filter_dragonn.arch.json": "098b2aa4cb52d2fc1c92f4e27543872ac1624a29a3182bfd030ad9a5af323fe5",
    "dragonn/multi_filter_dragonn.weights.h5": "864c00e95c814239fb04dde0266068fa19bcfc320f04880939f600d4b07e221f",
    "kipoi/only_weights.pth": "6b963f8eb38ae2ceab5a24d08a437f12b8fa94cb2cd5046be0475712e24d28ed",
    "pysster/model.pkl.h5": "e95877eea7047dce6e4c5779b6d71d5c03ecd5b2e7722cfee0c6f3cee35b9fd6",
    "GradientCorrection/cnn_deep_exponential_0.h5": "f439acf7eee01c1b1ec640c0b95b888787ec0563f6f9aac6d0e5918d12361647",
    "GradientCorrection/cnn_deep_exponential_1.h5": "a1e588687a560b847b41478d982b38443abb6894fda72eebfd5b3db011d7cdbf",
    "GradientCorrection/cnn_deep_exponential_2.h5": "fd9efdc21c29a7485e10b92b590fcdabc864483a5bfb9f79b10a7f5bb0943734",
    "GradientCorrection/cnn_deep_relu_0.h5": "6c19486e3eb186f656233b5fa4357f3ef6011e10d2e19318624a85f4d7fa1714",
    "GradientCorrection/cnn_deep_relu_1.h5": "f3f7357632d19bd9d6f931430a882e780bc759048bb7d4a054b5642f65a7e513",
    "GradientCorrection/cnn_deep_relu_2.h5": "d290643a48f99d9fc6c31246ad8f4bdc19e35be3a4d212485bef0527f102f070",
    "GradientCorrection/cnn_shallow_exponential_0.h5": "83c677ed371737225c1b13090160432eedd5a07d952aae432171dfa90632106a",
    "GradientCorrection/cnn_shallow_exponential_1.h5": "30d7c9283c15383d770d5049d4876a4f8b72938ca2ecffd4ed90f27d72760b39",
    "GradientCorrection/cnn_shallow_exponential_2.h5": "a7407a415392a07867b26c9ef2477b490635b1e85c5d65da0c087c4dd4f86aff",
    "GradientCorrection/cnn_shallow_relu_0.h5": "73b1b3569088935ef059fc81c7fc2779c8758b6aeea54f7b46f30dc2635b3163",
    "GradientCorrection/cnn_shallow_relu_1.h5": "5b2bfc29181cd8bdb2d93ac1a686875e26143e6f966d072e188a5cb9c1f93cc9",
    "GradientCorrection/cnn_shallow_relu_2.h5": "0f95d7b71dbc15083baa817a7856851eb4b5c20f51ae79711ab387a712cb1008",
}  # fmt: skip
TASK_3 = [name for name in SHA256 if name.startswith("GradientCorrection")]


def model(name) -> Path:
    path = MODELS / name
    assert sha256(path) == SHA256[name]
    return path


def sequences(number, length):
    return np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (number, length))]


# Layout, length, outputs, filters and width, normalised, activation, padding.
WHOLE = {
    "deepstarr": (
        ["squid-manuscript/deepstarr.model.json", "squid-manuscript/deepstarr.model.h5"],
        ("NL4", 249, ["Dense_Dev", "Dense_Hk"], (7, 4, 256), True, "relu", "same"),
    ),
    "dragonn": (
        ["dragonn/multi_filter_dragonn.arch.json", "dragonn/multi_filter_dragonn.weights.h5"],
        ("N14L", 1000, ["activation_1"], (10, 4, 15), False, "relu", (0, 0)),
    ),
    "demo1": (
        ["NeuronMotif/demo1_weight.hdf5"],
        ("NL4", 8, ["flatten_1"], (5, 4, 3), False, "relu", (0, 0)),
    ),
    "demo2": (
        ["NeuronMotif/demo2_weight.hdf5"],
        ("NL4", 82, ["flatten_1"], (7, 4, 5), True, "relu", (0, 0)),
    ),
    "pysster": (
        ["pysster/model.pkl.h5"],
        ("NL4", 140, ["dense_2[0]", "dense_2[1]"], (8, 4, 20), False, "relu", (0, 0)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_whole_networks(name):
    files, expected = WHOLE[name]
    network = open_network(*map(model, files))
    first = network.first
    normalised = first.scale is not None
    outputs = network.outputs if name != "dragonn" else expected[2]  # of which only the number is the file's
    found = (
        network.layout,
        network.length,
        outputs,
        first.kernel.shape,
        normalised,
        first.activation.name,
        first.padding,
    )
    assert found == expected
    given = sequences(20, network.length)
    computed = network.predict(given)
    assert computed.shape == (20, len(expected[2]))
    assert np.isfinite(computed).all()
    assert computed.std() > 0
    assert network.first_layer(given).shape[::2] == (20, first.filters)


def test_demo1_computed_by_hand():
    """All of it: convolution, ReLU, the larger of each two, convolution over two, logistic function."""
    import h5py

    path = model("NeuronMotif/demo1_weight.hdf5")
    with h5py.File(path) as file:
        read = {}
        file["model_weights"].visititems(
            lambda name, entry: read.update({name: entry[()]}) if hasattr(entry, "shape") else None
        )
    arrays = {name.partition("/")[0] + "/" + name.rpartition("/")[2]: values for name, values in read.items()}
    (given,) = sequences(1, 8)
    windows = np.stack([given[start : start + 5] for start in range(4)])
    hidden = np.einsum("pwb,wbf->pf", windows, arrays["conv1d_1/kernel:0"]) + arrays["conv1d_1/bias:0"]
    pooled = np.maximum(hidden, 0).reshape(2, 2, 3).max(axis=1)
    total = (pooled * arrays["conv1d_2/kernel:0"][:, :, 0]).sum() + arrays["conv1d_2/bias:0"][0]
    assert np.allclose(open_network(path).predict(given[None]), 1 / (1 + np.exp(-total)), rtol=1e-5)


def test_gabpa_weights_alone():
    network = open_network(model("squid-manuscript/gabpa_final_23.h5"), activation="relu", padding="same")
    assert network.first.kernel.shape == (15, 4, 32)
    assert network.first.scale is None
    assert not network.whole
    assert network.first_layer(sequences(3, 200)).shape == (3, 200, 32)


@pytest.mark.parametrize("name", TASK_3)
def test_task_3_weights_alone(name):
    activation = "exponential" if "exponential" in name else "relu"
    network = open_network(model(name), activation=activation, padding="same")
    assert network.first.kernel.shape == ((11 if "deep" in name else 19), 4, 24)
    assert network.first.scale is not None
    assert (network.first_layer(sequences(3, 200)) >= 0).all()


def test_explainn_filters_find_what_its_authors_say_they_find():
    """Their PFMs average windows above half of the largest activation; those windows score high in their PFM, too."""
    network = open_network(model("ExplaiNN/model_epoch_best_4.pth"), activation="exponential")
    assert network.first.kernel.shape == (19, 4, 100)
    assert network.first.scale is not None
    text = (MODELS / "ExplaiNN/explainn_filters.meme").read_text()
    blocks = [block.split("\n")[2:21] for block in text.split("MOTIF ")[1:]]
    theirs = [np.array([row.replace(",", " ").split() for row in block], float) for block in blocks]
    agreements = []
    for number, pfm in enumerate(theirs):
        kernel = network.first.kernel[:, :, number] * network.first.scale[number]
        centred = [values - values.mean(axis=1, keepdims=True) for values in (pfm, kernel)]
        agreements.append(np.corrcoef(*(values.ravel() for values in centred))[0, 1])
    assert len(agreements) == 100
    assert np.median(agreements) > 0.8
    assert min(agreements) > 0.6


REFUSED = {
    "basenji/usad.h5": "is an HDF5 file without a network",
    "kipoi/only_weights.pth": r"is a pickle or a cut file.*save it anew with a PyTorch of 1.6 or later: torch.save\(",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_network_is_refused(name):
    with pytest.raises(InputError, match=REFUSED[name]):
        open_network(model(name))
