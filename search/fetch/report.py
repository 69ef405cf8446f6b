"""What a person says about a run of `newssearch fetch`, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from search.fetch.limits import FETCH_LIMITS


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What a person says about a run."""

    #: Whether the pages of entries are fetched; None: of those without their full text. A feed may say otherwise.
    pages: bool | None = None
    #: Of each address that was given; a feed may say otherwise.
    max_pages: int = FETCH_LIMITS.max_pages
    #: Ask again for every page that is listed.
    again: bool = False


class FetchProgress(NamedTuple):
    """How far a run is."""

    done: int
    waiting: int
    url: str


@dataclass(slots=True, kw_only=True)
class FetchReport:
    """What a run did."""

    #: Feeds, sitemaps and OPML that are new or changed, and those that are as they were.
    lists: int = 0
    lists_unchanged: int = 0
    pages: int = 0
    pages_unchanged: int = 0
    #: Entries of feeds that were kept themselves, and not their pages.
    entries: int = 0
    #: (address, reason) of what was not fetched.
    refused: list[tuple[str, str]] = field(default_factory=list)
    #: Pages that are left to the next run.
    left: int = 0
    #: Sitemaps that were not looked at, since there were pages enough.
    lists_left: int = 0
    notes: list[str] = field(default_factory=list)
    #: The files that were written.
    paths: list[Path] = field(default_factory=list)
    is_interrupted: bool = False
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """How many addresses gave something, be it nothing new."""
        return self.lists + self.lists_unchanged + self.pages + self.pages_unchanged
