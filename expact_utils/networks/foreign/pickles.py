"""PyTorch's `state_dict` files, read without PyTorch: a reader that builds tensors and nothing else.

The file is a zip archive: a pickle of names and shapes, and each storage as raw bytes. The pickle is a program; of its
opcodes only those are followed here that a table of tensors needs, and of the names that it may call only those below.
Whatever else it asks for is refused, and nothing is ever imported or called.
"""

import pickletools
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from expact_utils.networks.foreign.safety import LARGEST, ONNX_TORCH, check_size, open_zip
from expact_utils.run.errors import InputError

STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",  # the upper half of a float32
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
TABLES = ("collections OrderedDict",)
TENSORS = ("torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter")
CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
LITERALS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
SAVE = 'torch.save(model.state_dict(), "network.pth")'


class Name(NamedTuple):
    """A name that the pickle would import."""

    text: str


class Refused(Exception):
    """What the pickle asks for."""


def read(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a PyTorch file, by name, in its order.

    Raises
    ------
    InputError
        When it is no zip archive, is damaged, or holds more than tensors.
    """
    if not zipfile.is_zipfile(path):
        raise InputError(
            f"{path} is a pickle or a cut file, not a zip archive; where it comes from, save it anew with a PyTorch "
            f"of 1.6 or later: {SAVE}."
        )
    with open_zip(path) as archive:
        pickled = [name for name in archive.namelist() if PurePosixPath(name).name == "data.pkl"]
        if len(pickled) != 1:
            raise InputError(f"{path} is a zip archive without PyTorch's data.pkl; expected a state_dict: {SAVE}.")
        folder = PurePosixPath(pickled[0]).parent
        order = f"{folder}/byteorder"
        if order in archive.namelist() and archive.read(order).strip() != b"little":
            raise InputError(f"{path} was saved by a big-endian machine; save it anew on another: {SAVE}.")
        try:
            content = Machine(lambda key: archive.read(f"{folder}/data/{key}"), path).run(archive.read(pickled[0]))
        except Refused as error:
            raise InputError(f"{path} holds more than tensors ({error}); {SAVE}, or {ONNX_TORCH}.") from None
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, MemoryError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise InputError(f"{path} is a damaged PyTorch file: {reason}.") from None
    return tensors_of(content, path)


def tensors_of(content: Any, path: Path) -> dict[str, np.ndarray]:
    """Tensors of what a pickle held: its own, or those of its entry `state_dict` or the like.

    Raises
    ------
    InputError
        When there are none.
    """
    if isinstance(content, dict):
        found = {str(name): value for name, value in content.items() if isinstance(value, np.ndarray)}
        if found:
            return found
        nested = ("state_dict", "model_state_dict", "model_state", "model", "net", "weights")
        for name in nested:
            if isinstance(content.get(name), dict):
                return tensors_of(content[name], path)
    raise InputError(f"{path} holds no table of tensors; expected a state_dict: {SAVE}.")


class Machine:
    """Follows the few opcodes of a table of tensors."""

    def __init__(self, storage: Callable[[str], bytes], path: Path):
        self.storage = storage
        self.path = path
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.built = 0

    def run(self, program: bytes) -> Any:
        """Return what a pickle holds."""
        for opcode, argument, _ in pickletools.genops(program):
            if opcode.name == "STOP":
                return self.stack.pop()
            if opcode.name in CONSTANTS:
                self.stack.append(CONSTANTS[opcode.name])
            elif opcode.name in LITERALS:
                self.stack.append(argument)
            elif (action := getattr(self, f"do_{opcode.name.lower()}", None)) is not None:
                action(argument)
            else:
                raise Refused(f"the opcode {opcode.name}")
        raise ValueError("its pickle has no end")

    def do_proto(self, _) -> None:
        """Version of the pickle."""

    def do_frame(self, _) -> None:
        """Length of a part."""

    def do_mark(self, _) -> None:
        """Remember where a list begins."""
        self.marks.append(len(self.stack))

    def do_global(self, name: str) -> None:
        """Push a name, if it is one of those known."""
        known = name in TABLES or name in TENSORS or (name.startswith("torch ") and name[6:] in STORAGES)
        if not known:
            raise Refused(f"{name.replace(' ', '.')}")
        self.stack.append(Name(name))

    def do_stack_global(self, _) -> None:
        """Push a name whose two parts are on the stack."""
        name, module = self.stack.pop(), self.stack.pop()
        self.do_global(f"{module} {name}")

    def do_binput(self, place: int) -> None:
        """Keep the last value."""
        self.memo[place] = self.stack[-1]

    do_long_binput = do_binput

    def do_memoize(self, _) -> None:
        """Keep the last value at the next place."""
        self.memo[len(self.memo)] = self.stack[-1]

    def do_binget(self, place: int) -> None:
        """Push a kept value."""
        self.stack.append(self.memo[place])

    do_long_binget = do_binget

    def do_empty_tuple(self, _) -> None:
        """Push a tuple."""
        self.stack.append(())

    def do_empty_list(self, _) -> None:
        """Push a list."""
        self.stack.append([])

    def do_empty_dict(self, _) -> None:
        """Push a table."""
        self.stack.append({})

    def do_tuple(self, _) -> None:
        """Push a tuple of the values since the mark."""
        self.stack.append(tuple(self._since_mark()))

    def do_tuple1(self, _) -> None:
        """Push a tuple of one."""
        self.stack[-1:] = [tuple(self.stack[-1:])]

    def do_tuple2(self, _) -> None:
        """Push a tuple of two."""
        self.stack[-2:] = [tuple(self.stack[-2:])]

    def do_tuple3(self, _) -> None:
        """Push a tuple of three."""
        self.stack[-3:] = [tuple(self.stack[-3:])]

    def do_append(self, _) -> None:
        """Add to a list."""
        value = self.stack.pop()
        self.stack[-1].append(value)

    def do_appends(self, _) -> None:
        """Add the values since the mark to a list."""
        values = self._since_mark()
        self.stack[-1].extend(values)

    def do_setitem(self, _) -> None:
        """Set an entry of a table."""
        value, key = self.stack.pop(), self.stack.pop()
        self._table()[key] = value

    def do_setitems(self, _) -> None:
        """Set entries of a table."""
        values = self._since_mark()
        self._table().update(zip(values[::2], values[1::2], strict=True))

    def do_build(self, _) -> None:
        """Leave out attributes of a table: versions of its modules."""
        self.stack.pop()
        self._table()

    def do_binpersid(self, _) -> None:
        """Push a storage, which is in a file of its own."""
        kind, storage, key, _device, size = self.stack.pop()
        if kind != "storage" or not str(key).isalnum() or storage.text[6:] not in STORAGES:
            raise Refused(f"a storage {kind}")
        values = np.frombuffer(self.storage(str(key)), STORAGES[storage.text[6:]])
        if len(values) < size:
            raise ValueError(f"storage {key} has {len(values)} numbers; expected {size}")
        if storage.text == "torch BFloat16Storage":
            values = (values.astype("<u4") << 16).view("<f4")
        self.stack.append(values)

    def do_reduce(self, _) -> None:
        """Build a tensor or an empty table; nothing else is."""
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, Name):
            raise Refused("a call of something without a name")
        if name.text in TABLES and arguments == ():
            self.stack.append({})
        elif name.text == TENSORS[0]:
            self.stack.append(self._tensor(*arguments[:4]))
        elif name.text == TENSORS[1] and isinstance(arguments[0], np.ndarray):
            self.stack.append(arguments[0])
        else:
            raise Refused(f"a call of {name.text.replace(' ', '.')}")

    def _tensor(self, storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
        """Copy a tensor out of its storage, if it lies in it."""
        numbers = [offset, *shape, *strides]
        if not all(isinstance(number, int) and number >= 0 for number in numbers) or len(shape) != len(strides):
            raise ValueError("a tensor's shape is none")
        last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
        if 0 not in shape and last >= storage.size:
            raise ValueError("a tensor reaches beyond its storage")
        count = int(np.prod(shape, dtype=object)) if shape else 1
        self.built += count * storage.itemsize
        check_size(self.path, min(self.built, LARGEST + 1))
        steps = [stride * storage.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False).copy()

    def _since_mark(self) -> list[Any]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def _table(self) -> dict:
        if not isinstance(self.stack[-1], dict):
            raise Refused(f"attributes of a {type(self.stack[-1]).__name__}")
        return self.stack[-1]
