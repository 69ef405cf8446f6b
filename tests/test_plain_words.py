"""Plain English: habits of phrase that a reader stumbles over, forbidden in code, comments, docs and messages."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import CHECKOUT


class Habit(NamedTuple):
    """What not to write, and what to write instead."""

    name: str
    pattern: str
    instead: str


#: docs/architecture.md, "Words". Matched without case; white space stands for any white space.
HABITS = (
    Habit("there-is-not", r"\bthere (?:is|are|was|were) not\b", "does not exist, is missing, is unknown"),
    Habit("that-there-is", r"\bthat there (?:is|are|was|were)\b", "name the thing: every facet, the index"),
    Habit("is-told", r"\b(?:is|are|was|were) told\b", "is reported, is shown, a note says"),
    Habit("dear", r"\bdear(?:er|est|ly)?\b", "costly, slow, takes much memory"),
    Habit("beside-that", r"\bbesides? (?:that|this|which|what)\b", "also, too, in addition"),
    Habit("behind", r"\bbehind\b(?! a proxy)", "after, under"),
    Habit("so-many", r"\bso many\b(?! that)", "that many, or the number"),
    Habit("half-as-long-again", r"\bas long again\b", "1.5 times as long"),
    Habit("as-of", r"\bas of grep\b", "as grep does"),
    Habit("for-want-of", r"\bfor want of\b", "because there is no, without"),
)  # fmt: skip

#: A parameter or loop variable of such a name says nothing about what it holds.
EMPTY_NAMES = {"one", "others", "some"}

#: Text that is not ours to change, and this file.
LEFT_OUT = ("seeds/", "search/enrich/entities/lists/", "LICENSE", "tests/test_plain_words.py")

SUFFIXES = {".py", ".c", ".h", ".md", ".html", ".css", ".cfg", ".toml", ".txt", ""}


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [
        name
        for name in listed
        if Path(name).suffix in SUFFIXES
        and not name.startswith(LEFT_OUT)
        and (CHECKOUT / name).is_file()
    ]


def habits_in(text: str) -> Iterator[str]:
    """Yield each habit found: its line, what was found, what to write instead."""
    for habit in HABITS:
        pattern = habit.pattern.replace(
            " ", r"(?:\s|#:?|\*)+"
        )  # over the end of a comment's line too
        for match in re.finditer(pattern, text, re.IGNORECASE):
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line}: {match[0]!r}; instead: {habit.instead}"


def empty_names_in(code: str) -> Iterator[str]:
    """Yield each parameter and loop variable that is called by an empty name."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.arg) and node.arg in EMPTY_NAMES:
            yield f"line {node.lineno}: parameter {node.arg}"
        targets = [node.target] if isinstance(node, ast.For | ast.comprehension) else []
        for target in targets:
            names = [n for n in ast.walk(target) if isinstance(n, ast.Name)]
            yield from (f"line {n.lineno}: variable {n.id}" for n in names if n.id in EMPTY_NAMES)


@pytest.mark.parametrize("name", files())
def test_words_are_plain(name: str) -> None:
    text = (CHECKOUT / name).read_text("utf-8")
    assert list(habits_in(text)) == []
    assert not name.endswith(".py") or list(empty_names_in(text)) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A name that there is not", "that-there-is"),
        ("# ids that there\n    # are not", "that-there-is"),
        ("where there is not one", "there-is-not"),
        ("An error is told.", "is-told"),
        ("too dear to ask", "dear"),
        ("Tells beside that whether", "beside-that"),
        ("what stands behind the colon", "behind"),
        ("in so many runs", "so-many"),
        ("takes half as long again", "half-as-long-again"),
        ("Exit status as of grep", "as-of"),
        ("for want of numpy", "for-want-of"),
    ],
)
def test_habit_is_found(text: str, name: str) -> None:
    [instead] = [habit.instead for habit in HABITS if habit.name == name]
    assert any(found.endswith(instead) for found in habits_in(text))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(one): ...", 1),
        ("lambda others: 0", 1),
        ("[some for some in x]", 1),
        ("for a, (one, b) in x: pass", 1),
        ("def f(first): one = 1", 0),
    ],
    ids=["parameter", "lambda", "comprehension", "tuple", "other-names"],
)
def test_empty_name_is_found(code: str, found: int) -> None:
    assert len(list(empty_names_in(code))) == found
