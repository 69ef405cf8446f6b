"""Plain text: a title line, perhaps a byline, paragraphs, perhaps an agency's name at the very end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.model.article import Article, BadArticle, paragraph_ranges
from search.readers.agency import agency_of_dateline, cut_credit
from search.readers.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from search.readers.dates import parse_date
from search.readers.draft import first_sentence, make_article, too_long
from search.readers.source import Source

#: A first line longer than this is the story itself: a title is made from its first sentence.
_MAX_TITLE_CHARS = 500

#: No editor wraps lines this long: such a line is always a paragraph.
_WRAPPED_CHARS = 120

_LINE_END = re.compile(r"\r\n?|\n")
_BY = re.compile(r"by\s+\S", re.IGNORECASE)


def sniff(head: str) -> bool:
    """Return True: a text in no other format is plain text."""
    return True


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the one article of a text file."""
    limit = source.limits.max_article_chars
    with source.text() as stream:
        text = stream.read(limit + 1)
    if len(text) > limit:
        yield too_long(source, None)
        return
    text = _LINE_END.sub("\n", text).strip()
    if not text:
        yield BadArticle(source.path, None, "holds no text")
        return
    title, _, rest = text.partition("\n")
    title, rest = title.strip(), rest.strip()
    if len(title) > _MAX_TITLE_CHARS:
        title, rest = first_sentence(title), text
    raw_byline, parsed, rest = _split_byline(rest)
    paragraphs, agency = cut_credit(list(_paragraphs(rest)))
    published = parse_date(parsed.date) if parsed.date else None
    yield make_article(
        source,
        None,
        title=title,
        body="\n\n".join(paragraphs),
        authors=parsed.authors,
        credits=parsed.credits,
        byline=raw_byline,
        published=published,
        published_from="byline",
        publisher=parsed.agency or agency or agency_of_dateline(rest),
    )


def _split_byline(text: str) -> tuple[str, Byline, str]:
    """Return the byline that begins *text*, what it says, and the rest; "" if there is none."""
    line, _, rest = text.partition("\n")
    line = line.strip()
    if len(line) <= MAX_BYLINE_CHARS:
        if line.endswith("|"):
            return line.rstrip("| \t"), parse_byline(line), rest.strip()
        parsed = parse_byline(line)
        if _BY.match(line) and _is_byline(line, parsed):
            return line, parsed, rest.strip()
    return "", Byline(), text


def _is_byline(line: str, parsed: Byline) -> bool:
    """Whether a line that begins with "By" names authors, and is not a sentence ("By Monday ...")."""
    full_names = any(" " in name or not name.isascii() for name in parsed.authors)
    return bool(parsed.agency or full_names) and not line.endswith(("!", "?", ":"))


def _paragraphs(text: str) -> Iterator[str]:
    for start, end in paragraph_ranges(text):
        paragraph = text[start:end]
        if "\n" in paragraph and max(map(len, paragraph.split("\n"))) > _WRAPPED_CHARS:
            yield from filter(None, map(str.strip, paragraph.split("\n")))
        else:
            yield paragraph
