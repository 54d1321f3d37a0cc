"""Settings: noise on what a policy sees, and factors for the environment."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from lacelab.benchmarks.episode import EpisodeSpec
from lacelab.benchmarks.perturbations import SENSOR_NOISE, perturb, reset_overrides
from lacelab.envs.exceptions import UnknownNameError


class Still(gymnasium.Env[Any, Any]):
    """Shows the same at all times."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Return the observation."""
        return {"lace_points": np.zeros((200, 3), np.float32), "joint_position": np.zeros(7, np.float32)}, {}


def test_noise_is_added_to_positions_only_and_follows_the_seed() -> None:
    settings = ((SENSOR_NOISE, 0.002),)
    first, again, other = (perturb(Still(), settings, seed).reset()[0] for seed in (1, 1, 2))
    assert first["lace_points"].std() == pytest.approx(0.002, rel=0.1)
    assert first["lace_points"].dtype == np.float32
    assert (first["lace_points"] == again["lace_points"]).all() and (first["lace_points"] != other["lace_points"]).any()
    assert (first["joint_position"] == 0).all()


def test_without_noise_the_environment_stays_itself() -> None:
    env = Still()
    assert perturb(env, (("light", 0.5),), 0) is env
    assert reset_overrides((("light", 0.5), (SENSOR_NOISE, 0.001))) == {"light": 0.5}


def test_unknown_setting() -> None:
    with pytest.raises(UnknownNameError, match="Unknown setting 'lights'. Did you mean 'light'?"):
        EpisodeSpec("ThreadEyelet", "easy", 0, "noop", settings=(("lights", 1.0),))
