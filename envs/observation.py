"""Pure readers: from the state of the simulation to the arrays of the spec."""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from .control import Controller
from .entities.lace import shown_vertices
from .simulation import Simulation
from .spec import IMAGE_SIZE, LACE_POINTS, PIXEL_KEYS, STATE_KEYS
from .threading import Threading

Array = NDArray[np.float64]


def observation_space(kind: str) -> spaces.Dict:
    """Return the space of `obs="state" | "pixels" | "both"`."""
    entries: dict[str, spaces.Space[Any]] = {}
    if kind in ("state", "both"):
        for name, key in STATE_KEYS.items():
            low: Any = int(key.low) if key.dtype is np.int64 else key.low
            high: Any = int(key.high) if key.dtype is np.int64 else key.high
            entries[name] = spaces.Box(low, high, key.shape, key.dtype)
    if kind in ("pixels", "both"):
        shape = (IMAGE_SIZE, IMAGE_SIZE, 3)
        entries |= {name: spaces.Box(0, 255, shape, np.uint8) for name in PIXEL_KEYS}
        instruction = STATE_KEYS["instruction"]
        entries["instruction"] = spaces.Box(int(instruction.low), int(instruction.high), instruction.shape, np.int64)
        for name in ("joint_position", "joint_velocity", "gripper_opening"):
            key = STATE_KEYS[name]
            entries[name] = spaces.Box(key.low, key.high, key.shape, np.float32)
    return spaces.Dict(entries)


class StateReader:
    """Reads the state observation; holds indices only."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        scene = simulation.scene
        self._qpos = np.stack([arm.qpos for arm in scene.arms])
        self._dofs = np.stack([arm.dofs for arm in scene.arms]).reshape(2, -1)
        self._pads = np.array([arm.pads for arm in scene.arms])
        self._tips = [lace.tip_site for lace in scene.laces]
        self._aglets = [lace.aglet_body for lace in scene.laces]
        chosen = shown_vertices(len(scene.laces[0].vertex_bodies) - 1, LACE_POINTS)
        self._vertices = np.stack([lace.vertex_bodies[chosen] for lace in scene.laces])

    def read(self, controller: Controller, threading: Threading, tokens: NDArray[np.int64]) -> dict[str, Any]:
        """Return every key of the spec."""
        data = self._simulation.data
        position, rotation = self._simulation.tool_pose()
        target = controller.state
        sites = self._simulation.scene.eyelet_sites
        gap = data.geom_xpos[self._pads[:, 0]] - data.geom_xpos[self._pads[:, 1]]
        values: dict[str, Any] = {
            "joint_position": data.qpos[self._qpos],
            "joint_velocity": np.clip(data.qvel[self._dofs], -100.0, 100.0),
            "gripper_opening": np.sqrt((gap * gap).sum(axis=1)) - 0.003,
            "tool_position": position,
            "tool_rotation": columns(rotation),
            "target_position": target.position,
            "target_rotation": columns(target.rotation),
            "aglet_position": data.site_xpos[self._tips],
            "aglet_axis": data.xmat[self._aglets][:, ::3],
            "lace_points": data.xpos[self._vertices],
            "eyelet_position": data.site_xpos[sites],
            "eyelet_axis": data.site_xmat[sites][:, :, 2::3],
            "threaded": threading.net,
            "pulled_through": threading.through,
        }
        state = {name: value.astype(np.float32) for name, value in values.items()}
        state["instruction"] = tokens.copy()
        return state


def columns(rotation: Array) -> Array:
    """Return the first two columns (..., 6), one after the other, of rotation matrices (..., 3, 3)."""
    return np.concatenate([rotation[..., :, 0], rotation[..., :, 1]], axis=-1)
