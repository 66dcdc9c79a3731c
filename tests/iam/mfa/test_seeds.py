"""A seed and its picture, which a real reader of QR codes reads."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from bailiwick.iam.mfa.seeds import new_seed

ACCOUNT = "111122223333"


def read(picture: bytes) -> str:
    """What a picture's QR code says."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    # Told what to look for: about one in 300 of these pictures has lines that also pass for another kind of code.
    [code] = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(picture)), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    text: str = code.text
    return text


@pytest.mark.parametrize("entropy", [bytes(40), b"\xff" * 40, bytes(range(40))])
def test_the_picture_hands_the_seed_to_an_app(entropy: bytes) -> None:
    seed = new_seed(entropy, "ana", ACCOUNT)

    base32 = seed.base32.reveal().decode("ascii")
    assert base64.b32decode(base32) == entropy
    assert len(base32) == 64
    assert read(seed.picture.reveal()) == (
        f"otpauth://totp/Bailiwick:ana@111122223333?secret={base32}&issuer=Bailiwick"
    )


def test_a_name_of_any_form_is_one_part_of_the_label() -> None:
    seed = new_seed(bytes(40), "a+b=c,d.e@f-g_h", ACCOUNT)

    assert read(seed.picture.reveal()).startswith(
        "otpauth://totp/Bailiwick:a%2Bb%3Dc%2Cd.e@f-g_h@111122223333?secret=AAAA"
    )


def test_the_longest_name_still_fits() -> None:
    seed = new_seed(bytes(40), "n" * 226, ACCOUNT)

    assert "n" * 226 + "@" in read(seed.picture.reveal())


def test_neither_prints() -> None:
    assert "AAAA" not in repr(new_seed(bytes(40), "ana", ACCOUNT))
