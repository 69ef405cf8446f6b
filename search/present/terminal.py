"""Answers as lines of text: wrapped and coloured on a terminal, plain and one line each where piped.

Nothing an article or a query holds can steer the terminal: see `visible`. A little over 400 lines, a few
for each kind of answer.
"""

from __future__ import annotations

import bisect
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from search.highlight.snippets import Marked
from search.model.fields import FACET_NAMES

if TYPE_CHECKING:
    from search.engines.protocol import FacetCounts, Stats
    from search.ingest.run import IndexReport
    from search.model.article import Article, Entity
    from search.model.errors import QueryError
    from search.model.histogram import Histogram
    from search.service.service import Hit, MarkedArticle, Question, ResultPage

_FORMATS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
_FORMATS |= {"minute": "%Y-%m-%d %H:%M %Z", "second": "%Y-%m-%d %H:%M:%S %Z"}

#: White space that would break a line, and what moves the cursor, starts an escape sequence or
#: turns the direction of the text around it (Unicode UAX 9; general category Cc).
_SPACE = r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]"
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"

#: Those of them that JSON leaves as they are.
_CONTROL_IN_JSON = r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"

_BOLD, _DIM, _MARK, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[0m"

#: Lines much longer than this are hard to read, however wide the window is.
_MAX_WIDTH = 100
_MIN_WIDTH = 20

#: Characters of a query shown on either side of what is wrong with it.
_AROUND_ERROR = 30

#: Authors named of a hit and of an article shown in full where there are more; one more than these is
#: named as well, as "and 1 more" takes as much room.
_HIT_AUTHORS = 3
_ARTICLE_AUTHORS = 50

#: Columns of the longest bar of a histogram, and of the window where there is none.
_BAR = 40
_PIPED_WIDTH = 80


class Style(NamedTuple):
    """How lines are written. ``width`` is in columns, None to write each text on one line."""

    zone: tzinfo
    has_color: bool = False
    width: int | None = None

    @classmethod
    def of_window(cls, columns: int, has_color: bool, zone: tzinfo) -> Style:
        """Return the style for a window of that many columns."""
        return cls(zone, has_color, max(_MIN_WIDTH, min(columns, _MAX_WIDTH)))


def visible(text: str) -> str:
    """Return *text* with every character that could steer a terminal replaced, one by one.

    White space becomes a blank, the rest U+FFFD; so offsets into the text stay true.
    """
    if text.isprintable():
        return text
    return re.sub(_CONTROL, "\ufffd", re.sub(_SPACE, " ", text))


def visible_json(text: str) -> str:
    """Return JSON that means the same, with all that could steer a terminal as escape sequences of JSON."""
    return re.sub(_CONTROL_IN_JSON, lambda match: f"\\u{ord(match.group()):04x}", text)


def page_lines(page: ResultPage, style: Style, facets: tuple[str, ...]) -> Iterator[str]:
    """Yield the hits of *page*, a table for each of *facets* and the histogram, a blank line between."""
    for number, hit in enumerate(page.hits):
        if number:
            yield ""
        yield from _hit_lines(hit, style)
    for field in facets:
        if page.hits or field != facets[0]:
            yield ""
        yield from facet_lines(field, page.facets[field], style)
    if page.histogram is not None and page.total:
        if page.hits or facets:
            yield ""
        yield from histogram_lines(page.histogram, style)


def facet_lines(field: str, counts: FacetCounts, style: Style) -> Iterator[str]:
    """Yield a heading and a line for each value: its count, then the value; * where it is selected."""
    name = FACET_NAMES[field]
    yield _painted(name.many.capitalize(), _BOLD, style)
    rows = [
        (value.count, visible(value.value) + (" *" if value.selected else ""))
        for value in counts.values
    ]
    rows += [(counts.other, "(other values)")] if counts.other else []
    rows += [(counts.missing, f"(no {name.one})")] if counts.missing else []
    for count, value in rows:
        yield f"{count:>8,}  {value}"
    if not rows:
        yield "       0  (no values)"


def histogram_lines(histogram: Histogram, style: Style) -> Iterator[str]:
    """Yield a heading and a line for each bin: its count, its dates as a query takes them, a bar."""
    from search.model.histogram import days_of

    yield _painted(f"Articles by {histogram.interval}", _BOLD, style)
    most = max([one.count for one in histogram.bins], default=0)
    for one in histogram.bins:
        first, last = days_of(histogram.interval, one.day)
        line = f"{one.count:>8,}  {first if first == last else f'{first}..{last}'}  "
        room = min(_BAR, max(1, (style.width or _PIPED_WIDTH) - len(line)))
        # Rounded up, so that whatever there is can be seen.
        yield (line + "#" * -(-one.count * room // max(1, most))).rstrip()
    if histogram.undated:
        yield f"{histogram.undated:>8,}  (no date)"


def summary(page: ResultPage) -> str:
    """Return the sentence that tells how much was found and which part of it is shown."""
    articles = "1 article" if page.total == 1 else f"{page.total:,} articles"
    took = f"{page.took_ms:,.0f} ms"
    last = -(-page.total // page.page_size)
    if page.hits and last > 1:
        return f"{articles}, page {page.page:,} of {last:,} ({took})"
    if page.total and not page.hits:
        return f"{articles}, but page {page.page:,} is past the last, {last:,} ({took})"
    return f"{articles} ({took})"


def read_as_line(page: ResultPage) -> str:
    """Return how the query was read, with counts; "" where that is no news."""
    parts = page.read_as
    if not parts or (len(parts) == 1 and parts[0].text == page.question.text.strip().casefold()):
        return ""
    return "read as: " + "  ".join(f"{visible(part.text)} ({part.count:,})" for part in parts)


def command_for(question: Question, options: Sequence[str] = ()) -> str:
    """Return the command that asks *question*, to be copied into a shell.

    *options* are words of the command line that are no part of the question, such as --index.
    """
    import shlex

    words = ["newssearch", "query", *options]
    for selection in question.selections:
        for value in selection.values:
            words += [f"--{selection.field}", value]
    for name, value, default in (
        ("--from", question.start, ""),
        ("--to", question.end, ""),
        ("--match", question.match, "all"),
        ("--sort", question.sort, "relevance"),
    ):
        words += [name, value] if value != default else []
    words += ["--"] if question.text.startswith("-") else []
    return shlex.join([*words, question.text] if question.text else words)


def article_lines(marked: MarkedArticle, style: Style) -> Iterator[str]:
    """Yield a whole article: title, byline, what is known of it, its paragraphs."""
    article = marked.article
    yield from _wrapped(marked.title, style, base=_BOLD)
    yield from _byline(article, style, authors=_ARTICLE_AUTHORS)
    for paragraph in marked.paragraphs:
        yield ""
        yield from _wrapped(paragraph, style)
    yield ""
    found = article.entities
    about = {
        "People": _names(found.people),
        "Organisations": _names(found.organisations),
        "Places": _names(found.places),
        "Section": article.section,
        "Language": article.language,
        "Date from": article.published_from,
        "URL": article.url,
        "ID": article.article_id,
    }
    for name, value in about.items():
        if value:
            yield from _wrapped(Marked(f"{name}: {value}"), style, base=_DIM, hanging="  ")


def _names(entities: tuple[Entity, ...]) -> str:
    return ", ".join(entity.name for entity in entities)


def stats_lines(stats: Stats, style: Style) -> Iterator[str]:
    """Yield what an index holds, a line each: number, then of what."""
    yield f"{stats.articles:>12,}  articles"
    yield f"{stats.terms:>12,}  terms"
    yield f"{stats.segments:>12,}  segments"
    yield f"{stats.size_bytes:>12,}  bytes"
    for field, count in stats.facet_values.items():
        yield f"{count:>12,}  {FACET_NAMES[field].many}"
    if stats.oldest is not None and stats.newest is not None:
        yield f"{shown_date(stats.oldest, 'day', style.zone):>12}  oldest article"
        yield f"{shown_date(stats.newest, 'day', style.zone):>12}  newest article"


def report_lines(report: IndexReport) -> Iterator[str]:
    """Yield what became of the articles of a run of the indexer."""
    yield (
        f"{report.added:,} added, {report.replaced:,} replaced, {report.unchanged:,} unchanged, "
        f"{report.deleted:,} deleted, {report.refused_total:,} refused "
        f"({_counted(report.sources_read, 'source')} read, {report.sources_unchanged:,} unchanged)"
    )
    if report.refused_earlier:
        yield f"{report.refused_earlier:,} refused earlier, in sources that are unchanged: --force names them"
    if report.duplicates:
        named = ", ".join(report.duplicate_ids[:5]) + (" ..." if report.duplicates > 5 else "")
        articles = _counted(report.duplicates, "article")
        yield f"{articles} replaced an earlier one of the same id: {named}"


def remark_lines(report: IndexReport) -> Iterator[str]:
    """Yield what was refused and why, and what else a person should know of a run."""
    for bad in report.refused:
        yield visible(f"refused: {bad}")
    more = report.refused_total - len(report.refused)
    if more:
        yield f"refused: and {more:,} more"
    for notice in report.notices:
        yield visible(f"note: {notice}")


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def error_lines(text: str, error: QueryError) -> tuple[str, str]:
    """Return the query around what is wrong with it, and a line with carets below that place."""
    start = max(0, min(error.start, len(text)))
    first = max(0, start - _AROUND_ERROR)
    last = min(len(text), start + 2 * _AROUND_ERROR)
    before, bad = visible(text[first:start]), visible(text[start : max(error.end, start)])
    lead = "..." if first else ""
    after = visible(text[start + len(bad) : last]) + ("..." if last < len(text) else "")
    bad = bad[: 2 * _AROUND_ERROR]
    carets = "^" * max(1, _columns(bad))
    return f"  {lead}{before}{bad}{after}", "  " + " " * _columns(lead + before) + carets


def shown_date(published: datetime, precision: str, zone: tzinfo) -> str:
    """Return *published* (aware UTC) as exactly as it is known, clock times in *zone*.

    A day, month or year has no zone: it is kept as its first instant in UTC and shown as it is.
    """
    if precision in ("minute", "second"):
        try:
            published = published.astimezone(zone)
        except OverflowError:  # the first and last hours that a datetime can hold
            published = published.astimezone(UTC)
    if published.year < 1000:  # strftime does not pad these everywhere
        return published.isoformat(" ")
    return published.strftime(_FORMATS.get(precision, _FORMATS["day"]))


def _hit_lines(hit: Hit, style: Style) -> Iterator[str]:
    rank = f"{hit.rank:,}. "
    indent = " " * len(rank)
    title = hit.title if hit.title.text.strip() else Marked("(untitled)")
    yield from _wrapped(title, style, base=_BOLD, leading=rank, hanging=indent)
    yield from _byline(hit.article, style, indent)
    if hit.snippet.text.strip():
        yield from _wrapped(hit.snippet, style, leading=indent, hanging=indent)
    yield indent + _painted(hit.article.article_id, _DIM, style)
    for part in hit.contributions:
        yield f"{indent}{part.score:>8.3f}  {visible(part.clause)}"
    if hit.contributions:
        yield f"{indent}{hit.score:>8.3f}  score"


def _byline(
    article: Article, style: Style, indent: str = "", *, authors: int = _HIT_AUTHORS
) -> Iterator[str]:
    date = ""
    if article.published is not None:
        date = shown_date(article.published, article.published_precision, style.zone)
    parts = [_first(article.authors, authors), date, article.source]
    if line := " · ".join(part for part in parts if part.strip()):
        yield from _wrapped(Marked(line), style, leading=indent, hanging=indent)


def _first(names: Sequence[str], count: int) -> str:
    """Return the first *count* names and how many more there are; all where that is one more."""
    if len(names) <= count + 1:
        return ", ".join(names)
    return ", ".join(names[:count]) + f" and {len(names) - count:,} more"


def _painted(text: str, color: str, style: Style) -> str:
    return f"{color}{text}{_PLAIN}" if style.has_color and text else text


def _wrapped(
    marked: Marked, style: Style, *, base: str = "", leading: str = "", hanging: str = ""
) -> Iterator[str]:
    """Yield the lines of *marked*, marks coloured, the first after *leading*, others after *hanging*."""
    marked = _closed_up(marked)
    text = marked.text
    room = None if style.width is None else max(10, style.width - len(hanging or leading))
    for number, (start, end) in enumerate(_line_ranges(text, room)):
        line = text[start:end]
        if style.has_color:
            inside = [(max(s, start), min(e, end)) for s, e in marked.marks]
            marks = [(s - start, e - start) for s, e in inside if s < e]
            line = _colored(line, marks, base)
        yield (hanging if number else leading) + line


def _closed_up(marked: Marked) -> Marked:
    """Return *marked* made visible, each run of white space one blank: lines of an article are not ours."""
    text = visible(marked.text)
    runs = list(re.finditer("  +", text))
    starts = [run.start() + 1 for run in runs]
    dropped = list(itertools.accumulate(run.end() - run.start() - 1 for run in runs))

    def moved(offset: int) -> int:
        before = bisect.bisect_left(starts, offset)
        if not before:
            return offset
        not_yet = max(0, runs[before - 1].end() - offset)
        return offset - dropped[before - 1] + not_yet

    marks = tuple((moved(start), moved(end)) for start, end in marked.marks)
    return Marked(re.sub("  +", " ", text), marks)


def _colored(line: str, marks: list[tuple[int, int]], base: str) -> str:
    def plain(text: str) -> str:
        return f"{base}{text}{_PLAIN}" if base and text else text

    parts = []
    at = 0
    for start, end in marks:
        parts += [plain(line[at:start]), f"{_MARK}{line[start:end]}{_PLAIN}"]
        at = end
    return "".join(parts) + plain(line[at:])


def _line_ranges(text: str, room: int | None) -> Iterator[tuple[int, int]]:
    """Yield the ranges of *text* that fit into *room* columns, parted at blanks where there are any."""
    if room is None:
        yield 0, len(text)
        return
    start = end = 0
    used = 0
    for match in re.finditer(r"\S+|\s+", text):
        width = _columns(match.group())
        if match.group().isspace():
            used += width
            continue
        if used + width > room:
            if end > start:
                yield start, end
            start, used = match.start(), 0
        for at in range(match.start(), match.end()) if width > room else ():
            # A word longer than a line, or a script that has no blanks.
            one = _columns(text[at])
            if used + one > room and at > start:
                yield start, at
                start, used = at, 0
            used += one
        used += 0 if width > room else width
        end = match.end()
    if end > start:
        yield start, end


def _columns(text: str) -> int:
    """Return how many columns *text* takes (Unicode UAX 11; combining marks take none)."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def progress_line(share: float, articles: int, source: str, columns: int) -> str:
    """Return one line that tells how far a run is; *share* is from 0 to 1."""
    done = round(20 * share)
    bar = "#" * done + "-" * (20 - done)
    return visible(f"[{bar}] {share:4.0%}  {articles:,} articles  {source}")[: max(0, columns - 1)]
