"""Feeds: RSS, Atom, WordPress exports; what is hostile or cut."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.readers import feed
from search.readers.opening import read

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/">
<channel><title>Quay Gazette</title><link>https://quay.example/</link><language>en</language>
<item><title>Ferry &amp; crew</title><link>https://quay.example/ferry</link><dc:creator>Mara Quist</dc:creator>
<pubDate>Fri, 17 May 2024 10:00:00 GMT</pubDate><guid isPermaLink="false">q-1</guid><category>Sea</category><category>Town</category>
<content:encoded><![CDATA[<p>It left.</p><p>It came&nbsp;back.</p>]]></content:encoded></item>
<item><title>Bridge</title><description>&lt;p&gt;It opened.&lt;/p&gt;</description><wp:post_type>post</wp:post_type></item>
<item><title>menu</title><wp:post_type>nav_menu_item</wp:post_type></item>
<item><title>Unsaid</title><wp:post_type>post</wp:post_type><wp:status>draft</wp:status></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Quay Gazette</title>
<entry><id>urn:q:1</id><title>Ferry</title><link rel="replies" href="https://quay.example/ferry/c"/><link href="https://quay.example/ferry"/>
<author><name>Mara Quist</name><uri>https://quay.example/mq</uri></author><published>2024-05-17T10:00:00Z</published>
<updated>2024-06-01T10:00:00Z</updated><category term="Sea"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>It left.</p><p>It came back.</p></div></content></entry></feed>"""


def written(folder: Path, content: str, name: str = "a.xml") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def articles(path: Path) -> list[Article]:
    return [each for each in read(path) if isinstance(each, Article)]


def test_rss_and_an_export_of_wordpress(tmp_path: Path) -> None:
    ferry, bridge = articles(written(tmp_path, RSS))
    assert (ferry.article_id, ferry.title) == ("q-1", "Ferry & crew")
    assert ferry.body.split("\n\n") == ["It left.", "It came back."]
    assert (ferry.authors, ferry.source, ferry.topics) == (("Mara Quist",), "Quay Gazette", ("Sea", "Town"))  # fmt: skip
    assert (ferry.url, ferry.language) == ("https://quay.example/ferry", "en")
    assert ferry.published is not None
    assert (bridge.title, bridge.body) == ("Bridge", "It opened.")


def test_names_that_only_html_knows(tmp_path: Path) -> None:
    item = "<item><title>Caf&eacute; at sea</title><x:y>z</x:y></item>"
    path = written(tmp_path, f"<rss><channel>{item}</channel></rss>")
    assert [article.title for article in articles(path)] == ["Café at sea"]
    assert [each for each in read(path) if isinstance(each, BadArticle)] == []


def test_what_is_no_article_in_an_export_is_said(tmp_path: Path) -> None:
    said = [each.reason for each in read(written(tmp_path, RSS)) if isinstance(each, Remark)]
    assert "an entry of type 'nav_menu_item' is no article" in said
    assert "an entry whose status is 'draft' was never published" in said


def test_atom(tmp_path: Path) -> None:
    (ferry,) = articles(written(tmp_path, ATOM, "feed.dat"))
    assert ferry.body.split("\n\n") == ["It left.", "It came back."]
    assert (ferry.authors, ferry.source, ferry.topics) == (("Mara Quist",), "Quay Gazette", ("Sea",))  # fmt: skip
    assert ferry.url == "https://quay.example/ferry"
    assert ferry.published is not None
    assert ferry.published.month == 5


def test_entities_of_a_file_are_not_expanded(tmp_path: Path) -> None:
    secret = written(tmp_path, "not for you", "secret.txt")
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    head = f'<!DOCTYPE rss [<!ENTITY e0 "boom"><!ENTITY x SYSTEM "{secret.as_uri()}">{bomb}]>'
    item = "<item><title>Ferry</title><description>Left &e9; and &x; it.</description></item>"
    path = written(tmp_path, f"<?xml version='1.0'?>{head}<rss><channel>{item}</channel></rss>")
    found = list(read(path))
    texts = [f"{each.title} {each.body}" for each in found if isinstance(each, Article)]
    assert found
    assert not any("boom" in text or "not for you" in text for text in texts)


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        (RSS[: RSS.index("<item><title>Bridge")], ["Ferry & crew"]),
        (RSS.replace("<title>Bridge</title>", "<title>Bridge</titel>"), ["Ferry & crew"]),
    ],
    ids=["cut", "wrong tag"],
)
def test_what_is_read_before_a_fault_is_kept(tmp_path: Path, content: str, titles: list[str]) -> None:  # fmt: skip
    found = list(read(written(tmp_path, content)))
    assert [each.title for each in found if isinstance(each, Article)][:1] == titles
    assert [each.cut_short for each in found if isinstance(each, BadArticle)] == [True]


@pytest.mark.parametrize(
    "content", ["<?xml version='1.0'?><catalogue><item/></catalogue>", "Title\nText", ""]
)
def test_other_xml_is_refused(tmp_path: Path, content: str) -> None:
    (bad,) = read(written(tmp_path, content))
    assert isinstance(bad, BadArticle)
    assert "no RSS, Atom" in bad.reason


def test_a_beginning_that_is_no_feed_is_seen_at_once() -> None:
    # Each would take longer than the universe is old.
    assert not feed.sniff("<!-- a -->" * 9000 + "x")
    assert not feed.sniff("<?a" * 20_000)


def rss(item: str, root: str = "rss", declared: str = "") -> str:
    return f"<{root} {declared}><channel><title>Quay Gazette</title><link>https://quay.example/</link><item>{item}</item></channel></{root}>"


def atom(entry: str, feed: str = "", declared: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {declared}><title>Quay Gazette</title>{feed}<entry><id>urn:q:1</id><title>Ferry</title>{entry}</entry></feed>'


DC = 'xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:t="http://purl.org/dc/terms/"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (rss("<title>Ferry & crew AT&T 3 < 4</title><link>https://quay.example/1?a=1&b=2</link>"),
         {"title": "Ferry & crew AT&T 3 < 4", "url": "https://quay.example/1?a=1&b=2"}),
        ("\n\n <?xml version='1.0'?>" + rss("<title>Ferry</title>"), {"title": "Ferry", "source": "Quay Gazette"}),
        (rss("<title>Ferry</title><d:creator>Mara Quist</d:creator><t:issued>2024-05-17</t:issued><c:encoded>&lt;p&gt;It left.&lt;/p&gt;</c:encoded>",
             declared=DC), {"authors": ("Mara Quist",), "body": "It left.", "published_from": "field 'dc:issued'"}),
        (rss("<title>Ferry</title><dc:creator>Mara Quist</dc:creator><content:encoded>It left.</content:encoded>"),
         {"authors": ("Mara Quist",), "body": "It left."}),
        (f'<rdf:RDF {RDF}><item rdf:about="https://quay.example/1"><title>Ferry</title></item></rdf:RDF>',
         {"url": "https://quay.example/1"}),
        (rss("<title>Ferry</title><link>/1</link>"), {"url": "https://quay.example/1"}),
        (rss("<title>Ferry</title><guid>https://quay.example/1</guid>"), {"url": "https://quay.example/1"}),
        (rss('<title>Ferry</title><guid isPermaLink="false">https://quay.example/1</guid>'), {"url": ""}),
        (rss('<title>Ferry</title><link>https://proxy.example/x</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">'
             "https://quay.example/1</f:origLink>"), {"url": "https://quay.example/1"}),
        (rss("<title>Ferry</title><media:content><media:title>Picture</media:title></media:content><media:keywords>sea, town</media:keywords>"
             "<itunes:author>Mara Quist</itunes:author><itunes:summary>It left.</itunes:summary>", declared=MEDIA),
         {"title": "Ferry", "topics": ("sea", "town"), "authors": ("Mara Quist",), "body": "It left."}),
        (atom('<link href="ferry.html"/>', declared='xml:base="https://quay.example/news/" xml:lang="de"'),
         {"url": "https://quay.example/news/ferry.html", "language": "de"}),
        (atom("<updated>2024-05-17T10:00:00Z</updated>", "<author><name>Mara Quist</name></author>"),
         {"authors": ("Mara Quist",), "published_from": "field 'updated'"}),
        (atom('<author><name>Ann Lee</name></author><author><name>Ben Achterberg</name></author>'
              '<category term="s-1" label="Sea"/>', "<author><name>Mara Quist</name></author>"),
         {"authors": ("Ann Lee", "Ben Achterberg"), "topics": ("Sea",)}),
        ('<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Quay Gazette</a:title><a:entry><a:id>urn:q:1</a:id>'
         '<a:title>Ferry</a:title><a:content type="text">It left.</a:content></a:entry></a:feed>',
         {"title": "Ferry", "body": "It left.", "source": "Quay Gazette"}),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Quay Gazette</title><entry><title mode="escaped">Ferry &amp;amp; crew</title>'
         "<issued>2024-05-17T10:00:00Z</issued></entry></feed>", {"title": "Ferry & crew", "published_from": "field 'issued'"}),
        (rss("<title>Ferry & <b>crew</b> sail</title><description>It left <i>again</i>.</description>"),
         {"title": "Ferry & crew sail", "body": "It left again."}),
        (rss("<title>Ferry</title><d:language>fr</d:language>", declared=f'xml:lang="de" {DC}'), {"language": "fr"}),
    ],
    ids=["lone signs", "blanks before", "other prefixes", "undeclared prefixes", "rdf:about", "relative", "guid", "guid that is none",
         "feedburner", "media", "xml:base and xml:lang", "author of the feed", "several authors, label", "prefixed Atom", "Atom 0.3",
         "markup that is not escaped", "language of an entry"],
)  # fmt: skip
def test_oddities_of_feeds(tmp_path: Path, content: str, expected: dict[str, object]) -> None:
    found = list(read(written(tmp_path, content)))
    assert [each for each in found if isinstance(each, BadArticle)] == []
    (ferry,) = [each for each in found if isinstance(each, Article)]
    assert {key: getattr(ferry, key) for key in expected} == expected


def test_feeds_of_ap_say_who_wrote_and_what_was_killed(tmp_path: Path) -> None:
    nitf = "<content><nitf><body><body.head/><body.content><block><p>It left.</p><p>Late.</p></block></body.content></body></nitf></content>"
    said = "<apnm:NewsManagement><apnm:PublishingStatus>Canceled</apnm:PublishingStatus></apnm:NewsManagement>"
    by = "<apcm:ContentMetadata><apcm:ByLine>By Mara Quist</apcm:ByLine></apcm:ContentMetadata>"
    (ferry,) = articles(
        written(tmp_path, atom(nitf + said + by, "<author><name>AP</name></author>"))
    )
    assert (ferry.is_withdrawn, ferry.authors, ferry.body) == (
        True,
        ("Mara Quist",),
        "It left.\n\nLate.",
    )


def test_drafts_of_atom_are_left_out_and_said(tmp_path: Path) -> None:
    draft = '<app:control xmlns:app="http://www.w3.org/2007/app"><app:draft>yes</app:draft></app:control>'
    found = list(read(written(tmp_path, atom(draft))))
    assert [each for each in found if isinstance(each, Article)] == []
    assert any("'draft' was never published" in str(each) for each in found)


@pytest.mark.parametrize("size", range(1, 9))
def test_lone_signs_are_mended_wherever_a_chunk_ends(size: int) -> None:
    mended = feed._Mended(io.StringIO("a & b &amp; c < d <e> AT&T &#3; &"))
    parts = iter(lambda: mended.read(size), "")
    assert "".join(parts) == "a &amp; b &amp; c &lt; d <e> AT&amp;T &#3; &amp;"


@pytest.mark.parametrize("element", ["category", "dc:subject"])
def test_an_element_is_one_topic(tmp_path: Path, element: str) -> None:
    """A name that ends with its first name made two topics."""
    said = [f"<{element}>Roe, Jane</{element}>", f"<{element}>Sea</{element}>"]
    items = "".join(f"<item><title>A {n}</title>{''.join(said[:n])}</item>" for n in range(3))
    path = written(tmp_path, f"<rss><channel>{items}<item><title>B</title><{element}/></item></channel></rss>")  # fmt: skip
    assert [each.topics for each in articles(path)] == [(), ("Roe, Jane",), ("Roe, Jane", "Sea"), ()]  # fmt: skip
    assert not [each for each in read(path) if isinstance(each, Remark) and each.kind == "key not used"]  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "body"),
    [("", "What the film shows."), ("<summary>Better.</summary>", "Better.")],
    ids=["alone", "beside a summary"],
)
def test_what_is_said_of_a_film_is_a_text(tmp_path: Path, summary: str, body: str) -> None:
    """The text of an entry of a video service was passed over with its pictures."""
    group = "<media:group><media:title>Film</media:title><media:description>What the film shows.</media:description></media:group>"
    content = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><entry><title>Film</title>{summary}{group}</entry></feed>'
    assert [each.body for each in articles(written(tmp_path, content))] == [body]


def test_keywords_of_a_feed_are_a_list_by_their_format(tmp_path: Path) -> None:
    item = '<item><title>A</title><media:keywords xmlns:media="http://search.yahoo.com/mrss/">sea, town</media:keywords></item>'
    path = written(tmp_path, f"<rss><channel>{item}</channel></rss>")
    assert [each.topics for each in articles(path)] == [("sea", "town")]
