"""Policies broken on purpose."""

from typing import Any

import fake_world
import numpy as np
import pytest

from lacelab.agents.policies import NoopPolicy
from lacelab.benchmarks import broken
from lacelab.benchmarks.broken import NoisyPolicy


def test_noise_follows_the_seed_and_keeps_to_the_limits() -> None:
    policy = NoisyPolicy(NoopPolicy(), 0.5)
    chunks = []
    for seed in (1, 1, 2):
        policy.reset(seed)
        chunks.append(np.concatenate([policy.act({}) for _ in range(200)]))
    assert chunks[0].dtype == np.float32 and np.abs(chunks[0]).max() <= 1
    assert chunks[0].std() == pytest.approx(0.48, abs=0.03)
    assert (chunks[0] == chunks[1]).all() and (chunks[0] != chunks[2]).any()


def test_the_shipped_policy_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(name: str, env: Any) -> fake_world.ChattyPolicy:
        assert name == "shipped"
        return fake_world.ChattyPolicy()

    monkeypatch.setattr(broken, "make_policy", make)
    policy = broken.noisy(fake_world.FakeEnv())
    policy.reset(0)
    assert policy.act({}).shape == (7, 14) and policy.act({}).any()
