"""What deployed systems put between a policy and its arms: delay, and smoothing with bounded jerk.

A policy is trained on raw actions and runs on smoothed, delayed ones; GR-RL blames this mismatch for much of the
failures (arXiv 2512.01801, section 3.3). All parameters belong to the environment, so that the mismatch can be studied.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exceptions import ParameterError
from .parameters import check_count, check_number
from .spec import ACTION_PER_ARM, ACTION_SIZE

Array = NDArray[np.float64]

MAX_DELAY = 40  # ticks, 2 s
_AT_REST = 1e-3  # of full speed
_LEAST_BOUND = 0.01  # 1 % of full speed per tick (squared): slower arms finish nothing


@dataclass(frozen=True)
class Deployment:
    """Parameters of the deployment mode.

    Attributes:
        latency: ticks between an action and its execution; None draws it from the episode's seed.
        observation_delay: ticks by which observations are old.
        acceleration: largest change of a motion command per tick, as a share of full speed.
        jerk: largest change of that change per tick.
    """

    latency: int | None = None
    observation_delay: int = 1
    acceleration: float = 0.35
    jerk: float = 0.2

    def __post_init__(self) -> None:
        """Refuse parameters that mean nothing.

        Raises:
            ParameterError: naming the valid range.
        """
        if self.latency is not None:
            check_count("latency", self.latency, 0, MAX_DELAY)
        check_count("observation_delay", self.observation_delay, 0, MAX_DELAY)
        check_number("acceleration", self.acceleration, _LEAST_BOUND, 2.0)
        check_number("jerk", self.jerk, _LEAST_BOUND, 4.0)

    @property
    def delay(self) -> int:
        """Ticks from what an observation shows to the effect of an action chosen then, without smoothing.

        Raises:
            ParameterError: if the latency is drawn.
        """
        if self.latency is None:
            raise ParameterError("latency", None, "a number of ticks where the delay is asked for")
        return self.observation_delay + self.latency


@dataclass
class Pipeline:
    """The running state of one episode's deployment mode."""

    parameters: Deployment
    latency: int
    sent: deque[Array] = field(default_factory=deque)
    seen: deque[dict[str, Any]] = field(default_factory=deque)
    command: Array = field(default_factory=lambda: np.zeros(ACTION_SIZE))
    change: Array = field(default_factory=lambda: np.zeros(ACTION_SIZE))

    def action(self, action: Array) -> Array:
        """Return the action that reaches the arms in this tick, (14,)."""
        self.sent.append(action)
        if len(self.sent) <= self.latency:
            delayed = np.where(GRIPPERS, action, 0.0) if len(self.sent) == 1 else self.command * GRIPPERS
        else:
            delayed = self.sent.popleft()
        return self._smooth(delayed)

    def _smooth(self, wanted: Array) -> Array:
        """Follow a command with bounded acceleration and jerk; the grippers are not smoothed."""
        limits = self.parameters
        gap = wanted - self.command
        change = np.clip(
            np.sign(gap) * _largest_change(np.abs(gap), limits.jerk),
            self.change - limits.jerk,
            self.change + limits.jerk,
        )
        change = np.clip(change, -limits.acceleration, limits.acceleration)
        self.change = np.where(GRIPPERS, 0.0, change)
        self.command = np.where(GRIPPERS, wanted, self.command + self.change)
        return np.clip(self.command, -1.0, 1.0)

    def ramp(self) -> Iterator[Array]:
        """Yield the motions until the hands are at rest if nothing more is sent; this pipeline stays as it is."""
        ending, nothing = self.copy(), np.zeros(ACTION_SIZE)
        while np.abs(ending.command[MOTIONS]).max() > _AT_REST:
            yield ending.action(nothing)

    def observation(self, now: dict[str, Any]) -> dict[str, Any]:
        """Return the observation that the policy gets in this tick."""
        self.seen.append(now)
        if len(self.seen) > self.parameters.observation_delay + 1:
            self.seen.popleft()
        return self.last_observation()

    def last_observation(self) -> dict[str, Any]:
        """Return a copy of what the policy got last."""
        return {name: value.copy() for name, value in self.seen[0].items()}

    def copy(self) -> "Pipeline":
        """Return an independent copy."""
        return replace(
            self,
            sent=self.sent.copy(),
            seen=self.seen.copy(),
            command=self.command.copy(),
            change=self.change.copy(),
        )


def _largest_change(gap: Array, jerk: float) -> Array:
    """Return the largest change in this tick from which the jerk bound still lets a command stop at the end of a gap.

    Braking with full jerk takes n ticks, in which the changes c, c - jerk, ... sum up to the gap.
    """
    ticks = np.maximum(1.0, np.ceil((np.sqrt(1.0 + 8.0 * gap / jerk) - 1.0) / 2.0))
    return gap / ticks + jerk * (ticks - 1.0) / 2.0


GRIPPERS = np.arange(ACTION_SIZE) % ACTION_PER_ARM == ACTION_PER_ARM - 1
"""Which entries of an action (14,) open grippers."""
MOTIONS = ~GRIPPERS
"""Which entries of an action (14,) move a hand."""
