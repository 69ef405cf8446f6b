"""What a robots.txt says, whoever wrote it."""

from __future__ import annotations

import tracemalloc

import pytest

from search.fetch.client import Answer
from search.fetch.robots import Rules, rules_of

URL = "https://news.example/a/story.html?page=2"


def rules(text: str | bytes) -> Rules:
    content = text.encode() if isinstance(text, str) else text
    return rules_of(Answer(200, "OK", (), content, ""))


@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /a", False),
        ("user-agent:newssearch\ndisallow:/a", False),
        ("USER-AGENT : NewsSearch/2.0 # ours\nDisallow: /", False),
        ("User-agent: * # all\nDisallow: /", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("User-agent: *\rDisallow: /", False),
        ("User-agent: other\nUser-agent: newssearch\nDisallow: /", False),
        ("User-agent: newssearch\nUser-agent: other\nDisallow: /", False),
        ("User-agent: other\nDisallow: /\n\nUser-agent: another\nDisallow: /", True),
        ("User-agent: news\nDisallow: /", True),
        ("User-agent: newssearch-pictures\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: newssearch\nAllow: /", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/story", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/story", False),
        ("User-agent: *\nDisallow: /*.html$", True),
        ("User-agent: *\nDisallow: /*.html", False),
        ("User-agent: *\nDisallow: /*page=2$", False),
        ("Disallow: /", True),
        ("<html><body>Not found</body></html>", True),
        (b"User-agent: *\n# gr\xfcn\nDisallow: /", False),
    ],
)
def test_rules(text: str | bytes, is_allowed: bool) -> None:
    assert (rules(text).why_not(URL) == "") == is_allowed


@pytest.mark.parametrize("spelling", ["User-agent: r{}", "useragent r{}", "user \t agent: r{}"])
def test_many_rules_for_many_robots_take_little_memory(spelling: str) -> None:
    robots = "\n".join(spelling.format(n) for n in range(2_000))
    paths = "\n".join(f"Disallow: /{n}" for n in range(2_000))

    tracemalloc.start()
    try:
        allowed = rules(f"{robots}\n{paths}\n\nUser-agent: *\nDisallow: /a").why_not(URL)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert allowed != ""
    assert peak_bytes < 20_000_000
