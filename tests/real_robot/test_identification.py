"""Hidden parameters are found again, from recordings with noise and with a wire in between."""

import json
from pathlib import Path

import numpy as np
import pytest

from lacelab.cli import main
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import Side
from lacelab.real_robot.clock import ManualClock
from lacelab.real_robot.exceptions import CalibrationError
from lacelab.real_robot.identification import ArmModel, Fit, Unknown, fit, identify_arms
from lacelab.real_robot.lace_identification import TASK, Swing, delayed, identify_lace, record_swing, simulate, swinging
from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.recording import Motion, excitation, record_motion

_BAR = 0.15  # of the hidden value


def test_records_what_was_sent_and_what_came(tmp_path: Path) -> None:
    robot = MockRobot(ManualClock())
    robot.connect()
    rows = excitation(home_position(), duration=1.0)
    motion = record_motion(robot, rows)
    np.testing.assert_allclose(motion.setpoints[1:], rows)
    assert len(motion.times) == 1 + 5 * len(rows)
    np.testing.assert_allclose(motion.positions[-1], rows[-1], atol=1e-6)  # A mock has no lag.
    path = tmp_path / "motion.npz"
    motion.save(path)
    np.testing.assert_array_equal(Motion.load(path).positions, motion.positions)


def test_excites_gently_and_comes_back() -> None:
    rows = excitation(home_position())
    assert np.abs(np.diff(rows, axis=0)).max() / 0.05 < 1.5  # rad/s
    np.testing.assert_allclose(rows[-1], home_position(), atol=1e-6)


def test_finds_friction_damping_gain_and_delay() -> None:
    hidden = {"joint_friction": 1.7, "joint_damping": 0.6, "servo_stiffness": 0.9, "delay": 0.043}
    rest = home_position()
    rows = np.concatenate([rest[None], excitation(rest, duration=2.0)])
    times = np.arange(0.0, 2.0, 0.01)
    still = Motion(np.arange(float(len(rows))) / 20, rows, times, np.repeat(rest[None], len(times), axis=0))
    arms = ArmModel()
    noise = np.random.default_rng(0).normal(0.0, 2e-4, (len(times), 2, 8))  # rad, of a 15 bit encoder
    measured = arms.positions(still, hidden) + noise
    found = identify_arms(Motion(still.sent, rows, times, measured))
    for name, value in hidden.items():
        assert found.values[name] == pytest.approx(value, rel=_BAR), name
        assert 0 < found.intervals[name] < _BAR * value, name
    low, high = found.ranges()["joint_friction"]
    assert low < 1.7 < high


def test_finds_the_stiffness_of_the_lace() -> None:
    env = LacingEnv(TASK)
    _, info = env.reset(seed=4)
    actions = swinging(Side(info["goal"]["lace"]), ticks=24)
    known = {"lace_mass": 1.0, "lace_damping": 1.0}
    blank = Swing(4, actions, np.full((24, 12, 3), np.nan), known)
    points = simulate(env, blank, {"lace_stiffness": 1.6})
    points += np.random.default_rng(0).normal(0.0, 5e-4, points.shape)  # m, of a perception system
    points[3:5, 2] = np.nan
    found = identify_lace(Swing(4, actions, points, known))
    assert found.values["lace_stiffness"] == pytest.approx(1.6, rel=_BAR)


def test_points_come_as_late_as_the_wire_is_long() -> None:
    line = np.arange(6.0)[:, None] * np.array([1.0, -2.0])  # straight motion: interpolation is exact
    np.testing.assert_allclose(delayed(line, 0.0), line)
    np.testing.assert_allclose(delayed(line, 0.075)[2:], line[2:] - 1.5 * np.array([1.0, -2.0]))
    np.testing.assert_allclose(delayed(line, 0.075)[:2], 0.0)


def test_says_what_a_recording_does_not_tell() -> None:
    unknowns = {"seen": Unknown(0.5, 0.0, 2.0), "unseen": Unknown(0.5, 0.0, 2.0)}
    with pytest.raises(CalibrationError, match="says nothing about unseen: excite more"):
        fit(unknowns, lambda values: np.array([values["seen"] - 1.0, 2 * values["seen"] - 2.0, 0.1]))


def test_ranges_hold_the_interval_and_a_least_spread() -> None:
    found = Fit({"sure": 2.0, "unsure": 1.0}, {"sure": 0.01, "unsure": 3.0}, 1.0)
    assert found.ranges(0.1) == {"sure": (1.8, 2.2), "unsure": (0.0, 4.0)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"positions": np.zeros((3, 2, 7))}, r"positions have shape \(3, 2, 7\)\. Valid: \(3, 2, 8\)"),
        ({"setpoints": np.full((3, 2, 8), np.nan)}, "setpoints have shape .* finite"),
        ({"times": np.array([0.0, 0.2, 0.1])}, "times of the positions do not rise"),
    ],
)
def test_refuses_broken_recordings(changes: dict[str, np.ndarray], words: str) -> None:
    sound = {"sent": np.arange(3.0), "setpoints": np.zeros((3, 2, 8))}
    with pytest.raises(CalibrationError, match=words):
        Motion(**(sound | {"times": np.arange(3.0), "positions": np.zeros((3, 2, 8))} | changes))


def test_refuses_swings_that_do_not_fit() -> None:
    with pytest.raises(CalibrationError, match=r"Actions \(3, 14\) and points \(2, 12, 3\) do not fit"):
        Swing(0, np.zeros((3, 14), np.float32), np.zeros((2, 12, 3)), {})


def test_command_writes_values_and_ranges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rest = home_position()
    rows = np.concatenate([rest[None], excitation(rest, duration=1.0)])
    times = np.arange(0.0, 1.0, 0.01)
    still = Motion(np.arange(float(len(rows))) / 20, rows, times, np.repeat(rest[None], len(times), axis=0))
    recorded = Motion(still.sent, rows, times, ArmModel().positions(still, {"delay": 0.06}))
    recorded.save(tmp_path / "motion.npz")
    assert main(["robot", "identify", "--motion", f"{tmp_path}/motion.npz", "--out", f"{tmp_path}/fit.json"]) == 0
    fitted = json.loads((tmp_path / "fit.json").read_text())
    assert fitted["values"]["delay"] == pytest.approx(0.06, abs=0.002)
    low, high = fitted["ranges"]["servo_stiffness"]
    assert low < 1.0 < high
    assert "randomise in" in capsys.readouterr().out


def test_command_finds_the_lace_of_a_recorded_swing(tmp_path: Path) -> None:
    env = LacingEnv(TASK)
    swing = record_swing(env, 4, ticks=24)
    hidden = env.reset(seed=4)[1]["randomization"]["lace_stiffness"]
    assert abs(hidden - 1.0) > 0.05, "nothing to find"
    swing.save(tmp_path / "swing.npz")
    assert main(["robot", "identify", "--swing", f"{tmp_path}/swing.npz", "--out", f"{tmp_path}/fit.json"]) == 0
    fitted = json.loads((tmp_path / "fit.json").read_text())
    assert fitted["values"] == {"lace_stiffness": pytest.approx(hidden, rel=_BAR)}


def test_what_is_known_of_a_swing_comes_back(tmp_path: Path) -> None:
    swing = Swing(7, np.ones((3, 14), np.float32), np.full((3, 12, 3), np.nan), {"lace_mass": 1.1})
    swing.save(tmp_path / "swing.npz")
    read = Swing.load(tmp_path / "swing.npz")
    assert (read.seed, read.overrides) == (7, {"lace_mass": 1.1})
    np.testing.assert_array_equal(read.points, swing.points)


def test_refuses_files_that_are_no_swings(tmp_path: Path) -> None:
    (tmp_path / "torn.npz").write_bytes(b"torn")
    with pytest.raises(CalibrationError, match="'.*torn.npz' is no recording of a lace"):
        Swing.load(tmp_path / "torn.npz")


def test_command_needs_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robot", "identify", "--out", f"{tmp_path}/fit.json"]) == 2
    assert "Valid: --motion, --swing or both" in capsys.readouterr().err
