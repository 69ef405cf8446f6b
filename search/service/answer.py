"""What the service answers: pages of hits, an article, the front page."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from search.engines.protocol.engine import Stats
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.result import Contribution, EngineHit, Moved, Story, WeighedWord
from search.highlight.marked import Marked
from search.model.article import Article, Document
from search.model.question import Question

if TYPE_CHECKING:
    from search.model.histogram import Histogram
    from search.service.cursor import Cursor
    from search.service.difference import Difference
    from search.service.examples import Example
    from search.service.significant import Significant


class Clause(NamedTuple):
    """One clause of the query as it was read, in the query language, and how many articles it alone matches.

    ``synonyms`` are those that are looked for too, and counted. ``languages`` are those of whose forms it asks, where the
    index has several. ``typed`` is the clause as it was typed, ``without`` the query without it; both None where that
    cannot be told, as of a saved search.
    """

    text: str
    #: Hides the method of tuples.
    count: int  # type: ignore[assignment]
    synonyms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    typed: str | None = None
    without: str | None = None


class Suggestion(NamedTuple):
    """A way out of an empty answer: what it does, in words; the question to ask; how many it finds."""

    text: str
    question: Question
    total: int


class OfNames(NamedTuple):
    """Sentences on the names that a question means, and other questions: with names apart, and of all that a name counts."""

    notices: tuple[str, ...] = ()
    beyond: tuple[Suggestion, ...] = ()


class Hit(NamedTuple):
    """One result: rank from 1 over all pages, score, the document, what to mark in title and snippet."""

    rank: int
    score: float
    document: Document
    title: Marked
    snippet: Marked
    contributions: tuple[Contribution, ...] = ()
    #: The other articles of its story that match; None where there are none, and where hits are not grouped.
    story: Story | None = None

    @property
    def story_size(self) -> int:
        """How many articles of its story match, itself among them."""
        return 1 if self.story is None else self.story.articles + 1

    @property
    def article(self) -> Article:
        return self.document.article


class Matching(NamedTuple):
    """All articles that a question finds: their ids, the first few by relevance, and notices."""

    ids: tuple[str, ...]
    articles: tuple[Article, ...]
    notices: tuple[str, ...]


class ResultPage(NamedTuple):
    """The answer to a `Question`.

    ``total`` is exact and counts articles; a page past the end has no hits and the true total. ``stories`` is how
    many stories these are of, and then each hit is one; None where hits are articles: the question does not
    group, or the index knows no stories.
    """

    question: Question
    read_as: tuple[Clause, ...]
    notices: tuple[str, ...]
    total: int
    page: int
    page_size: int
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    #: Only where the question asks for one.
    histogram: "Histogram | None" = None
    #: Only where nothing was found.
    suggestions: tuple[Suggestion, ...] = ()
    #: Where few were found: the question with words that far more articles have, and that are spelt nearly so.
    meant: Suggestion | None = None
    #: What belongs to a name that was asked for and is written otherwise, and the answer with names apart.
    beyond: tuple[Suggestion, ...] = ()
    stories: int | None = None
    #: What ranks among the first hits and comes after them, so that no source or story fills them.
    moved: tuple[Moved, ...] = ()
    #: Articles near in meaning that the words do not find, the nearest first; in no count. Only on the first page.
    near: tuple["Hit", ...] = ()
    #: Only where the question asks for them and the index knows.
    significant: "Significant | None" = None
    #: Only where the question asks to have the order explained: words of the first hits that weigh in it.
    weighed: tuple[WeighedWord, ...] = ()
    #: Where the next hit is found: `Question.cursor`. "" after the last one.
    next_cursor: str = ""

    @property
    def rows(self) -> int:
        """Return how many hits all pages have together."""
        return self.total if self.stories is None else self.stories

    @property
    def last_page(self) -> int:
        """Return the number of the last page that has hits, 0 where nothing was found."""
        return -(-self.rows // self.page_size)


class HitStream(NamedTuple):
    """All hits of a question from its cursor on, marked one after the other; the rest as in `ResultPage`.

    They are of one generation of the index, whatever is committed while they are read. ``start`` is the cursor before the first.
    """

    question: Question
    total: int
    hits: Iterator[Hit]
    start: "Cursor"
    notices: tuple[str, ...] = ()
    stories: int | None = None

    @property
    def rows(self) -> int:
        """Return how many hits the question has, those before its cursor among them."""
        return self.total if self.stories is None else self.stories

    def cursor_after(self, hit: Hit) -> str:
        """Return the cursor by which the question goes on after *hit*."""
        from search.service.cursor import outlives_changes

        outlives = outlives_changes(self.question)
        return self.start.after(hit.rank, hit.article, outlives=outlives).encoded()


class Comparison(NamedTuple):
    """Two articles, how many words each has, and what differs between their titles and between their texts."""

    first: Document
    second: Document
    words: tuple[int, int]
    title: "Difference"
    body: "Difference"


class MarkedArticle(NamedTuple):
    """An article with a query's words marked in its title and in each of its paragraphs."""

    document: Document
    title: Marked
    paragraphs: tuple[Marked, ...]
    notices: tuple[str, ...] = ()
    #: The other articles of its story, the oldest first.
    story: Story | None = None

    @property
    def article(self) -> Article:
        return self.document.article


class HomePage(NamedTuple):
    """What there is before anything is asked: newest articles, one of each story; every facet; what the index holds.

    ``histogram`` counts all articles by date; ``examples`` are queries that find some.
    """

    newest: tuple[EngineHit, ...]
    facets: Mapping[str, FacetCounts]
    stats: Stats
    histogram: "Histogram | None" = None
    examples: tuple["Example", ...] = ()
