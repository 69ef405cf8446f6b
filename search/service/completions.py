"""What a query that is being typed may go on as: words, authors and entities of the index, each with what it finds then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.request import SearchRequest
from search.model.question import FacetRequest
from search.text.stems import stem
from search.text.words import fold

#: Longest text that is completed, in characters.
MAX_CHARS = 200
#: Words that are looked at, and words and names of each facet that are suggested.
_LOOKED_AT = 24
_WORDS = 4
_NAMES = 3


class Completion(NamedTuple):
    """A query that the typed one may become; ``kind`` is "word" or what one value of the field is called.

    ``completed`` is the word or name that is new in it, and ``articles`` how many the whole query finds.
    """

    query: str
    completed: str
    kind: str
    articles: int


class _Typed(NamedTuple):
    """The part of a query that is being typed, its field and what stands before both."""

    before: str
    field: str
    part: str
    is_quoted: bool


def completed(
    engine: Searcher, text: str, limit: int, count: Callable[[str], int]
) -> Iterator[Completion]:
    """Yield at most *limit* queries that begin as *text*; *count* returns how many articles a query finds.

    None that finds nothing, and none for a part of less than two letters. Words come before names. Raises as *engine* does.
    """
    if len(text) > MAX_CHARS:
        return
    typed = _typed(text)
    part = typed.part.strip()
    if len(part) < 2 and part.isascii():
        return
    given = 0
    for query, new, kind in _candidates(engine, typed, part, text.strip()):
        if given == limit:
            return
        if articles := count(query):
            given += 1
            yield Completion(query, new, kind, articles)


def _typed(text: str) -> _Typed:
    is_quoted = text.count('"') % 2 == 1
    start = text.rfind('"') if is_quoted else max(text.rfind(" "), text.rfind("(")) + 1
    before, part = text[:start], text[start + is_quoted :]
    field = ""
    if is_quoted:
        head, colon, _ = before.rpartition(":")
        if colon and before.endswith(":"):
            name_at = max(head.rfind(" "), head.rfind("("), head.rfind("-")) + 1
            before, field = head[:name_at], head[name_at:]
    else:
        if part.startswith("-"):
            before, part = before + "-", part[1:]
        name, colon, rest = part.partition(":")
        if colon:
            field, part = name, rest
    return _Typed(before, field.lower(), part, is_quoted)


def _candidates(
    engine: Searcher, typed: _Typed, part: str, whole: str
) -> Iterator[tuple[str, str, str]]:
    """Yield queries, what is new in each, and of which kind that is."""
    fields = engine.fields
    if typed.field:
        name = fields.names.get(typed.field, "")
        names = [f for f in fields.groups.get(name, (name,)) if f in fields.facets]
    else:
        names = list(fields.named)
        if not typed.is_quoted:
            for word in _words(engine, part):
                yield f"{typed.before}{word}", word, "word"
    seen = set()
    # First names that have all that was typed: "ron rea".
    parts = [("", whole)] if not typed.field and '"' not in whole and ":" not in whole else []
    for before, words in dict.fromkeys([*parts, (typed.before, part)]):
        for value, field in _names(engine, names, words):
            if (field, value) not in seen:
                seen.add((field, value))
                row_of_words = " ".join(value.replace('"', " ").split())
                yield f'{before}{field}:"{row_of_words}"', value, engine.fields[field].one


def _words(engine: Searcher, part: str) -> list[str]:
    """Return words that begin as *part*, one of each stem."""
    beginning = fold(part)
    if not beginning.isalnum():
        return []
    found: dict[str, str] = {}
    for word in engine.completions(beginning, _LOOKED_AT):
        if word != beginning:
            found.setdefault(stem(word), word)
    return list(found.values())[:_WORDS]


def _names(engine: Searcher, names: list[str], words: str) -> list[tuple[str, str]]:
    """Return names with words that begin as *words*, those in most articles first, each with its field."""
    facets = tuple(FacetRequest(name, _NAMES, words) for name in names)
    counts = engine.facets(SearchRequest(facets=facets, limit=0)) if facets else {}
    found = [
        (-value.count, value.value, name)
        for name, counted in counts.items()
        for value in counted.values
    ]
    return [(value, name) for _, value, name in sorted(found)]
