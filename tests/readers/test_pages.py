"""HTML pages: what counts as title, authors, day, address and text of an article, and what does not."""

from __future__ import annotations

import json

import pytest

from search.model.article import Article
from search.model.remark import Remark
from search.readers.html_body import read_body
from search.readers.html_metadata import read_metadata
from search.readers.html_tree import parsed
from search.readers.opening import read

TEXT = (
    "The lock gate at Merrow was shut on Monday after divers found a crack in its lower hinge, the canal trust said.",
    "Boats that wait below it will be lifted past the gate by crane, which the trust expects to take three days.",
    "Engineers said that the hinge had been due for a check in spring, and that the check was put off twice.",
)
BODY = "".join(f"<p>{text}</p>" for text in TEXT)
CARD = '<div class="box"><h3><a href="/b">Ferry sinks</a></h3><p>By <a rel="author" href="/p/{0}">{0}</a></p><time datetime="{1}">x</time></div>'


def page(
    body: str = "",
    head: str = "<title>Lock gate shut at Merrow</title>",
    heading: str = "<h1>Lock gate shut at Merrow</h1>",
) -> str:
    return (
        f"<html><head>{head}</head><body><article>{heading}{body or BODY}</article></body></html>"
    )


def ld(**values: object) -> str:
    node = {"@context": "https://schema.org", "@type": "NewsArticle", **values}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def article_of(tmp_path, markup: str) -> Article:
    return items_of(tmp_path, markup)[0]


def items_of(tmp_path, markup: str) -> list[Article | Remark]:
    path = tmp_path / "page.html"
    path.write_text(markup, "utf-8")
    items = list(read(path))
    assert isinstance(items[0], Article)
    return items


def metadata_of(markup: str):
    return read_metadata(parsed(markup), markup)[0]


# No field refuses a page


@pytest.mark.parametrize(
    "meta",
    [
        "og:url", "og:title", "og:site_name", "og:locale", "article:section", "article:author", "article:tag",
        "article:published_time", "twitter:title", "twitter:url", "twitter:label1", "author", "date", "news_keywords",
        "content-language",
    ],
)  # fmt: skip
@pytest.mark.parametrize("content", ['content=""', 'content=" "', "", "content"])
def test_meta_without_a_value_costs_nothing(tmp_path, meta, content):
    """Its list of values was empty, and the first of it was asked for."""
    metas = f'<meta property="{meta}" {content}><meta name="{meta}" {content}>'
    article = article_of(tmp_path, page(head=f"<title>Lock gate shut at Merrow</title>{metas}"))
    assert (article.title, article.body) == ("Lock gate shut at Merrow", "\n\n".join(TEXT))


@pytest.mark.parametrize(
    "odd",
    [
        '<link rel=canonical href="http://[::1">',
        '<meta property="og:url" content="https://[x]/">',
        '<script type="application/ld+json">{"@type": ["NewsArticle", 4], "headline": {"@value": 3}, "author": [[[[]]]]}</script>',
        '<script type="application/ld+json">{"@type": "NewsArticle", "@id": 7, "url": [null], "keywords": {"a": [1]}}</script>',
        '<script type="application/ld+json"></script><script type="application/ld+json">null</script>',
        "<time datetime='\N{NULL}'></time><time datetime='9999-99-99T99:99'></time>",
        '<meta name="date" content="&#99999999999;">',
    ],
    ids=["address", "og address", "types", "numbers", "empty", "times", "reference"],
)
def test_odd_metadata_never_costs_the_page(tmp_path, odd):
    article = article_of(tmp_path, page(head=f"<title>Lock gate shut at Merrow</title>{odd}"))
    assert article.title == "Lock gate shut at Merrow"
    assert article.body == "\n\n".join(TEXT)


def test_fault_in_one_field_leaves_the_others(tmp_path, monkeypatch):
    def fails(_sources):
        raise IndexError("odd")

    monkeypatch.setattr("search.readers.html_metadata.day_of_page", fails)
    markup = page(
        head=ld(headline="Lock gate shut", author={"@type": "Person", "name": "Ida Venn"})
    )
    article = article_of(tmp_path, markup)
    assert (article.title, article.authors, article.published) == ("Lock gate shut", ("Ida Venn",), None)  # fmt: skip


# Title


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        ("<title>Lock gate shut - Merrow - Canal Post</title>" '<meta property="og:site_name" content="Canal Post">'
         '<meta property="og:title" content="Lock gate shut">', "<h1>Merrow - Canal Post</h1><h1>Lock gate shut</h1>", "Lock gate shut"),
        ("<title>How a gate broke: the hinge of Merrow</title>" '<meta property="og:title" content="Canal Post">'
         '<link rel=canonical href="https://canal.post/a">', "", "How a gate broke: the hinge of Merrow"),
        ('<title>수문이 닫혔다ㅣ운하일보</title><meta property="og:site_name" content="운하일보">', "", "수문이 닫혔다"),
        ('<title>Gate shut– Canal Post</title><meta property="og:site_name" content="Canal Post">', "", "Gate shut"),
        ('<title>MCB - Gate shut for a week</title><meta property="og:title" content="Gate shut for a week">', "", "Gate shut for a week"),
        ('<title>Gate shut for a week | Canal</title><meta property="og:title" content="Gate shut for a week">',
         "<h1>Transport 3 May Gate shut for a week</h1>", "Gate shut for a week"),
        ('<title>Trust calls gate "a wreck" and leaves</title>' + ld(headline="Trust calls gate "), "", 'Trust calls gate "a wreck" and leaves'),
        ("<title>x</title>" + ld(headline="The trust&amp;#8217;s &amp;quot;wreck&amp;quot;"), "", 'The trust’s "wreck"'),
        ("<title>x</title>" + ld(headline="The <em>Iris</em> sails"), "", "The Iris sails"),
        ("<title>Gate shut</title>" + ld(headline="Gate shut") + '<meta property="og:title" content="Why the gate is shut">', "", "Why the gate is shut"),
        ("<title>Gate shut by trust today</title>" + ld(headline="Gate shut by trust today") + '<meta property="og:title" content="Gate shut by trust">',
         "", "Gate shut by trust today"),
        ("<title>Kenn: Gate shut</title>" + ld(headline="Kenn: Gate shut"), "<h1>Gate shut</h1>", "Kenn: Gate shut"),
        ("<title>Gate shut at Merrow</title>", "<h1>Details</h1>", "Gate shut at Merrow"),
        ("", "<h1></h1><h1>Gate shut</h1>", "Gate shut"),
        ("<title>Ka\N{SOFT HYPHEN}nal zu</title>", "", "Kanal zu"),
    ],
    ids=["section heading", "brand in og", "bar of another script", "dash without a blank", "name in front", "kicker and day in h1",
         "cut at a quotation mark", "encoded twice", "markup", "headline repeats window", "og is shorter", "kicker stays", "h1 shares no word",
         "only h1", "soft hyphen"],
)  # fmt: skip
def test_title(head, heading, title):
    assert metadata_of(page(head=head, heading=heading)).title == title


def test_brand_that_only_the_title_of_the_window_names_is_no_title():
    page = f"<html><title>Lock gate shut at Merrow | Canal Post</title><h1>Canal Post</h1><h2>Lock gate shut at Merrow</h2>{BODY}"
    assert metadata_of(page).title == "Lock gate shut at Merrow"


def test_section_is_no_title():
    head = '<title>Transport</title><meta property="article:section" content="Transport"><meta property="og:title" content="Gate shut">'
    assert metadata_of(page(head=head, heading="<h1>Transport</h1>")).title == "Gate shut"


# JSON-LD


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","headline":"Gate shut","description":"He said "a wreck" and left","datePublished":"2021-03-04","author":{"@type":"Person","name":"Ida Venn"}}',
        '{"@type":"NewsArticle","headline":"Gate shut","datePublished":"2021-03-04","author":[{"@type":"Person","name":"Ida Venn",},],}',
        '{"@type":"NewsArticle","headline":"Gate\tshut","description":"two\nlines","datePublished":"2021-03-04","author":"Ida Venn"}',
        '{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;Gate shut&quot;,&quot;datePublished&quot;:&quot;2021-03-04&quot;,&quot;author&quot;:&quot;Ida Venn&quot;}',
        '[{&#34;@type&#34;:&#34;NewsArticle&#34;,&#34;headline&#34;:&#34;Gate shut&#34;,&#34;datePublished&#34;:&#34;2021-03-04&#34;,&#34;author&#34;:&#34;Ida Venn&#34;}]',
        '{"@type":"NewsArticle","headline":"Gate shut","datePublished":"2021-03-04","author":"Ida Venn"};{"@type":"Thing"}',
        '{"@type":"NewsArticle","headline":"Gate shut","datePublished":"2021-03-04","author":{"name":"Ida Venn"},"image":{"url":"https://a.exam',
        r'{"@type":"NewsArticle","headline":"Gate shut","alternativeHeadline":"It\'s \shut","datePublished":"2021-03-04","author":"Ida Venn"}',
        '<!-- {"@type":"NewsArticle","headline":"Gate shut","datePublished":"2021-03-04","author":{"@type":["Person","Organization"],"name":"Ida Venn"}} -->',
        '{"@type":"NewsArticle","headline":"Gate shut","datePublished":"2021-03-04","creator":["Ida Venn"]}',
        '{"@graph":[{"@type":"WebPage","headline":"Gate shut","datePublished":"2021-03-04","author":{"@id":"#p"}},{"@type":"Person","@id":"#p","name":"Ida Venn"},'
        '{"@type":"Comment","author":{"@type":"Person","name":"Odd Fellow"},"datePublished":"2022-01-01"}]}',
        '{"@graph":[{"@type":"Article","headline":"Gate shut"},{"@type":"WebPage","datePublished":"2021-03-04","author":"Ida Venn"}]}',
    ],
    ids=["unescaped quotes", "loose commas", "control characters", "named references", "numbered references", "two values", "cut",
         "escapes of nothing", "in a comment", "creator", "page only", "page fills in"],
)  # fmt: skip
def test_json_ld(script):
    found = metadata_of(
        page(head=f'<script type="application/ld+json">{script}</script>', heading="")
    )
    assert (found.title, found.authors, str(found.published.at.date())) == ("Gate shut", ("Ida Venn",), "2021-03-04")  # fmt: skip


# Authors and days by where they stand


@pytest.mark.parametrize(
    "beside",
    [
        "<aside>{}</aside>", "<footer>{}</footer>", "<nav>{}</nav>", "<header>{}</header>",
        '<section id="comments">{}</section>', '<div class="related-stories">{}</div>', '<div class="most-read">{}</div>',
        '<article><h2>Ferry sinks</h2>{}</article>',
        '<div class="c"><h3><a href="/b">Ferry sinks</a></h3>{}</div>',
    ],
    ids=["aside", "footer", "nav", "header", "comments", "related", "most read", "another story", "card"],
)  # fmt: skip
@pytest.mark.parametrize(
    "said",
    [
        '<p class="byline">By <a rel="author" href="/p/1">Odd Fellow</a></p>',
        '<span class="author" itemprop="author">Odd Fellow</span>',
    ],
    ids=["link", "itemprop"],
)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_who_stands_beside_the_article_is_no_author_and_no_day(beside, said, first):
    other = beside.format(
        f'{said}<time datetime="2025-01-01T08:00:00Z">x</time><span class="date">2 February 2025</span>'
    )
    own = page(
        heading='<h1>Lock gate shut at Merrow</h1><p class="posted">Published 3 May 2019</p>'
    )
    own = own.replace("<article>", other + "<article>") if first else own.replace("</article>", "</article>" + other)  # fmt: skip
    found = metadata_of(own)
    assert (found.authors, str(found.published.at.date())) == ((), "2019-05-03")


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ('<p class="byline">By Ida Venn and Rolf Marsh</p>', ("Ida Venn", "Rolf Marsh")),
        ('<p>By <a href="/authors/venn">Ida Venn</a></p>', ("Ida Venn",)),
        ("<p>By Ida Venn</p>", ("Ida Venn",)),
        ("<div><span>By</span> <span>Ida Venn</span></div>", ("Ida Venn",)),
        ("<p>By the river the trust has no gate left that anybody would call sound.</p>", ()),
        ('<a rel="author" href="/p/1">Ida Venn</a> <a rel="author" href="/p/1">More Stories</a>', ("Ida Venn",)),
        ("".join(f'<a rel="author" href="/p/{n}">{n} Venn</a>' for n in ("Ida", "Una", "Eda", "Ada", "Oda")), ()),
        ('<p class="byline">Ida Venn Follow</p>', ("Ida Venn",)),
        ('<p class="byline">Ida Venn View all articles by Ida Venn</p>', ("Ida Venn",)),
    ],
    ids=["class", "page of an author", "line", "by on its own", "prose", "more of somebody", "columnists", "follow", "view all"],
)  # fmt: skip
def test_byline_in_the_article(byline, authors):
    assert (
        metadata_of(page(heading=f"<h1>Lock gate shut at Merrow</h1>{byline}")).authors == authors
    )


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("<p><strong>Ida Venn/Rolf Marsh</strong></p>", ("Ida Venn", "Rolf Marsh")),
        ("<p>Ida Venn, Rolf Marsh</p>", ("Ida Venn", "Rolf Marsh")),
        ("<p>… trust has to pay</p><p><em>Ida Venn</em></p>", ("Ida Venn",)),
        ("<p>Harbour Notes</p>", ()),
        ("<p><b>Ida Merrow</b></p>", ()),
        ("<p><b>Ida Venn</b></p><ul><li>Ferry sinks</li></ul>", ()),
        ("<p>Ida Venn</p><p>Rolf Marsh</p>", ()),
        ("<aside><p><b>Ida Venn</b></p><p>Rolf Marsh heard on Monday that the ferry between the islands will not sail again.</p></aside>", ()),
    ],
    ids=["two", "two in plain type", "one", "label", "named in the text", "before a list", "list of names", "beside"],
)  # fmt: skip
def test_line_of_names_before_the_text(line, authors):
    assert metadata_of(page(line + BODY)).authors == authors


def test_later_byline_with_the_same_names_and_more_counts():
    head = ld(headline="Lock gate shut at Merrow", author="Ida Venn")
    byline = '<h1>Lock gate shut at Merrow</h1><p class="byline">Ida Venn, Rolf Marsh</p>'
    assert metadata_of(page(head=head, heading=byline)).authors == ("Ida Venn", "Rolf Marsh")


@pytest.mark.parametrize(
    ("author", "credits"),
    [
        ({"@type": "Organization", "name": "Canal Trust Press"}, [("Canal Trust Press", "organisation")]),
        ([{"@type": "Organization", "name": "Canal Post"}, {"@type": "Organization", "name": "Reuters"}], [("Reuters", "agency")]),
        ([{"@type": "Organization", "name": "Reuters"}, {"@type": "Person", "name": "Ida Venn"}], []),
    ],
    ids=["organisation", "agency before paper", "person before both"],
)  # fmt: skip
def test_organisation_is_credited_where_no_person_is(author, credits):
    found = metadata_of(page(head=ld(headline="Gate shut", author=author)))
    assert [tuple(credit) for credit in found.credits] == credits
    assert bool(found.authors) != bool(credits)


def test_site_is_no_author():
    head = '<title>Gate shut</title><meta name="author" content="Canal Post"><link rel=canonical href="https://canal.post/a/b">'
    assert metadata_of(page(head=head)).authors == ()


def test_label_of_a_card_names_the_author():
    head = '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ida Venn">'
    assert metadata_of(page(head=head)).authors == ("Ida Venn",)


def test_byline_in_the_header_of_the_article_counts():
    markup = f'<header><h1>Gate shut</h1><p class="byline">Ida Venn</p><time datetime="2019-05-03"></time></header><article>{BODY}</article>'
    found = metadata_of(markup)
    assert (found.authors, str(found.published.at.date())) == (("Ida Venn",), "2019-05-03")


@pytest.mark.parametrize(
    "comments",
    ["kommentare", "commentaires", "comentarios", "comentários", "commenti", "reacties", "komentarze", "yorumlar", "comments-area"],
)  # fmt: skip
def test_who_comments_in_any_language_is_no_author_and_no_day(comments):
    comment = f'<div class="{comments}"><b class="author">Ola Nym</b><span class="date">2 February 2020</span><p>Well.</p></div>'
    metadata = metadata_of(
        f"<html><title>Lock gate shut at Merrow</title><main><h1>Lock gate shut at Merrow</h1>{BODY}</main>{comment}"
    )
    assert (metadata.authors, metadata.published) == ((), None)


@pytest.mark.parametrize(
    "above",
    ['<div class="bar"><span class="date">Sunday, 29 November 2026</span></div>', '<div class="sky"><time datetime="2026-11-29">Today</time> 12 C</div>',
     '<div class="staff"><span class="author">Ola Nym</span></div>'],
    ids=["today", "weather", "staff"],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["article", "main", "section"])
def test_what_stands_above_the_article_is_not_of_it(above, tag):
    said = '<p class="posted">Posted 3 May 2021 by Ida Venn</p>'
    whole = f"<html><title>Gate shut</title><body>{above}<{tag}><h1>Gate shut</h1>{{}}{BODY}</{tag}></body></html>"
    assert (metadata_of(whole.format("")).published, metadata_of(whole.format("")).authors) == (
        None,
        (),
    )
    assert metadata_of(whole.format(said)).published.at.year == 2021
    assert metadata_of(whole.format(said)).authors == ("Ida Venn",)


@pytest.mark.parametrize(
    "other",
    ['<blockquote><p>We shall see.</p><cite class="author">Ola Nym</cite></blockquote>',
     '<blockquote><p>It is shut.</p>Ola Nym (@ola) <a href="/t">February 2, 2020</a></blockquote>',
     '<div class="widget-area"><h3>Our authors</h3><a rel="author" href="/a">Ola Nym</a></div>'],
    ids=["quotation", "post", "widgets"],
)  # fmt: skip
def test_who_is_quoted_is_no_author_and_no_day(other):
    metadata = metadata_of(page(f"<p>{TEXT[0]}</p>{other}<p>{TEXT[1]}</p><p>{TEXT[2]}</p>"))
    assert (metadata.authors, metadata.published) == ((), None)


def test_biography_names_its_author_once():
    box = '<div class="author-bio"><h4>Ida Venn</h4><p>Ida Venn covers the canals for this paper.</p></div>'
    assert metadata_of(page(BODY + box)).authors == ("Ida Venn",)


def test_json_ld_of_another_story_is_not_taken():
    other = ld(
        url="https://canal.example/b",
        headline="Ferry sinks off the bar",
        author="Ola Nym",
        datePublished="2001-01-01",
    )
    head = f'<title>Lock gate shut at Merrow</title><link rel="canonical" href="https://canal.example/a">{other}'
    metadata = metadata_of(page(head=head))
    assert (metadata.title, metadata.authors, metadata.published) == (
        "Lock gate shut at Merrow",
        (),
        None,
    )


def test_day_of_a_list_in_json_ld_is_not_taken():
    other = '{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Ferry sinks","datePublished":"2001-01-01"}]}'
    assert (
        metadata_of(page(f'{BODY}<script type="application/ld+json">{other}</script>')).published
        is None
    )


def test_what_a_template_left_is_no_value():
    head = ld(
        headline="{{title}}",
        author={"@type": "Person", "name": "undefined undefined"},
        datePublished="1970-01-01T00:00:00Z",
    )
    metadata = metadata_of(
        page(
            head=f'<title>Lock gate shut at Merrow</title><meta name="author" content="${{author}}">{head}'
        )
    )
    assert (metadata.title, metadata.authors, metadata.published) == (
        "Lock gate shut at Merrow",
        (),
        None,
    )


def test_page_of_tables_without_headings():
    cell = f"<font size=5><b>Lock gate shut at Merrow</b></font><br><i>By Ida Venn, Staff Writer</i><br><i>May 3, 1999</i>{BODY}"
    metadata = metadata_of(
        f"<html><title>Lock gate shut at Merrow</title><table><tr><td><a href=/>Home</a><td>{cell}</table>"
    )
    assert (metadata.authors, str(metadata.published.at)[:10]) == (("Ida Venn",), "1999-05-03")


def test_wrapper_of_the_page_may_be_called_anything():
    markup = (
        f'<div class="related sidebar"><h1>Gate shut</h1><p class="byline">Ida Venn</p>{BODY}</div>'
    )
    assert metadata_of(markup).authors == ("Ida Venn",)


# Day


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ('<abbr itemprop="datePublished" title="2016-03-31T03:55:00Z">3:55</abbr>', "2016-03-31"),
        ('<span itemprop="DATEPUBLISHED" content="2016-03-31">x</span>', "2016-03-31"),
        ('<meta itemprop="datepublished" content="2016-03-31">', "2016-03-31"),
        ('<span property="schema:dateCreated" content="2016-03-31">x</span>', "2016-03-31"),
        ('<span data-utc-time="2016-03-31T10:00:00Z">x</span>', None),
        ('<span class="date" data-utc-time="2016-03-31T10:00:00Z">x</span>', "2016-03-31"),
        ('<time class="updated" datetime="2017-01-01">x</time><time class="published" datetime="2016-03-31">y</time>', "2016-03-31"),
        ('<time datetime="2016-03-31">x</time><time class="entry-date published" datetime="2016-03-30">y</time>', "2016-03-30"),
        ('<time itemprop="dateModified" datetime="2017-01-01">x</time>', None),
        ('<p>Updated <time datetime="2017-01-01">x</time></p>', None),
        ('<p><b>Last modified:</b> <time datetime="2017-01-01">x</time></p>', None),
        ('<p class="date">31 March 2016 | Updated 1 January 2017</p>', "2016-03-31"),
        ('<p class="date">03/04/2016</p><time datetime="2016-04-03T10:00:00Z">x</time>', "2016-04-03"),
        ('<p class="x">31.03.2016</p>', "2016-03-31"),
        ("<p>It was the worst accident since 31 March 2016, when the upper gate at Merrow fell in the canal and two boats sank.</p>", None),
        ('<script>var a = {"first-publication": "2016-03-31 10:00", "last-published": "2017-01-01"};</script>', "2016-03-31"),
        ('<script>a = [{"datePublished": "2016-03-31"}, {"datePublished": "2016-04-01"}];</script>', None),
    ],
    ids=["abbr", "upper case", "lower case", "schema prefix", "attribute alone", "attribute", "updated first", "published is marked", "modified",
         "word before", "word in an element before", "change after it", "vague first", "beside the headline", "prose", "script", "scripts disagree"],
)  # fmt: skip
def test_day(said, day):
    published = metadata_of(page(heading=f"<h1>Lock gate shut at Merrow</h1>{said}")).published
    assert (published and str(published.at.date())) == day


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://canal.example/2024/11/13/gate", "2024-11-13"),
        ("https://canal.example/20241113/gate", "2024-11-13"),
        ("https://canal.example/2024-11-13-gate", "2024-11-13"),
        ("https://canal.example/articles/194709-13-gates", None),
        ("https://canal.example/articles/19470913456/gate", None),
    ],
    ids=["path", "digits", "dashes", "number and thirteen", "longer number"],
)
def test_day_in_the_address(address, day):
    head = f'<title>Gate shut</title><link rel="canonical" href="{address}">'
    published = metadata_of(page(head=head)).published
    assert (published and str(published.at.date())) == day


def test_vague_date_is_kept_and_said(tmp_path):
    items = items_of(tmp_path, page(heading='<h1>Gate shut</h1><p class="date">03/04/2016</p>'))
    assert items[0].published_precision == "year"
    assert [item.kind for item in items[1:]] == ["day order"]
    assert "03/04/2016" in items[1].reason


@pytest.mark.parametrize(
    "shown", ["", "<h1>Lock gate shut at Merrow</h1><p>Subscribe to read."], ids=["nothing", "headline"]
)  # fmt: skip
def test_page_without_day_text_or_language_says_so(shown, tmp_path):
    items = items_of(tmp_path, f"<html><title>Lock gate shut at Merrow</title>{shown}</html>")
    assert [item.kind for item in items[1:]] == ["date", "no text", "language"]


# Saved pages


SINGLEFILE = "<!DOCTYPE html> <html lang=en><!--\n Page saved with SingleFile \n url: {} \n saved date: Thu Nov 14 2024 11:30:54 GMT+0200\n-->"


@pytest.mark.parametrize(
    "comment",
    [
        SINGLEFILE.format("https://www.canal.example/2024/11/13/gate"),
        "<!DOCTYPE html>\n<!-- saved from url=(0041)https://www.canal.example/2024/11/13/gate -->\n<html>",
    ],
    ids=["singlefile", "browser"],
)
def test_address_source_and_day_of_a_saved_page(tmp_path, comment):
    article = article_of(tmp_path, page().replace("<html>", comment))
    assert (article.url, article.source) == ("https://www.canal.example/2024/11/13/gate", "canal.example")  # fmt: skip
    assert (str(article.published.date()), article.published_from) == ("2024-11-13", "url")


def test_saved_day_stands_in_only_where_nothing_else_does_and_says_so(tmp_path):
    markup = page().replace("<html>", SINGLEFILE.format("https://www.canal.example/gate"))
    article, *remarks = items_of(tmp_path, markup)
    assert (str(article.published.date()), article.published_from) == ("2024-11-14", "the day the page was saved")  # fmt: skip
    assert [remark.kind for remark in remarks] == ["date"]


# Topics


@pytest.mark.parametrize(
    ("head", "topics"),
    [
        (ld(headline="x", keywords=["Canals", "Merrow", "canals"]), ("Canals", "Merrow")),
        (ld(headline="x", keywords="Canals, Merrow"), ("Canals", "Merrow")),
        ('<meta property="article:tag" content="Canals"><meta property="article:tag" content="Merrow, Kent">', ("Canals", "Merrow, Kent")),
        ('<meta name="news_keywords" content="Canals,Merrow">', ("Canals", "Merrow")),
    ],
    ids=["list", "text", "tags", "news_keywords"],
)  # fmt: skip
def test_topics(head, topics):
    assert metadata_of(page(head=head)).topics == topics


# Body


def body_of(markup: str) -> str:
    root = parsed(markup)
    return read_body(root, *read_metadata(root, markup)).text


def test_paragraphs_that_are_one_link_each_are_kept():
    linked = "Two lock keepers, Una Brandt and Piet Holm, told the trust in May that the hinge had moved."
    body = f'<p>{TEXT[0]}</p><p><a href="/1"><strong>{linked}</strong></a></p><p>{TEXT[1]}</p><p>{TEXT[2]}</p>'
    assert body_of(page(body)).split("\n\n") == [TEXT[0], linked, *TEXT[1:]]


@pytest.mark.parametrize(
    "beside",
    [
        '<ul class="related-links"><li><a href="/a">Ferry sinks</a></li><li><a href="/b">Bridge closed</a></li></ul>',
        "<figure><img src=x><figcaption>Ferry sinks, photographed by the crew of another boat that passed by.</figcaption></figure>",
        '<aside><p>Ferry sinks, and a tug that came to help it ran aground on the bar the same night.</p></aside>',
        "<p>Advertisement</p>",
        '<p><a href="/a">Ferry sinks</a></p>',
    ],
    ids=["related", "caption", "aside", "advertisement", "teaser"],
)  # fmt: skip
def test_what_is_no_text_of_the_article_is_left_out(beside):
    body = f"<p>{TEXT[0]}</p>{beside}<p>{TEXT[1]}</p><p>{TEXT[2]}</p>"
    assert body_of(page(body)).split("\n\n") == list(TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Lire aussi : Un ferry coule au large</p>", "<h3><a href='/b'>Ferry sinks off the bar</a></h3>",
        "<ul><li>Ferry: <a href='/b'>Ferry sinks off the bar of Merrow</a></li></ul>",
        "<p>The lower gate of the lock in May. © Una Brandt</p>", "<p>***</p>",
        '<div class="newsletter-box"><p>All of our canal news in your inbox, every Friday at noon.</p></div>',
    ],
    ids=["label", "linked heading", "list of links", "caption", "signs", "newsletter"],
)  # fmt: skip
def test_furniture_between_paragraphs_is_left_out(line):
    assert body_of(page(f"<p>{TEXT[0]}</p>{line}<p>{TEXT[1]}</p><p>{TEXT[2]}</p>")).split("\n\n") == list(TEXT)  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["Follow us on Facebook for more.", "Sign up for our letter on canals.", "© Canal Post", "Photos: Una Brandt"],
)  # fmt: skip
def test_furniture_at_the_end_is_left_out(line):
    assert body_of(page(f"{BODY}<p>{line}</p>")).split("\n\n") == list(TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "More than forty boats waited below the gate on Monday, and none of their crews had been told.",
        "Follow the money, the keepers of the lock say when they are asked who put off the check.",
        "Share prices of the crane firm rose on the news, and fell again when the trust denied it.",
        "For more information from the trust the crews had to wait until the end of the week.",
        "Join us or turn back, the crews of forty boats called to those who came up the canal.",
        "Copyright law was never meant for locks, the judge wrote at the end of her long opinion.",
        "Source: close to nothing, the keeper said of the papers that she had never seen.",
        "Click here, says the sign at the gate; there is nobody left who would ring the bell.",
        "Nobody at the lock had ever seen the photo: it hung in an office of the trust, far away!",
        "By Monday the lock was empty, by Tuesday it was dry, and nobody had told the boats.",
        "Sign up for the crane, the trust told them, and wait for three days at the lower gate.",
    ],
    ids=lambda line: line[:12],
)
def test_paragraph_that_begins_as_furniture_does_is_kept(line):
    assert body_of(page(f"{BODY}<p>{line}</p>")).split("\n\n") == [*TEXT, line]
    assert body_of(page(f"<p>{line}</p>{BODY}")).split("\n\n") == [line, *TEXT]


@pytest.mark.parametrize(
    "line",
    ["By Monday the lock was empty", "It was a Monday, and it rained", "It is shut."],
)
def test_short_first_line_is_kept(line):
    assert body_of(page(f"<p>{line}</p>{BODY}")).split("\n\n") == [line, *TEXT]


def test_other_articles_on_the_page_are_no_text_of_this_one():
    other = "<article><h2><a href='/b'>Ferry sinks</a></h2><p>It went down off the bar in the night of Friday, says the coast guard.</p></article>"
    body = f"<html><title>Lock gate shut at Merrow</title>{other}<article><h1>Lock gate shut at Merrow</h1>{BODY}</article>{other}"
    assert body_of(body).split("\n\n") == list(TEXT)


def test_byline_and_headline_are_not_said_to_be_left_out(tmp_path):
    head = '<title>Lock gate shut at Merrow</title><meta name="date" content="2021-03-04">'
    body = f"<p>Posted by Ida Venn on 4 March 2021</p>{BODY}"
    assert items_of(tmp_path, page(body, head))[1:] == []


def test_lines_that_are_left_out_are_said(tmp_path):
    line = "Follow us on the canal and elsewhere for all that happens between the locks of Merrow"
    head = '<title>Lock gate shut at Merrow</title><meta name="date" content="2021-03-04">'
    items = items_of(tmp_path, page(f"{BODY}<p>{line} <a href='/f'>here</a></p>", head))
    assert [(item.kind, line in item.reason) for item in items[1:]] == [("not its text", True)]


@pytest.mark.parametrize(
    ("head", "attributes"),
    [
        ("", ' class="standfirst"'),
        (ld(headline="Lock gate shut at Merrow", description="Boats on the canal have to wait for a crane while the hinge is mended."), ""),
        ('<meta property="og:description" content="Boats on the canal have to wait for a crane while the hinge is mended.">', ""),
    ],
    ids=["class", "json-ld", "og"],
)  # fmt: skip
def test_standfirst_that_the_page_shows_is_part_of_the_text(head, attributes):
    said = "Boats on the canal have to wait for a crane while the hinge is mended."
    heading = f"<header><h1>Lock gate shut at Merrow</h1><div{attributes}>{said}</div></header>"
    assert body_of(page(head=head, heading=heading)).split("\n\n") == [said, *TEXT]


def test_description_that_the_page_does_not_show_is_no_part_of_the_text():
    head = '<meta property="og:description" content="Canals, locks and boats: all the news of Kent from our reporters.">'
    assert body_of(page(head=head)).split("\n\n") == list(TEXT)


def test_text_for_search_engines_tells_what_is_the_articles():
    extra = "Readers can win a weekend on a narrow boat by telling us what they think of this page."
    given = ld(headline="Lock gate shut at Merrow", articleBody=" ".join(TEXT))
    assert body_of(page(f"{BODY}<p>{extra}</p>", head=given)).split("\n\n") == list(TEXT)


def test_text_for_search_engines_that_is_only_a_beginning_cuts_nothing():
    given = ld(headline="Lock gate shut at Merrow", articleBody=TEXT[0])
    assert body_of(page(head=given)).split("\n\n") == list(TEXT)


@pytest.mark.parametrize(
    "given", [" ".join(TEXT), "".join(f"<p>{text}</p>" for text in TEXT)], ids=["text", "markup"]
)
def test_text_that_only_a_script_has_is_read(given):
    script = ld(headline="Lock gate shut at Merrow", articleBody=given)
    assert body_of(f"<html><head>{script}</head><body><div id=app></div></body></html>") == " ".join(TEXT)  # fmt: skip


@pytest.mark.parametrize("outer", ["article", "main", "body"])
def test_paragraphs_of_a_short_article_stay_apart_from_headline_and_byline(tmp_path, outer):
    markup = (
        f"<html><head><title>Lock gate shut</title></head><{outer}><h1>Lock gate shut</h1>"
        "<div class=byline>By Mara Quist</div><p>The lock gate at Merrow is shut until Friday.</p>"
        f"<p>Boats wait below the weir, the keeper said.</p></{outer}></html>"
    )

    assert article_of(tmp_path, markup).body.split("\n\n") == [
        "The lock gate at Merrow is shut until Friday.",
        "Boats wait below the weir, the keeper said.",
    ]


def test_headline_is_not_repeated():
    assert body_of(page()).startswith(TEXT[0])


def test_article_in_an_aside_is_not_taken_out():
    markup = f"<html><body><h1>Lock gate shut at Merrow</h1><aside>{BODY}</aside></body></html>"
    assert body_of(markup).split("\n\n")[-3:] == list(TEXT)
