"""Dates as papers and databases of many countries write them: exactly, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.readers.date_texts import possible_orders, why_unread
from search.readers.dates import day_in_name, is_written, parse_date
from search.readers.month_names import month_of
from search.readers.published import Published

THE_DAY = datetime(2024, 11, 13, tzinfo=UTC)
AT_1405 = datetime(2024, 11, 13, 14, 5, tzinfo=UTC)
AT_140509 = datetime(2024, 11, 13, 14, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["13. November 2024", "Mittwoch, 13. November 2024", "13 novembre 2024", "mer. 13 nov. 2024", "13 de noviembre de 2024",
     "miércoles, 13 de noviembre del 2024", "13 NOVIEMBRE 2024", "mercoledì 13 novembre 2024", "13 de novembro de 2024",
     "woensdag 13 november 2024", "13 listopada 2024 r.", "13. listopadu 2024", "13 ноября 2024 г.", "13 нояб. 2024",
     "13 листопада 2024", "13 Kasım 2024", "13 KASIM 2024 ÇARŞAMBA", "13 noiembrie 2024", "den 13 november 2024",
     "onsdag d. 13. nov. 2024", "13 Νοεμβρίου 2024", "13 نوفمبر 2024", "١٣ نوفمبر ٢٠٢٤", "13 تشرين الثاني 2024", "13 בנובמבר 2024",
     "2024年11月13日", "２０２４年１１月１３日", "2024年11月13日(水)", "2024년 11월 13일", "2024. 11. 13.", "令和6年11月13日",
     "2024. november 13.", "13. marraskuuta 2024", "13 नवंबर 2024", "13 de novembre de 2024",
     "13-Nov-24", "13 Nov '24", "Nov 13 '24", "13.11.24", "11/13/24", "13.11.2024",
     "13η Νοεμβρίου 2024", "2024-W46-3", "2024W463", "2024-318", 20241113, 20241113.0, "20241113.0", "Wednesday 13th November, 2024"],
)  # fmt: skip
def test_a_day_in_many_languages(text):
    assert parse_date(text) == Published(THE_DAY, "day")


@pytest.mark.parametrize(
    "text",
    ["13.11.2024 | 14:05 Uhr", "Mi 13.11.24 | 14:05 Uhr", "13. November 2024, 14.05 Uhr", "13 novembre 2024 à 14h05", "13 novembre 2024 à 14 h 05",
     "13 de novembro de 2024 às 14h05", "13/11/2024 - 14:05", "13 Kasım 2024 Çarşamba 14:05", "13 ноября 2024 г., 14:05", "2024年11月13日14時05分",
     "2024年11月13日 下午2:05", "2024년 11월 13일 오후 2시 5분", "2024년 11월 13일 수요일 오후 2:05", "den 13 november 2024 kl. 14.05",
     "13 listopada 2024 r., godz. 14:05", "14:05, 13 November 2024", "2:05 PM GMT, Wednesday 13 November 2024", "202411131405",
     "Published 13 Nov 2024, 14:05", "November 13, 2024 at 9:05 AM Eastern Standard Time", "2024-11-13 15:05 MEZ", "2024-11-13 15:05 Europe/Berlin",
     "November 13, 2024 Wednesday 2:05 PM GMT", "13. November 2024 Mittwoch 14:05 Uhr", "13 novembre 2024 mercredi, 14h05", "2024-11-13 Wed 14:05",
     "13 November 2024 (Wed.) 14:05", "November 13, 2024 3:05 PM Central European Time",
     "Wed 13 Nov 2024 15.05 CET", "13 November 2024 14.05", "13.11.2024, 14.05"],
)  # fmt: skip
def test_a_time_in_many_forms(text):
    assert parse_date(text) == Published(AT_1405, "minute")


@pytest.mark.parametrize(
    "value",
    ["Wed Nov 13 14:05:09 UTC 2024", "Wed Nov 13 14:05:09 2024", "Wed Nov 13 15:05:09 +0100 2024", "Wed Nov 13 09:05:09 EST 2024",
     "13-NOV-24 02.05.09.000000 PM", "2024-11-13T14:05:09+00:00[UTC]", "2024-11-13 14:05:09 +0000 UTC",
     1731506709, 1731506709000, 1731506709000000, 1731506709000000000, "1731506709", "1731506709000", "1731506709.25", 1731506709.75,
     "/Date(1731506709000)/", "\\/Date(1731506709000+0100)\\/", {"$date": "2024-11-13T14:05:09Z"}, {"$date": {"$numberLong": "1731506709000"}},
     {"$date": 1731506709000}, {"$numberLong": "1731506709000"}, {"_seconds": 1731506709, "_nanoseconds": 0},
     {"date": "2024-11-13 15:05:09.000000", "timezone_type": 3, "timezone": "Europe/Paris"}],
    ids=str,
)  # fmt: skip
def test_a_second_as_programs_write_it(value):
    assert parse_date(value) == Published(AT_140509, "second")


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("2024-11-13T24:00:00Z", (2024, 11, 14), "second"),
        ("1er mars 2024", (2024, 3, 1), "day"),
        ("1º de maio de 2024", (2024, 5, 1), "day"),
        ("13 EKİM 2024", (2024, 10, 13), "day"),
        ("9 aout 2024", (2024, 8, 9), "day"),
        ("mar. 12 mars 2024", (2024, 3, 12), "day"),
        ("novembre de 2024", (2024, 11, 1), "month"),
        ("2024年11月", (2024, 11, 1), "month"),
        ("2024-11-00", (2024, 11, 1), "month"),
        ("2024-00-00", (2024, 1, 1), "year"),
        ("2024.0", (2024, 1, 1), "year"),
        ("11.13.2024", (2024, 11, 13), "day"),
        ("98/11/13", (1998, 11, 13), "day"),
        ("28/11/24", (2024, 11, 28), "day"),
        ("Published: Nov 1, 2024 Updated: 2024-11-03", (2024, 11, 1), "day"),
        ("Updated 3 June 2024, first published 1 May 2024", (2024, 5, 1), "day"),
        ("LONDON - 13 November 2024", (2024, 11, 13), "day"),
        ("5 May 2024 by Ann Lee", (2024, 5, 5), "day"),
    ],
)  # fmt: skip
def test_more_forms(text, expected, precision):
    assert parse_date(text) == Published(datetime(*expected, tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "text",
    ["2024-11-13 00:00:00", "2024-11-13T00:00:00.000000", "2024-11-13 00:00", "13.11.2024 0:00", "11/13/2024 12:00:00 AM", "Wed Nov 13 00:00:00 2024",
     "20241113000000"],
)  # fmt: skip
def test_midnight_without_a_zone_is_a_day(text):
    assert parse_date(text) == Published(THE_DAY, "day")


@pytest.mark.parametrize(
    "text",
    [
        "2024-11-13T00:00:00Z",
        "2024-11-13 00:00:00+00:00",
        "2024-11-13T00:00:00.250",
        "13.11.2024 00:00:00.250",
    ],
)
def test_midnight_of_a_zone_is_an_instant(text):
    assert parse_date(text) == Published(THE_DAY, "second")


@pytest.mark.parametrize(
    "text",
    ["2024-11-13/2024-11-15", "13-15 November 2024", "13.–15. November 2024", "30 October - 2 November 2024", "Nov 13, 2024 to Nov 15, 2024",
     "2024-2025", "2024-25", "November 2024 - 2025", "Nov/Dec 2024", "November-December 2024", "before 13 November 2024", "not before May 2024",
     "bis zum 13. November 2024", "antes del 13 de noviembre de 2024"],
)  # fmt: skip
def test_a_range_is_no_day(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "value",
    ["Updated: 2024-11-03", "Zuletzt aktualisiert am 13. November 2024", "最后更新：2024年11月13日", "13. listopada 2024", "version 1.2.34", "10.0.0.1",
     45609, "45609.5", 86400, 12, "13 Foo 2024", "2024-366-1", "2023-366", "2024-W60-1", "2024-11-13T14", "/Date(x)/", {"$date": None},
     {"$date": {"$numberLong": "x"}}, {"seconds": True}, {"name": "x"}, "13/11/24", "03/04/24", 10**400, "9" * 19, "1" * 200],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_not_certain_is_no_date(value):
    published = parse_date(value)
    assert published is None or (value == "2024-11-13T14" and published.precision == "day")


@pytest.mark.parametrize(
    ("text", "order", "expected", "precision"),
    [
        ("03/04/2024", "", (2024, 1, 1), "year"),
        ("03/04/2024", "both", (2024, 1, 1), "year"),
        ("03/04/2024", "dmy", (2024, 4, 3), "day"),
        ("03/04/2024", "mdy", (2024, 3, 4), "day"),
        ("03/04/2024 14:05", "mdy", (2024, 3, 4, 14, 5), "minute"),
        ("03-04-24", "dmy", (2024, 4, 3), "day"),
        ("21/02/2024", "mdy", (2024, 2, 21), "day"),
        ("03.04.2024", "", (2024, 4, 3), "day"),
        ("03.04.2024", "mdy", (2024, 3, 4), "day"),
        ("03.04.2024", "both", (2024, 1, 1), "year"),
        ("05/05/2024", "both", (2024, 5, 5), "day"),
    ],
)
def test_the_order_of_day_and_month(text, order, expected, precision):
    assert parse_date(text, order) == Published(datetime(*expected, tzinfo=UTC), precision)


@pytest.mark.parametrize(
    ("text", "orders"),
    [("13/11/2024", ("dmy",)), ("11/13/2024", ("mdy",)), ("03/04/2024", ("dmy", "mdy")), ("05/05/2024", ()), ("13/11/24", ("dmy", "ymd")),
     ("28/11/24", ("dmy",)), ("Wed, 13/11/2024 14:05", ("dmy",)), ("2024-11-13", ()), ("40/40/2024", ()), ("", ())],
)  # fmt: skip
def test_what_a_date_says_of_its_column(text, orders):
    assert possible_orders(text) == orders


@pytest.mark.parametrize(
    ("text", "loss"),
    [("03/04/2024", "2024-03-04 or 2024-04-03 (give --dates dmy or mdy)"), ("2024-11-13 10:00 XYZ", "time zone 'XYZ'"),
     ("13 November 2024, 2:05 pm local time", "time zone"), ("Nov 13, 2024, 4 pm", "without minutes"), ("2024-W46", "only the month"), ("2024-11-13 25:00", "time"), ("2024-11-13", "")],
)  # fmt: skip
def test_what_is_lost_is_said(text, loss):
    said = parse_date(text).loss
    assert loss in said if loss else said == ""


@pytest.mark.parametrize(
    ("value", "reason"),
    [("13/11/24", "2013-11-24 or 2024-11-13"), (45609, "2024-11-13 in Excel"), ("last week", "'last week' is no date"), ("x" * 500, "too long"), ({"a": 1}, "its value")],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_why_a_date_is_unread(value, reason):
    assert reason in why_unread(value)


def test_blanks_are_not_written():
    blanks = ["", "  ", "-", "NaN", "null", "None", "N/A", "0000-00-00", "0000-00-00 00:00:00", 0, None, [], {}, float("nan"), False]  # fmt: skip
    assert [value for value in blanks if is_written(value)] == []
    assert is_written("soon")
    assert is_written(45609)


@pytest.mark.parametrize(
    ("name", "day"),
    [("2024-11-13-bridge.txt", date(2024, 11, 13)), ("20241113_x.txt", date(2024, 11, 13)), ("a/2024/11/13/b.txt", date(2024, 11, 13)),
     ("a/2024/3/4/b.txt", date(2024, 3, 4)), ("https://paper.example/2024/11/13/x-12345678", date(2024, 11, 13)), ("/articles/194709-13-x", None),
     ("photo_20249913.txt", None), ("x120241113", None), ("2024-11.txt", None), ("/2023/02/30/", None), ("", None)],
    ids=str,
)  # fmt: skip
def test_the_day_in_a_name(name, day):
    assert day_in_name(name) == day


def test_names_that_are_alike_in_two_languages():
    names = [
        "mart",
        "März",
        "MARZO",
        "août",
        "AGOSTO",
        "maj",
        "lipca",
        "липня",
        "Haziran",
        "srpna",
        "červenec",
        "Μαΐου",
    ]
    assert [month_of(name) for name in names] == [3, 3, 3, 8, 8, 5, 7, 7, 6, 8, 7, 5]
    assert month_of("Auguſt") == month_of("aprıl") == month_of("") == 0


@given(
    st.text(alphabet="0123456789 .,:/-–年月日novmay'TZ+()|à\n", max_size=200)
)  # what the rules are made of
@settings(max_examples=300, deadline=None)
def test_any_text_of_such_characters_is_a_date_in_utc_or_none(text):
    for order in ("", "dmy", "mdy", "both"):
        published = parse_date(text, order)
        assert published is None or published.at.tzinfo is UTC
    assert isinstance(why_unread(text), str)
    day_in_name(text)
    possible_orders(text)
