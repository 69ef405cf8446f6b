"""What an answer says of names that are counted as one: nothing is joined in silence, and all of it can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search.engines.protocol.engine import JoinedName, Searcher
from search.engines.protocol.facets import facet_key
from search.engines.protocol.request import SearchRequest
from search.model.question import Question, Selection
from search.query.tree import Not, Phrase, Query, Word
from search.service.answer import OfNames, Suggestion
from search.service.naming import listed

#: Names that one sentence gives, and clauses of a query that are looked at.
_MAX_NAMED, _MAX_CLAUSES = 3, 8


def of_names(
    engine: Searcher, question: Question, request: SearchRequest, clauses: Sequence[Query]
) -> OfNames:
    """Return what is to be said of the names that *question* chooses, and that *clauses* of its text search for.

    *request* is the one that it makes. Raises as `Searcher.search`.
    """
    if not question.joined:
        return OfNames()
    notices: list[str] = []
    beyond: list[Suggestion] = []
    for selection in question.selections:
        if engine.fields[selection.field].is_entity:
            for value in selection.values:
                notices += _chosen(engine, selection.field, value)
    if notices:
        apart = question._replace(joined=False, page=1)
        total = engine.count(request._replace(as_written=True))
        if total:
            beyond.append(Suggestion("the same with names as they are written", apart, total))
    for field, clause, text in _asked(engine, clauses[:_MAX_CLAUSES]):
        joins = [j for j in engine.names_of(field, text) if facet_key(j.counts_for) == text]
        if not joins:
            continue
        name = joins[0].counts_for
        selections = (Selection(field, (name,)),)
        more = engine.count(SearchRequest(tree=Not(clause), selections=selections))
        if more:
            forms = listed([f"“{join.name}”" for join in joins], _MAX_NAMED)
            notices.append(f"{_articles(more)} more count for “{name}” and have only {forms}")
            total = engine.count(SearchRequest(selections=selections))
            all_of_it = f"all that counts for “{name}”"
            beyond.append(Suggestion(all_of_it, Question(selections=selections), total))
    return OfNames(tuple(notices), tuple(beyond))


def not_looked_for(engine: Searcher) -> tuple[str, ...]:
    """Return a sentence on the articles in which no tagger has looked for names; none where it has in all."""
    stats = engine.stats()
    without = sum(tagged.articles for tagged in stats.tagged if tagged.tagger == "")
    if not without:
        return ()
    where = f"{without:,} of {_articles(stats.articles)}"
    return (f"names were not looked for in {where if without < stats.articles else 'any article'}",)


def asks_for_names(engine: Searcher, question: Question, clauses: Sequence[Query]) -> bool:
    """Whether *question* chooses an entity, or *clauses* of its text search for one."""
    chosen = any(engine.fields[selection.field].is_entity for selection in question.selections)
    return chosen or next(_asked(engine, clauses), None) is not None


def are_counted_elsewhere(engine: Searcher, field: str, name: str) -> bool:
    """Whether choosing a *name* that counts for another leaves out the articles of it that are counted there.

    Where all of them are counted there, choosing it finds all of them. Raises as `Searcher.count`.
    """
    request = SearchRequest(selections=(Selection(field, (name,)),))
    return engine.count(request) < engine.count(request._replace(as_written=True))


def _chosen(engine: Searcher, field: str, value: str) -> Iterator[str]:
    """Yield what is to be said where *value* is chosen."""
    joins = engine.names_of(field, value)
    key = facet_key(value)
    counted = [join for join in joins if facet_key(join.counts_for) == key]
    if counted:
        forms = [f"“{join.name}” ({_where(join)})" for join in counted]
        yield f"“{counted[0].counts_for}” counts also {listed(forms, _MAX_NAMED)}"
    elsewhere = [j for j in joins if facet_key(j.counts_for) != key and facet_key(j.name) == key]
    if elsewhere:
        others = are_counted_elsewhere(engine, field, value)
        here = "the others" if others else "the articles that have it so"
    for join in elsewhere:
        yield f"“{join.name}” counts for “{join.counts_for}” ({_where(join)}); here are {here}"


def _where(join: JoinedName) -> str:
    """Return in how many articles a name is joined, and when."""
    months = [f"{day:%Y-%m}" for day in (join.first, join.last) if day is not None]
    when = " to ".join(dict.fromkeys(months))
    return ", ".join(filter(None, (_articles(join.articles), when)))


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number:,} articles"


def _asked(engine: Searcher, clauses: Sequence[Query]) -> Iterator[tuple[str, Query, str]]:
    """Yield the facet of entities, the clause and the key of the name, of each clause that asks for one by its words."""
    for clause in clauses:
        if not isinstance(clause, Word | Phrase) or clause.field is None:
            continue
        text = clause.form if isinstance(clause, Word) else " ".join(clause.forms)
        for field in engine.fields.groups.get(clause.field, (clause.field,)):
            if engine.fields[field].is_entity and field in engine.fields.facets:
                yield field, clause, text
