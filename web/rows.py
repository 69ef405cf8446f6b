"""What a page has many of, as HTML: bars of a chart, rows of its table, values of a facet, dates and credits of hits. A template takes several times as long for them.

Every text goes through `_filled`, which escapes it: nothing in a name or a query becomes markup.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from flask import Flask
from markupsafe import Markup

from search.model.article import Article
from search.present.dates import KnownDate
from search.service.naming import few
from web.links import name_url
from web.wording import counted, direction

if TYPE_CHECKING:
    from web.band import Bars
    from web.facets import FacetLink


def add_to(app: Flask, named: Collection[str]) -> None:
    """Give the templates of *app* what is made here; values of the fields *named* have pages of their own."""

    def values(links: Iterable[FacetLink], field: str, called: str) -> Markup:
        return values_listed(links, called, field if field in named else "")

    app.jinja_env.globals.update(
        bars_drawn=bars_drawn,
        dates_listed=dates_listed,
        values_listed=values,
        when_of=when_of,
        credits_of=credits_of,
        in_language=in_language,
    )


def _filled(form: str, *values: str | float) -> str:
    """Return the HTML *form* with *values* in the places that ``%`` fills; what is text in them does not become markup."""
    return form % tuple([escape(each) if isinstance(each, str) else each for each in values])


def _markup(rows: Iterable[str], between: str = "") -> Markup:
    """Return *rows*, made of forms and of what `_filled` returns, as what a template need not escape."""
    return Markup(between.join(rows))  # noqa: S704


_BAR = (
    '<a href="%s" rel="nofollow" tabindex="-1"><title>%s: %s</title>'
    '<rect class="pad" x="%.2f%%" width="%.2f%%" height="100%%"/>'
    '<rect class="%s" x="%.2f%%" y="%.1f%%" width="%.2f%%" height="%s%%"/></a>'
)


def bars_drawn(bars: Bars) -> Markup:
    """Return the bars that have articles, each a link as wide as its interval around a narrower bar."""
    width = bars.width
    look = "past" if bars.asked else "bar"
    rows = []
    for number, date in enumerate(bars.links):
        if date.url:
            pad = number * width, width
            bar = look, (number + 0.1) * width, 100 - date.share, width * 0.8, date.share
            rows.append(_filled(_BAR, date.url, date.label, f"{date.count:,}", *pad, *bar))
    return _markup(rows)


_DATE = '      <tr><th scope="row">%s</th> <td class="num">%s</td></tr>'
_DATE_WITH_LINK = (
    '      <tr><th scope="row"><a href="%s" rel="nofollow">%s</a></th> <td class="num">%s</td></tr>'
)


def dates_listed(bars: Bars) -> Markup:
    """Return the same, and what no link can ask for, as rows of a table."""
    rows = []
    for date in bars.links:
        if date.url:
            rows.append(_filled(_DATE_WITH_LINK, date.url, date.label, f"{date.count:,}"))
        elif date.count:
            rows.append(_filled(_DATE, date.label, f"{date.count:,}"))
    return _markup(rows, "\n")


_LINK = '    <a href="%s" rel="nofollow">\n      <span>'
_REMOVE = '<span class="unseen">Remove %s </span>'
_TAKE_BACK = '<span class="unseen">Take back: </span>without '
_LABEL = '<bdi class="value">%s</bdi>'
_CROSS = ' <span class="cross" aria-hidden="true">×</span>'
_COUNT = '<span class="unseen">, %s</span>\n      <span class="count" aria-hidden="true">%s</span>'
_OUT = (
    '<a class="out" href="%s" rel="nofollow" title="Leave out %s" aria-label="Leave out %s">−</a>'
)
_TO_NAME = '<a class="to-name" href="%s" title="About %s" aria-label="About %s">→</a>'
#: SVG, as its width is an attribute: the policy forbids styles.
_SHARE = '<svg class="rule" aria-hidden="true"><rect width="%s%%" height="2"/></svg>'


def values_listed(values: Iterable[FacetLink], called: str, kind: str) -> Markup:
    """Return values of a facet as a list; *called* is what a value is called, *kind* what pages they have, "" for none."""
    return _markup(["<ul>", *[_item(value, called, kind) for value in values], "</ul>"], "\n")


def _item(value: FacetLink, called: str, kind: str) -> str:
    label, name = value.label, value.value
    look = said = cross = ""
    if value.is_selected:
        look, said, cross = ' class="selected"', _filled(_REMOVE, called), _CROSS
    elif value.is_left_out:
        look, said, cross = ' class="left-out"', _TAKE_BACK, _CROSS
    parts = [f"  <li{look}>\n", _filled(_LINK, value.url), said, _filled(_LABEL, label), cross]
    parts.append("</span>")
    if not value.is_left_out:
        articles = counted(value.count, "article", "articles")
        parts.append(_filled(_COUNT, articles, f"{value.count:,}"))
    parts.append("    </a>\n")
    if value.out_url:
        parts.append(_filled(_OUT, value.out_url, label, label))
    if kind and not value.is_left_out:
        parts.append(_filled(_TO_NAME, name_url(kind, name), name, name))
    if value.share:
        parts.append(_filled(_SHARE, value.share))
    parts.append("  </li>")
    return "".join(parts)


_UNDATED = "<span>undated</span>"
_DAY = '<time datetime="%s"><span>%s</span></time>'
_CLOCK = ' <span>%s<span class="unseen"> %s</span></span></time>'
_DAY_AND_CLOCK = '<time datetime="%s"><span>%s</span>' + _CLOCK
_SHOWN_DAY_AND_CLOCK = '<time datetime="%s"><span class="unseen">%s</span>' + _CLOCK


def when_of(known: KnownDate | None, shown: str = "") -> Markup:
    """Return when an article was published, for the gutter; a day that is *shown* above already is there for readers only."""
    if known is None:
        return _markup([_UNDATED])
    day, _, time = known.words.partition(", ")
    if not time:
        return _markup([_filled(_DAY, known.iso, day)])
    clock, _, zone = time.partition(" ")
    form = _SHOWN_DAY_AND_CLOCK if day == shown else _DAY_AND_CLOCK
    return _markup([_filled(form, known.iso, day, clock, zone)])


@lru_cache(256)  # nearly every hit of a page is in the same
def in_language(language: str) -> Markup:
    """Return the attributes of an element whose text is in *language*, "" where that is not known."""
    named = _filled(' lang="%s"', language) if language else ""
    return _markup([named, _filled(' dir="%s"', direction(language))])


_NAME = "<bdi>%s</bdi>"
#: Authors of a hit that are named.
_NAMED = 3


def credits_of(article: Article) -> Markup:
    """Return who wrote an article and where it stood, in one line; nothing where nothing is known of it."""
    parts = []
    if article.authors:
        named, more = few(article.authors, _NAMED)
        names = [_filled(_NAME, name) for name in named]
        if more:
            parts.append(f"{', '.join(names)} and {more:,} more")
        else:
            *firsts, last = names
            parts.append(", ".join(firsts) + (" and " if firsts else "") + last)
    parts += [_filled(_NAME, name) for name in (article.source, article.section) if name.strip()]
    if not parts:
        return Markup()
    line = _filled('<p class="byline" dir="%s">', direction(article.language))
    return _markup([line, " · ".join(parts), "</p>"])
