"""Calls that pass by each other at two nodes: one winner, limits held, nothing left dangling, and no fault of ours."""

import asyncio
import concurrent.futures
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bailiwick.store import Transaction, open_store
from tests.certificates import pair, rsa_key, ssh_line
from tests.user import server as servers
from tests.user.accounts import Accounts
from tests.user.client import Keys, send_signed
from tests.user.credential_builders import server_certificate
from tests.user.provider_builders import saml_metadata
from tests.user.server import Server

ROUNDS = 8

DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)

DANGLING = {
    "a membership": "SELECT COUNT(*) FROM memberships WHERE user_id NOT IN (SELECT user_id FROM users)"
    " OR group_id NOT IN (SELECT group_id FROM groups)",
    "an inline policy": "SELECT COUNT(*) FROM inline_policies WHERE owner_id NOT IN"
    " (SELECT user_id FROM users UNION SELECT group_id FROM groups UNION SELECT role_id FROM roles)",
    "an attachment of nobody": "SELECT COUNT(*) FROM attachments WHERE owner_id NOT IN"
    " (SELECT user_id FROM users UNION SELECT group_id FROM groups UNION SELECT role_id FROM roles)",
    "an attachment of nothing": "SELECT COUNT(*) FROM attachments WHERE policy_arn NOT LIKE 'arn:aws:iam::aws:%'"
    " AND policy_arn NOT IN (SELECT arn FROM policies)",
    "a boundary": "SELECT COUNT(*) FROM users WHERE boundary_arn NOT IN (SELECT arn FROM policies)",
    "a tag": "SELECT COUNT(*) FROM tags WHERE resource_id NOT IN"
    " (SELECT user_id FROM users UNION SELECT role_id FROM roles UNION SELECT policy_id FROM policies"
    " UNION SELECT profile_id FROM instance_profiles UNION SELECT device_id FROM mfa_devices"
    " UNION SELECT certificate_id FROM server_certificates UNION SELECT provider_id FROM oidc_providers"
    " UNION SELECT provider_id FROM saml_providers)",
    "a role of an instance profile": "SELECT COUNT(*) FROM instance_profiles WHERE role_id IS NOT NULL"
    " AND role_id NOT IN (SELECT role_id FROM roles)",
    "an SSH key": "SELECT COUNT(*) FROM ssh_public_keys WHERE user_id NOT IN (SELECT user_id FROM users)",
    "a signing certificate": "SELECT COUNT(*) FROM signing_certificates WHERE owner_id NOT IN"
    " (SELECT user_id FROM users UNION SELECT account_id FROM accounts)",
    "a service-specific credential": "SELECT COUNT(*) FROM service_specific_credentials WHERE user_id NOT IN"
    " (SELECT user_id FROM users)",
    "a login profile": "SELECT COUNT(*) FROM login_profiles WHERE user_id NOT IN (SELECT user_id FROM users)",
    "a device of nobody": "SELECT COUNT(*) FROM mfa_devices WHERE owner_id IS NOT NULL AND owner_id NOT IN"
    " (SELECT user_id FROM users UNION SELECT account_id FROM accounts)",
    "metadata of no provider": "SELECT COUNT(*) FROM saml_provider_metadata WHERE provider_id NOT IN"
    " (SELECT provider_id FROM saml_providers)",
    "a private key of no provider": "SELECT COUNT(*) FROM saml_private_keys WHERE provider_id NOT IN"
    " (SELECT provider_id FROM saml_providers)",
    "content of no certificate": "SELECT COUNT(*) FROM server_certificate_contents WHERE certificate_id NOT IN"
    " (SELECT certificate_id FROM server_certificates)",
    "an access key": "SELECT COUNT(*) FROM access_keys WHERE user_id NOT IN (SELECT user_id FROM users)",
    "a version": "SELECT COUNT(*) FROM policy_versions WHERE policy_id NOT IN (SELECT policy_id FROM policies)",
    "a policy without its default version": "SELECT COUNT(*) FROM policies p WHERE NOT EXISTS (SELECT 1 FROM"
    " policy_versions v WHERE v.policy_id = p.policy_id AND v.version = p.default_version)",
    "a count of users": "SELECT COUNT(*) FROM usage u WHERE kind = 'users'"
    " AND held <> (SELECT COUNT(*) FROM users x WHERE x.account_id = u.account_id)",
    "a count of policies": "SELECT COUNT(*) FROM usage u WHERE kind = 'policies'"
    " AND held <> (SELECT COUNT(*) FROM policies x WHERE x.account_id = u.account_id)",
    "a count of versions": "SELECT COUNT(*) FROM usage u WHERE kind = 'policy_versions' AND held <> (SELECT COUNT(*)"
    " FROM policies p JOIN policy_versions v ON v.policy_id = p.policy_id WHERE p.account_id = u.account_id)",
    "a count of devices": "SELECT COUNT(*) FROM usage u WHERE kind = 'mfa_devices'"
    " AND held <> (SELECT COUNT(*) FROM mfa_devices x WHERE x.account_id = u.account_id)",
    "a count of attachments": "SELECT COUNT(*) FROM policy_usage u WHERE attachments <> (SELECT COUNT(*) FROM"
    " attachments a WHERE a.account_id = u.account_id AND a.policy_arn = u.policy_arn)",
    "a count of boundaries": "SELECT COUNT(*) FROM policy_usage u WHERE boundaries <> (SELECT COUNT(*) FROM"
    " users x WHERE x.account_id = u.account_id AND x.boundary_arn = u.policy_arn)",
}


@dataclass(frozen=True, slots=True)
class Nodes:
    """Two servers on one store, and the administrator of an account of it."""

    urls: tuple[str, str]
    account_id: str
    administrator: Keys
    database_url: str

    def call(self, node: int, action: str, **parameters: str) -> str:
        """`done`, or the code of the refusal."""
        body = urlencode({"Action": action, "Version": "2010-05-08", **parameters})
        reply = send_signed(self.urls[node % 2], body, self.administrator)
        if reply.status == 200:
            return "done"
        code = re.search("<Code>([A-Za-z]+)</Code>", reply.text)
        return code[1] if code else reply.text

    def policy(self, name: str) -> str:
        """The ARN of a policy of the account."""
        return f"arn:aws:iam::{self.account_id}:policy/{name}"

    def race(self, *calls: tuple[str, dict[str, str]]) -> Counter[str]:
        """Make all calls at once, by turns at the one node and the other; how many had which answer."""
        start = threading.Barrier(len(calls))

        def begin(node: int, action: str, parameters: dict[str, str]) -> str:
            start.wait()
            return self.call(node, action, **parameters)

        with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
            begun = [threads.submit(begin, node, *call) for node, call in enumerate(calls)]
            return Counter(each.result() for each in begun)

    def dangling(self) -> dict[str, int]:
        """What the store holds that belongs to nothing, or was counted wrongly."""

        async def count(tx: Transaction) -> dict[str, int]:
            rows = {what: await tx.one(sql) for what, sql in DANGLING.items()}
            return {what: int(row[0] or 0) for what, row in rows.items() if row is not None and row[0]}

        async def read() -> dict[str, int]:
            store = await open_store(self.database_url, lambda: 0)
            try:
                return await store.read(count)
            finally:
                await store.close()

        return asyncio.run(read())


@pytest.fixture
def nodes(store_url: str, tmp_path: Path) -> Iterator[Nodes]:
    """Two servers on a store of the test's own, once on each engine."""
    data = tmp_path / "data"
    given = None if store_url.startswith("sqlite:") else store_url
    started: list[Server] = []
    try:
        for _ in range(2):
            started.append(servers.start(data, database_url=given))
        accounts = Accounts(data, started[0].database_url)
        account_id, access_key_id, secret_access_key = accounts.create()
        accounts.close()
        keys = Keys(access_key_id, secret_access_key)
        yield Nodes((started[0].url, started[1].url), account_id, keys, started[0].database_url)
    finally:
        for each in started:
            each.stop()


def user(name: str) -> dict[str, str]:
    return {"UserName": name}


def test_calls_that_pass_by_each_other(nodes: Nodes) -> None:
    """One test, since starting the servers takes longer than all the races."""
    for number in range(ROUNDS):
        same_name(nodes, f"same-{number}")
        key_quota(nodes, f"keys-{number}")
        version_quota(nodes, f"versions-{number}")
        for race in (key_of_deleted_user, policy_of_deleted_user, member_of_deleted, attach_deleted_policy):
            race(nodes, f"{race.__name__.replace('_', '-')}-{number}")
        boundary_of_deleted_policy(nodes, f"bound-{number}")

    assert nodes.dangling() == {}


def test_things_of_every_kind_that_pass_by_each_other(nodes: Nodes) -> None:
    """Names once, quotas held, and nothing left of what is deleted, for all the kinds beside users and policies."""
    for number in range(ROUNDS // 2):
        for race in (names_once, quotas_of_a_user, one_role_in_a_profile, credentials_of_deleted_user):
            race(nodes, f"{race.__name__.replace('_', '-')}-{number}")
        for race in (holder_deleted, role_of_deleted, tags_of_deleted):
            race(nodes, f"{race.__name__.replace('_', '-')}-{number}")

    assert nodes.dangling() == {}


def same_name(nodes: Nodes, name: str) -> None:
    seen = nodes.race(*[("CreateUser", user(name)), ("CreateUser", user(name.upper()))] * 3)
    assert seen == {"done": 1, "EntityAlreadyExists": 5}


def key_quota(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    assert nodes.race(*[("CreateAccessKey", user(name))] * 6) == {"done": 2, "LimitExceeded": 4}


def version_quota(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreatePolicy", PolicyName=name, PolicyDocument=DOCUMENT)
    new = {"PolicyArn": nodes.policy(name), "PolicyDocument": DOCUMENT, "SetAsDefault": "true"}
    assert nodes.race(*[("CreatePolicyVersion", new)] * 6) == {"done": 4, "LimitExceeded": 2}


def key_of_deleted_user(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    seen = nodes.race(*[("DeleteUser", user(name)), ("CreateAccessKey", user(name))] * 2)
    assert seen in ({"done": 1, "NoSuchEntity": 3}, {"done": 2, "DeleteConflict": 2}), seen


def policy_of_deleted_user(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    put = {**user(name), "PolicyName": "p", "PolicyDocument": DOCUMENT}
    tag = {**user(name), "Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}
    seen = nodes.race(("DeleteUser", user(name)), ("PutUserPolicy", put), ("TagUser", tag))
    assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, seen


def member_of_deleted(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    nodes.call(1, "CreateGroup", GroupName=name)
    both = {**user(name), "GroupName": name}
    seen = nodes.race(
        ("DeleteUser", user(name)),
        ("AddUserToGroup", both),
        ("DeleteGroup", {"GroupName": name}),
        ("AddUserToGroup", both),
    )
    assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, seen


def attach_deleted_policy(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    nodes.call(1, "CreatePolicy", PolicyName=name, PolicyDocument=DOCUMENT)
    attached = {**user(name), "PolicyArn": nodes.policy(name)}
    seen = nodes.race(
        ("DeletePolicy", {"PolicyArn": nodes.policy(name)}),
        ("AttachUserPolicy", attached),
        ("DetachUserPolicy", attached),
        ("DeletePolicy", {"PolicyArn": nodes.policy(name)}),
    )
    assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, seen


def boundary_of_deleted_policy(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    nodes.call(1, "CreatePolicy", PolicyName=name, PolicyDocument=DOCUMENT)
    seen = nodes.race(
        ("DeletePolicy", {"PolicyArn": nodes.policy(name)}),
        ("PutUserPermissionsBoundary", {**user(name), "PermissionsBoundary": nodes.policy(name)}),
        ("DeleteUser", user(name)),
    )
    assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, seen


def names_once(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    certificate = {each: text for each, text in server_certificate().items() if text}
    for action, parameters in (
        ("CreateGroup", {"GroupName": name}),
        ("CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": TRUST}),
        ("CreatePolicy", {"PolicyName": name, "PolicyDocument": DOCUMENT}),
        ("CreateInstanceProfile", {"InstanceProfileName": name}),
        ("CreateVirtualMFADevice", {"VirtualMFADeviceName": name}),
        ("CreateSAMLProvider", {"Name": name, "SAMLMetadataDocument": saml_metadata()}),
        ("CreateOpenIDConnectProvider", {"Url": f"https://{name}.example.com", "ThumbprintList.member.1": "a" * 40}),
        ("UploadServerCertificate", {"ServerCertificateName": name, **certificate}),
        ("CreateLoginProfile", {"UserName": name, "Password": "correct-Horse-1"}),
    ):
        seen = nodes.race(*[(action, parameters)] * 3)
        assert seen == {"done": 1, "EntityAlreadyExists": 2}, (action, seen)


def quotas_of_a_user(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateUser", UserName=name)
    codecommit = {"UserName": name, "ServiceName": "codecommit.amazonaws.com"}
    assert nodes.race(*[("CreateServiceSpecificCredential", codecommit)] * 4) == {"done": 2, "LimitExceeded": 2}
    certificates = [{"UserName": name, "CertificateBody": pair(f"{name}-{each}").pem} for each in range(4)]
    seen = nodes.race(*[("UploadSigningCertificate", each) for each in certificates])
    assert seen == {"done": 2, "LimitExceeded": 2}
    key = {"UserName": name, "SSHPublicKeyBody": ssh_line(rsa_key())}
    assert nodes.race(*[("UploadSSHPublicKey", key)] * 4) == {"done": 1, "DuplicateSSHPublicKey": 3}


def one_role_in_a_profile(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateInstanceProfile", InstanceProfileName=name)
    for each in "ab":
        nodes.call(1, "CreateRole", RoleName=name + each, AssumeRolePolicyDocument=TRUST)
    added = [("AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": name + each}) for each in "abab"]
    assert nodes.race(*added) == {"done": 1, "LimitExceeded": 3}


def credentials_of_deleted_user(nodes: Nodes, name: str) -> None:
    given = (
        ("UploadSSHPublicKey", {"SSHPublicKeyBody": ssh_line(rsa_key())}),
        ("UploadSigningCertificate", {"CertificateBody": pair(name).pem}),
        ("CreateServiceSpecificCredential", {"ServiceName": "codecommit.amazonaws.com"}),
        ("CreateLoginProfile", {"Password": "correct-Horse-1"}),
    )
    for number, (action, parameters) in enumerate(given):
        each = f"{name}-{number}"
        nodes.call(0, "CreateUser", UserName=each)
        seen = nodes.race(
            ("DeleteUser", user(each)), (action, {**user(each), **parameters}), ("DeleteUser", user(each))
        )
        assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, (action, seen)
        assert seen["done"] == 1, (action, seen)


def holder_deleted(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateGroup", GroupName=name)
    nodes.call(1, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    for kind in ("Group", "Role"):
        named = {f"{kind}Name": name}
        seen = nodes.race(
            (f"Delete{kind}", named),
            (f"Put{kind}Policy", {**named, "PolicyName": "p", "PolicyDocument": DOCUMENT}),
            (f"Attach{kind}Policy", {**named, "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}),
            (f"Delete{kind}", named),
        )
        assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, (kind, seen)


def role_of_deleted(nodes: Nodes, name: str) -> None:
    nodes.call(0, "CreateInstanceProfile", InstanceProfileName=name)
    nodes.call(1, "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    both = {"InstanceProfileName": name, "RoleName": name}
    seen = nodes.race(
        ("DeleteRole", {"RoleName": name}),
        ("AddRoleToInstanceProfile", both),
        ("DeleteInstanceProfile", {"InstanceProfileName": name}),
        ("RemoveRoleFromInstanceProfile", both),
    )
    assert seen.keys() <= {"done", "DeleteConflict", "NoSuchEntity"}, seen


def tags_of_deleted(nodes: Nodes, name: str) -> None:
    tag = {"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}
    serial = f"arn:aws:iam::{nodes.account_id}:mfa/{name}"
    provider = f"arn:aws:iam::{nodes.account_id}:saml-provider/{name}"
    nodes.call(0, "CreateInstanceProfile", InstanceProfileName=name)
    nodes.call(0, "CreateVirtualMFADevice", VirtualMFADeviceName=name)
    nodes.call(0, "CreateSAMLProvider", Name=name, SAMLMetadataDocument=saml_metadata())
    for delete, tagging, named in (
        ("DeleteInstanceProfile", "TagInstanceProfile", {"InstanceProfileName": name}),
        ("DeleteVirtualMFADevice", "TagMFADevice", {"SerialNumber": serial}),
        ("DeleteSAMLProvider", "TagSAMLProvider", {"SAMLProviderArn": provider}),
    ):
        seen = nodes.race((tagging, {**named, **tag}), (delete, named), (tagging, {**named, **tag}))
        assert seen.keys() <= {"done", "NoSuchEntity"}, (delete, seen)
