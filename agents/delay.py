"""How late actions take effect, told from what is seen of them: commanded hands move as they were sent, only later.

What is known beforehand is the delay of an average episode. One tick more or less is 3 mm of a hand that reaches for a tip.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lacelab.envs.spec import ACTION_SIZE

from .hands import advanced, matrices

_PRIOR = 1e-6  # m that another delay than the expected one has to fit better: more than rounding, less than any motion


class MeasuredDelay:
    """Follows what reaches the arms and what is seen of it; the delay is the one that fits best so far."""

    def __init__(self, expected: int) -> None:
        """Expect a delay [ticks]; it may be from none to twice that."""
        self._candidates = range(2 * expected + 1)
        self._prior = _PRIOR * np.abs(np.array(self._candidates) - expected)
        self.reset()

    def reset(self) -> None:
        """Begin an episode: nothing has been seen."""
        self._errors = self._prior.copy()
        self._sent: deque[NDArray[np.float32]] = deque()  # not seen yet for certain
        self._fresh = 0  # sent since the last observation
        self._seen: tuple[torch.Tensor, torch.Tensor] | None = None

    @property
    def ticks(self) -> int:
        """The delay from what an observation shows to the effect of an action chosen then, without smoothing."""
        return int(self._candidates[int(self._errors.argmin())])

    @property
    def under_way(self) -> NDArray[np.float32]:
        """Actions (n, 14) that were sent and are not seen yet."""
        late = min(self.ticks, len(self._sent))
        return self._after(0, late)

    def sent(self, action: NDArray[np.float32]) -> None:
        """Follow an action (14,) as it is sent to the arms, one a tick."""
        self._sent.append(action)
        self._fresh += 1

    def observe(self, observation: Mapping[str, NDArray[Any]]) -> None:
        """Compare the commanded hands with where each delay would have them."""
        position = torch.from_numpy(np.asarray(observation["target_position"]))
        rotation = matrices(torch.from_numpy(np.asarray(observation["target_rotation"])))
        if self._seen is not None and self._fresh:
            self._errors += self._misfits(*self._seen, position)
        self._seen, self._fresh = (position, rotation), 0
        while len(self._sent) > self._candidates[-1]:
            self._sent.popleft()

    def _misfits(self, position: torch.Tensor, rotation: torch.Tensor, seen: torch.Tensor) -> NDArray[np.float64]:
        """Return by how much each delay is wrong about the hands [m], from where they were seen before."""
        known = np.stack([self._after(self._fresh, delay)[: self._fresh] for delay in self._candidates])
        count = len(known)
        there, _ = advanced(position.expand(count, 2, 3), rotation.expand(count, 2, 3, 3), torch.from_numpy(known))
        errors: NDArray[np.float64] = (there - seen).norm(dim=-1).sum(dim=-1).numpy().astype(np.float64)
        return errors

    def _after(self, fresh: int, delay: int) -> NDArray[np.float32]:
        """Return the newest `fresh + delay` actions, rest where nothing was sent."""
        rows = np.zeros((fresh + delay, ACTION_SIZE), np.float32)
        newest = list(self._sent)[-len(rows) :] if len(rows) else []
        rows[len(rows) - len(newest) :] = np.array(newest, np.float32).reshape(-1, ACTION_SIZE)
        return rows
