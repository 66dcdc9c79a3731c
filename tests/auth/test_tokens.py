import base64
import hashlib
import re
import zlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.auth import (
    MAX_TOKEN_SIZE,
    ContextKey,
    InvalidToken,
    Origin,
    PrincipalKind,
    ProvidedContext,
    RingKey,
    SessionClaims,
    SessionTag,
    TokenRing,
    TokenTooLarge,
    UnknownRingKey,
)
from bailiwick.secret import Secret

CREATED = datetime(2026, 11, 24, 12, tzinfo=UTC)
NONCE = b"nonce-123456"
KEY = bytes(range(32))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

# Sealed by the first version of this format, with the ring and the claims of `conftest`; they must open for ever.
FIRST_TOKEN = (
    "AQAAAAdub25jZS0xMjM0NTaaaktfqAnvrqQVs5a9YpIOfplZ9qG3Tff9YrvjcothBKC8VMYA1vT34igee1t0dKztZIBEQN+quwMnPqwaPgtOPbb9"
    "JXTrVfBpRO5CbZUR7/PpqbrR7pr1aGEQUduMCcCGl81PfKz2f614yRDEWz2dP6BdnS7Mt7Il145i9nd7jchhbQ+jXZGyGrhfc/Pvifz8pWkOyZGO"
    "kvGEwPtVygq5AhbKU5T/cOMnrONk0nkkTxNF0MhLdmczK1s="
)
FIRST_KEY_ID, FIRST_SECRET = "ASIARWFKG4QMZGKXPABO", b"Y6pQqAFpd8DqI972ILKGgfPY49tKbDHlkqHNhPBX"
FULL_TOKEN = (
    "AQAAAAdub25jZS02NTQzMjGDsM49E1Xf9pcxNwA1akpMesBLxVM96oWAac1feCVR2x1JtLCBGiYuTOK3GqFrdpMuqddk1+p4bvYN+YBbGYjAY60N"
    "qRRdEvVGZVMI1NCsw1TWn4AfXTZ9ad5lQvzbaYcybxRoUX9USUfEUPZEZ1BVeR+MRpsAx7WfAsL4CX5XBp9pVSpR69wtEih6tVwt03PWRRM7pS87"
    "IWemvM7DbJ09BZKGANRJYHYSVUQnuUjlFFfmfcvWgbdZqbuknMA7v5nGaEsOOX8ogrSdhB9w0yqeQAwen23GgSE8KOtEJ9EwhNtbQEQG9Un6r/5R"
    "/lV1H4yjsSxfKQTW2wjqWYz6maPft/lge7yXkLUO50ljQC2MVwcAW3b6n9eAEjs//DrnbBOTdAumsyM3ulHm95TvhVM="
)
FULL_KEY_ID, FULL_SECRET = "ASIAHTLY4BSAHRRBBGOW", b"2KboEwVwsZwpc4MYitqgjuaGr2ps7iCFSQJxXQjS"


def full(claims: SessionClaims) -> SessionClaims:
    return msgspec.structs.replace(
        claims,
        parent_session_id="session-0",
        is_chained=True,
        policy="{}",
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        scope_downs=("{}",),
        tags=(SessionTag("Team", "Blue", True),),
        source_identity="Alice",
        provided_contexts=(
            ProvidedContext("arn:aws:iam::aws:contextProvider/IdentityCenter", (ContextKey("k", ("v",)),)),
        ),
        mfa_authenticated_at_ms=1_795_520_000_000,
        federated_provider="accounts.example.com",
        context_keys=(ContextKey("accounts.example.com:aud", ("app",)),),
    )


def ring_key(key_id: int, fill: int, days: int = 0) -> RingKey:
    return RingKey(key_id, Secret(bytes([fill]) * 32), CREATED + timedelta(days=days))


def seal_by_hand(plaintext: bytes) -> str:
    """Whatever plaintext, sealed under the ring of `conftest` by the documented format."""
    key = HKDF(SHA256(), 32, b"installation-1", b"bailiwick session token v1").derive(KEY)
    header = b"\x01\x00\x00\x00\x07"
    return base64.b64encode(header + NONCE + AESGCM(key).encrypt(NONCE, plaintext, header + b"installation-1")).decode()


def access_key_id_by_hand(token: str) -> str:
    key = HKDF(SHA256(), 32, b"installation-1", b"bailiwick session credentials v1").derive(KEY)
    derived = hashlib.blake2b(base64.b64decode(token), key=key, digest_size=46).digest()
    return "ASIA" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in derived[:16])


def test_credentials_have_awss_form(ring: TokenRing, claims: SessionClaims) -> None:
    credentials = ring.seal(claims, NONCE)

    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", credentials.access_key_id)
    assert re.fullmatch(rb"[A-Za-z0-9+/]{40}", credentials.secret_access_key.reveal())
    assert re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", credentials.session_token)


def test_credentials_do_not_print_their_secrets(ring: TokenRing, claims: SessionClaims) -> None:
    credentials = ring.seal(claims, NONCE)
    opened = ring.open(credentials.session_token, credentials.access_key_id)

    for text in (repr(credentials), repr(opened), repr(ring_key(1, 1))):
        assert credentials.session_token not in text
        assert credentials.secret_access_key.reveal().decode() not in text
        assert "Secret" not in text


@pytest.mark.parametrize(
    ("token", "access_key_id", "secret", "is_full"),
    [(FIRST_TOKEN, FIRST_KEY_ID, FIRST_SECRET, False), (FULL_TOKEN, FULL_KEY_ID, FULL_SECRET, True)],
)
def test_tokens_of_the_first_version_open(
    ring: TokenRing, claims: SessionClaims, token: str, access_key_id: str, secret: bytes, is_full: bool
) -> None:
    opened = ring.open(token, access_key_id)

    assert opened.claims == (full(claims) if is_full else claims)
    assert opened.secret.matches(secret)


text = st.text(max_size=30)
context_keys = st.lists(st.builds(ContextKey, text, st.lists(text, max_size=2).map(tuple)), max_size=3).map(tuple)
optional = st.none() | text
any_claims = st.builds(
    SessionClaims,
    session_id=text,
    account=text,
    principal_kind=st.sampled_from(PrincipalKind),
    principal_id=text,
    principal_name=text,
    issued_at_ms=st.integers(0, 2**52),
    expires_at_ms=st.integers(2**52 + 1, 2**53),
    operation=text,
    origin=st.builds(Origin, text, optional, optional),
    parent_session_id=optional,
    session_name=optional,
    is_chained=st.booleans(),
    policy=st.none() | st.text(max_size=400),
    policy_arns=st.lists(text, max_size=3).map(tuple),
    scope_downs=st.lists(text, max_size=3).map(tuple),
    tags=st.lists(st.builds(SessionTag, text, text, st.booleans()), max_size=3).map(tuple),
    source_identity=optional,
    provided_contexts=st.lists(st.builds(ProvidedContext, text, context_keys), max_size=2).map(tuple),
    mfa_authenticated_at_ms=st.none() | st.integers(0, 2**52),
    federated_provider=optional,
    context_keys=context_keys,
    authority=st.none() | st.builds(Origin, text, st.none() | text, st.none() | text),
)


@settings(max_examples=100, deadline=None)
@given(any_claims, st.binary(min_size=12, max_size=12), st.integers(0, 4096))
def test_opens_what_it_sealed(claims: SessionClaims, nonce: bytes, minimum_size: int) -> None:
    credentials = TokenRing([ring_key(1, 1)], "here").seal(claims, nonce, minimum_size)

    opened = TokenRing([ring_key(1, 1)], "here").open(credentials.session_token, credentials.access_key_id)

    assert opened.claims == claims
    assert opened.secret.matches(credentials.secret_access_key.reveal())
    assert minimum_size <= len(credentials.session_token) <= MAX_TOKEN_SIZE


def test_opens_again_from_memory(ring: TokenRing, claims: SessionClaims) -> None:
    credentials = ring.seal(claims, NONCE)

    first = ring.open(credentials.session_token, credentials.access_key_id)

    assert ring.open(credentials.session_token, credentials.access_key_id) is first


def test_memory_of_opened_tokens_is_bounded(claims: SessionClaims) -> None:
    ring = TokenRing([ring_key(1, 1)], "here", cache_capacity=6_000)
    sealed = [ring.seal(claims, bytes([n]) * 12) for n in range(3)]
    opened = [ring.open(c.session_token, c.access_key_id) for c in sealed]

    assert ring.open(sealed[2].session_token, sealed[2].access_key_id) is opened[2]
    assert ring.open(sealed[0].session_token, sealed[0].access_key_id) is not opened[0]


def test_memory_weighs_what_a_token_holds_unpacked(claims: SessionClaims) -> None:
    large = msgspec.structs.replace(claims, policy=" " * 50_000)
    ring = TokenRing([ring_key(1, 1)], "here", cache_capacity=50_000)
    credentials = ring.seal(large, NONCE)
    assert len(credentials.session_token) < 1_000

    first = ring.open(credentials.session_token, credentials.access_key_id)

    assert ring.open(credentials.session_token, credentials.access_key_id) is not first


def test_every_nonce_gives_other_credentials(ring: TokenRing, claims: SessionClaims) -> None:
    one, other = ring.seal(claims, NONCE), ring.seal(claims, NONCE[::-1])

    assert one.session_token != other.session_token
    assert one.access_key_id != other.access_key_id
    assert not one.secret_access_key.matches(other.secret_access_key.reveal())


def test_the_newest_key_seals_and_every_key_opens(claims: SessionClaims) -> None:
    old = TokenRing([ring_key(5, 5)], "here")
    rotated = TokenRing([ring_key(3, 3, days=2), ring_key(5, 5), ring_key(4, 4, days=1)], "here")
    from_old, from_new = old.seal(claims, NONCE), rotated.seal(claims, NONCE)

    assert base64.b64decode(from_new.session_token)[:5] == b"\x01\x00\x00\x00\x03"
    assert rotated.open(from_old.session_token, from_old.access_key_id).claims == claims
    assert rotated.open(from_new.session_token, from_new.access_key_id).claims == claims
    with pytest.raises(UnknownRingKey):
        old.open(from_new.session_token, from_new.access_key_id)


def test_a_ring_names_the_keys_it_holds() -> None:
    assert TokenRing([ring_key(1, 1), ring_key(7, 2)], "i").key_ids == {1, 7}


def test_of_keys_made_at_one_moment_the_higher_id_seals(claims: SessionClaims) -> None:
    for keys in ([ring_key(1, 1), ring_key(2, 2)], [ring_key(2, 2), ring_key(1, 1)]):
        assert base64.b64decode(TokenRing(keys, "here").seal(claims, NONCE).session_token)[4] == 2


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [ring_key(1, 1), ring_key(1, 2)],
        [ring_key(-1, 1)],
        [ring_key(2**32, 1)],
        [RingKey(1, Secret(b"k" * 31), CREATED)],
        [RingKey(1, Secret(b"k" * 33), CREATED)],
    ],
)
def test_refuses_a_ring_that_is_none(keys: list[RingKey]) -> None:
    with pytest.raises(ValueError):
        TokenRing(keys, "here")


def test_takes_ring_key_ids_of_32_bits(claims: SessionClaims) -> None:
    for key_id in (0, 2**32 - 1):
        ring = TokenRing([ring_key(key_id, 1)], "here")
        credentials = ring.seal(claims, NONCE)
        assert ring.open(credentials.session_token, credentials.access_key_id).claims == claims


def refuses(ring: TokenRing, token: str, access_key_id: str) -> bool:
    with pytest.raises(InvalidToken):
        ring.open(token, access_key_id)
    return True


def test_refuses_a_token_with_any_byte_changed(ring: TokenRing) -> None:
    sealed = base64.b64decode(FIRST_TOKEN)

    for position in range(len(sealed)):
        for bit in (1, 128):
            edited = bytearray(sealed)
            edited[position] ^= bit
            assert refuses(ring, base64.b64encode(edited).decode(), FIRST_KEY_ID)


def test_refuses_a_token_with_any_character_changed(ring: TokenRing) -> None:
    for position, character in enumerate(FIRST_TOKEN):
        other = ALPHABET[(ALPHABET.index(character) + 1) % len(ALPHABET)]
        assert refuses(ring, FIRST_TOKEN[:position] + other + FIRST_TOKEN[position + 1 :], FIRST_KEY_ID)


def test_refuses_a_token_cut_anywhere(ring: TokenRing) -> None:
    for length in range(len(FIRST_TOKEN)):
        assert refuses(ring, FIRST_TOKEN[:length], FIRST_KEY_ID)
    for length in range(len(base64.b64decode(FIRST_TOKEN))):
        assert refuses(ring, base64.b64encode(base64.b64decode(FIRST_TOKEN)[:length]).decode(), FIRST_KEY_ID)


@pytest.mark.parametrize(
    "encoded",
    [
        FIRST_TOKEN.rstrip("="),
        FIRST_TOKEN + "=",
        FIRST_TOKEN + "\n",
        " " + FIRST_TOKEN,
        FIRST_TOKEN[:76] + "\n" + FIRST_TOKEN[76:],
        FIRST_TOKEN[:10] + "!" + FIRST_TOKEN[10:],
        FIRST_TOKEN.replace("+", "-").replace("/", "_"),
        FIRST_TOKEN.replace("s=", "t="),  # the last bits are not part of any byte
        FIRST_TOKEN.replace("/", "%2F"),
        FIRST_TOKEN + FIRST_TOKEN,
        FIRST_TOKEN + "\u00e9",
        base64.b64decode(FIRST_TOKEN).hex(),
        "A" * 4_097,
    ],
)
def test_refuses_a_token_encoded_in_another_way(ring: TokenRing, encoded: str) -> None:
    assert encoded != FIRST_TOKEN
    assert refuses(ring, encoded, FIRST_KEY_ID)


def test_what_was_opened_does_not_open_its_other_spellings(ring: TokenRing) -> None:
    ring.open(FIRST_TOKEN, FIRST_KEY_ID)

    assert refuses(ring, FIRST_TOKEN.replace("s=", "t="), FIRST_KEY_ID)


def test_refuses_a_token_of_another_installation_or_ring(claims: SessionClaims) -> None:
    sealed = TokenRing([ring_key(1, 1)], "here").seal(claims, NONCE)

    for ring in (TokenRing([ring_key(1, 1)], "there"), TokenRing([ring_key(1, 2)], "here")):
        assert refuses(ring, sealed.session_token, sealed.access_key_id)


def test_refuses_a_token_said_to_be_sealed_under_another_key_of_the_ring(claims: SessionClaims) -> None:
    ring = TokenRing([ring_key(1, 1), ring_key(2, 1, days=1)], "here")
    sealed = bytearray(base64.b64decode(ring.seal(claims, NONCE).session_token))
    sealed[4] = 1

    assert refuses(ring, base64.b64encode(sealed).decode(), FIRST_KEY_ID)


@pytest.mark.parametrize(
    "access_key_id", ["", "ASIA", FULL_KEY_ID, FIRST_KEY_ID.lower(), FIRST_KEY_ID + "A", "AKIAIOSFODNN7EXAMPLE"]
)
def test_refuses_the_access_key_id_of_anything_else(ring: TokenRing, access_key_id: str) -> None:
    assert refuses(ring, FIRST_TOKEN, access_key_id)
    ring.open(FIRST_TOKEN, FIRST_KEY_ID)
    assert refuses(ring, FIRST_TOKEN, access_key_id)


def test_refuses_what_is_sealed_and_no_claims(ring: TokenRing, claims: SessionClaims) -> None:
    content = msgspec.msgpack.encode(claims)
    size = len(content).to_bytes(2, "big")
    compressed = zlib.compress(content)
    bomb = zlib.compress(b"\x91" + b"\xc0" * 1_000_000)
    for plaintext in (
        b"\x02" + size + content,
        b"\x00" + (len(content) - 1).to_bytes(2, "big") + content,
        b"\x00\x00\x00",
        b"\x00" + b"\x00\x01" + b"\xc1",
        b"\x00" + b"\x00\x01" + b"\xc0",
        b"\x01" + size + content,
        b"\x01" + (len(compressed) - 20).to_bytes(2, "big") + compressed,
        b"\x01" + len(bomb).to_bytes(2, "big") + bomb,
    ):
        token = seal_by_hand(plaintext)
        assert refuses(ring, token, access_key_id_by_hand(token))

    # The same hand makes a good token of good claims: of these refusals none was for another reason.
    assert seal_by_hand(b"\x00" + size + content) == ring.seal(claims, NONCE).session_token


def test_refuses_a_token_beyond_the_limit_though_we_sealed_it(ring: TokenRing, claims: SessionClaims) -> None:
    content = msgspec.msgpack.encode(claims)
    plaintext = b"\x00" + len(content).to_bytes(2, "big") + content
    overhead = 5 + 12 + 16
    longest = seal_by_hand(plaintext.ljust(3_072 - overhead, b"\0"))
    longer = seal_by_hand(plaintext.ljust(3_073 - overhead, b"\0"))
    assert (len(longest), len(longer)) == (4_096, 4_100)

    assert ring.open(longest, access_key_id_by_hand(longest)).claims == claims
    assert refuses(ring, longer, access_key_id_by_hand(longer))


def test_a_minimum_size_is_met_to_the_next_four_characters(ring: TokenRing, claims: SessionClaims) -> None:
    natural = len(ring.seal(claims, NONCE).session_token)

    assert natural == len(ring.seal(claims, NONCE, natural).session_token)
    assert len(ring.seal(claims, NONCE, 1).session_token) == natural
    assert len(ring.seal(claims, NONCE, natural + 1).session_token) == natural + 4
    assert len(ring.seal(claims, NONCE, 2_000).session_token) == 2_000
    assert len(ring.seal(claims, NONCE, 4_096).session_token) == 4_096


def test_a_padded_token_opens(ring: TokenRing, claims: SessionClaims) -> None:
    credentials = ring.seal(claims, NONCE, 4_096)

    assert ring.open(credentials.session_token, credentials.access_key_id).claims == claims


def incompressible(size: int) -> str:
    return "".join(
        base64.b64encode(zlib.crc32(n.to_bytes(4, "big")).to_bytes(4, "big")).decode()[:4] for n in range(size // 4)
    )


def test_says_the_size_of_a_token_that_is_too_large(ring: TokenRing, claims: SessionClaims) -> None:
    large = msgspec.structs.replace(claims, policy=incompressible(8_000))

    with pytest.raises(TokenTooLarge) as refused:
        ring.seal(large, NONCE)

    assert 4_096 < refused.value.size < 12_000
    assert refused.value.limit == 4_096
    assert str(refused.value) == f"the session token would have {refused.value.size} characters of 4096"


def test_a_token_fills_the_limit_exactly_or_is_too_large(ring: TokenRing, claims: SessionClaims) -> None:
    with pytest.raises(TokenTooLarge) as refused:
        ring.seal(claims, NONCE, 4_097)

    assert refused.value.size == 4_100


def test_claims_fill_a_token_to_its_last_byte(ring: TokenRing, claims: SessionClaims) -> None:
    sizes: list[int] = []

    def grow() -> None:
        for length in range(3_500, 4_200):
            credentials = ring.seal(msgspec.structs.replace(claims, policy=incompressible(8_000)[:length]), NONCE)
            sizes.append(len(base64.b64decode(credentials.session_token)))

    with pytest.raises(TokenTooLarge) as refused:
        grow()

    assert 3_070 <= max(sizes) <= 3_072  # one more character can take a byte or two more
    assert refused.value.size == 4_100


def test_claims_beyond_what_opens_are_too_large_however_well_they_compress(
    ring: TokenRing, claims: SessionClaims
) -> None:
    room = 65_535 - len(msgspec.msgpack.encode(msgspec.structs.replace(claims, policy=" " * 40_000))) + 40_000
    fits = ring.seal(msgspec.structs.replace(claims, policy=" " * room), NONCE)
    assert ring.open(fits.session_token, fits.access_key_id).claims.policy == " " * room

    with pytest.raises(TokenTooLarge) as refused:
        ring.seal(msgspec.structs.replace(claims, policy=" " * (room + 1)), NONCE)
    assert refused.value.size == 65_536


def test_long_claims_are_compressed(ring: TokenRing, claims: SessionClaims) -> None:
    arns = tuple(f"arn:aws:iam::123456789012:policy/team/Policy{n}" for n in range(10))

    credentials = ring.seal(msgspec.structs.replace(claims, policy_arns=arns), NONCE)

    assert len(credentials.session_token) < len(FIRST_TOKEN) + 200
    assert ring.open(credentials.session_token, credentials.access_key_id).claims.policy_arns == arns


def test_the_most_that_sts_accepts_of_policies_and_tags_fits(ring: TokenRing, claims: SessionClaims) -> None:
    policy = '{"Version":"2012-10-17","Statement":[' + ",".join(
        f'{{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::bucket-{n}/*"}}' for n in range(24)
    )
    tags = tuple(SessionTag(f"tag-{n}", f"value-{n}", n % 2 == 0) for n in range(50))

    credentials = ring.seal(msgspec.structs.replace(claims, policy=policy, tags=tags), NONCE)

    assert len(credentials.session_token) < 2_048


@pytest.mark.parametrize("nonce", [b"", b"n" * 11, b"n" * 13])
def test_refuses_a_nonce_of_another_size(ring: TokenRing, claims: SessionClaims, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="12 bytes"):
        ring.seal(claims, nonce)


def test_refuses_a_fourth_scope_down(ring: TokenRing, claims: SessionClaims) -> None:
    ring.seal(msgspec.structs.replace(claims, scope_downs=("{}",) * 3), NONCE)
    with pytest.raises(ValueError, match="at most 3"):
        ring.seal(msgspec.structs.replace(claims, scope_downs=("{}",) * 4), NONCE)


def test_refuses_a_session_that_ends_as_it_begins(ring: TokenRing, claims: SessionClaims) -> None:
    ring.seal(msgspec.structs.replace(claims, expires_at_ms=claims.issued_at_ms + 1), NONCE)
    with pytest.raises(ValueError, match="after it was issued"):
        ring.seal(msgspec.structs.replace(claims, expires_at_ms=claims.issued_at_ms), NONCE)
