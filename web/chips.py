"""The question spelled out: its words with what each finds alone, what narrows it, and the link that takes each out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from search.model.fields import FIELDS, FieldTable
from search.model.question import Question
from search.service.answer import Clause, ResultPage
from web import filters, links, wording

#: A clause of dates alone, as it is typed.
_DATES = re.compile(r"(date|year|after|since|before):\"?([^\"*()]+)\"?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of a question: ``kind`` says what it does ("place", "without"), "" for words; ``url`` is the question without it.

    ``count`` is how many articles it finds alone, None where that is not said; ``url`` is "" where it cannot be taken out.
    """

    kind: str
    text: str
    url: str
    count: int | None = None
    synonyms: tuple[str, ...] = ()

    @property
    def look(self) -> str:
        """Return the classes of the element."""
        is_none = self.count == 0 and self.kind != "without"
        return "chip none" if is_none else "chip filter" if self.kind else "chip"


def chips_of(
    question: Question, page: ResultPage, articles: int, fields: FieldTable = FIELDS
) -> tuple[Chip, ...]:
    """Return the chips of *question*, which *page* answers, of an index of *articles*.

    None where they would say nothing: for a single word that nothing was added to, without a filter.
    """
    chips = tuple(_clauses(question, page, articles)) + filters_of(question, fields)
    is_plain = len(chips) == 1 and not chips[0].kind and not chips[0].synonyms
    return () if is_plain else chips


def _clauses(question: Question, page: ResultPage, articles: int) -> Iterator[Chip]:
    for clause in page.read_as:
        url = ""
        if clause.without is not None:
            url = links.search_url(question, text=clause.without, page=1)
        yield _chip(clause, url, articles)


def _chip(clause: Clause, url: str, articles: int) -> Chip:
    typed = clause.typed or clause.text
    if match := _DATES.fullmatch(typed):
        return Chip(*_dates(match[1].lower(), match[2].strip()), url, clause.count)
    if clause.text.startswith(("-", "NOT ")):
        # What it leaves out says more than what it leaves.
        text = re.sub(r"^(?:NOT\s+|[-!‐‑‒–—―−])", "", typed)
        return Chip("without", text, url, articles - clause.count)
    return Chip("", typed, url, clause.count, clause.synonyms)


def _dates(name: str, typed: str) -> tuple[str, str]:
    start, dots, end = typed.partition("..")
    if name in ("date", "year"):
        return "dates", wording.dates_in_words(start, end if dots else start)
    if name == "before":
        return "before", wording.as_date(typed)
    return "dates", wording.dates_in_words(typed, "")


def filters_of(
    question: Question,
    fields: FieldTable = FIELDS,
    url_of: Callable[[Question], str] = links.search_url,
) -> tuple[Chip, ...]:
    """Return what narrows *question* beside its text; *url_of* makes the address of the page for the question without it."""
    return tuple(
        Chip(name, value, url_of(without))
        for (name, value), without in filters.each_filter(question, fields)
    )
