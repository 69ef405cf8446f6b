"""The values that cross rooms: what a reader yields, what we find out, what an engine stores."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

#: How exactly ``Article.published`` is known; a day is the usual case on news pages.
PRECISIONS = ("", "year", "month", "day", "minute", "second")

#: What an article id looks like: safe in a URL path, on a command line and in a file name.
ARTICLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


#: Kinds of entities, as the attributes of `Entities` are called.
ENTITY_KINDS = ("people", "organisations", "places")
#: When an embargo ends of which nobody knows when.
NO_END = datetime(9999, 12, 31, tzinfo=UTC)
_ZERO = timedelta(0)


class Mention(NamedTuple):
    """Where an article names an entity: characters of `Article.tagged_text`, ``end`` exclusive."""

    start: int
    end: int


class Entity(NamedTuple):
    """A person, organisation or place found in an article, under the name it is counted by.

    ``mentions`` says each place where the article names it, in order; () where an index does not know them.
    ``forms`` are the other ways in which it is written there, each once, in order.
    """

    name: str
    mentions: tuple[Mention, ...] = ()
    forms: tuple[str, ...] = ()


class Entities(NamedTuple):
    """The entities of one article, each kind ordered by first appearance, no name twice."""

    people: tuple[Entity, ...] = ()
    organisations: tuple[Entity, ...] = ()
    places: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.organisations or self.places)


NO_ENTITIES = Entities()


class Credit(NamedTuple):
    """A person whom a byline names for another part than that of an author: ``role`` is "photos", "editing", ..."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article: what its source said, as a reader yields it.

    Adding an article with the ``article_id`` of another replaces it. ``body`` is kept to the letter;
    `paragraph_ranges` says where its paragraphs are. Raises ValueError when made from what could not
    be stored and given back unchanged: an id that does not match `ARTICLE_ID`, a naive or non-UTC
    ``published``, an unknown precision, a lone surrogate in a text.
    """

    article_id: str
    title: str
    body: str
    #: By the names that they are counted by, see docs/authors.md.
    authors: tuple[str, ...] = ()
    #: The authors as they were read, where another name for one of them counts; () where these are the authors.
    authors_as_read: tuple[str, ...] = ()
    #: Those whom the byline names and who are no authors.
    credits: tuple[Credit, ...] = ()
    #: The byline as it stood in the source, "" if there was none.
    byline: str = ""
    #: Timezone-aware UTC, or None.
    published: datetime | None = None
    #: One of `PRECISIONS`; "" exactly when ``published`` is None.
    published_precision: str = ""
    #: Where the date came from, in words for a person: "json-ld datePublished", "field 'date'".
    published_from: str = ""
    source: str = ""
    section: str = ""
    #: What the article is about by its source: subjects, keywords, tags, each once.
    topics: tuple[str, ...] = ()
    #: BCP 47 tag such as "en", "" if unknown.
    language: str = ""
    #: "detected" where the source does not say the language and the words of the article do.
    language_from: str = ""
    #: What the person who indexed the article calls those it came with.
    collection: str = ""
    url: str = ""
    #: Aware UTC, before which its publisher wants nobody to see it: `NO_END` where nobody can say how long; None where
    #: it says nothing of it.
    embargoed_until: datetime | None = None
    #: Whether its publisher took it back: a kill notice. It is kept under its id, and nobody sees it.
    is_withdrawn: bool = False
    #: Where it begins in the file that it was read from, counted from 1, None where that has no lines. Not stored,
    #: and articles of other lines may be equal.
    line: int | None = field(default=None, compare=False)

    @property
    def tagged_text(self) -> str:
        """What entities are looked for in, and what the characters of a `Mention` count in."""
        return f"{self.title}\n\n{self.body}"

    def __post_init__(self) -> None:
        if not ARTICLE_ID.fullmatch(self.article_id):
            raise ValueError(f"not an article id: {self.article_id!r}")
        if self.published is not None and self.published.utcoffset() != _ZERO:
            raise ValueError(f"published is not in UTC: {self.published!r}")
        if self.embargoed_until is not None and self.embargoed_until.utcoffset() != _ZERO:
            raise ValueError(f"embargoed_until is not in UTC: {self.embargoed_until!r}")
        if self.published_precision not in PRECISIONS:
            raise ValueError(f"unknown precision: {self.published_precision!r}")
        if (self.published is None) != (self.published_precision == ""):
            raise ValueError("published and published_precision go together")
        texts = [
            self.title, self.body, self.byline, self.published_from, self.source, self.section,
            self.language, self.language_from, self.collection, self.url, *self.topics, *self.authors,
            *self.authors_as_read,
        ]  # fmt: skip
        for credit in self.credits:
            texts += credit
        _check_texts(texts)


def unchecked(make: type[Article], values: Mapping[str, object]) -> Article:
    """Return an article of *values* that nobody has to check again; what they lack is as by default.

    *make* is `Article`, or a class of its own that a field table names. A third of the time of calling it: the slots of
    a frozen dataclass are set one by one.
    """
    slots = _slots.get(make)
    if slots is None:
        slots = _slots[make] = [
            (getattr(make, each.name).__set__, each.name, each.default) for each in fields(make)
        ]
    article, given = object.__new__(make), values.get
    for put, name, default in slots:
        put(article, given(name, default))
    return article


#: For each class of articles what sets an attribute, its name and its default.
_slots: dict[type, list[tuple[Callable[[Article, object], None], str, object]]] = {}


def _check_texts(texts: Iterable[str]) -> None:
    """Raise `UnicodeEncodeError`, a ValueError, where a text holds a lone surrogate: UTF-8 cannot."""
    # Joining first is quicker than asking each text, the copy of the body included.
    joined = "".join(texts)
    if not joined.isascii():
        joined.encode()


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What we found out about an article, and who did.

    ``entities`` are those that count. ``tagger`` is the name and version of what found them, "" if nothing looked for
    them. So an article that names nobody differs from an article that was not tagged. ``as_found`` is what the tagger found,
    where people corrected that (docs/entities.md); None where they did not. Raises ValueError for a lone surrogate in a name.
    """

    entities: Entities = NO_ENTITIES
    tagger: str = ""
    as_found: Entities | None = None

    def __post_init__(self) -> None:
        found = [*chain.from_iterable(self.entities)]
        if self.as_found is not None:
            found += chain.from_iterable(self.as_found)
        _check_texts(chain(map(_NAME, found), *map(_FORMS, found)))


_NAME, _FORMS = itemgetter(0), itemgetter(2)


class Provenance(NamedTuple):
    """Where an article was read when it was stored. Who finds it unchanged later, there or elsewhere, does not count."""

    #: The input file: its absolute path, "-" for standard input. What is no UTF-8 in it is escaped.
    file: str
    #: Where it begins there, or in the member, counted from 1; None where that has no lines.
    line: int | None = None
    #: What of the file, where that is a container: "2024/story.html", "inner.zip!/story.html".
    member: str = ""
    #: Where it was fetched from, as the file says it.
    url: str = ""
    #: The row of the table of formats by which file or member was read.
    reader: str = ""
    #: Aware UTC, whole seconds.
    read_at: datetime | None = None

    def packed(self) -> str:
        """Return it as one text, for `Document.packed_provenance`."""
        read_at = "" if self.read_at is None else int(self.read_at.timestamp())
        texts = [text.replace("\0", "") for text in (self.reader, self.file, self.member, self.url)]
        return f"{self.line or ''}|{read_at}|" + "\0".join(texts)

    @staticmethod
    def with_line(packed: str, line: int | None) -> str:
        """Return what was packed without a line with that one: a tenth of the time of packing it for each article."""
        return f"{line}{packed}" if line else packed

    @classmethod
    def unpacked(cls, packed: str) -> Provenance:
        """Return what was `packed`. Raises ValueError for anything else."""
        line, read_at, texts = packed.split("|", 2)
        reader, file, member, url = texts.split("\0")
        instant = datetime.fromtimestamp(int(read_at), UTC) if read_at else None
        return cls(file, int(line) if line else None, member, url, reader, instant)


class Document(NamedTuple):
    """What an engine stores for an article: the article, what we found out, when it came and where it was read.

    ``added``, ``revision`` and ``story`` are given when the document is published, whatever they were before.
    """

    article: Article
    enrichment: Enrichment = Enrichment()
    #: Aware UTC, later than that of every document published before. Kept when only the enrichment
    #: changes. None before it is published, and where an index does not know it.
    added: datetime | None = None
    #: How many times the article has changed since its id was new to the index.
    revision: int = 0
    #: The number of its story: copies of one article have one. -1 where an index does not know it; the article is
    #: then alone in its story.
    story: int = -1
    #: See `provenance`. Few ask for it, so it is unpacked for them alone.
    packed_provenance: str = ""

    @property
    def article_id(self) -> str:
        return self.article.article_id

    @property
    def provenance(self) -> Provenance | None:
        """Where the article was read, None where an index does not know it."""
        return Provenance.unpacked(self.packed_provenance) if self.packed_provenance else None


def located(path: str, line: int | None = None) -> str:
    """Return a path and a line of it, to be printed; a byte of the path that is no UTF-8 as an escape.

    "-" is standard input, also where something in an archive was read from it.
    """
    path = path.encode("utf-8", "backslashreplace").decode()
    if path == "-" or path.startswith("-!/"):
        path = f"standard input{path[1:]}"
    return f"{path}:{line}" if line else path


class BadArticle(NamedTuple):
    """One record that could not be made into an article; the rest of its source goes on.

    ``line`` counts from 1 and is None where the format has no lines; ``reason`` says what is wrong
    and what to do, in one sentence.

    ``cut_short`` is True of the last one of a source that could not be read to its end: what came
    before is good, and nobody knows what would have followed.
    """

    path: str
    line: int | None
    reason: str
    cut_short: bool = False

    def __str__(self) -> str:
        """Return where and why, to be printed."""
        return f"{located(self.path, self.line)}: {self.reason}"


_BLANK_LINE = re.compile(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+")
_INDENTED_LINE = re.compile(r"\r?\n(?=[ \t]{2,}\S)")
_LINE = re.compile(r"\r?\n")


def paragraph_ranges(body: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) character offsets of each paragraph of *body*, end exclusive.

    Blank lines part paragraphs. Where there are none, an indented line starts a paragraph (the
    habit of wire copy, whose other lines are merely wrapped), and where nothing is indented every
    line is a paragraph. White space around a paragraph is left out; empty ones are not yielded.
    """
    for separator in (_BLANK_LINE, _INDENTED_LINE, _LINE):
        if separator.search(body.strip()):
            break
    start = 0
    for edge in [*separator.finditer(body), None]:
        end = len(body) if edge is None else edge.start()
        text = body[start:end]
        left = start + len(text) - len(text.lstrip())
        right = start + len(text.rstrip())
        if left < right:
            yield left, right
        start = len(body) if edge is None else edge.end()
