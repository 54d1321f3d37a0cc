"""A teleoperator who takes over from a policy that gets nowhere, and lets it go on afterwards."""

from typing import Any

import numpy as np
import pytest

from lacelab.agents.data.record import SEED_BASE, DemonstrationSpec, record
from lacelab.agents.demonstrator.accident import Accident
from lacelab.agents.demonstrator.flaws import POLICY, Flaw, label_frames
from lacelab.agents.demonstrator.intervention import STALLED, Intervention
from lacelab.agents.demonstrator.motion import OPEN
from lacelab.agents.demonstrator.operators import OPERATORS
from lacelab.agents.demonstrator.progress import true_progress
from lacelab.agents.demonstrator.teleoperator import Teleoperator
from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import CONTROL_PERIOD, Side


class Chunks:
    """Returns chunks of three actions, numbered, and remembers its seeds."""

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.seen: list[Any] = []
        self.chunks = 0

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)

    def act(self, observation: Any, noise: Any = None) -> np.ndarray:
        self.chunks += 1
        self.seen.append(observation)
        return np.full((3, 14), 0.001 * self.chunks, np.float32)


class Clock:
    """An episode whose time and progress a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.env = LacingEnv("PickLace", difficulty="easy")
        self.env.reset(seed=0)
        self.policy = Chunks()
        self.watcher = Intervention(self.env, OPERATORS["rehearsed"], self.policy)
        self.time, self.completed = 0.0, (0, 0)
        monkeypatch.setattr(LacingEnv, "time", property(lambda env: self.time))
        monkeypatch.setattr(self.watcher, "_completed", lambda: self.completed)
        monkeypatch.setattr(Teleoperator, "act", lambda *_: np.full((1, 14), 0.5, np.float32))
        self.watcher.reset(7)

    def act(self, seconds: float) -> float:
        """Let time pass, and return an action."""
        self.time += seconds
        return float(self.watcher.act({})[0, 0])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_chunks_are_carried_out_one_by_one(clock: Clock) -> None:
    assert [round(1000 * clock.act(CONTROL_PERIOD)) for _ in range(7)] == [1, 1, 1, 2, 2, 2, 3]
    assert clock.watcher.phase == POLICY and clock.watcher.lapse is Flaw.NONE


def test_every_completed_stage_gives_the_policy_more_time(clock: Clock) -> None:
    clock.act(STALLED - 1.0)
    clock.completed = (0, 1)
    clock.act(0.5)
    assert clock.act(STALLED - 1.0) < 0.5 and clock.act(1.5) == 0.5
    assert clock.watcher.retry_marks == [(clock.time, POLICY)]


def test_the_policy_gets_the_next_instruction_with_other_noise(clock: Clock) -> None:
    clock.act(STALLED + 1.0)
    clock.completed = (0, 3)
    assert clock.act(1.0) == 0.5  # stages are not enough
    chunks = clock.policy.chunks
    clock.completed = (1, 0)
    assert clock.act(1.0) < 0.5 and clock.policy.chunks == chunks + 1
    assert clock.policy.seeds == [7, 8]
    assert clock.act(STALLED + 1.0) == 0.5 and len(clock.watcher.retry_marks) == 2


def test_taking_over_does_not_wear_out_patience(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.act(STALLED + 1.0)
    enough = []
    for retries in (2, 3):  # to take over is none of them; a rehearsed operator has patience for two
        monkeypatch.setattr(Teleoperator, "retries", retries)
        enough.append(clock.watcher.gave_up)
    assert enough == [False, True]


def test_accidents_happen_to_the_policy_too(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Teleoperator, "holding", lambda self: [Side.RIGHT])
    clock.watcher._teleoperator.accident = Accident(1.0, np.random.default_rng(0))
    right = np.array([clock.watcher.act({})[0, 13] for _ in range(400)])
    assert (right == np.float32(OPEN)).sum() == 8 and right[-1] < OPEN


def test_what_a_policy_does_has_no_flaws_that_anybody_knows() -> None:
    phases = [POLICY] * 3 + ["recover", "approach"]
    assert label_frames(phases, [Flaw.NONE] * 5, [False] * 5).tolist() == [0] * 5


def test_a_hand_comes_to_rest_before_it_takes_over(clock: Clock) -> None:
    hand = clock.watcher._teleoperator._hand
    hand.shape(np.ones(14))
    assert np.abs(hand._motion).max() > 0.3
    clock.act(STALLED + 1.0)
    assert not hand._motion.any()


def test_the_progress_of_a_policy_is_that_of_the_stages() -> None:
    phases, stages = [POLICY] * 6 + ["done"], [0, 1, 2, 3, 4, 5, 5]
    progress = true_progress(phases, stages, [False] * 7, [Flaw.NONE] * 7)
    assert progress[0] == 0.0 and progress[-2] == progress[-1] == 1.0
    assert (np.diff(progress[:-1]) > 0).all()


def test_from_doing_nothing_to_success() -> None:
    """The whole of it: what was marked, who acted, and the lace in the end."""
    spec = DemonstrationSpec("PickLace", "easy", SEED_BASE + 900_000, "rehearsed", policy="noop", stalled=1.0)
    recording = record(spec)
    assert recording.facts["success"] and recording.facts["operator"] == "rehearsed"
    assert recording.facts["retry_phases"] == [POLICY]
    [begun] = recording.facts["retry_frames"]
    assert begun == round(1.0 / CONTROL_PERIOD) + 1
    phases = recording.labels["phase"]
    assert (phases[:begun] == POLICY).all() and (phases[begun:] != POLICY).all()
    assert not recording.frames["action"][:begun, :6].any()


def test_the_deployment_mode_stands_between_the_policy_and_its_arms_only() -> None:
    """What reaches the arms, and what the policy sees, is as where the environment delays and smooths."""
    deployment = Deployment(latency=2)
    expected, seen = _run_deployed(deployment)
    env, policy = LacingEnv("PickLace", "state", "easy", deployment=deployment), Chunks()
    watcher, actions = Intervention(env, OPERATORS["rehearsed"], policy), []
    observation, _ = env.reset(seed=3)
    watcher.reset(3)
    for _ in range(7):
        actions.append(watcher.act(observation)[0])
        observation, *_ = env.step(actions[-1])
    assert not actions[0][:6].any() and 0.0 < actions[2][0] < actions[6][0]  # late, and smooth
    assert np.allclose(env.simulation.data.qpos, expected, atol=1e-6)
    assert [float(found["target_position"][0, 0]) for found in policy.seen] == pytest.approx(seen, abs=1e-6)
    watcher._taken_over = True
    watcher._teleoperator.act = lambda *_: np.full((1, 14), 0.5, np.float32)  # type: ignore[method-assign]
    assert (watcher.act(observation) == 0.5).all()


def _run_deployed(deployment: Deployment) -> tuple[np.ndarray, list[float]]:
    """Return the state after 7 ticks of `Chunks`, and where the hand is seen whenever it chooses."""
    env, policy = LacingEnv("PickLace", "state", "easy", deployment=deployment), Chunks()
    observation, _ = env.reset(seed=3)
    chunk, seen = np.zeros((3, 14), np.float32), list[float]()
    for tick in range(7):
        if tick % 3 == 0:
            chunk = policy.act(observation)
            seen.append(float(observation["target_position"][0, 0]))
        observation, *_ = env.step(chunk[tick % 3])
    return np.array(env.simulation.data.qpos), seen


def test_nobody_elses_actions_are_delayed() -> None:
    with pytest.raises(ParameterError, match="deployment is True. Valid: False, unless a policy acts"):
        DemonstrationSpec("PickLace", "easy", SEED_BASE, deployment=True)
    with pytest.raises(ParameterError, match="stalled is 0.5. Valid: a number from 1 to 60"):
        DemonstrationSpec("PickLace", "easy", SEED_BASE, stalled=0.5)
