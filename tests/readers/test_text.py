"""Text files: what stands above the text, and what is no text for people."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.model.article import Article
from search.model.errors import ReadError
from search.model.remark import Remark
from search.readers.not_prose import looks_like
from search.readers.opening import read
from search.readers.options import ReadingOptions

BODY = "The lock on the northern canal opened again after two years of work."


def article_of(tmp_path, text, name="a.txt", **options):
    """Return the article of a text, its day, and the kinds of the remarks."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    items = list(read(path, options=ReadingOptions(**options)))
    (article,) = (item for item in items if isinstance(item, Article))
    day = article.published.isoformat()[:16] if article.published else ""
    kinds = [item.kind for item in items if isinstance(item, Remark)]
    return article, day, [kind for kind in kinds if kind != "language"]


@pytest.mark.parametrize(
    ("head", "day", "where", "authors"),
    [
        ("13 November 2024", "2024-11-13T00:00", "date line of the text", ()),
        ("Date: 2024-11-13", "2024-11-13T00:00", "date line of the text", ()),
        ("*By Ann Lee, 13 November 2024*", "2024-11-13T00:00", "byline", ("Ann Lee",)),
        ("Mittwoch, 13. November 2024, 14:07 Uhr", "2024-11-13T14:07", "date line of the text", ()),
        ("OSTHOLM, 13 November 2024", "2024-11-13T00:00", "date line of the text", ()),
        ("13 November 2024\nBy Ann Lee", "2024-11-13T00:00", "date line of the text", ("Ann Lee",)),
        ("By Ann Lee\n\nPublished: 13 November 2024", "2024-11-13T00:00", "date line of the text", ("Ann Lee",)),
        ("Ann Lee | 13 November 2024", "2024-11-13T00:00", "byline", ("Ann Lee",)),
        ("Ann Lee and Bo Roe, 13 November 2024", "2024-11-13T00:00", "byline", ("Ann Lee", "Bo Roe")),
        ("Published: 13 November 2024 14:07 by Ann Lee", "2024-11-13T14:07", "byline", ("Ann Lee",)),
        ("Von Ann Lee | 13.11.2024", "2024-11-13T00:00", "byline", ("Ann Lee",)),
        ("Ann Lee was born there on 3 May 1998", "", "", ()),
        ("It was planned on 3 May 1998", "", "", ()),
        ("Opened 3 May 1998.", "", "", ()),
        ("Updated 13 November 2024", "", "", ()),
        ("", "", "", ()),
    ],
    ids=["line", "label", "in italics", "weekday and time", "place", "before a byline", "after a byline", "in a byline", "in a byline of two", "before its byline", "Von",
         "prose with a name", "prose", "sentence", "change", "nothing"],
)  # fmt: skip
def test_the_date_of_a_text_is_in_its_head_and_not_in_its_prose(
    tmp_path, head, day, where, authors
):
    article, found, _ = article_of(tmp_path, f"Canal opens\n{head}\n\n{BODY} It began on 4 June 2001.")  # fmt: skip
    assert (article.title, found, article.published_from, article.authors) == ("Canal opens", day, where, authors)  # fmt: skip
    assert article.body.endswith(f"{BODY} It began on 4 June 2001.")
    assert (head in article.body) == (not day)


@pytest.mark.parametrize(
    "head",
    ["Ann Lee, 13 November 2024", "13 November 2024 - Ann Lee", "Ann Arbor, 13 November 2024"],
)
def test_what_may_be_an_author_or_a_place_beside_a_date_stays_in_the_text(tmp_path, head):
    article, found, _ = article_of(tmp_path, f"Canal opens\n{head}\n\n{BODY}")
    assert (found, article.authors) == ("2024-11-13T00:00", ())
    assert article.body == f"{head}\n\n{BODY}"


def test_a_date_may_stand_above_the_title(tmp_path):
    article, day, _ = article_of(tmp_path, f"13 November 2024\n\nCanal opens\n\n{BODY}")
    assert (article.title, day, article.body) == ("Canal opens", "2024-11-13T00:00", BODY)


@pytest.mark.parametrize(
    ("name", "day", "where"),
    [
        ("2024-11-13-canal.txt", "2024-11-13T00:00", "name of the file"),
        ("20241113_canal.txt", "2024-11-13T00:00", "name of the file"),
        ("canal 13.11.2024.txt", "2024-11-13T00:00", "name of the file"),
        ("2024/11/13/canal.txt", "2024-11-13T00:00", "folders of the file"),
        ("2024-11-13/canal.txt", "", ""),
        ("canal-1234567890.txt", "", ""),
        ("03-04-2024.txt", "", ""),
    ],
)
def test_the_date_of_a_text_in_its_name(tmp_path, name, day, where):
    article, found, _ = article_of(tmp_path, f"Canal opens\nBy Ann Lee\n\n{BODY}", name)
    assert (found, article.published_from) == (day, where)


@pytest.mark.parametrize(
    ("head", "name", "day", "kinds"),
    [
        ("3 May 2024", "2024-11-13.txt", "2024-05-03", ["date in question"]),
        ("13 November 2024", "2024-11-14.txt", "2024-11-13", []),
        ("May 2024", "2024-05-13.txt", "2024-05-13", []),
        ("03/04/2024", "a.txt", "2024-01-01", ["day order"]),
        ("13 November 2150", "a.txt", "2150-11-13", ["date in question"]),
        ("13 November 2024, 14:05 Berlin time", "a.txt", "2024-11-13", ["date"]),
    ],
    ids=["name contradicts", "name next day", "name says more", "two ways", "future", "unknown zone"],
)  # fmt: skip
def test_what_a_person_should_know_of_the_date_of_a_text(tmp_path, head, name, day, kinds):
    _, found, said = article_of(tmp_path, f"Canal opens\n{head}\n\n{BODY}", name)
    assert (found[:10], said) == (day, kinds)


def test_a_person_says_what_is_first(tmp_path):
    text = f"Canal opens\n03/04/2024\n\n{BODY}"
    assert article_of(tmp_path, text, day_order="dmy")[1] == "2024-04-03T00:00"
    assert article_of(tmp_path, text, day_order="mdy")[1] == "2024-03-04T00:00"


NOT_PROSE = {
    "XML": '<?xml version="1.0"?>\n<notes><note>Canal</note></notes>',
    "press archive": "\n      1 of 2 articles\n\n      Canal Post\n\nCanal opens\n",
    "RTF": "{\\rtf1\\ansi Canal opens}",
    "JSON in a program": 'window.YTD.tweets.part0 = [ {"tweet": {"full_text": "Canal opens"}} ]',
    "a program": "#!/bin/sh\necho canal\n",
    "source code": "function open(canal) {\n  return canal.gate;\n}\nopen(north);\n",
    "a log": "".join(f"2024-11-13 14:05:{n:02} INFO canal opened\n" for n in range(9)),
    "base64": "\n".join([base64.b64encode(bytes(range(256)) * 3).decode()[n : n + 76] for n in range(0, 800, 76)]),
    "a configuration": "[canal]\nname = north\ngates = 4\nopen = yes\n",
    "a table of numbers": "\n".join(f"{n},{n * 3},{n * 7}.5" for n in range(20)),
    "a table whose": "gate,keeper,place\n" + "\n".join(f"north{n},Ann Lee,Ostholm" for n in range(9)),
    "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nThe canal.\n",
    "a dump of a database": "-- MySQL dump 10.13\n\nINSERT INTO `articles` VALUES (1,'Canal opens','It opened.');\n",
    "a dump of a database ": "INSERT INTO `articles` VALUES (1,'Canal opens','It opened.');\n",
    "a patch": "diff --git a/canal b/canal\n--- a/canal\n+++ b/canal\n",
    "a list": "\n".join(["canal", "gate", "lock keeper", "boat"] * 5),
    "binary data": "canal\0\0\0\0\0\0\0\0\0\0opens",
    "data without words": "*** +++ === *** ### 1 2",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), NOT_PROSE.items(), ids=NOT_PROSE)
def test_what_was_not_written_for_people_is_refused_by_name(tmp_path, kind, text):
    assert kind in looks_like(text)
    path = tmp_path / "a.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ReadError, match=r"a\.txt: (?:looks like|is not text)"):
        list(read(path))


@pytest.mark.parametrize(
    "text",
    ["", "Canal", "Canal opens\n\nIt came.", "<NORTH CANAL> YEAR NET\nShr 1.11 dlrs vs 1.04 dlrs\nNet 44,092,000 vs 35,145,000\nRevs 1.94 billion",
     "Ein Gespräch\nFrage: Wann öffnet der Kanal?\nLee: Im Mai.\nFrage: Sicher?\nLee: Ganz sicher.", "運河が開通\n\n北の運河が開通した。", "คลองเปิดแล้ว\n\nวันนี้",
     "Canal opens\n14:05 The gate moves.\n14:07 It is open.\n14:09 People cheer.", "* First, the gate.\n* Second, the lock.\n* Third, the boats come.",
     "Results: Ostholm 2, Varnau 1\nNorth 3, South 3\nEast 1, West 0 after a long match"],
    ids=["empty", "title", "short", "wire", "interview", "Japanese", "Thai", "ticker", "list of sentences", "results"],
)  # fmt: skip
def test_what_was_written_for_people_is_read(text):
    assert looks_like(text) == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("var a=function(b){return b.c(d,e)};" * 60, "source code"),
        ("numpy==1.2\nlxml>=5\nclick\npytest~=8.0\nrequests\n", "a configuration"),
        (
            "[    0.000000] Linux version 6\n[    0.100000] usb: new device\n[    0.200000] usb: gone\n",
            "a log",
        ),
    ],
    ids=["minified", "requirements", "kernel log"],
)
def test_more_that_was_not_written_for_people(text, kind):
    assert looks_like(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        f"Title: The lock opens\nAuthor: Ann Lee\nDate: 2024-11-13\n\n{BODY}\n\n{BODY}",
        "The lock\n\n" + "O ships that sail\nupon the tide\nand never fail\nto be our pride\n" * 4,
    ],
    ids=["lines of a header", "verse"],
)
def test_short_lines_that_were_written_for_people_are_read(text):
    assert looks_like(text) == ""


def test_day_after_the_name_of_a_paper_counts_and_both_stay(tmp_path):
    head = "Canal Post\n13 November 2024"
    article, day, _ = article_of(tmp_path, f"The lock opens\n{head}\n\n{BODY}")
    assert (day, head in article.body) == ("2024-11-13T00:00", True)
    assert article_of(tmp_path, f"The lock opens\nIt was shut.\n3 May 1998\n\n{BODY}")[1] == ""


def test_headline_of_markdown_has_no_sign(tmp_path):
    assert article_of(tmp_path, f"# The lock opens\n\n{BODY}")[0].title == "The lock opens"


def test_whoever_names_the_reader_has_it_read(tmp_path):
    article, _, _ = article_of(tmp_path, NOT_PROSE["a configuration"], reader="text")
    assert article.title == "[canal]"


@given(st.text(alphabet="ab.;={}()[]<>/#-:,|\t\n 019\0", max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_text_has_an_answer(text):
    assert isinstance(looks_like(text), str)
