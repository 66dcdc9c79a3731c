"""Delegation requests without a server: templates and their parameters, what is asked for, words, and time."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam.delegation_requests import forget, summary
from bailiwick.iam.delegation_requests.asked import boundaries_of
from bailiwick.iam.delegation_requests.record import SELECT, DelegationRequest, State
from bailiwick.iam.delegation_requests.templates import LONGEST_POLICY, Parameter, parameters_of, rendered
from bailiwick.iam.errors import InvalidInput
from bailiwick.store import Transaction, open_store

DAY_MS = 86_400_000

REQUEST = DelegationRequest(
    request_id="00000000-0000-4000-8000-000000000000",
    requestor_account="111122223333",
    owner_account="444455556666",
    owner_arn=None,
    owner_id=None,
    approver_arn=None,
    state=State.UNASSIGNED,
    description="Sets up the product.",
    message=None,
    template_arn="arn:aws:iam::111122223333:policy/template",
    parameters="[]",
    policy="{}",
    redirect_url=None,
    session_seconds=3600,
    is_sent_by_owner_only=False,
    notes=None,
    rejection_reason=None,
    created_at=0,
    updated_at=0,
    expires_at=DAY_MS,
)


def policy(**statement: object) -> str:
    given = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [given]})


def text(name: str, value: str) -> Parameter:
    return Parameter(name, (value,), is_list=False)


def texts(name: str, *values: str) -> Parameter:
    return Parameter(name, values, is_list=True)


def statement_of(template: str, *parameters: Parameter) -> Mapping[str, object]:
    found: Mapping[str, object]
    (found,) = json.loads(rendered(template, {each.name: each for each in parameters}))["Statement"]
    return found


# Templates


def test_parameters_are_put_where_they_are_named() -> None:
    template = policy(Resource=["arn:aws:s3:::@{bucket}/@{folder}/*", "arn:aws:s3:::fixed"])

    filled = statement_of(template, text("bucket", "data"), text("folder", "a"))

    assert filled["Resource"] == ["arn:aws:s3:::data/a/*", "arn:aws:s3:::fixed"]


def test_a_list_takes_the_place_of_the_text_that_names_it() -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/a": ["x", "@{teams}"], "aws:PrincipalTag/b": "@{teams}"}}

    filled = statement_of(policy(Condition=condition), texts("teams", "ops", "web"))

    assert filled["Condition"] == {
        "StringEquals": {"aws:PrincipalTag/a": ["x", "ops", "web"], "aws:PrincipalTag/b": ["ops", "web"]}
    }


@pytest.mark.parametrize(
    ("template", "parameters", "words"),
    [
        (policy(Resource="arn:aws:s3:::@{bucket}"), [], "parameter bucket is missing"),
        (policy(), [text("bucket", "x")], "has no parameter bucket"),
        (policy(Resource="arn:aws:s3:::@{bucket}"), [texts("bucket", "x")], "must stand alone"),
        (policy(Resource="arn:aws:s3:::@{bucket}"), [text("bucket", "x" * LONGEST_POLICY)], "must not be longer"),
        (policy(Resource="@{bucket}"), [text("bucket", "anything")], "is not valid"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_parameters_that_do_not_fit_are_refused(template: str, parameters: list[Parameter], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        rendered(template, {each.name: each for each in parameters})


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_a_value_changes_nothing_but_the_text_that_it_stands_in(value: str) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "team-@{team}"}}

    filled = statement_of(policy(Condition=condition), text("team", value))

    assert filled == {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": f"team-{value}"}},
    }


def test_parameters_without_a_type_are_told_by_how_many_values_they_have() -> None:
    found = parameters_of([{"Name": "one", "Values": ["x"]}, {"Name": "two", "Values": ["x", "y"]}])

    assert found == {"one": text("one", "x"), "two": texts("two", "x", "y")}
    assert parameters_of([{"Name": "list", "Values": ["x"], "Type": "stringList"}]) == {"list": texts("list", "x")}


@pytest.mark.parametrize(
    "given",
    [
        [{"Name": "one"}],
        [{"Values": ["x"]}],
        [{"Name": "one", "Values": []}],
        [{"Name": "one", "Values": ["x", "y"], "Type": "string"}],
        [{"Name": "one", "Values": ["x"]}, {"Name": "one", "Values": ["y"]}],
    ],
    ids=str,
)
def test_parameters_of_another_form_are_refused(given: list[dict[str, object]]) -> None:
    with pytest.raises(InvalidInput):
        parameters_of(given)


# What is asked for, and the words for it


def test_boundaries_are_those_that_new_roles_must_have() -> None:
    key = {"StringEquals": {"iam:permissionsboundary": ["arn:b", "arn:a"]}}

    assert boundaries_of(policy(Action=["s3:*", "IAM:CreateRole"], Condition=key)) == ["arn:a", "arn:b"]
    assert boundaries_of(policy(Action="s3:*", Condition=key)) == []
    assert boundaries_of(policy(Effect="Deny", Action="iam:CreateRole", Condition=key)) == []
    assert boundaries_of(policy(Action="iam:CreateRole")) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({}, "- s3:GetObject, on all resources"),
        ({"Action": "*"}, "- everything, on all resources"),
        ({"Action": None, "NotAction": "iam:*"}, "- everything except iam:*, on all resources"),
        ({"Resource": None, "NotResource": ["arn:a"]}, "- s3:GetObject, on all resources except arn:a"),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": True}}},
            "- s3:GetObject, on all resources, when aws:SecureTransport Bool true",
        ),
        ({"Effect": "Deny", "Resource": "arn:a"}, "It could not:\n- s3:GetObject, on arn:a"),
    ],
    ids=str,
)
def test_the_summary_has_words_for_every_element(statement: dict[str, object], words: str) -> None:
    filled = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    kept = {element: value for element, value in filled.items() if value is not None}
    asked = replace(REQUEST, policy=json.dumps({"Version": "2012-10-17", "Statement": kept}))

    assert words in summary.of(asked, None)


def test_the_summary_names_the_requestor_and_ends_within_its_bound() -> None:
    asked = replace(REQUEST, policy=policy())

    assert summary.of(asked, "Partner").startswith("Partner (account 111122223333) asks for access for 1 hour,")
    assert summary.of(asked, None).startswith("Account 111122223333 asks for access for 1 hour,")
    long = summary.of(replace(asked, policy=policy(Resource=["arn:" + "x" * summary.LONGEST])), None)
    assert len(long) == summary.LONGEST
    assert long.endswith("…")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (60, "1 minute"), (3661, "1 hour 1 minute 1 second"), (43200, "12 hours"), (0, "0 seconds")],
)
def test_durations_are_said_in_hours_minutes_and_seconds(seconds: int, words: str) -> None:
    assert summary.duration(seconds) == words


# Time


@pytest.mark.parametrize("state", [state for state in State if state is not State.EXPIRED])
def test_every_state_ends_with_its_time(state: State) -> None:
    request = replace(REQUEST, state=state)

    assert request.state_at(DAY_MS - 1) is state
    assert request.state_at(DAY_MS) is State.EXPIRED
    assert request.as_output(DAY_MS, None)["State"] == "EXPIRED"


def test_requests_that_ended_long_ago_are_forgotten(tmp_path: Path) -> None:
    rows = [(f"request-{number}", f"workflow-{number}", number) for number in range(3)]

    async def add(tx: Transaction) -> None:
        await tx.run_many(
            "INSERT INTO delegation_requests (request_id, requestor_account, workflow_id, state, description,"
            " template_arn, parameters, policy, notification_channel, session_seconds, only_sent_by_owner,"
            " created_at, updated_at, expires_at) VALUES (?, '1', ?, 'REJECTED', '', '', '[]', '{}', '', 300, 0, 0,"
            " 0, ?)",
            rows,
        )

    async def test() -> None:
        store = await open_store(f"sqlite:{tmp_path / 'bailiwick.db'}", lambda: 0)
        await store.write(add)

        await store.write(lambda tx: forget(tx, 2, 10))

        left = await store.read(lambda tx: tx.all(SELECT))
        await store.close()
        assert [DelegationRequest.of_row(row).request_id for row in left] == ["request-2"]

    asyncio.run(test())
