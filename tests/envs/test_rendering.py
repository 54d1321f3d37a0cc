"""Frames for policies and pictures for people."""

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from spawned import send_frames

from lacelab.envs import graphics
from lacelab.envs.exceptions import RenderingError, UnknownNameError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import IMAGE_SIZE, PIXEL_KEYS
from lacelab.envs.symmetry import mirror_observation

_SEED = 4


@pytest.fixture(scope="module")
def env() -> Iterator[LacingEnv]:
    """Make one environment with pictures."""
    env = LacingEnv("ThreadEyelet", obs="both", render_mode="rgb_array")
    yield env
    env.close()


def _frames(env: LacingEnv, **options: Any) -> dict[str, Any]:
    observation, _ = env.reset(seed=_SEED, options=options)
    return {name: observation[name] for name in PIXEL_KEYS}


def _same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return all(np.array_equal(first[name], second[name]) for name in PIXEL_KEYS)


def test_frames_show_three_different_views(env: LacingEnv) -> None:
    frames = _frames(env)
    for frame in frames.values():
        assert frame.shape == (IMAGE_SIZE, IMAGE_SIZE, 3) and frame.dtype == np.uint8
        assert frame.std() > 20
    assert len({frame.tobytes() for frame in frames.values()}) == 3


def test_frames_of_one_state_are_identical_whatever_was_drawn_before(env: LacingEnv) -> None:
    frames = _frames(env)
    env.reset(seed=_SEED + 1)
    env.picture("front")
    assert _same(_frames(env), frames)
    env.close()
    assert _same(_frames(env), frames)


def test_frames_are_identical_in_a_spawned_process(env: LacingEnv) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=send_frames, args=(there, _SEED))
    process.start()
    assert here.poll(60)
    assert _same(here.recv(), _frames(env))
    process.join()


def test_mirrored_world_gives_mirrored_frames(env: LacingEnv) -> None:
    frames, mirrored = _frames(env), _frames(env, mirror=True)
    expected = mirror_observation(frames)
    for name in PIXEL_KEYS:
        difference = np.abs(mirrored[name].astype(int) - expected[name])
        assert difference.mean() < 0.5, name
        assert (difference > 16).mean() < 0.01, name
        assert np.abs(mirrored[name].astype(int) - frames[name]).mean() > 2, name


def test_picture_follows_the_episode(env: LacingEnv) -> None:
    env.reset(seed=_SEED)
    first = env.render()
    env.reset(seed=_SEED + 1)
    second = env.render()
    env.reset(seed=_SEED)
    assert first is not None and second is not None
    assert first.shape == (480, 640, 3) and first.dtype == np.uint8
    assert np.abs(first.astype(int) - second).mean() > 1
    assert np.array_equal(env.picture("side"), first)


def test_picture_shows_what_was_written_into_the_model(env: LacingEnv) -> None:
    env.reset(seed=_SEED)
    grey = env.picture("close")
    model = env.scene.model
    for i in range(model.ngeom):
        if model.geom(i).name.endswith("_lower"):
            model.geom_rgba[i] = [0.0, 1.0, 0.0, 1.0]
    green = env.picture("close").astype(int)
    is_green = (green[..., 1] > green[..., 0] + 60) & (green[..., 1] > green[..., 2] + 60)
    assert is_green.mean() > 0.02
    env.reset(seed=_SEED)
    assert np.array_equal(env.picture("close"), grey)


def test_unknown_camera_is_named(env: LacingEnv) -> None:
    env.reset(seed=_SEED)
    with pytest.raises(UnknownNameError, match="Unknown camera 'frnt'. Did you mean 'front'"):
        env.picture("frnt")


def test_close_twice_and_draw_again(env: LacingEnv) -> None:
    frames = _frames(env)
    env.close()
    env.close()
    assert _same(_frames(env), frames)


def test_drawing_after_a_fork_is_refused(env: LacingEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    _frames(env)
    monkeypatch.setattr(graphics, "_drawing_process", lambda: -1)
    with pytest.raises(RenderingError, match="context='spawn'"):
        _frames(env)


def test_without_opengl_states_work_and_pixels_say_what_to_install() -> None:
    program = """
import numpy as np, sys
from lacelab.envs import graphics
from lacelab.envs.exceptions import RenderingError
from lacelab.envs.lacing_env import LacingEnv
env = LacingEnv("ThreadEyelet")
env.reset(seed=0)
env.step(np.zeros(14, np.float32))
assert "OpenGL" not in sys.modules
graphics._egl_works = graphics._osmesa_works = lambda: False
try:
    LacingEnv("ThreadEyelet", obs="pixels").reset(seed=0)
except RenderingError as error:
    assert "apt-get install libegl1" in str(error)
else:
    raise AssertionError("no error")
"""
    environment = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_draft_shows_the_same_scene_without_shadows() -> None:
    env = LacingEnv("ThreadEyelet", render_mode="rgb_array")
    env.reset(seed=_SEED)
    fine = env.picture("side").astype(int)
    env.draft()
    draft = env.picture("side").astype(int)
    env.close()
    assert draft.shape == fine.shape
    darker = draft.sum(axis=2) - fine.sum(axis=2)
    assert 0.005 < (darker > 60).mean() < 0.3, "shadows are gone"
    assert np.abs(draft - fine).mean() < 20, "it is the same scene"
