"""All that the rest of newssearch knows of an engine: its protocol in parts, and what it says of itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar, runtime_checkable

from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import (
    AllHits,
    PublicationDate,
    SearchResult,
    SimilarArticles,
    Story,
)
from search.model.article import Document
from search.model.fields import FieldTable

if TYPE_CHECKING:
    from search.text.arrays import Floats

T = TypeVar("T")


class VectorCount(NamedTuple):
    """How many of the articles that are seen have vectors of one model."""

    articles: int
    with_vectors: int


class Tagged(NamedTuple):
    """How many articles of a language one tagger has looked for names in."""

    #: Its name and version, "" where none has looked, None where the index does not know which.
    tagger: str | None
    #: As `Article.language`.
    language: str
    articles: int


class JoinedName(NamedTuple):
    """A name of a person, organisation or place that is counted under another one, and why.

    It is so for all articles, or for those from the month ``first`` to ``last`` (their first days), None where the month of
    the articles is not known. ``articles`` is how many have ``name`` and are meant.
    """

    name: str
    counts_for: str
    articles: int
    first: date | None
    last: date | None
    is_always: bool
    #: A reason with its numbers, in words for a person.
    why: str


class Volume(NamedTuple):
    """The part of an index that has the articles of a year or month, "2024" or "2024-03"; "rest" has all others. Sizes in bytes."""

    label: str
    articles: int
    size_bytes: int


class Stats(NamedTuple):
    """What an index holds. Sizes in bytes; no date where no article has one.

    ``oldest`` and ``newest`` are by the instant stored; of equal ones the most exact.
    """

    articles: int
    segments: int
    size_bytes: int
    oldest: PublicationDate | None
    newest: PublicationDate | None
    #: Number of distinct values of each facet.
    facet_values: Mapping[str, int]
    #: Articles that are stored and not seen, nor counted above: taken back by their publisher, and embargoed.
    withdrawn: int = 0
    embargoed: int = 0
    #: By tagger and language, the most articles first; every article counts once.
    tagged: tuple[Tagged, ...] = ()
    #: When the last article came, or began to be seen, aware UTC; None where the index does not know it of any.
    last_added: datetime | None = None
    #: Who scores: "native" where a cluster does; "exact" is as docs/ranking.md says.
    scoring: str = "exact"
    #: By label, where the index is parted into them.
    volumes: tuple[Volume, ...] = ()


class Revision(NamedTuple):
    """An earlier revision of an article: the document as it was, and when the next one took its place, aware UTC."""

    document: Document
    replaced: datetime

    @property
    def number(self) -> int:
        """The first revision is 0."""
        return self.document.revision


class RevisionCount(NamedTuple):
    """How many revisions are kept, of how many articles, in how many bytes of disk."""

    revisions: int
    articles: int
    size_bytes: int


class Searcher(Protocol):
    """Answers questions about one index. One instance serves one index, from any thread.

    A document whose article is withdrawn, or embargoed until a later instant than `search.model.clock.now`, is to
    every question as if the index did not have it; only `stats` says how many there are.

    Only `EngineError` and below come out, here and in the other parts. Every answer is of one generation
    of the index; a later call sees what was committed in between, by this process or another.
    """

    #: The table that the documents of the index follow.
    fields: FieldTable

    def get(self, article_id: str) -> Document | None:
        """Return the document, its article and enrichment exactly as they were added, or None."""
        ...

    def story(self, article_id: str) -> Story | None:
        """Return the other articles of an article's story, the oldest first; None where there are none.

        The first `STORY_COPIES` are among its copies. None, too, where there is no such article, and where the index knows no stories.
        """
        ...

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order in which they are stored, all of one generation."""
        ...

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request*. Raises `RequestError` for a facet or selection field that is no facet of ``fields``."""
        ...

    def every(self, request: SearchRequest) -> AllHits:
        """Answer *request* with all its hits from ``offset`` on, in the order of `search`; ``limit`` and all that is counted are ignored.

        All of it is found before this returns, within the time that a request has; who asks for the hits may take longer.
        """
        ...

    def generation(self) -> str:
        """Return a word that is the same, in other processes too, as long as the same questions have the same answers."""
        ...

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches; hits, counts, sort are ignored."""
        ...

    def ids(self, request: SearchRequest) -> Iterator[str]:
        """Yield the id of every document that *request* matches, all of one generation, in no order that says anything.

        Hits, counts, sort and stories are ignored. What the search says in notices counts here too.
        """
        ...

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        ...

    def names_of(self, field: str, name: str) -> tuple[JoinedName, ...]:
        """Return which names of a facet of entities count for *name*, and what that counts for, most articles first.

        *name* means what selecting it does. Nothing where the index joins no names. Raises `RequestError` for a *field* that
        is no facet.
        """
        ...

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*, likeliest first, *form* itself left out."""
        ...

    def completions(self, beginning: str, limit: int = 10) -> tuple[str, ...]:
        """Return indexed words that begin with *beginning*, a folded form, those in most articles first; of equal ones the first in order."""
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


@runtime_checkable
class KeepsRevisions(Protocol):
    """Keeps what a changed article was before. Optional.

    Revisions are never searched nor counted. Those of an article go when it is deleted, and when its publisher takes
    it back; of each article only the last ones are kept.
    """

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Return the earlier revisions of an article that are kept, the oldest first.

        An unknown article has none. One that is under an embargo of its own is left out.
        """
        ...

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every revision that is kept, of all articles, also where it or the article is withdrawn or embargoed."""
        ...

    def count_revisions(self) -> RevisionCount:
        """Return how many are kept."""
        ...

    def keep_revisions(self, revisions: Iterable[Revision]) -> None:
        """Keep revisions of articles that came here from another index, in the place of those of the same number.

        They are there, and have survived a power cut, when this returns. Raises `IndexLocked`.
        """
        ...

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all revisions of articles, for good."""
        ...


@runtime_checkable
class HasVectors(Protocol):
    """Has vectors of the passages of articles, which a model made of their meaning. Optional.

    Those of an article belong to one revision of it: once it has changed it has none.
    """

    def vector_models(self) -> Sequence[str]:
        """Return the labels of the models whose vectors there are, that of the newest last."""
        ...

    def count_vectors(self, model: str) -> VectorCount:
        """Return how many articles have vectors of the *model* with that label."""
        ...

    def vectors(self, article_ids: Sequence[str], model: str) -> Mapping[str, "Floats"]:
        """Return a row for each passage of each of these articles that has vectors of a *model*, by id."""
        ...

    def near(self, request: SearchRequest, limit: int) -> SearchResult:
        """Return articles that are near ``request.meaning`` though its tree does not match them, the nearest first.

        They fit all filters of *request* and what its tree insists on (`search.query.tree.required_of`); at most *limit*. The score is the nearness, ``least_nearness`` of it at
        least. The total is how many articles were compared.
        """
        ...


@runtime_checkable
class FindsSimilar(Protocol):
    """Finds the articles that are like one. Optional."""

    def similar(self, article_id: str, limit: int = 10) -> SimilarArticles | None:
        """Return at most *limit* articles like the one with that id, one of each story, none of its own; None where it is unknown.

        docs/ranking.md says what is compared.
        """
        ...


@runtime_checkable
class KnowsFiles(Protocol):
    """Knows which input files an article is in now, which may have been moved since it was read. Optional."""

    def files_of(self, article_id: str) -> tuple[str, ...]:
        """Return their absolute paths; () where that is unknown."""
        ...


@runtime_checkable
class KnowsWords(Protocol):
    """Can tell quickly which words the index has. Optional."""

    def frequencies(self, forms: Sequence[str]) -> list[int]:
        """Return in how many articles each of *forms* is, in any of its forms, in any of the fields of a bare word."""
        ...

    def forms_of(self, form: str) -> dict[str, int]:
        """Return all forms of a word that articles have, in any language, and in how many articles each is.

        They are looked for in the fields of a bare word; *form* itself is left out where no article has it.
        """
        ...

    def stem_languages(self) -> dict[str, int]:
        """Return in how many articles words have the stems of each language, those of `search.text.stems.LANGUAGES`."""
        ...


@runtime_checkable
class Stays(Protocol):
    """Can answer several questions of one state of the index, though it changes meanwhile. Optional."""

    def of_one_state(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns; all that this thread asks meanwhile is of one state, the newest of when this is called.

        *ask* may be called twice: what it saw the first time counts for nothing then.
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
