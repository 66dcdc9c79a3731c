"""AWS's words for each fault, on documents as people write them, with the line and column that go with it."""

import pytest

from bailiwick.policy import PolicySyntaxError, PolicyType, Position, check, faults, parse
from bailiwick.policy.validation import MAX_FAULTS, ORGANIZATIONS

INLINE, MANAGED, TRUST = PolicyType.INLINE, PolicyType.MANAGED, PolicyType.TRUST
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"


def one(statement: str, version: str = '"Version": "2012-10-17",') -> str:
    """A document with the statement on its third line, after four blanks."""
    return "{" + version + '\n"Statement": [\n    {' + statement + "}]}"


def identity(element: str) -> str:
    """A statement of an identity policy, with one element in the place of a good one."""
    good = {"Effect": '"Effect": "Allow"', "Action": '"Action": "s3:*"', "Resource": '"Resource": "*"'}
    return one(", ".join([element, *(text for name, text in good.items() if f'"{name}"' not in element)]))


def trust(element: str) -> str:
    """A statement of a trust policy, with one element in the place of a good one."""
    good = {
        "Effect": '"Effect": "Allow"',
        "Action": '"Action": "sts:AssumeRole"',
        "Principal": '"Principal": {"AWS": "*"}',
    }
    return one(", ".join([element, *(text for name, text in good.items() if f'"{name}"' not in element)]))


RESOURCE = '"Effect": "Allow", "Action": "s3:*", "Resource": '
BAD_SID = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
IAM_TYPES = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/."
)


@pytest.mark.parametrize(
    ("policy_type", "text", "message", "marked"),
    [
        (INLINE, "file://policy.json", SYNTAX, "file"),
        (TRUST, "file://policy.json", "This policy contains invalid Json", "file"),
        (INLINE, '{"Statement": {},\n}', SYNTAX, "}"),
        (INLINE, identity('"Effect": "Deny", "Effect": "Allow"'), SYNTAX, '"Effect": "Allow"'),
        (INLINE, identity('"Condition": {"Bool": {"a:b": "1", "c:d": "2", "a:b": "3"}}'), SYNTAX, '"a:b": "3"'),
        (INLINE, identity('"Condition": {"servicecatalog:accountLevel": "self"}'), SYNTAX, '"servicecatalog'),
        (INLINE, identity('"Condition": {"StringEquals": {"a:b": null}}'), SYNTAX, '"a:b"'),
        (INLINE, one('"Effect": "Allow"', '"Version": "2012-10-18",'), SYNTAX, '"Version"'),
        (INLINE, '{"Version": "2012-10-17", "Statement": []}', SYNTAX, '"Statement"'),
        (INLINE, '{"Version": "2012-10-17"}', SYNTAX, "{"),
        (
            MANAGED,
            one(RESOURCE + '"*"', '"Version": "2008-10-17",'),
            "Policy document must be version 2012-10-17 or greater.",
            '"Version"',
        ),
        (MANAGED, one(RESOURCE + '"*"', ""), "Policy document must be version 2012-10-17 or greater.", "{"),
        (INLINE, identity('"Principal": "*"'), "Policy document should not specify a principal.", '"Principal"'),
        (TRUST, one('"Effect": "Allow", "Action": "sts:AssumeRole"'), "Missing required field Principal", '{"Effect"'),
        (TRUST, trust('"Resource": "*"'), "Has prohibited field Resource", '"Resource"'),
        (INLINE, identity('"Action": []'), "Policy statement must contain actions.", '{"Action"'),
        (INLINE, one('"Effect": "Allow", "Resource": "*"'), "Policy statement must contain actions.", '{"Effect"'),
        (INLINE, identity('"Resource": []'), "Policy statement must contain resources.", '{"Resource"'),
        (INLINE, one('"Action": "s3:*", "Resource": "*"'), "Missing required field Effect", '{"Action"'),
        (INLINE, identity('"Effect": "allow"'), LEGACY, '"Effect"'),
        (INLINE, identity('"Resource": ""'), 'Resource  must be in ARN format or "*".', '"", "Effect"'),
        (INLINE, identity('"Resource": "b"'), 'Resource b must be in ARN format or "*".', '"b"'),
        (INLINE, identity('"Resource": "arn:aws:iam::xxx:role/bastion"'), LEGACY, '"arn:'),
        (INLINE, identity('"Resource": "arn:aws:s3::${aws:PrincipalAccount}:b"'), LEGACY, '"arn:'),
        (
            INLINE,
            identity('"Action": "GetObject"'),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            '"GetObject"',
        ),
        (INLINE, identity('"Action": "logs:*:*"'), "Actions/Condition can contain only one colon.", '"logs'),
        (INLINE, identity('"Action": ["s3:*", "*:*"]'), "Action vendors must not contain wildcards.", '"*:*"'),
        (INLINE, identity('"Action": "s 3:x"'), "Vendor s 3 is not valid", '"s 3:x"'),
        (
            INLINE,
            one('"Sid": "A", ' + RESOURCE + '"*"}, {"Sid": "A", ' + RESOURCE + '"*"'),
            "Statement IDs (SID) in a single policy must be unique.",
            '"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
        ),
        (
            INLINE,
            identity('"Sid": "a b"'),
            BAD_SID,
            '"Sid"',
        ),
        (
            INLINE,
            identity('"Condition": {"StringEqual": {"a:b": "c"}}'),
            "Invalid Condition type : StringEqual.",
            '"StringEqual"',
        ),
        (
            TRUST,
            trust('"Principal": {"AWS": ["*", "arn:aws:iam::1:x"]}'),
            'Invalid principal in policy: "AWS":"arn:aws:iam::1:x"',
            '"arn',
        ),
        (
            TRUST,
            trust('"Principal": "*"'),
            'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
            '"Principal"',
        ),
        (
            TRUST,
            trust('"Principal": {"Federated": "*"}'),
            "Federated principals must be valid domain names or SAML metadata ARNs",
            '"*"',
        ),
        (
            TRUST,
            trust('"Action": ["sts:AssumeRole", "sts:TagSessions"]'),
            "AssumeRole policy may only specify STS AssumeRole actions.",
            '"sts:TagSessions"',
        ),
        (INLINE, identity('"Resource": "arn:aws:iam::1:usr/x"'), IAM_TYPES, '"arn'),
        (
            INLINE,
            identity('"Resource": "arn:aws:iam:us-east-1:1:user/x"'),
            "IAM resource arn:aws:iam:us-east-1:1:user/x cannot contain region information.",
            '"arn',
        ),
        (
            INLINE,
            identity('"Resource": "arn:aws-cn:s3:::b"'),
            'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".',
            '"arn',
        ),
        (INLINE, identity('"Condition": {"DateLessThan": {"a:b": ["2026-11-24", "soon"]}}'), LEGACY, '"soon"'),
        (INLINE, identity('"Condition": {"IpAddress": {"a:b": "10.0.0.0/33"}}'), LEGACY, '"10.0.0.0/33"'),
    ],
)
def test_a_fault_is_told_in_awss_words_and_at_its_place(
    policy_type: PolicyType, text: str, message: str, marked: str
) -> None:
    with pytest.raises(PolicySyntaxError) as refused:
        check(text, policy_type)

    assert refused.value.message == message
    position = refused.value.position
    assert position is not None
    assert text.split("\n")[position.line - 1][position.column - 1 :].startswith(marked)


@pytest.mark.parametrize(
    "statement",
    [
        '"Action": "no-such:Thing", "Resource": "arn:aws:no-such:::thing"',
        '"Action": "s3:NoSuchThing", "Resource": "*", "Condition": {"StringEquals": {"no-such:Key": "x"}}',
        '"Action": "s3:*", "Resource": "*", "Condition": {"NumericEquals": {"aws:SourceIp": "10.0.0.1"}}',
        '"Action": "s3:*", "Resource": "*", "Condition": {"ForAllValues:StringLike": {"aws:username": "x"}}',
        '"Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"a:b": "1"}, "StringLike": {"a:b": "2"}}',
        '"Action": ["s3:*", "s3:GetObject"], "Resource": ["*", "arn:aws:s3:::b"]',
        '"Action": "s3:*", "Resource": "*", "Sid": ""',
    ],
)
def test_what_can_never_match_is_taken_all_the_same(statement: str) -> None:
    text = one('"Effect": "Allow", ' + statement)

    assert check(text, INLINE) == parse(text)
    assert faults(text, INLINE) == ()


def test_all_faults_are_told_in_awss_order() -> None:
    text = one(
        '"Sid": "!", "Effect": "Allow", "Action": ["x", "s3:*", "a:b:c"], "Resource": "b"}, {"Action": "y",'
        ' "Condition": {"Odd": {"a:b": "c"}, "Bool": {"d": "true"}}',
        version="",
    )

    found = faults(text, MANAGED)

    assert [fault.path for fault in found] == [
        "Version",
        "Statement[0].Sid",
        "Statement[1]",
        "Statement[1]",
        "Statement[0].Action[0]",
        "Statement[0].Action[2]",
        "Statement[0].Resource[0]",
        "Statement[1].Action[0]",
        "Statement[1].Condition.Odd",
        "Statement[1].Condition.Bool.d",
    ]
    assert all(fault.position is not None for fault in found)
    assert found[0].position == Position(1, 1)


def test_a_document_without_the_shape_of_a_policy_has_one_fault() -> None:
    [fault] = faults("[]", INLINE)
    [broken] = faults("{", TRUST)

    assert (fault.message, fault.path, fault.position) == (SYNTAX, "", Position(1, 1))
    assert (broken.message, broken.position) == ("This policy contains invalid Json", Position(1, 2))


def test_faults_of_the_policies_of_organizations_have_words_of_their_own() -> None:
    text = one('"Effect": "Allow", "Principal": {"AWS": "*"}, "NotAction": "*", "Resource": "*"}, {' + RESOURCE + '"*"')

    found = faults(text.replace("s3:*", "*"), PolicyType.RESOURCE_CONTROL)

    assert [(fault.path, fault.message) for fault in found] == [
        ("Statement[0].Effect", "A resource control policy can only deny."),
        ("Statement[0].Principal", 'The Principal of a resource control policy is "*".'),
        ("Statement[0].NotAction", "A resource control policy has no NotAction."),
        ("Statement[1]", "Missing required field Principal"),
        ("Statement[1].Effect", "A resource control policy can only deny."),
        ("Statement[1].Action", "The actions of a resource control policy name a service."),
    ]
    with pytest.raises(PolicySyntaxError) as refused:
        check(text, PolicyType.RESOURCE_CONTROL)
    assert (refused.value.message, refused.value.position) == (ORGANIZATIONS, found[0].position)


def test_further_faults_are_looked_for_in_a_principal_that_is_empty() -> None:
    text = one('"Effect": "Deny", "Principal": {}, "Action": "s3:*", "Resource": "*"')

    [fault] = faults(text, PolicyType.RESOURCE_CONTROL)

    assert (fault.message, fault.path) == ("Missing required field Principal", "Statement[0]")


def test_as_many_faults_are_told_as_somebody_reads() -> None:
    text = one('"Effect": "Allow", "Resource": "*", "Action": [' + ", ".join(['"x"'] * 20_000) + "]")

    assert len(faults(text, INLINE)) == MAX_FAULTS == 100
