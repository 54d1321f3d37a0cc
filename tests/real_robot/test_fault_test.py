"""Faults for real: other processes, a pulled cable, damaged messages. `fault_test` runs twenty of each."""

import pytest

from lacelab.real_robot.fault_test import BAR, CUT, FAULTS, Trial, run_trials, summarize

_MADE = Trial("clock jump", ["clock"], 0.05, True, 12, 12)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_the_robot_stops_and_recovers(fault: str) -> None:
    trial = run_trials(fault, 1)[0]
    assert trial.passed, trial


def test_a_trial_is_judged() -> None:
    assert _MADE.passed
    assert not _MADE.__class__("clock jump", ["clock"], BAR + 0.01, True, 12, 12).passed
    assert not _MADE.__class__("clock jump", [], None, True, 12, 12).passed
    assert not _MADE.__class__(CUT, ["connection"], 0.0, False, 12, 12).passed
    assert not _MADE.__class__(CUT, ["connection"], 0.0, True, 11, 12).passed
    assert _MADE.__class__("10 % loss", [], None, True, 12, 12).passed


def test_trials_are_summed_up() -> None:
    result = summarize([_MADE, Trial("clock jump", [], None, False, 3, 5)])
    assert (result["passed"], result["latched"], result["lost_ticks"]) == (1, 1, 2)
    assert result["slowest_ramp"] == 0.05
