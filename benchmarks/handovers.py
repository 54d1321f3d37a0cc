"""How laces are handed over through an eyelet by policies that were rolled out: where hands hold, how long they hover, and what slips back.

    python -m lacelab.benchmarks.handovers runs/s0/practised/rollouts/* runs/s1/practised/rollouts/* --out benchmarks/results/gr_rl/handovers.json

The places that `agents.holding_again` and `agents.sure_take` lead hands to are medians of this. Rollouts are written by `lacelab train self-imitate`, `steer` and `select`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import tyro
from numpy.typing import NDArray

from lacelab.agents.data.schema import SCENE, STATE, TOKENS, unflatten
from lacelab.agents.hands import PINCHED, in_hand
from lacelab.agents.holding_again import SHORT
from lacelab.agents.request import asked_for
from lacelab.agents.rollouts import Rollout, read_rollout
from lacelab.agents.sure_take import NEAR, TAKEN_TIP

from .exceptions import SampleError
from .files import write_json
from .program import start
from .versions import git_commit

_CLOSED = 0.0045  # m between pads that close around a lace
_WAITED = 120  # ticks


class Handover(NamedTuple):
    """One lace that came through its eyelet."""

    laced: bool
    pushed: NDArray[np.float64]  # (3,) [m], of the tip in the frame of the hand that pushes it, when it comes through
    given: NDArray[np.float64]  # the same when the other hand closes, or after 6 s
    taken: NDArray[np.float64] | None  # of the tip in the frame of that hand
    hovered: int  # ticks that it was near where hands close, until then or until the end


def handover(rollout: Rollout) -> Handover | None:
    """Return what became of the lace of an episode, if it came through an eyelet."""
    seen = unflatten({name: rollout.frames[name] for name in (STATE, SCENE, TOKENS)})
    counts = np.rint(seen["threaded"]).reshape(len(rollout.reward), -1)
    through = np.flatnonzero((counts != counts[0]).any(axis=1))
    lace = asked_for({name: values[0] for name, values in seen.items()})
    if not through.size or lace is None:
        return None
    start, opening = int(through[0]), np.asarray(seen["gripper_opening"])
    giver = int(opening[start].argmin())
    closes = np.flatnonzero(opening[start:, 1 - giver] < _CLOSED)
    end = start + int(closes[0]) if closes.size else len(counts) - 1
    near = [
        np.linalg.norm(_tip(seen, tick, 1 - giver, lace) - TAKEN_TIP) < NEAR and opening[tick, 1 - giver] > PINCHED
        for tick in range(start, end)
    ]
    given = _tip(seen, min(end, start + _WAITED), giver, lace)
    taken = _tip(seen, end, 1 - giver, lace) if closes.size else None
    return Handover(rollout.success, _tip(seen, start, giver, lace), given, taken, int(sum(near)))


def measures(found: Sequence[Handover]) -> dict[str, Any]:
    """Return counts, medians [m] and percentiles [ticks] of those that went well, and beside them what slipped back."""
    laced = [one for one in found if one.laced and one.taken is not None]
    if not laced:
        raise SampleError("No lace was handed over through an eyelet and laced.")
    taken = [one.taken for one in laced if one.taken is not None]
    failed = [one for one in found if not one.laced]
    longest = float(np.percentile([one.hovered for one in laced], 99))
    return {
        "through": len(found),
        "laced": sum(one.laced for one in found),
        "pushed_median": np.median([one.pushed for one in laced], axis=0).round(5).tolist(),
        "taken_median": np.median(taken, axis=0).round(5).tolist(),
        "hovered": {str(share): float(np.percentile([one.hovered for one in laced], share)) for share in (50, 95, 99)},
        "slipped_of_laced": [sum(_slipped(one) for one in laced), len(laced)],
        "slipped_of_failed": [sum(_slipped(one) for one in failed), len(failed)],
        "hovered_longer_of_failed": [sum(one.hovered > longest for one in failed), len(failed)],
    }


def _slipped(one: Handover) -> bool:
    return bool(one.given[0] < SHORT)


def _tip(seen: dict[str, NDArray[Any]], tick: int, hand: int, lace: int) -> NDArray[np.float64]:
    hands = {name: seen[name][tick] for name in ("target_position", "target_rotation")}
    return in_hand(hands, hand, seen["aglet_position"][tick, lace])


@dataclass(frozen=True)
class Handovers:
    """Measure the handovers of rollouts."""

    folders: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Folders of rollouts of a policy each."""
    out: Path
    """JSON file to write."""

    def run(self) -> None:
        """Write the file and print it."""
        found = [one for rollout in self._rollouts() if (one := handover(rollout)) is not None]
        result = measures(found)
        write_json(self.out, result | {"commit": git_commit()})
        for name, value in result.items():
            print(f"{name}: {value}")

    def _rollouts(self) -> Iterator[Rollout]:
        for folder in self.folders:
            for path in sorted(folder.glob("*.npz")):
                yield read_rollout(path)


if __name__ == "__main__":
    start(Handovers)
