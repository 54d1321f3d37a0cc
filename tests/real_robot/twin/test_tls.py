"""Mutual TLS, without a network: both sides write into memory."""

import ssl
from pathlib import Path

import pytest

from lacelab.real_robot.exceptions import RobotError
from lacelab.real_robot.fault_injection import make_credentials
from lacelab.real_robot.twin.tls import Credentials

ADDRESS = "127.0.0.1"


def shake_hands(client: ssl.SSLObject, server: ssl.SSLObject) -> None:
    """Let both sides say all they have to until neither waits for the other."""
    left = [client, server]
    for side in [client, server] * 4:
        if side not in left:
            continue
        try:
            side.do_handshake()
            left.remove(side)
        except ssl.SSLWantReadError:
            pass
    assert not left


def test_nothing_follows_a_handshake_until_somebody_speaks(tmp_path: Path) -> None:
    """A ticket that one thread reads while another one writes can swallow what is written."""
    credentials = make_credentials(tmp_path, ADDRESS)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = credentials.client_context().wrap_bio(to_client, to_server, server_hostname=ADDRESS)
    server = credentials.server_context().wrap_bio(to_server, to_client, server_side=True)
    shake_hands(client, server)
    assert client.version() == "TLSv1.3"
    assert to_client.pending == 0


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "own.pem", tmp_path / "own.key", tmp_path / "ca.pem")
    with pytest.raises(RobotError, match="Cannot read the credentials .*own.pem"):
        credentials.server_context()
