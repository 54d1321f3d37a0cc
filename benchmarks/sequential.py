"""A sequential paired test with exact error rates: it stops as soon as it knows.

Pairs that agree say nothing about who is better; of those that do not, the number `losses` in which only the baseline
succeeded is binomial with 1/2 if nothing has changed, whatever share of the pairs differs. So the boundary of
REGRESSED counts differing pairs only and holds its error rate exactly (alpha spending, Lan and DeMets, 1983, with the
number of differing pairs as the clock). The boundary of HELD is a likelihood ratio against "worse by the declared
drop", maximised over the unknown share of wins. Power is not simulated either: a recursion over all (losses, wins)
gives it exactly, and the threshold of HELD and the number of episodes are the ones for which it is as declared.
"""

from enum import StrEnum

from .design import Design, improvable, most_wins, power_at
from .likelihood import log_ratio_once


class Verdict(StrEnum):
    """The answers of a gate."""

    HELD = "HELD"
    IMPROVED = "IMPROVED"
    REGRESSED = "REGRESSED"
    UNDERPOWERED = "UNDERPOWERED"


class SequentialTest:
    """Counts pairs until the design knows."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.pairs = self.losses = self.wins = 0
        self.verdict: Verdict | None = None

    def update(self, baseline: bool, candidate: bool) -> Verdict | None:
        """Count one pair; return the verdict as soon as there is one."""
        self.pairs += 1
        self.losses += baseline and not candidate
        self.wins += candidate and not baseline
        self.verdict = self._decide()
        return self.verdict

    def _decide(self) -> Verdict | None:
        boundary = self.design.losses[self.losses + self.wins]
        if self.losses >= boundary:
            return Verdict.REGRESSED
        if self.wins >= boundary:
            return Verdict.IMPROVED
        if self._holds():
            return Verdict.HELD
        if self.pairs < self.design.episodes:
            return None
        return Verdict.HELD if self._power_as_observed() >= self.design.errors.power else Verdict.UNDERPOWERED

    def _holds(self) -> bool:
        """Return whether a drop, and where it is possible a rise as large, are excluded."""
        drop, threshold = self.design.errors.drop, self.design.threshold
        if log_ratio_once(self.pairs, self.losses, self.wins, drop) > threshold:
            return False
        both = improvable(self.design.baseline_rate, drop)
        return not both or log_ratio_once(self.pairs, self.wins, self.losses, drop) <= threshold

    def _power_as_observed(self) -> float:
        """Return the power if wins are as frequent as they were, where that is more than planned."""
        design = self.design
        planned = most_wins(design.baseline_rate, design.errors.drop)
        wins = min(self.wins / self.pairs, (1.0 - design.errors.drop) / 2)
        return design.power if wins <= planned else min(design.power, power_at(design, wins + design.errors.drop, wins))
