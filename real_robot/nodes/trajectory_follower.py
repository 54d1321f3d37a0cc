"""A ROS 2 node: two simulated joint trajectory controllers, for drivers to be tested against.

Speaks as ros2_control does: takes JointTrajectory on `/<controller>/joint_trajectory`, plays it from where the arm is,
with straight lines between positions, holds its end, and publishes JointState, here 100 times a second. Behind it are
the servos of any MJCF with the maker's names, in real time. Run: `python -m lacelab.real_robot.nodes.trajectory_follower`.
"""

import argparse
import time
from typing import Any

import mujoco
import numpy as np
import rclpy
from openarm_mujoco.v2 import openarm_bimanual_xml
from rclpy.executors import ExternalShutdownException
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image, JointState
from trajectory_msgs.msg import JointTrajectory

_PERIOD = 0.01  # s between states
_CAMERA_PERIOD = 0.1  # s between pictures
_CATCH_UP = 0.1  # s that the simulation may be behind; what is lost beyond is lost


class Controller:
    """Plays one arm's trajectories."""

    def __init__(self, joints: list[str], rest: np.ndarray) -> None:
        self._joints = joints
        self._times, self._rows = np.zeros(1), rest[None].copy()

    def take(self, message: JointTrajectory, now: float) -> None:
        """Begin a trajectory where the last one has got to; one without these joints is refused."""
        if sorted(message.joint_names) != sorted(self._joints) or not message.points:
            return
        order = [message.joint_names.index(name) for name in self._joints]
        due = [point.time_from_start.sec + 1e-9 * point.time_from_start.nanosec for point in message.points]
        rows = [np.array(point.positions)[order] for point in message.points]
        self._rows = np.stack([self.at(now), *rows])
        self._times = now + np.array([0.0, *due])

    def at(self, now: float) -> np.ndarray:
        """Return the set-points (8,) at an instant [rad]."""
        return np.array([np.interp(now, self._times, column) for column in self._rows.T])


class Follower:
    """The node and the simulation behind it."""

    def __init__(self, node: Any, model: mujoco.MjModel, cameras: bool) -> None:
        self._node, self._model, self._data = node, model, mujoco.MjData(model)
        if model.nkey:
            mujoco.mj_resetDataKeyframe(model, self._data, 0)
        arms = {side: _joints(side) for side in ("left", "right")}
        self._names = [name for arm in arms.values() for name in arm]
        joints = [model.joint(name) for name in self._names]
        self._qpos = np.array([joint.qposadr[0] for joint in joints])
        self._dofs = np.array([joint.dofadr[0] for joint in joints])
        self._controls = np.array([model.actuator(name).id for side in arms for name in _actuators(side)])
        self._controllers = []
        for i, (side, arm) in enumerate(arms.items()):
            controller = Controller(arm, self._data.qpos[self._qpos[8 * i : 8 * i + 8]])
            self._controllers.append(controller)
            topic = f"/{side}_joint_trajectory_controller/joint_trajectory"
            node.create_subscription(JointTrajectory, topic, lambda m, c=controller: c.take(m, time.monotonic()), 10)
        self._states = node.create_publisher(JointState, "/joint_states", 10)
        self._last = time.monotonic()
        node.create_timer(_PERIOD, self._tick)
        if cameras:
            names = ("head", "wrist_left", "wrist_right")
            self._cameras = {n: node.create_publisher(Image, f"/{n}/image_raw", qos_profile_sensor_data) for n in names}
            node.create_timer(_CAMERA_PERIOD, self._show)
        self._pictures = 0

    def _tick(self) -> None:
        """Bring the simulation up to now and publish the joints."""
        now = time.monotonic()
        self._last = max(self._last, now - _CATCH_UP)
        while self._last < now:
            self._data.ctrl[self._controls] = np.concatenate([c.at(self._last) for c in self._controllers])
            mujoco.mj_step(self._model, self._data)
            self._last += self._model.opt.timestep
        message = JointState(name=self._names)
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.position = self._data.qpos[self._qpos].tolist()
        message.velocity = self._data.qvel[self._dofs].tolist()
        message.effort = self._data.qfrc_actuator[self._dofs].tolist()
        self._states.publish(message)

    def _show(self) -> None:
        """Publish test pictures: grey, brighter from one to the next."""
        self._pictures += 1
        for publisher in self._cameras.values():
            message = Image(height=128, width=128, encoding="rgb8", step=3 * 128)
            message.header.stamp = self._node.get_clock().now().to_msg()
            message.data = bytes([self._pictures % 256]) * (128 * message.step)
            publisher.publish(message)


def _joints(side: str) -> list[str]:
    return [*(f"openarm_{side}_joint{i}" for i in range(1, 8)), f"openarm_{side}_finger_joint1"]


def _actuators(side: str) -> list[str]:
    return [*(f"{side}_joint{i}_ctrl" for i in range(1, 8)), f"{side}_finger1_ctrl"]


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--xml", default=openarm_bimanual_xml(), help="MJCF with the maker's names")
    parser.add_argument("--cameras", action="store_true", help="publish test pictures")
    arguments = parser.parse_args()
    rclpy.init()
    node = rclpy.create_node("trajectory_follower")
    Follower(node, mujoco.MjModel.from_xml_path(arguments.xml), arguments.cameras)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        node.destroy_node()


if __name__ == "__main__":
    main()
