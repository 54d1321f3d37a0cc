"""One factor at a time: values that replace what an episode draws, everything else stays as the seed says."""

from collections.abc import Mapping
from dataclasses import replace

from .deployment import MAX_DELAY
from .entities.shoe import SHOE_RANGES
from .exceptions import ParameterError, UnknownNameError
from .layouts import SCATTERED, Layout
from .parameters import check_number
from .randomization import Randomization

Overrides = Mapping[str, float]

FACTORS = (
    *("lace_mass", "lace_stiffness", "lace_damping", "lace_friction", "pad_friction"),
    *("servo_stiffness", "joint_damping", "joint_friction", "light", "latency"),
)
"""Fields of `Randomization`; multiples of the nominal value, `latency` in ticks."""
AXES = {f"{name}_{axis}": (name, "xyz".index(axis)) for name in ("camera_shift", "camera_turn") for axis in "xyz"}
"""Displacement [m] and rotation [rad] of the head camera, axis by axis."""
SHOE = {"shoe_size": "size", "eyelet_pitch": "pitch"}
"""Scale of the shoe; pitch of its eyelets at size 1 [m]."""
FAR_SIDE = "far_side"  # probability that a lace lies on the side of the other arm, across the other lace
SCATTER = "scatter"  # 1: laces lie where they end up in a shoe that is half laced; 0: where the difficulty lays them
HELD_OUT = "held_out_words"  # 1: sentences that training never uses; 0: those of training
OVERRIDES = (*FACTORS, *AXES, *SHOE, FAR_SIDE, SCATTER, HELD_OUT)

_SHARES = (FAR_SIDE, SCATTER, HELD_OUT)
_FACTOR_RANGE = (0.1, 10.0)
_AXIS_RANGES = {"camera_shift": (-0.5, 0.5), "camera_turn": (-3.2, 3.2)}  # m, rad


def check_overrides(overrides: Overrides) -> None:
    """Refuse factors that do not exist and values that make no world.

    Raises:
        UnknownNameError: listing the factors that exist.
        ParameterError: naming the range of a factor.
    """
    if not isinstance(overrides, Mapping):
        raise ParameterError("overrides", overrides, "a mapping of factors to values")
    for name, value in overrides.items():
        if name not in OVERRIDES:
            raise UnknownNameError("factor", name, OVERRIDES)
        check_number(name, value, *_range(name))


def _range(name: str) -> tuple[float, float]:
    """Return the least and the largest value of a factor."""
    if name in AXES:
        return _AXIS_RANGES[AXES[name][0]]
    if name in SHOE:
        return SHOE_RANGES[SHOE[name]]
    return {"latency": (0, MAX_DELAY), "light": (0.0, 5.0), **dict.fromkeys(_SHARES, (0, 1))}.get(name, _FACTOR_RANGE)


def override_layout(layout: Layout, overrides: Overrides) -> Layout:
    """Return a layout that draws the given shoe, and where the laces lie; layouts that cross are drawn anew as ever."""
    fixed = {field: (float(overrides[name]),) * 2 for name, field in SHOE.items() if name in overrides}
    far_side = float(overrides.get(FAR_SIDE, layout.far_side))
    wide = SCATTERED if overrides.get(SCATTER, 0) >= 0.5 else {}
    return replace(layout, far_side=far_side, **fixed, **wide)  # type: ignore[arg-type]


def override_randomization(drawn: Randomization, overrides: Overrides) -> Randomization:
    """Return drawn values with the given ones in their places."""
    values: dict[str, object] = {name: float(overrides[name]) for name in FACTORS if name in overrides}
    if "latency" in values:
        values["latency"] = round(overrides["latency"])
    for name, (field, axis) in AXES.items():
        if name in overrides:
            vector = list(values.get(field, getattr(drawn, field)))  # type: ignore[call-overload]
            vector[axis] = float(overrides[name])
            values[field] = tuple(vector)
    return replace(drawn, **values)  # type: ignore[arg-type]


def held_out_words(difficulty: str, overrides: Overrides) -> bool:
    """Return whether the instruction is worded as in no training episode."""
    return bool(overrides.get(HELD_OUT, difficulty == "hard"))
