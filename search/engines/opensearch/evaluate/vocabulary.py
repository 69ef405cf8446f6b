"""Which words of the index a wildcard or a fuzzy word stands for, and in how many articles each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.patterns import (
    escaped,
    wildcard_regex,
    within_edits_pattern,
)
from search.engines.opensearch.mapping import Layout
from search.engines.opensearch.view import View
from search.query.tree import Fuzzy, Wildcard
from search.text.words import wildcard_pattern, within_edits

#: Words that the server is asked for at first, and at most: it gives 65,535 in all.
_FIRST = 5000
_MOST = 60_000


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
    regex = within_edits_pattern(form, edits)
    return Expansion(
        regex, lambda word: within_edits(form, word, edits), field, f"{form}~{edits}", most
    )


class Words(NamedTuple):
    """The words found, the most frequent first, each with the number of its articles; and how many there are in all."""

    counts: Mapping[str, int]
    distinct: int
    #: Whether there are more than the server gives, so that nobody knows how many.
    is_cut: bool = False


class Vocabulary:
    """The words of the articles that a view sees."""

    def __init__(
        self, view: View, layout: Layout, seen: Sequence[Clause], cache: dict[str, Any]
    ) -> None:
        self._view = view
        self._layout = layout
        self._seen = seen
        self._kept: dict[Any, Words] = cache.setdefault("vocabulary", {})
        #: What was asked for and is not known, each with how many words are asked for.
        self.lacking: dict[Any, tuple[Expansion, int]] = {}
        #: Sentences for the person who asked: which bound bit.
        self.notices: list[str] = []

    def expanded(self, expansion: Expansion) -> tuple[str, ...]:
        """Return the words that *expansion* stands for, none as long as they are not known."""
        found = self._kept.get(expansion.key)
        if found is None:
            self.lacking[expansion.key] = expansion, _FIRST
            return ()
        if found.distinct > expansion.most:
            notice = _notice(expansion, found)
            self.notices += [notice] if notice not in self.notices else []
        return tuple(found.counts)

    def words(self, expansion: Expansion) -> Mapping[str, int]:
        """Return the words at once, each with the number of its articles, the most frequent first."""
        while expansion.key not in self._kept:
            self.expanded(expansion)
            self.take(self._view.msearch(self.bodies()))
        return self._kept[expansion.key].counts

    def beginning(self, beginning: str, limit: int) -> tuple[str, ...]:
        """Return the words that begin so, in most articles first."""
        asked = Expansion(escaped(beginning) + ".*", bool, None, beginning, limit)
        size = 20 * limit
        while True:
            answer = self._view.search(self._body(asked, size))
            found = list(answer["aggregations"].values())
            words = _words(asked, found, is_cut=False).counts
            # A word that was not given is in no more articles than the last that was, of each field.
            least = sum(
                each["buckets"][-1]["doc_count"] for each in found if each["sum_other_doc_count"]
            )
            if least < min(words.values(), default=0) or size * len(found) > _MOST or not least:
                return tuple(words)
            size *= 10

    def bodies(self) -> list[Clause]:
        """Return what asks for all that is lacking."""
        return [self._body(*asked) for asked in self.lacking.values()]

    def _body(self, expansion: Expansion, size: int) -> Clause:
        counted = {
            field: {"terms": {"field": field, "include": expansion.regex, "size": size}}
            for field in self._layout.vocabularies(expansion.field)
        }
        return {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": list(self._seen)}},
            "aggs": counted,
        }

    def take(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Keep what was answered to `bodies`; what has to be asked for more stays lacking."""
        lacking, self.lacking = self.lacking, {}
        for (key, (expansion, size)), answer in zip(lacking.items(), answers, strict=True):
            found = list(answer["aggregations"].values())
            # A shard that has more words than it was asked for may have left some out.
            is_whole = not any(each["sum_other_doc_count"] for each in found)
            if not is_whole and size < (most := _MOST // len(found)):
                self.lacking[key] = expansion, most
            else:
                self._kept[key] = _words(expansion, found, is_cut=not is_whole)


def _words(expansion: Expansion, found: Sequence[Mapping[str, Any]], *, is_cut: bool) -> Words:
    counts: dict[str, int] = {}
    for each in found:
        for bucket in each["buckets"]:
            word, count = bucket["key"], bucket["doc_count"]
            counts[word] = counts.get(word, 0) + count
    fitting = [word for word in counts if expansion.fits(word)]
    fitting.sort(key=lambda word: (-counts[word], word))
    return Words({word: counts[word] for word in fitting[: expansion.most]}, len(fitting), is_cut)


def _notice(expansion: Expansion, found: Words) -> str:
    more = "more than " if found.is_cut else ""
    return (
        f"{expansion.written} stands for {more}{found.distinct:,} words; only the {expansion.most:,} in most articles were "
        "searched, so articles may be missing"
    )
