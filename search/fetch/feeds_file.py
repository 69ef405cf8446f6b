"""The file that says what is fetched when no address is given: feeds.toml, see docs/fetch.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from search.fetch.addresses import BadAddress, address_of
from search.model.errors import SettingError
from search.model.toml_file import toml_table, toml_text
from search.text.spacing import single_spaced

NAME = "feeds.toml"
_MAX_BYTES = 5_000_000
_MAX_NAME_CHARS = 200
_EXAMPLE = '[[feed]] and below it url = "https://news.example/rss"'


class Feed(NamedTuple):
    """What is to be fetched: a feed, a sitemap, OPML or a page."""

    url: str
    #: What its articles can be told from others by.
    collection: str = ""
    #: Whether the pages of its entries are fetched; None: of those without their full text.
    pages: bool | None = None
    max_pages: int | None = None
    #: Of a list that is a file; ``url`` is its name then.
    path: str = ""


_KEYS = ("url", "collection", "pages", "max_pages")


def read_feeds(path: Path) -> list[Feed]:
    """Return what the file at *path* lists. Raises `SettingError`, which names the line and what to do."""
    text = toml_text(str(path), "list of feeds", _MAX_BYTES)
    table = toml_table(text, str(path), f"a feed looks like {_EXAMPLE}")
    return _Reading(path, text).feeds(table)


class _Reading:
    """What a file says, and where it cannot be used."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        #: Lines on which a feed begins.
        self._heads = [
            n for n, line in enumerate(self._lines, 1) if re.match(r"\s*\[\[\s*feed\s*\]\]", line)
        ]

    def feeds(self, table: dict[str, object]) -> list[Feed]:
        listed = table.pop("feed", [])
        if table:
            key = next(iter(table))
            raise self._error(
                1, len(self._lines), key, f"{key!r} is not known; a feed looks like {_EXAMPLE}"
            )
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise self._error(
                1, len(self._lines), "feed", f"feed is no list of feeds; one looks like {_EXAMPLE}"
            )
        if not listed:
            raise SettingError(f"{self._path}: lists no feed; one looks like {_EXAMPLE}")
        feeds = []
        seen: dict[str, int] = {}
        for number, said in enumerate(listed):
            # A list that is written in one line has no heads.
            is_headed = len(self._heads) == len(listed)
            first = self._heads[number] if is_headed else 1
            last = (
                self._heads[number + 1] - 1
                if is_headed and number + 1 < len(listed)
                else len(self._lines)
            )
            feed = self._feed(said, first, last)
            if feed.url in seen:
                raise self._error(
                    first,
                    last,
                    "url",
                    f"{feed.url} is there already, in line {seen[feed.url]}; keep one",
                )
            seen[feed.url] = first
            feeds.append(feed)
        return feeds

    def _feed(self, said: dict[str, object], first: int, last: int) -> Feed:
        if unknown := [key for key in said if key not in _KEYS]:
            raise self._error(
                first, last, unknown[0], f"{unknown[0]!r} is not known; a feed has {_listed(_KEYS)}"
            )
        url = said.get("url")
        if not isinstance(url, str):
            raise self._error(first, last, "url", f"a feed has no url; it looks like {_EXAMPLE}")
        try:
            address = address_of(url)
        except BadAddress as exc:
            raise self._error(first, last, "url", f"{url!r} {exc}") from exc
        collection = said.get("collection", "")
        if (
            not isinstance(collection, str)
            or not collection.isprintable()
            or len(collection) > _MAX_NAME_CHARS
        ):
            raise self._error(
                first,
                last,
                "collection",
                f"collection is a name in quotation marks, at most {_MAX_NAME_CHARS} characters long",
            )
        pages = said.get("pages")
        if pages is not None and not isinstance(pages, bool):
            raise self._error(first, last, "pages", "pages is true or false")
        max_pages = said.get("max_pages")
        if max_pages is not None and (
            isinstance(max_pages, bool) or not isinstance(max_pages, int) or max_pages < 0
        ):
            raise self._error(first, last, "max_pages", "max_pages is a whole number from 0 on")
        return Feed(address.url, single_spaced(collection), pages, max_pages)

    def _error(self, first: int, last: int, key: str, said: str) -> SettingError:
        """Return the error *said*, with the line between *first* and *last* that has *key*."""
        is_key = re.compile(rf"(?:^|[{{,]|\[\[?)\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
        lines = (n for n in range(first, last + 1) if is_key.search(self._lines[n - 1]))
        return SettingError(f"{self._path}:{next(lines, first)}: {said}")


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"
