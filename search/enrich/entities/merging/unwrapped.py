"""Texts whose lines were broken to fit a page or a wire, with their sentences in one line again."""

from __future__ import annotations

from typing import Final

from search.enrich.entities.network import kernels
from search.model.article import Article

#: Names are looked for in the first characters of an article only; news is far shorter than this.
MAX_CHARS: Final = 200_000

#: Of the lines that a text was broken into, all but the last of a paragraph and the first of the text, which has lost
#: its dateline, are as long.
_SHORTEST, _LONGEST = 40, 100


def unwrapped(text: str, title_length: int) -> str:
    """Return the tagged text of an article with a space for each line end inside a sentence; no character moves.

    So a name that is broken over two lines is found whole. Where nothing parts paragraphs but line ends
    (`paragraph_ranges`), a line goes on if it ends in a word or a comma.
    """
    start = title_length + 2
    if text.find("\n", start) < 0:
        return text
    if "\r" in text:
        text = text.replace("\r\n", " \n")
    compiled = kernels.unwrapped
    return (
        with_spaces(text, start) if compiled is None else compiled(text, start, _SHORTEST, _LONGEST)
    )


def with_spaces(text: str, start: int) -> str:
    """Return a text with a space for each line end inside a sentence from *start* on. The C beside the network does the same, fast."""
    first, *rest = text[start:].split("\n")
    is_parted = any(not line or line.isspace() or line.startswith(("  ", "\t")) for line in rest)
    pieces = [text[:start], first]
    last = first.rstrip()
    shortest = 1
    for line in rest:
        goes_on = (
            line
            and not line[0].isspace()
            and shortest <= len(last) <= _LONGEST
            and (last[-1].isalnum() or last[-1] == "," or (is_parted and shortest == _SHORTEST))
        )
        pieces.append(" " if goes_on else "\n")
        pieces.append(line)
        last = line.rstrip()
        shortest = _SHORTEST
    return "".join(pieces)


def text_looked_at(article: Article) -> tuple[str, int]:
    """Return the text of an article in which names are looked for, and the length of its title there."""
    length = min(len(article.title), MAX_CHARS)
    return unwrapped(article.tagged_text[:MAX_CHARS], length), length
