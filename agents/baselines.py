"""Baselines from Stable-Baselines3: SAC, TD3 and PPO on the actions themselves, and DSRL on the noise of our policy.

Raffin et al., 2021, "Stable-Baselines3". Policies are its `MultiInputPolicy`: every entry of the observation is flattened.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from lacelab.envs import environment_id
from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import UnknownNameError

from .data.files import read_json, write_json
from .exceptions import CheckpointError
from .learned import EXECUTED, LearnedPolicy
from .noise_space import NoisePolicy, NoiseSpace
from .policies import Environment, known_deployment
from .stage import refuse_others
from .training.cloning import load_policy

MODEL, REPLAY, CONFIG, CURVE = "model.zip", "replay.pkl", "config.json", "curve.json"
_EXPLORATION = 0.1  # standard deviation of TD3's actions


@dataclass(frozen=True)
class BaselineConfig:
    """Training of a baseline.

    Attributes:
        algorithm: `sac`, `td3`, `ppo` or `dsrl`, which is SAC in the noise space of a frozen flow policy.
        task: what to learn.
        difficulty: of it.
        reward: sparse or dense.
        steps: of the algorithm in all; one of DSRL carries out several actions.
        seed: of weights, exploration and episodes.
        policy: checkpoint of the flow policy, for DSRL only.
        bound: largest size of an entry of DSRL's noise.
        gamma: discount per action.
        batch: samples per gradient step.
        buffer: transitions kept for replay.
        warm_up: random steps before learning from replay begins.
        collected: steps between the updates of PPO.
        save_every: steps between saved states.
    """

    algorithm: str = "sac"
    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    reward: str = "sparse"
    steps: int = 100_000
    seed: int = 0
    policy: str = ""
    bound: float = 1.5
    gamma: float = 0.995
    batch: int = 256
    buffer: int = 100_000
    warm_up: int = 1000
    collected: int = 2048
    save_every: int = 5000


def make_environment(config: BaselineConfig) -> Environment:
    """Return the environment of a baseline, in the deployment mode.

    Raises:
        CheckpointError: DSRL lacks its policy.
    """
    env: Environment = gymnasium.make(
        environment_id(config.task), difficulty=config.difficulty, reward=config.reward, deployment=Deployment()
    )
    return _in_noise_space(config, env) if config.algorithm == "dsrl" else env


def train_baseline(
    config: BaselineConfig,
    folder: Path,
    env: Environment | None = None,
    on_step: Callable[[int], None] = lambda step: None,
) -> BaseAlgorithm:
    """Train, from the saved state in `folder` where there is one; return the model.

    Weights, optimiser and replay go on from the saved state; the episode that was running begins anew, so that a killed
    run is not the same as an undisturbed one, only as good.

    Args:
        config: what to train.
        folder: holds configuration, model, replay, TensorBoard logs, and every training episode in `curve.json`.
        env: where; by default that of the configuration. Already in noise space for DSRL.
        on_step: called with the number of steps after each.

    Raises:
        UnknownNameError: there is no such algorithm.
        RunError: the folder holds another configuration, not only another number of steps.
    """
    if config.algorithm not in _ALGORITHMS:
        raise UnknownNameError("algorithm", config.algorithm, _ALGORITHMS)
    env = make_environment(config) if env is None else env
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MODEL).exists():
        refuse_others(folder, read_json(folder / CONFIG) | {"steps": config.steps}, asdict(config))
    write_json(folder / CONFIG, asdict(config))
    model = _resume(config, folder, env) if (folder / MODEL).exists() else _begin(config, folder, env)
    left = config.steps - model.num_timesteps
    if left > 0:
        keeper = _Keeper(folder, config.save_every, on_step)
        model.learn(left, callback=keeper, log_interval=1, tb_log_name=config.algorithm, reset_num_timesteps=False)
        keeper.save()
    return model


def load_dsrl(folder: Path, env: Environment) -> NoisePolicy:
    """Return the frozen policy with the noise that DSRL has learned to choose, for an environment.

    Raises:
        CheckpointError: the folder holds no training of DSRL, or its flow policy is gone.
    """
    config = read_json(folder / CONFIG) if (folder / CONFIG).is_file() else {}
    if config.get("algorithm") != "dsrl":
        raise CheckpointError(f"'{folder}' holds no training of DSRL.")
    return NoisePolicy(_frozen(config["policy"], env), SAC.load(folder / MODEL, device="cpu"))


def save(model: BaseAlgorithm, folder: Path) -> None:
    """Write model and replay, each at once."""
    if isinstance(model, OffPolicyAlgorithm):
        _replace(folder / REPLAY, model.save_replay_buffer)
    _replace(folder / MODEL, model.save)


def _begin(config: BaselineConfig, folder: Path, env: Environment) -> BaseAlgorithm:
    algorithm, settings = _ALGORITHMS[config.algorithm], _settings(config)
    return algorithm(
        "MultiInputPolicy", env, seed=config.seed, tensorboard_log=str(folder / "logs"), device="auto", **settings
    )


def _resume(config: BaselineConfig, folder: Path, env: Environment) -> BaseAlgorithm:
    model = _ALGORITHMS[config.algorithm].load(folder / MODEL, env=env)
    if isinstance(model, OffPolicyAlgorithm):
        model.load_replay_buffer(folder / REPLAY)
    model.set_random_seed(config.seed + model.num_timesteps)
    return model


def _settings(config: BaselineConfig) -> dict[str, Any]:
    shared: dict[str, Any] = {"gamma": config.gamma, "batch_size": config.batch}
    replay = shared | {"buffer_size": config.buffer, "learning_starts": config.warm_up}
    size = 14
    return {
        "sac": replay,
        "td3": replay | {"action_noise": NormalActionNoise(np.zeros(size), np.full(size, _EXPLORATION))},
        "ppo": shared | {"n_steps": config.collected},
        "dsrl": replay | {"gamma": config.gamma**EXECUTED},
    }[config.algorithm]


def _in_noise_space(config: BaselineConfig, env: Environment) -> Environment:
    if not config.policy:
        raise CheckpointError("DSRL steers a flow policy: name its checkpoint.")
    policy = _frozen(config.policy, env)
    return NoiseSpace(env, policy, policy.chunk, config.bound)


def _frozen(path: str, env: Environment) -> LearnedPolicy:
    """Return a flow policy that acts as it does when nothing steers it."""
    return LearnedPolicy(load_policy(Path(path)), deployment=known_deployment(env))


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside and put it in place at once."""
    temporary = path.with_stem(f"{path.stem}.new")
    write(temporary)
    os.replace(temporary, path)


class _Keeper(BaseCallback):
    """Notes every episode, and saves the state every so often."""

    def __init__(self, folder: Path, every: int, on_step: Callable[[int], None]) -> None:
        super().__init__()
        self._folder, self._every, self._report = folder, every, on_step
        self._curve: list[dict[str, Any]] = []

    def save(self) -> None:
        """Write the episodes so far, and then the state that they led to."""
        write_json(self._folder / CURVE, self._curve)
        save(self.model, self._folder)

    def _on_training_start(self) -> None:
        path, known = self._folder / CURVE, self.model.num_timesteps
        self._curve = [point for point in read_json(path) if point["step"] <= known] if path.exists() else []

    def _on_step(self) -> bool:
        [info] = self.locals["infos"]
        if "episode" in info:  # It has ended: Stable-Baselines3's Monitor sums it up.
            outcome = {"success": bool(info.get("is_success")), "reward": float(info["episode"]["r"])}
            self._curve.append({"step": self.num_timesteps, **outcome, "length": int(info["episode"]["l"])})
        if self.num_timesteps % self._every == 0:
            self.save()
        self._report(self.num_timesteps)
        return True


_ALGORITHMS: Mapping[str, type[BaseAlgorithm]] = {"sac": SAC, "td3": TD3, "ppo": PPO, "dsrl": SAC}
