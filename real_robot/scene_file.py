"""Writes the scene of an episode as one MJCF file with the maker's names, for simulators that are not ours.

Positions and velocities of the file's model are those of ours, number by number, so that its state can be read back with
`mj_setState`. MJCF has no words for two things, which are written in others that mean the same: the aglet's damping, of
its rotation only (a free joint has one for all: three slides and a ball in its place), and a lace's anchor at another
place than where the lace was compiled (two sites in place of a point).
"""

from pathlib import Path
from typing import Any

import mujoco

from lacelab.envs import scene
from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.layouts import LAYOUTS
from lacelab.envs.spec import IMAGE_SIZE, SIDES, Side

HOME = "home"  # the keyframe that the maker's node starts from
_CAMERAS = {"head": "camera_head_left", "wrist_left": "camera_wrist_left", "wrist_right": "camera_wrist_right"}

# What an episode writes into a compiled model; sites and flexes, which MuJoCo does not copy back by index, apart.
_FIELDS = (
    *("body_mass", "body_inertia", "body_pos", "body_quat", "dof_damping", "light_diffuse"),
    *("geom_pos", "geom_quat", "geom_size", "geom_friction", "geom_rgba", "actuator_gainprm", "actuator_biasprm"),
)


def write_scene(env: LacingEnv, folder: Path) -> Path:
    """Write the scene as the last reset left it, with its meshes, and return the file's path.

    Args:
        env: an environment that has been reset.
        folder: takes the files; made if it does not exist.
    """
    root = scene.compose(
        LaceParameters(length=env.task.lace_length),
        ShoeParameters(eyelet_diameter=LAYOUTS[env.difficulty].eyelet_diameter),
        timestep=env.task.timestep,
    )
    meshes: dict[str, bytes] = root.get_assets()
    xml = root.to_xml_string().replace(f'"{scene.ROBOT}"', f'"{scene.ROBOT[:-1]}"').replace(scene.ROBOT, "")
    spec = mujoco.MjSpec.from_string(xml, assets=meshes)
    _use_makers_cameras(spec)
    for side in SIDES:
        _rewrite_lace(spec, env, side)
    _write_keyframe(spec, env)
    spec.compile()
    model = mujoco.MjModel.from_xml_string(spec.to_xml(), meshes)
    _copy(env.simulation.model, model)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in meshes.items():
        (folder / name).write_bytes(data)
    path = folder / "scene.xml"
    mujoco.mj_saveLastXML(str(path), model)
    return path


def _use_makers_cameras(spec: Any) -> None:
    for camera in list(spec.cameras):
        if camera.name not in _CAMERAS:
            spec.delete(camera)
    for camera in spec.cameras:
        camera.name, camera.resolution = _CAMERAS[camera.name], [IMAGE_SIZE, IMAGE_SIZE]


def _rewrite_lace(spec: Any, env: LacingEnv, side: Side) -> None:
    """Write one lace's aglet, anchor and material."""
    name = f"lace_{side}"
    aglet = spec.body(f"{name}_aglet")
    for joint in list(aglet.joints):
        spec.delete(joint)
    for axis, place in zip("xyz", aglet.pos.tolist(), strict=True):
        direction = [float(axis == other) for other in "xyz"]
        aglet.add_joint(name=f"{name}_aglet_{axis}", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=direction, ref=place)
    aglet.add_joint(name=f"{name}_aglet_turn", type=mujoco.mjtJoint.mjJNT_BALL)

    model, lace = env.simulation.model, env.scene.laces[side.index]
    anchor = spec.equality(f"{name}_anchor")
    place = model.eq_data[model.equality(anchor.name).id, 3:6]
    spec.body(f"{name}_0").add_site(name=f"{name}_end", size=[1e-3] * 3, group=4)
    spec.worldbody.add_site(name=f"{name}_anchor", pos=place, size=[1e-3] * 3, group=4)
    anchor.objtype, anchor.name1, anchor.name2 = mujoco.mjtObj.mjOBJ_SITE, f"{name}_end", f"{name}_anchor"

    values, flex = env.episode.randomization if env.episode else None, spec.flex(name)
    flex.young *= values.lace_stiffness if values else 1.0
    flex.damping, flex.friction = model.flex_damping[lace.flex], model.flex_friction[lace.flex]
    flex.rgba = model.flex_rgba[lace.flex]


def _write_keyframe(spec: Any, env: LacingEnv) -> None:
    for key in list(spec.keys):
        spec.delete(key)
    data = env.simulation.data
    spec.add_key(name=HOME, qpos=data.qpos.copy(), qvel=data.qvel.copy(), ctrl=data.ctrl.copy())


def _copy(source: mujoco.MjModel, target: mujoco.MjModel) -> None:
    """Copy what an episode changes; elements have the same order in both, sites are found by name."""
    for name in _FIELDS:
        getattr(target, name)[:] = getattr(source, name)
    for index in range(source.nsite):
        site = target.site(source.site(index).name.replace(scene.ROBOT, "")).id
        target.site_pos[site], target.site_quat[site] = source.site_pos[index], source.site_quat[index]
    head, camera = source.camera("head").id, target.camera(_CAMERAS["head"]).id
    target.cam_pos[camera], target.cam_quat[camera] = source.cam_pos[head], source.cam_quat[head]
