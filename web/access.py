"""Who may ask the API, from where, and how often: keys, pages of other sites (CORS), a limit of requests."""

from __future__ import annotations

import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from threading import Lock

from flask import Flask, Response, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from search.model.errors import SettingError
from search.model.settings import Settings
from web.addresses import is_loopback

#: Requests a minute where others can reach the server and nothing else is set.
RATE_FOR_OTHERS = 300
#: Clients whose requests are counted; the one that has asked least lately is forgotten first.
_CLIENTS = 10_000
#: A key can be guessed if it is shorter.
_LEAST_CHARS = 16
_DIGEST = "sha256:"
_ENVIRONMENT = "env:"
_HEX = re.compile(r"[0-9a-f]{64}")
#: What pages elsewhere may read of an answer, send in a request, and for how many seconds a browser remembers that.
_EXPOSED = "ETag, Link, Retry-After, X-Notice, X-Total-Count"
_SENT = "Authorization, If-None-Match, X-Api-Key"
_REMEMBERED_S = 3600


class Keys:
    """The keys of a file or a variable, a line each: a name and a key, or its SHA-256."""

    def __init__(self, source: str) -> None:
        """*source* is a path or ``env:VARIABLE``. Raises `SettingError` where it has no keys."""
        self._source = source
        self._seen: object = None
        self._digests: dict[bytes, str] = {}
        self._known()

    def name_of(self, key: str) -> str | None:
        """Return whose *key* it is, None for nobody's. All keys are compared, in a time that says nothing of them."""
        digest, found = sha256(key.encode("utf-8", "replace")).digest(), None
        for known, name in self._known().items():
            if compare_digest(known, digest):
                found = name
        return found

    def _known(self) -> dict[bytes, str]:
        """Return the names by the digests of their keys; a file is read anew when it has changed."""
        if self._source.startswith(_ENVIRONMENT):
            variable = self._source.removeprefix(_ENVIRONMENT)
            seen: object = os.environ.get(variable, "")
            text = str(seen).replace(",", "\n")
        else:
            try:
                status = os.stat(self._source)
                seen = status.st_mtime_ns, status.st_size
                text = "" if seen == self._seen else Path(self._source).read_text("utf-8")
            except (OSError, UnicodeDecodeError) as exc:
                raise SettingError(f"api_keys: {self._source} cannot be read: {exc}") from exc
        if seen != self._seen:
            self._digests = _digests_in(text, self._source)
            self._seen = seen
        return self._digests


def _digests_in(text: str, source: str) -> dict[bytes, str]:
    digests = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, key = line.strip().partition(" ")
        key = key.strip()
        if key.startswith(_DIGEST) and _HEX.fullmatch(key.removeprefix(_DIGEST)):
            digests[bytes.fromhex(key.removeprefix(_DIGEST))] = name
        elif len(key) >= _LEAST_CHARS and not key.startswith(_DIGEST):
            digests[sha256(key.encode()).digest()] = name
        else:
            raise SettingError(
                f"api_keys: line {number} of {source}: expected a name, a blank and a key of at least "
                f"{_LEAST_CHARS} characters, or {_DIGEST} and its SHA-256 in hexadecimal"
            )
    if not digests:
        raise SettingError(
            f"api_keys: {source} has no keys; without this setting none are asked for"
        )
    return digests


class Rate:
    """Counts requests of each client: a number of them at once, and the same number again in each minute."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """*a_minute* is how many; *clock* returns seconds that only ever grow."""
        self._most = a_minute
        self._clock = clock
        self._lock = Lock()
        #: How many requests each client had left, and when.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_of(self, client: str) -> float:
        """Count a request of *client*; return 0, or after how many seconds it may ask."""
        now, each = self._clock(), self._most / 60
        with self._lock:
            left, since = self._left.pop(client, (float(self._most), now))
            left = min(float(self._most), left + (now - since) * each)
            wait = 0.0 if left >= 1 else (1 - left) / each
            self._left[client] = (left if wait else left - 1), now
            if len(self._left) > _CLIENTS:
                self._left.popitem(last=False)
        return wait


class Access:
    """Asks for keys under /api/, counts requests to it and to files, and lets pages of other sites read both."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises `SettingError` where the keys cannot be read, and where an origin is none."""
        self._keys = Keys(settings.api_keys) if settings.api_keys else None
        is_open = not is_loopback(settings.host) or bool(settings.serve_proxy)
        a_minute = settings.api_rate
        if a_minute < 0:
            a_minute = RATE_FOR_OTHERS if is_open else 0
        self._rate = Rate(a_minute, clock) if a_minute else None
        self._origins = _origins_of(settings.api_cors)

    def add_to(self, app: Flask) -> None:
        app.before_request(self.check)
        app.after_request(self.add_headers)

    def is_preflight(self) -> bool:
        """Whether a browser asks if a page of another site may ask the API."""
        return request.method == "OPTIONS" and bool(self._allowed_origin())

    def check(self) -> Response | None:
        """Refuse who has no key and who asks too often; answer what browsers ask before they ask."""
        if not is_for_programs(request.path):
            return None
        if self.is_preflight():
            response = Response(status=204)
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
            response.headers["Access-Control-Allow-Headers"] = _SENT
            response.headers["Access-Control-Max-Age"] = str(_REMEMBERED_S)
            return response
        client, refused = _client_of(request.remote_addr or ""), None
        if self._keys is not None and request.path.startswith("/api/"):
            try:
                client = g.key_name = self._key_name(self._keys)
            except Unauthorized as exc:  # counted too: it may be a guess
                refused = exc
        if self._rate is not None and (wait := self._rate.wait_of(client)):
            raise TooManyRequests(retry_after=int(wait) + 1)
        if refused is not None:
            raise refused
        return None

    def _key_name(self, keys: Keys) -> str:
        header = request.headers.get("Authorization", "")
        kind, _, key = header.partition(" ")
        given = request.headers.get("X-Api-Key") or (
            key.strip() if kind.lower() == "bearer" else ""
        )
        name = keys.name_of(given) if given else None
        if name is None:
            said = "This key is not known." if given else "This API asks for a key."
            raise Unauthorized(
                f"{said} Send it as Authorization: Bearer KEY, or as X-Api-Key: KEY.",
                www_authenticate=WWWAuthenticate("bearer"),
            )
        return name

    def _allowed_origin(self) -> str:
        """Return the origin that may read the answer, "*" for any, "" for none."""
        if not self._origins or not is_for_programs(request.path):
            return ""
        if "*" in self._origins:
            return "*"
        origin = request.headers.get("Origin", "")
        return origin if origin in self._origins else ""

    def add_headers(self, response: Response) -> Response:
        """Say who may read an answer."""
        if not self._origins or not is_for_programs(request.path):
            return response
        response.vary.add("Origin")
        if allowed := self._allowed_origin():
            response.headers["Access-Control-Allow-Origin"] = allowed
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def is_for_programs(path: str) -> bool:
    """Whether what is answered at *path* is no page for people."""
    return path.startswith(("/api/", "/search.")) or path.endswith(".json")


def _client_of(address: str) -> str:
    """Return what stands for a client: its address, of one of IPv6 the network that a customer is given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return found.exploded[:19]
    return address


def _origins_of(text: str) -> frozenset[str]:
    origins = {part.strip().rstrip("/") for part in text.split(",") if part.strip()}
    for origin in origins - {"*"}:
        if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", origin):
            raise SettingError(
                f"api_cors {origin[:60]!r}: expected *, or sites such as https://example.org"
            )
    return frozenset(origins)
