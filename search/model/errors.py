"""Every error this package raises on purpose; a front end has one ``except SearchError``.

SearchError
  +- ReadError          a source of articles could not be read at all
  +- QueryError         the query text is malformed (carries kind and position)
  +- RequestError       a request asks for something unknown or impossible (a facet, page 0)
  |   +- CursorOutdated the index has changed since the cursor of the request was given
  +- SettingError       a setting or environment variable has a value that cannot be used
  +- TaggerError        what is to find entities is unknown, not installed or damaged
  +- EngineError        the engine failed; the index is as it was before
      +- IndexMissing   there is no index where one was asked for
      +- IndexDamaged   a file of the index is missing, cut short or altered (names the file)
      +- IndexOutdated  the index is of another format or of other fields (names the command that makes it anew)
      +- IndexLocked    another process is writing to the index
      +- QueryTimeout   a query took longer than it may
"""

from __future__ import annotations


class SearchError(Exception):
    """Base of all errors whose message is meant for the person at the screen."""


class ReadError(SearchError):
    """A source of articles could not be read; names the path and the reason."""


class QueryError(SearchError):
    """The query text is malformed.

    ``kind`` is a stable word for programs ("open-quote", "bad-date", ...); ``start`` and ``end`` are
    character offsets into the query text, end exclusive; the message says what to do.
    """

    def __init__(self, kind: str, message: str, start: int, end: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.start = start
        self.end = start + 1 if end is None else end


class RequestError(SearchError):
    """A request asks for something that does not exist; names the value and what there is."""


class CursorOutdated(RequestError):
    """The index has changed since the cursor of a request was given; the message says how to ask so that this does not matter."""


class SettingError(SearchError):
    """A setting has an unusable value; names the setting, the value and where it came from."""


class TaggerError(SearchError):
    """What is to find entities is unknown, not installed or damaged; the message says what to do."""


class EngineError(SearchError):
    """The engine failed. What was committed before is still there and the index stays writable."""


class IndexMissing(EngineError):
    """There is no index at the place named."""


class IndexDamaged(EngineError):
    """A file of the index is missing, cut short or altered; the message names the file."""


class IndexOutdated(EngineError):
    """The index is of another format or of other fields; the message says what to do."""


class IndexLocked(EngineError):
    """Another process holds the write lock and did not release it in time."""


class QueryTimeout(EngineError):
    """A query took longer than the setting ``query_timeout_ms`` allows; there is no answer, not even a part of one."""
