"""What can be asked of the service, and how much work it puts into an answer."""

from typing import NamedTuple

#: Words of one query that are looked up in the index: how else articles spell them, and whether they are names.
LOOKED_UP = 32


class Limits(NamedTuple):
    """The limits of a `search.service.service.SearchService`."""

    #: A page past the last one is empty, with the true total, however far past; this limit is only there
    #: to have the number of the last hit fit into 64 bits.
    page: int = 10**15
    page_size: int = 100
    #: Hits of a `SearchService.ranking`.
    ranked: int = 10_000
    #: Values of one facet.
    facet_size: int = 1000
    #: Characters of the words that its values are to have.
    facet_text_chars: int = 100
    #: Significant words of an answer, and articles that are like one.
    significant: int = 50
    similar: int = 100
    #: Bins of a histogram whose interval is up to the service: each day of a month.
    auto_bins: int = 31
    #: The same where they are the bars of a chart: each month of five years, each day of two months.
    bars: int = 62
    #: Values that all selections of a question have together, and their characters on average.
    selected: int = 100
    value_chars: int = 1000

    # Each way out of an empty answer is a question of its own to the engine.
    #: Ways out that are shown, and how many of one kind.
    suggestions: int = 5
    suggestions_of_a_kind: int = 3
    #: Ways out that are tried, and how many of one kind.
    tried: int = 12
    tried_of_a_kind: int = 3
    #: Seconds in all after which no further one is tried.
    patience_s: float = 1.0
    #: Words, clauses and facet values of a question that a way out is looked for.
    looked_at: int = 6
    #: Unknown words and facet values that similar ones are sought for.
    sought: int = 3
    #: Facet values that are compared with an unknown one.
    compared: int = 200

    #: An answer of fewer articles is asked whether its words are meant to be others; and how many times as many articles these are in.
    few: int = 5
    meant_times: int = 20

    # The page of a name.
    #: Newest articles, intervals of time, those named together with it, and forms that it shows.
    newest_named: int = 10
    name_bins: int = 60
    companions: int = 10
    forms: int = 12
    #: Names that are counted under it and are marked as it is.
    marked_names: int = 20
    #: The most frequent names of a field that are compared, and the newest articles that are read for forms.
    compared_names: int = 200
    read_for_forms: int = 200
    #: Seconds in all after which what is not there yet is left out.
    name_patience_s: float = 2.0

    #: Queries that one being typed may go on as, in the box of a page.
    suggested: int = 8

    #: Queries that are compared over time, and intervals where nobody says how long they are to be.
    trends: int = 4
    trend_bins: int = 80
    #: Words and names that rise.
    rising: int = 10

    # What an assistant is given at once.
    #: Articles, values of a facet, characters of an article, and articles that are like one.
    assistant_hits: int = 20
    assistant_values: int = 100
    assistant_chars: int = 20_000
    assistant_similar: int = 20
    #: Quotations of one article, and the characters of one.
    quotations: int = 3
    quotation_chars: int = 400
