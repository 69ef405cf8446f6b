"""Nothing in a text becomes markup; only our own marks do."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight.highlighter import Highlighter
from search.highlight.marked import Marked
from search.highlight.named import Name
from search.present.as_html import to_html
from search.query.parser import parse

LINK = '<a class="named person" href="?&lt;" title="person: &quot;B&quot;">'


class Elements(HTMLParser):
    """Collects what a browser would make of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag if not attrs else f"{tag} with attributes")

    def handle_data(self, data: str) -> None:
        self.text += data


class Nesting(HTMLParser):
    """Follows which elements are open, and which characters stand in a mark."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.text = ""
        self.is_marked: list[bool] = []
        self.links = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag not in self.open
        assert tag == "mark" or not self.open
        self.open.append(tag)
        self.links += tag == "a"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.is_marked += ["mark" in self.open] * len(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_data(unescape(f"&#{name};"))


class TestHtml:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (Marked("a kyiv b", ((2, 6),)), "a <mark>kyiv</mark> b"),
            (Marked("<b>&amp;\"'", ((0, 3),)), "<mark>&lt;b&gt;</mark>&amp;amp;&quot;&#x27;"),
            (Marked("AT&T", ((0, 4),)), "<mark>AT&amp;T</mark>"),
            (Marked("a\x00\x1b\x7f\x85\ufffe\ud800\U0001ffff\n\tz"), "a" + "\ufffd" * 7 + "\n\tz"),
            (Marked(""), ""),
        ],
        ids=["mark", "markup", "ampersand", "not allowed", "empty"],
    )
    def test_escaping(self, text, expected):
        assert to_html(text) == expected

    @pytest.mark.parametrize(
        ("marks", "expected"),
        [
            ((), "A <a ...>Joe B</a> and"),
            (((2, 7),), 'A <a ...><mark>Joe B</mark></a> and'),
            (((6, 7),), 'A <a ...>Joe <mark>B</mark></a> and'),
            (((0, 11),), '<mark>A </mark><a ...><mark>Joe B</mark></a><mark> and</mark>'),
            (((0, 3), (4, 5), (7, 8)), '<mark>A </mark><a ...><mark>J</mark>o<mark>e</mark> B</a><mark> </mark>and'),
            (((0, 2), (7, 11)), '<mark>A </mark><a ...>Joe B</a><mark> and</mark>'),
        ],
        ids=["none", "same", "inside", "around", "over edges", "beside"],
    )  # fmt: skip
    def test_names_are_links_and_marks_nest(self, marks, expected):
        marked = Marked("A Joe B and", marks, (Name(2, 7, "person", '"B"'),))
        html = to_html(marked, lambda name: "?<")

        assert html == expected.replace("<a ...>", LINK)
        assert to_html(marked) == to_html(Marked(marked.text, marks))

    @given(
        text=st.text(alphabet='<>&"ab ', min_size=12, max_size=12),
        edges=st.sets(st.integers(0, 12), max_size=8).map(sorted),
        name_edges=st.sets(st.integers(0, 12), max_size=6).map(sorted),
    )
    def test_any_marks_and_names_nest_and_leave_the_text(self, text, edges, name_edges):
        marks = tuple(zip(edges[::2], edges[1::2], strict=False))
        pairs = zip(name_edges[::2], name_edges[1::2], strict=False)
        names = tuple(Name(start, end, "place", text) for start, end in pairs)
        parser = Nesting()
        parser.feed(to_html(Marked(text, marks, names), lambda name: name.name))
        parser.close()

        assert (parser.text, parser.open) == (text, [])
        inside = [any(a <= at < b for a, b in marks) for at in range(len(text))]
        assert parser.is_marked == inside
        assert parser.links == len(names)

    @given(
        st.text(max_size=30)
        | st.lists(st.sampled_from([*"<>&\"'/! =-#x;", "script", "mark", "kyiv"])).map("".join)
    )
    def test_markup_never_comes_from_the_text(self, text):
        parser = Elements()
        parser.feed(to_html(Marked(text, Highlighter(parse("kyiv").tree).marks(text))))
        parser.close()
        assert set(parser.tags) <= {"mark"}
        assert [c for c in text if c not in parser.text and c.isprintable()] == []
