"""A headless Chromium that tells what happens in a page, over its DevTools protocol."""

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TIMEOUT = 60.0  # s, for an answer
_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
_FRONT = ("--disable-renderer-backgrounding", "--disable-background-timer-throttling")  # as if someone looked


def find_chromium() -> str | None:
    """Return the program, if it is installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Page:
    """A tab."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._numbers = connection, itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method and return its result; events in between are kept."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=_TIMEOUT))
            if message.get("id") == number:
                return message.get("result", {})
            self.events.append(message)

    def open(self, path: Path, **device: Any) -> None:
        """Open a file and wait until it is loaded."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", **device)
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self._connection.recv(timeout=_TIMEOUT)))

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def picture(self, width: int, height: int) -> bytes:
        """Return the upper left part of the page as PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])

    def errors(self) -> list[Any]:
        """Return what the console complained about."""
        bad = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [event["params"] for event in self.events if event["method"] in bad]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        sent = [event for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]


@contextmanager
def open_page(program: str, folder: Path) -> Iterator[Page]:
    """Start a browser with a profile in a folder."""
    from websockets.sync.client import connect

    command = [program, *_FLAGS, *_FRONT, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port, path = _wait_for(folder / "DevToolsActivePort").split()
        with connect(f"ws://127.0.0.1:{port}{path}", proxy=None) as browser:
            target = _ask(browser, "Target.createTarget", url="about:blank")["targetId"]
        with connect(f"ws://127.0.0.1:{port}/devtools/page/{target}", max_size=2**26, proxy=None) as connection:
            yield Page(connection)
    finally:
        process.terminate()
        process.wait()


def _ask(connection: Any, method: str, **parameters: Any) -> dict[str, Any]:
    connection.send(json.dumps({"id": 0, "method": method, "params": parameters}))
    return json.loads(connection.recv(timeout=_TIMEOUT))["result"]


def _wait_for(path: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and len(path.read_text().split()) == 2:
            return path.read_text()
        time.sleep(0.05)
    raise TimeoutError("Chromium does not start.")
