"""`lacelab robot replay`: plays a recorded trajectory again."""

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Replay:
    """Send the targets of a recording again, through the safety layer, and say how far the joints were from then."""

    recording: tyro.conf.Positional[Path]
    """File of `lacelab robot record`."""
    world: str = "twin"
    """twin, openarm or ros2."""

    def run(self) -> int:
        """Replay."""
        import gymnasium
        import numpy as np

        import lacelab.envs  # noqa: F401 (registers the tasks)
        from lacelab.real_robot.homing import drive_home
        from lacelab.real_robot.lacing_env import RobotLacingEnv
        from lacelab.real_robot.recorder import load, replay

        trajectory = load(self.recording)
        env = gymnasium.make("lacelab/ThreadEyelet-v0", world=self.world)
        robot_env = env.unwrapped
        assert isinstance(robot_env, RobotLacingEnv)
        try:
            robot_env.robot.connect()
            drive_home(robot_env.robot)
            measured = replay(robot_env.robot, trajectory)
        finally:
            env.close()
        gap = np.abs(measured.position - trajectory.position)[:, :, :-1]
        print(f"{len(gap)} ticks; joints {gap.mean():.4f} rad from the recording on average, {gap.max():.4f} at most")
        return 0
