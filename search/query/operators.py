"""Operators or words? Headlines in capitals, and words in lower case that look like operators."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from search.query.lexer import OPERATORS, Lexeme, QueryText
from search.query.tree import Group, Not, Or, Query, Word, joined

#: Words and signs. A longer text is a sentence, not a query in which somebody meant an operator.
_MAX_HINTED = 6
_OPERANDS = ("word", "chunk", "quote")
#: All that a headline is made of.
_OF_HEADLINES = ("word", "chunk", *OPERATORS)


def read_headline(text: QueryText, found: list[Lexeme]) -> tuple[list[Lexeme], list[str]]:
    """Return the lexemes of *text* with the operators as words where it is a headline, and a notice about them.

    A headline has no other signs of the language, is all in capitals, and has words side by side: in the archives of
    agencies they look so, while ``NATO OR EU`` is a question. A word in capitals may have a letter or two that are
    not, as ``McDONALD``. Filters such as ``date:1987`` may stand before and after it.
    """
    core = _between_filters(found[:-1])
    if not core or not all(_can_be_in_one(lexeme) for lexeme in core):
        return found, []
    words = [lexeme for lexeme in core if lexeme.kind not in OPERATORS]
    letters = [_capitals(text.plain[word.start : word.end]) for word in words]
    if not any(upper for upper, _ in letters) or any(
        lower >= upper for upper, lower in letters if lower
    ):
        return found, []
    names = list(dict.fromkeys(lexeme.kind for lexeme in core if lexeme.kind in OPERATORS))
    kinds = [lexeme.kind in OPERATORS for lexeme in core]
    if not any(not first and not second for first, second in itertools.pairwise(kinds)):
        if "NOT" not in names:
            return found, []
        message = "NOT was read as an operator, which leaves out what follows; as a word it is written in lower case"
        return found, [text.about(message)]
    read = [
        Lexeme("chunk", lexeme.start, lexeme.end) if lexeme.kind in OPERATORS else lexeme
        for lexeme in found
    ]
    said = (
        f"{' and '.join(names)} {'was read as a word' if len(names) == 1 else 'were read as words'}"
    )
    message = f"{said}, as all of the query is in capitals; for an operator write the other words in lower case"
    return read, [text.about(message)]


def _between_filters(found: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """Return *found* without the clauses at its ends that name a field; nothing where an operator joins one to the rest."""
    start, end = 0, len(found)
    while (width := _filter_at(found, start)) and start + width <= end:
        start += width
    while end - start > 1 and found[end - 2].kind == "field" and found[end - 1].kind in _OPERANDS:
        end -= 3 if end - 3 >= start and found[end - 3].kind == "-" else 2
    core = found[start:end]
    is_joined = (start and core and core[0].kind in OPERATORS) or (
        end < len(found) and core and core[-1].kind in OPERATORS
    )
    return () if is_joined else core


def _filter_at(found: Sequence[Lexeme], at: int) -> int:
    """Return of how many lexemes the clause at *at* is made if it names a field, else 0."""
    kinds = [lexeme.kind for lexeme in found[at : at + 3]]
    minus = kinds[:1] == ["-"]
    has_field = kinds[minus : minus + 1] == ["field"]
    return (
        minus + 2 if has_field and kinds[minus + 1 :][:1] and kinds[minus + 1] in _OPERANDS else 0
    )


def _can_be_in_one(lexeme: Lexeme) -> bool:
    return lexeme.kind in _OF_HEADLINES and not (lexeme.kind == "NEAR" and lexeme.value is not None)


def _capitals(typed: str) -> tuple[int, int]:
    """Return how many letters of *typed* are capitals, and how many are not but could be."""
    return sum(map(str.isupper, typed)), sum(map(str.islower, typed))


def hints(text: QueryText, found: Sequence[Lexeme]) -> list[str]:
    """Return how operators are written where *found* has and, or, not in lower case between others."""
    if sum(lexeme.kind not in ("(", ")", "") for lexeme in found) > _MAX_HINTED:
        return []
    said = {}
    for before, lexeme, after in zip(found, found[1:], found[2:], strict=False):
        word = lexeme.value or ""
        typed = text.raw[lexeme.start : lexeme.end]
        if lexeme.kind != "word" or typed not in _HINTS or word in said:
            continue
        is_between = before.kind in (*_OPERANDS, ")") and after.kind in (
            *_OPERANDS,
            "(",
            "-",
            "field",
        )
        # In "to be or not to be" neither is meant as one; in "oil and not gas" the second may be.
        others = {before.value, after.value} & set(_HINTS)
        if is_between and (not others or (word, before.value) == ("not", "and")):
            said[word] = text.about(_HINTS[word])
    return list(said.values())


def with_operators(tree: Query) -> tuple[Query, tuple[str, ...]]:
    """Return *tree* with the words and, or, not between others as operators, and which of them it has."""
    if not isinstance(tree, Group):
        return tree, ()
    found: list[Query] = []
    names: list[str] = []
    waiting = list(reversed(tree.children))
    while waiting:
        clause = waiting.pop()
        name = _name_of(clause)
        if name == "AND" and waiting and _name_of(waiting[-1]) == "NOT":
            clause, name = waiting.pop(), "NOT"  # which says it all
        if not name or not found or not waiting or _name_of(waiting[-1]):
            found.append(clause)
            continue
        names.append(name)
        after = waiting.pop()
        if name == "OR":
            before = found.pop()
            alternatives = before.children if isinstance(before, Or) else (before,)
            found.append(Or((*alternatives, after)))
        else:
            found.append(Not(after) if name == "NOT" else after)
    return joined(Group, found) or tree, tuple(dict.fromkeys(names))


def _name_of(clause: Query) -> str:
    """Return the operator that a word looks like, "" for any other clause."""
    is_word = isinstance(clause, Word) and clause.field is None and not clause.exact
    return clause.form.upper() if is_word and clause.form in _HINTS else ""  # type: ignore[union-attr]


_HINTS = {
    "and": "'and' was searched as a word; to ask for both sides of it write AND in capitals",
    "or": "'or' was searched as a word; to ask for either side of it write OR in capitals",
    "not": "'not' was searched as a word; to leave out what follows write NOT in capitals, or a minus right before it",
}
