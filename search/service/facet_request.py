"""A facet as a person asks for it, on the command line and in a URL: ``author``, ``author:20``."""

from __future__ import annotations

import re

from search.model.errors import RequestError
from search.model.fields import FIELDS, FieldTable
from search.model.question import FacetRequest
from search.service.limits import Limits


def facet_request(
    text: str, default_size: int, limits: Limits | None = None, fields: FieldTable = FIELDS
) -> FacetRequest:
    """Read *text*; where it gives no number, *default_size* values are asked for.

    Raises `RequestError` for an unknown facet and for a number beyond *limits*.
    """
    maximum = (limits or Limits()).facet_size
    field, colon, size = text.partition(":")
    if field not in fields.facets:
        raise RequestError(
            f"unknown facet {field[:40]!r}; choose one of {', '.join(fields.facets)}"
        )
    if not colon:
        return FacetRequest(field, default_size)
    if not re.fullmatch("[1-9][0-9]{0,8}", size) or int(size) > maximum:
        raise RequestError(
            f"facet {text[:40]!r}: expected a whole number from 1 to {maximum:,} after the colon, "
            f"as in {field}:20"
        )
    return FacetRequest(field, int(size))
