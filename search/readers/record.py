"""From one record to an article, and what is said of the keys that gave nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

from search.model.article import NO_END, Article, BadArticle
from search.readers import ninjs, shapes
from search.readers.byline import Byline, clean_names, is_understood, parse_byline, parse_names
from search.readers.date_fields import published_in
from search.readers.dates import is_written, parse_date, usual_date
from search.readers.draft import guarded, make_article
from search.readers.ids import is_counted
from search.readers.keys import Key, Mapped, keys_of, shown, top, value_at
from search.readers.markup import plain
from search.readers.plain_records import MAX_NAMES, plain_article
from search.readers.published import Published
from search.readers.shapes import NO_EMBARGO, PARTS, UNPUBLISHED, USABLE, WITHDRAWN, bare
from search.readers.source import Origin
from search.readers.topics import topics_of
from search.readers.values import (
    is_address,
    is_list,
    is_null,
    is_usual,
    list_of,
    name_of,
    publisher_of,
    text_of,
)

#: An object of JSON, or a row with the names of its columns.
Record: TypeAlias = Mapping[str, object]

#: What a remark shows of a key, and how many keys a refusal names.
_MAX_KEY_CHARS = 60
_MAX_KEYS = 12
#: How services end what they give of a text: "[+1234 chars]".
_CUT_OFF = re.compile(r"\[\+?\d+ ?(?:more )?(?:chars|characters|words)\]$")
#: A date that begins with its day or month.
_IN_NUMBERS = re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp[34])(?:\?\S*)?$", re.IGNORECASE)
#: What is said of an article that is under an embargo of which nobody knows when it ends.
HELD_BACK = "nobody finds the article; once it may be seen, write there when that was, or 'none', and index it again"
#: A text of this length is no title, no name and no date.
_LONG_CHARS = 400


class RecordReading:
    """What a record was read as: the article, and which key each part of it came from."""

    __slots__ = ("article", "keys", "mapped", "record", "used")

    def __init__(self, source: Origin, line: int | None, record: Record) -> None:
        """Read *record*. What is remarked on it goes to ``source.remarks``."""
        self.mapped = mapped = source.options.mapped
        keys = keys_of(record, mapped)
        if keys.envelope and isinstance(inner := record[keys.envelope], dict):
            record = {
                **{key: value for key, value in record.items() if key != keys.envelope},
                **inner,
            }
            keys = keys_of(record, mapped)
        if keys.shape == "ninjs":
            record = ninjs.flat(record)
            keys = keys_of(record, mapped)
        self.keys = keys
        self.record = record
        #: Part of an article -> the key that gave it.
        self.used: dict[str, Key] = {}
        self.article = self._article(source, line)
        has_more = keys.unknown or keys.spare or keys.missing or len(self.used) < len(keys.first)
        if has_more and not isinstance(self.article, BadArticle):  # a refusal names the keys
            self._remark(source, line)

    def _article(self, source: Origin, line: int | None) -> Article | BadArticle:
        keys = self.keys.of
        if self.keys.shape == "WordPress database" and (why := self._unpublished()):
            return BadArticle(source.path, line, why)
        title = self._first("title", to_letter=True)
        body = self._first("body", to_letter=True, paragraphs=True)
        published, published_from = self._published(source, line)
        url = self._first("url").strip() if keys["url"] else ""
        publisher = self._publisher() if keys["source"] else ""
        byline, parsed = self._authors(source, line, publisher, url)
        if byline and not is_understood(byline, parsed, publisher=publisher):
            source.remarks.say(
                line,
                "byline",
                f"names nobody for certain: {byline.strip()[:_MAX_KEY_CHARS]!r}; it is kept as printed",
            )
        own_id = self._first("id").strip()
        is_withdrawn = bool(keys["status"]) and self._is_withdrawn(source, line)
        if not title and not body and not (is_withdrawn and own_id):
            if not (own_id and published):
                return BadArticle(source.path, line, self._nothing())
            source.remarks.count(
                line, "no words", "is kept by its id and date, without a title or a text"
            )
        has_more = body or url or byline or parsed.authors or published or is_withdrawn
        if not has_more and self._is_mere_name():
            return BadArticle(source.path, line, self._no_more_than_name())
        if body.endswith("]") and _CUT_OFF.search(body[-40:]):
            source.remarks.count(
                line, "cut text", "ends with the number of characters that are left out"
            )
        return make_article(
            source,
            line,
            title=title,
            body=body,
            authors=parsed.authors,
            credits=parsed.credits,
            byline=byline,
            published=published,
            published_from=published_from,
            publisher=publisher or parsed.agency,
            section=self._section() if keys["section"] else "",
            topics=self._topics() if keys["topics"] else (),
            language=self._first("language").strip(),
            url=url,
            own_id=own_id,
            is_record=True,
            embargoed_until=self._embargo(source, line) if keys["embargo"] else None,
            is_withdrawn=is_withdrawn,
            dated=self._dated(published) if is_counted(own_id) and not url else "",
        )

    def _first(self, part: str, to_letter: bool = False, paragraphs: bool = False) -> str:
        """Return the first text for *part* that is not empty."""
        record = self.record
        for key in self.keys.of[part]:
            value = record[key] if type(key) is str else value_at(record, key)
            if not value:
                continue
            if type(value) is str and is_usual(value):
                text = value
            else:
                text = text_of(value, paragraphs=paragraphs, to_letter=to_letter)
            if text:
                self.used[part] = key
                return text
        return ""

    def _authors(
        self, source: Origin, line: int | None, publisher: str, url: str
    ) -> tuple[str, Byline]:
        """Return the raw byline, and what it or the list of authors says.

        A list of names is used as it is, but for elements that are no names; a text is taken apart.
        """
        byline = ""
        if lines := self.keys.of["byline"]:
            said = (value_at(self.record, key) for key in lines)
            byline = next((line for line in said if isinstance(line, str) and _is_line(line)), "")
        for key in self.keys.of["authors"]:
            value = value_at(self.record, key)
            if value and isinstance(value, list) and len(value) <= MAX_NAMES and not byline:
                clean = clean_names(value, publisher=publisher)
                if clean is not None:
                    self.used["authors"] = key
                    return "", clean
            if isinstance(value, str):
                if _is_line(value):
                    self.used["authors"] = key
                    found = parse_byline(plain(value), publisher=publisher, address=url)
                    return byline or value, found
                value = list_of(value) or []
            elements = value if isinstance(value, list) else [value]
            if isinstance(value, dict) and not name_of(value):
                # {"0": {"name": ...}}, {"0": "Ann Lee"}
                is_numbered = all(str(each).isdecimal() for each in value)
                elements = [
                    each for each in value.values() if is_numbered or isinstance(each, dict)
                ]
            if len(elements) > MAX_NAMES:
                source.remarks.say(
                    line,
                    "value not used",
                    f"has {len(elements):,} authors; the first {MAX_NAMES:,} are kept",
                )
                elements = elements[:MAX_NAMES]
            named = list(map(name_of, elements))
            if names := tuple(filter(None, named)):
                self.used["authors"] = key
                for each, name in zip(elements, named, strict=True):
                    if not name and isinstance(each, dict) and any(map(_is_text, each.values())):
                        reason = f"key {_cut(shown(key))!r} has an author with no key that is known for a name: {_cut(', '.join(each))}"
                        source.remarks.count(line, "value not used", reason)
                found = parse_names(names, publisher=publisher, address=url)
                raw = byline or ("; ".join(names) if found.authors != names else "")
                if byline and not found.agency and (agency := parse_byline(byline).agency):
                    found = found._replace(agency=agency)
                return raw, found
        return byline, Byline()

    def _published(self, source: Origin, line: int | None) -> tuple[Published | None, str]:
        """Return the date that counts, and the field it was found in."""
        keys = self.keys.of["published"]
        if len(keys) == 1 and type(key := keys[0]) is str:  # nearly always
            value = self.record[key]
            if type(value) is str and (usual := usual_date(value.strip())):
                self.used["published"] = key
                return usual, f"field '{key}'"
        fields = [(shown(key), value_at(self.record, key)) for key in keys]
        published, found_in = published_in(source, line, fields)
        for key in keys if published else ():
            if found_in == f"field '{shown(key)}'":
                self.used["published"] = key
        return published, found_in

    def _dated(self, published: Published | None) -> str:
        """Return the date as it was written, where how it is read may change with `--dates` or other rows; else ""."""
        values = (value_at(self.record, key) for key in self.keys.of["published"])
        written = next(filter(None, (text_of(value).strip() for value in values)), "")
        return written if published is None or _IN_NUMBERS.search(written) else ""

    def _is_withdrawn(self, source: Origin, line: int | None) -> bool:
        """Whether the publisher took the article back, or never let it out."""
        said = text_of(value_at(self.record, self.keys.of["status"][0])).strip()
        state = bare(said).removeprefix("stat")  # "stat:canceled"
        if state and state not in WITHDRAWN and state not in USABLE:
            reason = f"its status {_cut(said)!r} is not known, and the article is shown"
            source.remarks.count(line, "value not used", reason)
        return state in WITHDRAWN

    def _embargo(self, source: Origin, line: int | None) -> datetime | None:
        """Return the time before which nobody may see the article: of several the latest, `NO_END` if none can be read."""
        latest: datetime | None = None
        unread: object = None
        for key in self.keys.of["embargo"]:
            value = value_at(self.record, key)
            until = parse_date(value, source.options.day_order)
            if until is None:
                if is_written(value) and bare(text_of(value)) not in NO_EMBARGO:
                    unread = value
                continue
            end = until.end() if until.loss or until.is_vague() else until.at
            latest = end if latest is None else max(latest, end)
        if latest is None and unread is not None:
            said = _cut(text_of(unread) or str(unread))
            source.remarks.count(
                line, "embargo", f"its embargo {said!r} could not be read, so {HELD_BACK}"
            )
            return NO_END
        return latest

    def _publisher(self) -> str:
        """Return the publisher; where there is only an address, its host."""
        host = ""
        for key in self.keys.of["source"]:
            value = value_at(self.record, key)
            text, is_name = publisher_of(value)
            if is_name:
                self.used["source"] = key
                return text
            if text and not host:
                self.used["source"] = key
                host = _host(text)
        return host

    def _section(self) -> str:
        for key in self.keys.of["section"]:
            value = value_at(self.record, key)
            if (
                not isinstance(value, list)
                and (text := text_of(value).strip())
                and not text.isdecimal()
            ):
                self.used["section"] = key
                return text
        return ""

    def _topics(self) -> list[str]:
        """Return all topics, but those of the key that gave the section."""
        found: list[str] = []
        for key in self.keys.of["topics"]:
            value = value_at(self.record, key)
            if value and key != self.used.get("section"):
                listed = [topic for topic in topics_of(value) if not topic.isdecimal()]
                if listed:
                    self.used.setdefault("topics", key)
                    found += listed
        return found

    def _nothing(self) -> str:
        """Return why a record without a text is refused: with its keys, and what was looked for."""
        names = [_cut(key) for key in list(self.record)[:_MAX_KEYS]]
        more = ", ..." if len(self.record) > _MAX_KEYS else ""
        found = f"its keys are {', '.join(names)}{more}" if names else "it has no keys"
        example = next((key for key in self.keys.unknown if key), "KEY")
        return (
            f"has neither a title nor a text, and no id with a date: {found}; looked for were title, headline, text,"
            f" body and the like. To say which key it is: --map title={shlex.quote(_cut(example))}"
        )

    def _unpublished(self) -> str:
        """Return why a row of WordPress's table of posts is no article, "" where it is one."""
        said = {bare(key): str(value) for key, value in self.record.items()}
        kind, state = said.get("posttype", "post"), said.get("poststatus", "publish")
        if kind not in ("post", "page"):
            return f"a row of type {kind[:40]!r} is no article"
        return (
            f"its status is {state[:40]!r}: it was never published" if state in UNPUBLISHED else ""
        )

    def _is_mere_name(self) -> bool:
        """Whether the title is a name, as products, places and programs have one too."""
        key = self.used.get("title")
        is_said = any(part == "title" for part, _ in self.mapped)
        return isinstance(key, str) and bare(key) in _NAMES_OF_ANYTHING and not is_said

    def _no_more_than_name(self) -> str:
        key = _cut(shown(self.used["title"]))
        return (
            f"has only {key!r}, which anything may have, and no text, date, address or author;"
            f" if it is a headline: --map title={shlex.quote(key)}"
        )

    # What gave nothing

    def _remark(self, source: Origin, line: int | None) -> None:
        for key, reason in self.unused():
            source.remarks.count(line, "key not used", reason, key)

    def unused(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield the keys that gave nothing, each with a function that says what can be done about it."""
        record = self.record
        for key in self.keys.unknown:
            value = record[key]
            is_row_number = key in _ROW_NUMBERS and str(value).isdecimal()
            # What begins with @ says how JSON-LD is to be read.
            if not is_empty(value) and not is_row_number and key[:1] != "@":
                yield key, partial(self._unknown, key)
        used = set(map(top, self.used.values()))
        lost = [(key, part) for key, part in self.keys.first if part not in self.used]
        for key, part in (*self.keys.spare, *lost):
            if key not in used and not is_empty(record[key]):
                yield key, partial(self._not_needed, key, part)
        if more := self.keys.unnamed:
            yield "keys beyond those", partial(_beyond, more)
        for part, path in self.keys.missing:
            yield f"--map {part}={path}", partial(_missing, part, path)

    def _unknown(self, key: str) -> str:
        return f"key {_cut(key)!r} was not used{self.guess(key)}"

    def _not_needed(self, key: str, part: str) -> str:
        if other := self.used.get(part):
            return f"key {_cut(key)!r} was not used for the {_said(part)}: {_cut(shown(other))!r} gave it"
        return f"key {_cut(key)!r} was not used: it was not understood as the {_said(part)}"

    def guess(self, key: str) -> str:
        """Return what an unused key might be, as the end of a sentence."""
        if what := shapes.never().get(bare(key)):
            return f": it is {what}"
        is_number = isinstance(self.record[key], int | float)
        if (part := shapes.resembles(key)) and not (is_number and part not in ("id", "published")):
            why = "by its name"
        elif part := likely_part(self.record[key]):
            why = "by its value"
        else:
            return ""
        if part in self.used:
            return f"; {why} it might be the {_said(part)}, which {_cut(shown(self.used[part]))!r} gave"
        return f"; {why} it might be the {_said(part)}: --map {part}={shlex.quote(_cut(key))}"


def _said(part: str) -> str:
    return "date" if part == "published" else part


def _beyond(more: int) -> str:
    return f"{more:,} more keys stand for nothing that is known, too many to name each"


def _missing(part: str, path: str) -> str:
    return f"there is no key {_cut(path)!r}, which --map {part} names"


#: What things that are no articles have too.
_NAMES_OF_ANYTHING = frozenset(("name", "header", "heading", "назва", "название"))

#: Names of the column in which pandas numbers the rows.
_ROW_NUMBERS = ("", "Unnamed: 0", "index")


def articles_of_records(
    source: Origin, found: Iterable[tuple[int | None, Record] | BadArticle]
) -> Iterator[Article | BadArticle]:
    """Yield the article of each record with its line, and each refusal as it is."""
    for each in found:
        if isinstance(each, BadArticle):
            yield each
        else:
            line, record = each
            yield guarded(source, line, article_of, source, line, record)


def article_of(source: Origin, line: int | None, record: Record) -> Article | BadArticle:
    """Return the article that *record* holds.

    Title and body are unchanged but for what is markup for certain.
    """
    if (plan := keys_of(record, source.options.mapped).plan) is not None:
        article = plain_article(source, line, record, plan)
        if article is not None:
            return article
    return RecordReading(source, line, record).article


def has_text(names: Iterable[str], mapped: Mapped = ()) -> bool:
    """Whether one of the keys or columns *names* stands for a title or a text."""
    return is_article(dict.fromkeys(names), mapped)


def is_article(record: Record, mapped: Mapped = ()) -> bool:
    """Whether *record* has a key for a title or a text."""
    keys = keys_of(record, mapped)
    # A kill notice needs no text.
    return bool(keys.of["title"] or keys.of["body"]) or keys.shape == "ninjs"


def _is_line(text: str) -> bool:
    """Whether *text* is a byline, and not a list or a word for nothing."""
    if not text:
        return False
    return is_usual(text) or not (text.isspace() or is_null(text) or is_list(text))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value or value.isspace() or is_null(value)
    return value is None or value in ([], {})


def likely_part(value: object) -> str:
    """Return the part of an article that *value* might be, "" where nothing is likely."""
    if not isinstance(value, str) or not (text := value.strip()):
        return ""
    if len(text) > _LONG_CHARS:
        return "body" if text.count(" ") > _LONG_CHARS / 20 else ""
    if is_address(text):
        return "" if _IMAGE.search(text) else "url"
    if len(text) >= 8 and text[-1].isalnum() and parse_date(text):
        return "published"
    words = len(text.split())
    if 2 <= words <= 4 and len(parse_byline(text).authors) == 1:
        return "authors"
    return "title" if 4 <= words <= 20 else ""


def _host(url: str) -> str:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_KEY_CHARS else text[:_MAX_KEY_CHARS] + "..."


def check_mapped(mapped: Iterable[str]) -> Mapped:
    """Return what ``--map`` was given, each as (part, key). Raises ValueError where one is no PART=KEY."""
    found = []
    for each in mapped:
        part, sign, key = each.partition("=")
        part = {"date": "published", "author": "authors", "text": "body", "topic": "topics"}.get(part.strip(), part.strip())  # fmt: skip
        if not sign or not key.strip() or part not in PARTS:
            raise ValueError(f"{each!r} is no PART=KEY; PART is one of {', '.join(PARTS)}")
        found.append((part, key.strip()))
    return tuple(found)
