"""Clauses as they were typed, and queries without one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.parser import parse
from search.query.render import render
from search.query.tree import And, Everything, Group, clauses, joined
from search.query.typed import clauses_typed, text_without
from tests.support.trees import trees


def typed(text):
    return clauses_typed(text, parse(text).tree)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Harbour  Strike", ("Harbour", "Strike")),
        ('"Port Authority" -Football', ('"Port Authority"', "-Football")),
        ("(a OR b) c", ("(a OR b)", "c")),
        ("a AND (b c)", ("a", "(b c)")),
        ("title:(Oil Gas) date:2026-05", ("title:(Oil Gas)", "date:2026-05")),
        ("NOT x  y NEAR/3 z", ("NOT x", "y NEAR/3 z")),
        ("COVID-19", ("COVID-19",)),
        ("*", ()),
        ("", ()),
    ],
    ids=str,
)
def test_a_clause_is_what_was_typed(text, expected):
    assert typed(text) == expected


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("Harbour Strike fog", 1, "Harbour fog"),
        ("a AND b AND c", 0, "b AND c"),
        ("a AND b", 1, "a"),
        ("title:(Oil Gas) fog", 0, "fog"),
        ("fog", 0, ""),
    ],
    ids=str,
)
def test_the_others_stay_as_typed(text, number, expected):
    assert text_without(parse(text).tree, typed(text), number) == expected


@given(tree=trees(), data=st.data())
def test_without_one_the_others_are_read_as_before(tree, data):
    text = render(tree)
    tree = parse(text).tree
    parts, found = clauses(tree), typed(text)
    assert len(parts) == len(found)
    for part, alone in zip(parts, found, strict=True):
        assert parse(alone).tree == part
    if parts:
        number = data.draw(st.integers(0, len(parts) - 1))
        others = [part for at, part in enumerate(parts) if at != number]
        kind = And if isinstance(tree, And) else Group
        left = parse(text_without(tree, found, number)).tree
        assert left == (joined(kind, others) or Everything())
