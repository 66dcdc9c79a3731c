"""`bailiwick policy check`: faults with their places, sizes, and how it ends."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.user.policy_builders import TRUST, allowing
from tests.user.server import PROGRAM, clean_environment, run

FAULTY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Allow", "Action": ["s3:PutObject", "PutObject"], "Resource": "b"}
  ]
}
"""
FAULTY_SIZE = len("".join(FAULTY.split()))
FINE = json.dumps(allowing("s3:GetObject"), indent=4)
FINE_SIZE = len("".join(FINE.split()))
NEEDS_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy that is fine, one that is not, and one that is no JSON."""
    (tmp_path / "fine.json").write_text(FINE)
    (tmp_path / "faulty.json").write_text(FAULTY)
    (tmp_path / "broken.json").write_text('{\n  "Version": "2012-10-17",\n}\n')
    return tmp_path


def check(folder: Path, *arguments: str, text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    """Run `bailiwick policy check ARGUMENTS` in the folder, with a text on standard input."""
    content = text.encode() if isinstance(text, str) else text
    done = subprocess.run(
        [PROGRAM, "policy", "check", *arguments],
        input=content,
        capture_output=True,
        timeout=60,
        cwd=folder,
        env=clean_environment(),
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_policy_that_aws_would_store_is_fine(folder: Path) -> None:
    done = check(folder, "fine.json")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"fine.json: fine; {FINE_SIZE} of 6,144 characters\n"


def test_every_fault_is_told_at_its_line_and_column(folder: Path) -> None:
    line = FAULTY.split("\n")[4]
    action, resource = line.index('"PutObject"') + 1, line.index('"b"') + 1

    done = check(folder, "fine.json", "faulty.json", "broken.json")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1:] == [
        f"faulty.json:5:{action}: {NEEDS_VENDOR} (Statement[1].Action[1])",
        f'faulty.json:5:{resource}: Resource b must be in ARN format or "*". (Statement[1].Resource[0])',
        f"faulty.json: refused; {FAULTY_SIZE} of 6,144 characters",
        "broken.json:3:1: Syntax errors in policy.",
        "broken.json: refused; 25 of 6,144 characters",
    ]


def test_a_document_is_taken_for_what_it_is_said_to_be(folder: Path) -> None:
    assert check(folder, "--type", "trust", "-", text=TRUST).returncode == 0
    assert check(folder, "--type", "inline", "fine.json").stdout.endswith(
        f" {FINE_SIZE} of 2,048 (user), 5,120 (group), 10,240 (role) characters\n"
    )
    refused = check(folder, "--type", "resource", "fine.json")
    assert refused.returncode == 1
    assert refused.stdout == (
        f"fine.json:4:9: Missing required field Principal (Statement[0])\nfine.json: refused; {FINE_SIZE} characters\n"
    )
    rcp = check(folder, "--type", "rcp", "fine.json")
    assert "fine.json:5:13: A resource control policy can only deny. (Statement[0].Effect)\n" in rcp.stdout


@pytest.mark.parametrize(
    ("kind", "limit", "white_space_counts"),
    [
        ("managed", 6144, False),
        ("inline", 10240, False),
        ("session", 2048, True),
        ("scp", 10240, True),
    ],
)
def test_a_document_larger_than_its_quota_is_refused(
    folder: Path, kind: str, limit: int, white_space_counts: bool
) -> None:
    text = json.dumps(allowing("s3:*", resource="arn:aws:s3:::")).replace(" ", "")
    largest = text.replace(":::", ":::" + "b" * (limit - len(text)))

    fine = check(folder, "--type", kind, "-", text=largest)
    padded = check(folder, "--type", kind, "-", text=largest + "\n")
    larger = check(folder, "--type", kind, "-", text=largest.replace(":::b", ":::bb"))

    assert (fine.returncode, padded.returncode, larger.returncode) == (0, int(white_space_counts), 1)
    assert fine.stdout.startswith(f"-: fine; {limit:,} of ")
    assert larger.stdout.startswith(f"-: too large; {limit + 1:,} of ")


def test_json_is_for_programs(folder: Path) -> None:
    done = check(folder, "--json", "faulty.json")

    assert done.returncode == 1
    [report] = json.loads(done.stdout)
    assert report["faults"][1] == {
        "message": 'Resource b must be in ARN format or "*".',
        "path": "Statement[1].Resource[0]",
        "line": 5,
        "column": FAULTY.split("\n")[4].index('"b"') + 1,
    }
    del report["faults"]
    assert report == {
        "file": "faulty.json",
        "type": "managed",
        "fine": False,
        "size": FAULTY_SIZE,
        "limits": {"policy": 6144},
        "warnings": [],
    }


def test_what_aws_would_store_and_nobody_should_want_is_warned_of(folder: Path) -> None:
    issuer = "token.actions.githubusercontent.com"
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {f"{issuer}:sub": "repo:acme/*"}},
        },
    }

    done = check(folder, "--type", "trust", "-", text=json.dumps(trust))
    told = check(folder, "--json", "--type", "trust", "-", text=json.dumps(trust))

    assert (done.returncode, told.returncode) == (0, 0)
    warning, outcome = done.stdout.splitlines()
    assert f": warning: The provider {issuer} is shared by many, and tokens for every audience are taken" in warning
    assert outcome.startswith("-: fine; ")
    [report] = json.loads(told.stdout)
    assert (report["fine"], report["faults"]) == (True, [])
    assert report["warnings"][0]["path"] == "Statement[0].Principal.Federated[0]"


def test_lines_and_columns_are_those_of_the_file_as_it_is(folder: Path) -> None:
    text = '{"Version": "2012-10-17", "Id": "éü",\r\n"Statement": {"Sid": "é"}}'

    lines = check(folder, "-", text=text).stdout.splitlines()

    assert lines[0] == "-:1:27: Syntax errors in policy. (Id)"
    assert lines[1].startswith("-:2:15: Statement IDs (SID) must be alpha-numeric.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.json",), "bailiwick: nowhere.json cannot be read: No such file or directory.\n"),
        (("-",), "bailiwick: - is not UTF-8: byte 1 is no character.\n"),
        (("--type", "bucket", "fine.json"), "bailiwick: argument --type: invalid choice: 'bucket'"),
        ((), "bailiwick: the following arguments are required: FILE\n"),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_usage(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = check(folder, *arguments, text=b"\xff")

    assert done.returncode == 2
    assert done.stderr.startswith(words)


def test_help_tells_the_types() -> None:
    done = run("policy", "check", "--help")

    assert "{managed,inline,trust,session,resource,scp,rcp,vpc-endpoint}" in done.stdout
