"""The shoe that an episode writes is the shoe that would have been compiled."""

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacelab.envs.entities import shoe as shoes
from lacelab.envs.entities.lace import RADIUS, LaceParameters
from lacelab.envs.entities.shoe import SHOE_RANGES, ShoeParameters, anchor_position, eyelet_pose, shoe_geoms
from lacelab.envs.scene import SHOE, Scene, build
from lacelab.envs.spec import EYELETS_PER_SIDE, SIDES, Side

_OTHER = ShoeParameters(size=0.94, eyelet_diameter=0.005, pitch=0.0265, opening=0.085, tilt=0.3)
_GEOMS = ("geom_pos", "geom_quat", "geom_size", "geom_aabb", "geom_rbound")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return build(LaceParameters(), ShoeParameters())


def _shoe_geoms(model: mujoco.MjModel) -> list[int]:
    return [i for i in range(model.ngeom) if model.geom(i).name.startswith(SHOE)]


def test_written_is_as_compiled(scene: Scene) -> None:
    compiled = build(LaceParameters(), _OTHER).model
    shoes.write(scene.model, _OTHER)
    rows = _shoe_geoms(compiled)
    assert len(rows) == 2 * EYELETS_PER_SIDE * (shoes.RING_SEGMENTS + 4) + 2
    for field in _GEOMS:
        written, wanted = getattr(scene.model, field)[rows], getattr(compiled, field)[rows]
        if field == "geom_quat":
            wanted = wanted * np.sign((written * wanted).sum(axis=1, keepdims=True))
        np.testing.assert_allclose(written, wanted, atol=1e-9, err_msg=field)
    np.testing.assert_allclose(scene.model.site_pos, compiled.site_pos, atol=1e-12)


def test_everything_lies_in_the_bounds_that_were_written(scene: Scene) -> None:
    """The outermost box of the tree holds every geom that collides: nothing is missed by the broad phase."""
    shoes.write(scene.model, _OTHER)
    model, body = scene.model, scene.shoe_body
    root = model.bvh_aabb[model.body_bvhadr[body]]
    frame = np.zeros(9)
    mujoco.mju_quat2Mat(frame, model.body_iquat[body])
    for row in (row for row in _shoe_geoms(model) if model.geom_contype[row]):
        centre = frame.reshape(3, 3).T @ (model.geom_pos[row] - model.body_ipos[body])
        assert (np.abs(centre - root[:3]) <= root[3:] + 1e-9).all()


@settings(deadline=None)
@given(st.fixed_dictionaries({name: st.floats(*bounds) for name, bounds in SHOE_RANGES.items()}))
def test_every_shoe_is_its_own_mirror_image(values: dict[str, float]) -> None:
    shoe = ShoeParameters(**values)  # type: ignore[arg-type]
    mirror = np.diag([1.0, -1.0, 1.0])
    for index in range(shoe.eyelets):
        left, right = (eyelet_pose(shoe, side, index) for side in SIDES)
        np.testing.assert_allclose(left[0], mirror @ right[0], atol=1e-12)
        np.testing.assert_allclose(left[1][:, 2], mirror @ right[1][:, 2], atol=1e-12)
        np.testing.assert_allclose(left[1] @ left[1].T, np.eye(3), atol=1e-12)
        assert left[1][1, 2] > 0  # The normal points outward.


def test_eyelets_are_a_pitch_apart_and_count_from_the_toe() -> None:
    shoe = ShoeParameters(size=1.1)
    x = [eyelet_pose(shoe, Side.LEFT, index)[0][0] for index in range(3)]
    np.testing.assert_allclose(np.diff(x), -1.1 * shoe.pitch)
    assert anchor_position(shoe, Side.LEFT)[0] > x[0]


def test_a_lace_of_3_mm_passes_the_ring() -> None:
    shoe = ShoeParameters(eyelet_diameter=0.005)
    ring = [geom for geom in shoe_geoms(shoe) if geom.name.startswith("left1_ring")]
    centre, _ = eyelet_pose(shoe, Side.LEFT, 1)
    gap = min(np.linalg.norm(geom.position - centre) for geom in ring) - shoes.TUBE_RADIUS
    assert gap == pytest.approx(0.0025, abs=1e-5) and gap > RADIUS


def test_laces_lie_on_the_toe_cap_not_in_it() -> None:
    toe = next(geom for geom in shoe_geoms(ShoeParameters()) if geom.name == "toe")
    assert toe.position[2] + toe.size[2] < anchor_position(ShoeParameters(), Side.LEFT)[2] - RADIUS
