"""A policy that starts over where it gets nowhere: it lays aside what it holds, and its hands go back to where the episode began.

While the lace asked for is in an eyelet, a hand that holds a lace keeps hold and stays where it is: let go, it would be out of reach inside. If that leads nowhere either, it draws the
lace out again.

A policy without memory does the same again wherever it is stuck. A person who lays everything aside and begins anew is in a place
that every demonstration begins with; so are hands that go home. Nothing but the hands and what the policy itself has seen is
looked at, so that it is the same on a robot. Counted as `retries` in the rows of an evaluation. While the policy acts, its hands are looked after
before they close (`sure_aim`, `sure_grasp`), when they lift (`gentle_lift`) and when they let go (`sure_release`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .foresight import foreseen
from .gathering import asked_for, in_the_shoe
from .gentle_lift import lifted_slowly
from .hands import CLOSED
from .impasse import Impasse
from .laying_aside import Places, aside, drawn_out, laying
from .learned import LearnedPolicy
from .route import Leg, Pose, Route
from .sure_aim import SureAim
from .sure_grasp import well_placed
from .sure_release import OPEN, SHUT, SureRelease

Observation = Mapping[str, NDArray[Any]]

_OFTEN = 2  # impasses in a row with nothing taken up: the aglet is not to be had
_TRIES = 3  # at gathering a lace, before the policy goes on


class StartingOver:
    """Runs a learned policy, and begins anew at an impasse; the same seed and observations give the same actions."""

    def __init__(self, policy: LearnedPolicy) -> None:
        """Watch a policy."""
        self._policy, self._impasse, self._release = policy, Impasse(policy.executed), SureRelease()
        self._aim = SureAim()
        self._places = Places()
        self.reset(0)

    @property
    def phase(self) -> str:
        """What it is doing."""
        return "starting over" if self._routes else "acting"

    @property
    def chunk(self) -> int:
        """Actions per chunk of the network."""
        return self._policy.chunk

    @property
    def retries(self) -> int:
        """How often it began anew, a hand that would have closed beside an aglet was brought over it, or one that had closed on nothing drew back."""
        return self._begun_anew + self._aim.aims + self._release.misses

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)
        self._impasse.reset()
        self._release.reset()
        self._aim.reset()
        self._places.reset()
        self._home: tuple[Pose, Pose] | None = None
        self._routes: list[Route] = []  # of the hands, while it starts over
        self._begun_anew = 0
        self._attempt = -1  # number of the last gathering
        self._tries = 0  # at gathering, since it last began anew

    def act(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the next actions (executed, 14), all of which are taken to be carried out; see `LearnedPolicy.act`."""
        return self.sent(self.wanted(observation, noise))

    def wanted(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14): by the network, or by who lays everything aside."""
        if "target_position" not in observation:  # pictures alone do not tell where hands are
            return self._policy.wanted(observation, noise)
        if self._home is None:
            self._home = _hands(observation)
        if not self._routes:
            self._places(observation)
            if self._impasse(observation):
                self._routes = self._begin_anew(self._policy.foreseen(observation), self._home)
        if self._routes:
            return self._started_over(observation, self._home)
        return self._looked_after(observation, self._policy.wanted(observation, noise))

    def _looked_after(self, observation: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        ahead = self._policy.foreseen(observation)
        return self._release(observation, lifted_slowly(ahead, well_placed(ahead, self._aim(ahead, wanted))))

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become."""
        return self._policy.sent(wanted)

    def act_ahead(self, observation: Observation, committed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chunk that follows on committed actions (n, 14); see `LearnedPolicy.act_ahead`."""
        return self.act(foreseen(observation, committed))

    def _started_over(self, observation: Observation, home: tuple[Pose, Pose]) -> NDArray[np.float32]:
        ahead = self._policy.foreseen(observation)
        empty = np.asarray(observation["gripper_opening"]) < CLOSED
        if any(route.carries for route, gone in zip(self._routes, empty, strict=True) if gone):
            self._routes = self._aside(ahead, home)
        actions = [route(hand, self._policy.executed) for route, hand in zip(self._routes, _hands(ahead), strict=True)]
        if all(route.over for route in self._routes):
            self._routes = []
            self._impasse.again()
        return np.concatenate(actions, axis=1)

    def _begin_anew(self, ahead: Observation, home: tuple[Pose, Pose]) -> list[Route]:
        self._begun_anew, self._tries = self._begun_anew + 1, 0
        self._release.again()
        self._aim.again()
        return self._aside(ahead, home)

    def _aside(self, ahead: Observation, home: tuple[Pose, Pose]) -> list[Route]:
        """Return the ways on which hands lay aside what they hold and go home, or keep it where it is in an eyelet, the first time."""
        threaded, before = self._impasse.threaded, self._impasse.in_a_row - 1
        have = laying(ahead)
        out_of_reach = not threaded and (in_the_shoe(ahead) or (before >= _OFTEN and not have.any()))
        lace = asked_for(ahead) if out_of_reach and self._tries < _TRIES else None
        if lace is not None:
            self._attempt, self._tries = self._attempt + 1, self._tries + 1
        routes = []
        for hand, lays in enumerate(have):
            pose = Pose.of(ahead, hand)
            if lays and threaded and not before:
                routes.append(Route([Leg(pose, SHUT, most=0.0)]))
                continue
            legs = drawn_out(ahead, hand) if threaded else []
            legs += aside(ahead, hand, legs[-1].goal if legs else pose, self._places.of(hand), lace, self._attempt)
            routes.append(Route([*legs, Leg(home[hand], OPEN)]))
        return routes


def _hands(observation: Observation) -> tuple[Pose, Pose]:
    return Pose.of(observation, 0), Pose.of(observation, 1)
