"""A run against a real server: what is asked for, when, and what becomes of the answers."""

from __future__ import annotations

import errno
import gzip
import itertools
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from search.fetch.archive import kept_files
from search.fetch.client import Client
from search.fetch.feeds_file import Feed
from search.fetch.limits import FETCH_LIMITS, FetchLimits
from search.fetch.report import FetchOptions, FetchReport
from search.fetch.run import Time, fetch
from search.model.article import Article
from search.model.errors import ReadError
from search.readers.opening import read
from tests.support.news_site import Asked, Site, entry, feed, page

LONG = "The harbour master of Oststrand spoke for a long time about the ferry. " * 40


@dataclass
class Clock:
    """A time that passes when somebody sleeps, and never else."""

    at: float = 1_000_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetched(site: Site, tmp_path: Path, clock: Clock) -> Callable[..., FetchReport]:
    """Fetch paths of the site, or feeds, as a run does."""

    def run(*what: str | Feed, limits: FetchLimits = FETCH_LIMITS, **options: Any) -> FetchReport:
        client = Client(
            "newssearch/test",
            allow_private=options.pop("allow_private", True),
            resolver=options.pop("resolver", lambda *_: ["127.0.0.1"]),
            dial=site.dial,
            limits=limits,
        )
        times = Time(clock.now, clock.sleep, clock.now)
        is_stopped = options.pop("is_stopped", lambda: False)
        feeds = [Feed(site.url(each)) if isinstance(each, str) else each for each in what]
        return fetch(
            feeds,
            tmp_path / "fetched",
            client,
            user_agent="newssearch/test",
            options=FetchOptions(**options),
            limits=limits,
            times=times,
            is_stopped=is_stopped,
        )

    return run


def kept(folder: Path) -> list[tuple[str, str, bytes]]:
    """Return type, address and content of all that is kept to be indexed."""
    found = []
    for path in kept_files(folder):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type != "warcinfo":
                    content = record.content_stream().read()
                    found.append((record.rec_type, record.rec_headers["WARC-Target-URI"], content))
    return found


def reasons(report: FetchReport) -> list[str]:
    return [reason for _, reason in report.refused]


class TestFeeds:
    def test_with_whole_texts_are_kept_and_the_pages_of_those_without(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/feed"] = feed(entry("/a", "Short"), entry("/b", "Long", full=LONG))
        site.pages["/a"] = page("Short")

        report = fetched("/feed")

        assert site.paths() == [f":{site.port}/feed", f":{site.port}/a"] or site.paths() == [
            "/feed",
            "/a",
        ]
        entries, a_page = kept(tmp_path / "fetched")
        assert entries[:2] == ("resource", site.url("/feed"))
        assert json.loads(entries[2])["link"] == site.url("/b")
        assert a_page == ("response", site.url("/a"), page("Short").encode())
        assert (report.lists, report.pages, report.entries, report.refused) == (1, 1, 1, [])

    @pytest.mark.parametrize(
        ("pages", "asked"),
        [(True, ["/feed", "/a", "/b"]), (False, ["/feed"]), (None, ["/feed", "/a"])],
    )
    def test_pages_are_fetched_as_a_person_says(
        self, site: Site, fetched: Callable[..., FetchReport], pages: bool | None, asked: list[str]
    ) -> None:
        site.pages |= {
            "/feed": feed(entry("/a"), entry("/b", full=LONG)),
            "/a": page("A"),
            "/b": page("B"),
        }

        report = fetched("/feed", pages=pages)

        assert site.paths() == asked
        assert report.pages + report.entries == 2

    def test_what_a_feed_says_of_itself_wins(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a")), "/a": page("A")}

        fetched(Feed(site.url("/feed"), pages=False), pages=True)

        assert site.paths() == ["/feed"]

    def test_entries_stand_for_pages_that_cannot_be_fetched(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/feed"] = feed(entry("/gone", "Gone", "It said this."))

        first, second = fetched("/feed"), fetched("/feed")

        assert reasons(first) == ["the answer was 404 Not Found"]
        assert [json.loads(content)["title"] for _, _, content in kept(tmp_path / "fetched")] == [
            "Gone"
        ]
        assert (first.entries, second.entries) == (1, 0)

    def test_json_feeds_are_feeds(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        said = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Harbour News",
            "items": [
                {"id": "1", "url": site.url("/a"), "content_text": "Short."},
                {"id": "2", "content_text": LONG},
            ],
        }
        site.pages |= {
            "/feed": lambda asked: asked.answer(
                200, json.dumps(said), Content_Type="application/feed+json"
            ),
            "/a": page("A"),
        }

        report = fetched("/feed")

        assert (report.pages, report.entries) == (1, 1)
        assert site.paths() == ["/feed", "/a"]

    def test_in_an_encoding_that_only_the_server_says(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        text = (
            feed(entry("/b", "Fähre", full=LONG))
            .replace(' encoding="utf-8"', "")
            .encode("windows-1252")
        )
        site.pages["/feed"] = lambda asked: asked.answer(
            200, text, Content_Type="application/rss+xml; charset=windows-1252"
        )

        fetched("/feed")

        assert json.loads(kept(tmp_path / "fetched")[0][2])["title"] == "Fähre"

    def test_of_a_wrong_charset_are_read_as_they_declare(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/feed"] = lambda asked: asked.answer(
            200, feed(entry("/b", "Fähre", full=LONG)), Content_Type="text/xml; charset=us-ascii"
        )

        fetched("/feed")

        assert json.loads(kept(tmp_path / "fetched")[0][2])["title"] == "Fähre"

    def test_that_are_damaged_give_what_can_be_read(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/feed"] = feed(entry("/b", full=LONG))[:-16] + "<item>"

        report = fetched("/feed")

        assert (report.entries, len(report.notes)) == (1, 1)

    def test_with_bombs_of_entities_are_read_without_them(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        bomb = (
            f'<!DOCTYPE rss [<!ENTITY l0 "lol">{declared}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        )
        site.pages["/feed"] = bomb + feed(entry("/b", "&l11; &x;", full=LONG)).partition("?>")[2]

        report = fetched("/feed")

        assert (report.lists, report.pages) == (1, 0)


class TestLists:
    def test_of_feeds_and_sitemaps_are_followed(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/opml": f'<opml version="2.0"><body><outline text="a"><outline xmlUrl="{site.url("/feed")}"/></outline></body></opml>',
            "/feed": feed(entry("/a")),
            "/index.xml": f"<sitemapindex><sitemap><loc>{site.url('/map.xml')}</loc></sitemap></sitemapindex>",
            "/map.xml": f"<urlset><url><loc>{site.url('/b')}</loc></url><url><loc>{site.url('/c')}</loc></url></urlset>",
            "/a": page("A"), "/b": page("B"), "/c": page("C"),
        }  # fmt: skip

        report = fetched("/opml", "/index.xml")

        assert sorted(site.paths()) == sorted(site.pages)
        assert (report.lists, report.pages) == (4, 3)

    def test_that_list_each_other_end(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        for n in range(10):
            listed = "".join(
                f"<sitemap><loc>{site.url(f'/{m}')}</loc></sitemap>" for m in (n, n + 1, 0)
            )
            site.pages[f"/{n}"] = f"<sitemapindex>{listed}</sitemapindex>"

        report = fetched("/0")

        assert site.paths() == ["/0", "/1", "/2"]
        assert "too deep" in reasons(report)[0]

    def test_newest_pages_come_first_and_the_next_run_goes_on(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        urls = "".join(
            f"<url><loc>{site.url(f'/{n}')}</loc><lastmod>2024-01-{n + 1:02}</lastmod></url>"
            for n in range(9)
        )
        site.pages["/map"] = f"<urlset>{urls}</urlset>"
        site.pages |= {f"/{n}": page(f"Ferry {n}") for n in range(9)}

        first = fetched("/map", max_pages=4)
        second = fetched("/map", max_pages=100)

        assert site.paths()[:5] == ["/map", "/8", "/7", "/6", "/5"]
        assert (first.pages, first.left, second.pages, second.left) == (4, 5, 5, 0)

    def test_of_ten_thousand_pages_are_bounded(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        urls = "".join(f"<url><loc>{site.url(f'/{n}')}</loc></url>" for n in range(10_000))
        site.pages["/map"] = f"<urlset>{urls}</urlset>"

        report = fetched("/map", max_pages=3)

        assert site.paths() == ["/map", "/0", "/1", "/2"]
        assert report.left == 9_997

    def test_of_feeds_give_each_feed_its_pages(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        outlines = "".join(f'<outline xmlUrl="{site.url(f"/{name}")}"/>' for name in "ab")
        site.pages["/opml"] = f"<opml><body>{outlines}</body></opml>"
        site.pages |= {f"/{name}": feed(*(entry(f"/{name}{n}") for n in range(3))) for name in "ab"}
        site.pages |= {f"/{name}{n}": page(f"{name}{n}") for name in "ab" for n in range(3)}

        report = fetched("/opml", max_pages=2)

        assert (report.pages, report.left) == (4, 2)

    def test_of_sitemaps_are_followed_until_there_are_pages_enough(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        listed = "".join(
            f"<sitemap><loc>{site.url(f'/{n}')}</loc><lastmod>2024-01-0{n + 1}</lastmod></sitemap>"
            for n in range(5)
        )
        site.pages["/index"] = f"<sitemapindex>{listed}</sitemapindex>"
        for n in range(5):
            site.pages[f"/{n}"] = f"<urlset><url><loc>{site.url(f'/{n}/a')}</loc></url></urlset>"
            site.pages[f"/{n}/a"] = page(f"Ferry {n}")

        first, second = fetched("/index", max_pages=2), fetched("/index")

        assert site.paths()[:5] == ["/index", "/4", "/3", "/4/a", "/3/a"]
        assert (first.pages, first.lists_left) == (2, 3)
        assert (second.pages, second.pages_unchanged, second.lists_left) == (3, 2, 0)

    def test_in_gzip_are_unpacked(self, site: Site, fetched: Callable[..., FetchReport]) -> None:
        text = gzip.compress(f"<urlset><url><loc>{site.url('/a')}</loc></url></urlset>".encode())
        site.pages |= {
            "/map.xml.gz": lambda asked: asked.answer(
                200, text, Content_Type="application/octet-stream"
            ),
            "/a": page("A"),
        }

        assert fetched("/map.xml.gz").pages == 1

    def test_in_bombs_of_gzip_are_bounded(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        bomb = gzip.compress(b"<urlset>" + b" " * 100_000_000)
        site.pages["/map.xml.gz"] = lambda asked: asked.answer(200, bomb)

        report = fetched("/map.xml.gz")

        assert (report.lists, len(report.notes)) == (1, 1)

    def test_a_page_that_names_its_feed_is_no_list_and_says_it(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        link = '<link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2">'
        site.pages["/"] = page("Front").replace("<title>", link + "<title>")

        report = fetched("/")

        assert report.notes == [
            f"{site.url('/')} is a page that names a feed: newssearch fetch {site.url('/rss?a=1&b=2')}"
        ]

    def test_that_lie_on_disk_are_taken_as_if_they_were_fetched(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        path = tmp_path / "mine.opml"
        path.write_text(f'<opml><body><outline xmlUrl="{site.url("/feed")}"/></body></opml>')
        site.pages |= {"/feed": feed(entry("/a")), "/a": page("A")}

        report = fetched(Feed(str(path), path=str(path)))

        assert site.paths() == ["/feed", "/a"]
        assert (report.lists, report.pages) == (2, 1)


class TestAgain:
    def test_nothing_new_is_kept(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a"), entry("/b", full=LONG)), "/a": page("A")}

        fetched("/feed")
        before = kept(tmp_path / "fetched")
        report = fetched("/feed")

        assert (report.lists_unchanged, report.pages_unchanged, report.entries, report.paths) == (
            1,
            1,
            0,
            [],
        )
        assert kept(tmp_path / "fetched") == before

    @pytest.mark.parametrize(
        ("given", "asked"),
        [({"ETag": '"7"'}, {"If-None-Match": '"7"'}), ({"Last_Modified": "Mon, 02 Nov 2026 08:00:00 GMT"}, {"If-Modified-Since": "Mon, 02 Nov 2026 08:00:00 GMT"})],
        ids=["ETag", "Last-Modified"],
    )  # fmt: skip
    def test_a_server_need_not_send_what_has_not_changed(
        self,
        site: Site,
        fetched: Callable[..., FetchReport],
        given: dict[str, str],
        asked: dict[str, str],
    ) -> None:
        def answer(asked_for: Asked) -> None:
            if asked.items() <= dict(asked_for.headers).items():
                asked_for.answer(304)
            else:
                asked_for.answer(200, feed(entry("/b", full=LONG)), **given)

        site.pages["/feed"] = answer

        first, second = fetched("/feed"), fetched("/feed")

        assert (first.lists, second.lists, second.lists_unchanged) == (1, 0, 1)

    def test_a_page_that_changed_is_kept_anew(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a")), "/a": page("A")}
        fetched("/feed")
        site.pages["/a"] = page("A, corrected")

        report = fetched("/feed")

        assert (report.pages, report.pages_unchanged) == (1, 0)
        assert kept(tmp_path / "fetched")[-1][2] == page("A, corrected").encode()

    def test_a_feed_that_changed_gives_its_new_entries_alone(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/feed"] = feed(entry("/a", full=LONG), entry("/b", full=LONG))
        fetched("/feed")
        site.pages["/feed"] = feed(
            entry("/c", full=LONG), entry("/b", full=LONG + "!"), entry("/a", full=LONG)
        )

        report = fetched("/feed")

        last = kept(tmp_path / "fetched")[-1][2].splitlines()
        assert report.entries == 2
        assert {json.loads(line)["title"] for line in last} == {"/b", "/c"}

    def test_pages_are_asked_for_less_and_less(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a")), "/a": page("A")}

        hours = []
        for hour in range(20):
            clock.at = 1_000_000_000 + 3600 * hour
            before = site.paths().count("/a")
            fetched("/feed")
            hours += [hour] * (site.paths().count("/a") - before)

        assert hours == [0, 1, 2, 4, 8, 16]

    def test_all_pages_are_asked_for_if_a_person_says_so(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a")), "/a": page("A")}
        for hours in (0, 10, 11):
            clock.at = 1_000_000_000 + 3600 * hours
            fetched("/feed", again=True)

        assert site.paths().count("/a") == 3

    def test_what_was_left_over_is_asked_for_after_its_feed_forgot_it(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/feed": feed(entry("/a"), entry("/b")),
            "/a": page("A"),
            "/b": page("B"),
            "/c": page("C"),
        }
        fetched("/feed", max_pages=1)
        site.pages["/feed"] = feed(entry("/c"))

        fetched("/feed")

        assert sorted(site.paths()) == ["/a", "/b", "/c", "/feed", "/feed"]


class TestRedirects:
    def test_are_followed_and_remembered_by_where_they_began(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/old": lambda asked: asked.answer(301, "", Location="/feed"),
            "/feed": feed(entry("/a")),
            "/a": lambda asked: asked.answer(302, "", Location="/b"),
            "/b": page("B"),
        }

        first, second = fetched("/old"), fetched("/old")

        assert kept(tmp_path / "fetched")[-1][:2] == ("response", site.url("/b"))
        assert (first.pages, second.pages, second.pages_unchanged) == (1, 0, 1)
        assert first.notes == [f"{site.url('/old')} has moved for good to {site.url('/feed')}"]

    @pytest.mark.parametrize(
        ("where", "why"),
        [
            ("/", "leads in a circle"),
            ("file:///etc/passwd", "its scheme is file:"),
            ("gopher://x/", "its scheme is gopher:"),
            ("http://me:secret@other.test/", "password"),
            ("http://[", "is no address"),
        ],
    )
    def test_that_lead_nowhere_are_refused(
        self, site: Site, fetched: Callable[..., FetchReport], where: str, why: str
    ) -> None:
        site.pages["/"] = lambda asked: asked.answer(302, "", Location=where)

        report = fetched("/")

        assert why in reasons(report)[0]
        assert site.paths() == ["/"]

    def test_in_a_wide_circle_end(self, site: Site, fetched: Callable[..., FetchReport]) -> None:
        site.pages |= {
            "/a": lambda asked: asked.answer(302, "", Location="/b"),
            "/b": lambda asked: asked.answer(302, "", Location="/a"),
        }

        assert "leads in a circle" in reasons(fetched("/a"))[0]

    def test_without_end_end(self, site: Site, fetched: Callable[..., FetchReport]) -> None:
        for n in range(20):
            site.pages[f"/{n}"] = lambda asked, n=n: asked.answer(302, "", Location=f"/{n + 1}")

        report = fetched("/0")

        assert "leads on more than 10 times" in reasons(report)[0]
        assert len(site.paths()) == 11

    def test_to_private_addresses_are_refused(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/": lambda asked: asked.answer(302, "", Location=site.url("/admin", "inside.test")),
            "/admin": "x",
        }
        ips = {"news.test": "93.184.216.34", "inside.test": "10.0.0.1"}

        report = fetched("/", allow_private=False, resolver=lambda host, port: [ips[host]])

        assert "10.0.0.1 (private)" in reasons(report)[0]
        assert not any(what.startswith("inside.test") for what, _ in site.asked)

    @pytest.mark.parametrize(
        ("here", "there", "is_followed"),
        [
            ("93.184.216.34", "10.0.0.1", False),
            ("93.184.216.34", "127.0.0.1", False),
            ("10.0.0.2", "10.0.0.1", True),
            ("10.0.0.2", "192.168.1.1", True),
            ("10.0.0.2", "93.184.216.34", True),
            ("10.0.0.2", "127.0.0.1", False),
            ("10.0.0.2", "169.254.169.254", False),
            ("127.0.0.1", "10.0.0.1", False),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("by", ["redirect", "link", "unchanged list"])
    def test_and_links_go_to_private_addresses_only_from_such(
        self,
        site: Site,
        fetched: Callable[..., FetchReport],
        here: str,
        there: str,
        is_followed: bool,
        by: str,
    ) -> None:
        url = site.url("/a", "inside.test")

        def answer(asked: Asked) -> None:
            if by == "redirect":
                asked.answer(302, "", Location=url)
            elif asked.headers["If-None-Match"]:
                asked.answer(304)
            else:
                asked.answer(200, feed(entry(url)), ETag='"1"')

        site.pages |= {"/": answer, "/a": page("Ferry")}
        ips = {"news.test": here, "inside.test": there}
        if by == "unchanged list":
            fetched("/", resolver=lambda host, port: [ips[host]], max_pages=0)

        report = fetched("/", resolver=lambda host, port: [ips[host]])

        assert any(what.startswith("inside.test") for what, _ in site.asked) == is_followed
        if not is_followed:
            assert "give that address itself, with --allow-private" in reasons(report)[0]

    def test_over_a_public_address_do_not_come_back_to_a_private_one(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/": lambda asked: asked.answer(302, "", Location=site.url("/a", "outside.test")),
            "/a": lambda asked: asked.answer(302, "", Location=site.url("/b")),
            "/b": page("Ferry"),
        }
        ips = {"news.test": "10.0.0.1", "outside.test": "93.184.216.34"}

        report = fetched("/", resolver=lambda host, port: [ips[host]])

        assert "10.0.0.1 (private)" in reasons(report)[0]
        assert site.paths() == ["/", "outside.test/a"]

    def test_from_https_to_http_are_refused(self, tmp_path: Path, clock: Clock) -> None:
        from search.fetch.addresses import Address
        from search.fetch.client import Answer

        class Leads(Client):
            def get(self, address: Address, *_: object, **__: object) -> Answer:
                status = 404 if address.target == "/robots.txt" else 302
                return Answer(status, "", (("Location", "http://news.test/b"),), b"", "1.1.1.1")

        times = Time(clock.now, clock.sleep, clock.now)
        report = fetch(
            [Feed("https://news.test/a")], tmp_path, Leads("x"), user_agent="x", times=times
        )

        assert "leads from https to http://news.test/b" in reasons(report)[0]

    def test_to_what_is_fetched_anyway_are_not_followed(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {
            "/feed": feed(entry("/a"), entry("/b"), entry("/a?utm_source=rss")),
            "/a": page("A"),
            "/b": lambda asked: asked.answer(302, "", Location="/a"),
        }

        report = fetched("/feed")

        assert site.paths() == ["/feed", "/a", "/b"]
        assert (report.pages, report.refused) == (1, [])


class TestRobots:
    @pytest.mark.parametrize(
        "rules",
        [
            "User-agent: *\nDisallow: /",
            "User-agent: newssearch\nDisallow: /a\n\nUser-agent: *\nAllow: /",
            "User-agent: *\nDisallow: /*a$",
        ],
    )
    def test_are_obeyed(self, site: Site, fetched: Callable[..., FetchReport], rules: str) -> None:
        site.pages |= {"/robots.txt": rules, "/a": page("A")}

        report = fetched("/a")

        assert reasons(report) == ["its site's robots.txt forbids it"]
        assert site.paths() == []

    @pytest.mark.parametrize(
        "rules",
        ["", "User-agent: *\nDisallow: /\nAllow: /a", "User-agent: other\nDisallow: /", "\x00\xff nonsense\n" * 1000,
         "User-agent: *\nDisallow: /" + "*a" * 5000 + "b$"],
        ids=["empty", "longest", "of another", "nonsense", "stars"],
    )  # fmt: skip
    def test_that_do_not_forbid(
        self, site: Site, fetched: Callable[..., FetchReport], rules: str
    ) -> None:
        site.pages |= {"/robots.txt": rules, "/a": page("A")}

        assert fetched("/a").pages == 1

    @pytest.mark.parametrize(
        ("answer", "is_allowed"),
        [
            (lambda asked: asked.answer(404), True),
            (lambda asked: asked.answer(403), True),
            (lambda asked: asked.answer(500), False),
            (lambda asked: asked.answer(503), False),
            (lambda asked: asked.answer(429), False),
            (lambda asked: asked.answer(200, "#" * 600_000), False),
            (lambda asked: asked.answer(302, "", Location="/robots2"), True),
            (lambda asked: asked.answer(302, "", Location="/robots.txt"), False),
            (lambda asked: asked.answer(302, "", Location="file:///etc/passwd"), False),
        ],
        ids=[
            "404",
            "403",
            "500",
            "503",
            "429",
            "too large",
            "elsewhere",
            "circle",
            "file",
        ],
    )
    def test_that_cannot_be_had(
        self,
        site: Site,
        fetched: Callable[..., FetchReport],
        answer: Callable[[Asked], None],
        is_allowed: bool,
    ) -> None:
        """RFC 9309, 2.3.1: unavailable allows all, unreachable nothing."""
        site.pages |= {
            "/robots.txt": answer,
            "/a": page("A"),
            "/robots2": "User-agent: *\nAllow: /",
        }

        report = fetched("/a")

        assert report.pages == is_allowed
        assert len(report.refused) == (not is_allowed)

    def test_that_never_come_allow_nothing(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/robots.txt": lambda asked: asked.wait(), "/a": page("A")}

        report = fetched("/a", limits=FetchLimits(read_s=0.1))

        assert "robots.txt cannot be read (did not answer for 0.1 seconds)" in reasons(report)[0]

    def test_are_asked_for_once_of_each_site(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a"), entry("/b"), entry(site.url("/c", "other.test")))}

        fetched("/feed")

        asked = [what for what, _ in site.asked if what.endswith("robots.txt")]
        assert asked == ["news.test/robots.txt", "other.test/robots.txt"]

    def test_count_where_a_redirect_leads(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        def robots(asked: Asked) -> None:
            is_other = asked.headers["Host"].startswith("other.test")
            asked.answer(200, "User-agent: *\nDisallow: /" if is_other else "")

        site.pages |= {
            "/robots.txt": robots,
            "/a": lambda asked: asked.answer(302, "", Location=site.url("/b", "other.test")),
            "/b": page("B"),
        }

        # Which site is meant is said: it is not the one that was asked for.
        there = site.url("/b", "other.test")
        assert reasons(fetched("/a")) == [f"leads to {there}: its site's robots.txt forbids it"]


class TestPauses:
    @pytest.mark.parametrize(
        ("rules", "seconds"),
        [("", 1.0), ("User-agent: *\nCrawl-delay: 5", 5.0), ("User-agent: *\nCrawl-delay: 86400", 30.0), ("User-agent: *\nCrawl-delay: 0.1", 1.0)],
        ids=["usual", "asked for", "bounded", "less"],
    )  # fmt: skip
    def test_are_kept_between_requests(
        self,
        site: Site,
        clock: Clock,
        fetched: Callable[..., FetchReport],
        rules: str,
        seconds: float,
    ) -> None:
        at = []

        def noted(asked: Asked) -> None:
            at.append(clock.at)
            asked.answer(200, page(asked.path))

        urls = "".join(f"<url><loc>{site.url(f'/{n}')}</loc></url>" for n in range(4))
        site.pages |= {"/robots.txt": rules, "/map": f"<urlset>{urls}</urlset>"}
        site.pages |= {f"/{n}": noted for n in range(4)}

        fetched("/map")

        gaps = [later - earlier for earlier, later in pairwise(at)]
        assert gaps == pytest.approx([seconds] * 3, abs=0.01)

    def test_are_of_each_host(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        """Five hosts take no longer than one."""
        hosts = [f"{name}.test" for name in "abcde"]
        site.pages["/a"] = page("A")

        report = fetched(*(Feed(site.url("/a", host)) for host in hosts))

        assert report.pages == 5
        assert report.seconds == pytest.approx(1.0, abs=0.01)

    @pytest.mark.parametrize("status", [429, 503])
    def test_that_a_site_asks_for_are_made(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport], status: int
    ) -> None:
        at = []

        def busy_once(asked: Asked) -> None:
            at.append(clock.at)
            asked.answer(status if len(at) == 1 else 200, page("A"), Retry_After="50")

        site.pages["/a"] = busy_once

        report = fetched("/a")

        assert (report.pages, at[1] - at[0]) == (1, pytest.approx(50, abs=0.01))

    def test_that_a_site_asks_for_by_date(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        at = []

        def busy_once(asked: Asked) -> None:
            at.append(clock.at)
            asked.answer(
                503 if len(at) == 1 else 200,
                page("A"),
                Retry_After=formatdate(1_000_000_060, usegmt=True),
            )

        site.pages["/a"] = busy_once

        fetched("/a")

        assert at[1] == pytest.approx(1_000_000_060, abs=0.5)

    def test_that_are_too_long_are_left_to_later_runs(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/a"] = lambda asked: asked.answer(429, "", Retry_After="7200")

        first, second = fetched("/a"), fetched("/a")
        clock.at += 7200
        site.pages["/a"] = page("A")

        assert reasons(first) == ["the answer was 429 Too Many Requests"]
        assert "left alone until 2001-09-09 03:46" in reasons(second)[0]
        assert fetched("/a").pages == 1
        assert site.paths() == ["/a", "/a"]

    def test_that_a_site_asks_for_count_for_all_its_pages(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        at: dict[str, list[float]] = {"/a": [], "/b": []}

        def note(asked: Asked) -> None:
            at[asked.path].append(clock.at)
            is_first = asked.path == "/a" and len(at["/a"]) == 1
            asked.answer(503 if is_first else 200, page(asked.path), Retry_After="50")

        site.pages |= {"/a": note, "/b": note}

        fetched("/a", "/b")

        assert at["/b"][0] - at["/a"][0] > 49

    @pytest.mark.parametrize("said", ["soon", "-5", "9" * 400, "", "Mon, 99 Nov 2026 08:00:00 GMT"])
    def test_that_make_no_sense_end(
        self, site: Site, fetched: Callable[..., FetchReport], said: str
    ) -> None:
        site.pages["/a"] = lambda asked: asked.answer(503, "", Retry_After=said)

        assert "503" in reasons(fetched("/a"))[0]


class TestFailures:
    @pytest.mark.parametrize(
        ("answer", "why", "tries"),
        [
            (lambda asked: asked.answer(500), "the answer was 500 Internal Server Error (3 times)", 3),
            (lambda asked: asked.answer(404), "the answer was 404 Not Found", 1),
            (lambda asked: asked.answer(204), "the answer was 204 No Content", 1),
            (lambda asked: asked.answer(200, ""), "is empty", 1),
            (lambda asked: asked.answer(200, "x" * 100, Content_Type="application/zip+x"), "no reader knows it", 1),
            (lambda asked: asked.answer(200, "abc", Content_Length="9"), "ends before all of it has come (3 times)", 3),
            (lambda asked: asked.raw(b"HTTP/1.1 999 \x1b[31mred" + b"d" * 900 + b"\r\nContent-Length: 0\r\n\r\n"), "the answer was 999", 1),
        ],
        ids=["500", "404", "204", "empty", "unknown type", "cut", "strange"],
    )  # fmt: skip
    def test_are_said_and_what_may_pass_is_tried_again(
        self,
        site: Site,
        fetched: Callable[..., FetchReport],
        answer: Callable[[Asked], None],
        why: str,
        tries: int,
    ) -> None:
        site.pages |= {"/a": answer, "/b": page("B")}

        report = fetched("/a", "/b")

        assert why in reasons(report)[0]
        assert (site.paths().count("/a"), report.pages) == (tries, 1)

    def test_waits_grow(
        self, site: Site, clock: Clock, fetched: Callable[..., FetchReport]
    ) -> None:
        at = []

        def note(asked: Asked) -> None:
            at.append(clock.at)
            asked.answer(502)

        site.pages["/a"] = note

        fetched("/a")

        gaps = [later - earlier for earlier, later in pairwise(at)]
        assert gaps == pytest.approx([2.0, 4.0], abs=0.01)

    def test_in_a_row_end_the_asking(self, site: Site, fetched: Callable[..., FetchReport]) -> None:
        urls = "".join(f"<url><loc>{site.url(f'/{n}')}</loc></url>" for n in range(50))
        site.pages["/map"] = f"<urlset>{urls}</urlset>"
        site.pages |= {f"/{n}": lambda asked: asked.answer(500) for n in range(50)}

        report = fetched("/map")

        assert len(site.paths()) == 6
        assert "news.test failed 5 times in a row" in report.notes[0]
        assert report.left == 50 - len(report.refused)

    def test_of_one_feed_do_not_stop_the_rest(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/b"] = feed(entry("/x", full=LONG))

        report = fetched("/a", "/b")

        assert (len(report.refused), report.lists, report.answered) == (1, 1, 1)

    def test_more_than_was_announced_is_noted(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        text = page("A")
        site.pages["/a"] = lambda asked: asked.answer(
            200, text + "more", Content_Length=str(len(text))
        )

        report = fetched("/a")

        assert (report.pages, report.notes) == (
            1,
            [
                f"{site.url('/a')}: sent more than its Content-Length says; what follows was not read"
            ],
        )


class TestStops:
    def test_keep_what_was_fetched_and_the_next_run_goes_on(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/feed": feed(entry("/a"), entry("/b")), "/a": page("A"), "/b": page("B")}

        first = fetched("/feed", is_stopped=lambda: "/a" in site.paths())
        second = fetched("/feed")

        assert (first.is_interrupted, second.is_interrupted) == (True, False)
        assert sorted(url for _, url, _ in kept(tmp_path / "fetched")) == [
            site.url("/a"),
            site.url("/b"),
        ]

    def test_what_a_killed_run_left_is_named_by_the_next(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/a"] = page("A")
        (path,) = fetched("/a").paths
        path.rename(path.with_name(f".{path.name}"))
        assert kept(tmp_path / "fetched") == []

        fetched("/a")

        assert [url for _, url, _ in kept(tmp_path / "fetched")] == [site.url("/a")]

    def test_a_full_disk_leaves_what_is_whole(
        self,
        site: Site,
        tmp_path: Path,
        fetched: Callable[..., FetchReport],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The second page does not fit: of it there is nothing, and it is asked for again."""
        site.pages |= {"/a": page("A"), "/b": page("B")}
        sync, records = os.fsync, itertools.count()

        def fill(file: int) -> None:
            if next(records) == 2:  # after the header of the file, and the first page
                raise OSError(errno.ENOSPC, "No space left on device")
            sync(file)

        monkeypatch.setattr(os, "fsync", fill)
        with pytest.raises(ReadError, match="No space left on device; what was fetched is kept"):
            fetched("/a", "/b")
        before = kept(tmp_path / "fetched")
        report = fetched("/a", "/b")

        assert [url for _, url, _ in before] == [site.url("/a")]
        assert (report.pages, report.pages_unchanged) == (1, 1)

    def test_a_state_that_cannot_be_written_is_said(
        self, site: Site, fetched: Callable[..., FetchReport], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        site.pages["/a"] = page("A")
        monkeypatch.setattr("search.fetch.state.State.answered", fail)

        with pytest.raises(ReadError, match=r"\.state\.sqlite: database or disk is full"):
            fetched("/a")

    def test_one_run_works_on_a_folder_at_a_time(
        self, site: Site, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages["/a"] = page("A")

        def start_another() -> bool:
            with pytest.raises(ReadError, match="another newssearch fetch"):
                fetched("/b")
            return True

        assert fetched("/a", is_stopped=start_another).is_interrupted

    def test_a_damaged_state_is_said(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        (tmp_path / "fetched").mkdir()
        (tmp_path / "fetched" / ".state.sqlite").write_bytes(b"no database" * 500)

        with pytest.raises(ReadError, match=r"is damaged .*remove it"):
            fetched("/a")


class TestArchives:
    def test_have_what_was_answered_without_its_encoding_and_its_cookies(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        packed = gzip.compress(page("A").encode())
        site.pages["/a"] = lambda asked: asked.answer(
            200, packed, Content_Encoding="gzip", Set_Cookie="who=you", ETag='"1"'
        )

        fetched("/a")

        (path,) = kept_files(tmp_path / "fetched")
        with path.open("rb") as file:
            headers = next(
                r for r in ArchiveIterator(file) if r.rec_type == "response"
            ).http_headers
        assert headers["X-Archive-Orig-Content-Encoding"] == "gzip"
        assert headers["Content-Length"] == str(len(page("A").encode()))
        assert (headers["ETag"], headers["Content-Encoding"], headers["Set-Cookie"]) == (
            '"1"',
            None,
            None,
        )


class TestCollections:
    def test_are_noted_with_each_page(
        self, site: Site, tmp_path: Path, fetched: Callable[..., FetchReport]
    ) -> None:
        site.pages |= {"/a": page("A"), "/b": page("B"), "/feed": feed(entry("/c", full=LONG))}
        names = ["", "Ost & West: Köln/Bonn", "../up"]

        fetched(*(Feed(site.url(path), name) for path, name in zip(site.pages, names, strict=True)))

        (path,) = kept_files(tmp_path / "fetched")
        assert {item.title: item.collection for item in read(path) if isinstance(item, Article)} == {
            "A": "", "B": names[1], "/c": names[2],
        }  # fmt: skip
