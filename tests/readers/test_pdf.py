"""PDFs: lines become paragraphs, what repeats is left out, and what has no text is refused by name."""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfWriter

from search.cli.main import main
from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import pdf as pdf_reader
from search.readers.opening import ReadItem, read
from tests.support.pdf_files import Placed, column, pdf, pdf_of

STORY = """# Night boats return
By Mara Quist
13 November 2024

Two ferries that stopped five years ago sail again from Fri-
day, and the town pays for the first winter of a well-known
line that many had missed, the mayor of the town said.
The line is well-known on both of the shores of the sound.

The first boat leaves at seven in the morning, as it always
did, and the last one comes back at eleven in the evening.
"""


def found(tmp_path: Path, content: bytes, settings: Settings | None = None) -> list[ReadItem]:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    return list(read(path, settings=settings))


def article(tmp_path: Path, content: bytes) -> Article:
    (one,) = [item for item in found(tmp_path, content) if not isinstance(item, Remark)]
    assert isinstance(one, Article), one
    return one


def refused(tmp_path: Path, content: bytes, settings: Settings | None = None) -> str:
    (bad,) = [i for i in found(tmp_path, content, settings) if not isinstance(i, Remark)]
    assert isinstance(bad, BadArticle), bad
    return bad.reason


def said(items: list[ReadItem], kind: str) -> list[str]:
    return [item.reason for item in items if isinstance(item, Remark) and item.kind == kind]


def test_lines_become_paragraphs_and_broken_words_are_whole(tmp_path: Path) -> None:
    one = article(tmp_path, pdf(STORY))

    assert (one.title, one.authors) == ("Night boats return", ("Mara Quist",))
    assert (f"{one.published:%Y-%m-%d}", one.published_from) == (
        "2024-11-13",
        "date line of the text",
    )
    first, second = one.body.split("\n\n")
    assert first.startswith(
        "Two ferries that stopped five years ago sail again from Friday, and the town"
    )
    assert "a well-known line" in first
    assert second.startswith("The first boat")
    assert second.endswith("evening.")


def test_a_hyphen_stays_where_the_word_has_it_elsewhere(tmp_path: Path) -> None:
    text = "# Two words\nIt is a well-known line, and\nso it stays a line that is well-\nknown in the town and sound."
    assert "that is well-known in" in article(tmp_path, pdf(text)).body


LEFT_COLUMN = ["The dredger that the harbour waits", "for has not left the port in which", "it lay all winter, and nobody can", "say when it will, the mayor said.", "It is to arrive on Friday at last."]  # fmt: skip
RIGHT_COLUMN = ["No ship left on Friday, as pilots", "went on strike over their pay for", "the first time since the year when", "the bridge opened. The union said", "that it would go on until Monday."]  # fmt: skip


@pytest.mark.parametrize("lower", [0, 5], ids=["one height", "two heights"])
def test_columns_that_were_written_row_by_row_are_read_one_after_the_other(
    tmp_path: Path, lower: float
) -> None:
    """Their lines were read across both columns."""

    def across(y: float) -> list[Placed]:
        lines = zip(LEFT_COLUMN, RIGHT_COLUMN, strict=True)
        return [piece for n, (left, right) in enumerate(lines) for piece in (Placed(left, 60, y - 14 * n), Placed(right, 310, y - 14 * n - lower))]  # fmt: skip

    title, other = Placed("Harbour news", y=800, size=22), Placed("More of them", y=600, size=22)

    one = article(tmp_path, pdf_of([[title, *across(760), other, *across(560)]]))

    left, right = " ".join(LEFT_COLUMN), " ".join(RIGHT_COLUMN)
    assert one.body.split("\n\n") == [left, right, "More of them", left, right]


@pytest.mark.parametrize(
    "cells",
    [("Boat number seven of the line", "Leaves in the early morning"), ("boat", "hour"), ("12,345", "of them")],
    ids=["capitals", "short", "numbers"],
)  # fmt: skip
def test_rows_of_a_table_stay_rows(tmp_path: Path, cells: tuple[str, str]) -> None:
    rows = [Placed(cell, x, 700 - 14 * n) for n in range(8) for cell, x in zip(cells, (60, 310), strict=True)]  # fmt: skip
    one = article(tmp_path, pdf_of([[Placed("Harbour news", y=800, size=22), *rows]]))
    assert " ".join(cells) in one.body


def test_a_row_with_a_piece_beside_the_columns_is_a_line_once(tmp_path: Path) -> None:
    rows = [piece for n, (left, right) in enumerate(zip(LEFT_COLUMN, RIGHT_COLUMN, strict=True)) for piece in (Placed(left, 60, 760 - 14 * n), Placed(right, 310, 760 - 14 * n))]  # fmt: skip
    split = [Placed(LEFT_COLUMN[1], 60, 600), Placed("beside", 280, 600), Placed(RIGHT_COLUMN[1], 320, 600)]  # fmt: skip

    one = article(tmp_path, pdf_of([[Placed("Harbour news", y=800, size=22), *rows, *split]]))

    assert f"{LEFT_COLUMN[1]} beside {RIGHT_COLUMN[1]}" in one.body
    words = [*LEFT_COLUMN, *RIGHT_COLUMN, LEFT_COLUMN[1], "beside", RIGHT_COLUMN[1]]
    assert sorted(one.body.split()) == sorted(" ".join(words).split())


def test_words_with_places_of_their_own_stay_in_their_line(tmp_path: Path) -> None:
    words = [Placed(word, 60 + 45 * n, 760 - 14 * row) for row in range(12) for n, word in enumerate(["no", "ferry", "leaves", "the", "port"])]  # fmt: skip
    one = article(tmp_path, pdf_of([[Placed("Harbour news", y=800, size=22), *words]]))
    assert one.body.startswith("no ferry leaves the port no ferry leaves the port")


def test_columns_and_pages_go_on_in_a_sentence(tmp_path: Path) -> None:
    left = column(
        ["The dredger that the har-", "bour waits for has not", "left the port in which it"],
        top=700,
    )
    right = column(["lies since the first days", "of the month, they said."], x=320, top=700)
    title = column(["# Dredging starts late"], top=760)
    more = column(["Nobody knows when it will", "come, and nobody asked."], top=700)

    one = article(tmp_path, pdf_of([[*title, *left, *right], more]))

    assert one.body == (
        "The dredger that the harbour waits for has not left the port in which it lies since the first days of the"
        " month, they said.\n\nNobody knows when it will come, and nobody asked."
    )


def test_running_heads_and_page_numbers_are_left_out_and_said(tmp_path: Path) -> None:
    pages = [
        [Placed(f"Coast Post, page {n}", y=830), *column([*(["# Boats sail again"] if n == 1 else []), f"Sentence {word} of the story ends here."]), Placed(str(n), 300, 20)]
        for n, word in enumerate(("one", "two", "three"), 1)
    ]  # fmt: skip

    items = found(tmp_path, pdf_of(pages))

    (one,) = [item for item in items if isinstance(item, Article)]
    assert one.title == "Boats sail again"
    assert "Coast Post" not in one.body
    assert [line for line in one.body.split("\n") if line.strip().isdecimal()] == []
    assert said(items, "not its text") == ["6 running heads and page numbers were left out"]


def test_a_title_that_is_also_the_running_head_stays(tmp_path: Path) -> None:
    pages = [column(["# Boats sail again", "", "They sail from Friday on."]), *([Placed("Boats sail again", y=830), *column([f"Sentence {word} ends."])] for word in ("two", "three", "four"))]  # fmt: skip
    assert article(tmp_path, pdf_of(pages)).title == "Boats sail again"


def test_a_kicker_above_the_title_costs_no_byline(tmp_path: Path) -> None:
    one = article(tmp_path, pdf("HARBOUR NEWS\n" + STORY))

    assert (one.title, one.authors) == ("Night boats return", ("Mara Quist",))
    assert one.body.startswith("HARBOUR NEWS\n\nTwo ferries")


def test_a_printed_page_has_the_headline_that_its_properties_say_and_the_day_beside_it(tmp_path: Path) -> None:  # fmt: skip
    menu = [Placed("Skip to content", y=800, size=30), Placed("Sections", y=760, size=24)]
    headline = [
        Placed("Dredging starts late as the ill-", y=700, size=18),
        Placed("fated harbour waits", y=680, size=18),
    ]
    text = column(
        [
            "15.04.2025, 17:59 Lesezeit: 5 Min.",
            "",
            "The dredger that the harbour waits for has not left.",
        ],
        top=650,
    )
    content = pdf_of([[*menu, *headline, *text]], properties={"Title": "Dredging starts late as the ill-fated harbour waits | Coast Post"})  # fmt: skip

    one = article(tmp_path, content)

    assert one.title == "Dredging starts late as the ill-fated harbour waits"
    assert (f"{one.published:%Y-%m-%d %H:%M}", one.published_from) == (
        "2025-04-15 17:59",
        "text beside the headline",
    )
    assert one.body.startswith("Skip to content\n\nSections")


def test_properties_are_those_of_the_file(tmp_path: Path) -> None:
    content = pdf_of([column(["Boats sail again", "", "They sail from Friday on."])], properties={"Author": "Tess Typist", "CreationDate": "D:20241201100000Z"})  # fmt: skip

    items = found(tmp_path, content)

    (one,) = [item for item in items if isinstance(item, Article)]
    assert (one.authors, one.published) == ((), None)
    assert len(said(items, "value not used")) == 2


def test_pages_without_text_beside_others_are_said(tmp_path: Path) -> None:
    items = found(
        tmp_path, pdf_of([column(["Boats sail again", "", "They sail from Friday on."]), [], []])
    )

    assert said(items, "cut text") == ["2 of 3 pages have no text, as scans have none: have them recognised (OCR); the first is page 2"]  # fmt: skip


def test_an_export_of_a_press_database_is_many_articles(tmp_path: Path) -> None:
    of_two = [
        line
        for title, day in (("Dredging starts late", 13), ("Pilots go on strike", 15))
        for line in (title, "Coast Post", f"November {day}, 2024", "Length: 20 words", "Byline: Jane Roe", "Body", "It came.", "Load-Date: November 20, 2024", "End of Document")
    ]  # fmt: skip

    items = found(tmp_path, pdf_of([column(of_two)]))

    assert [(i.title, i.authors, i.body) for i in items if isinstance(i, Article)] == [
        ("Dredging starts late", ("Jane Roe",), "It came."),
        ("Pilots go on strike", ("Jane Roe",), "It came."),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf_of([[], []]), "is a PDF of pictures, as a scanner makes it, without text; have its letters recognised first (OCR"),
        (pdf_of([[Placed("7")]]), "is a PDF of pictures"),
        (pdf(STORY)[:300], "the PDF is damaged"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "the PDF is damaged"),
        (pdf_of([column(["Boats"])], extra=b"/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O (" + b"o" * 32 + b") /U (" + b"u" * 32 + b") /P -4 >>"), "is encrypted; save it without its password first"),
    ],
    ids=["scan", "stamp", "cut", "noise", "encrypted"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert refused(tmp_path, content).startswith(reason)


def test_bounds_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "_MAX_PAGES", 2)

    assert (
        refused(tmp_path, pdf("a---\nb---\nc")) == "has 3 pages, and 2 are read at most; split it"
    )
    long = pdf_of([column(["word " * 30] * 50)])
    assert refused(tmp_path, long, Settings(max_article_chars=5_000)).startswith(
        "is longer than 5,000 characters"
    )


def test_a_page_that_takes_too_long_costs_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = pdf_reader._lines

    def endless(page):
        found = lines(page)
        while found and found[0].text == "Endless":
            pass
        return found

    monkeypatch.setattr(pdf_reader, "_lines", endless)
    monkeypatch.setattr(pdf_reader, "_PAGE_SECONDS", 0.2)

    items = found(tmp_path, pdf_of([column(["Boats sail again", "", "They sail from Friday on."]), column(["Endless"])]))  # fmt: skip

    assert [item.title for item in items if isinstance(item, Article)] == ["Boats sail again"]
    assert said(items, "cut text") == [
        "1 of 2 pages are damaged and were not read; the first is page 2"
    ]

    many = [column(["Boats sail again"]), *[column(["Endless"])] * 5]
    assert refused(tmp_path, pdf_of(many)) == (
        "3 of its pages take more than 0.2 seconds each to read, the last is page 4 of 6; print it to a PDF anew"
    )


@pytest.mark.parametrize("bound", ["_MAX_PAGE_BYTES", "_MAX_MARKS"])
def test_a_page_that_grows_costs_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """It was unpacked up to 75 MB, and took 450 MB of memory."""
    short = column(["Boats sail again", "", "They sail from Friday on."])
    long = column(["Boats sail again"] * 50)
    monkeypatch.setattr(pdf_reader, bound, 400)

    items = found(tmp_path, compressed(pdf_of([short, long])))

    assert [item.title for item in items if isinstance(item, Article)] == ["Boats sail again"]
    (reason,) = said(items, "cut text")
    assert reason.startswith("1 of 2 pages are larger than pages are (10 MB unpacked")
    assert reason.endswith("print it to a PDF anew; the first is page 2")
    assert refused(tmp_path, compressed(pdf_of([long]))).startswith("its pages are larger than")


def compressed(content: bytes) -> bytes:
    writer = PdfWriter(clone_from=BytesIO(content))
    for page in writer.pages:
        page.compress_content_streams()
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def test_without_its_library_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "pypdf", None)

    assert (
        refused(tmp_path, pdf(STORY))
        == "is a PDF, which takes a library to read: pip install 'newssearch[pdf]'"
    )


@pytest.mark.parametrize("name", ["a.pdf", "a.zip"])
def test_with_its_library_the_next_run_reads_what_was_refused_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in.pdf", pdf(STORY))
    if name == "a.pdf":
        path.write_bytes(pdf(STORY))
    command = ["index", "--jobs", "1", "--index", str(tmp_path / "index"), str(path)]

    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pypdf", None)
        assert "pip install" in CliRunner().invoke(main, command).stderr

    assert CliRunner().invoke(main, command).stdout.startswith("1 added")
