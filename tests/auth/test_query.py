import pytest

from bailiwick.auth.errors import IncompleteSignature
from bailiwick.auth.query import authentication_parameters, canonical_query, parse_query


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", b""),
        (b"b=2&a=1", b"a=1&b=2"),
        (b"a=2&a=1&a=10", b"a=1&a=10&a=2"),
        (b"a-b=1&a=2&a.b=3", b"a=2&a-b=1&a.b=3"),
        (b"acl", b"acl="),
        (b"a=1=2", b"a=1%3D2"),
        (b"a=%7e%41%2f%c3%bc", b"a=~A%2F%C3%BC"),
        (b"a=b+c", b"a=b%2Bc"),
        (b"a=b%20c", b"a=b%20c"),
        (b"a=b%2Bc", b"a=b%2Bc"),
        (b"a=*'()!", b"a=%2A%27%28%29%21"),
        (b"a=-_.~", b"a=-_.~"),
        (b"a=%zz", b"a=%25zz"),
        (b"a=%00\xff", b"a=%00%FF"),
        (b"%61=1", b"a=1"),
        (b"a=1&&b=2", b"=&a=1&b=2"),
        (b"a=1&X-Amz-Signature=00", b"a=1"),
        (b"a=1&X%2DAmz-Signature=00", b"a=1"),
        (b"x-amz-signature=00", b"x-amz-signature=00"),
    ],
)
def test_decodes_encodes_and_sorts(query: bytes, canonical: bytes) -> None:
    assert canonical_query(parse_query(query)) == canonical


def test_keeps_names_and_values_in_order_and_a_plus_as_it_is() -> None:
    assert parse_query(b"b=1+2&a=%2B&c") == [(b"b", b"1+2"), (b"a", b"+"), (b"c", b"")]


def test_bounds_the_query_before_reading_it() -> None:
    assert len(parse_query(b"a" * 65_536)) == 1
    with pytest.raises(IncompleteSignature):
        parse_query(b"a" * 65_537)

    assert len(parse_query(b"&" * 2_047)) == 2_048
    with pytest.raises(IncompleteSignature):
        parse_query(b"&" * 2_048)


def test_finds_the_parameters_of_authentication() -> None:
    pairs = parse_query(b"Action=X&X-Amz-Date=d&X%2DAmz-Security-Token=a%2Bb&X-Amz-Other=1")

    assert authentication_parameters(pairs) == {b"X-Amz-Date": b"d", b"X-Amz-Security-Token": b"a+b"}


@pytest.mark.parametrize(
    "query",
    [
        b"X-Amz-Date=1&X-Amz-Date=1",
        b"X-Amz-Date=1&X%2DAmz-Date=2",
        b"x-amz-date=1",
        b"X-AMZ-SIGNATURE=1",
        b"X-Amz-Security-token=1",
        b"X-Amz-Algorithm=1&x-amz-algorithm=2",
    ],
)
def test_refuses_a_parameter_given_twice_or_in_another_case(query: bytes) -> None:
    with pytest.raises(IncompleteSignature, match="must be given once"):
        authentication_parameters(parse_query(query))
