"""An answer and an article as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from search.highlight.marked import Marked
from search.highlight.named import entities_of
from search.model.article import located
from search.model.fields import FIELDS, FieldTable
from search.present.dates import known_date
from search.present.provenance import read_from
from search.present.terminal.lines import BOLD, DIM, Style, painted, wrapped
from search.present.terminal.safe import visible
from search.service.naming import (
    NEAR_IN_MEANING,
    also_in,
    also_weighed,
    capitalised,
    label_of,
    listed,
    more_values,
    total_of,
    with_article,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from search.engines.protocol.facets import FacetCounts
    from search.engines.protocol.result import Story
    from search.model.article import Article, Document, Entity
    from search.model.histogram import Histogram
    from search.service.answer import Hit, MarkedArticle, ResultPage
    from search.service.history import History
    from search.service.significant import Significant
    from search.service.similar import SimilarPage

#: Most names in the byline of a hit, and in each line below an article.
_HIT_NAMES = 3
_ARTICLE_NAMES = 50
#: Most sources named that have copies of a hit.
_HIT_SOURCES = 3

#: The line below the title has these.
_IN_BYLINE = ("article.authors", "article.source")

#: Columns of the longest bar of a histogram, and of a line in a pipe.
_BAR = 40
_PIPED_WIDTH = 80


def page_lines(
    page: ResultPage, style: Style, facets: tuple[str, ...], fields: FieldTable = FIELDS
) -> Iterator[str]:
    """Yield the hits of *page*, a table for each of *facets*, and the histogram, with blank lines between."""
    yield from hit_lines(page.hits, style)
    if page.weighed:
        yield ""
        yield from wrapped(Marked(also_weighed(page)), style, base=DIM)
    if page.near:
        if page.hits:
            yield ""
        yield from wrapped(Marked(NEAR_IN_MEANING), style, base=DIM)
        for hit in page.near:
            yield ""
            yield from _hit_lines(hit, style)
    for field in facets:
        if page.hits or page.near or field != facets[0]:
            yield ""
        text = next((f.text for f in page.question.facets if f.field == field), "")
        yield from facet_lines(field, page.facets[field], style, fields, text)
    if page.significant is not None and page.total:
        if page.hits or facets:
            yield ""
        yield from significant_lines(page.significant, page.total, style)
    if page.histogram is not None and page.total:
        if page.hits or page.near or facets:
            yield ""
        yield from histogram_lines(page.histogram, style)


def hit_lines(hits: Iterable[Hit], style: Style) -> Iterator[str]:
    """Yield the lines of each hit, with blank lines between."""
    for number, hit in enumerate(hits):
        if number:
            yield ""
        yield from _hit_lines(hit, style)


def significant_lines(found: Significant, total: int, style: Style) -> Iterator[str]:
    """Yield a heading and a line for each significant word: how many of the *total* articles found have it, and the word."""
    by = f", by the first {found.looked_at:,}" if found.looked_at < total else ""
    yield painted(f"In these articles more than elsewhere{by}", BOLD, style)
    for each in found.words:
        yield f"{each.articles:>8,}  {visible(each.word)}"
    if not found.words:
        yield "       0  (no words)"


def similar_lines(page: SimilarPage, style: Style) -> Iterator[str]:
    """Yield title, byline, id and shared words of each article that is like another one, with blank lines between."""
    for number, each in enumerate(page.articles, 1):
        if number > 1:
            yield ""
        lead = f"{number}. "
        indent = " " * len(lead)
        title = each.article.title.strip() or "(untitled)"
        yield from wrapped(Marked(title), style, base=BOLD, leading=lead, hanging=indent)
        yield from _byline(each.article, style, indent)
        words = f"{each.score:.0%} alike: {', '.join(each.words)}"
        yield from wrapped(Marked(words), style, leading=indent, hanging=indent)
        yield indent + painted(each.article.article_id, DIM, style)


def facet_lines(
    field: str,
    counts: FacetCounts,
    style: Style,
    fields: FieldTable = FIELDS,
    text: str = "",
) -> Iterator[str]:
    """Yield a heading and a line for each value: count, value, and * if it is selected.

    *text* is what the values were asked to begin with.
    """
    name = fields[field]
    heading = capitalised(name.many) + (f" with words in {text}..." if text else "")
    yield painted(visible(heading), BOLD, style)
    rows = [
        (value.count, visible(value.value) + (" *" if value.selected else ""))
        for value in counts.values
    ]
    rows += [(counts.missing, f"(without {with_article(name.one)})")] if counts.missing else []
    for count, value in rows:
        yield f"{count:>8,}  {value}"
    if counts.more:
        yield f"          {more_values(counts.more, name)}{' with such words' if text else ''}"
    if not rows:
        yield "       0  (no values)"


def histogram_lines(histogram: Histogram, style: Style) -> Iterator[str]:
    """Yield a heading and a line for each bin: count, dates as a query takes them, bar."""
    from search.model.histogram import days_of

    yield painted(f"Articles by {histogram.interval}", BOLD, style)
    highest = max([found.count for found in histogram.bins], default=0)
    for found in histogram.bins:
        first, last = days_of(histogram.interval, found.day)
        line = f"{found.count:>8,}  {first if first == last else f'{first}..{last}'}  "
        room = min(_BAR, max(1, (style.width or _PIPED_WIDTH) - len(line)))
        # Rounded up, so that no count above 0 looks like 0.
        yield (line + "#" * -(-found.count * room // max(1, highest))).rstrip()
    if histogram.undated:
        yield f"{histogram.undated:>8,}  (no date)"


def summary(page: ResultPage) -> str:
    """Return the sentence on how much was found and which page of it is shown."""
    found = total_of(page)
    took = f"{page.took_ms:,.0f} ms"
    if page.hits and page.last_page > 1:
        return f"{found}, page {page.page:,} of {page.last_page:,} ({took})"
    if page.total and not page.hits:
        return f"{found}, but page {page.page:,} is past the last page, {page.last_page:,} ({took})"
    return f"{found} ({took})"


def rest_said(page: ResultPage) -> str:
    """Return which hits are on a page that is not all of them, and how to have the others; "" where it is all."""
    if page.last_page <= 1 or not page.hits:
        return ""
    first, last = page.hits[0].rank, page.hits[-1].rank
    what = "articles" if page.stories is None else "stories"
    ways = ["--all has all"]
    if page.page < page.last_page:
        ways.append(f"--page {page.page + 1} has the next")
    these = (
        f"{first:,} to {last:,} of {page.rows:,} {what}, page {page.page:,} of {page.last_page:,}"
    )
    return "; ".join([these, *ways])


def article_lines(
    marked: MarkedArticle,
    style: Style,
    fields: FieldTable = FIELDS,
    files: Sequence[str] = (),
    *,
    with_names: bool = False,
) -> Iterator[str]:
    """Yield a whole article: title, byline, paragraphs, and the fields below them.

    *files* are those that it is in now, named where the one that it was read from is none of them. *with_names* adds to
    each name in title and text what it is the name of, and to the names below in which other forms it is written.
    """
    article = marked.article
    shown = _with_kinds if with_names else (lambda text: text)
    yield from wrapped(shown(marked.title), style, base=BOLD)
    yield from _byline(article, style, names=_ARTICLE_NAMES)
    for paragraph in marked.paragraphs:
        yield ""
        yield from wrapped(shown(paragraph), style)
    yield ""
    for name, value in _about(
        marked.document, fields, style.zone, marked.story, files, with_forms=with_names
    ):
        if value:
            yield from wrapped(Marked(f"{name}: {value}"), style, base=DIM, hanging="  ")


def history_lines(history: History, style: Style) -> Iterator[str]:
    """Yield a line for each revision of an article: number, from when to when, and what changed then."""
    if history.not_kept:
        yield f"{history.not_kept:,} older revision(s) are not kept"
    for each in history.revisions:
        came = _when(each.document.added, style.zone)
        until = _when(each.replaced, style.zone)
        yield f"{each.number:>4}  {came} to {until}, then changed: {', '.join(each.changed)}"
    never = "" if history.document.revision else ", and has not changed since it came"
    yield f"{history.document.revision:>4}  {_when(history.document.added, style.zone)} to now{never}"


def _when(instant: datetime | None, zone: tzinfo) -> str:
    return "?" if instant is None else known_date(instant, "second", zone).short


def _about(
    document: Document,
    fields: FieldTable,
    zone: tzinfo,
    story: Story | None,
    files: Sequence[str],
    *,
    with_forms: bool = False,
) -> Iterator[tuple[str, str]]:
    """Yield name and value of each field that is shown below the text of an article."""
    article = document.article
    for row in fields.described(is_entity=True):
        entities = entities_of(document, row.name, fields)
        values = [_counted_entity(entity, with_forms=with_forms) for entity in entities]
        yield capitalised(row.many), listed(values, _ARTICLE_NAMES)
    if not document.enrichment.tagger and not document.enrichment.entities:
        yield "Names", "not looked for in this article"
    yield "Byline as printed", article.byline
    credits = [f"{credit.name} ({credit.role})" for credit in article.credits]
    yield "Credits", listed(credits, _ARTICLE_NAMES)
    if article.authors_as_read:
        yield "Authors as read", listed(article.authors_as_read, _ARTICLE_NAMES)
    yield "Date from", article.published_from
    for row in fields.described(is_entity=False):
        if row.attribute not in _IN_BYLINE:
            yield label_of(row, article), listed(row.values_of(document), _ARTICLE_NAMES)
    if document.revision:
        times = "once" if document.revision == 1 else f"{document.revision:,} times"
        yield "Changed", f"{times}; show --revisions lists what it was"
    if (provenance := document.provenance) is not None:
        yield "Read from", read_from(provenance, zone)
        now_in = [located(file) for file in files]
        if provenance.file not in now_in:
            yield "Now in", listed(now_in, _ARTICLE_NAMES)
        yield "Fetched from", provenance.url
    yield "ID", article.article_id
    if story is not None:
        copies = [" ".join(filter(None, (copy.source, copy.article_id))) for copy in story.copies]
        yield capitalised(also_in(story)), listed(copies, _ARTICLE_NAMES)


def _counted_entity(entity: Entity, *, with_forms: bool) -> str:
    """Return the name of an entity, and how often it is mentioned where that is more than once: "Antony Blinken (3)"."""
    count = f"{len(entity.mentions):,}" if len(entity.mentions) > 1 else ""
    forms = f"as {listed(entity.forms, _ARTICLE_NAMES)}" if with_forms and entity.forms else ""
    inside = "; ".join(filter(None, (count, forms)))
    return f"{entity.name} ({inside})" if inside else entity.name


def _with_kinds(marked: Marked) -> Marked:
    """Return *marked* with the kind of entity added to each name: "Antony Blinken [person]"."""
    parts: list[str] = []
    marks: list[tuple[int, int]] = []
    mark = done = added = 0
    for name in (*marked.names, None):
        end = len(marked.text) if name is None else name.end
        while mark < len(marked.marks) and marked.marks[mark][0] < end:
            start, stop = marked.marks[mark]
            marks.append((max(start, done) + added, min(stop, end) + added))
            if stop > end:  # what is added is not marked
                break
            mark += 1
        label = "" if name is None else f" [{name.field}]"
        parts += [marked.text[done:end], label]
        done, added = end, added + len(label)
    return Marked("".join(parts), tuple(marks))


def _hit_lines(hit: Hit, style: Style) -> Iterator[str]:
    rank = f"{hit.rank:,}. "
    indent = " " * len(rank)
    title = hit.title if hit.title.text.strip() else Marked("(untitled)")
    yield from wrapped(title, style, base=BOLD, leading=rank, hanging=indent)
    yield from _byline(hit.article, style, indent)
    if hit.snippet.text.strip():
        yield from wrapped(hit.snippet, style, leading=indent, hanging=indent)
    if hit.story is not None:
        names = listed(hit.story.sources, _HIT_SOURCES)
        where = also_in(hit.story) + (f": {names}" if names else "")
        yield from wrapped(Marked(where), style, base=DIM, leading=indent, hanging=indent)
    yield indent + painted(hit.article.article_id, DIM, style)
    for part in hit.contributions:
        yield f"{indent}{part.score:>8.3f}  {visible(part.clause)}"
    if hit.contributions:
        yield f"{indent}{hit.score:>8.3f}  score"


def _byline(
    article: Article, style: Style, indent: str = "", *, names: int = _HIT_NAMES
) -> Iterator[str]:
    date = ""
    if article.published is not None:
        date = known_date(article.published, article.published_precision, style.zone).short
    parts = [listed(article.authors, names), date, article.source]
    if line := " · ".join(part for part in parts if part.strip()):
        yield from wrapped(Marked(line), style, leading=indent, hanging=indent)
