"""Clauses of what narrows a question: dates, values of facets, when articles came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from search.engines.opensearch.evaluate.clauses import Clause, some_of, unscored, without
from search.engines.opensearch.mapping import FORMS, KEYS, TEXTS, Layout, bounded
from search.engines.opensearch.view import View
from search.engines.protocol.facets import facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.records import day_to_microseconds, to_microseconds
from search.query.tree import Bound

#: Returns the articles that are found by the values with some keys in a facet.
Choosing = Callable[[str, Sequence[str]], Clause]


def between(start: Bound | None, end: Bound | None, view: View) -> Clause:
    """Return the articles published at *start* or after it, and before *end*; None is no bound, undated ones have no date."""
    published = _between(start, end)
    if volumes := view.in_volumes(start, end):
        return unscored(*volumes, published)
    return published


def _between(start: Bound | None, end: Bound | None) -> Clause:
    instants: dict[str, int] = {}
    days: dict[str, int] = {}
    is_same = True
    for name, bound in (("gte", start), ("lt", end)):
        if bound is not None:
            instants[name] = to_microseconds(bound.instant)
            days[name] = bound.day.toordinal()
            is_same &= instants[name] == day_to_microseconds(bound.day)
    if not instants:
        return has("published")
    by_instant: Clause = {"range": {"published": instants}}
    if is_same:  # days of UTC begin at the instants that stand for them
        return by_instant
    of_time = {"bool": {"filter": [by_instant], "must_not": [has("day")]}}
    return some_of([of_time, {"range": {"day": days}}])


def has(field: str) -> Clause:
    """Return the articles that have anything in a field of the mapping."""
    return {"exists": {"field": field}}


def with_value(layout: Layout, name: str) -> Clause:
    """Return the articles with a value in a field or group, of a text with a word."""
    fields = layout.fields
    found = []
    for each in fields.groups.get(name, (name,)):
        prefix = KEYS if each in fields.facets else FORMS if each in fields.stemmed else TEXTS
        found.append(has(prefix + each))
    return some_of(found)


def keys_of(values: Iterable[str]) -> list[str]:
    """Return the keys by which *values* of a facet are chosen, each once; blank ones choose nothing."""
    return list(dict.fromkeys(bounded(facet_key(value)) for value in values if value.strip()))


def chosen_by_field(request: SearchRequest) -> Mapping[str, dict[str, str]]:
    """Return for each facet with a selection the keys chosen, each with the value as it was asked for."""
    found: dict[str, dict[str, str]] = {}
    for selection in request.selections:
        for value in selection.values:
            if value.strip():
                found.setdefault(selection.field, {})[bounded(facet_key(value))] = value
    return found


def with_keys(field: str, keys: Sequence[str]) -> Clause:
    """Return the articles that have a value with one of *keys* in a facet."""
    return {"terms": {KEYS + field: list(keys)}}


def narrowed(request: SearchRequest, choosing: Choosing = with_keys) -> dict[str, Clause]:
    """Return for each facet that is selected, or of which articles without a value are asked for, what that finds."""
    found: dict[str, list[Clause]] = {}
    for field, keys in chosen_by_field(request).items():
        found.setdefault(field, []).append(choosing(field, list(keys)))
    for field in request.without:
        found.setdefault(field, []).append(without(has(KEYS + field)))
    return {field: some_of(clauses) for field, clauses in found.items()}


def left_out(request: SearchRequest, choosing: Choosing = with_keys) -> list[Clause]:
    """Return what is found by the values that are excluded."""
    excluded = [(each.field, keys_of(each.values)) for each in request.excluded]
    return [choosing(field, keys) for field, keys in excluded if keys]
