"""The Gymnasium environment: one class for all tasks."""

from dataclasses import asdict, replace
from math import ceil
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from . import episode as episodes
from . import language, observation
from .checks import check_action, check_name, check_options, parse_goal
from .control import Controller
from .deployment import Deployment, Pipeline
from .entities.lace import LaceParameters
from .entities.shoe import ShoeParameters
from .episode import Episode
from .exceptions import EpisodeOverError, ParameterError
from .goals import ShoeGoal
from .judge import Judge, progress_info
from .layouts import LAYOUTS
from .metrics import PhysicsMetrics
from .randomization import Nominal, ranges_for
from .rendering import Renderer
from .scene import build
from .simulation import Simulation
from .snapshot import Snapshot, World, check_fits
from .spec import ACTION_SIZE, CONTROL_PERIOD, PIXEL_KEYS
from .start import place
from .tasks import Target, Task, find_task

_OBSERVATIONS = ("state", "pixels", "both")
_REWARDS = ("sparse", "dense")


class LacingEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """Two arms, a shoe and two laces.

    Actions (14,) in [-1, 1]: for the left and then the right arm a translation (3) and a rotation vector (3) in the
    tool's own frame and the opening of the gripper, see `spec`. Observations: `spec.STATE_KEYS`, `spec.PIXEL_KEYS`.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012  # Gymnasium declares it so.
        "render_modes": ["rgb_array"],
        "render_fps": round(1 / CONTROL_PERIOD),
    }

    def __init__(
        self,
        task: str = "ThreadEyelet",
        obs: str = "state",
        difficulty: str = "standard",
        reward: str = "sparse",
        deployment: Deployment | None = None,
        render_mode: str | None = None,
    ) -> None:
        """Build the world once; every reset writes an episode into it.

        Raises:
            UnknownNameError: if a name is not in its registry.
            ParameterError: if `deployment` is something else.
        """
        self.task: Task = find_task(task)
        check_name("observation", obs, _OBSERVATIONS)
        check_name("reward", reward, _REWARDS)
        check_name("render mode", render_mode, (None, "rgb_array"))
        ranges_for(difficulty)
        if not isinstance(deployment, Deployment | None):
            raise ParameterError("deployment", deployment, "None or a Deployment")
        self.difficulty, self.render_mode = difficulty, render_mode
        self._obs, self._dense, self._deployment = obs, reward == "dense", deployment
        self._lace = LaceParameters(length=self.task.lace_length)
        shoe = ShoeParameters(eyelet_diameter=LAYOUTS[difficulty].eyelet_diameter)
        self.scene = build(self._lace, shoe, timestep=self.task.timestep)
        self._nominal = Nominal(self.scene)
        self.simulation = Simulation(self.scene)
        self.controller = Controller(self.scene.model, self.scene.arms, self.simulation.substeps)
        self._reader = observation.StateReader(self.simulation)
        self._renderer: Renderer | None = None
        space = observation.observation_space(obs)
        self.observation_space, self._keys = space, tuple(space)
        self.action_space = spaces.Box(-1.0, 1.0, (ACTION_SIZE,), np.float32)
        self.episode: Episode | None = None
        self._over = True

    # Gymnasium's interface.

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start the episode of a seed.

        Args:
            seed: fixes the whole episode; without one the environment's generator draws it.
            options: `mirror` (bool) starts the mirror image of the seed's episode; `instruction` (str) replaces the
                goal that the seed draws; `overrides` (factor -> value) fixes some of what it draws, see `overrides`.

        Raises:
            UnknownNameError: if there is no such option or factor.
            ParameterError: if one has a value that makes no world.
            InstructionError: if the instruction is none of this task.
        """
        super().reset(seed=seed)
        options = check_options({} if options is None else options)
        goal = parse_goal(self.task.name, options["instruction"]) if "instruction" in options else None
        number = seed if seed is not None else int(self.np_random.integers(2**31))
        drawn = episodes.sample(
            self.difficulty, number, self.task.lace_length, goal, self.task.starts_in_hand, options["overrides"]
        )
        self._start(drawn.mirrored() if options["mirror"] else drawn)
        placement = self._episode.placement
        info = self._info() | {
            "seed": number,
            "goal": asdict(self.goal),
            "randomization": self._episode.randomization.as_info(),
            "shoe": vars(placement.shoe) | {"position": placement.shoe_position, "heading": placement.shoe_heading},
        }
        return self._observe(), info

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Advance by one tick of 50 ms.

        Raises:
            EpisodeOverError: before the first reset and after the end of an episode.
            InvalidActionError: if the action has a wrong shape or is not finite.
        """
        if self._over:
            raise EpisodeOverError("The episode is over (or none was started): call reset() first.")
        checked = check_action(action)
        command = np.clip(checked, -1.0, 1.0)
        self._clipped += int(np.any(command != checked))
        if self._pipeline is not None:
            command = self._pipeline.action(command)
        setpoints = self.controller.command(command, *self.simulation.tool_pose())
        self.simulation.step(self.controller.actuators, setpoints)
        return self.conclude()

    def conclude(self) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Judge the tick that the simulation has just made; `step` ends so, and whoever sends set-points himself."""
        self._tick += 1
        diverged = self.simulation.divergence is not None
        if not diverged and self._judge.update(self.time):
            self._word_goal()
        if not diverged:
            self.metrics.update(self.simulation)
        return self._result(diverged)

    def render(self) -> NDArray[np.uint8] | None:
        """Return a picture (480, 640, 3) of the scene with the detailed robot, if `render_mode` says so."""
        if self.render_mode is None:
            return None
        return self.picture("side")

    def close(self) -> None:
        """Free the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    # Beyond Gymnasium's interface.

    def draft(self) -> None:
        """Render coarser pictures without shadows from now on: four times as fast, for films that nobody looks at twice."""
        self._rendering().draft()

    @property
    def time(self) -> float:
        """Simulated time since the start of the episode [s]."""
        return self._tick * CONTROL_PERIOD

    @property
    def goal(self) -> Target:
        """The goal that is worked on."""
        return self._judge.goal

    @property
    def judge(self) -> Judge:
        """The judge of the running episode."""
        return self._judge

    @property
    def instruction(self) -> str:
        """The instruction that is worked on."""
        return self._instruction

    def picture(self, camera: str) -> NDArray[np.uint8]:
        """Return a picture (480, 640, 3) of the detailed scene from a named camera.

        Raises:
            RenderingError: if no OpenGL backend works.
        """
        return self._rendering().picture(camera, self.simulation.data)

    def snapshot(self) -> Snapshot:
        """Return the full state; it can be pickled and restored in another environment of the same task."""
        return Snapshot(
            self._world,
            self._episode,
            self.simulation.get_state(),
            self.controller.state.copy(),
            self._judge.state,
            self.metrics.copy(),
            self._pipeline.copy() if self._pipeline else None,
            self._tick,
            self._clipped,
            self._over,
        )

    def restore(self, snapshot: Snapshot) -> dict[str, Any]:
        """Continue from a snapshot, bit-identically; return the observation there.

        Raises:
            SnapshotError: if it was taken in another task, difficulty, kind of observation or deployment mode.
        """
        check_fits(snapshot, self._world)
        self._start(snapshot.episode)
        self.simulation.set_state(snapshot.physics)
        self.controller.state = snapshot.control.copy()
        self._judge.restore(snapshot.judge)
        self.metrics = snapshot.metrics.copy()
        self._pipeline = snapshot.pipeline.copy() if snapshot.pipeline else None
        self._tick, self._clipped, self._over = snapshot.tick, snapshot.clipped, snapshot.over
        self._word_goal()
        return self._pipeline.last_observation() if self._pipeline else self._read()

    def detach_deployment(self) -> Pipeline | None:
        """Hand the deployment mode of the episode that has just been reset to who acts in it; the world then takes actions as they are."""
        pipeline, self._pipeline = self._pipeline, None
        return pipeline

    @property
    def known_deployment(self) -> Deployment | None:
        """What a deployed system knows of the deployment mode: the latency of an average episode, rounded up."""
        known = self._deployment
        if known is None or known.latency is not None:
            return known
        return replace(known, latency=ceil(sum(ranges_for(self.difficulty).latency) / 2))

    # Helpers.

    @property
    def _world(self) -> World:
        return World(self.task.name, self.difficulty, self._obs, self._deployment)

    @property
    def _episode(self) -> Episode:
        if self.episode is None:
            raise EpisodeOverError("No episode was started: call reset() first.")
        return self.episode

    def _start(self, episode: Episode) -> None:
        """Write an episode into the model and put everything at its beginning."""
        self.episode = episode
        self.simulation.reset()
        self._nominal.apply(episode.randomization)
        place(self.simulation, self.controller, episode)
        radius = episode.placement.shoe.eyelet_diameter / 2
        self._judge = Judge(self.task, self.task.goals(episode.goal), self.simulation, radius, self._dense)
        self.metrics = PhysicsMetrics()
        self._pipeline = self._new_pipeline(episode)
        self._tick, self._clipped, self._over = 0, 0, False
        self._word_goal()

    def _new_pipeline(self, episode: Episode) -> Pipeline | None:
        parameters = self._deployment
        if parameters is None:
            return None
        latency = parameters.latency
        return Pipeline(parameters, episode.randomization.latency if latency is None else latency)

    def _word_goal(self) -> None:
        goal = self._judge.goal
        held_out = self._episode.held_out
        forms = language.paraphrases(self.task.name, goal, held_out)
        choice = self._episode.paraphrase % len(forms)
        self._instruction = language.instruction(self.task.name, goal, choice, held_out)
        self._tokens = language.encode(self._instruction)

    def _read(self) -> dict[str, Any]:
        """Return the observation of this instant."""
        state: dict[str, Any] = self._reader.read(self.controller, self._judge.threading, self._tokens)
        if self._obs != "state":
            frames = self._rendering().frames(self.simulation.data)
            state |= dict(zip(PIXEL_KEYS, frames, strict=True))
        return {name: state[name] for name in self._keys}

    def _observe(self) -> dict[str, Any]:
        """Return the observation that the policy gets."""
        return self._pipeline.observation(self._read()) if self._pipeline else self._read()

    def _result(self, diverged: bool) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        info = self._info()
        terminated = info["is_success"] or diverged or info["invalid"]
        truncated = not terminated and self.time >= self.task.time_limit - 1e-9
        self._over = terminated or truncated
        reward = 0.0 if diverged else self._judge.reward
        return self._observe(), reward, terminated, truncated, info

    def _info(self) -> dict[str, Any]:
        overall = ShoeGoal() if self.task.name == "LaceShoe" else None
        overall_text = language.instruction("LaceShoe", overall) if overall else self._instruction
        terms = {"reward_terms": self._judge.reward_terms} if self._dense else {}
        return {
            **progress_info(self._judge),
            **terms,
            "diverged": self.simulation.divergence is not None,
            "divergence": self.simulation.divergence,
            "instruction": overall_text,
            "current_subinstruction": self._instruction,
            "time": self.time,
            "clipped_actions": self._clipped,
            **self.metrics.as_info(),
        }

    def _rendering(self) -> Renderer:
        if self._renderer is None:
            self._renderer = Renderer(self.scene.model, self._lace)
        return self._renderer
