"""A yardstick for the speed of a machine: figures are compared as multiples of it, measured in the same run."""

import time
from statistics import median

import mujoco
import numpy as np

_LINKS, _STEPS, _SUMS = 30, 1000, 200
_LINK = '<body pos="0.1 0 0"><joint axis="0 1 0"/><geom type="capsule" size=".02" fromto="0 0 0 .1 0 0" contype="0"/>'
_CHAIN = f"<mujoco><worldbody>{_LINK * _LINKS}{'</body>' * _LINKS}</worldbody></mujoco>"


def measure_reference(rounds: int = 5) -> float:
    """Return the CPU time of a fixed piece of physics, arithmetic and interpreter, on one thread [s]."""
    model = mujoco.MjModel.from_xml_string(_CHAIN)
    return median(_measure_once(model) for _ in range(rounds))


def _measure_once(model: mujoco.MjModel) -> float:
    data, numbers = mujoco.MjData(model), np.linspace(0.0, 1.0, 50_000)
    start = time.process_time()
    for _ in range(_STEPS):
        mujoco.mj_step(model, data)
    for _ in range(_SUMS):
        np.sqrt(numbers).sum()
    sum(number * number for number in range(200_000))
    return time.process_time() - start
