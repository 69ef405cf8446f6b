"""Query text to tree, with positions in every error, a cap on everything, and notices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from search.model.errors import QueryError
from search.query.context import ParseContext
from search.query.leaves import LeafReader, Progress
from search.query.lexer import (
    OPERATORS,
    Lexeme,
    QueryText,
    lexemes,
    shown,
)
from search.query.tree import (
    And,
    Bound,
    Everything,
    Group,
    Near,
    Not,
    Or,
    Query,
    Span,
    Word,
    below,
    joined,
    with_any,
)
from search.text.words import MAX_FORM_CHARS

#: The distance of a NEAR without a number.
NEAR_DISTANCE = 10
#: Most notices of one query; further ones are only counted.
MAX_NOTICES = 10
#: Most names of saved searches in a message.
MAX_NAMES = 10

_DEFAULT = ParseContext()
#: Kinds of lexemes that end a row of clauses, and that no operand begins with.
_CLOSING = ("", ")")
_NO_OPERAND = (*_CLOSING, *OPERATORS)


class Parsed:
    """A tree, and sentences for the person who typed it: what was left out or read as plain words."""

    __slots__ = ("notices", "tree")

    def __init__(self, tree: Query, notices: tuple[str, ...] = ()) -> None:
        self.tree: Final = tree
        self.notices: Final = notices


def parse(text: str, context: ParseContext | None = None) -> Parsed:
    """Return the tree that *text* stands for; blank text stands for every article.

    Raises `QueryError`, with offsets into *text*, for what could be read in several ways and
    for what is beyond a limit.
    """
    context = context or _DEFAULT
    # Most queries are nothing but words, and this is the quick way to read them.
    is_short = len(text) <= min(MAX_FORM_CHARS, context.max_chars)
    if is_short and _PLAIN.fullmatch(text) and not _LIKE_OPERATORS.search(text):
        words = _plain(text)
        if len(words) <= context.max_clauses:
            return Parsed(words[0] if len(words) == 1 else Group(words, (0, len(text))))
    progress = Progress()
    tree = _Parser(QueryText(text), context, progress).whole()
    # No tree has more levels than lexemes, but for the words of one chunk.
    if progress.lexemes > context.max_depth:
        _check_depth(tree, context.max_depth, len(text))
    notices = tuple(dict.fromkeys(progress.notices))
    if len(notices) > MAX_NOTICES:
        more = f"{len(notices) - MAX_NOTICES} more parts were left out or read as words"
        notices = (*notices[:MAX_NOTICES], more)
    return Parsed(tree, notices)


#: What looks like an operator between others.
_LIKE_OPERATORS = re.compile(r"\s(?:and|or|not)\s")
#: Lower-case letters and single blanks, which can only be words.
_PLAIN = re.compile("[a-z]+(?: [a-z]+)*")


def _plain(text: str) -> tuple[Word, ...]:
    """Return the words of a text of words only."""
    found = []
    at = 0
    for form in text.split(" "):
        found.append(Word(form, span=(at, at + len(form))))
        at += len(form) + 1
    return tuple(found)


def parse_bound(text: str, context: ParseContext | None = None) -> tuple[Bound, Bound]:
    """Return where a date begins and where it ends.

    *text* is one date as after ``date:``, without a range. Raises `QueryError`.
    """
    from search.query import dates

    context = context or _DEFAULT
    try:
        period = dates.period(text, context.zone, context.now or datetime.now(UTC))
    except ValueError as exc:
        raise QueryError("bad-date", f"{shown(text)}: {exc}", 0, len(text)) from exc
    return period.start, period.end


def _check_depth(tree: Query, max_depth: int, end: int) -> None:
    """Raise `QueryError` for a tree that as a text would nest brackets deeper than allowed."""
    level: Sequence[Query] = (tree,)
    for _ in range(max_depth + 2):
        level = [child for node in level for child in below(node)]
        if not level:
            return
    raise QueryError("too-deep", _too_deep(max_depth), 0, end)


def _too_deep(max_depth: int) -> str:
    return f"clauses nest deeper than {max_depth}; use fewer brackets and NOT in each other"


class _Parser:
    """Recursive descent over the lexemes of one text; None stands for a part without any word.

    Recursion is bounded by the nesting of brackets, which the lexer has checked.
    """

    def __init__(
        self,
        text: QueryText,
        context: ParseContext,
        progress: Progress,
        names: tuple[str, ...] = (),
        nesting: int = 0,
    ) -> None:
        if len(text.raw) > context.max_chars:
            message = f"{len(text.raw)} characters are too long for a query; at most {context.max_chars} are read"
            raise text.error("too-long", message, context.max_chars, len(text.raw))
        self.text = text
        self.context = context
        self.progress = progress
        self.leaves = LeafReader(text, context, progress)
        self.names = names  # of the saved searches being read
        self.nesting = nesting
        self.at = 0
        found, notices = lexemes(text, context.max_depth - nesting, context.fields)
        if any(lexeme.kind in OPERATORS for lexeme in found):
            from search.query.operators import read_headline  # few queries can be one

            found, said = read_headline(text, found)
            notices += said
        if _LIKE_OPERATORS.search(text.raw):
            from search.query.operators import hints  # few queries have such words

            notices += hints(text, found)
        self.lexemes = found
        progress.notices += notices
        progress.lexemes += len(self.lexemes)

    def whole(self) -> Query:
        """Return the tree of the whole text. Raises `QueryError`, also where it has no word."""
        if len(self.lexemes) == 1:
            return Everything(self.text.span(0, len(self.text.raw)))
        tree = self._side_by_side(None)
        if tree is None:
            message = "there is no word in this query; write at least one letter or digit"
            raise self.text.error("no-words", message, 0, len(self.text.raw))
        return tree

    def _side_by_side(self, within: str | None) -> Query | None:
        """Read clauses up to a closing bracket or the end; from here down each binds tighter."""
        start = self.at
        clauses = []
        lexemes = self.lexemes
        while lexemes[self.at].kind not in _CLOSING:
            first = self.at
            clause = self._all_of(within)
            if lexemes[self.at].kind == "OR":
                alternatives = [clause]
                while lexemes[self.at].kind == "OR":
                    self.at += 1
                    alternatives.append(self._all_of(within))
                clause = self._joined(Or, alternatives, first)
            clauses.append(clause)
        return self._joined(Group, clauses, start)

    def _all_of(self, within: str | None) -> Query | None:
        start = self.at
        lexemes = self.lexemes
        part = self._negated(within)
        if lexemes[self.at].kind != "AND":
            return part
        parts = [part]
        while lexemes[self.at].kind == "AND":
            self.at += 1
            parts.append(self._negated(within))
        return self._joined(And, parts, start)

    def _joined(
        self, node: type[Group | Or | And], parts: Sequence[Query | None], start: int
    ) -> Query | None:
        """Return one query of those *parts* that have words."""
        if len(parts) == 1:
            return parts[0]
        children = [part for part in parts if part is not None]
        return joined(node, children, self._span_from(start))

    def _negated(self, within: str | None) -> Query | None:
        if self.lexemes[self.at].kind != "NOT":
            return self._near(within)
        starts = []
        while self.lexemes[self.at].kind == "NOT":
            starts.append(self.at)
            self.at += 1
            if len(starts) > self.context.max_depth + 1:
                message = _too_deep(self.context.max_depth)
                raise self.leaves.error("too-deep", message, self.lexemes[self.at - 1])
        tree = self._near(within)
        for start in reversed(starts):
            tree = Not(tree, self._span_from(start)) if tree else None
        return tree

    def _near(self, within: str | None) -> Query | None:
        start = self.at
        left = self._operand(within)
        while self.lexemes[self.at].kind == "NEAR":
            operator = self.lexemes[self.at]
            self.at += 1
            distance = self.leaves.number(operator, "bad-near", NEAR_DISTANCE)
            right = self._operand(within)
            if distance < 1 or not isinstance(left, Word) or not isinstance(right, Word):
                message = "NEAR stands between two single words, as in missile NEAR/5 kyiv"
                raise self.leaves.error("bad-near", message, operator)
            if left.field != right.field:
                message = "NEAR needs one field for both words, as in title:(missile NEAR/5 kyiv)"
                raise self.leaves.error("bad-near", message, operator)
            left = Near(left, right, distance, left.field, self._span_from(start))
        return left

    def _operand(self, within: str | None) -> Query | None:
        """Read one quote, chunk or bracket, with the minus and the field before it."""
        start = self.at
        if within is None and self.lexemes[start].kind == "word":
            self.at += 1
            return self.leaves.word(self.lexemes[start], None)
        minuses = 0
        while (lexeme := self._next()).kind in ("-", "field"):
            minuses += lexeme.kind == "-"
            within = lexeme.value or within
        if lexeme.kind == "(":
            self.nesting += 1
            tree = self._side_by_side(within)
            self.nesting -= 1
            self.at += 1  # the closing bracket
        elif within == "search":
            tree = self._saved(lexeme)
        else:
            tree = self.leaves.read(lexeme, within)
        for _ in range(minuses):
            tree = Not(tree, self._span_from(start)) if tree else None
        return tree

    def _saved(self, lexeme: Lexeme) -> Query:
        name = self.leaves.content(lexeme, self.text.raw)
        saved = self.context.saved
        names = (*self.names, name)
        if name not in saved:
            known = ", ".join(map(shown, sorted(saved)[:MAX_NAMES]))
            choice = f"choose one of {known}" if known else "none is saved"
            message = f"unknown saved search {shown(name)}; {choice}"
            raise self.leaves.error("unknown-search", message, lexeme)
        if name in self.names:
            message = f"saved searches call each other in a circle: {', '.join(map(shown, names))}"
            raise self.leaves.error("search-circle", message, lexeme)
        if self.nesting >= self.context.max_depth:
            raise self.leaves.error("too-deep", _too_deep(self.context.max_depth), lexeme)
        self.leaves.count(lexeme)
        found, span = saved[name], self.leaves.span(lexeme)
        text = QueryText(found.text, name, span)
        tree = _Parser(text, self.context, self.progress, names, self.nesting + 1).whole()
        if found.match == "any":
            tree = with_any(tree)
        elif found.match == "most":
            asks = "it asks for most of its words; as a part of another search for all of them"
            self.progress.notices.append(text.about(asks))
        if not found.filters:
            return tree
        filters = QueryText(found.filters, name, span)
        also = _Parser(filters, self.context, self.progress, names, self.nesting + 1).whole()
        return also if isinstance(tree, Everything) else And((tree, also), span)

    def _next(self) -> Lexeme:
        """Take the next lexeme of an operand. Raises `QueryError` where an operator stands alone."""
        lexeme = self.lexemes[self.at]
        if lexeme.kind not in _NO_OPERAND:
            self.at += 1
            return lexeme
        lexeme, side = self.lexemes[max(self.at - 1, 0)], "right"
        if self.at == 0 or lexeme.kind not in OPERATORS:
            lexeme, side = self.lexemes[self.at], "left"
        message = (
            f"{lexeme.kind} needs something on its {side}; as a word it is written in lower case"
        )
        raise self.leaves.error("missing-operand", message, lexeme)

    def _span_from(self, start: int) -> Span:
        """Return the span from the lexeme numbered *start* to the last one taken."""
        return self.text.span(self.lexemes[start].start, self.lexemes[self.at - 1].end)
