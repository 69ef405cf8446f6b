"""Markdown, and texts with front matter: title, date and more above the text, in YAML, TOML or JSON."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from typing import NamedTuple

from search.model.article import Article, BadArticle
from search.readers.draft import guarded
from search.readers.markdown import heading_of, plain_text, without_wiki_links
from search.readers.markup import plain_lines
from search.readers.record import article_of
from search.readers.shapes import bare
from search.readers.simple_yaml import read_yaml
from search.readers.source import Origin, Source
from search.readers.text import article_of_text, split_head, whole_text
from search.text.spacing import single_spaced

#: What stands above a text is shorter than this, in characters and lines.
_MAX_CHARS = 60_000
_MAX_LINES = 1_000
#: How many lines that are not understood are named.
_MOST_SAID = 5

_FENCED = {"---": ("---", "..."), "+++": ("+++",)}
_YAML_KEY = re.compile(r"[\"']?[\w@$-][\w .@$-]{0,60}[\"']?\s?:(?:\s|$)")
_TOML_KEY = re.compile(r"[\"']?[\w-]+[\"']?\s*=|\[\[?[\w.\" -]+\]\]?")
#: Where Hugo and Zola have what is no part of their own rules.
_WITHIN = ("params", "taxonomies", "extra")
#: How the page is made, which says nothing of the article; an address inside a site that is not named.
_OF_THE_SITE = frozenset(
    ("layout", "type", "toc", "comments", "math", "mathjax", "weight", "slug", "aliases", "redirectfrom", "sitemap", "draft", "template", "pagination")
)  # fmt: skip
_ADDRESS = re.compile(r"https?://\S+")
_ADDRESSES = frozenset(("url", "permalink", "link", "path"))


class _Head(NamedTuple):
    record: Mapping[str, object]
    body: str


def sniff(head: str) -> bool:
    """Whether a text begins with front matter: a first key after the dashes or pluses, and their end."""
    found = _fenced(head.lstrip("\ufeff"))
    if found is None:
        return False
    mark, above, _, _ = found
    lines = (line.strip() for line in above.split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return (_YAML_KEY if mark == "---" else _TOML_KEY).match(first) is not None


def read(source: Source) -> Iterator[Article | BadArticle]:
    """Yield the article of a text; none of a draft, which a remark says."""
    text = whole_text(source)
    if isinstance(text, BadArticle):
        yield text
        return
    text = text.lstrip("\ufeff")
    head = _head_of(source, text)
    if isinstance(head, BadArticle):
        yield head
        return
    if head is not None and (why := _unpublished(head.record)):
        source.remarks.say(None, "not read", f"{why}: it was never published")
        return
    yield guarded(source, None, _article, source, head, text)


def _article(source: Source, head: _Head | None, text: str) -> Article | BadArticle:
    if head is None:
        title, body = heading_of(text)
        return article_of_text(source, plain_lines(plain_text(body)), title)
    record = _of_article(source, head.record)
    heading, below = heading_of(head.body)
    said = next((v for key, v in record.items() if bare(key) in ("title", "headline") and v), "")
    title = said if isinstance(said, str) else ""
    text = below if heading and (not title or _same(heading, title)) else head.body
    body = plain_lines(plain_text(text))
    if not title and heading:
        title = record["title"] = heading
    article = article_of(source, None, record | ({"text": body} if body else {}))
    if isinstance(article, BadArticle) or (
        article.published and (article.authors or article.byline)
    ):
        return article
    return _with_head_of_text(source, article, title or article.title, body)


def _with_head_of_text(source: Source, article: Article, title: str, body: str) -> Article:
    """Return *article* with the date and byline that its text, its file or its folders say and its head does not."""
    quiet = Origin(source.path, source.limits, source.options)
    head, rest = split_head(source if not article.published else quiet, body, title)
    if head.byline and not (article.authors or article.byline):
        article = replace(
            article,
            authors=source.options.authors.counted(head.parsed.authors, article.source),
            credits=head.parsed.credits,
            byline=head.byline,
            source=article.source or head.parsed.agency,
            body=rest if article.body == body else article.body,
        )
    if head.published and not article.published:
        article = replace(
            article,
            published=head.published.at,
            published_precision=head.published.precision,
            published_from=head.published_from,
        )
    return article


def _same(heading: str, title: str) -> bool:
    return single_spaced(heading).casefold() == single_spaced(title).casefold()


def _head_of(source: Source, text: str) -> _Head | BadArticle | None:
    """Return what stands above the text, and the text; None where nothing does, a refusal where it is damaged."""
    if text.startswith("{"):
        try:
            value, end = json.JSONDecoder().raw_decode(text[:_MAX_CHARS])
        except (ValueError, RecursionError):
            return None
        is_head = isinstance(value, dict) and (end == len(text) or text[end] == "\n")
        return _Head(value, text[end:].strip()) if is_head else None
    found = _fenced(text)
    if found is None or not sniff(text):
        return None
    mark, above, body, _ = found
    if mark == "+++":
        try:
            return _Head(_as_texts(tomllib.loads(above)), body.strip())
        except (ValueError, RecursionError) as exc:  # ValueError: thousands of digits, too
            reason = f"its front matter is no TOML ({exc}); mend the lines between +++"
            return BadArticle(source.path, None, reason)
    record, unread = read_yaml(above, first_line=2)
    for number, line in unread[:_MOST_SAID]:
        reason = f"a line of the front matter was not understood: {line[:100]!r}"
        source.remarks.say(number, "key not used", reason)
    if (more := len(unread) - _MOST_SAID) > 0:
        reason = f"{more:,} more lines of the front matter were not understood"
        source.remarks.say(None, "key not used", reason)
    return _Head(record, body.strip())


def _fenced(text: str) -> tuple[str, str, str, int] | None:
    """Return the mark around the front matter, what is in it, what follows, and the lines it takes; None without it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text[:_MAX_CHARS] else text
    lines = text[:_MAX_CHARS].split("\n", _MAX_LINES)
    mark = lines[0].rstrip()
    if mark not in _FENCED:
        return None
    for number, line in enumerate(lines[1:_MAX_LINES], 1):
        if line.rstrip() in _FENCED[mark]:
            above = "\n".join(lines[1:number])
            length = sum(map(len, lines[: number + 1])) + number + 1
            return mark, above, text[length:], number + 1
    return None


def _of_article(source: Origin, record: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that may say something of the article."""
    found: dict[str, object] = {}
    for key, value in record.items():
        name = bare(key)
        if name in _WITHIN and isinstance(value, dict):
            found = {**value, **found}
        elif name in _OF_THE_SITE or (
            name == "published" and str(value).lower() in ("true", "yes")
        ):
            continue
        elif name in _ADDRESSES and isinstance(value, str) and "//" not in value:
            source.remarks.count(
                None, "key not used", f"key {key!r} is an address inside a site that is not named"
            )
        # What a clipper saved is its address there; of a source only the host would be kept.
        elif name == "source" and isinstance(value, str) and _ADDRESS.fullmatch(value.strip()):
            found.setdefault("url", value)
            found[key] = value
        else:
            found[key] = _without_links(value)
    return found


def _without_links(value: object) -> object:
    """Return *value* with the words of links to notes: "[[Jane Roe]]" is an author."""
    if isinstance(value, str):
        return without_wiki_links(value)
    return [_without_links(each) for each in value] if isinstance(value, list) else value


def _unpublished(record: Mapping[str, object]) -> str:
    """Return which key of *record* says that the text is a draft, "" where none does."""
    for key, value in record.items():
        name, said = bare(key), str(value).strip().lower()
        if (name == "draft" and said in ("true", "yes")) or (name == "published" and said in ("false", "no")):  # fmt: skip
            return f"has {key}: {said}"
    return ""


def _as_texts(value: dict[str, object]) -> dict[str, object]:
    """Return a table of TOML with its dates as texts."""

    def as_text(each: object) -> object:
        if isinstance(each, dict):
            return {key: as_text(inner) for key, inner in each.items()}
        if isinstance(each, list):
            return [as_text(inner) for inner in each]
        return each.isoformat() if isinstance(each, date | time) else each

    return {key: as_text(each) for key, each in value.items()}
