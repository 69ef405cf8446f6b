"""Going over a query tree: what is visited in which order, and what is left of a tree that is changed."""

from __future__ import annotations

import pytest
from hypothesis import given

from search.query.parser import parse
from search.query.render import render
from search.query.tree import Not, Query, Word, rewrite, walk
from tests.support.trees import trees


def words_of(text: str, *, negated: bool = True) -> str:
    nodes = walk(parse(text).tree, negated=negated)
    return " ".join(node.form for node in nodes if isinstance(node, Word))


@pytest.mark.parametrize(
    ("text", "everything", "not_negated"),
    [
        ("a", "a", "a"),
        ("a b (c OR d AND e)", "a b c d e", "a b c d e"),
        ("a -b", "a b", "a"),
        ("a -(b c -d) e", "a b c d e", "a e"),
        ("NOT NOT a", "a", ""),
        ("a NEAR/5 b c", "c", "c"),
    ],
    ids=["a word", "nested", "negated", "negated twice over", "double negation", "near is one clause"],
)  # fmt: skip
def test_walk_visits_each_clause_in_order(text: str, everything: str, not_negated: str) -> None:
    assert words_of(text) == everything
    assert words_of(text, negated=False) == not_negated


def test_walk_goes_deeper_than_calls_may() -> None:
    tree: Query = Word("a")
    for _ in range(10_000):
        tree = Not(tree)
    assert sum(1 for _ in walk(tree)) == 10_001


def drop(*forms: str) -> object:
    return lambda leaf: None if isinstance(leaf, Word) and leaf.form in forms else leaf


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c", "a c"),
        ("a b", "a"),
        ("b", None),
        ("b AND (b OR b)", None),
        ("(a OR b) c -b", "a c"),
        ("(a AND b AND d) OR -(a b)", "a AND d OR -a"),
        ("a (b NEAR/5 c)", "a (b NEAR/5 c)"),
    ],
)
def test_rewrite_leaves_out_what_is_none(text: str, expected: str | None) -> None:
    changed = rewrite(parse(text).tree, drop("b"))  # type: ignore[arg-type]
    assert changed == (None if expected is None else parse(expected).tree)


def test_rewrite_puts_another_clause_in_the_place() -> None:
    tree = parse("kyiw OR -(kyiw nato)").tree
    changed = rewrite(tree, lambda leaf: Word("kyiv") if leaf == Word("kyiw") else leaf)
    assert changed is not None
    assert render(changed) == "kyiv OR -(kyiv nato)"


@given(trees())
def test_a_tree_rewritten_without_a_change_is_equal(tree: Query) -> None:
    assert rewrite(tree, lambda leaf: leaf) == tree
