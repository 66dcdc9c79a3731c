"""Request ids are UUIDs of version 7: they tell their time, and nothing else."""

import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.request_ids import milliseconds, moment_of, new_request_id

NOW = datetime(2026, 11, 24, 20, 5, 7, 250_000, tzinfo=UTC)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  made aware


@given(TIMES, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_and_variant_10_at_its_time(moment: datetime, chance: bytes) -> None:
    made = uuid.UUID(new_request_id(moment, lambda size: chance[:size]))

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == milliseconds(moment)


@given(TIMES)
def test_the_time_of_an_id_is_read_back(moment: datetime) -> None:
    assert moment_of(new_request_id(moment, os.urandom)) == milliseconds(moment)


@pytest.mark.parametrize("bit", range(80))
def test_all_bits_but_six_of_the_random_bytes_count(bit: int) -> None:
    def made_of(number: int) -> str:
        return new_request_id(NOW, lambda size: number.to_bytes(size, "big"))

    without, with_it = made_of(0), made_of(1 << bit)

    assert (without == with_it) is (bit in range(62, 68))


def test_ids_sort_by_time() -> None:
    ids = [new_request_id(NOW + timedelta(milliseconds=after), os.urandom) for after in range(50)]

    assert ids == sorted(ids)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_request_id(NOW, os.urandom) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not an id",
        "0a3b5d1c-0000-4000-8000-000000000000",  # version 4
        "019ab000-0000-7000-c000-000000000000",  # variant of somebody else
        "019AB000-0000-7000-8000-000000000000",  # not as it was given
        "019ab000-0000-7000-8000-00000000000",
        "019ab000-0000-7000-8000-000000000000\n",
        "019ab00000007000800000000000000000",
    ],
)
def test_what_is_no_such_id_has_no_time(text: str) -> None:
    assert moment_of(text) is None
