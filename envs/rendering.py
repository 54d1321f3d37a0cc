"""Pictures of the world: small frames for policies, detailed ones for people."""

from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from .entities import cameras
from .entities.lace import LaceParameters
from .entities.shoe import ShoeParameters
from .lace_drawing import draw_laces
from .offscreen import Offscreen, Quality
from .scene import Scene, build
from .spec import IMAGE_SIZE

PICTURE_SIZE = (640, 480)  # pixels, width and height
_FRAME = Quality(oversampling=2, slices=8)
_PICTURE = Quality(oversampling=2, slices=12, shadows=1024)
_DRAFT = Quality(slices=8)  # 30 ms on a core instead of 120

# What an episode writes into a model and a picture shows, by kind of element.
_WRITTEN: dict[mujoco.mjtObj, tuple[str, ...]] = {
    mujoco.mjtObj.mjOBJ_BODY: ("body_pos", "body_quat"),
    mujoco.mjtObj.mjOBJ_GEOM: ("geom_pos", "geom_quat", "geom_size", "geom_rgba"),
    mujoco.mjtObj.mjOBJ_CAMERA: ("cam_pos", "cam_quat", "cam_fovy"),
    mujoco.mjtObj.mjOBJ_LIGHT: ("light_pos", "light_dir", "light_diffuse"),
    mujoco.mjtObj.mjOBJ_FLEX: ("flex_rgba",),
}
_COUNTS = {
    mujoco.mjtObj.mjOBJ_BODY: "nbody",
    mujoco.mjtObj.mjOBJ_GEOM: "ngeom",
    mujoco.mjtObj.mjOBJ_CAMERA: "ncam",
    mujoco.mjtObj.mjOBJ_LIGHT: "nlight",
    mujoco.mjtObj.mjOBJ_FLEX: "nflex",
}


class Renderer:
    """Draws the states of one model; nothing of OpenGL is touched before the first picture."""

    def __init__(self, model: mujoco.MjModel, lace: LaceParameters) -> None:
        """Remember what to draw.

        Args:
            model: the world that is simulated; episodes are written into it.
            lace: the laces that it was compiled with.
        """
        self._model = model
        self._lace = lace
        self._frames: Offscreen | None = None
        self._double: _Double | None = None
        self._quality = _PICTURE

    def draft(self) -> None:
        """Draw pictures a quarter as fine and without shadows from now on: four times as fast."""
        self._quality = _DRAFT
        if self._double is not None:
            self._double.close()
            self._double = None

    def frames(self, data: mujoco.MjData) -> list[NDArray[np.uint8]]:
        """Return what the policy's cameras see, (128, 128, 3) each, in the order of `spec.PIXEL_KEYS`.

        Raises:
            RenderingError: no OpenGL backend works; the message says what to install.
        """
        if self._frames is None:
            self._frames = Offscreen(self._model, IMAGE_SIZE, IMAGE_SIZE, _FRAME)
        return [self._frames.render(data, name) for name in cameras.POLICY_CAMERAS]

    def picture(self, camera: str, data: mujoco.MjData) -> NDArray[np.uint8]:
        """Return a picture (480, 640, 3) of the detailed world from a camera.

        Raises:
            RenderingError: no OpenGL backend works; the message says what to install.
            UnknownNameError: there is no such camera.
        """
        if self._double is None:
            self._double = _Double(self._model, self._lace, self._quality)
        return self._double.picture(camera, data)

    def close(self) -> None:
        """Free the contexts; the next picture would make them again."""
        for drawing in (self._frames, self._double):
            if drawing is not None:
                drawing.close()
        self._frames, self._double = None, None


class _Double:
    """A second, detailed model of the same world that follows the simulated one."""

    def __init__(self, model: mujoco.MjModel, lace: LaceParameters, quality: Quality) -> None:
        self._source = model
        self._scene: Scene = build(lace, ShoeParameters(), visuals=True)
        self._model = self._scene.model
        _light_up(self._model)
        self._data = mujoco.MjData(self._model)
        self._pairs = {kind: _same_names(model, self._model, kind) for kind in _WRITTEN}
        self._offscreen = Offscreen(self._model, *PICTURE_SIZE, quality)
        self._offscreen.options.flexgroup[:] = 0  # drawn round instead

    def picture(self, camera: str, data: mujoco.MjData) -> NDArray[np.uint8]:
        """Return a picture from a camera."""
        self._follow(data)
        return self._offscreen.render(self._data, camera, self._draw)

    def close(self) -> None:
        """Free the context."""
        self._offscreen.close()

    def _follow(self, data: mujoco.MjData) -> None:
        """Copy the state and everything that an episode wrote into the model."""
        for kind, fields in _WRITTEN.items():
            there, here = self._pairs[kind]
            for field in fields:
                getattr(self._model, field)[here] = getattr(self._source, field)[there]
        self._data.qpos[:] = data.qpos
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        mujoco.mj_flex(self._model, self._data)

    def _draw(self, scene: Any) -> None:
        draw_laces(scene, self._model, self._data, self._scene.laces)


def _light_up(model: mujoco.MjModel) -> None:
    """Give a model shadows and the brighter light of a studio."""
    model.light_castshadow[model.light("key").id] = True
    model.vis.map.shadowclip = 0.6 / model.stat.extent  # m on either side of the light's axis
    model.vis.headlight.ambient[:] = 0.38


def _same_names(
    source: mujoco.MjModel, target: mujoco.MjModel, kind: mujoco.mjtObj
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers in two models of the elements that both have, matched by name."""
    pairs = []
    for number in range(getattr(target, _COUNTS[kind])):
        name = mujoco.mj_id2name(target, kind, number)
        other = mujoco.mj_name2id(source, kind, name) if name else -1
        if other >= 0:
            pairs.append((other, number))
    there, here = np.array(pairs, dtype=np.intp).T
    return there, here
