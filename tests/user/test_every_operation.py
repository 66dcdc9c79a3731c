"""What holds for every operation, whatever it does: who may call it, what it answers a wrong call, what is recorded.

`operation_calls` has a row for each implemented operation; a test compares it with the declared operations.
"""

import base64
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, ServiceModel

from bailiwick.access.call import Call
from bailiwick.changes import bailiwick
from bailiwick.iam import iam
from bailiwick.operations import Authorization, Operation, Operations
from bailiwick.store import Transaction
from bailiwick.sts import sts
from tests.user.accounts import Accounts
from tests.user.cli_in_process import run_filled
from tests.user.client import MODELS, Aws, Keys, User, keys_of
from tests.user.events import Events
from tests.user.operation_answers import BY_SESSIONS, REFUSED, REPEATED, UNSIGNED, WRONG
from tests.user.operation_calls import ADMINISTRATOR, CALLS, Parameters, Scene, set_up
from tests.user.server import Server

OPERATIONS: Mapping[str, Operation[Call, Transaction]] = {
    declared.action: declared
    for service in (iam, sts, bailiwick)
    for declared in map(service.find, sorted(service.names()))
    if declared is not None
}


def of_kind(*kinds: Authorization) -> list[str]:
    """The operations that are decided in one of these ways, for a caller who signs."""
    return [
        action for action, declared in OPERATIONS.items() if declared.authorization in kinds and action not in UNSIGNED
    ]


DECIDED = of_kind(Authorization.POLICIES, Authorization.HANDLER)
UNDECIDED = of_kind(Authorization.NONE)


@functools.cache
def model_of(service: str) -> ServiceModel:
    session = botocore.session.get_session()
    session.get_component("data_loader").search_paths.append(str(MODELS))
    return session.get_service_model(service)


def shape_of(action: str) -> OperationModel:
    """The operation in its service's model."""
    service, _, name = action.partition(":")
    return model_of(service).operation_model(name)


def call(scene: Scene, signer: Keys | User, action: str, parameters: Parameters, *, validates: bool = True) -> Any:
    """Make the call as the signer, by a session of its own where no key will do; returns boto3's output."""
    service, _, name = action.partition(":")
    client = scene.client(service, keys_of(signer), validates=validates, by_session=action in BY_SESSIONS)
    return getattr(client, xform_name(name))(**parameters)


def refusal(scene: Scene, signer: Keys | User, action: str, parameters: Parameters, *, validates: bool = True) -> Any:
    """Make the call and expect an error; returns boto3's response."""
    with pytest.raises(ClientError) as refused:
        call(scene, signer, action, parameters, validates=validates)
    return refused.value.response


@pytest.fixture(scope="module")
def events(server: Server) -> Iterator[Events]:
    """The audit events of this worker's server."""
    opened = Events(server.database_url)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="module")
def scene(server: Server, accounts: Accounts) -> Iterator[Scene]:
    """A scene that is only read: every call that would change it is refused."""
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    yield set_up(aws)
    for client in aws.clients:
        client.close()


@pytest.fixture
def own_scene(aws: Aws) -> Scene:
    """A scene of the test's own."""
    return set_up(aws)


@pytest.fixture(scope="module")
def nobody(scene: Scene) -> User:
    """A user to whom nothing is allowed."""
    return scene.aws.user("nobody")


@pytest.fixture(scope="module")
def denied(scene: Scene) -> User:
    """An administrator; the tests deny it one action at a time."""
    user = scene.aws.user("denied")
    scene.aws.admin("iam").attach_user_policy(UserName="denied", PolicyArn=ADMINISTRATOR)
    return user


def deny(scene: Scene, action: str) -> None:
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    scene.aws.admin("iam").put_user_policy(UserName="denied", PolicyName="deny", PolicyDocument=text)


def test_every_operation_has_its_row() -> None:
    assert CALLS.keys() == OPERATIONS.keys()
    assert WRONG.keys() == {action for action in OPERATIONS if not required(action)}


# Who may


def named_resource(action: str) -> str:
    """How a denial goes on after the action; AWS names no resource for this one operation of STS."""
    return "" if action == "sts:DecodeAuthorizationMessage" else " on resource: "


def plain_words(action: str, message: str) -> str:
    """A denial's message without the encoded one that our own service gives beside it."""
    if not action.startswith("bailiwick:"):
        return message
    found = re.fullmatch(
        r"You are not authorized to perform this operation\. (.*)\. Encoded authorization failure message: [\w-]+",
        message,
    )
    assert found is not None, message
    return found[1]


@pytest.mark.parametrize("action", DECIDED)
def test_who_is_allowed_nothing_is_denied_the_very_action(scene: Scene, nobody: User, action: str) -> None:
    error = refusal(scene, nobody, action, CALLS[action](scene))

    assert error["Error"]["Code"].removesuffix("Exception") == "AccessDenied"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    words = plain_words(action, error["Error"]["Message"])
    assert words.startswith(f"User: {nobody.arn} is not authorized to perform: {action}{named_resource(action)}")
    if OPERATIONS[action].authorization is Authorization.POLICIES:
        assert words.endswith(f" because no identity-based policy allows the {action} action")


@pytest.mark.parametrize("action", DECIDED)
def test_an_explicit_deny_wins_over_an_administrators_allow(scene: Scene, denied: User, action: str) -> None:
    deny(scene, action)

    error = refusal(scene, denied, action, CALLS[action](scene))

    assert error["Error"]["Code"].removesuffix("Exception") == "AccessDenied"
    words = plain_words(action, error["Error"]["Message"])
    assert f"is not authorized to perform: {action}{named_resource(action)}" in words
    if OPERATIONS[action].authorization is Authorization.POLICIES:
        assert words.endswith(" with an explicit deny in an identity-based policy")


@pytest.mark.parametrize("action", UNDECIDED)
def test_what_needs_no_permission_cannot_be_denied(scene: Scene, nobody: User, denied: User, action: str) -> None:
    deny(scene, "*")

    for user in (nobody, denied):
        call(scene, user, action, CALLS[action](scene))


# What a wrong call is answered


def required(action: str) -> list[str]:
    """The parameters that the model requires."""
    shape = shape_of(action).input_shape
    return [] if shape is None else list(shape.required_members)


@pytest.mark.parametrize("action", [action for action in OPERATIONS if required(action)])
def test_a_call_without_what_it_requires_is_told_what_is_missing(scene: Scene, nobody: User, action: str) -> None:
    for missing in required(action):
        parameters = {name: value for name, value in CALLS[action](scene).items() if name != missing}

        error = refusal(scene, nobody, action, parameters, validates=False)["Error"]

        assert error["Code"] == CODE_OF_WRONG[action.partition(":")[0]]
        value = f"Value null at '{missing[0].lower()}{missing[1:]}'"
        assert error["Message"] == (
            f"1 validation error detected: {value} failed to satisfy constraint: Member must not be null"
        )


@pytest.mark.parametrize("action", [action for action, wrong in WRONG.items() if wrong])
def test_a_wrong_parameter_is_told_as_such(scene: Scene, nobody: User, action: str) -> None:
    wrong = WRONG[action]
    assert wrong is not None

    error = refusal(scene, nobody, action, wrong, validates=False)

    assert error["Error"]["Code"] == CODE_OF_WRONG[action.partition(":")[0]]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


CODE_OF_WRONG = {"iam": "ValidationError", "sts": "ValidationError", "bailiwick": "ValidationException"}


def not_implemented(service: Operations[Call, Transaction]) -> list[str]:
    return [
        f"{service.service}:{name}" for name in model_of(service.service).operation_names if name not in service.names()
    ]


def test_every_operation_of_awss_models_is_implemented() -> None:
    assert not_implemented(iam) + not_implemented(sts) == []


def test_every_operation_of_our_own_model_is_implemented() -> None:
    assert not_implemented(bailiwick) == []


# What is recorded


@pytest.mark.parametrize("action", [action for action in OPERATIONS if action not in REFUSED.keys() | UNSIGNED])
def test_a_call_leaves_one_event_without_its_secrets_and_can_be_made_again(
    request: pytest.FixtureRequest, events: Events, action: str
) -> None:
    declared = OPERATIONS[action]
    scene: Scene = request.getfixturevalue("scene" if declared.is_read_only else "own_scene")
    aws, parameters = scene.aws, CALLS[action](scene)

    output = call(scene, aws.administrator, action, parameters)

    text = events.text_of(output["ResponseMetadata"]["RequestId"])
    event = json.loads(text)
    assert (event["eventSource"], event["eventName"]) == (f"{declared.service}.amazonaws.com", declared.name)
    assert event["userIdentity"]["arn"] == f"arn:aws:iam::{aws.account_id}:user/admin"
    assert event["recipientAccountId"] == aws.account_id
    assert event["readOnly"] is declared.is_read_only
    assert "errorCode" not in event
    told = event["requestParameters"] or {}
    plain = {name: value for name, value in texts(parameters).items() if name not in declared.secrets}
    assert {name: told[name[0].lower() + name[1:]] for name in plain} == plain
    if action in DECIDED:
        assert {decision["effect"] for decision in event["bailiwick"]["decisions"]} == {"Allow"}
        assert action in {decision["action"] for decision in event["bailiwick"]["decisions"]}
    hidden = [*secrets_in(output), *(parameters[name] for name in declared.secrets if name in parameters)]
    assert bool(hidden) == bool(declared.secrets)
    for secret in hidden:
        assert json.dumps(secret)[1:-1] not in text
    if not declared.is_read_only:
        expected = {REPEATED.get(action, "")}
        if action == "iam:DeleteServiceLinkedRole":
            expected.add("NoSuchEntity")  # once the task is done, which is in the background
        uses_cli = request.config.getoption("--store") == "sqlite"
        assert code_of(scene, action, parameters, uses_cli=uses_cli) in expected


def code_of(scene: Scene, action: str, parameters: Parameters, *, uses_cli: bool) -> str:
    """What the administrator's call is refused with, empty when it succeeds.

    Of IAM by the CLI, with its skeleton; with the second store, of which it knows nothing, as any other.
    """
    service, _, name = action.partition(":")
    if service == "iam" and uses_cli:
        return run_filled(name, parameters, scene.aws.endpoint, scene.aws.administrator).error
    try:
        call(scene, scene.aws.administrator, action, parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("action", REFUSED)
def test_a_call_that_is_allowed_but_cannot_be_done_leaves_an_event_that_says_why(
    scene: Scene, events: Events, action: str
) -> None:
    reply = refusal(scene, scene.aws.administrator, action, CALLS[action](scene))

    assert reply["Error"]["Code"] == REFUSED[action]
    event = events.of(reply["ResponseMetadata"]["RequestId"])
    assert event["errorCode"] == REFUSED[action]
    assert event["errorMessage"] == reply["Error"]["Message"]
    assert event["responseElements"] is None


def test_every_refusal_leaves_an_event_that_tells_of_it(scene: Scene, nobody: User, events: Events) -> None:
    requests = {
        refusal(scene, nobody, action, CALLS[action](scene))["ResponseMetadata"]["RequestId"]: action
        for action in DECIDED
    }

    for request_id, action in requests.items():
        event = events.of(request_id)
        assert f"{event['eventSource'].partition('.')[0]}:{event['eventName']}" == action
        assert event["userIdentity"]["arn"] == nobody.arn
        assert event["errorCode"] == "AccessDenied"
        assert action in event["errorMessage"]
        assert event["responseElements"] is None
        assert event["bailiwick"]["decisions"][-1]["effect"] == "Deny"


def texts(parameters: Parameters) -> dict[str, str]:
    """The parameters that are plain text."""
    return {name: value for name, value in parameters.items() if isinstance(value, str)}


SECRET_MEMBERS = {
    "Base32StringSeed",
    "QRCodePNG",
    "SecretAccessKey",
    "ServiceCredentialSecret",
    "ServicePassword",
    "SessionToken",
    "WebIdentityToken",
}


def secrets_in(output: object) -> Iterator[str]:
    """The secrets in an output, wherever they stand."""
    if isinstance(output, dict):
        for name, value in output.items():
            if name in SECRET_MEMBERS:
                yield from texts_of(value)
            else:
                yield from secrets_in(value)


def texts_of(secret: str | bytes) -> Iterator[str]:
    """A secret as it could be written; boto3 gives bytes for what is base64 in the reply."""
    if isinstance(secret, str):
        yield secret
    else:
        yield base64.b64encode(secret).decode("ascii")
        yield secret.decode("latin-1")
