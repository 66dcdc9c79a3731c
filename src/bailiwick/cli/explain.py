"""`bailiwick explain`: why a request was decided as it was, and how it would be today."""

import argparse
import time
from typing import Any, Final

from bailiwick.access.request_ids import moment_of
from bailiwick.cli import explanation_text as text
from bailiwick.cli.api_client import Refused, call
from bailiwick.cli.outcome import ExitCode
from bailiwick.cli.output import print_json, show
from bailiwick.settings import Loaded

_RECENTLY_SECONDS: Final = 5
_AGAIN_SECONDS: Final = 0.25
_TRIES: Final = 8


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Ask and print.

    Raises:
        CommandFailed: see `api_client.call`; the request is not there for one.
    """
    reply = _explained(arguments)
    if arguments.json:
        print_json({**reply, "HappenedAt": _iso(reply["HappenedAt"])})
        return ExitCode.DONE
    show(_heading(reply), f"  {_circumstances(reply)}")
    for decision in reply["Decisions"]:
        if decision["Effect"] == "Deny" or len(reply["Decisions"]) == 1:
            _print_decision(decision, arguments)
    for note in reply["Notes"]:
        show("", note)
    return ExitCode.DONE


def _explained(arguments: argparse.Namespace) -> dict[str, Any]:
    """The reply. The event of a refusal follows within a second: somebody quicker than that waits for it."""
    moment = moment_of(arguments.request_id)
    is_recent = moment is not None and abs(time.time() - moment / 1000) < _RECENTLY_SECONDS
    for _ in range(_TRIES if is_recent else 0):
        try:
            return call(arguments, "ExplainRequest", RequestId=arguments.request_id)
        except Refused as refused:
            if refused.error != "NoSuchEntity":
                raise
        time.sleep(_AGAIN_SECONDS)
    return call(arguments, "ExplainRequest", RequestId=arguments.request_id)


def _heading(reply: Any) -> str:
    denied = next((made for made in reply["Decisions"] if made["Effect"] == "Deny"), None)
    made = denied or next(iter(reply["Decisions"]), None)
    if made is not None:
        return text.headline(made["Effect"], reply["PrincipalArn"], made["Action"], made["ResourceArn"])
    return f"NOT DECIDED: {reply['Operation']} by {reply['PrincipalArn']}"


def _circumstances(reply: Any) -> str:
    by = f" with {reply['AccessKeyId']}" if "AccessKeyId" in reply else ""
    answered = f"answered {reply['ErrorCode']}" if "ErrorCode" in reply else "answered without an error"
    where = f" from {reply['SourceIpAddress']}" if "SourceIpAddress" in reply else ""
    return f"{reply['Operation']} at {_iso(reply['HappenedAt'])}{where}{by}, {answered}"


def _print_decision(made: Any, arguments: argparse.Namespace) -> None:
    now = made.get("Now")
    if now is not None and _is_as_then(made, now):
        text.print_answer(now, title="Why, then and now", with_trace=arguments.trace)
        return
    text.print_section("Why" if now is None else "Why then", _why_then(made))
    if now is not None:
        title = "It would be allowed now" if now["Effect"] == "Allow" else "It would still be denied"
        text.print_answer(now, title=title, with_trace=arguments.trace)


def _is_as_then(made: Any, now: Any) -> bool:
    decision = now["Explanation"]["decision"]
    return not made["IsChanged"] and (decision["reason"], decision["layer"]) == (made.get("Reason"), made.get("Layer"))


def _why_then(made: Any) -> list[str]:
    """What was kept of the decision; of another account's role, nothing."""
    told = []
    if "Reason" in made:
        statement = None
        if "StatementIndex" in made:
            sid = f' "{made["Sid"]}"' if "Sid" in made else ""
            statement = f"Statement[{made['StatementIndex']}]{sid} of {made['PolicyName']}"
        told.append(text.settled_by(made["Reason"], made.get("Layer"), statement))
    if made["MissingKeys"]:
        told.append(f"The request lacked: {', '.join(made['MissingKeys'])}")
    return told


def _iso(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]) + "Z"
