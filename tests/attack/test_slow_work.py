"""Work that takes long is nobody's means to keep others from theirs."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.parse import urlencode

from tests.user.client import Aws, User, send_signed

CALLS = 40


def heavy_simulation() -> str:
    """A request that takes as long as one may: many statements on many resources."""
    statements = [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::b{number}-{other}*x?y*" for other in range(20)],
        }
        for number in range(100)
    ]
    resources = {f"ResourceArns.member.{number}": f"arn:aws:s3:::b{number}-5{'xay' * 30}" for number in range(1, 300)}
    actions = {f"ActionNames.member.{number}": f"s3:GetObject{number}" for number in range(1, 100)}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    named = {"Action": "SimulateCustomPolicy", "Version": "2010-05-08", "PolicyInputList.member.1": policy}
    return urlencode(named | resources | actions)


def test_simulations_of_one_account_keep_no_other_waiting(aws: Aws) -> None:
    guest, body = aws.user("guest", allow=["iam:SimulateCustomPolicy"]), heavy_simulation()
    neighbour = aws.other()
    with ThreadPoolExecutor(CALLS) as clients:
        attacks = [clients.submit(code_of, aws, body, guest) for _ in range(CALLS)]
        wait(attacks, return_when="FIRST_COMPLETED")

        light = neighbour.admin("iam").simulate_custom_policy(
            PolicyInputList=['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'],
            ActionNames=["s3:GetObject"],
        )

        assert not all(attack.done() for attack in attacks)
    assert light["EvaluationResults"][0]["EvalDecision"] == "allowed"
    answers = Counter(attack.result() for attack in attacks)
    assert answers.keys() == {"OK", "Throttling"}, answers


def code_of(aws: Aws, body: str, signer: User) -> str:
    """`OK`, or the error's code."""
    reply = send_signed(aws.endpoint, body, signer)
    return "OK" if reply.status == 200 else reply.text.partition("<Code>")[2].partition("</Code>")[0]
