"""Names that are one: how a name is chosen and counted as the one that it counts for.

The documents have names as they are written, so what is joined is made good when a question is asked: names that count for others
are few, and so are the articles that have any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

from search.engines.joining.joins import Join
from search.engines.opensearch.evaluate.clauses import Clause, some_of
from search.engines.opensearch.evaluate.filters import with_keys
from search.engines.opensearch.mapping import KEYS, SPELLINGS, bounded
from search.engines.opensearch.names import joins_of_view
from search.engines.opensearch.view import View
from search.engines.opensearch.wire import Packed
from search.engines.protocol.facets import facet_key, spelling_rank
from search.model.fields import Field

#: What stands before a key that an article has written, and before one under which it is counted.
_WRITTEN, _COUNTED = "-", "+"
#: Gives the keys that an article has written and those under which it is counted, of those that joins have to do with.
_MOVED = """
Set found = new HashSet();
long month = doc['month'].size() == 0 ? 0 : doc['month'].value;
for (text in doc[params.field]) {
  int at = text.indexOf(params.end);
  String key = text.substring(0, at);
  List joins = params.joins.get(text);
  String target = null;
  if (joins != null) {
    for (join in joins) {
      if (join[1] == null) { if (target == null) { target = join[0]; } }
      else if (join[1] <= month && month <= join[2]) { target = join[0]; break; }
    }
  }
  boolean affected = params.keys.containsKey(key);
  if (affected) { found.add(params.written + key); }
  if (target != null) { found.add(params.counted + target); }
  else if (affected) { found.add(params.counted + key); }
}
return new ArrayList(found);
"""


class Joined:
    """The joins of one facet, for the questions of one view."""

    def __init__(self, view: View, row: Field, joins: Iterable[Join]) -> None:
        self._view = view
        self._facet = row.name
        #: By the term of a name the joins by which it counts for a name with another key.
        self._leaving: dict[str, list[Join]] = {}
        #: By key the names that are counted under it, and spellings that are shown of it.
        self._coming: dict[str, list[Join]] = {}
        self._spellings: dict[str, dict[str, int]] = {}
        for join in joins:
            own, target = bounded(facet_key(join.name)), bounded(facet_key(join.counts_for))
            counts = self._spellings.setdefault(target, {})
            counts[join.counts_for] = counts.get(join.counts_for, 0) + join.articles
            if own != target:
                self._leaving.setdefault(_term(join.name), []).append(join)
                self._coming.setdefault(target, []).append(join)
        self._names: dict[str, list[str]] = {}
        for term in self._leaving:
            self._names.setdefault(term.partition("\n")[0], []).append(term)
        #: The keys that joins have to do with.
        self.keys = dict.fromkeys([*self._names, *self._coming])

    def spelling(self, key: str) -> str | None:
        """Return how a name is shown that others count for, None where the articles decide."""
        counts = self._spellings.get(key)
        if not counts:
            return None
        return min(counts, key=lambda name: (-counts[name], spelling_rank(name)))

    @property
    def has_spellings(self) -> bool:
        """Whether joins say how any name is shown."""
        return bool(self._spellings)

    def seen_by(self, view: View) -> Joined:
        """Return the same for the questions of another view of the generation."""
        _ = self._counted_always  # made once for all of them
        other = copy(self)
        other._view = view
        return other

    # Choosing

    def choosing(self, keys: Sequence[str]) -> Clause:
        """Return the articles that are found by the names with *keys*."""
        plain = [key for key in keys if key not in self.keys]
        found = [with_keys(self._facet, plain)] if plain else []
        return some_of(found + [self.choosing_one(key) for key in keys if key in self.keys])

    def choosing_one(self, key: str) -> Clause:
        """Return the same of one name: a name under which nothing is counted finds what has it."""
        if key not in self.keys:
            return with_keys(self._facet, [key])
        counted = self.counted_under(key)
        if key in self._names and not self._is_counted(key, counted):
            return some_of([counted, with_keys(self._facet, [key])])
        return counted

    def counted_under(self, key: str) -> Clause:
        """Return the articles that are counted under a name."""
        gone = [
            self._holds(term, join)
            for term in self._names.get(key, ())
            for join in self._leaving[term]
        ]
        staying: Clause = {"bool": {"filter": [with_keys(self._facet, [key])], "must_not": gone}}
        coming = [self._holds(_term(join.name), join) for join in self._coming.get(key, ())]
        return some_of([staying, *coming])

    def _holds(self, term: str, join: Join) -> Clause:
        """Return the articles in which a name counts for another by a join."""
        has_name: Clause = {"term": {SPELLINGS + self._facet: term}}
        if not join.is_always:
            return {"bool": {"filter": [has_name, _months(join)]}}
        timed = [_months(other) for other in self._leaving[term] if not other.is_always]
        return {"bool": {"filter": [has_name], "must_not": timed}}

    def _is_counted(self, key: str, clause: Clause) -> bool:
        known: dict[tuple[str, str], bool] = self._view.cache.setdefault("names counted", {})
        if (self._facet, key) not in known:
            body = {
                "size": 0,
                "query": {"bool": {"filter": [clause, *self._view.visible]}},
                "track_total_hits": 1,
            }
            total = self._view.search(body)["hits"]["total"]["value"]
            known[self._facet, key] = total > 0
        return known[self._facet, key]

    # Counting

    def aggregations(self, chosen: Iterable[str]) -> dict[str, Clause | Packed]:
        """Return what has to be counted beside the keys as they are written; *chosen* are the keys selected."""
        counted: dict[str, Clause | Packed] = {**self._counted_always}
        if finding := {key: self.choosing_one(key) for key in chosen}:
            counted["chosen"] = {"filters": {"filters": finding}}
        return counted

    @cached_property
    def _counted_always(self) -> dict[str, Packed]:
        affected = {"field": KEYS + self._facet, "include": list(self.keys), "size": len(self.keys)}
        joins = {
            term: [
                [
                    bounded(facet_key(join.counts_for)),
                    *((None, None) if join.is_always else (join.first, join.last)),
                ]
                for join in each
            ]
            for term, each in self._leaving.items()
        }
        parameters = {
            "field": SPELLINGS + self._facet,
            "joins": joins,
            "keys": dict.fromkeys(self.keys, 1),
            "end": "\n",
            "written": _WRITTEN,
            "counted": _COUNTED,
        }
        moved = {"script": {"source": _MOVED, "params": parameters}, "size": 2 * len(self.keys)}
        having = {"terms": {SPELLINGS + self._facet: list(self._leaving)}}
        return {
            "affected": Packed({"terms": affected}),
            "joined": Packed({"filter": having, "aggs": {"moved": {"terms": moved}}}),
        }

    def counts(self, found: Mapping[str, Any]) -> dict[str, int]:
        """Return how many articles are counted under each key that joins have to do with, given what was counted."""
        counts = dict.fromkeys(self.keys, 0) | _buckets(found["affected"])
        for moved, count in _buckets(found["joined"]["moved"]).items():
            key = moved[1:]
            counts[key] += count if moved[0] == _COUNTED else -count
        return counts

    @staticmethod
    def written(found: Mapping[str, Any]) -> dict[str, int]:
        """Return the counts of the same keys as they are written."""
        return _buckets(found["affected"])


def joined_facets(view: View, rows: Iterable[Field]) -> dict[str, Joined]:
    """Return the joins of each of some facets in which a name counts for another."""
    cached: dict[str, Joined] | None = view.cache.get("joined")
    if cached is None:
        by_kind: dict[str, list[Join]] = {}
        for join in joins_of_view(view):
            by_kind.setdefault(join.kind, []).append(join)
        found = {
            row.name: Joined(view, row, by_kind[row.key]) for row in rows if row.key in by_kind
        }
        cached = {name: each for name, each in found.items() if each.keys or each.has_spellings}
        view.cache["joined"] = cached
    # A view is of one question, what it found out is for others too.
    return {name: each.seen_by(view) for name, each in cached.items()}


def _term(name: str) -> str:
    return f"{bounded(facet_key(name))}\n{bounded(name)}"


def _months(join: Join) -> Clause:
    return {"range": {"month": {"gte": join.first, "lte": join.last}}}


def _buckets(terms: Mapping[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in terms["buckets"]}
