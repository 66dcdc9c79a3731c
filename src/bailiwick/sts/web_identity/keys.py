"""The keys that a provider publishes, and verifying a token by one of them. Pure.

The key says which algorithms it is for; what the token says only chooses among the keys.

Sources: RFC 7517 (JWK), sections 4 and 5; RFC 7518, sections 3.3, 3.4 and 6; IAM User Guide, "Create an OpenID Connect
identity provider", on how many keys of a type there may be.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.sts.errors import InvalidIdentityToken
from bailiwick.sts.web_identity.tokens import KEY_TYPES, LONGEST, Header, Token, decode, members_of

MOST_OF_A_TYPE: Final = 100
"""How many keys of one type (`kty`) may be published; with more, none of that type is used."""

_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})
_SHORTEST_RSA: Final = 2048
_LONGEST_RSA: Final = 8192
_LARGEST_EXPONENT: Final = 2**32
_LONGEST_COORDINATE: Final = 128
_PUBLIC: Final[Mapping[str, tuple[str, ...]]] = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One published key that can verify tokens.

    Attributes:
        key_id: its `kid`; None when it has none.
        algorithms: those of `KEY_TYPES` that it is for; never none.
        members: what makes the public key, as a JWK has it, and nothing more.
    """

    key_id: str | None
    algorithms: frozenset[str]
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VerificationKeys:
    """All keys of a provider that can verify tokens."""

    keys: tuple[VerificationKey, ...]

    @classmethod
    def of(cls, content: bytes) -> "VerificationKeys":
        """Read a JWK Set. Keys of other kinds and for other uses, and weak ones, are passed over.

        Raises:
            InvalidIdentityToken: it is no JWK Set.
        """
        published = members_of(content).get("keys")
        if not isinstance(published, list):
            raise InvalidIdentityToken.no_key()
        keys = [each for each in published if isinstance(each, dict) and isinstance(each.get("kty"), str)]
        counted = Counter(each["kty"] for each in keys)
        usable = [_usable(each) for each in keys if counted[each["kty"]] <= MOST_OF_A_TYPE]
        return cls(tuple(key for key in usable if key is not None))

    def find(self, header: Header) -> VerificationKey | None:
        """The key that a token names; None when there is none, or more than one could be meant."""
        found = [
            key
            for key in self.keys
            if header.algorithm in key.algorithms and (header.key_id is None or header.key_id == key.key_id)
        ]
        return found[0] if len(found) == 1 else None


def verify(token: Token, key: VerificationKey) -> Mapping[str, Any]:
    """The claims of a token that the key signed.

    Raises:
        InvalidIdentityToken: it did not, or the key is none.
    """
    # Imported here: only who verifies tokens needs it, and it is slow to import.
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey
    from joserfc.jws import JWSRegistry, deserialize_compact

    registry = JWSRegistry(algorithms=[token.header.algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = registry.max_signature_length = LONGEST
    kind = RSAKey if key.members["kty"] == "RSA" else ECKey
    try:
        public_key = kind.import_key(dict(key.members))
        verified = deserialize_compact(token.text, public_key, registry=registry)
    except (JoseError, ValueError) as error:
        raise InvalidIdentityToken.bad_signature() from error
    return members_of(verified.payload)


def _usable(published: Mapping[str, Any]) -> VerificationKey | None:
    """The key, if it is a public key that is for signatures, and strong enough."""
    kind = str(published["kty"])
    members = {name: published.get(name) for name in _PUBLIC.get(kind, ())}
    if not members or not all(isinstance(value, str) for value in members.values()):
        return None
    algorithms = _algorithms(published, _type_of_key(kind, members))
    key_id = published.get("kid")
    if not algorithms or not (key_id is None or isinstance(key_id, str)):
        return None
    return VerificationKey(key_id, algorithms, {"kty": kind, **{name: str(value) for name, value in members.items()}})


def _type_of_key(kind: str, members: Mapping[str, Any]) -> str | None:
    """As in `KEY_TYPES`: RSA, or the curve; None for one that is too weak, or too large to be worked with."""
    if kind == "RSA":
        return "RSA" if _is_strong_rsa(members["n"], members["e"]) else None
    is_long = len(members["x"]) > _LONGEST_COORDINATE or len(members["y"]) > _LONGEST_COORDINATE
    return members["crv"] if members["crv"] in _CURVES and not is_long else None


def _is_strong_rsa(modulus: str, exponent: str) -> bool:
    if len(modulus) > _LONGEST_RSA // 4 or len(exponent) > 16:
        return False
    try:
        n, e = (int.from_bytes(decode(text)) for text in (modulus, exponent))
    except ValueError:
        return False
    return _SHORTEST_RSA <= n.bit_length() <= _LONGEST_RSA and n % 2 == 1 and 3 <= e < _LARGEST_EXPONENT and e % 2 == 1


def _algorithms(published: Mapping[str, Any], key_type: str | None) -> frozenset[str]:
    """What a key is for: its own `alg` alone if it has one, and nothing if it is not for verifying signatures."""
    uses, operations, own = published.get("use", "sig"), published.get("key_ops", ["verify"]), published.get("alg")
    if uses != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return frozenset()
    return frozenset(name for name, needed in KEY_TYPES.items() if needed == key_type and (own is None or own == name))
