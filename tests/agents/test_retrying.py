"""A policy that tries again where there is little chance."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from observations import TINY, awaken, states

from lacelab.agents import checkpoint
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.motions import resting
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.retrying import KIND, Chance, Retrying, Rule, load_retrying, save_retrying
from lacelab.agents.training import cloning
from lacelab.agents.value_heads import Categorical
from lacelab.envs.exceptions import ParameterError

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
RESTING = resting(TINY.chunk)


class _Told(Chance):
    """Says what it was told to, look by look, and then the last of it."""

    def __init__(self, *chances: float) -> None:
        self._chances = list(chances)

    def __call__(self, seen: Mapping[str, NDArray[Any]], wanted: NDArray[np.float32]) -> float:
        return self._chances.pop(0) if len(self._chances) > 1 else self._chances[0]


def _networks() -> tuple[PolicyNetwork, CriticNetwork]:
    policy, critic = PolicyNetwork(TINY), CriticNetwork(TINY, TINY.bins)
    awaken(policy)
    awaken(critic, seed=1)
    return policy, critic


def _retrying(chance: Chance, rule: Rule) -> Retrying:
    return Retrying(LearnedPolicy(_networks()[0]), chance, rule)


def _began_after(policy: Retrying, most: int) -> int | None:
    """Return at which look it lays everything aside."""
    for look in range(most):
        if np.array_equal(policy.act(SEEN), RESTING):
            return look
    return None


def test_it_lays_everything_aside_after_some_looks_with_little_chance() -> None:
    policy = _retrying(_Told(0.5, 0.1, 0.1, 0.5, 0.1, 0.1, 0.1), Rule(0.2, looks=3))
    assert _began_after(policy, 20) == 6
    assert (policy.retries, policy.phase) == (1, "trying again")


def test_the_next_time_it_takes_more_looks() -> None:
    policy = _retrying(_Told(0.0), Rule(0.2, looks=2))
    assert _began_after(policy, 20) == 1
    for _ in range(100):
        if policy.phase == "acting":
            break
        policy.act(SEEN)
    assert _began_after(policy, 20) == 3
    assert policy.retries == 2


@pytest.mark.parametrize(("chance", "least"), [(0.0, 0.0), (0.2, 0.2), (1.0, 0.9)])
def test_otherwise_it_is_the_policy(chance: float, least: float) -> None:
    policy, alone = _retrying(_Told(chance), Rule(least)), LearnedPolicy(_networks()[0])
    for each in (policy, alone):
        each.reset(5)
    for _ in range(12):
        np.testing.assert_array_equal(policy.act(SEEN), alone.act(SEEN))
    assert policy.retries == 0


def test_an_episode_does_not_depend_on_those_before() -> None:
    policy = _retrying(_Told(0.0), Rule(0.2, looks=2))

    def episode() -> list[NDArray[np.float32]]:
        policy.reset(3)
        return [policy.act(SEEN) for _ in range(6)]

    np.testing.assert_array_equal(episode(), episode())
    assert policy.retries == 1


def test_a_hand_that_holds_a_lace_in_an_eyelet_keeps_hold() -> None:
    laces = np.stack([SEEN["aglet_position"][0] + 1.0, SEEN["target_position"][0]])
    held = SEEN | {"aglet_position": laces, "gripper_opening": np.array([0.003, 0.02], np.float32)}
    policy = _retrying(_Told(0.5, 0.0), Rule(0.2, looks=1))
    policy.act(held)
    aside = policy.act(held | {"threaded": SEEN["threaded"] + np.float32(1.0)})
    assert np.array_equal(aside[:, 7:], RESTING[:, 7:]) and not np.array_equal(aside[:, :7], RESTING[:, :7])


def test_the_chance_is_the_mean_of_both_critics() -> None:
    critic, head = _networks()[1], Categorical(TINY.bins)
    wanted = np.full((2, 14), 0.1, np.float32)
    batch = states(1)
    with torch.no_grad():
        outputs = critic.judge(critic.context(batch), torch.from_numpy(wanted)[None])
    expected = head.value(outputs)[:, 0, 1].mean()
    assert Chance(critic, head)(SEEN, wanted) == pytest.approx(float(expected), abs=1e-6)
    assert 0.0 < expected < 1.0


def test_a_checkpoint_acts_as_what_was_saved(tmp_path: Path) -> None:
    policy, critic = _networks()
    chance, path = Chance(critic, Categorical(TINY.bins)), tmp_path / "policy.safetensors"
    save_retrying(path, policy, chance, Rule(1.0, looks=2))
    again, before = load_retrying(path), Retrying(LearnedPolicy(policy), chance, Rule(1.0, looks=2))
    for each in (again, before):
        each.reset(7)
    for _ in range(5):
        np.testing.assert_allclose(again.act(SEEN), before.act(SEEN), atol=1e-5)
    assert again.retries == before.retries == 1
    assert checkpoint.kind_of(path) == KIND


def test_no_other_checkpoint_is_one(tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    checkpoint.save_weights(path, cloning.KIND, {"network": asdict(TINY)}, _networks()[0].state_dict())
    with pytest.raises(CheckpointError, match=f"holds 'flow policy', not '{KIND}'"):
        load_retrying(path)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"least": 1.5}, "least is 1.5. Valid: a number from 0 to 1"),
        ({"least": 0.1, "looks": 0}, "looks is 0. Valid: a whole number from 1 to 1000"),
    ],
)
def test_what_is_no_rule(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Rule(**rule)
