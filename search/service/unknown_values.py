"""Selected facet values that no article has, and the values that a person may have meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetValue, facet_key
from search.engines.protocol.request import SearchRequest
from search.model.question import FacetRequest, Selection
from search.query.tree import Fuzzy, Or, Query, Word
from search.service.limits import Limits
from search.text.words import tokens

#: How like a misspelt value a real one must be (difflib's ratio), so that it is no wild guess.
_LIKENESS = 0.6
#: Similar values of an unknown one.
_MAX_NEAR = 3


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of *selection* that no article has, and the values most similar to it."""

    selection: Selection
    #: What a person calls one value of the facet.
    name: str
    value: str
    near: tuple[FacetValue, ...]

    @property
    def notice(self) -> str:
        meant = " or ".join(f"{found.value} ({found.count:,})" for found in self.near)
        notice = f"no {self.name} is called {self.value!r}"
        return notice + (f"; did you mean {meant}?" if meant else "")


def unknown_values(
    engine: Searcher, selections: Sequence[Selection], limits: Limits
) -> tuple[UnknownValue, ...]:
    """Return those of the first values of *selections* that no article has.

    ``limits.looked_at`` values are looked at, and ``limits.sought`` of them get similar values.
    """
    known = engine.fields.facets
    chosen = [(s, value) for s in selections if s.field in known for value in s.values]
    missing = [
        (selection, value)
        for selection, value in chosen[: limits.looked_at]
        if not engine.count(SearchRequest(selections=(Selection(selection.field, (value,)),)))
    ]
    return tuple(
        UnknownValue(
            selection,
            engine.fields[selection.field].one,
            value,
            near_values(engine, selection.field, value, limits) if number < limits.sought else (),
        )
        for number, (selection, value) in enumerate(missing)
    )


def near_values(engine: Searcher, field: str, value: str, limits: Limits) -> tuple[FacetValue, ...]:
    """Return values of facet *field* that share a word with *value*, else ones spelt much like it; counted in all articles."""
    near = _alike(engine, field, value, limits)
    if not near:
        return ()
    # They were found by their words, which not all articles have that count for them.
    selections = (Selection(field, tuple([found.value for found in near])),)
    facets = (FacetRequest(field, 1),)
    counts = engine.facets(SearchRequest(selections=selections, facets=facets))[field]
    number = {found.value: found.count for found in counts.values}
    return tuple([FacetValue(f.value, number.get(f.value, f.count)) for f in near])


def _alike(engine: Searcher, field: str, value: str, limits: Limits) -> tuple[FacetValue, ...]:
    forms = tuple(dict.fromkeys(tokens(value).forms))[: limits.looked_at]
    if not forms:
        return ()

    def values(words: tuple[Query, ...]) -> tuple[FacetValue, ...]:
        tree = words[0] if len(words) == 1 else Or(words)
        facets = (FacetRequest(field, limits.compared),)
        return engine.facets(SearchRequest(tree=tree, facets=facets))[field].values

    shared = [
        (-len(set(forms) & set(tokens(found.value).forms)), -found.count, found.value, found)
        for found in values(tuple(Word(form, field) for form in forms))
    ]
    if best := [found for overlap, *_, found in sorted(shared, key=lambda s: s[:3]) if overlap]:
        return tuple(best[:_MAX_NEAR])
    from difflib import SequenceMatcher

    key = facet_key(value)
    alike = [
        (-SequenceMatcher(None, key, facet_key(found.value)).ratio(), found.value, found)
        for found in values(tuple(Fuzzy(form, 1 if len(form) < 5 else 2, field) for form in forms))
    ]
    alike.sort(key=lambda a: a[:2])
    return tuple(found for ratio, _, found in alike if -ratio >= _LIKENESS)[:_MAX_NEAR]
