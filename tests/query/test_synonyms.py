"""Words that mean the same: the file, what of a query has synonyms, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from search.model.errors import SettingError
from search.query.parser import parse
from search.query.render import render
from search.query.synonyms import (
    MAX_OF_QUERY,
    MAX_OF_WORD,
    synonyms_in,
    with_synonyms,
    without_synonyms,
)
from search.query.synonyms_file import (
    MAX_FILE_BYTES,
    NO_SYNONYMS,
    SynonymTable,
    key_of,
    read_synonyms,
)
from search.query.tree import Group, Phrase, Synonyms, Word, walk
from tests.support.trees import trees

FILE = """
same = [
  ["car", "automobile", "Motor Car"],
  ["UN", "United Nations"],
  ["Zürich", "Zurigo"],
]

[also]
vehicle = ["car", "lorry", "vehicles"]
"car" = ["limousine"]
"""


def table(tmp_path: Path, text: str = FILE) -> SynonymTable:
    path = tmp_path / "synonyms.toml"
    path.write_text(text, "utf-8")
    return read_synonyms(str(path))


@pytest.fixture
def read(tmp_path: Path) -> SynonymTable:
    return table(tmp_path)


class TestWhatHasSynonyms:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("car", ["automobile", '"motor car"', "limousine"]),
            ("CARS", ["automobile", '"motor car"', "limousine"]),
            ("automobiles", ["car", '"motor car"']),
            ("motor car", ["car", "automobile"]),
            ("motor cars", ["car", "automobile"]),
            ("motor-car", ["car", "automobile"]),
            ("un", ['"united nations"']),
            ("United Nations report", ["un"]),
            ("zurich", ["zurigo"]),
            ("vehicle", ["car", "lorry"]),
            ("lorry", []),
            ("limousine", []),
            ("united kingdom nations", []),
            ("united AND nations", []),
            ('"car"', []),
            ('"united nations"', []),
            ("-car", []),
            ("-(car un)", []),
            ("title:car", []),
            ("car*", []),
            ("car~1", []),
            ("car NEAR un", []),
            ("(car OR un) lorry", ["automobile", '"motor car"', "limousine", '"united nations"']),
            ("un AND zurich", ['"united nations"', "zurigo"]),
            ("car car", ["automobile", '"motor car"', "limousine"]),
            ("*", []),
        ],
    )
    def test_bare_words_and_words_in_a_row(self, read, text, expected):
        tree = parse(text).tree
        found = with_synonyms(tree, read)
        assert (list(synonyms_in(found.tree)), found.notices) == (expected, ())
        if not expected:
            assert found.tree == tree

    def test_forms_are_those_of_the_languages_of_the_index(self, tmp_path):
        rockets = table(tmp_path, 'same = [["Rakete", "Flugkörper"]]')
        german = rockets.in_languages(("de", "en"))
        assert (rockets.of(("raketen",)), german.of(("raketen",))) == ((), (("flugkorper",),))
        assert german.in_languages(("de", "en")) is german
        # In Italian "care" is a form of "car" too.
        assert table(tmp_path).in_languages(("en",)).of(("care",)) == ()

    def test_a_word_stays_first_and_several_words_are_a_phrase_in_any_form(self, read):
        found = with_synonyms(parse("un met").tree, read).tree
        nations = Phrase(("united", "nations"), exact=False)
        assert found == Group((Synonyms((Word("un"), nations)), Word("met")))

    def test_words_in_a_row_are_one_clause(self, read):
        found = with_synonyms(parse("the united nations met").tree, read).tree
        row = Group((Word("united"), Word("nations")))
        assert found == Group((Word("the"), Synonyms((row, Word("un"))), Word("met")))
        assert render(found) == "the ((united nations) OR un) met"

    def test_words_in_a_row_can_be_left_alone(self, read):
        tree = parse("united nations car").tree
        found = with_synonyms(tree, read, joins_words=False).tree
        assert synonyms_in(found) == ("automobile", '"motor car"', "limousine")

    @settings(deadline=None)
    @given(tree=trees(("car", "cars", "motor", "un", "nations", "united", "lorry")))
    def test_any_query_comes_back_without_them_and_reads_as_an_or(self, tree):
        groups = [("car", "automobile"), ("un", "united nations")]
        names = {tuple(name.split()): group for group in groups for name in group}
        of_key = {
            key_of(forms): tuple(tuple(n.split()) for n in group if tuple(n.split()) != forms)
            for forms, group in names.items()
        }
        found = with_synonyms(tree, SynonymTable(of_key)).tree
        words = [node for node in walk(without_synonyms(found)) if isinstance(node, Word)]
        assert words == [node for node in walk(tree) if isinstance(node, Word)]
        assert not any(isinstance(node, Synonyms) for node in walk(without_synonyms(found)))
        assert without_synonyms(found) == tree or "(united nations)" in render(found)
        parse(render(found))

    def test_there_are_never_more_than_a_query_can_bear(self):
        many = tuple((f"other{n}",) for n in range(30))
        large = SynonymTable({("car",): many, ("un",): many, ("bus",): many, ("tram",): many})
        found = with_synonyms(parse("car un bus tram").tree, large)
        assert len([n for n in walk(found.tree) if isinstance(n, Word)]) == 4 + MAX_OF_QUERY
        assert found.notices == (
            *(f"only {MAX_OF_WORD} of 30 synonyms of '{w}' were searched" for w in ("car", "un", "bus")),
            "no synonyms of 'tram' were searched: there are too many",
        )  # fmt: skip

    def test_a_file_that_says_nothing_changes_nothing(self, tmp_path):
        assert table(tmp_path, "# nothing yet\n").of(("car",)) == ()
        assert NO_SYNONYMS.longest == 0


class TestFile:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ('same = [["car", "automobile"]', 1, "line looks"),
            ('cars = ["a", "b"]', 1, "'cars' is not known here"),
            ('same = "car"', 1, "groups stand in a list"),
            ('same = ["car", "automobile"]', 1, "comes a list of names in quotes"),
            ('same = [\n["car", 3]]', 1, "comes a list of names in quotes"),
            ('same = [\n["bus", "tram"],\n["car"]]', 3, "needs two names"),
            ('same = [\n["bus", "tram"],\n["car", "cars"]]', 3, "needs two names"),
            ('same = [\n["car", "!!"]]', 2, "'!!' holds no word"),
            ('same = [\n["car", "a b c d e f g h i"]]', 2, "more than 8 words"),
            ('[also]\nvehicle = "car"', 2, "comes a list of names in quotes"),
            ("also = 3", 1, "groups stand in a list"),
        ],
    )
    def test_what_cannot_be_used_is_said_with_its_line(self, tmp_path, text, line, said):
        with pytest.raises(SettingError) as caught:
            table(tmp_path, text)
        message = str(caught.value)
        assert f"synonyms.toml:{line}: " in message
        assert said in message or said == "line looks"

    def test_it_is_bounded(self, tmp_path):
        names = ", ".join(f'"w{n}"' for n in range(101))
        with pytest.raises(SettingError, match="more than 100 names"):
            table(tmp_path, f"same = [[{names}]]")
        groups = ", ".join(f'["a{n}", "b{n}"]' for n in range(20_001))
        with pytest.raises(SettingError, match="more than 20,000 groups"):
            table(tmp_path, f"same = [{groups}]")
        with pytest.raises(SettingError, match="larger than"):
            table(tmp_path, "#" * (MAX_FILE_BYTES + 1))

    def test_a_file_that_is_not_there_is_said(self):
        with pytest.raises(SettingError, match=r"synonyms nowhere\.toml: No such file"):
            read_synonyms("nowhere.toml")
