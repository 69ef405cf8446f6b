"""An answer as CSV, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from search.model.fields import FIELDS, FieldTable
from search.present.as_json import hit_as_json

if TYPE_CHECKING:
    from search.service.answer import Hit, HitStream, ResultPage


#: Column -> key of "provenance" in JSON.
_PROVENANCE = {
    "file": "file", "line": "line", "member": "member", "fetched_from": "url", "reader": "reader", "read_at": "read_at",
}  # fmt: skip


#: With the wide forms, which spreadsheets in Japanese and Chinese take for the narrow ones.
_FORMULA_STARTS = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")


def csv_columns(fields: FieldTable = FIELDS) -> tuple[str, ...]:
    """Return the names of the columns: keys of a hit in JSON, how many articles its story has, then those of its provenance."""
    described = fields.described(is_entity=False)
    lists = [row.key for row in described if row.is_listed]
    single = [row.key for row in described if not row.is_listed]
    return (
        "rank",
        "score",
        "id",
        "title",
        *lists,
        "credits",
        "published",
        *single,
        "snippet",
        "story_articles",
        *_PROVENANCE,
    )


def csv_rows(page: ResultPage, fields: FieldTable = FIELDS) -> Iterator[list[object]]:
    """Yield the `hit_rows` of the hits of *page*."""
    return hit_rows(page.hits, page, fields)


def hit_rows(
    hits: Iterable[Hit],
    page: ResultPage | HitStream,
    fields: FieldTable = FIELDS,
    *,
    whole_paths: bool = True,
) -> Iterator[list[object]]:
    """Yield the `csv_columns` of each of *hits*, safe to open in a spreadsheet. Names are separated by "; "."""
    for hit in hits:
        values = hit_values(hit_as_json(hit, page, fields, whole_paths), fields)
        yield list(map(safe_cell, values))


def hit_values(hit: dict[str, Any], fields: FieldTable = FIELDS) -> list[object]:
    """Return the `csv_columns` of a *hit* in JSON, as they are."""
    credits = [f"{credit['name']} ({credit['role']})" for credit in hit["credits"]]
    where = hit["provenance"] or {}
    values = {**hit, "credits": credits, "snippet": hit["snippet"]["text"]}
    values["story_articles"] = hit["story"]["articles"] if hit["story"] else ""
    values |= {column: where.get(key) for column, key in _PROVENANCE.items()}
    return [values[column] for column in csv_columns(fields)]


def safe_cell(value: object) -> object:
    """Return *value* in a form that no spreadsheet reads as a formula (OWASP, "CSV Injection")."""
    if isinstance(value, list):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
