"""SAML metadata: what is read of it, and what hostile documents come to."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.saml_providers.metadata import IdentityProvider, InvalidMetadata, TooMany, read
from tests.certificates import DAY, NOW, Pair, ec_key, pair, rsa_key
from tests.user.provider_builders import DS, MD, encoded, entities, entity, key_descriptor, saml_metadata, signer

ISSUER = "https://idp.example.com/saml"


def der(made: Pair) -> bytes:
    return made.certificate.public_bytes(serialization.Encoding.DER)


def refusal(document: str) -> str:
    with pytest.raises(InvalidMetadata) as refused:
        read(document)
    return str(refused.value)


# What is read


def test_the_issuer_and_its_certificates_are_read() -> None:
    second = pair(key=ec_key())
    keys = [key_descriptor(signer()), key_descriptor(second, None), key_descriptor(signer())]

    assert read(saml_metadata(entity(keys=keys))) == (IdentityProvider(ISSUER, (der(signer()), der(second))),)


def test_keys_for_encryption_and_of_other_roles_are_not_for_signatures() -> None:
    other = pair(key=ec_key())
    of_another_role = f'<md:SPSSODescriptor protocolSupportEnumeration="a">{key_descriptor(other)}</md:SPSSODescriptor>'
    document = entity(keys=[key_descriptor(signer()), key_descriptor(other, "encryption")])
    document = document.replace("<md:IDPSSODescriptor", of_another_role + "<md:IDPSSODescriptor")

    assert read(document) == (IdentityProvider(ISSUER, (der(signer()),)),)


def test_a_certificate_counts_only_at_its_very_place() -> None:
    hidden = pair(key=ec_key())
    for wrapped in (
        f"<md:Extensions>{key_descriptor(hidden)}</md:Extensions>",
        key_descriptor(hidden).replace("md:KeyDescriptor", "md:Organization"),
        key_descriptor(hidden)
        .replace("<md:KeyDescriptor", f'<x:KeyDescriptor xmlns:x="{DS}"')
        .replace("</md:", "</x:"),
        key_descriptor(hidden).replace(DS, "urn:x"),
        key_descriptor(hidden).replace("X509Data", "KeyValue"),
        f"<!-- {key_descriptor(hidden)} -->",
        f"<md:Extensions><![CDATA[{key_descriptor(hidden)}]]></md:Extensions>",
    ):
        document = entity(keys=[key_descriptor(signer()), wrapped])

        assert read(document) == (IdentityProvider(ISSUER, (der(signer()),)),), wrapped


def test_comments_and_cdata_do_not_cut_a_certificate() -> None:
    text = encoded(signer())
    pieces = f"{text[:100]}<!-- a -->{text[100:200]}<![CDATA[{text[200:300]}]]><?pi?>{text[300:]}"

    assert read(entity(keys=[key_descriptor(pieces)]))[0].certificates == (der(signer()),)


def test_several_identity_providers_are_read_in_their_order_and_others_passed_over() -> None:
    service = f'<md:EntityDescriptor xmlns:md="{MD}" entityID="urn:sp"><md:SPSSODescriptor/></md:EntityDescriptor>'

    found = read(entities(entity("urn:b"), service, entities(entity("urn:a"))))

    assert [each.issuer for each in found] == ["urn:b", "urn:a"]


def test_neither_an_end_of_validity_nor_an_expired_certificate_matters() -> None:
    over = pair(key=rsa_key(), begins=NOW - 9 * DAY, ends=NOW - DAY)

    assert read(entity(keys=[key_descriptor(over)], attributes=' validUntil="2001-01-01T00:00:00Z"'))


def test_the_declared_encoding_does_not_change_what_is_read() -> None:
    for name in ("UTF-16", "ISO-8859-1", "utf-7"):
        document = f'<?xml version="1.0" encoding="{name}"?>' + entity("urn:größe")

        assert read(document)[0].issuer == "urn:größe"


# What is refused


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not well-formed"),
        ("no XML", "not well-formed"),
        (entity()[:-1], "not well-formed"),
        (entity() + entity(), "not well-formed"),
        (entity("&unknown;"), "not well-formed"),
        ("\ufeff \x00", "not well-formed"),
        ("\ud800", "a character that XML does not have"),
        ("<a/>", "not an EntityDescriptor"),
        (entity().replace(MD, "urn:other"), "not an EntityDescriptor"),
        (f"<a>{entity()}</a>", "not an EntityDescriptor"),
        (entity(""), "entityID"),
        (entity(" urn:a"), "entityID"),
        (entity("a" * 1025), "entityID"),
        (entities(entity(), entity()), "described twice"),
        (entities(), "no identity provider"),
        (entity(protocol="urn:oasis:names:tc:SAML:1.1:protocol"), "no identity provider"),
        (entity(keys=[]), "no signing certificate"),
        (entity(keys=[key_descriptor(signer(), "encryption")]), "no signing certificate"),
        (entity(keys=[key_descriptor("")]), "not an X.509 certificate"),
        (entity(keys=[key_descriptor("!" + encoded(signer()))]), "not an X.509 certificate"),
        (entity(keys=[key_descriptor(encoded(signer())[:-40])]), "not an X.509 certificate"),
        (entity(keys=[key_descriptor(signer().pem)]), "not an X.509 certificate"),
        (entity(keys=[key_descriptor("<a/>")]), "an element in a certificate"),
        (entity(keys=[key_descriptor("a" * 40_000)]), "too long"),
        (entity(keys=[key_descriptor(signer()), entity("urn:b")]), "where none can be"),
    ],
)
def test_a_document_that_is_no_such_metadata_is_refused(document: str, words: str) -> None:
    assert words in refusal(document)


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    ],
)
def test_a_document_type_is_refused_before_anything_of_it_is_done(declaration: str) -> None:
    assert refusal(declaration + entity()) == "It must not have a document type declaration."


WEAK = (
    "MIIBdTCCAR+gAwIBAgIULyq2hM7SbTfHeOrKnzncfu6RzI4wDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAeFw0yNjEx"
    "MjUwNDQ4MzNaFw0yNjExMjYwNDQ4MzNaMA8xDTALBgNVBAMMBHdlYWswXDANBgkqhkiG9w0BAQEFAANLADBIAkEA4tzWOc3dD0cF"
    "QFVDymTdFeIYR+XMk13HSLrHTHsmZUIoo/7puZPAZHUhpbsEcT0YY3Ran7yJskio/BhlO1ZXtQIDAQABo1MwUTAdBgNVHQ4EFgQU"
    "i0085BaZlaYT4Nv9L1uvbyJ1JscwHwYDVR0jBBgwFoAUi0085BaZlaYT4Nv9L1uvbyJ1JscwDwYDVR0TAQH/BAUwAwEB/zANBgkq"
    "hkiG9w0BAQsFAANBAAGPMGzuIjFm6Ed0vzYOQkpuQOym9gjUaMndDJiDMaxs96R1kI6+CeDq8KzdQSaNGebWIRgKqodOdhv621/c"
    "b5Q="
)
"""A certificate with an RSA key of 512 bits, made by openssl."""


def test_a_weak_key_is_refused() -> None:
    assert "fewer than 1024 bits" in refusal(entity(keys=[key_descriptor(WEAK)]))


def test_a_key_of_an_unknown_kind_is_refused() -> None:
    made = pair(key=ed25519.Ed25519PrivateKey.generate())

    assert "neither RSA nor of an elliptic curve" in refusal(entity(keys=[key_descriptor(made)]))


def test_an_extension_that_is_there_twice_is_refused() -> None:
    key = ec_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
    )
    for number in (5, 6):
        name = x509.ObjectIdentifier(f"1.2.3.4.{number}")
        builder = builder.add_extension(x509.UnrecognizedExtension(name, b"\x05\x00"), critical=False)
    content = der(Pair(builder.sign(key, hashes.SHA256()), key))
    twice = content.replace(bytes.fromhex("06042a030406"), bytes.fromhex("06042a030405"))

    assert read(entity(keys=[key_descriptor(base64.b64encode(content).decode())]))
    assert "an extension twice" in refusal(entity(keys=[key_descriptor(base64.b64encode(twice).decode())]))


def test_what_is_too_much_is_refused_where_it_becomes_so() -> None:
    deep = "<a>" * 100 + "</a>" * 100
    many = "<md:Extensions>" + "<a/>" * 200_001 + "</md:Extensions>"
    attributes = "".join(f' a{number}=""' for number in range(70))

    for document in (
        entity(keys=[key_descriptor(signer()), deep]),
        entity(keys=[many]),
        entity(attributes=attributes),
        entities("<md:a>" * 1_000_000),
    ):
        assert "too deep" in refusal(document)


def test_too_many_identity_providers_or_keys_name_their_quota() -> None:
    with pytest.raises(TooMany) as providers:
        read(entities(*(entity(f"urn:{number}") for number in range(11))))
    with pytest.raises(TooMany) as keys:
        read(entity(keys=[key_descriptor(pair(str(number))) for number in range(11)]))

    assert (providers.value.quota, providers.value.limit) == ("IdPsPerSAMLProvider", 10)
    assert (keys.value.quota, keys.value.limit) == ("KeysPerSAMLProvider", 10)


WHOLE = saml_metadata(entity("urn:a"), entity("urn:b"))
SIGNED_BY = base64.b64encode(der(signer())).decode()


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.text(max_size=20))
def test_whatever_is_done_to_a_document_it_is_read_or_refused(place: int, length: int, text: str) -> None:
    changed = WHOLE[:place] + text + WHOLE[place + length :]

    try:
        found = read(changed)
    except InvalidMetadata:
        return
    certificates = {each for one in found for each in one.certificates}
    assert all(x509.load_der_x509_certificate(each) for each in certificates)
    if "".join(changed.split()).count(SIGNED_BY) == len(found):
        assert certificates == {der(signer())}
