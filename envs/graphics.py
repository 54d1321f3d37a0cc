"""Headless OpenGL: find a backend that works, or say what to install.

MuJoCo chooses its backend from `MUJOCO_GL` when it is imported, and then fails with the backend's own message. Here the
choice is made when the first picture is wanted, so that state-only use needs no OpenGL at all.
"""

import ctypes
import functools
import os
from typing import Any

from .exceptions import RenderingError

PACKAGES = "libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libosmesa6"
BACKENDS = ("egl", "osmesa", "glfw")
ADVICE = f"For rendering in software run: apt-get install {PACKAGES}"
_EGL_PLATFORM_DEVICE = 0x313F
_MOST_DEVICES = 16


@functools.cache
def find_backend() -> str:
    """Return the OpenGL backend to use: `MUJOCO_GL` if it is set, else EGL or OSMesa, whichever works.

    Raises:
        RenderingError: none works; the message says what to install.
    """
    wanted = os.environ.get("MUJOCO_GL", "").strip().lower()
    if wanted:
        if wanted not in BACKENDS:
            raise RenderingError(f"MUJOCO_GL='{wanted}' is not a backend. Valid: {', '.join(BACKENDS)}, or unset.")
        return wanted
    if _egl_works():
        return "egl"
    if _osmesa_works():
        return "osmesa"
    raise RenderingError(f"Neither EGL nor OSMesa works on this machine. {ADVICE}")


def make_context(width: int, height: int) -> Any:
    """Make an OpenGL context for pictures of a size [pixels] and make it current.

    Raises:
        RenderingError: no backend works, the chosen one fails, or this process was forked from one that has drawn.
    """
    backend = find_backend()
    check_process()
    try:
        context = _context_class(backend)(width, height)
        context.make_current()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RenderingError(f"The OpenGL backend '{backend}' fails: {reason}. {ADVICE}") from error
    return context


def check_process() -> None:
    """Stop before OpenGL hangs: its threads do not survive a fork.

    Raises:
        RenderingError: this process was forked from one that has made a context.
    """
    if _drawing_process() != os.getpid():
        raise RenderingError(
            "This process was forked from one that had already drawn, which makes OpenGL hang. Start workers with "
            "context='spawn', for example AsyncVectorEnv(functions, context='spawn')."
        )


@functools.cache
def _drawing_process() -> int:
    """Return the process that made the first context; a fork inherits the answer."""
    return os.getpid()


def _context_class(backend: str) -> Any:
    if backend == "egl":
        from mujoco.egl import GLContext
    elif backend == "osmesa":
        from mujoco.osmesa import GLContext
    else:
        from mujoco.glfw import GLContext
    return GLContext


def _egl_works() -> bool:
    """Ask EGL for a device that can be initialised, without PyOpenGL, which could not change to OSMesa later."""
    try:
        egl = ctypes.CDLL("libEGL.so.1")
        egl.eglGetProcAddress.restype = ctypes.c_void_p
        query = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
        get_display = egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    except (OSError, AttributeError):
        return False
    if not query or not get_display:
        return False
    devices = (ctypes.c_void_p * _MOST_DEVICES)()
    count = ctypes.c_int()
    function = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    function(query)(_MOST_DEVICES, devices, ctypes.byref(count))
    return any(_initializes(egl, get_display, device) for device in devices[: count.value])


def _initializes(egl: ctypes.CDLL, get_display: int, device: int | None) -> bool:
    function = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)
    display = function(get_display)(_EGL_PLATFORM_DEVICE, device, None)
    return bool(display) and bool(egl.eglInitialize(ctypes.c_void_p(display), None, None))


def _osmesa_works() -> bool:
    for name in ("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so"):
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False
