import json

import pytest

from bailiwick.policy import (
    ConditionBlock,
    Effect,
    NotJsonError,
    PolicyDocument,
    PolicySyntaxError,
    PrincipalBlock,
    Statement,
    parse,
    render,
    size,
)

WHOLE = """{
  "Version": "2012-10-17", "Id": "an id",
  "Statement": [
    {"Sid": "One", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "*"], "Service": "ec2.amazonaws.com"},
     "Action": "s3:*", "Resource": ["*"],
     "Condition": {"StringEquals": {"aws:username": ["a", 1, true], "a:b": "c"}, "Bool": {"x:y": false}}},
    {"Effect": "Deny", "NotPrincipal": "*", "NotAction": ["iam:*", "s3:*"], "NotResource": "arn:aws:s3:::b"}
  ]
}"""
TREE = PolicyDocument(
    "2012-10-17",
    "an id",
    (
        Statement(
            sid="One",
            effect=Effect.ALLOW,
            principal=PrincipalBlock((("AWS", ("111111111111", "*")), ("Service", ("ec2.amazonaws.com",)))),
            action=("s3:*",),
            resource=("*",),
            conditions=(
                ConditionBlock("StringEquals", (("aws:username", ("a", "1", "true")), ("a:b", ("c",)))),
                ConditionBlock("Bool", (("x:y", ("false",)),)),
            ),
        ),
        Statement(
            effect=Effect.DENY,
            not_principal=PrincipalBlock((("*", ("*",)),)),
            not_action=("iam:*", "s3:*"),
            not_resource=("arn:aws:s3:::b",),
        ),
    ),
)


def with_statement(**changes: object) -> str:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_every_element_is_read() -> None:
    assert parse(WHOLE) == TREE


def test_a_tree_is_written_as_text_that_reads_the_same() -> None:
    assert parse(render(TREE)) == TREE
    assert parse(render(parse('{"Statement": {}}'))) == PolicyDocument(None, None, (Statement(),))
    assert render(parse(WHOLE)).isascii()


def test_a_tree_is_written_without_white_space() -> None:
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:*"],"Resource":["*"]}]}'

    assert render(parse(text)) == text


def test_a_statement_alone_needs_no_brackets() -> None:
    assert parse(with_statement()) == parse(
        '{"Version":"2012-10-17","Statement":[' + '{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}'
    )


def test_condition_values_without_quotes_mean_their_text() -> None:
    [statement] = parse(with_statement(Condition={"NumericEquals": {"a:b": [2.0, 10]}})).statements

    assert statement.conditions == (ConditionBlock("NumericEquals", (("a:b", ("2.0", "10")),)),)
    [test] = statement.conditions[0].tests
    assert [type(value) for value in test[1]] == [str, str]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[]", ""),
        ('"x"', ""),
        ("{}", "Statement[0]"),
        ('{"Statement": []}', "Statement"),
        ('{"Statement": "x"}', "Statement[0]"),
        ('{"Statement": null}', "Statement[0]"),
        ('{"Statement": [{}, []]}', "Statement[1]"),
        ('{"Statement": {}, "statement": {}}', "statement"),
        ('{"Statement": {}, "Version": "2012-10-18"}', "Version"),
        ('{"Statement": {}, "Version": 2012}', "Version"),
        ('{"Statement": {}, "Version": null}', "Version"),
        ('{"Statement": {}, "Id": 7}', "Id"),
        (with_statement(Sid=1), "Statement[0].Sid"),
        (with_statement(Effect=True), "Statement[0].Effect"),
        (with_statement(Action=None), "Statement[0].Action"),
        (with_statement(Action={}), "Statement[0].Action"),
        (with_statement(Action=["s3:*", 1]), "Statement[0].Action[1]"),
        (with_statement(NotAction=[["s3:*"]]), "Statement[0].NotAction[0]"),
        (with_statement(Resource=False), "Statement[0].Resource"),
        (with_statement(Principal="x"), "Statement[0].Principal"),
        (with_statement(Principal=["*"]), "Statement[0].Principal"),
        (with_statement(Principal={"aws": "*"}), "Statement[0].Principal.aws"),
        (with_statement(Principal={"*": "*"}), "Statement[0].Principal.*"),
        (with_statement(NotPrincipal={"AWS": [1]}), "Statement[0].NotPrincipal.AWS[0]"),
        (with_statement(Condition=[]), "Statement[0].Condition"),
        (with_statement(Condition={"Bool": []}), "Statement[0].Condition.Bool"),
        (with_statement(Condition={"Bool": {"a:b": None}}), "Statement[0].Condition.Bool.a:b"),
        (with_statement(Condition={"Bool": {"a:b": ["true", {}]}}), "Statement[0].Condition.Bool.a:b[1]"),
        (with_statement(effect="Allow"), "Statement[0].effect"),
        (with_statement(Conditions={}), "Statement[0].Conditions"),
    ],
)
def test_what_has_not_the_shape_of_a_policy_is_refused_with_its_place(text: str, path: str) -> None:
    with pytest.raises(PolicySyntaxError) as refused:
        parse(text)

    assert refused.value.path == path
    assert refused.value.message == "Syntax errors in policy."
    assert str(refused.value) == refused.value.message
    assert not isinstance(refused.value, NotJsonError)


@pytest.mark.parametrize("effect", ["allow", "", "Permit"])
def test_an_effect_of_another_word_has_a_message_of_its_own(effect: str) -> None:
    with pytest.raises(PolicySyntaxError) as refused:
        parse(with_statement(Effect=effect))

    assert (refused.value.message, refused.value.path) == ("The policy failed legacy parsing", "Statement[0].Effect")


@pytest.mark.parametrize(
    "text", ["", "{", "{'Statement': {}}", "[" * 100_000, '{"a":' * 20_000, '{"Statement": {}}\u2028']
)
def test_what_is_no_json_is_refused_whatever_its_depth(text: str) -> None:
    with pytest.raises(NotJsonError) as refused:
        parse(text)

    assert refused.value.message == "Syntax errors in policy."


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": {"Effect": "Allow", "Effect": "Deny"}}',
        '{"Statement": {"Condition": {"Bool": {"a:b": "true", "a:b": "false"}}}}',
        '{"Statement": {}, "Statement": {}}',
    ],
)
def test_a_repeated_key_is_a_syntax_error(text: str) -> None:
    with pytest.raises(PolicySyntaxError) as refused:
        parse(text)

    assert refused.value.message == "Syntax errors in policy."
    assert not isinstance(refused.value, NotJsonError)


def test_condition_keys_that_differ_in_case_are_two_tests() -> None:
    [statement] = parse(with_statement(Condition={"Bool": {"a:b": "true", "A:B": "false"}})).statements

    assert statement.conditions == (ConditionBlock("Bool", (("a:b", ("true",)), ("A:B", ("false",)))),)


def test_white_space_does_not_count_to_the_size() -> None:
    assert size(' {\t"a b":\r\n1 } ') == len('{"ab":1}')
    assert size("aAxX") == 4
    assert size("") == 0
    assert size("\u00a0") == 1
