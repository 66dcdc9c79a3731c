"""Writes anew what AWS documents that IAM and STS answer: run it as `python tests/vectors/aws_replies/collect.py`.

Two sources, both by AWS and under the Apache License 2.0, as they are installed for the tests: the examples of the AWS
CLI's reference (`awscli/examples`) and those of the service models (`botocore/data/…/examples-1.json`). One file for
each operation that this version implements; each reply says where it comes from.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import awscli  # type: ignore[import-untyped]  # it has no types, and only its place is asked for
import botocore
from botocore import xform_name

from bailiwick.iam import iam
from bailiwick.sts import sts

FOLDER = Path(__file__).parent

_VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
_OUTPUT = re.compile(r"^\s*output\s*::\s*\n((?:[ \t]*\n|[ \t]+\S.*\n?)+)", re.IGNORECASE | re.MULTILINE)


def main() -> None:
    """Write every file."""
    for old in FOLDER.glob("*-*.json"):
        old.unlink()
    for service, names in (("iam", iam.names()), ("sts", sts.names())):
        for name in sorted(names):
            replies = [*of_command_reference(service, name), *of_service_model(service, name)]
            if replies:
                path = FOLDER / f"{service}-{xform_name(name, '-')}.json"
                document = {"service": service, "operation": name, "replies": replies}
                path.write_text(json.dumps(document, indent=1) + "\n")


def of_command_reference(service: str, name: str) -> Iterator[dict[str, object]]:
    """The replies printed in the reference of `aws SERVICE COMMAND`; one that is not JSON is passed over."""
    command = xform_name(name, "-")
    page = Path(awscli.__file__).parent / "examples" / service / f"{command}.rst"
    if not page.exists():
        return
    for number, block in enumerate(_OUTPUT.findall(page.read_text(encoding="utf-8")), start=1):
        try:
            output = json.loads(block)
        except ValueError:
            continue
        output.pop("NextToken", None)  # the command's own, made of Marker
        yield {"source": f"AWS CLI Command Reference, {service} {command}, output {number}", "output": output}


def of_service_model(service: str, name: str) -> Iterator[dict[str, object]]:
    """The replies among the examples of the service's model, as in the SDKs' references."""
    path = Path(botocore.__file__).parent / "data" / service / _VERSIONS[service] / "examples-1.json"
    examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
    for example in examples.get(name, []):
        if "output" in example:
            yield {"source": f"AWS SDK examples, {service} {name}, {example['id']}", "output": example["output"]}


if __name__ == "__main__":
    main()
