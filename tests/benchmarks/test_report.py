"""The page: complete, self-contained, well-formed."""

import dataclasses
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lacelab.benchmarks.episode import run_episode
from lacelab.benchmarks.evaluate import Evaluation
from lacelab.benchmarks.report import Film, Section, build_page, write_page
from lacelab.benchmarks.report.funnel import draw_funnel
from lacelab.benchmarks.statistics import StageRate, proportion
from lacelab.benchmarks.tables import title

EVALUATION = Evaluation("ThreadEyelet", "standard", "fake_world:make_chatty", (0, 3, 5, 8), world="fake_world:make")
VOID = {"meta", "link", "br"}


class Outline(HTMLParser):
    """Checks nesting; collects text and everything that could be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.text = ""
        self.sources: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag."""
        self.tags.add(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag opened last."""
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data


def _read(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    assert outline.stack == []
    return outline


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> Section:
    """Run the fake episodes and pretend to have filmed one."""
    video = tmp_path_factory.mktemp("video") / "video.mp4"
    video.write_bytes(b"not really a video")
    rows = [run_episode(spec).row for spec in EVALUATION.specs()]
    return Section(title(EVALUATION), rows, "lacelab eval --seeds 0,3,5,8", [Film(video, "Seed 0.")])


def test_page_is_well_formed_and_self_contained(section: Section) -> None:
    outline = _read(build_page([section], "abc"))
    assert outline.sources and all(source.startswith("data:") for source in outline.sources)
    assert "script" not in outline.tags and {"video", "svg", "table"} <= outline.tags
    assert any(source.startswith("data:video/mp4;base64,bm90IHJlYWxseSBh") for source in outline.sources)


@pytest.mark.parametrize(
    "text",
    [
        "1/4",
        "25.0 %",
        "4.6 - 69.9",  # Wilson
        "0.6 - 80.6",  # Clopper-Pearson
        "out of time at thread (insert)",
        "crashed: RuntimeError: the lace broke",
        "diverged",
        "0.20 mm",
        "lacelab eval --seeds 0,3,5,8",
        "mujoco",
        "abc",
    ],
)
def test_page_says_what_matters(section: Section, text: str) -> None:
    assert text in _read(build_page([section], "abc")).text


def test_page_escapes_what_it_is_given(section: Section) -> None:
    broken = [row | {"reason": "<script>alert(1)</script>"} for row in section.rows]
    assert "<script" not in build_page([section._replace(rows=broken)], None)


def test_page_of_two_evaluations_without_video(section: Section) -> None:
    hard = dataclasses.replace(EVALUATION, difficulty="hard", mirror=True)
    outline = _read(build_page([section._replace(films=[]), Section(title(hard), section.rows, "again")], None))
    assert "ThreadEyelet · hard · fake_world:make_chatty · mirror" in outline.text
    assert "video" not in outline.tags and "unknown" in outline.text


def test_page_is_written_whole(section: Section, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.html"
    write_page(path, [section], None)
    assert path.read_text() == build_page([section], None)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_funnel_bars_are_as_long_as_their_rates() -> None:
    picture = draw_funnel([StageRate("pick", proportion(3, 4))], proportion(1, 4))
    full = 420 - 76 - 64
    assert f'width="{0.75 * full:.1f}"' in picture and f'width="{0.25 * full:.1f}"' in picture
    assert 'aria-label="pick 3 of 4; success 1 of 4"' in picture
