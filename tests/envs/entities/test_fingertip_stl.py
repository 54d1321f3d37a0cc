"""The printable fingertips are the simulated ones."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lacelab.envs.entities import fingertips
from lacelab.envs.entities.fingertip_stl import FOLDER, NAMES, solids, stl, triangles
from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.scene import build

_RECORD = np.dtype([("normal", "<f4", 3), ("vertices", "<f4", (3, 3)), ("attribute", "<u2")])


def _read(content: bytes) -> NDArray[np.float64]:
    """Return the triangles (n, 3 corners, 3) [mm] of a binary STL."""
    records = np.frombuffer(content, _RECORD, offset=84)
    assert len(records) == int.from_bytes(content[80:84], "little")
    return records["vertices"].astype(float)


@pytest.mark.parametrize("side", NAMES)
def test_committed_files_are_written_again_byte_by_byte(side: int) -> None:
    assert (FOLDER / NAMES[side]).read_bytes() == stl(side)


@pytest.mark.parametrize("side", NAMES)
def test_surface_is_closed_and_points_outward(side: int) -> None:
    corners = _read(stl(side))
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(sum(8e9 * box.half_size.prod() for box in solids(side)), rel=1e-3)
    edges = [tuple(sorted(map(tuple, pair))) for t in corners for pair in (t[:2], t[1:], t[::2])]
    assert all(edges.count(edge) % 2 == 0 for edge in set(edges))


def test_fingertips_are_mirror_images() -> None:
    plus, minus = (_read(stl(side)).reshape(-1, 3) for side in (1, -1))
    assert np.allclose(np.unique(plus * [1, -1, 1], axis=0), np.unique(minus, axis=0), atol=2e-3)


@pytest.mark.parametrize(("hand", "finger", "side"), [("left", "outer", 1), ("right", "outer", -1)])
def test_pad_and_stem_are_where_the_simulated_ones_are(hand: str, finger: str, side: int) -> None:
    model = build(LaceParameters(), ShoeParameters()).model
    for box in solids(side):
        geom = model.geom(f"openarm_v20/{hand}_{finger}_{box.name}")
        assert np.allclose(geom.pos, box.position, atol=1e-9) and np.allclose(geom.size, box.half_size)


def test_mount_holds_the_stem() -> None:
    parts = {box.name: triangles(box).reshape(-1, 3) for box in solids(1)}
    low, high = parts["block"].min(axis=0), parts["block"].max(axis=0)
    root = parts["stem"][parts["stem"][:, 2] > parts["stem"][:, 2].max() - 0.006]
    assert ((root > low - 0.0035) & (root < high + 0.0035)).all()


def test_readme_gives_the_numbers() -> None:
    text = (FOLDER / "README.md").read_text()
    for length in (fingertips.LENGTH, fingertips.WIDTH, fingertips.PAD_LENGTH, fingertips.PAD_THICKNESS):
        assert f"{1e3 * length:g} mm" in text
    for number in (-fingertips.BEND, fingertips.CLOSED_ANGLE, fingertips.PAD_FRICTION):
        assert f"{number:g}" in text
