"""The robot as policies see it."""

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray
from openarm_mujoco.v2 import openarm_bimanual_xml

from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.looks import BLOCKS, GROUP
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.scene import build
from lacelab.envs.spec import SIDES

_CLOSE = 0.013  # m


@pytest.fixture(scope="module")
def makers() -> mujoco.MjModel:
    """Compile the maker's model."""
    return mujoco.MjModel.from_xml_path(openarm_bimanual_xml())


def test_looks_are_seen_only_and_mirror_images() -> None:
    model = build(LaceParameters(), ShoeParameters()).model
    for number in range(len(BLOCKS)):
        left, right = (model.geom(f"openarm_v20/{side}_look{number}") for side in SIDES)
        for geom in (left, right):
            assert geom.contype[0] == geom.conaffinity[0] == 0 and geom.group[0] == GROUP
        assert np.allclose(left.pos, right.pos * [1, -1, 1]) and np.allclose(left.size, right.size)


def test_looks_leave_masses_as_the_maker_gives_them(makers: mujoco.MjModel) -> None:
    model = build(LaceParameters(), ShoeParameters()).model
    for side in SIDES:
        for name in {block.body for block in BLOCKS}:
            body = f"openarm_{side}_{name}"
            assert model.body(f"openarm_v20/{body}").mass[0] == makers.body(body).mass[0]


@pytest.mark.parametrize("body", sorted({block.body for block in BLOCKS}))
def test_blocks_fill_the_makers_meshes(body: str, makers: mujoco.MjModel) -> None:
    low = np.min([block.low for block in BLOCKS if block.body == body], axis=0)
    high = np.max([block.high for block in BLOCKS if block.body == body], axis=0)
    vertices = _visible_vertices(makers, f"openarm_right_{body}")
    assert np.abs(vertices.min(axis=0) - low).max() < _CLOSE
    assert np.abs(vertices.max(axis=0) - high).max() < _CLOSE


def _visible_vertices(model: mujoco.MjModel, body: str) -> NDArray[np.float64]:
    """Return the vertices (n, 3) of a body's visual meshes in the body's frame [m]."""
    number, vertices = model.body(body).id, []
    for geom in np.flatnonzero((model.geom_bodyid == number) & (model.geom_group == 2)):
        mesh = model.geom_dataid[geom]
        start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        rotation = np.zeros(9)
        mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
        local = model.mesh_vert[start : start + count].astype(float)
        vertices.append(local @ rotation.reshape(3, 3).T + model.geom_pos[geom])
    return np.concatenate(vertices)
