"""Compare a policy with a baseline on the same episodes and stop as soon as the answer is known."""

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .baseline import Baseline, digest, engine
from .design import Design, Errors, plan
from .engines import run_in_order
from .episode import Row
from .exceptions import BaselineError
from .paired import Difference, compare
from .sequential import SequentialTest, Verdict
from .statistics import McNemar

EXIT_CODES = {Verdict.HELD: 0, Verdict.REGRESSED: 1, Verdict.UNDERPOWERED: 3, Verdict.IMPROVED: 4}
"""2 is a mistake of the user."""


class Pair(NamedTuple):
    """One episode of both policies."""

    seed: int
    baseline: str  # outcome
    candidate: Row
    same: bool | None  # bit for bit; None where the engine is another one


class GateResult(NamedTuple):
    """The answer and everything it rests on."""

    verdict: Verdict
    reason: str
    policy: str
    baseline: Baseline
    pairs: list[Pair]
    table: McNemar
    difference: Difference
    design: Design | None  # None in exact mode
    seconds: float


Judge = Generator[Verdict | None, Pair]


@dataclass(frozen=True)
class Gate:
    """How to compare."""

    baseline: Baseline
    policy: str
    errors: Errors = field(default_factory=Errors)
    exact: bool = False
    episodes: int | None = None  # at most; by default as many as the baseline has
    workers: int = 1
    engine: str = "processes"

    def run(self, on_pair: Callable[[Pair], None] = lambda pair: None) -> GateResult:
        """Run episodes until the answer is known.

        Raises:
            BaselineError: in exact mode, the baseline was not made on this engine.
            SampleError: no test can keep the promises.
        """
        start = time.perf_counter()
        design = None if self.exact else plan(self.errors, self.baseline.rate, len(self._seeds()))
        judge = self._judge_exactly() if design is None else self._judge(design)
        next(judge)
        pairs: list[Pair] = []
        answer: Verdict | None = None
        with contextlib.closing(self._pairs()) as running:
            for pair in running:
                pairs.append(pair)
                on_pair(pair)
                answer = judge.send(pair)
                if answer is not None:
                    break
        verdict = answer or Verdict.UNDERPOWERED
        table, difference = _compare(pairs)
        reason = _explain(verdict, pairs, table, design)
        elapsed = time.perf_counter() - start
        return GateResult(verdict, reason, self.policy, self.baseline, pairs, table, difference, design, elapsed)

    def _seeds(self) -> tuple[int, ...]:
        seeds = self.baseline.evaluation.seeds
        if self.exact:
            golden = self.baseline.golden
            if engine() not in golden:
                raise BaselineError(f"The baseline has no golden outcomes for {engine()}. Valid: {'; '.join(golden)}.")
            seeds = tuple(seed for seed in seeds if seed in golden[engine()])
        return seeds[: self.episodes]

    def _pairs(self) -> Generator[Pair]:
        evaluation = replace(self.baseline.evaluation, policy=self.policy, seeds=self._seeds())
        golden = self.baseline.golden.get(engine(), {})
        with contextlib.closing(run_in_order(evaluation.specs(), self.workers, self.engine)) as results:
            for seed, result in zip(evaluation.seeds, results, strict=True):
                known = golden.get(seed)
                outcome = known.outcome if self.exact and known else self.baseline.outcomes[seed]
                yield Pair(seed, outcome, result.row, known and digest(result.row) == known.digest)

    def _judge(self, design: Design) -> Judge:
        """Take pairs and give the verdict of the sequential test."""
        test = SequentialTest(design)
        verdict: Verdict | None = None
        while True:
            pair = yield verdict
            verdict = test.update(pair.baseline == "success", pair.candidate["success"])

    def _judge_exactly(self) -> Judge:
        """Take pairs of deterministic policies: one lost success is one too many."""
        verdict, wins = None, 0
        last = self._seeds()[-1]
        while True:
            pair = yield verdict
            wins += pair.candidate["success"] and pair.baseline != "success"
            if pair.baseline == "success" and not pair.candidate["success"]:
                verdict = Verdict.REGRESSED
            elif pair.seed == last:
                verdict = Verdict.IMPROVED if wins else Verdict.HELD


def _compare(pairs: list[Pair]) -> tuple[McNemar, Difference]:
    return compare([pair.baseline == "success" for pair in pairs], [pair.candidate["success"] for pair in pairs])


def _explain(verdict: Verdict, pairs: list[Pair], table: McNemar, design: Design | None) -> str:
    counts = f"{table.only_first} lost and {table.only_second} gained in {len(pairs)} episodes"
    same = sum(bool(pair.same) for pair in pairs)
    counts += f", {same} the same bit for bit" if any(pair.same is not None for pair in pairs) else ""
    if design is None:
        return f"{counts}; exact comparison"
    errors = design.errors
    if verdict is Verdict.UNDERPOWERED:
        return f"{counts}: too few to see a drop of {errors.drop:g} with power {errors.power:g}"
    promise = f"alpha {errors.alpha:g}, power {design.power:.2f} against a drop of {errors.drop:g}"
    return f"{counts}; {promise}, at most {design.episodes} episodes"
