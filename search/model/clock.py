"""What time it is, asked in one place: whether an embargo has ended. Tests put another function in its place."""

from __future__ import annotations

from datetime import UTC, datetime

from search.model.article import Article


def now() -> datetime:
    """Return the present instant, aware UTC."""
    return datetime.now(UTC)


def is_visible(article: Article) -> bool:
    """Whether anybody may see *article* now: it is not withdrawn, and its embargo is over."""
    until = article.embargoed_until
    return not article.is_withdrawn and (until is None or until <= now())
