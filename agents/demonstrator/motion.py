"""Cartesian motion of both arms: rate-limited moves that become the environment's actions, tick by tick.

Everything here is a generator that yields one action (14,) per tick, so that skills read like a script.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.control import rotation_matrix, rotation_vector
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.rotations import shortened
from lacelab.envs.spec import (
    ACTION_PER_ARM,
    CONTROL_PERIOD,
    ROTATION_SCALE,
    SIDES,
    TRANSLATION_SCALE,
    Side,
)

Array = NDArray[np.float64]
Pose = tuple[Array, Array]
Goal = Callable[[], Pose] | Pose
Script = Generator[Array, None, bool]

OPEN, WIDE, CLOSED = 0.45, 0.9, -1.0  # gripper actions


@dataclass
class Waypoint:
    """One leg of a move that runs beside the script."""

    goal: Goal
    speed: float = 0.22  # m/s
    turn: float = 1.8  # rad/s


@dataclass
class Motion:
    """The commanded motion of both hands in one episode."""

    env: LacingEnv
    grip: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(SIDES, OPEN))
    background: dict[Side, list[Waypoint]] = field(default_factory=lambda: {s: [] for s in SIDES})
    pace: float = 1.0  # factor on every speed

    def tool(self, side: Side) -> Pose:
        """Return the measured tool pose."""
        position, rotation = self.env.simulation.tool_pose()
        return position[side.index].copy(), rotation[side.index].copy()

    def target(self, side: Side) -> Pose:
        """Return the commanded tool pose."""
        state = self.env.controller.state
        return state.position[side.index].copy(), state.rotation[side.index].copy()

    def gap(self, side: Side, pose: Pose) -> tuple[float, float]:
        """Return distance [m] and angle [rad] from the commanded pose to another."""
        position, rotation = self.target(side)
        turn = rotation_vector(rotation.T @ pose[1])
        return float(np.linalg.norm(pose[0] - position)), float(np.linalg.norm(turn))

    def move(
        self,
        side: Side,
        goal: Goal,
        speed: float | Callable[[], float] = 0.2,
        turn: float = 1.8,
        timeout: float = 4.0,
        tolerance: float = 0.0012,
        settle: int = 1,
        until: Callable[[], bool] | None = None,
    ) -> Script:
        """Move one hand until it is measured at the goal, or `until` holds; return whether it got there in time."""
        arrived = 0
        for _ in range(round(timeout / CONTROL_PERIOD)):
            pose = goal() if callable(goal) else goal
            yield self.tick({side: (pose, speed() if callable(speed) else speed, turn)})
            if until is not None and until():
                return False
            distance, angle = self.gap(side, pose)
            off = float(np.linalg.norm(self.tool(side)[0] - pose[0]))
            arrived = arrived + 1 if distance < 8e-4 and angle < 0.015 and off < tolerance else 0
            if arrived >= settle:
                return True
        return False

    def wait(self, seconds: float) -> Script:
        """Hold still."""
        for _ in range(round(seconds / CONTROL_PERIOD)):
            yield self.tick({})
        return True

    def tick(self, legs: dict[Side, tuple[Pose, float, float]]) -> Array:
        """Return the action of one tick; hands without a leg follow their background moves or hold still."""
        action = np.zeros((2, ACTION_PER_ARM))
        for side in SIDES:
            leg = legs.get(side) or self._background_leg(side)
            if leg is not None:
                action[side.index, :6] = self._step(side, *leg)
            action[side.index, 6] = self.grip[side]
        return action.ravel()

    def _background_leg(self, side: Side) -> tuple[Pose, float, float] | None:
        while self.background[side]:
            waypoint = self.background[side][0]
            pose = waypoint.goal() if callable(waypoint.goal) else waypoint.goal
            distance, angle = self.gap(side, pose)
            if distance > 1e-3 or angle > 0.02:
                return pose, waypoint.speed, waypoint.turn
            self.background[side].pop(0)
        return None

    def _step(self, side: Side, pose: Pose, speed: float, turn: float) -> Array:
        """Return the six motion entries of one arm's action: towards the pose, no faster than told."""
        position, rotation = self.target(side)
        shift = rotation.T @ (pose[0] - position)
        angle = rotation_vector(rotation.T @ pose[1])
        shift = shortened(shift, self.pace * speed * CONTROL_PERIOD)
        angle = shortened(angle, self.pace * turn * CONTROL_PERIOD)
        scaled = np.concatenate([shift / TRANSLATION_SCALE, angle / ROTATION_SCALE])
        return scaled / max(1.0, np.abs(scaled).max())


def lift(pose: Pose, height: float, along: float = 0.0) -> Pose:
    """Return a pose raised by `height` and drawn back by `along` the tool's own back [m]."""
    position, rotation = pose
    return position + np.array([0.0, 0.0, height]) + rotation[:, 2] * along, rotation


def turned(pose: Pose, vector: Array) -> Pose:
    """Return a pose rotated about the world axes by a rotation vector [rad]."""
    return pose[0], rotation_matrix(vector) @ pose[1]
