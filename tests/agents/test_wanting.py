"""What acts by what it wants."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from observations import states

from lacelab.agents.foresight import foreseen
from lacelab.agents.wanting import Wanting

SEEN = {name: values[0].numpy() for name, values in states(1).items()}


class Shy(Wanting):
    """Wants to go where its left hand is, by the noise; sends half of it."""

    @property
    def chunk(self) -> int:
        return 3

    def reset(self, seed: int) -> None:
        pass

    def wanted(self, observation: Any, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        return np.full(
            (2, 14), observation["target_position"][0, 0] + (0.0 if noise is None else noise[0, 0]), np.float32
        )

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.float32(0.5) * wanted


def test_what_is_sent_is_made_of_what_is_wanted() -> None:
    x = SEEN["target_position"][0, 0]
    np.testing.assert_allclose(Shy().act(SEEN), np.full((2, 14), x / 2))
    np.testing.assert_allclose(Shy().act(SEEN, np.ones((3, 14))), np.full((2, 14), (x + 1) / 2))


def test_ahead_is_where_committed_actions_lead() -> None:
    committed = np.full((4, 14), 0.5, np.float32)
    ahead = foreseen(SEEN, committed)["target_position"][0, 0]
    assert ahead != pytest.approx(SEEN["target_position"][0, 0], abs=1e-6)
    np.testing.assert_allclose(Shy().act_ahead(SEEN, committed), np.full((2, 14), ahead / 2))


def test_who_does_not_say_what_it_wants_cannot_act() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Wanting()  # type: ignore[abstract]
