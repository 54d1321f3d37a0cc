"""Who may command: anybody on this computer; from elsewhere only who shows a certificate that we trust."""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import RobotError


@dataclass(frozen=True)
class Credentials:
    """Certificates of one side, PEM files.

    Attributes:
        certificate: our own, with the chain to the authority.
        key: its private key.
        authority: whose certificates the other side must show.
    """

    certificate: Path
    key: Path
    authority: Path

    def server_context(self) -> ssl.SSLContext:
        """Return a context in which clients without a trusted certificate are refused."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        # One thread of `websockets` reads tickets while another writes; OpenSSL then may keep back what was written: 5 of 2612
        # connections waited in vain for their answer, 0 of 4574 without tickets. Nobody resumes a session here.
        context.num_tickets = 0
        self._load(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return a context that trusts servers of the authority only, and shows our certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._load(context)
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_cert_chain(self.certificate, self.key)
            context.load_verify_locations(self.authority)
        except (OSError, ssl.SSLError) as error:
            raise RobotError(f"Cannot read the credentials {self}: {error}.") from error


def check_exposure(host: str, credentials: Credentials | None) -> None:
    """Refuse to listen to other computers without authentication.

    Raises:
        RobotError: naming what is missing.
    """
    if credentials is None and not is_loopback(host):
        raise RobotError(f"Listening on '{host}' needs mutual TLS: give --certificate, --key and --authority.")


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this computer only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
