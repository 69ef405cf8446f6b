"""Query text to lexemes: brackets, quotes, operators, field names, and chunks of anything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from search.errors import QueryError
from search.query import FIELDS, Span
from search.text_ranges import INVISIBLE

#: What a person may write before a colon, and the field or job that it stands for.
FIELD_NAMES = {name: name for name in (*FIELDS, "date", "after", "before", "search")} | {
    "headline": "title",
    "authors": "author",
    "by": "author",
    "people": "person",
    "organisation": "org",
    "organisations": "org",
    "organization": "org",
    "organizations": "org",
    "orgs": "org",
    "places": "place",
    "entities": "entity",
    "language": "lang",
    "site": "url",
    "since": "after",
}

#: Characters read as their plain sisters, one for one so that positions stay: quotes of other
#: languages, the minus sign, full-width forms and the ideographic space.
_PLAIN = (
    dict.fromkeys(map(ord, "“”„‟«»「」『』〝〞〟"), '"')
    | {0x2212: "-", 0x3000: " "}
    | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
)

#: White space, and what cannot be seen at the start of pasted text: joiners, marks of direction.
_SPACE = re.compile(rf"[\s{INVISIBLE}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_CHUNK = re.compile(r'[^\s"()]+')
_NAME = re.compile(r"([^\W\d_][\w-]*):")
_SLOP = re.compile(r"~([0-9]*)")
_NEAR = re.compile(r"NEAR(?:/([0-9]*))?")

OPERATORS = ("AND", "OR", "NOT", "NEAR")


@dataclass(frozen=True, slots=True)
class Lexeme:
    """The smallest part of a query text that has a meaning, and where it stands.

    ``value`` is the field that a name stands for, the distance after NEAR (None: none given), or
    the slop after a quote ("" is a bare ~, None no ~). ``inner`` is what stands between quotes.
    """

    #: ( ) - field quote chunk, or one of `OPERATORS`.
    kind: str
    start: int
    end: int
    value: str | None = None
    inner: Span = (0, 0)


class QueryText:
    """A query text as typed and with plain characters, both of one length.

    The text of a saved search takes the position of the ``search:name`` that calls it.
    """

    def __init__(self, raw: str, name: str = "", place: Span | None = None) -> None:
        self.raw = raw
        self.plain = raw if raw.isascii() else raw.translate(_PLAIN)
        self._name = name
        self._place = place

    def span(self, start: int, end: int) -> Span:
        """Return a range of this text as a position in what the person typed."""
        return self._place or (start, end)

    def told(self, message: str) -> str:
        """Return *message*, saying which saved search it is about."""
        return f"in saved search {shown(self._name)}: {message}" if self._name else message

    def error(self, kind: str, message: str, start: int, end: int | None = None) -> QueryError:
        """Return an error about a range of this text, one character long unless *end* says more."""
        return QueryError(
            kind, self.told(message), *self.span(start, start + 1 if end is None else end)
        )


def shown(text: str) -> str:
    """Return typed text for a message: in quotes, cut when long, without what could upset a terminal."""
    cut = text if len(text) <= 40 else text[:39] + "…"
    visible = (char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)
    return f"'{''.join(visible)}'"


def lexemes(text: QueryText, max_nesting: int) -> tuple[list[Lexeme], list[str]]:
    """Return the lexemes of *text* and notices about what looks like a field but is none.

    Brackets are balanced, none are empty, and every field name has a value right behind it.
    Raises `QueryError` where they are not, and where brackets nest deeper than *max_nesting*.
    """
    lexer = _Lexer(text, max_nesting)
    lexer.run()
    return lexer.found, lexer.notices


class _Lexer:
    def __init__(self, text: QueryText, max_nesting: int) -> None:
        self.text = text
        self.max_nesting = max_nesting
        self.found: list[Lexeme] = []
        self.notices: list[str] = []
        self.open: list[int] = []  # where the brackets open so far stand

    def run(self) -> None:
        plain, at = self.text.plain, 0
        starts_clause = True
        while at < len(plain):
            if space := _SPACE.match(plain, at):
                at, starts_clause = space.end(), True
                continue
            if plain[at] in "()":
                self._bracket(at)
            elif plain[at] == '"':
                self._quote(at)
            elif starts_clause and self._is_minus(at):
                self.found.append(Lexeme("-", at, at + 1))
            elif not self._field(at) and (chunk := _CHUNK.match(plain, at)):
                self._chunk(chunk)
            at = self.found[-1].end
            starts_clause = self.found[-1].kind in ("(", "field")
        if self.open:
            raise self.text.error(
                "open-bracket",
                "this bracket is never closed; close it with ) or put the text in quotes",
                self.open[-1],
            )

    def _bracket(self, at: int) -> None:
        if self.text.plain[at] == "(":
            self.open.append(at)
            if len(self.open) > self.max_nesting:
                raise self.text.error(
                    "too-deep", f"brackets nest deeper than {self.max_nesting}", at
                )
            self.found.append(Lexeme("(", at, at + 1))
            return
        if not self.open:
            raise self.text.error(
                "unopened-bracket",
                "this bracket was never opened; remove it or put the text in quotes",
                at,
            )
        if self.found[-1].kind == "(":
            raise self.text.error(
                "empty-brackets", "there is nothing between the brackets", self.open[-1], at + 1
            )
        self.open.pop()
        self.found.append(Lexeme(")", at, at + 1))

    def _quote(self, at: int) -> None:
        close = self.text.plain.find('"', at + 1)
        if close < 0:
            raise self.text.error(
                "open-quote", 'this quote is never closed; add a second " or remove it', at
            )
        slop = _SLOP.match(self.text.plain, close + 1)
        end = slop.end() if slop else close + 1
        self.found.append(Lexeme("quote", at, end, slop[1] if slop else None, (at + 1, close)))

    def _is_minus(self, at: int) -> bool:
        """Whether a minus at the start of a clause negates: something other than a minus follows it."""
        plain, after = self.text.plain, at + 1
        if plain[at] != "-" or after == len(plain):
            return False
        return plain[after] not in "-)" and not _SPACE.match(plain, after)

    def _is_value(self) -> bool:
        """Whether a field name stands right before, so that no other can follow."""
        before = [lexeme.kind for lexeme in self.found[-2:]]
        return before[-1:] == ["field"] or before == ["field", "-"]

    def _field(self, at: int) -> bool:
        """Add a field name and return True, if there is one at *at*."""
        plain = self.text.plain
        match = None if self._is_value() else _NAME.match(plain, at)
        if match is None:
            return False
        end = match.end()
        has_value = end < len(plain) and plain[end] != ")" and not _SPACE.match(plain, end)
        field = FIELD_NAMES.get(match[1].lower())
        if field is None:
            if has_value and not plain.startswith("//", end):
                name = shown(self.text.raw[at : end - 1])
                self.notices.append(self.text.told(f"no field {name}; searched as words"))
            return False
        if not has_value:
            message = (
                f"the field {match[1]}: has no value; write it right after the colon, as in {field}:"
                + {"date": "2024-11", "after": "2024-11-01", "before": "today"}.get(field, "word")
            )
            raise self.text.error("no-value", message, at, end)
        self.found.append(Lexeme("field", at, end, field))
        return True

    def _chunk(self, match: re.Match[str]) -> None:
        chunk, start, end = match[0], match.start(), match.end()
        near = _NEAR.fullmatch(chunk)
        if self.found and self.found[-1].kind in ("field", "-"):
            self.found.append(Lexeme("chunk", start, end))
        elif near:
            self.found.append(Lexeme("NEAR", start, end, near[1]))
        else:
            self.found.append(Lexeme(chunk if chunk in OPERATORS else "chunk", start, end))
