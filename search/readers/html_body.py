"""The text of an article on a page, with its paragraphs, without the rest of the page."""

from __future__ import annotations

import logging
import re

import trafilatura

_WORDS = re.compile(r"\w+")


def read_body(markup: str, title: str) -> str:
    """Return the article's paragraphs joined by blank lines, "" if the page has none."""
    # It logs every page without text, which the reader reports already.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text = trafilatura.extract(
        markup, include_comments=False, include_tables=True, with_metadata=False
    )
    lines = (text or "").split("\n")
    paragraphs = [line.strip() for line in lines if line.strip()]
    if paragraphs and _WORDS.findall(paragraphs[0].casefold()) == _WORDS.findall(title.casefold()):
        del paragraphs[0]
    return "\n\n".join(paragraphs)
