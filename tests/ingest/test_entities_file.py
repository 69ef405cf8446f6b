"""entities.toml: the rules that it has, and what cannot be used, with its line and what to do."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from search.enrich.corrections import Corrections, Rule, Scope
from search.ingest.entities_file import corrections_of, read_corrections
from search.model.errors import SettingError
from tests.support.paths import CHECKOUT

FILE = """\
# who is who
[[merge]]
person = ["J. Biden", "Joseph  Biden"]
into = "Joe Biden"
note = "one man"

[[hide]]
entity = "State"

[[merge]]
org = "OPEC Countries"
into = "OPEC"
source = ["Coast Post", "Star"]
from = 1987-01-01
until = "1987-12-31"

[[rename]]
place = "Kiev"
to = "Kyiv"

[[split]]
person = "Ronald Reagan"
forms = "Reagan"

[[retype]]
person = "Neutral Zone"
to = "place"
collection = "old"
"""


def of(text: str, zone: str = "UTC") -> Corrections:
    return corrections_of(text, "entities.toml", ZoneInfo(zone))


def test_rules_are_read_in_the_order_of_the_file() -> None:
    year = Scope(
        frozenset(("coast post", "star")),
        first=date(1987, 1, 1),
        last=date(1987, 12, 31),
    )
    assert of(FILE).rules == (
        Rule(1, 2, "merge", "person", ("J. Biden", "Joseph Biden"), "Joe Biden", note="one man"),
        Rule(2, 7, "hide", "entity", ("State",)),
        Rule(3, 10, "merge", "org", ("OPEC Countries",), "OPEC", scope=year),
        Rule(4, 17, "rename", "place", ("Kiev",), "Kyiv"),
        Rule(5, 21, "split", "person", ("Ronald Reagan",), forms=("Reagan",)),
        Rule(
            6, 25, "retype", "person", ("Neutral Zone",), "place",
            scope=Scope(collections=frozenset(("old",))),
        ),
    )  # fmt: skip


def test_the_sample_of_the_docs_is_read() -> None:
    page = (CHECKOUT / "docs" / "entities.md").read_text("utf-8")
    [sample] = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    verbs = [rule.verb for rule in of(sample).rules]
    assert verbs == ["hide", "rename", "merge", "split", "retype", "merge"]


def test_a_rule_says_what_it_does() -> None:
    assert [str(rule) for rule in of(FILE).rules] == [
        "merge person 'J. Biden', 'Joseph Biden' into 'Joe Biden'",
        "hide entity 'State'",
        "merge org 'OPEC Countries' into 'OPEC', in some articles",
        "rename place 'Kiev' to 'Kyiv'",
        "split 'Reagan' from person 'Ronald Reagan'",
        "retype person 'Neutral Zone' to place, in some articles",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "hide = [{person = 'A'}, {person = 'B'}]",
        '[[hide]]\nperson = "A"\nnote = """\n[[hide]]\n"""',
    ],
    ids=["in a line", "a header in a text"],
)
def test_rules_in_other_forms_are_read_too(text: str) -> None:
    assert of(text).rules[0].names == ("A",)


def test_other_files_and_zones_have_other_digests() -> None:
    texts = {
        of(text, zone).digest for text in (FILE, f"{FILE}\n") for zone in ("UTC", "Asia/Tokyo")
    }
    assert len(texts) == 4


def rule(verb: str, *lines: str) -> str:
    return "\n".join([f"[[{verb}]]", *lines, "", ""])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[[hide]]\nperson = 'a\n", 2, "a rule is [[merge]]"),
        ("# first\nforget = 3\n", 2, "'forget' is not known here; there are hide, rename, merge, split, retype"),
        ("hide = 3\n", 1, "a rule is [[merge]]"),
        (rule("hide", "person = 'A'") + rule("hide", "persn = 'A'"), 5, "rule 2: 'persn' is not known; hide has person, org,"),
        (rule("hide", "person = 'A'", "to = 'B'"), 3, "'to' is not known"),
        (rule("hide"), 1, "rule 1: names no entity; give one of person, org, place, entity"),
        (rule("hide", "person = 'A'", "org = 'A'"), 1, "names person and org; give one of"),
        (rule("hide", "person = ' '"), 2, "after person comes a text in quotation marks"),
        (rule("hide", "person = []"), 2, "after person comes a text in quotation marks"),
        (rule("hide", "person = 3"), 2, "after person comes a text in quotation marks"),
        (rule("merge", "person = ['A', 'B']"), 1, 'has no into; add a line into = "Joe Biden"'),
        (rule("merge", "person = ['A', 'B']", "into = ['C', 'D']"), 3, "into is one name"),
        (rule("rename", "person = 'A'", 'to = "B\\u0000"'), 3, "no control characters"),
        (rule("merge", "person = ['A', 'B']", f"into = '{'x' * 501}'"), 3, "500 characters at most"),
        (rule("rename", "person = ['A', 'B']", "to = 'C'"), 2, "for several write [[merge]]"),
        (rule("rename", "person = 'A'", "to = 'A'"), 2, "one name becomes another"),
        (rule("split", "person = 'A'"), 1, 'has no forms; add a line forms = ["Reagan"]'),
        (rule("retype", "person = 'A'", "to = 'thing'"), 3, "'thing' is no kind; write one of person, org, place"),
        (rule("retype", "person = 'A'", "to = 'entity'"), 3, "is no kind"),
        (rule("retype", "person = 'A'", "to = 'person'"), 3, "is a person already"),
        (rule("hide", "person = 'A'", "from = 'soon'"), 3, "soon is no day; write it as in from = 1987-03-01"),
        (rule("hide", "person = 'A'", "from = 1987-03-02", "until = 1987-03-01"), 4, "until is before from"),
        (rule("rename", "person = 'A'", "to = 'B'") + rule("hide", "person = 'A'"), 5, "rule 2: would hide person 'A', and rule 1 would rename"),
        (rule("rename", "person = 'A'", "to = 'B'") + rule("rename", "person = 'B'", "to = 'A'"), 5, "rule 2: rule 1 and rule 2 go round in a circle"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "entities.toml"
    path.write_text(text)
    with pytest.raises(SettingError) as caught:
        read_corrections(str(path))
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "entities.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingError, match=r"entities\.toml"):
        read_corrections(str(path))
