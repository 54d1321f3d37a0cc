"""Breaks the connection between a policy and a twin in every way that we could think of, and mends it again."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from .twin.link import TwinLink
from .twin.process import TwinProcess
from .twin.settings import TwinSettings
from .twin.tls import Credentials

SETTINGS: dict[str, TwinSettings] = {
    "10 % loss": TwinSettings(loss=0.1),
    "clock jump": TwinSettings(clock_offset=1.0),
    "frozen camera": TwinSettings(camera_frozen=1),
    "torn message": TwinSettings(torn=1),
}
"""Faults that a twin can have by itself."""

_NAMESPACE, _HERE, _THERE = "lacelab-twin", "10.77.13.1", "10.77.13.2"


def inject(address: str, settings: TwinSettings, credentials: Credentials | None = None) -> None:
    """Give a twin other settings while somebody else commands it; it obeys operators in this only if it may be broken."""
    link = TwinLink(address, role="operator", credentials=credentials)
    link.connect()
    link.ask("configure", settings=asdict(settings))
    link.close()


@contextmanager
def cuttable_twin() -> Iterator[tuple[TwinProcess, Credentials]]:
    """Run a twin at the other end of a cable, in a network namespace of its own; needs root and iproute2."""
    _ip("netns", "add", _NAMESPACE)
    try:
        _ip("link", "add", "lacelab0", "type", "veth", "peer", "name", "lacelab1", "netns", _NAMESPACE)
        _ip("addr", "add", f"{_HERE}/24", "dev", "lacelab0")
        _ip("link", "set", "lacelab0", "up")
        _ip("-n", _NAMESPACE, "addr", "add", f"{_THERE}/24", "dev", "lacelab1")
        _ip("-n", _NAMESPACE, "link", "set", "lacelab1", "up")
        with tempfile.TemporaryDirectory() as folder:
            credentials = make_credentials(Path(folder), _THERE)
            prefix = ("ip", "netns", "exec", _NAMESPACE)
            with TwinProcess(
                lockstep=False, host=_THERE, prefix=prefix, credentials=credentials, breakable=True
            ) as process:
                yield process, credentials
    finally:
        _ip("netns", "del", _NAMESPACE)


def cut_cable(cut: bool = True) -> None:
    """Pull the cable of `cuttable_twin`, or put it back."""
    _ip("link", "set", "lacelab0", "down" if cut else "up")


def make_credentials(folder: Path, address: str) -> Credentials:
    """Make an authority and one certificate for both sides, with OpenSSL."""
    (folder / "names").write_text(f"subjectAltName=IP:{address}")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _run(
        "openssl", "req", "-x509", *new, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem", folder=folder
    )
    _run("openssl", "req", *new, "-subj", f"/CN={address}", "-keyout", "own.key", "-out", "own.csr", folder=folder)
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    _run("openssl", "x509", "-req", "-in", "own.csr", "-out", "own.pem", *signing, folder=folder)
    return Credentials(folder / "own.pem", folder / "own.key", folder / "ca.pem")


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str, folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
