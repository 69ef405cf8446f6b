"""What a page has many of, as HTML: hits, facets and their values, bars of a chart, rows of its table, choices. A template takes several times as long for them.

Every text goes through `escape`, by itself or in `_escaped`: nothing in a name, a title or a query becomes markup.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from markupsafe import Markup

from search.model.article import Article
from search.present.as_html import to_html
from search.present.dates import KnownDate
from search.service.answer import Hit
from search.service.naming import capitalised, few
from web.links import Choice, article_url_around, name_url
from web.wording import counted, direction

if TYPE_CHECKING:
    from search.engines.protocol.result import EngineHit
    from search.model.question import Question
    from web.band import Bars
    from web.facets import Facet, FacetLink


def add_to(
    app: Flask, named: Collection[str], date_of: Callable[[Article], KnownDate | None]
) -> None:
    """Give the templates of *app* what is made here; values of the fields *named* have pages of their own, and *date_of* says when an article was published."""

    def values(links: Sequence[FacetLink], field: str, called: str) -> Markup:
        return _markup([values_listed(links, called, field if field in named else "")])

    def facets(found: Iterable[Facet]) -> Markup:
        return _markup([facet_listed(each, each.field in named) for each in found])

    def hits(
        found: Iterable[Hit | EngineHit],
        question: Question | None,
        heading: str,
        start: int = 1,
        **more: Any,
    ) -> Markup:
        return hits_listed(found, question, heading, start, date_of=date_of, **more)

    app.jinja_env.globals.update(
        published=date_of,
        bars_drawn=bars_drawn,
        ticks_drawn=ticks_drawn,
        dates_listed=dates_listed,
        choices_listed=choices_listed,
        facets_listed=facets,
        values_listed=values,
        hits_listed=hits,
        when_of=lambda known: _markup([when_of(known)]),
        in_language=lambda language: _markup([in_language(language)]),
    )


def _escaped(texts: Sequence[str]) -> list[str]:
    """Return each of *texts* with nothing in it that is markup."""
    # All at once: for most of a page's hundreds of texts a call takes longer than its work.
    escaped = escape("\0".join(texts)).split("\0")
    return escaped if len(escaped) == len(texts) else [escape(text) for text in texts]


def _markup(rows: Iterable[str], between: str = "") -> Markup:
    """Return *rows*, in which every text is escaped, as what a template need not escape."""
    return Markup(between.join(rows))  # noqa: S704


def bars_drawn(bars: Bars) -> Markup:
    """Return the bars that have articles, each a link as wide as its interval around a narrower bar."""
    look = "past" if bars.asked else "bar"
    places, pad, own = _places(len(bars.links))
    urls = _escaped([date.url for date in bars.links])
    labels = _escaped([date.label for date in bars.links])
    return _markup(
        [
            f'<a href="{url}" rel="nofollow" tabindex="-1"><title>{label}: {date.count:,}</title>'
            f'<rect class="pad" x="{at}" width="{pad}" height="100%"/>'
            f'<rect class="{look}" x="{own_at}" y="{100 - date.share:.1f}%" width="{own}" height="{date.share}%"/></a>'
            for date, url, label, (at, own_at) in zip(bars.links, urls, labels, places, strict=True)
            if url
        ]
    )


@lru_cache(32)  # most charts of an archive have the same number
def _places(count: int) -> tuple[list[tuple[str, str]], str, str]:
    """Return where each of *count* intervals and its bar begin, and how wide both are, in percent."""
    width = 100 / count
    places = [(f"{n * width:.2f}%", f"{(n + 0.1) * width:.2f}%") for n in range(count)]
    return places, f"{width:.2f}%", f"{width * 0.8:.2f}%"


def ticks_drawn(bars: Bars) -> Markup:
    """Return the labels of the axis, each a link where it leads somewhere; where they are many, every other one gives way on a phone."""
    urls = _escaped([tick.url for tick in bars.ticks])
    texts = _escaped([tick.text for tick in bars.ticks])
    rows = []
    for number, (tick, url, text) in enumerate(zip(bars.ticks, urls, texts, strict=True)):
        look = ' class="second"' if number % 2 and len(texts) > 4 else ""
        said = f'<text{look} x="{tick.x:.2f}%" y="100%" dy="1.3em">{text}</text>'
        link = f'<a href="{url}" rel="nofollow" tabindex="-1">{said}</a>' if url else said
        rows.append(f"  {link}\n")
    return _markup(rows)


def dates_listed(bars: Bars) -> Markup:
    """Return the same, and what no link can ask for, as rows of a table."""
    urls = _escaped([date.url for date in bars.links])
    labels = _escaped([date.label for date in bars.links])
    rows = []
    for date, url, label in zip(bars.links, urls, labels, strict=True):
        if date.count or url:
            name = f'<a href="{url}" rel="nofollow">{label}</a>' if url else label
            number = f'<td class="num">{date.count:,}</td>'
            rows.append(f'      <tr><th scope="row">{name}</th> {number}</tr>')
    return _markup(rows, "\n")


def choices_listed(label: str, choices: Sequence[Choice]) -> Markup:
    """Return ways to see the same page, as links in a line that is called *label*."""
    urls = _escaped([choice.url for choice in choices])
    labels = _escaped([choice.label for choice in choices])
    rows = []
    for choice, url, text in zip(choices, urls, labels, strict=True):
        current = ' aria-current="true"' if choice.is_current else ""
        rows.append(f'    <li><a href="{url}" rel="nofollow"{current}>{text}</a></li>\n')
    begin = f'<nav class="choices" aria-label="{escape(label)}">\n  <ul class="line">\n'
    return _markup([begin, *rows, "  </ul>\n</nav>\n"])


def facet_listed(facet: Facet, has_pages: bool) -> str:
    """Return a facet as a section of a page: what it is called, its values, what more there is; *has_pages* says whether values have their own."""
    called = (facet.field, facet.many, capitalised(facet.many), facet.text)
    field, many, name, text = _escaped(called)
    all_url, more_url, missing_url = _escaped((facet.all_url, facet.more_url, facet.missing_url))
    more, missing = _escaped((facet.more, facet.missing))
    parts = [
        f'<section class="facet" id="facet-{field}" aria-labelledby="facet-{field}-name">\n'
        f'  <h2 id="facet-{field}-name">{name}</h2>\n'
    ]
    if text:
        found = "Only" if facet.values else "No"
        parts.append(
            f'  <p class="rest"><span>{found} {many} with <bdi>{text}</bdi>…</span>'
            f' <a href="{all_url}#facet-{field}" rel="nofollow">All {many}</a></p>\n'
        )
    parts.append(f"  {values_listed(facet.values, facet.one, facet.field if has_pages else '')}\n")
    if more or missing:
        parts.append('  <p class="rest">\n')
        if more:
            said = f"{more} with it" if text else more
            parts.append(f'<a href="{more_url}" rel="nofollow">{said}</a>')
        if missing:
            look = said = cross = ""
            if facet.is_missing_chosen:
                look, cross = ' class="selected"', ' <span aria-hidden="true">×</span>'
                said = '<span class="unseen">Remove </span>'
            parts.append(f'<a{look} href="{missing_url}" rel="nofollow">{said}{missing}{cross}</a>')
        parts.append("  </p>\n")
    parts.append("</section>\n")
    return "".join(parts)


def values_listed(values: Sequence[FacetLink], called: str, kind: str) -> str:
    """Return values of a facet as a list; *called* is what a value is called, *kind* what pages they have, "" for none."""
    texts: list[str] = []
    for value in values:
        page = name_url(kind, value.value) if kind and not value.is_left_out else ""
        texts += (value.label, value.value, value.url, value.out_url, page)
    called, each = escape(called), iter(_escaped(texts))
    of_values = zip(values, each, each, each, each, each, strict=True)
    rows = [_item(value, called, escaped) for value, *escaped in of_values]
    return "\n".join(["<ul>", *rows, "</ul>"])


_CROSS = ' <span class="cross" aria-hidden="true">×</span>'


def _item(value: FacetLink, called: str, escaped: Sequence[str]) -> str:
    """Return a value; *escaped* are its label, its name, the URLs that select it and leave it out, and that of its page."""
    label, name, url, out_url, page = escaped
    look = said = cross = count = out = about = share = ""
    if value.is_selected:
        look, said, cross = (
            ' class="selected"',
            f'<span class="unseen">Remove {called} </span>',
            _CROSS,
        )
    elif value.is_left_out:
        look, cross = ' class="left-out"', _CROSS
        said = '<span class="unseen">Take back: </span>without '
    if not value.is_left_out:
        articles = counted(value.count, "article", "articles")
        count = (
            f'<span class="unseen">, {articles}</span>\n'
            f'      <span class="count" aria-hidden="true">{value.count:,}</span>'
        )
    if out_url:
        said_of = f'title="Leave out {label}" aria-label="Leave out {label}"'
        out = f'<a class="out" href="{out_url}" rel="nofollow" {said_of}>−</a>'
    if page:
        about = (
            f'<a class="to-name" href="{page}" title="About {name}" aria-label="About {name}">→</a>'
        )
    if value.share:
        # SVG, as its width is an attribute: the policy forbids styles.
        share = (
            f'<svg class="rule" aria-hidden="true"><rect width="{value.share}%" height="2"/></svg>'
        )
    return (
        f'  <li{look}>\n    <a href="{url}" rel="nofollow">\n'
        f'      <span>{said}<bdi class="value">{label}</bdi>{cross}</span>{count}'
        f"    </a>\n{out}{about}{share}  </li>"
    )


def hits_listed(
    hits: Iterable[Hit | EngineHit],
    question: Question | None,
    heading: str,
    start: int = 1,
    *,
    date_of: Callable[[Article], KnownDate | None],
    by_date: bool = False,
    line_of: Callable[[Article], str] | None = None,
    copies_of: Callable[[Hit | EngineHit, Question | None], str] | None = None,
) -> Markup:
    """Return *hits* in a list, each with a *heading* ("h2") that links to its article, as *question* finds it; *by_date* writes each day once.

    *line_of* gives the text below the titles of hits without snippets; *copies_of* what stands below a hit of a story.
    """
    rows = [f'<ol class="hits"{f" start={chr(34)}{start}{chr(34)}" if start != 1 else ""}>\n']
    before, after = _escaped(article_url_around(question))
    shown = ""
    for hit in hits:
        article = hit.article
        own = article.article_id
        language = in_language(article.language)
        known = date_of(article)
        if isinstance(hit, Hit):
            title = to_html(hit.title) if hit.title.text.strip() else "(untitled)"
            text = to_html(hit.snippet) if hit.snippet.text.strip() else ""
        else:
            title = escape(article.title) if article.title.strip() else "(untitled)"
            text = escape(line_of(article)) if line_of else ""
        line = f'      <p class="snippet"{language}>{text}</p>\n' if text else ""
        copies = copies_of(hit, question) if hit.story and copies_of else ""
        rows.append(
            f'  <li class="hit">\n    <p class="meta">{when_of(known, shown)}</p>\n    <div>\n'
            f'      <{heading}{language}><a href="{before}{own if own.isalnum() else quote(own)}{after}">{title}</a></{heading}>\n'
            f"{line}      {credits_of(article)}\n{copies}    </div>\n  </li>\n"
        )
        if by_date and known:
            shown = known.words.partition(", ")[0]
    rows.append("</ol>\n")
    return _markup(rows)


def when_of(known: KnownDate | None, shown: str = "") -> str:
    """Return when an article was published, for the gutter; a day that is *shown* above already is there for readers only."""
    if known is None:
        return "<span>undated</span>"
    day, _, time = known.words.partition(", ")
    clock, _, zone = time.partition(" ")
    iso, named, clock, zone = _escaped([known.iso, day, clock, zone])
    if not time:
        return f'<time datetime="{iso}"><span>{named}</span></time>'
    look = ' class="unseen"' if day == shown else ""
    at = f'<span>{clock}<span class="unseen"> {zone}</span></span>'
    return f'<time datetime="{iso}"><span{look}>{named}</span> {at}</time>'


@lru_cache(256)  # nearly every hit of a page is in the same
def in_language(language: str) -> str:
    """Return the attributes of an element whose text is in *language*, "" where that is not known."""
    named = f' lang="{escape(language)}"' if language else ""
    return f'{named} dir="{direction(language)}"'


#: Authors of a hit that are named.
_NAMED = 3


def credits_of(article: Article) -> str:
    """Return who wrote an article and where it stood, in one line; nothing where nothing is known of it."""
    named, more = few(article.authors, _NAMED)
    where = [name for name in (article.source, article.section) if name.strip()]
    if not named and not where:
        return ""
    names = [f"<bdi>{name}</bdi>" for name in _escaped([*named, *where])]
    authors, parts = names[: len(named)], names[len(named) :]
    if authors:
        if more:
            authors[-1] += f" and {more:,} more"
        elif len(authors) > 1:
            authors[-2:] = [f"{authors[-2]} and {authors[-1]}"]
        parts.insert(0, ", ".join(authors))
    return f'<p class="byline" dir="{direction(article.language)}">{" · ".join(parts)}</p>'
