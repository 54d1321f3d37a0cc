"""Which hands touch and hold the laces, from the contacts of one instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from .entities.lace import AGLET_LENGTH
from .scene import Scene
from .spec import SIDES, Side

_HOLD_FORCE = 0.3  # N on each pad

_ARMS, _LACES = (1, 2), (4, 8)  # codes of what takes part in a contact, left and right
_CODES = np.arange(16)
_ARM_ON_LACE = ((_CODES & sum(_ARMS)) > 0) & ((_CODES & sum(_LACES)) > 0)


class Press(NamedTuple):
    """One contact of a pad with a lace."""

    pad: int  # geom
    force: float  # normal [N]
    contact: int  # index into the contacts of the instant


@dataclass(frozen=True)
class Touch:
    """What touches a lace at one instant."""

    held_by: frozenset[Side]  # hands of which both pads press on the lace
    touched_by: frozenset[Side]  # hands of which any part touches it
    presses: tuple[Press, ...] = ()


class TouchReader:
    """Reads the contacts; holds indices only."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        # Index -1 means "no geom" or "no flex" and wraps to the spare last entry.
        self._geoms, self._flexes = _codes_of_geoms(scene), np.zeros(scene.model.nflex + 1, np.int64)
        for lace, code in zip(scene.laces, _LACES, strict=True):
            self._geoms[lace.aglet_geom] = self._flexes[lace.flex] = code
        self._pads = {pad for arm in scene.arms for pad in arm.pads}

    def read(self, data: mujoco.MjData) -> tuple[Touch, Touch]:
        """Return what touches each lace."""
        pairs = self._geoms[data.contact.geom] | self._flexes[data.contact.flex]
        codes = pairs[:, 0] | pairs[:, 1]
        touched: tuple[set[Side], set[Side]] = (set(), set())
        presses: tuple[list[Press], list[Press]] = ([], [])
        for row in np.flatnonzero(_ARM_ON_LACE[codes]).tolist():
            lace, side = (int(codes[row] & pair[1] != 0) for pair in (_LACES, _ARMS))
            touched[lace].add(SIDES[side])
            presses[lace].extend(self._presses(data, row))
        return self._touch(touched[0], presses[0]), self._touch(touched[1], presses[1])

    def held_past(self, data: mujoco.MjData, lace: int, touch: Touch, length: float) -> frozenset[Side]:
        """Return the hands that hold a lace between its tip and `length` of lace behind it [m]."""
        past = [press for press in touch.presses if self._arc(data, lace, press.contact) <= length]
        return self._holders(past)

    def _presses(self, data: mujoco.MjData, row: int) -> Iterable[Press]:
        address = data.contact.efc_address[row]
        if address < 0:
            return
        for geom in data.contact.geom[row].tolist():
            if geom in self._pads:
                yield Press(geom, float(data.efc_force[address]), row)

    def _touch(self, touched: set[Side], presses: list[Press]) -> Touch:
        return Touch(self._holders(presses), frozenset(touched), tuple(presses))

    def _holders(self, presses: Iterable[Press]) -> frozenset[Side]:
        """Return the hands of which both pads press hard enough."""
        force: dict[int, float] = {}
        for press in presses:
            force[press.pad] = force.get(press.pad, 0.0) + press.force
        pressing = {pad for pad, push in force.items() if push > _HOLD_FORCE}
        return frozenset(side for side in SIDES if pressing.issuperset(self._scene.arms[side.index].pads))

    def _arc(self, data: mujoco.MjData, number: int, row: int) -> float:
        """Return the length of lace from a contact to the tip [m]."""
        lace, contact = self._scene.laces[number], data.contact
        position = contact.pos[row]
        if lace.aglet_geom in contact.geom[row]:
            along = float((data.site_xpos[lace.tip_site] - position) @ lace.aglet_axis(data))
            return min(max(along, 0.0), AGLET_LENGTH)
        vertex, edge = int(contact.vert[row].max()), int(contact.elem[row].max())
        if vertex >= 0:
            return AGLET_LENGTH + float(lace.edge_lengths[vertex:].sum())
        start, end = data.xpos[lace.vertex_bodies[edge : edge + 2]]
        share = float((end - position) @ (end - start)) / float((end - start) @ (end - start))
        return AGLET_LENGTH + float(lace.edge_lengths[edge + 1 :].sum() + share * lace.edge_lengths[edge])


def _codes_of_geoms(scene: Scene) -> NDArray[np.int64]:
    """Return the code of the arm that each geom belongs to, and a spare 0; (geoms + 1,)."""
    model = scene.model
    codes = np.zeros(model.ngeom + 1, np.int64)
    for geom in range(model.ngeom):
        body = model.body(model.geom_bodyid[geom]).name
        for side, code in zip(SIDES, _ARMS, strict=True):
            if f"openarm_{side}" in body:
                codes[geom] = code
    return codes
