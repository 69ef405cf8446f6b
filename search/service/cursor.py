"""Where an answer goes on after a hit: what a cursor says, and as the text that a person or program hands back.

docs/api.md says what a cursor promises.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from search.engines.protocol.request import Place
from search.model.article import Article
from search.model.errors import CursorOutdated, RequestError
from search.model.question import Question

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Longer than any cursor: the longest id has 128 characters of 4 bytes.
_MAX_CHARS = 2000


class Cursor(NamedTuple):
    """A place in the answer to a question, after ``passed`` hits.

    ``question`` stands for what was asked, ``state`` for what the index was then, ``now`` for when it was: days that count
    from today stay the same. ``place`` is that of the last hit where the cursor outlives changes of the index.
    """

    question: str
    state: str
    now: datetime
    passed: int = 0
    place: Place | None = None

    def after(self, rank: int, article: Article, *, outlives: bool) -> Cursor:
        """Return the cursor that goes on after *article*, which has that *rank*."""
        place = Place(article.published, article.article_id) if outlives else None
        return self._replace(passed=rank, place=place)

    def encoded(self) -> str:
        """Return the cursor as letters, digits, "-" and "_"."""
        parts: list[object] = [self.question, self.state, _number_of(self.now), self.passed]
        if self.place is not None:
            parts += [_number_of(self.place.published), self.place.article_id]
        text = json.dumps(parts, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    def check(self, start: Cursor, *, outlives: bool) -> None:
        """Raise `RequestError` where this does not belong to the question that *start* begins, `CursorOutdated` where the index has changed."""
        if self.question != start.question or (self.place is not None) != outlives:
            raise RequestError(
                "this cursor is of another question; only page size and what is counted may change"
            )
        if not outlives and self.state != start.state:
            raise CursorOutdated(
                "the index has changed since this cursor was given, so hits may have other places; ask from "
                "the start again, or sort articles by date without grouping them: then a cursor holds"
            )


def cursor_of(text: str) -> Cursor:
    """Return the cursor that `Cursor.encoded` gave as *text*. Raises `RequestError` where it gave none such."""
    try:
        if len(text) > _MAX_CHARS or not text.isascii():
            raise ValueError
        padded = text + "=" * (-len(text) % 4)
        question, state, now, passed, *place = json.loads(urlsafe_b64decode(padded))
        found = Cursor(question, state, _instant_of(now), passed)
        if place:
            published, article_id = place
            when = None if published is None else _instant_of(published)
            found = found._replace(place=Place(when, article_id))
        texts = [question, state, *place[1:]]
        if not all(isinstance(each, str) for each in texts) or type(passed) is not int:
            raise ValueError
        # What is written otherwise, or has something in it that is no part of a cursor, was not given by us.
        if not 0 < passed < 1 << 62 or found.encoded() != text:
            raise ValueError
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise RequestError(
            "the cursor cannot be read; give it as the answer before this one has it"
        ) from exc
    return found


def fingerprint(question: Question, *settings: object) -> str:
    """Return a short text that differs where questions have other hits, or another order of them, under *settings*."""
    plain = Question()
    asked = question._replace(
        page=1,
        page_size=0,
        facets=(),
        histogram="",
        explain=False,
        significant=0,
        cursor=plain.cursor,
    )
    return short(repr((asked, settings)))


def short(text: str) -> str:
    """Return a short text that differs where longer ones do."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def outlives_changes(question: Question) -> bool:
    """Whether a hit of the answer to *question* has a place that does not depend on other articles."""
    return question.sort != "relevance" and not question.group


def _number_of(instant: datetime | None) -> int | None:
    """Return an aware instant in microseconds."""
    return None if instant is None else (instant - _EPOCH) // _MICROSECOND


def _instant_of(number: int) -> datetime:
    if type(number) is not int:
        raise ValueError(number)
    return _EPOCH + number * _MICROSECOND
