"""Finds the stiffness of a lace from how it hangs and swings between its anchor and a hand that holds its end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE, CONTROL_PERIOD, LACE_POINTS, SIDES, Side

from .archive import save_arrays
from .exceptions import CalibrationError
from .identification import Fit, Unknown, fit
from .robot import Array

TASK = "InsertAglet"  # begins with the lace in a hand
LACE_UNKNOWNS: dict[str, Unknown] = {"lace_stiffness": Unknown(1.0, 0.2, 5.0)}
_NOISE = 1e-3  # m, what a unit of the residual means


@dataclass(frozen=True)
class Swing:
    """One recording of a lace that is held and moved.

    Attributes:
        seed: of the episode whose placement it is; on hardware the lace is laid as that episode's picture shows.
        actions: sent, (n, 14).
        points: of the held lace after each action, (n, LACE_POINTS, 3) [m], NaN where nothing was seen.
        overrides: what else is known about the world, see `envs.overrides`.
    """

    seed: int
    actions: NDArray[np.float32]
    points: Array
    overrides: Mapping[str, float]

    def __post_init__(self) -> None:
        n = len(self.actions)
        if self.actions.shape != (n, ACTION_SIZE) or self.points.shape != (n, LACE_POINTS, 3):
            raise CalibrationError(
                f"Actions {self.actions.shape} and points {self.points.shape} do not fit. "
                f"Valid: (n, {ACTION_SIZE}) and (n, {LACE_POINTS}, 3)."
            )

    def save(self, path: Path) -> None:
        """Write a compressed NumPy file; raises RobotError if it cannot be written."""
        names, values = list(self.overrides), list(self.overrides.values())
        scene = {"seed": self.seed, "actions": self.actions, "points": self.points}
        save_arrays(path, **scene, names=np.array(names, str), values=values)

    @classmethod
    def load(cls, path: Path) -> "Swing":
        """Read what `save` wrote.

        Raises:
            CalibrationError: it cannot be read, or is something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                known = dict(zip(file["names"].tolist(), file["values"].tolist(), strict=True))
                return cls(int(file["seed"]), file["actions"], file["points"], known)
        except (OSError, ValueError, KeyError) as error:
            raise CalibrationError(f"'{path}' is no recording of a lace: {error}.") from error


def swinging(hand: Side, ticks: int = 40) -> NDArray[np.float32]:
    """Return actions (ticks, 14) that swing a held lace gently, up and down and to and fro."""
    actions = np.zeros((ticks, ACTION_SIZE), np.float32)
    for side in SIDES:
        actions[:, ACTION_PER_ARM * side.index + 6] = -1.0 if side is hand else 0.6
    tick, start = np.arange(ticks), ACTION_PER_ARM * hand.index
    actions[:, start : start + 3] = 0.35 * np.stack([np.sin(0.35 * tick), np.sin(0.5 * tick), np.cos(0.4 * tick)], 1)
    return actions


def record_swing(
    env: gymnasium.Env[Any, Any], seed: int, ticks: int = 40, options: dict[str, Any] | None = None
) -> Swing:
    """Swing the lace of an episode of `TASK`, in any world that sees its points, and record it; `options` of its reset."""
    observation, info = env.reset(seed=seed, options=options)
    hand = Side(info["goal"]["lace"])
    actions, points = swinging(hand, ticks), []
    for number, action in enumerate(actions):
        observation, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            raise CalibrationError(f"The episode ended at tick {number} of {ticks}: {info.get('safety', 'no reason')}.")
        points.append(observation["lace_points"][hand.index])
    return Swing(seed, actions, np.array(points, float), {})


def simulate(env: LacingEnv, swing: Swing, values: Mapping[str, float]) -> Array:
    """Return where the points of the held lace would have been, (n, LACE_POINTS, 3) [m], at factors `values`."""
    overrides = {**swing.overrides, **values}
    _, info = env.reset(seed=swing.seed, options={"overrides": overrides})
    lace = Side(info["goal"]["lace"]).index
    return np.array([env.step(action)[0]["lace_points"][lace] for action in swing.actions], float)


def identify_lace(
    swing: Swing, unknowns: Mapping[str, Unknown] | None = None, arms: Mapping[str, float] | None = None
) -> Fit:
    """Find the lace's stiffness, as a factor of the nominal one, from one recording.

    Args:
        swing: the recording.
        unknowns: what to find.
        arms: what `identify_arms` found: a hand that lags moves the lace late.
    """
    env, known = LacingEnv(TASK), dict(arms or {})
    delay = known.pop("delay", 0.0)
    swing = replace(swing, overrides={**swing.overrides, **known})
    seen = np.isfinite(swing.points)

    def residual(values: Mapping[str, float]) -> Array:
        gap: Array = (delayed(simulate(env, swing, values), delay) - swing.points)[seen] / _NOISE
        return gap

    return fit(unknowns or LACE_UNKNOWNS, residual)


def delayed(points: Array, delay: float) -> Array:
    """Return points (n, ...), one a tick, as they are a delay [s] later; those before the first are as the first."""
    ticks = np.arange(len(points))
    late = np.clip(ticks - delay / CONTROL_PERIOD, 0.0, None)
    before = np.floor(late).astype(int)
    share = (late - before).reshape(-1, *[1] * (points.ndim - 1))
    found: Array = (1.0 - share) * points[before] + share * points[np.minimum(before + 1, len(points) - 1)]
    return found
