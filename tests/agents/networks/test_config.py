"""Sizes that fit together."""

from typing import Any

import pytest

from lacelab.agents.networks import Backbone, NetworkConfig, NetworkError
from lacelab.envs.exceptions import UnknownNameError


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ({"layers": 3}, "A backbone of 3 layers has no later half. Valid: 2, 4, 6"),
        ({"layers": 0}, "A backbone of 0 layers has no later half"),
        ({"width": 130}, "A width of 130 is not divisible among 4 heads."),
        ({"heads": 0}, "A width of 128 is not divisible among 0 heads."),
        ({"chunk": 0}, "Chunks of 0 actions and 101 bins: valid are >= 1 and >= 2."),
        ({"bins": 1}, "Chunks of 16 actions and 1 bins"),
    ],
)
def test_sizes_that_do_not_fit(sizes: dict[str, Any], text: str) -> None:
    with pytest.raises(NetworkError, match=text):
        NetworkConfig(**sizes)


def test_unknown_encoder() -> None:
    with pytest.raises(UnknownNameError, match="Unknown encoder 'pixel'. Did you mean 'pixels'?"):
        Backbone(NetworkConfig(encoder="pixel"))


def test_half_of_the_layers_is_shown() -> None:
    assert NetworkConfig(layers=6).shown_layers == 3
