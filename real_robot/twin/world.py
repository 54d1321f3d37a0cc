"""The simulated robot and scene of a twin, on their own clock; knows nothing of wires or of wall time.

Commands and states go through queues with the latency, jitter and loss of the settings, so that they act alike in
lock-step and in real time.
"""

import copy
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import mujoco
import numpy as np

from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.observation import StateReader
from lacelab.envs.rendering import Renderer
from lacelab.envs.spec import PIXEL_KEYS

from ..exceptions import InvalidCommandError, NotConnectedError
from ..robot import JOINTS_PER_ARM, SCENE_KEYS, Array, Command
from .settings import PUBLISHING_PERIOD, TwinSettings

_NO_TOKENS = np.zeros(0, np.int64)
_MOVING = 1e-6  # rad between two steps
_SILENCE = 0.2  # s without a command after which the arms are held until they are released


class Capture(NamedTuple):
    """What the twin publishes of one instant."""

    due: float  # when it arrives [s]
    message: dict[str, Any]


class TwinWorld:
    """One task's world and its clock."""

    def __init__(self, task: str, difficulty: str, settings: TwinSettings | None = None) -> None:
        self.settings = settings or TwinSettings()
        self.env = LacingEnv(task, "state", difficulty)
        self.task, self.difficulty = task, difficulty
        self._reader = StateReader(self.env.simulation)
        arms = self.env.scene.arms
        self._actuators = np.array([[*arm.actuators, arm.finger_actuator] for arm in arms])
        model = self.env.scene.model
        joints = model.actuator_trnid[self._actuators, 0]
        self._qpos, self._dofs = model.jnt_qposadr[joints], model.jnt_dofadr[joints]
        self._timestep = model.opt.timestep
        self._substeps = self.env.simulation.substeps
        self._publish_every = max(1, round(PUBLISHING_PERIOD / self._timestep))
        self._renderer: Renderer | None = None
        self._last_pictures: tuple[float, int, list[Any]] | None = None
        self._pictures = 0
        self._painter = ThreadPoolExecutor(max_workers=1)
        self._heard: float | None = None  # when the last command began [s]
        self._playing: Command | None = None
        self._steps = 0  # of physics, in all episodes
        self._number = 0  # of captures
        self._running = False
        self._clear()

    @property
    def now(self) -> float:
        """Time on the twin's clock [s], without its offset."""
        return self._steps * self._timestep

    @property
    def over(self) -> bool:
        """Whether the episode has ended; time goes on, the judge does not."""
        return self._over

    def reset(self, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an episode; what was on its way is lost."""
        _, info = self.env.reset(seed=seed, options=dict(options))
        self._clear()
        self._generator = np.random.default_rng((self.settings.seed, seed))
        self._info = info
        self._hold = self.env.simulation.data.ctrl[self._actuators]
        self._running = True
        self._publish(0.0)
        return info

    def configure(self, settings: TwinSettings) -> None:
        """Change the settings in the middle of everything."""
        self.settings = settings

    def release(self) -> None:
        """Let a new commander begin: forget the last one's commands and the latch."""
        self._held, self._last_sequence = "", -1
        self._heard, self._playing = None, None
        self._due.clear()
        if self._running:
            self._captures.clear()
            self._publish(0.0)

    def send(self, command: Command) -> None:
        """Put a command on its way.

        Raises:
            NotConnectedError: before the first reset.
            InvalidCommandError: not finite, or not newer than the last one.
        """
        if not self._running:
            raise NotConnectedError("The twin has no scene yet: reset it first.")
        if not (np.isfinite(command.setpoints).all() and np.isfinite(command.tail).all()):
            raise InvalidCommandError(f"Command {command.sequence} is not finite.")
        if command.sequence <= self._last_sequence:
            raise InvalidCommandError(
                f"Command {command.sequence} is not newer than the last one, {self._last_sequence}."
            )
        self._last_sequence = command.sequence
        if not self._lost():
            self._due.append((self.now + self._delay(self.settings.command_latency), command))

    def brake(self, reason: str) -> None:
        """Play the last command and its way to a standstill to the end; refuse others until released."""
        self._held = self._held or reason
        self._due.clear()

    def advance(self, until: float) -> None:
        """Simulate up to an instant [s]."""
        for _ in range(round((until - self.now) / self._timestep)):
            self._step()

    def capture(self) -> dict[str, Any]:
        """Return the newest of what has arrived by now."""
        while len(self._captures) > 1 and self._captures[1].due <= self.now + 1e-9:
            self._captures.popleft()
        if not self._captures:
            raise NotConnectedError("The twin has no scene yet: reset it first.")
        return self._captures[0].message

    def expose(self) -> tuple[float, mujoco.MjData]:
        """Return the time of now and a copy of everything that a camera could see; quick."""
        return self._stamp() - self.settings.camera_latency, copy.copy(self.env.simulation.data)

    def pictures(self, exposed: tuple[float, mujoco.MjData]) -> dict[str, Any]:
        """Return a picture of every camera, with time and number; the world may go on meanwhile."""
        if self._last_pictures is None or not self.settings.camera_frozen:
            self._pictures += 1
            frames = self._painter.submit(self._paint, exposed[1]).result()
            self._last_pictures = (exposed[0], self._pictures, frames)
        time, number, frames = self._last_pictures
        return {"time": time, "sequence": number, "images": dict(zip(PIXEL_KEYS, frames, strict=True))}

    def close(self) -> None:
        """Free the renderer."""
        if self._renderer is not None:
            self._painter.submit(self._renderer.close).result()
        self._painter.shutdown()
        self.env.close()

    # Helpers.

    def _paint(self, data: mujoco.MjData) -> list[Any]:
        """Draw what the cameras see; OpenGL wants one thread for all of it."""
        if self._renderer is None:
            self._renderer = Renderer(self.env.scene.model, LaceParameters(length=self.env.task.lace_length))
        return list(self._renderer.frames(data))

    def _clear(self) -> None:
        self._due: list[tuple[float, Command]] = []
        self._captures: deque[Capture] = deque()
        self._rows: Array = np.zeros((0, 2, JOINTS_PER_ARM))
        self._row = 0
        self._heard, self._playing = None, None
        self._held = ""
        self._last_sequence = -1
        self._moved_at = self.now  # when the set-points last changed, on the twin's clock without its offset [s]
        self._tick_steps = 0
        self._over = False
        self._generator = np.random.default_rng(self.settings.seed)

    def _step(self) -> None:
        """Make one step of physics, and whatever is due with it."""
        self._take_due()
        if self._row < len(self._rows):
            row = self._rows[self._row]
            if np.abs(row - self._hold).max() > _MOVING:
                self._moved_at = self.now
            self._hold = row
            self._row += 1
        elif self._heard is not None and self.now - self._heard > _SILENCE and not self._held:
            self._held = f"no command for {self.now - self._heard:.3f} s"
        self._steps += 1
        if self._running and self.env.simulation.divergence is None:
            self.env.simulation.step(self._actuators.ravel(), self._hold.ravel()[None])
            self._tick_steps += 1
            if self._tick_steps % self._substeps == 0 and not self._over:
                _, _, terminated, truncated, self._info = self.env.conclude()
                self._over = terminated or truncated
        if self._steps % self._publish_every == 0 and self._running and not self._lost():
            self._publish(self._delay(self.settings.state_latency))

    def _take_due(self) -> None:
        while self._due and self._due[0][0] <= self.now + 1e-9:
            command = self._due.pop(0)[1]
            self._heard = self.now
            if self._held or (self._playing is not None and command.sequence < self._playing.sequence):
                continue
            self._playing = command
            rows = np.concatenate([command.setpoints, command.tail])
            stretch = max(1, round(command.period / self._timestep))
            self._rows, self._row = (rows if stretch == 1 else _stretched(self._hold, rows, stretch)), 0

    def _publish(self, delay: float) -> None:
        """Put a capture on its way: joints, scene and the judge's opinion."""
        position, velocity, torque = self._measured()
        noise = self.settings.encoder_noise
        if noise > 0:
            position = position + self._generator.normal(0.0, noise, position.shape)
        self._number += 1
        values = self._reader.read(self.env.controller, self.env.judge.threading, _NO_TOKENS)
        message = {
            "time": self._stamp(),
            "sequence": self._number,
            "position": position,
            "velocity": velocity,
            "torque": torque,
            "held": self._held,
            "moved_at": self._moved_at,
            "heard_at": self._heard,
            "over": self._over,
            "values": {name: values[name] for name in SCENE_KEYS},
            "info": self._info,
            "physics": self.env.simulation.get_state(),
        }
        self._captures.append(Capture(self.now + delay, message))
        if len(self._captures) > 1:
            self.capture()

    def _measured(self) -> tuple[Array, Array, Array]:
        data = self.env.simulation.data
        return data.qpos[self._qpos], data.qvel[self._dofs], data.actuator_force[self._actuators]

    def _stamp(self) -> float:
        return self.now + self.settings.clock_offset

    def _delay(self, latency: float) -> float:
        jitter = self.settings.jitter
        return latency + (float(self._generator.uniform(0.0, jitter)) if jitter > 0 else 0.0)

    def _lost(self) -> bool:
        return self.settings.loss > 0 and bool(self._generator.random() < self.settings.loss)


def _stretched(start: Array, rows: Array, steps: int) -> Array:
    """Return rows with `steps` physics steps between two of them, straight lines in between."""
    knots = np.concatenate([start[None], rows])
    place = np.arange(1, len(rows) * steps + 1) / steps
    before = np.minimum(place.astype(int), len(knots) - 1)
    after = np.minimum(before + 1, len(knots) - 1)
    share = (place - before)[:, None, None]
    stretched: Array = knots[before] + share * (knots[after] - knots[before])
    return stretched
