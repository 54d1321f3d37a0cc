"""Where an episode takes place when the maker's simulated follower runs our scene: each reset starts it anew with it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..robot import Look
from ..scene_file import HOME, write_scene
from .dora import DoraRobot
from .scene_mirror import SceneMirror

SCENE = "scene"  # the input that stands for a perception system, see openarm_follower


class DoraStage:
    """A `robot.Stage` over a robot whose dataflow has the output `scene`."""

    tells_everything = True

    def __init__(self, robot: DoraRobot) -> None:
        """Describe the stage; the robot is restarted by every reset and stays connected."""
        self._robot = robot
        self._mirror: SceneMirror | None = None
        self._world = ("", "")
        self._number = -1

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write the episode's scene, start the follower with it, and return what a simulator's reset says."""
        if self._mirror is None or self._world != (task, difficulty):
            self._mirror, self._world = SceneMirror(task, difficulty), (task, difficulty)
        info = self._mirror.reset(seed, options)
        self._robot.close()
        with tempfile.TemporaryDirectory() as folder:
            scene = write_scene(self._mirror.env, Path(folder))
            variables = {"DORA_OPENARM_MUJOCO_XML": str(scene), "DORA_OPENARM_MUJOCO_KEYFRAME": HOME}
            self._robot.link.dataflow.environment.update(variables)
            self._robot.connect()  # When it returns, the follower has read the files.
        self._robot.link.wait((SCENE,))
        self._number = -1
        return info

    def look(self) -> Look:
        """Return the newest knowledge of the scene; judged whenever there is something new.

        Raises:
            NotConnectedError: before the first reset.
        """
        message = self._robot.link.message(SCENE)
        mirror = self._mirror
        assert mirror is not None, "a link that has a scene has been reset"
        state = np.asarray(message.value.to_numpy(), float)
        if message.number != self._number:
            self._number = message.number
            mirror.update(state)
        return Look(message.taken, message.received, message.number, mirror.values(), mirror.info(), state)
