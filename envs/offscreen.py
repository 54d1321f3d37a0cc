"""Pictures of a MuJoCo model, through whichever OpenGL backend works."""

import atexit
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from .exceptions import RenderingError, UnknownNameError
from .graphics import ADVICE, check_process, find_backend, make_context

_MOST_GEOMS = 2000
_COSTLY = (
    mujoco.mjtRndFlag.mjRND_SHADOW,
    mujoco.mjtRndFlag.mjRND_REFLECTION,
    mujoco.mjtRndFlag.mjRND_SKYBOX,
    mujoco.mjtRndFlag.mjRND_HAZE,
)

Draw = Callable[[mujoco.MjvScene], None]

_OPEN: "weakref.WeakSet[Offscreen]" = weakref.WeakSet()


@dataclass(frozen=True)
class Quality:
    """What a picture may cost; the default is for policies, in software.

    Attributes:
        oversampling: pictures are drawn this many times larger and averaged down.
        slices: polygons around a round shape; along it about half as many.
        shadows: size of the shadow map [pixels]; 0 draws no shadows.
    """

    oversampling: int = 1
    slices: int = 8
    shadows: int = 0


class Offscreen:
    """Draws one model at one size; keep it, contexts are expensive."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int, quality: Quality | None = None) -> None:
        """Make the OpenGL context.

        Args:
            model: what to draw.
            width: of the pictures [pixels].
            height: of the pictures [pixels].
            quality: what they may cost.

        Raises:
            RenderingError: no OpenGL backend works.
        """
        self._quality = quality or Quality()
        self._model = model
        scale = self._quality.oversampling
        self._gl: Any = make_context(width * scale, height * scale)
        self._context = self._make_context(width * scale, height * scale)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._viewport = mujoco.MjrRect(0, 0, width * scale, height * scale)
        self._pixels = np.empty((height * scale, width * scale, 3), np.uint8)
        self.scene = mujoco.MjvScene(model, maxgeom=_MOST_GEOMS)
        for flag in _COSTLY:
            self.scene.flags[flag] = False
        self.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = self._quality.shadows > 0
        self.options = mujoco.MjvOption()
        if not _OPEN:
            # After MuJoCo's own hook, which ends EGL, was registered: it runs before that.
            atexit.unregister(_close_all)
            atexit.register(_close_all)
        _OPEN.add(self)

    def render(
        self, data: mujoco.MjData, camera: str | mujoco.MjvCamera, draw: Draw | None = None
    ) -> NDArray[np.uint8]:
        """Draw a state.

        Args:
            data: the state.
            camera: name of a camera of the model, or a free one.
            draw: adds shapes of its own to the scene.

        Returns:
            A new picture of shape `(height, width, 3)`.

        Raises:
            RenderingError: this process was forked from the one that made the context.
            UnknownNameError: the model has no camera of that name.
        """
        view = self._fixed(camera) if isinstance(camera, str) else camera
        check_process()
        self._gl.make_current()
        category = mujoco.mjtCatBit.mjCAT_ALL
        mujoco.mjv_updateScene(self._model, data, self.options, None, view, category, self.scene)
        if draw is not None:
            draw(self.scene)
        mujoco.mjr_render(self._viewport, self.scene, self._context)
        mujoco.mjr_readPixels(self._pixels, None, self._viewport, self._context)
        return _shrink(self._pixels[::-1], self._quality.oversampling)

    def close(self) -> None:
        """Free the context; a second call does nothing."""
        if self._gl is not None:
            self._gl.make_current()
            self._context.free()
            self._gl.free()
            self._gl = None

    def _make_context(self, width: int, height: int) -> mujoco.MjrContext:
        """Make the context; it reads sizes and quality from the model, which gets its own back afterwards."""
        visual, quality = self._model.vis, self._quality
        wanted = (
            (visual.global_, "offwidth", width),
            (visual.global_, "offheight", height),
            (visual.quality, "offsamples", 0),
            (visual.quality, "shadowsize", quality.shadows),
            (visual.quality, "numslices", quality.slices),
            (visual.quality, "numstacks", quality.slices // 2 + 1),
        )
        own = [(group, name, getattr(group, name)) for group, name, _ in wanted]
        try:
            _set(wanted)
            return mujoco.MjrContext(self._model, mujoco.mjtFontScale.mjFONTSCALE_100)
        except mujoco.FatalError as error:
            raise RenderingError(f"The OpenGL backend '{find_backend()}' fails: {error}. {ADVICE}") from error
        finally:
            _set(own)

    def _fixed(self, name: str) -> mujoco.MjvCamera:
        number = mujoco.mj_name2id(self._model, mujoco.mjtObj.mjOBJ_CAMERA, name)
        if number < 0:
            raise UnknownNameError("camera", name, (self._model.camera(i).name for i in range(self._model.ncam)))
        camera = mujoco.MjvCamera()
        camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        camera.fixedcamid = number
        return camera


def _set(values: Iterable[tuple[Any, str, int]]) -> None:
    for group, name, value in values:
        setattr(group, name, value)


def _close_all() -> None:
    for drawing in list(_OPEN):
        drawing.close()


def _shrink(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Average blocks of `factor` x `factor` pixels, rounding to nearest."""
    if factor == 1:
        return np.ascontiguousarray(picture)
    total = np.full((picture.shape[0] // factor, picture.shape[1] // factor, 3), factor * factor // 2, np.uint16)
    for i in range(factor):
        for j in range(factor):
            total += picture[i::factor, j::factor]
    return (total // (factor * factor)).astype(np.uint8)
