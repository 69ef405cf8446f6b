"""Reading for the indexer: what is handed out to be read, what is told of it, and the reading itself.

It goes on piece by piece, the same in the process that commits and in others beside it: after each
piece the reader tells what it found and is told whether to read on or to finish its batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from search.engines.protocol import Searcher
from search.enrich.entities import TAGGER
from search.model.article import Article, BadArticle, Document, Enrichment, Entities
from search.model.errors import ReadError
from search.readers.opening import OpenSource, opened, read_block
from search.readers.source import Block, Limits

#: Refusals that are named; all of them are counted.
MAX_NAMED = 100

#: A piece ends after so many articles or seconds: that often a run tells how far it is.
_PIECE_ARTICLES = 500
_PIECE_S = 0.25

#: What an article is to the index: not there (or not looked for), there in another form, or the same.
NEW, CHANGED, SAME = range(3)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a run reads; ``looks_up`` where the index may hold what is read already."""

    limits: Limits
    reader: str | None
    wants_entities: bool
    force: bool
    looks_up: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What is handed out at once: whole sources, or a block of lines of one.

    ``number`` tells the order, in which the later of two articles with one id counts.
    """

    number: int
    paths: tuple[str, ...]
    block: Block | None = None
    #: A source that is open already, so that only the process that opened it can read it.
    source: OpenSource | None = None


@dataclass(frozen=True, slots=True)
class ReadOn:
    """The order to read *part*, or on in the one begun, up to *most* articles that are to be written."""

    part: Part | None
    most: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The order to finish the batch."""


Order = ReadOn | Finish


@dataclass(slots=True)
class SourceRead:
    """What a piece brought of one source, the one at ``place`` in the part.

    ``flags`` has `NEW`, `CHANGED` or `SAME` for each of ``article_ids``. ``refused`` names the first
    `MAX_NAMED`. ``failure`` says why the source could not be read at all.
    """

    place: int
    article_ids: list[str] = field(default_factory=list)
    flags: bytearray = field(default_factory=bytearray)
    refused: list[BadArticle] = field(default_factory=list)
    refused_total: int = 0
    is_cut_short: bool = False
    failure: str = ""


@dataclass(slots=True)
class Piece:
    """What was read since the last order. ``bytes_read`` counts from the start of the part, on disk."""

    part: int
    sources: list[SourceRead] = field(default_factory=list)
    articles: int = 0
    #: How many of the articles are to be written.
    written: int = 0
    bytes_read: int = 0
    is_last: bool = False


class PartReader:
    """Reads parts for one engine, a batch of articles after the other."""

    def __init__(self, engine: Searcher, options: ReadOptions) -> None:
        self._engine = engine
        self._options = options
        #: The part begun, and what is left of it, each item with the place of its source.
        self._number = 0
        self._items: Iterator[tuple[int, Article | BadArticle | str]] = iter(())
        self._source: OpenSource | None = None
        self._bytes_before = 0

    def batch(self, order: Order, answer: Callable[[Piece], Order]) -> Iterator[Document]:
        """Yield the documents to be written until the order is to finish.

        *answer* is given each piece when its articles were taken, and returns the next order.
        """
        while isinstance(order, ReadOn):
            if order.part is not None:
                self._number = order.part.number
                self._items = self._read(order.part)
            piece = Piece(self._number)
            yield from self._piece(piece, order.most)
            order = answer(piece)

    def _piece(self, piece: Piece, most: int) -> Iterator[Document]:
        end = time.monotonic() + _PIECE_S
        for place, item in self._items:
            if not piece.sources or piece.sources[-1].place != place:
                piece.sources.append(SourceRead(place))
            found = piece.sources[-1]
            if isinstance(item, Article):
                document, flag = self._flagged(item)
                found.article_ids.append(item.article_id)
                found.flags.append(flag)
                piece.articles += 1
                if flag != SAME:
                    piece.written += 1
                    yield document
            elif isinstance(item, BadArticle):
                found.refused_total += 1
                found.is_cut_short |= item.cut_short
                if len(found.refused) < MAX_NAMED:
                    found.refused.append(item)
            else:
                found.failure = item
            is_full = piece.written >= most or piece.articles >= _PIECE_ARTICLES
            if is_full or time.monotonic() >= end:
                piece.bytes_read = self._bytes_read()
                return
        piece.is_last = True

    def _read(self, part: Part) -> Iterator[tuple[int, Article | BadArticle | str]]:
        """Yield what the sources hold with their places, of one that cannot be read the reason."""
        limits = self._options.limits
        if part.block is not None:
            for item in read_block(part.paths[0], limits, part.block):
                yield 0, item
            return
        self._bytes_before = 0
        for place, path in enumerate(part.paths):
            try:
                if part.source is not None:
                    for item in part.source.articles():
                        yield place, item
                    continue
                with opened(path, limits, self._options.reader) as self._source:
                    for item in self._source.articles():
                        yield place, item
                    self._bytes_before += self._source.bytes_read()
            except (ReadError, OSError) as exc:
                yield place, failure_of(path, exc)
            finally:
                self._source = None

    def _bytes_read(self) -> int:
        return self._bytes_before + (self._source.bytes_read() if self._source else 0)

    def _flagged(self, article: Article) -> tuple[Document, int]:
        """Return *article* with its enrichment, and what it is to the index."""
        options = self._options
        before = self._engine.get(article.article_id) if options.looks_up else None
        is_same = before is not None and article == before.article
        tagger = TAGGER if options.wants_entities else ""
        # Finding entities takes the most time; where this tagger has looked it does not again.
        is_tagged = before is not None and before.enrichment.tagger == tagger
        if before is not None and is_same and is_tagged and not options.force:
            return before, SAME
        enrichment = Enrichment(_extract(article), tagger) if tagger else Enrichment()
        document = Document(article, enrichment)
        if before is None:
            return document, NEW
        return document, SAME if is_same and enrichment == before.enrichment else CHANGED


def failure_of(path: str, error: ReadError | OSError) -> str:
    """Return why the source at *path* could not be read, without its name."""
    message = str(error) if isinstance(error, ReadError) else error.strerror or str(error)
    return message.removeprefix(f"{path}: ")


def _extract(article: Article) -> Entities:
    from search.enrich.entities.rules import extract  # heavy; and not needed to leave entities out

    return extract(article)
