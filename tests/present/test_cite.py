"""An article as a line to cite, as BibTeX, as data of schema.org."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from search.present.cite import as_bibtex, as_json_ld, as_text
from tests.support.documents import document

_EVENING = datetime(2024, 3, 5, 23, 30, tzinfo=UTC)
_WHOLE = {
    "title": "Docks wait",
    "authors": ("Ann Lee", "Cy Fox"),
    "source": "The Quay",
    "published": datetime(2024, 3, 5, tzinfo=UTC),
    "published_precision": "day",
    "url": "https://quay.example/docks",
}


def article(**values):
    return document("quay-1", **({"title": "", "body": ""} | values)).article


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Ann Lee and Cy Fox. “Docks wait.” The Quay, 5 March 2024. https://quay.example/docks"),
        ({"url": ""}, "Ann Lee and Cy Fox. “Docks wait.” The Quay, 5 March 2024."),
        ({"url": "", "title": "Why wait?"}, "Ann Lee and Cy Fox. “Why wait?” The Quay, 5 March 2024."),
        ({"url": "", "authors": ("A", "B", "C")}, "A, B, and C. “Docks wait.” The Quay, 5 March 2024."),
        ({"url": "", "authors": tuple("ABCDE")}, "A and 4 others. “Docks wait.” The Quay, 5 March 2024."),
        ({"url": "", "authors": ()}, "“Docks wait.” The Quay, 5 March 2024."),
        ({"url": "", "source": ""}, "Ann Lee and Cy Fox. “Docks wait.” 5 March 2024."),
        (
            {"url": "", "published": datetime(2024, 3, 1, tzinfo=UTC), "published_precision": "month"},
            "Ann Lee and Cy Fox. “Docks wait.” The Quay, March 2024.",
        ),
        ({"url": "", "title": "Docks\n\x07 wait"}, "Ann Lee and Cy Fox. “Docks wait.” The Quay, 5 March 2024."),
    ],
    ids=["whole", "no address", "question", "three", "many", "no author", "no source", "month", "controls"],
)  # fmt: skip
def test_a_line_says_what_is_known(changes: dict[str, object], expected: str) -> None:
    assert as_text(article(**(_WHOLE | changes)), UTC) == expected


def test_an_article_of_nothing_is_cited_by_its_id() -> None:
    assert as_text(article(), UTC) == "quay-1. undated."


def test_who_is_called_by_controls_alone_is_nobody() -> None:
    odd = article(**(_WHOLE | {"authors": ("\x01", "Ann Lee"), "source": "\x02"}))
    assert as_text(odd, UTC).startswith("Ann Lee. “Docks wait.” 5 March 2024.")
    assert "  author = {{Ann Lee}}," in as_bibtex(odd, UTC)
    assert as_text(article(authors=("\x01",)), UTC) == "quay-1. undated."


def test_the_day_is_that_of_the_zone() -> None:
    late = article(title="T", published=_EVENING, published_precision="minute")
    tokyo = ZoneInfo("Asia/Tokyo")
    assert "6 March 2024" in as_text(late, tokyo)
    assert "  day = {6}," in as_bibtex(late, tokyo)
    assert as_json_ld(late, tokyo)["datePublished"] == "2024-03-06T08:30+0900"


def test_bibtex_has_a_field_for_each_thing_known() -> None:
    assert as_bibtex(article(**_WHOLE), UTC).splitlines() == [
        "@article{quay-1,",
        "  author = {{Ann Lee} and {Cy Fox}},",
        "  title = {{Docks wait}},",
        "  journal = {The Quay},",
        "  year = {2024},",
        "  month = mar,",
        "  day = {5},",
        "  url = {https://quay.example/docks},",
        "}",
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("100 % & more_", r"100 \% \& more\_"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a\n}", r"a \}"),
        ("Zürich", "Zürich"),
    ],
    ids=["signs", "command", "brace", "letters"],
)
def test_nothing_in_a_title_is_a_command_of_tex(title: str, expected: str) -> None:
    assert f"  title = {{{{{expected}}}}}," in as_bibtex(article(title=title), UTC).splitlines()


def test_only_what_is_known_is_data() -> None:
    assert as_json_ld(article(title="T"), UTC) == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": "quay-1",
        "headline": "T",
    }
