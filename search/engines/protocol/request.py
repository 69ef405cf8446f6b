"""What an engine is asked."""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from search.model.question import FacetRequest, Match, Rank, Selection, Sort
from search.query.tree import Bound, Everything, Query

if TYPE_CHECKING:
    from search.model.histogram import HistogramRequest

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


class Place(NamedTuple):
    """Where a hit stands in an order by date: its instant, aware, None of an undated article, and its id."""

    published: datetime | None
    article_id: str


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
    #: Only documents that have none of these values, which mean what selecting them does; a facet counts without these documents.
    excluded: tuple[Selection, ...] = ()
    #: Fill `SearchResult.significant` with this many words.
    significant: int = 0
    #: Only documents that came into the index, or began to be seen there, at the first instant or later, and before the
    #: second, aware; None is no bound. One of which the index does not know when it came is not found.
    added_from: datetime | None = None
    added_before: datetime | None = None
    #: How hits are ranked by relevance. An engine that cannot rank so ranks plainly and says so in a notice.
    rank: Rank = "plain"

    #: Sorted by date and not grouped: leave out all hits up to this place; ``offset`` hits of the others are skipped.
    after: Place | None = None
