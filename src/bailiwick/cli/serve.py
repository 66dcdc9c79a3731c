"""`bailiwick serve`: the first run when there is nothing yet, then the service until SIGTERM."""

import argparse
import gc
import logging
import resource
import shlex
import socket
import sys
from collections.abc import Callable, Sequence

import uvloop

from bailiwick import __version__, log
from bailiwick.cli.http_server import HttpServer
from bailiwick.cli.listening import close_sockets, open_sockets, url_of
from bailiwick.cli.outcome import CommandFailed, ExitCode
from bailiwick.service import FirstRun, Service, StartError
from bailiwick.settings import Loaded, Settings

_log = logging.getLogger(__name__)

_OPEN_FILES = 65_536
_SWITCH_SECONDS = 0.000_5


def run(arguments: argparse.Namespace, loaded: Loaded | None) -> ExitCode:
    """Serve until SIGTERM or SIGINT.

    Raises:
        CommandFailed: the address, the data folder, the store or the master key cannot be used.
    """
    assert loaded is not None
    settings = loaded.settings
    log.configure(log_format=settings.log_format, level=settings.log_level)
    _allow_many_connections()
    _write_no_core()
    # How long the event loop waits for the interpreter whenever a thread beside it is at work: several times a request.
    sys.setswitchinterval(_SWITCH_SECONDS)
    sockets = open_sockets(settings.listen)
    try:
        uvloop.run(_serve(settings, sockets))
    except StartError as error:
        raise CommandFailed(str(error)) from error
    finally:
        close_sockets(sockets, settings.listen)
    return ExitCode.DONE


async def _serve(settings: Settings, sockets: list[socket.socket]) -> None:
    service = await Service.open(settings)
    try:
        first = await service.first_run()
        await service.start()
        urls = [url_of(listener) for listener in sockets]
        server = HttpServer(
            service.app,
            grace_seconds=settings.shutdown_grace,
            on_started=lambda: _announce(settings, service, first, urls),
            on_drain=_draining(service),
        )
        # What is there now stays: the collector need not look at it again with each request's garbage.
        gc.freeze()
        await server.serve(sockets=sockets)
    finally:
        await service.close()


def _draining(service: Service) -> Callable[[], None]:
    def begin() -> None:
        service.drain()
        _log.info("Stopping: requests under way are finished first")

    return begin


def _announce(settings: Settings, service: Service, first: FirstRun | None, urls: Sequence[str]) -> None:
    """Say on standard output what listens, where the data is, and what to do next."""
    url = next((url for url in urls if url.startswith("http")), settings.public_url)
    lines = [
        f"Bailiwick {__version__} is listening on {', '.join(urls)}",
        f"  data   {settings.data.absolute()}",
        f"  store  {service.store.description}",
    ]
    if first is not None:
        lines.append(
            f"  new    account {first.account.account_id} with the administrator `admin`;"
            f" its access key is in {first.credentials_file}"
        )
    variables = f"AWS_ENDPOINT_URL={url}"
    # A further server of a store has no such file: the first one made it.
    if (credentials := settings.data.absolute() / "credentials").exists():
        variables += f" AWS_SHARED_CREDENTIALS_FILE={shlex.quote(str(credentials))}"
    lines += ["In another terminal:", f"  export {variables}", "  aws sts get-caller-identity"]
    print("\n".join(lines), flush=True)
    _log.info("Listening", extra={"addresses": list(urls), "version": __version__})


def _allow_many_connections() -> None:
    """Raise this process's limit of open files towards what the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if sys.platform != "darwin" and soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _write_no_core() -> None:
    """Memory holds secrets: a crash must not leave them in a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
