"""A real SAML identity provider, the npm package samlp, run by the Node.js of the test dependencies."""

import html
import http.client
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization

from tests.certificates import Pair
from tests.user.javascript import FOLDER, NODE
from tests.user.server import clean_environment


@dataclass(frozen=True, slots=True)
class Form:
    """What the identity provider has a browser post by itself, and where to."""

    address: str
    fields: Mapping[str, str]


class SamlIdp:
    """The process; `stop` it.

    Its people are told from the start, each with the attributes that its assertions have.
    """

    def __init__(
        self,
        issuer: str,
        signer: Pair,
        people: Mapping[str, Mapping[str, str | Sequence[str]]],
        *,
        encrypts_for: Pair | None = None,
    ) -> None:
        told = {
            "issuer": issuer,
            "certificate": signer.pem,
            "key": signer.key_pem,
            "people": people,
            "encryption": None if encrypts_for is None else _public(encrypts_for),
        }
        self._process = subprocess.Popen(
            [NODE, "--no-deprecation", "saml_idp.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        self._port = int(self._process.stdout.readline())

    def metadata(self) -> str:
        """The metadata that it publishes."""
        return self._get("/metadata")

    def sign_in(self, person: str, to: str, audience: str, **more: str) -> Form:
        """The form that the person's browser posts to `to`; further parameters are those of `saml_idp.mjs`."""
        page = self._get("/sso?" + urlencode({"person": person, "to": to, "audience": audience, **more}))
        address = re.search(r'action="([^"]*)"', page)
        assert address is not None, page
        fields = re.findall(r'<input type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"', page)
        return Form(html.unescape(address[1]), {name: html.unescape(value) for name, value in fields})

    def response(self, person: str, to: str, audience: str, **more: str) -> str:
        """The response in that form, as it is sent."""
        return self.sign_in(person, to, audience, **more).fields["SAMLResponse"]

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection.request("GET", path)
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        assert reply.status == 200, text
        return text


def _public(pair: Pair) -> dict[str, str]:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = pair.certificate.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    return {"certificate": pair.pem, "publicKey": key}
