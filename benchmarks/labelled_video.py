"""An episode of a dataset as video or contact sheet, with progress and labels drawn on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.agents.data import layout
from lacelab.agents.data.arrays import open_arrays
from lacelab.agents.data.exceptions import DatasetError, MissingExtraError
from lacelab.agents.data.files import read_json
from lacelab.agents.data.record import make_env
from lacelab.agents.data.schema import ACTION, FPS
from lacelab.agents.demonstrator.flaws import Flaw

from .demonstrations import Labels, read_episodes, read_labels
from .files import replacing
from .video import VideoWriter

_STRIP = 80  # pixels, height of the curve below the picture
_SHEET = (4, 6)  # rows and columns
_GAP, _TITLE = 6, 40  # pixels between the pictures of a sheet, and above and below them
_COLOURS = {
    Flaw.NONE: (214, 234, 214),
    Flaw.HESITATION: (240, 228, 150),
    Flaw.DETOUR: (160, 200, 240),
    Flaw.MISS: (240, 150, 140),
    Flaw.MISSED_GRASP: (245, 180, 120),
    Flaw.BAD_GRASP: (215, 165, 225),
    Flaw.DROP: (200, 90, 90),
    Flaw.FAILED_HANDOVER: (170, 140, 215),
    Flaw.PUSH: (175, 175, 175),
}


def draw_episode(root: Path, episode: int, out: Path, judged: NDArray[np.float32] | None = None) -> None:
    """Replay an episode and draw it.

    Args:
        root: dataset.
        episode: number of the episode.
        out: `.mp4` for a video, `.png` for a contact sheet.
        judged: progress of every frame of the dataset as a critic sees it, drawn beside the true one.

    Raises:
        DatasetError: there is no such episode, or no such kind of picture.
        MissingExtraError: pillow is not installed.
    """
    episodes = read_episodes(root)
    if not 0 <= episode < len(episodes):
        raise DatasetError(f"'{root}' has no episode {episode}. Valid: 0 to {len(episodes) - 1}.")
    if out.suffix not in (".mp4", ".png"):
        raise DatasetError(f"Cannot draw '{out}': valid are .mp4 and .png.")
    row, labels = episodes[episode], read_labels(root).of_episode(episode)
    first = row["dataset_from_index"]
    curve = None if judged is None else judged[first : first + row["length"]]
    if out.suffix == ".mp4":
        with replacing(out) as temporary, VideoWriter(temporary) as video:
            for frame, picture in enumerate(_pictures(root, row, range(row["length"]))):
                video.append(_annotate(picture, labels, frame, row, curve))
        return
    _sheet(root, row, labels, curve).save(out)


def _sheet(root: Path, row: dict[str, Any], labels: Labels, judged: NDArray[np.float32] | None) -> Any:
    """Return a picture of moments of an episode, with a title and the colours' meaning."""
    frames = np.linspace(0, row["length"] - 1, _SHEET[0] * _SHEET[1]).astype(int).tolist()
    pictures = zip(frames, _pictures(root, row, frames), strict=True)
    image = _pillow().Image
    tiles = [image.fromarray(_annotate(picture, labels, frame, row, judged)).reduce(2) for frame, picture in pictures]
    width, height = (size + _GAP for size in tiles[0].size)
    sheet = image.new("RGB", (_GAP + width * _SHEET[1], _TITLE + height * _SHEET[0] + _TITLE), "white")
    for number, tile in enumerate(tiles):
        line, column = divmod(number, _SHEET[1])
        sheet.paste(tile, (_GAP + column * width, _TITLE + line * height))
    pen = _pillow().ImageDraw.Draw(sheet)
    title = f"episode {row['episode_index']} · {row['operator']} · {row['outcome']} after {row['duration']:.1f} s"
    pen.text((_GAP, 8), f"{title} · “{row['instruction']}”", "black", font_size=20)
    _draw_legend(pen, sheet.size[1] - _TITLE + 8, judged is not None)
    return sheet


def _draw_legend(pen: Any, top: int, judged: bool) -> None:
    left = _GAP
    for flaw, colour in _COLOURS.items():
        text = "no flaw" if flaw is Flaw.NONE else _name(flaw)
        pen.rectangle((left, top + 2, left + 18, top + 20), colour, "black")
        pen.text((left + 26, top), text, "black", font_size=18)
        left += 50 + round(pen.textlength(text, font_size=18))
    text = "black: true progress" + (", blue: the critic's" if judged else "")
    pen.text((left, top), text, "black", font_size=18)


def _pictures(root: Path, row: dict[str, Any], frames: Any) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures before some frames of the replayed episode."""
    manifest, arrays = read_json(root / layout.MANIFEST), open_arrays(root)
    env = make_env(manifest["task"], manifest["difficulty"], False)
    env.reset(seed=row["seed"], options={"overrides": manifest.get("overrides", {})})
    wanted, start = set(frames), row["dataset_from_index"]
    for frame in range(row["length"]):
        if frame in wanted:
            yield env.picture("side")
        env.step(np.asarray(arrays.vectors[ACTION][start + frame], np.float32))


def _annotate(
    picture: NDArray[np.uint8], labels: Labels, frame: int, row: dict[str, Any], judged: NDArray[np.float32] | None
) -> NDArray[np.uint8]:
    """Return the picture with a strip: labels as colours, progress as curves, a cursor, a line of text."""
    height, width, _ = picture.shape
    strip = np.empty((_STRIP, width, 3), np.uint8)
    at = np.linspace(0, len(labels.flaw) - 1, width).astype(int)
    strip[:] = np.array([_COLOURS[Flaw(flaw)] for flaw in labels.flaw[at]], np.uint8)
    _draw_curve(strip, labels.progress[at], (30, 30, 30))
    if judged is not None:
        _draw_curve(strip, judged[at] / max(float(judged.max()), 1e-6), (30, 60, 200))
    cursor = round(frame / max(1, len(labels.flaw) - 1) * (width - 2))
    strip[:, cursor : cursor + 2] = (220, 20, 20)
    flaw = Flaw(labels.flaw[frame])
    text = f"{frame / FPS:.1f} s · {labels.phase[frame]}" + ("" if flaw is Flaw.NONE else f" · {_name(flaw).upper()}")
    image = _pillow().Image.fromarray(np.concatenate([picture, strip]))
    pen = _pillow().ImageDraw.Draw(image)
    for top, line in ((6, row["operator"]), (height - 36, text)):
        pen.text((8, top), line, "white", stroke_width=2, stroke_fill="black", font_size=26)
    return np.asarray(image)


def _draw_curve(strip: NDArray[np.uint8], values: NDArray[np.float32], colour: tuple[int, int, int]) -> None:
    """Draw values in [0, 1], one for each column of the strip."""
    level = np.round((1 - np.clip(values, 0.0, 1.0)) * (_STRIP - 3)).astype(int)
    for offset in range(3):
        strip[level + offset, np.arange(strip.shape[1])] = colour


def _name(flaw: Flaw) -> str:
    return flaw.name.lower().replace("_", " ")


def _pillow() -> Any:
    try:
        import PIL.Image
        import PIL.ImageDraw
    except ModuleNotFoundError as error:
        raise MissingExtraError("Drawing episodes needs pillow: pip install 'lacelab[data]'.") from error
    return PIL
