"""A ROS 2 node in a context of its own, spun by a thread: nothing global, so that it can be opened again."""

import os
import threading
from collections.abc import Callable
from typing import Any

from ..exceptions import NotConnectedError
from .vendors import vendor

EXTRA = "ros2"


class Ros2Link:
    """One node; publishes and subscribes by topic."""

    def __init__(self, name: str = "lacelab", domain: int | None = None) -> None:
        """Describe the node.

        Args:
            name: of the node.
            domain: ROS domain; None takes ROS_DOMAIN_ID.
        """
        self._name, self._domain = name, domain
        self._context: Any = None
        self._node: Any = None
        self._executor: Any = None
        self._thread: threading.Thread | None = None

    @property
    def is_open(self) -> bool:
        """Whether the node exists."""
        return self._thread is not None

    @property
    def node(self) -> Any:
        """The rclpy node.

        Raises:
            NotConnectedError: the link is closed.
        """
        if self._node is None:
            raise NotConnectedError("The ROS 2 node is not connected: call connect() first.")
        return self._node

    def open(self) -> None:
        """Make the node and spin it; a second call changes nothing. Other computers do not see it by default.

        Raises:
            DriverMissingError: ROS 2 is not installed.
        """
        if self.is_open:
            return
        os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        rclpy = vendor("rclpy", EXTRA)
        vendor("rosidl_generator_py", EXTRA)  # What rclpy imports later; it warns.
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=self._domain)
        self._node = rclpy.create_node(self._name, context=self._context, enable_rosout=False)
        self._executor = vendor("rclpy.executors", EXTRA).SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._spin, name="ros2", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the node down; a second call changes nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._executor.shutdown(timeout_sec=1.0)
        thread.join(2.0)
        self._node.destroy_node()
        self._context.try_shutdown()
        self._node = self._executor = self._context = None

    def publisher(self, message: Any, topic: str) -> Any:
        """Return a reliable publisher."""
        return self.node.create_publisher(message, topic, 1)

    def subscribe(self, message: Any, topic: str, callback: Callable[[Any], None]) -> None:
        """Call back with every message that comes, the newest first of all."""
        self.node.create_subscription(message, topic, callback, vendor("rclpy.qos", EXTRA).qos_profile_sensor_data)

    def _spin(self) -> None:
        executor = self._executor
        try:
            executor.spin()
        except vendor("rclpy.executors", EXTRA).ExternalShutdownException:
            return
