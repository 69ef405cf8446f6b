"""Ways out of an empty answer: smaller or slightly different questions, the least changed first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from search.engines.protocol import (
    Engine,
    FacetRequest,
    FacetValue,
    SearchRequest,
    Selection,
    facet_key,
)
from search.model.fields import FIELDS
from search.query.render import render
from search.query.tree import And, Fuzzy, Group, Or, Query, Word, clauses, joined, rewrite, walk
from search.service.naming import listed
from search.text.words import tokens

if TYPE_CHECKING:
    from search.service.service import Question

#: Words, clauses and facet values of a question that a way out is looked for, and how many of the
#: words or values that turn out unknown one like them is sought for; bounds the work on a long one.
_MAX_TRIED = 6
_MAX_SOUGHT = 3

#: How like a misspelt facet value a real one must be (difflib's ratio), so that it is no wild guess.
_LIKENESS = 0.6

#: Facet values looked at to find one that is close to what was asked for.
_MAX_VALUES = 200


#: Clauses and values that one suggestion names.
_MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Another question that may find something, and what it changes, in words."""

    text: str
    question: Question


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of *selection* that no article at all has, and the values that come near it."""

    selection: Selection
    value: str
    near: tuple[FacetValue, ...]


def ladder(
    question: Question,
    tree: Query,
    counts: Sequence[int],
    unknown: Sequence[UnknownValue],
    engine: Engine,
) -> Iterator[tuple[Step, ...]]:
    """Yield the steps away from *question*, in groups of one kind each, in each the likeliest first.

    Its text reads as *tree*, of whose clauses *counts* says how many articles each matches. The engine
    is asked for the first group alone, and for at most `_MAX_TRIED` + `_MAX_SOUGHT` single words.
    """
    spellings = _spellings(tree, counts, engine)
    best = {word: found[0] if found else None for word, found in spellings.items()}
    respelt = tuple(_respelt(question, tree, spellings))
    yield respelt
    yield tuple(_other_values(question, unknown))
    # Words that are found, but not together, or that are nothing misspelt.
    meant = [word for word, new in best.items() if new]
    if len(meant) > 1:
        yield _steps(question, tree, [best | {word: None} for word in meant])
    can_loosen = isinstance(tree, Group) and len(tree.children) > 1
    if can_loosen and question.match == "all":
        yield (Step("with most of the words", _changed(question, match="most")),)
    yield tuple(_shortened(question, tree, counts))
    filters = tuple(_unfiltered(question))
    yield filters
    if len(filters) > 1:
        yield (_bare("without any filter", question),)
    if can_loosen and question.match != "any":
        loose = _changed(question, match="any")
        if any(counts):
            yield (Step("with any of the words", loose),)
        if respelt and isinstance(_with(tree, best), Group):
            text = f"{respelt[0].text}, any of the words"
            yield (Step(text, _changed(respelt[0].question, match="any")),)
        if any(counts):
            yield (_bare("with any of the words, without any filter", loose),)
    if respelt:
        yield (_bare(f"{respelt[0].text}, without any filter", respelt[0].question),)


def _bare(text: str, question: Question) -> Step:
    return Step(text, _changed(question, selections=(), start="", end=""))


def unknown_values(engine: Engine, selections: Sequence[Selection]) -> tuple[UnknownValue, ...]:
    """Return those of the first values of *selections* that no article at all has.

    `_MAX_TRIED` values are looked at, and what comes near is sought for `_MAX_SOUGHT` of them.
    """
    chosen = [(selection, value) for selection in selections for value in selection.values]
    missing = [
        (selection, value)
        for selection, value in chosen[:_MAX_TRIED]
        if not engine.count(SearchRequest(selections=(Selection(selection.field, (value,)),)))
    ]
    return tuple(
        UnknownValue(
            selection,
            value,
            _near_values(engine, selection.field, value) if number < _MAX_SOUGHT else (),
        )
        for number, (selection, value) in enumerate(missing)
    )


def _near_values(engine: Engine, field: str, value: str, limit: int = 3) -> tuple[FacetValue, ...]:
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
    from difflib import SequenceMatcher

    like_words = tuple(Fuzzy(form, 1 if len(form) < 5 else 2, field) for form in forms)
    key = facet_key(value)
    alike = [
        (-SequenceMatcher(None, key, facet_key(found.value)).ratio(), found.value, found)
        for found in _values(engine, field, like_words)
    ]
    alike.sort(key=lambda a: a[:2])
    return tuple(found for ratio, _, found in alike if -ratio >= _LIKENESS)[:limit]


def _values(engine: Engine, field: str, words: tuple[Query, ...]) -> tuple[FacetValue, ...]:
    request = SearchRequest(
        tree=words[0] if len(words) == 1 else Or(words), facets=(FacetRequest(field, _MAX_VALUES),)
    )
    return engine.facets(request)[field].values


def _changed(question: Question, **changes: object) -> Question:
    return dataclasses.replace(question, page=1, **changes)  # type: ignore[arg-type]


def _spellings(tree: Query, counts: Sequence[int], engine: Engine) -> dict[Word, tuple[Word, ...]]:
    """Return the words of *tree* that no article has, each with what it may be meant to be."""
    known = dict(zip(clauses(tree), counts, strict=True))
    words = list(dict.fromkeys(_words(tree)))[:_MAX_TRIED]
    unknown = [
        word
        for word in words
        if not (known[word] if word in known else engine.count(SearchRequest(tree=word)))
    ]
    return {
        word: tuple(
            Word(spelling, word.field, word.exact, word.span)
            for spelling in (engine.spellings(word.form, 2) if number < _MAX_SOUGHT else ())
        )
        for number, word in enumerate(unknown)
    }


def _respelt(
    question: Question, tree: Query, spellings: Mapping[Word, tuple[Word, ...]]
) -> tuple[Step, ...]:
    """Return the step with all unknown words respelt, or left out where nothing is like them.

    Of a single unknown word the second likeliest spelling is a step, too.
    """
    if not any(spellings.values()):
        return ()
    ways = [{word: found[0] if found else None for word, found in spellings.items()}]
    if len(spellings) == 1:
        ways += [{word: new} for word, found in spellings.items() for new in found[1:]]
    return _steps(question, tree, ways)


def _steps(
    question: Question, tree: Query, ways: Sequence[Mapping[Word, Word | None]]
) -> tuple[Step, ...]:
    """Return a step for each of *ways* to change words; where that leaves none there is no step."""
    return tuple(
        Step(_told(changes), _changed(question, text=render(changed)))
        for changes in ways
        if (changed := _with(tree, changes)) is not None
    )


def _told(changes: Mapping[Word, Word | None]) -> str:
    respelt = [f"{new.form} instead of {word.form}" for word, new in changes.items() if new]
    without = [word.form for word, new in changes.items() if new is None]
    parts = ["with " + ", ".join(respelt)] if respelt else []
    return ", ".join([*parts, *(["without " + ", ".join(without)] if without else [])])


def _words(tree: Query) -> Iterator[Word]:
    """Yield the words of *tree* but for those under a NOT: a misspelt one does no harm there."""
    return (node for node in walk(tree, negated=False) if isinstance(node, Word))


def _with(tree: Query, changes: Mapping[Word, Word | None]) -> Query | None:
    """Return *tree* with other words for the keys of *changes*, without those that None stands for.

    None where nothing is left.
    """
    return rewrite(
        tree, lambda clause: changes.get(clause, clause) if isinstance(clause, Word) else clause
    )


def _other_values(question: Question, unknown: Sequence[UnknownValue]) -> Iterator[Step]:
    for missing in unknown:
        selection, value = missing.selection, missing.value
        for near in missing.near[:2]:
            kept = tuple(v for v in selection.values if v != value)
            changed = Selection(selection.field, (*kept, near.value))
            yield Step(
                f"with {FIELDS[selection.field].one} {near.value} instead of {value}",
                _changed(question, selections=_replaced(question, selection, changed)),
            )


def _replaced(question: Question, old: Selection, new: Selection | None) -> tuple[Selection, ...]:
    kept = tuple(selection for selection in question.selections if selection != old)
    return kept if new is None else (*kept, new)


def _shortened(question: Question, tree: Query, counts: Sequence[int]) -> Iterator[Step]:
    """Yield steps without one clause, the rarest first; all that match nothing go together."""
    parts = clauses(tree)
    rarest = sorted(range(len(parts)), key=lambda at: counts[at])
    missing = [at for at in rarest if not counts[at]]
    must_all_hold = isinstance(tree, And) or question.match == "all"
    ways = [missing] if missing and must_all_hold else [[at] for at in rarest[:_MAX_TRIED]]
    join = And if isinstance(tree, And) else Group
    for left_out in ways:
        rest = [part for at, part in enumerate(parts) if at not in left_out]
        if shorter := joined(join, rest):
            names = listed([render(parts[at]) for at in sorted(left_out)], _MAX_NAMED)
            yield Step(f"without {names}", _changed(question, text=render(shorter)))


def _unfiltered(question: Question) -> Iterator[Step]:
    if question.start or question.end:
        yield Step("without the dates", _changed(question, start="", end=""))
    for selection in question.selections:
        names = listed(selection.values, _MAX_NAMED, " or ")
        yield Step(
            f"without {FIELDS[selection.field].one} {names}",
            _changed(question, selections=_replaced(question, selection, None)),
        )
