"""What a gate compares with: outcomes of a policy on public seeds, and digests of its rows on this engine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .episode import Row
from .evaluate import FORMAT, Evaluation
from .exceptions import BaselineError
from .files import write_json
from .seeds import format_seeds, parse_seeds
from .versions import ENGINES, git_commit, versions

_APART = ("versions", "policy")  # of a row: not what happened in the episode


class Golden(NamedTuple):
    """What an episode of a deterministic policy comes to on one engine."""

    outcome: str
    digest: str  # of the row


@dataclass(frozen=True)
class Baseline:
    """Outcomes to compare with.

    Attributes:
        evaluation: the episodes, for the policy that is compared: that of the baseline may be gone.
        outcomes: by seed.
        golden: by engine, then by seed.
        commit: at which they were found.
        policy: name of the one whose outcomes these are.
    """

    evaluation: Evaluation
    outcomes: Mapping[int, str]
    golden: Mapping[str, Mapping[int, Golden]]
    commit: str | None
    policy: str

    @property
    def rate(self) -> float:
        """Success rate."""
        return sum(outcome == "success" for outcome in self.outcomes.values()) / len(self.outcomes)

    def succeeded(self, seed: int) -> bool:
        """Return whether the baseline solved an episode."""
        return self.outcomes[seed] == "success"


def make_baseline(evaluation: Evaluation, rows: Sequence[Row], earlier: Baseline | None = None) -> Baseline:
    """Make a baseline of rows; what an earlier one of the same commit found on other engines is kept."""
    made = evaluation, git_commit(), evaluation.policy
    kept = dict(earlier.golden) if earlier and (earlier.evaluation, earlier.commit, earlier.policy) == made else {}
    here = {row["seed"]: Golden(row["outcome"], digest(row)) for row in rows}
    outcomes = {row["seed"]: row["outcome"] for row in rows}
    return Baseline(evaluation, outcomes, kept | {engine(): here}, git_commit(), evaluation.policy)


def digest(row: Row) -> str:
    """Return what identifies everything that happened in an episode."""
    happened = {key: value for key, value in row.items() if key not in _APART}
    return hashlib.sha256(json.dumps(happened, sort_keys=True).encode()).hexdigest()[:16]


def engine() -> str:
    """Name what decides the last bit of an episode: the engines' versions and the architecture."""
    found = versions()
    return ", ".join([*(f"{name} {found[name]}" for name in ENGINES), found["machine"]])


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline as JSON."""
    evaluation = {key: value for key, value in vars(baseline.evaluation).items() if key != "seeds"}
    content = {
        "format": FORMAT,
        **evaluation,
        "policy": baseline.policy,
        "settings": dict(baseline.evaluation.settings),
        "seeds": format_seeds(baseline.evaluation.seeds),
        "rate": baseline.rate,
        "versions": versions(),
        "commit": baseline.commit,
        "outcomes": {str(seed): outcome for seed, outcome in baseline.outcomes.items()},
        "golden": {
            name: {str(seed): list(found) for seed, found in rows.items()} for name, rows in baseline.golden.items()
        },
    }
    write_json(path, content)


def read_baseline(path: Path, policy: str) -> Baseline:
    """Read a baseline.

    Args:
        path: of the file.
        policy: what is compared with it.

    Raises:
        BaselineError: there is none, or it is not whole.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise BaselineError(f"'{path}' has format {content['format']}, this version reads {FORMAT}. {_ADVICE}")
        names = ("task", "difficulty", "mirror", "deployment", "world")
        seeds, settings = parse_seeds(content["seeds"]), tuple(content["settings"].items())
        episodes, made_by = {name: content[name] for name in names}, content["policy"]
        evaluation = Evaluation(**episodes, policy=policy, seeds=seeds, settings=settings)
        outcomes = {seed: content["outcomes"][str(seed)] for seed in seeds}
        golden = {
            name: {int(seed): Golden(*found) for seed, found in rows.items()}
            for name, rows in content["golden"].items()
        }
    except OSError as error:
        raise BaselineError(f"Cannot read the baseline '{path}': {error.strerror}. {_ADVICE}") from error
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise BaselineError(f"'{path}' is not a whole baseline ({type(error).__name__}: {error}). {_ADVICE}") from error
    return Baseline(evaluation, outcomes, golden, content["commit"], made_by)


_ADVICE = "Make one with 'lacelab gate --write-baseline'."
