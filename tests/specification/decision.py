"""The decision (guide: "Policy evaluation logic", "Cross-account policy evaluation logic", "Policies and permissions").

Where the guides do not say which of several statements or layers is named, it is the first: in the order of the
layers below, then of levels, policies and statements. Of a resource's statements that allow, it is the one whose Allow
is worth most.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from tests.specification.conditions import asks_for, holds
from tests.specification.patterns import action_matches, asked, resource_matches, resource_parts
from tests.specification.principals import STRENGTH, reach, spares
from tests.specification.reading import COMPLETING, Prepared
from tests.specification.world import Request, Values

ORDER = ("rcps", "scps", "resource", "trust", "identity", "boundary", "session", "scope_downs", "vpc_endpoint")
NAMES = {"rcps": "RCP", "scps": "SCP", "scope_downs": "scope-down", "vpc_endpoint": "VPC endpoint"}

Statement = dict[str, Any]
Place = tuple[str, int, int, int]

Seen: TypeAlias = Callable[[str, Values | None, bool], None]
"""Is told of each condition that was looked at: its operator, what the request has for its key, whether it was met."""


class Verdict(NamedTuple):
    """Effect, reason, the layer that settled it, its statement (layer, level, policy, statement), and what was missing.

    `missing`: for denials, the keys that statements on the action ask for and the request does not have.
    """

    effect: str
    reason: str
    layer: str
    statement: Place | None
    missing: frozenset[str]


class _DeniedError(Exception):
    """Nothing allows in a layer that must allow."""


def decide(prepared: Prepared, request: Request, seen: Seen | None = None) -> Verdict:
    """What AWS would answer."""
    case = _Case(prepared, request, seen)
    # An explicit deny in any policy that applies comes before everything.
    for layer in ORDER:
        for place, statement in case.statements(layer):
            if statement["Effect"] == "Deny" and case.applies(layer, statement):
                return Verdict("Deny", "explicit deny", NAMES.get(layer, layer), place, case.missing())
    try:
        layer, settling = case.allowed_by()
    except _DeniedError as denied:
        return Verdict("Deny", "implicit deny", NAMES.get(str(denied), str(denied)), None, case.missing())
    return Verdict("Allow", "allowed", layer, settling, frozenset())


class _Case:
    def __init__(self, prepared: Prepared, request: Request, seen: Seen | None) -> None:
        self.prepared, self.request, self.caller, self.seen = prepared, request, request["caller"], seen
        self.side = "trust" if prepared.layers["trust"] else "resource"
        self.covering: dict[str, list[tuple[Place, Statement]]] = {}

    def is_there(self, layer: str) -> bool:
        return bool(self.prepared.layers[layer])

    def statements(self, layer: str) -> list[tuple[Place, Statement]]:
        """The statements of a layer whose Action covers the request's."""
        if layer not in self.covering:
            self.covering[layer] = [
                ((NAMES.get(layer, layer), level, policy, position), statement)
                for level, policies in enumerate(self.prepared.layers[layer])
                for policy, statements in enumerate(policies)
                for position, statement in enumerate(statements)
                if action_matches(statement.get("Action") or statement["NotAction"], self.request["action"])
                is ("Action" in statement)
            ]
        return self.covering[layer]

    def applies(self, layer: str, statement: Statement) -> bool:
        """Principal (where there is one), Resource and every condition; Action is known to."""
        if "Principal" in statement and not self.is_meant(statement):
            return False
        if "NotPrincipal" in statement and not self.is_outside(statement):
            return False
        keys, new = self.request["keys"], statement["new"]
        listed = statement.get("Resource") or statement.get("NotResource")
        if listed:  # trust policies have none
            completes = layer in COMPLETING
            matched = resource_matches(listed, self.request["resource"], keys, new=new, completes=completes)
            if matched is not ("Resource" in statement):
                return False
        for name, key, values in statement["Condition"]:
            met = holds(name, key, values, keys, new=new)
            if self.seen is not None:
                self.seen(name, keys.get(key.lower()), met)
            if not met:
                return False
        return True

    def is_meant(self, statement: Statement) -> bool:
        """Whether a Principal means the caller.

        No caller is known by S3's canonical user, so a Deny that names one is taken for everybody's, lest it be lost.
        """
        named = statement["Principal"]
        return reach(named, self.caller) is not None or (statement["Effect"] == "Deny" and "CanonicalUser" in named)

    def is_outside(self, statement: Statement) -> bool:
        """Whether a NotPrincipal means the caller; with Allow, which AWS no longer takes, nobody who is listed."""
        named = statement["NotPrincipal"]
        if statement["Effect"] == "Deny":
            return not spares(named, self.caller, bounded=self.is_there("boundary"))
        return reach(named, self.caller) is None

    def missing(self) -> frozenset[str]:
        found: set[str] = set()
        for layer in ORDER:
            for _, statement in self.statements(layer):
                new = statement["new"]
                listed = statement.get("Resource") or statement.get("NotResource") or []
                # Beside a lone `*`, the other resources ask for nothing.
                for pattern in [] if "*" in statement.get("Resource", []) else listed:
                    found |= asked(resource_parts(pattern, completes=layer in COMPLETING)[1], new=new)
                for name, key, values in statement["Condition"]:
                    found |= asks_for(name, key, values, new=new)
        return frozenset(found - set(self.request["keys"]))

    def allowing(self, layer: str, level: int = 0) -> Iterator[tuple[Place, Statement]]:
        for place, statement in self.statements(layer):
            if place[1] == level and statement["Effect"] == "Allow" and self.applies(layer, statement):
                yield place, statement

    def require(self, layer: str) -> Place:
        """The first statement that allows, in each level of a layer; the last level's is given."""
        first = None
        for level in range(len(self.prepared.layers[layer])):
            first = next(self.allowing(layer, level), None)
            if first is None:
                raise _DeniedError(layer)
        if first is None:
            raise _DeniedError(layer)
        return first[0]

    def require_if_there(self, layer: str) -> None:
        if self.is_there(layer):
            self.require(layer)

    def allowed_by(self) -> tuple[str, Place | None]:
        """With no explicit deny: what allows; the layer that should have and does not is raised."""
        # The organization's ceilings come first, then the two sides, then what was narrowed on the way.
        self.require_if_there("rcps")
        self.require_if_there("scps")
        settled = self.by_both_sides()
        self.require_if_there("scope_downs")
        self.require_if_there("vpc_endpoint")
        return settled

    def by_both_sides(self) -> tuple[str, Place | None]:
        worth, granting = self.strongest_grant()
        owner, kind = self.request["resource_account"], self.caller["kind"]
        if self.side == "trust" and kind == "root":
            raise _DeniedError("trust")  # an account's root may not assume roles
        if kind in ("anonymous", "service", "federated"):
            # They have no identity side: the resource's policy alone decides.
            if granting is None:
                raise _DeniedError(self.side)
            return self.side, granting
        is_cross_account = owner is not None and owner != self.caller["account"]
        # Across accounts, for role trust policies and for keys, the resource's policy must itself allow.
        must = is_cross_account or self.side == "trust" or self.prepared.resource_must_allow
        if granting is None and must:
            raise _DeniedError(self.side)
        if is_cross_account:
            self.identity_side()
            self.boundary_and_session()
            return self.side, granting
        if worth == "direct":
            # Nothing of the caller's side is asked, but that a boundary must allow sts:AssumeRole.
            if self.side == "trust":
                self.require_if_there("boundary")
            return self.side, granting
        if worth == "parent":
            self.boundary_and_session()
            return self.side, granting
        # To the account the resource's policy only delegates: its Allow is worth nothing by itself.
        settled = self.identity_side()
        self.boundary_and_session()
        return settled

    def identity_side(self) -> tuple[str, Place | None]:
        """What the identity's policies say; an account's root, and who comes from it, may do everything by default."""
        root = f"arn:aws:iam::{self.caller['account']}:root"
        if self.caller["kind"] == "root" or self.caller["parent_arn"] == root:
            return "root", None
        return "identity", self.require("identity")

    def boundary_and_session(self) -> None:
        self.require_if_there("boundary")
        if self.caller["kind"] == "federated user" and not self.is_there("session"):
            raise _DeniedError("session")  # GetFederationToken without a policy leaves no permissions
        self.require_if_there("session")

    def strongest_grant(self) -> tuple[str | None, Place | None]:
        found: tuple[str | None, Place | None] = (None, None)
        for place, statement in self.allowing(self.side):
            worth = "direct" if "NotPrincipal" in statement else reach(statement["Principal"], self.caller)
            if found[0] is None or STRENGTH.index(str(worth)) > STRENGTH.index(found[0]):
                found = worth, place
        return found
