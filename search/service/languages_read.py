"""Of which languages the forms of a query's words are: what *read as* says where an index has several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from search.engines.protocol.engine import KnowsWords
from search.model.question import Question
from search.query.languages import languages_asked_for
from search.query.tree import Query, Word, walk
from search.text.stems import (
    ENGLISH,
    NO_STEMS,
    is_in_script_of,
    language_name,
    may_have_other_forms,
)

#: A language is named that has this share of the articles, or is asked for.
_NAMED_SHARE = 0.01


def languages_read(
    parts: Sequence[Query],
    question: Question,
    words: KnowsWords | None,
    stemmed: Collection[str],
) -> tuple[tuple[str, ...], ...]:
    """Return for each of *parts*, clauses of *question*, the names of the languages of whose forms it asks.

    *stemmed* are the fields whose words match in any form. None where it goes without saying, as hardly an article is in a second one, or the clause asks for nothing that
    has other forms in them.
    """
    nothing = ((),) * len(parts)
    counts = words.stem_languages() if words else {}
    asked = languages_asked_for(parts, question.selections)
    named = [each for each in _by_articles(counts) if each in asked] if asked else _named(counts)
    if len(counts) < 2 or (not asked and len(named) < 2):
        return nothing
    return tuple(
        tuple(language_name(each) for each in named if _has_forms(part, each, stemmed))
        for part in parts
    )


def languages_of(words: KnowsWords | None) -> tuple[str, ...]:
    """Return the languages that a hundredth of the articles are in or more, English in any case, the most frequent first."""
    counts = words.stem_languages() if words else {}
    return tuple(dict.fromkeys([*_named(counts), ENGLISH]))


def _named(counts: Mapping[str, int]) -> list[str]:
    least = _NAMED_SHARE * sum(counts.values())
    return [each for each in _by_articles(counts) if counts[each] >= least]


def _by_articles(counts: Mapping[str, int]) -> list[str]:
    """Return the languages that have stems, that of most articles first."""
    return sorted((each for each in counts if each != NO_STEMS), key=lambda each: -counts[each])


def _has_forms(part: Query, language: str, stemmed: Collection[str]) -> bool:
    """Whether a clause asks for a word in other forms, of which *language* may have some."""
    return any(
        isinstance(node, Word)
        and not node.exact
        and (node.field is None or node.field in stemmed)
        and may_have_other_forms(node.form, language)
        and is_in_script_of(language, node.form)
        for node in walk(part, negated=False)
    )
