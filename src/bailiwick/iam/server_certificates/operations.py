"""Uploading, showing, renaming, tagging and deleting server certificates."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import add_held, held
from bailiwick.iam import names, tags
from bailiwick.iam.errors import EntityAlreadyExists, LimitExceeded
from bailiwick.iam.registry import iam
from bailiwick.iam.server_certificates import uploads
from bailiwick.iam.server_certificates.record import (
    KIND,
    SELECT,
    ServerCertificate,
    both_names_target,
    certificate_target,
    find,
    require,
)
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction


@acts_on("server-certificate*")
async def _new_certificate_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The certificate that UploadServerCertificate would make; tags on it are a right of their own."""
    arn = names.arn_of(call.account, KIND, call.get("Path") or "/", call["ServerCertificateName"])
    new = Target(arn=arn, tags=tags.passed(call))
    return [new, replace(new, action="iam:TagServerCertificate")] if new.tags else [new]


async def _list_target(call: Call, tx: Transaction) -> Target:
    return Target(arn="*", shown=f"arn:aws:iam::{call.account}:{KIND}/")


async def _read_upload(call: Call) -> uploads.Upload:
    return await asyncio.to_thread(
        uploads.read, call["CertificateBody"], call["PrivateKey"], call.get("CertificateChain"), call.now
    )


@operation(
    iam,
    "UploadServerCertificate",
    resource=_new_certificate_target,
    keys=TAGS_PASSED,
    further_actions=["iam:TagServerCertificate"],
    prepare=_read_upload,
    secrets=["PrivateKey"],
)
async def upload_server_certificate(call: Call, tx: Transaction) -> dict[str, object]:
    """Store a certificate with its private key, its chain and its tags.

    Raises:
        MalformedCertificate: the certificate, its key or its chain is not PEM, of a kind that is not taken, not valid
            now, or the chain is not in order.
        KeyPairMismatch: the private key is another's.
        EntityAlreadyExists: a server certificate has that name, in any case.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the account holds its quota of server certificates, or too many tags are given.

    Source: IAM API Reference, UploadServerCertificate.
    """
    upload = call.prepared
    assert isinstance(upload, uploads.Upload), "the certificate was read"
    name = call["ServerCertificateName"]
    if await find(tx, call.account, name):
        raise EntityAlreadyExists.server_certificate(name)
    limit = await call.access.quota(tx, call.account, "ServerCertificatesPerAccount")
    if await held(tx, call.account, "server_certificates") >= limit:
        raise LimitExceeded.quota("ServerCertificatesPerAccount", limit)
    certificate = ServerCertificate(
        account=call.account,
        certificate_id=call.new_id("ASCA"),
        name=name,
        path=call.get("Path") or "/",
        uploaded_at=call.now_ms,
        expires_at=round(upload.expires_at.timestamp() * 1000),
    )
    await _insert(call, tx, certificate, upload)
    await tags.put(tx, call, certificate.certificate_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, "server_certificates", 1)
    output: dict[str, object] = {"ServerCertificateMetadata": certificate.as_output()}
    if call.tags():
        output["Tags"] = tags.as_output(await tags.of(tx, call.account, certificate.certificate_id))
    return output


async def _insert(call: Call, tx: Transaction, certificate: ServerCertificate, upload: uploads.Upload) -> None:
    await tx.run(
        "INSERT INTO server_certificates (account_id, certificate_id, name, name_key, path, uploaded_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        certificate.account,
        certificate.certificate_id,
        certificate.name,
        names.folded(certificate.name),
        certificate.path,
        certificate.uploaded_at,
        certificate.expires_at,
    )
    await tx.run(
        "INSERT INTO server_certificate_contents (certificate_id, body, chain, private_key) VALUES (?, ?, ?, ?)",
        certificate.certificate_id,
        upload.body,
        upload.chain,
        call.access.seal(
            "server_certificate_contents", certificate.certificate_id, "private_key", upload.private_key.reveal()
        ),
    )


@operation(iam, "GetServerCertificate", resource=certificate_target, reads=True)
async def get_server_certificate(call: Call, tx: Transaction) -> dict[str, object]:
    """A server certificate with its chain and its tags; never its private key.

    Raises:
        NoSuchEntity: no such server certificate.

    Source: IAM API Reference, GetServerCertificate.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    row = await tx.one(
        "SELECT body, chain FROM server_certificate_contents WHERE certificate_id = ?", certificate.certificate_id
    )
    assert row is not None, "a certificate has its contents"
    body, chain = row
    shown: dict[str, object] = {"ServerCertificateMetadata": certificate.as_output(), "CertificateBody": str(body)}
    if chain is not None:
        shown["CertificateChain"] = str(chain)
    if held_tags := await tags.of(tx, certificate.account, certificate.certificate_id):
        shown["Tags"] = tags.as_output(held_tags)
    return {"ServerCertificate": shown}


@operation(iam, "ListServerCertificates", resource=_list_target, reads=True)
async def list_server_certificates(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of the server certificates, in the order of their names; with a PathPrefix, of paths and names.

    Source: IAM API Reference, ListServerCertificates.
    """
    prefix = call.get("PathPrefix")

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[ServerCertificate]:
        rows = await names.rows_in_order(tx, SELECT, call.account, prefix, after, limit)
        return [ServerCertificate.of_row(row) for row in rows]

    found = await page(call, fetch, lambda each: names.place(prefix, each), filter_by=[prefix])
    return {"ServerCertificateMetadataList": [each.as_output() for each in found.items], **found.output}


@operation(iam, "UpdateServerCertificate", resource=both_names_target)
async def update_server_certificate(call: Call, tx: Transaction) -> None:
    """Give a server certificate another name, another path, or both; its id and its tags stay.

    Raises:
        NoSuchEntity: no such server certificate.
        EntityAlreadyExists: another one has the new name, in any case.

    Source: IAM API Reference, UpdateServerCertificate.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    name = call.get("NewServerCertificateName") or certificate.name
    namesake = await find(tx, call.account, name)
    if namesake is not None and namesake.certificate_id != certificate.certificate_id:
        raise EntityAlreadyExists.server_certificate(name)
    await tx.run(
        "UPDATE server_certificates SET name = ?, name_key = ?, path = ? WHERE certificate_id = ?",
        name,
        names.folded(name),
        call.get("NewPath") or certificate.path,
        certificate.certificate_id,
    )


@operation(iam, "DeleteServerCertificate", resource=certificate_target)
async def delete_server_certificate(call: Call, tx: Transaction) -> None:
    """Delete a server certificate, with its private key.

    Raises:
        NoSuchEntity: no such server certificate.

    Source: IAM API Reference, DeleteServerCertificate.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    await tx.run("DELETE FROM server_certificate_contents WHERE certificate_id = ?", certificate.certificate_id)
    await tx.run("DELETE FROM server_certificates WHERE certificate_id = ?", certificate.certificate_id)
    await tags.clear(tx, call.account, certificate.certificate_id)
    await add_held(tx, call.account, "server_certificates", -1)


@operation(iam, "TagServerCertificate", resource=certificate_target, keys=TAGS_PASSED)
async def tag_server_certificate(call: Call, tx: Transaction) -> None:
    """Add tags to a server certificate, or change their values; keys are told apart by case.

    Raises:
        NoSuchEntity: no such server certificate.
        InvalidInput: a tag is reserved or given twice.
        LimitExceeded: the server certificate would hold more than the quota of tags.

    Source: IAM API Reference, TagServerCertificate.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    await tags.put(tx, call, certificate.certificate_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagServerCertificate", resource=certificate_target, keys=TAG_KEYS_PASSED)
async def untag_server_certificate(call: Call, tx: Transaction) -> None:
    """Take tags from a server certificate; keys that it does not have are passed over.

    Raises:
        NoSuchEntity: no such server certificate.

    Source: IAM API Reference, UntagServerCertificate.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    await tags.remove(tx, call, certificate.certificate_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListServerCertificateTags", resource=certificate_target, reads=True)
async def list_server_certificate_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a server certificate's tags, in the order of their keys.

    Raises:
        NoSuchEntity: no such server certificate.

    Source: IAM API Reference, ListServerCertificateTags.
    """
    certificate = await require(tx, call.account, call["ServerCertificateName"])
    return await tags.listed(tx, call, certificate.certificate_id)
