"""Documents are percent-encoded as RFC 3986 says, and refused in AWS's words."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick import policy
from bailiwick.iam import documents
from bailiwick.iam.errors import MalformedPolicyDocument

ALLOWED = st.text(st.sampled_from("\t\n\r" + "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))))


def test_only_unreserved_characters_stay_as_they_are() -> None:
    assert documents.encoded('{"a" :\n"b/c~_-.é"}') == "%7B%22a%22%20%3A%0A%22b%2Fc~_-.%C3%A9%22%7D"


@given(ALLOWED)
def test_decoding_gives_the_text_back(text: str) -> None:
    assert unquote(documents.encoded(text)) == text


def test_a_refusal_is_an_error_of_iam_with_the_words_of_the_language() -> None:
    with pytest.raises(MalformedPolicyDocument, match=r"^Syntax errors in policy\.$"):
        documents.check("[]", policy.PolicyType.INLINE)


def test_a_refusal_tells_the_place_beside_the_words() -> None:
    with pytest.raises(MalformedPolicyDocument) as refused:
        documents.check('{"Statement":\n{"Effect": "Allow", "Action": ["x"]}}', policy.PolicyType.SESSION)
    with pytest.raises(MalformedPolicyDocument) as broken:
        documents.check('{\n"Statement" {}}', policy.PolicyType.SESSION)

    assert refused.value.details == {"Path": "Statement[0]", "Line": 2, "Column": 1}
    assert broken.value.details == {"Line": 2, "Column": 13}


def test_the_place_of_what_is_found_later_is_looked_up_in_the_text() -> None:
    place = ("Statement", 0, "Principal", "AWS", 1)
    text = '{"Statement": {"Principal": {"AWS": ["a",\n "b"]}}}'

    assert documents.place_details(text, place) == {"Path": "Statement[0].Principal.AWS[1]", "Line": 2, "Column": 2}
