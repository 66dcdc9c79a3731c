"""`bailiwick can` and `bailiwick explain`: explanations in a terminal."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.user.aws_cli import variables
from tests.user.client import Aws, Signer
from tests.user.explanations import explained
from tests.user.refusals import denial_of
from tests.user.server import run
from tests.user.sessions import allowing, trusting


class Terminal:
    """A terminal with the aws CLI's variables set, in which the program is run."""

    def __init__(self, aws: Aws, home: Path, signer: Signer | None = None) -> None:
        self.environment = {
            "HOME": str(home),
            "AWS_ENDPOINT_URL": aws.endpoint,
            **variables(signer or aws.administrator),
        }

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, environment={**self.environment, **more})


@pytest.fixture
def terminal(aws: Aws, tmp_path: Path) -> Terminal:
    return Terminal(aws, tmp_path)


def words(text: str) -> str:
    """The text on one line, however it was wrapped."""
    return " ".join(text.split())


# bailiwick can


def test_can_says_what_allows(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])

    done = terminal.run("can", ana.arn, "iam:ListUsers", "*")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"ALLOWED: {ana.arn} may perform iam:ListUsers on *"
    assert "Statement[0] of inline policy given-0 in the identity-based policies allows it." in words(done.stdout)
    assert "What would allow it" not in done.stdout


def test_can_says_why_not_and_what_would_change_it(aws: Aws, terminal: Terminal) -> None:
    statement = {"Sid": "WithMfa", "Effect": "Allow", "Action": "iam:List*", "Resource": "*"}
    statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    done = terminal.run("can", ana.arn, "iam:ListUsers", "*")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0] == f"DENIED: {ana.arn} may not perform iam:ListUsers on *"
    told = words(done.stdout)
    assert "Nothing in the identity-based policies allows it." in told
    assert "The request lacks: aws:MultiFactorAuthPresent" in told
    assert 'Statement[0] "WithMfa" of inline policy given-0 would, but its condition Bool' in told
    assert "What would allow it" in told
    addition = next(line for line in done.stdout.splitlines() if line.strip().startswith("{"))
    assert json.loads(addition) == {"Effect": "Allow", "Action": ["iam:ListUsers"], "Resource": ["*"]}


def test_what_can_says_would_allow_it_allows_it(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana")
    said = terminal.run("can", ana.arn, "iam:ListUsers", "*").stdout
    addition = next(line for line in said.splitlines() if line.strip().startswith("{"))
    document = json.dumps({"Version": "2012-10-17", "Statement": [json.loads(addition)]})

    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="remedy", PolicyDocument=document)

    assert terminal.run("can", ana.arn, "iam:ListUsers", "*").returncode == 0
    ana.client("iam").list_users()


def test_can_names_the_statement_that_denies(aws: Aws, terminal: Terminal) -> None:
    policy = aws.admin("iam").create_policy(PolicyName="no", PolicyDocument=allowing("iam:*").replace("Allow", "Deny"))[
        "Policy"
    ]["Arn"]
    ana = aws.user("ana", allow=["*"])
    aws.admin("iam").attach_user_policy(UserName="ana", PolicyArn=policy)

    told = words(terminal.run("can", ana.arn, "iam:ListUsers", "*").stdout)

    assert f"Statement[0] of managed policy {policy} in the identity-based policies denies it." in told
    assert "Take out Statement[0] of no" in told


def test_can_takes_condition_keys_and_several_values_of_one(aws: Aws, terminal: Terminal) -> None:
    statement = {"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*"}
    statement["Condition"] = {  # type: ignore[assignment]
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
        "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    def code(*context: str) -> int:
        flags = [word for pair in context for word in ("--context", pair)]
        return terminal.run("can", ana.arn, "iam:TagUser", ana.arn, *flags).returncode

    assert code() == 1
    assert code("aws:SourceIp=203.0.113.7") == 0
    assert code("aws:SourceIp=203.0.113.7", "aws:TagKeys=a", "AWS:TagKeys=b") == 0
    assert code("aws:SourceIp=203.0.113.7", "aws:TagKeys=a", "aws:TagKeys=c") == 1


def test_can_reads_policies_from_files(aws: Aws, terminal: Terminal, tmp_path: Path) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=aws.account_id, allow=["s3:*"])
    (tmp_path / "trust.json").write_text(json.dumps(trusting(ana.arn)))
    (tmp_path / "session.json").write_text(allowing("s3:GetObject"))

    def code(*arguments: str) -> int:
        return terminal.run("can", *arguments).returncode

    assert code(ana.arn, "sts:AssumeRole", role.arn) == 1
    assert code(ana.arn, "sts:AssumeRole", role.arn, "--resource-policy", str(tmp_path / "trust.json")) == 0
    session = ("--session-policy", str(tmp_path / "session.json"))
    assert code(role.arn, "s3:GetObject", "arn:aws:s3:::b/o", *session) == 0
    assert code(role.arn, "s3:PutObject", "arn:aws:s3:::b/o", *session) == 1


def test_can_traces_every_statement_when_asked(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana", allow=["s3:GetObject"])

    without, with_it = (terminal.run("can", ana.arn, "iam:ListUsers", "*", *flag).stdout for flag in ((), ("--trace",)))

    assert "Trace" not in without
    assert "does not     Action: s3:GetObject  | request: iam:ListUsers" in with_it
    assert "matches      Resource: *  | request: *" in with_it


def test_can_prints_json_for_programs(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana")

    done = terminal.run("can", ana.arn, "iam:ListUsers", "*", "--json")

    assert done.returncode == 1
    reply = json.loads(done.stdout)
    assert (reply["PrincipalArn"], reply["Action"], reply["ResourceArn"]) == (ana.arn, "iam:ListUsers", "*")
    assert reply["Answer"]["Effect"] == "Deny"
    assert reply["Answer"]["Explanation"]["decision"]["layer"] == "identity"
    assert reply["Answer"]["Remedies"][0][0]["kind"] == "addStatement"


def test_can_does_not_call_a_role_elsewhere_allowed_by_what_it_may_not_see(aws: Aws, terminal: Terminal) -> None:
    theirs = aws.other()
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = theirs.role("deploy", trust=theirs.account_id)

    told = words(terminal.run("can", ana.arn, "sts:AssumeRole", role.arn).stdout)

    assert told.startswith(f"DENIED: {ana.arn} may not perform sts:AssumeRole on {role.arn} Why ")
    assert "The caller's own side allows it. The role's account does not" in told
    assert "trust policy allows it" not in told


# bailiwick explain


def test_explain_tells_of_a_denied_request_at_once(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana", deny=["iam:ListUsers"])
    request_id = denial_of(ana.client("iam").list_users).request_id

    done = terminal.run("explain", request_id)

    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()[:2]
    assert first == f"DENIED: {ana.arn} may not perform iam:ListUsers on *"
    assert second.startswith("  iam:ListUsers at ")
    assert second.endswith(f"with {ana.access_key_id}, answered AccessDenied")
    assert "Why, then and now" in done.stdout
    assert "Statement[0] of inline policy given-0 in the identity-based policies denies it." in words(done.stdout)
    assert "What would allow it" in done.stdout


def test_explain_tells_what_has_changed_since(aws: Aws, terminal: Terminal) -> None:
    ana = aws.user("ana")
    request_id = denial_of(ana.client("iam").list_users).request_id
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="later", PolicyDocument=allowing("iam:*"))

    told = words(terminal.run("explain", request_id).stdout)

    assert "Why then Nothing in the identity-based policies allows it." in told
    assert "It would be allowed now Statement[0] of inline policy later" in told


def test_explain_tells_of_what_was_allowed(aws: Aws, terminal: Terminal) -> None:
    request_id = aws.admin("iam").list_users()["ResponseMetadata"]["RequestId"]

    done = terminal.run("explain", request_id)

    assert done.returncode == 0
    assert done.stdout.startswith("ALLOWED: ")
    assert "answered without an error" in done.stdout
    assert "Statement[0] of arn:aws:iam::aws:policy/AdministratorAccess" in words(done.stdout)


def test_explain_tells_of_what_needed_no_permission(aws: Aws, terminal: Terminal) -> None:
    request_id = aws.admin("sts").get_caller_identity()["ResponseMetadata"]["RequestId"]

    told = words(terminal.run("explain", request_id).stdout)

    assert told.startswith("NOT DECIDED: sts:GetCallerIdentity by ")
    assert told.endswith("Nothing was decided about it: it needed no permission, or was refused before.")


def test_explain_prints_json_for_programs(aws: Aws, terminal: Terminal) -> None:
    request_id = denial_of(aws.user("ana").client("iam").list_users).request_id
    explained(aws.admin("bailiwick"), request_id)

    reply = json.loads(terminal.run("explain", request_id, "--json").stdout)

    assert reply["RequestId"] == request_id
    assert reply["HappenedAt"].endswith("Z")
    assert reply["Decisions"][0]["Now"]["Effect"] == "Deny"


def test_explain_traces_when_asked(aws: Aws, terminal: Terminal) -> None:
    request_id = denial_of(aws.user("ana", allow=["s3:*"]).client("iam").list_users).request_id

    assert "Action: s3:*  | request: iam:ListUsers" in terminal.run("explain", request_id, "--trace").stdout


# How it goes wrong


@pytest.mark.parametrize("command", [("explain", "019ab000-0000-7000-8000-000000000000"), ("can", "ARN", "a:b", "*")])
def test_what_the_server_refuses_ends_with_1_and_its_words(aws: Aws, tmp_path: Path, command: tuple[str, ...]) -> None:
    ana = aws.user("ana")

    done = Terminal(aws, tmp_path, ana).run(*(word.replace("ARN", ana.arn) for word in command))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"bailiwick: AccessDeniedException: User: {ana.arn} is not authorized to perform: ")
    assert done.stderr.endswith(" action\n")


def test_a_request_that_is_not_there_ends_with_1(terminal: Terminal) -> None:
    done = terminal.run("explain", "019ab000-0000-7000-8000-000000000000")

    assert done.returncode == 1
    assert "NoSuchEntity: The request with id 019ab000-0000-7000-8000-000000000000 cannot be found." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words_told"),
    [
        (["explain", "x"], "Invalid length for parameter RequestId"),
        (["explain"], "the following arguments are required: REQUEST_ID"),
        (["can", "x", "iam:GetUser", "*"], "Invalid length for parameter PrincipalArn"),
        (["can", "ARN", "iam:GetUser", "*", "--context", "key"], "--context key: it must be KEY=VALUE"),
        (["can", "ARN", "iam:GetUser", "*", "--context", "=v"], "it must be KEY=VALUE"),
        (["can", "ARN", "iam:GetUser", "*", "--session-policy", "missing.json"], "missing.json cannot be read"),
        (["can", "ARN", "iam:GetUser", "*", "--endpoint-url", "no url"], "Invalid endpoint: no url"),
        (["can", "ARN", "iam:GetUser", "*", "--profile", "nobody"], "The config profile (nobody) could not be found"),
        (["can", "ARN", "iam:GetUser", "*", "--contxt", "a=b"], "did you mean --context?"),
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, arguments: list[str], words_told: str) -> None:
    done = terminal.run(*(word.replace("ARN", "arn:aws:iam::111122223333:user/ana") for word in arguments))

    assert (done.returncode, done.stdout) == (2, "")
    assert words_told in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_endpoint_nothing_is_sent_to_aws(terminal: Terminal) -> None:
    done = terminal.run("explain", "019ab000-0000-7000-8000-000000000000", AWS_ENDPOINT_URL="")

    assert done.returncode == 2
    assert "No endpoint is configured. Name the server: export AWS_ENDPOINT_URL=" in done.stderr


def test_without_credentials_it_says_so(aws: Aws, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "AWS_ENDPOINT_URL": aws.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}

    done = run("explain", "019ab000-0000-7000-8000-000000000000", environment=environment)

    assert done.returncode == 1
    assert "No credentials were found." in done.stderr


def test_a_server_that_is_not_there_ends_with_3(terminal: Terminal) -> None:
    done = terminal.run("explain", "019ab000-0000-7000-8000-000000000000", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    assert done.returncode == 3
    assert "The server cannot be reached: " in done.stderr


def test_profile_and_endpoint_are_found_in_awss_files(aws: Aws, tmp_path: Path) -> None:
    keys = aws.administrator
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[work]\naws_access_key_id = {keys.access_key_id}\naws_secret_access_key = {keys.secret_access_key}\n"
    )
    (folder / "config").write_text(f"[profile work]\nendpoint_url = {aws.endpoint}\n")
    arn = f"arn:aws:iam::{aws.account_id}:user/admin"

    by_flag = run("can", arn, "iam:ListUsers", "*", "--profile", "work", environment={"HOME": str(tmp_path)})
    by_variable = run("can", arn, "iam:ListUsers", "*", environment={"HOME": str(tmp_path), "AWS_PROFILE": "work"})

    assert (by_flag.returncode, by_variable.returncode) == (0, 0)
    assert by_flag.stdout == by_variable.stdout
