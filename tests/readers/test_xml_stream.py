"""XML an element at a time: what is hostile, beyond a bound or undeclared."""

from __future__ import annotations

import io

import pytest

from search.model.article import BadArticle
from search.model.settings import Settings
from search.readers.source import Limits, Origin
from search.readers.xml_stream import elements, line_of, root_of, text_in

ORIGIN = Origin("a.xml", Limits.of(Settings()))
LAUGHS = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


def read(text: str) -> tuple[list[str], list[str]]:
    """Return the texts of the elements called item, and why others were refused."""
    texts, reasons = [], []
    for found in elements(ORIGIN, io.StringIO(text), root_of(text[:65_536]), ("item",), "an item"):
        if isinstance(found, BadArticle):
            reasons.append(found.reason)
        else:
            texts.append(text_in(found))
    return texts, reasons


@pytest.mark.parametrize(
    ("text", "texts", "reason"),
    [
        (f'<!DOCTYPE a [<!ENTITY e0 "boom">{LAUGHS}]><a><item>&e9;</item></a>', [], "its entities grow without end"),
        ('<!DOCTYPE a [<!ENTITY b "boom">]><a><item>&b;</item><item>x</item></a>', ["x"], "uses &b;"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a><item>&b;</item></a>', [], "uses &b;"),
        ('<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;<!ENTITY b "c">]><a><item>&b;</item></a>', [], "uses &b;"),
        ('<!DOCTYPE a [<!ENTITY b "&c;"><!ENTITY c "&b;">]><a><item>&b;</item></a>', [], "loop"),
        (f'<!DOCTYPE a [<!ENTITY b "{"b" * 100_000}">]><a><item>{"&b;" * 10_000}</item></a>', [], "64 KB of declarations"),
        (f"<a><item>x</item><item>{'<b>' * 100_000}</item></a>", ["x"], "depth"),
        (f"<a><item>x</item><item b='{'b' * 11_000_000}'/></a>", ["x", ""], "limit"),
        (f"<a><item>x</item><item>{'<b/>' * 60_000}</item></a>", ["x"], "more than 50,000 elements"),
        (f"<a><item>x</item>{'b ' * 16_000_000}</a>", ["x"], "longer than 31,000,000 characters"),
        ("<a><item>x</item><item>y</item", ["x"], "damaged"),
        ("no XML", [], "is no XML"),
    ],
    ids=["laughs", "entity", "file", "parameter", "cycle", "quadratic", "deep", "attribute", "elements", "text", "cut", "none"],
)  # fmt: skip
def test_what_is_hostile_is_refused_with_the_reason(text: str, texts: list[str], reason: str) -> None:  # fmt: skip
    found, reasons = read(text)
    assert found == texts
    assert len(reasons) == 1
    assert reason in reasons[0]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("<p:a><p:item>x</p:item><item>y</item></p:a>", ["x", "y"]),
        ("<a xmlns='urn:a'><item>x</item></a>", ["x"]),
        ('<!DOCTYPE a [<!ENTITY nbsp "&#160;">]><a><item>x&nbsp;y</item></a>', ["x&nbsp;y"]),
        ("<a><item>x<item>y</item></item></a>", ["xy"]),
        ("<a><b><item>x</item></b><b><item>y</item></b></a>", ["x", "y"]),
        ("<item>x</item>", ["x"]),
    ],
    ids=["undeclared prefix", "namespace", "name of HTML", "nested", "wrapped", "root"],
)
def test_elements_are_found_by_their_name(text: str, texts: list[str]) -> None:
    assert read(text) == (texts, [])


def test_nothing_is_kept_of_what_was_read() -> None:
    text = "<a>" + "<b><c>k</c><item>x</item></b>" * 50 + "</a>"
    top = None
    for found in elements(ORIGIN, io.StringIO(text), "a", ("item",), "an item"):
        assert not isinstance(found, BadArticle)
        top = found.getroottree().getroot()
        assert found.getprevious() is not None
    assert top is not None
    assert len(list(top.iter())) < 10


def test_a_beginning_without_an_element_is_seen_at_once() -> None:
    # Each would take longer than the universe is old.
    assert not root_of("<!-- a -->" * 9000 + "x")
    assert not root_of("<!DOCTYPE a [" * 9000)
    assert not root_of("<?a" * 20_000)


@pytest.mark.parametrize("size", [7, 31, 65_536])
def test_documents_one_after_another(size: int) -> None:
    one = '<?xml version="1.0"?>\n<a>\n<item>x</item><item><![CDATA[</b><?xml ?>]]></item></a>\n'
    text = one + one.replace(">x<", ">y<") + one.replace(">x<", ">z<")

    class Slow(io.StringIO):
        def read(self, _size: int | None = -1, /) -> str:
            return super().read(size)

    found = [
        (line_of(each), text_in(each))
        for each in elements(ORIGIN, Slow(text), "a", ("item",), "an item")
        if not isinstance(each, BadArticle)
    ]
    code = "</b><?xml ?>"
    assert found == [(3, "x"), (3, code), (6, "y"), (6, code), (9, "z"), (9, code)]
