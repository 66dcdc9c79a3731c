"""The operations that ask for a credential report and fetch it."""

from datetime import timedelta
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam.credential_report import making
from bailiwick.iam.errors import ReportExpired, ReportInProgress, ReportNotPresent
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_KEPT_MS: Final = timedelta(hours=4) // timedelta(milliseconds=1)
"""How long a report is good for (IAM User Guide, "Generate credential reports for your AWS account")."""


@operation(iam, "GenerateCredentialReport")
async def generate_credential_report(call: Call, tx: Transaction) -> dict[str, object]:
    """Begin to make the account's credential report, unless the one there is has not expired.

    The report of an account of a few hundred users is finished at once; that of a larger one soon after.

    Source: IAM API Reference, GenerateCredentialReport.
    """
    row = await tx.one("SELECT finished_at FROM credential_reports WHERE account_id = ?", call.account)
    if row is None:
        why = "No report exists."
    elif row[0] is None:
        return {"State": "INPROGRESS"}
    elif _is_good(int(row[0]), call):
        return {"State": "COMPLETE"}
    else:
        why = "The most recent report has expired."
    await making.begin(tx, call.account, call.now_ms)
    return {"State": "STARTED", "Description": f"{why} Starting a new report generation task"}


@operation(iam, "GetCredentialReport", reads=True)
async def get_credential_report(call: Call, tx: Transaction) -> dict[str, object]:
    """The account's credential report as it was when it was made, at most four hours ago.

    Raises:
        ReportNotPresent: none was asked for.
        ReportInProgress: it is being made.
        ReportExpired: it is older.

    Source: IAM API Reference, GetCredentialReport.
    """
    row = await tx.one("SELECT finished_at FROM credential_reports WHERE account_id = ?", call.account)
    if row is None:
        raise ReportNotPresent.of_the_account()
    if row[0] is None:
        raise ReportInProgress.of_the_account()
    finished_at = int(row[0])
    if not _is_good(finished_at, call):
        raise ReportExpired.of_the_account()
    parts = await tx.all(
        "SELECT content FROM credential_report_parts WHERE account_id = ? ORDER BY number", call.account
    )
    return {
        "Content": "".join(str(content) for (content,) in parts).encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": from_milliseconds(finished_at),
    }


def _is_good(finished_at: int, call: Call) -> bool:
    return call.now_ms - finished_at < _KEPT_MS
