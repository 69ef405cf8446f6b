"""Nothing in a text becomes markup; only our own marks do."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight.highlighter import Highlighter
from search.highlight.marked import Marked
from search.present.as_html import to_html
from search.query.parser import parse


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
