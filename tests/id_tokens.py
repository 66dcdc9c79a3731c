"""An OpenID Connect provider made of generated keys: the tokens that it signs, and the documents that it publishes."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.certificates import rsa_key
from tests.https_peer import Answer, Peer

DISCOVERY: Final = "/.well-known/openid-configuration"

_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of a provider, for one algorithm."""

    key_id: str
    algorithm: str
    key: RSAKey | ECKey

    @classmethod
    def new(cls, key_id: str = "first", algorithm: str = "RS256", number: int = 0) -> "SigningKey":
        """A key for an algorithm; RSA keys are made once for each number."""
        if algorithm.startswith("RS"):
            return cls(key_id, algorithm, RSAKey.import_key(rsa_key(number=number)))
        return cls(key_id, algorithm, ECKey.import_key(ec.generate_private_key(_CURVES[algorithm])))

    def published(self, **more: Any) -> dict[str, Any]:
        """As a JWK Set has it."""
        whole = {**self.key.as_dict(private=False), "kid": self.key_id, "use": "sig", "alg": self.algorithm, **more}
        return {name: value for name, value in whole.items() if value is not None}

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """A token; a member of the header that is None is left out."""
        whole = {"alg": self.algorithm, "typ": "JWT", "kid": self.key_id, **header}
        content = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return self.sign_raw(json.dumps({name: value for name, value in whole.items() if value is not None}), content)

    def sign_raw(self, header: str, payload: bytes) -> str:
        """A token whose header and payload are these very bytes, signed as the key's algorithm says."""
        content = f"{encoded(header.encode())}.{encoded(payload)}"
        algorithm = jws.JWSRegistry.algorithms[self.algorithm]
        return f"{content}.{encoded(algorithm.sign(content.encode(), self.key))}"


@dataclass
class Issuer:
    """A provider of tokens; `url` is without its scheme."""

    url: str
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.new()])

    def claims(self, **more: Any) -> dict[str, Any]:
        """Claims that are good now, for the client `web`; one that is None is left out."""
        now = int(time.time())
        whole = {
            "iss": f"https://{self.url}",
            "aud": "web",
            "sub": "subject-of-ana",
            "iat": now,
            "exp": now + 300,
            **more,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def token(self, **claims: Any) -> str:
        """A token with these claims, signed by the first of its keys."""
        return self.keys[0].sign(self.claims(**claims))

    def publish(self, peer: Peer, keys: Sequence[Mapping[str, Any]] | None = None, **configuration: Any) -> None:
        """Let a peer answer for it: its own keys, or these."""
        host, _, path = self.url.partition("/")
        prefix = f"/{path}".rstrip("/")
        whole = {"issuer": f"https://{self.url}", "jwks_uri": f"https://{host}{prefix}/keys", **configuration}
        published = [key.published() for key in self.keys] if keys is None else keys
        peer.answers[prefix + DISCOVERY] = Answer(body=json.dumps(whole).encode())
        peer.answers[f"{prefix}/keys"] = Answer(body=json.dumps({"keys": published}).encode())


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
