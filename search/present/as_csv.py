"""An answer as CSV, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from search.present.as_json import TEXT_FIELDS, page_as_json

if TYPE_CHECKING:
    from search.service.service import ResultPage

#: Columns of the CSV; the names of one that holds several are parted by "; ".
CSV_COLUMNS = ("rank", "score", "id", "title", "authors", "published", *TEXT_FIELDS, "snippet")


def csv_rows(page: ResultPage) -> Iterator[list[object]]:
    """Yield the `CSV_COLUMNS` of each hit, safe to open in a spreadsheet."""
    for hit in page_as_json(page)["hits"]:
        values = {**hit, "authors": "; ".join(hit["authors"]), "snippet": hit["snippet"]["text"]}
        yield [_cell(values[column]) for column in CSV_COLUMNS]


def _cell(value: object) -> object:
    """Return *value* so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value
