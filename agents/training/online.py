"""The loop of stage three: roll out, learn, roll out again (GR-RL, arXiv 2512.01801, section 3.4).

Two buffers are sampled evenly: one of rollouts of the policy as it was, to which older episodes go, and one of the episodes of
the two newest predictors. Demonstrations, where they are kept, are a third one. Everything finished is on disk: a run that
is killed goes on with the episode or the step where it was.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..data.files import write_json
from ..policy_network import PolicyNetwork
from ..rollouts import Rollout, RolloutSpec, as_reader, collect, rollout_seed
from . import loop
from .online_learner import OnlineLearner
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
    seed: int = 0


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
        policy_path: its checkpoint, for the workers; its own rollouts lie beside it, for whoever learns from them next.
        folder: holds all other rollouts, what made them, state and curve.
        workers: processes that roll out.
        on_round: called with each point of the curve.
        kept: further buffers that stay as they are, sampled as often as each of the two.
    """
    chunk, seed = policy.config.chunk, config.seed
    warm = _roll_out(config, policy_path, policy_path.parent, 0, config.warm_episodes, workers)
    off, rounds = list(warm), [warm]
    learner.buffers = (_transitions(off, chunk), *kept)
    _warm_start(learner, config, folder, seed)
    curve = [_point(rounds)]
    on_round(curve[-1])
    for number in range(1, config.rounds + 1):
        checkpoint = folder / "checkpoints" / f"{number - 1:04}.safetensors"
        if not checkpoint.exists():
            learner.save(checkpoint)
        rounds.append(_roll_out(config, checkpoint, folder, number, config.episodes, workers))
        if len(rounds) > _NEWEST + 1:
            off += rounds[-_NEWEST - 1]
        newest = [rollout for part in rounds[1:][-_NEWEST:] for rollout in part]
        learner.buffers = (_transitions(off, chunk), _transitions(newest, chunk), *kept)
        steps = config.critic_steps + number * config.updates
        loop.run(learner, steps, seed, folder)
        curve.append(_point(rounds))
        write_json(folder / CURVE, [point._asdict() for point in curve])
        on_round(curve[-1])
    return curve


def read_curve(folder: Path) -> list[Round]:
    """Return the curve of a run as far as it has come."""
    return [Round(**point) for point in json.loads((folder / CURVE).read_text())]


def _roll_out(
    config: OnlineConfig, checkpoint: Path, folder: Path, number: int, episodes: int, workers: int
) -> list[Rollout]:
    """Return the rollouts of a round; number 0 is the warm start."""
    first = 0 if number == 0 else config.warm_episodes + (number - 1) * config.episodes
    seeds = [rollout_seed(config.seed, first + i) for i in range(episodes)]
    specs = [RolloutSpec(checkpoint, seed, config.task, config.difficulty) for seed in seeds]
    return collect(specs, folder / ROLLOUTS, workers)


class _CriticsOnly:
    """The learner as far as its critics go."""

    def __init__(self, learner: OnlineLearner) -> None:
        self.update, self.state, self.load = learner.update_critics, learner.state, learner.load


def _warm_start(learner: OnlineLearner, config: OnlineConfig, folder: Path, seed: int) -> None:
    loop.run(_CriticsOnly(learner), config.critic_steps, seed, folder)


def _transitions(rollouts: list[Rollout], chunk: int) -> Transitions:
    reader, visits = as_reader(rollouts, chunk)
    return Transitions(reader, visits, chunk)


def _point(rounds: list[list[Rollout]]) -> Round:
    newest = rounds[-1]
    return Round(sum(map(len, rounds)), sum(rollout.success for rollout in newest), len(newest))
