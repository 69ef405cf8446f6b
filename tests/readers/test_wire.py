"""Wire formats: what of an item is an article, which version counts, what was taken back or may not be seen yet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from search.model.article import NO_END, Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import address_lists
from search.readers.address_lists import Listed
from search.readers.opening import opened, read
from search.readers.source import Limits

URI = "urn:newsml:quay.example:20240517:ferry"
NINJS_1 = {
    "uri": URI, "type": "text", "version": "1", "profile": "text", "mimetype": "text/plain", "urgency": 4,
    "versioncreated": "2024-05-17T10:05:00Z", "firstcreated": "2024-05-17T10:00:00Z", "pubstatus": "usable",
    "language": "en", "headline": "Ferry sails again", "slugline": "FERRY", "byline": "By Mara Quist",
    "body_text": "The ferry left.", "subject": [{"code": "medtop:1", "name": "Sea"}], "person": [{"name": "Jane Roe"}],
    "copyrightholder": "Quay Wire", "wordcount": 3,
}  # fmt: skip
NINJS_2 = {
    "uri": URI, "type": "text", "versioncreated": "2024-05-17T10:05:00Z", "pubstatus": "usable", "by": "Mara Quist",
    "headlines": [{"role": "seo", "value": "Ferry"}, {"role": "main", "value": "Ferry sails again"}],
    "bodies": [{"role": "main", "contenttype": "text/plain", "value": "The ferry left."},
               {"role": "main", "contenttype": "text/html", "value": "<p>The ferry</p><p>left.</p>"}],
    "subjects": [{"uri": "medtop:1", "name": "Sea"}], "infosources": [{"name": "Quay Wire", "role": "isrol:originfo"}],
    "associations": [{"name": "main", "uri": "urn:p", "type": "picture", "headline": "A ferry"}],
    "altids": [{"role": "internal", "value": "77"}],
}  # fmt: skip
NINJS_3 = {
    "uri": URI, "type": "text", "versionCreated": "2024-05-17T10:05:00Z", "pubStatus": "usable", "by": "Mara Quist",
    "headlines": [{"role": "seo", "value": "Ferry sails again from the quay to the islands"}, {"role": "main", "value": "Ferry sails again"}], "copyrightNotice": "(c) Quay Wire",
    "bodies": [{"role": "main", "contentType": "text/plain", "value": "The ferry left."},
               {"role": "summary", "contentType": "application/xhtml+xml", "value": "<p>F</p>"},
               {"role": "richtext", "contentType": "application/xhtml+xml", "value": "<p>The ferry</p><p>left.</p>"}],
    "subjects": [{"name": "Sea"}], "infoSources": [{"name": "Quay Wire"}], "places": [{"name": "Quay"}],
}  # fmt: skip


def articles(path: Path) -> list[Article]:
    found = list(read(path))
    assert [each for each in found if isinstance(each, BadArticle)] == []
    return [each for each in found if isinstance(each, Article)]


def written(folder: Path, content: str, name: str = "wire.xml") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def as_json(folder: Path, *items: object) -> Path:
    lines = [json.dumps(item) for item in items]
    return written(folder, lines[0] if len(lines) == 1 else f"[{','.join(lines)}]", "wire.json")


@pytest.mark.parametrize(
    ("item", "body"),
    [
        (NINJS_1, "The ferry left."),
        (NINJS_2, "The ferry\n\nleft."),
        (NINJS_3, "The ferry\n\nleft."),
    ],
    ids=["1.x", "2.x", "3.x"],
)
def test_ninjs(tmp_path: Path, item: dict[str, Any], body: str) -> None:
    (ferry,) = articles(as_json(tmp_path, item))
    assert (ferry.article_id, ferry.title, ferry.body) == (URI, "Ferry sails again", body)
    assert (ferry.authors, ferry.topics, ferry.source) == (("Mara Quist",), ("Sea",), "Quay Wire")
    assert (ferry.is_withdrawn, ferry.embargoed_until) == (False, None)


def test_ninjs_of_other_types_is_left_out_and_said(tmp_path: Path) -> None:
    picture = {**NINJS_1, "type": "picture"}
    found = list(read(as_json(tmp_path, picture, NINJS_1)))
    assert [each.title for each in found if isinstance(each, Article)] == ["Ferry sails again"]
    assert "an item of type 'picture' is no article" in [
        each.reason for each in found if isinstance(each, Remark)
    ]


def test_ninjs_in_several_languages(tmp_path: Path) -> None:
    item = {"headlines": [{"value": "Fähre", "language": "de"}, {"value": "Ferry", "language": "en-GB"}],
            "bodies": [{"value": "Eine Fähre fuhr wieder aus dem Hafen.", "language": "de"}, {"value": "It left.", "language": "en"}]}  # fmt: skip
    (ferry,) = articles(as_json(tmp_path, {**NINJS_2, "language": "en", **item}))
    assert (ferry.title, ferry.body) == ("Ferry", "It left.")


@pytest.mark.parametrize("status", ["canceled", "cancelled", "withheld", "stat:canceled"])
@pytest.mark.parametrize("kept", [("uri", "pubstatus"), tuple(NINJS_1)], ids=["bare", "whole"])
def test_ninjs_taken_back(tmp_path: Path, status: str, kept: tuple[str, ...]) -> None:
    kill = {key: value for key, value in NINJS_1.items() if key in kept} | {"pubstatus": status}
    (killed,) = articles(as_json(tmp_path, kill))
    assert (killed.article_id, killed.is_withdrawn) == (URI, True)


def test_ninjs_under_embargo(tmp_path: Path) -> None:
    later = {**NINJS_1, "embargoed": "2031-05-17T12:00:00+02:00"}
    (ferry,) = articles(as_json(tmp_path, later))
    assert ferry.embargoed_until == datetime(2031, 5, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("embargoed", "until further notice", "its embargo 'until further notice' could not be read, so nobody finds"),
        ("embargoed", True, "its embargo 'True' could not be read, so nobody finds"),
        ("pubstatus", "odd", "its status 'odd' is not known"),
    ],
    ids=["embargo", "embargo true", "status"],
)  # fmt: skip
def test_what_is_not_understood_is_said(tmp_path: Path, key: str, value: object, said: str) -> None:
    found = list(read(as_json(tmp_path, {**NINJS_1, key: value})))
    assert any(said in each.reason for each in found if isinstance(each, Remark))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<opml><body><outline text="Sea"><outline text="Quay" xmlUrl=" https://quay.example/feed "/></outline></body></opml>',
         [Listed("https://quay.example/feed", "feed", "Quay")]),
        ('<opml><body><outline type="include" text="More" url="https://quay.example/more"/><outline type="link" url="https://quay.example/a.OPML"/>'
         '<outline type="link" text="About" url="https://quay.example/about"/></body></opml>',
         [Listed("https://quay.example/more", "list", "More"), Listed("https://quay.example/a.OPML", "list")]),
        ('<urlset><url><loc>https://quay.example/1</loc><lastmod>2024-05-18</lastmod></url><url><loc/></url></urlset>',
         [Listed("https://quay.example/1", "page", "", "2024-05-18")]),
        ('<urlset xmlns:n="urn:n"><url><loc>https://quay.example/1</loc><lastmod>2024-05-18</lastmod><n:news><n:title>Ferry</n:title>'
         "<n:publication_date>2024-05-17</n:publication_date></n:news></url></urlset>",
         [Listed("https://quay.example/1", "page", "Ferry", "2024-05-17")]),
        ('<urlset xmlns:i="urn:i" xmlns:n="urn:n"><url><i:image><i:loc>https://quay.example/1.jpg</i:loc><i:title>A quay</i:title></i:image>'
         "<loc>https://quay.example/1</loc><n:news><n:publication><n:name>Quay Post</n:name></n:publication><n:title>Ferry</n:title></n:news></url></urlset>",
         [Listed("https://quay.example/1", "page", "Ferry")]),
        ("<sitemapindex><sitemap><loc>https://quay.example/a.xml</loc></sitemap></sitemapindex>",
         [Listed("https://quay.example/a.xml", "sitemap")]),
    ],
    ids=["opml", "lists in opml", "sitemap", "news sitemap", "pictures in a sitemap", "index"],
)  # fmt: skip
def test_lists_of_addresses(tmp_path: Path, content: str, expected: list[Listed]) -> None:
    with opened(written(tmp_path, content), Limits.of(Settings())) as source:
        assert source.format.name == "addresses"
        assert list(address_lists.listed(source.source)) == expected


def test_what_an_opml_lists_is_counted(tmp_path: Path) -> None:
    outlines = '<outline xmlUrl="https://q.example/f"/><outline type="rss" url="https://q.example/g"/><outline type="include" url="https://q.example/m"/><outline type="link" url="https://q.example/a"/>'
    found = list(read(written(tmp_path, f"<opml><body>{outlines}</body></opml>")))
    said = [each.reason for each in found if isinstance(each, Remark)]
    assert any("the addresses of 2 feeds and 1 list; newssearch fetch" in each for each in said)
    assert "an outline that links to a page, and to no feed" in said


@pytest.mark.parametrize(
    ("outline", "said"),
    [("", "the addresses of 0 feeds;"), ('<outline type="include" url="https://q.example/m"/>', "the addresses of 1 list;")],
    ids=["nothing", "a list"],
)  # fmt: skip
def test_what_an_opml_has_not_is_not_counted(tmp_path: Path, outline: str, said: str) -> None:
    found = list(read(written(tmp_path, f"<opml><body>{outline}</body></opml>")))
    assert [said in each.reason for each in found if isinstance(each, Remark)] == [True]


NITF = """<?xml version="1.0"?>
<nitf baselang="en" version="-//IPTC//DTD NITF 3.4//EN"><head><docdata management-status="usable"><doc-id regsrc="QW" id-string="1234567"/>
<date.issue norm="20240517T101044Z"/><doc.copyright holder="Quay Wire"/><key-list><keyword key="FERRIES"/></key-list></docdata>
<tobject><tobject.subject tobject.subject.type="Sea" tobject.subject.matter="Shipping"/></tobject></head>
<body><body.head><hedline><hl1>Ferry sails again</hl1></hedline><byline>By <person>MARA QUIST</person><byttl>Staff Writer</byttl></byline>
<distributor>The Associated Press</distributor></body.head><body.content><block><p>The <em>ferry</em> left
 &amp; came back.</p><hl2>Crew</hl2><ul><li>Mate</li></ul><table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>
<media><media-caption>A ferry</media-caption></media></block></body.content><body.end><tagline>Editing by Jane Roe</tagline></body.end></body></nitf>"""

G2_META = "<versionCreated>2024-05-18T10:00:00Z</versionCreated><firstCreated>2024-05-17T12:00:00+02:00</firstCreated>"


def g2(inner: str = "", meta: str = "", version: str = "2", content_meta: str = "", guid: str = URI) -> str:  # fmt: skip
    """Return an item of NewsML-G2."""
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="{version}" xml:lang="en-GB">
<rightsInfo><copyrightHolder><name>Quay Wire</name></copyrightHolder></rightsInfo><itemMeta>{G2_META}{meta}</itemMeta>
<contentMeta><headline role="hld:subHeadline">Crew is back</headline><headline>Ferry sails again</headline>{content_meta}</contentMeta>
<contentSet>{inner}</contentSet></newsItem>"""


def newsml_1(management: str = "", components: str = "", revision: str = "1") -> str:
    """Return an item of NewsML 1.2."""
    return f"""<NewsItem><Identification><NewsIdentifier><ProviderId>quay.example</ProviderId><DateId>20240517</DateId>
<NewsItemId>ferry</NewsItemId><RevisionId PreviousRevision="0" Update="N">{revision}</RevisionId></NewsIdentifier></Identification>
<NewsManagement><FirstCreated>20240517T100000Z</FirstCreated><ThisRevisionCreated>20240518T100000Z</ThisRevisionCreated>{management}</NewsManagement>
<NewsComponent><NewsLines><HeadLine>Ferry sails again</HeadLine><ByLine>Mara Quist</ByLine><KeywordLine>Ferries</KeywordLine></NewsLines>
<AdministrativeMetadata><Provider><Party FormalName="QW"/></Provider></AdministrativeMetadata>
<DescriptiveMetadata><Language FormalName="en"/></DescriptiveMetadata>{components}</NewsComponent></NewsItem>"""


@pytest.mark.parametrize(
    ("lines", "topics"),
    [
        (["port, strike"], ("port", "strike")),
        (["port; Roe, Jane"], ("port", "Roe, Jane")),
        (["port", "Roe, Jane"], ("port", "Roe, Jane")),
    ],
    ids=["commas", "semicolons", "a line each"],
)
def test_keyword_lines_of_newsml_1(
    tmp_path: Path, lines: list[str], topics: tuple[str, ...]
) -> None:
    said = "".join(f"<KeywordLine>{line}</KeywordLine>" for line in lines)
    item = newsml_1().replace("<KeywordLine>Ferries</KeywordLine>", said)
    (ferry,) = articles(written(tmp_path, f"<NewsML>{item}</NewsML>"))

    assert ferry.topics == topics


def component(text: str, role: str = "Main", media: str = "Text") -> str:
    return f"""<NewsComponent><Role FormalName="{role}"/><ContentItem><MediaType FormalName="{media}"/>
<DataContent>{text}</DataContent></ContentItem></NewsComponent>"""


def test_nitf(tmp_path: Path) -> None:
    (ferry,) = articles(written(tmp_path, NITF))
    assert (ferry.article_id, ferry.title) == ("QW:1234567", "Ferry sails again")
    assert ferry.body.split("\n\n") == ["The ferry left & came back.", "Crew", "Mate", "1 | 2\n3 | 4", "Editing by Jane Roe"]  # fmt: skip
    assert (ferry.authors, ferry.source, ferry.topics) == (("Mara Quist",), "AP", ("Shipping", "FERRIES"))  # fmt: skip
    assert ferry.published == datetime(2024, 5, 17, 10, 10, 44, tzinfo=UTC)


def test_what_of_nitf_is_no_text_is_said(tmp_path: Path) -> None:
    said = [each.reason for each in read(written(tmp_path, NITF)) if isinstance(each, Remark)]
    assert "a caption is no part of the text of an article" in said


def test_note_to_editors_is_not_the_text_of_an_article_of_nitf(tmp_path: Path) -> None:
    note = '<note noteclass="editorsnote"><body.content><p>Adds a quote.</p></body.content></note>'
    path = written(tmp_path, NITF.replace("<distributor>", f"{note}<distributor>"))
    found = list(read(path))
    assert [each.body[:9] for each in found if isinstance(each, Article)] == ["The ferry"]
    said = [each.reason for each in found if isinstance(each, Remark)]
    assert "a note to editors is no part of the text of an article" in said


@pytest.mark.parametrize(
    ("inner", "byline"),
    [
        ("By <person>Mara Quist</person> and <person>Ann Lee</person>", "By Mara Quist and Ann Lee"),
        ("By <person>Mara Quist</person> <person>Ann Lee</person>", "By Mara Quist, Ann Lee"),
    ],
    ids=["a word between", "nothing between"],
)  # fmt: skip
def test_persons_in_a_byline_of_nitf(tmp_path: Path, inner: str, byline: str) -> None:
    (ferry,) = articles(written(tmp_path, NITF.replace("By <person>MARA QUIST</person><byttl>Staff Writer</byttl>", inner)))  # fmt: skip
    assert (ferry.byline, ferry.authors) == (byline, ("Mara Quist", "Ann Lee"))


def test_what_little_nitf_says_is_read(tmp_path: Path) -> None:
    head = '<docdata><doc-id regsrc="PA" id-string="q-1"/><date.issue norm="20240517T1105+0100"/><ed-msg msg-type="embargo" info="Until noon"/></docdata>'
    found = list(read(written(tmp_path, f"<nitf><head>{head}</head><body><body.content><p>It left.</p></body.content></body></nitf>")))  # fmt: skip
    (ferry,) = [each for each in found if isinstance(each, Article)]
    assert (ferry.source, ferry.published) == ("PA Media", datetime(2024, 5, 17, 10, 5, tzinfo=UTC))
    assert ferry.published_precision == "minute"
    assert ferry.embargoed_until == NO_END
    assert any("its embargo 'Until noon' could not be read" in each.reason for each in found if isinstance(each, Remark))  # fmt: skip


def test_a_note_that_is_not_to_be_published_is_no_text(tmp_path: Path) -> None:
    """A non-publishable advisory (npa) in the text of NITF was a paragraph of it."""
    notes = '<note type="npa"><body.content><p>Editors: hold this.</p></body.content></note><note type="pa"><body.content><p>Updates with weather.</p></body.content></note>'
    found = list(read(written(tmp_path, NITF.replace("<hl2>", f"{notes}<hl2>"))))
    (ferry,) = [each for each in found if isinstance(each, Article)]
    assert "hold this" not in ferry.body
    assert "Updates with weather." in ferry.body
    assert any("a note to editors" in each.reason for each in found if isinstance(each, Remark))


def test_many_in_a_file(tmp_path: Path) -> None:
    second = NITF.replace("1234567", "1234568").partition("?>")[2]
    path = written(tmp_path, f"<wire>{NITF.partition('?>')[2]}{second}</wire>", "wire.dat")
    assert [each.article_id for each in articles(path)] == ["QW:1234567", "QW:1234568"]


def test_text_that_an_archive_has_twice_is_read_once(tmp_path: Path) -> None:
    content = '<block class="lead_paragraph"><p>One.</p></block><block class="full_text"><p>One.</p><p>Two.</p></block>'
    path = written(tmp_path, f"<nitf><body><body.content>{content}</body.content></body></nitf>")
    assert [each.body for each in articles(path)] == ["One.\n\nTwo."]


@pytest.mark.parametrize(
    ("inner", "body", "authors"),
    [
        ('<inlineXML><nitf xmlns="urn:n"><body><body.head><byline>By Mara Quist</byline></body.head><body.content><p>A ferry.</p>'
         "<p>It left.</p></body.content></body></nitf></inlineXML>", "A ferry.\n\nIt left.", ("Mara Quist",)),
        ('<inlineXML><html xmlns="urn:h"><head><title>x</title></head><body><h1>Ferry sails again</h1><p>A ferry.<br/>It left.</p></body></html></inlineXML>',
         "A ferry.\nIt left.", ("Petra Lang",)),
        ('<remoteContent/><inlineData contenttype="text/html"><![CDATA[<p>A ferry.</p><p>It left.</p>]]></inlineData>',
         "A ferry.\n\nIt left.", ("Petra Lang",)),
        ('<inlineData contenttype="text/plain">A ferry.\n\nIt left.</inlineData>', "A ferry.\n\nIt left.", ("Petra Lang",)),
    ],
    ids=["nitf", "xhtml", "html as text", "text"],
)  # fmt: skip
def test_newsml_g2(tmp_path: Path, inner: str, body: str, authors: tuple[str, ...]) -> None:
    said = (
        '<creator><name>Petra Lang</name></creator><contributor role="ctrol:descrWriter"><name>Ann Lee</name></contributor>'
        '<subject qcode="m:1"><name xml:lang="de">See</name><name xml:lang="en">Sea</name></subject>'
        '<subject type="cpnat:person"><name>Jane Roe</name></subject>'
    )
    path = written(tmp_path, f"<newsMessage><itemSet>{g2(inner, content_meta=said)}</itemSet></newsMessage>")  # fmt: skip
    (ferry,) = articles(path)
    assert (ferry.article_id, ferry.title, ferry.body) == (URI, "Ferry sails again", body)
    assert (ferry.authors, ferry.topics, ferry.source) == (authors, ("Sea",), "Quay Wire")
    assert ferry.published == datetime(2024, 5, 17, 10, tzinfo=UTC)


def test_a_break_in_a_headline_is_a_blank(tmp_path: Path) -> None:
    item = g2().replace("Ferry sails again", "Ferry<br/>sails again")
    assert [each.title for each in articles(written(tmp_path, item))] == ["Ferry sails again"]


def test_a_body_without_paragraphs_is_the_text_of_newsml_g2(tmp_path: Path) -> None:
    inner = "<inlineXML><html><body>A ferry.<br/>It left.</body></html></inlineXML>"
    assert [each.body for each in articles(written(tmp_path, g2(inner)))] == ["A ferry.\nIt left."]


def test_a_name_is_a_better_source_than_an_address(tmp_path: Path) -> None:
    item = g2("<inlineData>A ferry.</inlineData>", meta='<provider literal="quay.example"/>')
    assert [each.source for each in articles(written(tmp_path, item))] == ["Quay Wire"]


def test_creators_of_newsml_g2_by_their_literals(tmp_path: Path) -> None:
    said = '<creator literal="Petra Lang"/><creator literal="ek"/>'
    (ferry,) = articles(written(tmp_path, g2("<inlineData>A ferry.</inlineData>", content_meta=said)))  # fmt: skip
    assert ferry.authors == ("Petra Lang",)


def test_newsml_g2_in_several_languages(tmp_path: Path) -> None:
    item = g2(
        "<inlineData>A ferry.</inlineData>", content_meta="<by>Mara Quist</by><by>Ann Lee</by>"
    )
    headlines = '<headline xml:lang="de">Fähre</headline><headline xml:lang="en">Ferry sails again</headline>'
    path = written(tmp_path, item.replace("<headline>Ferry sails again</headline>", headlines))
    (ferry,) = articles(path)
    assert (ferry.title, ferry.authors) == ("Ferry sails again", ("Mara Quist", "Ann Lee"))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("<packageItem/>", "a packageItem is no article"),
        ("<conceptItem/>", "a conceptItem is no article"),
        (g2(meta='<itemClass qcode="ninat:picture"/>'), "an item of class 'picture' is no article"),
        (g2("<remoteContent/>"), "its text is in another file (remoteContent)"),
        (g2("<inlineXML><sports><a/></sports></inlineXML>"), "inlineXML of 'sports' is not read"),
    ],
    ids=["package", "concept", "picture", "remote", "other XML"],
)
def test_what_of_newsml_g2_is_no_article_is_said(tmp_path: Path, item: str, reason: str) -> None:
    found = read(written(tmp_path, f"<newsMessage><itemSet>{item}</itemSet></newsMessage>"))
    assert any(reason in each.reason for each in found if isinstance(each, Remark))


def test_the_highest_version_of_a_guid_counts(tmp_path: Path) -> None:
    items = "".join(g2(f"<inlineData>Text {n}.</inlineData>", version=n) for n in ("2", "10", "9"))
    path = written(tmp_path, f"<newsMessage><itemSet>{items}</itemSet></newsMessage>")
    assert [each.body for each in articles(path)] == ["Text 2.", "Text 10."]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (component("<p>A ferry.</p><p>It left.</p>"), "A ferry.\n\nIt left."),
        (component("<nitf><body><body.content><p>A ferry.</p></body.content></body></nitf>"), "A ferry."),
        (component("A ferry.\n\nIt left."), "A ferry.\n\nIt left."),
        (component("<p>A caption.</p>", "Caption") + component("<p>A ferry.</p>"), "A ferry."),
        (component("<p>x</p>", "Main", "Photo") + component("<p>A ferry.</p>", "Main"), "A ferry."),
        (component("<p>A fact.</p>", "Sidebar") + component("<p>A ferry.</p>", "MAIN TEXT"), "A ferry."),
        (component("<p>A ferry.</p>", "Dispatch"), "A ferry."),
        (component("<p>A lead.</p>", "Lead") + component("<p>A ferry.</p>", "Text"), "A ferry."),
        (component("<p>A ferry.</p>", "Summary"), "A ferry."),
    ],
    ids=["paragraphs", "nitf", "text", "caption", "photo", "main text", "unknown role", "usual role", "summary alone"],
)  # fmt: skip
def test_newsml_1(tmp_path: Path, text: str, body: str) -> None:
    path = written(tmp_path, f"<NewsML>{newsml_1(components=text)}</NewsML>")
    (ferry,) = articles(path)
    assert (ferry.article_id, ferry.title, ferry.body) == ("urn:newsml:quay.example:20240517:ferry", "Ferry sails again", body)  # fmt: skip
    assert (ferry.authors, ferry.topics, ferry.source) == (("Mara Quist",), ("Ferries",), "QW")
    assert ferry.published == datetime(2024, 5, 17, 10, tzinfo=UTC)


def test_what_newsml_1_does_not_hold_is_said(tmp_path: Path) -> None:
    elsewhere = '<ContentItem Href="ferry.txt"><MediaType FormalName="Text"/></ContentItem>'
    update = newsml_1().partition("<NewsComponent>")[0] + "<Update><Delete/></Update></NewsItem>"
    found = list(read(written(tmp_path, f"<NewsML>{newsml_1(components=elsewhere)}{update}</NewsML>")))  # fmt: skip
    assert len([each for each in found if isinstance(each, Article)]) == 1
    said = [each.reason for each in found if isinstance(each, Remark)]
    assert {"its text is in another file (Href), which is not fetched", "an update of parts of an item is not read"} <= set(said)  # fmt: skip


def test_language_of_what_is_around_an_item(tmp_path: Path) -> None:
    item = newsml_1(components=component("<p>x</p>")).replace('<Language FormalName="en"/>', "")
    path = written(tmp_path, f'<NewsML xml:lang="de">{item}</NewsML>')
    assert [each.language for each in articles(path)] == ["de"]


def test_each_byline_of_newsml_1_counts(tmp_path: Path) -> None:
    item = newsml_1(components=component("<p>A ferry.</p>"))
    path = written(tmp_path, item.replace("<ByLine>", "<ByLine>By Ann Lee</ByLine><ByLine>"))
    assert [each.authors for each in articles(path)] == [("Ann Lee", "Mara Quist")]


def test_pictures_with_their_captions_are_no_article_of_newsml_1(tmp_path: Path) -> None:
    item = newsml_1(components=component("", "Main", "Photo") + component("<p>x</p>", "Caption"))
    (remark,) = (each for each in read(written(tmp_path, item)) if isinstance(each, Remark))
    assert "pictures, films or sounds" in remark.reason


def test_subjects_that_an_item_of_newsml_1_explains(tmp_path: Path) -> None:
    names = '<Description xml:lang="de" Variant="Name">See</Description><Description xml:lang="en" Variant="Name">Sea</Description>'
    topics = f"<TopicSet><Topic><TopicType FormalName='SubjectMatter'/>{names}</Topic><Topic><TopicType FormalName='Person'/>{names}</Topic></TopicSet>"
    path = written(tmp_path, newsml_1(components=topics + component("<p>A ferry.</p>")))
    assert [each.topics for each in articles(path)] == [("Sea", "Ferries")]


@pytest.mark.parametrize(
    "content",
    [
        NITF.replace("usable", "canceled"),
        NITF.replace("usable", "withheld"),
        '<nitf><head><docdata management-status="canceled"><doc-id regsrc="QW" id-string="1234567"/></docdata></head></nitf>',
        g2(meta='<pubStatus qcode="stat:canceled"/>'),
        g2(meta='<pubStatus qcode="stat:withheld"/>'),
        g2(meta='<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"/>'),
        f'<newsItem guid="{URI}"><itemMeta><pubStatus qcode="stat:canceled"/></itemMeta></newsItem>',
        newsml_1('<Status FormalName="Canceled"/>'),
        newsml_1('<Status FormalName="Withheld"/>', component("<p>A ferry.</p>")),
    ],
    ids=["nitf", "nitf withheld", "nitf bare", "g2", "g2 withheld", "g2 uri", "g2 bare", "1.2", "1.2 withheld"],
)  # fmt: skip
def test_taken_back_under_the_same_id(tmp_path: Path, content: str) -> None:
    (killed,) = articles(written(tmp_path, content))
    assert killed.is_withdrawn
    assert killed.article_id in ("QW:1234567", URI, "urn:newsml:quay.example:20240517:ferry")


@pytest.mark.parametrize(
    "content",
    [
        NITF.replace("<doc.copyright", '<date.release norm="20310517T100000Z"/><doc.copyright'),
        g2(meta="<embargoed>2031-05-17T12:00:00+02:00</embargoed>"),
        newsml_1(
            '<Status FormalName="Embargoed"/><StatusWillChange><FutureStatus FormalName="Usable"/>'
            "<DateAndTime>20310517T100000Z</DateAndTime></StatusWillChange>"
        ),
        newsml_1(
            '<Status FormalName="Withheld"/><StatusWillChange><FutureStatus FormalName="Usable"/>'
            "<DateAndTime>20310517T100000Z</DateAndTime></StatusWillChange>"
        ),
    ],
    ids=["nitf", "g2", "1.2", "1.2 withheld until then"],
)
def test_under_embargo(tmp_path: Path, content: str) -> None:
    (ferry,) = articles(written(tmp_path, content))
    assert ferry.embargoed_until == datetime(2031, 5, 17, 10, tzinfo=UTC)
    assert not ferry.is_withdrawn


@pytest.mark.parametrize(
    "content",
    [
        newsml_1('<Status FormalName="Embargoed"/>', component("<p>A ferry.</p>")),
        newsml_1(
            '<Status FormalName="Embargoed"/><StatusWillChange><FutureStatus FormalName="Usable"/>'
            "<DateAndTime>at noon</DateAndTime></StatusWillChange>",
            component("<p>A ferry.</p>"),
        ),
        g2(meta="<embargoed/>"),
        g2(meta="<embargoed>after the speech</embargoed>"),
        NITF.replace("usable", "embargoed"),
        NITF.replace("<doc.copyright", '<date.release norm="after the speech"/><doc.copyright'),
        NITF.replace("<doc.copyright", '<ed-msg msg-type="embargo"/><doc.copyright'),
        json.dumps({**NINJS_1, "embargoed": "after the speech"}),
        json.dumps({"title": "Ferry sails", "text": "It left.", "Sperrfrist": "Redebeginn"}),
        "---\ntitle: Ferry sails\nembargo: after the speech\n---\nIt left.\n",
    ],
    ids=["1.2", "1.2 words", "g2", "g2 words", "nitf", "nitf words", "nitf message", "ninjs", "json", "front matter"],
)  # fmt: skip
def test_an_embargo_without_an_end_that_can_be_read_hides(tmp_path: Path, content: str) -> None:
    """It was shown, or taken for a kill, after which no version of it came back."""
    name = {"{": "a.json", "-": "a.md"}.get(content[0], "a.xml")
    found = list(read(written(tmp_path, content, name)))
    (ferry,) = [each for each in found if isinstance(each, Article)]
    assert (ferry.embargoed_until, ferry.is_withdrawn) == (NO_END, False)
    assert [each.kind for each in found if isinstance(each, Remark)].count("embargo") == 1


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ({"embargoed": False}, None),
        ({"embargoed": "none"}, None),
        ({"embargoed": "Lifted"}, None),
        ({"embargoed": True, "embargo_until": "2031-05-17T10:00:00Z"}, datetime(2031, 5, 17, 10, tzinfo=UTC)),
        ({"embargo": "2031-05-17T10:00:00Z"}, datetime(2031, 5, 17, 10, tzinfo=UTC)),
        ({"embargo": "2031-05"}, datetime(2031, 6, 1, tzinfo=UTC)),
        ({"embargo": "03/04/2031"}, datetime(2032, 1, 1, tzinfo=UTC)),
    ],
    ids=["false", "none", "lifted", "two keys", "a time", "a month", "day or month first"],
)  # fmt: skip
def test_what_a_record_says_of_an_embargo(
    tmp_path: Path, said: dict[str, object], until: datetime | None
) -> None:
    (ferry,) = articles(as_json(tmp_path, {"title": "Ferry sails", "text": "It left.", **said}))
    assert ferry.embargoed_until == until


SGML = """<!DOCTYPE lewis SYSTEM "lewis.dtd">
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" OLDID="5" NEWID="1">
<DATE>26-FEB-1987 15:01:01.79</DATE>
<TOPICS><D>ship</D><D>trade</D></TOPICS>
<PLACES><D>latvia</D></PLACES>
<UNKNOWN>
&#5;&#5;&#5;C T
&#22;&#22;&#1;f0704&#31;reute</UNKNOWN>
<TEXT>&#2;
<TITLE>FERRY &lt;FRY>  SAILS AGAIN</TITLE>
<AUTHOR>    By Mara Quist, Reuters</AUTHOR>
<DATELINE>    RIGA, Feb 26 - </DATELINE><BODY>The ferry left,
the owner said.
    It came back&#127;late.
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
<REUTERS NEWID="2"><DATE>31-MAR-1987 605:12:19.12</DATE><TEXT TYPE="BRIEF">&#2;
<TITLE>QUAY TO CLOSE</TITLE></TEXT></REUTERS>
<REUTERS NEWID="3"><DATE> 3-MAR-1987  09:15:05.40</DATE><TEXT TYPE="UNPROC">&#2;
 TIDES AT NOON
 Riga      1.2

 Reuter
&#3;
</TEXT></REUTERS>
"""


def test_sgml_of_reuters(tmp_path: Path) -> None:
    found = list(read(written(tmp_path, SGML, "a.sgm")))
    ferry, brief, tides = [each for each in found if isinstance(each, Article)]
    assert (ferry.article_id, ferry.title) == ("reut-1", "FERRY <FRY> SAILS AGAIN")
    assert ferry.body == "The ferry left,\nthe owner said.\n    It came back late."
    assert (ferry.authors, ferry.topics, ferry.source) == (("Mara Quist",), ("ship", "trade"), "Reuters")  # fmt: skip
    assert ferry.published == datetime(1987, 2, 26, 15, 1, 1, tzinfo=UTC)
    assert (brief.title, brief.body, brief.published_precision) == ("QUAY TO CLOSE", "", "day")
    assert (tides.title, tides.body) == ("TIDES AT NOON", "TIDES AT NOON\n Riga      1.2")
    assert [each.line for each in (ferry, brief, tides)] == [2, 18, 20]
    assert any("605:12:19.12" in each.reason for each in found if isinstance(each, Remark))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SGML[:700], "ends within an article"),
        ("<REUTERS>" + "x " * 16_000_000, "longer than 31,000,000 characters"),
        ("<book>", "is no SGML of the Reuters-21578 collection"),
    ],
    ids=["cut", "long", "other"],
)
def test_damaged_sgml_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    *_, bad = (each for each in read(written(tmp_path, content, "a.sgm")) if not isinstance(each, Remark))  # fmt: skip
    assert isinstance(bad, BadArticle)
    assert reason in bad.reason


SHARED = Path(__file__).parents[3] / "shared" / "data" / "reuters21578"


@pytest.mark.skipif(not SHARED.exists(), reason="the collection is not there")
@pytest.mark.parametrize("name", ["reut2-000.sgm", "reut2-017.sgm"])
def test_whole_files_of_the_collection(name: str) -> None:
    found = list(read(SHARED / name))
    assert len([each for each in found if isinstance(each, Article)]) == 1000
    assert [each for each in found if isinstance(each, BadArticle)] == []


@pytest.mark.parametrize(
    "inside",
    ["<TITLE>", "<TOPICS><D>", "<TEXT", "<TITLE><UNKNOWN>", "<TEXT>&#5;", "</REUTERS><REUTERS>"],
)
def test_hostile_sgml_takes_time_in_proportion(tmp_path: Path, inside: str) -> None:
    # Each took hours where a pattern looked for the end of each beginning.
    path = written(tmp_path, f'<REUTERS NEWID="1">{inside * 50_000}</REUTERS>', "a.sgm")
    assert list(read(path))


def test_prefix_that_nobody_declared(tmp_path: Path) -> None:
    item = "<n:newsItem guid='u'><n:contentMeta><n:headline>Ferry</n:headline></n:contentMeta></n:newsItem>"
    (ferry,) = articles(written(tmp_path, f"<n:newsMessage>{item}</n:newsMessage>"))
    assert (ferry.article_id, ferry.title) == ("u", "Ferry")


LAUGHS = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f'<!DOCTYPE nitf [<!ENTITY e0 "boom">{LAUGHS}]><nitf><body><body.content>&e9;</body.content></body></nitf>', "grow without end"),
        ('<!DOCTYPE nitf [<!ENTITY e SYSTEM "file:///etc/hostname">]><nitf><body><body.content>&e;</body.content></body></nitf>', "uses &e;"),
        ('<!DOCTYPE n [<!ENTITY e "boom">]><newsItem guid="u"><contentMeta><headline>&e;</headline></contentMeta></newsItem>', "uses &e;"),
        (g2(f"<inlineXML>{'<p>' * 100_000}</inlineXML>"), "depth"),
        (g2(f"<inlineXML>{'<p>x</p>' * 60_000}</inlineXML>"), "more than 50,000 elements"),
        (NITF[:900], "damaged"),
    ],
    ids=["laughs", "file", "entity", "deep", "elements", "cut"],
)  # fmt: skip
def test_hostile_wire_is_refused_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    found = list(read(written(tmp_path, content)))
    assert [each for each in found if isinstance(each, Article)] == []
    assert reason in next(each.reason for each in found if isinstance(each, BadArticle))


def test_message_of_iptc_7901_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "\x16\x16\x01qwa0124 3 i 93  qw 1888\r\n\x02Ferry/\r\nFerry sails again =\r\n\x03212101 MAY 24\r\n\x04", "a.txt")  # fmt: skip
    with pytest.raises(ReadError, match="IPTC 7901"):
        list(read(path))
