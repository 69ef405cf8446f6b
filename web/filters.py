"""What narrows a question: filters put on it and taken off, and each of them in words."""

from __future__ import annotations

from collections.abc import Iterator

from search.engines.protocol.facets import facet_key
from search.model.fields import FIELDS, FieldTable
from search.model.question import Question, Selection
from search.service.naming import with_article
from web import wording


def _less(chosen: tuple[Selection, ...], field: str, value: str) -> tuple[Selection, ...]:
    """Return the selections *chosen* but for what in *field* means *value*."""
    key = facet_key(value)
    selections = []
    for selection in chosen:
        values = selection.values
        if selection.field == field:
            values = tuple(v for v in values if facet_key(v) != key)
        if values:
            selections.append(Selection(selection.field, values))
    return tuple(selections)


def _more(
    chosen: tuple[Selection, ...], field: str, value: str, fields: FieldTable
) -> tuple[Selection, ...]:
    """Return the selections *chosen*, in the order of *fields*, and *value* in *field*."""
    values = {s.field: s.values for s in _less(chosen, field, value)}
    values[field] = (*values.get(field, ()), value)
    return tuple(Selection(name, values[name]) for name in fields.choices if name in values)


def deselect(question: Question, field: str, value: str) -> Question:
    """Return *question*, at page 1, with no selection in *field* that means *value*."""
    return question._replace(selections=_less(question.selections, field, value), page=1)


def leave_out(question: Question, field: str, value: str, fields: FieldTable = FIELDS) -> Question:
    """Return *question*, at page 1, without articles that have *value* in *field*, which is not selected any more."""
    excluded = _more(question.excluded, field, value, fields)
    return deselect(question, field, value)._replace(excluded=excluded)


def take_back(question: Question, field: str, value: str) -> Question:
    """Return *question*, at page 1, that does not leave out articles that have *value* in *field*."""
    return question._replace(excluded=_less(question.excluded, field, value), page=1)


def select(question: Question, field: str, value: str, fields: FieldTable = FIELDS) -> Question:
    """Return *question*, at page 1, with *value* selected in *field* in addition to what is selected."""
    selections = _more(question.selections, field, value, fields)
    return take_back(question, field, value)._replace(selections=selections)


def select_missing(question: Question, field: str) -> Question:
    """Return *question*, at page 1, with articles without a value in *field* in addition to what is selected there."""
    return question._replace(without=(*question.without, field), page=1)


def deselect_missing(question: Question, field: str) -> Question:
    """Return *question*, at page 1, that does not ask for articles without a value in *field*."""
    without = tuple(name for name in question.without if name != field)
    return question._replace(without=without, page=1)


def each_filter(
    question: Question, fields: FieldTable = FIELDS
) -> Iterator[tuple[tuple[str, str], Question]]:
    """Yield for every filter of *question* its name and value for a person, and the question without it, at page 1."""
    for selection in question.selections:
        for value in selection.values:
            row = fields[selection.field]
            label = wording.value_label(row, value)
            yield (row.one, label), deselect(question, selection.field, value)
    for out in question.excluded:
        for value in out.values:
            row = fields[out.field]
            label = wording.value_label(row, value)
            yield (f"without {row.one}", label), take_back(question, out.field, value)
    for field in question.without:
        yield ("without", with_article(fields[field].one)), deselect_missing(question, field)
    if question.start or question.end:
        words = wording.dates_in_words(question.start, question.end)
        yield ("dates", words), question._replace(start="", end="", page=1)
    if question.added_from or question.added_to:
        words = wording.dates_in_words(question.added_from, question.added_to)
        yield ("came", words), question._replace(added_from="", added_to="", page=1)
    if not question.joined:
        yield ("names", "as written"), question._replace(joined=True, page=1)
    if not question.synonyms:
        yield ("synonyms", "none"), question._replace(synonyms=True, page=1)
    if question.diverse is False:
        yield ("first ten", "of any source"), question._replace(diverse=None, page=1)
    if question.recency:
        yield ("recency", question.recency), question._replace(recency="", page=1)


def title_of(question: Question, fields: FieldTable = FIELDS) -> str:
    """Return in words what is asked for, as the title of a feed."""
    text = question.text.strip() or "All articles"
    return " · ".join([text, *(f"{n}: {v}" for (n, v), _ in each_filter(question, fields))])
