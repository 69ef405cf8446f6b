"""Ways out of an empty answer: smaller or slightly different questions, the least changed first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.model.fields import FieldTable
from search.model.question import Question, Selection
from search.query.context import ParseContext
from search.query.operators import with_operators
from search.query.parser import Parsed
from search.query.render import render
from search.query.tree import And, Group, Query, Word, clauses, joined, rewrite, walk
from search.service.answer import Suggestion
from search.service.limits import Limits
from search.service.naming import listed
from search.service.request import request_of
from search.service.spellings import Spellings
from search.service.unknown_values import UnknownValue
from search.text.words import within_edits

#: Clauses and values that one suggestion names.
_MAX_NAMED = 3
#: Letters of a word that may be meant to be another one: of shorter words nearly all are near to each other.
_LEAST_LETTERS = 4
#: Spellings that a word is replaced by.
_MAX_SPELLINGS = 3
#: Letters up to which a word and its spelling differ by one: with two of three changed it is another word.
_ONE_EDIT_LETTERS = 5


class Step(NamedTuple):
    """Another question that may find something: what it changes, in words; and what its text reads as."""

    text: str
    question: Question
    tree: Query

    def then(self, text: str, tree: Query | None = None, **changes: object) -> Step:
        """Return the step to another query or to other parts of the question."""
        question = self.question._replace(page=1, **changes)  # type: ignore[arg-type]
        if tree is not None:
            question = question._replace(text=render(tree))
        return Step(text, question, tree or self.tree)

    def without_filters(self, text: str) -> Step:
        return self.then(text, selections=(), without=(), excluded=(), start="", end="")


class WaysOut:
    """Finds other questions for one that nothing answers, by asking an engine."""

    def __init__(
        self,
        engine: Searcher,
        context: ParseContext,
        limits: Limits,
        spellings: Spellings | None = None,
        synonyms: Callable[[Query, Question], Parsed] = lambda tree, _: Parsed(tree),
    ) -> None:
        """*context* is what the question was read by; *spellings* and *synonyms* are those that it is answered with."""
        self._engine = engine
        self._synonyms = synonyms
        self._context = context
        self._limits = limits
        self._other_spellings = spellings or Spellings(engine)
        #: Whether time ran out before all steps were tried.
        self.is_late = False

    def tried(
        self,
        question: Question,
        groups: Iterator[Sequence[Step]],
        has_time: Callable[[], bool],
    ) -> Iterator[Suggestion]:
        """Yield those steps of *groups* that find something, as far as *has_time* and the limits allow.

        A question whose text is longer than a query may be is left out.
        """
        limits = self._limits
        room = limits.suggestions
        tried = {question}
        # Asked before the first group, as that looks up words already.
        while has_time():
            steps = next(groups, None)
            if steps is None or room <= 0 or len(tried) > limits.tried:
                return
            found = []
            for step in steps[: limits.tried_of_a_kind]:
                is_new = step.question not in tried and len(tried) <= limits.tried
                # Rendered, a query can be longer than it was typed.
                if not is_new or len(step.question.text) > self._context.max_chars:
                    continue
                if not has_time():
                    continue
                tried.add(step.question)
                if total := self._total(step):
                    found.append(Suggestion(step.text, step.question, total))
            found.sort(key=lambda suggestion: -suggestion.total)
            yield from found[: min(room, limits.suggestions_of_a_kind)]
            room -= len(found[: limits.suggestions_of_a_kind])
        self.is_late = True

    def _total(self, step: Step) -> int:
        tree, _ = self._other_spellings.spelled(step.tree, step.question.text)
        tree = self._synonyms(tree, step.question).tree
        return self._engine.count(request_of(step.question, tree, self._context, self._limits))

    def steps(
        self,
        question: Question,
        tree: Query,
        counts: Sequence[int],
        unknown: Sequence[UnknownValue],
    ) -> Iterator[Sequence[Step]]:
        """Yield the steps away from *question*, in groups of one kind each, in each the likeliest first.

        Its text reads as *tree*, of whose clauses *counts* says how many articles each matches. The engine
        is asked for the first group alone, and for a few single words.
        """
        start = Step("", question, tree)
        spellings = self._spellings(tree, counts)
        best = {word: found[0] if found else None for word, found in spellings.items()}
        respelt = _respelt(start, spellings)
        yield tuple(_with_operators(start))
        yield respelt
        yield tuple(_other_values(start, unknown))
        # Words that are found, but not together, or that are nothing misspelt.
        meant = [word for word, new in best.items() if new]
        if len(meant) > 1:
            yield _reworded(start, [best | {word: None} for word in meant])
        can_loosen = isinstance(tree, Group) and len(tree.children) > 1
        if can_loosen and question.match == "all":
            yield (start.then("with most of the words", match="most"),)
        yield tuple(self._shortened(start, counts))
        filters = tuple(_unfiltered(start, self._engine.fields))
        yield filters
        if len(filters) > 1:
            yield (start.without_filters("without any filter"),)
        if can_loosen and question.match != "any":
            loose = start.then("with any of the words", match="any")
            if any(counts):
                yield (loose,)
            if respelt and isinstance(_with(tree, best), Group):
                yield (respelt[0].then(f"{respelt[0].text}, any of the words", match="any"),)
            if any(counts):
                yield (loose.without_filters("with any of the words, without any filter"),)
        if respelt:
            yield (respelt[0].without_filters(f"{respelt[0].text}, without any filter"),)

    def _spellings(self, tree: Query, counts: Sequence[int]) -> dict[Word, tuple[Word, ...]]:
        """Return the words of *tree* that no article has, each with what it may be meant to be.

        Not those under a NOT: a misspelt one does no harm there.
        """
        engine, limits = self._engine, self._limits
        known = dict(zip(clauses(tree), counts, strict=True))
        words = (node for node in walk(tree, negated=False) if isinstance(node, Word))
        unknown = [
            word
            for word in list(dict.fromkeys(words))[: limits.looked_at]
            if not (known[word] if word in known else engine.count(SearchRequest(tree=word)))
        ]
        found: dict[Word, tuple[Word, ...]] = dict.fromkeys(unknown, ())
        for word in unknown[: limits.sought]:
            found[word] = tuple(self._written_alike(word))
        return found

    def _written_alike(self, word: Word) -> Iterator[Word]:
        """Yield indexed words that *word* may be meant to be, the likeliest first."""
        edits = 1 if len(word.form) <= _ONE_EDIT_LETTERS else 2
        for form in self._engine.spellings(word.form, _MAX_SPELLINGS):
            if within_edits(word.form, form, edits):
                yield Word(form, word.field, word.exact, word.span)

    def meant(
        self, question: Question, tree: Query, counts: Sequence[int], total: int
    ) -> Suggestion | None:
        """Return *question* with the words that may be meant by those of it that few articles have; None where nothing is more likely.

        It finds *total* articles, and its text reads as *tree*, of whose clauses *counts* says how many articles each matches. Words in
        quotation marks, of two letters or three, and under a NOT are as they are meant.
        """
        times = self._limits.meant_times
        known = dict(zip(clauses(tree), counts, strict=True))
        changes: dict[Word, Word | None] = {}
        for word in dict.fromkeys(walk(tree, negated=False)):
            if not isinstance(word, Word) or word.exact or len(word.form) < _LEAST_LETTERS:
                continue
            have = known[word] if word in known else self._count(word)
            if not 0 < have < self._limits.few or len(changes) == self._limits.sought:
                continue
            for other in self._written_alike(word):
                if self._count(other) >= times * have:
                    changes[word] = other
                    break
        if not changes:
            return None
        start = Step("", question, tree)
        for step in _reworded(start, [changes]):
            is_short = len(step.question.text) <= self._context.max_chars
            if is_short and (found := self._total(step)) > total:
                return Suggestion(step.text, step.question, found)
        return None

    def _count(self, word: Word) -> int:
        return self._engine.count(SearchRequest(tree=word))

    def _shortened(self, start: Step, counts: Sequence[int]) -> Iterator[Step]:
        """Yield steps without one clause, the rarest first; all that match nothing go together."""
        tree = start.tree
        parts = clauses(tree)
        rarest = sorted(range(len(parts)), key=lambda number: counts[number])
        missing = [number for number in rarest if not counts[number]]
        must_all_hold = isinstance(tree, And) or start.question.match == "all"
        ways = [[number] for number in rarest[: self._limits.looked_at]]
        for left_out in [missing] if missing and must_all_hold else ways:
            rest = [part for number, part in enumerate(parts) if number not in left_out]
            if shorter := joined(And if isinstance(tree, And) else Group, rest):
                names = listed([render(parts[number]) for number in sorted(left_out)], _MAX_NAMED)
                yield start.then(f"without {names}", shorter)


def _with_operators(start: Step) -> Iterator[Step]:
    """Yield the step that reads and, or, not as operators; a notice says that they are words."""
    tree, names = with_operators(start.tree)
    if names:
        said = "an operator" if len(names) == 1 else "operators"
        yield start.then(f"with {' and '.join(names)} as {said}", tree)


def _respelt(start: Step, spellings: Mapping[Word, tuple[Word, ...]]) -> tuple[Step, ...]:
    """Return the step with all unknown words respelt, or left out where nothing is like them.

    Of a single unknown word the next likeliest spellings are steps, too.
    """
    if not any(spellings.values()):
        return ()
    ways = [{word: found[0] if found else None for word, found in spellings.items()}]
    if len(spellings) == 1:
        ways += [{word: new} for word, found in spellings.items() for new in found[1:]]
    return _reworded(start, ways)


def _reworded(start: Step, ways: Sequence[Mapping[Word, Word | None]]) -> tuple[Step, ...]:
    """Return a step for each of *ways* to change words; where that leaves none there is no step."""
    return tuple(
        start.then(_described(changes), changed)
        for changes in ways
        if (changed := _with(start.tree, changes)) is not None
    )


def _described(changes: Mapping[Word, Word | None]) -> str:
    respelt = [f"{new.form} instead of {word.form}" for word, new in changes.items() if new]
    without = [word.form for word, new in changes.items() if new is None]
    parts = ["with " + ", ".join(respelt)] if respelt else []
    return ", ".join([*parts, *(["without " + ", ".join(without)] if without else [])])


def _with(tree: Query, changes: Mapping[Word, Word | None]) -> Query | None:
    """Return *tree* with other words for the keys of *changes*, without those that None stands for.

    None where nothing is left.
    """
    return rewrite(
        tree, lambda clause: changes.get(clause, clause) if isinstance(clause, Word) else clause
    )


def _other_values(start: Step, unknown: Sequence[UnknownValue]) -> Iterator[Step]:
    for missing in unknown:
        selection, value = missing.selection, missing.value
        name = missing.name
        for near in missing.near[:2]:
            kept = tuple(v for v in selection.values if v != value)
            changed = Selection(selection.field, (*kept, near.value))
            yield start.then(
                f"with {name} {near.value} instead of {value}",
                selections=(*_others(start, selection), changed),
            )


def _unfiltered(start: Step, fields: FieldTable) -> Iterator[Step]:
    if start.question.start or start.question.end:
        yield start.then("without the dates", start="", end="")
    for selection in start.question.selections:
        names = listed(selection.values, _MAX_NAMED, " or ")
        yield start.then(
            f"without {fields[selection.field].one} {names}",
            selections=_others(start, selection),
        )
    for out in start.question.excluded:
        names = listed(out.values, _MAX_NAMED, " and ")
        kept = tuple(each for each in start.question.excluded if each != out)
        yield start.then(f"also with {fields[out.field].one} {names}", excluded=kept)
    for field in start.question.without:
        others = tuple(name for name in start.question.without if name != field)
        yield start.then(f"with and without {fields[field].one}", without=others)


def _others(start: Step, left_out: Selection) -> tuple[Selection, ...]:
    return tuple(selection for selection in start.question.selections if selection != left_out)
