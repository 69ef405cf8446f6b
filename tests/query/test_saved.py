"""Saved searches: their file, their names, what they are in another query."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model.errors import SettingError
from search.model.fields import FIELDS
from search.model.question import Question, Selection
from search.query.context import SavedText
from search.query.saved import SavedSearch, key_of, text_of
from search.query.saved_file import is_name, read_saved, searches_of, toml_of

FILE = """\
# what we follow
[[search]]
name = "Night ferry"
query = "ferry (night OR fog)"
place = ["Port Ellery", "Varnholm"]
without = "author"
from = "2026-03"
to = "P7D"
match = "any"
sort = "newest"

[[search]]
name = "all of it"
"""


def test_a_file_is_read_in_its_order():
    first, second = searches_of(FILE, "searches.toml")
    assert first == SavedSearch(
        "Night ferry",
        Question(
            text="ferry (night OR fog)",
            selections=(Selection("place", ("Port Ellery", "Varnholm")),),
            without=("author",),
            start="2026-03",
            end="P7D",
            match="any",
            sort="newest",
        ),
    )
    assert second == SavedSearch("all of it", Question())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"alliance: nato\n", "searches.toml:1: .*a saved search looks like"),
        (b'[[search]]\nquery = "x"\n', "toml:1: a saved search has a name"),
        (b'[[search]]\nname = "!!"\n', "toml:1: a saved search has a name"),
        (b"[[search]]\nname = 3\n", "toml:1: a saved search has a name"),
        (b'[[search]]\nname = "a"\n\n[[search]]\nname = "A"\n', "toml:4: 'A' is the name of an ear"),
        (b'[[search]]\nname = "a"\nqueri = "x"\n', "toml:1: 'queri' is not known"),
        (b'[[search]]\nname = "a"\nquery = 3\n', "toml:1: query is a text"),
        (b'[[search]]\nname = "a"\nmatch = "some"\n', "match is one of all, most, any"),
        (b'[[search]]\nname = "a"\nauthor = [1]\n', "author is a text in quotation marks, or a"),
        (b'[[search]]\nname = "a"\nwithout = "body"\n', "without 'body': choose from author"),
        (b'[search]\nname = "a"\n', "search is no list of searches"),
        (b'name = "a"\n', "'name' is not known; a saved search looks like"),
        (b'[[search]]\nname = "a"\nquery = "\xff"\n', "toml:3: not UTF-8"),
        (b"#" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "searches.toml"
    path.write_bytes(content)
    with pytest.raises(SettingError, match=message):
        read_saved(path)


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("Night ferry", "night-ferry", " NIGHT  _ferry "), "night-ferry"),
        (("STRASSE", "straße"), "strasse"),
        (("élysée",), "élysée"),
    ],
)
def test_names_of_one_search_have_one_key(names: tuple[str, ...], key: str):
    assert {key_of(name) for name in names} == {key}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("a b"), SavedText("a b")),
        (
            Question("a", selections=(Selection("author", ("Ann Lee",)),)),
            SavedText("a", 'author:"Ann Lee"'),
        ),
        (
            Question(selections=(Selection("place", ("A", 'B "C"')),), without=("author",)),
            SavedText("", '(place:"A" OR place:"B C") -author:*'),
        ),
        (Question("a", start="2024-03"), SavedText("a", 'date:"2024-03.."')),
        (Question("a", start="P7D", end="today"), SavedText("a", 'date:"P7D..today"')),
        (
            Question("oil", (Selection("author", ("Ann",)),), without=("author", "place")),
            SavedText("oil", '(author:"Ann" OR -author:*) -place:*'),
        ),
    ],
)
def test_a_search_in_a_query_has_its_filters(question: Question, expected: SavedText):
    assert text_of(question) == expected


printable = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
values = st.lists(printable.filter(str.strip), max_size=3, unique=True).map(tuple)


@given(
    name=printable.map(lambda text: " ".join(text.split())).filter(is_name),
    text=printable.map(str.strip),
    authors=values,
    places=values,
    match=st.sampled_from(["all", "most", "any"]),
)
def test_what_is_written_is_read_again(name, text, authors, places, match):
    selections = [Selection(f, v) for f, v in (("author", authors), ("place", places)) if v]
    search = SavedSearch(name, Question(text, selections=tuple(selections), match=match))
    assert searches_of(toml_of(search), "searches.toml") == (search,)


def test_every_facet_can_be_saved():
    selections = tuple(Selection(field, ("x",)) for field in FIELDS.facets)
    search = SavedSearch("all", Question(selections=selections))
    assert searches_of(toml_of(search), "searches.toml") == (search,)
