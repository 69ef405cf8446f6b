"""One request to a server that misbehaves: bounded, refused with a reason, and only to the address that was checked."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.fetch.addresses import address_of
from search.fetch.client import Answer, Client, Refused
from search.fetch.limits import FetchLimits
from tests.support.news_site import Asked, Site, serving

LIMITS = FetchLimits(max_bytes=100_000)
CERTIFICATE = str(Path(__file__).with_name("news_test.pem"))


def client(site: Site, **options: Any) -> Client:
    return Client(
        "newssearch/test",
        **{
            "resolver": lambda *_: ["93.184.216.34"],
            "dial": site.dial,
            "limits": LIMITS,
            **options,
        },
    )


def get(site: Site, path: str = "/", **options: Any) -> Answer:
    return client(site, **options).get(address_of(site.url(path)))


def refusal(site: Site, path: str = "/", **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        get(site, path, **options)
    return caught.value


class TestAnswers:
    def test_are_given_as_they_came(self, site: Site) -> None:
        site.pages["/a?b"] = lambda asked: asked.answer(
            200, "grün", ETag='"1"', Content_Type="text/html; charset=latin1"
        )

        answer = get(site, "/a?b")

        assert (answer.status, answer.content.decode(), answer.header("etag")) == (
            200,
            "grün",
            '"1"',
        )
        assert (answer.charset, answer.ip, answer.has_more) == ("latin1", "93.184.216.34", False)

    def test_say_who_asks_and_whom(self, site: Site) -> None:
        site.pages["/"] = "yes"

        get(site)

        headers = site.asked[0][1]
        assert headers["User-Agent"] == "newssearch/test"
        assert headers["Host"] == f"news.test:{site.port}"

    @pytest.mark.parametrize(
        ("name", "pack"),
        [("gzip", gzip.compress), ("deflate", zlib.compress), ("x-gzip", gzip.compress)],
    )
    def test_are_unpacked(self, site: Site, name: str, pack: Callable[[bytes], bytes]) -> None:
        site.pages["/"] = lambda asked: asked.answer(
            200, pack(b"news" * 100), Content_Encoding=name
        )

        assert get(site).content == b"news" * 100

    def test_in_chunks_are_put_together(self, site: Site) -> None:
        site.pages["/"] = lambda asked: asked.raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )

        assert get(site).content == b"abcde"

    def test_of_redirects_are_not_followed(self, site: Site) -> None:
        site.pages["/"] = lambda asked: asked.answer(302, "", Location="/b")

        assert (get(site).status, get(site).header("location")) == (302, "/b")

    def test_longer_than_they_say_are_noticed(self, site: Site) -> None:
        site.pages["/"] = lambda asked: asked.answer(200, "abcdef", Content_Length="3")

        answer = get(site)

        assert (answer.content, answer.has_more) == (b"abc", True)


def drip(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\n\r\n")
    while not asked.server.site.is_over.is_set():
        asked.raw(b"x")


def endless(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        asked.raw(b"x" * 65_536)


def endless_chunks(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        asked.raw(b"1;" + b"e" * 1000 + b"\r\nx\r\n")


def slow_headers(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\nX-Sl")
    asked.wait()


def slow_body(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    asked.wait()


def endless_headers(asked: Asked) -> None:
    asked.raw(b"HTTP/1.1 200 OK\r\n")
    while True:
        asked.raw(b"X-A: " + b"a" * 60_000 + b"\r\n")


def endless_interim(asked: Asked) -> None:
    while True:
        asked.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


BOMB = gzip.compress(bytes(50_000_000))


class TestRefuses:
    @pytest.mark.parametrize(
        ("page", "why", "may_pass"),
        [
            (endless, "is larger than 100,000 bytes", False),
            (endless_chunks, "is too large", False),
            (endless_headers, "has headers of more than 128,000 bytes", False),
            (endless_interim, "has headers of more than 128,000 bytes", False),
            (lambda a: a.raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"), "is no answer of HTTP (line too long)", True),
            (lambda a: a.raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n"), "is no answer of HTTP", True),
            (lambda a: a.answer(200, "abc", Content_Length="10"), "ends before all of it has come", True),
            (lambda a: a.answer(200, "abc", Content_Length="99999999999"), "is larger than 100,000 bytes", False),
            (
                lambda a: a.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
                "ends before all of it has come",
                True,
            ),
            (lambda a: a.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"), "ends before", True),
            (lambda a: a.answer(200, BOMB, Content_Encoding="gzip"), "is larger than 100,000 bytes", False),
            (
                lambda a: a.answer(200, gzip.compress(BOMB), Content_Encoding="gzip, gzip"),
                "is larger than 100,000 bytes",
                False,
            ),
            (lambda a: a.answer(200, zlib.compress(bytes(10**7)), Content_Encoding="deflate"), "is larger than", False),
            (lambda a: a.answer(200, "no gzip", Content_Encoding="gzip"), "cannot be unpacked", False),
            (lambda a: a.answer(200, "x", Content_Encoding="snappy"), "is encoded as snappy", False),
            (lambda a: a.answer(200, "x", Content_Type="video/mp4"), "holds no articles", False),
            (lambda a: a.raw(b"SSH-2.0-OpenSSH_9.9\r\n"), "is no answer of HTTP (bad status line)", True),
            (lambda a: None, "the connection broke", True),
        ],
        ids=[
            "endless body", "endless chunks", "endless headers", "endless 100",
            "long header", "many headers", "length too long", "length far too long", "cut chunk", "no chunk", "gzip bomb",
            "bomb in a bomb", "deflate bomb", "no gzip", "unknown encoding", "film", "no HTTP", "nothing",
        ],
    )  # fmt: skip
    def test_what_misbehaves(
        self, site: Site, page: Callable[[Asked], None], why: str, may_pass: bool
    ) -> None:
        site.pages["/"] = page

        refused = refusal(site)

        assert why in str(refused)
        assert refused.may_pass == may_pass

    @pytest.mark.parametrize(
        "page",
        [slow_headers, slow_body, lambda asked: asked.wait()],
        ids=["headers", "body", "silence"],
    )
    def test_what_comes_too_slowly(self, site: Site, page: Callable[[Asked], None]) -> None:
        site.pages["/"] = page

        refused = refusal(site, limits=FetchLimits(read_s=0.2))

        assert (str(refused), refused.may_pass) == ("did not answer for 0.2 seconds", True)

    def test_what_takes_too_long_in_all(self, site: Site) -> None:
        """Each byte comes in time, and there is no end of them."""
        site.pages["/"] = drip

        assert "took too long" in str(refusal(site, clock=itertools.count(0, 10).__next__))

    def test_the_end_of_its_time_is_no_silence(self, site: Site) -> None:
        """What sent a byte a second for a minute was said not to have answered for 20 seconds."""
        site.pages["/"] = slow_body

        refused = refusal(site, limits=FetchLimits(total_s=0.3))

        assert str(refused) == "took too long to answer in full"

    def test_what_cannot_be_reached(self, site: Site) -> None:
        def refuse(*_: object) -> socket.socket:
            raise ConnectionRefusedError(111, "Connection refused")

        refused = refusal(site, dial=refuse)

        assert (str(refused), refused.may_pass) == (
            f"news.test:{site.port} cannot be reached: Connection refused",
            True,
        )

    @pytest.mark.parametrize(
        ("code", "may_pass"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)]
    )
    def test_names_of_nobody(self, site: Site, code: int, may_pass: bool) -> None:
        def resolve(*_: object) -> list[str]:
            raise socket.gaierror(code, "no")

        refused = refusal(site, resolver=resolve)

        assert (str(refused), refused.may_pass) == ("no address is known of news.test", may_pass)


class TestAddresses:
    @pytest.mark.parametrize(
        "ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"]
    )
    def test_that_are_not_public_are_refused(self, site: Site, ip: str) -> None:
        site.pages["/"] = "secret"

        refused = refusal(site, resolver=lambda *_: [ip])

        assert f"its host is {ip} (" in str(refused)
        assert "--allow-private" in str(refused)
        assert (refused.may_pass, site.asked) == (False, [])

    def test_are_fetched_if_a_person_says_so(self, site: Site) -> None:
        site.pages["/"] = "mine"

        assert get(site, resolver=lambda *_: ["127.0.0.1"], allow_private=True).content == b"mine"

    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost"])
    def test_of_this_computer_in_any_spelling(self, site: Site, host: str) -> None:
        with pytest.raises(Refused, match=r"not of the public web|no address is known"):
            Client("test").get(address_of(site.url("/", host)))
        assert site.asked == []

    def test_are_looked_up_once_and_connected_to_exactly(self, site: Site) -> None:
        """A name that leads to a private address a moment later gains nothing."""
        site.pages["/"] = "public"
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])
        dialled = []

        def dial(ip: str, port: int, timeout_s: float) -> socket.socket:
            dialled.append(ip)
            return site.dial(ip, port, timeout_s)

        one_name = client(site, resolver=lambda *_: next(answers), dial=dial)

        assert one_name.get(address_of(site.url("/"))).content == b"public"
        with pytest.raises(Refused, match=r"127\.0\.0\.1"):
            one_name.get(address_of(site.url("/")))
        assert dialled == ["93.184.216.34"]

    def test_that_are_private_beside_public_ones_are_not_tried(self, site: Site) -> None:
        site.pages["/"] = "public"
        dialled = []

        def dial(ip: str, port: int, timeout_s: float) -> socket.socket:
            dialled.append(ip)
            if len(dialled) == 1:
                raise ConnectionRefusedError(111, "Connection refused")
            return site.dial(ip, port, timeout_s)

        get(
            site,
            resolver=lambda *_: ["127.0.0.1", "93.184.216.34", "::1", "93.184.216.35"],
            dial=dial,
        )

        assert dialled == ["93.184.216.34", "93.184.216.35"]


class TestCertificates:
    @pytest.mark.parametrize(
        ("host", "is_known", "why"),
        [("news.test", False, "self.signed"), ("other.test", True, "ostname mismatch")],
        ids=["unknown", "of another"],
    )
    def test_that_are_wrong_are_refused(self, host: str, is_known: bool, why: str) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE) if is_known else None
        with serving(CERTIFICATE) as site:
            site.pages["/"] = "secure"
            with pytest.raises(
                Refused, match=rf"the connection to {host} is not secure: .*{why}"
            ) as caught:
                client(site, context=context).get(address_of(site.url("/", host, "https")))

        assert (caught.value.may_pass, site.asked) == (False, [])

    def test_of_the_name_is_taken(self) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        with serving(CERTIFICATE) as site:
            site.pages["/"] = "secure"
            answer = client(site, context=context).get(address_of(site.url("/", scheme="https")))

        assert answer.content == b"secure"
