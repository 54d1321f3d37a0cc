"""Pictures of a MuJoCo model, through whichever OpenGL backend works."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .exceptions import RenderingError
from .graphics import ADVICE, find_backend, make_context

_MOST_GEOMS = 2000


class Renderer:
    """Draw one model at one size; keep it, contexts are expensive."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int) -> None:
        """Make the OpenGL context.

        Args:
            model: what to draw; its offscreen buffer must not be smaller than the pictures.
            width: of the pictures [pixels].
            height: of the pictures [pixels].

        Raises:
            RenderingError: no OpenGL backend works.
        """
        self._model = model
        self._gl = make_context(width, height)
        self._context = self._make_context(model)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._viewport = mujoco.MjrRect(0, 0, width, height)
        self._pixels = np.empty((height, width, 3), np.uint8)
        self.scene = mujoco.MjvScene(model, maxgeom=_MOST_GEOMS)
        self.options = mujoco.MjvOption()

    def render(self, data: mujoco.MjData, camera: str | mujoco.MjvCamera) -> NDArray[np.uint8]:
        """Draw a state.

        Args:
            data: the state.
            camera: name of a camera of the model, or a free one.

        Returns:
            A new picture of shape `(height, width, 3)`.
        """
        self._gl.make_current()
        view = self._fixed(camera) if isinstance(camera, str) else camera
        category = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, data, self.options, None, view, category, self.scene)
        mujoco.mjr_render(self._viewport, self.scene, self._context)
        mujoco.mjr_readPixels(self._pixels, None, self._viewport, self._context)
        return np.ascontiguousarray(self._pixels[::-1])

    def close(self) -> None:
        """Free the context."""
        self._gl.make_current()
        self._context.free()
        self._gl.free()

    @staticmethod
    def _make_context(model: mujoco.MjModel) -> mujoco.MjrContext:
        try:
            return mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except mujoco.FatalError as error:
            raise RenderingError(f"The OpenGL backend '{find_backend()}' fails: {error}. {ADVICE}") from error

    def _fixed(self, name: str) -> mujoco.MjvCamera:
        camera = mujoco.MjvCamera()
        camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        camera.fixedcamid = self._model.camera(name).id
        return camera
