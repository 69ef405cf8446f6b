"""Connections to exactly the address that was checked, each of whose reads is bounded."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

#: An IP address, a port and seconds -> a socket that is connected. Raises OSError.
Dial = Callable[[str, int, float], socket.socket]


class OutOfBounds(Exception):
    """An answer took too long or was too large; says which."""


def dial(ip: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to *ip*, which is no name: nothing is looked up."""
    return socket.create_connection((ip, port), timeout_s)


class _Plain(HTTPConnection):
    """Speaks HTTP over a socket that was connected before; the name serves for the Host header alone."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


class _Encrypted(HTTPSConnection):
    """The same over TLS; the certificate has to be one of the name."""

    given: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.given


def connection_over(
    given: socket.socket, scheme: str, host: str, port: int, context: ssl.SSLContext | None
) -> HTTPConnection:
    """Return a connection to *host* over the socket *given*, with TLS made for https. Raises OSError, HTTPError."""
    timeout = given.gettimeout()
    connection: _Plain | _Encrypted
    if scheme == "https":
        connection = _Encrypted(host, port, timeout=timeout, ssl_context=context)
    else:
        connection = _Plain(host, port, timeout=timeout)
    connection.given = given
    connection.connect()
    return connection


class BoundedSocket:
    """A connected socket whose reads end at a time, and after a number of bytes.

    `http.client` gives a socket up before it has read the answer, so this is closed by `end` alone.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        clock: Callable[[], float],
        ends_at: float,
        read_s: float,
        max_bytes: int,
    ) -> None:
        self._sock = sock
        self._clock = clock
        self._ends_at = ends_at
        self._read_s = read_s
        #: Bytes that may still come.
        self.left = max_bytes
        self._reader = _KeptOpen(_Reads(self), 65_536)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return self._reader

    def close(self) -> None:
        pass

    def end(self) -> None:
        self._sock.close()

    def has_more(self) -> bool:
        """Whether bytes are there that nobody has read."""
        self._read_s = 0.0
        try:
            return bool(self._reader.peek(1))
        except (OSError, OutOfBounds):  # nothing is there yet, and nobody waits for it
            return False

    def recv_into(self, buffer: memoryview) -> int:
        """Read what there is. Raises `OutOfBounds`, OSError."""
        rest_s = self._ends_at - self._clock()
        if rest_s <= 0:
            raise OutOfBounds("took too long to answer in full")
        if self.left <= 0:
            raise OutOfBounds("is too large")
        self._sock.settimeout(min(self._read_s, rest_s))
        try:
            count = self._sock.recv_into(buffer[: self.left])
        except TimeoutError as exc:
            if rest_s < self._read_s:
                raise OutOfBounds("took too long to answer in full") from exc
            raise
        self.left -= count
        return count


class _KeptOpen(io.BufferedReader):
    """A buffer that `http.client` closes with the answer; what follows the answer is looked at all the same."""

    def close(self) -> None:
        pass


class _Reads(io.RawIOBase):
    """The reading end of a `BoundedSocket` as a file."""

    def __init__(self, sock: BoundedSocket) -> None:
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return self._socket.recv_into(memoryview(cast(bytearray, buffer)).cast("B"))
