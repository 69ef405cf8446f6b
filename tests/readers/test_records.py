"""Records of any shape: where the list of articles is, what each key stands for, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article, BadArticle
from search.model.errors import ReadError
from search.model.remark import REMARK_KINDS, Remark
from search.model.settings import Settings
from search.readers import shapes
from search.readers.json_stream import lines_of, object_of, parse
from search.readers.keys import keys_of
from search.readers.markup import plain
from search.readers.opening import read, read_block
from search.readers.options import ReadingOptions
from search.readers.source import Block, Limits
from search.readers.values import list_of
from tests.support.paths import CHECKOUT


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def articles(path: Path) -> list[Article]:
    return [each for each in read(path) if isinstance(each, Article)]


def problems(path: Path) -> list[BadArticle]:
    return [each for each in read(path) if isinstance(each, BadArticle)]


A, B = '{"title": "a"}', '{"title": "b"}'


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ('{"response": {"status": "ok", "results": [<A>, <B>]}}', ["a", "b"]),
        ('{"status": "OK",\n"response": {"meta": {"hits": 2},\n"docs": [<A>,\n<B>], "x": [{"y": 1}]}, "z": {}}', ["a", "b"]),
        ('{"page": 1, "_embedded": {"items": [<A>, <B>]}, "_links": {"items": [{"href": "x"}]}}', ["a", "b"]),
        ('{"took": 1, "hits": {"total": 2, "hits": [<A>, <B>]}}', ["a", "b"]),
        ('{"title": "a", "related": {"items": [<B>]}}', ["a"]),
        ('{"title": "a", "results": ["x", "y"]}', ["a"]),
        ('{"title": "a", "items": [], "text": "x"}', ["a"]),
        ('[<A>, {"title": "b", "data": [<A>]}]', ["a", "b"]),
        ('{"title": "feed", "items": [<A>]}<B>', ["a", "b"]),
    ],
    ids=["guardian", "over lines", "embedded", "hits in hits", "related stories", "list of words", "empty list",
         "list in an element", "an object after it"],
)  # fmt: skip
def test_list_of_articles_is_found(tmp_path: Path, content: str, titles: list[str]) -> None:
    path = written(tmp_path, "a.json", content.replace("<A>", A).replace("<B>", B))
    assert [article.title for article in articles(path)] == titles


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    ("content", "titles", "lines"),
    [
        (f"{A}{B}\n\n  {A}\n", ["a", "b", "a"], []),
        (f"{A}\n{A}, {B},\n{A},\n", ["a", "a", "b", "a"], []),
        (f'{A}{B}{{"title": \n{A}\n', ["a", "b", "a"], [1]),
        (f"\x1e{A}\n\x1e{B}\n", ["a", "b"], []),
    ],
    ids=["batches", "commas", "broken after two", "record separators"],
)
def test_several_values_on_a_line(
    tmp_path: Path, name: str, content: str, titles: list[str], lines: list[int]
) -> None:
    path = written(tmp_path, name, content)
    assert [article.title for article in articles(path)] == titles
    assert [bad.line for bad in problems(path)] == lines


def test_a_list_longer_than_a_record_is_read_as_a_stream(tmp_path: Path) -> None:
    listed = [{"title": str(n), "body": "x" * 1000} for n in range(3000)]
    path = written(tmp_path, "a.json", json.dumps({"response": {"results": listed}}))
    assert len(articles(path)) == 3000


def only(path: Path, **options: object) -> Article:
    (article,) = [
        each
        for each in read(path, options=ReadingOptions(**options))  # type: ignore[arg-type]
        if isinstance(each, Article)
    ]
    return article


def remarks(path: Path, **options: object) -> list[str]:
    found = read(path, options=ReadingOptions(**options))  # type: ignore[arg-type]
    said = [each for each in found if isinstance(each, Remark)]
    return [each.reason for each in said if each.kind != "language"]  # texts here are short


SHAPES = {
    "JSON Feed": (
        {"id": "q1", "url": "https://quay.example/1", "title": "Ferry", "content_html": "<p>One</p><p>Two</p>",
         "date_published": "2024-05-17T10:00:00Z", "date_modified": "2024-06-01T10:00:00Z", "authors": [{"name": "Mara Quist"}], "tags": ["Sea", "Town"]},
        {"title": "Ferry", "body": "One\n\nTwo", "authors": ("Mara Quist",), "topics": ("Sea", "Town"), "day": "2024-05-17"}),
    "news-please": (
        {"authors": ["Mara Quist"], "date_download": "2024-06-01 10:00:00", "date_modify": None, "date_publish": "2024-05-17 10:00:00",
         "description": "Lead", "maintext": "The text.", "source_domain": "quay.example", "title": "Ferry", "url": "https://quay.example/1"},
        {"title": "Ferry", "body": "The text.", "source": "quay.example", "day": "2024-05-17"}),
    "trafilatura": (
        {"title": "Ferry", "author": "Mara Quist; Ben Achterberg", "hostname": "quay.example", "date": "2024-05-17", "fingerprint": "f",
         "id": None, "raw_text": "Raw", "text": "The text.", "filedate": "2024-06-01", "source": "https://quay.example/1",
         "source-hostname": "Quay Gazette", "categories": "Sea;Town", "tags": ""},
        {"source": "Quay Gazette", "url": "https://quay.example/1", "authors": ("Mara Quist", "Ben Achterberg"), "topics": ("Sea", "Town")}),
    "newspaper": (
        {"url": "https://quay.example/1", "source_url": "https://quay.example", "title": "Ferry", "text": "The text.", "authors": ["Mara Quist"],
         "publish_date": "2024-05-17", "top_image": "https://quay.example/a.jpg", "meta_lang": "en", "keywords": ["sea"]},
        {"source": "quay.example", "language": "en", "topics": ("sea",)}),
    "wallabag": (
        {"id": 9, "title": "Ferry", "url": "https://quay.example/1", "content": "<p>The <b>text</b>.</p>", "created_at": "2024-06-01T10:00:00+0000",
         "published_at": None, "published_by": ["Mara Quist"], "is_archived": 0, "domain_name": "quay.example", "reading_time": 1},
        {"authors": ("Mara Quist",), "source": "quay.example", "body": "The text.", "published": None}),
    "Google Reader, FreshRSS, Feedly": (
        {"id": "tag:reader/1", "crawlTimeMsec": "1717200000000", "published": 1715940000, "title": "Ferry", "author": "Mara Quist",
         "canonical": [{"href": "https://quay.example/1"}], "summary": {"content": "<p>The text.</p>"},
         "origin": {"title": "Quay Gazette", "htmlUrl": "https://quay.example"}, "categories": ["user/-/state/com.google/read", "user/-/label/Sea"]},
        {"url": "https://quay.example/1", "source": "Quay Gazette", "body": "The text.", "topics": ("Sea",), "day": "2024-05-17"}),
    "Guardian": (
        {"id": "sea/1", "sectionName": "World", "webTitle": "Ferry", "webUrl": "https://quay.example/1", "webPublicationDate": "2024-05-17T10:00:00Z",
         "fields": {"bodyText": "The text.", "byline": "Mara Quist in Riga and Ben Achterberg"}},
        {"section": "World", "body": "The text.", "authors": ("Mara Quist", "Ben Achterberg"), "day": "2024-05-17"}),
    "NYT": (
        {"_id": "nyt://1", "abstract": "Short", "web_url": "https://quay.example/1", "lead_paragraph": "The text.", "headline": {"main": "Ferry", "kicker": None},
         "byline": {"original": None, "person": [{"firstname": "Mara", "lastname": "Quist"}]}, "pub_date": "2024-05-17T10:00:00+0000",
         "section_name": "World", "source": "Quay Gazette", "keywords": [{"name": "subject", "value": "Ferries"}]},
        {"title": "Ferry", "body": "The text.", "authors": ("Mara Quist",), "topics": ("Ferries",), "source": "Quay Gazette"}),
    "WordPress REST": (
        {"id": 7, "date": "2024-05-17T12:00:00", "date_gmt": "2024-05-17T10:00:00", "modified_gmt": "2024-06-01T10:00:00", "link": "https://quay.example/1",
         "title": {"rendered": "Ferry &#8211; new"}, "content": {"rendered": "<p>The text.</p>", "protected": False}, "author": 3, "categories": [1, 5],
         "_embedded": {"author": [{"id": 3, "name": "Mara Quist"}], "wp:term": [[{"name": "Sea"}], [{"name": "Town"}]]}},
        {"title": "Ferry – new", "body": "The text.", "authors": ("Mara Quist",), "topics": ("Sea", "Town"), "time": "10:00"}),
    "WordPress database": (
        {"ID": 7, "post_author": 3, "post_date": "2024-05-17 10:00:00", "post_date_gmt": "0000-00-00 00:00:00", "post_content": "<p>The text.</p>",
         "post_title": "Ferry", "post_modified": "2024-06-01 10:00:00"},
        {"title": "Ferry", "body": "The text.", "day": "2024-05-17", "authors": ()}),
    "Media Cloud": (
        {"stories_id": 12, "publish_date": "2024-05-17", "title": "Ferry", "url": "https://quay.example/1", "media_name": "Quay Gazette", "media_url": "https://quay.example"},
        {"source": "Quay Gazette", "day": "2024-05-17"}),
    "GDELT": (
        {"url": "https://quay.example/1", "title": "Ferry", "seendate": "20240517T100000Z", "domain": "quay.example", "language": "English"},
        {"source": "quay.example", "time": "10:00"}),
    "ninjs": (
        {"uri": "urn:newsml:quay:1", "type": "text", "versioncreated": "2024-06-01T10:00:00Z", "firstcreated": "2024-05-17T10:00:00Z", "byline": "Mara Quist",
         "headline": "Ferry", "body_text": "The text.", "subject": [{"code": "1", "name": "Sea"}]},
        {"title": "Ferry", "body": "The text.", "topics": ("Sea",), "day": "2024-05-17"}),
    "NITF": (
        {"hl1": "Ferry", "body.content": "The text.", "byline": "By Mara Quist", "date.issue": "2024-05-17T10:00:00Z", "doc-id": "qw:1",
         "distributor": "Quay Wire", "management-status": "usable", "subjects": ["Sea"], "lang": "en"},
        {"title": "Ferry", "body": "The text.", "authors": ("Mara Quist",), "source": "Quay Wire", "topics": ("Sea",)}),
    "NewsML-G2": (
        {"guid": "urn:newsml:quay:1", "versionCreated": "2024-06-01T10:00:00Z", "firstCreated": "2024-05-17T10:00:00Z", "headline": "Ferry",
         "contentSet": "The text.", "creator": ["Mara Quist"], "provider": "Quay Wire", "pubStatus": "usable"},
        {"title": "Ferry", "body": "The text.", "authors": ("Mara Quist",), "day": "2024-05-17", "source": "Quay Wire"}),
    "NewsML 1.x": (
        {"NewsItemId": "urn:newsml:quay:1", "ThisRevisionCreated": "2024-06-01T10:00:00Z", "FirstCreated": "2024-05-17T10:00:00Z",
         "HeadLine": "Ferry", "DataContent": "The text.", "ByLine": "Mara Quist", "Provider": "QW", "KeywordLine": ["Sea"]},
        {"title": "Ferry", "body": "The text.", "authors": ("Mara Quist",), "day": "2024-05-17", "topics": ("Sea",)}),
    "Atom": (
        {"feed title": "Quay Gazette", "id": "urn:q:1", "title": "Ferry", "updated": "2024-05-17T10:00:00Z", "content": "<p>The text.</p>"},
        {"title": "Ferry", "body": "The text.", "day": "2024-05-17", "source": "Quay Gazette"}),
    "Event Registry": (
        {"uri": "812345", "lang": "eng", "date": "2024-05-17", "dateTimePub": "2024-05-17T10:00:00Z", "url": "https://quay.example/1", "title": "Ferry",
         "body": "The text.", "source": {"uri": "quay.example", "title": "Quay Gazette"}, "authors": [{"name": "Mara Quist"}]},
        {"source": "Quay Gazette", "authors": ("Mara Quist",), "time": "10:00"}),
    "posts": (
        {"created_at": "2024-05-17T10:00:00Z", "id": 1791234567890123456, "text": "The ferry left.", "source": "<a href='x'>App</a>",
         "user": {"name": "Mara Quist", "screen_name": "mq"}, "entities": {"hashtags": [{"text": "ferry"}]}},
        {"title": "The ferry left.", "authors": ("Mara Quist",), "source": "", "topics": ("ferry",), "article_id": "1791234567890123456"}),
    "schema.org": (
        {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Ferry", "articleBody": "The text.", "datePublished": "2024-05-17",
         "dateModified": "2024-06-01", "author": {"@type": "Person", "name": "Mara Quist"}, "publisher": {"@type": "Organization", "name": "Quay Gazette"},
         "articleSection": "World", "keywords": "sea, town", "mainEntityOfPage": {"@id": "https://quay.example/1"}},
        {"body": "The text.", "authors": ("Mara Quist",), "source": "Quay Gazette", "section": "World", "topics": ("sea", "town"),
         "url": "https://quay.example/1", "day": "2024-05-17"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_known_shape(tmp_path: Path, name: str) -> None:
    record, expected = SHAPES[name]
    assert keys_of(record).shape == name
    article = only(written(tmp_path, "a.jsonl", json.dumps(record)))
    found = {
        "day": article.published and article.published.date().isoformat(),
        "time": article.published and article.published.strftime("%H:%M"),
        **{key: getattr(article, key) for key in expected if key not in ("day", "time")},
    }
    assert {key: found[key] for key in expected} == expected


def test_every_shape_has_a_sample_and_is_documented() -> None:
    docs = (CHECKOUT / "docs" / "readers.md").read_text("utf-8")
    assert [shape.name for shape in shapes.SHAPES] == list(SHAPES)
    assert [name for name in SHAPES if name not in docs] == []


def test_shape_as_columns_of_a_table(tmp_path: Path) -> None:
    """pandas writes nested keys with dots between them."""
    header = "webTitle,webPublicationDate,fields.bodyText,fields.byline"
    path = written(
        tmp_path, "a.csv", f"{header}\nFerry,2024-05-17T10:00:00Z,The text.,Mara Quist\n"
    )
    article = only(path)
    assert (article.title, article.body, article.authors) == ("Ferry", "The text.", ("Mara Quist",))


def test_articles_of_a_graph(tmp_path: Path) -> None:
    graph = [{"@type": "WebSite", "name": "Quay"}, {"@type": "NewsArticle", "headline": "Ferry"}]
    path = written(tmp_path, "a.json", json.dumps({"@context": "x", "@graph": graph}))
    assert only(path).title == "Ferry"
    assert remarks(path) == ["an object of type 'WebSite' is no article"]


def test_record_in_an_envelope(tmp_path: Path) -> None:
    record = {"_index": "news", "_id": "q-1", "_source": {"title": "Ferry", "body": "The text."}}
    article = only(written(tmp_path, "a.jsonl", json.dumps(record)))
    assert (article.article_id, article.title, article.body) == ("q-1", "Ferry", "The text.")


@pytest.mark.parametrize(
    "header",
    [
        "Überschrift;Autor;Datum;Zeitung;Inhalt", "Titre;Auteur;Date de publication;Journal;Texte",
        "Título;Autor;Fecha;Periódico;Contenido", "titolo;autore;data;giornale;testo", "Manchete;Autor;Data;Jornal;Texto",
        "Kop;Auteur;Datum;Krant;Tekst", "Tytuł;Autor;Data publikacji;Gazeta;Treść", "Заголовок;Автор;Дата;Источник;Текст",
        "Заголовок;Автор;Дата;Джерело;Текст", "Titlu;Autor;Data;Ziar;Conținut", "BAŞLIK;YAZAR;TARİH;GAZETE;METİN",
        "Rubrik;Författare;Datum;Tidning;Brödtext", "Titulek;Autor;Datum;Zdroj;Text", "Headline;Reporter;Date;Paper;Story",
    ],
    ids=["de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "ro", "tr", "sv", "cs", "en"],
)  # fmt: skip
def test_header_words(tmp_path: Path, header: str) -> None:
    path = written(
        tmp_path, "a.csv", f"{header}\nFerry;Mara Quist;17.05.2024;Quay Gazette;The text.\n"
    )
    article = only(path)
    assert (article.title, article.body, article.source) == ("Ferry", "The text.", "Quay Gazette")
    assert article.authors == ("Mara Quist",)
    assert article.published is not None
    assert article.published.date().isoformat() == "2024-05-17"
    assert remarks(path) == []


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('id,title,body\nq-1,"Ferry","She said \\"hi\\", and left"\nq-2,Plain,x\n', ['She said "hi", and left', "x"]),
        ('id,title,body\nq-1,"Ferry","C:\\\\new \\"a\\"\\nend"\nq-2,"b",\\N\n', ['C:\\new "a"\nend', ""]),
        ('id,title,body\nq-1,Ferry,"C:\\new"\nq-2,"a ""b""","x\\"\n', ["C:\\new", "x\\"]),
        ("sep=;\nid;title;body\nq-1;Ferry, new;x\n", ["x"]),
        ("\ufeffSEP=,\r\nid,title,body\r\nq-1,Ferry,x\r\n", ["x"]),
        ('"sep=|"\nid|title|body\nq-1|Ferry|a;b\n', ["a;b"]),
    ],
    ids=["escaped marks", "escaped letters", "backslashes of a text", "sep", "SEP", "sep in marks"],
)  # fmt: skip
def test_layouts_of_csv(tmp_path: Path, content: str, texts: list[str]) -> None:
    path = written(tmp_path, "a.csv", content)
    assert problems(path) == []
    assert [article.body for article in articles(path)] == texts


@pytest.mark.parametrize(
    ("cell", "authors"),
    [
        ("\"['Mara Quist', 'Ben O\\'Hara']\"", ("Mara Quist", "Ben O'Hara")),
        ('"[""Mara Quist""]"', ("Mara Quist",)),
        ("\"('Mara Quist',)\"", ("Mara Quist",)),
        ("\"[{'name': 'Mara Quist'}]\"", ("Mara Quist",)),
        ('"{""Mara Quist"",""Ben Achterberg""}"', ("Mara Quist", "Ben Achterberg")),
        ("[]", ()), ("nan", ()), ("None", ()), ("NULL", ()), ("\\N", ()), ("N/A", ()), ("NaT", ()),
    ],
    ids=["python", "json", "tuple", "objects", "postgres", "empty", "nan", "None", "NULL", "\\N", "N/A", "NaT"],
)  # fmt: skip
def test_lists_and_nothing_in_a_cell(tmp_path: Path, cell: str, authors: tuple[str, ...]) -> None:
    article = only(written(tmp_path, "a.csv", f"title,authors,source\nFerry,{cell},nan\n"))
    assert (article.authors, article.source) == (authors, "")


def test_words_for_nothing_may_be_titles_where_json_has_a_null(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"title": "None", "source": "NaN", "body": NaN}')
    article = only(path)
    assert (article.title, article.source, article.body) == ("None", "", "")


def test_keys_that_gave_nothing_are_said_once_with_what_they_might_be(tmp_path: Path) -> None:
    record = {
        "title": "Ferry", "text": "x", "papername": "Quay Gazette", "wer": "Mara Quist", "wo": "https://quay.example/1",
        "wann": "17 May 2024", "updated_at": "2024-06-01", "summary": "Short.", "n": 0, "empty": "", "nothing": None,
    }  # fmt: skip
    path = written(tmp_path, "a.jsonl", f"{json.dumps(record)}\n" * 3)
    assert remarks(path) == [
        "key 'papername' was not used; by its name it might be the source: --map source=papername",
        "key 'wer' was not used; by its value it might be the authors: --map authors=wer",
        "key 'wo' was not used; by its value it might be the url: --map url=wo",
        "key 'wann' was not used; by its value it might be the date: --map published=wann",
        "key 'updated_at' was not used: it is the date of a change",
        "key 'n' was not used",
        "key 'summary' was not used for the body: 'text' gave it",
    ]
    assert {each.times for each in read(path) if isinstance(each, Remark)} == {3}


def test_a_column_that_only_numbers_rows_or_is_named_twice(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ",title,author,author\n0,Ferry,Mara Quist,Ben Achterberg\n")
    assert only(path).authors == ("Mara Quist",)
    assert remarks(path) == ["key 'author (2)' was not used for the authors: 'author' gave it"]


def test_a_second_column_of_the_same_name_counts_where_the_first_is_empty(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "title,text,text,date,date\nFerry,,It left.,,2024-05-17\n")
    article = only(path)
    assert article.body == "It left."
    assert article.published_from == "field 'date (2)'"
    assert remarks(path) == []


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("Titre de l'article", "title"), ("Titre de l’article", "title"), ("Auteur(s)", "authors"), ("Autor/in", "authors"),
        ("Verfasser*", "authors"), ("Texte intégral", "body"), ("Cuerpo de la noticia", "body"), ("testo articolo", "body"),
        ("Treść artykułu", "body"), ("Текст статьи", "body"), ("Текст новини", "body"), ("Titlu articol", "title"),
        ("Text des Artikels", "body"), ("DocumentURL", "url"), ("Date (UTC)", "published"), ("dc:subject", "topics"),
        ("正文", "body"), ("見出し", "title"), ("العنوان", "title"), ("제목", "title"),
        ("article_type", ""), ("newsletter", ""), ("website", ""), ("content/type", ""), ("item", ""), ("article_count", ""),
    ],
)  # fmt: skip
def test_a_heading_of_several_words_is_known_by_the_one_that_counts(header: str, part: str) -> None:
    assert shapes.part_of(header) == part


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            {"text": {"x": {"y": "z"}}},
            ["key 'text' was not used: it was not understood as the body"],
        ),
        (
            {"author": {"id": "a3"}},
            ["key 'author' was not used: it was not understood as the authors"],
        ),
        ({"tags": [4, 5]}, ["key 'tags' was not used: it was not understood as the topics"]),
        ({"section": " ", "url": "", "author": None}, []),
        ({"category": "Sea"}, []),
        ({"authors": {"0": {"name": "Mara Quist"}}}, []),
    ],
    ids=["body", "authors", "topics", "empty", "section that may be a topic", "authors by number"],
)
def test_the_only_key_of_a_part_that_gave_nothing_is_said(
    tmp_path: Path, record: dict[str, object], said: list[str]
) -> None:
    assert remarks(written(tmp_path, "a.json", json.dumps([{"title": "Ferry", **record}]))) == said


def test_lines_above_the_names_of_the_columns_are_left_out_and_said(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.csv",
        "Export, of 17 May\nQuery: sea\n\ntitle;date;text\nFerry;2024-05-17;It left.\n",
    )
    assert only(path).body == "It left."
    assert remarks(path) == ["is above the names of the columns"]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('title\ttext\n"No" says the mayor\tHe said "no"\n5" pipe\tx "y" 6"\n', ['"No" says the mayor', 'He said "no"', '5" pipe', 'x "y" 6"']),
        ('title,text\n"No" says the mayor,He said no\n', ['"No" says the mayor', "He said no"]),
        ('title\ttext\tx\n"No" he said\tOne\\nTwo\\tTab \\\\ x\t\\N\nAn "open\tText\t1\n', ['"No" he said', "One\nTwo\tTab \\ x", 'An "open', "Text"]),
        ('title\ttext\n"a ""b"" c"\t"x\ny"\n', ['a "b" c', "x\ny"]),
    ],
    ids=["tsv", "csv", "dump of a database", "quoted"],
)  # fmt: skip
def test_quotation_marks_of_a_text_stay(tmp_path: Path, content: str, texts: list[str]) -> None:
    found = articles(written(tmp_path, "a.tsv", content))
    assert [text for article in found for text in (article.title, article.body)] == texts


def test_refusal_names_the_keys(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", '[{"Gedöns": "x", "foo bar": 1}]')
    (bad,) = problems(path)
    assert remarks(path) == []
    assert "Gedöns, foo bar" in bad.reason
    assert bad.reason.endswith("--map title='Gedöns'")


def test_an_entry_without_words_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"id": "q-1", "date": "2024-01-01"}')
    assert only(path).title == ""
    assert remarks(path) == ["is kept by its id and date, without a title or a text"]


@pytest.mark.parametrize(
    ("mapped", "record", "expected"),
    [
        ((("title", "Wat"),), {"Wat": "Ferry", "title": "Other"}, "Ferry"),
        ((("title", "wat"),), {"WAT ": "Ferry"}, "Ferry"),
        ((("title", "a.b.c"),), {"a": {"B": [{"c": "Ferry"}]}}, "Ferry"),
        ((("title", "a.b"),), {"a.b": "Ferry", "a": {"b": "Other"}}, "Ferry"),
        ((("title", "x"), ("title", "y")), {"x": "", "y": "Ferry"}, "Ferry"),
        ((("title", "x"),), {"x": "", "title": "Ferry"}, "Ferry"),
        ((("source", "title"),), {"title": "Gazette", "headline": "Ferry"}, "Ferry"),
    ],
    ids=["before what is known", "case", "path", "key with a dot", "two keys", "empty", "taken from another part"],
)  # fmt: skip
def test_map_says_which_key_is_which_part(
    tmp_path: Path, mapped: tuple[tuple[str, str], ...], record: dict[str, object], expected: str
) -> None:
    assert only(written(tmp_path, "a.jsonl", json.dumps(record)), mapped=mapped).title == expected


def test_map_names_a_column_that_is_not_there(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "Wat,Wer\nFerry,Mara Quist\n")
    assert only(path, mapped=(("title", "Wat"), ("authors", "Wer"))).authors == ("Mara Quist",)
    assert remarks(path, mapped=(("title", "Wat"), ("authors", "Werr"))) == [
        "key 'Wer' was not used; by its value it might be the authors: --map authors=Wer",
        "there is no key 'Werr', which --map authors names",
    ]


def test_a_csv_without_names_says_what_its_first_row_has(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError, match=r"'Ferry', 'Mara Quist', 'It left.'; the first row must name the columns"
    ):
        list(read(written(tmp_path, "a.csv", "Ferry;Mara Quist;It left.\nBridge;Ben;It opened.\n")))


def test_a_csv_without_names_is_read_by_the_numbers_of_its_columns(tmp_path: Path) -> None:
    row = "{n};2024-05-1{n};The ferry number {n} has left;https://quay.example/{n}\n"
    path = written(tmp_path, "a.csv", row.format(n=1) + row.format(n=2))
    with pytest.raises(ReadError, match="--map published=2 --map title=3 --map url=4"):
        list(read(path))
    options = ReadingOptions(mapped=(("title", "3"), ("published", "2")))
    found = [each for each in read(path, options=options) if isinstance(each, Article)]
    assert [article.title[-10:] for article in found] == ["1 has left", "2 has left"]
    assert all(article.published for article in found)


def test_lists_and_names_that_fail_late_fail_fast(tmp_path: Path) -> None:
    # Read by trying every beginning, each would take minutes.
    assert list_of("['" + "\\'" * 9000 + "]") is None
    assert list_of('["' + '\\"' * 9000 + "]") is None
    assert shapes.resembles("x" * 100_000) == ""
    hostile = ('<a "' * 100_000, "<p><!--" * 100_000, "<p><script>" * 100_000, "&#1" * 100_000)
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"title": "a", "text": each}) + "\n" for each in hostile))
    assert len(articles(path)) == len(hostile)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("x <b and c> y", "x <b and c> y"),
        ("use <name> &c, R&D, AT&T", "use <name> &c, R&D, AT&T"),
        ("Caf&eacute; &#8211; AT&amp;T &copy", "Café – AT&T &copy"),
        ("<p>One<br>two</p>\n<div>Three <b>and</b> <name></div>", "One\ntwo\n\nThree and <name>"),
        ("One<br/><br/>Two", "One\n\nTwo"),
        ('<p title="a > b">One</p><!-- no --><script>no()</script><style>no</style><p>Two</p>', "One\n\nTwo"),
        ("&lt;p&gt;One &amp;amp; two&lt;/p&gt;&lt;p&gt;Three&lt;/p&gt;", "One & two\n\nThree"),
        ("<p>Write &lt;b&gt; here</p>", "Write <b> here"),
        ("<ul><li>One</li><li>Two</li></ul>", "One\n\nTwo"),
        ("<![CDATA[<p>One</p>]]>", "One"),
        ('One <em>a</em>.\n\nTwo.\r\n\r\nThree <a href="x">b</a>,\nfour', "One a.\n\nTwo.\n\nThree b,\nfour"),
        ("<h2>Head</h2>\nOne\ntwo.\n\nThree <em>b</em>.", "Head\n\nOne two.\n\nThree b."),
        ("<p>One\n\ntwo</p>\n\n<p>Three</p>", "One two\n\nThree"),
    ],
    ids=["less than", "like a tag", "names", "references", "blocks", "breaks", "unseen", "escaped", "about tags", "list", "cdata",
         "typed", "typed with headings", "lines of a source"],
)  # fmt: skip
def test_markup_in_a_field(markup: str, text: str) -> None:
    assert plain(markup, paragraphs=True) == text


@pytest.mark.parametrize(
    "content",
    [
        '{"title": {"0": "a", "1": "b"}, "text": {"0": "x", "1": null}}',
        '{"0": <A>, "1": <B>}',
        '{"-Nx1": <A>, "-Nx2": <B>}',
        '{"columns": ["title", "n"], "index": [0, 1], "data": [["a", 1], ["b", 2]]}',
        '{"data": {"page": {"articles": [<A>, <B>]}}}',
        '{"data": {"posts": {"edges": [{"node": <A>}, {"node": <B>}]}}}',
        '{"kind": "Listing", "data": {"children": [{"kind": "t3", "data": <A>}, {"kind": "t3", "data": <B>}]}}',
        '{"db": [{"meta": {"v": 1}, "data": {"tags": [{"name": "sea"}], "posts": [{"title": "a", "html": "x"}, <B>]}}]}',
    ],
    ids=["columns", "rows", "rows by id", "split", "deep", "edges", "listing", "database"],
)  # fmt: skip
def test_records_are_found_in_tables_and_deep_objects(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "a.json", content.replace("<A>", A).replace("<B>", B))
    assert [article.title for article in articles(path)] == ["a", "b"]
    assert len({article.article_id for article in articles(path)}) == 2
    assert problems(path) == []


@pytest.mark.parametrize(
    "content",
    [
        '{"id": 7, "meta": {"related": [<A>]}}',
        '{"url": "https://quay.example/1", "more": {"stories": {"list": [<A>]}}}',
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Quay"}}]}',
    ],
    ids=["record with an id", "record with an address", "places"],
)
def test_lists_in_a_record_without_words_are_not_its_articles(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "a.json", content.replace("<A>", A))
    assert articles(path) == []
    assert len(problems(path)) == 1


def test_a_name_alone_is_no_headline(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.json",
        '[{"name": "pear", "price": 2}, {"name": "Ferry", "date": "2024-05-17"}]',
    )
    assert [article.title for article in articles(path)] == ["Ferry"]
    assert "--map title=name" in problems(path)[0].reason
    assert (
        only(written(tmp_path, "b.csv", "name,price\npear,2\n"), mapped=(("title", "name"),)).title
        == "pear"
    )


def test_values_over_several_lines_after_a_line_of_them(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", A + B + '\n{"title": "c",\n"text": "x"}\n')
    assert [article.title for article in articles(path)] == ["a", "b", "c"]
    path = written(tmp_path, "b.json", A + '\n{"title": "c",\n"text": "x"}\n')
    assert [article.title for article in articles(path)] == ["a", "c"]


def test_json_feed_gives_its_items_its_title_and_language(tmp_path: Path) -> None:
    item = '{"id": "https://quay.example/1", "title": "Ferry", "content_html": "<p>It left.</p>", "date_published": "2024-05-17"}'
    feed = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Quay Gazette", "language": "de-DE", "items": [{item}, {item}]}}'
    for article in articles(written(tmp_path, "a.json", feed)):
        assert (article.source, article.language) == ("Quay Gazette", "de")


def test_of_a_table_of_wordpress_what_was_published_is_read(tmp_path: Path) -> None:
    rows = (
        "1,Ferry,It left.,publish,post",
        "2,Ferry,It le,inherit,revision",
        "3,Plan,No,draft,post",
    )
    content = "ID,post_title,post_content,post_status,post_type\n" + "\n".join(rows)
    path = written(tmp_path, "a.csv", content)
    assert [article.body for article in articles(path)] == ["It left."]
    assert [bad.reason for bad in problems(path)] == [
        "a row of type 'revision' is no article",
        "its status is 'draft': it was never published",
    ]


def test_a_key_is_used_that_only_some_of_its_elements_gave(tmp_path: Path) -> None:
    tags = [{"type": "keyword", "webTitle": "Sea"}, {"type": "tone", "webTitle": "News"}]
    record = {"webTitle": "Ferry", "webPublicationDate": "2024-05-17T10:00:00Z", "tags": tags}
    path = written(tmp_path, "a.json", json.dumps([record]))
    assert only(path).topics == ("Sea",)
    assert remarks(path) == []


def test_a_text_that_its_service_cut_is_said(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.json", '[{"title": "Ferry", "content": "It left the… [+1234 chars]"}]'
    )
    assert "ends with the number of characters that are left out" in remarks(path)
    assert {each.kind for each in read(path) if isinstance(each, Remark)} <= set(REMARK_KINDS)


@pytest.mark.parametrize(
    "value",
    [
        [{"fullName": "Ada Brook"}, {"firstName": "Bo", "lastName": "Dale"}],
        [{"by": "By ADA BROOK", "title": "Quay Wire"}, {"by": "Bo Dale", "title": "Staff Writer"}],
        {"0": "Ada Brook", "1": "Bo Dale"},
    ],
    ids=["whole and in parts", "with titles", "numbered"],
)
def test_authors_in_objects(tmp_path: Path, value: object) -> None:
    path = written(
        tmp_path, "a.jsonl", json.dumps({"title": "T", "text": "Some text.", "authors": value})
    )
    assert [each.authors for each in articles(path)] == [("Ada Brook", "Bo Dale")]


def test_an_author_whose_name_has_no_known_key_is_said(tmp_path: Path) -> None:
    record = {"title": "T", "text": "Some text.", "language": "en"}
    record |= {"authors": [{"who": "Ada Brook", "mail": "a@quay.example"}, {"name": "Bo Dale"}]}
    path = written(tmp_path, "a.jsonl", json.dumps(record))
    assert [each.authors for each in articles(path)] == [("Bo Dale",)]
    assert remarks(path) == [
        "key 'authors' has an author with no key that is known for a name: who, mail"
    ]


def test_of_a_list_of_all_authors_the_first_are_kept_and_it_is_said(tmp_path: Path) -> None:
    authors = [f"Ada {'abcdefghij'[number % 10]}rook" for number in range(5_000)]
    record = {"title": "T", "text": "Some text.", "language": "en", "authors": authors}
    path = written(tmp_path, "a.jsonl", json.dumps(record))
    assert remarks(path) == ["has 5,000 authors; the first 1,000 are kept"]


@pytest.mark.parametrize(
    "end",
    ["<b>x</b>", "<br>", "<IMG src=x>", "<P>x", "<hr/>"],
    ids=["pair", "break", "picture", "paragraph", "rule"],
)
def test_markup_is_found_after_any_number_of_brackets(end: str) -> None:
    for brackets in (0, 1, 5, 99, 100, 101, 300):
        before = "One " + "<BHP> 3 <5 " * brackets
        left = "x" * end.endswith(("x", "</b>"))
        assert plain(before + end).split() == (before + left).split()


@given(st.lists(st.sampled_from([A, " ", "\t", "", '"x"', " " + B, "\ufeff"])), st.integers(1, 9))
def test_lines_of_a_block_are_those_between_line_feeds(lines: list[str], first: int) -> None:
    expected = [(n, line.strip(" \t\ufeff")) for n, line in enumerate(lines, first)]
    assert list(lines_of("\n".join(lines), first)) == [each for each in expected if each[1]]


def test_a_million_blank_lines_of_a_block_are_passed_over_at_once() -> None:
    assert list(lines_of("\n" * 1_000_000 + A, 1)) == [(1_000_001, A)]
    assert list(lines_of(A + "\r\n" * 1_000_000, 1)) == [(1, A)]


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([A, B, "1", "{", "}", ",", " ", '"x"', "1" * 5000])).map("".join),
    )
)
def test_object_of_a_line_is_what_parsing_it_gives(line: str) -> None:
    line = line.strip()
    value = parse(line, 1).value
    assert object_of(line) == (value if isinstance(value, dict) else None)


#: Values of a record, of which most take the quick ways of reading them and some do not.
VALUES = {
    "published": st.sampled_from(
        ["2024-05-17", "2024-05-17T10:00:00Z", " 2024-05-17 10:00:00 ", "2024-05-17T00:00:00", "2024-13-17",
         "2024-05-17T23:30:00-05:00", "0999-01-01", "9999-12-31T23:59:59-10:00", "17 May 2024", "3/4/2024", "", 1715940000, None]
    ),
    "source": st.sampled_from(
        ["Shore Line", " Shore Line ", "https://shore.example/a", "www.shore.example", "", "NaN", ["Shore"], {"name": "Shore"}, 5]
    ),
    "authors": st.sampled_from(
        [["Ida Noor"], ["Ida Noor", "Ben Roth"], ["Ida Noor", "IDA NOOR"], ["Shore Line"], ["Ida Noor and Ben Roth"], [" Ida Noor"],
         [], "By Ida Noor", ["Ida Noor", 3], [{"name": "Ida Noor"}], ["x" * 500], ["Photos by Cy Fox"]]
    ),
    "title": st.sampled_from(["Ferry", "", "Ferry <SHR>", "<b>Ferry</b>", "null", "&amp;", "Ferry \ud800"]),
    "text": st.sampled_from(["It left.", "", "It <left>.", "<p>It left.</p>", ["It", "left."], " [+12 chars]", "It \udfff"]),
    "id": st.sampled_from(["a1", "17", "17.0", "x y", "", 17]),
    "url": st.sampled_from(["", "https://shore.example/a?utm_source=x", "https://shore.example/2024/05/12/a"]),
    "language": st.sampled_from(["en", "", "English", "zz", 3]),
    "section": st.sampled_from(["", "Sea", "5", ["Sea"]]),
    "tags": st.sampled_from([[], ["Sea", "sea"], "Sea, Ice", ""]),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_a_value_gives_the_same_beside_a_second_key_without_one(record: dict[str, object]) -> None:
    """Beside another key a date takes the long way, to the same article."""

    def read_as(record: dict[str, object]) -> list[object]:
        block = Block(1, json.dumps(record).encode())
        return [
            each for each in read_block("a.jsonl", Limits.of(Settings()), block)
            if not isinstance(each, Remark) or each.kind != "key not used"
        ]  # fmt: skip

    spare = {"publication_date": None, "dateline_date": "", "author": None, "publisher": None}
    plainly, beside = read_as(record), read_as({**record, **spare})
    assert [each for each in beside if isinstance(each, Article)] == [
        each for each in plainly if isinstance(each, Article)
    ]
