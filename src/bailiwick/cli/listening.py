"""Opens the sockets that the service listens on, and says in plain words why one cannot be opened."""

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Sequence
from pathlib import Path

from bailiwick.cli.outcome import CommandFailed
from bailiwick.settings import Address

BACKLOG = 2048


def open_sockets(addresses: Sequence[Address]) -> list[socket.socket]:
    """One bound and listening socket for each address, in order.

    Raises:
        CommandFailed: an address is in use, not this host's, or not allowed; none is left open.
    """
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_open(address)) for address in addresses]
        opened.pop_all()
    return sockets


def close_sockets(sockets: Sequence[socket.socket], addresses: Sequence[Address]) -> None:
    """Close what was opened for the addresses, and remove the files of unix sockets."""
    for listener in sockets:
        listener.close()
    for address in addresses:
        if address.path is not None:
            Path(address.path).unlink(missing_ok=True)


def url_of(listener: socket.socket) -> str:
    """Where clients reach the socket: `http://127.0.0.1:4260` or `unix:/path`."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"


def _open(address: Address) -> socket.socket:
    if address.path is not None:
        return _open_unix(Path(address.path))
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CommandFailed(f"Cannot listen on {address}: the host name is not known ({error.strerror}).") from error
    family, kind, protocol, _, place = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # [::] then means IPv6 only, so that it and 0.0.0.0 can be listened on together.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CommandFailed(f"Cannot listen on {address}: {_why(error, address)}") from error
    return listener


def _why(error: OSError, address: Address) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"another program listens there. Stop it, or choose another address, for instance "
                f"--listen {Address(host=address.host, port=address.port + 1)}"
            )
        case errno.EACCES:
            return "that needs more rights; ports below 1024 belong to the system."
        case errno.EADDRNOTAVAIL:
            return "this host does not have that address."
        case _:
            return f"{error.strerror}."


def _open_unix(path: Path) -> socket.socket:
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        os.chmod(path, 0o660)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CommandFailed(f"Cannot listen on unix:{path}: {error.strerror or error}.") from error
    return listener


def _remove_stale(path: Path) -> None:
    """Remove the socket file of a server that is gone; leave anything else."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise CommandFailed(f"Cannot listen on unix:{path}: there is a file of that name that is not a socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        else:
            raise CommandFailed(f"Cannot listen on unix:{path}: another program listens there.")
