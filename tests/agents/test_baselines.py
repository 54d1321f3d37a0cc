"""Baselines learn a little, stop, and go on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from observations import TINY

from lacelab.agents import baselines, checkpoint
from lacelab.agents.baselines import BaselineConfig, load_dsrl, make_environment, train_baseline
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import CheckpointError, RunError
from lacelab.agents.learned import EXECUTED, LearnedPolicy
from lacelab.agents.noise_space import NoisePolicy, NoiseSpace
from lacelab.agents.policies import known_deployment
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import KIND, load_policy
from lacelab.benchmarks.policies import make_policy
from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import UnknownNameError

CONFIG = BaselineConfig(steps=64, batch=16, buffer=200, warm_up=16, collected=32, save_every=20)


class Target(gymnasium.Env[Any, Any]):
    """Reward for actions near a number that is shown; ten ticks."""

    def __init__(self) -> None:
        self.observation_space = spaces.Dict(
            {"wanted": spaces.Box(-1, 1, (1,), np.float32), "words": spaces.Box(0, 255, (4,), np.int64)}
        )
        self.action_space = spaces.Box(-1, 1, (14,), np.float32)
        self._tick, self._wanted = 0, 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Draw a number."""
        super().reset(seed=seed)
        self._tick, self._wanted = 0, float(self.np_random.uniform(-1, 1))
        return self._observe(), {}

    def step(self, action: Any) -> Any:
        """Compare."""
        self._tick += 1
        error = abs(float(action[0]) - self._wanted)
        return self._observe(), -error, False, self._tick == 10, {"is_success": error < 0.1}

    def _observe(self) -> dict[str, Any]:
        return {"wanted": np.array([self._wanted], np.float32), "words": np.zeros(4, np.int64)}


class Raw:
    """A policy whose actions are its noise."""

    def reset(self, seed: int) -> None:
        """Begin."""

    def act(self, observation: Any, noise: Any = None) -> Any:
        """Return noise."""
        return np.clip(noise, -1, 1)[:2]


def _world(algorithm: str) -> Any:
    return NoiseSpace(Target(), Raw(), TINY.chunk) if algorithm == "dsrl" else Target()


@pytest.mark.parametrize("algorithm", ["sac", "td3", "ppo", "dsrl"])
def test_training_goes_on_where_it_stopped(algorithm: str, tmp_path: Path) -> None:
    config = replace(CONFIG, algorithm=algorithm)
    seen: list[int] = []

    def stop(step: int) -> None:
        if step == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_baseline(config, tmp_path, _world(algorithm), stop)
    model = train_baseline(config, tmp_path, _world(algorithm), seen.append)
    assert seen[0] == 41 and model.num_timesteps == seen[-1] >= 64  # PPO ends with the steps it collects at once
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(
        [baselines.MODEL, baselines.CONFIG, baselines.CURVE, *([] if algorithm == "ppo" else [baselines.REPLAY])]
    )
    assert len(list((tmp_path / "logs").rglob("events.*"))) == 2
    again = train_baseline(config, tmp_path, _world(algorithm), stop)
    assert again.num_timesteps == model.num_timesteps
    observation, _ = Target().reset(seed=1)
    actions = [each.predict(observation, deterministic=True)[0] for each in (model, again)]
    assert np.array_equal(actions[0], actions[1]) and actions[0].shape == ((42,) if algorithm == "dsrl" else (14,))


def test_seeds(tmp_path: Path) -> None:
    observation, _ = Target().reset(seed=1)
    actions = []
    for run, seed in enumerate((3, 3, 4)):
        config = replace(CONFIG, steps=24, seed=seed)
        model = train_baseline(config, tmp_path / str(run), Target())
        actions.append(model.predict(observation, deterministic=True)[0])
    assert np.array_equal(actions[0], actions[1]) and not np.array_equal(actions[0], actions[2])


def test_every_episode_is_noted_once_whatever_was_interrupted(tmp_path: Path) -> None:
    for steps in (24, 64):  # episodes of ten steps; the one that was running at step 24 begins anew
        train_baseline(replace(CONFIG, steps=steps), tmp_path, Target())
    curve = read_json(tmp_path / baselines.CURVE)
    assert [(point["step"], point["length"]) for point in curve] == [(s, 10) for s in (10, 20, 34, 44, 54, 64)]
    assert all(set(point) == {"step", "success", "reward", "length"} and point["reward"] < 0 for point in curve)


def test_a_kill_between_curve_and_state_notes_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_baseline(replace(CONFIG, steps=24), tmp_path, Target())
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(baselines, "save", lambda model, folder: _interrupt())
        train_baseline(replace(CONFIG, steps=64), tmp_path, Target())
    assert [point["step"] for point in read_json(tmp_path / baselines.CURVE)] == [10, 20, 34]
    train_baseline(replace(CONFIG, steps=64), tmp_path, Target())
    assert [point["step"] for point in read_json(tmp_path / baselines.CURVE)] == [10, 20, 34, 44, 54, 64]


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_another_configuration_is_refused_but_not_more_steps(tmp_path: Path) -> None:
    train_baseline(replace(CONFIG, steps=24), tmp_path, Target())
    with pytest.raises(RunError, match=r"is of another configuration \(reward is sparse, not dense\)"):
        train_baseline(replace(CONFIG, reward="dense"), tmp_path, Target())


def test_unknown_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Unknown algorithm 'sca'. Did you mean 'sac'?"):
        train_baseline(replace(CONFIG, algorithm="sca"), tmp_path, Target())
    with pytest.raises(CheckpointError, match="holds no training of DSRL."):
        load_dsrl(tmp_path, Target())
    with pytest.raises(CheckpointError, match="DSRL steers a flow policy: name its checkpoint."):
        make_environment(replace(CONFIG, algorithm="dsrl", task="PickLace"))


def test_the_frozen_policy_of_dsrl_knows_the_deployment_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = []
    monkeypatch.setattr(baselines, "load_policy", lambda path: PolicyNetwork(TINY))
    monkeypatch.setattr(
        baselines, "LearnedPolicy", lambda network, deployment: known.append(deployment) or LearnedPolicy(network)
    )
    make_environment(replace(CONFIG, algorithm="dsrl", task="PickLace", policy="policy"))
    assert known == [Deployment(latency=2)]


def test_dsrl_in_the_real_world(tmp_path: Path) -> None:
    """Two steps of eight ticks, and the policy that comes of it."""
    path = tmp_path / "policy.safetensors"
    network = PolicyNetwork(replace(TINY, layers=2))
    settings = {"network": {"width": 16, "heads": 2, "layers": 2, "chunk": 3, "bins": 11}}
    checkpoint.save_weights(path, KIND, settings, network.state_dict())
    config = replace(CONFIG, algorithm="dsrl", task="PickLace", reward="dense", steps=2, warm_up=1, policy=str(path))
    model = train_baseline(config, tmp_path / "dsrl")
    env = make_environment(replace(config, algorithm="sac"))
    observation, _ = env.reset(seed=0)
    base = LearnedPolicy(load_policy(path), deployment=known_deployment(env))
    actions = NoisePolicy(base, model).act(observation)
    loaded = make_policy(str(tmp_path / "dsrl" / baselines.MODEL), env)
    loaded.reset(0)
    assert np.array_equal(loaded.act(observation), actions)
    assert actions.shape == (min(EXECUTED, 3), 14) and np.isfinite(actions).all()
    env.step(actions[0])
