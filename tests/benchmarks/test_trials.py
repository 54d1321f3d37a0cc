"""Blinded trials: mixed in a random order, sorted afterwards."""

from lacelab.benchmarks import trials
from lacelab.benchmarks.evaluate import Evaluation
from lacelab.benchmarks.trials import run_blinded

_EVALUATIONS = [
    Evaluation("ThreadEyelet", "standard", policy, (3, 4, 5), world="fake_world:make") for policy in ("noop", "random")
]


def test_every_policy_gets_every_layout() -> None:
    told: list[tuple[int, int]] = []
    rows = run_blinded(_EVALUATIONS, 0, lambda done, of: told.append((done, of)))
    assert [[row["seed"] for row in own] for own in rows] == [[3, 4, 5]] * 2
    assert [{row["policy"] for row in own} for own in rows] == [{"noop"}, {"random"}]
    assert told == [(i, 6) for i in range(1, 7)]


def test_the_order_is_random_and_repeatable(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    original, seen = trials.run_episode, list[str]()

    def spy(spec):  # type: ignore[no-untyped-def]
        seen.append(f"{spec.policy} {spec.seed}")
        return original(spec)

    monkeypatch.setattr(trials, "run_episode", spy)
    orders = []
    for order in (1, 1, 2):
        run_blinded(_EVALUATIONS, order)
        orders.append(tuple(seen))
        seen.clear()
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) != list(orders[0])
