"""The page on passwords gives the numbers that the program goes by."""

from pathlib import Path

from bailiwick.auth.passwords import UNKNOWN, is_outdated
from bailiwick.iam.guessing import MOST_FAILURES, pause_seconds
from bailiwick.iam.passwords.common import is_common
from bailiwick.iam.passwords.rules import MOST_REMEMBERED

PAGE = (Path(__file__).parents[2] / "docs" / "passwords.md").read_text(encoding="utf-8")


def test_the_page_tells_what_wrong_passwords_lead_to() -> None:
    free = next(failures for failures in range(100) if pause_seconds(failures + 1))

    assert f"| 1 to {free} | nothing |" in PAGE
    assert f"| {free + 1} | no password of the user is looked at for {pause_seconds(free + 1)} seconds |" in PAGE
    assert f"| each one more | twice as long, up to {pause_seconds(10**6) // 60} minutes |" in PAGE
    assert f"| {MOST_FAILURES} | none is looked at any more" in PAGE


def test_the_page_tells_how_passwords_are_kept() -> None:
    assert b"$argon2id$v=19$m=19456,t=2," in UNKNOWN.reveal()
    assert not is_outdated(UNKNOWN)
    assert "argon2id hashes (19456 KiB, 2 passes)" in PAGE
    assert f"The last {MOST_REMEMBERED} are kept" in PAGE


def test_the_page_tells_which_passwords_are_guessed_first() -> None:
    assert "with up to 6 digits and signs around them" in PAGE
    assert is_common("12Summer!!24", frozenset())
    assert not is_common("12Summer!!245", frozenset())
    assert "fewer than 3 different characters" in PAGE
    assert is_common("abababab", frozenset())
    assert not is_common("abcabdab", frozenset())
