"""Which sessions a mark ends: those of its subject from before its time, and all that came from them."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.session_marks import MarkKind, Marks, Traits, key_of
from bailiwick.auth import Origin, PrincipalKind, SessionClaims

HOME, AWAY = "111122223333", "444455556666"
BEGAN_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
PROVIDER = "SAMLSPONE"


def first_session(name: str = "nina") -> SessionClaims:
    """A role's session that a provider of the home account vouched for."""
    return SessionClaims(
        session_id="0",
        account=HOME,
        principal_kind=PrincipalKind.ROLE,
        principal_id="AROAHOME",
        principal_name="deploy",
        session_name=name,
        issued_at_ms=BEGAN_MS,
        expires_at_ms=BEGAN_MS + HOUR_MS,
        operation="AssumeRoleWithSAML",
        origin=Origin(PROVIDER, HOME, None),
        source_identity="nina@corp",
    )


def child(parent: SessionClaims, account: str, role_id: str, name: str) -> SessionClaims:
    """A session that this one assumed, an hour later."""
    return msgspec.structs.replace(
        parent,
        account=account,
        principal_id=role_id,
        session_name=name,
        issued_at_ms=parent.issued_at_ms + HOUR_MS,
        lineage=parent.passed_on_lineage,
    )


def chain(length: int) -> Iterator[SessionClaims]:
    """Sessions one from the other, in another account from the second on, each of a name of its own."""
    session = first_session()
    yield session
    for number in range(length):
        session = child(session, AWAY, "AROAAWAY", f"clean-{number}")
        yield session


def ends(session: SessionClaims, account: str, kind: MarkKind, subject: str, before_ms: int) -> bool:
    marks = Marks()
    marks.put(key_of(account, kind, subject), before_ms)
    if kind is MarkKind.SESSION_NAME:
        marks.put(key_of(account, kind, f"{subject.partition(':')[0]}:*"), before_ms)
    return marks.ended_at(Traits.of(session)) is not None


SUBJECTS = [
    (MarkKind.ORIGIN, PROVIDER),
    (MarkKind.ACCOUNT, HOME),
    (MarkKind.PRINCIPAL, "AROAHOME"),
    (MarkKind.SESSION_NAME, "AROAHOME:nina"),
    (MarkKind.SOURCE_IDENTITY, "nina@corp"),
]


@pytest.mark.parametrize(("kind", "subject"), SUBJECTS)
@pytest.mark.parametrize("length", [0, 1, 16, 17, 40])
def test_what_ends_the_first_ends_all_that_came_from_it(kind: MarkKind, subject: str, length: int) -> None:
    for session in chain(length):
        assert ends(session, HOME, kind, subject, BEGAN_MS + 1)


@pytest.mark.parametrize(("kind", "subject"), SUBJECTS)
def test_a_mark_from_before_the_first_or_in_another_account_ends_nothing(kind: MarkKind, subject: str) -> None:
    for session in chain(3):
        assert not ends(session, HOME, kind, subject, BEGAN_MS)
        assert not ends(session, "777788889999", kind, subject, BEGAN_MS + 10 * HOUR_MS)


def test_what_ends_a_later_link_leaves_those_before_it() -> None:
    first, second, third = chain(2)

    verdicts = [
        ends(session, AWAY, MarkKind.PRINCIPAL, "AROAAWAY", second.issued_at_ms + 1)
        for session in (first, second, third)
    ]

    assert verdicts == [False, True, True]


@given(
    names=st.lists(st.sampled_from(["a", "b", "c", *(f"n{number}" for number in range(40))]), max_size=60),
    ended=st.integers(min_value=0, max_value=60),
)
def test_ending_a_link_by_its_name_ends_every_later_one(names: list[str], ended: int) -> None:
    session, sessions = first_session(), [first_session()]
    for name in names:
        session = child(session, AWAY, "AROAAWAY", name)
        sessions.append(session)
    at = min(ended, len(names))
    marked = sessions[at]
    subject = f"{marked.principal_id}:{marked.session_name}"

    for later in sessions[at:]:
        assert ends(later, marked.account, MarkKind.SESSION_NAME, subject, marked.issued_at_ms + 1)
