"""Messages come back as they were; what is damaged is never read."""

import numpy as np
import pytest

from lacelab.real_robot.exceptions import TornMessageError
from lacelab.real_robot.twin.wire import decode, encode

_MESSAGE = {
    "do": "command",
    "id": 3,
    "rows": np.arange(12.0).reshape(3, 2, 2),
    "nested": {"image": np.full((2, 2, 3), 7, np.uint8), "none": None, "scalar": np.float32(0.5)},
    "empty": np.zeros((0, 2, 8)),
}


def test_comes_back() -> None:
    message = decode(encode(_MESSAGE))
    np.testing.assert_array_equal(message["rows"], _MESSAGE["rows"])
    assert message["nested"]["image"].dtype == np.uint8 and message["nested"]["scalar"] == 0.5
    assert message["empty"].shape == (0, 2, 8) and message["nested"]["none"] is None
    message["rows"][0] = 1.0  # Writable: a copy.


def test_every_cut_and_every_flipped_byte_is_noticed() -> None:
    data = encode(_MESSAGE)
    for end in range(0, len(data), 3):
        with pytest.raises(TornMessageError, match="incomplete or damaged"):
            decode(data[:end])
    for place in range(0, len(data), 5):
        spoilt = bytearray(data)
        spoilt[place] ^= 0x10
        with pytest.raises(TornMessageError):
            decode(bytes(spoilt))


def test_only_plain_arrays_are_read() -> None:
    with pytest.raises(TornMessageError, match="unknown array type"):
        decode(encode({"bad": {"__array__": ["|O", [1], 0]}}))


def test_only_plain_values_are_sent() -> None:
    with pytest.raises(TypeError, match="cannot carry set"):
        encode({"bad": {1, 2}})
