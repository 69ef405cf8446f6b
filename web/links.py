"""Every link of the pages: to results, articles, facet values, dates, other orders and pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from search.engines.protocol.facets import facet_key
from search.model.fields import FIELDS, FieldTable
from search.model.question import AUTO, Match, Question, Selection, Sort
from search.service.naming import with_article
from web import wording
from web.parameters import NAME, narrowing, parameters_for

if TYPE_CHECKING:
    from search.model.histogram import Histogram


SORT_NAMES: Mapping[Sort, str] = {
    "relevance": "Best match",
    "newest": "Newest",
    "oldest": "Oldest",
}
MATCH_NAMES: Mapping[Match, str] = {"all": "All words", "most": "Most", "any": "Any"}

#: What a name in a path must not have.
_NO_PATH_PART = re.compile(r"[/\\%\x00-\x1f\x7f-\x9f]")

#: The first date that no query can hold (docs/query-language.md).
_AFTER_LAST_YEAR = "9999"


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to see the same results: its label, its URL, and whether it is the current one."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of the question, in words, and the URL without it."""

    name: str
    value: str
    url_without: str


@dataclass(frozen=True, slots=True)
class DateLink:
    """An interval of time and the number of articles found in it; ``url`` narrows the search to it.

    ``url`` is "" if no article is in it. ``share`` is the count in percent of the largest count.
    """

    label: str
    count: int
    share: float
    url: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of results by number; number 0 stands for pages left out."""

    number: int
    url: str = ""
    is_current: bool = False


#: The path under which all addresses of the request being answered are, "" for none.
_ROOT: ContextVar[str] = ContextVar("root", default="")


def set_root(path: str) -> None:
    """Put *path* before every address that is made from now on for this request."""
    _ROOT.set(path)


def rooted(path: str) -> str:
    """Return the address of *path*, which begins with "/": every link to a page of ours is made by this."""
    return _ROOT.get() + path


def query_of(parameters: Iterable[tuple[str, str]]) -> str:
    """Return *parameters* as the query of an address, without its question mark; as `urllib.parse.urlencode` does."""
    # A page of results has a thousand of them, and few are different.
    return "&".join(
        [
            f"{name}={_quoted(value) if len(value) <= _KEPT_CHARS else quote_plus(value)}"
            for name, value in parameters
        ]
    )


_quoted = lru_cache(4096)(quote_plus)
#: Longest text that is kept as it is quoted.
_KEPT_CHARS = 200


def kept_by_form(question: Question) -> list[tuple[str, str]]:
    """Return the parameters that a new search from the results keeps, hidden: facet values, match, sort, group."""
    kept = question._replace(
        text="", start="", end="", page=1, page_size=0, facets=(), histogram=""
    )
    return parameters_for(kept)


def search_url(question: Question, **changes: Any) -> str:
    """Return the URL of the page that answers *question* with *changes* (fields of `Question`)."""
    query = query_of(parameters_for(question._replace(**changes)))
    return rooted("/search" + ("?" + query if query else ""))


def file_url(question: Question, ending: str, **more: str) -> str:
    """Return the URL of the answer to *question* as a file or feed: "json", "ndjson", "csv", "rss", "atom"; with *more* parameters."""
    # What all files but a page as JSON have is every hit.
    page = question.page if ending == "json" else 1
    asked = question._replace(page=page, facets=(), histogram="", significant=0)
    query = query_of([*parameters_for(asked), *more.items()])
    return rooted(f"/search.{ending}" + ("?" + query if query else ""))


def title_of(question: Question, fields: FieldTable = FIELDS) -> str:
    """Return in words what is asked for, as the title of a feed."""
    text = question.text.strip() or "All articles"
    return " · ".join([text, *(f"{n}: {v}" for (n, v), _ in each_filter(question, fields))])


def article_url(
    article_id: str, question: Question | None = None, *, with_names: bool = False
) -> str:
    """Return the URL of an article; its words are marked for *question*, to which the page links back.

    *with_names* marks the names of people, organisations and places too.
    """
    names = [("names", "on")] if with_names else []
    query = query_of((parameters_for(question) if question else []) + names)
    return rooted(f"/article/{quote(article_id)}" + ("?" + query if query else ""))


def article_file(article_id: str, form: str) -> str:
    """Return the URL of an article as a file: "json", "jsonld", "bib"."""
    return rooted(f"/article/{quote(article_id)}.{form}")


def trends_url(texts: Sequence[str], question: Question, by: str = "", form: str = "") -> str:
    """Return the URL of the page that compares queries over time within the filters of *question*, or of that as a file: "csv", "svg"."""
    own = [("q", text) for text in texts]
    kept = question._replace(text="", page=1, page_size=0, facets=(), histogram="")
    pairs = [*own, *parameters_for(kept), *([("by", by)] if by not in ("", AUTO) else [])]
    query = query_of(pairs)
    return rooted(f"/trends{'.' if form else ''}{form}") + ("?" + query if query else "")


def selected_url(selections: tuple[Selection, ...]) -> str:
    """Return the URL of all articles that *selections* leave, newest first."""
    return search_url(Question(selections=selections, sort="newest"))


def saved_url(key: str, form: str = "") -> str:
    """Return the URL of the saved search with *key*, or of a *form* of it, such as "rss"."""
    return rooted(f"/saved/{quote(key, safe='')}" + (f".{form}" if form else ""))


def value_url(field: str, value: str) -> str:
    """Return the URL of all articles that have *value* in facet *field*."""
    return search_url(Question(selections=(Selection(field, (value,)),)))


def query_url(text: str) -> str:
    """Return the URL of what the query *text* finds."""
    return search_url(Question(text=text))


def is_path_part(name: str) -> bool:
    """Whether a name can be a part of a path: browsers, servers and proxies change some of what stands there, or refuse it."""
    return name not in (".", "..") and not _NO_PATH_PART.search(name)


def name_address(field: str, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return path and parameters of the page of a name."""
    path, parameters = _name_path(field, name)
    return rooted(path), parameters


def _name_path(field: str, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    if is_path_part(name):
        return f"/{field}/{quote(name, safe='')}", ()
    return f"/{field}", ((NAME, name),)


def name_url(field: str, name: str, question: Question | None = None, *, api: bool = False) -> str:
    """Return the URL of the page of a name, within the filters of *question*; of its JSON where *api*."""
    path, parameters = _name_path(field, name)
    pairs = [*parameters, *(narrowing(question) if question else ())]
    if question and not question.joined:
        pairs.append(("joined", "off"))
    query = query_of(pairs)
    return rooted(("/api/v1" if api else "") + path + ("?" + query if query else ""))


def _less(chosen: tuple[Selection, ...], field: str, value: str) -> tuple[Selection, ...]:
    """Return the selections *chosen* but for what in *field* means *value*."""
    key = facet_key(value)
    selections = []
    for selection in chosen:
        values = selection.values
        if selection.field == field:
            values = tuple(v for v in values if facet_key(v) != key)
        if values:
            selections.append(Selection(selection.field, values))
    return tuple(selections)


def _more(
    chosen: tuple[Selection, ...], field: str, value: str, fields: FieldTable
) -> tuple[Selection, ...]:
    """Return the selections *chosen*, in the order of *fields*, and *value* in *field*."""
    values = {s.field: s.values for s in _less(chosen, field, value)}
    values[field] = (*values.get(field, ()), value)
    return tuple(Selection(name, values[name]) for name in fields.facets if name in values)


def without_value(question: Question, field: str, value: str) -> Question:
    """Return *question*, at page 1, with no selection in *field* that means *value*."""
    return question._replace(selections=_less(question.selections, field, value), page=1)


def leaving_out(
    question: Question, field: str, value: str, fields: FieldTable = FIELDS
) -> Question:
    """Return *question*, at page 1, without articles that have *value* in *field*, which is not selected any more."""
    excluded = _more(question.excluded, field, value, fields)
    return without_value(question, field, value)._replace(excluded=excluded)


def taken_back(question: Question, field: str, value: str) -> Question:
    """Return *question*, at page 1, that does not leave out articles that have *value* in *field*."""
    return question._replace(excluded=_less(question.excluded, field, value), page=1)


def with_value(question: Question, field: str, value: str, fields: FieldTable = FIELDS) -> Question:
    """Return *question*, at page 1, with *value* selected in *field* in addition to what is selected."""
    selections = _more(question.selections, field, value, fields)
    return taken_back(question, field, value)._replace(selections=selections)


def with_missing(question: Question, field: str) -> Question:
    """Return *question*, at page 1, with articles without a value in *field* in addition to what is selected there."""
    return question._replace(without=(*question.without, field), page=1)


def without_missing(question: Question, field: str) -> Question:
    """Return *question*, at page 1, that does not ask for articles without a value in *field*."""
    without = tuple(name for name in question.without if name != field)
    return question._replace(without=without, page=1)


def filters(question: Question, fields: FieldTable = FIELDS) -> tuple[Filter, ...]:
    """Return every filter of *question*, in the order of the parameters."""
    return tuple(
        Filter(name, value, search_url(without))
        for (name, value), without in each_filter(question, fields)
    )


def each_filter(
    question: Question, fields: FieldTable = FIELDS
) -> Iterator[tuple[tuple[str, str], Question]]:
    """Yield for every filter of *question* its name and value for a person, and the question without it, at page 1."""
    for selection in question.selections:
        for value in selection.values:
            row = fields[selection.field]
            label = wording.value_label(row, value)
            yield (row.one, label), without_value(question, selection.field, value)
    for out in question.excluded:
        for value in out.values:
            row = fields[out.field]
            label = wording.value_label(row, value)
            yield (f"without {row.one}", label), taken_back(question, out.field, value)
    for field in question.without:
        yield ("without", with_article(fields[field].one)), without_missing(question, field)
    if question.start or question.end:
        words = wording.dates_in_words(question.start, question.end)
        yield ("dates", words), question._replace(start="", end="", page=1)
    if question.added_from or question.added_to:
        words = wording.dates_in_words(question.added_from, question.added_to)
        yield ("came", words), question._replace(added_from="", added_to="", page=1)
    if not question.joined:
        yield ("names", "as written"), question._replace(joined=True, page=1)
    if not question.synonyms:
        yield ("synonyms", "none"), question._replace(synonyms=True, page=1)
    if question.diverse is False:
        yield ("first ten", "of any source"), question._replace(diverse=None, page=1)
    if question.recency:
        yield ("recency", question.recency), question._replace(recency="", page=1)


def without_filters(question: Question) -> str:
    """Return the URL of *question* without any filter."""
    return search_url(
        question,
        selections=(),
        excluded=(),
        without=(),
        start="",
        end="",
        added_from="",
        added_to="",
        joined=True,
        synonyms=True,
        diverse=None,
        recency="",
        page=1,
    )


def dates(question: Question, histogram: Histogram) -> tuple[DateLink, ...]:
    """Return the bins of *histogram*, the answer to *question*; none if a single bin has all articles.

    A link finds as many articles as it shows. So where the dates of the question cut the first or last
    bin, its link has these dates as they were typed.
    """
    from search.model.histogram import days_of

    bins = histogram.bins
    if len(bins) < 2:
        return ()
    highest = max(1, *[found.count for found in bins])
    url_of = _urls_of_dates(question)
    links = []
    for found in bins:
        start, end = days_of(histogram.interval, found.day)
        label = wording.shown_interval(histogram.interval, found.day)
        is_link = found.count > 0 and end < _AFTER_LAST_YEAR
        # "2024-11" begins with "2024", so it lies within; it does not begin with "2024-11-13", which cuts it.
        if found is bins[0] and not start.startswith(question.start):
            start = question.start
        if found is bins[-1] and not end.startswith(question.end):
            end = question.end
        url = url_of(start, end) if is_link else ""
        links.append(DateLink(label, found.count, round(100 * found.count / highest, 1), url))
    return tuple(links)


def _urls_of_dates(question: Question) -> Callable[[str, str], str]:
    """Return what gives the URL of *question* between two dates; the rest of it is made once for all of them."""
    kept = search_url(question, start="", end="", page=1)
    begin = kept + ("&" if "?" in kept else "?")
    return lambda start, end: f"{begin}from={quote_plus(start)}&to={quote_plus(end)}"


def sort_choices(question: Question) -> tuple[Choice, ...]:
    """Return the orders that the results can have."""
    return tuple(
        Choice(label, search_url(question, sort=sort, page=1), sort == question.sort)
        for sort, label in SORT_NAMES.items()
    )


def match_choices(question: Question) -> tuple[Choice, ...]:
    """Return the choices of how many words must occur."""
    return tuple(
        Choice(label, search_url(question, match=match, page=1), match == question.match)
        for match, label in MATCH_NAMES.items()
    )


def rank_choices(question: Question) -> tuple[Choice, ...]:
    """Return the choices of how relevance is reckoned."""
    return tuple(
        Choice(label, search_url(question, rank=rank, page=1), rank == question.rank)
        for rank, label in (("", "By words"), ("semantic", "By meaning"))
    )


def undated_url(question: Question) -> str:
    """Return the URL of the articles without a date that *question* finds."""
    return search_url(question, text=f"{question.text.strip()} -date:*".strip(), page=1)


def group_choices(question: Question) -> tuple[Choice, ...]:
    """Return the choices of what a row of the results is."""
    return tuple(
        Choice(label, search_url(question, group=group, page=1), group == question.group)
        for group, label in ((True, "Stories folded"), (False, "Every copy"))
    )


def name_choices(article_id: str, question: Question, *, with_names: bool) -> tuple[Choice, ...]:
    """Return the choices of whether names are marked in the text of an article."""
    return tuple(
        Choice(label, article_url(article_id, question, with_names=names), names == with_names)
        for names, label in ((False, "Text only"), (True, "Names marked"))
    )


def compare_url(article_id: str, other_id: str, question: Question | None = None) -> str:
    """Return the URL of the page that shows what differs between two articles."""
    query = query_of(parameters_for(question)) if question else ""
    address = f"/article/{quote(article_id)}/compare/{quote(other_id)}"
    return rooted(address + ("?" + query if query else ""))


def revision_url(article_id: str, number: int) -> str:
    """Return the URL of the page that shows an earlier revision of an article, and what changed then."""
    return rooted(f"/article/{quote(article_id)}/revisions/{number}")


def page_links(question: Question, last: int) -> tuple[PageLink, ...]:
    """Return the first and last page, this page and its neighbours, with gaps (number 0) between."""
    current = question.page
    numbers = [n for n in (1, current - 1, current, current + 1, last) if 1 <= n <= last]
    links: list[PageLink] = []
    before = 0
    for number in sorted(set(numbers)):
        if number - before == 2:  # a gap would take as much room as the one page
            links.append(PageLink(number - 1, search_url(question, page=number - 1)))
        elif number - before > 2:
            links.append(PageLink(0))
        links.append(PageLink(number, search_url(question, page=number), number == current))
        before = number
    return tuple(links)
