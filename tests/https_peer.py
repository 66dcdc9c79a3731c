"""Another system on the network, for tests: a server of https whose certificate an authority of its own signed."""

import hashlib
import http.server
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.certificates import DAY, NOW, Pair, authority, ec_key, key_pem

KEY = "-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer answers: status, headers and body; `pause` seconds before each of the body's bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0


@dataclass
class Peer:
    """One running server. `answers` are by path, else nothing is found; `asked` are the Hosts and paths asked for."""

    port: int
    authorities: Path
    intermediate: Pair
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    @property
    def thumbprint(self) -> str:
        """The SHA-1 of the topmost certificate that it sends."""
        content = self.intermediate.certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha1(content).hexdigest()


def _leaf(hosts: tuple[str, ...], signer: Pair) -> Pair:
    key = ec_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=True)
        .sign(signer.key, hashes.SHA256())
    )
    return Pair(certificate, key)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What proves a server to be some hosts: a file with its certificates and key, and one with the authority."""

    file: Path
    authorities: Path
    intermediate: Pair


def proving(folder: Path, *hosts: str) -> Certificates:
    """New certificates for these hosts, in files in the folder."""
    root = authority("Peer root")
    intermediate = authority("Peer intermediate", signer=root)
    leaf = _leaf(hosts, intermediate)
    file, authorities = folder / "peer.pem", folder / "authorities.pem"
    file.write_text(f"{leaf.pem}\n{intermediate.pem}\n{key_pem(leaf.key)}")
    authorities.write_text(root.pem + "\n")
    return Certificates(file, authorities, intermediate)


@contextmanager
def running(folder: Path, *hosts: str, sends: Pair | None = None) -> Iterator[Peer]:
    """A peer on a free port of 127.0.0.1 that proves to be these hosts; its authorities are in a file in the folder.

    `sends` is a certificate that it sends along, though it signed nothing of the peer's.
    """
    certificates = proving(folder, *hosts)
    if sends is not None:
        certificates.file.write_text(certificates.file.read_text().replace(KEY, f"{sends.pem}\n{KEY}"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.file)
    peer = Peer(0, certificates.authorities, certificates.intermediate)
    server = _Server(peer, context)
    peer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, peer: Peer, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _handler(peer))
        self._peer = peer
        self._context = context

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        connection, address = super().get_request()
        self._peer.connections += 1
        connection.settimeout(10)
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # who asked did not trust it, or had enough, and hung up
            super().handle_error(request, client_address)


def _handler(peer: Peer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer.asked.append((self.headers["Host"], self.path))
            answer = peer.answers.get(self.path, Answer(404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not answer.pause:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                time.sleep(answer.pause)
                self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
