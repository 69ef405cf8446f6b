"""Best fragments of a text for a query, and the ranges to mark in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from search.highlight.fragments import fragments
from search.highlight.matches import HighlightLimits, Matcher
from search.highlight.phrases import Range
from search.model.article import Article, paragraph_ranges
from search.query.tree import Query

#: White space that is not a single blank.
_UNEVEN = re.compile(r"\s(?:\s+|(?<! ))")


class Marked(NamedTuple):
    """A plain text and the (start, end) character ranges to mark in it, ascending, not overlapping."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Highlighter:
    """Marks what a query matches. Made once for a query and used for any number of texts.

    Words without quotes mark every form with the same stem, words in quotes just that form. A phrase is
    one range where its words really stand in a row, and they are not marked elsewhere. What must not
    be in an article, dates and filters mark nothing. What is beyond *limits* in a text is left
    unmarked. No method raises, whatever the text.
    """

    def __init__(self, tree: Query, limits: HighlightLimits | None = None) -> None:
        self._matcher = Matcher(tree, limits or HighlightLimits())

    def marks(self, text: str, field: str = "body") -> tuple[Range, ...]:
        """Return the ranges to mark in *text*, ascending, disjoint, whole words.

        *field* is one of `search.query.tree.FIELDS`, the one that *text* is (a value of). Words of ``person:``, ``org:``,
        ``place:`` and ``entity:`` are marked in title and body, where those names were found.
        """
        return self._matcher.matches(text, field).marks

    def snippet(self, body: str, max_chars: int) -> Marked:
        """Return the parts of *body* that answer most of the query, joined by " … ".

        White space is collapsed; "…" stands where a sentence is cut. At most *max_chars* characters,
        one longer word aside. Without a match: the beginning.
        """
        matches = self._matcher.matches(body, "body")
        chosen = fragments(body, matches.hits, matches.weights, max_chars)
        text = ""
        marks: list[Range] = []
        for number, fragment in enumerate(chosen):
            text += " … " if number else "…" if fragment.is_cut_before else ""
            part = body[fragment.start : fragment.end]
            inside = _clipped(matches.marks, fragment.start, fragment.end)
            # All white space but the blank is not printable: nothing is cheaper to ask.
            if "  " in part or not part.isprintable():
                part, inside = _collapsed(part, inside)
            at = len(text)
            marks += [(at + start, at + end) for start, end in inside] if at else inside
            text += part
        if chosen and chosen[-1].is_cut_after:
            text += "…"
        return Marked(text, tuple(marks))


def mark_article(article: Article, tree: Query) -> tuple[Marked, tuple[Marked, ...]]:
    """Return the title and the paragraphs of *article*, to the letter, with what *tree* matches marked.

    A phrase that runs across paragraphs, which the index allows, is marked in each of them.
    """
    highlighter = Highlighter(tree)
    title = Marked(article.title, highlighter.marks(article.title, "title"))
    marks = highlighter.marks(article.body)
    paragraphs = []
    first = 0
    for start, end in paragraph_ranges(article.body):
        while first < len(marks) and marks[first][1] <= start:
            first += 1
        last = first
        while last < len(marks) and marks[last][0] < end:
            last += 1
        clipped = _clipped(marks[first:last], start, end)
        paragraphs.append(Marked(article.body[start:end], tuple(clipped)))
    return title, tuple(paragraphs)


def _clipped(marks: Iterable[Range], start: int, end: int) -> list[Range]:
    """Return the parts of *marks* between *start* and *end*, counted from *start*."""
    return [
        (a - start if a > start else 0, (b if b < end else end) - start)
        for a, b in marks
        if a < end and b > start
    ]


def _collapsed(text: str, marks: list[Range]) -> tuple[str, list[Range]]:
    """Return *text* with runs of white space as single blanks, and *marks* moved along."""
    # Marks begin and end with a character of a word, so none begins or ends inside white space.
    if "\n\n" in text:
        count = text.count
        marks = [(a - count("\n\n", 0, a), b - count("\n\n", 0, b)) for a, b in marks]
        text = text.replace("\n\n", " ")
    text = text.replace("\n", " ")
    if "  " not in text and text.isprintable():
        return text, marks  # in news nearly always, and in a quarter of the time
    parts = []
    ends = []
    dropped = [0]  # how many characters are gone behind so many runs
    done = 0
    for run in _UNEVEN.finditer(text):
        start, end = run.span()
        parts.append(text[done:start])
        ends.append(end)
        dropped.append(dropped[-1] + end - start - 1)
        done = end
    parts.append(text[done:])
    moved = [
        (start - dropped[bisect_right(ends, start)], end - dropped[bisect_right(ends, end)])
        for start, end in marks
    ]
    return " ".join(parts), moved
