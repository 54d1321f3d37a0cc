"""The loop of online learning, with rollouts that cost nothing."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_frames import synthetic_rows

from lacelab.agents import rollouts
from lacelab.agents.checkpoint import save_weights
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.agents.training import online
from lacelab.agents.training.online import OnlineConfig, Round
from lacelab.agents.training.steering import Steering, SteeringConfig, load_steered
from lacelab.agents.training.transitions import Transitions
from lacelab.agents.value_heads import Categorical
from lacelab.envs.exceptions import ParameterError

SIZE = NetworkConfig(width=16, heads=2, layers=2, chunk=3, bins=11)
CONFIG = OnlineConfig(warm_episodes=3, critic_steps=2, rounds=4, episodes=2, updates=2, seed=5)
RATES = SteeringConfig(batch=8, seed=5)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RolloutSpec]:
    """Replace the simulator; every second seed succeeds."""
    specs: list[RolloutSpec] = []

    def fake(spec: RolloutSpec) -> Rollout:
        specs.append(spec)
        reward = np.zeros(10, np.float32)
        reward[-1] = spec.seed % 2
        return Rollout(synthetic_rows(10, np.random.default_rng(spec.seed)), reward, 5)

    monkeypatch.setattr(rollouts, "roll_out", fake)
    return specs


def make() -> tuple[Steering, PolicyNetwork]:
    """Return an untrained learner."""
    torch.manual_seed(0)
    policy, head = PolicyNetwork(SIZE), Categorical(SIZE.bins)
    return Steering(RATES, policy, CriticNetwork(SIZE, head.outputs), head, ()), policy


def base(folder: Path) -> Path:
    """Return the file of the frozen policy, which nobody loads."""
    path = folder / "policy"
    if not path.exists():
        save_weights(path, "toy", {}, {"weight": torch.zeros(1)})
    return path


def learn(folder: Path, config: OnlineConfig = CONFIG) -> tuple[Steering, list[Round]]:
    """Learn to the end."""
    learner, policy = make()
    curve = online.learn(config, learner, policy, base(folder), folder, workers=1)
    return learner, curve


def test_curve_counts_every_episode_and_is_kept(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    _, curve = learn(tmp_path)
    assert [point.episodes for point in curve] == [3, 5, 7, 9, 11]
    assert [point.tried for point in curve] == [3, 2, 2, 2, 2]
    assert all(point.successes == 1 for point in curve[1:])  # Of two seeds in a row, one is odd.
    assert online.read_curve(tmp_path) == curve
    assert len(asked) == len({spec.seed for spec in asked}) == 11


def test_the_newest_two_rounds_make_a_buffer_and_everything_older_the_other(
    tmp_path: Path, asked: list[RolloutSpec]
) -> None:
    sizes = []
    for rounds in range(5):
        learner, _ = learn(tmp_path, replace(CONFIG, rounds=rounds))
        sizes.append([len(buffer) // 10 for buffer in learner.buffers])  # episodes of 10 frames
    assert sizes == [[3], [3, 2], [3, 4], [5, 4], [7, 4]]


def test_outcomes_are_learned_without_discount(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    learner, _ = learn(tmp_path, replace(CONFIG, rounds=1, outcome=True))
    drawn = learner.draw(np.random.default_rng(0), 40)
    assert not drawn.discount.any() and set(drawn.reward.tolist()) == {0.0, 1.0}
    with pytest.raises(ParameterError, match="demonstrations is True. Valid: False where outcomes are learned"):
        replace(CONFIG, demonstrations=True, outcome=True)


def test_every_round_is_rolled_out_with_the_newest_predictor(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    learn(tmp_path)
    names = [spec.checkpoint.name for spec in asked]
    assert names[:3] == ["policy"] * 3
    assert names[3:] == [f"{number:04}.safetensors" for number in (0, 0, 1, 1, 2, 2, 3, 3)]


def test_killed_and_resumed_reaches_the_same_weights(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    calm, _ = learn(tmp_path / "calm")

    class Killed(Exception):
        pass

    def kill(point: Round) -> None:
        if point.episodes == 7:
            raise Killed

    learner, policy = make()
    with pytest.raises(Killed):
        online.learn(CONFIG, learner, policy, base(tmp_path / "torn"), tmp_path / "torn", 1, kill)
    before = len(asked)
    resumed, _ = learn(tmp_path / "torn")
    assert len(asked) - before == 4  # Finished rollouts are not run again.
    for a, b in zip(calm.predictor.parameters(), resumed.predictor.parameters(), strict=True):
        assert torch.equal(a, b)


def test_policy_is_frozen_and_predictor_moves(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    torch.manual_seed(0)
    untouched = PolicyNetwork(SIZE).state_dict()
    learner, _ = learn(tmp_path)
    learner.save(tmp_path / "steered.safetensors")
    policy, predictor, *_ = load_steered(tmp_path / "steered.safetensors")
    assert all(torch.equal(value, untouched[name]) for name, value in policy.state_dict().items())
    assert any(bool(weight.abs().sum() > 0) for weight in predictor.chunk.parameters())


def test_what_is_kept_is_a_further_buffer_from_the_first_step_on(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    learner, policy = make()
    reader, visits = rollouts.as_reader([rollouts.roll_out(RolloutSpec(tmp_path, 1))], SIZE.chunk)
    kept = Transitions(reader, visits, SIZE.chunk)
    online.learn(CONFIG, learner, policy, base(tmp_path), tmp_path, workers=1, kept=(kept,))
    assert len(learner.buffers) == 3 and learner.buffers[-1] is kept


def test_what_a_run_has_met_comes_back_without_being_run_again(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    learn(tmp_path)
    ran = [spec.seed % 2 == 1 for spec in asked]
    found = online.met(CONFIG, base(tmp_path), tmp_path, workers=1)
    assert [rollout.success for rollout in found] == ran and len(asked) == len(ran)


def test_rollouts_of_another_policy_are_not_taken_for_its_own(tmp_path: Path, asked: list[RolloutSpec]) -> None:
    online.roll_out_warm(CONFIG, base(tmp_path), workers=1)
    before = rollouts.path_of(asked[0], tmp_path)
    save_weights(base(tmp_path), "toy", {}, {"weight": torch.ones(1)})
    online.roll_out_warm(CONFIG, tmp_path / "policy", workers=1)
    assert len(asked) == 6 and rollouts.path_of(asked[0], tmp_path).parent != before.parent
    with pytest.raises(CheckpointError, match="There is no checkpoint '.*nothing'"):
        rollouts.path_of(RolloutSpec(tmp_path / "nothing", 1), tmp_path)


def test_a_configuration_is_read_from_the_facts_of_its_stage() -> None:
    assert OnlineConfig.of({**asdict(CONFIG), "learner": "Steering", "rates": {}, "reads": {}}) == CONFIG


@pytest.mark.parametrize("other", [{"task": "PickLace"}, {"difficulty": "hard"}, {"aware": False}])
def test_rollouts_of_another_task_or_way_to_act_lie_elsewhere(tmp_path: Path, other: dict[str, Any]) -> None:
    spec = RolloutSpec(base(tmp_path), 1)
    assert rollouts.path_of(replace(spec, **other), tmp_path) != rollouts.path_of(spec, tmp_path)


@pytest.mark.parametrize(
    ("asked_for", "text"),
    [({"episodes": 0}, "episodes"), ({"warm_episodes": 0}, "warm_episodes"), ({"rounds": -1}, "rounds")],
)
def test_numbers_that_cannot_be_learned_from_are_refused(asked_for: dict[str, int], text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        replace(CONFIG, **asked_for)
