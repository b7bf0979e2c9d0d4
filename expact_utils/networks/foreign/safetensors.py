"""Files of safetensors: a header in JSON, then the numbers."""

import json
from pathlib import Path

import numpy as np

from expact_utils.run.errors import InputError

KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip
HEADER = 100 * 2**20  # bytes that the format allows


def read(path: Path) -> dict[str, np.ndarray]:
    """Read all tensors, by name, in the file's order.

    Raises
    ------
    InputError
        When the file is cut or its header is none.
    """
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 + size or size > HEADER:
        raise InputError(f"{path} is no safetensors file, or cut short: its header of {size} bytes is not there.")
    try:
        header = json.loads(content[8 : 8 + size])
        rows = {name: row for name, row in header.items() if name != "__metadata__"}
        return {name: _tensor(content[8 + size :], **row) for name, row in _by_place(rows)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path} is a damaged safetensors file, perhaps cut short: {reason}.") from None


def _by_place(rows: dict[str, dict]) -> list[tuple[str, dict]]:
    return sorted(rows.items(), key=lambda row: row[1]["data_offsets"][0])


def _tensor(numbers: bytes, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    start, end = data_offsets
    if not 0 <= start <= end <= len(numbers):
        raise ValueError(f"its numbers end after {len(numbers)} bytes; expected {end}")
    values = np.frombuffer(numbers[start:end], KINDS[dtype])
    if dtype == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(shape)
