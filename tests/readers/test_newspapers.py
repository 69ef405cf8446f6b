"""Scanned newspapers: pages in ALTO, and the METS that says which of their blocks are whose text."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.readers.opening import ReadItem, read
from tests.readers.test_archives import zipped

V2 = "http://www.loc.gov/standards/alto/ns-v2#"
V4 = "http://www.loc.gov/standards/alto/ns-v4#"


def line(*words: str, hyphen: bool = False, confidence: float = 0.9) -> str:
    strings = "<SP/>".join(f'<String CONTENT="{word}" WC="{confidence}"/>' for word in words)
    return f"<TextLine>{strings}{'<HYP CONTENT=&quot;-&quot;/>'.replace('&quot;', chr(34)) if hyphen else ''}</TextLine>"


def block(name: str, *lines: str) -> str:
    return f'<TextBlock ID="{name}">{"".join(lines)}</TextBlock>'


def alto(*blocks: str, number: str = "3", namespace: str = V2) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alto xmlns="{namespace}"><Layout><Page ID="P" PHYSICAL_IMG_NR="{number}"><PrintSpace>{"".join(blocks)}</PrintSpace></Page></Layout></alto>'


def description(name: str, content: str) -> str:
    return f'<mets:dmdSec ID="{name}"><mets:mdWrap MDTYPE="MODS"><mets:xmlData><mods:mods>{content}</mods:mods></mets:xmlData></mets:mdWrap></mets:dmdSec>'


def division(kind: str, *inner: str, **attributes: str) -> str:
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<mets:div TYPE="{kind}"{said}>{"".join(inner)}</mets:div>'


def area(file: str, begin: str) -> str:
    return f'<mets:fptr><mets:area BETYPE="IDREF" FILEID="{file}" BEGIN="{begin}"/></mets:fptr>'


ISSUE = description("D1", "<mods:titleInfo><mods:title>Coast Post</mods:title></mods:titleInfo><mods:originInfo><mods:dateIssued>1913-11-13</mods:dateIssued></mods:originInfo><mods:part><mods:detail type='edition'><mods:number>Evening edition</mods:number></mods:detail></mods:part><mods:language><mods:languageTerm>eng</mods:languageTerm></mods:language>")  # fmt: skip
FILES = ("text/0001.xml", "text/0002.xml")
ARTICLES = (
    division("ARTICLE", division("HEADING", division("TITLE", area("A1", "TB1"))), division("AUTHOR", area("A1", "TB2")), division("BODY", division("PARAGRAPH", area("A1", "TB3")), division("PARAGRAPH", area("A2", "TB1"))), ID="DIV7"),
    division("ARTICLE", division("HEADING", area("A2", "TB2")), division("BODY", area("A2", "TB3")), ID="DIV8", LABEL="Pilots strike"),
    division("ADVERTISEMENT", area("A2", "TB4")),
)  # fmt: skip
PAGES = (
    alto(block("TB1", line("Dredging", "starts", "late")), block("TB2", line("By", "Jane", "Roe")), block("TB3", line("The", "dredger", "lies", "in", "har", hyphen=True)), number="1"),
    alto(block("TB1", line("bour", "still.")), block("TB2", line("Pi1ots", "str1ke")), block("TB3", line("No", "ship", "left."), line("None.")), block("TB4", line("Buy", "soap")), number="2"),
)  # fmt: skip


def mets(
    *divisions: str, files: tuple[str, ...] = FILES, more: str = "", kind: str = "LOGICAL"
) -> str:
    listed = "".join(f'<mets:file ID="A{n}" MIMETYPE="text/xml"><mets:FLocat LOCTYPE="URL" xlink:href="file://./{name}"/></mets:file>' for n, name in enumerate(files, 1))  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<mets:mets xmlns:mets="http://www.loc.gov/METS/" xmlns:mods="http://www.loc.gov/mods/v3"'
        f' xmlns:xlink="http://www.w3.org/1999/xlink" LABEL="Coast Post 13.11.1913" OBJID="cp-1913-11-13">{ISSUE}{more}'
        f'<mets:fileSec><mets:fileGrp ID="ALTOGRP">{listed}</mets:fileGrp></mets:fileSec>'
        f'<mets:structMap TYPE="{kind}">{division("Newspaper", division("ISSUE", *divisions, DMDID="D1"))}</mets:structMap></mets:mets>'
    )


def laid_out(folder: Path, content: str) -> Path:
    (folder / "text").mkdir()
    for name, page in zip(FILES, PAGES, strict=True):
        (folder / name).write_text(page, "utf-8")
    path = folder / "cp-mets.xml"
    path.write_text(content, "utf-8")
    return path


def articles(items: list[ReadItem]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def said(items: list[ReadItem], kind: str) -> list[str]:
    return [item.reason for item in items if isinstance(item, Remark) and item.kind == kind]


def test_articles_of_an_issue_are_joined_over_pages(tmp_path: Path) -> None:
    items = list(read(laid_out(tmp_path, mets(*ARTICLES))))

    first, second = articles(items)
    assert (first.title, first.authors, first.body) == ("Dredging starts late", ("Jane Roe",), "The dredger lies in harbour still.")  # fmt: skip
    assert (second.title, second.body) == ("Pilots strike", "No ship left. None.")
    assert {(f"{a.published:%Y-%m-%d}", a.source, a.language) for a in (first, second)} == {("1913-11-13", "Coast Post", "en")}  # fmt: skip
    assert (first.section, second.section) == (
        "Evening edition, pages 1, 2",
        "Evening edition, page 2",
    )
    assert (first.article_id, second.article_id) == ("cp-1913-11-13.DIV7", "cp-1913-11-13.DIV8")
    assert said(items, "not read") == ["1 of the issue of type 'advertisement' are no articles"]


def test_an_article_says_more_of_itself(tmp_path: Path) -> None:
    own = description("D2", "<mods:titleInfo><mods:title>Pilots go on strike</mods:title></mods:titleInfo><mods:name><mods:namePart type='given'>John</mods:namePart><mods:namePart type='family'>Doe</mods:namePart></mods:name>")  # fmt: skip
    within = division(
        "SECTION", division("ARTICLE", area("A2", "TB3"), DMDID="D2", ID="X"), LABEL="Harbour"
    )

    (one,) = articles(list(read(laid_out(tmp_path, mets(within, more=own)))))

    assert (one.title, one.authors, one.section) == (
        "Pilots go on strike",
        ("John Doe",),
        "Harbour, Evening edition, page 2",
    )


def test_a_label_has_the_subtitle_and_an_editor_is_no_author(tmp_path: Path) -> None:
    own = description("D2", "<mods:titleInfo><mods:nonSort>The</mods:nonSort><mods:title>strike</mods:title></mods:titleInfo><mods:name><mods:namePart>Ed Itor</mods:namePart><mods:role><mods:roleTerm>edt</mods:roleTerm></mods:role></mods:name>")  # fmt: skip
    labels = [division("ARTICLE", area("A2", "TB3"), DMDID="D2", LABEL=label) for label in ("The strike (continued)", "Article 7")]  # fmt: skip

    found = articles(list(read(laid_out(tmp_path, mets(*labels, more=own)))))

    assert [(a.title, a.authors) for a in found] == [
        ("The strike (continued)", ()),
        ("The strike", ()),
    ]


def test_text_of_a_section_between_its_articles_is_not_lost(tmp_path: Path) -> None:
    within = division("SECTION", division("HEADING", area("A2", "TB2")), division("BODY", area("A1", "TB3")), division("ARTICLE", area("A2", "TB3")), LABEL="Harbour")  # fmt: skip

    first, second = articles(list(read(laid_out(tmp_path, mets(within)))))

    assert (first.title, first.body) == ("Harbour", "The dredger lies in har")
    assert second.body == "No ship left. None."


def test_a_paragraph_in_pieces_is_one_and_a_composed_block_is_all_of_its_blocks(tmp_path: Path) -> None:  # fmt: skip
    pieces = "<mets:fptr><mets:seq>" + "".join(f'<mets:area FILEID="A2" BEGIN="{name}"/>' for name in ("TB3", "TB4")) + "</mets:seq></mets:fptr>"  # fmt: skip
    path = laid_out(
        tmp_path, mets(division("ARTICLE", pieces), division("ARTICLE", area("A1", "CB1")))
    )
    composed = PAGES[0].replace('<TextBlock ID="TB2">', '<ComposedBlock ID="CB1"><TextBlock ID="TB2">').replace("</PrintSpace>", "</ComposedBlock></PrintSpace>")  # fmt: skip
    (tmp_path / FILES[0]).write_text(composed, "utf-8")

    first, second = articles(list(read(path)))

    assert first.body == "No ship left. None. Buy soap"
    assert second.body == "By Jane Roe\n\nThe dredger lies in har"


def test_an_issue_without_articles_is_read_by_the_page(tmp_path: Path) -> None:
    pages = articles(list(read(laid_out(tmp_path, mets()))))

    assert [page.title for page in pages] == [
        "Coast Post, 1913-11-13, page 1",
        "Coast Post, 1913-11-13, page 2",
    ]


def test_a_page_of_an_issue_is_not_read_twice(tmp_path: Path) -> None:
    laid_out(tmp_path, mets(*ARTICLES))

    items = list(read(tmp_path / FILES[0]))

    assert articles(items) == []
    assert said(items, "not read")[0].startswith(f"is a page of {tmp_path}/cp-mets.xml")


@pytest.mark.parametrize(
    ("address", "reason"),
    [("../secret.xml", "lies outside its folder"), ("text/../../secret.xml", "lies outside its folder"), ("%2e%2e/secret.xml", "lies outside its folder"), ("/etc/hosts.xml", "is no file beside it"), ("http://127.0.0.1/a.xml", "is no file beside it"), ("link.xml", "lies outside its folder"), ("text/9.xml", "is not there")],
    ids=["above", "through a folder", "escaped", "absolute", "on the web", "link", "missing"],
)  # fmt: skip
def test_nothing_outside_the_folder_of_an_issue_is_read(
    tmp_path: Path, address: str, reason: str
) -> None:
    folder = tmp_path / "issue"
    folder.mkdir()
    (tmp_path / "secret.xml").write_text(PAGES[0], "utf-8")
    (folder / "link.xml").symlink_to(tmp_path / "secret.xml")
    content = (
        mets(ARTICLES[0], files=(address,))
        .replace("file://./http", "http")
        .replace("file://.//", "file:///")
    )

    items = list(read(laid_out(folder, content)))

    assert "dredger" not in "".join(a.body for a in articles(items))
    assert any(reason in each for each in said(items, "cut text")), items


@pytest.mark.parametrize("namespace", ["", V2, "http://www.loc.gov/standards/alto/ns-v3#", V4], ids=["none", "2", "3", "4"])  # fmt: skip
def test_a_page_alone_is_an_article(tmp_path: Path, namespace: str) -> None:
    path = tmp_path / "1913-11-13-page.xml"
    path.write_text(alto(block("B1", line("The", "dredger"), line("lies.")), block("B2", line("No", "ship.")), namespace=namespace), "utf-8")  # fmt: skip

    (one,) = articles(list(read(path)))

    assert (one.title, one.body, one.section) == (
        "The dredger lies.",
        "The dredger lies.\n\nNo ship.",
        "page 3",
    )
    assert (f"{one.published:%Y-%m-%d}", one.published_from) == ("1913-11-13", "name of the file")


def test_blocks_in_a_file_that_is_no_page_are_said(tmp_path: Path) -> None:
    parts = (area("A1", "TB3"), area("A9", "TB1"))

    items = list(read(laid_out(tmp_path, mets(division("ARTICLE", *parts)))))

    assert any("a file that is no page: 'A9'" in each for each in said(items, "cut text"))


def test_no_block_of_a_page_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xml"
    path.write_text(alto(block("B", line("Dredging", "starts.")), block("B", line("It", "came."))))
    assert articles(list(read(path)))[0].body == "Dredging starts.\n\nIt came."

    monkeypatch.setattr("search.readers.alto._MAX_BLOCKS", 1)
    (bad,) = read(path)
    assert isinstance(bad, BadArticle)
    assert bad.reason == "has a page of more than 1 blocks of text, as none has"


def test_broken_words_are_whole(tmp_path: Path) -> None:
    halves = '<TextLine><String CONTENT="har" SUBS_TYPE="HypPart1" SUBS_CONTENT="harbour"/><HYP CONTENT="-"/></TextLine><TextLine><String CONTENT="bour" SUBS_TYPE="HypPart2" SUBS_CONTENT="harbour"/><SP/><String CONTENT="opens"/></TextLine>'
    path = tmp_path / "a.xml"
    path.write_text(
        alto(block("B1", halves), block("B2", line("A", "dred", hyphen=True), line("ger", "lies"))),
        "utf-8",
    )

    assert articles(list(read(path)))[0].body == "harbour opens\n\nA dredger lies"


def test_little_confidence_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(alto(block("B1", line("Tlie", "dredqer", confidence=0.4))), "utf-8")

    assert said(list(read(path)), "recognised") == [
        "the words of page 3 were recognised with a confidence of 40% on the mean"
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (alto(), "has no recognised text"),
        (alto(block("B", line("a")))[:-40], "is damaged XML"),
        ('<!DOCTYPE alto [<!ENTITY a "b">]>' + alto(block("B", line("&a;"))).partition("?>")[2], "declares entities of its own"),
        (mets(files=()), "is METS that names no pages in ALTO"),
        (mets(files=tuple(f"{n}.xml" for n in range(5_001))), "names more than 5,000 pages"),
        (mets() + "<", "is damaged XML"),
        (f'<alto xmlns="{V2}">' + "<Page>" * 3_000 + "</Page>" * 3_000 + "</alto>", "is damaged XML"),
    ],
    ids=["empty", "cut", "entities", "no pages", "many pages", "damaged", "deep"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(content, "utf-8")

    (bad,) = [item for item in read(path) if isinstance(item, BadArticle)]

    assert bad.reason.startswith(reason)


def test_an_issue_in_an_archive_says_that_it_has_to_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped({"mets.xml": mets(*ARTICLES).encode(), "text/0001.xml": PAGES[0].encode()})
    )

    items = list(read(path))

    assert [i.reason for i in items if isinstance(i, BadArticle)] == [
        "refers to the pages of an issue as files beside it, which are not reached here; unpack it into a folder"
    ]
    assert len(articles(items)) == 1
