"""What a person asks: a question and its parts, as they come from box, command line or URL."""

from typing import Literal, NamedTuple

Match = Literal["all", "most", "any"]
Sort = Literal["relevance", "newest", "oldest"]
#: How relevance is reckoned: see docs/ranking.md.
Rank = Literal["plain", "feedback", "semantic"]

#: The `Question.histogram` that takes the finest interval which gives no more bins than a page has room
#: for: each day of a month.
AUTO = "auto"
#: The same for a chart of bars, which has room for more of them.
BARS = "bars"


class Selection(NamedTuple):
    """Only documents that have at least one of *values* in facet *field*.

    A value selects every facet value with the same `search.engines.protocol.facets.facet_key`: equal but for case,
    accents and white space. Blank values select nothing and leave nothing out; two selections of one field
    count as one. Selections of several fields must all hold. When a facet is counted its own selection is
    left out, so that a person can add a second value to the first.
    """

    field: str
    values: tuple[str, ...]


class FacetRequest(NamedTuple):
    """Ask for the *size* most frequent values of the facet *field*.

    With *text* only of those values that have, for each word of it, a word that begins so, whatever case and accents.
    """

    field: str
    size: int = 10
    text: str = ""


class Question(NamedTuple):
    """What a person asks, as typed.

    ``start`` and ``end`` are days or instants ("2024-11", "2024-11-13", "yesterday"), both
    inclusive, "" for no bound. Pages count from 1. ``page_size`` 0 is the configured size.
    ``histogram`` is "day", "month" or another of `search.model.histogram.INTERVALS`, `AUTO`, `BARS`, or "" for none.
    """

    text: str = ""
    selections: tuple[Selection, ...] = ()
    start: str = ""
    end: str = ""
    match: Match = "all"
    sort: Sort = "relevance"
    page: int = 1
    page_size: int = 0
    facets: tuple[FacetRequest, ...] = ()
    histogram: str = ""
    explain: bool = False
    #: One hit a story, where the index knows stories; pages count stories then.
    group: bool = True
    #: Count and choose names of people, organisations and places that are one as one; else each as articles have it.
    joined: bool = True
    #: Look for the synonyms of words too, where the settings name a file of them.
    synonyms: bool = True
    #: Only articles without a value in each of these facets; of a facet that is also selected, those and the selected ones.
    without: tuple[str, ...] = ()
    #: Only articles that have none of these values.
    excluded: tuple[Selection, ...] = ()
    #: Let few hits of one source, and one of a story, be among the first, where hits are sorted by relevance; None is the setting.
    diverse: bool | None = None
    #: Came into the index on this day or later, and on this day or earlier; as ``start`` and ``end``.
    added_from: str = ""
    added_to: str = ""
    #: "30d", "6m:0.2" (a half-life, and the share of its score that each hit keeps), "off", or "" for the setting.
    recency: str = ""
    #: Give this many words that the articles found have more often than others; 0 for none.
    significant: int = 0
    #: A `Rank`, "" for the configured one.
    rank: str = ""
    #: Where to go on, as an earlier answer to the question has it; ``page`` is 1 then.
    cursor: str = ""
