"""Being served by a proxy: under a path of its own, and by what the proxy says of its clients if it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from search.model.errors import SettingError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from search.model.settings import Settings

#: A prefix of a path that nothing else can be read into: no address of another site begins so.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*+){1,8}+")
_FORWARDED_PREFIX, _FORWARDED_PROTO = "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_PROTO"


class BehindProxy:
    """A WSGI application that stands under a prefix, and believes the headers of one proxy."""

    def __init__(self, app: WSGIApplication, settings: Settings, taken: Iterable[str]) -> None:
        """*taken* are the first parts of the addresses of *app*, which no prefix can be.

        Raises `SettingError` where prefix or proxy are none.
        """
        self._app = app
        self._prefix = _prefix_of(settings.serve_prefix, taken)
        self._is_proxy = _proxy_of(settings.serve_proxy)
        self._fixed = ProxyFix(self._prefixed, x_for=1, x_proto=1, x_host=1, x_prefix=1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_proxy(environ.get("REMOTE_ADDR", "")):
            return self._prefixed(environ, start_response)
        if user := environ.get("HTTP_X_FORWARDED_USER"):
            environ["REMOTE_USER"] = user
        # A proxy hands on what it does not set, so this may be of anyone.
        scheme = environ.get(_FORWARDED_PROTO, "").rpartition(",")[2].strip().lower()
        if scheme not in ("http", "https"):
            environ.pop(_FORWARDED_PROTO, None)
        if self._prefix or not _PREFIX.fullmatch(environ.get(_FORWARDED_PREFIX, "")):
            environ.pop(_FORWARDED_PREFIX, None)
        return self._fixed(environ, start_response)

    def _prefixed(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what is asked for with the prefix, and what a proxy has taken it from."""
        if prefix := self._prefix:
            environ["SCRIPT_NAME"] = prefix
        else:
            prefix = environ.get("SCRIPT_NAME", "")
        path = environ.get("PATH_INFO", "")
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self._app(environ, start_response)


def _prefix_of(text: str, taken: Iterable[str]) -> str:
    """Return *text* as a prefix, "" for none."""
    prefix = text.rstrip("/")
    if not prefix:
        return ""
    if not _PREFIX.fullmatch(prefix):
        raise SettingError(
            f"serve_prefix {text!r}: expected a path such as /news, of letters, digits and . _ ~ -"
        )
    if prefix.split("/")[1] in set(taken):
        raise SettingError(f"serve_prefix {text!r}: pages have this address; choose another path")
    return prefix


def _proxy_of(text: str) -> Callable[[str], bool]:
    """Return what says whether an address is the proxy, or one of the network, that *text* names."""
    name = text.strip()
    if not name:
        return lambda address: False
    try:
        network = ip_network(name, strict=False)
    except ValueError as exc:
        raise SettingError(
            f"serve_proxy {text!r}: expected the address of the proxy, such as 127.0.0.1, or a network"
        ) from exc

    def is_proxy(address: str) -> bool:
        try:
            found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return found.version == network.version and found in network

    return is_proxy
