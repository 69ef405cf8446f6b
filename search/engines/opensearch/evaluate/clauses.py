"""Clauses of the server's query language: where words occur and how often, and what that scores.

A clause of words scores the weighted number of its occurrences, as the similarity of the mapping says; `scored` makes of
that what docs/ranking.md does. Languages have terms of their own, so an occurrence is found by one of its languages alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from search.engines.opensearch.mapping import ALTERNATIVE, Place
from search.engines.ranking import K1, B

Clause = dict[str, Any]

EVERYTHING: Final[Clause] = {"match_all": {}}
NOTHING: Final[Clause] = {"match_none": {}}

#: The server compiles it once, as only the parameters differ.
_SATURATION = (
    "double x = _score; double c = params.c;"
    f"return c * x * {K1 + 1} / (x + {K1} * ({1 - B} + {B} * doc['wl'].value / params.avg));"
)
#: Alternatives of one clause: the server takes as many as it takes clauses, 1,024 by default.
_ALTERNATIVES = 1000


def scored(occurrences: Clause, weight: float, average_length: float) -> Clause:
    """Return a clause that scores *weight* times the saturated frequency of what *occurrences* finds."""
    parameters = {"c": weight, "avg": average_length or 1.0}
    script = {"source": _SATURATION, "params": parameters}
    return {"script_score": {"query": occurrences, "script": script}}


def unscored(*clauses: Clause) -> Clause:
    """Return a clause that matches what all *clauses* do and scores nothing."""
    return {"bool": {"filter": list(clauses)}}


def without(clause: Clause) -> Clause:
    """Return a clause that matches what *clause* does not, and scores nothing."""
    return {"bool": {"must_not": [clause]}}


def some_of(clauses: Sequence[Clause], needed: int = 1) -> Clause:
    """Return a clause that matches where *needed* of *clauses* do; scores are added."""
    if len(clauses) == 1 and needed == 1:
        return clauses[0]
    return {"bool": {"should": list(clauses), "minimum_should_match": needed}}


def all_of(clauses: Sequence[Clause], adding: Sequence[Clause] = ()) -> Clause:
    """Return a clause that matches where all *clauses* do; scores are added, and those of what is *adding* to them."""
    if len(clauses) == 1 and not adding:
        return clauses[0]
    added = {"should": list(adding)} if adding else {}
    return {"bool": {"must": list(clauses), **added}}


def any_word(terms: Iterable[str], fields: Sequence[tuple[str, float]]) -> Clause:
    """Return where any of *terms* occurs in *fields*, each with what an occurrence weighs there."""
    once = list(dict.fromkeys(terms))
    found: list[Clause] = []
    for at in range(0, len(once), _ALTERNATIVES):
        some = ALTERNATIVE.join(once[at : at + _ALTERNATIVES])
        for field, weight in fields:
            of_field = {"query": some, "analyzer": "alternatives", "boost": weight or 1}
            found.append({"match": {field: of_field}})
    return some_of(found) if found else NOTHING


def phrase(terms: Sequence[str], slop: int, field: str, weight: int) -> Clause:
    """Return where *terms* stand in this order in a field, with at most *slop* others between in all."""
    if not slop:
        # The server adds up the similarities of all words, which are alike.
        boost = (weight or 1) / len(terms)
        return {"match_phrase": {field: {"query": " ".join(terms), "boost": boost}}}
    boost = (weight or 1) / len(set(terms))
    # A row of words with others between would count less the more there are: so those of its first word are counted.
    row = _in_order([_term(field, term) for term in terms], slop)
    return {"span_within": {"little": _term(field, terms[0]), "big": row, "boost": boost}}


def near(
    left: Clause, right: Clause, common: Clause | None, distance: int, weight: int
) -> list[Clause]:
    """Return where *left* stands at most *distance* positions before or after *right*, both spans of one word.

    *common* finds the positions at which both stand, None where there are none: such a word is not near itself.
    """
    found = []
    if common != left:
        alone = left if common is None else span_without(left, common)
        # What stands far from all of the other, and what does not.
        far = {"span_not": {"include": left, "exclude": right, "pre": distance, "post": distance}}
        found.append({"span_not": {"include": alone, "exclude": far, "boost": weight or 1}})
    if common is not None:
        pairs = _in_order([right, right], distance - 1)
        boost = (weight or 1) / (1 if common == right else 2)
        found.append({"span_within": {"little": common, "big": pairs, "boost": boost}})
    return found


def span_term(field: str, term: str, seen_as: str) -> Clause:
    """Return the positions of a term, seen as those of another field, whose positions are the same."""
    found = _term(field, term)
    if field == seen_as:
        return found
    return {"span_field_masking": {"query": found, "field": seen_as}}


def span_without(spans: Clause, excluded: Clause) -> Clause:
    """Return the *spans* that nothing *excluded* overlaps."""
    return {"span_not": {"include": spans, "exclude": excluded}}


def _term(field: str, term: str) -> Clause:
    return {"span_term": {field: {"value": term}}}


def _in_order(spans: Sequence[Clause], slop: int) -> Clause:
    return {"span_near": {"clauses": list(spans), "slop": slop, "in_order": True}}


def fields_of(places: Sequence[Place], *, stems: bool) -> list[tuple[str, int]]:
    """Return the fields of forms or stems of *places*, each with its weight."""
    return [(place.stems if stems else place.forms, place.weight) for place in places]
