"""Composition of the world with dm_control, and handles into the compiled model."""

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from .composition import mjcf
from .entities import openarms
from .entities.arena import SHOE_X, TABLE_HEIGHT, Room
from .entities.lace import Lace, LaceParameters
from .entities.openarms import OpenArms
from .entities.shoe import Shoe, ShoeParameters
from .spec import SIDES, Side

ROBOT = "openarm_v20/"
SHOE = "shoe/"
TIMESTEP = 0.0025  # seconds


@dataclass(frozen=True)
class ArmHandles:
    """Indices of one arm in the model."""

    joints: NDArray[np.intp]
    qpos: NDArray[np.intp]
    dofs: NDArray[np.intp]
    actuators: NDArray[np.intp]
    finger_qpos: NDArray[np.intp]
    finger_actuator: int
    tool_site: int
    pads: tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """A compiled world. Index 0 of every pair is the left one."""

    model: mujoco.MjModel
    arms: tuple[ArmHandles, ArmHandles]
    laces: tuple[Lace, Lace]
    shoe_body: int
    eyelet_sites: NDArray[np.intp]  # (2, eyelets)


def compose(lace: LaceParameters, parameters: ShoeParameters, visuals: bool = False, timestep: float = TIMESTEP) -> Any:
    """Return the world as a PyMJCF root; `visuals` adds the robot's detailed meshes for videos."""
    room = Room(lace, timestep)
    foot = Shoe(parameters)
    room.attach(foot).pos = [SHOE_X, 0.0, TABLE_HEIGHT]
    room.attach(OpenArms(visuals)).pos = [0.0, 0.0, openarms.MOUNT_HEIGHT]
    return room.mjcf_model


def build(lace: LaceParameters, parameters: ShoeParameters, visuals: bool = False, timestep: float = TIMESTEP) -> Scene:
    """Compose and compile the world, see `compose`."""
    model = mjcf.Physics.from_mjcf_model(compose(lace, parameters, visuals, timestep)).model.ptr
    laces = tuple(Lace(model, side, lace) for side in SIDES)
    mujoco.mj_setConst(model, mujoco.MjData(model))
    sites = [[model.site(f"{SHOE}{side}{i}").id for i in range(parameters.eyelets)] for side in SIDES]
    return Scene(
        model,
        (arm_handles(model, Side.LEFT), arm_handles(model, Side.RIGHT)),
        (laces[0], laces[1]),
        model.body(SHOE).id,
        np.array(sites),
    )


def arm_handles(model: mujoco.MjModel, side: Side, prefix: str = ROBOT) -> ArmHandles:
    """Look up one arm by the maker's names."""
    joints = np.array([model.joint(prefix + name).id for name in openarms.joint_names(side)])
    actuators = [model.actuator(prefix + name).id for name in openarms.actuator_names(side)]
    fingers = [model.joint(f"{prefix}openarm_{side}_finger_joint{i}").id for i in (1, 2)]
    pads = [model.geom(f"{prefix}{side}_{finger}_pad").id for finger in openarms.FINGERS]
    return ArmHandles(
        joints,
        model.jnt_qposadr[joints],
        model.jnt_dofadr[joints],
        np.array(actuators),
        model.jnt_qposadr[fingers],
        model.actuator(f"{prefix}{side}_finger1_ctrl").id,
        model.site(f"{prefix}{side}_tool").id,
        (pads[0], pads[1]),
    )
