"""One-time codes: the RFC's own values, the window, consecutive codes, and how guessing is slowed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.mfa import codes
from bailiwick.secret import Secret
from tests.authenticators import code_at

PUBLISHED = base64.b32encode(b"12345678901234567890").decode("ascii")
SEED = base64.b32encode(bytes(range(40))).decode("ascii")
NOW = 59_800_000

seeds = st.binary(min_size=40, max_size=40).map(lambda entropy: base64.b32encode(entropy).decode("ascii"))
steps = st.integers(min_value=1_000, max_value=10**9)


def secret(seed: str) -> Secret:
    return Secret(seed.encode("ascii"))


@pytest.mark.parametrize(
    ("seconds", "published"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, published: str) -> None:
    """RFC 6238, appendix B, SHA-1; of its eight digits the last six."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    step = codes.step_at(now)

    assert codes.matching_steps(secret(PUBLISHED), published[2:], step) == [step]
    assert code_at(PUBLISHED, step) == published[2:]  # and the tests' own authenticator is right, too


@given(seeds, steps)
def test_a_code_is_good_a_step_before_and_after_its_own_and_no_further(seed: str, step: int) -> None:
    code = code_at(seed, step)

    for around in (step - 1, step, step + 1):
        assert step in codes.matching_steps(secret(seed), code, around)
    for around in (step - 2, step + 2):
        assert step not in codes.matching_steps(secret(seed), code, around)


@pytest.mark.parametrize("off", [-20, -19, -2, -1, 0, 1, 2, 19, 20])
def test_consecutive_codes_tell_the_step_of_a_device_that_is_off(off: int) -> None:
    step = NOW + off
    if off == -20:
        step += 1  # the first of the two must be near enough as well
    found = codes.matching_pair(secret(SEED), code_at(SEED, step - 1), code_at(SEED, step), NOW)

    assert found == step


@pytest.mark.parametrize("second", [NOW - 20, NOW + 21])
def test_consecutive_codes_of_a_device_that_is_off_by_more_tell_nothing(second: int) -> None:
    assert codes.matching_pair(secret(SEED), code_at(SEED, second - 1), code_at(SEED, second), NOW) is None


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 2), (-1, 1)])
def test_codes_that_are_not_consecutive_tell_nothing(first: int, second: int) -> None:
    assert codes.matching_pair(secret(SEED), code_at(SEED, NOW + first), code_at(SEED, NOW + second), NOW) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert codes.matching_steps(secret(SEED), code, NOW) == []


def test_a_device_that_is_off_within_the_window_counts_as_exact() -> None:
    assert [codes.drift_of(NOW + off, NOW) for off in (-3, -2, -1, 0, 1, 2, 3)] == [-3, -2, 0, 0, 0, 2, 3]
