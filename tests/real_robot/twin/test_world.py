"""Delays, loss, noise and the watchdog of the twin, in simulated time."""

import numpy as np
import pytest

from lacelab.envs.exceptions import ParameterError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.real_robot.exceptions import InvalidCommandError
from lacelab.real_robot.robot import Array, Command
from lacelab.real_robot.twin.settings import TwinSettings
from lacelab.real_robot.twin.world import TwinWorld


@pytest.fixture(scope="module")
def world() -> TwinWorld:
    """A world that every test resets."""
    return TwinWorld("ThreadEyelet", "standard")


def _start(world: TwinWorld, **settings: float) -> None:
    world.configure(TwinSettings(**settings))  # type: ignore[arg-type]
    world.reset(3, {})


def _step_of(world: TwinWorld, sequence: int = 1, shift: float = 0.05) -> Command:
    position: Array = world.capture()["position"].copy()
    position[:, 4] += shift
    return Command(sequence, 0.0, 0.0025, np.repeat(position[None], 20, axis=0), position[None])


def test_steps_like_the_simulator_bit_for_bit(world: TwinWorld) -> None:
    _start(world)
    env = LacingEnv("ThreadEyelet", "state", "standard")
    env.reset(seed=3)
    begin = world.now
    action = np.zeros(14)
    action[[2, 6, 9, 13]] = [0.5, 1.0, -0.5, 1.0]
    for tick in range(6):
        rows = env.controller.command(action, *env.simulation.tool_pose())
        env.simulation.step(env.controller.actuators, rows)
        per_arm = np.stack([rows[:, [*range(7), 14]], rows[:, [*range(7, 14), 15]]], axis=1)
        world.send(Command(tick, 0.0, 0.0025, per_arm, per_arm[-1:]))
        world.advance(begin + 0.05 * (tick + 1))
    np.testing.assert_array_equal(world.env.simulation.data.qpos, env.simulation.data.qpos)
    assert world.capture()["info"]["time"] == pytest.approx(0.3)


def test_commands_and_states_take_their_time(world: TwinWorld) -> None:
    _start(world, command_latency=0.03, state_latency=0.05)
    begin, rest = world.now, world.capture()["position"][0, 4]
    world.send(_step_of(world))
    world.advance(begin + 0.03)
    assert abs(world.env.simulation.data.qpos[world._qpos[0, 4]] - rest) < 1e-3
    world.advance(begin + 0.07)
    moved = world.env.simulation.data.qpos[world._qpos[0, 4]] - rest
    assert moved > 5e-3
    assert abs(world.capture()["position"][0, 4] - rest) < 1e-3
    assert world.capture()["time"] == pytest.approx(begin + 0.02)


def test_loses_its_share(world: TwinWorld) -> None:
    _start(world, loss=0.5)
    numbers = set()
    for _ in range(100):
        world.advance(world.now + 0.01)
        numbers.add(world.capture()["sequence"])
    assert 30 <= len(numbers) <= 70


def test_encoders_are_noisy(world: TwinWorld) -> None:
    _start(world, encoder_noise=0.01)
    noise = []
    for _ in range(50):
        world.advance(world.now + 0.01)
        noise.append(world.capture()["position"] - world._measured()[0])
    assert 0.008 < np.std(noise) < 0.012


def test_clock_offset_is_in_the_stamps(world: TwinWorld) -> None:
    _start(world, clock_offset=100.0)
    world.advance(world.now + 0.02)
    assert world.capture()["time"] == pytest.approx(world.now + 100.0)


def test_silence_latches_until_released(world: TwinWorld) -> None:
    _start(world)
    world.send(_step_of(world, 1))
    world.advance(world.now + 0.5)
    assert world.capture()["held"].startswith("no command for 0.2")
    before = world.env.simulation.data.ctrl.copy()
    world.send(_step_of(world, 2, 0.3))
    world.advance(world.now + 0.05)
    np.testing.assert_array_equal(world.env.simulation.data.ctrl, before)
    world.release()
    world.send(_step_of(world, 3, 0.1))
    world.advance(world.now + 0.05)
    assert world.capture()["held"] == ""
    assert np.abs(world.env.simulation.data.ctrl - before).max() > 0.01


def test_refuses_bad_commands(world: TwinWorld) -> None:
    _start(world)
    good = _step_of(world, 4)
    world.send(good)
    with pytest.raises(InvalidCommandError, match="Command 4 is not newer than the last one, 4"):
        world.send(good)
    with pytest.raises(InvalidCommandError, match="Command 5 is not finite"):
        world.send(Command(5, 0.0, 0.0025, good.setpoints * np.inf, good.tail))


def test_refuses_impossible_settings() -> None:
    with pytest.raises(ParameterError, match="loss"):
        TwinSettings(loss=1.5)
