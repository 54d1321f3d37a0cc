"""A policy that starts over where it gets nowhere: it lets go, and its hands go back to where the episode began.

While the lace asked for is in an eyelet, a hand that holds a lace keeps hold and stays where it is: let go, it would be out of reach inside.

A policy without memory does the same again wherever it is stuck. A person who lays everything aside and begins anew is in a place
that every demonstration begins with; so are hands that go home. Nothing but the hands and what the policy itself has seen is
looked at, so that it is the same on a robot. Counted as `retries` in the rows of an evaluation. While the policy acts, its hands are looked after
before they close (`sure_aim`, `sure_grasp`), when they lift (`gentle_lift`) and when they let go (`sure_release`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .at_eyelets import AtEyelets, Nobody
from .gentle_lift import lifted_slowly
from .hands import holding
from .impasse import Impasse
from .laying_aside import LayingAside
from .learned import LearnedPolicy
from .motions import Pose, hands_of
from .sure_aim import brought_over
from .sure_grasp import well_placed
from .sure_release import SureRelease
from .wanting import Wanting

Observation = Mapping[str, NDArray[Any]]


class StartingOver(Wanting):
    """Runs a learned policy, and begins anew at an impasse; the same seed and observations give the same actions."""

    def __init__(self, policy: LearnedPolicy, release: SureRelease, at_eyelets: AtEyelets | None = None) -> None:
        """Watch a policy, what its hands let go of, and, where there is somebody who does so, what is in an eyelet."""
        self._policy, self._impasse, self._aside = policy, Impasse(policy.executed), LayingAside(policy.executed)
        self._release, self._at_eyelets = release, at_eyelets or Nobody()
        self.reset(0)

    @property
    def phase(self) -> str:
        """What it is doing."""
        return "acting" if self._acting else "starting over"

    @property
    def chunk(self) -> int:
        """Actions per chunk of the network."""
        return self._policy.chunk

    @property
    def retries(self) -> int:
        """How often it began anew, a hand was brought over an aglet or led to one that it is to take, or one that had missed it drew back."""
        return self._begun_anew + self._aimed_anew + self._release.misses + self._at_eyelets.takes

    @property
    def _acting(self) -> bool:
        return not self._aside.busy and not self._at_eyelets.busy

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)
        self._impasse.reset()
        self._release.reset()
        self._at_eyelets.reset()
        self._home: Pose | None = None
        self._aside.reset()
        self._begun_anew = self._aimed_anew = 0

    def wanted(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14): by the network, or by who lays everything aside."""
        if "target_position" not in observation:  # pictures alone do not tell where hands are
            return self._policy.wanted(observation, noise)
        if self._home is None:
            self._home = hands_of(observation)
        if self._acting:
            self._notice(observation, self._home)
        if self._at_eyelets.busy:
            return self._hold_again(observation)
        if not self._aside.busy:
            return self._looked_after(observation, self._policy.wanted(observation, noise))
        actions = self._aside(hands_of(self._policy.foreseen(observation)), self._home)
        if not self._aside.busy:
            self._impasse.again()
        return actions

    def _notice(self, observation: Observation, home: Pose) -> None:
        """Begin to take hold again, or to start over, if what is seen asks for that."""
        impasse = self._impasse(observation)
        if self._at_eyelets.lost(observation, self._impasse.threaded, self._release.misses):
            self._at_eyelets.begin(hands_of(self._policy.foreseen(observation)), home)
        elif impasse:
            self._aside.begin(holding(observation) & self._impasse.threaded)
        else:
            return
        self._begun_anew += 1
        self._release.again()
        self._at_eyelets.again()

    def _hold_again(self, observation: Observation) -> NDArray[np.float32]:
        actions = self._at_eyelets.hold(self._policy.foreseen(observation), self._policy.executed)
        if not self._at_eyelets.busy:
            self._impasse.again()
        return actions

    def _looked_after(self, observation: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        ahead = self._policy.foreseen(observation)
        over = brought_over(ahead, wanted)
        self._aimed_anew += not np.array_equal(over, wanted)
        actions = lifted_slowly(ahead, well_placed(ahead, over))
        return self._release(observation, self._at_eyelets.take(ahead, actions))

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become."""
        return self._policy.sent(wanted)
