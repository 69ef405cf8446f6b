"""A page that a browser saved with its pictures in one file (MHTML): the page in it is read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from search.model.article import Article, BadArticle
from search.readers import mail
from search.readers.mime import TooMuch
from search.readers.source import Member, Source

_SAVED = re.compile(r"^(?:Snapshot-Content-Location:|From: \"?<?Saved by )", re.IGNORECASE | re.MULTILINE)  # fmt: skip
_SENT = re.compile(r"^(?:Received|Message-ID|To|Return-Path):", re.IGNORECASE | re.MULTILINE)
_SHOWS_OTHERS = re.compile(r"^Content-Type:\s*multipart/related\b", re.IGNORECASE | re.MULTILINE)


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a page that was saved so."""
    header = head.replace("\r\n", "\n").lstrip("\ufeff\n ").partition("\n\n")[0]
    if _SAVED.search(header):
        return mail.sniff(head)
    return bool(_SHOWS_OTHERS.search(header)) and not _SENT.search(header)


def members(source: Source) -> Iterator[Member | Article | BadArticle]:
    """Yield the page; what it is shown with is not read."""
    try:
        saved = mail.opened(source, "page")
        page = saved.main()
    except TooMuch as exc:
        yield BadArticle(source.path, None, str(exc))
        return
    if _SENT.search(saved.header_names()):
        yield from mail.members_of(source, saved)  # a mail that was saved with this suffix
        return
    places = (
        page.header("content-location"),
        saved.header("snapshot-content-location"),
        saved.header("content-location"),
    )
    url = next((each for each in places if each.startswith(("http://", "https://"))), "")
    stream = cast(BinaryIO, io.BytesIO(page.content()))
    yield Member(url or "page.html", stream, url, page.charset, ".html")
