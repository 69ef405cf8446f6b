"""Saved searches and what they find, as JSON and as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from search.highlight.marked import Marked
from search.present.dates import known_date
from search.present.terminal.lines import BOLD, DIM, Style, painted, wrapped
from search.present.terminal.safe import visible
from search.query.saved import text_of

if TYPE_CHECKING:
    from search.service.watching import SavedPage, SavedRow


def asked(row: SavedRow) -> str:
    """Return what a saved search asks, its filters too, in the query language."""
    found = text_of(row.search.question)
    return " ".join(filter(None, (found.text, found.filters))) or "*"


def row_as_json(row: SavedRow, since: datetime) -> dict[str, Any]:
    """Return a saved search and what it finds as a value for `json.dumps`; *since* is from when on an article is new."""
    newest = row.newest and row.newest.article
    return {
        "name": row.search.name,
        "key": row.search.key,
        "query": asked(row),
        "total": row.total,
        "new": row.new,
        "since": since.isoformat(),
        "newest": newest and {"id": newest.article_id, "title": newest.title},
        "error": row.error or None,
    }


def saved_lines(page: SavedPage, style: Style) -> Iterator[str]:
    """Yield a few lines for each saved search: how many are new, its name, what it asks, the newest article."""
    since = known_date(page.since, "minute", style.zone).short
    yield painted(f"{page.new:,} new since {since}", BOLD, style)
    for row in page.rows:
        yield ""
        new = f"{row.new:,} new" if row.new else "" if row.error else "nothing new"
        yield f"{new:>12}  {painted(visible(row.search.name), BOLD, style)}"
        yield from wrapped(Marked(asked(row)), style, leading=" " * 14, hanging=" " * 14)
        if row.error:
            yield from wrapped(
                Marked(f"cannot be asked: {row.error}"), style, leading=" " * 14, hanging=" " * 14
            )
            continue
        about = f"{row.total:,} in all; search:{row.search.key}"
        yield from wrapped(Marked(about), style, base=DIM, leading=" " * 14, hanging=" " * 14)
