"""Set-points are played on straight lines, from where the arms are to where they are told to stand."""

import numpy as np
import pytest

from lacelab.real_robot.exceptions import InvalidCommandError
from lacelab.real_robot.playback import Playback
from lacelab.real_robot.robot import Command

_ZERO = np.zeros((2, 8))


def _ramp(sequence: int = 1, tail: int = 0) -> Command:
    rows = np.linspace(_ZERO, _ZERO + 1.0, 11)[1:]
    return Command(sequence, 0.0, 0.1, rows, np.repeat(rows[-1:], tail, axis=0))


def test_plays_straight_lines_and_holds() -> None:
    playback = Playback(_ZERO)
    playback.play(_ramp(tail=2), 5.0)
    assert playback.at(4.0) == pytest.approx(0.0)
    assert playback.at(5.25) == pytest.approx(0.25)
    assert playback.velocity(5.25) == pytest.approx(1.0)
    assert not playback.over(6.1)
    assert playback.over(6.2)
    assert playback.at(99.0) == pytest.approx(1.0)


def test_next_command_begins_where_the_last_has_got_to() -> None:
    playback = Playback(_ZERO)
    playback.play(_ramp(), 0.0)
    playback.play(Command(2, 0.5, 0.1, _ZERO[None], _ZERO[None][:0]), 0.5)
    assert playback.at(0.5) == pytest.approx(0.5)
    assert playback.at(0.55) == pytest.approx(0.25)


def test_brakes_without_a_jump_of_position_or_velocity() -> None:
    playback = Playback(_ZERO)
    playback.play(_ramp(), 0.0)
    playback.brake(0.45)
    times = np.arange(0.45, 0.75, 0.01)
    positions = np.array([playback.at(t)[0, 0] for t in times])
    speeds = np.diff(positions) / 0.01
    assert positions[0] == pytest.approx(0.45)
    assert speeds[0] == pytest.approx(1.0, abs=0.06)
    assert (np.diff(speeds) < 1e-9).all()
    assert speeds[-1] == pytest.approx(0.0, abs=1e-9)
    assert positions[-1] == pytest.approx(0.55)  # 0.2 s of constant deceleration


def test_refuses_old_and_infinite_commands() -> None:
    playback = Playback(_ZERO)
    playback.play(_ramp(3), 0.0)
    with pytest.raises(InvalidCommandError, match="Command 3 is not newer than the last one, 3"):
        playback.play(_ramp(3), 0.1)
    with pytest.raises(InvalidCommandError, match="Command 4 is not finite"):
        playback.play(Command(4, 0.0, 0.1, _ZERO[None] * np.nan, _ZERO[None][:0]), 0.1)
