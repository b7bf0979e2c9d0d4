"""Opening somebody's network: the format by what the file holds, and what was found."""

import json
import zipfile
from dataclasses import fields
from pathlib import Path

from expact_utils.networks.foreign import keras_files, onnx_files, pickles, safetensors, torchscript
from expact_utils.networks.foreign.axes import check_bases
from expact_utils.networks.foreign.network import ForeignNetwork, Options
from expact_utils.networks.foreign.safety import ONNX_KERAS, ONNX_TORCH, check_file, check_finite, open_zip
from expact_utils.networks.foreign.tensors import KERAS, TORCH, weights_alone
from expact_utils.run.errors import InputError

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
GZIP = b"\x1f\x8b"
PICKLE = b"\x80"
TORCH_ENDINGS = (".pt", ".pth", ".ckpt", ".bin")


def open_network(*paths: str | Path, **options) -> ForeignNetwork:
    """Open a trained network, without running anything that is in its file.

    Parameters
    ----------
    *paths : str or Path
        Its file: `.keras`, `.h5` or `.hdf5` of any Keras, `.onnx`, TorchScript or `state_dict` of PyTorch,
        `.safetensors`; or its architecture (`.json`) and its weights (`.h5`), in either order.
    **options
        As `network.Options` has them.

    Raises
    ------
    InputError
        When a file is none of these, is damaged, holds code, or has no first convolution over the four bases; says
        what to do instead.
    """
    unknown = sorted(set(options) - {field.name for field in fields(Options)})
    if unknown:
        expected = ", ".join(field.name for field in fields(Options))
        raise InputError(f"{unknown[0]} is no option of a network; expected one of {expected}.")
    chosen = Options(**options)
    check_bases(chosen.bases)
    found = [check_file(path) for path in paths]
    if len(found) == 2:
        return _pair(found, chosen)
    if len(found) != 1:
        raise InputError(
            f"{len(found)} files for a network; expected one, or an architecture (.json) and weights (.h5)."
        )
    return _single(found[0], chosen)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from None


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json" or _start(path).lstrip()[:2] in (b'{"', b'"{')


def _pair(paths: list[Path], options: Options) -> ForeignNetwork:
    """Architecture and weights."""
    texts = [path for path in paths if _is_json(path)]
    weights = [path for path in paths if path not in texts]
    if len(texts) != 1 or len(weights) != 1 or _start(weights[0])[:8] != HDF5:
        raise InputError(f"{paths[0]} and {paths[1]}: expected an architecture (.json) and its weights (.h5).")
    return keras_files.read_json(texts[0], weights[0], options)


def _single(path: Path, options: Options) -> ForeignNetwork:
    start = _start(path)
    if start.startswith(HDF5):
        return keras_files.read_hdf5(path, options)
    if start.startswith((ZIP, EMPTY_ZIP)):
        return _zip(path, options)
    if path.suffix.lower() == ".safetensors":
        return _safetensors(path, options)
    if path.suffix.lower() == ".onnx":
        return onnx_files.read(path, options)
    if path.suffix.lower() in TORCH_ENDINGS or start.startswith(PICKLE):
        pickles.read(path)  # which refuses it
    raise InputError(_refusal(path, start))


def _zip(path: Path, options: Options) -> ForeignNetwork:
    """A zip archive: Keras's or PyTorch's, by what is in it."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} is a zip archive that was cut short; copy it anew.")
    with open_zip(path) as archive:
        names = archive.namelist()
    if "config.json" in names:
        return keras_files.read_archive(path, options)
    if any("/code/" in name for name in names) or any(name.endswith("/constants.pkl") for name in names):
        return torchscript.read(path, options)
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        tensors = pickles.read(path)
        check_finite(tensors, path)
        return weights_alone(tensors, [], TORCH, "PyTorch state_dict", path, options)
    raise InputError(f"{path} is a zip archive without a network; expected a file of Keras (.keras) or PyTorch (.pth).")


def _safetensors(path: Path, options: Options) -> ForeignNetwork:
    tensors = safetensors.read(path)
    check_finite(tensors, path)
    kind = KERAS if any(name.rpartition("/")[2].startswith("kernel") for name in tensors) else TORCH
    return weights_alone(tensors, [], kind, f"safetensors ({kind})", path, options)


def _refusal(path: Path, start: bytes) -> str:
    """Sentence for a file of no known format."""
    if start.startswith(GZIP):
        return f"{path} is packed by gzip; unpack it: gunzip {path.name}."
    if path.suffix.lower() in (".h5", ".hdf5", ".keras"):
        return f"{path} is not what its name says, or its beginning is lost; copy it anew."
    if _is_json(path):
        kind = "is an architecture without weights; give its weights (.h5) too"
        return f"{path} {kind if _valid_json(path) else 'is cut short or no JSON; copy it anew'}."
    if path.suffix.lower() == ".pb":
        return f"{path} is TensorFlow's SavedModel, which is a program; export it: {ONNX_KERAS}."
    return (
        f"{path} is of no format that expact reads (.keras, .h5, .json with .h5, .onnx, .pt, .pth, .safetensors); "
        f"export it where it comes from: {ONNX_KERAS}, or {ONNX_TORCH}."
    )


def _valid_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return True
