"""All that the rest of newssearch knows of an engine: its protocol in parts, and the values that it takes and gives."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable
from unicodedata import combining, normalize

from search.model.article import Article, Document
from search.model.fields import FieldTable
from search.model.question import FacetRequest, Match, Rank, Selection, Sort
from search.query.tree import Bound, Everything, Query
from search.text.words import MAX_FORM_CHARS, fold

if TYPE_CHECKING:
    from search.model.histogram import Histogram, HistogramRequest
    from search.text.arrays import Floats


def facet_key(value: str) -> str:
    """Return the key of a facet value: values that differ in case, accents and white space only have one key.

    Each word is folded by `search.text.words.fold`; a value of which nothing is left is its own key.
    """
    if value.isascii() and len(value) <= MAX_FORM_CHARS and value.replace(" ", "").isalpha():
        return " ".join(value.lower().split())
    return " ".join(folded for word in value.split() if (folded := fold(word))) or value.strip()


def spelling_rank(value: str) -> tuple[bool, int, int, int, str]:
    """Return what decides between spellings of one facet value that equally many documents have: the least is shown.

    Single blanks go before others, capitals and small letters before capitals alone and these before small letters alone,
    accents before none: what is typed in haste lacks them.
    """
    case = 1 if value.isupper() else 2 if value.islower() else 0
    marks = 0 if value.isascii() else sum(map(bool, map(combining, normalize("NFD", value))))
    return value != " ".join(value.split()), case, -marks, len(value), value


#: The share of its score that an article keeps however old it is, where nothing else is asked.
DEFAULT_FLOOR = 0.5


class Recency(NamedTuple):
    """Let new articles rank higher: a score falls by half of all above its *floor* with each half-life of age.

    ``floor`` is the share of its score that an article keeps however old it is, from 0 to 1 (docs/ranking.md).
    """

    half_life_days: float
    floor: float = DEFAULT_FLOOR


class Meaning(NamedTuple):
    """What a query means, as a vector of length 1, and the label of the model that made it."""

    model: str
    vector: tuple[float, ...]
    #: Articles that are less near have little to do with it.
    least_nearness: float = 0.0


class SearchRequest(NamedTuple):
    """One question to an engine.

    ``tree`` decides what matches and how it ranks; ``match`` says how many of the clauses of each
    `Group` must hold (see docs/query-language.md); ``start`` and ``end`` bound the date of
    publication, half open, as a `DateRange` does. ``offset`` hits are skipped and at most ``limit`` returned.
    Sorting by "newest" or "oldest" is by the instant stored, midnight UTC of a date known to the day; it puts
    undated articles last, equals by article id.
    """

    tree: Query = Everything()
    selections: tuple[Selection, ...] = ()
    start: Bound | None = None
    end: Bound | None = None
    match: Match = "all"
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    facets: tuple[FacetRequest, ...] = ()
    histogram: "HistogramRequest | None" = None
    #: Clauses to be counted on their own for `SearchResult.counts`, without filters.
    counted: tuple[Query, ...] = ()
    #: Fill `EngineHit.contributions`.
    explain: bool = False
    #: Give one hit a story: its best ranked document in the order asked for. ``offset`` and ``limit`` count
    #: stories then; total, facets and histogram count articles all the same.
    group: bool = False
    #: Count facets among the documents found: with the selection of their own field, which is left out else.
    facets_within: bool = False
    #: Count and select each name of a person, organisation or place as articles have it. Else it is counted under the one
    #: that it counts for (`Searcher.names_of`), once an article; who selects a name finds what is counted under it and what has it.
    as_written: bool = False
    #: Sorted by relevance: let few hits of one source, and one of a story, be among the first (`search.engines.rescoring.diversity`).
    is_diverse: bool = False
    #: Sorted by relevance: weigh the scores of the first hits by age (`search.engines.rescoring.recency`).
    recency: Recency | None = None
    #: What the words of the query mean, where hits are to be ranked by it too; for engines that are `HasVectors`.
    meaning: Meaning | None = None
    #: Only documents without a value in each of these facets; of a field that is also selected, those and the selected ones.
    without: tuple[str, ...] = ()
    #: Fill `SearchResult.significant` with this many words.
    significant: int = 0
    #: Only documents that came into the index, or began to be seen there, at the first instant or later, and before the
    #: second, aware; None is no bound. One of which the index does not know when it came is not found.
    added_from: datetime | None = None
    added_before: datetime | None = None
    #: How hits are ranked by relevance. An engine that cannot rank so ranks plainly and says so in a notice.
    rank: Rank = "plain"

    #: Sorted by date and not grouped: leave out all hits up to this place; ``offset`` hits of the others are skipped.
    after: "Place | None" = None


class Place(NamedTuple):
    """Where a hit stands in an order by date: its instant, aware, None of an undated article, and its id."""

    published: datetime | None
    article_id: str


class VectorCount(NamedTuple):
    """How many of the articles that are seen have vectors of one model."""

    articles: int
    with_vectors: int


class Contribution(NamedTuple):
    """What one clause added to a score, for a person who asks why a hit ranks where it does.

    ``clause`` is in the query language. The contributions of a hit add up to its score; none is 0, and what age takes is below.
    """

    clause: str
    score: float


#: Copies that the `Story` of a hit has at most, however many there are; and that of an article.
HIT_COPIES = 5
STORY_COPIES = 100


class _HasDocument:
    """What has a document, which is unpacked when it is first asked for; that raises `IndexDamaged` where it cannot be."""

    __slots__ = ("_document",)

    def __init__(self, document: Document | Callable[[], Document]) -> None:
        self._document = document

    @property
    def document(self) -> Document:
        if not isinstance(self._document, Document):
            self._document = self._document()
        return self._document

    @property
    def article(self) -> Article:
        return self.document.article


class Copy(_HasDocument):
    """An article of a story: what is shown of it in a list."""

    __slots__ = ("article_id", "published", "source")

    def __init__(
        self,
        article_id: str,
        source: str,
        published: "PublicationDate | None",
        document: Document | Callable[[], Document],
    ) -> None:
        """Make a copy of what is known of it and of a document, or of what unpacks that."""
        super().__init__(document)
        self.article_id = article_id
        self.source = source
        self.published = published

    @classmethod
    def of(cls, document: Document) -> "Copy":
        """Return a document as a copy."""
        article = document.article
        when = article.published
        date = None if when is None else PublicationDate(when, article.published_precision)
        return cls(article.article_id, article.source, date, document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Copy) and (
            (self.article_id, self.source, self.published)
            == (other.article_id, other.source, other.published)
        )

    def __hash__(self) -> int:
        return hash(self.article_id)

    def __repr__(self) -> str:
        return f"Copy({self.article_id!r}, {self.source!r}, {self.published!r})"


class Story(NamedTuple):
    """The other articles of a hit's story that match too, one at least.

    ``articles`` is how many they are without the hit; ``copies`` are the best ranked of them, at most
    `HIT_COPIES`; ``sources`` are the sources of all of them but for the hit's own, the best ranked first;
    ``others`` is how many have none of these.
    """

    articles: int
    copies: tuple[Copy, ...]
    sources: tuple[str, ...]
    others: int


class EngineHit(_HasDocument):
    """One document found, and its score (0.0 when sorted by date).

    ``story`` is None where hits are not grouped, and where no other article of its story matches.
    """

    __slots__ = ("contributions", "score", "story")

    def __init__(
        self,
        document: Document | Callable[[], Document],
        score: float,
        contributions: tuple[Contribution, ...] = (),
        story: Story | None = None,
    ) -> None:
        """Make a hit of a document, or of what unpacks it."""
        super().__init__(document)
        self.score = score
        self.contributions = contributions
        self.story = story

    @property
    def story_size(self) -> int:
        """How many articles of its story match, itself among them."""
        return 1 if self.story is None else self.story.articles + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EngineHit) and (
            (self.score, self.contributions, self.story, self.document)
            == (other.score, other.contributions, other.story, other.document)
        )

    def __hash__(self) -> int:
        return hash((self.score, self.contributions))

    def __repr__(self) -> str:
        return f"EngineHit({self.document!r}, {self.score!r}, {self.contributions!r})"


class SimilarHit(_HasDocument):
    """An article that is like another one: how much, and which words both have.

    ``score`` is from 0 to 1, which it is for an article that has all that is looked for as often.
    """

    __slots__ = ("score", "words")

    def __init__(
        self, document: Document | Callable[[], Document], score: float, words: tuple[str, ...]
    ) -> None:
        """Make a hit of a document, or of what unpacks it; *words* are those that add most to *score*, first the most."""
        super().__init__(document)
        self.score = score
        self.words = words

    def __repr__(self) -> str:
        return f"SimilarHit({self.article.article_id!r}, {self.score!r}, {self.words!r})"


class SimilarArticles(NamedTuple):
    """The articles that are most like one, the most like it first, and the words of it that were looked for, the heaviest first.

    A word is the form of its stem that most articles have. ``words`` is empty where nothing can be compared, and a notice says why.
    """

    hits: tuple[SimilarHit, ...]
    words: tuple[str, ...]
    notices: tuple[str, ...] = ()


class FacetValue(NamedTuple):
    """One value of a facet, how many matching documents have it, and whether it is selected."""

    value: str
    #: Hides the method of tuples.
    count: int  # type: ignore[assignment]
    selected: bool = False


class FacetCounts(NamedTuple):
    """The counts of one facet: the values by count descending, then by value.

    Values with one `facet_key` are one, shown as most documents of the index have it (`spelling_rank` decides where these
    are equally many); its count is what selecting it finds.
    A selected value is always among the values, even with count 0 or beyond the size asked for.
    Blank values do not count, and a value counts once a document.
    ``other`` is the sum of the counts of all values not shown; ``missing`` how many matching documents
    have no value at all, which is what `SearchRequest.without` finds. So for a facet of at most one value a document, counts + other + missing
    is the total.
    """

    values: tuple[FacetValue, ...]
    other: int
    missing: int


class Moved(NamedTuple):
    """How many hits come after the first page though they rank there: of one source, or "", copies of a hit before them."""

    source: str
    hits: int


class SignificantWord(NamedTuple):
    """A word that the articles found have more often than others: the form of its stem that most articles have.

    ``articles`` is how many of all articles found have any form of it, ``everywhere`` how many of all of the index.
    """

    word: str
    articles: int
    everywhere: int
    #: `search.engines.ranking.significance` among those that were looked at.
    score: float


class SignificantWords(NamedTuple):
    """The words that are significant for what was found, the most first, and how many of the articles were looked at."""

    words: tuple[SignificantWord, ...]
    looked_at: int


class WeighedWord(NamedTuple):
    """A word that weighs in the order of the first hits though nobody asked for it: `SearchRequest.rank`.

    ``word`` is the form that most documents have; ``share``, its part of the weight of all such words, which is 1 in all.
    """

    word: str
    share: float


class SearchResult(NamedTuple):
    """An engine's answer: exact total, one page of hits, the facets asked for, and notices.

    A notice is a sentence for the person who asked: which limit was reached, what was left out.
    """

    total: int
    hits: tuple[EngineHit, ...] = ()
    facets: Mapping[str, FacetCounts] = MappingProxyType({})
    notices: tuple[str, ...] = ()
    #: How many documents each clause of `SearchRequest.counted` matches on its own.
    counts: tuple[int, ...] = ()
    #: Where `SearchRequest.histogram` asks for one.
    histogram: "Histogram | None" = None
    #: How many stories the articles found are of, exactly. None where the request does not group, and where the
    #: index knows no stories: then the hits are articles.
    stories: int | None = None
    #: What `SearchRequest.is_diverse` moved after the first hits; filled where the page has hits that it can move.
    moved: tuple[Moved, ...] = ()
    #: Where `SearchRequest.significant` asks for them; None, too, where the engine does not know the words of articles.
    significant: SignificantWords | None = None
    #: Where `SearchRequest.explain` asks for it: the words that the first hits gave to the query, the heaviest first.
    weighed: tuple[WeighedWord, ...] = ()
    #: How many hits are left out by `SearchRequest.after`.
    passed: int = 0


class AllHits(NamedTuple):
    """Every hit of a request, one after the other; the rest as in `SearchResult`.

    Who goes on asking for hits gets those of the generation that answered first, whatever is committed meanwhile. What is held
    of a hit that is not asked for yet are a few numbers, and its document is not unpacked before.
    """

    total: int
    hits: Iterator[EngineHit]
    notices: tuple[str, ...] = ()
    stories: int | None = None
    passed: int = 0


class PublicationDate(NamedTuple):
    """When an article was published, aware UTC, and how exactly that is known (`search.model.article.PRECISIONS`)."""

    published: datetime
    precision: str


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

    def stored_revisions(self) -> Iterator[Document]:
        """Yield every revision that is kept, of all articles, also where it or the article is withdrawn or embargoed."""
        ...

    def count_revisions(self) -> RevisionCount:
        """Return how many are kept."""
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
class Checkable(Protocol):
    """Can tell whether what is stored is as it was written. Optional."""

    def verify(self) -> tuple[str, ...]:
        """Read everything; return a sentence for each part that is damaged."""
        ...

    def remarks(self) -> tuple[str, ...]:
        """Return sentences on how fast this installation can be, and on what the index was written without."""
        ...
