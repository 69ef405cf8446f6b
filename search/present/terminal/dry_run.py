"""What `index --dry-run` shows: the parts of the first articles, and where each came from."""

from __future__ import annotations

from collections.abc import Iterator

from search.model.article import NO_END, Article, BadArticle, located
from search.present.dates import known_date
from search.present.terminal.safe import visible
from search.readers.dry_run import Shown
from search.readers.shapes import PARTS

_MAX_VALUE_CHARS = 100


def article_lines(shown: Shown, hidden: str = "") -> Iterator[str]:
    """Yield a heading, a line for each part: key -> value, cut; and what gave nothing.

    *hidden* says by which rule it is hidden, "" is by none.
    """
    article = shown.article
    if isinstance(article, BadArticle):
        yield visible(f"refused: {article}")
    else:
        where = located(shown.path, shown.line)
        yield visible(where + (f" (as {shown.shape} writes it)" if shown.shape else ""))
        for part in PARTS:
            value = _value_of(article, part)
            key = shown.origins.get(part, "")
            if not value:
                yield f"  {part:<10} -"
                continue
            cut = value if len(value) <= _MAX_VALUE_CHARS else value[:_MAX_VALUE_CHARS] + "..."
            yield visible(f"  {part:<10} {f'{key} -> ' if key else ''}{cut}")
        if hidden:
            yield visible(f"  {hidden}")
        if article.is_withdrawn:
            yield "  withdrawn by the publisher: kept, and never found"
        elif article.embargoed_until == NO_END:
            yield "  embargoed, nobody knows until when: kept, and not found"
        elif article.embargoed_until is not None:
            yield f"  embargoed until {known_date(article.embargoed_until, 'minute').short}: found from then on"
    for remark in shown.remarks:
        yield visible(f"  {remark}")


def _value_of(article: Article, part: str) -> str:
    """Return what *article* has for one of `PARTS`, in one line."""
    if part == "published":
        at = article.published
        return "" if at is None else known_date(at, article.published_precision).short
    if part == "id":
        return article.article_id
    value = getattr(article, part)
    return " ".join(value.split()) if isinstance(value, str) else "; ".join(value)
