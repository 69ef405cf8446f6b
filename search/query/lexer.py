"""Query text to lexemes: brackets, quotes, operators, field names, and chunks of anything else."""

from __future__ import annotations

import re
from typing import Final

from search.model.errors import QueryError
from search.model.fields import FIELDS, FieldTable
from search.model.nearest import nearest
from search.query.tree import Span
from search.text.ranges import HEBREW, INVISIBLE
from search.text.words import MAX_FORM_CHARS

#: Names before a colon that are no field of a document, and what each stands for.
_OTHER_NAMES = {
    "after": "after",
    "since": "after",
    "before": "before",
    "search": "search",
}

#: What makes a field of "year": in a headline it is a word, as in "Person of the year: a harbour pilot".
_OF_YEARS = re.compile(r'"?(?:\d{4}(?!\d)|\.\.\d{4}|\*)', re.ASCII)

#: Characters read as plain ones, one for one so that offsets stay the same: quotes of other
#: languages, the minus sign, dashes, which word processors and phones make of a minus, full-width forms
#: and the ideographic space.
_PLAIN = (
    dict.fromkeys(map(ord, "“”„‟«»「」『』〝〞〟"), '"')
    | dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"), "-")
    | {0x3000: " "}
    | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
)

#: White space, and what cannot be seen at the start of pasted text: joiners, marks of direction.
_SPACE = rf"\s{INVISIBLE}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"
#: A quotation mark between two letters of Hebrew belongs to the word.
_GERSHAYIM = rf'(?<=[{HEBREW}])"(?=[{HEBREW}])'
_CHUNK = re.compile(rf'(?:[^\s"()]|{_GERSHAYIM})+')
#: The lexeme that comes next, its kind as the name of the group. Most of what people type are words of
#: ASCII characters, here with at most one ``*`` at the end: they need no closer look.
_LEXEME = re.compile(
    rf"""[{_SPACE}]*+(?:
    (?P<word>[A-Za-z0-9_]{{1,{MAX_FORM_CHARS}}}+\*?+)(?![^\s"()])
    |(?P<quote>"(?:[^"]++|{_GERSHAYIM})*+"(?:~(?P<slop>[0-9]*+))?+)
    |(?P<name>[^\W\d_][\w-]*+:)
    |(?P<minus>-(?=[^-){_SPACE}])|!(?=[^-!?=){_SPACE}]|\?\w))
    |(?P<bracket>[()])
    |(?P<chunk>[^\s"()]++)
    |(?P<unclosed>")
    )""",
    re.VERBOSE,
)
_NEAR = re.compile(r"NEAR/([0-9]*)")
#: What Lucene has after a word, a quote or a bracket that is to count more or less.
WEIGHT = r"\^(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)"
_WEIGHT = re.compile(WEIGHT)
_VALUE = re.compile(rf"[^){_SPACE}]")

OPERATORS = ("AND", "OR", "NOT", "NEAR")


class Lexeme:
    """The smallest part of a query text that has a meaning, and where it stands.

    ``value`` is the form of a word (folded, with ``*`` where it is a prefix), the field that a name stands
    for, the distance after NEAR (None: none given), or the slop after a quote ("" is a bare ~, None no ~).
    """

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: str, start: int, end: int, value: str | None = None) -> None:
        #: ( ) - field quote word chunk, one of `OPERATORS`, or "" for the end of the text.
        self.kind: Final = kind
        self.start: Final = start
        self.end: Final = end
        self.value: Final = value


class QueryText:
    """A query text as typed and with plain characters, both of one length.

    What the text of a saved search says has the span of the ``search:name`` that calls it.
    """

    def __init__(self, raw: str, name: str = "", called_at: Span | None = None) -> None:
        self.raw = raw
        self.plain = raw if raw.isascii() else raw.translate(_PLAIN)
        self._name = name
        self._called_at = called_at

    def span(self, start: int, end: int) -> Span:
        """Return a span of this text as a span of what the person typed."""
        return self._called_at or (start, end)

    def about(self, message: str) -> str:
        """Return *message* with the name of the saved search that it is about, if it is one."""
        return f"in saved search {shown(self._name)}: {message}" if self._name else message

    def error(self, kind: str, message: str, start: int, end: int | None = None) -> QueryError:
        """Return an error about a span of this text, one character long where *end* is None."""
        return QueryError(
            kind, self.about(message), *self.span(start, start + 1 if end is None else end)
        )


def shown(text: str) -> str:
    """Return typed text for a message: in quotes, cut when long, without what could upset a terminal."""
    cut = text if len(text) <= 40 else text[:39] + "…"
    visible = (char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)
    return f"'{''.join(visible)}'"


def lexemes(
    text: QueryText, max_nesting: int, fields: FieldTable = FIELDS
) -> tuple[list[Lexeme], list[str]]:
    """Return the lexemes of *text*, with one more for its end, and notices about what looks like a field but is none.

    Brackets are balanced, none are empty, and every field name has a value right after it.
    Raises `QueryError` where they are not, and where brackets nest deeper than *max_nesting*.
    """
    plain, raw = text.plain, text.raw
    found: list[Lexeme] = []
    notices: list[str] = []
    opened: list[int] = []  # the offsets of brackets not closed yet
    at = 0
    before = earlier = ""  # the kinds of the last lexeme and of the one before it
    while match := _LEXEME.match(plain, at):
        kind, value = match.lastgroup or "", None
        start, end = match.span(kind)
        # A field name or minus makes a word of what would be an operator; no field follows another.
        is_word = before == "field" or before == "-"
        if kind == "word":
            typed = match[kind]
            if typed in OPERATORS and not is_word:
                kind = typed
            elif plain is raw or raw.startswith(typed, start):
                value = typed.lower()
            else:
                kind = "chunk"
        elif kind == "quote":
            value = match["slop"]
        elif kind == "bracket":
            kind = plain[start]
            _check_bracket(text, kind, start, before, opened, max_nesting)
        elif kind == "name":
            kind = "chunk"
            if not (before == "field" or (before == "-" and earlier == "field")):
                value = _field(text, start, end, notices, fields)
                kind = "field" if value else kind
        elif kind == "minus":
            starts_clause = start > at or before in ("", "(", "field")
            kind = "-" if starts_clause else "chunk"
        elif kind == "unclosed":
            message = 'this quote is never closed; add a second " or remove it'
            raise text.error("open-quote", message, start)
        if kind == "chunk":
            end = _chunk_end(plain, start)
            if not is_word and (near := _NEAR.fullmatch(plain, start, end)):
                kind, value = "NEAR", near[1]
            elif start == at and before in ("quote", ")") and _WEIGHT.fullmatch(plain, start, end):
                notices.append(text.about(not_applied(plain[start:end])))
                at = end
                continue
        found.append(Lexeme(kind, start, end, value))
        before, earlier, at = kind, before, end
    if opened:
        message = "this bracket is never closed; close it with ) or put the text in quotes"
        raise text.error("open-bracket", message, opened[-1])
    found.append(Lexeme("", len(plain), len(plain)))
    return found, notices


def not_applied(weight: str) -> str:
    """Return what is said of a *weight* such as "^2"."""
    return f"the weight {shown(weight)} was left out: weights of words are not applied"


def _chunk_end(plain: str, start: int) -> int:
    match = _CHUNK.match(plain, start)
    return match.end() if match else start


def _check_bracket(
    text: QueryText, bracket: str, at: int, before: str, opened: list[int], max_nesting: int
) -> None:
    """Add an opening bracket to those that are *opened*, or remove the last of them."""
    if bracket == "(":
        opened.append(at)
        if len(opened) > max_nesting:
            raise text.error("too-deep", f"brackets nest deeper than {max_nesting}", at)
    elif not opened:
        message = "this bracket was never opened; remove it or put the text in quotes"
        raise text.error("unopened-bracket", message, at)
    elif before == "(":
        message = "there is nothing between the brackets"
        raise text.error("empty-brackets", message, opened[-1], at + 1)
    else:
        opened.pop()


def _field(
    text: QueryText, start: int, end: int, notices: list[str], fields: FieldTable
) -> str | None:
    """Return the field that the name from *start* to *end*, with its colon, stands for; None if it is none."""
    plain = text.plain
    name = plain[start : end - 1]
    has_value = _VALUE.match(plain, end) is not None
    field = fields.names.get(name.lower()) or _OTHER_NAMES.get(name.lower())
    if name.lower() == "year" and _OF_YEARS.match(plain, end):
        field = field or "date"
    if field is None:
        if has_value and not plain.startswith("//", end):
            typed = shown(text.raw[start : end - 1])
            meant = nearest(name, fields.names)
            hint = f"; did you mean {meant}:?" if meant else ""
            if name.lower() == "year":
                hint = "; year: takes a year in four digits"
            notices.append(text.about(f"no field {typed}; searched as words{hint}"))
        return None
    if not has_value:
        message = (
            f"the field {name}: has no value; write it right after the colon, as in {field}:"
            + {"date": "2024-11", "after": "2024-11-01", "before": "today"}.get(field, "word")
        )
        raise text.error("no-value", message, start, end)
    return field
