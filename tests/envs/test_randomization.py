"""What is drawn reaches the model, from the nominal values, and is reported."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from shared_worlds import MakeEnv

from lacelab.envs.randomization import RANGES, Nominal, Randomization, ranges_for, sample
from lacelab.envs.spec import ACTION_SIZE, DIFFICULTIES

_WHERE = {
    "lace_mass": "body_mass",
    "lace_stiffness": "flex_bending",
    "lace_damping": "flex_damping",
    "lace_friction": "flex_friction",
    "pad_friction": "geom_friction",
    "servo_stiffness": "actuator_gainprm",
    "joint_damping": "dof_damping",
    "light": "light_diffuse",
}


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_draws_are_in_their_ranges_and_fill_them(difficulty: str) -> None:
    ranges, rng = ranges_for(difficulty), np.random.default_rng(0)
    drawn = [sample(rng, ranges) for _ in range(300)]
    for name in _WHERE:
        low, high = getattr(ranges, name)
        values = np.array([getattr(draw, name) for draw in drawn])
        assert low <= values.min() < low + 0.1 * (high - low) and high - 0.1 * (high - low) < values.max() <= high
    assert {draw.latency for draw in drawn} == set(range(ranges.latency[0], ranges.latency[1] + 1))
    assert max(max(map(abs, draw.camera_shift)) for draw in drawn) <= ranges.camera_shift
    colours = np.array([[draw.lace_colour, draw.shoe_colour, draw.table_colour] for draw in drawn])
    assert 0.0 < colours.min() and colours.max() < 1.0 and np.ptp(colours, axis=0).min() > ranges.colour / 2


def test_hard_is_wider() -> None:
    easy, hard = RANGES["easy"], RANGES["hard"]
    for name in _WHERE:
        assert getattr(hard, name)[0] <= getattr(easy, name)[0] and getattr(hard, name)[1] >= getattr(easy, name)[1]


@pytest.mark.parametrize(("factor", "field"), [*_WHERE.items(), ("joint_friction", "dof_frictionloss")])
def test_a_factor_reaches_the_model_and_leaves_no_trace(factor: str, field: str, make_env: MakeEnv) -> None:
    scene = make_env().scene
    nominal = Nominal(scene)
    nominal.apply(Randomization())
    before = {
        name: getattr(scene.model, name).copy() for name in {*_WHERE.values(), "dof_frictionloss", "actuator_biasprm"}
    }
    changes: dict[str, Any] = {factor: 1.5}
    nominal.apply(Randomization(**changes))
    changed = getattr(scene.model, field) / np.where(before[field] == 0, 1, before[field])
    np.testing.assert_allclose(np.unique(changed[(changed != 1) & (before[field] != 0)]), 1.5)
    for name, value in before.items():
        if name != field and (factor, name) != ("servo_stiffness", "actuator_biasprm") and factor != "lace_friction":
            np.testing.assert_array_equal(getattr(scene.model, name), value, err_msg=name)
    nominal.apply(Randomization())
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(scene.model, name), value)


def test_a_stiffer_servo_still_rests_at_its_set_point(make_env: MakeEnv) -> None:
    scene = make_env().scene
    Nominal(scene).apply(Randomization(servo_stiffness=1.3))
    servos = np.concatenate([arm.actuators for arm in scene.arms])
    model = scene.model
    np.testing.assert_allclose(model.actuator_gainprm[servos, 0], -model.actuator_biasprm[servos, 1])
    Nominal(scene)  # A new one takes the world as it is; put it back for others.
    make_env().reset(seed=0)


def test_info_reports_plain_numbers(make_env: MakeEnv) -> None:
    env = make_env(difficulty="hard")
    _, info = env.reset(seed=4)
    assert set(info["randomization"]) == {field.name for field in fields(Randomization)}
    assert all(type(value) in (float, int, str, tuple) for value in info["shoe"].values())
    again = env.reset(seed=4)[1]["randomization"]
    assert again == info["randomization"]
    env.step(np.zeros(ACTION_SIZE, np.float32))
