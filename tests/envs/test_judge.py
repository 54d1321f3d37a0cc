"""The judge sees what happens to the laces."""

import numpy as np
import pytest
from shared_worlds import MakeEnv, make

from lacelab.agents.demonstrator.expert import Expert
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE, SIDES

_STILL = np.zeros(ACTION_SIZE, np.float32)


def _put_through(env: LacingEnv, length: float) -> None:
    """Put the goal lace straight through the goal eyelet, by hand of God."""
    goal, data = env.goal, env.simulation.data
    lace, site = env.scene.laces[goal.lace.index], env.scene.eyelet_sites[goal.side.index, goal.index]
    axis = -goal.direction * data.site_xmat[site].reshape(3, 3)[:, 2]
    from_tip = 0.024 + np.concatenate([np.cumsum(lace.edge_lengths[::-1])[::-1], [0.0]])
    lace.place(env.scene.model, data, data.site_xpos[site] + np.outer(length - from_tip, axis), axis)
    import mujoco

    mujoco.mj_forward(env.scene.model, data)


def test_a_lace_that_is_suddenly_through_has_tunnelled(make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=0)
    env.step(_STILL)
    _put_through(env, 0.12)
    _, reward, terminated, _, info = env.step(_STILL)
    assert terminated and info["invalid"] and not info["is_success"] and reward == 0.0
    assert "tunnelled at the" in info["invalid_reason"] and str(env.goal.lace) in info["invalid_reason"]


@pytest.fixture(scope="module")
def threaded() -> tuple[LacingEnv, list[dict[str, object]]]:
    """Solve an episode; return the world at its end and the info of every tick."""
    env = make()
    env.reset(seed=5000)
    expert, infos, over = Expert(env), [], False
    expert.reset(5000)
    while not over:
        _, _, terminated, truncated, info = env.step(expert.act({})[0])
        infos.append(info)
        over = terminated or truncated
    return env, infos


def test_stages_are_reached_one_after_the_other(threaded: tuple[LacingEnv, list[dict[str, object]]]) -> None:
    _, infos = threaded
    stages = [int(info["max_stage"]) for info in infos]  # type: ignore[call-overload]
    assert stages == sorted(stages) and set(stages) == {0, 1, 2, 3, 4, 5}
    assert [bool(info["is_success"]) for info in infos] == [stage == 5 for stage in stages]


def test_the_observation_counts_what_the_judge_counts(threaded: tuple[LacingEnv, list[dict[str, object]]]) -> None:
    env, _ = threaded
    goal, threading = env.goal, env.judge.threading
    here = goal.lace.index, goal.side.index, goal.index
    assert threading.net[here] == goal.direction and np.abs(threading.net).sum() == 1
    assert 0.05 < threading.through[here] < 0.3
    assert not env.judge.touches[goal.lace.index].touched_by


def test_a_wrong_eyelet_does_not_count(threaded: tuple[LacingEnv, list[dict[str, object]]]) -> None:
    """The same end of the episode under another goal is no success, and is not threaded."""
    env, _ = threaded
    snapshot = env.snapshot()
    other = make()
    index = (env.goal.index + 1) % 3
    ordinal = ("first", "second", "third")[index]
    sentence = f"thread the {env.goal.lace} lace through the {ordinal} hole on the {env.goal.side}"
    other.reset(seed=5000, options={"instruction": sentence})
    assert snapshot.physics is not None
    other.simulation.set_state(snapshot.physics)
    *_, info = other.step(_STILL)
    assert not info["is_success"] and info["stages"]["thread"] is None


def test_who_touches_and_who_holds(make_env: MakeEnv) -> None:
    env = make_env("InsertAglet")
    env.reset(seed=2)
    hand, lace = env.goal.inserting_hand, env.goal.lace
    grip = _STILL.copy()
    grip[[6, 13]] = -1.0
    env.step(grip)
    assert env.judge.touches[lace.index].held_by == {hand}
    assert env.judge.touches[lace.other.index].touched_by == frozenset()
    grip[7 * hand.index + 6] = 1.0
    for _ in range(10):
        env.step(grip)
    assert not any(hand in touch.held_by for touch in env.judge.touches) and hand in SIDES
