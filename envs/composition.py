"""dm_control's `composer` and `mjcf`, imported without its choice of an OpenGL backend.

dm_control tries GLFW and then EGL when it is imported: without a display it warns, and it fixes PyOpenGL to EGL for the
whole process even where only OSMesa works. Pictures are made by `offscreen`, which chooses for itself.
"""

import os
from typing import Any

import mujoco  # noqa: F401 (first, so that it sees the user's own MUJOCO_GL)

__all__ = ["composer", "mjcf"]


def _import_dm_control() -> tuple[Any, Any]:
    wanted = os.environ.get("MUJOCO_GL")
    os.environ["MUJOCO_GL"] = "disable"
    try:
        from dm_control import composer, mjcf
    finally:
        if wanted is None:
            del os.environ["MUJOCO_GL"]
        else:
            os.environ["MUJOCO_GL"] = wanted
    return composer, mjcf


composer, mjcf = _import_dm_control()
