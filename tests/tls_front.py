"""An authority that signs certificates, and a server that shows one and passes on what it is sent.

Keys and certificates are made for one run and never leave it.
"""

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PIECE = 65_536
DAY = timedelta(days=1)
HERE = "127.0.0.1"


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name)


@dataclass(frozen=True)
class Authority:
    """Signs certificates; `certificate` is what those trust who trust it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        name, now = _named("Authority of a test"), datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), 1, now - DAY, now + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    def show(self, path: Path) -> Path:
        """Write what those need who trust this authority."""
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def issue(self, folder: Path, *, name: str = HERE, age: timedelta = DAY) -> Path:
        """Return a file with a key and its certificate for a name, valid for two days since its
        making."""
        key, since = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC) - age
        made = (
            x509.CertificateBuilder(
                self.certificate.subject, _named(name), key.public_key(), 2, since, since + 2 * DAY
            )
            .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
        )
        path = folder / f"{len(list(folder.iterdir()))}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        return path


class TlsFront:
    """Stands before a plain server. `heard` is what it was sent beneath the encryption."""

    def __init__(self, certificate: Path, target: tuple[str, int]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._target = target
        self._listener = socket.create_server((HERE, 0))
        self.port = int(self._listener.getsockname()[1])
        self.first_bytes: list[bytes] = []
        self.heard = b""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://{HERE}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:  # a refused handshake is an OSError
            self.first_bytes.append(near.recv(1, socket.MSG_PEEK))
            with (
                self._context.wrap_socket(near, server_side=True) as safe,
                socket.create_connection(self._target) as far,
            ):
                back = threading.Thread(target=_carry, args=(far, safe), daemon=True)
                back.start()
                while piece := safe.recv(PIECE):
                    self.heard += piece
                    far.sendall(piece)
                far.shutdown(socket.SHUT_WR)
                back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
