"""Trials on a robot: every policy gets every layout, in a random order that is told to nobody before the end."""

from collections.abc import Callable, Sequence

import numpy as np

from .episode import Row, run_episode
from .evaluate import Evaluation


def run_blinded(
    evaluations: Sequence[Evaluation], order: int, on_trial: Callable[[int, int], None] = lambda done, of: None
) -> list[list[Row]]:
    """Run all episodes of several evaluations, mixed.

    Args:
        evaluations: one for each policy.
        order: seed of the order.
        on_trial: called after each trial with the number of those done and of all; it is not told which it was.

    Returns:
        The rows of each evaluation, in the order of its seeds.
    """
    trials = [(number, spec) for number, evaluation in enumerate(evaluations) for spec in evaluation.specs()]
    shuffled = np.random.default_rng(order).permutation(len(trials)).tolist()
    rows: dict[int, Row] = {}
    for done, place in enumerate(shuffled, start=1):
        rows[place] = run_episode(trials[place][1]).row
        on_trial(done, len(trials))
    return [[rows[i] for i, (owner, _) in enumerate(trials) if owner == n] for n in range(len(evaluations))]
