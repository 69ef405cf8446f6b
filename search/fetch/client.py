"""One request: the name is looked up once, its address checked, the answer bounded in time and size."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from http.client import HTTPException
from typing import NamedTuple

from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError
from urllib3.response import HTTPResponse
from urllib3.util import make_headers

from search.fetch.addresses import ANY_KIND, Address, Resolver, system_resolver, why_not_public
from search.fetch.connections import BoundedSocket, Dial, OutOfBounds, connection_over, dial
from search.fetch.limits import FETCH_LIMITS, FetchLimits
from search.readers.content_types import charset_of, kind_of

_PART_BYTES = 65_536
#: What a compressed answer may grow by is bounded by its size; this bounds what comes over the wire.
_FRAMING_BYTES = 1_000_000

#: Types whose content no reader of articles reads.
_NO_ARTICLES = re.compile(
    r"(?:image|video|audio|font|model)/|text/(?:css|javascript)|application/(?:javascript|wasm)"
)


class Refused(Exception):
    """A request was not made, or its answer not taken; says why. A later try may do better if it `may_pass`."""

    def __init__(self, reason: str, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    #: Without the encodings of transfer.
    content: bytes
    #: The address that answered.
    ip: str
    #: Whether more bytes came than it said.
    has_more: bool = False

    def header(self, name: str) -> str:
        """Return the first header of this name, "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def charset(self) -> str:
        return charset_of(self.header("content-type"))


class Client:
    """Asks for one address at a time; may be used by several threads."""

    def __init__(
        self,
        user_agent: str,
        *,
        allow_private: bool = False,
        limits: FetchLimits = FETCH_LIMITS,
        resolver: Resolver = system_resolver,
        dial: Dial = dial,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._headers = {
            "User-Agent": user_agent,
            "Connection": "close",
            **make_headers(accept_encoding=True),
        }
        self._allow_private = allow_private
        self._limits = limits
        self._resolver = resolver
        self._dial = dial
        self._given_context = context
        self._clock = clock

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """What certificates are checked by: without another, those that the system trusts."""
        return self._given_context or ssl.create_default_context()

    def get(
        self,
        address: Address,
        headers: Mapping[str, str] | None = None,
        *,
        max_bytes: int = 0,
        private: str = ANY_KIND,
    ) -> Answer:
        """Return the answer, whatever its status; redirects are not followed. Raises `Refused`.

        *max_bytes* bounds the content, 0 as the limits say. Where addresses that are not public are allowed,
        it is those that `why_not_public` calls *private*.
        """
        ends_at = self._clock() + self._limits.total_s
        max_bytes = max_bytes or self._limits.max_bytes
        given, ip = self._connected(address, ends_at, private)
        try:
            return self._answer(given, ip, address, headers or {}, ends_at, max_bytes)
        except OutOfBounds as exc:
            raise Refused(str(exc), may_pass="long" in str(exc)) from exc
        except ssl.SSLError as exc:
            raise _of_certificate(address, exc) from exc
        except (TimeoutError, ReadTimeoutError) as exc:
            raise Refused(
                f"did not answer for {self._limits.read_s:g} seconds", may_pass=True
            ) from exc
        except DecodeError as exc:
            raise Refused("is damaged: what is compressed in it cannot be unpacked") from exc
        except (OSError, HTTPError, HTTPException, ValueError) as exc:
            cause = exc.__cause__ or exc
            if isinstance(cause, ssl.SSLError):
                raise _of_certificate(address, cause) from exc
            raise Refused(_broken(exc), may_pass=True) from exc
        finally:
            given.close()

    def _connected(
        self, address: Address, ends_at: float, private: str
    ) -> tuple[socket.socket, str]:
        """Return a socket connected to an address of the host that may be asked, and the address."""
        try:
            found = self._resolver(address.host, address.port)
        except (OSError, UnicodeError) as exc:
            may_pass = isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN
            raise Refused(f"no address is known of {address.host}", may_pass=may_pass) from exc
        kinds = {ip: why_not_public(ip) for ip in found}
        checked = [
            ip
            for ip, why in kinds.items()
            if not why or (self._allow_private and private in (ANY_KIND, why))
        ][: self._limits.max_tried]
        if not checked:
            said = ", ".join(f"{ip} ({why})" for ip, why in list(kinds.items())[:3])
            way_out = "--allow-private fetches it all the same"
            if private != ANY_KIND:
                way_out = "to fetch it all the same give that address itself, with --allow-private"
            raise Refused(
                f"its host is {said or 'nowhere'}, which is not of the public web; {way_out}"
            )
        failed = ""
        for ip in checked:
            rest_s = min(self._limits.connect_s, ends_at - self._clock())
            if rest_s <= 0:
                break
            try:
                return self._dial(ip, address.port, rest_s), ip
            except OSError as exc:
                failed = exc.strerror or "it took too long"
        raise Refused(
            f"{address.netloc} cannot be reached: {failed or 'it took too long'}", may_pass=True
        )

    def _answer(
        self,
        given: socket.socket,
        ip: str,
        address: Address,
        headers: Mapping[str, str],
        ends_at: float,
        max_bytes: int,
    ) -> Answer:
        context = self._context if address.scheme == "https" else None
        connection = connection_over(given, address.scheme, address.host, address.port, context)
        bounded = BoundedSocket(
            connection.sock,
            clock=self._clock,
            ends_at=ends_at,
            read_s=self._limits.read_s,
            max_bytes=self._limits.max_header_bytes,
        )
        try:
            connection.sock = bounded
            connection.timeout = self._limits.read_s
            connection.request(
                "GET",
                address.target,
                headers={"Host": address.netloc, **self._headers, **headers},
                preload_content=False,
            )
            try:
                response = connection.getresponse()
            except OutOfBounds as exc:
                if bounded.left <= 0:
                    raise OutOfBounds(
                        f"has headers of more than {self._limits.max_header_bytes:,} bytes"
                    ) from exc
                raise
            bounded.left = max_bytes + _FRAMING_BYTES
            content = self._content(response, max_bytes)
            is_counted = bool(response.headers.get("content-length")) and response.status == 200
            return Answer(
                response.status,
                response.reason or "",
                tuple((str(name), str(value)) for name, value in response.headers.items()),
                content,
                ip,
                is_counted and bounded.has_more(),
            )
        finally:
            bounded.end()

    def _content(self, response: HTTPResponse, max_bytes: int) -> bytes:
        """Return the content of an answer that is wanted, b"" of others. Raises `Refused`, `OutOfBounds`."""
        if response.status != 200:
            return b""
        kind = kind_of(response.headers.get("content-type", ""))
        if _NO_ARTICLES.match(kind):
            raise Refused(f"is of the type {kind}, which holds no articles")
        too_large = f"is larger than {max_bytes:,} bytes"
        length = response.headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length[:18]) > max_bytes:
            raise Refused(too_large)
        known = {*response.CONTENT_DECODERS, "identity", ""}
        coded = response.headers.get("content-encoding", "").lower()
        if unknown := {each.strip() for each in coded.split(",")} - known:
            raise Refused(f"is encoded as {unknown.pop()[:40]}, which was not asked for")
        parts = []
        size = 0
        while part := response.read(_PART_BYTES, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise Refused(too_large)
        return b"".join(parts)


def _of_certificate(address: Address, error: ssl.SSLError) -> Refused:
    said = getattr(error, "verify_message", "") or error.reason or "it is no TLS"
    return Refused(f"the connection to {address.host} is not secure: {said}")


def _broken(error: Exception) -> str:
    """Return the sentence for an answer that cannot be understood, or ends too early."""
    said = str(error)
    if "IncompleteRead" in said:
        return "ends before all of it has come"
    if isinstance(error, ConnectionError) or "Connection" in said:
        return "the connection broke before all of it had come"
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"is no answer of HTTP ({name})"
