"""Between a `Question` and the parameters of a URL, in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import cast

from search.model.errors import RequestError
from search.model.fields import FIELDS, FieldTable
from search.model.question import FacetRequest, Match, Question, Selection, Sort
from search.service.facet_request import facet_request
from search.service.facet_values import FacetAsked
from search.service.limits import Limits

#: The parameters of a request: each name with its values in the order given.
Parameters = Mapping[str, Sequence[str]]

#: The parameter of a page of a name that its path cannot have.
NAME = "name"
#: The parameter of the API and of files of hits that says where to go on.
CURSOR = "cursor"
#: The parameter of the API and of files that says which keys of a hit to give.
KEYS = "fields"
#: The parameter that names facets in which an article is to have no value.
WITHOUT = "without"
#: What a page of all values of a facet takes beside the question: words that values have, the letter that they begin with,
#: their order, and which hundred of them.
FIND, LETTER, ORDER, STEP = "find", "letter", "order", "step"
#: Stands before the name of a facet of which articles with a value are left out.
NOT = "not_"

_NUMBER = re.compile(r"[1-9][0-9]{0,15}")


def parameters_of(fields: FieldTable = FIELDS) -> tuple[str, ...]:
    """Return the names of all parameters of the pages and the API: those that `question_from` reads."""
    filters = (
        WITHOUT,
        "from",
        "to",
        "added_from",
        "added_to",
        "match",
        "sort",
        "rank",
        "explain",
        "group",
        "joined",
        "synonyms",
        "diverse",
        "recency",
        "significant",
        "page",
        "page_size",
        "facet",
        "histogram",
    )
    return ("q", *fields.choices, *(NOT + name for name in fields.choices), *filters)


def question_from(
    parameters: Parameters,
    facet_size: int,
    limits: Limits | None = None,
    fields: FieldTable = FIELDS,
) -> Question:
    """Return the question that the parameters of a request ask; unknown parameters are ignored.

    *facet_size* is the size of a facet that is asked for without one. Raises `RequestError` for a
    parameter that is given twice but has one value, for a number that cannot be read or is beyond
    *limits*, and for an unknown facet. The service checks the rest.
    """
    limits = limits or Limits()
    return Question(
        text=_single(parameters, "q"),
        selections=_selections(parameters, "", fields),
        excluded=_selections(parameters, NOT, fields),
        without=tuple(dict.fromkeys(v for v in parameters.get(WITHOUT, ()) if v.strip())),
        start=_single(parameters, "from").strip(),
        end=_single(parameters, "to").strip(),
        added_from=_single(parameters, "added_from").strip(),
        added_to=_single(parameters, "added_to").strip(),
        # The service refuses values that are not among the choices.
        match=cast(Match, _single(parameters, "match") or "all"),
        sort=cast(Sort, _single(parameters, "sort") or "relevance"),
        rank=_single(parameters, "rank"),
        explain=switch(parameters, "explain", default="off"),
        group=switch(parameters, "group", default="on"),
        joined=switch(parameters, "joined", default="on"),
        synonyms=switch(parameters, "synonyms", default="on"),
        diverse=_choice_of(parameters, "diverse"),
        recency=_single(parameters, "recency"),
        significant=_number("significant", _single(parameters, "significant"), limits.significant),
        page=_number("page", _single(parameters, "page"), limits.page) or 1,
        page_size=_number("page_size", _single(parameters, "page_size"), limits.page_size),
        facets=_facets(
            parameters.get("facet", ()), _searched(parameters, fields), facet_size, limits, fields
        ),
        histogram=_single(parameters, "histogram"),
    )


def _selections(parameters: Parameters, before: str, fields: FieldTable) -> tuple[Selection, ...]:
    """Return the values of each facet that the parameter has which is called as it, with *before* before that."""
    return tuple(
        Selection(field, values)
        for field in fields.choices
        if (
            values := tuple(
                dict.fromkeys(v for v in parameters.get(before + field, ()) if v.strip())
            )
        )
    )


def reject_unknown(parameters: Iterable[str], known: Sequence[str]) -> None:
    """Raise `RequestError` if one of *parameters* is not among the *known* ones; the message names these."""
    for name in parameters:
        if name not in known:
            choice = f"choose from {', '.join(known)}" if known else "this address takes none"
            raise RequestError(f"unknown parameter {name[:40]!r}; {choice}")


def limit_from(parameters: Parameters, maximum: int) -> int:
    """Return the parameter "limit", 10 where nothing is said. Raises `RequestError` where it is no number up to *maximum*."""
    return _number("limit", _single(parameters, "limit"), maximum) or 10


def cursor_from(parameters: Parameters) -> str:
    """Return where an answer is to go on, "" where nothing is said. Raises `RequestError` where it is given twice."""
    return _single(parameters, CURSOR)


def keys_from(parameters: Parameters, known: Sequence[str]) -> tuple[str, ...]:
    """Return which of the *known* keys of a hit are wanted, all where nothing is said. Raises `RequestError` for others."""
    text = _single(parameters, KEYS)
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            from search.model.nearest import did_you_mean

            said = f"{KEYS}: unknown key {name[:40]!r}; choose from {', '.join(known)}"
            raise RequestError(said + did_you_mean(name, known))
    return tuple(names) or tuple(known)


def name_from(parameters: Parameters) -> str:
    """Return the name that a page is asked for, "" where none is given. Raises `RequestError` where it is given twice."""
    return _single(parameters, NAME)


def facet_asked(parameters: Parameters, limits: Limits) -> FacetAsked:
    """Return which values of a facet a page is asked for. Raises `RequestError` where that cannot be read or is too much."""
    text = _single(parameters, FIND).strip()
    if len(text) > limits.facet_text_chars:
        raise RequestError(
            f"{FIND}: the words to look for have more than {limits.facet_text_chars:,} characters"
        )
    order = _single(parameters, ORDER)
    if order not in ("", "count", "name"):
        raise RequestError(f"{ORDER}={order[:40]!r}: expected count or name")
    return FacetAsked(
        text,
        _single(parameters, LETTER).strip()[:1],
        order == "name",
        _number(STEP, _single(parameters, STEP), limits.page) or 1,
    )


def _single(parameters: Parameters, name: str) -> str:
    values = parameters.get(name, ())
    if len(values) > 1:
        raise RequestError(f"{name} is given {len(values)} times; give it once")
    return values[0] if values else ""


def switch(parameters: Parameters, name: str, *, default: str) -> bool:
    """Return whether the parameter *name* is on; *default*, "on" or "off", where nothing is said.

    Raises `RequestError` for another value, and where it is given twice.
    """
    value = _single(parameters, name) or default
    if value not in ("on", "off"):
        raise RequestError(f"{name}={value[:40]!r}: expected on or off")
    return value == "on"


def _choice_of(parameters: Parameters, name: str) -> bool | None:
    """Return what `switch` does, None where nothing is said."""
    return switch(parameters, name, default="on") if _single(parameters, name) else None


def _number(name: str, value: str, maximum: int) -> int:
    """Return *value* of the parameter *name* as a number, 0 if it is empty."""
    if not value:
        return 0
    if not _NUMBER.fullmatch(value) or int(value) > maximum:
        raise RequestError(f"{name}={value[:40]!r}: expected a whole number from 1 to {maximum:,}")
    return int(value)


#: The parameter by which a form of a page looks for values of a facet, before the name of that.
SEARCHED = "find_"


def _searched(parameters: Parameters, fields: FieldTable) -> Iterator[str]:
    """Yield as values of "facet" what forms look for in facets."""
    for field in fields.choices:
        if text := _single(parameters, SEARCHED + field).strip():
            yield f"{field}::{text}"


def _facets(
    values: Iterable[str],
    searched: Iterable[str],
    default_size: int,
    limits: Limits,
    fields: FieldTable,
) -> tuple[FacetRequest, ...]:
    """Return the facets asked for; of several requests for one facet the last counts."""
    requests = [facet_request(value, default_size, limits, fields) for value in values]
    requests += [facet_request(value, default_size, limits, fields) for value in searched]
    return tuple({request.field: request for request in requests}.values())


#: Parameters that a link leaves out where they say nothing else than is so anyway.
CHOICES = (
    "match", "sort", "rank", "explain", "group", "joined", "synonyms", "diverse", "recency", "page", "page_size",
    "histogram", "significant",
)  # fmt: skip
_of_choices = attrgetter(*CHOICES)
_DEFAULTS = _of_choices(Question())


def parameters_for(question: Question) -> list[tuple[str, str]]:
    """Return names and values of the parameters that ask *question*; defaults are left out."""
    return [*asked_for(question), *choices_for(_of_choices(question)), *facets_for(question)]


def asked_for(question: Question) -> list[tuple[str, str]]:
    """Return the first of them: the text and the filters."""
    pairs = narrowing(question)
    return [("q", question.text), *pairs] if question.text else pairs


def choices_for(values: tuple[object, ...]) -> list[tuple[str, str]]:
    """Return those that follow: *values* of `CHOICES`."""
    # A page has some hundred links, and few of them say any of these.
    if values == _DEFAULTS:
        return []
    return [
        (name, ("on" if value else "off") if isinstance(value, bool) else str(value))
        for name, value, default in zip(CHOICES, values, _DEFAULTS, strict=True)
        if value != default
    ]


def facets_for(question: Question) -> list[tuple[str, str]]:
    """Return the last of them: how many values of which facets are shown."""
    return [("facet", _written(facet)) for facet in question.facets]


def _written(facet: FacetRequest) -> str:
    """Return what `facet_request` reads as *facet*."""
    size = f"{facet.field}:{facet.size}"
    return f"{size}:{facet.text}" if facet.text else size


def narrowing(question: Question) -> list[tuple[str, str]]:
    """Return the parameters of the filters of *question*: facet values and dates."""
    pairs = [(s.field, value) for s in question.selections for value in s.values]
    if question.excluded:
        pairs += [(NOT + s.field, value) for s in question.excluded for value in s.values]
    if question.without:
        pairs += [(WITHOUT, field) for field in question.without]
    if question.start:
        pairs.append(("from", question.start))
    if question.end:
        pairs.append(("to", question.end))
    if question.added_from:
        pairs.append(("added_from", question.added_from))
    if question.added_to:
        pairs.append(("added_to", question.added_to))
    return pairs
