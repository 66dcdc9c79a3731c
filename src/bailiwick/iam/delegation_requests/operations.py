"""Making delegation requests, and reading them. What becomes of them is in `delegation_requests.lifecycle`."""

import base64
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import policies
from bailiwick.iam.delegation_requests import permission_check, summary, templates
from bailiwick.iam.delegation_requests.asked import boundaries_of
from bailiwick.iam.delegation_requests.record import (
    OWNER_KEY,
    SELECT,
    UNASSIGNED_MS,
    DelegationRequest,
    State,
    arn_of,
    requestor_names,
    require,
    target,
)
from bailiwick.iam.errors import EntityAlreadyExists, InvalidInput, LimitExceeded
from bailiwick.iam.policies import versions
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction

_MOST_REQUESTS: Final = 1000
"""How many requests an account may have made that are not forgotten."""

_TEMPLATE_KEY: Final = "iam:TemplateArn"
_TOPIC: Final = re.compile(r"arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):delegation-request/([A-Za-z0-9_-]{16,128})")
_ENGLISH: Final = re.compile(r"en([-_][A-Za-z]{2})?")


def _template_arn(call: Call) -> str:
    """The ARN of the policy template in the call.

    Raises:
        InvalidInput: there is none; that tells nothing of what exists.
    """
    permissions = call.parameters["Permissions"]
    arn = permissions.get("PolicyTemplateArn") if isinstance(permissions, Mapping) else None
    if not isinstance(arn, str):
        raise InvalidInput("The permissions must name a policy template.")
    return arn


@acts_on("delegation-request*")
async def _new_request_target(call: Call, tx: Transaction) -> Target:
    return Target(arn_of(call.account, "*"), keys={_TEMPLATE_KEY: _template_arn(call)})


@acts_on("delegation-request*")
async def _read_target(call: Call, tx: Transaction) -> Target:
    return await target(call, tx, call["DelegationRequestId"], granting=True)


@acts_on("delegation-request*")
async def _summary_target(call: Call, tx: Transaction) -> Target:
    return await target(call, tx, _request_id(call), granting=True)


def _request_id(call: Call) -> str:
    """The id in the ARN of the entity that a summary is asked of; one of another account is not found.

    Raises:
        InvalidInput: it is not the ARN of a delegation request.
    """
    parts = _ARN.fullmatch(call["EntityArn"])
    if parts is None:
        raise InvalidInput.arn(call["EntityArn"])
    return parts[2] if parts[1] == call.account else "-"


@operation(
    iam,
    "CreateDelegationRequest",
    resource=_new_request_target,
    keys={"iam:DelegationDuration": "SessionDuration", "iam:NotificationChannel": "NotificationChannel"},
    target_keys=[_TEMPLATE_KEY],
)
async def create_delegation_request(call: Call, tx: Transaction) -> dict[str, object]:
    """Ask another account, or whoever takes the request, for a while's access.

    At AWS only partners may; here whoever is allowed to. The template is a managed policy: see `templates`.

    Raises:
        InvalidInput: the template is not there, its parameters do not fit it, or the channel is no topic of SNS.
        EntityAlreadyExists: the account has made a request of that workflow id.
        LimitExceeded: it has made too many.

    Source: IAM API Reference, CreateDelegationRequest.
    """
    if _TOPIC.fullmatch(call["NotificationChannel"]) is None:
        raise InvalidInput("The notification channel must be the ARN of a topic of Amazon SNS.")
    permissions = call.parameters["Permissions"]
    assert isinstance(permissions, Mapping), "permissions are a structure"
    given = permissions.get("Parameters", [])
    assert isinstance(given, list), "parameters are a list"
    text = await _rendered(call, tx, _template_arn(call), given)
    row = await tx.one("SELECT COUNT(*) FROM delegation_requests WHERE requestor_account = ?", call.account)
    if row is not None and int(row[0] or 0) >= _MOST_REQUESTS:
        raise LimitExceeded.quota("DelegationRequestsPerAccount", _MOST_REQUESTS)
    if await tx.one(
        "SELECT 1 FROM delegation_requests WHERE requestor_account = ? AND workflow_id = ?",
        call.account,
        call["RequestorWorkflowId"],
    ):
        raise EntityAlreadyExists.workflow(call["RequestorWorkflowId"])
    request_id = str(uuid.UUID(bytes=call.random_bytes(16), version=4))
    await tx.run(
        "INSERT INTO delegation_requests (request_id, requestor_account, workflow_id, owner_account, state,"
        " description, message, template_arn, parameters, policy, redirect_url, notification_channel, session_seconds,"
        " only_sent_by_owner, created_at, updated_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        request_id,
        call.account,
        call["RequestorWorkflowId"],
        call.get("OwnerAccountId"),
        State.UNASSIGNED.value,
        call["Description"],
        call.get("RequestMessage"),
        _template_arn(call),
        json.dumps(given),
        text,
        call.get("RedirectUrl"),
        call["NotificationChannel"],
        call.integer("SessionDuration"),
        int(bool(call.flag("OnlySendByOwner"))),
        call.now_ms,
        call.now_ms,
        call.now_ms + UNASSIGNED_MS,
    )
    return {"ConsoleDeepLink": _deep_link(call, request_id), "DelegationRequestId": request_id}


@operation(iam, "GetDelegationRequest", resource=_read_target, target_keys=[OWNER_KEY], reads=True)
async def get_delegation_request(call: Call, tx: Transaction) -> dict[str, object]:
    """A request, and on demand whether the caller has the permissions that it asks for.

    Raises:
        NoSuchEntity: no such request, or another account is asked.

    Source: IAM API Reference, GetDelegationRequest.
    """
    request = await require(tx, call.account, call["DelegationRequestId"])
    (shown,) = await _shown(call, tx, [request])
    output: dict[str, object] = {"DelegationRequest": shown}
    if call.flag("DelegationPermissionCheck"):
        output["PermissionCheckStatus"] = "COMPLETE"
        output["PermissionCheckResult"] = (await permission_check.check(call, tx, request.policy)).value
    return output


@operation(iam, "ListDelegationRequests", keys={OWNER_KEY: "OwnerId"}, reads=True)
async def list_delegation_requests(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the requests that the account's principals took, or one of them did, in the order they were made.

    Source: IAM API Reference, ListDelegationRequests.
    """
    owner = call.get("OwnerId")
    narrowed, values = ("", []) if owner is None else (" AND owner_arn = ?", [owner])

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[DelegationRequest]:
        created_at, request_id = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            SELECT + " WHERE owner_account = ? AND owner_arn IS NOT NULL" + narrowed + " AND"
            " (created_at, request_id) > (?, ?) ORDER BY created_at, request_id LIMIT ?",
            call.account,
            *values,
            created_at,
            request_id,
            limit,
        )
        return [DelegationRequest.of_row(row) for row in rows]

    found = await page(call, fetch, lambda each: (str(each.created_at), each.request_id), filter_by=[owner])
    # The model spells this one member unlike every other list's.
    rest = {"isTruncated" if member == "IsTruncated" else member: value for member, value in found.output.items()}
    return {"DelegationRequests": await _shown(call, tx, found.items), **rest}


@operation(iam, "GetHumanReadableSummary", resource=_summary_target, target_keys=[OWNER_KEY], reads=True)
async def get_human_readable_summary(call: Call, tx: Transaction) -> dict[str, object]:
    """What a delegation request asks for, in words; in English only.

    Raises:
        InvalidInput: it is not the ARN of a delegation request.
        NoSuchEntity: no such request, or another account is asked.

    Source: IAM API Reference, GetHumanReadableSummary.
    """
    request = await require(tx, call.account, _request_id(call))
    locale = call.get("Locale") or "en"
    if _ENGLISH.fullmatch(locale) is None:
        return {"Locale": locale, "SummaryState": "NOT_SUPPORTED"}
    names = await requestor_names(tx, {request.requestor_account})
    words = summary.of(request, names.get(request.requestor_account))
    return {"SummaryContent": words, "Locale": locale, "SummaryState": "AVAILABLE"}


async def _shown(call: Call, tx: Transaction, requests: Sequence[DelegationRequest]) -> list[dict[str, object]]:
    names = await requestor_names(tx, {request.requestor_account for request in requests})
    shown = []
    for request in requests:
        output = request.as_output(call.now_ms, names.get(request.requestor_account))
        if boundaries := boundaries_of(request.policy):
            output["RolePermissionRestrictionArns"] = boundaries
        shown.append(output)
    return shown


async def _rendered(call: Call, tx: Transaction, arn: str, given: Sequence[Mapping[str, object]]) -> str:
    """The policy that the template gives.

    Raises:
        InvalidInput: there is no such template, or the parameters do not fit it.
    """
    template = await policies.find(tx, call.account, arn)
    if template is None:
        raise InvalidInput(f"The policy template {arn} cannot be found.")
    version = await versions.require_version(tx, template, template.default_version)
    return templates.rendered(version.document, templates.parameters_of(given))


def _deep_link(call: Call, request_id: str) -> str:
    """Where the console shows the request. The seal tells it that the link was made here, for this request."""
    seal = call.access.seal("delegation_requests", request_id, "deep_link", request_id.encode("ascii"))
    text = base64.urlsafe_b64encode(seal).decode("ascii").rstrip("=")
    return f"{call.access.public_url}/console/delegation-requests/{request_id}?seal={text}"
