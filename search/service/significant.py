"""Which words the articles found have more than others, and the questions that narrow a search to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetCounts, facet_key
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import SearchResult, SignificantWord, not_known
from search.model.fields import FieldTable
from search.model.question import FacetRequest, Question
from search.query.render import render
from search.query.tree import And, Near, Or, Query, Word
from search.service.written import written_by

#: Words asked for beyond those wanted: as many can be left out because they are of names.
SPARE = 20
#: Values of a facet of names that words are compared with.
NAMES = 20


#: What is said where an index has no column of the heaviest words.
NOT_KNOWN = not_known("it is not said which words are significant")


class Narrowing(NamedTuple):
    """A significant word as articles write it; of how many articles found and of the index; the question that narrows to it."""

    word: str
    articles: int
    everywhere: int
    question: Question


class Significant(NamedTuple):
    """Words that the articles found have more often than others, the most significant first, and how many articles were looked at."""

    words: tuple[Narrowing, ...]
    looked_at: int
    #: Names, as facets have them, whose words are not repeated.
    names: tuple[str, ...] = ()


def significant_of(
    engine: Searcher,
    fields: FieldTable,
    question: Question,
    request: SearchRequest,
    found: SearchResult,
) -> Significant:
    """Return the significant words of what was *found*, whose engine gave some; those of names that facets have left out.

    *question* reads as *request*.
    """
    assert found.significant is not None  # noqa: S101
    names_of = fields.named
    facets: Mapping[str, FacetCounts] = found.facets
    if found.significant.words and not all(name in facets for name in names_of):
        wanted = tuple(FacetRequest(name, NAMES) for name in names_of)
        facets = engine.facets(request._replace(facets=wanted, counted=(), histogram=None))
    names = [
        (set(facet_key(value.value).split()), value)
        for name in names_of
        for value in (facets[name].values if name in facets else ())
    ]
    words: list[SignificantWord] = []
    left_out: dict[str, None] = {}
    for word in found.significant.words:
        of_names = [
            v.value for own, v in names if word.word in own and 2 * v.count >= word.articles
        ]
        left_out.update(dict.fromkeys(of_names))
        if not of_names:
            words.append(word)
    words = words[: question.significant]
    written = written_by(engine, request, found.hits, [word.word for word in words])
    return Significant(
        tuple(
            Narrowing(
                written[word.word],
                word.articles,
                word.everywhere,
                narrowed(question, request.tree, word.word),
            )
            for word in words
        ),
        found.significant.looked_at,
        tuple(left_out),
    )


def narrowed(question: Question, tree: Query, word: str) -> Question:
    """Return *question*, whose text reads as *tree*, at page 1, of the articles alone that have *word* too."""
    text, added = question.text.strip(), render(Word(word))
    if text:
        is_list = question.match == "all" and not isinstance(tree, And | Or | Near)
        added = f"{text} {added}" if is_list else f"({text}) AND {added}"
    return question._replace(text=added, page=1)
