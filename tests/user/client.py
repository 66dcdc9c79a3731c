"""What tests act with: an account of its own, its principals, and boto3 clients for each of them."""

import functools
import http.client
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.user.accounts import Accounts

MODELS = Path(__file__).parents[2] / "src" / "bailiwick" / "models"
REGION = "us-east-1"

_CONFIG = Config(
    retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=60, max_pool_connections=20
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The credentials of a principal."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


@dataclass(frozen=True)
class User:
    """An IAM user with an access key."""

    aws: "Aws"
    name: str
    arn: str
    user_id: str
    access_key_id: str
    secret_access_key: str

    def client(self, service: str) -> Any:
        """A boto3 client that acts as this user."""
        return self.aws.client(service, self)


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role."""

    name: str
    arn: str
    role_id: str


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group."""

    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class RawReply:
    """A reply as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")


Signer = Keys | User | Mapping[str, str]
"""Who signs: `Keys`, a `User`, or what CreateAccessKey or AssumeRole answered."""


@dataclass
class Aws:
    """One isolated account, seen through one server."""

    endpoint: str
    account_id: str
    administrator: Keys
    accounts: Accounts
    clients: list[Any] = field(default_factory=list)

    def client(self, service: str, signer: Signer | None, *, validates: bool = True) -> Any:
        """A boto3 client of `iam`, `sts` or `bailiwick`, without retries.

        Without a signer it does not sign at all; without validation it sends what boto3 itself would refuse.
        """
        keys = keys_of(signer) if signer is not None else None
        config = _CONFIG if keys else _CONFIG.merge(Config(signature_version=_unsigned()))
        config = config.merge(Config(parameter_validation=validates))
        client = _session().client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys.access_key_id if keys else None,
            aws_secret_access_key=keys.secret_access_key if keys else None,
            aws_session_token=keys.session_token if keys else None,
            config=config,
        )
        self.clients.append(client)
        return client

    def admin(self, service: str) -> Any:
        """A boto3 client that acts as the account's administrator."""
        return self.client(service, self.administrator)

    def user(
        self,
        name: str,
        *,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        policy: Mapping[str, object] | None = None,
        path: str = "/",
        tags: Mapping[str, str] | None = None,
    ) -> User:
        """A new user with an access key, and an inline policy when something is allowed or denied."""
        iam = self._iam
        given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        user = iam.create_user(UserName=name, Path=path, Tags=given)["User"]
        for number, document in enumerate(_documents(allow, deny, policy)):
            iam.put_user_policy(UserName=name, PolicyName=f"given-{number}", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return User(self, name, user["Arn"], user["UserId"], key["AccessKeyId"], key["SecretAccessKey"])

    def group(
        self,
        name: str,
        *,
        members: Iterable[User] = (),
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        policy: Mapping[str, object] | None = None,
        path: str = "/",
    ) -> Group:
        """A new group with its members, and an inline policy when something is allowed or denied."""
        iam = self._iam
        group = iam.create_group(GroupName=name, Path=path)["Group"]
        for number, document in enumerate(_documents(allow, deny, policy)):
            iam.put_group_policy(GroupName=name, PolicyName=f"given-{number}", PolicyDocument=document)
        for member in members:
            iam.add_user_to_group(GroupName=name, UserName=member.name)
        return Group(name, group["Arn"])

    def role(
        self,
        name: str,
        *,
        trust: Mapping[str, object] | str | User,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        policy: Mapping[str, object] | None = None,
        path: str = "/",
        max_session: int = 3600,
        tags: Mapping[str, str] | None = None,
    ) -> Role:
        """A new role. `trust` is a whole trust policy, or the one principal that may assume it."""
        iam = self._iam
        given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        role = iam.create_role(
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=json.dumps(_trust(trust)),
            MaxSessionDuration=max_session,
            Tags=given,
        )["Role"]
        for number, document in enumerate(_documents(allow, deny, policy)):
            iam.put_role_policy(RoleName=name, PolicyName=f"given-{number}", PolicyDocument=document)
        return Role(name, role["Arn"], role["RoleId"])

    def assume(self, signer: Signer, role: Role, session_name: str = "session", **parameters: Any) -> Keys:
        """The credentials of a session of the role, got by the signer."""
        reply = self.client("sts", signer).assume_role(RoleArn=role.arn, RoleSessionName=session_name, **parameters)
        return keys_of(reply["Credentials"])

    def other(self) -> "Aws":
        """Another, fresh account at the same server."""
        account_id, access_key_id, secret_access_key = self.accounts.create()
        keys = Keys(access_key_id, secret_access_key)
        return Aws(self.endpoint, account_id, keys, self.accounts, self.clients)

    def at(self, endpoint: str) -> "Aws":
        """The same account through another server."""
        return Aws(endpoint, self.account_id, self.administrator, self.accounts, self.clients)

    def raw(
        self,
        method: str = "POST",
        path: str = "/",
        *,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        signer: Signer | None = None,
        service: str = "iam",
        region: str = REGION,
    ) -> RawReply:
        """Send a request made by hand, signed when a signer is given, and return the reply as it came."""
        if signer is None:
            content = body.encode("utf-8") if isinstance(body, str) else body
            return send(self.endpoint, method, path, _with_type(method, headers or {}), content)
        return send_signed(
            self.endpoint, body, signer, method=method, path=path, headers=headers, service=service, region=region
        )

    @functools.cached_property
    def _iam(self) -> Any:
        return self.admin("iam")


def send(endpoint: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> RawReply:
    """One HTTP request on a connection of its own."""
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        reply = connection.getresponse()
        return RawReply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


def send_signed(
    endpoint: str,
    body: bytes | str,
    signer: Signer,
    *,
    method: str = "POST",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    service: str = "iam",
    region: str = REGION,
) -> RawReply:
    """One HTTP request signed with Signature Version 4, on a connection of its own."""
    content = body.encode("utf-8") if isinstance(body, str) else body
    sent = {"Host": urlsplit(endpoint).netloc, **_with_type(method, headers or {})}
    keys = keys_of(signer)
    request = AWSRequest(method=method, url=endpoint + path, data=content, headers=sent)
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(credentials, service, region).add_auth(request)
    return send(endpoint, method, path, dict(request.headers.items()), content)


def _with_type(method: str, headers: Mapping[str, str]) -> dict[str, str]:
    if method != "POST":
        return dict(headers)
    return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **headers}


def keys_of(signer: Signer) -> Keys:
    """The credentials of whoever signs."""
    match signer:
        case Keys():
            return signer
        case User():
            return Keys(signer.access_key_id, signer.secret_access_key)
        case _:
            return Keys(signer["AccessKeyId"], signer["SecretAccessKey"], signer.get("SessionToken"))


def _documents(allow: Sequence[str], deny: Sequence[str], policy: Mapping[str, object] | None) -> list[str]:
    statements = [
        {"Effect": effect, "Action": list(actions), "Resource": "*"}
        for effect, actions in (("Allow", allow), ("Deny", deny))
        if actions
    ]
    documents: list[Mapping[str, object]] = [{"Version": "2012-10-17", "Statement": statements}] if statements else []
    if policy is not None:
        documents.append(policy)
    return [json.dumps(document) for document in documents]


def _trust(trust: Mapping[str, object] | str | User) -> Mapping[str, object]:
    if isinstance(trust, Mapping):
        return trust
    principal = trust.arn if isinstance(trust, User) else trust
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}],
    }


def _unsigned() -> Any:
    return botocore.UNSIGNED


@functools.cache
def _session() -> Any:
    """One session, so that the models are read once; it knows our own service beside AWS's."""
    core = botocore.session.get_session()
    core.get_component("data_loader").search_paths.append(str(MODELS))
    return boto3.Session(botocore_session=core)


def new_name(prefix: str) -> str:
    """A name that no other test has."""
    return f"{prefix}-{secrets.token_hex(4)}"
