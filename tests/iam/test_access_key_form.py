"""The form of new access keys."""

import re

from bailiwick.iam.access_keys import new_access_key_id, new_secret


def test_an_access_key_id_is_akia_and_sixteen_characters_of_base32() -> None:
    assert new_access_key_id(bytes(10)) == "AKIAAAAAAAAAAAAAAAAA"
    assert re.fullmatch("AKIA[A-Z2-7]{16}", new_access_key_id(bytes(range(246, 256))))


def test_every_byte_of_entropy_shows_in_the_access_key_id() -> None:
    ids = {new_access_key_id(bytes(1 if place == turned else 0 for place in range(10))) for turned in range(10)}

    assert len(ids) == 10


def test_a_secret_is_forty_characters_of_base64() -> None:
    assert new_secret(bytes(30)) == "A" * 40
    assert re.fullmatch("[A-Za-z0-9+/]{40}", new_secret(bytes(range(226, 256))))
