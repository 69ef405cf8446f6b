"""The query language by examples, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search.present.terminal.safe import visible
from search.service.query_help import HelpPart

_QUERY_COLUMNS = 40


def help_lines(parts: Sequence[HelpPart]) -> Iterator[str]:
    """Yield a paragraph for each part: what it is about, and a line for each example with what it finds."""
    for number, part in enumerate(parts):
        if number:
            yield ""
        yield f"{part.title}: {part.says}"
        for row in part.rows:
            found = "" if row.articles is None else f"{row.articles:,}"
            yield f"{found:>10}  {visible(row.query):<{_QUERY_COLUMNS}}  {row.means}"
