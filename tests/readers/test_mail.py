"""Mails, mailboxes and pages saved as one file: what is their text, who sent them, what is attached; hostile ones."""

from __future__ import annotations

import binascii
import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers.mail import members
from search.readers.opening import ReadItem, read
from search.readers.options import ReadingOptions
from search.readers.source import Limits, Source

HEAD = "From: Jane Roe <jane@coast.example>\nSubject: Night boats\nDate: Wed, 13 Nov 2024 10:00:00 +0100\n"
STORY = "The harbour is closed until Friday because of the storm, the authority said on Monday.\n"

OTHER = "Two of the three ferries that cross the sound did not leave, and the third was late by two hours."


def found(path: Path, content: str | bytes) -> list[ReadItem]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(path))


def articles(items: list[ReadItem]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def titles(items: list[ReadItem]) -> list[str]:
    return [item.title for item in articles(items)]


def refused(items: list[ReadItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, BadArticle)]


def left_out(items: list[ReadItem]) -> dict[str, int]:
    return {r.reason: r.times for r in items if isinstance(r, Remark) and r.kind == "not read"}


def the_article(path: Path, content: str | bytes) -> Article:
    (article,) = articles(found(path, content))
    return article


def newsletter(html: str, plain: str = "Read this in a browser.\n") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Coast Post <news@coastpost.example>"
    mail["To"] = "reader@inbox.example"
    mail["Subject"] = "Häfen zu, Fähren bleiben"
    mail["Date"] = "Wed, 13 Nov 2024 10:00:00 +0100"
    mail["Message-ID"] = "<n-1@coastpost.example>"
    mail.set_content(plain)
    mail.add_alternative(html, subtype="html")
    return mail


def test_mail_is_an_article(tmp_path: Path) -> None:
    article = the_article(tmp_path / "a.eml", f"{HEAD}Message-ID: <m1@coast.example>\n\n{STORY}")

    assert (article.title, article.body) == ("Night boats", STORY.strip())
    assert (article.authors, article.source) == (("Jane Roe",), "")
    assert f"{article.published:%Y-%m-%d %H:%M}" == "2024-11-13 09:00"


def test_mail_is_one_article_wherever_it_lies(tmp_path: Path) -> None:
    mail = f"{HEAD}Message-ID: <m1@coast.example>\n\n{STORY}"
    alone = the_article(tmp_path / "a.eml", mail)
    before = "From jane@coast.example Wed Nov 13 10:00:00 2024\n"

    in_box = the_article(tmp_path / "a.mbox", before + mail.replace("Night", "Day"))

    assert in_box.article_id == alone.article_id


def test_page_of_a_newsletter_is_its_text(tmp_path: Path) -> None:
    html = (
        "<html lang=de><head><title>x</title></head><body><div style='display:none'>Vorschau</div>"
        f"<table><tr><td><h1>Häfen zu</h1><p>{STORY}</p><p>{STORY}</p></td></tr></table></body></html>"
    )

    article = the_article(tmp_path / "a.eml", newsletter(html).as_bytes())

    assert article.title == "Häfen zu, Fähren bleiben"
    assert article.body.count(STORY.strip()) == 2
    assert "Vorschau" not in article.body
    assert "browser" not in article.body
    assert (article.source, article.language) == ("Coast Post", "de")


def test_byline_of_the_page_of_a_newsletter_stays_in_its_text(tmp_path: Path) -> None:
    html = f"<html><body><h1>Boats sail</h1><p>By Jane Roe</p><p>{STORY}</p><p>{STORY}</p></body></html>"

    body = the_article(tmp_path / "a.eml", newsletter(html).as_bytes()).body

    assert body.split("\n\n") == ["Boats sail", "By Jane Roe", STORY.strip(), STORY.strip()]


def test_newsletter_of_many_items_loses_none(tmp_path: Path) -> None:
    """What finds the article of a page takes one of them for it."""
    items = [f"Port {n} {'is closed for a week, as its pilots say' if n % 3 else 'opens'}." for n in range(12)]  # fmt: skip
    cells = "".join(f"<tr><td><a href=https://coast.example/{n}><b>{each}</b></a></td></tr>" for n, each in enumerate(items))  # fmt: skip
    html = f"<table>{cells}</table><div><p>{STORY}</p><p>{STORY}</p></div>"

    article = the_article(tmp_path / "a.eml", newsletter(html).as_bytes())

    assert [each for each in items if each not in article.body] == []


@pytest.mark.parametrize("tag", ["h1", "h2"])
def test_cells_of_a_layout_are_paragraphs(tmp_path: Path, tag: str) -> None:
    """The first heading is the title of the page, but not of the mail."""
    html = f"<table><tr><td><table><tr><td><{tag}>The first of them all</{tag}>{STORY}</td></tr><tr><td>{OTHER}</td></tr></table></td></tr></table>"

    article = the_article(tmp_path / "a.eml", newsletter(html).as_bytes())

    assert article.body.split("\n\n") == ["The first of them all", STORY.strip(), OTHER]


def test_text_is_read_where_the_page_is_a_picture(tmp_path: Path) -> None:
    content = newsletter("<p>Storm</p><img src=cid:x>", plain=STORY).as_bytes()

    assert the_article(tmp_path / "a.eml", content).body == STORY.strip()


def test_text_is_read_where_there_is_no_page(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "jane@coast.example", "Night boats"
    mail.set_content(STORY + "\nZweite Zeile: Fähre.\n", cte="quoted-printable")

    assert the_article(tmp_path / "a.eml", mail.as_bytes()).body == STORY + "\nZweite Zeile: Fähre."


@pytest.mark.parametrize(
    ("sender", "more", "expected"),
    [
        ("Jane Roe <jane@coast.example>", "", (("Jane Roe",), "")),
        ('"Jane Roe" <jane@coast.example>', "List-Id: Coast Post Morning <m.coast.example>\n", (("Jane Roe",), "Coast Post Morning")),
        ("Jane Roe <jane@coast.example>", "List-Id: 5ab3c9mc list <5ab3c9.list.example>\n", (("Jane Roe",), "")),
        ("Jane Roe <jane@coast.example>", "Reply-To: The Coast Post <desk@coast.example>\n", (("Jane Roe",), "The Coast Post")),
        ("Jane Roe from The Coast Post <jane@letters.example>", "", (("Jane Roe",), "The Coast Post")),
        ("Jane Roe | Coast Post <jane@letters.example>", "", (("Jane Roe",), "Coast Post")),
        ("Coast Post <news@coastpost.example>", "", ((), "Coast Post")),
        ("The Coast Post <news@letters.example>", "", ((), "The Coast Post")),
        ("Coast Morning <x@letters.example>", "List-Id: Coast Morning <m.coast.example>\n", ((), "Coast Morning")),
        ("=?utf-8?B?SsOkbmUgUm9l?= <jane@coast.example>", "", (("Jäne Roe",), "")),
        ("=?iso-8859-1?Q?Roe=2C_J=E4ne?= <jane@coast.example>", "", (("Jäne Roe",), "")),
        ("jane@coast.example (Jane Roe)", "", (("Jane Roe",), "")),
        ("news@coast.example", "", ((), "")),
        ("<news@coast.example>", "", ((), "")),
        ("", "", ((), "")),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_sender_is_a_person_or_a_paper(
    tmp_path: Path, sender: str, more: str, expected: tuple[tuple[str, ...], str]
) -> None:
    content = f"From: {sender}\n{more}Subject: Night boats\nMIME-Version: 1.0\n\n{STORY}"
    article = the_article(tmp_path / "a.eml", content)

    assert (article.authors, article.source) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("=?utf-8?Q?H=C3=A4fen_zu?=", "Häfen zu"),
        ("=?utf-8?Q?H=C3?=\n =?utf-8?Q?=A4fen_zu?=", "Häfen zu"),
        ("=?gb2312?B?uNu/2rnYsdU=?=", "港口关闭"),
        ("=?koi8-r?B?8M/S1A==?= 7", "Порт 7"),
        ("Night\n boats", "Night boats"),
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
        ("=?no-such-code?Q?Night_boats?=", "Night boats"),
        ("Häfen", "Häfen"),
        ("50 %", "50 %"),
    ],
)
def test_subject_is_decoded(tmp_path: Path, subject: str, expected: str) -> None:
    content = f"From: jane@coast.example\nSubject: {subject}\nTo: x@y.example\n\n{STORY}"

    assert the_article(tmp_path / "a.eml", content).title == expected


@pytest.mark.parametrize(
    "date",
    ["Wed, 13 Nov 2024 10:00:00 +0100", "Wed, 13 Nov 2024 10:00:00 +0100 (CET)", "13 Nov 2024 09:00 GMT", "Wed, 13 Nov 2024 01:00:00 -0800 (PST)"],
)  # fmt: skip
def test_date_is_that_of_the_mail(tmp_path: Path, date: str) -> None:
    content = f"From: jane@coast.example\nSubject: Night boats\nDate: {date}\n\n{STORY}"
    article = the_article(tmp_path / "a.eml", content)

    assert f"{article.published:%Y-%m-%d %H:%M}" == "2024-11-13 09:00"


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "Third story\n\n" + STORY)
    return file.getvalue()


def test_what_is_attached_is_read_or_counted(tmp_path: Path) -> None:
    mail = newsletter(f"<p>{STORY}</p>")
    mail.add_attachment(
        b"<title>Second story</title>", maintype="text", subtype="html", filename="b.html"
    )
    mail.add_attachment(
        zipped(), maintype="application", subtype="octet-stream", filename="c/d.zip"
    )
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="e.png")
    inner = newsletter(f"<p>{STORY}</p>")
    del inner["Message-ID"]
    mail.add_attachment(inner)

    items = found(tmp_path / "a.eml", mail.as_bytes())

    assert titles(items) == [
        "Häfen zu, Fähren bleiben",
        "Second story",
        "Third story",
        "Häfen zu, Fähren bleiben",
    ]
    assert left_out(items) == {"no reader knows what is of the type image/png": 1}
    assert refused(items) == []


def test_picture_in_a_page_is_no_attachment(tmp_path: Path) -> None:
    mail = newsletter(f"<p>{STORY}</p><img src=cid:x>")
    page = mail.get_payload()[1]  # type: ignore[index]
    page.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<x>")  # type: ignore[union-attr]

    items = found(tmp_path / "a.eml", mail.as_bytes())

    assert (titles(items), left_out(items)) == (["Häfen zu, Fähren bleiben"], {})


def test_soft_line_ends_are_taken_out(tmp_path: Path) -> None:
    content = f"{HEAD}Content-Type: text/plain; format=flowed\n\nThe harbour is \nclosed.\n\nOpen \non Friday.\n"

    assert the_article(tmp_path / "a.eml", content).body == "The harbour is closed.\n\nOpen on Friday."  # fmt: skip


@pytest.mark.parametrize("suffix", ["", ".txt", ".2,S"], ids=["none", "txt", "maildir"])
def test_mail_is_known_by_its_headers(tmp_path: Path, suffix: str) -> None:
    assert titles(found(tmp_path / f"a{suffix}", f"{HEAD}\n{STORY}")) == ["Night boats"]


@pytest.mark.parametrize(
    "text",
    [f"Date: Wednesday\nPlace: Kiel\n\n{STORY}\n{STORY}", "From: here on the ferries stay in port.\n\nNobody knows why.\n"],
)  # fmt: skip
def test_text_with_such_lines_is_no_mail(tmp_path: Path, text: str) -> None:
    (item,) = articles(found(tmp_path / "a.txt", text))

    assert item.article_id != ""
    assert "harbour" in item.body or "Nobody" in item.body


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_mailbox_is_read_mail_by_mail(tmp_path: Path, end: str) -> None:
    before = "From jane@coast.example Wed Nov 13 10:00:00 2024\n"
    second = HEAD.replace("Night", "Day")
    text = (
        f"{before}{HEAD}\nOne.\n>From here on.\n\n{before}{second}\nFrom Monday on: no ferry.\n\n"
    )

    items = found(tmp_path / "a.mbox", text.replace("\n", end))

    assert titles(items) == ["Night boats", "Day boats"]
    assert [each.body for each in articles(items)] == [
        "One.\nFrom here on.",
        "From Monday on: no ferry.",
    ]


def test_mailbox_goes_on_after_a_mail_that_is_none(tmp_path: Path) -> None:
    before = "From jane@coast.example Wed Nov 13 10:00:00 2024\n"
    long = f"{before}From: x@y.example\nX-Filler: {'x' * 10_000_000}\n\nBody\n\n"

    items = found(tmp_path / "a.mbox", f"{before}{HEAD}\n{STORY}\n{long}{before}{HEAD}\nOther.\n")

    assert titles(items) == ["Night boats", "Night boats"]
    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert (bad.path, bad.reason) == (f"{tmp_path}/a.mbox!/2.eml", "has a header of more than 256 KB")  # fmt: skip


def test_mail_that_is_too_large_is_skipped(tmp_path: Path) -> None:
    before = "From jane@coast.example Wed Nov 13 10:00:00 2024\n"
    large = f"{before}{HEAD}\n" + "ferries " * 6_500_000 + "\n\n"

    items = found(tmp_path / "a.mbox", f"{large}{before}{HEAD}\n{STORY}")

    assert titles(items) == ["Night boats"]
    assert refused(items) == ["is larger than 50 MB, too large for one mail"]


def nested(times: int) -> str:
    """Return a mail in a mail, and so on."""
    return f"{HEAD}Content-Type: message/rfc822\n\n" * times + f"{HEAD}\n{STORY}"


def levels(times: int) -> str:
    """Return parts in parts."""
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(times)
    )
    return f"{HEAD}{opened}Content-Type: text/plain\n\n{STORY}"


def parts(number: int, kind: str = "text/plain") -> str:
    return f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n" + f"--b\nContent-Type: {kind}\n\nHi\n" * number  # fmt: skip


EMPTY = "multipart/mixed; boundary=c"


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (nested(100), "lies in 5 files, one in another, and 4 are opened at most; unpack it"),
        (levels(100), "has parts more than 20 deep, one in another; the rest was not read"),
        (parts(100_000), "has more than 1,000 parts; the rest was not read"),
        (parts(100_000, "image/png"), "has more than 1,000 parts; the rest was not read"),
        (parts(100_000, EMPTY), "has more than 1,000 parts; the rest was not read"),
        (f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n" + "--bc\n" * 200_000, "has too many lines that begin like those between its parts; the rest was not read"),
        (HEAD + "X-Long: " + "x" * 10_000_000 + "\n\n" + STORY, "has a header of more than 256 KB"),
        (HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\nX: " + "x" * 10_000_000, "has a header of more than 256 KB; the rest was not read"),
    ],
    ids=["mails in mails", "levels", "parts", "pictures", "empty", "like boundaries", "header", "header of a part"],
)  # fmt: skip
def test_mail_beyond_the_bounds_is_refused(tmp_path: Path, mail: str, reason: str) -> None:
    assert refused(found(tmp_path / "a.eml", mail)) == [reason]


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/mixed; boundary=b",
        "multipart/alternative; boundary=b",
        'multipart/mixed; boundary="b',
        "multipart/mixed",
        "multipart/mixed; boundary=never",
        "text/plain; charset=no-such",
        "text",
        ";;;",
        "text/plain; " + "; ".join(f"a*{n}=x" for n in range(300)),
    ],
)
def test_broken_mail_is_read_as_far_as_it_goes(tmp_path: Path, content_type: str) -> None:
    """The boundary does not end, is not named, or never comes."""
    body = f"\n--b\nContent-Type: text/plain\n\n{STORY}"
    items = found(tmp_path / "a.eml", f"{HEAD}Content-Type: {content_type}\n{body}")

    assert titles(items) == ["Night boats"]


def plain_parts() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Jäne Roe <jane@coast.example>", "Häfen zu"
    mail["Content-Language"] = "en"
    mail.set_content(STORY + "Fähre", cte="base64")
    mail.add_attachment(STORY.encode(), maintype="text", subtype="plain", filename="häfen.txt")
    return mail.as_bytes()


PLAIN_PARTS = plain_parts()


@given(at=st.floats(0, 1), junk=st.binary(max_size=60), length=st.integers(0, 200))
def test_no_altered_mail_is_a_surprise(at: float, junk: bytes, length: int) -> None:
    start = int(at * len(PLAIN_PARTS))
    stream = io.BytesIO(PLAIN_PARTS[:start] + junk + PLAIN_PARTS[start + length :])
    source = Source("a.eml", Limits.of(Settings()), head=b"", stream=io.BufferedReader(stream), file=stream)  # fmt: skip

    reasons = [each.reason for each in members(source) if isinstance(each, BadArticle)]

    assert [reason for reason in reasons if "please report" in reason] == []


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-unheard"])
def test_broken_content_is_read_as_far_as_it_goes(tmp_path: Path, encoding: str) -> None:
    items = found(tmp_path / "a.eml", f"{HEAD}Content-Transfer-Encoding: {encoding}\n\nTmlnaHQgYm9hdH=\n=3")  # fmt: skip

    assert titles(items) == ["Night boats"]


def test_picture_sent_as_it_is_makes_no_mail_binary(tmp_path: Path) -> None:
    picture = b"--b\nContent-Type: image/png\nContent-Transfer-Encoding: binary\n\n" + bytes(range(256)) * 40  # fmt: skip
    content = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{STORY}\n".encode()

    assert titles(found(tmp_path / "a.eml", content + picture)) == ["Night boats"]


@pytest.mark.parametrize("suffix", [".eml", ".mht", ".mbox"])
def test_what_is_no_mail_is_refused(tmp_path: Path, suffix: str) -> None:
    items = found(tmp_path / f"a{suffix}", bytes(range(256)) * 9)

    assert (titles(items), len(refused(items))) == ([], 1)


@pytest.mark.parametrize(("name", "reader"), [("a.eml", "mail"), ("a.dat", "mail"), ("b.mbox", "mailbox"), ("a.dat", "mhtml")])  # fmt: skip
def test_reader_that_is_named_opens_the_file_and_not_what_lies_in_it(
    tmp_path: Path, name: str, reader: str
) -> None:
    content = newsletter(f"<p>{STORY}</p>")
    content.add_attachment(b"<title>Second</title>", maintype="text", subtype="html", filename="b.html")  # fmt: skip
    before = b"From jane@coast.example Wed Nov 13 10:00:00 2024\n"
    (tmp_path / name).write_bytes(before * (reader == "mailbox") + content.as_bytes())

    items = list(read(tmp_path / name, options=ReadingOptions(reader=reader)))

    assert titles(items) == ["Häfen zu, Fähren bleiben", "Second"]


def test_mail_without_words_is_refused(tmp_path: Path) -> None:
    assert refused(found(tmp_path / "a.eml", "From: x@y.example\nTo: z@y.example\n\n")) == [
        "has neither a subject nor a text"
    ]


PAGE = f"<html><head><title>Night boats</title></head><body><article><h1>Night boats</h1><p>{STORY}</p></article></body></html>"
SAVED = """From: <Saved by Blink>
Snapshot-Content-Location: https://coast.example/mh
Subject: =?utf-8?Q?Night_boats?=
Date: Wed, 20 Nov 2024 10:00:00 -0000
MIME-Version: 1.0
Content-Type: multipart/related;
\ttype="text/html";
\tboundary="----MultipartBoundary--x----"


------MultipartBoundary--x----
Content-Type: text/html
Content-ID: <frame-1@mhtml.blink>
Content-Transfer-Encoding: quoted-printable
Content-Location: https://coast.example/mh

"""
END = "\n------MultipartBoundary--x----\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Location: https://coast.example/x.png\n\niVBORw0KGgo=\n------MultipartBoundary--x------\n"


@pytest.mark.parametrize("suffix", [".mhtml", ".mht", ".txt"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_page_saved_as_one_file_is_read(tmp_path: Path, suffix: str, end: str) -> None:
    content = (SAVED + PAGE.replace("=", "=3D").replace("harbour", "h=C3=A4r=\nbour") + END)  # fmt: skip

    items = found(tmp_path / f"a{suffix}", content.replace("\n", end))
    (article,) = articles(items)

    assert (article.title, article.url, article.published) == ("Night boats", "https://coast.example/mh", None)  # fmt: skip
    assert "The härbour is closed" in article.body
    assert (refused(items), left_out(items)) == ([], {})


def test_page_that_internet_explorer_saved_is_read(tmp_path: Path) -> None:
    content = (
        'From: "Saved by Windows Internet Explorer 8"\nSubject: Night boats\nDate: Wed, 20 Nov 2024 10:00:00 +0100\n'
        'MIME-Version: 1.0\nContent-Type: text/html;\n\tcharset="windows-1251"\nContent-Transfer-Encoding: base64\n'
        "Content-Location: https://coast.example/ie\n\n"
    )
    import base64

    page = PAGE.replace("Night boats", "Порт закрыт").encode("windows-1251")
    article = the_article(tmp_path / "a.mht", content.encode() + base64.encodebytes(page))

    assert (article.title, article.url) == ("Порт закрыт", "https://coast.example/ie")


def test_mail_saved_with_the_suffix_of_a_page_is_read_as_one(tmp_path: Path) -> None:
    mail = newsletter(f"<p>{STORY}</p>")

    article = the_article(tmp_path / "a.mht", mail.as_bytes())

    assert (article.title, article.source) == ("Häfen zu, Fähren bleiben", "Coast Post")


@pytest.mark.parametrize("boundary", ["", "; boundary=other"], ids=["none", "another"])
def test_mail_that_is_not_divided_as_it_says_is_read_as_one_text(
    tmp_path: Path, boundary: str
) -> None:
    mail = f"{HEAD}Content-Type: multipart/mixed{boundary}\n\n--b\nContent-Type: text/plain\n\n{STORY}\n--b--\n"
    items = found(tmp_path / "a.eml", mail)
    (article,) = articles(items)
    assert STORY.strip() in article.body
    assert [r.reason for r in items if isinstance(r, Remark) and r.kind == "value not used"] == [
        "is not divided into parts as its headers say; it was read as one text"
    ]


USUAL = "jane@coast.example Wed Nov 13 10:00:00 2024"


@pytest.mark.parametrize(
    ("line", "mails"),
    [
        ("\nFrom Monday at 10:30\n", 1),
        ("\nFrom the mayor, 13 Nov 2024 at 10:30, in Harbourtown\n", 1),
        (f"\nFrom {USUAL}\n", 2),
        (f"From {USUAL}\n", 2),
        ("\nFrom - Wed Nov  3 10:00:00 2024\n", 2),
        ("\nFrom 1815@xxx Wed Nov 13 10:00:00 +0000 2024\n", 2),
        ("\nFrom jane at coast.example  Wed Nov 13 10:00:00 2024\n", 2),
        ("From Jane at the harbour Wed Nov 13 10:00:00 2024\n", 1),
        ("\nFrom jane Wed, 13 Nov 2024 10:00:00 +0100\n", 2),
        ("\nFrom jane@coast.example 2024-11-13T10:00:00Z\n", 2),
    ],
    ids=["a sentence", "a sentence with a day", "usual", "no empty line", "thunderbird", "gmail", "list", "words without an empty line", "another date", "iso"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_where_a_mail_of_a_mailbox_ends(tmp_path: Path, line: str, mails: int, end: str) -> None:
    """A line "From Monday at 10:30" cut a mail in two."""
    second = f"{line}Subject: the dredging of the harbour\nDate: Fri, 15 Nov 2024 08:00:00 +0100\n\nIt came.\n"
    text = f"From {USUAL}\n{HEAD}\n{STORY.strip()}\n{second}"
    items = found(tmp_path / "a.mbox", text.replace("\n", end))
    assert len(articles(items)) == mails


@pytest.mark.parametrize("name", ["x-uuencode", "X-UUE"])
def test_mail_in_uuencode_is_read(tmp_path: Path, name: str) -> None:
    lines = [binascii.b2a_uu(STORY.encode()[at : at + 45]).decode() for at in range(0, len(STORY.encode()), 45)]  # fmt: skip
    packed = f"begin 644 a.txt\n{''.join(lines)}`\nend\n"
    article = the_article(tmp_path / "a.eml", f"{HEAD}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {name}\n\n{packed}")  # fmt: skip
    assert article.body == STORY.strip()


@pytest.mark.parametrize(("charset", "times"), [("utf-8", 1), ("iso-8859-1", 0)])
def test_bytes_that_are_not_in_the_encoding_of_a_mail_are_said(
    tmp_path: Path, charset: str, times: int
) -> None:
    text = f"{HEAD}Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: quoted-printable\n\n{STORY}\nThe caf=E9 h=C3=A4lt.\n"  # fmt: skip
    items = found(tmp_path / "a.eml", text)
    assert "caf\u00e9" in articles(items)[0].body
    reasons = [item.reason for item in items if isinstance(item, Remark) and item.kind == "encoding"]  # fmt: skip
    assert [reason.partition(",")[0] for reason in reasons] == ["1 bytes of its text are not in the encoding 'utf-8'"] * times  # fmt: skip


def test_mail_in_utf_7_is_read(tmp_path: Path) -> None:
    head = HEAD.replace("Night boats", "=?utf-7?Q?H+AOQ-fen closed?=")
    text = "The H+AOQ-fen are closed, and 2 +- 2 ferries stay in port until Friday."
    article = the_article(tmp_path / "a.eml", f"{head}Content-Type: text/plain; charset=utf-7\n\n{text}\n")  # fmt: skip
    assert article.title == "Häfen closed"
    assert article.body == "The Häfen are closed, and 2 + 2 ferries stay in port until Friday."
