"""Quotes and chunks of a query text to leaves of the tree: words, phrases, wildcards, dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from search.model.errors import QueryError
from search.query.context import ParseContext
from search.query.lexer import WEIGHT, Lexeme, QueryText, not_applied, shown
from search.query.tree import (
    And,
    DateRange,
    Everything,
    Fuzzy,
    HasValue,
    Phrase,
    Query,
    Span,
    Wildcard,
    Word,
)
from search.text.words import MAX_FORM_CHARS, fold, is_unspaced, tokens, without_article

#: Most words between those of a phrase, and between the two of a NEAR.
MAX_DISTANCE = 100
#: Most edits of a fuzzy word; nearly all words are within three edits of a short one.
MAX_EDITS = 2
#: Most ``*`` in one word: the cost of matching grows with the power of their number.
MAX_STARS = 3

_DATE_FIELDS = ("date", "after", "before")
_FUZZY = re.compile(r"~([0-9]*)\Z")
_URL = re.compile(r"\w+://|[\w-]+(?:\.[\w-]+)+/")
#: A question mark is a wildcard where a letter or digit follows; elsewhere it ends a sentence.
_WILD = re.compile(r"\*|\?+(?=\w)")
#: A word with a weight as Lucene writes it. What has no letter before the caret, as 10^6, is none.
_WEIGHT = re.compile(rf"((?=[^^]*?[^\W\d_])[\w'’&.*?~-]++)({WEIGHT})")
_STAR_AT_WORD = re.compile(r"\w\*|\*\w")
#: A text that has no word too long.
_PLAIN_WORDS = re.compile(f"[A-Za-z0-9_ ]{{1,{MAX_FORM_CHARS}}}")
_PLAIN_WILD = str.maketrans("＊？", "*?")


class Progress:
    """What is counted over one query and the saved searches in it while they are read."""

    __slots__ = ("clauses", "expanding", "lexemes", "notices", "now")

    def __init__(self) -> None:
        self.lexemes = 0
        self.clauses = 0
        self.expanding = 0
        self.notices: list[str] = []
        self.now: datetime | None = None  # set by the first date


class LeafReader:
    """Makes leaves from the lexemes of one text; counts them and notes what was read in another way."""

    def __init__(self, text: QueryText, context: ParseContext, progress: Progress) -> None:
        self.text = text
        self.context = context
        self.progress = progress

    def read(self, lexeme: Lexeme, within: str | None) -> Query | None:
        """Return the leaf of a quote, word or chunk in the field *within*, None where it has no word.

        Several words with wildcards among them give an `And`. Raises `QueryError`.
        """
        if within in _DATE_FIELDS:
            return self._dates(lexeme, within)
        if lexeme.kind == "word":
            return self.word(lexeme, within)
        if lexeme.kind == "quote":
            return self._quoted(lexeme, within)
        return self._chunk(lexeme, within)

    def word(self, lexeme: Lexeme, within: str | None) -> Word | Wildcard:
        """Return the leaf of a lexeme that is a plain word, or the start of one."""
        form = lexeme.value or ""
        if form[-1:] == "*":
            self.count_expanding(lexeme)
            return Wildcard(form, within, self.span(lexeme))
        self.count(lexeme)
        return Word(form, within, False, self.span(lexeme))

    def content(self, lexeme: Lexeme, text: str) -> str:
        """Return the part of *text* that a chunk is, or that a quote has between its marks."""
        if lexeme.kind != "quote":
            return text[lexeme.start : lexeme.end]
        slop = 0 if lexeme.value is None else len(lexeme.value) + 1
        return text[lexeme.start + 1 : lexeme.end - 1 - slop]

    def number(self, lexeme: Lexeme, kind: str, default: int) -> int:
        """Return how far words may stand apart: the number after a quote or NEAR, else *default*."""
        if lexeme.value is None:
            return default
        digits = lexeme.value.lstrip("0") or lexeme.value[:1]
        if not digits or len(digits) > 3 or int(digits) > MAX_DISTANCE:
            message = f'write a number up to {MAX_DISTANCE}, as in "missile attack"~5 or a NEAR/5 b'
            raise self.error(kind, message, lexeme)
        return int(digits)

    def count(self, lexeme: Lexeme) -> None:
        """Count one clause. Raises `QueryError` where that is one too many."""
        self.progress.clauses += 1
        if self.progress.clauses > self.context.max_clauses:
            message = f"the query has more than {self.context.max_clauses} clauses; ask in several queries"
            raise self.error("too-many-clauses", message, lexeme)

    def count_expanding(self, lexeme: Lexeme) -> None:
        """Count one clause that stands for many words. Raises `QueryError` where that is one too many.

        Each is compared with every word of the index, so these cost far more than others.
        """
        self.count(lexeme)
        self.progress.expanding += 1
        if self.progress.expanding > self.context.max_expanding:
            message = (
                f"the query has more than {self.context.max_expanding} wildcards and fuzzy words; "
                "ask in several queries"
            )
            raise self.error("too-many-wildcards", message, lexeme)

    def span(self, lexeme: Lexeme) -> Span:
        return self.text.span(lexeme.start, lexeme.end)

    def error(self, kind: str, message: str, lexeme: Lexeme) -> QueryError:
        return self.text.error(kind, message, lexeme.start, lexeme.end)

    def _notice(self, message: str) -> None:
        self.progress.notices.append(self.text.about(message))

    def _dates(self, lexeme: Lexeme, within: str) -> DateRange:
        from search.query import dates  # needed by few queries

        typed = self.content(lexeme, self.text.plain)
        if within == "date" and typed == "*":  # any
            self.count(lexeme)
            return DateRange(None, None, self.span(lexeme))
        zone, now = self.context.zone, self._now()
        try:
            if within == "date":
                start, end = dates.date_range(typed, zone, now)
            else:
                bound = dates.period(typed, zone, now).start
                start, end = (bound, None) if within == "after" else (None, bound)
        except ValueError as exc:
            raise self.error("bad-date", f"{shown(typed)}: {exc}", lexeme) from exc
        self.count(lexeme)
        return DateRange(start, end, self.span(lexeme))

    def _now(self) -> datetime:
        """Return the current time: one for all dates of a query."""
        if self.progress.now is None:
            self.progress.now = self.context.now or datetime.now(UTC)
        return self.progress.now

    def _quoted(self, lexeme: Lexeme, within: str | None) -> Query | None:
        content = self.content(lexeme, self.text.raw)
        slop = self.number(lexeme, "bad-slop", 0)
        forms = _plain_words(content) or words(content)
        if _STAR_AT_WORD.search(content):
            self._notice(f"inside quotes * is no wildcard: {shown(content)}")
        if len(forms) < 2:
            return self._together(lexeme, forms, within, exact=True)
        self.count(lexeme)
        return Phrase(tuple(forms), slop, within, True, self.span(lexeme))

    def _chunk(self, lexeme: Lexeme, within: str | None) -> Query | None:
        chunk = self.content(lexeme, self.text.raw).translate(_PLAIN_WILD)
        plain = self.content(lexeme, self.text.plain)
        if "^" in plain and (weight := _WEIGHT.fullmatch(plain)):
            self._notice(not_applied(weight[2]))
            chunk, plain = chunk[: weight.end(1)], weight[1]
        if "*" in plain and (not plain.strip("*?") or plain == "*:*"):  # as Lucene says all
            if within is None:
                self.count(lexeme)
                return Everything(self.span(lexeme))
            if plain.strip("*"):
                message = (
                    f"{shown(plain)} alone stands for any word; put at least one letter next to it"
                )
                raise self.error("bad-wildcard", message, lexeme)
            self.count(lexeme)
            return HasValue(within, self.span(lexeme))
        if _URL.match(plain):
            return self._together(lexeme, words(chunk), within)
        fuzzy = _FUZZY.search(plain)
        if fuzzy and words(chunk[: fuzzy.start()]):
            return self._fuzzy(lexeme, chunk[: fuzzy.start()], fuzzy[1], within)
        forms = words_and_patterns(without_article(_without_stars(chunk)))
        if forms and chunk.endswith("?") and not _WILD.search(chunk):
            message = "was read without its question mark; inside a word ? stands for one character"
            self._notice(f"{shown(chunk)} {message}")
        return self._together(lexeme, forms, within)

    def _fuzzy(self, lexeme: Lexeme, chunk: str, edits: str, within: str | None) -> Fuzzy:
        forms = words_and_patterns(chunk)
        if len(forms) != 1 or _WILD.search(forms[0]):
            message = "~ goes after one whole word, as in zelenskiy~1, or after a quote"
            raise self.error("bad-fuzzy", message, lexeme)
        if edits not in ("", *map(str, range(1, MAX_EDITS + 1))):
            message = f"a fuzzy word takes 1 to {MAX_EDITS} edits, as in zelenskiy~1"
            raise self.error("bad-fuzzy", message, lexeme)
        self.count_expanding(lexeme)
        return Fuzzy(forms[0], int(edits or 1), within, self.span(lexeme))

    def _together(
        self, lexeme: Lexeme, forms: list[str], within: str | None, exact: bool = False
    ) -> Query | None:
        """Return what *forms*, words and patterns of one chunk or quote, mean together."""
        if len(forms) == 1:
            return self._single(lexeme, forms[0], within, exact)
        typed = shown(self.text.raw[lexeme.start : lexeme.end])
        if not forms:
            self._notice(f"{typed} holds no word and was left out")
            return None
        if not any(map(_WILD.search, forms)):
            self.count(lexeme)
            return Phrase(tuple(forms), 0, within, False, self.span(lexeme))
        read_as = " AND ".join(map(shown, forms))
        self._notice(f"a wildcard works in a single word; {typed} was read as {read_as}")
        parts = tuple(self._single(lexeme, form, within, exact) for form in forms)
        return And(parts, self.span(lexeme))

    def _single(
        self, lexeme: Lexeme, form: str, within: str | None, exact: bool
    ) -> Word | Wildcard:
        if form.count("*") > MAX_STARS:
            raise self.error("bad-wildcard", f"at most {MAX_STARS} * can stand in one word", lexeme)
        if len(form) == 1 and is_unspaced(form):
            form = f"*{form}*"  # such scripts are indexed by pairs of characters
        if _WILD.search(form):
            self.count_expanding(lexeme)
            return Wildcard(form, within, self.span(lexeme))
        self.count(lexeme)
        return Word(form, within, exact, self.span(lexeme))


def _without_stars(chunk: str) -> str:
    """Return *chunk* without ``*`` at either end where what is left is of a script that is searched by pairs.

    A run of it is found inside longer ones, too, so that they say nothing; and no pattern fits several pairs.
    """
    bare = chunk.strip("*")
    return bare if len(bare) > 1 and is_unspaced(bare[0]) and is_unspaced(bare[-1]) else chunk


def _plain_words(text: str) -> list[str]:
    """Return what `words` returns, for a text of plain words and blanks only; [] for any other."""
    return text.lower().split() if _PLAIN_WORDS.fullmatch(text) else []


def words(text: str) -> list[str]:
    """Return the folded words of *text*, each split until it is a word by itself.

    Folding can give characters that part words: "½" is "1⁄2", the ligature "ﷺ" four words. Only a form that
    reads back as itself can be written by `search.query.render`.
    """
    forms = tokens(text).forms
    while (again := [part for form in forms for part in tokens(form).forms]) != forms:
        forms = again
    return forms


def words_and_patterns(chunk: str) -> list[str]:
    """Return the words of *chunk*, those with wildcards in them as patterns."""
    forms = _pieces(chunk)
    while (again := [part for form in forms for part in _pieces(form)]) != forms:
        forms = again
    return forms


def _pieces(chunk: str) -> list[str]:
    """Return words and patterns of *chunk*: wildcards are letters, but make no word by themselves."""
    if not _WILD.search(chunk):
        return tokens(chunk).forms
    found = tokens(chunk.replace("*", "x").replace("?", "x"))
    patterns = []
    for start, end in zip(found.starts, found.ends, strict=True):
        parts = re.split(r"(\*+|\?)", chunk[start:end])
        pattern = "".join(
            part[0] if part[:1] in ("*", "?") else fold(part) for part in parts if part
        )
        if pattern.strip("*?"):
            patterns.append(pattern)
    return patterns
