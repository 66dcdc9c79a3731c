"""Issuers of tokens that many share, and what a trust policy must say of whom among them it means.

Whoever has an account there gets tokens of the same issuer as everybody else. So a statement that trusts one must test
a claim that tells them apart, and should test for whom a token was made.

Source: IAM User Guide, "Identity-provider controls for shared OIDC providers". AWS refuses a trust policy without its
control; the warning is ours.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from bailiwick.policy.document import Effect, PolicyDocument, PolicySyntaxError, Statement
from bailiwick.policy.patterns import compile_glob
from bailiwick.policy.positions import Steps
from bailiwick.policy.principals import PrincipalElement, elements

CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "agent.buildkite.com": ("agent.buildkite.com:sub",),
    "api.pulumi.com/oidc": ("api.pulumi.com/oidc:aud",),
    "app.terraform.io": ("app.terraform.io:sub",),
    "cognito-identity.amazonaws.com": ("cognito-identity.amazonaws.com:aud",),
    "gitlab.com": ("gitlab.com:sub",),
    "oidc-configuration.audit-log.githubusercontent.com": ("oidc-configuration.audit-log.githubusercontent.com:sub",),
    "oidc.codefresh.io": ("oidc.codefresh.io:sub",),
    "oidc.vercel.com": ("oidc.vercel.com:aud",),
    "proidc.upbound.io": ("proidc.upbound.io:sub",),
    "sandboxes.cloud": ("sandboxes.cloud:aud",),
    "scalr.io": ("scalr.io:sub",),
    "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": ("sts:RoleSessionName",),
    "studio.datachain.ai/api": ("studio.datachain.ai/api:sub",),
    "token.actions.githubusercontent.com": (
        "token.actions.githubusercontent.com:sub",
        "token.actions.githubusercontent.com:job_workflow_ref",
    ),
    "tokens.cloud.shisho.dev": ("tokens.cloud.shisho.dev:sub",),
    "vstoken.actions.githubusercontent.com": ("vstoken.actions.githubusercontent.com:sub",),
}
"""The issuers (without their scheme), and of each the condition keys of which one must be tested."""

_ACTION: Final = "sts:assumerolewithwebidentity"
_PROVIDER: Final = re.compile(r"arn:aws:iam::[0-9]{12}:oidc-provider/(.+)")
_TESTING: Final = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike"})
_SET: Final = "ForAnyValue:"


def control_faults(statement: Statement, place: Steps) -> Iterator[PolicySyntaxError]:
    """The shared issuers that a statement of a trust policy trusts whoever they speak of."""
    for issuer, element in _trusted(statement, place):
        if not _tests_one_of(statement, CONTROLS[issuer]):
            keys = " or ".join(CONTROLS[issuer])
            yield PolicySyntaxError(
                f"The provider {issuer} is shared by many. The trust policy must restrict by {keys} who of them may "
                "assume the role, by more than wildcards.",
                element.place,
            )


def warnings(document: PolicyDocument) -> tuple[PolicySyntaxError, ...]:
    """The shared issuers of which a trust policy takes tokens that were made for any audience."""
    return tuple(
        PolicySyntaxError(
            f"The provider {issuer} is shared by many, and tokens for every audience are taken: "
            f"test {issuer}:aud, too.",
            element.place,
        )
        for index, statement in enumerate(document.statements)
        for issuer, element in _trusted(statement, ("Statement", index))
        if not _tests_one_of(statement, [f"{issuer}:aud"])
    )


def _trusted(statement: Statement, place: Steps) -> Iterator[tuple[str, PrincipalElement]]:
    """The shared issuers that a statement lets vouch, with where it names them."""
    if statement.effect is not Effect.ALLOW or statement.principal is None or not _covers_web_identity(statement):
        return
    for element in elements(statement.principal, (*place, "Principal")):
        if element.kind == "Federated":
            found = _PROVIDER.fullmatch(element.value)
            issuer = element.value if found is None else found[1]
            if issuer in CONTROLS:
                yield issuer, element


def _covers_web_identity(statement: Statement) -> bool:
    if statement.action is None:
        return not any(compile_glob(action.lower())(_ACTION) for action in statement.not_action or ())
    return any(compile_glob(action.lower())(_ACTION) for action in statement.action)


def _tests_one_of(statement: Statement, keys: Collection[str]) -> bool:
    """Whether a condition asks that one of the keys be there, and have a value that not everything has."""
    wanted = {key.lower() for key in keys}
    return any(
        block.operator.removeprefix(_SET) in _TESTING
        and key.lower() in wanted
        and all(value.strip("*?") for value in values)
        for block in statement.conditions or ()
        for key, values in block.tests
    )
