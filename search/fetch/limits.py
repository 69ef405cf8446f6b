"""How much is asked of a site, and taken from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Handed down to all that fetches. Times are in seconds, sizes in bytes after decompression."""

    # Of one request

    connect_s: float = 10.0
    #: Between two parts of an answer.
    read_s: float = 20.0
    #: From the look-up of the name to the last byte.
    total_s: float = 60.0
    #: The reader of web archives takes records of up to 20 MB.
    max_bytes: int = 15_000_000
    #: RFC 9309 asks for at least 500 KiB.
    max_robots_bytes: int = 512_000
    #: Of the status line and all headers.
    max_header_bytes: int = 128_000
    #: Addresses of one name that are tried.
    max_tried: int = 4
    #: Longer ones are no addresses of pages.
    max_url_chars: int = 2_000

    # Of one address

    #: RFC 9309 asks for at least five.
    max_redirects: int = 10
    max_tries: int = 3
    #: Waited before the second try; twice as long before each that follows.
    retry_s: float = 2.0
    #: Sites that ask to be left alone for longer are left to the next run.
    max_wait_s: float = 120.0

    # Of one host

    #: From the beginning of one request to that of the next.
    host_interval_s: float = 1.0
    #: A longer Crawl-delay counts as this.
    max_crawl_delay_s: float = 30.0
    #: Requests in a row that failed, after which nothing more is asked in this run.
    max_failures: int = 5

    # Of a run

    #: Requests under way at the same time, each to another host.
    at_once: int = 8
    #: Pages of one feed or sitemap.
    max_pages: int = 100
    #: Feeds and sitemaps that others list.
    max_lists: int = 500
    #: OPML lists feeds, a sitemap index lists sitemaps; deeper ones are not followed.
    max_depth: int = 3
    #: Entries of one feed or sitemap that are looked at; a sitemap may have as many.
    max_entries: int = 50_000
    #: Younger pages are asked for again by every run that meets them.
    young_s: float = 600.0


FETCH_LIMITS = FetchLimits()
