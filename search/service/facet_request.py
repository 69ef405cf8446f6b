"""A facet as a person asks for it, on the command line and in a URL: ``author``, ``author:20``, ``author:20:lew``."""

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

    Raises `RequestError` for an unknown facet, and for a number or words beyond *limits*.
    """
    limits = limits or Limits()
    maximum = limits.facet_size
    field, colon, rest = text.partition(":")
    size, has_words, words = rest.partition(":")
    words = words.strip()
    if field not in fields.choices:
        from search.model.nearest import did_you_mean

        said = f"unknown facet {field[:40]!r}; choose one of {', '.join(fields.choices)}"
        raise RequestError(said + did_you_mean(field, fields.choices))
    if len(words) > limits.facet_text_chars:
        raise RequestError(
            f"facet {text[:40]!r}: the words to look for have more than {limits.facet_text_chars:,} characters"
        )
    if not colon or (has_words and not size):
        return FacetRequest(field, default_size, words)
    if not re.fullmatch("[1-9][0-9]{0,8}", size) or int(size) > maximum:
        raise RequestError(
            f"facet {text[:40]!r}: expected a whole number from 1 to {maximum:,} after the colon, "
            f"as in {field}:20"
        )
    return FacetRequest(field, int(size), words)
