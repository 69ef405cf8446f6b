"""Where an index of a cluster is: ``https://h1:9200,h2:9200/news``, taken apart."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from search.model.errors import RequestError

#: What OpenSearch allows of names, at a length that leaves room for what is added to them.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_PORT = 9200
#: What is put to the name of an index for that of the new one, while it is rebuilt.
REBUILT = ".rebuild"
_SAMPLE = "opensearch:https://host:9200/news"


class Location(NamedTuple):
    """The addresses of a cluster, each ``https://host:port``, and the name of an index there."""

    addresses: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        return f"{','.join(self.addresses)}/{self.name}"

    @property
    def is_encrypted(self) -> bool:
        return all(address.startswith("https:") for address in self.addresses)

    @property
    def is_here(self) -> bool:
        """Whether no byte leaves this computer."""
        return all(_is_loopback(urlsplit(address).hostname or "") for address in self.addresses)


def location_of(text: str) -> Location:
    """Return a location as a person writes it; port 9200 where that says none, and of each host the scheme of the first.

    Raises `RequestError`, which never repeats what may be a password.
    """
    hosts, slash, name = text.rstrip("/").rpartition("/")
    if not slash or hosts.endswith(("/", ":")):
        raise RequestError(
            f"an index of OpenSearch has addresses and a name, as in {_SAMPLE}; the name is missing"
        )
    if "@" in hosts:
        raise RequestError(
            "a user and password have no place in the name of an index, where others can read them; set "
            "NEWSSEARCH_OPENSEARCH_USER and NEWSSEARCH_OPENSEARCH_PASSWORD"
        )
    if not _NAME.fullmatch(name):
        raise RequestError(
            f"index name {name!r}: OpenSearch takes small letters, digits, dots, dashes and underscores, at most "
            "100, and a letter or digit first"
        )
    if name.endswith(REBUILT):
        raise RequestError(
            f"index name {name!r}: {REBUILT} at the end is for what newssearch rebuild makes; choose another name"
        )
    scheme = hosts.partition("://")[0] if "://" in hosts.partition(",")[0] else ""
    return Location(tuple(_address(host.strip(), scheme) for host in hosts.split(",")), name)


def names_of(text: str) -> frozenset[str]:
    """Return the location once for each address; two that share one are one index. Raises as `location_of`."""
    location = location_of(text)
    return frozenset(f"{address}/{location.name}" for address in location.addresses)


def _address(host: str, scheme: str) -> str:
    whole = host if "://" in host else f"{scheme}://{host}"
    try:
        parts = urlsplit(whole)
        port = _PORT if parts.port is None else parts.port
    except ValueError as exc:
        raise RequestError(f"address {host!r} of OpenSearch: {exc}; write {_SAMPLE}") from exc
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not (parts.hostname and port and is_plain):
        raise RequestError(f"address {host!r} of OpenSearch cannot be read; write {_SAMPLE}")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
