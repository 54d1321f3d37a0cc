"""The mirror about the sagittal plane y = 0 of observations, actions and instructions, as a value object.

With M = diag(1, -1, 1): points and polar vectors map to M v, the rotation of a hand to M R M of the other hand (their
tool frames are mirror images), lengths and counts only swap sides. A motion in a hand's own frame thus turns its
translation t into M t and its rotation vector w, an axial vector, into -M w. Joint signs follow from the axes of the
OpenArm: an axis a maps to -M a, so the joint keeps its sign where the maker's axis of the other arm is -M a.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import language
from .exceptions import ParameterError, UnknownNameError
from .spec import ACTION_PER_ARM, PIXEL_KEYS, STATE_KEYS, ObservationKey, Quantity

if TYPE_CHECKING:
    import torch

ArrayT = TypeVar("ArrayT", NDArray[Any], "torch.Tensor")

JOINT_SIGNS = (-1, -1, -1, 1, -1, -1, -1)  # tested against the maker's model
_QUANTITY_SIGNS: dict[Quantity, tuple[int, ...]] = {
    Quantity.JOINTS: JOINT_SIGNS,
    Quantity.VECTOR: (1, -1, 1),
    Quantity.ROTATION: (1, -1, 1, -1, 1, -1),  # first column, then second, of M R M
    Quantity.SCALAR: (1,),
}
_ACTION_SIGNS = (1, -1, 1, -1, 1, -1, 1)  # translation, rotation vector, gripper of one arm
_SWAPPED_IMAGES = {"wrist_left": "wrist_right", "wrist_right": "wrist_left"}


@dataclass(frozen=True, eq=False)
class SignedPermutation:
    """The mirror of an array's trailing axes: reorder, then flip signs. Leading axes are batches."""

    shape: tuple[int, ...]  # of the trailing axes
    order: NDArray[np.int64]  # flat index of the entry that moves here
    signs: NDArray[np.int64]  # +1 or -1, flat

    def __call__(self, array: ArrayT) -> ArrayT:
        """Return the mirrored array of the same kind, shape and type."""
        if tuple(array.shape[array.ndim - len(self.shape) :]) != self.shape:
            raise ParameterError("The shape of what is mirrored", tuple(array.shape), f"any that ends in {self.shape}")
        lead = tuple(array.shape[: array.ndim - len(self.shape)])
        flat = array.reshape(*lead, len(self.order))
        return (flat[..., _like(array, self.order)] * _like(array, self.signs, cast=True)).reshape(array.shape)

    @classmethod
    def of(cls, shape: tuple[int, ...], signs: tuple[int, ...], sides: tuple[int, ...]) -> "SignedPermutation":
        """Build from the signs along the last axis and the axes of size 2 that hold (left, right)."""
        order = np.flip(np.arange(np.prod(shape)).reshape(shape), sides).ravel()
        return cls(shape, order, np.broadcast_to(signs, shape).ravel())


def _key_mirror(key: ObservationKey) -> SignedPermutation:
    """Return the mirror of one entry of the observation."""
    return SignedPermutation.of(key.shape, _QUANTITY_SIGNS[key.quantity], key.sides)


STATE_MIRRORS: Mapping[str, SignedPermutation] = {
    name: _key_mirror(key) for name, key in STATE_KEYS.items() if key.quantity is not Quantity.TOKENS
}
"""Mirror of every numeric entry of the state observation."""

_PAIRED_ACTION = SignedPermutation.of((2, ACTION_PER_ARM), _ACTION_SIGNS, (0,))
ACTION_MIRROR = SignedPermutation((2 * ACTION_PER_ARM,), _PAIRED_ACTION.order, _PAIRED_ACTION.signs)
"""Mirror of an action or a chunk of actions."""


def mirror_observation(observation: Mapping[str, ArrayT], width_axis: int = -2) -> dict[str, ArrayT]:
    """Return the observation of the mirrored scene.

    Args:
        observation: Any of the state and pixel keys, with any leading axes, as arrays or tensors.
        width_axis: Axis of the images that runs left-right; -1 where the channels come first.

    Raises:
        UnknownNameError: A key is in neither STATE_KEYS nor PIXEL_KEYS.
    """
    mirrored: dict[str, Any] = {}
    for name, value in observation.items():
        if name in STATE_MIRRORS:
            mirrored[name] = STATE_MIRRORS[name](value)
        elif name in STATE_KEYS:
            mirrored[name] = mirror_tokens(value)
        elif name in PIXEL_KEYS:
            mirrored[_SWAPPED_IMAGES.get(name, name)] = mirror_image(value, width_axis)
        else:
            raise UnknownNameError("observation key", name, (*STATE_KEYS, *PIXEL_KEYS))
    return mirrored


def mirror_action(action: ArrayT) -> ArrayT:
    """Return the action of the mirrored scene; shape `(..., 14)`, so chunks and batches of chunks too."""
    return ACTION_MIRROR(action)


def mirror_instruction(text: str) -> str:
    """Return the instruction of the mirrored scene."""
    return language.mirror(text)


def mirror_tokens(tokens: ArrayT) -> ArrayT:
    """Return the instruction tokens of the mirrored scene, any shape."""
    return _like(tokens, language.MIRROR_TOKENS)[tokens]


def mirror_image(image: ArrayT, width_axis: int = -2) -> ArrayT:
    """Flip images left-right; a wrist image must also be handed to the other wrist."""
    if isinstance(image, np.ndarray):
        return np.ascontiguousarray(np.flip(image, width_axis))
    return image.flip(width_axis)


def _like(array: Any, values: NDArray[np.int64], cast: bool = False) -> Any:
    """Return constants as the same kind of array, on the same device, on demand of the same type."""
    if isinstance(array, np.ndarray):
        return values.astype(array.dtype) if cast else values
    import torch  # Here, so that the simulator does not need it.

    return torch.tensor(values.tolist(), device=array.device, dtype=array.dtype if cast else torch.int64)
