"""The Gymnasium environment over a robot: same spaces, same `info`, same policies as in the simulator."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from lacelab.envs import language, observation
from lacelab.envs.checks import check_action, check_name, check_options
from lacelab.envs.control import Controller, finger_angle
from lacelab.envs.entities import fingertips
from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.exceptions import EpisodeOverError, WrongWorldError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.randomization import ranges_for
from lacelab.envs.scene import build
from lacelab.envs.spec import ACTION_SIZE, ARM_JOINTS, CONTROL_PERIOD, PIXEL_KEYS, SIDES
from lacelab.envs.tasks import Task, find_task

from .drivers.scene_mirror import SceneMirror
from .exceptions import ConnectionLostError, FaultLatchedError, TornMessageError
from .homing import drive_home
from .live_view import snapshot
from .operator import Labelling
from .robot import Array, Cameras, Command, Frame, JointState, Look, Stage
from .safe_robot import SafeRobot
from .safety import ROWS

_HOLDING = 0.02  # rad beyond the touch of the pads: a finger this far closed at the start holds something
_SIGNS = np.array([side.sign for side in SIDES])
_NO_TAIL = np.zeros((0, 2, ARM_JOINTS + 1))
_UNKNOWN_INFO: dict[str, Any] = {
    "is_success": False,
    "stage": "unknown",
    "max_stage": 0,
    "stages": {},
    "eyelets_done": 0,
    "eyelets": [],
    "diverged": False,
    "divergence": None,
    "invalid": False,
    "invalid_reason": None,
    "penetration_p99": float("nan"),
    "penetration_max": float("nan"),
    "peak_stretch": float("nan"),
    "peak_tension": float("nan"),
}


class Moment(NamedTuple):
    """Everything that is known at the end of a tick."""

    state: JointState
    position: Array  # (2, 3) of the tools [m]
    rotation: Array  # (2, 3, 3)
    look: Look


class RobotLacingEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """One task on a robot; see `lacelab.envs.lacing_env.LacingEnv` for actions and observations."""

    metadata = LacingEnv.metadata

    def __init__(
        self,
        robot: SafeRobot,
        stage: Stage,
        cameras: Cameras | None = None,
        task: str = "ThreadEyelet",
        obs: str = "state",
        difficulty: str = "standard",
        drives_home: bool = True,
    ) -> None:
        """Describe the environment; `reset` connects.

        Args:
            robot: the arms, behind the safety layer.
            stage: sets the scene and judges it.
            cameras: needed for `obs="pixels" | "both"`.
            task: name of the task.
            obs: kind of observation.
            difficulty: of the task.
            drives_home: the arms are driven home before each reset, for stages that do not put them there.

        Raises:
            UnknownNameError: if a name is not in its registry.
            WrongWorldError: if pictures are asked for where there are no cameras.
        """
        self.task: Task = find_task(task)
        check_name("observation", obs, ("state", "pixels", "both"))
        ranges_for(difficulty)
        if obs != "state" and cameras is None:
            raise WrongWorldError(f"This robot has no cameras: obs='{obs}' cannot be had. Valid: state.")
        self.robot, self.stage, self.difficulty = robot, stage, difficulty
        self.render_mode: str | None = None
        self.cameras = cameras if obs != "state" else None
        self._drives_home = drives_home
        scene = build(LaceParameters(length=self.task.lace_length), ShoeParameters())
        self.controller = Controller(scene.model, scene.arms, ROWS)
        space = observation.observation_space(obs)
        self.observation_space, self._keys = space, tuple(space)
        self.action_space = spaces.Box(-1.0, 1.0, (ACTION_SIZE,), np.float32)
        self._mirror: SceneMirror | None = None
        self._frames: Mapping[str, Frame] = {}
        self._over = True
        self._sequence = 0

    # Gymnasium's interface.

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start the episode of a seed; see `LacingEnv.reset`.

        Raises:
            FaultLatchedError: if a fault is latched: somebody has to look, and call `robot.reset_faults()`.
        """
        super().reset(seed=seed)
        checked = check_options({} if options is None else options)
        number = seed if seed is not None else int(self.np_random.integers(2**31))
        self._connect()
        if self._drives_home:
            drive_home(self.robot)
        told = self.stage.reset(self.task.name, self.difficulty, number, checked)
        self.robot.restart()
        if self._mirror is not None:
            self._mirror.reset(number, checked)
            self._mirror.env.controller = self.controller
        self._start_controller()
        self._over, self._tick, self._clipped, self._instruction = False, 0, 0, ""
        self._lateness = 0.0
        self._due = self.robot.clock.now()
        moment = self._observe_world()
        self._word_goal(told)
        return self._observation(moment), {"seed": number, **told, **self._info(moment)}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Command one tick, wait until it is over, and look.

        A fault ends the episode: `truncated`, with the reason in `info["safety"]`.

        Raises:
            EpisodeOverError: before the first reset and after the end of an episode.
            InvalidActionError: if the action has a wrong shape or is not finite.
        """
        if self._over:
            raise EpisodeOverError("The episode is over (or none was started): call reset() first.")
        checked = check_action(action)
        command = np.clip(checked, -1.0, 1.0)
        self._clipped += int(np.any(command != checked))
        try:
            self._command(command)
            self._wait()
            self._moment = self._observe_world()
        except (ConnectionLostError, FaultLatchedError, TornMessageError):
            pass  # The safety layer has latched it; the last moment is all that is known.
        self._tick += 1
        return self._result(self._moment)

    def close(self) -> None:
        """Bring the arms to rest and close every wire."""
        self.robot.close()
        if self.cameras is not None:
            self.cameras.close()
        if self._mirror is not None:
            self._mirror.env.close()

    # Beyond Gymnasium's interface.

    @property
    def time(self) -> float:
        """Time since the start of the episode, in ticks [s]."""
        return self._tick * CONTROL_PERIOD

    def snapshot(self) -> dict[str, Any]:
        """Return joints, limits, faults and pictures as of the last tick, for `live_view.LiveView`."""
        robot = self.robot
        return snapshot(self._moment.state, robot.limits, robot.journal, self._frames, robot.clock.now())

    def simulator(self) -> LacingEnv:
        """Return a simulator that follows the full state of the world; see `envs.full_state`.

        Raises:
            WrongWorldError: if this world does not tell it.
        """
        if not getattr(self.stage, "tells_everything", False):
            raise WrongWorldError(
                f"'{self.robot.name}' does not tell the full state of shoe and laces. Valid: sim, twin."
            )
        if self._mirror is None:
            self._mirror = SceneMirror(self.task.name, self.difficulty)
            self._mirror.env.controller = self.controller
        return self._mirror.env

    # Helpers.

    def _connect(self) -> None:
        if self.robot.journal.latched:
            reasons = "; ".join(record.reason for record in self.robot.journal.latched)
            raise FaultLatchedError(f"A fault is latched ({reasons}): look after it, then call robot.reset_faults().")
        self.robot.connect()
        if self.cameras is not None:
            self.cameras.connect()

    def _start_controller(self) -> None:
        """Let the commanded poses begin where the arms are; a closed hand goes on holding."""
        measured = self.robot.state().position
        state = self.controller.state_at(measured[:, :ARM_JOINTS].ravel())
        fingers = measured[:, -1] * _SIGNS
        holds = fingers < fingertips.CLOSED_ANGLE + _HOLDING
        state.fingers = np.where(holds, finger_angle(-1.0), fingers)
        self.controller.state = state

    def _command(self, action: Array) -> None:
        """Turn an action into joint targets and send them."""
        moment = self._moment
        self.controller.command(action, moment.position, moment.rotation)
        state = self.controller.state
        fingers = state.fingers * _SIGNS
        target = np.column_stack([state.joints.reshape(2, ARM_JOINTS), fingers])
        self._sequence += 1
        now = self.robot.clock.now()
        self.robot.command(Command(self._sequence, now, CONTROL_PERIOD, target[None], _NO_TAIL))

    def _wait(self) -> None:
        """Sleep until the tick is over; after a long delay, the ticks begin anew."""
        self._due += CONTROL_PERIOD
        clock = self.robot.clock
        clock.sleep_until(self._due)
        self._lateness = max(0.0, clock.now() - self._due)
        if self._lateness > CONTROL_PERIOD:
            self._due = clock.now()

    def _observe_world(self) -> Moment:
        state = self.robot.state()
        position, rotation = self.controller.kinematics.forward(state.position[:, :ARM_JOINTS].ravel())
        look = self.stage.look()
        if self._mirror is not None:
            self._mirror.follow(look.physics)
        self._moment = Moment(state, position.copy(), rotation.copy(), look)
        return self._moment

    def _word_goal(self, info: Mapping[str, Any]) -> None:
        text = info.get("current_subinstruction", self._instruction)
        if text != self._instruction:
            self._instruction = text
            self._tokens = language.encode(text)

    def _observation(self, moment: Moment) -> dict[str, Any]:
        state, target = moment.state, self.controller.state
        gap = 2 * fingertips.PAD_LEVER * (state.position[:, -1] * _SIGNS - fingertips.CLOSED_ANGLE)
        values: dict[str, Any] = {
            "joint_position": state.position[:, :ARM_JOINTS],
            "joint_velocity": np.clip(state.velocity[:, :ARM_JOINTS], -100.0, 100.0),
            "gripper_opening": gap,
            "tool_position": moment.position,
            "tool_rotation": observation.columns(moment.rotation),
            "target_position": target.position,
            "target_rotation": observation.columns(target.rotation),
            **moment.look.values,
        }
        known: dict[str, Any] = {name: np.asarray(value, np.float32) for name, value in values.items()}
        known["instruction"] = self._tokens.copy()
        missing = [name for name in self._keys if name not in known and name not in PIXEL_KEYS]
        if missing:
            raise WrongWorldError(
                f"Nobody here sees {', '.join(missing)}. Valid: obs='pixels', or a perception system."
            )
        return {name: known[name] for name in self._keys if name not in PIXEL_KEYS} | self._pictures()

    def _pictures(self) -> dict[str, NDArray[np.uint8]]:
        if self.cameras is None:
            return {}
        self._frames = self.cameras.frames()
        self.robot.watch(self._frames)
        return {name: self._frames[name].image for name in PIXEL_KEYS}

    def _result(self, moment: Moment) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        self._word_goal(moment.look.info)
        seen = self._observation(moment)
        info = self._info(moment)
        terminated = bool(info["is_success"] or info["diverged"] or info["invalid"])
        late = self.time >= self.task.time_limit - 1e-9
        truncated = not terminated and (late or bool(self.robot.journal.latched))
        self._over = terminated or truncated
        if self._over and isinstance(self.stage, Labelling):
            info["is_success"] = self.stage.label()
        return seen, float(info["is_success"]), terminated, truncated, info

    def _info(self, moment: Moment) -> dict[str, Any]:
        return {
            **_UNKNOWN_INFO,
            "instruction": self._instruction,
            "current_subinstruction": self._instruction,
            **moment.look.info,
            "time": self.time,
            "clipped_actions": self._clipped,
            "safety": self.robot.journal.as_info(),
            "timing": {
                "lateness": self._lateness,
                "state_age": self.robot.clock.now() - moment.state.time,
                "look_age": self.robot.clock.now() - moment.look.time,
            },
        }
