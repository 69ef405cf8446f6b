"""A facet as a person asks for it, on the command line and in a URL: ``author``, ``author:20``."""

from __future__ import annotations

import re

from search.engines.protocol import FACETS, FacetRequest
from search.model.errors import RequestError
from search.service.service import MAX_FACET_SIZE


def facet_request(text: str, default_size: int) -> FacetRequest:
    """Read *text*; where it gives no number, *default_size* values are asked for.

    Raises `RequestError` for an unknown facet and for a number out of bounds.
    """
    field, colon, size = text.partition(":")
    if field not in FACETS:
        raise RequestError(f"unknown facet {field[:40]!r}; choose one of {', '.join(FACETS)}")
    if not colon:
        return FacetRequest(field, default_size)
    if not re.fullmatch("[1-9][0-9]{0,8}", size) or int(size) > MAX_FACET_SIZE:
        raise RequestError(
            f"facet {text[:40]!r}: expected a whole number from 1 to {MAX_FACET_SIZE:,} after the colon, "
            f"as in {field}:20"
        )
    return FacetRequest(field, int(size))
