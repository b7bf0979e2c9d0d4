"""Networks as others would leave them: one small network, whose answers are known by hand, in any format.

Its first filter finds ACG, the second TTT: each counts the bases that agree, less 2, and ReLU leaves 1 for a match of
all three. The output adds the best of both. `SEQUENCE` has one of each, at 1 and at 4.
"""

import io
import json
import struct
import zipfile

import h5py
import numpy as np

SEQUENCE = "AACGTTTA"
KERNEL = np.zeros((3, 4, 2), np.float32)
KERNEL[[0, 1, 2], [0, 1, 2], 0] = 1
KERNEL[:, 3, 1] = 1
BIAS = np.array([-2, -2], np.float32)
ACTIVATIONS = np.zeros((1, 6, 2), np.float32)
ACTIVATIONS[0, 1, 0] = ACTIVATIONS[0, 4, 1] = 1


def one_hot(text=SEQUENCE):
    return np.eye(4, dtype=np.float32)[["ACGT".index(base) for base in text]][None]


def convolutional(layout="NL4", length=8, end=True):
    """The network in Keras, untouched by what is tested: axes of its input as `layout` says."""
    import keras
    from keras import layers

    shape = tuple({"L": length, "4": 4, "1": 1}[axis] for axis in layout[1:])
    first = layout in ("N4L", "N41L", "N14L")
    order = "channels_first" if first else "channels_last"
    flat = KERNEL.transpose(1, 0, 2)
    settings = {"activation": "relu", "data_format": order, "name": "filters"}
    kernels = {
        "NL4": (3, KERNEL), "N4L": (3, KERNEL), "N41L": ((1, 3), KERNEL[None]), "N14L": ((4, 3), flat[:, :, None]),
        "N4L1": ((4, 3), flat[:, :, None]), "NL41": ((3, 4), KERNEL[:, :, None]), "NL14": ((3, 1), KERNEL[:, None]),
        "N1L4": ((1, 3), KERNEL[None]),
    }  # fmt: skip
    size, kernel = kernels[layout]
    plane = len(shape) == 3
    convolution = (layers.Conv2D if plane else layers.Conv1D)(2, size, **settings)
    pooling = (layers.GlobalMaxPooling2D if plane else layers.GlobalMaxPooling1D)(data_format=order)
    dense = layers.Dense(1, name="sum")
    start = keras.Input(shape, name="sequence")
    model = keras.Model(start, dense(pooling(convolution(start))))
    convolution.set_weights([kernel, BIAS])
    dense.set_weights([np.ones((2, 1)), np.zeros(1)])
    return model


def state_dict(tensors, **changes):
    """Bytes of a PyTorch file, written by hand: a table of float32 tensors. `changes` as `table` takes them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", table(tensors, **changes))
        for number, values in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{number}", np.ascontiguousarray(values, "<f4").tobytes())
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


def table(tensors, call="torch._utils\n_rebuild_tensor_v2", stride=1, outer=None):
    """The pickle of a table of tensors; `call` builds each."""
    rows = b"".join(text(name) + _tensor(n, values, call, stride) for n, (name, values) in enumerate(tensors.items()))
    whole = b"ccollections\nOrderedDict\n)R(" + rows + b"u"
    return b"\x80\x02" + (b"}(" + text(outer) + whole + b"u" if outer else whole) + b"."


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def _number(value):
    return b"J" + struct.pack("<i", value)


def _tensor(number, values, call, stride):
    strides = [int(np.prod(values.shape[axis + 1 :])) * stride for axis in range(values.ndim)]
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(str(number)) + text("cuda:0")
    storage += _number(values.size) + b"tQ"
    sizes = b"(" + b"".join(map(_number, values.shape)) + b"t"
    steps = b"(" + b"".join(map(_number, strides)) + b"t"
    hooks = b"\x89ccollections\nOrderedDict\n)R"
    return f"c{call}\n".encode() + b"(" + storage + _number(0) + sizes + steps + hooks + b"tR"


def safetensors(tensors):
    header, numbers = {}, b""
    for name, values in tensors.items():
        piece = np.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": values.shape,
            "data_offsets": [len(numbers), len(numbers) + len(piece)],
        }
        numbers += piece
    content = json.dumps(header).encode()
    return struct.pack("<Q", len(content)) + content + numbers


def torch_weights():
    return {"net.0.weight": KERNEL.transpose(2, 1, 0), "net.0.bias": BIAS}


KERAS_2 = {
    "class_name": "Model",
    "config": {
        "name": "model_1",
        "layers": [
            {"name": "x", "class_name": "InputLayer", "config": {"batch_input_shape": [None, 8, 4], "name": "x"}, "inbound_nodes": []},
            {"name": "c", "class_name": "Conv1D", "config": {"name": "c", "filters": 2, "kernel_size": [3], "padding": "valid", "activation": "relu"}, "inbound_nodes": [[["x", 0, 0, {}]]]},
            {"name": "p", "class_name": "GlobalMaxPooling1D", "config": {"name": "p"}, "inbound_nodes": [[["c", 0, 0, {}]]]},
            {"name": "d", "class_name": "Dense", "config": {"name": "d", "units": 1, "activation": "linear"}, "inbound_nodes": [[["p", 0, 0, {}]]]},
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["d", 0, 0]],
    },
}  # fmt: skip


def keras_2(path, config=KERAS_2, **weights):
    """A whole file of Keras 2."""
    weights = {
        "c": {"kernel:0": KERNEL, "bias:0": BIAS},
        "d": {"kernel:0": np.ones((2, 1)), "bias:0": np.zeros(1)},
    } | weights
    with h5py.File(path, "w") as file:
        if config:
            file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = group_version = b"2.2.4"
        group = file.create_group("model_weights") if config else file
        group.attrs["keras_version"], group.attrs["backend"] = group_version, b"tensorflow"
        group.attrs["layer_names"] = [b"x", b"c", b"p", b"d"]
        for layer in ("x", "c", "p", "d"):
            arrays = weights.get(layer, {})
            made = group.create_group(layer)
            made.attrs["weight_names"] = [f"{layer}_1/{name}".encode() for name in arrays] or np.zeros(0, "S1")
            for name, values in arrays.items():
                made[f"{layer}_1/{name}"] = values.astype("f4")
    return path
