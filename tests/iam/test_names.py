"""How names and paths are compared and ordered."""

import string
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.iam import names

PATHS = st.text(alphabet=string.ascii_letters + string.digits + "/!~\x7f", max_size=6).map("/{}".format)


@dataclass(frozen=True)
class Thing:
    name: str
    path: str


def test_an_arn_holds_the_path_between_kind_and_name() -> None:
    assert names.arn_of("123456789012", "user", "/", "ana") == "arn:aws:iam::123456789012:user/ana"
    assert names.arn_of("123456789012", "group", "/ops/eu/", "dba") == "arn:aws:iam::123456789012:group/ops/eu/dba"


def test_names_fold_to_lower_case() -> None:
    assert names.folded("Ana.Lopez+X") == "ana.lopez+x"


def test_a_list_of_everything_is_ordered_by_the_folded_name() -> None:
    assert names.place(None, Thing("Ana", "/ops/")) == ("ana",)
    assert names.place("/", Thing("Ana", "/ops/")) == ("ana",)


def test_a_list_under_a_prefix_is_ordered_by_path_and_then_name() -> None:
    assert names.place("/ops", Thing("Ana", "/ops/")) == ("/ops/", "ana")


@given(prefix=PATHS, path=PATHS)
def test_a_path_begins_with_the_prefix_exactly_when_it_lies_between_the_prefix_and_what_follows_it(
    prefix: str, path: str
) -> None:
    assert (prefix <= path < names.after_prefix(prefix)) == path.startswith(prefix)
