"""`lacelab robot check`: a report before anything moves."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """Look at a robot without moving it; exit code 1 if something is not as it should be."""

    world: str = "twin"
    """twin, openarm or ros2."""
    cameras: bool = False
    """Look at the cameras, too."""

    def run(self) -> int:
        """Print the report."""
        import gymnasium
        from rich.console import Console
        from rich.table import Table

        import lacelab.envs  # noqa: F401 (registers the tasks)
        from lacelab.real_robot.lacing_env import RobotLacingEnv
        from lacelab.real_robot.preflight import inspect

        env = gymnasium.make("lacelab/ThreadEyelet-v0", world=self.world, obs="both" if self.cameras else "state")
        robot_env = env.unwrapped
        assert isinstance(robot_env, RobotLacingEnv)
        try:
            robot_env.robot.connect()
            if robot_env.cameras is not None:
                robot_env.cameras.connect()
            findings = inspect(robot_env.robot, robot_env.cameras)
        finally:
            env.close()
        table = Table("what", "found", "")
        for finding in findings:
            table.add_row(finding.what, finding.value, "good" if finding.good else "[red]not good[/red]")
        Console().print(table)
        return 0 if all(finding.good for finding in findings) else 1
