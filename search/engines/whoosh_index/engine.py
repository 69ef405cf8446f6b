"""The embedded engine: answers requests over snapshots of a Whoosh index with columnar segments.

A little over 400 lines, because the engine and the answer to one request know each other's parts.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from search.article import Article
from search.engines.base import (
    FACETS,
    FacetCounts,
    Prepared,
    SearchRequest,
    SearchResult,
    Stats,
)
from search.engines.whoosh_index.answer import Answer
from search.engines.whoosh_index.batch import WordTable
from search.engines.whoosh_index.build import ContentBuilder, SegmentContent
from search.engines.whoosh_index.commit import commit, create
from search.engines.whoosh_index.evaluate import Evaluation
from search.engines.whoosh_index.expand import expand_fuzzy
from search.engines.whoosh_index.layout import MAX_DOCUMENTS
from search.engines.whoosh_index.preparation import Preparation
from search.engines.whoosh_index.snapshot import Snapshot
from search.engines.whoosh_index.toc import latest_generation
from search.errors import IndexDamaged, IndexLocked, RequestError
from search.text import fold, within_edits

#: Characters of articles for each megabyte that may be held while a segment is built.
_CHARS_PER_MB = 32_000

#: Chunks' words remembered between two adds before starting over; bounds the memory of a long run.
_REMEMBERED_WORDS = 2_000_000

MAX_EXPANSIONS = 1024
LOCK_TIMEOUT_MS = 10_000
MEMORY_MB = 512


class WhooshEngine:
    """The engine over one folder. Implements `search.engines.base.Engine`."""

    def __init__(
        self,
        folder: str | Path,
        *,
        make: bool = False,
        max_expansions: int = MAX_EXPANSIONS,
        lock_timeout_ms: int = LOCK_TIMEOUT_MS,
        memory_mb: int = MEMORY_MB,
    ) -> None:
        """Open the index in *folder*; with *make*, create an empty one where there is none.

        *memory_mb* is what adding may hold in memory; with less, segments are smaller and more.

        Raises `IndexMissing`, `IndexDamaged`, or `EngineError` where the folder cannot be used.
        """
        self.folder = Path(folder)
        self._max_expansions = max_expansions
        self._lock_timeout_ms = lock_timeout_ms
        self._segment_chars = memory_mb * _CHARS_PER_MB
        self._opening = threading.Lock()
        self._adding = threading.Lock()
        #: Words seen by earlier adds of this engine, so that they need not be analysed again.
        self._words: WordTable | None = None
        #: What was prepared here and is not published yet, as far as is known.
        self._prepared: list[Preparation] = []
        if make:
            create(self.folder, lock_timeout_ms)
        self._snapshot: Snapshot | None = Snapshot.open(self.folder)

    def close(self) -> None:
        """Let go of the files. They stay mapped until running answers are done.

        What was prepared and not published is lost.
        """
        self._snapshot = None
        with self._adding:
            for preparation in self._prepared:
                preparation.close()
            self._prepared = []

    def _current(self) -> Snapshot:
        """Return the newest generation, opening it if there is one since the last call."""
        snapshot = self._snapshot
        if snapshot is None or latest_generation(self.folder) != snapshot.generation:
            with self._opening:
                # Another thread may have opened it while this one waited.
                snapshot = self._snapshot
                if snapshot is None or latest_generation(self.folder) != snapshot.generation:
                    snapshot = self._snapshot = Snapshot.open(self.folder, snapshot)
        return snapshot

    # Changing

    def add(self, articles: Iterable[Article]) -> int:
        """Add or replace *articles* in one commit; return how many distinct ones."""
        return self.publish([self.prepare(articles)])

    def prepare(self, articles: Iterable[Article]) -> Prepared:
        """Write *articles* as segments that no reader sees yet. Raises `EngineError`.

        What is held in memory for it does not grow with their number.
        """
        ids: dict[str, None] = {}
        documents = 0
        preparation: Preparation | None = None
        with self._adding:
            try:
                for content in self._contents(articles):
                    if preparation is None:
                        preparation = Preparation(self.folder)
                    preparation.write(content)
                    ids |= dict.fromkeys(content.ids)
                    documents += len(content.ids)
            except BaseException:
                if preparation is not None:
                    preparation.close()
                raise
            if preparation is None:
                return Prepared("", (), 0)
            self._prepared = [kept for kept in self._prepared if not kept.is_gone()]
            self._prepared.append(preparation)
        return Prepared(preparation.place, tuple(ids), documents)

    def _contents(self, articles: Iterable[Article]) -> Iterator[SegmentContent]:
        """Yield what segments of *articles* hold, each as large as may be."""
        if self._words is None or len(self._words) > _REMEMBERED_WORDS:
            self._words = WordTable()
        builder = ContentBuilder(self._words)
        for article in articles:
            builder.add(article)
            if builder.chars >= self._segment_chars or len(builder) == MAX_DOCUMENTS:
                yield builder.content()
                builder = ContentBuilder(self._words)
        if len(builder):
            yield builder.content()

    def publish(self, prepared: Sequence[Prepared], deleted_ids: Iterable[str] = ()) -> int:
        """Make what was prepared visible in one commit; return how many distinct articles that are."""
        written = [part for part in prepared if part.documents]
        ids = list(dict.fromkeys(i for part in written for i in part.published_ids()))
        gone = list(dict.fromkeys(deleted_ids))
        if written or gone:
            places = {part.place: part.left_out for part in written}
            try:
                commit(self.folder, places, ids, gone, self._lock_timeout_ms)
            except IndexLocked:
                raise  # to be tried again
            except BaseException:
                self._let_go(places)
                raise
            self._let_go(places)
        return len(ids)

    def _let_go(self, places: Collection[str]) -> None:
        """Remove what this engine has prepared at *places*."""
        with self._adding:
            for preparation in self._prepared:
                if preparation.place in places:
                    preparation.close()
            self._prepared = [kept for kept in self._prepared if kept.place not in places]

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        ids = list(dict.fromkeys(article_ids))
        return commit(self.folder, {}, (), ids, self._lock_timeout_ms) if ids else 0

    # Asking

    def get(self, article_id: str) -> Article | None:
        """Return the article exactly as it was added, or None."""
        with self._reading():
            return self._current().find(article_id)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request* from one generation of the index."""
        _check(request)
        with self._reading():
            answer = Answer(self._current(), request, self._max_expansions)
            hits = answer.hits()
            facets = answer.facets()
            counts = tuple([answer.evaluation.matches(tree).count for tree in request.counted])
            return SearchResult(
                answer.total, hits, facets, tuple(answer.evaluation.notices), counts
            )

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches."""
        _check(request)
        with self._reading():
            return Answer(self._current(), request, self._max_expansions).total

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        _check(request)
        with self._reading():
            return Answer(self._current(), request, self._max_expansions).facets()

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*: fewest edits, then most articles, first."""
        wanted = fold(form)
        frequency: dict[str, int] = {}
        with self._reading():
            snapshot = self._current()
            evaluation = Evaluation(snapshot, "all", self._max_expansions)
            for number, segment in enumerate(snapshot.segments):
                reader = segment.family("text")
                numbers = expand_fuzzy(wanted, 2)(reader)
                counts = evaluation.frequencies(number, numbers).tolist()
                for at, count in zip(numbers.tolist(), counts, strict=True):
                    word = reader.forms[at]
                    frequency[word] = frequency.get(word, 0) + count
        ranked = sorted(
            (word for word, count in frequency.items() if count and word != wanted),
            key=lambda word: (not within_edits(wanted, word, 1), -frequency[word], word),
        )
        return tuple(ranked[:limit])

    def stats(self) -> Stats:
        """Return what the index holds."""
        with self._reading():
            return self._current().stats

    def verify(self) -> tuple[str, ...]:
        """Read every byte; return a sentence for each part of a file that fails its checksum."""
        return tuple(p for segment in self._current().segments for p in segment.verify())

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Where something fails that must not, say so of the index if it is the index's fault."""
        try:
            yield
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as exc:
            if problems := self.verify():
                raise IndexDamaged(
                    f"{problems[0]}; restore the file, or delete the folder and index again"
                ) from exc
            raise


def _check(request: SearchRequest) -> None:
    """Raise `RequestError` for a facet or selection that there is not."""
    for name in [*(f.field for f in request.facets), *(s.field for s in request.selections)]:
        if name not in FACETS:
            raise RequestError(f"no facet {name!r}; there are: {', '.join(FACETS)}")
    if request.limit < 0 or request.offset < 0:
        raise RequestError(
            f"limit {request.limit} and offset {request.offset} must not be negative"
        )
