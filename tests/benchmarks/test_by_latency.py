"""Rates by latency."""

from lacelab.benchmarks.by_latency import by_latency


def test_every_latency_has_a_rate_of_its_own() -> None:
    rows = [{"seed": seed, "success": seed in (0, 2, 3)} for seed in range(6)]
    found = by_latency(rows, lambda seed: 2 - seed % 2)
    assert list(found) == [1, 2]
    assert [(rate.successes, rate.trials) for rate in found.values()] == [(1, 3), (2, 3)]
