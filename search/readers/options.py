"""What a person says about their files, which the files do not say themselves."""

from __future__ import annotations

from typing import NamedTuple

from search.readers.author_names import NO_AUTHOR_NAMES, AuthorNames


class ReadingOptions(NamedTuple):
    """The options of `newssearch index` that decide what the articles of a file are."""

    #: One of `search.readers.formats.FORMAT_NAMES`; None chooses by the suffix, else by the content.
    reader: str | None = None
    #: (part of an article, key or path of a record): ``--map``.
    mapped: tuple[tuple[str, str], ...] = ()
    #: A label of the WHATWG encoding standard, "" to find it out: ``--encoding``.
    encoding: str = ""
    #: What comes first in a date such as 03/04/2024: "dmy", "mdy", or "" to find it out: ``--dates``.
    day_order: str = ""
    #: What the articles can be told from others by: ``--collection``.
    collection: str = ""
    #: Which names of authors count as which: ``--authors``.
    authors: AuthorNames = NO_AUTHOR_NAMES

    def how(self) -> str:
        """Return them all, for the ledger: with others, files that have not changed are read too."""
        said = {name: value for name, value in self._asdict().items() if value}
        return ", ".join(f"{name} {value}" for name, value in {"reader": "auto", **said}.items())


AS_FOUND = ReadingOptions()
