"""The dates of what was found as a chart of bars, each a link, and the ways from there to other dates."""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from search.model.histogram import days_of
from search.model.question import Question
from search.present.dates import MONTHS
from web import wording
from web.links import Choice, quoted, search_url

if TYPE_CHECKING:
    from search.model.histogram import Histogram, Interval

#: Labels that an axis has room for, also on a phone.
_MOST_TICKS = 7
#: Percent of the width that a label needs beside the next.
_LEAST_GAP = 100 / (_MOST_TICKS + 1)
#: The first date that no query can hold (docs/query-language.md).
_AFTER_LAST_YEAR = "9999"


class DateLink(NamedTuple):
    """An interval of time and the number of articles found in it; ``url`` narrows the search to it.

    ``url`` is "" if no article is in it. ``share`` is the count in percent of the largest count.
    """

    label: str
    #: Hides the method of tuples.
    count: int  # type: ignore[assignment]
    share: float
    url: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text at *x* percent of the width, and which of its sides is there: "start", "middle" or "end".

    ``url`` leads to what it names, "" for none.
    """

    x: float
    text: str
    anchor: str = "start"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a chart, the labels of its axis, and the one above its highest bar, None where several are as high.

    ``interval`` is what a bar is: "day", "week" and so on. ``width`` is that of a bar with the gap beside it, in percent.
    """

    interval: str
    links: tuple[DateLink, ...]
    ticks: tuple[Label, ...]
    peak: Label | None
    #: Where the dates begin that were asked for, and how wide they are, in percent, on a chart of others.
    asked: tuple[float, float] | None = None

    @property
    def width(self) -> float:
        return 100 / len(self.links)


def dates_of(question: Question, histogram: Histogram) -> tuple[DateLink, ...]:
    """Return the bins of *histogram*, the answer to *question*; none if a single bin has all articles.

    A link finds as many articles as it shows.
    """
    bins = histogram.bins
    if len(bins) < 2:
        return ()
    highest = max(1, *[found.count for found in bins])
    url_of = _urls_of_dates(question)
    interval, first, last = histogram.interval, bins[0], bins[-1]
    links = []
    for found in bins:
        label, count = wording.shown_interval(interval, found.day), found.count
        url = ""
        if count:
            is_first, is_last = found is first, found is last
            span = span_of(question, interval, found.day, is_first=is_first, is_last=is_last)
            url = url_of(*span) if span else ""
        links.append(DateLink(label, count, round(100 * count / highest, 1), url))
    return tuple(links)


def only_date_of(histogram: Histogram | None) -> str:
    """Return when all articles with a date are of, where that is one day, week ...; else ""."""
    if histogram is None or len(histogram.bins) != 1:
        return ""
    return wording.shown_interval(histogram.interval, histogram.bins[0].day)


def span_of(
    question: Question, interval: Interval, day: date, *, is_first: bool, is_last: bool
) -> tuple[str, str] | None:
    """Return from which date to which a bin of the answer to *question* is, as queries write dates; None where no query can.

    Where the dates of the question cut the first or last bin, these as they were typed.
    """
    start, end = days_of(interval, day)
    if end >= _AFTER_LAST_YEAR:
        return None
    # "2024-11" begins with "2024", so it lies within; it does not begin with "2024-11-13", which cuts it.
    if is_first and not start.startswith(question.start):
        start = question.start
    if is_last and not end.startswith(question.end):
        end = question.end
    return start, end


def _urls_of_dates(question: Question) -> Callable[[str, str], str]:
    """Return what gives the URL of *question* between two dates; the rest of it is made once for all of them."""
    kept = search_url(question, start="", end="", page=1)
    begin = kept + ("&" if "?" in kept else "?")
    return lambda start, end: f"{begin}from={quoted(start)}&to={quoted(end)}"


def bars_of(question: Question, histogram: Histogram) -> Bars | None:
    """Return the bars of *histogram*, the answer to *question*; None where there are fewer than two."""
    links = dates_of(question, histogram)
    if not links:
        return None
    days = [found.day for found in histogram.bins]
    highest = max(link.count for link in links)
    peaks = [at for at, link in enumerate(links) if link.count == highest]
    peak = None
    if len(peaks) == 1 and highest:
        x = (peaks[0] + 0.5) * 100 / len(links)
        text = f"{wording.shown_interval(histogram.interval, days[peaks[0]])}: {highest:,}"
        peak = Label(x, text, "start" if x < 20 else "end" if x > 80 else "middle")
    full = _full_units(histogram)
    ticks = tuple(
        Label(x, text, url=_url_of_unit(question, histogram.interval, day, full))
        for x, text, day in _ticks(histogram.interval, days)
    )
    return Bars(histogram.interval, links, ticks, peak)


#: How much of a date names the larger unit of time: the month of days or weeks, the year of months.
_UNIT_CHARS = {"day": len("2026-05"), "week": len("2026-05"), "month": len("2026")}


def _full_units(histogram: Histogram) -> frozenset[str]:
    """Return the larger units of time in which *histogram* has articles, and those in which a week with some ends."""
    chars = _UNIT_CHARS.get(histogram.interval)
    if chars is None:
        return frozenset()
    found = [each.day for each in histogram.bins if each.count]
    days = [day for day in found if day.isoformat() < _AFTER_LAST_YEAR]
    if histogram.interval == "week":
        days += [day + timedelta(6) for day in days]
    return frozenset([day.isoformat()[:chars] for day in days])


def _url_of_unit(question: Question, interval: str, day: date, full: Collection[str]) -> str:
    """Return the URL of the larger unit of time that has *day*; "" of those that are not among the *full* ones.

    Dates of *question* that cut it stay.
    """
    chars = _UNIT_CHARS.get(interval)
    name = day.isoformat()[:chars]
    if chars is None or name >= _AFTER_LAST_YEAR or name not in full:
        return ""
    if interval == "week" and (day + timedelta(6)).month != day.month:
        return ""  # the first week begins in a month of which there may be nothing else
    # A longer text that begins with it is a part of it.
    start, end = (
        each if each.startswith(name) else name for each in (question.start, question.end)
    )
    return search_url(question, start=start, end=end, page=1)


def around_of(question: Question, histogram: Histogram) -> Bars | None:
    """Return the bars of *histogram*, which is of all dates, with those of *question*, which found nothing, marked."""
    bars = bars_of(question._replace(start="", end="", page=1), histogram)
    if bars is None:
        return None
    days = [found.day for found in histogram.bins]
    first, last = wording.days_in(question.start), wording.days_in(question.end)
    if (question.start and first is None) or (question.end and last is None):
        return bars
    begins = max(0, bisect_right(days, first[0]) - 1) if first else 0
    ends = bisect_right(days, last[1]) if last else len(days)
    if first and first[0] >= days[-1] + (days[-1] - days[-2]):
        begins = len(days)
    # Dates before or after all that is there are a line at that end.
    width = max(ends - begins, 0.25) * bars.width
    return replace(bars, asked=(min(begins * bars.width, 100 - width), width))


def _ticks(interval: str, days: list[date]) -> Iterator[tuple[float, str, date]]:
    """Yield place and text of labels for where a larger unit of time begins, and for the first bar, with the day of each."""
    starts = [at for at in range(len(days)) if at == 0 or _begins(interval, days[at - 1], days[at])]
    # Where there are too many, every second, third ... of the larger units is named, counted from year 0.
    step = -(-len(starts) // _MOST_TICKS)
    last = -_LEAST_GAP
    named = [at for at in starts if not at or _unit(interval, days[at]) % step == 0]
    for number, at in enumerate(named):
        x = 100 * at / len(days)
        following = 100 * named[number + 1] / len(days) if number + 1 < len(named) else 100
        # The first label gives way where the next is a whole unit and has no room beside it.
        if following - x < _LEAST_GAP * 0.8 and (number == 0 or x > 86):
            continue
        if x - last >= _LEAST_GAP * 0.8:
            yield x, _tick(interval, days[at], last < 0), days[at]
            last = x


def _begins(interval: str, before: date, day: date) -> bool:
    if interval in ("day", "week"):
        return (before.year, before.month) != (day.year, day.month)
    if interval == "month":
        return before.year != day.year
    return True


def _unit(interval: str, day: date) -> int:
    """Return the number of the larger unit that *day* is in."""
    if interval in ("day", "week"):
        return day.year * 12 + day.month - 1
    years = {"month": 1, "year": 1, "decade": 10}.get(interval, 100)
    return day.year // years


def _tick(interval: str, day: date, is_first: bool) -> str:
    if interval not in ("day", "week"):
        return f"{day.year}"
    month = MONTHS[day.month - 1]
    return f"{month} {day.year}" if is_first or day.month == 1 else month


@dataclass(frozen=True, slots=True)
class Steps:
    """Ways from the dates that a question has to others: one level up, the span before, the span after; None where there is none."""

    up: Choice | None = None
    before: Choice | None = None
    after: Choice | None = None

    def __iter__(self) -> Iterator[Choice]:
        return (step for step in (self.up, self.before, self.after) if step is not None)


def steps_of(question: Question) -> Steps:
    """Return the steps from the dates of *question*; only that to all dates where these are no days, months or years."""
    if not question.start and not question.end:
        return Steps()
    every = Choice("↑ All dates", search_url(question, start="", end="", page=1), False)
    first, last = wording.days_in(question.start), wording.days_in(question.end)
    if first is None or last is None or first[0] > last[1]:
        return Steps(every)
    span = first[0], last[1]
    try:
        sides = _shifted(span, -1), _shifted(span, 1)
    except (OverflowError, ValueError):  # the first and last years that a date can hold
        return Steps(every)
    up = _around(span)
    return Steps(
        _step(question, up, "↑ {}") if up else every,
        _step(question, sides[0], "← {}"),
        _step(question, sides[1], "{} →"),
    )


def _step(question: Question, span: tuple[date, date], label: str) -> Choice:
    start, end = wording.written(span)
    url = search_url(question, start=start, end=end, page=1)
    return Choice(label.format(wording.short_span(*span)), url, False)


def _is_months(span: tuple[date, date]) -> bool:
    return span[0].day == 1 and span[1].day == calendar.monthrange(span[1].year, span[1].month)[1]


def _shifted(span: tuple[date, date], by: int) -> tuple[date, date]:
    """Return the span as long as *span* right before it, or after it: of months where it is of months."""
    first, last = span
    if not _is_months(span):
        days = timedelta((last - first).days + 1) * by
        return first + days, last + days
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    begins = first.year * 12 + first.month - 1 + months * by
    return _months(begins, begins + months - 1)


def _months(first: int, last: int) -> tuple[date, date]:
    """Return first and last day of the months of these numbers. Raises ValueError beyond the years of a date."""
    year, month = divmod(last, 12)
    days = calendar.monthrange(year, month + 1)[1]
    return date(first // 12, first % 12 + 1, 1), date(year, month + 1, days)


def _around(span: tuple[date, date]) -> tuple[date, date] | None:
    """Return the month, else the year, that *span* is a part of; None where it is of years."""
    first, last = span
    month = first.replace(day=1)
    if (first.year, first.month) == (last.year, last.month) and not _is_months(span):
        return _months(month.year * 12 + month.month - 1, month.year * 12 + month.month - 1)
    year = date(first.year, 1, 1), date(first.year, 12, 31)
    return year if first.year == last.year and span != year else None
