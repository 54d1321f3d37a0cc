"""Episodes without their pauses."""

import numpy as np
import pytest
from synthetic_frames import synthetic_rows

from lacelab.agents.data.schema import SCENE, STATE, TOKENS, flatten, unflatten
from lacelab.agents.pauses import pauses, without_pauses
from lacelab.agents.rollouts import Rollout

LENGTH = 120


def _episode(position: np.ndarray, opening: np.ndarray) -> Rollout:
    """Return an episode in which the left hand goes along x, (ticks,) [m], and the right one opens, (ticks,) [m]."""
    frames = synthetic_rows(LENGTH, np.random.default_rng(0))
    still = {name: values[:1].repeat(LENGTH, axis=0) for name, values in _seen(frames).items()}
    still["target_position"][:, 0, 0] = position
    still["gripper_opening"][:, 1] = opening
    return Rollout(frames | flatten_all(still), np.arange(LENGTH, dtype=np.float32), 0)


def _seen(frames: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        name: np.array(values) for name, values in unflatten({k: frames[k] for k in (STATE, SCENE, TOKENS)}).items()
    }


def flatten_all(seen: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Flatten observations (ticks, ...)."""
    rows = [flatten({name: values[i] for name, values in seen.items()}) for i in range(LENGTH)]
    return {name: np.array([row[name] for row in rows]) for name in (STATE, SCENE)}


def _moving(start: int, stop: int) -> np.ndarray:
    """Return a position that moves by 1 mm a tick, but rests from `start` to `stop`."""
    speed = np.full(LENGTH, 0.001)
    speed[start:stop] = 0.0
    return np.cumsum(speed)


CLOSED = np.full(LENGTH, 0.001)


def test_the_middle_of_a_long_rest_is_left_out() -> None:
    found = np.flatnonzero(pauses(_episode(_moving(30, 90), CLOSED).frames))
    assert found.tolist() == list(range(found[0], found[-1] + 1))  # in one piece,
    assert 28 <= found[0] <= 36 and 84 <= found[-1] <= 92  # with some ticks of rest and of slow motion on both sides


@pytest.mark.parametrize(("start", "stop"), [(30, 30), (30, 48)])
def test_motion_and_short_waits_stay(start: int, stop: int) -> None:
    assert not pauses(_episode(_moving(start, stop), CLOSED).frames).any()


def test_a_hand_that_opens_does_not_rest() -> None:
    opening = CLOSED.copy()
    opening[60:] = 0.02
    rest = pauses(_episode(_moving(0, LENGTH), opening).frames)
    assert not rest[56:64].any() and rest[10:40].all() and rest[80:110].all()


def test_all_that_belongs_to_a_tick_goes_with_it() -> None:
    episode = _episode(_moving(30, 90), CLOSED)
    shorter, kept = without_pauses(episode), ~pauses(episode.frames)
    assert shorter.reward.tolist() == np.flatnonzero(kept).tolist() and len(shorter.reward) < 80
    assert shorter.reward[-1] == LENGTH - 1  # the success
    assert all((shorter.frames[name] == values[kept]).all() for name, values in episode.frames.items())
