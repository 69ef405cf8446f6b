"""What a recogniser finds in a text, before anybody says which of it is one name."""

from __future__ import annotations

from typing import Literal, NamedTuple

#: "other" is what has a name and is none of the three: nationalities, events, products. It is never counted, and
#: says of its words that they name no person, organisation or place.
Kind = Literal["person", "org", "place", "other"]


class Span(NamedTuple):
    """A name in a text: characters ``start`` to ``end``, exclusive, and its kind."""

    start: int
    end: int
    kind: Kind
