"""Session tags: those passed in a call, and those handed down along a chain of roles.

Keys are one whatever their case, and keep the case they were given in. A transitive tag goes on to every session that
the session assumes, and cannot be changed on the way.

Source: IAM User Guide, "Pass session tags in AWS STS".
"""

from collections.abc import Iterable, Sequence
from typing import Final

import regex  # type: ignore[import-untyped]  # the package ships no types

from bailiwick.access.call import Tag
from bailiwick.auth import SessionTag
from bailiwick.sts.errors import InvalidParameterValue

RESERVED_PREFIX: Final = "aws:"

# As botocore's model has tagKeyType and tagValueType, for tags that come by another way than a parameter.
_KEY: Final = regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}")
_VALUE: Final = regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}")


def can_be(key: str, value: str) -> bool:
    """Whether a tag that an identity provider passes has the form that one in a parameter must have."""
    return bool(_KEY.fullmatch(key) and _VALUE.fullmatch(value))


def handed_down(tags: Iterable[SessionTag]) -> tuple[SessionTag, ...]:
    """Of a calling session's tags, those that the session it assumes inherits."""
    return tuple(tag for tag in tags if tag.is_transitive)


def merged(
    given: Sequence[Tag], transitive_keys: Iterable[str] = (), inherited: Sequence[SessionTag] = ()
) -> tuple[SessionTag, ...]:
    """The tags of a new session: the inherited ones first, then those passed, each in its order.

    Args:
        given: the call's Tags.
        transitive_keys: the call's TransitiveTagKeys.
        inherited: what the calling session hands down.

    Raises:
        InvalidParameterValue: a key or value begins with `aws:` (in any case), a key occurs twice, a key is made
            transitive that is not passed, or a key is passed that is inherited.
    """
    taken = {tag.key.lower() for tag in inherited}
    transitive = {key.lower() for key in transitive_keys}
    keys: set[str] = set()
    for tag in given:
        for text in (tag.key, tag.value):
            if text.lower().startswith(RESERVED_PREFIX):
                raise InvalidParameterValue.reserved_tag(text)
        if tag.key.lower() in keys:
            raise InvalidParameterValue.duplicate_tags()
        keys.add(tag.key.lower())
    if not taken.isdisjoint(keys | transitive):
        raise InvalidParameterValue.inherited_tag()
    if not transitive <= keys:
        raise InvalidParameterValue.transitive_key_without_tag()
    return (*inherited, *(SessionTag(tag.key, tag.value, tag.key.lower() in transitive) for tag in given))
