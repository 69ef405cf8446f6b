"""All values of a facet, and what a query may go on as: lines, rows of a table, JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from search.model.fields import FieldTable
from search.present.as_csv import safe_cell
from search.present.terminal.safe import visible
from search.service.completions import Completion
from search.service.facet_values import FacetPage
from search.service.naming import finds, without_value


def facet_page_lines(field: str, page: FacetPage, fields: FieldTable) -> Iterator[str]:
    """Yield a line for each value of a page, and after the last how many articles have none."""
    for value in page.values:
        mark = " *" if value.selected else ""
        yield f"{value.count:>8,}  {visible(value.value)}{mark}"
    if page.missing and page.step == page.last_step:
        count, _, words = without_value(page.missing, fields[field]).partition(" ")
        yield f"{count:>8}  ({words})"


def facet_csv_rows(field: str, page: FacetPage) -> Iterator[Sequence[object]]:
    """Yield a heading, and a row for each value of a page, safe to open in a spreadsheet."""
    yield field, "articles"
    for value in page.values:
        yield safe_cell(value.value), value.count


def facet_as_json(page: FacetPage) -> dict[str, Any]:
    """Return a page of the values of a facet as docs/cli.md has it."""
    return {
        "total": page.total,
        "distinct": page.distinct,
        "missing": page.missing,
        "page": page.step,
        "last_page": page.last_step,
        "values": [
            {"value": value.value, "count": value.count, "selected": value.selected}
            for value in page.values
        ],
        "letters": {each.letter: each.values for each in page.letters},
    }


def completion_lines(found: Sequence[Completion]) -> Iterator[str]:
    """Yield a line for each query: how many articles it finds, itself, and what is new in it."""
    for each in found:
        kind = "" if each.kind == "word" else f"  ({each.kind})"
        yield f"{each.articles:>8,}  {visible(each.query)}{kind}"


def completions_as_json(typed: str, found: Sequence[Completion]) -> dict[str, Any]:
    """Return queries as docs/cli.md has them."""
    return {
        "typed": typed,
        "suggestions": [
            {
                "query": each.query,
                "completed": each.completed,
                "kind": each.kind,
                "articles": each.articles,
                "text": finds(each),
            }
            for each in found
        ],
    }
