"""What a session hands down of the sessions it came through."""

import msgspec

from bailiwick.auth import ANY_NAME, Link, PrincipalKind, SessionClaims
from bailiwick.auth.claims import MAX_LINKS


def after(parent: SessionClaims, **changed: object) -> SessionClaims:
    """A session that this one asked for, an hour later."""
    return msgspec.structs.replace(
        parent,
        lineage=parent.passed_on_lineage,
        issued_at_ms=parent.issued_at_ms + 3_600_000,
        **changed,
    )


def as_role(claims: SessionClaims, name: str) -> SessionClaims:
    return msgspec.structs.replace(
        claims, principal_kind=PrincipalKind.ROLE, principal_id="AROAONE", session_name=name, lineage=()
    )


def test_a_session_hands_down_what_it_came_through_and_itself(claims: SessionClaims) -> None:
    first = as_role(claims, "first")
    second = after(first, principal_id="AROATWO", session_name="second")

    assert second.lineage == (first.link,)
    assert second.passed_on_lineage == (first.link, second.link)
    assert first.link == Link(first.account, "AROAONE", "first", first.issued_at_ms)


def test_of_one_principal_and_name_the_earliest_counts_however_long_the_chain(claims: SessionClaims) -> None:
    session = first = as_role(claims, "same")
    for _ in range(100):
        session = after(session)

    assert session.passed_on_lineage == (first.link,)


def test_names_past_the_most_stand_for_any_name_from_the_time_of_the_earliest(claims: SessionClaims) -> None:
    session = first = as_role(claims, "name-0")
    for number in range(1, 3 * MAX_LINKS):
        session = after(session, session_name=f"name-{number}")

    links = session.passed_on_lineage
    named = [link.session_name for link in links if link.session_name != ANY_NAME]
    assert named == [f"name-{number}" for number in range(2 * MAX_LINKS, 3 * MAX_LINKS)]
    assert [link for link in links if link.session_name == ANY_NAME] == [first.link._replace(session_name=ANY_NAME)]
