"""The page in a real browser: no complaints, quick, small, readable on a phone, no network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lacelab import cli
from lacelab.benchmarks import chromium
from lacelab.benchmarks.page_check import Look, PageCheck, look

PROGRAM = chromium.find_chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the page of the standard suite, with videos and learning curves."""
    folder = tmp_path_factory.mktemp("page")
    for policy in ("noop", "fake_world:make_chatty"):
        rows = folder / f"{policy[:4]}.jsonl"
        arguments = ["--policy", policy, "--world", "fake_world:make", "--out", str(rows), "--workers", "2"]
        assert cli.main(["bench", "standard", *arguments]) == 0
    curves, path = folder / "curves.jsonl", folder / "report.html"
    curves.write_text("".join(f'{{"run": "a", "step": {step}, "success": {step / 9}}}\n' for step in range(10)))
    files = [str(folder / "noop.jsonl"), str(folder / "fake.jsonl")]
    assert cli.main(["report", *files, "--videos", "1", "--curves", str(curves), "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Page]:
    """Start the browser once."""
    assert PROGRAM is not None
    with chromium.open_page(PROGRAM, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("width", [390, 1280])
def test_page(page: Path, browser: chromium.Page, width: int) -> None:
    found = look(browser, page, width)
    assert found.flaws() == [] and found.videos == 20 and found.smallest_font >= 11
    assert "Leaderboard" in browser.evaluate("document.body.innerText")
    assert browser.picture(100, 50).startswith(b"\x89PNG")


def test_page_is_small(page: Path) -> None:
    assert page.stat().st_size <= 10e6


def test_flaws_are_found(browser: chromium.Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flawed.html"
    path.write_text(
        "<!DOCTYPE html><body><p style='width: 3000px'>wide</p><script>console.error('no'); nothing()</script>"
        "<img src='http://127.0.0.1:9/picture.png'></body>"
    )
    assert look(browser, path, 390).flaws() == [
        "390 px: 3 console errors",
        "390 px: 1 requests to the network",
        "390 px: scrolls sideways",
    ]
    assert Look(390, 0, 0, 2500.0, False, 1, 1, 12.0).flaws() == [
        "390 px: loads in 2500 ms",
        "390 px: 1 videos do not play",
    ]
    out = tmp_path / "page.json"
    assert PageCheck(path, tmp_path, out).run() == 1
    assert "scrolls sideways" in capsys.readouterr().out and "scrolls sideways" in out.read_text()
    assert (tmp_path / "page-1280.png").exists()
