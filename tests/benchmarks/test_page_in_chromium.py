"""The page in a real browser: no complaints, quick, small, readable on a phone, no network."""

from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest

from lacelab import cli

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
    browser.open(page, **(chromium.PHONE | {"width": width, "mobile": width < 500}))
    assert browser.errors() == []
    assert all(address.startswith(("file:", "data:")) for address in browser.requests())
    assert 0 < browser.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") < 2000  # ms
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.querySelectorAll('video').length") == 20
    assert browser.evaluate("document.querySelector('video').error") is None
    assert "Leaderboard" in browser.evaluate("document.body.innerText")
    size = browser.evaluate("parseFloat(getComputedStyle(document.querySelector('td')).fontSize)")
    assert size >= 12  # px


def test_page_is_small(page: Path) -> None:
    assert page.stat().st_size <= 10e6
