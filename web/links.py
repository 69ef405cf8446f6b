"""The addresses of all pages, and the choices of order and page that are links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from search.model.fields import FieldTable
from search.model.question import AUTO, Match, Question, Selection, Sort
from web.parameters import (
    CHOICES,
    NAME,
    asked_for,
    choices_for,
    facets_for,
    narrowing,
    parameters_for,
    parameters_of,
)

SORT_NAMES: Mapping[Sort, str] = {
    "relevance": "Best match",
    "newest": "Newest",
    "oldest": "Oldest",
}
MATCH_NAMES: Mapping[Match, str] = {"all": "All words", "most": "Most", "any": "Any"}

#: What a name in a path must not have.
_NO_PATH_PART = re.compile(r"[/\\%\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to see the same results: its label, its URL, and whether it is the current one."""

    label: str
    url: str
    is_current: bool


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
    return "&".join([f"{name}={quoted(value)}" for name, value in parameters])


def quoted(value: str) -> str:
    """Return *value* as it stands in the query of an address."""
    # A page of results has a thousand, and few are different.
    return _quoted(value) if len(value) <= _KEPT_CHARS else quote_plus(value)


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
    if _CHOICES.issuperset(changes):
        before, own, after = _parts_of(question)
        pairs = choices_for(tuple({**own, **changes}.values()))
        query = "&".join([part for part in (before, query_of(pairs), after) if part])
    else:
        query = query_of(parameters_for(question._replace(**changes)))
    return rooted("/search" + ("?" + query if query else ""))


_CHOICES = frozenset(CHOICES)


@lru_cache(64)
def _parts_of(question: Question) -> tuple[str, dict[str, Any], str]:
    """Return the query of an address that asks *question* before its choices, these, and after them: a page has dozens that differ in these."""
    own = {name: getattr(question, name) for name in CHOICES}
    return query_of(asked_for(question)), own, query_of(facets_for(question))


class UrlsWith:
    """The URLs of a question, at page 1, with one parameter more. What they have in common is written once: a page has dozens of them."""

    def __init__(self, question: Question, fields: FieldTable) -> None:
        self._ranks = _ranks(fields)
        pairs = parameters_for(question._replace(page=1) if question.page != 1 else question)
        self._own = [(self._ranks[pair[0]], query_of([pair])) for pair in pairs]
        self._path = rooted("/search")

    def of(self, name: str) -> Callable[[str], str]:
        """Return what gives the URL with a text as a value of the parameter *name*: of a facet, of `NOT` and a facet, or `WITHOUT`.

        It is that of `search_url` where the question has no values of that facet yet.
        """
        rank = self._ranks[name]
        before = "".join([f"{text}&" for own, text in self._own if own <= rank])
        after = "".join([f"&{text}" for own, text in self._own if own > rank])
        begin = f"{self._path}?{before}{name}="
        return lambda text: f"{begin}{quoted(text)}{after}"


@lru_cache(16)
def _ranks(fields: FieldTable) -> dict[str, int]:
    """Return for each parameter which of them it is, in the order of addresses."""
    return {name: rank for rank, name in enumerate(parameters_of(fields))}


def file_url(question: Question, ending: str, **more: str) -> str:
    """Return the URL of the answer to *question* as a file or feed: "json", "ndjson", "csv", "rss", "atom"; with *more* parameters."""
    before, own, _ = _parts_of(question)
    # What all files but a page as JSON have is every hit.
    page = question.page if ending == "json" else 1
    chosen = {**own, "page": page, "histogram": "", "significant": 0}
    pairs = [*choices_for(tuple(chosen.values())), *more.items()]
    query = "&".join([part for part in (before, query_of(pairs)) if part])
    return rooted(f"/search.{ending}" + ("?" + query if query else ""))


def article_url(
    article_id: str,
    question: Question | None = None,
    *,
    with_names: bool = False,
    is_hit: bool = False,
) -> str:
    """Return the URL of an article; its words are marked for *question*, to which the page links back.

    *with_names* marks the names of people, organisations and places too. *is_hit* says that it is a hit of *question*,
    which may be every article.
    """
    query = _query_for(question) if question else ""
    if is_hit:
        query = query or _OF_EVERY_ARTICLE
    if with_names:
        query += ("&" if query else "") + "names=on"
    return rooted(f"/article/{quote(article_id)}" + ("?" + query if query else ""))


def article_url_around(question: Question | None = None) -> tuple[str, str]:
    """Return what stands before and after the id, quoted, in what `article_url` returns; it is the same for all hits of a page."""
    query = (_query_for(question) or _OF_EVERY_ARTICLE) if question else ""
    return rooted("/article/"), "?" + query if query else ""


#: What tells a hit on the first page of every article from an article that nobody searched for.
_OF_EVERY_ARTICLE = "page=1"


@lru_cache(64)
def _query_for(question: Question) -> str:
    """Return the query of an address that asks *question*; the hits of a page have the same one."""
    return query_of(parameters_for(question))


def article_file(article_id: str, form: str) -> str:
    """Return the URL of an article as a file: "json", "jsonld", "bib"."""
    return rooted(f"/article/{quote(article_id)}.{form}")


def trends_url(texts: Sequence[str], question: Question, by: str = "", form: str = "") -> str:
    """Return the URL of the page that compares queries over time within the filters of *question*, or of that as a file: "csv", "json", "svg"."""
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
    if question is None and not api and len(name) <= _KEPT_CHARS:
        return rooted(_name_address(field, name))  # a page has dozens, and its names are on many
    path, parameters = _name_path(field, name)
    pairs = [*parameters, *(narrowing(question) if question else ())]
    if question and not question.joined:
        pairs.append(("joined", "off"))
    query = query_of(pairs)
    return rooted(("/api/v1" if api else "") + path + ("?" + query if query else ""))


@lru_cache(4096)
def _name_address(field: str, name: str) -> str:
    """Return the address of the page of a name, below the root."""
    path, parameters = _name_path(field, name)
    return path + ("?" + query_of(parameters) if parameters else "")


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


def name_choices(
    article_id: str, question: Question, *, with_names: bool, is_hit: bool
) -> tuple[Choice, ...]:
    """Return the choices of whether names are marked in the text of an article."""
    return tuple(
        Choice(
            label,
            article_url(article_id, question, with_names=names, is_hit=is_hit),
            names == with_names,
        )
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
