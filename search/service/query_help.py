"""The query language by examples that this very index answers, each with what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from search.engines.protocol.engine import Searcher
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.model.errors import QueryError
from search.query.context import ParseContext
from search.query.parser import parse
from search.query.tree import Query
from search.service.answer import HomePage
from search.service.examples import name_pairs, telling_words
from search.text.words import fold

#: Letters of words that are too short to show a pattern by.
_SHORT = 4
#: Words that are tried for one example.
_TRIED = 12


class HelpRow(NamedTuple):
    """A query, what it asks for, and how many articles it finds; None where the index has nothing to show it by."""

    query: str
    means: str
    articles: int | None = None


class HelpPart(NamedTuple):
    """A part of the query language: what it is about, a sentence on it, and examples."""

    title: str
    says: str
    rows: tuple[HelpRow, ...]


class _Row(NamedTuple):
    """What an example means, how it looks where the index has nothing for it, and queries of which the best is shown.

    Where none of them finds anything the best of *otherwise* is.
    """

    means: str
    form: str
    queries: Sequence[str]
    otherwise: Sequence[str] = ()


def help_parts(engine: Searcher, home: HomePage, context: ParseContext) -> tuple[HelpPart, ...]:
    """Return the query language in parts; the examples are made of the newest articles and the facets of *home*."""
    named = list(name_pairs(home.facets))
    told = [pair for hit in home.newest for pair in combinations(telling_words(hit.article), 2)]
    counts = _counts(engine, context, [" ".join(pair) for pair in named + told])
    found, found_named = (
        [pair for pair in pairs if counts.get(" ".join(pair))] for pairs in (named + told, named)
    )
    # Names are what people ask for; of longer words patterns can be shown.
    best = max(
        _long(found_named) or _long(found) or found or told,
        key=lambda pair: counts.get(" ".join(pair), 0),
        default=None,
    )
    parts = tuple(_parts(home, best, told))
    counts = _counts(
        engine,
        context,
        [q for _, _, rows in parts for row in rows for q in (*row.queries, *row.otherwise)],
    )
    return tuple(
        HelpPart(title, says, tuple(_shown(row, counts) for row in rows))
        for title, says, rows in parts
    )


def _long(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if min(map(len, pair)) > _SHORT]


def help_forms() -> tuple[HelpPart, ...]:
    """Return the same without an index: the forms alone."""
    return tuple(
        HelpPart(title, says, tuple(HelpRow(row.form, row.means) for row in rows))
        for title, says, rows in _parts(None, None)
    )


def _shown(row: _Row, counts: Mapping[str, int]) -> HelpRow:
    for queries in (row.queries, row.otherwise):
        best = max(queries, key=lambda query: counts.get(query, 0), default="")
        if counts.get(best):
            return HelpRow(best, row.means, counts[best])
    return HelpRow(row.form, row.means)


def _counts(engine: Searcher, context: ParseContext, queries: Sequence[str]) -> dict[str, int]:
    """Return how many articles each of *queries* finds; what cannot be read is left out."""
    trees: dict[str, Query] = {}
    for query in dict.fromkeys(queries):
        try:
            trees[query] = parse(query, context).tree
        except QueryError:  # a name with signs of the language in it, say
            continue
    if not trees:
        return {}
    counted = tuple(trees.values())
    found = engine.search(SearchRequest(tree=counted[0], limit=0, counted=counted)).counts
    return dict(zip(trees, found, strict=True))


def _parts(
    home: HomePage | None,
    pair: tuple[str, str] | None,
    told: Sequence[tuple[str, str]] = (),
) -> Iterator[tuple[str, str, tuple[_Row, ...]]]:
    """Yield title, sentence and rows of each part; *pair* are two words that articles have together, *told* such of titles."""
    facets: Mapping[str, FacetCounts] = {} if home is None else home.facets
    a, b = pair or ("", "")
    # Long words say more than short ones.
    longest = sorted(_long(told), key=lambda words: -len("".join(words)))[:_TRIED]
    # Whatever is not there gives no query.
    words = [f"{a} {b}"] if pair else []

    def of(form: str) -> list[str]:
        return [form.replace("ONE", a).replace("TWO", b)] if pair else []

    def names(*fields: str, with_: str = "") -> list[str]:
        return [
            value.value
            for field in fields
            if field in facets
            for value in facets[field].values
            if with_ in value.value and '"' not in value.value
        ]

    def said(field: str) -> list[str]:
        return [f'{field}:"{name}"' for name in names(field)[:3]]

    yield (
        "Words",
        "Case and accents do not matter, and other forms of a word count too: strike finds strikes.",
        (
            _Row("both words", "ONE TWO", words),
            _Row("either word", "ONE OR TWO", of("ONE OR TWO")),
            _Row("the first without the second", "ONE -TWO", of("ONE -TWO") + of("TWO -ONE")),
            _Row("brackets hold together", "(ONE OR TWO) THREE", *_bracketed(home, pair)),
        ),
    )
    phrases = [f'"{name}"' for name in names("org", "person", "place", with_=" ")]
    yield (
        "Phrases",
        "Quotation marks ask for exactly these words.",
        (
            _Row("in a row", '"ONE TWO"', phrases + of('"ONE TWO"')),
            _Row(
                "in this order, with at most three words between",
                '"ONE TWO"~3',
                [f"{phrase}~3" for phrase in phrases] + of('"ONE TWO"~3'),
            ),
            _Row("in this form only", '"ONE"', of('"ONE"')),
            _Row(
                "within five words, in either order",
                "ONE NEAR/5 TWO",
                of("ONE NEAR/5 TWO"),
                [" NEAR/5 ".join(words) for words in longest],
            ),
        ),
    )
    both = [f"{p} {o}" for p in said("place") for o in said("org")]
    yield (
        "Fields",
        "A name and a colon; the value follows directly, in quotation marks where it has several words.",
        (
            _Row("in the headline", "title:WORD", of("title:ONE") + of("title:TWO")),
            _Row("by an author", 'author:"NAME"', said("author")),
            _Row("without any author", "-author:*", ["-author:*"] if facets else []),
            _Row("someone named in the text", 'person:"NAME"', said("person")),
            _Row("a place and an organisation", 'place:"NAME" org:"NAME"', both),
            _Row("of a source", 'source:"NAME"', said("source")),
            _Row("in a section", 'section:"NAME"', said("section")),
            _Row("on a topic", 'topic:"NAME"', said("topic")),
            _Row("in a language", "lang:de", [f"lang:{name}" for name in names("lang")[-1:]]),
        ),
    )
    days = (
        []
        if home is None
        else [
            (hit.article.published, hit.article.published_precision)
            for hit in home.newest
            if hit.article.published
        ]
    )
    exact = [f"{day:%Y-%m-%d}" for day, precision in days if precision not in ("year", "month")]
    months = [f"{day:%Y-%m}" for day, precision in days if precision != "year"]
    yield (
        "Dates",
        "Years, months, days, and what people call them: today, yesterday, P7D for seven days.",
        (
            _Row("a year", "date:2026", [f"date:{day:%Y}" for day, _ in days]),
            _Row("a month", "date:2026-05", [f"date:{month}" for month in months]),
            _Row("from one day to another", "date:2026-05-01..2026-05-14", _ranges(home)),
            _Row("from a day on", "after:2026-05-01", [f"after:{day}" for day in exact[-1:]]),
            _Row("a month and a word", "date:2026-05 WORD", [f"date:{m} {a}" for m in months if a]),
        ),
    )
    yield (
        "Patterns",
        "For endings, beginnings and spelling.",
        (
            _Row("any ending", "BEGIN*", [f"{a[:4]}*"] if a else []),
            _Row("any beginning", "*END", [f"*{a[-4:]}"] if a else []),
            _Row("any one letter", "W?RD", [f"{a[:1]}?{a[2:]}"] if len(a) > 3 else []),
            _Row("one letter off", "WORD~1", [f"{a[:-1]}~1"] if len(a) > 4 else []),
        ),
    )


def _bracketed(home: HomePage | None, pair: tuple[str, str] | None) -> tuple[list[str], list[str]]:
    """Return queries with brackets of *pair* and another name, and those of it and another word of a title."""
    if home is None or pair is None:
        return [], []
    a, b = pair
    used = {fold(word) for word in pair}

    def beside(words: Iterable[str]) -> list[str]:
        unused = [word for word in dict.fromkeys(words) if fold(word) not in used]
        return [f"({a} OR {word}) {b}" for word in unused[:_TRIED]]

    return (
        beside(name for name, with_it in name_pairs(home.facets) if with_it == b),
        beside(word for hit in home.newest for word in telling_words(hit.article)),
    )


def _ranges(home: HomePage | None) -> list[str]:
    """Return the time from the first article to the last."""
    if home is None or home.stats.oldest is None or home.stats.newest is None:
        return []
    return [f"date:{home.stats.oldest.published:%Y-%m-%d}..{home.stats.newest.published:%Y-%m-%d}"]
