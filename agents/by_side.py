"""One policy for a lace that lies on its own arm's side of the shoe, another one for a lace on the other arm's side.

Demonstrations of ThreadEyelet show laces on their own side only; policies for whole shoes have learned to take those from the other side, too, and hand them over in the air. Who acts is
decided by where the aglet lies when an episode begins, so that it is the same on a robot.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import SIDES, Side

from .request import asked_for, with_an_eyelet

Observation = Mapping[str, NDArray[Any]]


class Acting(Protocol):
    """A learned policy in an episode: alone, or a committee of any kind."""

    @property
    def chunk(self) -> int:
        """Actions per chunk."""
        ...

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        ...

    def act(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the next actions (n, 14)."""
        ...

    def act_ahead(self, observation: Observation, committed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chunk that follows on committed actions (n, 14)."""
        ...


class BySide:
    """Acts as one of two policies, the same for an episode."""

    def __init__(self, own: Acting, far: Acting) -> None:
        """Take who acts where the lace lies on its own side, or where no eyelet is asked for, and who does otherwise."""
        self._own, self._far = own, far
        self._acting: Acting | None = None

    @property
    def phase(self) -> str:
        """What it is doing."""
        return str(getattr(self._acting or self._own, "phase", "acting"))

    @property
    def retries(self) -> int:
        """How often who acts began anew."""
        return int(getattr(self._acting or self._own, "retries", 0))

    @property
    def chunk(self) -> int:
        """Actions per chunk of who acts."""
        return (self._acting or self._own).chunk

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._acting = None
        self._own.reset(seed)
        self._far.reset(seed)

    def act(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the next actions (n, 14)."""
        asked = with_an_eyelet(observation)
        return self._who(asked).act(asked, noise)

    def act_ahead(self, observation: Observation, committed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chunk that follows on committed actions (n, 14); see `Wanting.act_ahead`."""
        asked = with_an_eyelet(observation)
        return self._who(asked).act_ahead(asked, committed)

    def _who(self, observation: Observation) -> Acting:
        if self._acting is None:
            self._acting = self._far if on_the_far_side(observation) else self._own
        return self._acting


def on_the_far_side(observation: Observation) -> bool:
    """Return whether the lace that an eyelet is asked for lies on the other arm's side, as far as an observation tells."""
    if "aglet_position" not in observation or (lace := asked_for(observation)) is None:
        return False
    left = float(observation["aglet_position"][lace, 1]) > 0.0
    return left != (SIDES[lace] is Side.LEFT)
