"""`lacelab robot record`: one episode's joint trajectories."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """Run one episode and write what was measured and sent, tick by tick."""

    world: str = "twin"
    """twin, openarm or ros2."""
    policy: str = "expert"
    """As in `lacelab eval`."""
    task: str = "ThreadEyelet"
    """Task."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    seed: int = 0
    """Of the episode."""
    out: Path = Path("trajectory.npz")
    """File to write."""

    def run(self) -> int:
        """Record."""
        from lacelab.real_robot.lacing_env import RobotLacingEnv
        from lacelab.real_robot.recorder import Recorder

        from ...episode import EpisodeSpec, iterate_episode
        from ...policies import make_policy
        from ...worlds import world_factory

        spec = EpisodeSpec(self.task, self.difficulty, self.seed, self.policy, world=self.world)
        env = world_factory(self.world)(spec, None)
        robot_env = env.unwrapped
        assert isinstance(robot_env, RobotLacingEnv)
        recorder, success = Recorder(), False
        try:
            for info in iterate_episode(spec, env, make_policy(self.policy, env)):
                success = bool(info["is_success"])
                recorder.add(robot_env.robot.state(), robot_env.robot.rest)
        finally:
            env.close()
        recorder.save(self.out)
        print(f"{self.out}: {len(recorder.states)} ticks, success: {success}")
        return 0
