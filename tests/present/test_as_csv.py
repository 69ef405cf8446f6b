"""A row for each hit, safe to open in a spreadsheet."""

from __future__ import annotations

import pytest

from search.model.article import Credit
from search.model.question import Question
from search.present.as_csv import csv_columns, csv_rows
from search.service.service import SearchService
from tests.support.documents import document
from tests.support.memory_engine import MemoryEngine


def rows(**fields: object) -> list[dict[str, object]]:
    engine = MemoryEngine()
    engine.add([document("a", **fields)])  # type: ignore[arg-type]
    page = SearchService(engine).search(Question())
    return [dict(zip(csv_columns(), row, strict=True)) for row in csv_rows(page)]


def test_who_is_no_author_stands_with_the_role() -> None:
    [row] = rows(credits=(Credit("Cy Fox", "photos"), Credit("=Bo Ray", "editing")))
    assert row["credits"] == "Cy Fox (photos); =Bo Ray (editing)"


def test_several_names_are_one_cell() -> None:
    [row] = rows(title="Grain", authors=("Rich Miller", "Anna Weiß"), source="AFP")
    assert (row["rank"], row["id"], row["title"]) == (1, "a", "Grain")
    assert (row["authors"], row["source"], row["published"]) == (
        "Rich Miller; Anna Weiß",
        "AFP",
        None,
    )


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"], ids=ascii)
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    [row] = rows(title=f"{start}1+1", authors=(f"{start}cmd",), section=start)
    assert (row["title"], row["authors"], row["section"]) == (
        f"'{start}1+1",
        f"'{start}cmd",
        f"'{start}",
    )
