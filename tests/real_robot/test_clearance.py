"""The simple shapes contain the robot: their distances are never larger than those of the maker's hulls."""

import mujoco
import numpy as np

from lacelab.envs.kinematics import Kinematics
from lacelab.envs.spec import SIDES
from lacelab.real_robot import clearance
from lacelab.real_robot.mock import home_position


def test_home_is_clear() -> None:
    found = clearance.ClearanceModel().measure(home_position())
    assert found.arms > 0.04 and found.tips > 0.04 and found.table > 0.03
    np.testing.assert_allclose(found.tools[0] * [1, -1, 1], found.tools[1], atol=1e-6)


def test_a_capsule_contains_its_points() -> None:
    points = np.random.default_rng(0).normal(size=(200, 3)) * [0.1, 0.02, 0.03]
    capsule = clearance.capsule_around(points)
    start, end = np.split(capsule["fromto"], 2)
    axis = (end - start) / np.linalg.norm(end - start)
    along = np.clip((points - start) @ axis, 0.0, np.linalg.norm(end - start))
    distance = np.linalg.norm(points - start - along[:, None] * axis, axis=1)
    assert distance.max() <= capsule["size"][0] + 1e-9


def test_distances_are_not_larger_than_those_of_the_hulls() -> None:
    model = clearance._collision_model()
    data = mujoco.MjData(model)
    order, source = clearance._addresses(model)
    measuring = clearance.ClearanceModel()
    parts = [_hulls(model, str(side)) for side in SIDES]
    near = 0
    for gap in np.linspace(0.0, 0.12, 25):
        position = _hands_apart(gap)
        data.qpos[order] = position.ravel()[source]
        mujoco.mj_kinematics(model, data)
        true = min(mujoco.mj_geomDistance(model, data, a, b, 1.0, None) for a in parts[0] for b in parts[1])
        found = measuring.measure(position)
        assert min(found.arms, found.tips) <= max(true, 0.0) + 1e-6 or true > clearance.REACH
        near += true < clearance.REACH
    assert near > 5, "no posture brought the arms near to each other"


def _hands_apart(gap: float) -> np.ndarray:
    """Return joint positions (2, 8) with the pinch centres at a distance from each other across the shoe [m]."""
    kinematics = Kinematics()
    joints = home_position()[:, :7].ravel()
    _, rotation = kinematics.forward(joints)
    goal = np.array([[0.32, gap / 2, 0.45], [0.32, -gap / 2, 0.45]])
    for _ in range(60):
        joints = kinematics.solve(joints, goal, rotation)
    position = home_position()
    position[:, :7] = joints.reshape(2, 7)
    return position


def _hulls(model: mujoco.MjModel, side: str) -> list[int]:
    bodies = [model.body(model.geom_bodyid[geom]).name for geom in range(model.ngeom)]
    return [
        geom
        for geom in range(model.ngeom)
        if any(f"{side}_{part}" in bodies[geom] for part in ("link4", "link5", "link6", "ee"))
        and "collision" in model.geom(geom).name
    ]


def test_travel_bounds_the_shift_of_the_hands() -> None:
    measuring = clearance.ClearanceModel()
    before, after = home_position(), home_position()
    after[0, 3] += 0.02
    shift = np.linalg.norm(measuring.measure(after).tools - measuring.measure(before).tools, axis=1).sum()
    assert clearance.travel(measuring.measure(before), measuring.measure(after)) >= shift
