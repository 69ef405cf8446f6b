"""Plain text: a title line, perhaps a byline, paragraphs, perhaps an agency's name at the very end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from search.model.article import Article, BadArticle, paragraph_ranges
from search.readers.agency import agency_of_dateline, cut_credit
from search.readers.byline import MAX_BYLINE_CHARS, Byline, parse_byline
from search.readers.date_texts import dated_line
from search.readers.dates import day_in_name, parse_date
from search.readers.draft import first_sentence, make_article, too_long
from search.readers.not_prose import looks_like
from search.readers.published import Published, published_on
from search.readers.source import Origin, Source

#: A first line longer than this is the story itself: a title is made from its first sentence.
_MAX_TITLE_CHARS = 500

#: A book has a tenth of it.
_MAX_LINES = 200_000

#: No editor wraps lines this long: such a line is always a paragraph.
_WRAPPED_CHARS = 120

#: A line of names and a date is shorter than this.
_MAX_DATED_CHARS = 120

#: 13-11-2024 in a name.
_DAY_FIRST = re.compile(r"(?<![\d.-])(\d\d)[-._](\d\d)[-._](\d{4})(?!\d)")
_FOLDERS = re.compile(r"(?:^|/)((?:1[6-9]|20)\d\d)/(\d\d?)/(\d\d?)$")
_WORDS = re.compile(r"[^\W\d_]+")
#: The sign of a headline in Markdown.
_MARKS = re.compile(r"^\s*#{1,6}\s+|\s+#+\s*$")
#: A line that names a paper, between the headline and the date.
_MAX_PAPER_CHARS = 60
#: Lines of signs alone above it.
_RULES = re.compile(r"(?:[-=_*~# \t]*+\n)++")
_LINE_END = re.compile(r"\r\n?|\n")
_BETWEEN = " \t,;|·•-–—"
_BY = re.compile(
    r"(?:by|von|par|por|di|door|av|af|przez|от|від|autor(?:en|in|es)?|auteure?|autore|autora|author|text|texte|testo)\b:?\s+\S",
    re.IGNORECASE,
)


def sniff(head: str) -> bool:
    """Whether a text that begins with *head* was written for people to read."""
    return not looks_like(head)


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the one article of a text file."""
    text = whole_text(source)
    yield text if isinstance(text, BadArticle) else article_of_text(source, text)


def whole_text(source: Source) -> str | BadArticle:
    """Return the text of a file that is one article, its lines ended by line feeds; or why it is too long or empty."""
    limit = source.limits.max_article_chars
    with source.text() as stream:
        text = stream.read(limit + 1)
    if len(text) > limit:
        return too_long(source, None)
    text = _LINE_END.sub("\n", text).strip()
    if not text:
        return BadArticle(source.path, None, "holds no text")
    if text.count("\n") >= _MAX_LINES:
        reason = f"has more than {_MAX_LINES:,} lines, too many for one article"
        return BadArticle(source.path, None, reason)
    return text


def article_of_text(
    source: Origin, text: str, title: str = "", kicker: str = ""
) -> Article | BadArticle:
    """Return the article of a text that a person wrote, whatever file it stood in.

    Its first line is the title where no *title* is given; a *kicker* stood above that. Lines end with a line feed.
    """
    head, rest = split_head(source, text, title)
    paragraphs, agency = cut_credit([*filter(None, [kicker]), *paragraphs_of(rest)])
    return make_article(
        source,
        None,
        title=head.title,
        body="\n\n".join(paragraphs),
        authors=head.parsed.authors,
        credits=head.parsed.credits,
        byline=head.byline,
        published=head.published,
        published_from=head.published_from,
        publisher=head.parsed.agency or agency or agency_of_dateline(rest),
    )


@dataclass(slots=True)
class Head:
    """What stands above the text itself."""

    title: str
    byline: str = ""
    parsed: Byline = field(default_factory=Byline)
    published: Published | None = None
    published_from: str = ""


def split_head(source: Origin, text: str, title: str = "") -> tuple[Head, str]:
    """Return what the lines above the text of an article say, and the text.

    The first line is the title where no *title* is given.
    """
    text = text.strip()
    if above := _RULES.match(text):
        text = text[above.end() :]
    rest = text
    if not title:
        line, _, rest = rest.partition("\n")
        title, rest = _MARKS.sub("", line).strip() or line.strip(), rest.strip()
        if len(title) > _MAX_TITLE_CHARS:
            title, rest = first_sentence(title), text
    head = Head(title)
    order = source.options.day_order
    published = dated_line(title, order) if rest else None
    if published is not None and not published.is_vague():  # above its title
        head.published, head.published_from = published, "date line of the text"
        head.title, _, rest = (part.strip() for part in rest.partition("\n"))
    while rest:
        line, _, after = (part.strip() for part in rest.partition("\n"))
        line = line.strip("*_") or line  # in italics
        if head.published is None and (published := dated_line(line, order)):
            head.published, head.published_from = published, "date line of the text"
            if published.loss or parse_byline(line).authors:
                break  # what is not known exactly stays to be read: "Ann Arbor, 18 May", "Ann Archer, 18 May"
        elif not head.byline and (parsed := byline_in(line)):
            head.byline, head.parsed = line.rstrip("| \t"), parsed
        else:
            if head.published is None:
                _take_from_next_line(head, line, after, order)
            break
        rest = after
    in_byline = parse_date(head.parsed.date, order) if head.parsed.date else None
    if in_byline and (head.published is None or head.published.is_vague()):
        head.published, head.published_from = in_byline, "byline"
    _take_from_name(source, head)
    if head.published is not None and head.published.loss:
        kind = "day order" if head.published.is_ambiguous else "date"
        source.remarks.say(None, kind, f"{head.published_from}: {head.published.loss}")
    return head, rest


def _take_from_next_line(head: Head, line: str, after: str, day_order: str) -> None:
    """Take the date from the line after *line*, if that can be the name of a paper; both stay in the text."""
    is_paper = len(line) <= _MAX_PAPER_CHARS and not line.endswith((".", "!", "?", ":", "。"))
    published = dated_line(after.partition("\n")[0].strip(), day_order) if is_paper else None
    if published is not None and not published.is_vague():
        head.published, head.published_from = published, "date line of the text"


def _take_from_name(source: Origin, head: Head) -> None:
    """Take the date from the name of the file where the text has none; remark where it has another."""
    named, where = day_of_file(source)
    if named is None:
        return
    if head.published is None or head.published.is_vague():
        head.published, head.published_from = named, where
    elif abs(named.at - head.published.at) > timedelta(days=2):
        source.remarks.say(
            None,
            "date in question",
            f"the {head.published_from} says {head.published.at.date()}, and the {where} {named.at.date()};"
            " the first was kept",
        )


def day_of_file(source: Origin) -> tuple[Published | None, str]:
    """Return the day in the name of a file, or of its folders year/month/day, and which of them it was."""
    folders, name = os.path.split(source.path)
    if day := day_in_name(name):
        return published_on(day.year, day.month, day.day, "day"), "name of the file"
    if match := _DAY_FIRST.search(name):
        published = parse_date("/".join(match.groups()), source.options.day_order)
        if published is not None and not published.is_vague():
            return published, "name of the file"
    if match := _FOLDERS.search(folders.replace(os.sep, "/")):
        year, month, day_of_month = map(int, match.groups())
        return published_on(year, month, day_of_month, "day"), "folders of the file"
    return None, ""


def byline_in(line: str) -> Byline | None:
    """Return what a line says if it is a byline."""
    if not line or len(line) > MAX_BYLINE_CHARS:
        return None
    if line.endswith("|"):
        return parse_byline(line)
    if _BY.match(line):
        parsed = parse_byline(line)
        return parsed if _is_byline(line, parsed) else None
    # Without a word such as "By", names and a date alone: "Ann Lee | 13 November 2024".
    if len(line) > _MAX_DATED_CHARS or not any(map(str.isdigit, line)):
        return None
    parsed = parse_byline(line)
    names = _WORDS.findall(" ".join((*parsed.authors, parsed.agency)).casefold())
    before, _, after = line.partition(parsed.date) if parsed.date else ("", "", "")
    if not before.strip() and (by := _BY.match(after.strip(_BETWEEN))):
        before = after.strip(_BETWEEN)[by.end() - 1 :]  # "Published 13 November 2024 by Ann Lee"
    is_all = set(_WORDS.findall(before.casefold())) <= {*names, "and", "und", "et", "y", "e"}
    return parsed if before.strip() and is_all and _is_byline(line, parsed) else None


def _is_byline(line: str, parsed: Byline) -> bool:
    """Whether a line that begins with "By" names authors, and is not a sentence ("By Monday ...")."""
    full_names = any(" " in name or not name.isascii() for name in parsed.authors)
    return bool(parsed.agency or full_names) and not line.endswith(("!", "?", ":"))


def paragraphs_of(text: str) -> Iterator[str]:
    for start, end in paragraph_ranges(text):
        paragraph = text[start:end]
        if "\n" in paragraph and max(map(len, paragraph.split("\n"))) > _WRAPPED_CHARS:
            yield from filter(None, map(str.strip, paragraph.split("\n")))
        else:
            yield paragraph
