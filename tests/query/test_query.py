"""The query language: what a text is read as, how it is written back, what is refused and where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from search.engines.ranking import POSITION_GAP
from search.model.errors import QueryError
from search.model.fields import FIELDS
from search.query import parser as query_parser
from search.query.context import ParseContext, SavedText
from search.query.dates import bound_at
from search.query.leaves import MAX_DISTANCE, LeafReader, Progress, words
from search.query.lexer import OPERATORS, Lexeme, QueryText
from search.query.operators import with_operators
from search.query.parser import Parsed, parse, parse_bound
from search.query.render import render
from search.query.tree import (
    And,
    Bound,
    DateRange,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
    clauses,
    is_required,
    walk,
)
from tests.support.paths import CHECKOUT
from tests.support.trees import trees

DOC = CHECKOUT / "docs" / "query-language.md"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 11, 13, 16, 45, tzinfo=UTC)


def saved(texts: dict[str, str]) -> dict[str, SavedText]:
    return {name: SavedText(text) for name, text in texts.items()}


CONTEXT = ParseContext(
    now=NOW,
    saved=saved(
        {
            "kyiv-wire": "kyiv source:reuters",
            "two words": "nato",
            "either": "blinken OR rutte",
            "outer": "search:either kyiv",
            "blank": "",
            "silent": "!!!",
            "broken": "kyiv (nato",
            "odd": "note:kyiv",
            "circle": "nato search:circle-2",
            "circle-2": "search:circle",
        }
    ),
)
#: Caps that leave room for what `render` writes out.
ROOMY = CONTEXT._replace(max_chars=10**6)


def tree(text: str) -> Query:
    return parse(text, CONTEXT).tree


def word(form: str, field: str | None = None) -> Word:
    return Word(form, field)


def exact(form: str, field: str | None = None) -> Word:
    return Word(form, field, exact=True)


def row(*forms: str, field: str | None = None) -> Phrase:
    return Phrase(forms, 0, field, exact=False)


def bound(text: str, zone: tzinfo = UTC) -> Bound:
    """Return the bound at *text*, a time in UTC, where *zone* decides which days there are."""
    return bound_at(datetime.fromisoformat(text).replace(tzinfo=UTC), zone)


A, B, C, D = map(word, "abcd")


class TestOperators:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a", A),
            ("a b", Group((A, B))),
            ("a AND b", And((A, B))),
            ("a OR b", Or((A, B))),
            ("a AND b AND c", And((A, B, C))),
            ("a OR b AND c", Or((A, And((B, C))))),
            ("a AND b OR c", Or((And((A, B)), C))),
            ("a b OR c", Group((A, Or((B, C))))),
            ("a OR b c", Group((Or((A, B)), C))),
            ("a b AND c d", Group((A, And((B, C)), D))),
            ("(a b) OR c", Or((Group((A, B)), C))),
            ("(a OR b) AND c", And((Or((A, B)), C))),
            ("(a AND b) AND c", And((And((A, B)), C))),
            ("((a))", A),
            ("(a)(b)", Group((A, B))),
            ("a AND(b)", And((A, B))),
            ('"a"OR"b"', Or((exact("a"), exact("b")))),
            ("a and b or not c", Group(tuple(map(word, ["a", "and", "b", "or", "not", "c"])))),
            ("-a", Not(A)),
            ("NOT a", Not(A)),
            ("NOT NOT a", Not(Not(A))),
            ("NOT -a", Not(Not(A))),
            ("NOT a b", Group((Not(A), B))),
            ("NOT a AND b", And((Not(A), B))),
            ("a AND NOT b", And((A, Not(B)))),
            ("a NOT b", Group((A, Not(B)))),
            ("a OR -b", Or((A, Not(B)))),
            ("-(a b)", Not(Group((A, B)))),
            ("(-a)", Not(A)),
            ('-"a b"', Not(Phrase(("a", "b")))),
            ("-title:a", Not(word("a", "title"))),
            ("-AND", Not(word("and"))),
            ("a -b -c", Group((A, Not(B), Not(C)))),
            ("a - b", Group((A, B))),
            ("a !b", Group((A, Not(B)))),
            ("a \u2010b", Group((A, Not(B)))),
            ("a –b", Group((A, Not(B)))),
            ("a —b", Group((A, Not(B)))),
            ('a !"b c"', Group((A, Not(Phrase(("b", "c")))))),
            ("!(a b)", Not(Group((A, B)))),
            ("!title:a", Not(word("a", "title"))),
            ("title:!a", Not(word("a", "title"))),
            ("title:(a !b)", Group((word("a", "title"), Not(word("b", "title"))))),
            ("a OR !b", Or((A, Not(B)))),
            ("！a", Not(A)),
            ("!#a", Not(A)),
            ("!?a", Not(Wildcard("?a"))),
            ("a ! b", Group((A, B))),
            ("a – b", Group((A, B))),
            ("a! b", Group((A, B))),
            ("a!b", row("a", "b")),
            ("a–b", row("a", "b")),
            ("!!a", A),
            ("!=a", A),
            ("-!a", Not(A)),
            ('"a"!b', Group((exact("a"), B))),
            ("--a", A),
            ("a-b", row("a", "b")),
            ('"a"-b', Group((exact("a"), B))),
            ("a NEAR/5 b", Near(A, B, 5)),
            ("a NEAR b", Near(A, B, 10)),
            ("a NEAR/005 b", Near(A, B, 5)),
            ('a NEAR/1 "b"', Near(A, exact("b"), 1)),
            ("(a) NEAR/100 (b)", Near(A, B, 100)),
            ("a NEAR/5 b AND c", And((Near(A, B, 5), C))),
            ("NOT a NEAR/5 b", Not(Near(A, B, 5))),
            ("near NEAR/x", Group((word("near"), row("near", "x")))),
            ("", Everything()),
            (" \t\n", Everything()),
            ("\ufeff", Everything()),
            ("*", Everything()),
            ("**", Everything()),
            ("*:*", Everything()),
            ("?*", Everything()),
            ("* -a", Group((Everything(), Not(A)))),
        ],
    )
    def test_tree(self, text: str, expected: Query) -> None:
        assert tree(text) == expected


class TestHeadlines:
    """In capitals from end to end, and more than words joined by operators: its operators are words."""

    @pytest.mark.parametrize(
        "text",
        [
            "PORT DOES NOT INTEND TO RAISE PILOT FEE",
            "TO BE OR NOT TO BE",
            "TWO DEAD IN BLAST NEAR KYIV",
            "NOT GUILTY PLEA",
            "WHO SAYS IT AND WHY NOT",
            "McDONALD SAYS 3,000 JOBS NOT LOST",
            "MINISTER: NOT BEFORE THE VOTE",
            "ПОРТ НЕ NOT ЗАКРЫТ",
            "PORT DOES NOT OPEN date:1987 -source:ap",
            'source:reuters -by:"Ann Lee" TO BE OR NOT',
        ],
    )
    def test_operators_are_words(self, text: str) -> None:
        parsed = parse(text)
        assert parsed.tree == parse(text.lower()).tree
        (notice,) = parsed.notices
        assert "read as" in notice
        assert "all of the query is in capitals" in notice

    def test_each_operator_is_named_once(self) -> None:
        (notice,) = parse("TO BE OR NOT TO BE OR NOT").notices
        assert notice.startswith("OR and NOT were read as words")

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("NATO OR EU", "nato OR eu"),
            ("IRAN AND ISRAEL AND GAZA", "iran AND israel AND gaza"),
            ("NATO NEAR KYIV", "nato NEAR kyiv"),
            ("TRUMP says NOT GUILTY", "trump says NOT guilty"),
            ("TRUMP SAYS -NOT OR GUILTY", "trump says -NOT OR guilty"),
            ('TRUMP SAYS "NO" OR GUILTY', 'trump says "no" OR guilty'),
            ("TITLE:TRUMP SAYS OR GUILTY", "title:trump says OR guilty"),
            ("(TRUMP SAYS) OR GUILTY", "(trump says) OR guilty"),
            ("NATO EU NEAR/5 UN", "nato eu NEAR/5 un"),
            ("IRAN ISRAEL NOT source:ap", "iran israel NOT source:ap"),
            ("source:ap OR IRAN ISRAEL", "source:ap OR iran israel"),
            ("IRAN ISRAEL OR GAZA title:(a b)", "iran israel OR gaza title:(a b)"),
            ("IRAN source:ap ISRAEL OR GAZA", "iran source:ap israel OR gaza"),
            ("source:ap NOT by:lee", "source:ap NOT by:lee"),
            ("1914 1918 OR 2024", "1914 (1918 OR 2024)"),
            ("北京 上海 OR 广州", "北京 (上海 OR 广州)"),
        ],
    )
    def test_a_query_is_none(self, text: str, same: str) -> None:
        parsed = parse(text)
        assert parsed.tree == tree(same)
        assert parsed.notices == ()

    @pytest.mark.parametrize("text", ["TRUMP NOT GUILTY", "NATO NOT UN", "NOT GUILTY"])
    def test_a_not_that_can_be_either_is_said_to_be_one(self, text: str) -> None:
        parsed = parse(text)
        assert any(isinstance(node, Not) for node in walk(parsed.tree))
        assert parsed.notices[0].startswith("NOT was read as an operator")


class TestHints:
    """A lower-case operator between words stays a word, and how to write it is said."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("coal or peat", ["OR"]),
            ('"brown coal" or peat', ["OR"]),
            ("nato not trump", ["NOT"]),
            ("nato not -trump", ["NOT"]),
            ("oil and gas", ["AND"]),
            ("oil and not gas", ["NOT"]),
            ("oil and gas or coal", ["AND", "OR"]),
            ("a or b or c", ["OR"]),
            ("title:(coal or peat)", ["OR"]),
            ("(coal) or (peat)", ["OR"]),
            ("coal or title:peat", ["OR"]),
        ],
    )
    def test_how_it_is_written_is_said(self, text: str, words: list[str]) -> None:
        said = [re.search("[A-Z]{2,}", notice) for notice in parse(text).notices]
        assert [found and found[0] for found in said] == words

    @pytest.mark.parametrize(
        "text",
        [
            "to be or not to be",
            "or else",
            "why not",
            '"coal or peat"',
            "coal-or-peat",
            "title:or peat",
            "coal -or peat",
            "coal OR or AND peat",
            "Trump Or Biden",
            "oregon nothing android",
            "american academy of child and adolescent psychiatry",
            "coal or, peat",
            "coal, or: peat",
        ],
    )
    def test_where_it_makes_no_sense_nothing_is(self, text: str) -> None:
        assert parse(text).notices == ()

    @pytest.mark.parametrize(
        ("text", "expected", "names"),
        [
            ("coal or peat", "coal OR peat", "OR"),
            ("a or b or c", "a OR b OR c", "OR"),
            ("nato not trump", "nato -trump", "NOT"),
            ("oil and gas", "oil gas", "AND"),
            ("oil and not gas or coal", "oil (-gas OR coal)", "NOT OR"),
            ("or else", "or else", ""),
            ("why not", "why not", ""),
            ("to be or not to be", "to be or -to be", "NOT"),
            ('coal "or" peat', 'coal "or" peat', ""),
            ("a AND or AND b", "a AND or AND b", ""),
            ("or", "or", ""),
        ],
    )
    def test_the_query_with_operators_can_be_had(
        self, text: str, expected: str, names: str
    ) -> None:
        made, found = with_operators(tree(text))
        assert (render(made), " ".join(found)) == (expected, names)

    def test_of_a_saved_search_its_name_is_said(self) -> None:
        context = ParseContext(saved=saved({"fuels": "coal or peat"}))
        (notice,) = parse("search:fuels", context).notices
        assert notice.startswith("in saved search 'fuels': 'or' was")


class TestWeights:
    @pytest.mark.parametrize(
        ("text", "same", "weight"),
        [
            ("kyiv^2 nato", "kyiv nato", "^2"),
            ("kyiv^2.5", "kyiv", "^2.5"),
            ("kyiv^.5", "kyiv", "^.5"),
            ("title:kyiv^4", "title:kyiv", "^4"),
            ("-kyiv^4", "-kyiv", "^4"),
            ('"a b"^2', '"a b"', "^2"),
            ('"a b"~3^2', '"a b"~3', "^2"),
            ("(a OR b)^2 c", "(a OR b) c", "^2"),
            ("ukrain*^2", "ukrain*", "^2"),
            ("zelenskiy~1^2", "zelenskiy~1", "^2"),
            ("COVID-19^3", "COVID-19", "^3"),
            ("Київ^2", "Київ", "^2"),
            ("kyiv＾２", "kyiv", "^2"),
            ("kyiv^" + "9" * 500, "kyiv", "^" + "9" * 38 + "…"),
        ],
    )
    def test_a_weight_is_left_out_and_said_to_be(self, text: str, same: str, weight: str) -> None:
        parsed = parse(text)
        assert parsed.tree == tree(same)
        said = f"the weight '{weight}' was left out: weights of words are not applied"
        assert parsed.notices == (said,)

    @pytest.mark.parametrize("text", ["10^6", "E=mc^2", "kyiv^", "kyiv^two", "^2", '"a b" ^2'])
    def test_what_only_looks_like_one_is_text(self, text: str) -> None:
        assert parse(text).notices == ()


class TestAnyValue:
    @pytest.mark.parametrize("field", [*(row.name for row in FIELDS.queried), *FIELDS.groups])
    def test_a_field_with_a_star_is_any_value_of_it(self, field: str) -> None:
        assert tree(f"{field}:*") == HasValue(field)
        assert tree(f"-{field}:*") == Not(HasValue(field))
        assert render(HasValue(field)) == f"{field}:*"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("date:*", DateRange(None, None)),
            ("-date:*", Not(DateRange(None, None))),
            ("by:*", HasValue("author")),
            ("title:**", HasValue("title")),
            ("title:(* a)", Group((HasValue("title"), word("a", "title")))),
            ("author:＊", HasValue("author")),
        ],
    )
    def test_tree(self, text: str, expected: Query) -> None:
        assert tree(text) == expected


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Zürich", word("zurich")),
            ("Trump's", word("trump")),
            ("AT&T", word("at&t")),
            ("O’Neil", word("oneil")),
            ("l'avion", word("avion")),
            ("qu’il", word("il")),
            ("dell'acq*", Wildcard("acq*")),
            ("d'Orsay", Phrase(("d", "orsay"), exact=False)),
            ('"l\'avion"', Phrase(("l", "avion"))),
            ("D'Amato", word("damato")),
            ("C++", word("c++")),
            ('צה"ל', word("צהל")),
            ('"צה"ל הודיע"', Phrase(("צהל", "הודיע"))),
            ('"צה"ל"', Word("צהל", exact=True)),
            ("대통령", Phrase(("대통", "통령"), exact=False)),
            ("대통령*", Phrase(("대통", "통령"), exact=False)),
            ("*北京", word("北京")),
            ("물", Wildcard("*물*")),
            ("U.S.", word("us")),
            ("3,000", word("3000")),
            ("oil,", word("oil")),
            ("+oil", word("oil")),
            ("#kyiv", word("kyiv")),
            ("WHO", word("who")),
            ("COVID-19", row("covid", "19")),
            ("Russian-backed", row("russian", "backed")),
            ("10/20", row("10", "20")),
            ("10:30", row("10", "30")),
            ("https://abc.net.au/news?id=3", row("https", "abc", "net", "au", "news", "id", "3")),
            ("abc.net.au/*", row("abc", "net", "au")),
            ("http://example.org/~1", row("http", "example", "org", "1")),
            ("½", word("1_2")),
            ("北京市", row("北京", "京市")),
            ("北京", word("北京")),
            ("京", Wildcard("*京*")),
            ('"京"', Wildcard("*京*")),
            ("京*", Wildcard("*京*")),
            ("北京*", word("北京")),
            ('"firm response"', Phrase(("firm", "response"))),
            ('"firm response"~5', Phrase(("firm", "response"), 5)),
            ('"firm response"~0', Phrase(("firm", "response"))),
            ('"firm response"~100', Phrase(("firm", "response"), 100)),
            ('"missiles"', exact("missiles")),
            ('"missiles"~5', exact("missiles")),
            ('"COVID-19"', Phrase(("covid", "19"))),
            ('"(a OR b) -c: w?rd"', Phrase(("a", "or", "b", "c", "w", "rd"))),
            ('"ukrain*"', exact("ukrain")),
            ("ukrain*", Wildcard("ukrain*")),
            ("*gate", Wildcard("*gate")),
            ("w?rd", Wildcard("w?rd")),
            ("Zür*", Wildcard("zur*")),
            ("ukrain**", Wildcard("ukrain*")),
            ("ukrain*,", Wildcard("ukrain*")),
            ("r?tt?", Wildcard("r?tt?")),
            ("??tte", Wildcard("??tte")),
            ("*utt*", Wildcard("*utt*")),
            ("don't*", Wildcard("dont*")),
            ("rutte?", word("rutte")),
            ("Really??", word("really")),
            ("COVID-1*", And((word("covid"), Wildcard("1*")))),
            ("zelenskiy~1", Fuzzy("zelenskiy", 1)),
            ("zelenskiy~2", Fuzzy("zelenskiy", 2)),
            ("Zelenskiy~", Fuzzy("zelenskiy", 1)),
            ("~5", word("5")),
            ("a~b", row("a", "b")),
        ],
    )
    def test_tree(self, text: str, expected: Query) -> None:
        assert tree(text) == expected

    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("“firm response”", '"firm response"'),
            ("„firm response“", '"firm response"'),
            ("«firm response»~5", '"firm response"~5'),
            ("「北京」", '"北京"'),
            ("（ａ　ＯＲ　ｂ）", "(a OR b)"),
            ("ｔｉｔｌｅ：ｋｙｉｖ", "title:kyiv"),
            ("title：kyiv", "title:kyiv"),
            ("ｄａｔｅ：２０２４－１１", "date:2024-11"),
            ("－a", "-a"),
            ("−a", "-a"),
            ("ｕｋｒａｉｎ＊", "ukrain*"),
            ("w？rd", "w?rd"),
            ("zelenskiy～２", "zelenskiy~2"),
            ("\ufefftitle:a", "title:a"),
            ("\u200b-a", "-a"),
        ],
    )
    def test_other_characters_for_the_same(self, text: str, plain: str) -> None:
        assert tree(text) == tree(plain)


class TestFields:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("title:kyiv", word("kyiv", "title")),
            ("Title:kyiv", word("kyiv", "title")),
            ('author:"Simon Lewis"', Phrase(("simon", "lewis"), 0, "author")),
            ('author:"Lewis"', exact("lewis", "author")),
            ("author:Lewis-Smith", row("lewis", "smith", field="author")),
            ("url:abc.net.au", row("abc", "net", "au", field="url")),
            ("url:https://abc.net.au", row("https", "abc", "net", "au", field="url")),
            ("title:10:30", row("10", "30", field="title")),
            ("title:author:x", row("author", "x", field="title")),
            ("title:AND", word("and", "title")),
            ("source:reut*", Wildcard("reut*", "source")),
            ("person:zelenskiy~1", Fuzzy("zelenskiy", 1, "person")),
            ('title:"a b"~3', Phrase(("a", "b"), 3, "title")),
            ("title:(a OR b)", Or((word("a", "title"), word("b", "title")))),
            ("title:(a b) c", Group((Group((word("a", "title"), word("b", "title"))), C))),
            ("title:(a author:b -c)",
             Group((word("a", "title"), word("b", "author"), Not(word("c", "title"))))),
            ("title:(a (b OR author:(c)))",
             Group((word("a", "title"), Or((word("b", "title"), word("c", "author")))))),
            ("title:(a NEAR/5 b)", Near(word("a", "title"), word("b", "title"), 5, "title")),
            ("title:a NEAR/5 title:b", Near(word("a", "title"), word("b", "title"), 5, "title")),
            ("title:-a", Not(word("a", "title"))),
            ("-title:-a", Not(Not(word("a", "title")))),
            ("title:COVID-1*", And((word("covid", "title"), Wildcard("1*", "title")))),
            ("note:kyiv", row("note", "kyiv")),
            ("year: Trump", Group((word("year"), word("trump")))),
            ("year:trump", row("year", "trump")),
            ("year:20245", row("year", "20245")),
            ('note:"a b"', Group((word("note"), Phrase(("a", "b"))))),
            ("note: kyiv", Group((word("note"), word("kyiv")))),
            ("date:(2023 OR 2024)",
             Or((DateRange(bound("2023-01-01"), bound("2024-01-01")),
                 DateRange(bound("2024-01-01"), bound("2025-01-01"))))),
        ],
    )  # fmt: skip
    def test_tree(self, text: str, expected: Query) -> None:
        assert tree(text) == expected

    @pytest.mark.parametrize(("name", "field"), sorted(FIELDS.names.items()))
    def test_every_name_is_documented_beside_its_field(self, name: str, field: str) -> None:
        line = next(
            line for line in DOC.read_text("utf-8").splitlines() if f"| `{field}:` |" in line
        )
        assert f"`{name}:`" in line

    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("date:2024-11", "2024-10-31T23:00", "2024-11-30T23:00"),
            ("date:2024-11-01..2024-11-13", "2024-10-31T23:00", "2024-11-13T23:00"),
            ("date:P7D", "2024-11-06T23:00", "2024-11-13T23:00"),
            ('date:"2024-11-13 10:30"', "2024-11-13T09:30", "2024-11-13T09:31"),
            ("after:2024-11", "2024-10-31T23:00", None),
            ("since:yesterday", "2024-11-11T23:00", None),
            ("after:P7D", "2024-11-06T23:00", None),
            ("before:today", None, "2024-11-12T23:00"),
            ("before:2024-11-13T10:30Z", None, "2024-11-13T10:30"),
            ("date:..2023", None, "2023-12-31T23:00"),
            ("year:2023", "2022-12-31T23:00", "2023-12-31T23:00"),
            ('year:"2023"', "2022-12-31T23:00", "2023-12-31T23:00"),
            ("Year:2023..2024", "2022-12-31T23:00", "2024-12-31T23:00"),
            ("year:*", None, None),
        ],
    )
    def test_dates_are_those_of_the_zone(
        self, text: str, start: str | None, end: str | None
    ) -> None:
        context = CONTEXT._replace(zone=BERLIN)
        expected = DateRange(start and bound(start, BERLIN), end and bound(end, BERLIN))
        assert parse(text, context).tree == expected


def set_of(node: Query) -> object:
    """Return *node* as what it asks for: no `Or` in an `Or`, no order."""
    if isinstance(node, Not):
        return "not", set_of(node.child)
    if not isinstance(node, And | Or | Group):
        return node
    kind = Or if isinstance(node, Or) else And
    parts = [set_of(child) for child in node.children]
    flat = [
        each
        for part in parts
        for each in (part[1] if isinstance(part, tuple) and part[0] is kind else [part])
    ]
    return kind, frozenset(flat)


class TestSavedSearches:
    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("search:kyiv-wire", "kyiv source:reuters"),
            ('search:"two words"', "nato"),
            ("search:either nato", "(blinken OR rutte) nato"),
            ("-search:either", "-(blinken OR rutte)"),
            ("search:outer", "(blinken OR rutte) kyiv"),
            ("search:either search:either", "(blinken OR rutte) (blinken OR rutte)"),
            ("title:(search:either)", "blinken OR rutte"),
            ("search:blank", "*"),
        ],
    )
    def test_stands_for_its_text_in_brackets(self, text: str, same: str) -> None:
        assert tree(text) == tree(same)

    @pytest.mark.parametrize(
        ("found", "same"),
        [
            (SavedText("a b", 'author:"Simon Lewis"'), '(a b) AND author:"Simon Lewis"'),
            (SavedText("", "place:x -section:*"), "place:x -section:*"),
            (SavedText("a b", match="any"), "a OR b"),
            (SavedText("a b -c title:d", match="any"), "-c AND title:d AND (a OR b)"),
            (SavedText("a (b c)", match="any"), "a OR b OR c"),
            (SavedText("-a -b", match="any"), "-a AND -b"),
        ],
        ids=["filter", "only-filters", "any", "any-with-required", "any-nested", "any-of-none"],
    )
    def test_has_its_filters_and_its_match(self, found: SavedText, same: str) -> None:
        assert set_of(parse("search:x", ParseContext(saved={"x": found})).tree) == set_of(
            parse(same).tree
        )

    def test_most_of_its_words_cannot_be_asked_for_inside_a_query(self) -> None:
        parsed = parse("search:x", ParseContext(saved={"x": SavedText("a b", match="most")}))
        assert parsed.tree == tree("a b")
        assert "for all of them" in parsed.notices[0]

    def test_positions_and_notices_are_those_of_the_call(self) -> None:
        parsed = parse("nato search:odd", CONTEXT)
        assert parsed.notices == ("in saved search 'odd': no field 'note'; searched as words",)
        assert [clause.span for clause in clauses(parsed.tree)] == [(0, 4), (12, 15)]

    def test_many_calls_are_bounded_by_the_cap_on_clauses(self) -> None:
        doubling = {f"s{n}": f"search:s{n + 1} search:s{n + 1}" for n in range(15)} | {"s15": "a"}
        context = ParseContext(saved=saved(doubling))
        with pytest.raises(QueryError) as caught:
            parse("search:s0", context)
        assert caught.value.kind == "too-many-clauses"

    def test_a_long_chain_of_calls_is_bounded_by_the_cap_on_depth(self) -> None:
        chain = {f"s{n}": f"search:s{n + 1}" for n in range(500)}
        with pytest.raises(QueryError) as caught:
            parse("search:s0", ParseContext(saved=saved(chain)))
        assert caught.value.kind == "too-deep"


class TestNotices:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("note:kyiv", ["no field 'note'; searched as words"]),
            ('note:"a b"', ["no field 'note'; searched as words"]),
            ("note:a note:b", ["no field 'note'; searched as words"]),
            ("year:soon", ["no field 'year'; searched as words; year: takes a year in four digits"]),
            ("https://abc.net.au 10:30 update: nato", []),
            ("a !!!", ["'!!!' holds no word and was left out"]),
            ("a 🙂", ["'🙂' holds no word and was left out"]),
            ('a ""', ["'\"\"' holds no word and was left out"]),
            ("a title:!!", ["'!!' holds no word and was left out"]),
            ("a \x1b[", ["'\ufffd[' holds no word and was left out"]),
            ("who is rutte?", ["'rutte?' was read without its question mark; "
                               "inside a word ? stands for one character"]),
            ("COVID-1*", ["a wildcard works in a single word; "
                          "'COVID-1*' was read as 'covid' AND '1*'"]),
            ('"ukrain*"', ["inside quotes * is no wildcard: 'ukrain*'"]),
            ('"is it? yes * no"', []),
            ("a* b", []),
        ],
    )  # fmt: skip
    def test_notices(self, text: str, expected: list[str]) -> None:
        assert list(parse(text).notices) == expected

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            ("a OR !!!", "a"),
            ("!!! AND a", "a"),
            ("a NOT !!!", "a"),
            ("a -(!!! ???)", "a"),
            ("(!!!) a b", "a b"),
            ("a OR !!! OR b", "a OR b"),
        ],
    )
    def test_what_holds_no_word_is_left_out(self, text: str, same: str) -> None:
        assert tree(text) == tree(same)

    def test_notices_are_bounded(self) -> None:
        notices = parse(" ".join(f"a{n}:b" for n in range(100))).notices
        assert len(notices) == 11
        assert notices[-1] == "90 more parts were left out or read as words"


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "kind", "start", "end"),
        [
            ('a "b c', "open-quote", 2, 3),
            ("a “b c", "open-quote", 2, 3),
            ("a (b (c)", "open-bracket", 2, 3),
            ("a b) c", "unopened-bracket", 3, 4),
            ("a ( ) b", "empty-brackets", 2, 5),
            ("title:()", "empty-brackets", 6, 8),
            ("AND a", "missing-operand", 0, 3),
            ("a OR", "missing-operand", 2, 4),
            ("a AND OR b", "missing-operand", 2, 5),
            ("(a OR) b", "missing-operand", 3, 5),
            ("(OR a)", "missing-operand", 1, 3),
            ("a NOT", "missing-operand", 2, 5),
            ("NOT AND a", "missing-operand", 0, 3),
            ("NEAR/5 a", "missing-operand", 0, 6),
            ("a NEAR/5", "missing-operand", 2, 8),
            ("a NEAR/5 NOT b", "missing-operand", 2, 8),
            ("title:", "no-value", 0, 6),
            ("a title: b", "no-value", 2, 8),
            ("(title:)", "no-value", 1, 7),
            ("title:　b", "no-value", 0, 6),
            ("search:", "no-value", 0, 7),
            ("a date:2024-02-30 b", "bad-date", 7, 17),
            ("date:99999999", "bad-date", 5, 13),
            ("date:notadate", "bad-date", 5, 13),
            ("after:*", "bad-date", 6, 7),
            ("date:2024-12..2024-11", "bad-date", 5, 21),
            ("after:2024..2025", "bad-date", 6, 16),
            ('date:"nope"', "bad-date", 5, 11),
            ('a "b c"~101', "bad-slop", 2, 11),
            ('"b c"~', "bad-slop", 0, 6),
            ('"b c"~99999999999999999999', "bad-slop", 0, 26),
            ("a NEAR/101 b", "bad-near", 2, 10),
            ("a NEAR/0 b", "bad-near", 2, 8),
            ("a NEAR/ b", "bad-near", 2, 7),
            ('a NEAR/5 "b c"', "bad-near", 2, 8),
            ("a NEAR/5 (b c)", "bad-near", 2, 8),
            ("a* NEAR/5 b", "bad-near", 3, 9),
            ("COVID-19 NEAR b", "bad-near", 9, 13),
            ("a NEAR/5 b NEAR/5 c", "bad-near", 11, 17),
            ("-a NEAR/5 b", "bad-near", 3, 9),
            ("a NEAR/5 !!!", "bad-near", 2, 8),
            ("title:a NEAR/5 b", "bad-near", 8, 14),
            ("zelenskiy~3", "bad-fuzzy", 0, 11),
            ("zelenskiy~0", "bad-fuzzy", 0, 11),
            ("COVID-19~1", "bad-fuzzy", 0, 10),
            ("ukrain*~1", "bad-fuzzy", 0, 9),
            ("title:*?", "bad-wildcard", 6, 8),
            ("a*b*c*d*e", "bad-wildcard", 0, 9),
            ("!!!", "no-words", 0, 3),
            ("??", "no-words", 0, 2),
            ("🙂 (!!!) -!!", "no-words", 0, 11),
            ('""', "no-words", 0, 2),
            ("a search:nothing", "unknown-search", 9, 16),
            ("a search:circle", "search-circle", 9, 15),
            ("a search:broken", "open-bracket", 9, 15),
            ("a search:silent", "no-words", 9, 15),
        ],
    )
    def test_kind_and_position(self, text: str, kind: str, start: int, end: int) -> None:
        with pytest.raises(QueryError) as caught:
            parse(text, CONTEXT)
        error = caught.value
        assert (error.kind, error.start, error.end) == (kind, start, end)

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("search:nothing", "choose one of 'blank', 'broken', 'circle'"),
            ("search:circle", "'circle', 'circle-2', 'circle'"),
            ("search:broken", "in saved search 'broken': "),
            ("date:2024-02-30", "write 2024, 2024-11, 2024-11-13"),
            ('"b c"~101', "up to 100"),
            ("zelenskiy~3", "1 to 2 edits"),
            ("date:\x1b[31m", "\ufffd[31m"),
            ("title:", "as in title:word"),
        ],
    )
    def test_message_says_what_to_do(self, text: str, part: str) -> None:
        with pytest.raises(QueryError, match=re.escape(part)):
            parse(text, CONTEXT)


class TestCaps:
    @pytest.mark.parametrize(
        ("text", "kind", "start", "bound"),
        [
            ("abcde fghij", "too-long", 10, "10"),
            ("a b c d", "too-many-clauses", 6, "3"),
            ("(((a)))", "too-deep", 2, "2"),
            ("NOT " * 9 + "a", "too-deep", 12, "2"),
            ("a OR b AND (c OR d AND e)", "too-deep", 0, "2"),
        ],
        ids=["characters", "clauses", "brackets", "nots", "operators"],
    )
    def test_beyond_a_cap_the_message_says_the_bound(
        self, text: str, kind: str, start: int, bound: str
    ) -> None:
        max_chars = 10 if kind == "too-long" else 100
        context = ParseContext(
            max_chars=max_chars, max_clauses=3 if kind == "too-many-clauses" else 9, max_depth=2
        )
        with pytest.raises(QueryError, match=rf"\b{bound}\b") as caught:
            parse(text, context)
        assert (caught.value.kind, caught.value.start) == (kind, start)

    @pytest.mark.parametrize(
        ("text", "start"),
        [
            ("a* b~1 c d*e", 9),
            ("a* b? ?c d~2", 9),
            ("a* (b OR -title:(c* x)) 京", 24),
            ("a-b* c* d-e*", 8),
            ("d* search:two*", 10),
            ("search:two* d*", 12),
        ],
        ids=["both kinds", "question marks", "nested", "parts", "saved", "after saved"],
    )
    def test_words_that_stand_for_many_have_a_cap_of_their_own(self, text: str, start: int) -> None:
        context = ParseContext(max_expanding=2, saved=saved({"two*": "b* c~"}))
        with pytest.raises(QueryError, match="more than 2 wildcards and fuzzy words") as caught:
            parse(text, context)
        assert (caught.value.kind, caught.value.start) == ("too-many-wildcards", start)

    @pytest.mark.parametrize("text", ["a* b~2 c d", 'a* b~1 "c*" "d e"~3 *', "who? a* b* what?"])
    def test_at_that_cap_and_for_what_only_looks_so_all_is_well(self, text: str) -> None:
        parse(text, ParseContext(max_expanding=2))

    @pytest.mark.parametrize("text", ["a b c d e ", "a b c", "((a))", "(a (b c))", "-(a (b OR c))"])
    def test_at_a_cap_all_is_well(self, text: str) -> None:
        parse(text, ParseContext(max_chars=len(text), max_clauses=5, max_depth=2))

    def test_the_deepest_nesting_that_can_be_set_does_not_exhaust_the_stack(self) -> None:
        context = ParseContext(max_depth=100, max_chars=10**6)
        deep = parse("-title:(a " * 50 + "b" + ")" * 50, context).tree
        assert parse(render(deep), context).tree == deep

    @pytest.mark.parametrize(
        "piece", ["(", "NOT ", "-", "a-", "1.", "'", "~1", "a*", ":", "a:", '"']
    )
    def test_long_runs_are_read_or_refused(self, piece: str) -> None:
        context = ParseContext(max_chars=20_000)
        with_word = piece * (10_000 // len(piece)) + "a"
        assert parsed_or_refused(with_word, context)

    def test_distances_stay_inside_the_gap_between_fields(self) -> None:
        assert MAX_DISTANCE < POSITION_GAP


class TestBounds:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("2024-11-13", "2024-11-12T23:00", "2024-11-13T23:00"),
            ("2024-11", "2024-10-31T23:00", "2024-11-30T23:00"),
            ("yesterday", "2024-11-11T23:00", "2024-11-12T23:00"),
            ("2024-11-13T10:30Z", "2024-11-13T10:30", "2024-11-13T10:31"),
        ],
    )
    def test_first_instant_and_the_one_after_the_last(
        self, text: str, start: str, end: str
    ) -> None:
        context = CONTEXT._replace(zone=BERLIN)
        assert parse_bound(text, context) == (bound(start, BERLIN), bound(end, BERLIN))

    @pytest.mark.parametrize("text", ["", "soon", "2024-02-30", "2024..2025"])
    def test_what_is_no_date_is_refused(self, text: str) -> None:
        with pytest.raises(QueryError, match="write 2024") as caught:
            parse_bound(text)
        assert (caught.value.kind, caught.value.start, caught.value.end) == (
            "bad-date",
            0,
            len(text),
        )


class TestRender:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("blinken nato OR rutte", "blinken (nato OR rutte)"),
            ("a AND (b OR c)", "a AND (b OR c)"),
            ("a NEAR/5 b c", "(a NEAR/5 b) c"),
            ("-(a NEAR b)", "-(a NEAR/10 b)"),
            ('-title:("a" NEAR b)', '-title:("a" NEAR/10 b)'),
            ('title:("a b"~3 c-d)', 'title:"a b"~3 title:c-d'),
            ("北京市", "北京市"),
            ('"北京 上海市"', '"北京 上海市"'),
            ("NOT NOT a", "NOT -a"),
            ("", "*"),
            ("before:2024-11-13T10:30:15Z", "before:2024-11-13T10:30:15Z"),
            ("date:2024", "date:2024"),
            ("date:2019..2024-12", "date:2019..2024"),
            ("date:2024-02", "date:2024-02"),
            ("date:2024-02-01..2024-04", "date:2024-02..2024-04"),
            ("date:today", "date:2024-11-13"),
            ("date:P7D", "date:2024-11-07..2024-11-13"),
            ("date:2024-11-13..2024-12-31", "date:2024-11-13..2024-12-31"),
            ("after:2024-11", "after:2024-11-01"),
            ("before:yesterday", "before:2024-11-12"),
            ("date:2024-11-13T12:00..2024-11-13", "date:2024-11-13T12:00Z..2024-11-13"),
            ("date:2024-11-13..2024-11-13T12:00", "date:2024-11-13..2024-11-13T12:00Z"),
            ("date:0812-05-01", "date:0812-05-01"),
            ("date:9998", "date:9998"),
        ],
    )
    def test_text(self, text: str, expected: str) -> None:
        assert render(tree(text)) == expected

    def test_spans_do_not_count(self) -> None:
        assert tree("a  OR b") == tree("(a OR b)")

    @settings(deadline=None)
    @given(trees())
    def test_every_tree_reads_back(self, made: Query) -> None:
        assert parse(render(made), ROOMY).tree == made

    @pytest.mark.parametrize(
        "zone", ["America/New_York", "Asia/Tokyo", "America/Havana", "Pacific/Apia"]
    )
    @pytest.mark.parametrize(
        "text",
        [
            "date:2024-11",
            "date:2024-11-03",
            "date:2011-12-30",
            "date:2011-12-29..2011-12-31",
            "date:2024-11-03T00:00..2024-11-03T12:00",
            "after:2024-11-03T05:00Z",  # the second midnight of that day in Havana
            "date:2024-11-02..2024-11-03T05:00Z",
        ],
    )
    def test_dates_read_back_in_their_zone(self, text: str, zone: str) -> None:
        context = CONTEXT._replace(zone=ZoneInfo(zone))
        made = parse(text, context).tree
        assert parse(render(made), context).tree == made

    @settings(deadline=None)
    @given(trees())
    def test_clauses_read_back_one_by_one(self, made: Query) -> None:
        assert [parse(render(part), ROOMY).tree for part in clauses(made)] == list(clauses(made))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a b OR c", ["a", "b OR c"]),
            ("a AND b", ["a", "b"]),
            ("a OR b", ["a OR b"]),
            ("-a", ["-a"]),
            ("(a b) c", ["a b", "c"]),
            ("* a", ["*", "a"]),
            ("*", []),
            ("", []),
        ],
    )
    def test_clauses(self, text: str, expected: list[str]) -> None:
        assert [render(clause) for clause in clauses(tree(text))] == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("a", False), ('"a b"', False), ("(a b)", False), ("title:a", True), ("-a", True),
         ("date:2024", True), ("author:*", True), ("*", True), ("title:(a NEAR b)", True), ("a NEAR b", False)],
    )  # fmt: skip
    def test_required_clauses(self, text: str, expected: bool) -> None:
        assert is_required(tree(text)) is expected


def read(text: str, context: ParseContext) -> Parsed | QueryError:
    try:
        return parse(text, context)
    except QueryError as error:
        return error


def parsed_or_refused(text: str, context: ParseContext = CONTEXT) -> bool:
    """Parse *text* and return whether all holds that must hold of any tree or error."""
    result = read(text, context)
    if isinstance(result, QueryError):
        return 0 <= result.start <= result.end <= len(text) and result.message.isprintable()
    roomy = context._replace(max_chars=10**7)
    spans = [node.span for node in walk(result.tree)]
    return (
        parse(render(result.tree), roomy).tree == result.tree
        and all(0 <= start <= end <= len(text) for start, end in spans)
        and all(map(str.isprintable, result.notices))
    )


#: What the grammar knows, and what is awkward to fold or to part into words.
PARTS = (
    *'ab"()-~*?:&.,\'_! 10^–', " or ", " X", "AND", "OR", "NOT", "NEAR/3", "title:", "date:", "search:", "2024", "..",
    "P7D", "T10:30Z", "北京", "京", "ｶﾞ", "゙", "½", "⑴", "ﷺ", "’s", "U.S", "http://", "“", "（", "？",
    "\u0301", "\u00ad", "\u200b", "\ud800", "\x00", "ß", "İ",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=10).map("".join))
@example("U.?.")
@example("a*'s")
@example("ﷺ~1")
@example("x" * 99 + "'b*c'd")
def test_combined_parts_are_read_or_refused(text: str) -> None:
    assert parsed_or_refused(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_random_text_is_read_or_refused(text: str) -> None:
    assert parsed_or_refused(text)


class TestPlainWords:
    """Words of ASCII characters alone are read by a short way, which gives what the long one does."""

    @given(st.from_regex(r"[A-Za-z0-9_]{1,105}\*{0,2}", fullmatch=True))
    @example("_")
    @example("_*")
    @example("x" * 100 + "*")
    @example("x" * 101 + "*")
    def test_a_word_is_what_any_chunk_would_be(self, text: str) -> None:
        assume(text not in OPERATORS)
        reader = LeafReader(QueryText(text), CONTEXT, Progress())
        expected = reader.read(Lexeme("chunk", 0, len(text)), None)
        assert repr(tree(text)) == repr(expected)

    @given(st.from_regex(r"[A-Za-z0-9_ -]{1,105}", fullmatch=True))
    @example("x" * 101)
    @example("a " + "x" * 101)
    def test_a_quote_has_the_words_of_its_text(self, content: str) -> None:
        forms = tuple(words(content))
        assume(forms)
        expected = Phrase(forms) if len(forms) > 1 else exact(forms[0])
        assert tree(f'"{content}"') == expected

    @pytest.mark.parametrize("text", ["nato＿", "ｎａｔｏ", "NATO＊", "nato\u0301", "nato\u00ad"])
    def test_what_only_looks_plain_is_read_in_full(self, text: str) -> None:
        reader = LeafReader(QueryText(text), CONTEXT, Progress())
        assert repr(tree(text)) == repr(reader.read(Lexeme("chunk", 0, len(text)), None))


class TestNodes:
    @settings(deadline=None)
    @given(trees(), trees())
    def test_nodes_are_equal_where_they_are_written_alike(
        self, first: Query, second: Query
    ) -> None:
        again = parse(render(first), ROOMY).tree
        assert (again == first, hash(again) == hash(first)) == (True, True)
        assert (first == second) is (render(first) == render(second))

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (A, exact("a")),
            (A, word("a", "title")),
            (A, Wildcard("a")),
            (Phrase(("a", "b")), row("a", "b")),
            (Near(A, B, 1), Near(B, A, 1)),
            (And((A, B)), Or((A, B))),
            (Group((A, B)), And((A, B))),
            (Not(A), A),
        ],
        ids=repr,
    )
    def test_what_differs_is_not_equal(self, first: Query, second: Query) -> None:
        assert first != second

    def test_spans_are_no_part_of_what_a_node_is(self) -> None:
        assert {Word("a", span=(3, 4)): 1}[A] == 1
        assert {And((A, B), (0, 3)): 1, Everything((1, 2)): 2}[Everything()] == 2


def strings(value: object) -> Iterator[str]:
    """Yield the strings of a JSON list, however nested."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


class TestCollected:
    """Texts that people and attackers typed elsewhere."""

    def test_hostile_strings_are_read_or_refused(self, shared: Path) -> None:
        files = sorted((shared / "data" / "hostile").glob("*.json"))
        texts = [text for file in files for text in strings(json.loads(file.read_text("utf-8")))]
        assert len(texts) > 515
        assert all(map(parsed_or_refused, texts))

    def test_real_queries_are_read(self, shared: Path) -> None:
        file = shared / "data" / "queries" / "search_benchmark_game.jsonl"
        texts = [json.loads(line)["query"] for line in file.read_text("utf-8").splitlines()]
        parsed = [parse(text) for text in texts]
        assert len(parsed) == 962
        noticed = [result.notices for result in parsed if result.notices]
        assert noticed == [("'+' holds no word and was left out",)]


def table(heading: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the table under *heading* in the documentation."""
    section = DOC.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    for line in rows[2:]:
        yield re.split(r"\s*\|\s*", line.strip("| "))


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


class TestDocumentation:
    @pytest.mark.parametrize(
        "text",
        [text for name in ("In short", "Dates") for row in table(name) for text in code(row[0])],
    )
    def test_examples_are_read_without_notice(self, text: str) -> None:
        assert parse(text, CONTEXT).notices == ()

    @pytest.mark.parametrize(
        ("text", "read_as"),
        [(code(text)[0], code(read_as)[0]) for text, read_as in table("What binds tighter")],
    )
    def test_examples_are_read_as_said(self, text: str, read_as: str) -> None:
        assert render(tree(text)) == read_as

    @pytest.mark.parametrize(
        ("kind", "text"),
        [(code(row[0])[0], text) for row in table("Errors") for text in code(row[1])],
    )
    def test_errors_are_refused_as_said(self, kind: str, text: str) -> None:
        with pytest.raises(QueryError) as caught:
            parse(text, CONTEXT)
        assert caught.value.kind == kind

    def test_every_kind_of_error_is_documented(self) -> None:
        sources = [
            CHECKOUT / "search" / "query" / f"{name}.py" for name in ("lexer", "leaves", "parser")
        ]
        calls = r'(?:rror|number)\(\s*(?:lexeme, |operator, )?"([a-z-]+)"'
        raised = {kind for path in sources for kind in re.findall(calls, path.read_text("utf-8"))}
        assert raised == {code(row[0])[0] for row in table("Errors")}


@given(st.lists(st.text("aeornt", min_size=1, max_size=9), min_size=1, max_size=9).map(" ".join))
@example("and")
@example("oil or gas near not")
@example("a" * 100)
def test_plain_words_are_read_as_any_other_text_is(text: str) -> None:
    """They take a way of their own, for speed."""
    progress = Progress()
    tree = query_parser._Parser(QueryText(text), CONTEXT, progress).whole()
    assert parse(text, CONTEXT).notices == tuple(progress.notices)
    assert repr(parse(text, CONTEXT).tree) == repr(tree)
