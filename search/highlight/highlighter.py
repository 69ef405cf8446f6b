"""The text of an article with a query's words marked, whole or in its best fragments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from search.highlight.fragments import fragments
from search.highlight.marked import Marked
from search.highlight.matcher import Matcher
from search.highlight.matches import HighlightLimits
from search.highlight.named import Mentioned, Name, names_of
from search.highlight.phrases import Match, Span
from search.model.article import Document, paragraph_ranges
from search.model.fields import FIELDS, FieldTable
from search.query.tree import Query


class Highlighter:
    """Marks what a query matches. Made once for a query and used for any number of texts.

    Words without quotes mark every form with the same stem, words in quotes just that form. A phrase is
    one span where its words really stand in a row, and they are not marked elsewhere. Who asks for an entity sees each
    mention of it, however written, and nothing else that is written like it. What must not
    be in an article, dates and filters mark nothing. What is beyond *limits* in a text is left
    unmarked. No method raises, whatever the text.
    """

    def __init__(
        self, tree: Query, limits: HighlightLimits | None = None, fields: FieldTable = FIELDS
    ) -> None:
        self._matcher = Matcher(tree, limits or HighlightLimits(), fields)

    def mentioned(self, document: Document) -> Mentioned | None:
        """Return where *document* names the entities that the query asks for.

        None where it asks for none, and where it is not known where *document* names any.
        """
        return self._matcher.mentioned(document)

    def marks(
        self,
        text: str,
        field: str = "body",
        mentioned: Sequence[Match] | None = None,
        language: str = "",
    ) -> tuple[Span, ...]:
        """Return the spans to mark in *text*, ascending, disjoint, whole words.

        *field* is the name of the field that *text* is (a value of). *mentioned* is what `mentioned` says of it; where
        that is None, words of entities that the query asks for are marked in the texts wherever they stand. *language* is that
        of the article: its rules say what other forms of a word are.
        """
        return self._matcher.matches(text, field, mentioned, language).marks

    def snippet(
        self,
        body: str,
        max_chars: int,
        mentioned: Sequence[Match] | None = None,
        language: str = "",
    ) -> Marked:
        """Return the parts of *body* that answer most of the query, joined by " … ".

        White space is collapsed; "…" stands where a sentence is cut. At most *max_chars* characters,
        one longer word aside. Without a match: the beginning.
        """
        matches = self._matcher.matches(body, "body", mentioned, language)
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
    document: Document, tree: Query, fields: FieldTable = FIELDS
) -> tuple[Marked, tuple[Marked, ...]]:
    """Return title and paragraphs of an article, to the letter, with what *tree* matches marked, and with its names.

    A phrase that runs across paragraphs, which the index allows, is marked in each of them.
    """
    highlighter = Highlighter(tree, fields=fields)
    article = document.article
    mentioned = highlighter.mentioned(document)
    in_title, in_body = mentioned or (None, None)
    names = names_of(document, fields)
    language = article.language
    marks = highlighter.marks(article.title, "title", in_title, language)
    title = Marked(article.title, marks, names.title)
    marks = highlighter.marks(article.body, "body", in_body, language)
    paragraphs = []
    first_mark = first_name = 0
    for start, end in paragraph_ranges(article.body):
        first_mark, own_marks = _inside(marks, first_mark, start, end)
        first_name, own_names = _inside(names.body, first_name, start, end)
        part = Marked(article.body, tuple(own_marks)).part(start, end)
        paragraphs.append(part._replace(names=_moved(own_names, start, end)))
    return title, tuple(paragraphs)


_Part = TypeVar("_Part", bound=tuple[object, ...])


def _inside(
    parts: Sequence[_Part], first: int, start: int, end: int
) -> tuple[int, Sequence[_Part]]:
    """Return those of *parts*, from number *first* on, that reach into a paragraph, and the number of the first of them."""
    while first < len(parts) and parts[first][1] <= start:  # type: ignore[operator]
        first += 1
    last = first
    while last < len(parts) and parts[last][0] < end:  # type: ignore[operator]
        last += 1
    return first, parts[first:last]


def _moved(names: Sequence[Name], start: int, end: int) -> tuple[Name, ...]:
    """Return *names* with offsets that count from *start* on, none beyond *end*."""
    return tuple(
        [
            name._replace(start=max(name.start, start) - start, end=min(name.end, end) - start)
            for name in names
        ]
    )
