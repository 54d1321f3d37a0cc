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
        model = scene.model
        self._side = _sides_of_geoms(model)
        # Index -1 means "no geom" or "no flex" and wraps to the spare last entry.
        self._lace_of_geom, self._lace_of_flex = np.full(model.ngeom + 1, -1), np.full(model.nflex + 1, -1)
        for number, lace in enumerate(scene.laces):
            self._lace_of_geom[lace.aglet_geom] = number
            self._lace_of_flex[lace.flex] = number
        self._pads = {pad for arm in scene.arms for pad in arm.pads}

    def read(self, data: mujoco.MjData) -> tuple[Touch, Touch]:
        """Return what touches each lace."""
        geom, flex = data.contact.geom, data.contact.flex
        side = self._side[geom].max(axis=1)
        lace = np.maximum(self._lace_of_geom[geom], self._lace_of_flex[flex]).max(axis=1)
        rows = np.flatnonzero((side >= 0) & (lace >= 0)).tolist()
        touched: tuple[set[Side], set[Side]] = (set(), set())
        presses: tuple[list[Press], list[Press]] = ([], [])
        for row in rows:
            touched[lace[row]].add(SIDES[side[row]])
            presses[lace[row]].extend(self._presses(data, row))
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


def _sides_of_geoms(model: mujoco.MjModel) -> NDArray[np.int64]:
    """Return for every geom the index of the arm that it belongs to, -1 for none, and a spare -1; (geoms + 1,)."""
    sides = np.full(model.ngeom + 1, -1)
    for geom in range(model.ngeom):
        body = model.body(model.geom_bodyid[geom]).name
        for side in SIDES:
            if f"openarm_{side}" in body:
                sides[geom] = side.index
    return sides
