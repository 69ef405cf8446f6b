"""Synonyms of the words of a query: looked for too, shown, and weighing less than what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from search.query.parser import Parsed
from search.query.synonyms_file import Forms, SynonymTable
from search.query.tree import (
    And,
    Group,
    Or,
    Phrase,
    Query,
    Synonyms,
    Word,
    as_read,
    joined,
    walk,
)

#: Synonyms that are looked for of one word, and in one query.
MAX_OF_WORD, MAX_OF_QUERY = 20, 60


def with_synonyms(tree: Query, table: SynonymTable, *, joins_words: bool = True) -> Parsed:
    """Return *tree* with the synonyms that *table* has of its bare words, of words in a row too if *joins_words*.

    Words in quotes or in a field, near each other or negated have none. Nothing is a synonym of a synonym. Notices say
    what was left out.
    """
    reading = _Reading(table, joins_words)
    return Parsed(reading.read(tree), tuple(reading.notices))


def without_synonyms(tree: Query) -> Query:
    """Return *tree* as `with_synonyms` took it, but for brackets around words in a row."""
    if isinstance(tree, Synonyms):
        return tree.children[0]
    if isinstance(tree, And | Or | Group):
        return type(tree)(tuple(map(without_synonyms, tree.children)), tree.span)
    return tree


def synonyms_in(tree: Query) -> tuple[str, ...]:
    """Return the synonyms in *tree* as a person would type them, each once."""
    found = [
        child
        for node in walk(tree, negated=False)
        if isinstance(node, Synonyms)
        for child in node.children[1:]
    ]
    return tuple(dict.fromkeys(_typed(child) for child in found))


def _typed(synonym: Query) -> str:
    synonym = as_read(synonym)
    if isinstance(synonym, Phrase):
        return f'"{" ".join(synonym.forms)}"'
    return synonym.form if isinstance(synonym, Word) else ""


class _Reading:
    def __init__(self, table: SynonymTable, joins_words: bool) -> None:
        self._table = table
        self._joins_words = joins_words
        self._room = MAX_OF_QUERY
        self.notices: list[str] = []

    def read(self, tree: Query) -> Query:
        """Return *tree* with synonyms. Nests no deeper than the parser lets a query."""
        match tree:
            case Group(children):
                return joined(Group, self._side_by_side(children), tree.span) or tree
            case And(children) | Or(children):
                return type(tree)(tuple(map(self.read, children)), tree.span)
            case _:
                forms = _bare(tree)
                return self._with(tree, forms) if forms else tree

    def _side_by_side(self, children: Sequence[Query]) -> list[Query]:
        """Return *children* with synonyms; of several in a row the longest that have some are looked up."""
        found: list[Query] = []
        at = 0
        while at < len(children):
            for end in range(self._last(children, at), at + 1, -1):
                row = children[at:end]
                forms = tuple(form for child in row for form in _bare(child))
                if len(forms) <= self._table.longest and self._table.of(forms):
                    whole = Group(tuple(row), (row[0].span[0], row[-1].span[1]))
                    found.append(self._with(whole, forms))
                    at = end
                    break
            else:
                found.append(self.read(children[at]))
                at += 1
        return found

    def _last(self, children: Sequence[Query], at: int) -> int:
        """Return where the bare words end that follow the one at *at*, at most as many as have synonyms together."""
        if not self._joins_words:
            return at + 1
        end = at
        while end < min(len(children), at + self._table.longest) and _bare(children[end]):
            end += 1
        return end

    def _with(self, asked: Query, forms: Forms) -> Query:
        synonyms = self._table.of(forms)
        if not synonyms:
            return asked
        taken = synonyms[: min(MAX_OF_WORD, self._room)]
        self._room -= len(taken)
        if len(taken) < len(synonyms):
            word = " ".join(forms)
            left = f"{len(taken)} of {len(synonyms)} synonyms of '{word}' were searched"
            self.notices.append(
                f"only {left}"
                if taken
                else f"no synonyms of '{word}' were searched: there are too many"
            )
        if not taken:
            return asked
        others = [Word(s[0]) if len(s) == 1 else Phrase(s, exact=False) for s in taken]
        return Synonyms((asked, *others), asked.span)


def _bare(clause: Query) -> Forms:
    """Return the words of a clause that may have synonyms, () of any other."""
    match as_read(clause):
        case Word(form, None, False):
            return (form,)
        case Phrase(forms, 0, None, False):
            return forms
    return ()
