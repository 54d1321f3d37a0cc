"""The lace obeys the laws it is meant to obey; `python -m lacelab.benchmarks.physics_card` prints the figures."""

import json
from pathlib import Path

import numpy as np
import pytest

from lacelab.benchmarks import physics_card
from lacelab.benchmarks.contact_experiments import press
from lacelab.benchmarks.lace_experiments import Comparison, catenary_sag, elastica_drop
from lacelab.benchmarks.physics_card import EXPERIMENTS, Experiment, PhysicsCard
from lacelab.envs.entities.lace import DENSITY


@pytest.mark.parametrize(
    "experiment", [e for e in EXPERIMENTS if e.limit is not None], ids=lambda experiment: experiment.name
)
def test_lace_meets_its_bar(experiment: Experiment) -> None:
    assert experiment.limit is not None
    assert experiment.measure() <= experiment.limit


def test_catenary_of_a_taut_line_is_a_parabola() -> None:
    length, span = 1.0, 0.999
    assert catenary_sag(length, span) == pytest.approx(np.sqrt(3 / 8 * span * (length - span)), rel=0.01)


def test_elastica_of_a_stiff_rod_is_the_beam() -> None:
    length, stiffness = 0.05, 2e-3
    assert elastica_drop(length, stiffness) == pytest.approx(DENSITY * 9.81 * length**4 / (8 * stiffness), rel=1e-3)


def test_pressed_aglet_stays_before_the_flap() -> None:
    assert press(20.0, (0.0, -0.02)).depth < 0.0005


def test_error_is_relative() -> None:
    assert Comparison(0.9, 1.0).error == pytest.approx(0.1)


def test_card_writes_what_it_measures_and_fails_on_a_missed_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes = (Experiment("good", 1.0, lambda: 0.5), Experiment("open", None, lambda: 7.0))
    monkeypatch.setattr(physics_card, "EXPERIMENTS", fakes)
    assert PhysicsCard(tmp_path / "card.json").run() == 0
    written = json.loads((tmp_path / "card.json").read_text())
    assert written["figures"] == {"good": {"value": 0.5, "bar": "<= 1"}, "open": {"value": 7.0, "bar": ""}}
    monkeypatch.setattr(physics_card, "EXPERIMENTS", (*fakes, Experiment("bad", 1.0, lambda: 2.0)))
    assert PhysicsCard().run() == 1
