"""An episode of the expert, recorded so that it can be stepped again by the environment or by bare MuJoCo."""

import time
from typing import Any

import gymnasium
import mujoco
import numpy as np
from numpy.typing import NDArray

from lacelab.agents.policies import make_policy
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import CONTROL_PERIOD

from ..episode import EpisodeSpec, iterate_episode


class Replay:
    """One expert episode of ThreadEyelet; both laces are present, one is manipulated."""

    def __init__(self, seed: int = 0, difficulty: str = "standard") -> None:
        """Run the expert once and keep its actions and the set-points of every physics step."""
        self.seed = seed
        self.env: gymnasium.Env[Any, Any] = gymnasium.make("lacelab/ThreadEyelet-v0", difficulty=difficulty)
        unwrapped = self.env.unwrapped
        assert isinstance(unwrapped, LacingEnv)
        self.simulation = unwrapped.simulation
        self.actions: list[NDArray[np.float32]] = []
        self._setpoints: list[NDArray[np.float64]] = []
        self.succeeded = self._record(EpisodeSpec("ThreadEyelet", difficulty, seed, "expert"))

    @property
    def simulated(self) -> float:
        """Simulated time [s]."""
        return len(self.actions) * CONTROL_PERIOD

    def reset(self) -> None:
        """Go back to the beginning."""
        self.env.reset(seed=self.seed)

    def step_env(self) -> None:
        """Step the environment through the episode."""
        for action in self.actions:
            self.env.step(action)

    def step_bare(self) -> None:
        """Do the same `mj_step` calls and nothing else."""
        model, data, actuators = self.simulation.model, self.simulation.data, self._actuators
        control = data.ctrl
        for tick in self._setpoints:
            for row in tick:
                control[actuators] = row
                mujoco.mj_step(model, data)

    def time_bare(self) -> float:
        """Return the CPU time of the bare steps [s]."""
        self.reset()
        start = time.process_time()
        self.step_bare()
        return time.process_time() - start

    def state(self) -> NDArray[np.float64]:
        """Return the positions and velocities of everything."""
        return np.concatenate([self.simulation.data.qpos, self.simulation.data.qvel])

    def _record(self, spec: EpisodeSpec) -> bool:
        info: Any = {}
        for info in iterate_episode(spec, _Recorder(self), make_policy("expert", self.env)):  # noqa: B007
            continue
        return bool(info["is_success"])

    def keep(self, action: NDArray[np.float32], actuators: Any, setpoints: NDArray[np.float64]) -> None:
        """Keep one tick."""
        self.actions.append(action)
        self._actuators = actuators
        self._setpoints.append(setpoints)


class _Recorder(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Keeps what goes into the physics."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(replay.env)
        self._replay = replay

    def step(self, action: Any) -> Any:
        """Step, and keep the set-points that the simulation was given."""
        simulation = self._replay.simulation
        original = simulation.step
        given: list[Any] = []

        def spy(actuators: Any, setpoints: NDArray[np.float64]) -> None:
            given.extend((actuators, setpoints.copy()))
            original(actuators, setpoints)

        simulation.step = spy  # type: ignore[method-assign]
        try:
            result = super().step(action)
        finally:
            simulation.step = original  # type: ignore[method-assign]
        self._replay.keep(np.array(action), *given)
        return result
