"""Follows a simulation that runs elsewhere: reads shoe and laces, and judges the episode, from its full state."""

from collections.abc import Mapping
from typing import Any

import mujoco

from lacelab.envs import language
from lacelab.envs.judge import progress_info
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.observation import StateReader

from ..exceptions import TornMessageError
from ..robot import SCENE_KEYS, Array

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class SceneMirror:
    """One episode's world, moved by what comes from elsewhere and never stepped here."""

    def __init__(self, task: str, difficulty: str) -> None:
        self.env = LacingEnv(task, "state", difficulty)
        self._reader = StateReader(self.env.simulation)
        self._size = mujoco.mj_stateSize(self.env.simulation.model, _STATE)
        self._start: float | None = None

    def reset(self, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin the episode of a seed; return what the simulator's reset says about it."""
        _, info = self.env.reset(seed=seed, options=dict(options))
        self._start = None
        return info

    def update(self, state: Array) -> None:
        """Move to a state (integration state of MuJoCo, as `scene_file` promises) and judge it.

        Raises:
            TornMessageError: it is a state of another model, or incomplete.
        """
        if state.shape != (self._size,):
            raise TornMessageError(f"A state of the scene has shape {state.shape}. Valid: ({self._size},).")
        simulation = self.env.simulation
        mujoco.mj_setState(simulation.model, simulation.data, state, _STATE)
        mujoco.mj_forward(simulation.model, simulation.data)
        if self._start is None:
            self._start = float(simulation.data.time)
        self.env.judge.update(self.time)

    def follow(self, state: Array | None) -> None:
        """Move to a state of our own simulator (`Simulation.get_state`; None before its first step) and judge it.

        Unlike `update`, everything is as it was in that simulator, contact forces included.
        """
        simulation = self.env.simulation
        if state is None:
            return
        if state.shape != (self._size,):
            raise TornMessageError(f"A state of the scene has shape {state.shape}. Valid: ({self._size},).")
        simulation.set_state(state)
        self.env.judge.update(float(simulation.data.time))

    @property
    def time(self) -> float:
        """Simulated time since the first state [s]."""
        return 0.0 if self._start is None else float(self.env.simulation.data.time) - self._start

    def values(self) -> dict[str, Any]:
        """Return what is known about shoe and laces, `SCENE_KEYS`."""
        tokens = language.encode(self.env.instruction)
        state = self._reader.read(self.env.controller, self.env.judge.threading, tokens)
        return {name: state[name] for name in SCENE_KEYS}

    def info(self) -> dict[str, Any]:
        """Return what judges the episode."""
        instruction = self.env.instruction
        return {
            **progress_info(self.env.judge),
            "instruction": instruction,
            "current_subinstruction": instruction,
            "time": self.time,
        }
