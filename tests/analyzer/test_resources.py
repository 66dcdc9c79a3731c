"""What the simulator knows of resources: the templates of their ARNs, what scenarios need, which policies fit."""

import json

import pytest

from bailiwick.analyzer import can_be_of, missing_kinds
from bailiwick.analyzer.resource_templates import resource_template
from bailiwick.policy import PolicySource, PolicyType, compile_policy

A = "111111111111"
EC2 = f"arn:aws:ec2:us-east-1:{A}"
INSTANCE, NETWORK, GROUP = f"{EC2}:instance/*", f"{EC2}:network-interface/*", f"{EC2}:security-group/sg-1"
IMAGE, SUBNET, VOLUME = "arn:aws:ec2:us-east-1::image/ami-1", f"{EC2}:subnet/s-1", f"{EC2}:volume/*"
LAUNCH = [INSTANCE, NETWORK, GROUP, IMAGE]


@pytest.mark.parametrize(
    ("action", "resource", "template"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"),
        ("S3:listbucket", "arn:aws:s3:::b", "arn:${Partition}:s3:::${BucketName}"),
        ("ec2:RunInstances", IMAGE, "arn:${Partition}:ec2:${Region}::image/${ImageId}"),
        ("iam:ListUsers", f"arn:aws:iam::{A}:user/u", "*"),
        ("s3:GetObject", "*", "*"),
        ("s3:GetObject", "arn:aws:sqs:us-east-1:1:q", "*"),
        ("s3:NoSuchAction", "arn:aws:s3:::b/k", "*"),
        ("nosuchservice:Act", "arn:aws:s3:::b/k", "*"),
        ("../s3:GetObject", "arn:aws:s3:::b/k", "*"),
    ],
)
def test_a_resource_is_of_the_type_that_says_most_of_it(action: str, resource: str, template: str) -> None:
    assert resource_template(action, resource) == template


@pytest.mark.parametrize(
    ("option", "further"),
    [
        ("EC2-VPC-InstanceStore", []),
        ("EC2-VPC-InstanceStore-Subnet", [SUBNET]),
        ("EC2-VPC-EBS", [VOLUME]),
        ("EC2-VPC-EBS-Subnet", [SUBNET, VOLUME]),
    ],
)
def test_a_launch_needs_all_that_its_scenario_has(option: str, further: list[str]) -> None:
    needed = [*LAUNCH, *further]

    assert missing_kinds(option, needed) == []
    for resource in needed:
        rest = [each for each in needed if each != resource]
        assert len(missing_kinds(option, rest)) == 1


def test_what_is_missing_is_named_by_its_kind() -> None:
    assert missing_kinds("EC2-VPC-EBS-Subnet", [INSTANCE, "*", "arn:aws:s3:::image/ami-1"]) == [
        "image",
        "security-group",
        "network-interface",
        "subnet",
        "volume",
    ]


@pytest.mark.parametrize(
    ("elements", "resource", "fits"),
    [
        ({"Resource": "arn:aws:s3:::b/*"}, "arn:aws:s3:::b", True),
        ({"Resource": "arn:aws:s3:::b/*"}, "arn:aws:sqs:us-east-1:1:q", False),
        ({"Resource": ["arn:aws:sqs:us-east-1:1:q", "arn:aws:s3:::b"]}, "arn:aws:s3:::b", True),
        ({"Resource": "arn:aws:s*:::b"}, "arn:aws:sqs:us-east-1:1:q", True),
        ({"Resource": "*"}, "arn:aws:s3:::b", True),
        ({"NotResource": "arn:aws:s3:::b"}, "arn:aws:sqs:us-east-1:1:q", True),
        ({"Resource": "arn:aws:s3:::b/*"}, "*", True),
    ],
)
def test_a_resource_policy_is_of_the_services_that_it_names(
    elements: dict[str, object], resource: str, fits: bool
) -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", **elements}})
    policy = compile_policy(text, PolicySource(PolicyType.RESOURCE, "r"))

    assert policy.fault is None
    assert can_be_of(policy, resource) is fits
