"""Which passages of an article get a vector: about as much as a model takes in at once."""

from __future__ import annotations

import re
from typing import NamedTuple

from search.model.article import Article

#: Words of a passage: measured on two collections, docs/semantic.md.
PASSAGE_WORDS = 150
#: Characters of a passage, for texts without spaces between words.
PASSAGE_CHARS = 1_500
#: Passages of an article that get a vector: what comes after 9,600 words is counted, and said.
MAX_PASSAGES = 64

_WORD = re.compile(r"\S+")


class Passages(NamedTuple):
    """The first passages of an article, and whether it has more."""

    texts: tuple[str, ...]
    has_more: bool


def passages_of(article: Article) -> Passages:
    """Return the passages of title and body; none where neither has a word."""
    title, body = article.title.strip(), article.body
    text = body if body.lstrip().startswith(title) else f"{title}\n{body}"
    found: list[str] = []
    begin, end, words = -1, 0, 0
    for match in _WORD.finditer(text):
        if words == PASSAGE_WORDS or (words and match.end() - begin > PASSAGE_CHARS):
            found.append(text[begin:end])
            words = 0
            if len(found) == MAX_PASSAGES:
                return Passages(tuple(found), has_more=True)
        if not words:
            begin = match.start()
        # A text without spaces is one word, in pieces.
        while match.end() - begin > PASSAGE_CHARS:
            found.append(text[begin : begin + PASSAGE_CHARS])
            begin += PASSAGE_CHARS
            if len(found) == MAX_PASSAGES:
                return Passages(tuple(found), has_more=True)
        end = match.end()
        words += 1
    if words and begin < end:
        found.append(text[begin:end])
    return Passages(tuple(found), has_more=False)
