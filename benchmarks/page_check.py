"""Open a page in headless Chromium, on a phone and on a desk, and measure what a reader would notice.

python -m lacelab.benchmarks.page_check report.html --out benchmarks/results/page.json
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import tyro

from .chromium import PHONE, Page, find_chromium, open_page
from .files import write_json
from .program import start
from .versions import git_commit, versions

WIDTHS = (390, 1280)  # px: a phone, a desk
_LOAD = 2000.0  # ms, at most
_TRIES = 5
_SIZE = 10e6  # bytes, at most
_HEIGHT = 3000  # px, of a picture
_PATIENCE = 30.0  # s, for all videos
_UNREADY = "[...document.querySelectorAll('video')].filter(v => v.error || v.readyState < 1).length"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
_FONT = (
    "Math.min(...[...document.querySelectorAll('td, p, svg text')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
)


class Look(NamedTuple):
    """A page at one width."""

    width: int  # px, of the window
    errors: int  # of the console
    requests: int  # that left the file
    load: float  # ms
    scrolls: bool  # sideways
    videos: int
    broken_videos: int
    smallest_font: float  # px

    def flaws(self) -> list[str]:
        """Say what is wrong."""
        found = {
            f"{self.errors} console errors": self.errors > 0,
            f"{self.requests} requests to the network": self.requests > 0,
            f"loads in {self.load:.0f} ms": not 0 < self.load < _LOAD,
            "scrolls sideways": self.scrolls,
            f"{self.broken_videos} videos do not play": self.broken_videos > 0,
        }
        return [f"{self.width} px: {flaw}" for flaw, wrong in found.items() if wrong]


def look(browser: Page, path: Path, width: int) -> Look:
    """Open a page in a window of some width [px] and look at it; loading again if something else was slow."""
    loads: list[float] = []
    while len(loads) < _TRIES and not (loads and min(loads) < _LOAD):
        browser.open(path, **(PHONE | {"width": width, "mobile": width < 500}))
        loads.append(float(browser.evaluate(_LOADED)))
    outside = [address for address in browser.requests() if not address.startswith(("file:", "data:"))]
    return Look(
        width,
        len(browser.errors()),
        len(outside),
        min(loads),
        bool(browser.evaluate("document.documentElement.scrollWidth") > width),
        int(browser.evaluate("document.querySelectorAll('video').length")),
        _broken_videos(browser),
        float(browser.evaluate(_FONT)),
    )


def _broken_videos(browser: Page) -> int:
    """Ask for all videos and count those whose beginning cannot be decoded."""
    browser.evaluate("document.querySelectorAll('video').forEach(v => { v.preload = 'metadata'; v.load(); })")
    deadline = time.monotonic() + _PATIENCE
    while browser.evaluate(_UNREADY) and time.monotonic() < deadline:
        time.sleep(0.2)
    return int(browser.evaluate(_UNREADY))


@dataclass(frozen=True)
class PageCheck:
    """Look at a page; exit code 1 if something is wrong with it."""

    page: Annotated[Path, tyro.conf.Positional]
    """HTML file."""
    pictures: Path | None = None
    """Folder for a picture at each width."""
    out: Path | None = None
    """Where to write the figures as JSON."""

    def run(self) -> int:
        """Look, print and write."""
        program = find_chromium()
        if program is None:
            sys.exit("page_check: Chromium is not installed: apt-get install chromium")
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
            open_page(program, Path(profile)) as browser,
        ):
            looks = [self._look(browser, width) for width in WIDTHS]
        size = self.page.stat().st_size
        flaws = [flaw for found in looks for flaw in found.flaws()]
        flaws += [f"{size / 1e6:.1f} MB are too much"] if size > _SIZE else []
        for found in looks:
            print(", ".join(f"{name} {value}" for name, value in found._asdict().items()))
        print(f"{size / 1e6:.2f} MB; {'; '.join(flaws) or 'nothing is wrong'}")
        if self.out is not None:
            figures = {"bytes": size, "looks": [found._asdict() for found in looks], "flaws": flaws}
            write_json(self.out, figures | {"versions": versions(), "commit": git_commit()})
        return int(bool(flaws))

    def _look(self, browser: Page, width: int) -> Look:
        found = look(browser, self.page.resolve(), width)
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            (self.pictures / f"page-{width}.png").write_bytes(browser.picture(width, _HEIGHT))
        return found


if __name__ == "__main__":
    start(PageCheck)
