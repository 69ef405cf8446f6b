"""Staging many articles at once, which an index run does one by one."""

from __future__ import annotations

from collections.abc import Iterable

from search.engines.staging import Staged, Staging
from search.model.article import Article


def staged(engine: Staging, articles: Iterable[Article]) -> Staged:
    """Return what *engine* has staged of *articles*; where they raise, nothing is left of it."""
    handle = engine.stage()
    try:
        for article in articles:
            handle.add(article)
        return handle.finish()
    except BaseException:
        handle.discard()
        raise
