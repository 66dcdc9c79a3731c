"""Secrets at rest: AES-256-GCM under data keys that a master key from outside the database wraps.

What is sealed is bound to its place (table, row and column are the associated data), so that a sealed value copied to
another row does not open there. Source: NIST SP 800-38D; the scheme is envelope encryption as AWS KMS describes it.
"""

import contextlib
import hmac
import os
import stat
import subprocess
import tempfile
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.secret import Secret
from bailiwick.store.engine import Store, StoreRefused
from bailiwick.store.transaction import Transaction

_KEY_BYTES = 32
_NONCE_BYTES = 12
_COMMAND_SECONDS = 30


class Tampered(Exception):
    """A sealed value does not open at its place: changed, moved, or sealed by another installation."""


class Vault:
    """Seals and opens what the database keeps secret, with this installation's data keys."""

    def __init__(self, data_keys: Mapping[str, Secret], newest: str) -> None:
        """`data_keys` by their ids, the oldest first; the newest seals."""
        self._keys = {key_id: AESGCM(key.reveal()) for key_id, key in data_keys.items()}
        self._newest = newest
        self._root = next(iter(data_keys.values()))  # the oldest, which stays when newer ones are added

    def derive(self, label: bytes) -> Secret:
        """A 32-byte key for one purpose, the same at every node of this installation."""
        return Secret(hmac.digest(self._root.reveal(), b"bailiwick derived key\0" + label, "sha256"))

    def seal(self, table: str, row: str, column: str, plaintext: bytes) -> bytes:
        """The sealed form: key id, 0, nonce, ciphertext with its tag."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, plaintext, _place(table, row, column))
        return self._newest.encode() + b"\0" + nonce + sealed

    def open(self, table: str, row: str, column: str, sealed: bytes) -> Secret:
        """What was sealed at that place.

        Raises:
            Tampered: it was not sealed there, or was changed since.
        """
        key_id, _, rest = sealed.partition(b"\0")
        key = self._keys.get(key_id.decode("ascii", "replace"))
        if key is None:
            raise Tampered(f"{table}.{column} is sealed with an unknown key")
        try:
            return Secret(key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _place(table, row, column)))
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"{table}.{column} does not open") from error


def read_master_key(source: str, *, may_create: bool) -> Secret:
    """The 32-byte master key from `file:PATH`, `env:NAME` or `command:COMMAND`, base64-encoded there.

    A file that is missing is made, readable by its owner only, when `may_create`.

    Raises:
        StoreRefused: it is missing, malformed, or its file is open to others.
    """
    kind, _, where = source.partition(":")
    if kind == "file":
        return _key_from_file(Path(where), may_create=may_create)
    if kind == "env":
        value = os.environ.get(where)
        if value is None:
            raise StoreRefused(f"The master key's environment variable {where} is not set.")
        return _decoded_key(value, f"environment variable {where}")
    if kind == "command":
        try:
            run = subprocess.run(  # noqa: S602  the operator's own command line, from the settings
                where, shell=True, capture_output=True, timeout=_COMMAND_SECONDS, check=True
            )
        except subprocess.CalledProcessError as error:
            raise StoreRefused(f"The master key's command failed with exit code {error.returncode}.") from error
        except (subprocess.SubprocessError, OSError) as error:
            raise StoreRefused("The master key's command could not be run, or took too long.") from error
        return _decoded_key(run.stdout, "the master key's command")
    raise StoreRefused("The master key must be file:PATH, env:NAME or command:COMMAND.")


async def open_vault(store: Store, master_key: Secret, now_ms: int) -> Vault:
    """The vault of an installation, making its first data key on an empty store.

    Raises:
        StoreRefused: the master key is not the one that this store's data keys were wrapped with.
    """

    async def keys(tx: Transaction) -> list[tuple[str, bytes]]:
        rows = await tx.all("SELECT key_id, wrapped FROM data_keys ORDER BY created_at, key_id")
        return [(str(key_id), bytes(wrapped)) for key_id, wrapped in rows if isinstance(wrapped, bytes)]

    async def first_key(tx: Transaction) -> None:
        if await keys(tx):
            return
        key_id = os.urandom(6).hex()
        wrapped = _wrap(master_key, key_id, os.urandom(_KEY_BYTES))
        await tx.run("INSERT INTO data_keys (key_id, wrapped, created_at) VALUES (?, ?, ?)", key_id, wrapped, now_ms)

    if not await store.read(keys):
        await store.write(first_key)
    wrapped_keys = await store.read(keys)
    opened = {key_id: _unwrap(master_key, key_id, wrapped) for key_id, wrapped in wrapped_keys}
    return Vault(opened, wrapped_keys[-1][0])


def _wrap(master_key: Secret, key_id: str, key: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(master_key.reveal()).encrypt(nonce, key, _place("data_keys", key_id, "wrapped"))


def _unwrap(master_key: Secret, key_id: str, wrapped: bytes) -> Secret:
    try:
        place = _place("data_keys", key_id, "wrapped")
        return Secret(AESGCM(master_key.reveal()).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], place))
    except InvalidTag as error:
        raise StoreRefused(
            "The master key is not the one that this store's secrets are sealed with. Nothing was changed; "
            "start with the right key (setting master_key)."
        ) from error


def _place(table: str, row: str, column: str) -> bytes:
    return f"{table}\0{row}\0{column}".encode()


def _key_from_file(path: Path, *, may_create: bool) -> Secret:
    if not path.exists():
        if not may_create:
            raise StoreRefused(
                f"The master key file {path} is missing, but the store holds secrets sealed with it. "
                "Put the file back, or name it with --master-key; without it they cannot be opened."
            )
        if not path.parent.is_dir():
            raise StoreRefused(f"The master key {path} cannot be made: there is no folder {path.parent}.")
        _make_key_file(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise StoreRefused(f"The master key file {path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    return _decoded_key(path.read_bytes(), str(path))


def _make_key_file(path: Path) -> None:
    """Make the file with a new key: whole or not at all, and once, when several nodes do so at the same time."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # what is sealed next is lost without this file
    finally:
        os.close(folder)


def _decoded_key(text: str | bytes, where: str) -> Secret:
    try:
        key = b64decode(text.strip(), validate=True)
    except (Base64Error, ValueError) as error:  # a ValueError for a character beyond ASCII
        raise StoreRefused(
            f"The master key in {where} is not base64; `openssl rand -base64 32` makes a key of the right form."
        ) from error
    if len(key) != _KEY_BYTES:
        raise StoreRefused(f"The master key in {where} must be 32 bytes, base64-encoded; it has {len(key)}.")
    return Secret(key)
