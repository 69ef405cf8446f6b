"""Which addresses are asked for, and in which spelling."""

from __future__ import annotations

import pytest

from search.fetch.addresses import BadAddress, address_of, why_not_public


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1",
        "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
        "fec0::1", "100::1", "no address",
    ],
)  # fmt: skip
def test_not_public(ip: str) -> None:
    assert why_not_public(ip) != ""


@pytest.mark.parametrize(
    "ip",
    ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1", "2a00:1450::1"],
)
def test_public(ip: str) -> None:
    assert why_not_public(ip) == ""


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("http://News.Example", "", "http://news.example/"),
        ("https://news.example:443/a?b=c#d", "", "https://news.example/a?b=c"),
        ("http://news.example:8080/", "", "http://news.example:8080/"),
        (" https://news.example/grün/ä b ", "", "https://news.example/gr%C3%BCn/%C3%A4%20b"),
        ("https://news.example/a%20b", "", "https://news.example/a%20b"),
        ("https://münchen.example/", "", "https://xn--mnchen-3ya.example/"),
        ("/p1.html", "https://news.example/feed/rss", "https://news.example/p1.html"),
        ("p1.html", "https://news.example/feed/rss", "https://news.example/feed/p1.html"),
        ("//cdn.example/x", "https://news.example/", "https://cdn.example/x"),
        ("http://[2606:2800:220:1::1]:8080/x", "", "http://[2606:2800:220:1::1]:8080/x"),
        ("http://news.example/a\r\nX: y", "", "http://news.example/aX:%20y"),
    ],
    ids=[
        "case",
        "port",
        "other port",
        "letters",
        "escaped",
        "idn",
        "absolute",
        "relative",
        "host",
        "ipv6",
        "line",
    ],
)
def test_spelling(url: str, base: str, expected: str) -> None:
    assert address_of(url, base).url == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "file:"),
        ("ftp://news.example/", "ftp:"),
        ("gopher://news.example/", "gopher:"),
        ("javascript:alert(1)", "javascript:"),
        ("data:text/html,x", "data:"),
        ("news.example/feed", "no scheme"),
        ("", "no scheme"),
        ("http://", "no host"),
        ("http:///x", "no host"),
        ("http://me:secret@news.example/", "password"),
        ("http://me@news.example/", "password"),
        ("http://news.example:99999/", "no address"),
        ("http://[::1/", "no address"),
        ("http://a b/", "cannot be"),
        ("http://a\x00b/", "cannot be"),
        (f"http://news.example/{'a' * 3000}", "longer than"),
    ],
)
def test_no_address(url: str, why: str) -> None:
    with pytest.raises(BadAddress, match=why):
        address_of(url)
