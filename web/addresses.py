"""The address that the pages are served on: bound, and whether others can reach it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from search.model.errors import SettingError


def is_loopback(host: str, look_up: Callable[..., Any] = socket.getaddrinfo) -> bool:
    """Whether `serve` binds *host* where this computer alone can reach it, however that is written.

    False where *host* is no address at all, which `serve` says better. *look_up* knows names.
    """
    try:
        _, address = _address(host, 0, look_up)
        # Within an IPv6 address Python 3.11 does not see one of IPv4; the interface follows a %.
        return ip_address(address[0].partition("%")[0].removeprefix("::ffff:")).is_loopback
    except (OSError, ValueError):  # a host that cannot be encoded is a ValueError
        return False


def _address(
    host: str, port: int, look_up: Callable[..., Any] = socket.getaddrinfo
) -> tuple[int, Any]:
    """Return family and address that *host* stands for. Raises OSError, UnicodeError."""
    family, _, _, _, address = look_up(host, port, type=socket.SOCK_STREAM)[0]
    return family, address


def listening_on(host: str, port: int) -> socket.socket:
    """Return a socket that listens on *host* and *port*. Raises `SettingError` where that cannot be."""
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
