"""How long sessions live."""

import pytest

from bailiwick.sts import durations
from bailiwick.sts.errors import ValidationError

CHAINING = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
ROLE_MAXIMUM = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def test_a_role_session_lives_an_hour_unless_asked_otherwise() -> None:
    assert durations.of_role_session(None, role_maximum=43200, is_chained=False) == 3600


@pytest.mark.parametrize("seconds", [900, 3601, 7200])
def test_a_role_session_lives_as_long_as_asked_up_to_the_roles_maximum(seconds: int) -> None:
    assert durations.of_role_session(seconds, role_maximum=7200, is_chained=False) == seconds


def test_a_role_session_above_the_roles_maximum_is_refused_and_not_cut() -> None:
    with pytest.raises(ValidationError) as refused:
        durations.of_role_session(7201, role_maximum=7200, is_chained=False)

    assert refused.value.message == ROLE_MAXIMUM


def test_a_chained_session_lives_an_hour_whatever_the_role_allows() -> None:
    assert durations.of_role_session(None, role_maximum=43200, is_chained=True) == 3600
    assert durations.of_role_session(3600, role_maximum=43200, is_chained=True) == 3600


def test_a_chained_session_above_an_hour_is_refused_for_the_chaining() -> None:
    with pytest.raises(ValidationError) as refused:
        durations.of_role_session(3601, role_maximum=3600, is_chained=True)

    assert refused.value.message == CHAINING


def test_a_users_own_session_lives_twelve_hours_unless_asked_otherwise() -> None:
    assert durations.of_user_session(None, is_root=False) == 43200
    assert durations.of_user_session(129600, is_root=False) == 129600


@pytest.mark.parametrize(("requested", "given"), [(None, 3600), (900, 900), (3600, 3600), (129600, 3600)])
def test_a_session_of_root_is_cut_to_an_hour_without_a_word(requested: int | None, given: int) -> None:
    assert durations.of_user_session(requested, is_root=True) == given
