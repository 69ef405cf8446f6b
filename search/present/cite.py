"""How an article is cited: as a line of text, as BibTeX, and as data of schema.org for programs that read pages."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any
from unicodedata import category

from search.model.article import Article
from search.present.dates import known_date, known_day

#: Names that a line of text gives in full.
_MOST_AUTHORS = 3

#: What TeX reads as a command, and what stands for it.
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "^": r"\^{}", "~": r"\~{}",
}  # fmt: skip
#: What would end the braces around an address.
_NO_URL = re.compile(r"[{}\\]")
_NO_KEY = re.compile(r"[^A-Za-z0-9.:-]+")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ENDS = ".?!…"


def as_text(article: Article, zone: tzinfo) -> str:
    """Return one line: authors, “title”, source, date as exactly as it is known, address.

    What is not known is left out; an article without title and authors is cited by its id.
    """
    title = _line(article.title)
    authors = _authors(article.authors)
    parts = [authors] if authors else []
    if title:
        parts.append(f"“{title}{'' if title[-1] in _ENDS else '.'}”")
    if not parts:
        parts.append(article.article_id)
    day = (
        known_day(article.published, article.published_precision, zone).words
        if article.published
        else "undated"
    )
    parts.append(", ".join(filter(None, (_line(article.source), day))))
    cited = " ".join(part if part[-1] in _ENDS + "”" else f"{part}." for part in parts)
    return f"{cited} {_line(article.url)}".rstrip()


def as_bibtex(article: Article, zone: tzinfo) -> str:
    """Return an entry of BibTeX, with the id of the article as its key; letters beyond ASCII stay (UTF-8)."""
    year = month = day = ""
    if article.published is not None:
        known = known_day(article.published, article.published_precision, zone).iso.split("-")
        year, month, day = (*known, "", "")[:3]
    values = {
        # Braces keep BibTeX from taking a name apart, which only its bearer could do rightly.
        "author": " and ".join("{" + tex + "}" for name in article.authors if (tex := _tex(name))),
        "title": "{" + _tex(article.title) + "}" if _line(article.title) else "",
        "journal": _tex(article.source),
        "year": year,
        "month": _MONTHS[int(month) - 1] if month else "",
        "day": day.lstrip("0"),
        "language": _tex(article.language),
        "url": _NO_URL.sub("", _line(article.url)),
    }
    key = _NO_KEY.sub("-", article.article_id)
    lines = [
        f"  {name} = {value if name == 'month' else '{' + value + '}'},"
        for name, value in values.items()
        if value
    ]
    return "\n".join([f"@article{{{key},", *lines, "}", ""])


def as_json_ld(article: Article, zone: tzinfo) -> dict[str, Any]:
    """Return a NewsArticle of schema.org, without the text, as a value for `json.dumps`; only what is known."""
    date = None
    if article.published is not None:
        date = known_date(article.published, article.published_precision, zone).iso
    source = {"@type": "Organization", "name": article.source} if article.source.strip() else None
    known: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": article.article_id,
        "headline": article.title,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "datePublished": date,
        "publisher": source,
        "articleSection": article.section,
        "keywords": list(article.topics),
        "inLanguage": article.language,
        "url": article.url,
    }
    return {name: value for name, value in known.items() if value}


def _authors(names: tuple[str, ...]) -> str:
    """Return the names as a sentence has them: "A", "A and B", "A, B, and C", "A and others"."""
    shown = [line for name in names if (line := _line(name))]
    if len(shown) > _MOST_AUTHORS:
        return f"{shown[0]} and {len(shown) - 1:,} others"
    if len(shown) == 3:
        return f"{shown[0]}, {shown[1]}, and {shown[2]}"
    return " and ".join(shown)


def _line(text: str) -> str:
    """Return *text* as one line without controls."""
    return " ".join("".join(" " if category(c) == "Cc" else c for c in text).split())


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in _line(text))
