"""The operations that ask for a report of what was last accessed, and read it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.analyzer import Granting, HeldPolicy, name_of
from bailiwick.iam.last_accessed import activity, reports, subjects
from bailiwick.iam.last_accessed.activity import Access, Principal, Tried
from bailiwick.iam.last_accessed.reports import Granted, Report
from bailiwick.iam.last_accessed.subjects import Subject
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import operation
from bailiwick.policy import CompiledPolicy, PolicySource, PolicyType, compile_policy
from bailiwick.store.transaction import Transaction

_OF_ACTIONS = "ACTION_LEVEL"

_REPORTED_MS = timedelta(days=400) // timedelta(milliseconds=1)
"""The reporting period: what was last tried before it counts as never tried (IAM User Guide, "Refine permissions in AWS
using last accessed information")."""


@dataclass(frozen=True, slots=True)
class _LookedUp:
    subject: Subject
    policies: Sequence[HeldPolicy]
    tried: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Prepared:
    subject: Subject
    granted: Granted


async def _look_up(call: Call, tx: Transaction) -> _LookedUp:
    subject, policies = await subjects.require(call, tx)
    return _LookedUp(subject, policies, await activity.services_of(tx, subject, _since(call)))


async def _prepare(call: Call) -> _Prepared:
    """What the policies grant, found out beside the event loop: there may be many policies and thousands of actions."""
    found = call.prepared
    assert isinstance(found, _LookedUp), "the subject was looked up"
    with_actions = call.get("Granularity") == _OF_ACTIONS

    def work() -> Granted:
        granting = Granting(map(compiled_policy, found.policies))
        services = granting.services(found.tried)
        return {each: granting.actions(each) if with_actions else () for each in services}

    return _Prepared(found.subject, await call.access.reporting.run(work))


def compiled_policy(held: HeldPolicy) -> CompiledPolicy:
    """A held policy, compiled; one that cannot be read grants nothing."""
    policy_type = PolicyType.INLINE if held.arn is None else PolicyType.MANAGED
    return compile_policy(held.text, PolicySource(policy_type, held.name, held.arn))


@operation(
    iam,
    "GenerateServiceLastAccessedDetails",
    resource=subjects.subject_target,
    look_up=_look_up,
    prepare=_prepare,
)
async def generate_service_last_accessed_details(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a report of the services that a user's, group's, role's or policy's permissions allow.

    It is complete at once. Read later, it shows what was last tried by then.

    Raises:
        InvalidInput: Arn is the ARN of none of these.
        NoSuchEntity: there is none with this ARN.

    Source: IAM API Reference, GenerateServiceLastAccessedDetails.
    """
    prepared = call.prepared
    assert isinstance(prepared, _Prepared), "the report was prepared"
    job_id = str(uuid.UUID(bytes=call.random_bytes(16), version=4))
    granularity = call.get("Granularity") or "SERVICE_LEVEL"
    await reports.keep(tx, call.caller, Report(job_id, prepared.subject, granularity, prepared.granted, call.now_ms))
    return {"JobId": job_id}


@operation(iam, "GetServiceLastAccessedDetails", reads=True)
async def get_service_last_accessed_details(call: Call, tx: Transaction) -> dict[str, object]:
    """A page of a report's services, by namespace, each with its last try.

    Raises:
        NoSuchEntity: the caller has no such report.

    Source: IAM API Reference, GetServiceLastAccessedDetails.
    """
    report = await reports.require(call, tx)
    services = sorted(report.granted)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[str]:
        return [each for each in services if after is None or each > after[0]][:limit]

    found = await page(call, fetch, lambda each: (each,), filter_by=[report.job_id])
    tried = await activity.by_service(tx, report.subject, _since(call))
    of_actions: Mapping[tuple[str, str], Access] = {}
    if report.granularity == _OF_ACTIONS:
        of_actions = await activity.by_action(tx, report.subject, _since(call))
    shown_services = set(found.items)
    last = [each.last for service, each in tried.items() if service in shown_services]
    last += [each for (service, _), each in of_actions.items() if service in shown_services]
    ids = {access.principal_id for access in last}
    entities = await activity.principals(tx, call.account, sorted(ids))
    output = []
    for service in found.items:
        shown = _service(service, tried.get(service), entities)
        if report.granularity == _OF_ACTIONS:
            shown["TrackedActionsLastAccessed"] = [
                _action(action, of_actions.get((service, action)), entities) for action in report.granted[service]
            ]
        output.append(shown)
    return {**_status(report), "JobType": report.granularity, "ServicesLastAccessed": output, **found.output}


@operation(iam, "GetServiceLastAccessedDetailsWithEntities", reads=True)
async def get_service_last_accessed_details_with_entities(call: Call, tx: Transaction) -> dict[str, object]:
    """A page of the users and roles that could have used the service by what a report is about, the newest try first.

    Raises:
        NoSuchEntity: the caller has no such report.

    Source: IAM API Reference, GetServiceLastAccessedDetailsWithEntities.
    """
    report = await reports.require(call, tx)
    service = call["ServiceNamespace"]

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[tuple[str, int]]:
        if service not in report.granted:
            return []
        place = None if after is None else (int(after[0]), after[1])
        return await activity.newest_first(tx, report.subject, service, _since(call), place, limit)

    found = await page(call, fetch, lambda each: (str(each[1]), each[0]), filter_by=[report.job_id, service])
    entities = await activity.principals(tx, call.account, [unique_id for unique_id, _ in found.items])
    details = [_entity(entities[unique_id], used_at) for unique_id, used_at in found.items if unique_id in entities]
    return {**_status(report), "EntityDetailsList": details, **found.output}


def _since(call: Call) -> int:
    return call.now_ms - _REPORTED_MS


def _status(report: Report) -> dict[str, object]:
    created = from_milliseconds(report.created_at)
    return {"JobStatus": "COMPLETED", "JobCreationDate": created, "JobCompletionDate": created}


def _service(service: str, tried: Tried | None, entities: Mapping[str, Principal]) -> dict[str, object]:
    shown: dict[str, object] = {
        "ServiceName": name_of(service),
        "ServiceNamespace": service,
        "TotalAuthenticatedEntities": 0 if tried is None else tried.principals,
    }
    if tried is not None and tried.last.principal_id in entities:
        shown["LastAuthenticated"] = from_milliseconds(tried.last.used_at)
        shown["LastAuthenticatedEntity"] = entities[tried.last.principal_id].arn
        shown["LastAuthenticatedRegion"] = tried.last.region
    return shown


def _action(action: str, last: Access | None, entities: Mapping[str, Principal]) -> dict[str, object]:
    shown: dict[str, object] = {"ActionName": action}
    if last is not None and last.principal_id in entities:
        shown["LastAccessedEntity"] = entities[last.principal_id].arn
        shown["LastAccessedTime"] = from_milliseconds(last.used_at)
        shown["LastAccessedRegion"] = last.region
    return shown


def _entity(entity: Principal, used_at: int) -> dict[str, object]:
    info = {
        "Arn": entity.arn,
        "Name": entity.name,
        "Type": entity.kind.upper(),
        "Id": entity.unique_id,
        "Path": entity.path,
    }
    return {"EntityInfo": info} | ({"LastAuthenticated": from_milliseconds(used_at)} if used_at else {})
