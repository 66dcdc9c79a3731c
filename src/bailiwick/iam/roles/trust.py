"""Trust policies on their way into the store and out of it: ARNs become unique ids, and ids ARNs again.

A user or role is kept by its unique id, so that another one made later under the same name is not trusted; so is a
role session, as `AROA…:name`. While it lives, replies show its ARN; when it is gone, they show the id, and the text
can no longer be saved as it is.
Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from bailiwick import policy as language
from bailiwick.access.call import Call
from bailiwick.iam import documents, names
from bailiwick.iam.errors import LimitExceeded, MalformedPolicyDocument
from bailiwick.store.transaction import Transaction

_ACCOUNT = re.compile(r"[0-9]{12}|arn:aws:iam::([0-9]{12}):root")
_USER_OR_ROLE = re.compile(r"arn:aws:iam::([0-9]{12}):(user|role)(/(?:[!-~]+/)?)([A-Za-z0-9_+=,.@-]+)")
_ROLE_SESSION = re.compile(r"arn:aws:sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]+)/([A-Za-z0-9_+=,.@-]{2,64})")
_FEDERATED_USER = re.compile(r"arn:aws:sts::([0-9]{12}):federated-user/[A-Za-z0-9_+=,.@-]{2,32}")
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA)[A-Z0-9]{12,124}")
_SESSION_ID = re.compile(r"(AROA[A-Z0-9]{12,124}):([A-Za-z0-9_+=,.@-]{2,64})")


class _Named:
    """What the AWS principals of one or more documents name, sorted by how it is looked up."""

    def __init__(self, values: Iterable[str]) -> None:
        self.accounts: set[str] = set()
        self.entities: dict[str, set[tuple[str, str]]] = {"user": set(), "role": set()}  # by kind: account, name
        self.unique_ids: set[str] = set()
        for value in values:
            self._add(value)

    def _add(self, value: str) -> None:
        if _ACCOUNT.fullmatch(value):
            self.accounts.add(_account_in(value))
        elif entity := _USER_OR_ROLE.fullmatch(value):
            self.entities[entity[2]].add((entity[1], entity[4]))
        elif session := _ROLE_SESSION.fullmatch(value):
            self.entities["role"].add((session[1], session[2]))
        elif federated := _FEDERATED_USER.fullmatch(value):
            self.accounts.add(federated[1])
        elif _UNIQUE_ID.fullmatch(value):
            self.unique_ids.add(value)


async def checked(call: Call, tx: Transaction, text: str) -> str:
    """The text of a trust policy as it is stored, from the text as it was given.

    Raises:
        MalformedPolicyDocument: it is not a trust policy, or a principal does not exist or cannot be one.
        LimitExceeded: it is larger than the account's quota, white space not counted.
    """
    document = documents.check(text, language.PolicyType.TRUST)
    limit = await call.access.quota(tx, call.account, "ACLSizePerRole")
    if language.size(text) > limit:
        raise LimitExceeded.quota("ACLSizePerRole", limit)
    named = [element for element in language.principals(document) if element.kind == "AWS"]
    stored = await _stored_forms(tx, [element.value for element in named])
    for element in named:
        if element.value not in stored:
            place = documents.place_details(text, element.place)
            raise MalformedPolicyDocument.invalid_principal("AWS", element.value, place)
    return language.map_aws_principals(text, stored.__getitem__)


async def shown(tx: Transaction, text: str) -> str:
    """The text of a stored trust policy as replies show it, before it is percent-encoded."""
    return (await shown_many(tx, [text]))[0]


async def shown_many(tx: Transaction, texts: Sequence[str]) -> list[str]:
    """The texts of stored trust policies (of a page of roles) as replies show them; one look-up for all of them."""
    unique_ids: set[str] = set()

    def collect(value: str) -> str:
        if _UNIQUE_ID.fullmatch(value):
            unique_ids.add(value)
        elif session := _SESSION_ID.fullmatch(value):
            unique_ids.add(session[1])
        return value

    naming_ids = [bool(re.search(_UNIQUE_ID, text)) for text in texts]
    for text, names_an_id in zip(texts, naming_ids, strict=True):
        if names_an_id:
            language.map_aws_principals(text, collect)
    arns = await _arns_of(tx, unique_ids)
    if not arns:
        return list(texts)

    def show(value: str) -> str:
        session = _SESSION_ID.fullmatch(value)
        if session is None:
            return arns.get(value, value)
        return _session_arn(arns[session[1]], session[2]) if session[1] in arns else value

    return [
        language.map_aws_principals(text, show) if names_an_id else text
        for text, names_an_id in zip(texts, naming_ids, strict=True)
    ]


async def _stored_forms(tx: Transaction, values: Sequence[str]) -> Mapping[str, str]:
    """How each AWS principal is stored; one that does not exist, or cannot be one, is left out."""
    named = _Named(values)
    accounts = await _existing_accounts(tx, named.accounts)
    entities = {kind: await _entities(tx, kind, wanted) for kind, wanted in named.entities.items()}
    living = await _arns_of(tx, named.unique_ids)
    forms: dict[str, str] = {}
    for value in values:
        if value == "*" or value in living:
            forms[value] = value
        elif _ACCOUNT.fullmatch(value):
            if _account_in(value) in accounts:
                forms[value] = f"arn:aws:iam::{_account_in(value)}:root"
        elif entity := _USER_OR_ROLE.fullmatch(value):
            path_and_id = entities[entity[2]].get((entity[1], entity[4]))
            if path_and_id is not None and path_and_id[0] == entity[3]:
                forms[value] = path_and_id[1]
        elif session := _ROLE_SESSION.fullmatch(value):
            if path_and_id := entities["role"].get((session[1], session[2])):
                forms[value] = f"{path_and_id[1]}:{session[3]}"
        elif (federated := _FEDERATED_USER.fullmatch(value)) and federated[1] in accounts:
            forms[value] = value
    return forms


def _session_arn(role_arn: str, session_name: str) -> str:
    """The ARN of a role's session, from the role's own: it has the role's name but not its path."""
    account, role = role_arn.split(":", 5)[4:]
    return f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{session_name}"


def _account_in(value: str) -> str:
    return value if ":" not in value else value.split(":")[4]


async def _existing_accounts(tx: Transaction, accounts: set[str]) -> set[str]:
    if not accounts:
        return set()
    select = "SELECT account_id FROM accounts WHERE account_id IN ("
    rows = await tx.all(select + ", ".join("?" * len(accounts)) + ")", *sorted(accounts))
    return {str(row[0]) for row in rows}


async def _entities(
    tx: Transaction, kind: str, wanted: set[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Path and unique id of users or roles, by account and exactly spelled name."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for account in sorted({account for account, _ in wanted}):
        keys = sorted({names.folded(name) for owner, name in wanted if owner == account})
        select = f"SELECT name, path, {kind}_id FROM {kind}s WHERE account_id = ? AND name_key IN ("
        rows = await tx.all(select + ", ".join("?" * len(keys)) + ")", account, *keys)
        found |= {(account, str(name)): (str(path), str(unique_id)) for name, path, unique_id in rows}
    return found


async def _arns_of(tx: Transaction, unique_ids: Iterable[str]) -> Mapping[str, str]:
    """The ARNs of the users and roles that live, by unique id; of any account."""
    found: dict[str, str] = {}
    for kind, prefix in (("user", "AIDA"), ("role", "AROA")):
        wanted = sorted(unique_id for unique_id in unique_ids if unique_id.startswith(prefix))
        if wanted:
            select = f"SELECT {kind}_id, account_id, path, name FROM {kind}s WHERE {kind}_id IN ("
            for unique_id, account, path, name in await tx.all(select + ", ".join("?" * len(wanted)) + ")", *wanted):
                found[str(unique_id)] = names.arn_of(str(account), kind, str(path), str(name))
    return found
