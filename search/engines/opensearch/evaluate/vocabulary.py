"""Which words of the index a wildcard or a fuzzy word stands for, and in how many articles each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from search.engines.opensearch.evaluate.clauses import Clause, some_of
from search.engines.opensearch.evaluate.patterns import (
    escaped,
    is_suggested,
    near_regex,
    wildcard_regex,
)
from search.engines.opensearch.mapping import Layout
from search.engines.opensearch.view import MOST_VALUES, View
from search.engines.protocol.rules import expansion_notice
from search.query.tree import Fuzzy, Wildcard
from search.text.words import wildcard_pattern, within_edits

#: Words that the server is asked for at first; then for `MOST_VALUES`.
_FIRST = 5000
#: Words that it suggests at most: those with the fewest edits.
_SUGGESTED = 10_000
#: Words that are kept for other questions, of all patterns together; more are forgotten: a hundred bytes each.
_KEPT = 200_000
#: Before a field of which words were asked for by name.
_NAMED = "named "


class Expansion(NamedTuple):
    """What a pattern stands for in a field, a bare word with None."""

    #: The server's pattern, which may fit more than is meant.
    regex: str
    fits: Callable[[str], object]
    field: str | None
    #: What a person wrote.
    written: str
    #: The most frequent ones, as many as these.
    most: int
    #: A word whose neighbours the server is to suggest, for what *regex* leaves out; "" for none.
    suggested: str = ""
    #: Whether the pattern is so simple that the server finds by it which articles to count in.
    is_simple: bool = True

    @property
    def key(self) -> tuple[str, str | None, str, int]:
        return self.regex, self.field, self.written, self.most


def expansion_of(leaf: Wildcard | Fuzzy, most: int) -> Expansion:
    """Return what a clause asks the vocabulary."""
    if isinstance(leaf, Wildcard):
        fits = wildcard_pattern(leaf.pattern).fullmatch
        return Expansion(wildcard_regex(leaf.pattern), fits, leaf.field, leaf.pattern, most)
    return fuzzy(leaf.form, leaf.edits, leaf.field, most)


def fuzzy(form: str, edits: int, field: str | None, most: int) -> Expansion:
    """Return what asks for the words within *edits* edits of *form*."""

    def fits(word: str) -> bool:
        return within_edits(form, word, edits)

    suggested = form if is_suggested(form, edits) else ""
    return Expansion(
        near_regex(form, edits), fits, field, f"{form}~{edits}", most, suggested, False
    )


class Words(NamedTuple):
    """The words found, the most frequent first, each with the number of its articles; and how many there are in all."""

    counts: Mapping[str, int]
    distinct: int
    #: Whether there are more than the server gives, so that nobody knows how many.
    is_cut: bool = False


class _Asked(NamedTuple):
    """What is asked of the server for an expansion: how many words, and beside its pattern, once they are known, which."""

    expansion: Expansion
    size: int = _FIRST
    words: tuple[str, ...] = ()


class Vocabulary:
    """The words of the articles that a view sees."""

    def __init__(
        self, view: View, layout: Layout, seen: Sequence[Clause], cache: dict[str, Any]
    ) -> None:
        self._view = view
        self._layout = layout
        self._seen = seen
        #: For the questions of all threads: see `statistics`.
        self._kept: dict[Any, Words] = cache.setdefault("vocabulary", {})
        if sum(len(words.counts) for words in list(self._kept.values())) > _KEPT:
            self._kept.clear()
        #: What was asked for and is not known.
        self.lacking: dict[Any, _Asked] = {}
        #: Sentences for the person who asked: which bound bit.
        self.notices: list[str] = []

    def expanded(self, expansion: Expansion) -> tuple[str, ...]:
        """Return the words that *expansion* stands for, none as long as they are not known."""
        found = self._kept.get(expansion.key)
        if found is None:
            self.lacking.setdefault(expansion.key, _Asked(expansion))
            return ()
        if found.distinct > expansion.most:
            notice = expansion_notice(
                expansion.written, found.distinct, expansion.most, is_cut=found.is_cut
            )
            self.notices += [notice] if notice not in self.notices else []
        return tuple(found.counts)

    def words(self, expansion: Expansion) -> Mapping[str, int]:
        """Return the words at once, each with the number of its articles, the most frequent first."""
        while (found := self._kept.get(expansion.key)) is None:
            self.lacking.setdefault(expansion.key, _Asked(expansion))
            self.take(self._view.msearch(self.bodies()))
        return found.counts

    def beginning(self, beginning: str, limit: int) -> tuple[str, ...]:
        """Return the words that begin so, in most articles first."""
        asked = Expansion(escaped(beginning) + ".*", bool, None, beginning, limit)
        size = 20 * limit
        while True:
            answer = self._view.search(self._body(_Asked(asked, size)))
            found = answer["aggregations"]
            words = _words(asked, found, is_cut=False).counts
            # A word that was not given is in no more articles than the last that was, of each field.
            left = [each for each in found.values() if each["sum_other_doc_count"]]
            most = sum(each["buckets"][-1]["doc_count"] for each in left)
            if most < min(words.values(), default=0) or size * len(found) > MOST_VALUES or not left:
                return tuple(words)
            size *= 10

    def bodies(self) -> list[Clause]:
        """Return what asks for all that is lacking."""
        return [self._body(asked) for asked in self.lacking.values()]

    def _body(self, asked: _Asked) -> Clause:
        expansion = asked.expansion
        counted = {}
        for field in self._layout.vocabularies(expansion.field):
            # Each shard sends all that it has: a word that is not among the first of one would be counted without that one.
            terms = {"field": field, "size": asked.size, "shard_size": MOST_VALUES}
            counted[field] = {"terms": {**terms, "include": expansion.regex}}
            if asked.words:
                named = {"include": list(asked.words), "size": len(asked.words)}
                counted[_NAMED + field] = {"terms": {**terms, **named}}
        places = self._layout.places(expansion.field)
        filters = list(self._seen)
        if expansion.is_simple:
            # Else all words of all articles are looked at.
            having: list[Clause] = [{"regexp": {p.forms: expansion.regex}} for p in places]
            filters.append(some_of(having))
        body = {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": filters}},
            "aggs": counted,
        }
        if expansion.suggested and not asked.words:
            body["suggest"] = {
                place.forms: _suggestion(expansion.suggested, place.forms) for place in places
            }
        return body

    def take(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Keep what was answered to `bodies`; what has to be asked for more stays lacking."""
        lacking, self.lacking = self.lacking, {}
        for (key, asked), answer in zip(lacking.items(), answers, strict=True):
            found = answer["aggregations"]
            is_whole = not any(each["sum_other_doc_count"] for each in found.values())
            most = MOST_VALUES // len(found)
            if "suggest" in answer:
                words = _suggested(answer["suggest"]) | {asked.expansion.suggested}
                self.lacking[key] = asked._replace(words=tuple(sorted(words)))
            elif not is_whole and asked.size < most:
                self.lacking[key] = asked._replace(size=most)
            else:
                self._kept[key] = _words(asked.expansion, found, is_cut=not is_whole)


def _suggestion(form: str, field: str) -> Clause:
    """Return what has the server suggest words within two edits of *form*, whatever they are."""
    return {
        "text": form,
        "term": {
            "field": field,
            "analyzer": "words",
            "suggest_mode": "always",
            "max_edits": 2,
            "prefix_length": 0,
            "min_word_length": 1,
            "size": _SUGGESTED,
            "shard_size": _SUGGESTED,
            "max_inspections": 1,
            # However frequent the word itself is, and however short what is left of it.
            "max_term_freq": 1 << 30,
            "accuracy": 0.0,
            "string_distance": "internal",
        },
    }


def _suggested(found: Mapping[str, Any]) -> set[str]:
    entries = [entry for of_field in found.values() for entry in of_field]
    return {option["text"] for entry in entries for option in entry["options"]}


def _words(expansion: Expansion, found: Mapping[str, Any], *, is_cut: bool) -> Words:
    """Return the words of an answer; one that fits the pattern and was named, too, is there twice for a field."""
    of_fields: dict[str, dict[str, int]] = {}
    for name, each in found.items():
        counts = of_fields.setdefault(name.removeprefix(_NAMED), {})
        counts.update((bucket["key"], bucket["doc_count"]) for bucket in each["buckets"])
    totals: dict[str, int] = {}
    for counts in of_fields.values():
        for word, count in counts.items():
            totals[word] = totals.get(word, 0) + count
    fitting = [word for word in totals if expansion.fits(word)]
    fitting.sort(key=lambda word: (-totals[word], word))
    return Words({word: totals[word] for word in fitting[: expansion.most]}, len(fitting), is_cut)
