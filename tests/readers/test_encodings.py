"""Encodings: what a label means, what a text declares, what is guessed, and what is said of bytes that do not fit."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.article import Article
from search.model.errors import ReadError
from search.model.remark import Remark
from search.readers.encodings import (
    Decoder,
    declared,
    decoded,
    encoding_named,
    encoding_of,
)
from search.readers.opening import opened, read
from search.readers.options import ReadingOptions
from search.readers.source import Limits

CZECH = "Žluťoučký kůň přešel řeku u přístavu"


@pytest.mark.parametrize(
    ("label", "content", "text"),
    [
        ("iso-8859-1", b"\x93last\x94 \x80", "“last” €"),
        ("us-ascii", b"\x97", "—"),
        (" Latin1\n", b"\xe9\x85", "é…"),
        ("latin-1", b"\x92", "’"),
        ("x-user-defined", b"\x92", "’"),
        ("iso-8859-9", b"\xdd\xfe\x92", "İş’"),
        ("tis-620", b"\xa1\x85", "ก…"),
        ("gb2312", "镕喆堃".encode("gbk") + b"\x80", "镕喆堃€"),
        ("GBK", b"\x81\x30\x81\x30", "\x80"),
        ("gb18030", b"\xa8\xbc\xa6\xd9", "ḿ︐"),
        ("shift_jis", "髙橋①".encode("cp932"), "髙橋①"),
        ("sjis", b"\x81\x60", "～"),
        ("euc-jp", b"\xad\xa1\xfc\xe2\xa1\xc1\xb9\xc1", "①髙～港"),
        ("iso-2022-jp", b"\x1b$B-!9A\x1b(B.", "①港."),
        ("euc-kr", "똠펲".encode("cp949"), "똠펲"),
        ("ks_c_5601-1987", "똠펲".encode("cp949"), "똠펲"),
        ("big5", b"\xa3\xe1\x87\x6a\xa1\x45", "€" + b"\x87\x6a".decode("big5hkscs") + "‧"),
        ("koi8-u", b"\xa4\xae\xbe", "єўЎ"),
        ("koi8-r", b"\xf0\xcf\xd2\xd4", "Порт"),
        ("windows-1255", b"\xf9\xca", "שֺ"),
        ("iso-8859-8-i", b"\xf9", "ש"),
        ("x-mac-cyrillic", b"\xff", "€"),
        ("macintosh", b"\xdb\xd2", "€“"),
        ("866", b"\x8f", "П"),
        ("hz-gb-2312", b"~{8[~}", "港"),
        ("cp850", b"\x81", "ü"),
        ("unicode", b"a\0", "a"),
    ],
)
def test_a_label_means_what_browsers_take_it_for(label: str, content: bytes, text: str) -> None:
    encoding = encoding_named(label)
    assert encoding is not None
    assert decoded(content, encoding) == (text, 0)


@pytest.mark.parametrize(
    "label", ["", "utf-9", "iso-2022-cn", "replacement", "İso-8859-1", "idna", "\ud800"]
)
def test_a_label_that_no_browser_knows_means_nothing(label: str) -> None:
    assert encoding_named(label) is None


@pytest.mark.parametrize(
    ("label", "content", "text", "misfits"),
    [
        ("utf-8", b"caf\xe9 \x81", "café \x81", 2),
        ("utf-8", b"a\xed\xa0\x80b", "a\ufffdb", 1),
        ("utf-8", b"\xef\xbb\xbfa\xef\xbb\xbf", "a\ufeff", 0),
        ("shift_jis", b"\x81\xfda", "\ufffd\ufffda", 1),
        ("euc-jp", b"\xa9\xa9.", "\ufffd\ufffd.", 2),
        ("windows-1252", b"\x81", "\x81", 1),
        ("iso-8859-7", b"\xd2", "\ufffd", 1),
        ("utf-16le", b"a\0\0\xd8b\0", "a\ufffdb", 1),
    ],
    ids=["utf-8", "surrogate", "mark inside", "shift_jis", "euc-jp", "open byte", "greek", "utf-16"],
)  # fmt: skip
def test_bytes_that_do_not_fit_are_kept_and_counted(
    label: str, content: bytes, text: str, misfits: int
) -> None:
    encoding = encoding_named(label)
    assert encoding is not None
    found, count = decoded(content, encoding)
    assert (found, count) == (text, misfits)


ENCODINGS = [
    "utf-8",
    "windows-1252",
    "gb18030",
    "shift_jis",
    "euc-jp",
    "big5",
    "euc-kr",
    "iso-2022-jp",
    "utf-16le",
]


@given(st.binary(max_size=40), st.sampled_from(ENCODINGS), st.integers(1, 7))
def test_in_parts_a_text_is_decoded_as_at_once(content: bytes, label: str, size: int) -> None:
    encoding = encoding_named(label)
    assert encoding is not None
    decoder = Decoder(encoding)
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    text = "".join(map(decoder.decode, parts)) + decoder.decode(b"", is_last=True)
    assert (text, decoder.misfits) == decoded(content, encoding)
    assert text.encode().decode() == text


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<meta charset=windows-1251>", "windows-1251"),
        ("<html><META content='text/html; charset=KOI8-R' HTTP-EQUIV=\"Content-Type\"/>", "koi8-r"),
        ("<?xml version='1.0' encoding='windows-1250'?><html>", "windows-1250"),
        ("<?xml version='1.0' encoding='windows-1250'?><meta charset=big5>", "big5"),
        ("<!-- <meta charset=big5> --><meta charset=gbk>", "gbk"),
        ("<meta name=description content='charset=big5'><meta charset=gbk>", "gbk"),
        ("<meta name=a content='>'><meta charset=gbk>", "gbk"),
        ("<meta charset=nonsense><meta charset=gbk>", "gbk"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=x-user-defined>", "windows-1252"),
        ("<title>T</title>" + " " * 5000 + "<meta charset=gbk>", "gbk"),
        ("<!-- <meta charset=gbk>", ""),
        ("<p>", ""),
        ("charset=gbk <meta charset=gbk>", ""),
    ],
    ids=["charset", "http-equiv", "xml", "xml and meta", "comment", "description", "quoted end", "unknown",
         "utf-16", "user-defined", "late", "open comment", "none", "no markup"],
)  # fmt: skip
def test_what_a_page_declares(head: str, name: str) -> None:
    found = declared(head.encode())
    assert (found.name if found else "") == name


PAGE = '<html><head><meta charset="{}"><title>{}</title></head></html>'


@pytest.mark.parametrize(
    ("content", "said", "name", "how"),
    [
        (b"\xef\xbb\xbf" + PAGE.format("gbk", "x").encode(), "big5", "utf-8", "marked"),
        (b"\xff\xfea\0", "big5", "utf-16le", "marked"),
        (PAGE.format("gbk", "x").encode(), "big5", "big5", "said"),
        (PAGE.format("gbk", "港").encode("gbk"), "", "gbk", "declared"),
        (PAGE.format("windows-1251", "Порт").encode(), "", "utf-8", "declared"),
        (PAGE.format("iso-2022-jp", "港").encode("iso2022_jp"), "", "iso-2022-jp", "declared"),
        (b"plain", "", "utf-8", "utf-8"),
        ("café".encode()[:-1], "", "utf-8", "utf-8"),
        ("Straßenbahn für alle, dass é".encode() + b"\xe9", "", "utf-8", "utf-8"),
        (b"caf\xe9s", "", "windows-1252", "guessed"),
        (CZECH.encode("cp1250"), "", "windows-1250", "guessed"),
        ("Порт закрыт до марта, сказал мэр".encode("koi8-r"), "", "koi8-u", "guessed"),
        ("Der Bürgermeister hält die Straße für „geschlossen“".encode("cp1252"), "", "windows-1252", "guessed"),
        ("港の工事は延期される。".encode("cp932"), "", "shift_jis", "guessed"),
        ("港の工事は延期される。".encode("iso2022_jp"), "", "iso-2022-jp", "guessed"),
        (b"x" * 9000 + "Το λιμάνι έκλεισε μέχρι τον Μάρτιο".encode("cp1253"), "", "windows-1253", "guessed"),
    ],
    ids=["mark", "mark of utf-16", "said", "declared", "utf-8 all the same", "seven bits", "ascii", "cut character",
         "mostly utf-8", "few bytes", "czech", "russian", "german", "japanese", "japanese of mails", "late greek"],
)  # fmt: skip
def test_order_of_what_tells_the_encoding(content: bytes, said: str, name: str, how: str) -> None:
    found = encoding_of(content, said)
    assert found.encoding.name.replace("koi8-r", "koi8-u") == name
    assert found.how == how


def table(name: str, encoding: str) -> tuple[str, bytes]:
    record = {"title": CZECH, "body": "Řeka."}
    text = {
        "a.csv": f'title,body\n"{CZECH}",Řeka.\n',
        "a.json": json.dumps([record], ensure_ascii=False),
        "a.jsonl": json.dumps(record, ensure_ascii=False) + "\n",
        "a.txt": f"{CZECH}\n\nŘeka.",
        "a.html": f"<html><title>{CZECH}</title><p>Řeka.</html>",
    }[name]
    return name, text.encode(encoding)


def read_all(
    tmp_path: Path, name: str, content: bytes, options: ReadingOptions
) -> tuple[list[Article], list[Remark]]:
    path = tmp_path / name
    path.write_bytes(content)
    items = list(read(path, options=options))
    articles = [each for each in items if isinstance(each, Article)]
    return articles, [
        each for each in items if isinstance(each, Remark) and each.kind == "encoding"
    ]


NAMES = ["a.csv", "a.json", "a.jsonl", "a.txt", "a.html"]


@pytest.mark.parametrize("encoding", ["iso8859-2", "utf-16", "utf-16-le", "cp852"])
@pytest.mark.parametrize("name", NAMES)
def test_what_a_person_says_holds_for_every_format(tmp_path, name, encoding):
    label = {"iso8859-2": "latin2"}.get(encoding, encoding)
    articles, remarks = read_all(tmp_path, *table(name, encoding), ReadingOptions(encoding=label))
    assert ([article.title for article in articles], remarks) == ([CZECH], [])


@pytest.mark.parametrize("name", NAMES)
def test_a_guess_is_said(tmp_path, name):
    articles, remarks = read_all(tmp_path, *table(name, "cp1250"), ReadingOptions())
    assert [article.title for article in articles] == [CZECH]
    assert len(remarks) == 1
    assert "windows-1250" in remarks[0].reason
    assert "--encoding" in remarks[0].reason


@pytest.mark.parametrize(
    ("name", "content", "line", "times", "said"),
    [
        ("a.csv", b"title,body\nCaf\xe9,\xe9\n" + "é".encode() * 9, None, 1, "2 bytes are not UTF-8"),
        ("a.txt", "éééééé".encode() + b"\nCaf\xe9", None, 1, "1 bytes are not UTF-8"),
        ("a.html", b"<meta charset=utf-8><title>Caf\xe9</title>", None, 1, "1 bytes are not UTF-8"),
        ("a.html", b"<meta charset=shift_jis><title>Caf\x81 </title>", None, 1, "bytes are not shift_jis"),
        ("a.jsonl", b'{"title": "a"}\n{"title": "\xe9"}\n' + '{"title": "éééé"}\n'.encode() + b'{"title": "\xe9\xe9"}',
         2, 2, "bytes are not UTF-8"),
    ],
    ids=["csv", "text", "page", "page in shift_jis", "lines"],
)  # fmt: skip
def test_bytes_that_do_not_fit_are_said(tmp_path, name, content, line, times, said):
    _, remarks = read_all(tmp_path, name, content, ReadingOptions())
    assert [(remark.line, remark.times) for remark in remarks] == [(line, times)]
    assert said in remarks[0].reason


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "shift_jis"])
def test_lines_in_any_encoding_are_read_in_blocks(tmp_path, encoding, packed):
    lines = [json.dumps({"title": f"港 {n}"}, ensure_ascii=False) for n in range(200)]
    content = "\r\n".join(lines).encode(encoding)
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    path.write_bytes(gzip.compress(content) if packed else content)
    options = ReadingOptions(encoding="" if encoding == "utf-16" else encoding)
    with opened(path, Limits(10**6, 10**6, block_bytes=100), options) as source:
        assert source.has_blocks()
        assert [a.title for a in source.articles() if isinstance(a, Article)] == [
            f"港 {n}" for n in range(200)
        ]


@pytest.mark.parametrize("name", NAMES)
def test_a_text_in_utf8_is_said_where_a_person_says_another_encoding(tmp_path, name):
    _, remarks = read_all(tmp_path, *table(name, "utf-8"), ReadingOptions(encoding="latin1"))
    assert "looks like UTF-8, and was read as windows-1252" in remarks[0].reason


def test_an_unknown_label_is_an_error_that_names_some(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Title")
    with pytest.raises(ReadError, match=r"unknown encoding 'utf-9'.*windows-1250"):
        list(read(path, options=ReadingOptions(encoding="utf-9")))
