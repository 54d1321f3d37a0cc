"""`lacelab robot excite`: move a robot so that its friction, damping, gains and delay show, and record it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Name = Literal["openarm-sim", "openarm", "ros2"]


@dataclass(frozen=True)
class Excite:
    """Move both arms gently about where they are, behind the safety layer, and record set-points and joints."""

    out: Path
    """File for the recording (.npz)."""
    robot: Name = "openarm-sim"
    """The maker's simulated follower, the hardware over dora, or any ros2_control robot."""
    seconds: float = 6.0
    """Duration."""
    amplitude: float = 0.12
    """Largest swing of a joint [rad]."""

    def run(self) -> int:
        """Record."""
        from lacelab.real_robot.drivers.dataflow import Dataflow
        from lacelab.real_robot.drivers.dora import HARDWARE, SIMULATED, DoraRobot
        from lacelab.real_robot.drivers.ros2 import Ros2Robot
        from lacelab.real_robot.recording import excitation, record_motion
        from lacelab.real_robot.safe_robot import SafeRobot

        flows = {"openarm-sim": SIMULATED, "openarm": HARDWARE}
        driver = Ros2Robot() if self.robot == "ros2" else DoraRobot(Dataflow(flows[self.robot]))
        robot = SafeRobot(driver)
        robot.connect()
        try:
            rest = robot.state().position
            motion = record_motion(robot, excitation(rest, self.seconds, self.amplitude))
        finally:
            robot.close()
        motion.save(self.out)
        print(f"{len(motion.times)} states in {motion.times[-1] - motion.times[0]:.1f} s: {self.out}")
        return 0
