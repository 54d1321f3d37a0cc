"""Rollouts as things to learn from."""

import numpy as np
from synthetic_frames import synthetic_rows

from lacelab.agents.data.schema import ACTION
from lacelab.agents.grip import PatientGrip
from lacelab.agents.rollouts import Rollout, as_sent
from lacelab.envs.deployment import GRIPPERS


def test_hands_close_in_what_was_sent_when_they_did() -> None:
    wanted = Rollout(synthetic_rows(40, np.random.default_rng(0)), np.zeros(40, np.float32), 0)
    wanted.frames[ACTION][:, GRIPPERS] = np.where(np.arange(40) < 10, 0.4, -1.0)[:, None]
    before = wanted.frames[ACTION].copy()
    sent = as_sent(wanted, chunk=3)
    closed = sent.frames[ACTION][:, GRIPPERS].min(axis=1) < 0
    assert int(closed.argmax()) == 10 + 4  # 4 ticks to come to rest are longer than a chunk of 3
    np.testing.assert_array_equal(sent.frames[ACTION], PatientGrip(4)(before))
    np.testing.assert_array_equal(sent.frames[ACTION][:, ~GRIPPERS], before[:, ~GRIPPERS])
    np.testing.assert_array_equal(wanted.frames[ACTION], before)
