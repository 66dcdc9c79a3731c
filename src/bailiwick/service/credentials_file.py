"""Writes access keys into a file of AWS's credentials form, readable by its owner only.

Source: AWS SDKs and Tools Reference Guide, "Using shared config and credentials files".
"""

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bailiwick.secret import Secret

REGION = "us-east-1"

_HEADING = re.compile(r"^\s*\[\s*(.*?)\s*\]\s*(?:[#;].*)?$")


class ProfileTaken(Exception):
    """The file has a profile of that name already, or can have none; the message says so."""


def require_free_profile(file: Path, profile: str) -> None:
    """Check that the file can take a new profile of that name.

    Raises:
        ProfileTaken: there is one already, or the name cannot be a heading.
        OSError: the file cannot be read, or its folder not be written to.
    """
    if re.search(r"[\[\]\r\n]", profile) or profile != profile.strip():
        raise ProfileTaken(f"{profile!r} cannot be the name of a profile: no brackets, no blanks at its ends.")
    if any(name == profile for name, _ in _sections(_text(file))):
        raise ProfileTaken(f"{file} has a profile [{profile}] already; name another file, or remove the profile.")
    if not file.resolve().parent.is_dir():
        raise FileNotFoundError(2, "its folder does not exist")
    if not os.access(file.resolve().parent, os.W_OK):
        raise PermissionError(13, "its folder cannot be written to")


def write_profiles(
    file: Path, profiles: Iterable[str], access_key_id: str, secret_access_key: Secret, *, replaces: bool = True
) -> None:
    """Put the profiles into the file, keeping all else of it; the file is replaced in one step, mode 0600.

    Raises:
        ProfileTaken: a profile is there already and must not be replaced, or its name cannot be a heading.
        OSError: the file cannot be read or written.
    """
    file = file.resolve()
    with _alone_in(file.parent):
        sections = _sections(_text(file))
        for profile in profiles:
            if not replaces:
                require_free_profile(file, profile)
            sections = [section for section in sections if section[0] != profile]
            if sections and not sections[-1][1].endswith("\n\n"):
                last, text = sections[-1]
                sections[-1] = (last, text.rstrip("\n") + "\n\n" if text.strip() else "")
            sections.append((profile, _profile(profile, access_key_id, secret_access_key)))
        _replace(file, "".join(text for _, text in sections))


def _profile(profile: str, access_key_id: str, secret_access_key: Secret) -> str:
    secret = secret_access_key.reveal().decode()
    return f"[{profile}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret}\nregion = {REGION}\n"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _sections(text: str) -> list[tuple[str | None, str]]:
    """The file's text cut at its headings, each with its profile's name; None for what comes before the first."""
    sections: list[tuple[str | None, str]] = [(None, "")]
    for line in text.splitlines(keepends=True):
        if heading := _HEADING.match(line):
            sections.append((heading[1], line))
        else:
            name, before = sections[-1]
            sections[-1] = (name, before + line)
    return sections


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait for others that change a file of the folder in this way, so that no profile is lost between two of them."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, file)
    except BaseException:  # raised on: whatever stopped it, no half-written file stays
        Path(temporary).unlink(missing_ok=True)
        raise
