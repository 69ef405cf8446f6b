"""What answering one request may take, and how much of it is done at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from search.engines.protocol.rules import gave_up
from search.model.settings import Settings

_SETTINGS = Settings()


class Limits(NamedTuple):
    """Handed down from the engine to all that evaluates.

    What is done at once is bounded so that the time is looked at every few hundredths of a second in an index of
    a million articles, and is large enough that few questions to a smaller one are cut at all.
    """

    #: Words that a wildcard or fuzzy word stands for; the most frequent ones where there are more.
    max_expansions: int = _SETTINGS.max_expansions
    #: Milliseconds after which a request is given up; 0: never.
    query_timeout_ms: int = _SETTINGS.query_timeout_ms
    #: Memory for what expansions came to, kept for the next request.
    remembered_bytes: int = 32 << 20
    #: At most this number of documents are all scored exactly, which takes fewer steps than upper bounds and then scores.
    few_documents: int = 4000
    #: Documents scored exactly in addition to those wanted, so that a second round is seldom needed.
    spare_documents: int = 40
    #: Documents whose occurrences of words are compared at once, or those of one segment where they are more.
    documents_at_once: int = 1 << 16
    #: Postings whose occurrences are looked at singly, at once.
    postings_at_once: int = 1 << 20
    #: Postings of all sets that are united at once.
    united_at_once: int = 1 << 23
    #: Words that a pattern is tried on at once.
    forms_at_once: int = 1 << 13
    #: Dates that are counted at once; what is computed of them stays in the processor's cache.
    dates_at_once: int = 1 << 15


class Deadline:
    """When to give a request up. Only the thread that answers the request uses it."""

    __slots__ = ("_clock", "_end", "_timeout_ms")

    def __init__(self, timeout_ms: int, clock: Callable[[], float] = time.monotonic) -> None:
        """*timeout_ms* count from now, 0: never. *clock* returns seconds."""
        self._timeout_ms = timeout_ms
        self._clock = clock
        self._end = clock() + timeout_ms / 1000 if timeout_ms else float("inf")

    def check(self) -> None:
        """Raise `QueryTimeout` where the time is over."""
        if self._clock() > self._end:
            raise gave_up(self._timeout_ms)

    def lift(self) -> None:
        """Give nothing up any more."""
        self._end = float("inf")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock meanwhile: making what is kept for all requests is not charged to the first."""
        began = self._clock()
        yield
        self._end += self._clock() - began
