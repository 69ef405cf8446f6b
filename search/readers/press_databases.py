"""Text exports of LexisNexis, Factiva and ProQuest: many articles a file, told by the lines that only these write."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from search.model.article import Article, BadArticle
from search.readers import factiva, lexis_nexis, proquest
from search.readers.bounded_lines import BoundedLines
from search.readers.date_texts import dated_line
from search.readers.draft import guarded, too_long
from search.readers.record import Record, article_of
from search.readers.source import Origin, Source

#: Lines at the beginning that are looked at to tell the form.
_MAX_HEAD_LINES = 1_500


class _Block(NamedTuple):
    """The lines of one article, or of what stands before or after all of them."""

    line: int
    lines: list[str]
    #: Whether a line that parts the articles stands before it, and after it.
    is_begun: bool
    is_ended: bool


class _Database(NamedTuple):
    name: str
    #: Matches a line that parts two articles.
    parts: re.Pattern[str]
    #: Whether that is the "first" of an article, its "last", or "between" two.
    stands: str
    #: Returns the record of an article, None where the lines are none.
    record_of: Callable[[list[str]], Record | None]
    #: One of these is in each such line, and in few others.
    tells: tuple[str, str] = ("ument", "UMENT")

    def is_article(self, block: _Block) -> bool:
        """Whether *block* stands where an article does."""
        whole = {"first": block.is_begun, "last": block.is_ended}
        return whole.get(self.stands, False)


def sniff(head: str) -> bool:
    """Whether a text is an export of a press database."""
    return _database(head.split("\n", _MAX_HEAD_LINES)[:_MAX_HEAD_LINES]) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the articles of an export."""
    head = re.split(r"\r\n?|\n", source.head_text(), maxsplit=_MAX_HEAD_LINES)[:_MAX_HEAD_LINES]
    with source.text() as stream:
        lines = BoundedLines(stream, source.limits.max_record_chars)
        yield from articles_in(source, head, iter(lines.take, ""))


def articles_in(
    source: Origin, head: list[str], lines: Iterable[str]
) -> Iterator[Article | BadArticle]:
    """Yield the articles of *lines*, which begin with those of *head*."""
    database = _database(head)
    if database is None:
        reason = "is no text export of LexisNexis, Factiva or ProQuest that is known"
        yield BadArticle(source.path, None, reason)
        return
    number = 0
    for block in _blocks(lines, database, source.limits.max_article_chars):
        if sum(map(len, block.lines)) > source.limits.max_article_chars:
            yield too_long(source, block.line)
            continue
        if not any(map(str.strip, block.lines)):
            continue
        record = database.record_of(block.lines)
        if record is not None:
            number += 1
            yield guarded(source, block.line, article_of, source, block.line, record)
            continue
        begun = next(line.strip() for line in block.lines if line.strip())[:80]
        if database.is_article(block):
            reason = f"is not understood as an article of {database.name}: it begins with {begun!r}"
            yield BadArticle(source.path, block.line, reason)
        else:
            reason = f"lines that stand beside the articles of {database.name} were left out: they begin with {begun!r}"
            source.remarks.say(block.line, "not its text", reason)
    if not number:
        yield BadArticle(source.path, None, f"looks like an export of {database.name}, but no article in it was understood")  # fmt: skip


def _blocks(lines: Iterable[str], database: _Database, most: int) -> Iterator[_Block]:
    """Yield the lines between those that part the articles; of too long a block only more than *most* characters."""
    block: list[str] = []
    chars, first, is_begun = 0, 1, False
    tell, other = database.tells
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if (tell in line or other in line) and database.parts.fullmatch(text):
            if database.stands == "last":
                block.append(text)
            yield _Block(first, block, is_begun, is_ended=True)
            block, chars, first, is_begun = [], 0, number + 1, True
        elif chars <= most:
            if not block and not text.strip():
                first = number + 1
                continue
            block.append(text)
            chars += len(text) + 1
    yield _Block(first, block, is_begun, is_ended=False)


def _database(head: list[str]) -> _Database | None:
    """Return which database wrote a text that begins with the lines of *head*; None where none did for certain."""
    filled = [line for line in head if line.strip()]
    has_line = any(map(proquest.LINE.fullmatch, filled[:200]))
    if has_line and proquest.TELLS.search("\n".join(filled)):
        return _PROQUEST
    begins = next((n for n, line in enumerate(filled) if lexis_nexis.BEGINS.fullmatch(line)), None)
    if begins is not None and begins < 40:
        after = filled[begins + 1 : begins + 200]
        if any(lexis_nexis.label_in(line) for line in after) or any(map(dated_line, after[:6])):
            return _LEXIS
    if any(map(lexis_nexis.ENDS.fullmatch, filled)) and any(
        map(lexis_nexis.LENGTH.fullmatch, filled)
    ):
        return _NEXIS
    labels = {match[1] for line in filled if (match := factiva.LABEL.fullmatch(line))}
    if {"HD", "PD", "SN"} <= labels and labels & {"LP", "TD"}:
        return _FACTIVA
    if any(map(factiva.ENDS.fullmatch, filled)) and any(
        factiva.WORDS.fullmatch(line) and dated_line(following)
        for line, following in itertools.pairwise(filled)
    ):
        return _FACTIVA_LAYOUT
    return None


_LEXIS = _Database("LexisNexis", lexis_nexis.BEGINS, "first", lexis_nexis.lexis)
_NEXIS = _Database("Nexis Uni", lexis_nexis.ENDS, "last", lexis_nexis.nexis)
_FACTIVA = _Database("Factiva", factiva.ENDS, "last", factiva.labelled)
_FACTIVA_LAYOUT = _Database("Factiva", factiva.ENDS, "last", factiva.laid_out)
_PROQUEST = _Database("ProQuest", proquest.LINE, "between", proquest.record_of, ("____", "____"))
