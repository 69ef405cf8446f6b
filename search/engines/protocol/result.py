"""What an engine answers: hits, similar articles, and what is said of all that was found."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from search.engines.protocol.facets import FacetCounts
from search.model.article import Article, Document

if TYPE_CHECKING:
    from search.model.histogram import Histogram


def not_known(what: str) -> str:
    """Return the sentence that an index was made without the heaviest words of its articles, so that *what* cannot be said."""
    return f"the index does not know the heaviest words of its articles, so {what}; newssearch rebuild makes them known"


class PublicationDate(NamedTuple):
    """When an article was published, aware UTC, and how exactly that is known (`search.model.article.PRECISIONS`)."""

    published: datetime
    precision: str


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
