"""Choosing an OpenGL backend, and saying what to install."""

from collections.abc import Iterator

import pytest

from lacelab.envs import graphics
from lacelab.envs.exceptions import RenderingError


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Choose anew in each test, without the environment's own wish."""
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    find_backend = graphics.find_backend
    find_backend.cache_clear()
    yield
    find_backend.cache_clear()


@pytest.mark.parametrize(
    ("egl", "osmesa", "backend"), [(True, True, "egl"), (True, False, "egl"), (False, True, "osmesa")]
)
def test_first_backend_that_works(egl: bool, osmesa: bool, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "_egl_works", lambda: egl)
    monkeypatch.setattr(graphics, "_osmesa_works", lambda: osmesa)
    assert graphics.find_backend() == backend


def test_without_any_backend_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "_egl_works", lambda: False)
    monkeypatch.setattr(graphics, "_osmesa_works", lambda: False)
    with pytest.raises(
        RenderingError, match="Neither EGL nor OSMesa works.* run: apt-get install libegl1 libegl-mesa0"
    ):
        graphics.find_backend()


def test_missing_libraries_are_found_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(graphics.ctypes, "CDLL", missing)
    with pytest.raises(RenderingError, match="apt-get install"):
        graphics.find_backend()


def test_the_wish_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "OSMesa")
    assert graphics.find_backend() == "osmesa"


def test_unknown_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "vulkan")
    with pytest.raises(
        RenderingError, match="MUJOCO_GL='vulkan' is not a backend. Valid: egl, osmesa, glfw, or unset."
    ):
        graphics.find_backend()


def test_failing_context_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(width: int, height: int) -> None:
        raise RuntimeError("no pixels")

    monkeypatch.setattr(graphics, "find_backend", lambda: "egl")
    monkeypatch.setattr(graphics, "_context_class", lambda backend: fail)
    with pytest.raises(RenderingError, match="backend 'egl' fails: RuntimeError: no pixels. .*apt-get install"):
        graphics.make_context(8, 8)
