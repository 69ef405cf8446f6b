"""What a person calls each facet: one table for service, command line and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class FacetName(NamedTuple):
    """The words for one value of a facet and for several."""

    one: str
    many: str


#: The name in the query language -> the words. Its keys are `search.engines.protocol.FACETS`.
FACET_NAMES: Mapping[str, FacetName] = {
    "author": FacetName("author", "authors"),
    "source": FacetName("source", "sources"),
    "section": FacetName("section", "sections"),
    "person": FacetName("person", "people"),
    "org": FacetName("organisation", "organisations"),
    "place": FacetName("place", "places"),
    "lang": FacetName("language", "languages"),
}
