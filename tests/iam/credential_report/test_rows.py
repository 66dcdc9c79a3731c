"""The rows of a credential report."""

from bailiwick.iam.credential_report.rows import Credential, Credentials, Password, user_row, user_rows

MADE, LATER = 1_700_000_000_999, 1_700_086_400_000
SHOWN, SHOWN_LATER = "2023-11-14T22:13:20+00:00", "2023-11-15T22:13:20+00:00"


def test_a_password_is_told_with_its_times() -> None:
    row = user_row("ana", "ARN", MADE, Password(MADE, MADE, LATER), Credentials(has_mfa=True))

    assert row[:8] == ["ana", "ARN", SHOWN, "true", SHOWN, SHOWN, SHOWN_LATER, "true"]


def test_what_has_no_columns_is_counted() -> None:
    used = Credential(True, MADE, LATER, "eu-west-1", "sts")
    unused = Credential(True, MADE)
    inactive = Credential(False, LATER, MADE, "us-east-1", "iam")

    row = user_row("ana", "ARN", MADE, None, Credentials(False, [used, inactive, unused, unused], [unused] * 3))

    assert row[8:13] == ["true", SHOWN, SHOWN_LATER, "eu-west-1", "sts"]
    assert row[13:18] == ["false", "N/A", SHOWN, "us-east-1", "iam"]
    assert row[18:22] == ["true", SHOWN, "true", SHOWN]
    assert (
        row[22]
        == "2 additional access keys (iam:ListAccessKeys); 1 additional certificates (iam:ListSigningCertificates)"
    )


def test_a_comma_in_a_name_is_quoted() -> None:
    assert user_rows([["a,b", "ARN"], ["c", "d"]]) == '"a,b",ARN\nc,d\n'
