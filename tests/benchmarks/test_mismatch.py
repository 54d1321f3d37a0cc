"""Row 3 without what makes up for the deployment mode."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from observations import states

from lacelab.agents.learned import EXECUTED
from lacelab.agents.policies import Environment, PolicyFactory
from lacelab.benchmarks.mismatch import foresight_alone, neither, patience_alone
from lacelab.envs.deployment import GRIPPERS, Deployment

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
OPENING, CLOSING = np.ones((EXECUTED, 14), np.float32), -np.ones((EXECUTED, 14), np.float32)


@pytest.mark.parametrize(
    ("factory", "foresees", "waits"),
    [(foresight_alone, True, False), (patience_alone, False, True), (neither, False, False)],
)
def test_what_is_left_out_is_left_out(factory: PolicyFactory, foresees: bool, waits: bool) -> None:
    env = SimpleNamespace(unwrapped=SimpleNamespace(known_deployment=Deployment(latency=2)))
    policy = factory(cast(Environment, env))
    policy.reset(0)
    policy.act(SEEN)
    policy.sent(OPENING)  # type: ignore[attr-defined]
    foreseen = policy.foreseen(SEEN)["target_position"]  # type: ignore[attr-defined]
    assert np.array_equal(foreseen, SEEN["target_position"]) != foresees
    closed = policy.sent(CLOSING)[:, GRIPPERS]  # type: ignore[attr-defined]
    assert (closed == (1.0 if waits else -1.0)).all()
