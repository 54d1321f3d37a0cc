"""A restored state continues bit for bit."""

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shared_worlds import MakeEnv, make

from lacelab.agents.demonstrator.expert import Expert
from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import SnapshotError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.snapshot import Snapshot
from lacelab.envs.spec import ACTION_SIZE

Step = tuple[dict[str, Any], float, bool, bool, dict[str, Any]]


def _actions(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Return random actions with both hands closed."""
    actions = np.random.default_rng(seed).uniform(-0.4, 0.4, (count, ACTION_SIZE)).astype(np.float32)
    actions[:, [6, 13]] = -1.0
    return actions


def _assert_same_steps(first: list[Step], second: list[Step]) -> None:
    for a, b in zip(first, second, strict=True):
        assert a[1:] == b[1:]
        for name, value in a[0].items():
            assert value.tobytes() == b[0][name].tobytes(), name


def _continue(env: LacingEnv, snapshot: Snapshot, actions: NDArray[np.float32]) -> list[Step]:
    env.restore(pickle.loads(pickle.dumps(snapshot)))
    return [env.step(action) for action in actions]


@pytest.mark.parametrize("deployment", [None, Deployment(latency=2, observation_delay=2)])
def test_continues_with_an_aglet_in_hand(deployment: Deployment | None) -> None:
    env = make("InsertAglet", difficulty="hard", reward="dense", deployment=deployment)
    env.reset(seed=2)
    for action in _actions(20):
        env.step(action)
    assert env.goal.inserting_hand in env.judge.touches[env.goal.lace.index].held_by
    snapshot, actions = env.snapshot(), _actions(20, seed=1)
    steps = [env.step(action) for action in actions]
    _assert_same_steps(steps, _continue(env, snapshot, actions))
    other = make("InsertAglet", difficulty="hard", reward="dense", deployment=deployment)
    _assert_same_steps(steps, _continue(other, snapshot, actions))
    other.reset(seed=9)
    other.step(actions[0])
    _assert_same_steps(steps, _continue(other, snapshot, actions))


def test_continues_in_the_middle_of_the_experts_work(make_env: MakeEnv) -> None:
    env = make_env()
    observation, _ = env.reset(seed=0)
    expert = Expert(env)
    expert.reset(0)
    for _ in range(60):
        observation, *_ = env.step(expert.act(observation)[0])
    snapshot, steps, actions = env.snapshot(), [], []
    for _ in range(30):
        actions.append(expert.act(observation)[0])
        steps.append(env.step(actions[-1]))
        observation = steps[-1][0]
    _assert_same_steps(steps, _continue(env, snapshot, np.stack(actions)))


def test_continues_from_the_first_instant(make_env: MakeEnv) -> None:
    env = make_env(reward="dense")
    first, _ = env.reset(seed=5)
    snapshot, actions = env.snapshot(), _actions(5)
    steps = [env.step(action) for action in actions]
    again = env.restore(snapshot)
    for name, value in first.items():
        assert value.tobytes() == again[name].tobytes(), name
    _assert_same_steps(steps, _continue(env, snapshot, actions))


def test_restoring_shows_the_same_observation(make_env: MakeEnv) -> None:
    env = make_env(deployment=Deployment())
    env.reset(seed=5)
    observation = [env.step(action)[0] for action in _actions(6)][-1]
    snapshot = env.snapshot()
    env.step(_actions(1)[0])
    restored = env.restore(snapshot)
    for name, value in observation.items():
        assert value.tobytes() == restored[name].tobytes(), name


def test_a_snapshot_does_not_change_with_the_environment(make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=5)
    env.step(_actions(1)[0])
    snapshot = env.snapshot()
    before = pickle.dumps(snapshot)
    for action in _actions(5):
        env.step(action)
    env.reset(seed=6)
    assert pickle.dumps(snapshot) == before


def test_refuses_another_world(make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=0)
    snapshot = env.snapshot()
    with pytest.raises(
        SnapshotError, match="The snapshot's task is ThreadEyelet, that of this environment is PickLace"
    ):
        make_env("PickLace").restore(snapshot)
    with pytest.raises(SnapshotError, match="The snapshot's difficulty is standard, that of this environment is hard"):
        make_env(difficulty="hard").restore(snapshot)
