"""`lacelab play`: watch episodes in MuJoCo's interactive viewer."""

import os
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lacelab.agents.policies import Environment, Policy

    from ..episode import EpisodeSpec


@dataclass(frozen=True)
class Play:
    """Watch a policy in an interactive window, seed after seed, until it is closed."""

    task: str = "ThreadEyelet"
    """Task; `lacelab tasks` lists them."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    policy: str = "shipped"
    """expert, random, noop, shipped, a checkpoint's path, ws://host:port, lerobot:folder, or module:factory."""
    seed: int = 0
    """Seed of the first episode."""
    mirror: bool = False
    """Play the mirror image of each seed's episode."""
    deployment: bool = False
    """Add what real systems add: smoothed chunks, latency, observation delay."""
    speed: float = 1.0
    """Simulated seconds per second."""

    def run(self) -> int:
        """Open the window and run episodes in it."""
        from lacelab.agents.policies import resolve_policy
        from lacelab.envs.parameters import check_number

        from ..episode import EpisodeSpec
        from ..policies import make_policy, policy_factory
        from ..worlds import make_simulator

        check_number("speed", self.speed, 0.01, 100.0)
        policy_factory(self.policy)
        policy = resolve_policy(self.policy, self.task)
        spec = EpisodeSpec(self.task, self.difficulty, self.seed, policy, self.mirror, self.deployment)
        require_display()
        env = make_simulator(spec)
        _show(spec, env, make_policy(spec.policy, env), self.speed)
        return 0


def _show(spec: "EpisodeSpec", env: "Environment", policy: "Policy", speed: float) -> None:
    """Run one episode after the other until the window is closed."""
    import mujoco.viewer

    simulation = env.get_wrapper_attr("simulation")
    with mujoco.viewer.launch_passive(simulation.model, simulation.data) as viewer:
        while viewer.is_running():
            outcome = _show_episode(spec, env, policy, speed, viewer)
            print(f"seed {spec.seed}: {outcome}")
            spec = replace(spec, seed=spec.seed + 1)


def _show_episode(spec: "EpisodeSpec", env: "Environment", policy: "Policy", speed: float, viewer: Any) -> str:
    """Run one episode at the wanted speed; return how it ended."""
    from lacelab.envs.spec import CONTROL_PERIOD

    from ..episode import iterate_episode

    outcome = "closed"
    due = time.perf_counter()
    for info in iterate_episode(spec, env, policy):
        if not viewer.is_running():
            return "closed"
        viewer.sync()
        due += CONTROL_PERIOD / speed
        time.sleep(max(0.0, due - time.perf_counter()))
        outcome = f"{'success' if info['is_success'] else 'failure'} after {info['time']:.1f} s"
    return outcome


def require_display() -> None:
    """Make sure that a window can be opened.

    Raises:
        DisplayError: there is no display.
    """
    from ..exceptions import DisplayError

    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise DisplayError("There is no display for a window. Use 'lacelab render' to write a video instead.")
