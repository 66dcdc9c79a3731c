"""Query strings and form bodies."""

from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.errors import InvalidParameterValue, MalformedQueryString, RequestEntityTooLarge
from bailiwick.wire.form import parse_pairs, percent_decode, refuse_repeated


def test_a_plus_is_a_blank_in_a_form_and_itself_in_a_query_string() -> None:
    assert parse_pairs(b"a=x+y%2Bz", is_form=True, limit=10) == [("a", "x y+z")]
    assert parse_pairs(b"a=x+y%2Bz", is_form=False, limit=10) == [("a", "x+y+z")]


def test_escapes_are_decoded_once() -> None:
    assert parse_pairs(b"a=%253A%3A%2f%2F&b%3D=%26", is_form=True, limit=10) == [("a", "%3A://"), ("b=", "&")]


def test_a_name_without_a_value_has_the_empty_one_and_nothing_between_ampersands_is_nothing() -> None:
    assert parse_pairs(b"TagKeys=&&x&", is_form=True, limit=10) == [("TagKeys", ""), ("x", "")]


@pytest.mark.parametrize("encoded", [b"a=%", b"a=%4", b"a=%zz", b"%g1=a", b"a=%%3A", b"a=%2%3A", b"a=%ff", b"a=\xff"])
def test_bad_encoding_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedQueryString):
        parse_pairs(encoded, is_form=True, limit=10)


@pytest.mark.parametrize("encoded", [b"a=%00", b"a=\x00", b"%00=a"])
def test_nul_is_refused(encoded: bytes) -> None:
    with pytest.raises(InvalidParameterValue):
        parse_pairs(encoded, is_form=True, limit=10)


def test_more_parameters_than_the_limit_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(RequestEntityTooLarge):
        parse_pairs(b"&".join([b"%"] * 11), is_form=True, limit=10)


def test_utf8_may_be_escaped_or_not() -> None:
    assert parse_pairs("a=ü%C3%BC".encode(), is_form=True, limit=10) == [("a", "üü")]
    assert percent_decode(b"%C3%BC") == "ü".encode()


@pytest.mark.parametrize("names", [["Action", "Action"], ["Action", "action"], ["Ä", "ä"]])
def test_a_name_given_twice_is_refused_also_in_another_case(names: list[str]) -> None:
    with pytest.raises(InvalidParameterValue):
        refuse_repeated(names)


def test_different_names_pass() -> None:
    refuse_repeated(["a", "b", "a.b"])


@given(data=st.binary(), safe=st.sampled_from(["", "/=", " =_\n\r\t=?+"]))
def test_decoding_undoes_encoding_whatever_the_bytes(data: bytes, safe: str) -> None:
    assert percent_decode(quote_from_bytes(data, safe=safe).encode()) == data


@given(
    encoded=st.lists(
        st.sampled_from([b"%41", b"%e2", b"=", b"=41", b"\r\n", b" \n", b"\t", b"_", b"%3D", b"\x80"])
    ).map(b"".join)
)
def test_nothing_but_escapes_is_changed(encoded: bytes) -> None:
    assert percent_decode(encoded) == unquote_to_bytes(encoded)
