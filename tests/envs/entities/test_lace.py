"""What laces are made of."""

import numpy as np
import pytest
from shared_worlds import MakeEnv

from lacelab.envs.entities.lace import (
    AGLET_LENGTH,
    DENSITY,
    FINE_EDGE,
    FINE_EDGES,
    edge_lengths,
    shown_vertices,
    vertex_masses,
)


@pytest.mark.parametrize("length", [0.35, 0.45, 0.70])
def test_edges_and_masses_sum_up(length: float) -> None:
    edges = edge_lengths(length)
    assert edges.sum() == pytest.approx(length) and (edges[-FINE_EDGES:] == FINE_EDGE).all()
    assert vertex_masses(length).sum() == pytest.approx(DENSITY * length)


@pytest.mark.parametrize("length", [0.40, 0.45, 0.70])
def test_what_is_shown_of_a_lace_does_not_depend_on_its_length(length: float) -> None:
    """Near the working end all laces have the same edges."""
    edges, standard = edge_lengths(length), edge_lengths(0.45)
    shown, usual = shown_vertices(len(edges), 12), shown_vertices(len(standard), 12)
    np.testing.assert_array_equal(len(edges) - shown[2:], len(standard) - usual[2:])
    to_aglet = [edges[vertex:].sum() for vertex in shown]
    np.testing.assert_allclose(to_aglet[2:], [standard[vertex:].sum() for vertex in usual[2:]], atol=0.01)
    assert usual[0] == 0 and usual[-1] == len(standard) and min(np.diff(usual)) > 0


def test_of_a_short_lace_the_anchor_is_shown_several_times() -> None:
    assert shown_vertices(15, 4).tolist() == [0, 0, 5, 15]


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
