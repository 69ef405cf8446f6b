"""All that the rest of newssearch knows of an engine: its protocol in parts, and the values that it takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, runtime_checkable

from search.model.article import Article, Document
from search.model.fields import FieldTable
from search.model.question import FacetRequest, Match, Selection, Sort
from search.query.tree import Everything, Query
from search.text.words import fold

if TYPE_CHECKING:
    from search.model.histogram import Histogram, HistogramRequest


def facet_key(value: str) -> str:
    """Return the key of a facet value: values that differ in case, accents and white space only have one key.

    Each word is folded by `search.text.words.fold`; a value of which nothing is left is its own key.
    """
    return " ".join(folded for word in value.split() if (folded := fold(word))) or value.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """One question to an engine.

    ``tree`` decides what matches and how it ranks; ``match`` says how many of the clauses of each
    `Group` must hold (see docs/query-language.md); ``start`` and ``end`` bound the publication
    instant, half open, aware UTC. ``offset`` hits are skipped and at most ``limit`` returned.
    Sorting by "newest" or "oldest" puts undated articles last, equals by article id.
    """

    tree: Query = field(default_factory=Everything)
    selections: tuple[Selection, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    match: Match = "all"
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    facets: tuple[FacetRequest, ...] = ()
    histogram: HistogramRequest | None = None
    #: Clauses to be counted on their own for `SearchResult.counts`, without filters.
    counted: tuple[Query, ...] = ()
    #: Fill `EngineHit.contributions`.
    explain: bool = False


class Contribution(NamedTuple):
    """What one clause added to a score, for a person who asks why a hit ranks where it does.

    ``clause`` is in the query language. The contributions of a hit add up to its score; none is 0.
    """

    clause: str
    score: float


class EngineHit:
    """One document found, and its score (0.0 when sorted by date).

    The document is unpacked when it is first asked for; that raises `IndexDamaged` where it cannot be.
    """

    __slots__ = ("_document", "contributions", "score")

    def __init__(
        self,
        document: Document | Callable[[], Document],
        score: float,
        contributions: tuple[Contribution, ...] = (),
    ) -> None:
        """Make a hit of a document, or of what unpacks it."""
        self._document = document
        self.score = score
        self.contributions = contributions

    @property
    def document(self) -> Document:
        if not isinstance(self._document, Document):
            self._document = self._document()
        return self._document

    @property
    def article(self) -> Article:
        return self.document.article

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EngineHit) and (
            (self.score, self.contributions, self.document)
            == (other.score, other.contributions, other.document)
        )

    def __hash__(self) -> int:
        return hash((self.score, self.contributions))

    def __repr__(self) -> str:
        return f"EngineHit({self.document!r}, {self.score!r}, {self.contributions!r})"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, how many matching documents have it, and whether it is selected."""

    value: str
    count: int
    selected: bool = False


class FacetCounts(NamedTuple):
    """The counts of one facet: the values by count descending, then by value.

    A selected value is always among the values, even with count 0 or beyond the size asked for.
    Blank values do not count, and a value counts once a document.
    ``other`` is the sum of the counts of all values not shown; ``missing`` how many matching documents
    have no value at all. So for a facet of at most one value a document, counts + other + missing
    is the total.
    """

    values: tuple[FacetValue, ...]
    other: int
    missing: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An engine's answer: exact total, one page of hits, the facets asked for, and notices.

    A notice is a sentence for the person who asked: which limit was reached, what was left out.
    """

    total: int
    hits: tuple[EngineHit, ...] = ()
    facets: Mapping[str, FacetCounts] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    #: How many documents each clause of `SearchRequest.counted` matches on its own.
    counts: tuple[int, ...] = ()
    #: Where `SearchRequest.histogram` asks for one.
    histogram: Histogram | None = None


class Stats(NamedTuple):
    """What an index holds. Sizes in bytes; instants aware UTC, None where no article has a date."""

    articles: int
    segments: int
    size_bytes: int
    oldest: datetime | None
    newest: datetime | None
    #: Number of distinct values of each facet.
    facet_values: Mapping[str, int]


class Given(NamedTuple):
    """What publishing gives to a document: see `Document`."""

    added: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Staged:
    """Documents that a `StagingHandle` has made ready for `Staging.publish`, perhaps in another process.

    ``location`` means something to the engine alone; ``article_ids`` are all different, ``documents``
    counts all of them. Those of ``left_out`` are not published: whoever stages in several
    processes learns only afterwards which of two versions of an id is the later one.
    """

    location: str
    article_ids: tuple[str, ...]
    documents: int
    left_out: frozenset[str] = frozenset()

    def published_ids(self) -> Iterator[str]:
        return (i for i in self.article_ids if i not in self.left_out)


class Searcher(Protocol):
    """Answers questions about one index. One instance serves one index, from any thread.

    Only `EngineError` and below come out, here and in the other parts. Every answer is of one generation
    of the index; a later call sees what was committed in between, by this process or another.
    """

    #: The table that the documents of the index follow.
    fields: FieldTable

    def get(self, article_id: str) -> Document | None:
        """Return the document, its article and enrichment exactly as they were added, or None."""
        ...

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order in which they are stored, all of one generation."""
        ...

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request*. Raises `RequestError` for a facet or selection field that is no facet of ``fields``."""
        ...

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches; hits, counts, sort are ignored."""
        ...

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        ...

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*, likeliest first, *form* itself left out."""
        ...

    def stats(self) -> Stats:
        """Return what the index holds; cheap enough for a start page."""
        ...

    def count_terms(self) -> int:
        """Return how many different words the engine tells apart; may read all of them."""
        ...

    def close(self) -> None:
        """Close files and connections. Calling it twice is harmless."""
        ...


class Writer(Protocol):
    """Changes an index, each call in one commit that is seen whole or not at all."""

    def add(self, documents: Iterable[Document]) -> int:
        """Add or replace documents; return how many distinct ones.

        Of several with one id the last counts. If *documents* raises, nothing is committed, the index
        stays writable and the exception goes through.
        """
        ...

    def delete(self, article_ids: Iterable[str]) -> int:
        """Delete articles; return how many of the ids the index had."""
        ...


class Engine(Searcher, Writer, Protocol):
    """What every engine can do."""


class StagingHandle(Protocol):
    """Takes documents, one after another, for one later commit. For one thread at a time."""

    def add(self, document: Document) -> None:
        """Take one more document. Where this raises, the handle is discarded."""
        ...

    def finish(self) -> Staged:
        """Return what was added, for `Staging.publish`; nothing more can be added then."""
        ...

    def discard(self) -> None:
        """Forget what was added, finished or not, unless it is published. Calling it twice is harmless."""
        ...


@runtime_checkable
class Staging(Protocol):
    """Takes documents in several processes and makes them visible in one commit. Optional."""

    def stage(self) -> StagingHandle:
        """Return a handle that does all of adding that needs no lock.

        Nobody sees anything of it before `publish`. Of all its documents only the ids are held in memory,
        here and in what it returns, and a bounded part in work. What was staged is there until it is published or discarded, or this engine is closed or its process ends.
        """
        ...

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Add or replace all that is *staged* in one commit; return how many distinct documents.

        Of several with one id the last of the last counts. Older documents with *deleted_ids* are
        deleted. Documents whose ids are in *given* come from another index and keep what that gave them.
        After `IndexLocked` it can be tried again; after any other error the index is as it was, and the
        documents must be staged anew.
        """
        ...

    def ledger(self) -> Ledger:
        """Return the ledger of the index."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """An input file as it was when it was last read to its end."""

    #: Absolute.
    path: str
    #: Both as they were before reading.
    size_bytes: int
    mtime_ns: int
    #: Of its bytes, "" where that is not known.
    digest: str
    #: The options that decide what its articles are.
    how: str
    #: The tagger that its articles were given to, as in `Enrichment.tagger`.
    tagger: str
    #: How many of its records were no articles.
    refused: int = 0
    #: How many articles it has; the ledger counts them.
    articles: int = 0
    #: False where it is to be read again although it has not changed.
    is_current: bool = True


class Ledger(Protocol):
    """Which input files an index was made from, and which articles it has because of each: their claims.

    It is open from ``with`` to its end, for one index run at a time. What a call changes has survived a power
    cut when it returns. A file is current only as long as the index has the generation that was the newest
    when the file was recorded, and only where that generation will survive a power cut too.
    """

    #: What a person is to know: sentences.
    notices: list[str]

    def __enter__(self) -> Self:
        """Open it. Raises `IndexLocked` where another run has it, and `EngineError`."""
        ...

    def __exit__(self, *exc: object) -> None: ...

    def __len__(self) -> int:
        """Return the number of input files."""
        ...

    def get(self, path: str) -> InputFile | None:
        """Return the input file at an absolute *path*, None where there is none."""
        ...

    def files(self) -> Iterator[InputFile]:
        """Yield all input files. Nothing is to be changed meanwhile."""
        ...

    def claim(self, claims: Mapping[str, Collection[str]]) -> None:
        """Note that the index will have these articles because of the files at these paths.

        To be called before they are published, so that no article is in the index that no file claims. The
        files are not current until they are recorded.
        """
        ...

    def not_renewed(self, path: str) -> list[str]:
        """Return the ids that the file has claimed in earlier runs, and not in this one."""
        ...

    def claimants(self, article_id: str) -> list[str]:
        """Return the paths of the files that claim an article."""
        ...

    def record(
        self, files: Iterable[InputFile], given_up: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Record files in the place of what was recorded for their paths.

        *given_up* has, by path, the ids that a file claims no longer.
        """
        ...

    def read_again(self, path: str) -> None:
        """Note that the file is not current."""
        ...

    def tagged_by(self, tagger: str) -> None:
        """Note that the articles of all files were given to *tagger*."""
        ...

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files and their claims."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


class StagingEngine(Engine, Staging, Protocol):
    """What an index run needs."""


class Rebuild(Protocol):
    """An index that is made anew out of its own documents, while the old one answers.

    It is open from ``with`` to its end, for one process at a time, without an index run meanwhile. What an
    earlier try has made is there again.
    """

    #: What a person is to know: sentences.
    notices: list[str]
    #: The new index, which nobody else sees.
    new: StagingEngine
    #: That of the index, open.
    ledger: Ledger

    def __enter__(self) -> Self:
        """Open it. Raises `IndexLocked` where another run has it, and `EngineError`."""
        ...

    def __exit__(self, *exc: object) -> None: ...

    def __len__(self) -> int:
        """Return the number of documents of the old index."""
        ...

    def documents(self) -> Iterator[Document]:
        """Yield all documents of the newest generation of the old index, which may be of an older format."""
        ...

    def needed_bytes(self) -> int:
        """Return how much more disk the new index will take at most, beside the old one."""
        ...

    def free_bytes(self) -> int:
        """Return how much disk is free for it."""
        ...

    def replace(self) -> bool:
        """Put the new index in the place of the old one in one step, for good.

        Return False, and change nothing, where the old one has changed since `documents` was called.
        """
        ...


@runtime_checkable
class Checkable(Protocol):
    """Can tell whether what is stored is as it was written. Optional."""

    def verify(self) -> tuple[str, ...]:
        """Read everything; return a sentence for each part that is damaged."""
        ...

    def remarks(self) -> tuple[str, ...]:
        """Return sentences on how fast this installation can be, and on what the index was written without."""
        ...
