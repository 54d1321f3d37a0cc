"""Learning when to try again: what is tried, and what comes of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_run
from hypothesis import given
from hypothesis import strategies as st
from tiny_run import quiet

from lacelab.agents import checkpoint, rollouts
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import RunError
from lacelab.agents.learning_to_retry import RETRYING, TRIED, RetriesConfig, Tried, learn_to_retry
from lacelab.agents.pipeline import Run
from lacelab.agents.retrying import KIND
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.agents.training.online import CURVE, ROLLOUTS, Round
from lacelab.agents.training.outcomes import OutcomesConfig
from lacelab.envs.exceptions import ParameterError

CONFIG = RetriesConfig(
    warm_episodes=2, rounds=5, episodes=6, least=(0.0, 0.25, 0.5), outcomes=OutcomesConfig(steps=1, batch=4)
)
GOOD = 0.25


@pytest.fixture
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run in whose world one rule is the right one, up to its mirrored policy."""

    def roll_out(spec: RolloutSpec) -> Rollout:
        found = tiny_run.roll_out(spec)
        right = spec.checkpoint.stem == str(GOOD)
        return (
            found._replace(reward=right * np.eye(8, dtype=np.float32)[-1])
            if "checkpoints" in str(spec.checkpoint)
            else found
        )

    monkeypatch.setattr(rollouts, "roll_out", roll_out)
    run = tiny_run.opened(tmp_path)
    run.judge(quiet)
    run.filter()
    run.clone("mirrored", quiet)
    return run


def test_the_rule_that_succeeds_is_learned(learned: Run) -> None:
    curve: list[Round] = []
    made = learn_to_retry(learned, CONFIG, 1, curve.append)
    found, config, _ = read_json(made.parent / TRIED), *checkpoint.load_weights(made, KIND)
    assert found["best"] == config["rule"]["least"] == GOOD
    assert sum(found["tried"]) == CONFIG.rounds * CONFIG.episodes
    assert found["successes"] == [0, found["tried"][1], 0] and found["tried"][1] == max(found["tried"])
    assert [point.episodes for point in curve] == [2, 8, 14, 20, 26, 32]
    assert curve[-1].successes > curve[1].successes and read_json(made.parent / CURVE) == [p._asdict() for p in curve]


def test_every_episode_is_another_scene(learned: Run) -> None:
    made = learn_to_retry(learned, CONFIG, 1, lambda point: None)
    tried = {int(path.stem) for path in (made.parent / ROLLOUTS).rglob("*.npz")}
    warm = {int(path.stem) for path in (learned.folder / "mirrored" / ROLLOUTS).rglob("*.npz")}
    assert len(tried) == CONFIG.rounds * CONFIG.episodes and not tried & warm


def test_what_was_killed_learns_the_same(learned: Run) -> None:
    class Killed(Exception):
        pass

    def kill(point: Round) -> None:
        if point.episodes == 14:
            raise Killed

    with pytest.raises(Killed):
        learn_to_retry(learned, CONFIG, 1, kill)
    folder = learned.folder / RETRYING
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}
    torn = checkpoint.digest_of(learn_to_retry(learned, CONFIG, 1, lambda point: None))
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items()) and before
    calm = Run(learned.config, learned.data, learned.folder.parent / "calm", {"commit": "abc"})
    calm.judge(quiet)
    calm.filter()
    calm.clone("mirrored", quiet)
    assert checkpoint.digest_of(learn_to_retry(calm, CONFIG, 1, lambda point: None)) == torn


def test_another_configuration_is_refused(learned: Run, tmp_path: Path) -> None:
    learn_to_retry(learned, CONFIG, 1, lambda point: None)
    with pytest.raises(RunError, match=r"retrying' is of another configuration \(rounds is 5, not 4\)"):
        learn_to_retry(learned, replace(CONFIG, rounds=4), 1, lambda point: None)
    empty = Run(learned.config, learned.data, tmp_path / "empty", {})
    with pytest.raises(RunError, match="There is no '.*mirrored.*run the stage that makes it first"):
        learn_to_retry(empty, CONFIG, 1, lambda point: None)
    with pytest.raises(ParameterError, match="warm_episodes is 0"):
        learn_to_retry(empty, replace(CONFIG, warm_episodes=0), 1, lambda point: None)
    assert not (tmp_path / "empty").exists()


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=30))
def test_counts_are_those_of_what_was_tried(episodes: list[tuple[int, bool]]) -> None:
    rules = np.array([rule for rule, _ in episodes], np.int64)
    success = np.array([won for _, won in episodes], np.bool_)
    found = Tried(*np.zeros((2, 3), np.int64)).after(rules, success)
    assert found.tried.tolist() == [sum(rule == i for rule, _ in episodes) for i in range(3)]
    assert found.successes.tolist() == [sum(won for rule, won in episodes if rule == i) for i in range(3)]


def test_what_is_better_is_drawn_more_often() -> None:
    tried = Tried(np.array([50, 90]), np.array([100, 100]))
    assert tried.rates().tolist() == pytest.approx([51 / 102, 91 / 102])
    assert tried.draw(1000, np.random.default_rng(0)).mean() > 0.99
    unknown = Tried(*np.zeros((2, 2), np.int64)).draw(4000, np.random.default_rng(0)).mean()
    assert unknown == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"rounds": -1}, "rounds is -1"),
        ({"episodes": 0}, "episodes is 0"),
        ({"least": ()}, "rules to choose from is 0"),
        ({"least": (0.1, 2.0)}, "least is 2.0. Valid: a number from 0 to 1"),
    ],
)
def test_what_cannot_be_learned_from(bad: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        RetriesConfig(**bad)  # type: ignore[arg-type]
