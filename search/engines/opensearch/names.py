"""Which names of an index are one: what its documents say of them, counted for `search.engines.joining`, and where that is kept.

The counts are of all documents that are seen, so finding the joins takes longer the more names there are. Of a large index they are
not found anew with each publication: see `REST`.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from search.engines.joining.joins import NO_MONTH, Join, Months, joined_names, month_of
from search.engines.joining.rule import joins_of
from search.engines.joining.spellings import APART, NameCounts, Vetoes
from search.engines.opensearch.control import Control
from search.engines.opensearch.manifest import Manifest
from search.engines.opensearch.mapping import SPELLINGS, bounded
from search.engines.opensearch.pages import values_of
from search.engines.opensearch.texts import text
from search.engines.opensearch.view import View
from search.engines.opensearch.write import Target
from search.engines.protocol.engine import JoinedName
from search.engines.protocol.facets import facet_key
from search.model.article import Document
from search.model.errors import RequestError
from search.model.fields import FieldTable

#: Names whose months are counted by one request, and months of each.
_NAMES_AT_ONCE, _MOST_MONTHS = 20, 3_000
#: Fields that are counted at the same time.
_AT_ONCE = 2
#: Joins that are kept in one document of the control index.
_JOINS_AT_ONCE = 5_000
#: What stands between kind, form and name.
_BETWEEN = "\t"
#: Joins are found anew with a publication unless less than this many times the seconds have passed that finding them took the last
#: time, and that was more than `_QUICK_S`.
REST = 20.0
_QUICK_S = 2.0
#: Under what a manifest has where they are kept.
KEPT = "joins"


def name_fields(document: Document) -> dict[str, Any]:
    """Return what the source of a document has for names to be joined: its month, and the other forms of its names."""
    article = document.article
    when, month = article.published, NO_MONTH
    if when is not None and article.published_precision != "year":
        month = month_of(when.year, when.month)
    entities = document.enrichment.entities
    forms = [
        bounded(_BETWEEN.join((kind, form, entity.name)))
        for kind in entities._fields
        for entity in getattr(entities, kind)
        for form in entity.forms
        if _BETWEEN not in form
    ]
    fields: dict[str, Any] = {"month": month}
    if forms:
        fields["nf"] = list(dict.fromkeys(forms))
    return fields


# Finding them


def renew(target: Target) -> None:
    """Find which names of an index are one, and let that hold from now on. Raises `EngineError`.

    To be called after the commit, with the lock held: until it is done names are joined as before.
    """
    control = target.control
    before = control.manifest().kept.get(KEPT, {})
    took, found_at = before.get("took_s", 0.0), before.get("found_at", 0.0)
    if took > _QUICK_S and time.time() - found_at < REST * took:
        return
    begun = time.monotonic()
    with target.views.reading() as view:
        joins = _found(view, target.fields, Vetoes.of_text(text(control, APART)))
    is_same = tuple(joins) == joins_kept(control, before)
    kept = {
        "number": before.get("number", 0) + (not is_same),
        "pages": before.get("pages", 0) if is_same else _keep(control, joins, before),
        "took_s": round(time.monotonic() - begun, 3),
        "found_at": int(time.time()),
    }
    if is_same and kept["took_s"] < _QUICK_S:
        return

    def changed(manifest: Manifest) -> Manifest:
        generation = manifest.generation + (not is_same)
        return manifest._replace(generation=generation, kept={**manifest.kept, KEPT: kept})

    control.change(changed)


def _found(view: View, fields: FieldTable, vetoes: Vetoes) -> list[Join]:
    rows = {row.key: SPELLINGS + row.name for row in fields if row.is_entity and row.is_facet}
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        written = threads.submit(_written, view)
        every = threads.map(lambda field: _counts_of(view, field), rows.values())
        counts = {
            kind: of_kind._replace(written=written.result().get(kind, {}))
            for kind, of_kind in zip(rows, every, strict=True)
        }
    return joins_of(counts, vetoes)


def _written(view: View) -> dict[str, dict[tuple[str, str], int]]:
    """Return by kind in how many of the documents seen each other form of a name was written for it."""
    written = dict[str, dict[tuple[str, str], int]]()
    for each, count in _counted(view, "nf"):
        kind, _, pair = each.partition(_BETWEEN)
        form, _, name = pair.partition(_BETWEEN)
        written.setdefault(kind, {})[form, name] = count
    return written


def _counts_of(view: View, field: str) -> NameCounts:
    """Return what the documents seen say of the names that are the values of *field*, but for how else these were written."""
    totals: dict[str, int] = {}
    keys: dict[str, str] = {}
    for each, count in _counted(view, field):
        key, _, name = each.partition("\n")
        totals[name] = count
        keys[name] = key

    def months_of(names: Collection[str]) -> Mapping[str, Months]:
        wanted = sorted(names)
        found: dict[str, Months] = {}
        bodies = []
        for first in range(0, len(wanted), _NAMES_AT_ONCE):
            some = [f"{keys[name]}\n{name}" for name in wanted[first : first + _NAMES_AT_ONCE]]
            of_months = {"terms": {"field": "month", "size": _MOST_MONTHS}}
            of_names = {"field": field, "include": some, "size": len(some)}
            bodies.append(
                {
                    "size": 0,
                    "query": {"bool": {"filter": [*view.visible, {"terms": {field: some}}]}},
                    "aggs": {"names": {"terms": of_names, "aggs": {"months": of_months}}},
                }
            )
        for first in range(0, len(bodies), _NAMES_AT_ONCE):
            for answer in view.msearch(bodies[first : first + _NAMES_AT_ONCE]):
                for bucket in answer["aggregations"]["names"]["buckets"]:
                    months = bucket["months"]["buckets"]
                    name = bucket["key"].partition("\n")[2]
                    found[name] = {month["key"]: month["doc_count"] for month in months}
        return {name: found.get(name, {}) for name in wanted}

    return NameCounts(totals, months_of, {}, lambda name: keys.get(name) or facet_key(name))


def _counted(view: View, field: str) -> Iterator[tuple[str, int]]:
    """Yield each value of a field, and how many of the documents seen have it."""
    return values_of(view.search, field, {"bool": {"filter": view.visible}})


# Keeping them


def _keep(control: Control, joins: Sequence[Join], before: Mapping[str, Any]) -> int:
    """Keep *joins* under the number after that of those *before*; return in how many documents they are."""
    number, pages = before.get("number", 0) + 1, 0
    for first in range(0, len(joins), _JOINS_AT_ONCE):
        key = f"{KEPT}.{number}.{pages}"
        value = {"kind": KEPT, "joins": joins[first : first + _JOINS_AT_ONCE]}
        control.put(key, value, control.get(key))
        pages += 1
    # Questions of now may still ask for those before; nobody does for those before them.
    page = 0
    while number > 2 and control.get(old := f"{KEPT}.{number - 2}.{page}") is not None:
        control.erase(old)
        page += 1
    return pages


@lru_cache(maxsize=16)
def _read(control: Control, number: int, pages: int) -> tuple[Join, ...]:
    found: list[Join] = []
    for page in range(pages):
        kept = control.get(f"{KEPT}.{number}.{page}")
        if kept is not None:
            found += [Join(*each) for each in kept.value["joins"]]
    return tuple(found)


def joins_kept(control: Control, kept: Mapping[str, Any]) -> tuple[Join, ...]:
    """Return the joins that a manifest says are *kept*."""
    return _read(control, kept.get("number", 0), kept.get("pages", 0))


def joins_of_view(view: View) -> tuple[Join, ...]:
    """Return the joins of the generation that a view sees."""
    return joins_kept(view.point.control, view.manifest.kept.get(KEPT, {}))


def names_of(view: View, fields: FieldTable, field: str, name: str) -> tuple[JoinedName, ...]:
    """Return which names of a facet count for *name*, and what that counts for, most articles first.

    Raises `RequestError` for a *field* that is no facet.
    """
    if field not in fields.facets:
        raise RequestError(f"unknown facet {field!r}; choose one of {', '.join(fields.facets)}")
    kind, key = fields[field].key, facet_key(name)
    return joined_names(
        join
        for join in joins_of_view(view)
        if join.kind == kind and key in (facet_key(join.name), facet_key(join.counts_for))
    )
