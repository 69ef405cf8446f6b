"""A query tree as query text: what `search.query.parser` would read as that tree."""

from __future__ import annotations

import itertools

from search.query.tree import (
    And,
    Bound,
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
)
from search.text.words import is_unspaced


def render(tree: Query) -> str:
    """Return *tree* in the query language, each inner group in brackets of its own.

    Parsing the result in the same time zone gives an equal tree, of an `Either` an `Or`. It can be longer than the text that was typed:
    moments are written in UTC, a field before brackets on each of the words in them.
    """
    match tree:
        case Group(children):
            return " ".join(map(_part, children))
        case And(children):
            return " AND ".join(map(_part, children))
        case Or(children) | Either(children):
            return " OR ".join(map(_part, children))
        case Not(child):
            return ("NOT " if isinstance(child, Not) else "-") + _part(child)
        case DateRange(start, end):
            return _render_dates(start, end)
        case HasValue(field):
            return f"{field}:*"
        case Everything():
            return "*"
        case _:
            text = _render_words(tree)
            return f"{tree.field}:{text}" if tree.field else text


def _part(child: Query) -> str:
    """Return *child* as a part of something larger."""
    match child:
        case Group() | And() | Or() | Either() | Near(field=None):
            return f"({render(child)})"
        case _:
            return render(child)


def _render_words(leaf: Word | Phrase | Near | Wildcard | Fuzzy) -> str:
    """Return *leaf* without its field."""
    match leaf:
        case Word(form, exact=exact):
            return f'"{form}"' if exact else form
        case Phrase(forms, slop, exact=True):
            return f'"{_in_a_row(forms, " ")}"' + (f"~{slop}" if slop else "")
        case Phrase(forms):
            return _in_a_row(forms, "-")
        case Near(left, right, distance):
            pair = f"{_render_words(left)} NEAR/{distance} {_render_words(right)}"
            return f"({pair})" if leaf.field else pair
        case Wildcard(pattern):
            return pattern
        case Fuzzy(form, edits):
            return f"{form}~{edits}"


def _in_a_row(forms: tuple[str, ...], separator: str) -> str:
    """Return *forms* with a separator between; pairs of an unspaced script become the run they are of."""
    text = forms[0]
    for before, form in itertools.pairwise(forms):
        if len(before) == len(form) == 2 and is_unspaced(before) and before[1] == form[0]:
            text += form[1]
        else:
            text += separator + form
    return text


def _render_dates(start: Bound | None, end: Bound | None) -> str:
    from search.query.dates import written, written_range  # needed by few queries

    if start is not None and end is not None:
        return f"date:{written_range(start, end)}"
    if start is not None:
        return f"after:{written(start)}"
    return f"before:{written(end)}" if end is not None else "date:*"
