"""The client of the service's own API, for commands on an account. The only part of the program that uses botocore.

Credentials, region and endpoint are found as the `aws` CLI finds them: flags, `AWS_*`, `~/.aws/config` and
`~/.aws/credentials`.
"""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's own, which those of sockets are not
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

import bailiwick
from bailiwick.access.denials import without_encoded_message
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.cli.output import readable

_MODELS: Final = Path(bailiwick.__file__).parent / "models"
_CONFIG: Final = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})
_OF_AWS: Final = ".amazonaws.com"


class Refused(CommandFailed):
    """The server answered with an error.

    Attributes:
        error: its code, `NoSuchEntity` for one.
    """

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {readable(message)}")
        self.error = error


def call(
    arguments: argparse.Namespace, operation: str, *, service: str = "bailiwick", **parameters: object
) -> dict[str, Any]:
    """The reply of one operation of a service; what went wrong is told to who runs the command.

    Raises:
        Refused: the server answered with an error (code 1).
        CommandFailed: there are no credentials (1), called wrongly or without an endpoint (2), or not reachable (3).
    """
    client = _client(arguments, service)
    try:
        with closing(client):
            reply: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
    except ParamValidationError as error:
        raise CommandFailed(_sentence(error), ExitCode.USAGE) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CommandFailed(
            "No credentials were found. Name them as for the aws CLI: AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE"
        ) from error
    except ClientError as error:
        told = error.response["Error"]
        raise Refused(told["Code"], without_encoded_message(told.get("Message", ""))) from error
    except (ConnectionError, HTTPClientError) as error:
        raise CommandFailed(f"The server cannot be reached: {_sentence(error)}", ExitCode.UNREACHABLE) from error
    except BotoCoreError as error:
        raise CommandFailed(_sentence(error)) from error
    del reply["ResponseMetadata"]
    return reply


def _client(arguments: argparse.Namespace, service: str) -> Any:
    try:
        session = botocore.session.Session(profile=arguments.profile)
        session.get_component("data_loader").search_paths.append(str(_MODELS))
        client = session.create_client(
            service,
            region_name=session.get_config_variable("region") or "us-east-1",
            endpoint_url=arguments.endpoint_url,
            config=_CONFIG,
        )
    except (BotoCoreError, ValueError) as error:  # a ValueError for a URL that is none
        raise CommandFailed(_sentence(error), ExitCode.USAGE) from error
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if host.endswith(_OF_AWS):
        raise CommandFailed(
            "No endpoint is configured. Name the server: export AWS_ENDPOINT_URL=http://127.0.0.1:4260, or "
            "endpoint_url in ~/.aws/config, or --endpoint-url",
            ExitCode.USAGE,
        )
    return client


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())
