"""Serving the application by waitress, a WSGI server made for production."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from search.errors import SettingError

#: Bytes. A request is a URL and the headers of a browser; there is never a body.
_MAX_HEADER_BYTES = 64 * 1024
_MAX_BODY_BYTES = 1024


def serve(
    app: Any, host: str, port: int, *, ready: Callable[[str], None] = lambda url: None
) -> None:
    """Answer requests to *app* (WSGI) on *host* and *port* until Ctrl-C.

    *ready* is called with the URL once connections are taken; with port 0 that is how to learn the
    port. Raises `SettingError` where the address cannot be bound.
    """
    import waitress

    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=8,
            ident=None,
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=_MAX_BODY_BYTES,
        )
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise SettingError(f"port {port} is in use; choose another with --port") from exc
        reason = exc.strerror or str(exc)
        raise SettingError(
            f"cannot serve on {host} port {port}: {reason}; choose others with --host and --port"
        ) from exc
    except ValueError as exc:  # waitress, for a host name that nothing knows
        raise SettingError(f"no address {host!r} on this machine; choose with --host") from exc
    try:
        ready(_url(server, host))
        server.run()  # returns on Ctrl-C, once the requests in hand are answered
    finally:
        server.close()


def _url(server: Any, host: str) -> str:
    """Return the URL to open; a host name of several addresses is served on all of them."""
    listening = getattr(server, "effective_listen", None)
    port = listening[0][1] if listening else server.effective_port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
