"""PEM read strictly (RFC 7468, section 3): nothing but whole blocks, and white space between them.

Lenient readers skip what they do not understand, so that two of them can see two things in one text.
"""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9]+(?: [A-Z0-9]+)*)-----")


class NotPem(ValueError):
    """The text is not PEM. `index` is that of the first block that is not whole, or has something else before it."""

    def __init__(self, index: int) -> None:
        super().__init__(f"block {index} is not PEM")
        self.index = index


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label, such as `CERTIFICATE`, and the bytes in it."""

    label: str
    content: bytes


def blocks(text: str) -> list[Block]:
    """The blocks of a text, at least one. Line breaks may be those of any system.

    Raises:
        NotPem: there is something else in the text, or nothing.
    """
    found: list[Block] = []
    label: str | None = None
    encoded: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = line.strip(" \t")
        if label is None:
            begin = _BEGIN.fullmatch(line)
            if begin is not None:
                label = begin[1]
            elif line:
                raise NotPem(len(found))
        elif line == f"-----END {label}-----":
            found.append(Block(label, _decoded("".join(encoded), len(found))))
            label = None
            encoded.clear()
        else:
            encoded.append(line)
    if label is not None or not found:
        raise NotPem(len(found))
    return found


def _decoded(encoded: str, index: int) -> bytes:
    try:
        content = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError as error:
        raise NotPem(index) from error
    if not content:
        raise NotPem(index)
    return content
