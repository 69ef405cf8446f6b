"""Web archives: which records are pages, and what becomes of archives that are damaged or lie."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import warc
from search.readers.decompression import CutShort
from search.readers.opening import ReadItem, read
from search.readers.source import Limits, Member, Source


def page(title: str) -> bytes:
    return (
        f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1><p>The harbour of {title} is"
        " closed until Friday because of the storm, the authority said on Monday.</p></article></html>"
    ).encode()


def answered(
    content: bytes, content_type: str = "text/html", status: int = 200, **more: str
) -> bytes:
    """Return an answer to HTTP."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def record(
    block: bytes, uri: str = "https://coast.example/1", kind: str = "response", *,
    length: int | None = None, version: str = "1.0", content_type: str = "application/http; msgtype=response",
    more: str = "",
) -> bytes:  # fmt: skip
    header = (
        f"WARC/{version}\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-11-13T10:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(block) if length is None else length}\r\n{more}\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


def numbered(numbers: Iterable[int]) -> list[bytes]:
    """Return a record of a page for each number."""
    return [record(answered(page(f"Port {n}")), f"https://coast.example/{n}") for n in numbers]


def found(path: Path, content: bytes) -> list[ReadItem]:
    path.write_bytes(content)
    return list(read(path))


def titles(items: list[ReadItem]) -> list[str]:
    return [item.title for item in items if isinstance(item, Article)]


def refused(items: list[ReadItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, BadArticle)]


def left_out(items: list[ReadItem]) -> dict[str, int]:
    return {r.reason: r.times for r in items if isinstance(r, Remark) and r.kind == "not read"}


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
def test_archive_that_warcio_wrote_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gzipped: bool, version: str
) -> None:
    # Its own are not closed, which ends a test with a warning.
    monkeypatch.setattr(WARCWriter, "_create_temp_file", staticmethod(io.BytesIO))
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=gzipped, warc_version=version)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "made by hand"}))
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")  # fmt: skip
    for n in (1, 2):
        uri = f"https://coast.example/{n}"
        told = writer.create_warc_record(
            uri, "response", payload=io.BytesIO(page(f"Port {n}")), http_headers=headers
        )
        asked = StatusAndHeaders(
            "GET /1 HTTP/1.1", [("Host", "coast.example")], is_http_request=True
        )
        writer.write_request_response_pair(
            writer.create_warc_record(uri, "request", http_headers=asked), told
        )

    items = found(tmp_path / "a.warc", file.getvalue())

    assert titles(items) == ["Port 1", "Port 2"]
    assert [item.url for item in items if isinstance(item, Article)] == ["https://coast.example/1", "https://coast.example/2"]  # fmt: skip
    assert refused(items) == []
    assert left_out(items) == {"a record of type 'request' holds no page": 2}


def test_time_of_a_visit_is_no_date(tmp_path: Path) -> None:
    (article,) = [item for item in found(tmp_path / "a.warc", numbered([1])[0]) if isinstance(item, Article)]  # fmt: skip

    assert article.published is None


CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(page("Port 1")), page("Port 1"))


@pytest.mark.parametrize(
    "block",
    [
        answered(page("Port 1")),
        answered(page("Port 1"), "TEXT/HTML;charset=utf-8"),
        answered(page("Port 1"), ""),
        answered(page("Port 1"), "application/octet-stream"),
        answered(CHUNKED, Transfer_Encoding="chunked"),
        answered(page("Port 1"), Transfer_Encoding="chunked"),
        answered(gzip.compress(page("Port 1")), Content_Encoding="gzip"),
        answered(page("Port 1"), Content_Encoding="gzip"),
        answered(page("Port 1"), Content_Encoding="br"),
        answered(zlib.compress(page("Port 1")), Content_Encoding="deflate"),
        answered(zlib.compress(page("Port 1"))[2:-4], Content_Encoding="deflate"),
        answered(page("Port 1")).replace(b"\r\n", b"\n"),
        answered(page("Port 1")).replace(b"HTTP/1.1 200 Told", b"HTTP/2 200"),
        answered(b"<title>Port 1</title>" + b" " * 100_000),
    ],
    ids=[
        "plain", "capitals", "no type", "type that says nothing", "chunked", "no longer chunked", "gzip",
        "no longer gzip", "no longer brotli", "deflate", "deflate without header", "line feeds", "HTTP/2", "long",
    ],
)  # fmt: skip
def test_page_is_read_however_it_was_sent(tmp_path: Path, block: bytes) -> None:
    assert titles(found(tmp_path / "a.warc", record(block))) == ["Port 1"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (answered(b'{"title": "Port 1", "id": "p1"}', "application/json"), "Port 1"),
        (answered(b'{"headline": "Port 1", "id": "p1"}', "application/ld+json"), "Port 1"),
        (answered(b"<rss><channel><item><title>Port 1</title></item></channel></rss>", "application/rss+xml"), "Port 1"),
        (answered(b"<rss><channel><item><title>Port 1</title></item></channel></rss>", "text/xml"), "Port 1"),
        (answered(b"Port 1\n\nThe harbour is closed until Friday.\n", "text/plain"), "Port 1"),
        (answered("<title>Häfen zu</title>".encode("latin-1"), "text/html; charset=iso-8859-1"), "Häfen zu"),
        (answered("<title>Häfen zu</title>".encode(), "text/html; charset=iso-8859-1"), "Häfen zu"),
        (answered("<meta charset=koi8-r><title>Häfen zu</title>".encode("latin-1"), "text/html; charset=latin1"), "Häfen zu"),
        (answered("<title>Порт закрыт</title>".encode("koi8-r"), "text/html; charset=koi8-r"), "Порт закрыт"),
    ],
    ids=["JSON", "JSON-LD", "RSS", "XML", "text", "latin-1", "UTF-8 all the same", "not as the page says", "koi8-r"],
)  # fmt: skip
def test_type_says_what_it_is(tmp_path: Path, told: bytes, expected: str) -> None:
    assert titles(found(tmp_path / "a.warc", record(told))) == [expected]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(answered(page("Port 1"), status=404)), "an answer with the status 404 is no page"),
        (record(answered(b"", status=301)), "an answer with the status 301 is no page"),
        (record(answered(b"\x89PNG", "image/png")), "no reader knows what is of the type image/png"),
        (record(answered(b"a { b: c }", "text/css")), "no reader knows what is of the type text/css"),
        (record(answered(b"\x0b\x01\x80\x00\x03", Content_Encoding="br")), "no reader knows what is compressed by br"),
        (record(answered(b"User-agent: *", "text/plain"), "https://coast.example/robots.txt"), "rules for crawlers (robots.txt) are no page"),
        (record(answered(b"")), "an answer without content is no page"),
        (record(b"no answer"), "no reader knows what is of the type application/http"),
        (record(b"coast.example 1.2.3.4", "dns:coast.example"), "what a crawler notes under dns: is no page"),
        (record(b"x", kind="metadata"), "a record of type 'metadata' holds no page"),
        (record(b"x", kind="revisit"), "a record of type 'revisit' says that a page had not changed since another visit, and does not hold it"),
    ],
    ids=["404", "redirect", "image", "style", "brotli", "robots", "empty", "no HTTP", "dns", "metadata", "revisit"],
)  # fmt: skip
def test_what_is_no_page_is_left_out_and_counted(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    items = found(tmp_path / "a.warc", content * 2 + numbered([7])[0])

    assert titles(items) == ["Port 7"]
    assert left_out(items) == {reason: 2}
    assert refused(items) == []


@pytest.mark.parametrize("kind", ["resource", "response"])
def test_what_has_no_headers_of_its_own_is_read_by_its_type(tmp_path: Path, kind: str) -> None:
    """Programs write pages as responses without what the server said."""
    content = record(page("Port 1"), kind=kind, content_type="text/html")

    (article,) = [item for item in found(tmp_path / "a.warc", content) if isinstance(item, Article)]

    assert (article.title, article.url) == ("Port 1", "https://coast.example/1")


@pytest.mark.parametrize("text", ["", "It closed on Monday."], ids=["titles alone", "with texts"])
def test_records_without_addresses_are_articles_of_their_own(tmp_path: Path, text: str) -> None:
    """Each had the address of the feed, and so its id: of all entries without a link the last one stayed."""
    entries = [{"title": f"Port {n}", "body": text and f"{text} {n}"} for n in range(3)]
    lines = "\n".join(map(json.dumps, entries)).encode()
    content = record(
        lines, "https://coast.example/rss", "resource", content_type="application/jsonl"
    )

    articles = [a for a in found(tmp_path / "a.warc", content) if isinstance(a, Article)]

    assert [a.title for a in articles] == ["Port 0", "Port 1", "Port 2"]
    assert len({a.article_id for a in articles}) == 3


def test_arc_is_read(tmp_path: Path) -> None:
    block = answered(page("Port 1"))
    about = b"1 0 Made\nURL IP-address Archive-date Content-type Archive-length\n"
    content = (
        b"filedesc://a.arc 0.0.0.0 20050101000000 text/plain %d\n%s\n" % (len(about), about)
        + b"https://coast.example/1 1.2.3.4 20050101000001 text/html %d\n%s\n" % (len(block), block)
        + b"https://coast.example/a b 1.2.3.4 20050101000001 text/html %d\n%s\n"
        % (len(block), block)
    )

    assert titles(found(tmp_path / "a.arc", content)) == ["Port 1", "Port 1"]


@pytest.mark.parametrize("length", [0, 10, 700, 5_000, 10**9, 10**14, "x", "-5", ""])
def test_length_that_lies_costs_no_other_page(tmp_path: Path, length: object) -> None:
    first, _, third, last = numbered([1, 2, 3, 4])
    lying = record(answered(page("Port 2")), length=length)  # type: ignore[arg-type]

    items = found(tmp_path / "a.warc", first + lying + third + last)

    assert [title for title in titles(items) if title != "Port 2"] == ["Port 1", "Port 3", "Port 4"]
    said = [r.reason for r in items if isinstance(r, Remark) and r.kind == "value not used"]
    assert any("length" in reason for reason in said + refused(items))


def test_header_that_does_not_end_costs_no_other_page(tmp_path: Path) -> None:
    first, third = numbered([1, 3])
    endless = b"WARC/1.0\r\nWARC-Type: response\r\nX: " + b"x" * 10_000_000 + b"\r\n"

    items = found(tmp_path / "a.warc", first + endless + third)

    assert titles(items) == ["Port 1", "Port 3"]
    assert refused(items) == ["a record has a header of more than 64 KB; what follows it was read"]


def test_archive_of_lies_is_given_up(tmp_path: Path) -> None:
    items = found(tmp_path / "a.warc", record(b"x", length=50, kind="metadata") * 3_000)

    assert refused(items) == ["1,000 records are damaged; the rest was not read"]


def test_page_in_segments_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    block = answered(page("Port 1"))
    first = record(block[:200], more="WARC-Segment-Number: 1\r\n")
    second = record(block[200:], kind="continuation", more="WARC-Segment-Number: 2\r\n")
    items = found(tmp_path / "a.warc", first + second + b"".join(numbered([2])))
    assert titles(items) == ["Port 2"]
    assert ["segments" in reason for reason in refused(items)] == [True]
    assert ["segments" in reason for reason in left_out(items)] == [True]


def test_page_that_the_crawler_cut_is_read_and_said(tmp_path: Path) -> None:
    block = answered(page("Port 1"))[:-30]
    items = found(tmp_path / "a.warc", record(block, more="WARC-Truncated: length\r\n"))
    assert titles(items) == ["Port 1"]
    assert [r.reason for r in items if isinstance(r, Remark) and r.kind == "cut text"] == [
        "https://coast.example/1 was cut when it was fetched (length); it was read as far as it goes"
    ]


def test_page_that_is_too_large_is_named(tmp_path: Path) -> None:
    large = record(answered(b"<title>x</title>" + b" " * 21_000_000))
    picture = record(answered(b"\x89PNG" * 6_000_000, "image/png"))

    items = found(tmp_path / "a.warc", large + picture + numbered([1])[0])

    assert titles(items) == ["Port 1"]
    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert (bad.path, bad.reason) == (f"{tmp_path}/a.warc!/https://coast.example/1", "is larger than 20 MB")  # fmt: skip
    assert left_out(items) == {"no reader knows what is of the type image/png": 1}


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("damage", ["cut", "altered", "zeros", "beginning"])
def test_after_a_damaged_member_the_next_is_read(tmp_path: Path, damage: str, at: int) -> None:
    """The stories of each record are noise, so that damage is met at once in none and all members have several parts."""
    noise = Random(at)
    packed = [
        gzip.compress(
            record(
                answered(
                    page(f"Port {n}") + noise.randbytes(noise.randrange(90_000)).hex().encode()
                ),
                f"https://coast.example/{n}",
            )
        )
        for n in range(8)
    ]
    whole = packed[at]
    middle = len(whole) // 2
    packed[at] = {
        "cut": whole[:middle],
        "altered": whole[:middle] + bytes(byte ^ 0x55 for byte in whole[middle : middle + 4]) + whole[middle + 4 :],
        "zeros": whole[:middle] + bytes(len(whole) - middle),
        "beginning": b"\x1f\x8b\x08\x00\x00" + whole[5:middle],
    }[damage]  # fmt: skip

    items = found(tmp_path / "a.warc.gz", b"".join(packed))

    assert titles(items) == [f"Port {n}" for n in range(8) if n != at]
    (reason,) = refused(items)
    assert "damaged" in reason or "ends too early" in reason
    assert all(item.cut_short for item in items if isinstance(item, BadArticle))


def test_archive_in_a_single_member_is_read(tmp_path: Path) -> None:
    assert titles(found(tmp_path / "a.warc.gz", gzip.compress(b"".join(numbered(range(5)))))) == [
        f"Port {n}" for n in range(5)
    ]


@pytest.mark.parametrize("cut", [30, 200, 500, 900])
def test_cut_archive_is_read_as_far_as_it_goes(tmp_path: Path, cut: int) -> None:
    content = b"".join(numbered([1, 2, 3]))

    items = found(tmp_path / "a.warc", content[: len(content) - len(numbered([3])[0]) + cut][:-30])

    assert titles(items)[:1] == ["Port 1"]
    assert refused(items) in ([], ["ends in the middle of a record; fetch the file again"])


RECORDS = numbered(range(4))


@given(which=st.integers(0, 3), at=st.floats(0, 1), junk=st.binary(max_size=40), length=st.integers(0, 400))  # fmt: skip
@example(which=0, at=0.0, junk=b"", length=5)
@example(which=1, at=1.0, junk=b"", length=400)
@example(which=0, at=0.375, junk=b"", length=400)  # no header ends before that of the next record
def test_altered_record_costs_no_other(which: int, at: float, junk: bytes, length: int) -> None:
    """Whatever stands in it, as long as the line ends before the next record begins."""
    altered = RECORDS[which]
    start = int(at * (len(altered) - 1))
    end = min(start + length, len(altered) - 1)
    records = [*RECORDS]
    records[which] = altered[:start] + junk + altered[end:]
    stream = io.BytesIO(b"".join(records))
    source = Source("a.warc", Limits.of(Settings()), head=b"", stream=io.BufferedReader(stream), file=stream)  # fmt: skip

    names = []
    with suppress(CutShort):  # it may be the last one
        names += (each.name for each in warc.members(source) if isinstance(each, Member))

    whole = [f"https://coast.example/{n}" for n in range(4) if n != which]
    assert [name for name in names if name in whole] == whole


def test_bomb_in_an_answer_is_bounded(tmp_path: Path) -> None:
    packed = gzip.compress(b"<p>" + bytes(200_000_000))
    items = found(
        tmp_path / "a.warc",
        record(answered(packed, Content_Encoding="gzip")) + numbered([1])[0],
    )

    assert titles(items) == ["Port 1"]
    assert len(refused(items)) == 1
