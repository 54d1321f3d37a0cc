"""The expert's skills: pick, carry to an eyelet, insert, take over, pull, put down.

Each is a generator of actions that returns whether it succeeded. Skills read the full state of the simulator and close
their loops on the measured tip and axis of the aglet.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.control import home
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.entities.lace import AGLET_LENGTH, RADIUS
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.grasp import LEAN, UP, grasp_rotation
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import SIDES, Side

from .geometry import ROLL, carry_goal, heading_along, less_steep, level
from .motion import CLOSED, OPEN, WIDE, Motion, Pose, Script, Waypoint, lift
from .perception import Perception, Senses
from .places import free_place, turns_low

Array = NDArray[np.float64]

_PINCH_HEIGHT = 0.0042  # m, pinch centre above the mat when picking: the pads dent the foam by 1 mm
_BACK = 0.003  # m, hold of the inserting hand in front of the aglet's back
_FRONT = 0.0045  # m, hold of the receiving hand behind the tip
_RAISE = 0.0025  # m, of the receiving hand: the aglet sits near the end of its pads, which stay off the flap
_TAKE_LEAN = np.radians(15.0)  # of the receiving hand: more would press its pads on the flap
_STEEP = np.radians(20.0)  # of a hand that takes an aglet hanging in an eyelet: the wrist ends there
_LAY_LEAN = np.radians(23.0)  # when putting down: less would bring the wrist to its limit far out on the mat
_INWARD = np.radians(35.0)  # of a tool's x axis from straight ahead: a wrist is at ease there over the mat
_PRE = 0.030  # m before the eyelet: carry there, then close the loop
_NEAR = 0.006  # m before the eyelet: tip and axis are aligned here
_DEPTH = 0.0125  # m past the eyelet: the other hand can take the tip
_ENOUGH = 0.0085  # m past the eyelet: enough if the hand's pads meet the flap first
_STALL = 5  # ticks without progress
_SLIPPED = 2  # ticks without both pads on a lace: contacts of a moving hand flicker for one
_RUNNING = 1.2  # N of tension from which a pull goes on slowly
_TIGHTENING = 0.03  # m/s then
_CLEAR = 0.17  # m above the mat, of a hand: what hangs from it passes over the flaps
_TURNED = np.radians(
    50.0
)  # of a hand that takes hold of a lace: as far as its wrist turns and its fingers still close on it
_OVER = 0.02  # m beside a place: over it
_OVER_FLAPS = 0.065  # m above the eyelets: clear of the flaps with an aglet in hand


class Skills:
    """Skills of one episode."""

    def __init__(self, env: LacingEnv, motion: Motion, senses: Senses | None = None) -> None:
        self._env = env
        self._motion = motion
        self.sees = Perception(env, senses)
        self.phase = "idle"
        positions, rotations = env.controller.kinematics.forward(np.concatenate([home(side) for side in SIDES]))
        self._home = {side: (positions[side.index], rotations[side.index]) for side in SIDES}

    def pick(self, hand: Side, lace: Side, forward: bool) -> Script:
        """Grasp a lying aglet, at its back (`forward`) or at its tip, and lift it."""

        def at(height: float) -> Pose:
            aglet = self.sees.aglet(lace)
            flat = aglet.axis * [1.0, 1.0, 0.0]
            flat /= np.linalg.norm(flat)
            rotation = grasp_rotation(flat, 0.0, forward)
            hold = _BACK if forward else AGLET_LENGTH - _FRONT
            position = aglet.back + aglet.axis * hold
            position = position + UP * (_PINCH_HEIGHT - RADIUS + height)
            return position, rotation

        yield from self._grasp(hand, at)
        yield from self._motion.move(hand, lift(self._motion.target(hand), 0.06), 0.15, timeout=1.5, tolerance=0.01)
        return self.sees.holds(hand, lace) and self.sees.aglet(lace).back[2] > TABLE_HEIGHT + 0.03

    def gather(self, hand: Side, lace: Side, distance: float, turn: float) -> Script:
        """Take hold of a lace itself, and lift it clear of the shoe.

        Args:
            hand: takes hold the way that suits it.
            lace: of which an aglet is not to be had.
            distance: behind that aglet [m].
            turn: of the hand from square across the lace [rad].
        """

        def at(height: float) -> Pose:
            position, along = self.sees.behind(lace, distance)
            heading = heading_along(along, _inward(hand), _TURNED) + turn
            rotation = grasp_rotation(level(heading), 0.0, forward=True)
            return position + UP * (_PINCH_HEIGHT - RADIUS + height), rotation

        yield from self._grasp(hand, at)
        start = self._motion.target(hand)
        high = lift(start, TABLE_HEIGHT + _CLEAR - start[0][2])
        yield from self._motion.move(hand, high, 0.15, timeout=2.0, tolerance=0.01, until=lambda: self.sees.taut(lace))
        return self.sees.holds(hand, lace)

    def _grasp(self, hand: Side, at: Callable[[float], Pose]) -> Script:
        """Come down from above and close the hand; begin to lift."""
        motion = self._motion
        motion.background[hand].clear()
        motion.grip[hand] = OPEN
        self.phase = "approach"
        yield from motion.move(hand, lambda: at(0.045), speed=0.24, turn=2.4, tolerance=0.01)
        self.phase = "descend"
        yield from motion.move(hand, lambda: at(0.0), speed=0.10, timeout=1.2, tolerance=0.0015)
        self.phase = "grasp"
        motion.grip[hand] = CLOSED
        yield from motion.wait(0.4)
        self.phase = "lift"
        return True

    def carry(self, hand: Side, goal: EyeletGoal) -> Script:
        """Bring a held aglet in front of the eyelet, over the flaps where it is inserted from inside."""
        self.phase = "carry"
        centre, normal = self.sees.eyelet(goal)
        if goal.direction < 0:
            over = centre - normal * (_PRE + 0.01) + UP * _OVER_FLAPS
            yield from self._guide(hand, goal.lace, over, normal, speed=0.22, tolerance=0.004)
        yield from self._guide(hand, goal.lace, centre - normal * _PRE, normal, speed=0.2)
        return self.sees.holds(hand, goal.lace)

    def insert(self, hand: Side, goal: EyeletGoal) -> Script:
        """Align tip and axis in front of the eyelet and push the tip through."""
        self.phase = "align"
        centre, normal = self.sees.eyelet(goal)
        yield from self._guide(hand, goal.lace, centre - normal * _NEAR, normal, 0.06, tolerance=0.0008, settle=2)
        return (yield from self.push(hand, goal))

    def push(self, hand: Side, goal: EyeletGoal) -> Script:
        """Push a tip that is in front of the eyelet, or in it, as far as the other hand needs it."""
        self.phase = "insert"
        centre, normal = self.sees.eyelet(goal)
        best, stalled = -1.0, 0
        for _ in range(40):
            advance = float((self.sees.aglet(goal.lace).tip - centre) @ normal)
            stalled = 0 if advance > best + 2e-4 else stalled + 1
            best = max(best, advance)
            if advance > _DEPTH or stalled > _STALL or not self.sees.holds(hand, goal.lace):
                break
            wanted = centre + normal * min(advance + 0.004, _DEPTH + 0.002)
            pose = self._carry_pose(hand, goal.lace, wanted, normal)
            yield self._motion.tick({hand: (pose, 0.03, 0.6)})
        return self.is_far_enough(goal)

    def is_far_enough(self, goal: EyeletGoal) -> bool:
        """Tell whether the other hand can take the tip."""
        return self.sees.net(goal) == goal.direction and self.sees.through(goal) > _ENOUGH

    def back_off(self, hand: Side, goal: EyeletGoal) -> Script:
        """Withdraw an aglet that missed, straight back along the axis of insertion."""
        self.phase = "back off"
        _, normal = self.sees.eyelet(goal)
        position, rotation = self._motion.target(hand)
        return (yield from self._motion.move(hand, (position - normal * 0.03, rotation), 0.1, timeout=1.5))

    def take(self, hand: Side, lace: Side, at_tip: bool) -> Script:
        """Grasp an aglet in the air, at its tip or at its back, along its own direction."""
        motion = self._motion
        motion.background[hand].clear()
        motion.grip[hand] = WIDE

        def at(back: float, up: float = 0.0) -> Pose:
            aglet = self.sees.aglet(lace)
            lean = _TAKE_LEAN if at_tip else LEAN
            rotation = grasp_rotation(less_steep(aglet.axis, _STEEP), ROLL, forward=not at_tip, lean=lean)
            hold = aglet.tip - aglet.axis * _FRONT if at_tip else aglet.back + aglet.axis * _BACK
            return hold + rotation[:, 2] * (back + _RAISE) + UP * up, rotation

        self.phase = "reach"
        yield from motion.move(hand, lambda: at(0.05, 0.05), speed=0.24, turn=2.4, tolerance=0.01)
        yield from motion.move(hand, lambda: at(0.045), speed=0.2, tolerance=0.004, timeout=2.0)
        yield from motion.move(hand, lambda: at(0.0), speed=0.08, timeout=1.5, tolerance=0.002)
        self.phase = "take"
        motion.grip[hand] = CLOSED
        yield from motion.wait(0.35)
        if self.sees.holds(hand, lace):
            return True
        self.phase = "let go"
        motion.grip[hand] = WIDE
        yield from motion.wait(0.2)
        yield from motion.move(hand, lift(motion.target(hand), 0.0, 0.05), 0.2, timeout=1.0)
        return False

    def release(self, hand: Side) -> Script:
        """Open a hand, draw it back and send it home beside whatever comes next."""
        self.phase = "release"
        motion = self._motion
        motion.grip[hand] = OPEN
        yield from motion.wait(0.25)
        start = motion.target(hand)
        yield from motion.move(hand, lift(start, 0.0, 0.03), 0.15, timeout=0.6, tolerance=0.02)
        self.send_home(hand)
        return True

    def send_home(self, hand: Side) -> None:
        """Let a hand rise and go home in the background."""
        start = self._motion.target(hand)
        clear = max(0.03, TABLE_HEIGHT + 0.17 - start[0][2])
        self._motion.background[hand] = [Waypoint(lift(start, clear)), Waypoint(self._home[hand])]

    def pull(self, hand: Side, goal: EyeletGoal, length: float) -> Script:
        """Pull a lace through the eyelet: along its axis first, then up and away."""
        self.phase = "pull"
        motion = self._motion
        _, normal = self.sees.eyelet(goal)
        start, rotation = motion.target(hand)
        yield from motion.move(hand, (start + normal * 0.022, rotation), 0.08, tolerance=0.01)
        away = 0.4 * normal + 0.6 * UP
        away /= np.linalg.norm(away)
        end = start + normal * 0.022 + away * (length - 0.022)
        yield from motion.move(
            hand,
            (end, rotation),
            lambda: self._pull_speed(goal.lace, 0.1),
            tolerance=0.02,
            timeout=6.0,
            until=lambda: self.sees.taut(goal.lace),
        )
        return self.sees.holds(hand, goal.lace) and self.sees.through(goal) > 0.075

    def put_down(self, hand: Side, goal: EyeletGoal) -> Script:
        """Lay the aglet on the mat on the hand's own side, or in the shoe if the lace is too short; let go."""
        self.phase = "put down"
        motion = self._motion
        beside, turn = self.sees.laying()
        axis = level(_inward(hand) + turn)
        rotation = grasp_rotation(-axis, 0.0, forward=False, lean=_LAY_LEAN)
        place = free_place(self._env, self.sees, hand, goal, axis) + [*beside, 0.0]
        near = turns_low(place)
        above = motion.target(hand)[0][2]
        high = place * [1, 1, 0] + UP * max(min(above, TABLE_HEIGHT + 0.16), TABLE_HEIGHT + 0.11)
        yield from motion.move(
            hand,
            (high, rotation),
            lambda: self._pull_speed(goal.lace, 0.22),
            2.0,
            tolerance=0.02,
            until=lambda: self.sees.taut(goal.lace) or (near and self._is_over(hand, place)),
        )
        if self.sees.taut(goal.lace):
            place = self._env.simulation.data.xpos[self._env.scene.shoe_body] - np.array([0.02, 0.0, 0.0])
            yield from self._go_over_the_shoe(hand, place)
            place = place + UP * 0.02
        low = place + UP * (_PINCH_HEIGHT + 0.001)
        yield from motion.move(hand, (low, rotation), 0.16, tolerance=0.004, timeout=2.0)
        yield from self.release(hand)
        return not self.sees.holds(hand, goal.lace)

    def _is_over(self, hand: Side, place: Array) -> bool:
        away = self._motion.tool(hand)[0] - place
        return float(np.hypot(away[0], away[1])) < _OVER

    def _go_over_the_shoe(self, hand: Side, place: Array) -> Script:
        """Carry an aglet, as it is held, over a place in the shoe: the lace does not reach the mat."""
        self.phase = "lay in the shoe"
        position, rotation = self._motion.target(hand)
        over = place + UP * (position[2] - TABLE_HEIGHT)
        return (yield from self._motion.move(hand, (over, rotation), 0.15, tolerance=0.02, timeout=2.0))

    def present(self, hand: Side, lace: Side) -> Script:
        """Hold an aglet by its tip over the shoe, pointing the way its lace travels, for the other hand."""
        self.phase = "present"
        x = float(self._env.simulation.data.xpos[self._env.scene.shoe_body][0])
        axis = np.array([0.0, -lace.sign, 0.0])
        tip = np.array([x, 0.0, TABLE_HEIGHT + 0.135]) + axis * AGLET_LENGTH / 2
        yield from self._guide(hand, lace, tip + UP * 0.02, axis, 0.22, tolerance=0.01)
        return (yield from self._guide(hand, lace, tip, axis, 0.1, tolerance=0.002))

    def _pull_speed(self, lace: Side, fast: float) -> float:
        """Return a speed that lets a lace become taut slowly: its tension rises by 1 N per millimetre [m/s]."""
        return fast if self.sees.tension(lace) < _RUNNING else _TIGHTENING

    def _guide(
        self,
        hand: Side,
        lace: Side,
        tip: Array,
        axis: Array,
        speed: float,
        tolerance: float = 0.0012,
        settle: int = 1,
    ) -> Script:
        return (
            yield from self._motion.move(
                hand,
                lambda: self._carry_pose(hand, lace, tip, axis),
                speed,
                tolerance=tolerance,
                settle=settle,
                until=self._lost(hand, lace),
            )
        )

    def _lost(self, hand: Side, lace: Side) -> Callable[[], bool]:
        """Return a check that the lace has slipped out of a hand: to steer its tip any further would be to chase it."""
        without = 0

        def lost() -> bool:
            nonlocal without
            without = 0 if self.sees.holds(hand, lace) else without + 1
            return without > _SLIPPED

        return lost

    def _carry_pose(self, hand: Side, lace: Side, tip: Array, axis: Array) -> Pose:
        aglet = self.sees.aglet(lace)
        return carry_goal(self._motion.tool(hand), aglet.tip, aglet.axis, tip, axis, ROLL)


def _inward(hand: Side) -> float:
    """Return the heading of a tool's x axis that suits a hand [rad]: forward and inward."""
    return float(_INWARD * -hand.sign)
