"""Other policy engines on the same three scenarios, each loaded once and asked again and again.

Equal in shape, not in language: Cedar and Rego have no wildcards as IAM has them, so resources match by `like` and
`startswith`, and casbin takes no conditions. Each engine must allow and deny as expected before it is timed.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Protocol

from benchmarks.decisions import ACCOUNT, NOBODYS, SHAPES, USER, Shape
from benchmarks.timing import Timing, timed

IAM_SIMULATE = "@cloud-copilot/iam-simulate"


class NotInstalledError(Exception):
    """The engine is not there, or does not decide as it should."""


class Engine(Protocol):
    """One engine with one scenario loaded: a block of decisions."""

    def __call__(self, seconds: float) -> Timing:
        """Decide the same request for so long."""


Load = Callable[[Shape], Engine]


def _engine(allows: Callable[[str], bool], shape: Shape) -> Engine:
    if not allows(shape.resource) or allows(NOBODYS):
        raise NotInstalledError("it decides otherwise than expected")
    return lambda seconds: timed(lambda: allows(shape.resource), seconds)


def _rules(shape: Shape) -> Iterator[tuple[str, str]]:
    """Action and start of the resource of each statement."""
    for statements in shape.documents():
        for statement in statements:
            yield str(statement["Action"]), str(statement["Resource"]).removesuffix("*")


def cedar(shape: Shape) -> Engine:
    """Cedar by cedarpy, with the policies and entities parsed beforehand."""
    import cedarpy

    extra = ' && context.team == "a" && ip(context.ip).isInRange(ip("10.0.0.0/8"))' if shape.is_conditional else ""
    policies = cedarpy.PolicySet.from_str(
        "".join(
            f'permit(principal == User::"u", action == Action::"{action}", resource)'
            f' when {{ context.arn like "{resource}*"{extra} }};\n'
            for action, resource in _rules(shape)
        )
    )
    entities = cedarpy.Entities.from_json_str("[]")

    def allows(resource: str) -> bool:
        request = {
            "principal": 'User::"u"',
            "action": f'Action::"{shape.action}"',
            "resource": 'R::"x"',
            "context": {"arn": resource, "team": "a", "ip": "10.1.2.3"},
        }
        return bool(cedarpy.is_authorized(request, policies, entities).decision == cedarpy.Decision.Allow)

    return _engine(allows, shape)


_REGO = """package iam
import rego.v1
default allow := false
allow if { some s in data.st[input.action]; startswith(input.arn, s.r); ok(s) }
ok(s) if not s.c
ok(s) if { s.c; input.team == "a"; startswith(input.ip, "10.") }
"""


def rego(shape: Shape) -> Engine:
    """Rego by regorus, as opa-eval wraps it, with the statements indexed by action by hand."""
    import opa_eval

    by_action: dict[str, list[dict[str, object]]] = {}
    for action, resource in _rules(shape):
        by_action.setdefault(action, []).append({"r": resource, "c": shape.is_conditional})
    with TemporaryDirectory() as folder:
        source = Path(folder) / "iam.rego"
        source.write_text(_REGO, encoding="utf-8")
        engine = opa_eval.OpaEval(str(source), json.dumps({"st": by_action}), "data.iam.allow")

    def allows(resource: str) -> bool:
        request = {"action": shape.action, "arn": resource, "team": "a", "ip": "10.1.2.3"}
        return engine.evaluate_parsed(json.dumps(request)) is True

    return _engine(allows, shape)


_CASBIN = """[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj) && r.act == p.act
"""


def casbin(shape: Shape) -> Engine:
    """casbin, without the conditions."""
    import casbin as module

    model = module.Model()
    model.load_model_from_text(_CASBIN)
    enforcer = module.Enforcer(model)
    enforcer.add_policies([["u", f"{resource}*", action] for action, resource in _rules(shape)])
    return _engine(lambda resource: bool(enforcer.enforce("u", resource, shape.action)), shape)


IN_PROCESS: Mapping[str, tuple[str, Load]] = {
    "Cedar (cedarpy), parsed": ("cedarpy", cedar),
    "regorus (opa-eval), indexed by hand": ("opa-eval", rego),
    "casbin, no conditions": ("casbin", casbin),
}

_DRIVER = """
import { createInterface } from "node:readline";
import { runSimulation } from "%s";
const scenarios = %s;
for await (const line of createInterface({ input: process.stdin })) {
  const { shape, seconds } = JSON.parse(line);
  const { policies, allowed, denied, keys, principal, account } = scenarios[shape];
  const identityPolicies = policies.map((policy, i) => ({ name: "p" + i, policy }));
  const decide = (arn) => runSimulation({
    request: {
      principal, action: "s3:GetObject", resource: { resource: arn, accountId: account }, contextVariables: keys,
    },
    identityPolicies, serviceControlPolicies: [], resourceControlPolicies: [],
  }, {});
  const said = (reply) => String(reply.overallResult ?? reply.analysis?.result ?? reply.result);
  const answers = [said(await decide(allowed)), said(await decide(denied))];
  const taken = [], end = performance.now() + seconds * 1000;
  while (performance.now() < end || taken.length < 20) {
    const start = performance.now();
    await decide(allowed);
    taken.push((performance.now() - start) * 1000);
  }
  taken.sort((a, b) => a - b);
  const sum = taken.reduce((a, b) => a + b, 0);
  console.log(JSON.stringify({
    answers, p50_us: taken[taken.length >> 1], p99_us: taken[Math.floor(taken.length * 0.99)],
    per_second: taken.length / sum * 1e6,
  }));
}
"""


@contextmanager
def iam_simulate(node_modules: Path) -> Iterator[Load]:
    """iam-simulate under node, which validates the policies in each call; all statements on one action.

    Raises:
        NotInstalledError: it, or node, is not there.
    """
    if not (node_modules / IAM_SIMULATE).is_dir():
        raise NotInstalledError(f"{node_modules} has no {IAM_SIMULATE}")
    scenarios = {
        name: {
            "policies": [{"Version": "2012-10-17", "Statement": each} for each in shape.documents("s3:GetObject")],
            "allowed": shape.resource,
            "denied": NOBODYS,
            "keys": {"aws:SourceIp": "10.1.2.3", "aws:PrincipalTag/team": "a"},
            "principal": USER.arn,
            "account": ACCOUNT,
        }
        for name, shape in SHAPES.items()
    }
    with ExitStack() as stack:
        script = stack.enter_context(NamedTemporaryFile("w", suffix=".mjs", dir=node_modules.parent))
        script.write(_DRIVER % (IAM_SIMULATE, json.dumps(scenarios)))
        script.flush()
        try:
            node = subprocess.Popen(["node", script.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except FileNotFoundError as error:
            raise NotInstalledError("there is no node") from error
        stack.callback(node.wait)
        stack.callback(node.terminate)

        def ask(shape: str, seconds: float) -> Timing:
            assert node.stdin is not None, "it was opened as a pipe"
            assert node.stdout is not None, "it was opened as a pipe"
            print(json.dumps({"shape": shape, "seconds": seconds}), file=node.stdin, flush=True)
            reply = json.loads(node.stdout.readline() or "null")
            if reply is None or reply["answers"][0] != "Allowed" or reply["answers"][1] == "Allowed":
                raise NotInstalledError(f"it decides otherwise than expected: {reply and reply['answers']}")
            return Timing(reply["p50_us"], reply["p99_us"], reply["per_second"])

        def load(shape: Shape) -> Engine:
            name = next(each for each, other in SHAPES.items() if other is shape)
            return lambda seconds: ask(name, seconds)

        yield load


def installed_version(package: str) -> str | None:
    """The version of an engine's package, or None when it is not installed."""
    try:
        return version(package)
    except ModuleNotFoundError:
        return None
