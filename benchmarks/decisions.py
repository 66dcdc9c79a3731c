"""Time policy decisions in process: p50 and p99 in microseconds per decision.

Scenarios: a is 1 policy of 3 statements; b is 15 policies of 10 statements, with a tag and an address condition; c is
500 policies of one statement, of which one matters; `b same action` and `c same action` have every statement on one
action, so that resources decide; `attached N` is one policy that matters among N that cannot match.
Run: python benchmarks/decisions.py [--seconds 1]
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterable

from bailiwick.policy import (
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    compile_policy,
    evaluate,
)

ACCOUNT = "123456789012"
USER = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDAEXAMPLEEXAMPLE123")
KEYS = {
    "aws:principaltag/team": "a",
    "aws:sourceip": "10.1.2.3",
    "aws:principalarn": USER.arn,
    "aws:username": "ana",
    "aws:securetransport": "true",
    "aws:currenttime": "2026-11-24T10:00:00Z",
}
CONDITION = {"StringEquals": {"aws:PrincipalTag/team": "a"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
SHAPES = {"a": (1, 3, False), "b": (15, 10, True), "c": (500, 1, False)}


def policies(shape: tuple[int, int, bool], action: str | None) -> list[list[dict[str, object]]]:
    """Policies of one shape; all on one action if it is given."""
    count, per_policy, is_conditional = shape
    return [
        [
            {
                "Effect": "Allow",
                "Action": action or f"svc{i}:Get{j}",
                "Resource": f"arn:aws:s3:::b{i}-{j}/*",
                **({"Condition": CONDITION} if is_conditional else {}),
            }
            for j in range(per_policy)
        ]
        for i in range(count)
    ]


def compiled(documents: Iterable[list[dict[str, object]]]) -> Layers:
    """The documents as the identity policies of a user."""
    source = PolicySource(PolicyType.MANAGED, "benchmark")
    texts = (json.dumps({"Version": "2012-10-17", "Statement": statements}) for statements in documents)
    return Layers(identity=PolicySet.of(compile_policy(text, source) for text in texts))


def report(name: str, layers: Layers, action: str, resource: str, seconds: float) -> float:
    """Check one allow and one denial, then time both; returns the allow's p50 in microseconds."""
    allow = RequestContext(action, resource, USER, ACCOUNT, KEYS)
    deny = RequestContext(action, "arn:aws:s3:::nope/k", USER, ACCOUNT, KEYS)
    assert evaluate(layers, allow).is_allowed
    assert not evaluate(layers, deny).is_allowed
    medians = []
    for label, request in (("allow", allow), ("deny", deny)):
        samples: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            evaluate(layers, request)
            samples.append((time.perf_counter() - start) * 1e6)
        samples.sort()
        median = statistics.median(samples)
        medians.append(median)
        print(f"{name:16} {label:5}  p50 {median:8.2f}  p99 {samples[int(len(samples) * 0.99)]:8.2f}", flush=True)
    return medians[0]


def main() -> None:
    """Run every scenario and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to time each line")
    seconds = parser.parse_args().seconds
    for name, shape in SHAPES.items():
        count, per_policy, _ = shape
        resource = f"arn:aws:s3:::b{count - 1}-{per_policy - 1}/k"
        report(name, compiled(policies(shape, None)), f"svc{count - 1}:Get{per_policy - 1}", resource, seconds)
        if name != "a":
            same = compiled(policies(shape, "s3:GetObject"))
            report(f"{name} same action", same, "s3:GetObject", resource, seconds)
    relevant: list[dict[str, object]] = [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::mine/*"}]
    medians = {}
    for count in (1, 10, 100, 1_000):
        others = policies((count, 3, False), None)
        medians[count] = report(
            f"attached {count}", compiled([*others, relevant]), "s3:GetObject", "arn:aws:s3:::mine/k", seconds
        )
    print(f"growth from 1 to 1,000 attached policies: x{medians[1_000] / medians[1]:.2f}")


if __name__ == "__main__":
    main()
