"""The scripted expert as a policy with chunks: it acts in its own simulator, which runs ahead of the robot."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.agents.demonstrator.expert import Expert
from lacelab.agents.demonstrator.simulator import simulator_of

Actions = NDArray[np.float32]


class ForesightExpert:
    """Predicts what its actions will do, so that it can plan several ticks, and behind those that are under way.

    It needs a world whose simulator is put back into the robot's state at every tick (`envs.full_state`).
    """

    def __init__(self, env: gymnasium.Env[Any, Any], chunk: int) -> None:
        """Plan chunks of so many actions."""
        self._simulator = simulator_of(env)
        self._expert = Expert(env)
        self._chunk = chunk

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._expert.reset(seed)

    def act(self, observation: Any, noise: Any = None) -> Actions:
        """Plan from what is seen now."""
        return self.act_ahead(observation, np.zeros((0, 14), np.float32))

    def act_ahead(self, observation: Any, committed: Actions) -> Actions:
        """Plan what follows on the actions (n, 14) that will be executed before."""
        simulator = self._simulator
        control, judged = simulator.controller.state.copy(), simulator.judge.state
        for action in committed:
            self._imagine(action)
        plan = []
        for _ in range(self._chunk):
            plan.append(self._expert.act(observation)[0])
            self._imagine(plan[-1])
        simulator.controller.state = control
        simulator.judge.restore(judged)
        return np.stack(plan)

    def _imagine(self, action: Actions) -> None:
        """Let one tick pass in the simulator."""
        world = self._simulator
        setpoints = world.controller.command(action.astype(float), *world.simulation.tool_pose())
        world.simulation.step(world.controller.actuators, setpoints)
        world.judge.update(float(world.simulation.data.time))
