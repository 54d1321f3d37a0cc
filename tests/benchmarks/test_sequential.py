"""The sequential test keeps its promises: exactly, and in a thousand simulated runs."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from lacelab.benchmarks.design import Design, Errors, expected_episodes, most_wins, plan, power_at
from lacelab.benchmarks.exceptions import SampleError
from lacelab.benchmarks.gate_errors import GateErrors, share, simulate
from lacelab.benchmarks.likelihood import log_ratio
from lacelab.benchmarks.recursion import boundary
from lacelab.benchmarks.sequential import SequentialTest, Verdict

ERRORS = Errors()
RUNS = 1000
RATE = 0.95
FALLS = RATE - ERRORS.drop


@pytest.fixture(scope="module")
def design() -> Design:
    """Plan with the defaults."""
    return plan(ERRORS, RATE)


@pytest.mark.parametrize("differing", [0.0, 0.02, 2 * RATE * (1 - RATE), 0.3])
def test_false_alarms(design: Design, differing: float) -> None:
    tests = simulate(design, differing / 2, differing / 2, RUNS)
    assert share(tests, Verdict.REGRESSED) <= ERRORS.alpha + 0.01
    assert share(tests, Verdict.IMPROVED) <= ERRORS.alpha + 0.01


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_power(design: Design, part: float) -> None:
    wins = part * most_wins(RATE, ERRORS.drop)
    tests = simulate(design, wins + ERRORS.drop, wins, RUNS)
    assert share(tests, Verdict.REGRESSED) >= ERRORS.power - 0.02
    exact = power_at(design, wins + ERRORS.drop, wins)
    assert share(tests, Verdict.REGRESSED) == pytest.approx(exact, abs=0.03)
    mean = np.mean([test.pairs for test in tests])
    assert mean == pytest.approx(expected_episodes(design, wins + ERRORS.drop, wins), rel=0.06)


def test_exact_power_over_the_whole_plan(design: Design) -> None:
    wins = np.linspace(0, most_wins(RATE, ERRORS.drop), 15)
    assert min(power_at(design, win + ERRORS.drop, win) for win in wins) >= ERRORS.power - 0.002
    assert ERRORS.power <= design.power


def test_larger_drops_are_found_sooner(design: Design) -> None:
    assert expected_episodes(design, 0.7, 0.01) < 15
    assert power_at(design, 0.3, 0.01) > 0.999


def test_identical_policies_are_held_soon(design: Design) -> None:
    (test,) = simulate(design, 0.0, 0.0, 1)
    assert test.verdict is Verdict.HELD and test.pairs <= 40


def test_better_policies_are_found(design: Design) -> None:
    poor = plan(ERRORS, 0.8)
    tests = simulate(poor, 0.01, 0.16, 50)
    assert share(tests, Verdict.IMPROVED) > 0.8


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_boundary_spends_alpha_and_no_more(alpha: float) -> None:
    limits = boundary(alpha, 12, 8)
    crossed = 0
    for signs in product((0, 1), repeat=12):
        losses = np.cumsum(signs)
        wins = np.arange(1, 13) - losses
        up = [step for step in range(12) if losses[step] >= limits[step + 1]]
        down = [step for step in range(12) if wins[step] >= limits[step + 1]]
        crossed += bool(up) and (not down or up[0] < down[0])
    assert crossed / 2**12 <= alpha
    single = boundary(alpha, 30, 1)[1:]
    for count, losses in enumerate(single[:3], start=1):  # Without earlier looks it is the binomial test.
        assert losses > count or binom.sf(losses - 1, count, 0.5) <= alpha


@pytest.mark.parametrize(("pairs", "losses", "wins"), [(30, 0, 0), (40, 1, 0), (60, 3, 2), (25, 0, 4), (80, 5, 5)])
def test_likelihood_ratio_is_the_maximum(pairs: int, losses: int, wins: int) -> None:
    drop, ties = 0.1, pairs - losses - wins

    def negative(q: float) -> float:
        return -(losses * np.log(q + drop) + wins * np.log(q) + ties * np.log(1 - 2 * q - drop))

    found = -minimize_scalar(negative, bounds=(1e-12, 0.449999), method="bounded", options={"xatol": 1e-12}).fun
    free = sum(count * np.log(count / pairs) for count in (losses, wins, ties) if count)
    assert float(log_ratio(pairs, losses, wins, drop)) == pytest.approx(found - free, abs=1e-6)


def test_likelihood_ratio_in_closed_form() -> None:
    assert float(log_ratio(22, 0, 0, 0.1)) == pytest.approx(22 * np.log(0.9), rel=1e-12)
    assert float(log_ratio(20, 3, 1, 0.1)) == 0.0


def test_few_episodes_are_underpowered_and_still_find_what_is_broken() -> None:
    design = plan(ERRORS, RATE, 20)
    assert design.episodes == 20 and design.power < ERRORS.power
    assert SequentialTest(design).update(True, True) is None
    (test,) = simulate(design, 0.0, 0.0, 1)
    assert test.verdict is Verdict.UNDERPOWERED and test.pairs == 20
    (test,) = simulate(design, 0.8, 0.0, 1)
    assert test.verdict is Verdict.REGRESSED


def test_more_differences_than_planned_are_underpowered() -> None:
    design = plan(ERRORS, 1.0)
    tests = simulate(design, 0.2, 0.2, 100)
    assert share(tests, Verdict.UNDERPOWERED) > 0.1


@pytest.mark.parametrize(
    ("errors", "rate", "text"),
    [
        (Errors(alpha=0.0), 0.9, "alpha = 0 is not between 0 and 1."),
        (Errors(drop=0.5), 0.4, "A rate of 0.400 cannot fall by 0.5."),
        (Errors(alpha=0.2, power=0.1), 0.9, "A power of 0.1 is not above alpha = 0.2."),
    ],
)
def test_promises_that_nobody_can_keep(errors: Errors, rate: float, text: str) -> None:
    with pytest.raises(SampleError, match=text):
        plan(errors, rate)


def test_error_rates_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "errors.json"
    GateErrors(runs=5, out=out).run()
    cases = json.loads(out.read_text())["cases"]
    assert len(cases) == 28 and "REGRESSED" in capsys.readouterr().out
    assert all(case["exact"] <= 0.05 for case in cases if case["loses"] == case["wins"])
    assert all(case["exact"] >= 0.9 - 1e-4 for case in cases if case["loses"] > case["wins"])
