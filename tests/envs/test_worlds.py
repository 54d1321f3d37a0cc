"""Worlds by name, imported when they are made."""

import subprocess
import sys

import gymnasium
import pytest

import lacelab.envs
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.worlds import WORLDS


def test_the_simulator_is_the_default() -> None:
    env = gymnasium.make(lacelab.envs.environment_id("PickLace"))
    assert isinstance(env.unwrapped, LacingEnv)
    env.close()


def test_refuses_unknown_worlds() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown world 'twins'\. Did you mean 'twin'\? Valid: sim, twin"):
        gymnasium.make(lacelab.envs.environment_id("PickLace"), world="twins")
    assert set(WORLDS) == {"sim", "twin", "openarm", "ros2"}


def test_no_robot_is_imported_before_it_is_asked_for() -> None:
    code = "import sys, lacelab.envs, gymnasium; gymnasium.make('lacelab/PickLace-v0');"
    code += "sys.exit(any(name.startswith('lacelab.real_robot') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
