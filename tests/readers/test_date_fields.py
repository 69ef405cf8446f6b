"""The order of day and month of a column, and which of several dates of a record counts."""

from __future__ import annotations

import gzip
import json

import pytest

from search.model.article import Article
from search.model.remark import REMARK_KINDS, Remark
from search.readers.day_order import order_of
from search.readers.opening import read
from search.readers.options import ReadingOptions


def csv_of(dates, delimiter=","):
    rows = [f"n{n}{delimiter}Notice {n}{delimiter}{day}{delimiter}Some text." for n, day in enumerate(dates)]  # fmt: skip
    return "\n".join([delimiter.join(("id", "title", "date", "text")), *rows]) + "\n"


def lines_of(dates):
    return "".join(json.dumps({"id": f"n{n}", "title": "T", "date": day}) + "\n" for n, day in enumerate(dates))  # fmt: skip


def array_of(dates):
    return json.dumps([{"id": f"n{n}", "title": "T", "date": day} for n, day in enumerate(dates)], indent=1)  # fmt: skip


def days(path, **options):
    """Return the dates of the articles as far as they are known, and the kinds of the remarks but on languages."""
    chars = {"": 0, "year": 4, "month": 7, "day": 10, "minute": 16, "second": 19}
    found, kinds = [], []
    for item in read(path, options=ReadingOptions(**options)):
        if isinstance(item, Article):
            day = item.published.isoformat() if item.published else ""
            found.append(day[: chars[item.published_precision]])
        elif isinstance(item, Remark) and item.kind != "language":
            kinds.append(item.kind)
    return found, kinds


FILES = pytest.mark.parametrize(
    ("name", "made_by"), [("a.csv", csv_of), ("a.jsonl", lines_of), ("a.json", array_of)], ids=["csv", "lines", "array"]
)  # fmt: skip


@FILES
@pytest.mark.parametrize(
    ("dates", "expected", "said"),
    [
        (["03/04/2024", "13/11/2024"], ["2024-04-03", "2024-11-13"], 0),
        (["03/04/2024", "11/13/2024"], ["2024-03-04", "2024-11-13"], 0),
        (["03-04-2024 14:05", "13-11-2024"], ["2024-04-03T14:05", "2024-11-13"], 0),
        (["03/04/24", "13/11/24", "28/02/24"], ["2024-04-03", "2024-11-13", "2024-02-28"], 0),
        (["03/04/2024", "05/06/2024"], ["2024", "2024"], 2),
        (["03/04/24", "13/11/24"], ["", ""], 2),
        (["14/02/2024", "02/21/2024", "03/04/2024"], ["2024-02-14", "2024-02-21", "2024"], 1),
        (["03.04.2024", "02/21/2024"], ["2024-04-03", "2024-02-21"], 0),
        (["2024-01-02", "03/04/2024", "31/12/1999 (reprint)"], ["2024-01-02", "2024-04-03", "1999-12-31"], 0),
    ],
    ids=["day-first", "month-first", "with-times", "short-years", "untold", "short-untold", "contradicting", "full-stops", "mixed"],
)  # fmt: skip
def test_the_rows_that_can_be_read_in_one_way_tell_the_order(
    tmp_path, name, made_by, dates, expected, said
):
    path = tmp_path / name
    path.write_text(made_by(dates), "utf-8")
    assert days(path) == (expected, ["day order"] * said)


@FILES
@pytest.mark.parametrize(("order", "day"), [("dmy", "2024-04-03"), ("mdy", "2024-03-04")])
def test_a_person_decides(tmp_path, name, made_by, order, day):
    path = tmp_path / name
    path.write_text(made_by(["03/04/2024", "03.04.2024"]), "utf-8")
    assert days(path, day_order=order) == ([day, day], [])


def test_the_row_that_tells_may_come_late_and_compressed(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    dates = ["03/04/2024"] * 60_000 + ["13/11/2024"]
    path.write_bytes(gzip.compress(lines_of(dates).encode(), 1))
    assert set(days(path)[0]) == {"2024-04-03", "2024-11-13"}


@pytest.mark.parametrize(
    "text",
    ['{"title": "T", "date": "03\\/04\\/2024"}\n{"title": "U", "date": "13\\/11\\/2024"}\n',
     '{"title": "T", "Datum": "03/04/2024"}\n{"title": "U", "date" : "13/11/2024", "Datum" : "13/11/2024"}\n'.replace("Datum", "pubDate")],
    ids=["escaped", "spaced"],
)  # fmt: skip
def test_json_as_others_write_it(tmp_path, text):
    (tmp_path / "a.jsonl").write_text(text, "utf-8")
    assert days(tmp_path / "a.jsonl")[0] == ["2024-04-03", "2024-11-13"]


def test_another_column_tells_nothing(tmp_path):
    rows = "title;date;text\nOne;03/04/2024;It came on 13/11/2024.\n"
    (tmp_path / "a.csv").write_text(rows, "utf-8")
    lines = '{"title": "T", "date": "03/04/2024", "seen": "13/11/2024", "text": "\\"date\\": \\"13/11/2024\\""}\n'
    (tmp_path / "a.jsonl").write_text(lines, "utf-8")
    assert days(tmp_path / "a.csv")[0] == days(tmp_path / "a.jsonl")[0] == ["2024"]


def test_order_of_a_column():
    assert order_of(["03/04/2024", "05/05/2024", "soon"]) == ""
    assert order_of(["13/04/2024", "04/13/2024", "05/05/2024"]) == "both"
    assert order_of(["13/11/24", "14/11/24", "02/12/24", "03/12/24"]) == "dmy"
    assert order_of(["13/11/24", "14/11/24", "02/12/24"]) == ""
    assert order_of(["24/11/13", "24/11/14", "24/12/02", "24/12/03"]) == ""
    assert order_of(["01/11/24", "02/11/24", "03/11/24", "04/11/24"]) == ""


@pytest.mark.parametrize(
    ("record", "day", "where", "kinds"),
    [
        ({"published": "2024", "date": "2024-11-13"}, "2024-11-13", "date", []),
        ({"published": "2024-11", "date": "2024-11-13"}, "2024-11-13", "date", []),
        ({"published": "2024", "date": "2023-11-13"}, "2024", "published", ["date in question"]),
        ({"published": "soon", "date": "2024-11-13"}, "2024-11-13", "date", ["date"]),
        ({"published": "soon"}, "", "", ["date"]),
        ({"published": "NaN"}, "", "", []),
        ({"published": 45609}, "", "", ["date"]),
        ({"published": "2024-11-13 10:00 XYZ"}, "2024-11-13", "published", ["date"]),
        ({"published": "2024-11-13", "date": "2024-11-14"}, "2024-11-13", "published", ["date in question"]),
        ({"published": "2024-11-13", "date": "2024-11-14T03:00:00Z"}, "2024-11-13", "published", []),
        ({"published": "2024-11-13", "created_at": "2025-01-14"}, "2024-11-13", "published", []),
        ({"published": "2150-11-13"}, "2150-11-13", "published", ["date in question"]),
        ({"published": "2024-11-13", "url": "https://paper.example/2024/11/10/x"}, "2024-11-13", "published", ["date in question"]),
        ({"published": "2024-11-13", "url": "https://paper.example/2024/11/14/x"}, "2024-11-13", "published", []),
    ],
    ids=["year", "month", "other-year", "unread-first", "unread", "blank", "spreadsheet", "zone", "two-days", "one-day-by-zone", "made-later",
         "future", "address", "address-next-day"],
)  # fmt: skip
def test_which_date_counts_and_what_is_said(tmp_path, record, day, where, kinds):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a", "title": "T", "text": "Some text.", **record}) + "\n")
    assert days(path) == ([day], kinds)
    article = next(item for item in read(path) if isinstance(item, Article))
    assert article.published_from == (where and f"field '{where}'")
    assert set(kinds) <= set(REMARK_KINDS)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("", (["2024"], ["day order"])), ("dmy", (["2024-04-03"], [])), ("mdy", (["2024-03-04"], []))],
)
def test_a_page_has_the_order_that_a_person_says(tmp_path, order, expected):
    text = "<p>" + "The lock on the northern canal opened again after two years. " * 5
    page = f"<html lang=en><title>Canal opens</title><meta name=date content='03/04/2024'><article><h1>Canal opens</h1>{text}"
    (tmp_path / "a.html").write_text(page, "utf-8")
    assert days(tmp_path / "a.html", day_order=order) == expected


def test_a_date_in_an_object_of_a_record_has_the_order_of_its_key(tmp_path):
    records = [
        {"title": "T", "article": {"published": day}} for day in ("03/04/2024", "13/11/2024")
    ]
    (tmp_path / "a.json").write_text(json.dumps(records), "utf-8")
    mapped = (("published", "article.published"),)
    assert days(tmp_path / "a.json", mapped=mapped)[0] == ["2024-04-03", "2024-11-13"]
