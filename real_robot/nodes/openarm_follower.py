"""A dora node: the maker's simulated follower with one more output, `scene`, the full state of its simulation.

The maker's node publishes what a robot knows: joints and cameras. A policy that acts on the state of laces and shoe
needs somebody who sees them; this output stands for such a perception system, taken at the same instant as the joints.
Nothing else of the node is changed, but that LACELAB_FOLLOWER_RATE sets how often its loop runs when no viewer does (the
maker's 30 Hz plays set-points in bursts of 33 ms, coarser than any real arm). dora starts this file as a script.
"""

import importlib
import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import dora
import mujoco
import numpy as np
import pyarrow

maker: Any = importlib.import_module("dora_openarm_mujoco.main")  # its package hides the module behind a function

STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class SceneTap:
    """Keeps the state of the simulation whenever the maker's node samples the joints, under its own lock."""

    def __init__(self, sample: Callable[..., dict[str, object]]) -> None:
        self._sample = sample
        self.state = np.zeros(0)

    def __call__(self, model: mujoco.MjModel, data: mujoco.MjData, side: str) -> dict[str, object]:
        """Sample one arm as the maker does."""
        self.state = np.empty(mujoco.mj_stateSize(model, STATE))
        mujoco.mj_getState(model, data, self.state, STATE)
        return self._sample(model, data, side)


class Node:
    """The dora node, which sends the scene after the second arm."""

    def __init__(self, tap: SceneTap) -> None:
        self._node = dora.Node()
        self._tap = tap

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._node)

    def send_output(self, name: str, value: pyarrow.Array, metadata: dict[str, Any] | None = None) -> None:
        """Send an output of the maker's."""
        self._node.send_output(name, value, metadata=metadata or {})
        if name == "state_left":
            self._node.send_output("scene", pyarrow.array(self._tap.state), metadata=metadata or {})


def run() -> None:
    """Run the maker's node with the additional output."""
    tap = SceneTap(maker._get_arm_state)
    maker._get_arm_state = tap
    maker.dora = SimpleNamespace(Node=lambda: Node(tap))
    rate = os.environ.get("LACELAB_FOLLOWER_RATE")
    if rate is not None:
        maker._DEFAULT_VIEWER_FPS = float(rate)
    maker.cli_main()


if __name__ == "__main__":
    run()
