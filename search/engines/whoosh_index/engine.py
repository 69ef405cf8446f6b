"""The embedded engine: answers requests over snapshots of a Whoosh index with columnar segments."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from search.engines.joining.joins import joined_names
from search.engines.protocol.engine import JoinedName, Revision, RevisionCount, Stats, VectorCount
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import AllHits, EngineHit, SearchResult, SimilarArticles, Story
from search.engines.protocol.rules import check
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.evaluate.answer import Answer
from search.engines.whoosh_index.evaluate.limits import Deadline, Limits
from search.engines.whoosh_index.format.documents import WITHDRAWN, visible_from
from search.engines.whoosh_index.format.layout import LAYOUT, Layout
from search.engines.whoosh_index.format.stored import now_in_microseconds
from search.engines.whoosh_index.open_index import FAULTS, OpenIndex
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.article import Document
from search.model.errors import IndexOutdated, RequestError
from search.model.fields import FIELDS, FieldTable
from search.model.question import FacetRequest
from search.model.settings import Settings

if TYPE_CHECKING:
    from search.engines.staging import Given, Ledger, Staged, StagingHandle
    from search.engines.whoosh_index.old_format import OldIndex
    from search.engines.whoosh_index.segment.reader import SegmentReader
    from search.engines.whoosh_index.segment.stored_index import StoredIndex
    from search.engines.whoosh_index.vectors import IndexVectors
    from search.engines.whoosh_index.write.limits import WriteLimits
    from search.engines.whoosh_index.write.writer import IndexWriter
    from search.text.arrays import Floats

LOCK_TIMEOUT_MS = 10_000
MEMORY_MB = 512
KEPT_REVISIONS = 10
LIMITS = Limits()
#: Hits that can be asked for or passed over: what fits into 64 bits.
MAX_LIMIT = (1 << 63) - 1


#: Asked for and given back when an engine is opened. The allocator of glibc learns from it to keep freed arrays
#: of up to this size instead of handing them back to the system, which would give them again page by page.
_KEPT_BYTES = 16 << 20


class WhooshEngine:
    """The engine over one folder: an `Engine` of `search.engines.protocol.engine`, `Staging`, `KeepsRevisions`, `KnowsFiles` and `Checkable`."""

    def __init__(
        self,
        folder: str | Path,
        *,
        make: bool = False,
        limits: Limits = LIMITS,
        lock_timeout_ms: int = LOCK_TIMEOUT_MS,
        memory_mb: int = MEMORY_MB,
        stories: bool = True,
        write_limits: WriteLimits | None = None,
        kept_revisions: int = KEPT_REVISIONS,
        joined_names: bool = True,
        fields: FieldTable = FIELDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the index in *folder*; with *make*, create an empty one where there is none.

        With *stories* adding finds which articles are copies. *memory_mb* is what adding may hold in memory; with less, segments are smaller and more; *write_limits*,
        by default those of `write.limits`, bound all else of it. *kept_revisions* are kept of each article that
        changes. With *joined_names* it is found which names are one, and they are counted so. *clock* returns
        seconds that only ever grow; what an answer takes is measured by it.

        Raises `IndexMissing`, `IndexDamaged`, or `EngineError` where the folder cannot be used.
        """
        self.fields = fields
        self._layout = LAYOUT if fields is FIELDS else Layout(fields)
        self.folder = Path(folder)
        self._limits = limits
        self._clock = clock
        self._lock_timeout_ms = lock_timeout_ms
        self._memory_mb = memory_mb
        self._stories = stories
        self._write_limits = write_limits
        self._kept_revisions = kept_revisions
        self._joined_names = joined_names
        self._index = OpenIndex(self.folder, self._layout, joins_names=joined_names)
        self._opening = threading.Lock()
        self._writer: IndexWriter | None = None
        #: What was staged at a location, once it was asked for.
        self._staged_seen: tuple[str, Snapshot | None] = ("", None)
        if make:
            from search.engines.whoosh_index.write.commit import create

            create(self.folder, lock_timeout_ms)
        np.empty(_KEPT_BYTES, np.uint8)
        self._index.current()

    def close(self) -> None:
        """Let go of the files. They stay mapped until running answers are done.

        What was staged and not published is lost.
        """
        self._index.close()
        self.__dict__.pop("_vectors", None)
        if self._writer is not None:
            self._writer.close()

    # Changing

    def _writing(self) -> IndexWriter:
        with self._opening:
            if self._writer is None:
                # Not before: who only asks need not wait for the modules that write.
                from dataclasses import replace

                from search.engines.whoosh_index.write.limits import WRITE_LIMITS
                from search.engines.whoosh_index.write.writer import IndexWriter

                self._writer = IndexWriter(
                    self.folder,
                    self._lock_timeout_ms,
                    self._memory_mb,
                    self._layout,
                    self._write_limits
                    or replace(
                        WRITE_LIMITS, stories=self._stories, joined_names=self._joined_names
                    ),
                    self._kept_revisions,
                )
            return self._writer

    def add(self, documents: Iterable[Document]) -> int:
        """Add or replace *documents* in one commit; return how many distinct ones."""
        return self._writing().add(documents)

    def stage(self) -> StagingHandle:
        """Return a handle that writes segments which no reader sees yet."""
        return self._writing().stage()

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Make what was staged visible in one commit; return how many distinct documents that are."""
        self._staged_seen = "", None
        return self._writing().publish(staged, deleted_ids, given)

    def ledger(self, *, waits: bool = True, shares: bool = False) -> Ledger:
        """Return the ledger, which lies in the folder and is never shared."""
        from search.engines.whoosh_index.write.ledger import SqliteLedger

        return SqliteLedger(self.folder, self._lock_timeout_ms, waits=waits)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete in one commit; return how many of the ids there were."""
        deleted = self._writing().delete(article_ids)
        if deleted:
            self._vectors.tidy()
        return deleted

    def keep_revisions(self, revisions: Iterable[Revision]) -> None:
        """Keep revisions that come from another index."""
        self._writing().keep_revisions(revisions)

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all that was kept of the earlier revisions of articles."""
        self._writing().forget_revisions(article_ids)

    # Asking

    def get(self, article_id: str) -> Document | None:
        """Return the document with the article exactly as it was added, or None."""
        with self._index.reading():
            return self._index.current().find(article_id)

    def story(self, article_id: str) -> Story | None:
        """Return the other articles of an article's story, the oldest first, or None."""
        with self._index.reading():
            snapshot = self._index.current()
            document = snapshot.number_of(article_id)
            if document is None:
                return None
            everything = SearchRequest(sort="oldest", group=True, limit=0)
            answer = Answer(snapshot, everything, self._limits, self._deadline())
            return answer.story_of(document)

    def similar(self, article_id: str, limit: int = 10) -> SimilarArticles | None:
        """Return the articles that are most like one, or None where there is no such article."""
        from search.engines.whoosh_index.evaluate.similar import Similar  # few questions need it

        with self._index.reading():
            snapshot = self._index.current()
            document = snapshot.number_of(article_id)
            if document is None:
                return None
            return Similar(snapshot, document, self._limits, self._deadline()).answer(limit)

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Return the earlier revisions of an article that are kept and may be seen, the oldest first."""
        from search.engines.whoosh_index.write.revisions import revisions_of  # few ask

        with self._index.reading():
            snapshot = self._index.current()
            document = snapshot.find(article_id)
            if document is None or not document.revision:
                return ()
            found = revisions_of(self.folder, document, snapshot.generation, self.fields)
            now = now_in_microseconds()
            return tuple(each for each in found if visible_from(each.document.article) <= now)

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every revision that is kept, seen or not."""
        from search.engines.whoosh_index.write.revisions import stored_revisions

        return stored_revisions(self.folder, self._index.current().generation, self.fields)

    def files_of(self, article_id: str) -> tuple[str, ...]:
        """Return the paths of the input files that an article is in now."""
        from search.engines.whoosh_index.write.ledger import files_of

        return files_of(self.folder, article_id)

    def count_revisions(self) -> RevisionCount:
        """Return how many revisions are kept."""
        from search.engines.whoosh_index.write.revisions import count

        return count(self.folder, self._index.current().generation)

    def documents(self) -> Iterator[Document]:
        """Yield every document of one generation, in the order in which they are stored."""
        return self._in_turn(self._index.current().segments)

    def stored(self, article_id: str) -> Document | None:
        """Return the document with that id, seen or not, or None."""
        with self._index.reading():
            return self._index.current().stored(article_id)

    def stored_of(self, article_ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents with these ids, by id, seen or not."""
        with self._index.reading():
            snapshot = self._index.current()
            found = {article_id: snapshot.stored(article_id) for article_id in article_ids}
        return {article_id: each for article_id, each in found.items() if each is not None}

    def stored_documents(self) -> Iterator[Document]:
        """Yield every document of one generation, seen or not."""
        return self._in_turn(self._index.current().whole)

    def stored_ids(self, request: SearchRequest, staged: Staged | None = None) -> Iterator[str]:
        """Yield the ids of all stored documents that *request* matches, or of those *staged*."""
        _check(request, self.fields)
        snapshot = (
            self._index.current().unhidden() if staged is None else self._staged(staged.location)
        )
        limits = self._limits._replace(max_expansions=MAX_LIMIT, query_timeout_ms=0)
        return self._ids(snapshot, request, limits)

    def _staged(self, location: str) -> Snapshot:
        """Return what is staged at *location*; kept until it is published, as each rule asks for it."""
        known, snapshot = self._staged_seen
        if known != location or snapshot is None:
            from search.engines.whoosh_index.write.staging import readers_of

            readers = readers_of(self.folder, location, self._layout)
            snapshot = Snapshot(-1, readers, self._layout, instant=WITHDRAWN)
            self._staged_seen = location, snapshot
        return snapshot

    def _ids(self, snapshot: Snapshot, request: SearchRequest, limits: Limits) -> Iterator[str]:
        with self._index.reading():
            deadline = Deadline(limits.query_timeout_ms, self._clock)
            plain = request._replace(limit=0, facets=(), histogram=None, group=False)
            found = Answer(snapshot, plain, limits, deadline).documents
        for document in found.tolist():
            with self._index.reading():
                article_id = snapshot.article_id(document)
            yield article_id

    def text(self, name: str) -> str:
        """Return what the file *name* in the folder holds, "" where there is none."""
        from search.engines.whoosh_index.write.disk import read_text

        return read_text(self.folder, name)

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Write the file *name* in the folder, where it is as *before*; return whether. Raises `EngineError`."""
        from search.engines.whoosh_index.write.commit import keep_text

        return keep_text(self.folder, name, text, before, self._lock_timeout_ms)

    def _in_turn(self, segments: Sequence[SegmentReader]) -> Iterator[Document]:
        for segment in segments:
            for number in segment.live_documents().tolist():
                with self._index.reading():
                    document = segment.document_at(number)
                yield document
            segment.release()

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request* from one generation of the index."""
        _check(request, self.fields)
        try:
            answer = self._answer(request)
            hits = answer.hits()
            facets = answer.facets() if request.facets else {}
            counts = tuple(map(answer.count_of, request.counted))
            histogram = answer.histogram() if request.histogram else None
            return SearchResult(
                answer.total,
                hits,
                facets,
                answer.notices,
                counts,
                histogram,
                answer.stories,
                answer.moved,
                significant=answer.significant(),
                weighed=answer.weighed(),
                passed=answer.passed,
            )
        except FAULTS as exc:
            self._index.blame(exc)
            raise

    def every(self, request: SearchRequest) -> AllHits:
        """Answer *request* with all its hits, from one generation of the index."""
        _check(request, self.fields)
        plain = request._replace(limit=1, facets=(), histogram=None, counted=(), significant=0)
        with self._index.reading():
            answer = self._answer(plain)
            hits = answer.every()
        return AllHits(
            answer.total, self._blamed(hits), answer.notices, answer.stories, answer.passed
        )

    def _blamed(self, hits: Iterator[EngineHit]) -> Iterator[EngineHit]:
        """Yield *hits*; where finding one fails, say what is at fault."""
        while True:
            with self._index.reading():
                hit = next(hits, None)
            if hit is None:
                return
            yield hit

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches."""
        _check(request, self.fields)
        with self._index.reading():
            return self._answer(request).total

    def ids(self, request: SearchRequest) -> Iterator[str]:
        """Yield the id of every document that *request* matches, in the order in which they are stored."""
        _check(request, self.fields)
        return self._ids(self._index.current(), request, self._limits)

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        _check(request, self.fields)
        with self._index.reading():
            return self._answer(request).facets()

    def names_of(self, field: str, name: str) -> tuple[JoinedName, ...]:
        """Return which names of a facet count for *name*, and what that counts for, most articles first."""
        _check(SearchRequest(facets=(FacetRequest(field),)), self.fields)
        with self._index.reading():
            snapshot = self._index.current()
            joins = snapshot.joined.of(field)
            if not joins:
                return ()
            table = snapshot.facet(field, as_written=True)
            meant = {table.values[ordinal] for ordinal in table.spelt_as(name)}
            found = [join for join in joins if join.name in meant or join.counts_for in meant]
            return joined_names(found)

    def frequencies(self, forms: Sequence[str]) -> list[int]:
        """Return in how many articles each of *forms* is, in any of its forms."""
        with self._index.reading():
            snapshot = self._index.current()
            return [snapshot.words.of_word(form)[0].size for form in forms]

    def forms_of(self, form: str) -> dict[str, int]:
        """Return all forms of a word that articles have, and in how many each is."""
        with self._index.reading():
            return self._index.current().words.forms_of(form)

    def stem_languages(self) -> dict[str, int]:
        """Return in how many articles words have the stems of each language."""
        with self._index.reading():
            return dict(self._index.current().documents.language_counts)

    def generation(self) -> str:
        """Return the number of the generation, which file it is, and until when nothing else of it becomes visible."""
        return self._index.name()

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*: fewest edits, then most articles, first."""
        from search.engines.whoosh_index.evaluate.expand import spellings  # few questions need it

        with self._index.reading():
            return spellings(self._index.current(), form, limit, self._limits, self._deadline())

    def completions(self, beginning: str, limit: int = 10) -> tuple[str, ...]:
        """Return indexed words that begin with *beginning*, a folded form, those in most articles first."""
        from search.engines.whoosh_index.evaluate.expand import completions  # few questions need it

        with self._index.reading():
            current = self._index.current()
            return completions(current, beginning, limit, self._limits, self._deadline())

    def _answer(self, request: SearchRequest) -> Answer:
        meaning = request.meaning
        if meaning is None or request.rank != "semantic":
            return Answer(self._index.current(), request, self._limits, self._deadline())
        nearness = self._vectors.nearness(meaning.model)
        return Answer(nearness.snapshot, request, self._limits, self._deadline(), nearness)

    def _deadline(self) -> Deadline:
        return Deadline(self._limits.query_timeout_ms, self._clock)

    def stats(self) -> Stats:
        """Return what the index holds."""
        with self._index.reading():
            return self._index.current().stats

    def count_terms(self) -> int:
        """Return how many different stems the index holds; every dictionary is read for it."""
        with self._index.reading():
            return self._index.current().count_terms()

    def lacking(self) -> tuple[str, ...]:
        """Return the columns of documents that some segment was written without: newssearch rebuild makes them."""
        segments = self._index.current().segments
        return tuple(dict.fromkeys(name for segment in segments for name in segment.lacking()))

    def verify(self) -> tuple[str, ...]:
        """Read every byte; return a sentence for each part of a file that is damaged."""
        from search.engines.whoosh_index.segment.check import problems_of

        return problems_of(self.folder, self._layout)

    def remarks(self) -> tuple[str, ...]:
        """Return sentences on the inner loops that answer, what the index was written without, and its ledger."""
        from search.engines.whoosh_index.write import ledger, revisions

        loops = f"inner loops: {kernels.description()}"
        if not kernels.IS_COMPILED:
            loops += "; a page of results takes up to twice as long (see README.md)"
        lacking = ", ".join(self.lacking())
        lack = f"the index was written without {lacking}; newssearch rebuild makes it anew"
        beside = ledger.remark_on(self.folder), revisions.remark_on(self.folder)
        words = self._index.current().documents.remark_on_words
        return tuple(filter(None, (loops, lack if lacking else "", words, *beside)))

    # Vectors

    @cached_property
    def _vectors(self) -> IndexVectors:
        from search.engines.whoosh_index.vectors import IndexVectors  # few questions need it

        return IndexVectors(self._index, self._lock_timeout_ms)

    def vector_models(self) -> Sequence[str]:
        """Return the labels of the models whose vectors there are, that of the newest last."""
        return self._vectors.models()

    def count_vectors(self, model: str) -> VectorCount:
        """Return how many articles have vectors of a *model*."""
        return self._vectors.count(model)

    def vectors(self, article_ids: Sequence[str], model: str) -> Mapping[str, Floats]:
        """Return a row for each passage of each of these articles that has vectors of a *model*, by id."""
        return self._vectors.of(article_ids, model)

    def near(self, request: SearchRequest, limit: int) -> SearchResult:
        """Return articles near ``request.meaning`` that its tree does not match, the nearest first."""
        from search.engines.whoosh_index.evaluate.near import near

        _check(request, self.fields)
        assert request.meaning is not None  # noqa: S101
        with self._index.reading():
            nearness = self._vectors.nearness(request.meaning.model)
            return near(nearness, request, limit, self._limits, self._deadline())

    def without_vectors(self, model: str) -> Iterator[Document]:
        """Yield every stored document that has no vectors of a *model*."""
        return self._vectors.missing(model)

    def keep_vectors(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        """Keep vectors of the passages of documents."""
        self._vectors.keep(model, vectors)

    def tidy_vectors(self, model: str) -> None:
        """Forget the vectors of other models, and those of what is no longer stored."""
        self._vectors.tidy(model)


def open_folder(location: str, *, make: bool, settings: Settings) -> WhooshEngine:
    """Open the index in the folder *location*, for `search.engines.registry`."""
    return WhooshEngine(
        location,
        make=make,
        limits=LIMITS._replace(
            max_expansions=settings.max_expansions,
            query_timeout_ms=settings.query_timeout_ms,
        ),
        lock_timeout_ms=settings.lock_timeout_ms,
        memory_mb=settings.memory_mb,
        stories=bool(settings.stories),
        kept_revisions=settings.kept_revisions,
        joined_names=bool(settings.joined_names),
    )


def stored_documents(folder: Path) -> StoredIndex | OldIndex:
    """Return the documents of the index in *folder*, also of one that newssearch rebuild must make anew.

    Raises `IndexMissing`, `IndexDamaged`, and `EngineError` for a format that is not known.
    """
    from search.engines.whoosh_index.old_format import OldIndex
    from search.engines.whoosh_index.segment.stored_index import StoredIndex

    try:
        return StoredIndex(folder)
    except IndexOutdated:
        return OldIndex(folder)


def verify_folder(location: str, settings: Settings) -> tuple[str, ...]:
    """Check the index in the folder *location*, whether it can be opened or not, for `search.engines.registry`."""
    from search.engines.whoosh_index.segment.check import problems_of

    return problems_of(Path(location))


def _check(request: SearchRequest, fields: FieldTable) -> None:
    """Raise `RequestError` for what no engine can answer, and for a page beyond all bounds."""
    check(request, fields)
    if request.limit + request.offset > MAX_LIMIT:
        raise RequestError(f"limit and offset together must not be above {MAX_LIMIT:,}")
