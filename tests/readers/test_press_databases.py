"""Exports of LexisNexis, Factiva and ProQuest: many articles a file, and nothing of them lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers.opening import ReadItem, read
from search.readers.press_databases import sniff

LEXIS = """
                               1 of 2 DOCUMENTS

                                 Coast Post

                            November 13, 2024 Wednesday
                                   Final Edition

Dredging starts late, and the
harbour waits

BYLINE: Jane Roe

SECTION: NEWS; Pg. 4

LENGTH: 20 words

HIGHLIGHT: Two weeks late.

The dredger has not left
its last port.

NOTE: this is text, not a label.

LOAD-DATE: November 14, 2024

LANGUAGE: ENGLISH

SUBJECT: HARBORS & PORTS (90%); DREDGING (71%)

                        Copyright 2024 Coast Post
                           All Rights Reserved

                               2 of 2 DOCUMENTS

                                 Coast Post

                            November 15, 2024 Friday

Pilots go on strike

BYLINE: John Doe

No ship left.
"""
NEXIS = """Dredging starts late
Coast Post (Harbourtown)
November 13, 2024 Wednesday

Copyright 2024 Coast Post Ltd All Rights Reserved

Section: NEWS; Pg. 4
Length: 20 words
Byline: Jane Roe
Body

The dredger has not left its last port.
Language: plain English, said the mayor.

Classification

Language: ENGLISH

Subject: DREDGING (90%)

Load-Date: November 14, 2024

End of Document

Pilots go on strike

Coast Post

November 15, 2024 Friday 10:15 AM GMT

Length: 20 words

Body

No ship left.

Load-Date: November 16, 2024

End of Document
"""
FACTIVA = """HD
Dredging starts late
BY
By Jane Roe
WC
20 words
PD
13 November 2024
ET
09:15
SN
Coast Post
SC
CSTPST
LA
English
LP

The dredger has not left

TD

its last port
IN
and CO

NS
gcat : Politics | e512 : Harbours
AN
Document CSTPST0020241113ekbd00001

HD  Pilots go on strike
WC  20 words
PD  15 November 2024
SN  Coast Post
LP  No ship left.
AN  Document CSTPST0020241115ekbd00002

Search Summary
"""
LAYOUT = """News
Dredging starts late this year
By Jane Roe
20 words
13 November 2024
09:15
Coast Post
CSTPST
4
English
(c) 2024 Coast Post Ltd.

The dredger has not left its last port.

Document CSTPST0020241113ekbd00001

Pilots go on strike

513 words
15 November 2024
Coast Post
CSTPST
English
Copyright 2024 Coast Post

No ship left.

Document CSTPST0020241115ekbd00002
"""
LINE = "_" * 60
PROQUEST = f"""{LINE}

Report Information from ProQuest
{LINE}

Document 1 of 2

Dredging starts late

Author: Roe, Jane

Publication info: Coast Post ; Harbourtown [Harbourtown]. 13 Nov 2024: 4.

Full text: The dredger has not left its last port.

The mayor: it is late.

Subject: Harbors; Dredging

Title: Dredging starts late

Publication title: Coast Post

Publication date: Nov 13, 2024

Section: News

Language of publication: English

ProQuest document ID: 3128000001

{LINE}

Document 2 of 2

Pilots go on strike

Publication info: Coast Post [Harbourtown] 15 Nov 2024.

Full text: No ship left.

ProQuest document ID: 3128000002
{LINE}

Contact ProQuest
"""
EXPORTS = {
    "lexis": LEXIS,
    "nexis": NEXIS,
    "factiva": FACTIVA,
    "layout": LAYOUT,
    "proquest": PROQUEST,
}


def found(tmp_path: Path, text: str, settings: Settings | None = None) -> list[ReadItem]:
    path = tmp_path / "export.txt"
    path.write_text(text, "utf-8")
    return list(read(path, settings=settings))


def articles(items: list[ReadItem]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_articles_of_an_export_are_read_one_by_one(tmp_path: Path, name: str, ending: str) -> None:
    first, second = articles(found(tmp_path, EXPORTS[name].replace("\n", ending)))

    assert first.title.startswith("Dredging starts late")
    assert (first.authors, f"{first.published:%Y-%m-%d}") == (("Jane Roe",), "2024-11-13")
    assert first.source.startswith("Coast Post")
    assert "not left" in first.body
    assert (second.title, f"{second.published:%Y-%m-%d}", second.body) == ("Pilots go on strike", "2024-11-15", "No ship left.")  # fmt: skip
    assert second.source == "Coast Post"


@pytest.mark.parametrize("name", EXPORTS)
def test_a_cut_export_gives_what_is_whole(tmp_path: Path, name: str) -> None:
    text = EXPORTS[name]
    cut = text[: text.index("Pilots go") + 5]

    assert articles(found(tmp_path, cut))[0].title.startswith("Dredging starts late")


def test_lexis_text_keeps_its_paragraphs_and_loses_its_labels(tmp_path: Path) -> None:
    first, _ = articles(found(tmp_path, LEXIS))

    assert first.title == "Dredging starts late, and the harbour waits"
    assert (
        first.body
        == "Two weeks late.\n\nThe dredger has not left its last port.\n\nNOTE: this is text, not a label."
    )
    assert (first.section, first.language, first.topics) == (
        "NEWS",
        "en",
        ("HARBORS & PORTS", "DREDGING"),
    )


def test_nexis_text_ends_where_its_form_says(tmp_path: Path) -> None:
    first, second = articles(found(tmp_path, NEXIS))

    assert first.body.endswith("Language: plain English, said the mayor.")
    assert (first.language, first.topics) == ("en", ("DREDGING",))
    assert second.authors == ()


def test_a_cover_above_the_first_article_is_not_its_title(tmp_path: Path) -> None:
    cover = "User Name: Ann Lee\nDate and Time: Tuesday, March 10, 2026 10:00 AM\nSource: Coast Post\n\nDocuments (2)\n\n1. Dredging starts late\n\n"

    items = found(tmp_path, cover + NEXIS)

    first, _ = articles(items)
    assert (first.title, f"{first.published:%Y-%m-%d}", first.source) == ("Dredging starts late", "2024-11-13", "Coast Post (Harbourtown)")  # fmt: skip
    assert any("'lines above the title'" in str(item) for item in items)


def test_lines_right_under_the_day_are_the_edition(tmp_path: Path) -> None:
    text = LEXIS.replace(
        "Final Edition", "Edition 1;\n                                    Scotland"
    )

    assert articles(found(tmp_path, text))[0].title == "Dredging starts late, and the harbour waits"


def test_words_in_a_text_of_factiva_are_no_labels(tmp_path: Path) -> None:
    first, _ = articles(found(tmp_path, FACTIVA))

    assert "IN" in first.body
    assert first.topics == ("Politics", "Harbours")
    assert (first.article_id, first.published_precision) == ("CSTPST0020241113ekbd00001", "minute")


def test_each_list_of_lexis_has_its_own_topics(tmp_path: Path) -> None:
    text = LEXIS.replace("(71%)\n", "(71%)\n\nORGANIZATION: Pilots' Union (60%)\n\nCITY: HARBOURTOWN (79%)\n")  # fmt: skip

    first, _ = articles(found(tmp_path, text))

    assert first.topics == ("HARBORS & PORTS", "DREDGING", "Pilots' Union", "HARBOURTOWN")


def test_labels_of_factiva_in_a_column_of_four_letters(tmp_path: Path) -> None:
    text = FACTIVA.replace("AN  ", "PUB Coast Media\nAN  ").replace("AN\n", "PUB Coast Media\nAN\n")
    assert "PUB Coast Media" in text

    items = found(tmp_path, text)

    assert articles(items)[0].topics == ("Politics", "Harbours")
    assert any("'publishing house'" in str(item) for item in items)


@pytest.mark.parametrize("word", ["ART", "PUB"])
def test_words_in_capitals_begin_lines_of_factiva(tmp_path: Path, word: str) -> None:
    text = FACTIVA.replace("and CO\n", f"and CO\n\n{word} IS A WORD\n")

    assert f"{word} IS A WORD" in articles(found(tmp_path, text))[0].body


def test_codes_and_pages_of_factiva_are_no_text(tmp_path: Path) -> None:
    text = LAYOUT.replace("CSTPST\n4\n", "C\nA4\n").replace(
        "(c) 2024 Coast", "(Copyright (c) 2024, Coast"
    )

    items = found(tmp_path, text)

    assert articles(items)[0].body == "The dredger has not left its last port."
    assert any("'page'" in str(item) for item in items)


def test_companies_of_proquest_have_no_numbers(tmp_path: Path) -> None:
    said = "Company / organization: Name: Quay Inc; NAICS: 713930; Name: Coast Ltd; NAICS: 1, 2"
    text = PROQUEST.replace("Author: Roe, Jane\n", f"{said}\n\nAuthor: Roe, Jane\n", 1)

    assert {"Quay Inc", "Coast Ltd"} <= set(articles(found(tmp_path, text))[0].topics)
    assert not any(topic[:4] in ("NAIC", "Name") for topic in articles(found(tmp_path, text))[0].topics)  # fmt: skip


def test_text_that_proquest_has_not_is_none(tmp_path: Path) -> None:
    text = PROQUEST.replace("The dredger has not left its last port.\n\nThe mayor: it is late.", "Not available.")  # fmt: skip
    assert "Full text: Not available." in text

    assert articles(found(tmp_path, text))[0].body == ""


def test_numbers_of_proquest_are_ids_anywhere(tmp_path: Path) -> None:
    first, second = articles(found(tmp_path, PROQUEST))

    assert (first.article_id, second.article_id) == ("proquest-3128000001", "proquest-3128000002")
    assert first.body.endswith("The mayor: it is late.")


@pytest.mark.parametrize(
    ("begins", "by", "section", "length", "loaded", "day"),
    [
        ("Dokument 1 von 1", "AUTOR", "RUBRIK", "LÄNGE: 20 Wörter", "UPDATE: 14. November 2024", "13. November 2024 Mittwoch"),
        ("Document 1 de 1", "AUTEUR", "RUBRIQUE", "LONGUEUR: 20 mots", "DATE-CHARGEMENT: 14 novembre 2024", "13 novembre 2024 mercredi"),
    ],
    ids=["german", "french"],
)  # fmt: skip
def test_labels_of_lexis_in_other_languages(tmp_path: Path, begins: str, by: str, section: str, length: str, loaded: str, day: str) -> None:  # fmt: skip
    text = f"\n   {begins}\n\n   Küstenpost\n\n   {day}\n\nTitel\n\n{by}: Petra Lang\n\n{section}: LOKALES\n\n{length}\n\nText.\n\n{loaded}\n"

    (one,) = articles(found(tmp_path, text))

    assert (one.title, one.authors, one.section, one.body) == (
        "Titel",
        ("Petra Lang",),
        "LOKALES",
        "Text.",
    )
    assert (f"{one.published:%Y-%m-%d}", one.source) == ("2024-11-13", "Küstenpost")


def test_what_stands_beside_the_articles_is_said(tmp_path: Path) -> None:
    said = [
        r.reason
        for r in found(tmp_path, PROQUEST)
        if isinstance(r, Remark) and r.kind == "not its text"
    ]

    assert [reason.rpartition(": ")[2] for reason in said] == [
        "they begin with 'Report Information from ProQuest'",
        "they begin with 'Contact ProQuest'",
    ]


def test_an_article_that_is_not_understood_is_refused_with_its_line(tmp_path: Path) -> None:
    items = found(tmp_path, LEXIS + "\n   3 of 3 DOCUMENTS\n\nNothing of the kind\n")

    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert (
        bad.reason
        == "is not understood as an article of LexisNexis: it begins with 'Nothing of the kind'"
    )
    assert bad.line == LEXIS.count("\n") + 4


def test_too_long_an_article_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = LEXIS.replace("its last port.", "its last port.\n" + "word " * 3_000)

    items = found(tmp_path, text, Settings(max_article_chars=5_000))

    assert [item.title for item in articles(items)] == ["Pilots go on strike"]
    (bad,) = [item for item in items if isinstance(item, BadArticle)]
    assert bad.reason.startswith("is longer than 5,000 characters")


@pytest.mark.parametrize(
    "text",
    [
        "1 of 2\n\nA walk in two parts\n\nThe path begins at the harbour.\n",
        "Document 1 of 2\n\nNothing that the database writes stands here.\n\nEnd of Document\n",
        f"{LINE}\nA poem\n{LINE}\nThe sea, the sea.\n",
        "HD\nA title of two letters\n",
    ],
    ids=["numbered", "document", "lines", "label"],
)
def test_what_only_looks_like_an_export_is_none(text: str) -> None:
    assert not sniff(text)


@pytest.mark.parametrize(
    "line",
    ["Publication info: " + "a, " * 100_000, "1 of 2 " * 40_000, "BYLINE: " + "(90%) " * 40_000, "_" * 300_000, "A:" * 100_000, "SECTION: " + "Pg " * 80_000, "Document " + "A" * 300_000],
    ids=["info", "numbers", "shares", "line", "labels", "pages", "end"],
)  # fmt: skip
@pytest.mark.parametrize("name", EXPORTS)
def test_hostile_lines_come_to_an_end(tmp_path: Path, name: str, line: str) -> None:
    assert found(tmp_path, EXPORTS[name].replace("No ship left.", f"No ship left.\n\n{line}\n"))
