"""Pictures: small frames for policies, detailed ones for people."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .entities.lace import LaceParameters


class Renderer:
    """Placeholder until cameras land."""

    def __init__(self, model: mujoco.MjModel, lace: LaceParameters) -> None:
        self._model = model
        self._big: mujoco.Renderer | None = None

    def picture(self, camera: str, data: mujoco.MjData) -> NDArray[np.uint8]:
        """Return a picture."""
        if self._big is None:
            self._big = mujoco.Renderer(self._model, 480, 640)
        self._big.update_scene(data, camera)
        return self._big.render()

    def frames(self, data: mujoco.MjData) -> list[NDArray[np.uint8]]:
        """Return frames."""
        return []

    def close(self) -> None:
        """Free."""
