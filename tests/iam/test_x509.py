"""Certificates, private keys and chains, good and bad."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from bailiwick.errors import AwsError
from bailiwick.iam import x509
from bailiwick.iam.errors import KeyPairMismatch, MalformedCertificate
from bailiwick.iam.server_certificates import uploads
from tests.certificates import DAY, NOW, Key, Pair, authority, chain_of, ec_key, key_pem, pair, public_pem, rsa_key

SECOND = timedelta(seconds=1)
CHAIN = (
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, "
    "followed by any intermediaries in order. The index within the chain of the invalid certificate is: {}"
)
UNREADABLE = "Unable to parse certificate. Please ensure the certificate is in PEM format."


def refusal(body: str, key: str, chain: str | None = None) -> AwsError:
    with pytest.raises(AwsError) as refused:
        uploads.read(body, key, chain, NOW)
    return refused.value


# Certificates


@pytest.mark.parametrize(
    "key", [rsa_key(), ec_key(), ec.generate_private_key(ec.SECP521R1())], ids=["RSA", "P256", "P521"]
)
def test_a_certificate_and_its_key_are_kept_in_one_spelling(key: Key) -> None:
    made = pair(key=key)
    body = made.pem.replace("\n", "\r\n") + "\r\n\r\n"

    upload = uploads.read(body, made.key_pem, None, NOW)

    assert upload.body == made.pem
    assert upload.chain is None
    assert upload.expires_at == NOW + 90 * DAY
    assert upload.private_key.reveal().decode() == made.key_pem


def test_the_upload_does_not_print_its_key() -> None:
    made = pair()

    upload = uploads.read(made.pem, made.key_pem, None, NOW)

    assert made.key_pem.split("\n")[1] not in repr(upload)


@pytest.mark.parametrize(
    "text", ["", "file://cert.pem", "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate_is_unreadable(text: str) -> None:
    made = pair()

    assert refusal(text, made.key_pem).message == UNREADABLE


def test_a_key_or_a_certificate_with_more_in_it_is_no_certificate() -> None:
    made = pair()
    content = made.certificate.public_bytes(serialization.Encoding.DER)

    for text in (made.key_pem, public_pem(made.key), made.pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")):
        assert refusal(text, made.key_pem).message == UNREADABLE
    assert x509.one_certificate(as_block(content)) == made.certificate
    with pytest.raises(MalformedCertificate):
        x509.one_certificate(as_block(content + b"\x00"))
    with pytest.raises(MalformedCertificate):
        x509.one_certificate(f"{made.pem}\n{made.pem}")


def as_block(content: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(content).decode()}-----END CERTIFICATE-----"


def test_every_truncation_of_a_certificate_is_refused_as_such() -> None:
    content = pair().certificate.public_bytes(serialization.Encoding.DER)

    for length in range(1, len(content)):
        with pytest.raises(MalformedCertificate):
            x509.one_certificate(as_block(content[:length]))


def test_a_certificate_is_valid_from_its_first_second_to_its_last() -> None:
    made = pair(begins=NOW, ends=NOW + DAY)

    x509.require_current(made.certificate, NOW)
    x509.require_current(made.certificate, NOW + DAY)
    with pytest.raises(MalformedCertificate, match="not yet valid"):
        x509.require_current(made.certificate, NOW - SECOND)
    with pytest.raises(MalformedCertificate, match="'Not After' date restriction"):
        x509.require_current(made.certificate, NOW + DAY + SECOND)


def test_an_upload_is_valid_when_it_is_made() -> None:
    for made in (pair(begins=NOW + DAY), pair(begins=NOW - 2 * DAY, ends=NOW - DAY)):
        assert refusal(made.pem, made.key_pem).code == "MalformedCertificate"


@pytest.mark.parametrize(
    "key",
    [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())],
    ids=["Ed25519", "secp256k1"],
)
def test_a_key_of_another_kind_is_not_accepted(key: Key) -> None:
    made = pair(key=key)

    assert not x509.has_accepted_key(made.certificate)
    error = refusal(made.pem, made.key_pem)
    assert (error.code, "key is not accepted" in error.message) == ("MalformedCertificate", True)


# Private keys


@pytest.mark.parametrize("key", [rsa_key(), ec_key()], ids=["RSA", "EC"])
def test_a_key_may_be_in_its_own_form(key: Key) -> None:
    made = pair(key=key)
    text = key_pem(key, serialization.PrivateFormat.TraditionalOpenSSL)

    assert x509.matching_key(text, made.certificate) is not None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        assert x509.matching_key(curve + text, made.certificate) is not None


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_is_refused_as_such(form: serialization.PrivateFormat) -> None:
    made = pair(key=rsa_key())
    text = key_pem(made.key, form, serialization.BestAvailableEncryption(b"open sesame"))

    assert refusal(made.pem, text).message == "Unable to parse private key. The private key must not be encrypted."


@pytest.mark.parametrize(
    "text",
    ["", "x", pair().pem, public_pem(ec_key()), pair().key_pem * 2, pair().key_pem.replace("PRIVATE", "SECRET")],
    ids=["empty", "text", "certificate", "public key", "two keys", "other label"],
)
def test_what_is_no_private_key_is_refused_as_such(text: str) -> None:
    error = refusal(pair().pem, text)

    assert (error.code, error.message) == (
        "MalformedCertificate",
        "Unable to parse private key. Please ensure the private key is in PEM format.",
    )


def test_a_private_key_that_is_cut_off_is_refused_without_telling_of_it() -> None:
    made = pair(key=rsa_key())
    lines = made.key_pem.strip().split("\n")

    error = refusal(made.pem, "\n".join([*lines[:5], lines[-1]]))

    assert error.code == "MalformedCertificate"
    assert error.__cause__ is None
    assert lines[1] not in error.message


def test_a_key_of_another_kind_is_refused() -> None:
    text = dsa.generate_private_key(2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    error = refusal(pair().pem, text.decode())

    assert error.code == "MalformedCertificate"
    assert "RSA key of 1024 to 4096 bits" in error.message


@pytest.mark.parametrize(
    ("key", "other"), [(rsa_key(), rsa_key(number=1)), (ec_key(), ec_key()), (rsa_key(), ec_key())]
)
def test_a_key_of_another_certificate_does_not_match(key: Key, other: Key) -> None:
    error = refusal(pair(key=key).pem, key_pem(other))

    assert isinstance(error, KeyPairMismatch)


def test_an_rsa_key_whose_parts_do_not_fit_is_refused() -> None:
    key = rsa_key()
    own = key.private_numbers()
    broken = rsa.RSAPrivateNumbers(
        own.p, own.q, own.d + 2, own.dmp1, own.dmq1, own.iqmp, own.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)

    error = refusal(pair(key=key).pem, key_pem(broken))

    assert error.message == "Unable to parse private key. Please ensure the private key is in PEM format."


# Chains


def served(*, depth: int) -> tuple[Pair, list[Pair]]:
    """A certificate, and its chain up to the root."""
    authorities = [authority("Root")]
    for number in range(1, depth):
        authorities.insert(0, authority(f"Intermediate {number}", signer=authorities[0]))
    return pair(signer=authorities[0]), authorities


def test_a_chain_in_order_is_kept_with_or_without_its_root() -> None:
    made, chain = served(depth=3)

    for given in (chain, chain[:-1], chain[:1]):
        assert uploads.read(made.pem, made.key_pem, chain_of(*given) + "\n", NOW).chain == chain_of(*given)


def test_a_chain_in_the_body_is_taken_from_there() -> None:
    made, chain = served(depth=2)
    body = chain_of(made, *chain)

    upload = uploads.read(body, made.key_pem, None, NOW)

    assert (upload.body, upload.chain) == (made.pem, chain_of(*chain))
    assert refusal(body, made.key_pem, chain_of(*chain)).message == UNREADABLE


def test_a_chain_out_of_order_is_refused_with_the_place_where_it_breaks() -> None:
    made, (first, second, root) = served(depth=3)
    stranger = authority("Root")

    for chain, index in (
        ((second, first, root), -1),
        ((made, first), -1),
        ((root,), -1),
        ((first, root), 0),
        ((first, second, stranger), 1),  # of the same name, with another key
        ((first, second, root, root, stranger), 3),
    ):
        assert refusal(made.pem, made.key_pem, chain_of(*chain)).message == CHAIN.format(index)


def test_text_in_a_chain_is_refused_with_its_place() -> None:
    made, chain = served(depth=2)

    for text, index in (
        ("Certificate:\n" + chain_of(*chain), 0),
        (chain[0].pem + "\nCertificate:\n" + chain[1].pem, 1),
        (chain[0].pem + "\n" + made.key_pem, 1),
        ("file://chain.pem", 0),
    ):
        assert refusal(made.pem, made.key_pem, text).message == CHAIN.format(index)


@pytest.mark.parametrize("is_authority", [False, None])
def test_who_is_no_authority_signs_no_certificates(is_authority: bool | None) -> None:
    signer = pair("Intermediate", is_authority=is_authority)
    made = pair(signer=signer)

    assert refusal(made.pem, made.key_pem, signer.pem).message == CHAIN.format(0)


def test_an_authority_whose_time_is_over_breaks_the_chain_unless_it_is_the_root() -> None:
    begins, ends = NOW - 9 * DAY, NOW - DAY
    root = authority("Root", begins=begins, ends=ends)
    old = authority("Old", signer=root, begins=begins, ends=ends)
    young = authority("Young", signer=root)
    of_old, of_young = pair(signer=old), pair(signer=young)

    assert refusal(of_old.pem, of_old.key_pem, chain_of(old, root)).message == CHAIN.format(0)
    assert uploads.read(of_young.pem, of_young.key_pem, chain_of(young, root), NOW).chain == chain_of(young, root)


def test_a_chain_as_long_as_can_be_is_followed_to_its_end() -> None:
    root = authority()
    made = pair(signer=root)
    # The root signs itself, so that it can follow itself as often as there is room for.
    chain = chain_of(*[root] * 3000)
    assert len(chain) < 2_097_152

    assert uploads.read(made.pem, made.key_pem, chain, NOW).chain == chain
