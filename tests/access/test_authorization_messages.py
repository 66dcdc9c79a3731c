"""Encoded authorization messages: what they hold, who opens them, and how long they are."""

import base64
import json
import os
import random
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.authorization_messages import (
    LONGEST,
    NONCE_BYTES,
    AuthorizationMessages,
    InvalidMessage,
    content_of,
)
from bailiwick.policy import (
    CompiledStatement,
    Decision,
    Effect,
    Layer,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    Reason,
    RequestContext,
    compile_policy,
)
from bailiwick.secret import Secret

ACCOUNT = "111122223333"
REQUEST_ID = "019ab000-0000-7000-8000-00000000000a"
ANA = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDAANA")
STATEMENT = {
    "Sid": "NoEnding",
    "Effect": "Deny",
    "Action": ["bailiwick:EndSession", "bailiwick:ListSessions"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["ops", "dev"]}},
}

messages = AuthorizationMessages(Secret(b"k" * 32))


def request(**given: Any) -> RequestContext:
    fields: dict[str, Any] = {
        "action": "bailiwick:EndSession",
        "resource": f"arn:aws:bailiwick::{ACCOUNT}:session/s",
        "principal": ANA,
        "resource_account": ACCOUNT,
        "keys": {"aws:username": "ana", "aws:tagkeys": ("a", "b"), "aws:principaltag/team": "ops"},
    }
    return RequestContext(**{**fields, **given})


def statement(written: dict[str, Any] | str = STATEMENT, policy_type: PolicyType = PolicyType.INLINE) -> Any:
    text = written if isinstance(written, str) else json.dumps({"Version": "2012-10-17", "Statement": written})
    return compile_policy(text, PolicySource(policy_type, "p", None)).statements[0]


def content(
    asked: RequestContext | None = None, denying: CompiledStatement | None = None, **given: Any
) -> dict[str, Any]:
    reason = Reason.IMPLICIT_DENY if denying is None else Reason.EXPLICIT_DENY
    decision = Decision(Effect.DENY, reason, Layer.IDENTITY, None if denying is None else denying.id)
    fields: dict[str, Any] = {"user_id": "AIDAANA", "name": "ana", "request_id": REQUEST_ID}
    return content_of(asked or request(), decision, denying, **{**fields, **given})


def sealed(made: dict[str, Any], account: str = ACCOUNT) -> str:
    return messages.seal(account, REQUEST_ID, made, os.urandom(NONCE_BYTES))


def opened(message: str, account: str = ACCOUNT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(messages.open(account, message))
    return found


# What a message holds


def test_an_implicit_denial_has_awss_members_and_the_request_id() -> None:
    assert opened(sealed(content())) == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDAANA", "name": "ana", "arn": ANA.arn},
            "action": "bailiwick:EndSession",
            "resource": f"arn:aws:bailiwick::{ACCOUNT}:session/s",
            "conditions": {
                "items": [
                    {"key": "aws:PrincipalTag/team", "values": {"items": [{"value": "ops"}]}},
                    {"key": "aws:TagKeys", "values": {"items": [{"value": "a"}, {"value": "b"}]}},
                    {"key": "aws:username", "values": {"items": [{"value": "ana"}]}},
                ]
            },
        },
        "requestId": REQUEST_ID,
    }


def test_an_explicit_denial_shows_the_statement_as_aws_does() -> None:
    found = opened(sealed(content(denying=statement())))

    assert found["explicitDeny"] is True
    assert found["matchedStatements"]["items"] == [
        {
            "statementId": "NoEnding",
            "effect": "DENY",
            "principals": {"items": [{"value": "AIDAANA"}]},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": "bailiwick:EndSession"}, {"value": "bailiwick:ListSessions"}]},
            "resources": {"items": [{"value": "*"}]},
            "conditions": {
                "items": [{"key": "aws:PrincipalTag/team", "values": {"items": [{"value": "ops"}, {"value": "dev"}]}}]
            },
        }
    ]


def test_a_statement_with_principals_shows_those() -> None:
    resource_policy = {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "NotAction": "s3:*", "NotResource": "a"}

    shown = content(denying=statement(resource_policy, PolicyType.RESOURCE))["matchedStatements"]["items"][0]

    assert shown["statementId"] == ""
    assert shown["principals"] == {"items": [{"value": "*"}]}
    assert shown["actions"] == {"items": [{"value": "s3:*"}]}
    assert shown["resources"] == {"items": [{"value": "a"}]}


def test_a_policy_that_cannot_be_read_shows_nothing_but_that_it_denies() -> None:
    shown = content(denying=statement("{"))["matchedStatements"]["items"]

    assert shown == [{"statementId": "", "effect": "DENY"}]


def test_a_principal_that_is_no_user_has_no_name() -> None:
    assert content(name=None)["context"]["principal"] == {"id": "AIDAANA", "arn": ANA.arn}


def test_another_accounts_policy_and_tags_are_not_in_it() -> None:
    keys = {"aws:username": "ana", "aws:resourcetag/team": "secret", "sts:resourcetag/team": "secret"}
    asked = request(resource_account="999999999999", keys=keys)

    made = content(asked, statement())

    assert made["matchedStatements"] == {"items": []}
    assert "secret" not in json.dumps(made)
    assert [item["key"] for item in made["context"]["conditions"]["items"]] == ["aws:username"]


# Who opens it


def test_it_names_its_request_in_clear() -> None:
    message = sealed(content())

    raw = base64.urlsafe_b64decode(message + "=" * (-len(message) % 4))
    assert raw[1:17].hex() == REQUEST_ID.replace("-", "")


def test_nothing_else_of_it_is_in_clear() -> None:
    raw = base64.urlsafe_b64decode(sealed(content()) + "==")

    for text in (b"ana", b"allowed", b"session", ACCOUNT.encode()):
        assert text not in raw


def test_another_account_does_not_open_it() -> None:
    with pytest.raises(InvalidMessage):
        opened(sealed(content()), "999999999999")


def test_another_installation_does_not_open_it() -> None:
    with pytest.raises(InvalidMessage):
        AuthorizationMessages(Secret(b"o" * 32)).open(ACCOUNT, sealed(content()))


@pytest.mark.parametrize("place", range(0, 200, 7))
def test_one_changed_character_closes_it(place: int) -> None:
    message = sealed(content())
    other = "A" if message[place] != "A" else "B"

    with pytest.raises(InvalidMessage):
        opened(message[:place] + other + message[place + 1 :])


def test_the_id_of_another_request_closes_it() -> None:
    message = sealed(content())
    raw = bytearray(base64.urlsafe_b64decode(message + "=" * (-len(message) % 4)))
    raw[16] ^= 1

    with pytest.raises(InvalidMessage):
        opened(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text[:-4],
        lambda text: text + "A",
        lambda text: text + "AAAA",
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: text[:80] + "\n" + text[80:],
        lambda text: " " + text,
        lambda text: text[:60] + "é" + text[61:],
        lambda text: text[:20],
        lambda text: "A",
        lambda text: "",
    ],
)
def test_what_was_cut_or_added_to_closes_it(change: Any) -> None:
    with pytest.raises(InvalidMessage):
        opened(change(sealed(content())))


def test_the_same_bytes_in_another_spelling_are_refused() -> None:
    messages_made = [sealed(content(request(keys={"aws:useragent": "x" * size}))) for size in (0, 256)]
    # The last character of one that fills its last group only in part carries bits that mean nothing.
    message = next(made for made in messages_made if len(made) % 4)
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    last = letters[letters.index(message[-1]) + 1]

    with pytest.raises(InvalidMessage):
        opened(message[:-1] + last)


# How long it is


def noise(size: int, seed: int = 0) -> str:
    """Text that does not compress; each seed gives another."""
    return "".join(random.Random(seed).choices([chr(code) for code in range(0x4E00, 0x9FFF)], k=size))


@pytest.mark.parametrize("size", [1, 1000, 2500, 3000, 10_000, 20_000])
def test_it_always_fits_and_says_what_it_left_out(size: int) -> None:
    noisy = {**STATEMENT, "Resource": [f"arn:aws:bailiwick:::{noise(size)}"]}
    asked = request(keys={"aws:username": "ana", "aws:useragent": noise(size, 1)})

    message = sealed(content(asked, statement(noisy)))

    assert len(message) <= LONGEST
    found = opened(message)
    assert found["requestId"] == REQUEST_ID
    assert found["matchedStatements"]["items"][0]["statementId"] == "NoEnding"
    is_whole = found == json.loads(json.dumps(content(asked, statement(noisy))))
    assert is_whole is ("isShortened" not in found)
    assert is_whole is (size <= 1000)


def test_conditions_are_what_is_left_out_last() -> None:
    long_statement = statement({**STATEMENT, "Resource": [f"arn:aws:bailiwick:::{noise(20_000)}"]})

    found = opened(sealed(content(denying=long_statement)))

    assert found["isShortened"] is True
    assert found["matchedStatements"]["items"] == [{"statementId": "NoEnding", "effect": "DENY"}]
    assert found["context"] == content()["context"]


def test_long_names_are_cut_only_when_nothing_else_helps() -> None:
    asked = request(
        resource=noise(9000),
        keys={"aws:useragent": noise(9000, 1)},
        principal=Principal(ANA.kind, ACCOUNT, noise(9000, 2)),
    )

    found = opened(sealed(content(asked, user_id=noise(9000, 3))))

    assert found["context"]["conditions"] == {"items": []}
    assert found["context"]["resource"] == noise(9000)[:512]


def test_what_compresses_well_is_no_shorter_than_what_does_not() -> None:
    # Else the caller, whose own words are in it, could find out what the rest says by trying.
    lengths = {
        len(sealed(content(request(keys={"aws:username": "ana", "aws:useragent": agent}))))
        for agent in ("a" * 9000, noise(9000), noise(2500), "ab" * 6000)
    }

    assert lengths == {LONGEST}


@given(st.integers(0, 6000))
def test_the_length_tells_the_size_in_coarse_steps(size: int) -> None:
    length = len(sealed(content(request(keys={"aws:useragent": "x" * size}))))
    shortest = len(sealed(content(request(keys={"aws:useragent": "x" * (size - size % 256)}))))

    assert length - shortest in (0, 341, 342)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=3000), max_size=12))
def test_every_message_fits_and_opens(keys: dict[str, str]) -> None:
    message = sealed(content(request(keys=keys)))

    assert len(message) <= LONGEST
    assert opened(message)["context"]["action"] == "bailiwick:EndSession"
