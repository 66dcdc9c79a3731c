"""Encoded authorization messages: what they hold, who opens them, and how long they are."""

import base64
import json
import os
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.access.authorization_messages import (
    LENGTH,
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


def test_the_same_bytes_in_another_alphabet_are_refused() -> None:
    message = sealed(content())
    other = message.replace("-", "+").replace("_", "/")
    assert other != message, "4,096 characters without either do not happen"

    with pytest.raises(InvalidMessage):
        opened(other)


# How long it is


def noise(size: int, seed: int = 0) -> str:
    """Text that does not compress; each seed gives another."""
    return "".join(random.Random(seed).choices([chr(code) for code in range(0x4E00, 0x9FFF)], k=size))


@pytest.mark.parametrize("size", [1, 300, 1000, 3000, 10_000, 20_000])
def test_every_message_has_one_length_and_says_what_it_left_out(size: int) -> None:
    # Else the denied caller could tell whether there is what it asked for and, as some of the words are its own, find
    # out what the others are by how well all of them compress.
    noisy = statement({**STATEMENT, "Resource": [f"arn:aws:bailiwick:::{noise(size)}"]})
    asked = request(keys={"aws:username": "ana", "aws:useragent": noise(size, 1)})

    message = sealed(content(asked, noisy))

    assert len(message) == LENGTH
    found = opened(message)
    assert found["requestId"] == REQUEST_ID
    assert found["matchedStatements"]["items"][0]["statementId"] == "NoEnding"
    assert {"key": "aws:username", "values": {"items": [{"value": "ana"}]}} in found["context"]["conditions"]["items"]
    is_whole = found == content(asked, noisy)
    assert is_whole is ("isShortened" not in found)
    assert is_whole is (size <= 300)


def test_conditions_are_what_is_left_out_last() -> None:
    long_statement = statement({**STATEMENT, "Resource": [f"arn:aws:bailiwick:::{noise(20_000)}"]})

    found = opened(sealed(content(denying=long_statement)))

    assert found["isShortened"] is True
    assert found["matchedStatements"]["items"] == [{"statementId": "NoEnding", "effect": "DENY"}]
    assert found["context"] == content()["context"]


def test_of_conditions_the_largest_are_left_out_first() -> None:
    keys: dict[str, str] = {f"aws:principaltag/{number:02}": noise(40 * number, number) for number in range(1, 30)}

    found = opened(sealed(content(request(keys=keys))))

    kept = [item["key"] for item in found["context"]["conditions"]["items"]]
    assert kept == [f"aws:PrincipalTag/{number:02}" for number in range(1, len(kept) + 1)]
    assert 0 < len(kept) < 29
    assert found["isShortened"] is True


def test_long_names_are_cut_only_when_nothing_else_helps() -> None:
    principal = Principal(PrincipalKind.USER, ACCOUNT, noise(9000, 2))
    asked = request(resource=noise(9000), keys={"aws:useragent": noise(9000, 1)}, principal=principal)

    found = opened(sealed(content(asked, user_id=noise(9000, 3))))

    assert found["context"]["conditions"] == {"items": []}
    assert found["context"]["resource"] == noise(9000)[:100]
    assert found["isShortened"] is True


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=3000), max_size=12), st.text(max_size=3000))
def test_every_message_has_that_length_and_opens(keys: dict[str, str], resource: str) -> None:
    message = sealed(content(request(keys=keys, resource=resource)))

    assert len(message) == LENGTH
    assert opened(message)["context"]["action"] == "bailiwick:EndSession"
