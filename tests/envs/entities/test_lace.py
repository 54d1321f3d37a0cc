"""What laces are made of."""

import numpy as np
import pytest
from shared_worlds import MakeEnv

from lacelab.envs.entities.lace import AGLET_LENGTH, DENSITY, FINE_EDGE, FINE_EDGES, edge_lengths, vertex_masses


@pytest.mark.parametrize("length", [0.35, 0.45, 0.70])
def test_edges_and_masses_sum_up(length: float) -> None:
    edges = edge_lengths(length)
    assert edges.sum() == pytest.approx(length) and (edges[-FINE_EDGES:] == FINE_EDGE).all()
    assert vertex_masses(length).sum() == pytest.approx(DENSITY * length)


def test_nothing_but_the_lace_itself_is_tied_to_a_lace(make_env: MakeEnv) -> None:
    """Contact does everything: constraints only join lace to aglet and lace to the toe; no adhesion anywhere."""
    model = make_env().scene.model
    lace_bodies = {int(body) for lace in make_env().scene.laces for body in (*lace.vertex_bodies, lace.aglet_body)}
    shoe = make_env().scene.shoe_body
    tied = 0
    for row in range(model.neq):
        if model.eq_objtype[row] != 1:  # mjOBJ_BODY
            continue
        ends = {int(model.eq_obj1id[row]), int(model.eq_obj2id[row])}
        if ends & lace_bodies:
            tied += 1
            assert ends <= lace_bodies | {shoe, 0}, [model.body(body).name for body in ends]
    assert tied == 6  # For each lace: two to its aglet, one to the shoe.
    assert not any("adhesion" in model.actuator(i).name for i in range(model.nu)) and model.nu == 16


def test_a_placed_lace_is_where_it_was_put(make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=5)
    assert env.episode is not None
    placement = env.episode.placement
    for lace, points, axis in zip(env.scene.laces, placement.lace_points, placement.aglet_axes, strict=True):
        data = env.simulation.data
        np.testing.assert_allclose(lace.points(data)[:-1], points, atol=1e-9)
        np.testing.assert_allclose(lace.aglet_axis(data), axis, atol=1e-9)
        tip = data.site_xpos[lace.tip_site]
        np.testing.assert_allclose(tip, points[-1] + AGLET_LENGTH * axis, atol=1e-9)
