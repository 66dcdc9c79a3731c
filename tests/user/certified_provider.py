"""The certified OpenID Connect provider of `tests/js/provider.mjs`, and a browser that signs in at it."""

import base64
import hashlib
import html
import http.client
import json
import re
import secrets
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from tests.https_peer import Certificates, proving
from tests.id_tokens import SigningKey
from tests.user.javascript import FOLDER, NODE
from tests.user.server import clean_environment

REDIRECT: Final = "https://app.example.com/back"


@dataclass
class CertifiedProvider:
    """One running provider."""

    process: "subprocess.Popen[str]"
    host: str
    client: str
    secret: str
    certificates: Certificates
    port: int = 0

    def rotate(self, *keys: SigningKey) -> None:
        """Sign with the first of other keys from now on."""
        self.tell(keys=_key_set(keys))

    def tell(self, **told: Any) -> Any:
        """Tell the process something, and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def id_token(self, user: str) -> str:
        """What the client gets when a user signs in: the authorization-code flow, from first to last."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "nonce": secrets.token_hex(8),
        }
        browser = _Browser(self)
        place, page = browser.follow(f"https://{self.host}/auth?{urlencode(asked)}")
        while not place.startswith(REDIRECT):
            action, fields = _form(page)
            filled = {name: value or {"login": user, "password": "any"}.get(name, "") for name, value in fields.items()}
            place, page = browser.follow(urljoin(place, action), filled)
        code = parse_qs(urlsplit(place).query)["code"][0]
        answer = browser.post_as_client(
            f"https://{self.host}/token",
            {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier},
        )
        return str(json.loads(answer)["id_token"])


@contextmanager
def certified_provider(
    folder: Path, host: str, keys: Sequence[SigningKey], claims: Mapping[str, object], client: str = "web"
) -> Iterator[CertifiedProvider]:
    """A provider at a free port of 127.0.0.1 that proves to be the host."""
    certificates = proving(folder, host)
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(
            [NODE, "provider.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=clean_environment(),
        )
    provider = CertifiedProvider(process, host, client, secrets.token_hex(16), certificates)
    try:
        provider.port = provider.tell(
            issuer=f"https://{host}",
            client=client,
            secret=provider.secret,
            redirect=REDIRECT,
            pem=str(certificates.file),
            keys=_key_set(keys),
            claims=dict(claims),
        )["port"]
        yield provider
    finally:
        process.kill()
        process.communicate()


@dataclass
class _Browser:
    """Keeps cookies, and follows redirects as far as the provider."""

    provider: CertifiedProvider
    cookies: dict[str, str] = field(default_factory=dict)

    def follow(self, url: str, form: Mapping[str, str] | None = None) -> tuple[str, str]:
        """Where it ends, and the page there; empty when that is not the provider's."""
        while urlsplit(url).hostname == self.provider.host:
            status, location, page = self._ask(url, form, {})
            if location is None:
                assert status == 200, page
                return url, page
            url, form = urljoin(url, location), None
        return url, ""

    def post_as_client(self, url: str, form: Mapping[str, str]) -> str:
        """What the client is answered, which proves itself by its secret."""
        proof = base64.b64encode(f"{self.provider.client}:{self.provider.secret}".encode()).decode()
        status, _, answer = self._ask(url, form, {"Authorization": f"Basic {proof}"})
        assert status == 200, answer
        return answer

    def _ask(self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> tuple[int, str | None, str]:
        parts = urlsplit(url)
        sent = {"Host": parts.netloc, "Cookie": "; ".join(map("=".join, self.cookies.items())), **headers}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = _Connection(self.provider)
        try:
            connection.request(
                "GET" if form is None else "POST",
                parts.path + (f"?{parts.query}" if parts.query else ""),
                body=None if form is None else urlencode(form),
                headers=sent,
            )
            reply = connection.getresponse()
            for name, value in reply.getheaders():
                if name.lower() == "set-cookie":
                    key, _, content = value.partition(";")[0].partition("=")
                    self.cookies[key] = content
            return reply.status, reply.headers.get("Location"), reply.read().decode()
        finally:
            connection.close()


class _Connection(http.client.HTTPSConnection):
    """A connection to the provider's host, wherever it is."""

    def __init__(self, provider: CertifiedProvider) -> None:
        self._tls = ssl.create_default_context(cafile=provider.certificates.authorities)
        self._host = provider.host
        super().__init__("127.0.0.1", provider.port, timeout=30)

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._host)


def _form(page: str) -> tuple[str, dict[str, str]]:
    """The action of a page's form, and its fields with their values."""
    found = re.search(r'<form[^>]*action="([^"]+)"', page)
    assert found is not None, page
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in attributes:
            fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return html.unescape(found[1]), fields


def _key_set(keys: Sequence[SigningKey]) -> dict[str, object]:
    return {"keys": [{**key.published(), **key.key.as_dict(private=True)} for key in keys]}
