"""Revoke at one node, send to another right after the acknowledgement: how many are still allowed (none may be).

Three ways to revoke: an access key is deactivated, a session is ended, a role's sessions are denied by issue time.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.connection import CallFailed, Connection, text_of
from benchmarks.parts.freshness import postgresql
from benchmarks.parts.operations import role_for_load
from benchmarks.processes import administrator, bailiwick
from benchmarks.report import Goal, Table
from benchmarks.run import Run
from benchmarks.signing import Keys, Signer

_ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}'
_ROLE = "revoked"


@dataclass(frozen=True, slots=True)
class Trial:
    """One round: what revokes at the one node, and what must then be refused at the other."""

    revoke: bytes
    attempt: Callable[[], bytes]


def measure(run: Run) -> None:
    """Report the number of calls allowed after the acknowledgement, and when the refusal was there."""
    table = Table(
        "Revocation at one node, tried at another right after the acknowledgement",
        ("store, revoked", "rounds", "allowed after", "acknowledged, p50 ms", "refused, p50 ms", "most ms"),
    )
    rounds = run.pick(20, 300)
    folder = run.stores.folder
    with postgresql() as server, server.database() as url:
        for store, database_url in (("SQLite", None), ("PostgreSQL", url)):
            data = folder / f"revocation-{store.lower()}"
            _two_nodes(table, store, data, database_url, rounds)
    run.show(table)


def _two_nodes(table: Table, store: str, data: Path, database_url: str | None, rounds: int) -> None:
    with ExitStack() as stack:
        one = stack.enter_context(bailiwick(data, database_url=database_url))
        other = stack.enter_context(bailiwick(data, database_url=database_url))
        here = stack.enter_context(Connection(one.address))
        there = stack.enter_context(Connection(other.address))
        signer = Signer(one.address, administrator(data))
        ways = (
            ("access key deactivated", _deactivated_keys(signer, here, other.address)),
            ("session ended", _ended_sessions(signer, here, other.address)),
            ("denied by issue time", _denied_by_issue_time(signer, here, other.address)),
        )
        for way, trials in ways:
            allowed, acknowledged, refused = 0, [], []
            for trial in itertools.islice(trials, rounds):
                there.call(trial.attempt())  # it works, and the other node holds in memory that it does
                attempt = trial.attempt()
                acknowledged.append(here.time(trial.revoke) / 1000)
                start = time.perf_counter()
                status, _ = there.send(attempt)
                refused.append((time.perf_counter() - start) * 1000)
                allowed += status == 200
            table.add(
                f"{store}, {way}",
                f"{len(refused):,}",
                str(allowed),
                f"{median(acknowledged):.2f}",
                f"{median(refused):.2f}",
                f"{max(refused):.2f}",
                goals=[Goal("0", allowed == 0)],
                allowed=allowed,
                rounds=len(refused),
                refused_p50_ms=median(refused),
            )


def _deactivated_keys(signer: Signer, here: Connection, elsewhere: str) -> Iterator[Trial]:
    here.call(signer.query("iam", "CreateUser", UserName="ana"))
    here.call(signer.query("iam", "PutUserPolicy", UserName="ana", PolicyName="allow", PolicyDocument=_ALLOW))
    made = here.call(signer.query("iam", "CreateAccessKey", UserName="ana"))
    keys = Keys(text_of(made, "AccessKeyId"), text_of(made, "SecretAccessKey"))
    ana = Signer(elsewhere, keys)

    def status(new: str) -> bytes:
        return signer.query("iam", "UpdateAccessKey", UserName="ana", AccessKeyId=keys.access_key_id, Status=new)

    while True:
        here.call(status("Active"))
        yield Trial(status("Inactive"), lambda: ana.query("iam", "ListUsers", MaxItems="1"))


def _ended_sessions(signer: Signer, here: Connection, elsewhere: str) -> Iterator[Trial]:
    role = role_for_load(signer, _ROLE)
    here.call(signer.query("iam", "PutRolePolicy", RoleName=_ROLE, PolicyName="allow", PolicyDocument=_ALLOW))
    for number in itertools.count():
        session = _assume(signer, here, role, f"ended-{number}", elsewhere)
        listed = json.loads(here.call(signer.own("ListSessions")))["Sessions"]
        [session_id] = [each["SessionId"] for each in listed if each["AccessKeyId"] == session.keys.access_key_id]
        yield _session_trial(signer.own("EndSession", SessionId=session_id), session)


def _denied_by_issue_time(signer: Signer, here: Connection, elsewhere: str) -> Iterator[Trial]:
    with Connection(signer.address) as connection:
        account = text_of(connection.call(signer.query("sts", "GetCallerIdentity")), "Account")
    role = f"arn:aws:iam::{account}:role/{_ROLE}"
    for number in itertools.count():
        session = _assume(signer, here, role, f"denied-{number}", elsewhere)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        older = {"DateLessThan": {"aws:TokenIssueTime": now}}
        deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
        document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        name = "AWSRevokeOlderSessions"
        yield _session_trial(
            signer.query("iam", "PutRolePolicy", RoleName=_ROLE, PolicyName=name, PolicyDocument=document), session
        )


def _assume(signer: Signer, here: Connection, role: str, name: str, elsewhere: str) -> Signer:
    made = here.call(signer.query("sts", "AssumeRole", RoleArn=role, RoleSessionName=name))
    if b"<SessionToken>" not in made:
        raise CallFailed("a session without a token")
    return Signer(
        elsewhere, Keys(text_of(made, "AccessKeyId"), text_of(made, "SecretAccessKey"), text_of(made, "SessionToken"))
    )


def _session_trial(revoke: bytes, session: Signer) -> Trial:
    return Trial(revoke, lambda: session.query("iam", "ListUsers", MaxItems="1"))
