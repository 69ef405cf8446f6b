"""The article of a document that programs of offices or of layout make: the rules that these have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from search.model.article import Article, BadArticle
from search.readers import press_databases
from search.readers.date_texts import dated_line, is_in_prose
from search.readers.dates import parse_date
from search.readers.draft import guarded, too_long
from search.readers.source import Source
from search.readers.text import article_of_text, byline_in
from search.text.spacing import single_spaced

#: Paragraphs above and below a title in which a day may stand.
_BESIDE = 4
#: A title stands among that many first paragraphs; a heading higher up.
_MOST_ABOVE_TITLE = 60
_MOST_ABOVE_HEADING = 3
_MAX_TITLE_CHARS = 300
_SENTENCE_END = (".", "!", "?", "…", "。", ":", ";", ",")
#: What programs write as the title of a document.
_NO_TITLE = re.compile(
    r"(?:microsoft word|powerpoint|document|dokument|untitled|unbenannt|sans titre|sin título|title|titel|template|vorlage|draft)\b.{0,60}"
    r"|.{0,200}\.(?:docx?|odt|rtf|indd|qxp|pdf|txt)",
    re.IGNORECASE,
)


class Paragraph(NamedTuple):
    text: str
    #: 0 of a title, 1 to 9 of a heading; None of any other.
    level: int | None = None


class Properties(NamedTuple):
    """What the program that wrote a document says of it."""

    title: str = ""
    author: str = ""
    created: str = ""


def articles_of(
    source: Source, paragraphs: list[Paragraph], said: Properties, lines: Sequence[str] = ()
) -> Iterator[Article | BadArticle]:
    """Yield the article that *paragraphs* are, by the rules of a text file, or those of a press database.

    *lines* are those of the page, where paragraphs are joined from them.
    """
    if sum(len(each.text) for each in paragraphs) > source.limits.max_article_chars:
        yield too_long(source, None)
        return
    if not paragraphs:
        yield BadArticle(source.path, None, "holds no text")
        return
    lines = lines or [line for each in paragraphs for line in (*each.text.split("\n"), "")]
    if press_databases.sniff("\n".join(lines)):
        yield from press_databases.articles_in(source, list(lines), lines)
        return
    title, above, rest = _titled(paragraphs, said.title)
    of_head = [each for each in above if dated_line(each.text) or byline_in(each.text)]
    kicker = "\n\n".join(each.text for each in above if each not in of_head)
    text = "\n\n".join(each.text for each in (*of_head, *rest))
    article = guarded(source, None, article_of_text, source, text, title, kicker)
    if isinstance(article, Article) and article.published is None and title:
        article = _dated(source, article, [*above[-_BESIDE:], *rest[:_BESIDE]])
    yield article
    if isinstance(article, Article):
        _remark_on(source, article, said)


def _dated(source: Source, article: Article, beside: list[Paragraph]) -> Article:
    """Return *article* with the day that a short line beside its title says, as a page that was printed has it."""
    from search.readers.html_dates import before_change  # with lxml

    for each in beside:
        text = before_change(each.text)
        if not any(map(str.isdigit, text)) or is_in_prose(text):
            continue
        published = parse_date(text, source.options.day_order)
        if published is not None and published.precision in ("day", "minute", "second"):
            return replace(
                article,
                published=published.at,
                published_precision=published.precision,
                published_from="text beside the headline",
            )
    return article


def _remark_on(source: Source, article: Article, said: Properties) -> None:
    """Remark on what only the document's properties say: they are of the file, and not of the article."""
    if said.author and not article.authors and not article.byline:
        reason = f"its properties name {said.author[:80]!r} as author, who may have typed the file only; the text names nobody"
        source.remarks.count(None, "value not used", reason, "author of the properties")
    if said.created and article.published is None:
        reason = f"its properties say {said.created[:40]!r}, when the file was made, which is no day of publication"
        source.remarks.count(None, "value not used", reason, "date of the properties")


def _titled(paragraphs: list[Paragraph], said: str) -> tuple[str, list[Paragraph], list[Paragraph]]:
    """Return the title, what stands above it, and what below; "" where the first line is the title, as of a text."""
    above = [(n, each) for n, each in enumerate(paragraphs[:_MOST_ABOVE_TITLE]) if len(each.text) <= _MAX_TITLE_CHARS]  # fmt: skip
    at = next((n for n, each in above if each.level == 0), None)
    if at is None:
        at = next((n for n, each in above[:_MOST_ABOVE_HEADING] if each.level is not None), None)
    if at is not None:
        return single_spaced(paragraphs[at].text), paragraphs[:at], paragraphs[at + 1 :]
    first = paragraphs[0].text
    is_sentence = len(first) > _MAX_TITLE_CHARS or first.endswith(_SENTENCE_END)
    is_usable = " " in said and not _NO_TITLE.fullmatch(said)
    return (single_spaced(said) if is_sentence and is_usable else ""), [], paragraphs
