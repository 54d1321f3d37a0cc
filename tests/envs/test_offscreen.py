"""Pictures of a tiny model."""

import mujoco
import numpy as np
import pytest

from lacelab.envs.offscreen import Offscreen

_MODEL = """
<mujoco>
  <visual><headlight ambient="1 1 1"/></visual>
  <worldbody>
    <camera name="left" pos="0 0 2"/>
    <geom size=".2" pos="-.5 0 0" rgba="1 0 0 1"/>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def model() -> mujoco.MjModel:
    """Compile a red ball, left of the picture's centre."""
    return mujoco.MjModel.from_xml_string(_MODEL)


def test_picture_shows_the_ball_where_it_is(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderer = Offscreen(model, 64, 48)
    picture = renderer.render(data, "left")
    assert picture.shape == (48, 64, 3) and picture.dtype == np.uint8
    red = picture[..., 0].astype(int) - picture[..., 2]
    assert red[:, :32].max() > 150 and red[:, 32:].max() <= 0
    renderer.close()


def test_two_renderers_do_not_disturb_each_other(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    small, large = Offscreen(model, 64, 48), Offscreen(model, 128, 96)
    before = small.render(data, "left")
    large.render(data, "left")
    assert np.array_equal(small.render(data, "left"), before)
    small.close()
    large.close()
