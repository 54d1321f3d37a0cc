"""Messages of the twin: JSON with arrays beside it, and a checksum. Nothing in them is ever executed.

4 bytes  length of the JSON text, big-endian
n bytes  JSON: the message, arrays as {"__array__": [dtype, shape, offset]}
m bytes  the arrays, one after the other
4 bytes  CRC-32 of everything before
"""

import json
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..exceptions import TornMessageError

_ARRAY = "__array__"
_DTYPES = ("<f8", "<f4", "|u1", "<i8", "<i4", "|i1", "|b1", "<i2")


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as bytes; arrays and numpy's scalars may stand anywhere in it."""
    chunks: list[bytes] = []
    size = 0

    def default(value: Any) -> Any:
        nonlocal size
        if isinstance(value, np.generic):
            return value.item()
        if not isinstance(value, np.ndarray):
            raise TypeError(f"The wire cannot carry {type(value).__name__}.")
        chunk = np.ascontiguousarray(value).tobytes()
        entry = {_ARRAY: [value.dtype.str, value.shape, size]}
        chunks.append(chunk)
        size += len(chunk)
        return entry

    text = json.dumps(message, default=default).encode()
    body = b"".join([struct.pack(">I", len(text)), text, *chunks])
    return body + struct.pack(">I", zlib.crc32(body))


def decode(data: bytes) -> dict[str, Any]:
    """Return the message in some bytes.

    Raises:
        TornMessageError: they are incomplete, damaged, or no message at all.
    """
    if len(data) < 8 or struct.unpack(">I", data[-4:])[0] != zlib.crc32(data[:-4]):
        raise TornMessageError(f"A message of {len(data)} bytes is incomplete or damaged: its checksum is wrong.")
    length = struct.unpack(">I", data[:4])[0]
    arrays = memoryview(data)[4 + length : -4]
    try:
        message = json.loads(data[4 : 4 + length], object_hook=lambda entry: _restore(entry, arrays))
    except (ValueError, TypeError, KeyError) as error:
        raise TornMessageError(f"A message of {len(data)} bytes does not follow the format: {error}") from error
    if not isinstance(message, dict):
        raise TornMessageError(f"A message is a JSON object, not {type(message).__name__}.")
    return message


def _restore(entry: dict[str, Any], arrays: memoryview) -> Any:
    if _ARRAY not in entry:
        return entry
    dtype, shape, offset = entry[_ARRAY]
    if dtype not in _DTYPES:
        raise ValueError(f"unknown array type {dtype!r}")
    count = math.prod(shape)
    return np.frombuffer(arrays, np.dtype(dtype), count, offset).reshape(shape).copy()
