"""The loop of stage three: roll out, learn, roll out again (GR-RL, arXiv 2512.01801, section 3.4).

Two buffers are sampled evenly: one of rollouts of the policy as it was, to which older episodes go, and one of the episodes of
the two newest predictors. Demonstrations, where they are kept, are a third one. Everything finished is on disk: a run that
is killed goes on with the episode or the step where it was.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, Self

from lacelab.envs.exceptions import ParameterError
from lacelab.envs.parameters import check_count

from ..data.files import write_json
from ..policy_network import PolicyNetwork
from ..returns import ENDLESS, GAMMA
from ..rollouts import Rollout, RolloutSpec, as_reader, collect, rollout_seed
from . import loop
from .online_learner import MOST, OnlineLearner
from .transitions import Transitions

CURVE = "curve.json"
ROLLOUTS = "rollouts"
_NEWEST = 2  # predictors whose episodes make the on-policy buffer


@dataclass(frozen=True)
class OnlineConfig:
    """Online RL on a frozen policy.

    Attributes:
        warm_episodes: of the policy as it is, before anything is learned.
        critic_steps: gradient steps for the critics alone after that.
        rounds: of rolling out and learning.
        episodes: per round.
        updates: gradient steps per round.
        task: to roll out.
        difficulty: of it.
        demonstrations: kept as a third buffer; the paper drops them.
        aware: what acts knows of the deployment mode, see `foresight`; in the paper nothing does, and what there is to gain is that.
        outcome: learn from how episodes end, without discount and without backups: values are chances of success, and haste is worth nothing.
        gamma: discount per tick, that of the critic.
        seed: of the episodes.
    """

    warm_episodes: int = 96
    critic_steps: int = 300
    rounds: int = 16
    episodes: int = 12
    updates: int = 50
    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    demonstrations: bool = False
    aware: bool = True
    outcome: bool = False
    gamma: float = GAMMA
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be learned from.

        Raises:
            ParameterError: naming the valid range; demonstrations are kept where outcomes are learned.
        """
        for name, least in {"warm_episodes": 1, "critic_steps": 0, "rounds": 0, "episodes": 1, "updates": 0}.items():
            check_count(name, getattr(self, name), least, MOST)
        if self.outcome and self.demonstrations:
            raise ParameterError(
                "demonstrations", True, "False where outcomes are learned: those of others are not the policy's"
            )

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return the configuration among the facts of a stage, which hold more than that."""
        return cls(**{part.name: facts[part.name] for part in fields(cls) if part.name in facts})


class Round(NamedTuple):
    """One point of the learning curve."""

    episodes: int  # so far, with those of the warm start
    successes: int  # in this round
    tried: int  # in this round


def learn(
    config: OnlineConfig,
    learner: OnlineLearner,
    policy: PolicyNetwork,
    policy_path: Path,
    folder: Path,
    workers: int,
    on_round: Callable[[Round], None] = lambda point: None,
    kept: tuple[Transitions, ...] = (),
) -> list[Round]:
    """Learn from rollouts; return the learning curve.

    Args:
        config: numbers of episodes and steps.
        learner: to train, with buffers to be filled.
        policy: the frozen policy.
        policy_path: its checkpoint, for the workers; its own rollouts lie beside it.
        folder: holds all other rollouts, what made them, state and curve.
        workers: processes that roll out.
        on_round: called with each point of the curve.
        kept: further buffers that stay as they are, sampled as often as each of the two.
    """
    rounds = [roll_out_warm(config, policy_path, workers)]
    learner.buffers = (*_buffers(config, rounds, policy.config.chunk), *kept)
    loop.run(_CriticsOnly(learner), config.critic_steps, config.seed, folder)
    curve = [_point(rounds)]
    on_round(curve[-1])
    for number in range(1, config.rounds + 1):
        checkpoint = _checkpoint(folder, number)
        if not checkpoint.exists():
            learner.save(checkpoint)
        rounds.append(_roll_out(config, checkpoint, folder, number, config.episodes, workers))
        learner.buffers = (*_buffers(config, rounds, policy.config.chunk), *kept)
        loop.run(learner, config.critic_steps + number * config.updates, config.seed, folder)
        curve.append(_point(rounds))
        write_json(folder / CURVE, [point._asdict() for point in curve])
        on_round(curve[-1])
    return curve


def roll_out_warm(
    config: OnlineConfig, policy_path: Path, workers: int, on_rollout: Callable[[Rollout], None] = lambda rollout: None
) -> list[Rollout]:
    """Return the rollouts of the policy as it is; they lie beside it, for whoever learns from them next."""
    return _roll_out(config, policy_path, policy_path.parent, 0, config.warm_episodes, workers, on_rollout)


def met(config: OnlineConfig, policy_path: Path, folder: Path, workers: int) -> list[Rollout]:
    """Return all rollouts that a finished run has learned from, those of the warm start first."""
    rounds = [
        _roll_out(config, _checkpoint(folder, number), folder, number, config.episodes, workers)
        for number in range(1, config.rounds + 1)
    ]
    return [*roll_out_warm(config, policy_path, workers), *itertools.chain(*rounds)]


def read_curve(folder: Path) -> list[Round]:
    """Return the curve of a run as far as it has come."""
    return [Round(**point) for point in json.loads((folder / CURVE).read_text())]


def _roll_out(
    config: OnlineConfig,
    checkpoint: Path,
    folder: Path,
    number: int,
    episodes: int,
    workers: int,
    on_rollout: Callable[[Rollout], None] = lambda rollout: None,
) -> list[Rollout]:
    """Return the rollouts of a round; number 0 is the warm start."""
    first = 0 if number == 0 else config.warm_episodes + (number - 1) * config.episodes
    seeds = [rollout_seed(config.seed, first + i) for i in range(episodes)]
    specs = [RolloutSpec(checkpoint, seed, config.task, config.difficulty, aware=config.aware) for seed in seeds]
    return collect(specs, folder / ROLLOUTS, workers, on_rollout)


def _checkpoint(folder: Path, number: int) -> Path:
    """Return what acts in a round."""
    return folder / "checkpoints" / f"{number - 1:04}.safetensors"


class _CriticsOnly:
    """The learner as far as its critics go."""

    def __init__(self, learner: OnlineLearner) -> None:
        self.update, self.state, self.load = learner.update_critics, learner.state, learner.load


def _buffers(config: OnlineConfig, rounds: list[list[Rollout]], chunk: int) -> list[Transitions]:
    """Return the off-policy buffer, which the warm start begins, and that of the newest rounds once there are any."""
    newest = max(1, len(rounds) - _NEWEST)
    parts = [itertools.chain(*rounds[:newest]), itertools.chain(*rounds[newest:])]
    readers = [as_reader(rollouts, chunk) for rollouts in map(list, parts) if rollouts]
    horizon, gamma = (ENDLESS, 1.0) if config.outcome else (chunk, config.gamma)
    return [Transitions(reader, visits, horizon, gamma) for reader, visits in readers]


def _point(rounds: list[list[Rollout]]) -> Round:
    newest = rounds[-1]
    return Round(sum(map(len, rounds)), sum(rollout.success for rollout in newest), len(newest))
