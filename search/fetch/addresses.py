"""Which addresses may be asked: of the web, and never of this computer or its network."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from search.fetch.limits import FETCH_LIMITS

#: Host and port -> the addresses of the host, as text.
Resolver = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?\.?")
_KEPT = "/%:@!$&'()*+,;=~-._[]"

#: Blocks that no site of the public web is in, by the registries of IANA for special purposes, and why.
#: What looks like one of them to some versions of Python does not to others, so they are all named here.
_NOT_PUBLIC = tuple(
    (ipaddress.ip_network(block), why)
    for blocks, why in (
        ("0.0.0.0/8", "no address of a host"),
        ("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", "private"),
        ("100.64.0.0/10", "private to a provider"),
        ("127.0.0.0/8", "this computer"),
        ("169.254.0.0/16", "link-local"),
        ("192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 240.0.0.0/4", "reserved"),
        ("192.0.2.0/24 198.51.100.0/24 203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("168.63.129.16/32", "for the metadata of a cloud"),
        ("2001::/23 2002::/16", "a tunnel or reserved"),
        ("2001:db8::/32 3fff::/20", "for documentation"),
    )
    for block in blocks.split()
)
#: All that was ever given to hosts of IPv6. Mapped and translated addresses, local ones and multicast lie outside.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_IPV6_KINDS = tuple(
    (ipaddress.ip_network(block), why)
    for block, why in (
        ("::1/128", "this computer"),
        ("::/128", "no address of a host"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("64:ff9b::/96", "a translated IPv4 address"),
        ("64:ff9b:1::/48", "a translated IPv4 address"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)


#: What may be asked of an address that a person gave: whatever its host is, where they allow it.
ANY_KIND = "any"


class BadAddress(Exception):
    """What was given is no address that can be fetched; says why."""


class Address(NamedTuple):
    """A URL in one spelling, taken apart."""

    url: str
    scheme: str
    host: str
    port: int
    #: Path and query: what is asked of the host.
    target: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """The host as a request names it, with the port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def address_of(url: str, base: str = "") -> Address:
    """Return *url* taken apart; where it is relative, as *base* has it. Raises `BadAddress`."""
    url = url.strip()
    if len(url) > FETCH_LIMITS.max_url_chars:
        raise BadAddress(f"is longer than {FETCH_LIMITS.max_url_chars:,} characters")
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise BadAddress(f"is no address ({exc})") from exc
    if parts.scheme not in _PORTS:
        if not parts.scheme:
            raise BadAddress("has no scheme, https: or http:")
        raise BadAddress(
            f"is not fetched: its scheme is {parts.scheme}:, and only http: and https: are"
        )
    if parts.username is not None or parts.password is not None:
        raise BadAddress("has a name or password in it; such addresses are not fetched")
    if not host:
        raise BadAddress("names no host")
    host = _host(host)
    port = _PORTS[parts.scheme] if port is None else port
    target = quote(parts.path, safe=_KEPT) or "/"
    if parts.query:
        target += "?" + quote(parts.query, safe=_KEPT + "?")
    address = Address("", parts.scheme, host, port, target)
    return address._replace(url=address.origin + target)


def _host(host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as exc:
            raise BadAddress(f"is no address ({exc})") from exc
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as exc:
        raise BadAddress(f"names a host that cannot be: {host!r}") from exc
    ascii_host = ascii_host.lower()
    if not _HOST.fullmatch(ascii_host):
        raise BadAddress(f"names a host that cannot be: {host!r}")
    return ascii_host


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return the addresses of *host*. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def why_not_public(address: str) -> str:
    """Return what an IP *address* is if it is none of the public web, "" if it is one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "no address of a host"
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_UNICAST:
        return next((why for block, why in _IPV6_KINDS if ip in block), "reserved")
    return next(
        (why for block, why in _NOT_PUBLIC if ip.version == block.version and ip in block), ""
    )
