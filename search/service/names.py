"""The people, organisations and places of an index: which there are, in how many articles, and how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from search.engines.protocol.engine import JoinedName, Searcher
from search.engines.protocol.facets import facet_key
from search.engines.protocol.request import SearchRequest
from search.model.article import Document, Entity
from search.model.question import FacetRequest, Selection
from search.query.tree import And, Query, Word
from search.text.words import tokens

#: The most frequent names of a kind that are looked at; an index with more says so.
MOST_NAMES = 500_000
#: The newest articles of a name whose forms are counted.
FORMS_OF = 50
#: The newest articles that are asked for names that have a form with the words of a text.
_ARTICLES_WITH_FORM = 200


class NameForm(NamedTuple):
    """Another way in which a name is written, and in how many of the articles that were looked at."""

    form: str
    articles: int


class ListedName(NamedTuple):
    """A name of the field ``field``, how many articles have it, and its other forms in the newest of them."""

    field: str
    name: str
    articles: int
    forms: tuple[NameForm, ...] = ()
    #: How many articles the forms were counted in, at most `FORMS_OF`.
    looked_at: int = 0
    #: Names that are counted under this one, and what this one is counted under.
    joined: tuple[JoinedName, ...] = ()


class NamesPage(NamedTuple):
    """A page of names, those that most articles have first."""

    names: tuple[ListedName, ...]
    #: How many there are in all.
    total: int
    page: int
    page_size: int
    #: Sentences for the person who asked: which limit was reached.
    notices: tuple[str, ...] = ()


def names_page(
    engine: Searcher,
    request: SearchRequest,
    fields: Sequence[str],
    text: str,
    page: int,
    page_size: int,
) -> NamesPage:
    """Return the names in *fields*, of entities, that the articles of *request* have and *text* is a part of; "" is of all.

    A name that has a form with all words of *text* is among them too, as far as the newest articles with it tell.
    Raises as `Searcher.search`.
    """
    found: list[ListedName] = []
    notices: list[str] = []
    is_wanted = _has_words(text)
    for field in fields:
        counts = engine.facets(_counting(request, FacetRequest(field, MOST_NAMES)))[field]
        by_form = _by_form(engine, request, field, text, is_wanted) if text.strip() else set()
        if by_form and not request.as_written:
            by_form |= _counted_under(engine, field, by_form)
        found += [
            ListedName(field, value.value, value.count)
            for value in counts.values
            if value.count and (is_wanted(value.value) or facet_key(value.value) in by_form)
        ]
        if counts.other:
            many = engine.fields[field].many
            notices.append(f"only the {MOST_NAMES:,} most frequent {many} were looked at")
    found.sort(key=lambda listed: (-listed.articles, listed.name, listed.field))
    first = (page - 1) * page_size
    shown = [_with_forms(engine, request, each) for each in found[first : first + page_size]]
    return NamesPage(tuple(shown), len(found), page, page_size, tuple(notices))


def _counting(request: SearchRequest, *facets: FacetRequest) -> SearchRequest:
    return request._replace(facets=facets, histogram=None, limit=1, offset=0, counted=())


def _has_words(text: str) -> Callable[[str], bool]:
    """Return what says whether a name has each word of *text* in it, without case and accents."""
    words = facet_key(text).split()

    def has(name: str) -> bool:
        key = name.casefold() if name.isascii() else facet_key(name)
        return all(word in key for word in words)

    return has


def _newest(
    engine: Searcher, request: SearchRequest, most: int, tree: Query | None = None
) -> list[Document]:
    asked = request._replace(
        tree=request.tree if tree is None else And((request.tree, tree)),
        sort="newest", limit=most, offset=0, facets=(), histogram=None, counted=(), group=False,
    )  # fmt: skip
    return [hit.document for hit in engine.search(asked).hits]


def _entities(document: Document, engine: Searcher, field: str) -> tuple[Entity, ...]:
    entities: tuple[Entity, ...] = getattr(
        document.enrichment.entities, engine.fields[field].key, ()
    )
    return entities


def _by_form(
    engine: Searcher,
    request: SearchRequest,
    field: str,
    text: str,
    is_wanted: Callable[[str], bool],
) -> set[str]:
    """Return the keys of names in articles that are, or have a form, that *is_wanted*."""
    words = tuple(Word(form, field) for form in dict.fromkeys(tokens(text).forms))
    if not words:
        return set()
    return {
        facet_key(entity.name)
        for document in _newest(engine, request, _ARTICLES_WITH_FORM, And(words))
        for entity in _entities(document, engine, field)
        if any(map(is_wanted, (entity.name, *entity.forms)))
    }


def _counted_under(engine: Searcher, field: str, keys: set[str]) -> set[str]:
    """Return the keys of the names that those of *keys* are counted under."""
    return {
        facet_key(join.counts_for)
        for key in keys
        for join in engine.names_of(field, key)
        if facet_key(join.name) in keys
    }


def _with_forms(engine: Searcher, request: SearchRequest, listed: ListedName) -> ListedName:
    """Return *listed* with the forms that its newest articles have."""
    others = tuple(s for s in request.selections if s.field != listed.field)
    chosen = request._replace(selections=(*others, Selection(listed.field, (listed.name,))))
    joined = engine.names_of(listed.field, listed.name)
    keys = {facet_key(listed.name)}
    if not request.as_written:
        keys |= {facet_key(j.name) for j in joined if facet_key(j.counts_for) in keys}
    forms = Counter[str]()
    documents = _newest(engine, chosen, FORMS_OF)
    for document in documents:
        for entity in _entities(document, engine, listed.field):
            if facet_key(entity.name) in keys:
                forms.update({entity.name, *entity.forms} - {listed.name})
    ranked = sorted(forms.items(), key=lambda each: (-each[1], each[0]))
    found = tuple(NameForm(form, number) for form, number in ranked)
    return listed._replace(forms=found, looked_at=len(documents), joined=joined)
