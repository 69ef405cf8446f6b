"""The text of an article with a query's words marked, whole or in its best fragments."""

from __future__ import annotations

from search.highlight.fragments import fragments
from search.highlight.marked import Marked
from search.highlight.matches import HighlightLimits, Matcher
from search.highlight.phrases import Span
from search.model.article import Article, paragraph_ranges
from search.model.fields import FIELDS, FieldTable
from search.query.tree import Query


class Highlighter:
    """Marks what a query matches. Made once for a query and used for any number of texts.

    Words without quotes mark every form with the same stem, words in quotes just that form. A phrase is
    one span where its words really stand in a row, and they are not marked elsewhere. What must not
    be in an article, dates and filters mark nothing. What is beyond *limits* in a text is left
    unmarked. No method raises, whatever the text.
    """

    def __init__(
        self, tree: Query, limits: HighlightLimits | None = None, fields: FieldTable = FIELDS
    ) -> None:
        self._matcher = Matcher(tree, limits or HighlightLimits(), fields)

    def marks(self, text: str, field: str = "body") -> tuple[Span, ...]:
        """Return the spans to mark in *text*, ascending, disjoint, whole words.

        *field* is the name of the field that *text* is (a value of). Entities that the query names are
        marked in the texts too, where they were found.
        """
        return self._matcher.matches(text, field).marks

    def snippet(self, body: str, max_chars: int) -> Marked:
        """Return the parts of *body* that answer most of the query, joined by " … ".

        White space is collapsed; "…" stands where a sentence is cut. At most *max_chars* characters,
        one longer word aside. Without a match: the beginning.
        """
        matches = self._matcher.matches(body, "body")
        marked = Marked(body, matches.marks)
        chosen = fragments(body, matches.ordered, matches.weights, max_chars)
        text = ""
        marks: list[Span] = []
        for number, fragment in enumerate(chosen):
            text += " … " if number else "…" if fragment.is_cut_before else ""
            part = marked.part(fragment.start, fragment.end).single_spaced()
            at = len(text)
            marks += [(at + start, at + end) for start, end in part.marks] if at else part.marks
            text += part.text
        if chosen and chosen[-1].is_cut_after:
            text += "…"
        return Marked(text, tuple(marks))


def mark_article(
    article: Article, tree: Query, fields: FieldTable = FIELDS
) -> tuple[Marked, tuple[Marked, ...]]:
    """Return the title and the paragraphs of *article*, to the letter, with what *tree* matches marked.

    A phrase that runs across paragraphs, which the index allows, is marked in each of them.
    """
    highlighter = Highlighter(tree, fields=fields)
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
        paragraphs.append(Marked(article.body, marks[first:last]).part(start, end))
    return title, tuple(paragraphs)
