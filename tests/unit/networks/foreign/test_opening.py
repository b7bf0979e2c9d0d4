"""Somebody's network, in each format: the same filters, the same answers."""

import json

import h5py
import keras
import numpy as np
import others
import pytest
from keras import layers
from others import ACTIVATIONS, BIAS, KERNEL, keras_2, one_hot

from expact_utils.networks.foreign.axes import LAYOUTS
from expact_utils.networks.foreign.opening import open_network
from expact_utils.run.errors import InputError


def check(network, whole=True):
    """Filters, activations and output as they are by hand."""
    assert np.array_equal(network.first.kernel, KERNEL)
    assert np.array_equal(network.first.bias, BIAS)
    assert np.allclose(network.first_layer(one_hot()), ACTIVATIONS)
    if whole:
        assert np.allclose(network.predict(one_hot()), [[2.0]])
        assert np.allclose(network.predict(one_hot("AACGAAAA")), [[1.0]])
    else:
        with pytest.raises(InputError, match="tells the first layer alone"):
            network.predict(one_hot())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(layout, tmp_path):
    others.convolutional(layout).save(tmp_path / "network.keras")
    network = open_network(tmp_path / "network.keras")
    check(network)
    assert network.layout == layout
    assert (network.length, network.outputs) == (8, ["sum"])


@pytest.mark.parametrize("name", ["network.h5", "network.hdf5", "network.keras"])
def test_whole_files_of_keras_3(name, tmp_path):
    others.convolutional().save(tmp_path / name)
    check(open_network(tmp_path / name))


def test_sequences_of_another_length_are_refused_unless_the_network_takes_any(tmp_path):
    others.convolutional().save(tmp_path / "fixed.keras")
    with pytest.raises(InputError, match="sequences are 4 nt long; the network takes 8 nt"):
        open_network(tmp_path / "fixed.keras").predict(one_hot("ACGT"))
    others.convolutional(length=None).save(tmp_path / "free.keras")
    network = open_network(tmp_path / "free.keras")
    assert network.length is None
    assert np.allclose(network.predict(one_hot("TTTTTTTTTTACGG")), [[2.0]])


def test_architecture_and_weights_in_either_order(tmp_path):
    model = others.convolutional()
    (tmp_path / "network.json").write_text(model.to_json())
    model.save_weights(tmp_path / "network.weights.h5")
    files = tmp_path / "network.json", tmp_path / "network.weights.h5"
    check(open_network(*files))
    check(open_network(*reversed(files)))


def test_weights_alone(tmp_path):
    others.convolutional().save_weights(tmp_path / "network.weights.h5")
    check(open_network(tmp_path / "network.weights.h5", activation="relu"), whole=False)


def test_what_the_file_does_not_tell_is_asked_for(tmp_path):
    others.convolutional().save_weights(tmp_path / "network.weights.h5")
    network = open_network(tmp_path / "network.weights.h5")
    assert any("activation" in note for note in network.notes)
    assert network.description()["activation"] == "not told"
    with pytest.raises(InputError, match="name it by the option activation"):
        network.first_layer(one_hot())


def test_whole_file_of_keras_2(tmp_path):
    check(open_network(keras_2(tmp_path / "network.h5")))


def test_weights_alone_of_keras_2(tmp_path):
    check(open_network(keras_2(tmp_path / "w.h5", config=None), activation="relu"), whole=False)


@pytest.mark.parametrize("theano", [True, False])
def test_keras_0_where_theano_turns_kernels(theano, tmp_path):
    """Its kernels are (filters, 1, 4, width); Theano's convolution reads them backwards along both axes."""
    rows = [
        {"name": "Convolution2D", "nb_filter": 2, "nb_row": 4, "nb_col": 3, "border_mode": "valid", "dim_ordering": "th", "subsample": [1, 1], "input_shape": [1, 4, 8], "activation": "linear"},
        {"name": "Activation", "activation": "relu"},
        {"name": "MaxPooling2D", "pool_size": [1, 6], "strides": [1, 6], "dim_ordering": "th", "border_mode": "valid"},
        {"name": "Flatten"},
        {"name": "Dense", "output_dim": 1, "activation": "linear"},
    ]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"name": "Sequential", "layers": rows}))
    kernel = KERNEL.transpose(2, 1, 0)[:, None]
    weights = {0: [kernel[..., ::-1, ::-1] if theano else kernel, BIAS], 4: [np.ones((2, 1)), np.zeros(1)]}
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.attrs["nb_layers"] = 5
        for number in range(5):
            group = file.create_group(f"layer_{number}")
            group.attrs["nb_params"] = len(weights.get(number, []))
            for place, values in enumerate(weights.get(number, [])):
                group[f"param_{place}"] = values
    network = open_network(tmp_path / "a.json", tmp_path / "w.h5", theano=None if theano else False)
    check(network)
    assert network.layout == "N14L"


def test_state_dict_without_torch(tmp_path):
    (tmp_path / "n.pth").write_bytes(others.state_dict(others.torch_weights()))
    check(open_network(tmp_path / "n.pth", activation="relu"), whole=False)
    (tmp_path / "n.ckpt").write_bytes(others.state_dict(others.torch_weights(), outer="state_dict"))
    check(open_network(tmp_path / "n.ckpt", activation="relu"), whole=False)


@pytest.mark.parametrize("axes", [(0, 1, 2, None), (0, 1, None, 2), (0, None, 1, 2)], ids=["N4L1", "N41L", "N14L"])
def test_state_dict_of_two_dimensional_convolutions(axes, tmp_path):
    kernel = KERNEL.transpose(2, 1, 0)
    kernel = np.expand_dims(kernel, axes.index(None))
    (tmp_path / "n.pth").write_bytes(others.state_dict({"a.weight": kernel, "a.bias": BIAS}))
    check(open_network(tmp_path / "n.pth", activation="relu"), whole=False)


STATISTICS = {
    "net.1.weight": np.array([4.0, 1.0]),
    "net.1.bias": np.array([0.0, 5.0]),
    "net.1.running_mean": np.array([1.0, 0.0]),
    "net.1.running_var": np.array([4.0, 1.0]),
}


def test_batch_normalisation_as_scale_and_shift(tmp_path):
    """4 (x - 1) / 2 = 2 x - 2, and x + 5."""
    (tmp_path / "n.pth").write_bytes(others.state_dict(others.torch_weights() | STATISTICS))
    first = open_network(tmp_path / "n.pth").first
    assert np.allclose(first.scale, [2, 1], rtol=1e-4)
    assert np.allclose(first.shift, [-2, 5], rtol=1e-4)
    assert open_network(tmp_path / "n.pth", normalised=False).first.scale is None


def test_normalisation_after_a_layer_without_weights_is_taken_to_follow_the_activation(tmp_path):
    later = {name.replace(".1.", ".2."): values for name, values in STATISTICS.items()}
    (tmp_path / "n.pth").write_bytes(others.state_dict(others.torch_weights() | later))
    network = open_network(tmp_path / "n.pth")
    assert network.first.scale is None
    assert any("normalised=True" in note for note in network.notes)
    assert open_network(tmp_path / "n.pth", normalised=True).first.scale is not None


def test_safetensors_of_both_frameworks(tmp_path):
    (tmp_path / "t.safetensors").write_bytes(others.safetensors(others.torch_weights()))
    check(open_network(tmp_path / "t.safetensors", activation="relu"), whole=False)
    (tmp_path / "k.safetensors").write_bytes(others.safetensors({"conv/kernel": KERNEL, "conv/bias": BIAS}))
    check(open_network(tmp_path / "k.safetensors", activation="relu"), whole=False)


def test_another_order_of_bases(tmp_path):
    """The network's channels are A G C T: its kernel comes back in the order A C G T."""
    model = others.convolutional()
    model.get_layer("filters").set_weights([KERNEL[:, [0, 2, 1, 3]], BIAS])
    model.save(tmp_path / "n.keras")
    check(open_network(tmp_path / "n.keras", bases="AGCT"))
    check(open_network(tmp_path / "n.keras", bases="agct"))


def built(make, tmp_path, *shapes, **options):
    """Save and open the network that `make` gives for inputs of some shapes."""
    inputs = [keras.Input(shape, name=f"in{number}") for number, shape in enumerate(shapes or [(8, 4)])]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], make(*inputs))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.get_weights()])
    model.save(tmp_path / "n.keras")
    return model, open_network(tmp_path / "n.keras", **options)


def agrees(model, network, layer):
    """Whether the first layer is what Keras computes there."""
    inner = keras.Model(model.input, model.get_layer(layer).output)
    bases = np.random.default_rng(1).integers(0, 4, (5, 8))
    sequences = np.eye(4, dtype=np.float32)[bases]
    assert np.allclose(network.first_layer(sequences), inner(sequences), rtol=1e-4, atol=1e-5)
    assert np.allclose(network.predict(sequences), model(sequences), rtol=1e-4, atol=1e-5)


def top(x):
    return layers.Dense(1)(layers.GlobalAveragePooling1D()(x))


FIRST = {
    "same": lambda x: layers.Conv1D(3, 4, padding="same", activation="tanh", name="here")(x),
    "causal, dilated": lambda x: layers.Conv1D(3, 2, padding="causal", dilation_rate=2, activation="softplus", name="here")(x),
    "stride": lambda x: layers.Conv1D(3, 3, padding="same", strides=3, activation="sigmoid", name="here")(x),
    "normalised": lambda x: layers.ReLU(name="here")(layers.BatchNormalization()(layers.Conv1D(3, 3, use_bias=False)(x))),
    "dropout between": lambda x: layers.Activation("exponential", name="here")(layers.Dropout(0.5)(layers.Conv1D(3, 3)(x))),
    "activation before": lambda x: layers.Conv1D(3, 3, padding="same", activation="relu", name="here")(layers.Activation("gelu")(x)),
    "normalisation before": lambda x: layers.Conv1D(3, 3, activation="relu", name="here")(layers.BatchNormalization()(x)),
    "grouped": lambda x: layers.Conv1D(6, 3, groups=3, activation="exponential", name="here")(layers.Concatenate()([x, x, x])),
    "base by base": lambda x: layers.Conv1D(8, 3, groups=4, activation="relu", name="here")(x),
    "separable": lambda x: layers.SeparableConv1D(3, 3, depth_multiplier=2, activation="elu", name="here")(x),
    "leaky": lambda x: layers.LeakyReLU(0.3, name="here")(layers.Conv1D(3, 3)(x)),
    "capped": lambda x: layers.ReLU(6.0, name="here")(layers.Conv1D(3, 3)(x)),
    "linear": lambda x: layers.Conv1D(3, 3, name="here")(x),
    "padded": lambda x: layers.Conv1D(3, 3, activation="relu", name="here")(layers.ZeroPadding1D((1, 2))(x)),
}  # fmt: skip


@pytest.mark.parametrize("make", FIRST.values(), ids=FIRST.keys())
def test_first_layers_of_many_kinds(make, tmp_path):
    model, network = built(lambda x: top(make(x)), tmp_path)
    agrees(model, network, "here")


def test_axes_that_the_network_turns_itself(tmp_path):
    def make(x):
        turned = layers.Reshape((8, 4, 1))(layers.Permute((2, 1))(x))
        return layers.Flatten()(layers.Conv2D(3, (3, 4), activation="relu")(turned))

    _, network = built(make, tmp_path, (4, 8))
    assert network.layout == "N4L"
    assert network.first.kernel.shape == (3, 4, 3)


def test_a_network_that_is_a_layer(tmp_path):
    inner = keras.Sequential([keras.Input((8, 4)), layers.Conv1D(3, 3, activation="relu"), layers.MaxPooling1D(2)])
    model, network = built(lambda x: top(inner(x)), tmp_path)
    assert network.first.activation.name == "relu"
    assert np.allclose(network.predict(one_hot()), model(one_hot()))


def test_recurrent_layers_and_attention(tmp_path):
    def make(x):
        x = layers.Conv1D(4, 3, activation="relu", name="here")(x)
        x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
        return top(layers.MultiHeadAttention(2, 2)(x, x))

    model, network = built(make, tmp_path)
    agrees(model, network, "here")


def two_outputs(x):
    flat = layers.Flatten()(layers.Conv1D(2, 3, activation="relu")(x))
    return [layers.Dense(1, name="dev")(flat), layers.Dense(2, name="hk")(flat)]


def test_outputs_by_name(tmp_path):
    model, network = built(two_outputs, tmp_path)
    assert network.outputs == ["dev", "hk[0]", "hk[1]"]
    whole = np.concatenate(model(one_hot()), axis=1)
    assert np.allclose(network.predict(one_hot()), whole)
    chosen = open_network(tmp_path / "n.keras", output="hk")
    assert chosen.outputs == ["hk[0]", "hk[1]"]
    assert np.allclose(chosen.predict(one_hot()), whole[:, 1:])
    assert np.allclose(open_network(tmp_path / "n.keras", output="hk[1]").predict(one_hot()), whole[:, 2:])


def test_a_further_input_needs_a_value(tmp_path):
    def make(x, other):
        return layers.Dense(1)(layers.Concatenate()([layers.Flatten()(layers.Conv1D(2, 3)(x)), other]))

    model, network = built(make, tmp_path, (8, 4), (3,))
    assert not network.whole
    assert "in1" in network.notes[0]
    filled = open_network(tmp_path / "n.keras", fill={"in1": 2.0})
    assert np.allclose(filled.predict(one_hot()), model([one_hot(), np.full((1, 3), 2.0)]))


def test_a_custom_layer_only_from_a_module_that_the_user_names(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text(
        "import keras\n"
        "class Halve(keras.Layer):\n    def call(self, x):\n        return x / 2\n"
    )  # fmt: skip
    monkeypatch.syspath_prepend(tmp_path)
    from theirs import Halve

    model = keras.Sequential([keras.Input((8, 4)), layers.Conv1D(2, 3, activation="relu"), layers.Flatten(), Halve()])
    model.save(tmp_path / "n.keras")
    with pytest.raises(InputError, match="Halve is no layer that expact knows"):
        open_network(tmp_path / "n.keras")
    assert np.allclose(open_network(tmp_path / "n.keras", modules=("theirs",)).predict(one_hot()), model(one_hot()))


def test_onnx(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper

    kernel = KERNEL.transpose(2, 1, 0)
    numbers = {"w": kernel, "b": BIAS, "one": np.ones((2, 1), "f4")}
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["t", "w", "b"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalMaxPool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "one"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    inputs, outputs = [value("x", TensorProto.FLOAT, ["n", 8, 4])], [value("y", TensorProto.FLOAT, ["n", 1])]
    constants = [numpy_helper.from_array(values, name) for name, values in numbers.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "n", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.save(model, tmp_path / "n.onnx")
    check(open_network(tmp_path / "n.onnx"))
    (tmp_path / "cut.onnx").write_bytes((tmp_path / "n.onnx").read_bytes()[:200])
    with pytest.raises(InputError, match="not a readable ONNX file"):
        open_network(tmp_path / "cut.onnx")


@pytest.mark.parametrize("script", [True, False], ids=["scripted", "traced"])
def test_torchscript(script, tmp_path):
    torch = pytest.importorskip("torch")
    convolution, dense = torch.nn.Conv1d(4, 2, 3), torch.nn.Linear(2, 1)
    with torch.no_grad():
        convolution.weight.copy_(torch.from_numpy(KERNEL.transpose(2, 1, 0).copy()))
        convolution.bias.copy_(torch.from_numpy(BIAS))
        dense.weight.fill_(1)
        dense.bias.fill_(0)
    parts = (convolution, torch.nn.ReLU(), torch.nn.AdaptiveMaxPool1d(1), torch.nn.Flatten(), dense)
    model = torch.nn.Sequential(*parts).eval()
    made = torch.jit.script(model) if script else torch.jit.trace(model, torch.zeros(1, 4, 8))
    made.save(str(tmp_path / "n.pt"))
    check(open_network(tmp_path / "n.pt"))


def test_state_dict_that_torch_itself_wrote(tmp_path):
    torch = pytest.importorskip("torch")
    tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in others.torch_weights().items()}
    torch.save(tensors, tmp_path / "n.pt")
    check(open_network(tmp_path / "n.pt", activation="relu"), whole=False)


@pytest.mark.parametrize("kind", ["plain", "two-dimensional", "grouped", "positions first"])
def test_pytorch_by_four_ways(kind, tmp_path):
    """ONNX, scripted, traced and by its weights: the first layer and the outputs are PyTorch's own."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    nn = torch.nn
    torch.manual_seed(0)
    convolution, activation = {
        "plain": (nn.Conv1d(4, 6, 5, padding=2), nn.ReLU()),
        "two-dimensional": (nn.Conv2d(1, 6, (4, 5)), nn.ReLU()),
        "grouped": (nn.Conv1d(4, 8, 5, groups=4), nn.Softplus()),
        "positions first": (nn.Conv1d(4, 6, 5, stride=2), nn.Sigmoid()),
    }[kind]
    filters = convolution.out_channels
    normalisation = (nn.BatchNorm2d if kind == "two-dimensional" else nn.BatchNorm1d)(filters)
    normalisation.running_mean += torch.rand(filters)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.c, self.b, self.a, self.d = (
                convolution,
                normalisation,
                activation,
                nn.Linear(filters, 2),
            )
            self.turned = kind == "positions first"

        def first(self, x):
            x = x.permute(0, 2, 1) if self.turned else x
            x = x.unsqueeze(1) if self.c.weight.dim() == 4 else x
            return self.a(self.b(self.c(x))).flatten(2)

        def forward(self, x):
            return self.d(self.first(x).amax(2))

    model = Net().eval()
    sequences = np.eye(4, dtype=np.float32)[np.random.default_rng(0).integers(0, 4, (7, 30))]
    layout = "NL4" if model.turned else "N4L"
    given = torch.from_numpy(sequences if model.turned else sequences.transpose(0, 2, 1).copy())
    torch.onnx.export(model, given, tmp_path / "n.onnx", dynamo=False)
    torch.jit.script(model).save(str(tmp_path / "scripted.pt"))
    torch.jit.trace(model, given).save(str(tmp_path / "traced.pt"))
    inner, output = model.first(given).detach().numpy().transpose(0, 2, 1), model(given).detach().numpy()
    for name in ("n.onnx", "scripted.pt", "traced.pt"):
        network = open_network(tmp_path / name, layout=layout)
        assert np.allclose(network.first_layer(sequences), inner, atol=1e-5), name
        assert np.allclose(network.predict(sequences), output, atol=1e-5), name
