"""What a query text is read by, besides the text itself."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from search.model.fields import FIELDS, FieldTable
from search.model.question import Match
from search.model.settings import Settings

_DEFAULTS = Settings()


class SavedText(NamedTuple):
    """A saved search as it stands in a larger query: two texts in the query language that both must hold."""

    text: str
    filters: str = ""
    #: How many of the words of ``text`` must occur.
    match: Match = "all"


class ParseContext(NamedTuple):
    """What a query text cannot say itself: the time zone of its days, the current time, limits.

    The limits are those of `search.model.settings`: characters, single clauses, those of them that stand
    for many words each (wildcards, fuzzy words), nesting of brackets.
    """

    zone: tzinfo = UTC
    #: Aware; what "today" and "P7D" count from. None is the time at which a date is read.
    now: datetime | None = None
    max_chars: int = _DEFAULTS.max_query_chars
    max_clauses: int = _DEFAULTS.max_clauses
    max_expanding: int = _DEFAULTS.max_expanding
    max_depth: int = _DEFAULTS.max_depth
    #: The table whose fields a query can name.
    fields: FieldTable = FIELDS
    #: Saved searches by name.
    saved: Mapping[str, SavedText] = MappingProxyType({})
