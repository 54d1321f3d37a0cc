"""Online RL of when to try again: a critic learns how episodes of row 3 end, then the least chance that is worth going on is tried out.

There are some rules to choose from, one of which never tries again. Episode by episode, one is drawn by Thompson's sampling (1933, Biometrika
25; Chapelle and Li, 2011): as often as it is likely to be the best one, of success rates with uniform priors. What is learned in the end
is the rule with the highest rate.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.parameters import check_count

from .data.files import write_json
from .pipeline import CRITIC, OnRound, Run
from .retrying import Chance, Rule, save_retrying
from .returns import ENDLESS
from .rollouts import Rollout, RolloutSpec, as_reader, collect, rollout_seed
from .stage import POLICY
from .training import loop, online
from .training.cloning import load_policy
from .training.online import CURVE, ROLLOUTS, Round
from .training.outcomes import Outcomes, OutcomesConfig
from .training.td import load_critic
from .training.transitions import Transitions

RETRYING, TRIED = "retrying", "tried.json"


@dataclass(frozen=True)
class RetriesConfig:
    """Learning when to try again.

    Attributes:
        warm_episodes: of the mirrored policy, from which the critic learns.
        rounds: of trying rules out.
        episodes: per round; within one, no outcome is known yet.
        least: rules to choose from, see `Rule`.
        outcomes: rates of the critic.
    """

    warm_episodes: int = 200
    rounds: int = 8
    episodes: int = 12
    least: tuple[float, ...] = (0.0, 0.03, 0.1, 0.2, 0.3, 0.4)
    outcomes: OutcomesConfig = field(default_factory=OutcomesConfig)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be learned from.

        Raises:
            ParameterError: naming the valid range.
        """
        check_count("rounds", self.rounds, 0, 1_000_000)
        check_count("episodes", self.episodes, 1, 1_000_000)
        check_count("rules to choose from", len(self.least), 1, 1000)
        for least in self.least:
            Rule(least)


class Tried(NamedTuple):
    """How often rules (rules,) were tried, and how often they succeeded."""

    successes: NDArray[np.int64]
    tried: NDArray[np.int64]

    def rates(self) -> NDArray[np.float64]:
        """Return their means under uniform priors (rules,)."""
        return (self.successes + 1) / (self.tried + 2)

    def draw(self, count: int, numbers: np.random.Generator) -> NDArray[np.int64]:
        """Return the rules to try next (count,), each as often as it is likely to be the best one."""
        failures = self.tried - self.successes
        return numbers.beta(1 + self.successes, 1 + failures, (count, len(self.tried))).argmax(axis=1)

    def after(self, chosen: NDArray[np.int64], success: NDArray[np.bool_]) -> "Tried":
        """Return what is known after further episodes (count,)."""
        size = len(self.tried)
        won, more = np.bincount(chosen[success], minlength=size), np.bincount(chosen, minlength=size)
        return Tried(self.successes + won, self.tried + more)


def learn_to_retry(run: Run, config: RetriesConfig, workers: int, on_round: OnRound) -> Path:
    """Learn when to try again; return the checkpoint.

    Args:
        run: with a critic, which the one of outcomes begins with, and a mirrored policy.
        config: numbers of episodes, and rules.
        workers: processes that roll out.
        on_round: called with each point of the curve; the first one is that of the mirrored policy as it is.

    Raises:
        ParameterError: there is no such number of episodes.
        RunError: a stage is not there, or the folder is of another configuration.
    """
    folder, base = run.folder / RETRYING, run.folder / "mirrored" / POLICY
    acts = replace(run.config.online, warm_episodes=config.warm_episodes, aware=True)

    def make() -> None:
        warm = online.roll_out_warm(acts, base, workers)
        curve = [Round(len(warm), sum(rollout.success for rollout in warm), len(warm))]
        on_round(curve[-1])
        chance = _learn_chance(run, config.outcomes, warm)
        tried = Tried(*np.zeros((2, len(config.least)), np.int64))
        for number in range(config.rounds):
            tried = _try(run, config, chance, tried, number, workers)
            successes = int(tried.successes.sum()) - sum(point.successes for point in curve[1:])
            curve.append(Round(curve[-1].episodes + config.episodes, successes, config.episodes))
            on_round(curve[-1])
        write_json(folder / CURVE, [point._asdict() for point in curve])
        counts = {"successes": tried.successes.tolist(), "tried": tried.tried.tolist()}
        best = config.least[int(tried.rates().argmax())]
        write_json(folder / TRIED, {"least": config.least, **counts, "best": best})
        save_retrying(folder / POLICY, load_policy(base), chance, Rule(best))

    facts = asdict(config) | {"task": run.config.online.task, "difficulty": run.config.online.difficulty}
    return run.stage(RETRYING, POLICY, facts | {"seed": run.config.seed} | run.reads("mirrored", "critic"), make)


def _learn_chance(run: Run, config: OutcomesConfig, warm: Sequence[Rollout]) -> Chance:
    critic, head = load_critic(run.folder / "critic" / CRITIC)
    reader, visits = as_reader(warm, critic.config.chunk)
    learner = Outcomes(config, critic, head, Transitions(reader, visits, ENDLESS, 1.0))
    loop.run(learner, config.steps, run.config.seed, run.folder / RETRYING)
    return Chance(critic, head)


def _try(run: Run, config: RetriesConfig, chance: Chance, tried: Tried, number: int, workers: int) -> Tried:
    """Return what is known after another round of episodes, each by a rule."""
    folder, online_config = run.folder / RETRYING, run.config.online
    chosen = tried.draw(config.episodes, np.random.default_rng((run.config.seed, number)))
    first = config.warm_episodes + number * config.episodes
    specs = [
        RolloutSpec(
            _checkpoint(run, chance, config.least[rule]),
            rollout_seed(run.config.seed, first + i),
            online_config.task,
            online_config.difficulty,
        )
        for i, rule in enumerate(chosen)
    ]
    success = np.array([rollout.success for rollout in collect(specs, folder / ROLLOUTS, workers)])
    return tried.after(chosen, success)


def _checkpoint(run: Run, chance: Chance, least: float) -> Path:
    """Return what acts by a rule, written once."""
    path = run.folder / RETRYING / "checkpoints" / f"{least}.safetensors"
    if not path.exists():
        save_retrying(path, load_policy(run.folder / "mirrored" / POLICY), chance, Rule(least))
    return path
