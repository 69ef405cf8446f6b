"""Ways out of an empty answer: smaller or slightly different questions, the least changed first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from search.engines.base import (
    Engine,
    FacetRequest,
    FacetValue,
    SearchRequest,
    Selection,
    facet_key,
)
from search.query import And, Fuzzy, Group, Not, Or, Query, Word, clauses, render
from search.text import tokens

if TYPE_CHECKING:
    from search.service import Question

#: What a person calls one value of a facet.
VALUE_NAMES = {
    "author": "author",
    "source": "source",
    "section": "section",
    "person": "person",
    "org": "organisation",
    "place": "place",
    "lang": "language",
}

#: Words and clauses of a query that a way out is looked for; bounds the work on a long query.
_MAX_TRIED = 6

#: How like a misspelt facet value a real one must be (difflib's ratio), so that it is no wild guess.
_LIKENESS = 0.6

#: Facet values looked at to find one that is close to what was asked for.
_MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class Step:
    """Another question that may find something, and what it changes, in words."""

    text: str
    question: Question


def ladder(question: Question, tree: Query, engine: Engine) -> Iterator[tuple[Step, ...]]:
    """Yield the steps away from *question*, whose text reads as *tree*, in groups of one kind each."""
    respelt = tuple(_respelt(question, tree, engine))
    yield respelt
    yield tuple(_other_values(question, engine))
    can_loosen = isinstance(tree, Group) and len(tree.children) > 1
    if can_loosen and question.match == "all":
        yield (Step("with most of the words", _changed(question, match="most")),)
    yield tuple(_shortened(question, tree))
    filters = tuple(_unfiltered(question))
    yield filters
    if len(filters) > 1:
        yield (_bare("without any filter", question),)
    if can_loosen and question.match != "any":
        loose = _changed(question, match="any")
        yield (Step("with any of the words", loose),)
        yield (_bare("with any of the words, without any filter", loose),)
    if respelt:
        yield (_bare(f"{respelt[-1].text}, without any filter", respelt[-1].question),)


def _bare(text: str, question: Question) -> Step:
    return Step(text, _changed(question, selections=(), start="", end=""))


def near_values(engine: Engine, field: str, value: str, limit: int = 3) -> tuple[FacetValue, ...]:
    """Return values of facet *field* that share a word with *value*, else ones spelt much like it."""
    forms = tuple(dict.fromkeys(tokens(value).forms))[:_MAX_TRIED]
    if not forms:
        return ()
    same_words = tuple(Word(form, field) for form in forms)
    shared = [
        (-len(set(forms) & set(tokens(found.value).forms)), -found.count, found.value, found)
        for found in _values(engine, field, same_words)
    ]
    if best := [found for overlap, *_, found in sorted(shared, key=lambda s: s[:3]) if overlap]:
        return tuple(best[:limit])
    like_words = tuple(Fuzzy(form, 1 if len(form) < 5 else 2, field) for form in forms)
    key = facet_key(value)
    alike = [
        (-SequenceMatcher(None, key, facet_key(found.value)).ratio(), found.value, found)
        for found in _values(engine, field, like_words)
    ]
    alike.sort(key=lambda a: a[:2])
    return tuple(found for ratio, _, found in alike if -ratio >= _LIKENESS)[:limit]


def _values(engine: Engine, field: str, words: tuple[Query, ...]) -> tuple[FacetValue, ...]:
    tree = words[0] if len(words) == 1 else Or(words)
    request = SearchRequest(tree=tree, facets=(FacetRequest(field, _MAX_VALUES),))
    return engine.facets(request)[field].values


def _changed(question: Question, **changes: object) -> Question:
    return dataclasses.replace(question, page=1, **changes)  # type: ignore[arg-type]


def _respelt(question: Question, tree: Query, engine: Engine) -> Iterator[Step]:
    """Yield steps with one unknown word respelt each, and one with all of them."""
    unknown = [
        word
        for word in list(dict.fromkeys(_words(tree)))[:_MAX_TRIED]
        if not engine.count(SearchRequest(tree=word))
    ]
    changes = []
    all_respelt = tree
    for word in unknown:
        for number, spelling in enumerate(engine.spellings(word.form, 2)):
            new = dataclasses.replace(word, form=spelling)
            change = f"{spelling} instead of {word.form}"
            yield Step(f"with {change}", _changed(question, text=render(_with(tree, word, new))))
            if number == 0:
                changes.append(change)
                all_respelt = _with(all_respelt, word, new)
    if len(changes) > 1:
        yield Step("with " + ", ".join(changes), _changed(question, text=render(all_respelt)))


def _words(tree: Query) -> Iterator[Word]:
    match tree:
        case Word():
            yield tree
        case And(children) | Or(children) | Group(children):
            for child in children:
                yield from _words(child)
        case _:  # a misspelt word under NOT does no harm
            return


def _with(tree: Query, old: Word, new: Word) -> Query:
    """Return *tree* with *new* wherever *old* stands."""
    match tree:
        case Word():
            return new if tree == old else tree
        case And(children) | Or(children) | Group(children):
            return type(tree)(tuple(_with(child, old, new) for child in children))
        case Not(child):
            return Not(_with(child, old, new))
        case _:
            return tree


def _other_values(question: Question, engine: Engine) -> Iterator[Step]:
    for selection in question.selections:
        for value in unknown_values(engine, selection)[:_MAX_TRIED]:
            for near in near_values(engine, selection.field, value, 2):
                kept = tuple(v for v in selection.values if v != value)
                changed = Selection(selection.field, (*kept, near.value))
                yield Step(
                    f"with {VALUE_NAMES[selection.field]} {near.value} instead of {value}",
                    _changed(question, selections=_replaced(question, selection, changed)),
                )


def unknown_values(engine: Engine, selection: Selection) -> list[str]:
    """Return those values of *selection* that no article at all has."""
    return [
        value
        for value in selection.values
        if not engine.count(SearchRequest(selections=(Selection(selection.field, (value,)),)))
    ]


def _replaced(question: Question, old: Selection, new: Selection | None) -> tuple[Selection, ...]:
    kept = tuple(selection for selection in question.selections if selection != old)
    return kept if new is None else (*kept, new)


def _shortened(question: Question, tree: Query) -> Iterator[Step]:
    parts = clauses(tree)
    if len(parts) < 2:
        return
    join = And if isinstance(tree, And) else Group
    for at, part in enumerate(parts[: 2 * _MAX_TRIED]):
        rest = parts[:at] + parts[at + 1 :]
        shorter = rest[0] if len(rest) == 1 else join(rest)
        yield Step(f"without {render(part)}", _changed(question, text=render(shorter)))


def _unfiltered(question: Question) -> Iterator[Step]:
    if question.start or question.end:
        yield Step("without the dates", _changed(question, start="", end=""))
    for selection in question.selections:
        names = " or ".join(selection.values[:3]) + (" ..." if len(selection.values) > 3 else "")
        yield Step(
            f"without {VALUE_NAMES[selection.field]} {names}",
            _changed(question, selections=_replaced(question, selection, None)),
        )
