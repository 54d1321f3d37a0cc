"""A policy that learns from what it solves, at once or later."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from observations import TINY, states
from synthetic_frames import synthetic_rows

from lacelab.agents import checkpoint, rollouts, self_imitation
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import RunError
from lacelab.agents.learned import load_learned
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec, path_of
from lacelab.agents.self_imitation import PRACTICE, SelfImitationConfig, practise, self_imitate
from lacelab.agents.stage import POLICY
from lacelab.agents.training import loop
from lacelab.agents.training.cloning import KIND, WAITING, CloningConfig
from lacelab.envs.exceptions import ParameterError

CONFIG = SelfImitationConfig(episodes=6, repeats=2, seed=2, cloning=CloningConfig(steps=2, batch=4))
LENGTH = 8


def _roll_out(spec: RolloutSpec) -> Rollout:
    """Succeed at episodes 0 and 3 at once, at 1 and 4 at the second attempt, at the others never."""
    reward = np.zeros(LENGTH, np.float32)
    reward[-1] = spec.seed % 3 <= spec.noise and spec.seed % 3 < 2
    frames = synthetic_rows(LENGTH, np.random.default_rng(spec.seed % 100))
    return Rollout(frames, reward, 5)


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a policy whose rollouts are made up; seeds are counted from 0."""
    monkeypatch.setattr(rollouts, "roll_out", _roll_out)
    monkeypatch.setattr(self_imitation, "rollout_seed", lambda run, episode: 3 * run + episode)
    path = tmp_path / "policy.safetensors"
    config = {"network": vars(TINY)}
    checkpoint.save_weights(path, KIND, config, PolicyNetwork(TINY).state_dict())
    return path


def _improve(policy: Path, folder: Path, config: SelfImitationConfig = CONFIG) -> Path:
    return self_imitate(config, policy, folder, {"commit": "abc"}, 1, lambda rollout: None, lambda step, metrics: None)


def test_what_fails_is_tried_again(policy: Path, tmp_path: Path) -> None:
    tried: list[bool] = []
    found = practise(CONFIG, policy, tmp_path / "rollouts", 1, lambda rollout: tried.append(rollout.success))
    assert found.facts() == {"solved_at_once": 2, "solved_later": 2, "never": 2}
    assert tried == [True, False, False] * 2 + [True, False] * 2 + [False] * 2
    assert practise(CONFIG, policy, tmp_path / "rollouts", 1, lambda rollout: pytest.fail("again")).never == 2


def test_rolling_out_leaves_the_number_of_threads(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def roll_out(spec: RolloutSpec) -> Rollout:
        torch.set_num_threads(1)  # as loading a policy does
        return _roll_out(spec)

    before = torch.get_num_threads()
    monkeypatch.setattr(rollouts, "roll_out", roll_out)
    try:
        torch.set_num_threads(2)
        practise(CONFIG, policy, tmp_path / "rollouts", 1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_attempts_are_kept_apart(policy: Path, tmp_path: Path) -> None:
    spec = RolloutSpec(policy, 5)
    assert path_of(spec, tmp_path).name == "5.npz" and path_of(replace(spec, noise=2), tmp_path).name == "5-2.npz"


def test_hard_episodes_count_several_times(policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[np.ndarray] = []
    original = self_imitation.Cloning
    monkeypatch.setattr(self_imitation, "Cloning", lambda *args: (drawn.append(args[2]), original(*args))[1])
    _improve(policy, tmp_path / "run")
    assert np.bincount(drawn[0]).tolist() == [1] * 2 * LENGTH + [3] * 2 * LENGTH


def test_the_new_policy_waits_by_itself_and_can_go_on(policy: Path, tmp_path: Path) -> None:
    first = _improve(policy, tmp_path / "first")
    assert first == tmp_path / "first" / POLICY and checkpoint.kind_of(first) == WAITING
    assert load_learned(first).act({name: values[0].numpy() for name, values in states(1).items()}).shape == (3, 14)
    facts = {"solved_at_once": 2, "solved_later": 2, "never": 2, "ticks": 4 * LENGTH, "cloned": 4 * LENGTH}
    assert read_json(tmp_path / "first" / PRACTICE) == facts
    assert checkpoint.kind_of(_improve(first, tmp_path / "second", replace(CONFIG, first=6))) == WAITING
    with pytest.raises(RunError, match="is of another configuration .first is 0, not 6"):
        _improve(policy, tmp_path / "first", replace(CONFIG, first=6))


def test_nothing_to_learn_from(policy: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="None of 1 episodes was solved by .*policy.safetensors': nothing to learn"):
        _improve(policy, tmp_path / "run", replace(CONFIG, first=2, episodes=1))
    checkpoint.save_weights(tmp_path / "critic.safetensors", "critic", {}, {})
    with pytest.raises(
        RunError, match="is a critic; only a flow policy or a flow policy that waits by itself can learn"
    ):
        _improve(tmp_path / "critic.safetensors", tmp_path / "other")
    with pytest.raises(ParameterError, match="hard_times is 0. Valid: "):
        replace(CONFIG, hard_times=0)
    with pytest.raises(ParameterError, match=r"first \+ episodes is 1000006. Valid: a whole number from 1 to 1000000"):
        replace(CONFIG, first=1_000_000)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill(step: int, metrics: dict[str, float]) -> None:
        if step == 2:
            raise Killed

    monkeypatch.setattr(loop, "_SAVE_EVERY", 0.0)  # after every step
    config = replace(CONFIG, cloning=replace(CONFIG.cloning, steps=3))
    undisturbed = _improve(policy, tmp_path / "undisturbed", config)
    with pytest.raises(Killed):
        self_imitate(config, policy, tmp_path / "killed", {"commit": "abc"}, 1, lambda rollout: None, kill)
    assert not (tmp_path / "killed" / POLICY).exists()
    tried: list[Rollout] = []
    steps: list[int] = []
    self_imitate(
        config,
        policy,
        tmp_path / "killed",
        {"commit": "abc"},
        1,
        tried.append,
        lambda step, metrics: steps.append(step),
    )
    assert not tried and steps == [2, 3]
    assert checkpoint.digest_of(tmp_path / "killed" / POLICY) == checkpoint.digest_of(undisturbed)
