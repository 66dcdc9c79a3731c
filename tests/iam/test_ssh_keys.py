"""SSH public keys in both encodings."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.errors import AwsError
from bailiwick.iam import ssh_keys
from tests.certificates import key_pem, public_pem, rsa_key, ssh_line

KEY = rsa_key()
LINE = ssh_line(KEY)


@pytest.mark.parametrize(
    "text",
    [LINE, LINE + "\n", f"{LINE} ana@example.com", f"  {LINE} a comment of words\r\n", LINE.replace(" ", "  ")],
)
def test_a_line_is_read_without_its_comment(text: str) -> None:
    material, encoding = ssh_keys.read(text)

    assert encoding == "SSH"
    assert ssh_keys.encoded(material, "SSH") == LINE
    assert ssh_keys.encoded(material, "PEM") == public_pem(KEY)


@pytest.mark.parametrize("form", [serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1])
def test_pem_is_the_same_key(form: serialization.PublicFormat) -> None:
    material, encoding = ssh_keys.read(public_pem(KEY, form) + "\r\n")

    assert encoding == "PEM"
    assert material == ssh_keys.read(LINE)[0]


def test_the_fingerprint_is_that_of_openssh() -> None:
    # As `ssh-keygen -l -E md5` tells it of this key.
    line = (
        "ssh-rsa "
        "AAAAB3NzaC1yc2EAAAADAQABAAABAQCqqLtgIGmqqbR1g7Z+18yuqhEkGjsCq92uxs78ljC+qzbFdutsqcEHBd+1"
        "PhDC+RRfaajJCzTP6cWTY8WSrg9JeIo/2Lyfrk1opefP+7XYgL3zlys/6yckZwfok5M76kuFT7N/nC0bvoV0Lg68"
        "ZLNREf0OAPdXH98vb/xoBm7t7gvqGvqu3BL4/+MZK+dbToWkwt4OvTyiQTEqcBnjRdn/+d9B0++d2U7XHlLNuIJi"
        "B/fcAQjNdfUGk8OCv3DZo5oXiVFiWuaaEqDHIuSP63XUq1wIR29NnJtn3Ag+8v7EXKdeWjZOXBISonZW9F1NdION"
        "tbucBBP+iDWmy2cyeKST"
    )

    assert ssh_keys.fingerprint(ssh_keys.read(line)[0]) == "b6:4d:ef:cf:48:a9:14:bd:3f:bb:64:4b:f2:48:8c:de"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "UnrecognizedPublicKeyEncoding"),
        ("hello", "UnrecognizedPublicKeyEncoding"),
        (LINE.split()[1], "UnrecognizedPublicKeyEncoding"),
        (ssh_line(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))), "UnrecognizedPublicKeyEncoding"),
        (LINE.replace("ssh-rsa", "ssh-dss"), "UnrecognizedPublicKeyEncoding"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "UnrecognizedPublicKeyEncoding"),
        (key_pem(KEY), "UnrecognizedPublicKeyEncoding"),
        (public_pem(KEY) + "\n" + public_pem(KEY), "UnrecognizedPublicKeyEncoding"),
        ("ssh-rsa", "InvalidPublicKey"),
        ("ssh-rsa AAAA", "InvalidPublicKey"),
        ("ssh-rsa !!!!", "InvalidPublicKey"),
        ("ssh-rsa \u00e9", "InvalidPublicKey"),
        (LINE[:-8], "InvalidPublicKey"),
        (LINE + "AAAA", "InvalidPublicKey"),
        (f"{LINE}\n{LINE}", "InvalidPublicKey"),
        ("ssh-rsa " + ssh_line(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))).split()[1], "InvalidPublicKey"),
        (public_pem(KEY) + "\nx", "InvalidPublicKey"),
        (public_pem(KEY).replace("MII", "MIJ"), "InvalidPublicKey"),
        (public_pem(ec.generate_private_key(ec.SECP256R1())), "InvalidPublicKey"),
        (ssh_line(rsa_key(1024)), "InvalidPublicKey"),
        (public_pem(rsa_key(1024)), "InvalidPublicKey"),
    ],
)
def test_what_is_no_key_that_is_taken_is_refused(text: str, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        ssh_keys.read(text)

    assert refused.value.code == code


def line_of(modulus: int, exponent: int) -> str:
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


@pytest.mark.parametrize(
    ("bits", "exponent_bits", "is_taken"),
    [(2047, 17, False), (2048, 17, True), (16384, 256, True), (16385, 17, False), (2048, 257, False)],
)
def test_sizes_are_bounded(bits: int, exponent_bits: int, is_taken: bool) -> None:
    line = line_of((1 << (bits - 1)) + 1, (1 << (exponent_bits - 1)) + 1)

    if is_taken:
        assert ssh_keys.encoded(ssh_keys.read(line)[0], "SSH") == line
        return
    with pytest.raises(AwsError) as refused:
        ssh_keys.read(line)
    assert refused.value.code == "InvalidPublicKey"


def test_a_number_written_with_zeros_before_it_is_not_another_key() -> None:
    numbers = KEY.public_key().public_numbers()
    modulus = numbers.n.to_bytes(numbers.n.bit_length() // 8 + 2, "big")  # one byte more than it must have
    parts = [b"ssh-rsa", numbers.e.to_bytes(3, "big"), modulus]
    material = b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    with pytest.raises(AwsError):
        ssh_keys.read(f"ssh-rsa {base64.b64encode(material).decode()}")


@given(
    st.text(alphabet=st.characters(max_codepoint=255), max_size=300), st.sampled_from(["", "ssh-rsa ", "-----BEGIN "])
)
def test_no_text_is_anything_but_a_key_or_refused(text: str, begin: str) -> None:
    with pytest.raises(AwsError):
        ssh_keys.read(begin + text)
