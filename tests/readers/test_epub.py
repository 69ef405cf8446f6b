"""Books and issues of papers in EPUB."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers.opening import ReadFrom, ReadItem, opened, read
from search.readers.source import Limits

CONTAINER = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="O/x.opf"/></rootfiles></container>'
STORY = "The harbour is closed until Friday because of the storm, the authority said on Monday."


def part(title: str, more: str = "", text: str = STORY) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head><body><h2>{title}</h2><p>{text}</p>{more}</body></html>'


def package(metadata: str, *hrefs: str, more: str = "") -> str:
    items = "".join(f'<item id="i{n}" href="{href}" media-type="application/xhtml+xml"/>' for n, href in enumerate(hrefs))  # fmt: skip
    references = "".join(f'<itemref idref="i{n}"/>' for n in range(len(hrefs)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:opf="http://www.idpf.org/2007/opf"><metadata>{metadata}</metadata>'
        f"<manifest>{items}{more}</manifest><spine>{references}</spine></package>"
    )


def bound(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        for name, text in files.items():
            archive.writestr(name, text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def found(path: Path, files: dict[str, str]) -> list[ReadItem]:
    path.write_bytes(bound(files))
    return list(read(path))


def articles(items: list[ReadItem]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def refused(items: list[ReadItem]) -> list[tuple[str, str]]:
    return [(item.path.rpartition("/")[2], item.reason) for item in items if isinstance(item, BadArticle)]  # fmt: skip


def test_parts_come_in_the_order_of_reading(tmp_path: Path) -> None:
    opf = package("", "p/b%20c.xhtml", "a.xhtml")

    items = found(tmp_path / "a.epub", {"O/a.xhtml": part("One"), "O/p/b c.xhtml": part("Two"), "O/x.opf": opf})  # fmt: skip

    assert [each.title for each in articles(items)] == ["Two", "One"]
    assert refused(items) == []


def contents(*links: tuple[str, str]) -> str:
    listed = "".join(f'<li><a href="{to}">{title}</a></li>' for to, title in links)
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol>{listed}</ol></nav></body></html>'


OTHER = "No ship left the harbour on Friday as all the pilots went on strike for more pay."
TWO = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1 id="one">Dredging</h1><p>{STORY}</p><h1><a id="two"/>Pilots</h1><p>{OTHER}</p></body></html>'


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([("a.xhtml#one", "Dredging"), ("a.xhtml#two", "Pilots")], [("Dredging", STORY), ("Pilots", OTHER)]),
        ([("a.xhtml#two", "Pilots"), ("a.xhtml#one", "Dredging"), ("a.xhtml#gone", "Gone")], [("Dredging", STORY), ("Pilots", OTHER)]),
    ],
    ids=["two", "in another order"],
)  # fmt: skip
def test_places_in_a_part_are_articles_of_their_own(
    tmp_path: Path, links: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    """They were one article under the title of the first, and the title of the second was lost."""
    nav = '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    files = {"O/x.opf": package("", "a.xhtml", more=nav), "O/nav.xhtml": contents(*links), "O/a.xhtml": TWO}  # fmt: skip

    items = found(tmp_path / "a.epub", files)

    assert [(each.title, each.body) for each in articles(items)] == expected


def test_a_part_with_a_title_of_its_own_is_one_article(tmp_path: Path) -> None:
    nav = '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    links = contents(("a.xhtml", "The harbour"), ("a.xhtml#one", "Dredging"), ("a.xhtml#two", "Pilots"))  # fmt: skip

    items = found(tmp_path / "a.epub", {"O/x.opf": package("", "a.xhtml", more=nav), "O/nav.xhtml": links, "O/a.xhtml": TWO})  # fmt: skip

    (one,) = articles(items)
    assert one.title == "The harbour"
    assert STORY in one.body
    assert OTHER in one.body


def test_parts_that_are_no_pages_are_said(tmp_path: Path) -> None:
    more = '<item id="s" href="s.svg" media-type="image/svg+xml"/>'
    opf = package("", "a.xhtml", more=more).replace("</spine>", '<itemref idref="s"/><itemref idref="gone"/></spine>')  # fmt: skip

    items = found(tmp_path / "a.epub", {"O/a.xhtml": part("One"), "O/x.opf": opf, "O/s.svg": "<svg/>"})  # fmt: skip

    assert [each.reason for each in items if isinstance(each, Remark) and each.kind == "not read"] == [
        "a part of a book of the type image/svg+xml, which is no page",
        "a part of a book that its list of files does not name",
    ]  # fmt: skip


def test_each_part_is_what_its_article_was_read_from(tmp_path: Path) -> None:
    """All articles of a book were said to be of the book."""
    path = tmp_path / "a.epub"
    path.write_bytes(bound({"O/a.xhtml": part("One"), "O/b.xhtml": part("Two"), "O/x.opf": package("", "a.xhtml", "b.xhtml")}))  # fmt: skip

    with opened(path, Limits.of(Settings())) as source:
        items = list(source.items())

    assert [item[:2] for item in items if isinstance(item, ReadFrom)] == [
        (str(path), "epub"),
        (f"{path}!/O/a.xhtml", "epub"),
        (f"{path}!/O/b.xhtml", "epub"),
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("<dc:publisher>Coast Post</dc:publisher><dc:title>Issue 7</dc:title>", ("Coast Post", ())),
        ("<dc:publisher>calibre</dc:publisher><dc:title>Coast Post [Wed, 13 Nov 2024]</dc:title>", ("Coast Post", ())),
        ("<dc:title>Coast Post</dc:title><dc:creator>Coast Post</dc:creator>", ("Coast Post", ())),
        ("<dc:title>Harbours</dc:title><dc:creator>Jane Roe</dc:creator>", ("Harbours", ("Jane Roe",))),
        ("<dc:title>Coast Post</dc:title><dc:creator>calibre</dc:creator>", ("Coast Post", ())),
    ],
    ids=["publisher", "program", "paper as creator", "author", "program as creator"],
)  # fmt: skip
def test_book_says_publisher_and_author(
    tmp_path: Path, metadata: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    items = found(
        tmp_path / "a.epub", {"O/x.opf": package(metadata, "a.xhtml"), "O/a.xhtml": part("One")}
    )

    assert [(each.source, each.authors) for each in articles(items)] == [expected]


def test_day_is_that_of_publication(tmp_path: Path) -> None:
    metadata = '<dc:date opf:event="modification">2025-01-01</dc:date><dc:date>2024-11-13T23:00:00+00:00</dc:date>'
    items = found(
        tmp_path / "a.epub", {"O/x.opf": package(metadata, "a.xhtml"), "O/a.xhtml": part("One")}
    )

    assert [f"{each.published:%Y-%m-%d}" for each in articles(items)] == ["2024-11-13"]


def test_table_of_contents_names_the_parts(tmp_path: Path) -> None:
    ncx = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">'
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Night boats</text></navLabel>'
        '<content src="a.xhtml"/></navPoint><navPoint><navLabel><text>A place in it</text></navLabel><content src="a.xhtml#x"/></navPoint></navMap></ncx>'
    )
    opf = package("", "a.xhtml", more='<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>')  # fmt: skip

    items = found(tmp_path / "a.epub", {"O/x.opf": opf, "O/a.xhtml": part("Chapter"), "O/toc.ncx": ncx})  # fmt: skip

    assert [each.title for each in articles(items)] == ["Night boats"]


def test_note_of_calibre_is_the_address(tmp_path: Path) -> None:
    note = '<p class="c9">This article was downloaded by <strong class="c7">calibre</strong> from <a href="https://coast.example/7">https://coast.example/7</a></p>'

    items = found(
        tmp_path / "a.epub", {"O/x.opf": package("", "a.xhtml"), "O/a.xhtml": part("One", note)}
    )

    (article,) = articles(items)
    assert article.url == "https://coast.example/7"
    assert "calibre" not in article.body


def test_part_without_a_text_is_counted(tmp_path: Path) -> None:
    cover = part("Coast Post", text="")
    items = found(tmp_path / "a.epub", {"O/x.opf": package("", "c.xhtml", "a.xhtml"), "O/c.xhtml": cover, "O/a.xhtml": part("One")})  # fmt: skip

    assert [each.title for each in articles(items)] == ["One"]
    assert [r.times for r in items if isinstance(r, Remark) and r.kind == "not read"] == [1]


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    locked = '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:CipherData><e:CipherReference URI="O/d.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
    files = {
        "O/x.opf": package("", "none.xhtml", "d.xhtml", "large.xhtml", "a.xhtml"),
        "O/d.xhtml": "noise",
        "O/large.xhtml": "<p>" + "x " * 5_500_000,
        "O/a.xhtml": part("One"),
        "META-INF/encryption.xml": locked,
    }

    items = found(tmp_path / "a.epub", files)

    assert [each.title for each in articles(items)] == ["One"]
    assert refused(items) == [
        ("none.xhtml", "is named by the book and does not lie in it"),
        ("d.xhtml", "is encrypted (DRM); no reader can open it"),
        ("large.xhtml", "is larger than 10 MB, too large for one article"),
    ]


BOMB = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><package><metadata>&b;&f;</metadata></package>'


@pytest.mark.parametrize(
    "files",
    [{}, {"O/x.opf": "no XML"}, {"O/x.opf": ""}, {"O/x.opf": " " * 11_000_000}],
    ids=["no package", "no XML", "empty", "too large"],
)
def test_book_without_a_list_of_parts_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    (item,) = refused(found(tmp_path / "a.epub", files))

    assert item[1] == "is an EPUB that does not say which parts it has"


def test_no_entity_is_expanded(tmp_path: Path) -> None:
    assert articles(found(tmp_path / "a.epub", {"O/x.opf": BOMB})) == []


def test_part_that_comes_again_is_read_once(tmp_path: Path) -> None:
    opf = package("", *["a.xhtml"] * 10_000)

    items = found(tmp_path / "a.epub", {"O/x.opf": opf, "O/a.xhtml": part("One")})

    assert [each.title for each in articles(items)] == ["One"]


def test_cut_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(bound({"O/x.opf": package("", "a.xhtml"), "O/a.xhtml": part("One")})[:-200])

    (bad,) = [item for item in read(path) if isinstance(item, BadArticle)]
    assert "damaged" in bad.reason


def test_damaged_part_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    opf = package("", "a.xhtml", "b.xhtml")
    content = bound({"O/x.opf": opf, "O/a.xhtml": part("One"), "O/b.xhtml": part("Two")})
    at = content.index(b"O/a.xhtml") + len("O/a.xhtml") + 20
    path.write_bytes(content[:at] + bytes(20) + content[at + 20 :])

    items = list(read(path))

    assert [each.title for each in articles(items)] == ["Two"]
    assert ["damaged" in reason for _, reason in refused(items)] == [True]
