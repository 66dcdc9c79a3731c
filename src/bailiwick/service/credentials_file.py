"""Writes access keys into a file of AWS's credentials form, readable by its owner only.

Source: AWS SDKs and Tools Reference Guide, "Using shared config and credentials files".
"""

import configparser
import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bailiwick.secret import Secret

REGION = "us-east-1"


class ProfileTaken(Exception):
    """The file has a profile of that name already, with another access key; the message says so."""


def write_profiles(
    file: Path, profiles: Iterable[str], access_key_id: str, secret_access_key: Secret, *, replaces: bool = True
) -> None:
    """Put the profiles into the file, keeping its others; the file is replaced in one step, mode 0600.

    Raises:
        ProfileTaken: a profile is there already and must not be replaced.
        OSError: the file cannot be read or written.
    """
    parser = configparser.RawConfigParser(default_section="\0", interpolation=None)
    if file.exists():
        parser.read_string(file.read_text(encoding="utf-8"))
    for profile in profiles:
        if parser.has_section(profile) and not replaces:
            raise ProfileTaken(f"{file} has a profile [{profile}] already; name another file, or remove the profile.")
        parser[profile] = {
            "aws_access_key_id": access_key_id,
            "aws_secret_access_key": secret_access_key.reveal().decode(),
            "region": REGION,
        }
    text = io.StringIO()
    parser.write(text)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text.getvalue())
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
