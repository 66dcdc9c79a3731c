"""PEM is read strictly."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.pem import Block, NotPem, blocks

TEXT = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----"
BLOCK = Block("CERTIFICATE", b"\x00\x01\x02")


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT + "\n",
        "\n\n  " + TEXT + "\n\n",
        TEXT.replace("\n", "\r\n") + "\r\n",
        TEXT.replace("\n", "\r"),
        TEXT.replace("\n", " \t\n"),
        TEXT.replace("AAEC", "AA\nEC"),
    ],
)
def test_a_block_is_found_whatever_white_space_is_around_it(text: str) -> None:
    assert blocks(text) == [BLOCK]


def test_many_blocks_are_found_in_their_order() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nAw==\n-----END RSA PRIVATE KEY-----"

    assert blocks(f"{TEXT}\n\n{key}\n{TEXT}") == [BLOCK, Block("RSA PRIVATE KEY", b"\x03"), BLOCK]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("", 0),
        (" \n", 0),
        ("subject=/CN=x\n" + TEXT, 0),
        (TEXT + "\ntrailing", 1),
        (TEXT + "\nbetween\n" + TEXT, 1),
        (TEXT + TEXT, 0),
        (TEXT.replace("\n", ""), 0),
        (TEXT.replace("-----END CERTIFICATE-----", ""), 0),
        (TEXT.replace("-----END CERTIFICATE-----", "-----END KEY-----"), 0),
        (TEXT + "\n" + TEXT.replace("BEGIN", "START"), 1),
        (TEXT.replace("AAEC", ""), 0),
        (TEXT.replace("AAEC", "AAE"), 0),
        (TEXT.replace("AAEC", "AA=="), None),
        (TEXT.replace("AAEC", "AA==AAEC"), 0),
        (TEXT.replace("AAEC", "A*EC"), 0),
        (TEXT.replace("AAEC", "AA\u00e9C"), 0),
        (TEXT.replace("AAEC", "AA\x85EC"), 0),
        (TEXT.replace("AAEC", "Proc-Type: 4,ENCRYPTED\n\nAAEC"), 0),
        (TEXT.replace("CERTIFICATE", "certificate"), 0),
        (TEXT.replace("BEGIN CERTIFICATE", "BEGIN "), 0),
    ],
)
def test_anything_else_is_refused_with_its_place(text: str, index: int | None) -> None:
    if index is None:
        assert blocks(text) == [Block("CERTIFICATE", b"\x00")]
        return
    with pytest.raises(NotPem) as refused:
        blocks(text)
    assert refused.value.index == index


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5))
def test_what_is_encoded_is_read_again(contents: list[bytes]) -> None:
    text = "\n".join(
        f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(content).decode()}-----END CERTIFICATE-----"
        for content in contents
    )

    assert [block.content for block in blocks(text)] == contents


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_no_text_is_anything_but_blocks_or_refused(text: str) -> None:
    try:
        found = blocks(text)
    except NotPem:
        return
    assert found
