"""What has been achieved since something was asked for."""

import numpy as np

from lacelab.agents.achieved import Achieved
from lacelab.envs.language import encode


def _seen(threaded: float, words: str = "pick up the left lace") -> dict[str, np.ndarray]:
    return {"instruction": encode(words), "threaded": np.array([threaded, 0.0], np.float32)}


def test_a_lace_that_goes_through_or_back_achieves_something() -> None:
    achieved = Achieved()
    shown = [achieved(_seen(count)) for count in (0.0, 0.1, 1.0, 1.0, 0.0)]
    assert shown == [True, False, True, False, True]  # what is asked for at first is new


def test_threaded_is_what_has_changed_since_it_was_asked_for() -> None:
    achieved, found = Achieved(), []
    for seen in (_seen(0.0), _seen(1.0), _seen(1.0, "pick up the right lace"), _seen(2.0, "pick up the right lace")):
        achieved(seen)
        found.append(achieved.threaded)
    assert found == [False, True, False, True]
    achieved.reset()
    assert achieved(_seen(2.0)) and not achieved.threaded
