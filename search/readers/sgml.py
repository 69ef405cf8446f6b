"""The SGML of the Reuters-21578 collection: a thousand articles of 1987 in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from search.model.article import Article, BadArticle
from search.readers.record import Record, articles_of_records
from search.readers.source import Origin, Source

_START = re.compile(r"\ufeff?\s*+(?:<!DOCTYPE[^<>]{0,500}>\s*+)?(?:<ROOT>\s*+)?<REUTERS[\s>]")
_BEGIN, _END = "<REUTERS", "</REUTERS>"
_CHUNK_CHARS = 262_144
_NUMBER = re.compile(r'\bNEWID="(\d{1,12})"')
_LISTS = ("TOPICS", "PLACES", "PEOPLE", "ORGS", "EXCHANGES", "COMPANIES")
#: Elements inside others that are no text.
_UNREAD = ("UNKNOWN", "MKNOTE")
_DATE = re.compile(r"\s*(\d{1,2})-([A-Z]{3})-(\d{4})(?:\s+(\d\d:\d\d:\d\d)(?:\.\d+)?)?\s*(.*)", re.DOTALL)  # fmt: skip
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: Marks of the wire, as references and as what they stand for: where a text begins and ends, and its header.
_CONTROL = re.compile(r"&#(?:[0-8]|1[124-9]|2\d|3[01]|127);|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: The agency's name below a text.
_SIGNATURES = ("Reuter", "REUTER")


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is SGML of the collection."""
    return _START.match(head) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Return an article an element ``REUTERS``."""
    return articles_of_records(source, records_of(source))


def records_of(source: Source) -> Iterator[tuple[int | None, Record] | BadArticle]:
    """Yield the articles as records, with their lines."""
    line = 1
    rest = ""
    max_chars = source.limits.max_record_chars
    with source.text() as stream:
        if not sniff(source.head_text()):
            yield BadArticle(source.path, None, "is no SGML of the Reuters-21578 collection")
            return
        while chunk := stream.read(_CHUNK_CHARS):
            *whole, rest = (rest + chunk).split(_END)
            for element in whole:
                before, _, content = element.partition(_BEGIN)
                begins = line + before.count("\n")
                line += element.count("\n")
                yield begins, _record(source, begins, content)
            if len(rest) > max_chars:
                reason = (
                    f"has an article longer than {max_chars:,} characters; the rest was not read"
                )
                yield BadArticle(source.path, line, reason, cut_short=True)
                return
    if _BEGIN in rest:
        yield BadArticle(source.path, line, "ends within an article", cut_short=True)


def _record(source: Origin, line: int, content: str) -> dict[str, object]:
    number = _NUMBER.search(content, 0, 400)
    head, _, rest = content.partition("<TEXT")
    lists = {
        name: [_text(each.partition("</D>")[0]) for each in _inside(head, name).split("<D>")[1:]]
        for name in _LISTS
    }
    said = {name: _text(_inside(rest, name)) for name in ("TITLE", "AUTHOR", "DATELINE", "BODY")}
    body = said["BODY"]
    if not body and not said["TITLE"]:  # one that nobody took apart
        body = _text(rest.partition(">")[2].partition("</TEXT>")[0])
    return {
        "id": f"reut-{number[1]}" if number else "",
        "title": " ".join(said["TITLE"].split()),
        "byline": said["AUTHOR"],
        "date": _date(source, line, _text(_inside(head, "DATE"))),
        "source": "Reuters",
        "language": "en",
        "body": _unsigned(body),
        "topics": lists["TOPICS"],
        "dateline": said["DATELINE"],
        **{name.lower(): lists[name] for name in _LISTS[1:]},
    }  # fmt: skip


def _inside(text: str, name: str) -> str:
    """Return what stands in the first element of that *name*, "" where there is none that ends."""
    _, _, after = text.partition(f"<{name}>")
    inner, end, _ = after.partition(f"</{name}>")
    return inner if end else ""


def _without(text: str, name: str) -> str:
    """Return *text* without the elements of that *name*."""
    first, *others = text.split(f"<{name}>")
    kept = (end + after for _, end, after in (each.partition(f"</{name}>") for each in others))
    return first + "".join(each.removeprefix(f"</{name}>") for each in kept)


def _unsigned(body: str) -> str:
    text = body.rstrip()
    if text.endswith(_SIGNATURES) and text[-7:-6].isspace():
        return text[:-6].rstrip()
    return body


def _text(inner: str) -> str:
    """Return the text of an element, with a blank for each mark of the wire."""
    if "<" in inner:
        for name in _UNREAD:
            inner = _without(inner, name)
    if "&" in inner or not inner.isprintable():
        inner = _CONTROL.sub(" ", inner)
        inner = unescape(inner)
    return inner.strip()


def _date(source: Origin, line: int, written: str) -> str:
    """Return a date in the usual form; without its time where that cannot be read, which is remarked on."""
    found = _DATE.match(written)
    if found is None or found[2] not in _MONTHS:
        return written
    if found[5]:
        reason = f"the time of {written[:40]!r} could not be read; the day was kept"
        source.remarks.say(line, "date", reason)
    day = f"{found[3]}-{_MONTHS.index(found[2]) + 1:02d}-{int(found[1]):02d}"
    return f"{day}T{found[4]}" if found[4] else day
