"""Serving the application by waitress, a WSGI server made for production."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from search.model.errors import SettingError

#: Bytes. A request is a URL and the headers of a browser; there is never a body.
_MAX_HEADER_BYTES = 64 * 1024
_MAX_BODY_BYTES = 1024

_THREADS = 8


def serve(
    app: Any, host: str, port: int, *, ready: Callable[[str], None] = lambda url: None
) -> None:
    """Answer requests to *app* (WSGI) on *host* and *port* until Ctrl-C.

    *ready* is called with the URL once connections are taken; with port 0 that is how to learn the
    port. Raises `SettingError` where the address cannot be bound.
    """
    import waitress

    # Bound here because waitress leaves sockets open when it cannot bind.
    with _listening(host, port) as listening:
        server = waitress.create_server(
            app,
            sockets=[listening],
            threads=_THREADS,
            ident=None,
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=_MAX_BODY_BYTES,
        )
        try:
            name = f"[{host}]" if ":" in host else host
            ready(f"http://{name}:{listening.getsockname()[1]}")
            server.run()  # returns on Ctrl-C, once the requests in hand are answered
        finally:
            server.close()


def is_loopback(host: str) -> bool:
    """Whether `serve` binds *host* where this computer alone can reach it, however that is written.

    False where *host* is no address at all, which `serve` says better.
    """
    try:
        _, address = _address(host, 0)
        # Within an IPv6 address Python 3.11 does not see one of IPv4; behind % stands the interface.
        return ip_address(address[0].partition("%")[0].removeprefix("::ffff:")).is_loopback
    except (OSError, ValueError):  # a host that cannot be encoded is a ValueError
        return False


def _address(host: str, port: int) -> tuple[int, Any]:
    """Return family and address that *host* stands for. Raises OSError, UnicodeError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return family, address


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, address = _address(host, port)
        return socket.create_server(address, family=family)
    except (OSError, UnicodeError) as exc:
        if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
            raise SettingError(f"port {port} is in use; choose another with --port") from exc
        reason = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
        raise SettingError(
            f"cannot serve on {host} port {port}: {reason}; choose others with --host and --port"
        ) from exc
