"""The page on MFA devices gives the numbers that the program goes by."""

from pathlib import Path

from bailiwick.iam.guessing import MOST_FAILURES, pause_seconds
from bailiwick.iam.mfa import codes, seeds

PAGE = (Path(__file__).parents[2] / "docs" / "mfa.md").read_text(encoding="utf-8")


def test_the_page_tells_what_wrong_codes_lead_to() -> None:
    free = next(failures for failures in range(100) if pause_seconds(failures + 1))
    longest = pause_seconds(10**6)

    assert f"| 1 to {free} | nothing |" in PAGE
    assert f"| {free + 1} | no code of the device is looked at for {pause_seconds(free + 1)} seconds |" in PAGE
    assert pause_seconds(free + 2) == 2 * pause_seconds(free + 1)
    assert f"| each one more | twice as long, up to {longest // 60} minutes |" in PAGE
    assert f"| {MOST_FAILURES} | one code alone is not good any more" in PAGE


def test_the_page_tells_what_codes_are() -> None:
    assert f"a new one each {codes.STEP_SECONDS} seconds; a seed of {seeds.SEED_BYTES} random bytes" in PAGE
    assert codes.WINDOW == 1
    assert "from one step before to one step after" in PAGE
    assert codes.RESYNC_WINDOW * codes.STEP_SECONDS == 600
    assert "how far it is off, ten minutes at most" in PAGE


def test_the_page_tells_how_an_app_names_the_entry() -> None:
    uri = seeds.provisioning_uri("AAAA", "DEVICE", "ACCOUNT")

    assert uri.startswith("otpauth://totp/Bailiwick:DEVICE@ACCOUNT?")
    assert "`Bailiwick:DEVICE@ACCOUNT`" in PAGE
