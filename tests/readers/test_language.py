"""The language of an article: declared in any form, else told by its words, and none where these are not sure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from search.model.article import Article
from search.model.remark import Remark
from search.readers import language
from search.readers.language import (
    DETECTED,
    UNKNOWN,
    Language,
    declared_language,
    language_of,
    with_language,
)
from search.readers.language_names import CODES, NAMES, OTHER_CODES
from search.readers.opening import read
from tests.support.language_texts import TEXTS


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("en_US.UTF-8", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("english (UK)", "en"),
        ("en-US, en-GB", "en"),
        ("en;q=0.8", "en"),
        (" de_AT ", "de"),
        ("Deutsch", "de"),
        ("ger", "de"),
        ("franc\N{COMBINING CEDILLA}ais", "fr"),
        ("pt-BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("cmn-Hans", "zh"),
        ("日本語", "ja"),
        ("jp", "ja"),
        ("iw", "he"),
        ("nb-NO", "no"),
        ("nn", "nn"),
        ("sr-Latn-RS", "sr"),
        ("gsw", "gsw"),
        ("utf-8", ""),
        ("text/html; charset=utf-8", ""),
        ("en, fr", ""),
        ("x-default", ""),
        ("und", ""),
        ("mul", ""),
        ("C", ""),
        ("NA", ""),
        ("unknown", ""),
        ("the language of the article", ""),
        ("en" + "-x" * 100, ""),
        (" ", ""),
    ],
)
def test_one_language_has_one_tag(declared: str, tag: str) -> None:
    assert declared_language(declared) == tag


def test_names_and_other_codes_stand_for_codes() -> None:
    assert {*NAMES.values(), *OTHER_CODES.values()} <= CODES
    assert not OTHER_CODES.keys() & CODES


@pytest.mark.parametrize("language", TEXTS)
def test_the_words_tell_the_language(language: str) -> None:
    assert language_of("", TEXTS[language], "") == (language, DETECTED)


def test_what_is_declared_counts_whatever_the_words_say() -> None:
    assert language_of("", TEXTS["de"], "fr_FR") == ("fr", "")


def test_the_words_count_where_what_is_declared_is_no_language() -> None:
    assert language_of("", TEXTS["de"], "utf-8") == ("de", DETECTED)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("", ""),
        ("Bridge shut", ""),
        ("", TEXTS["en"][:60]),
        (TEXTS["en"][:60], TEXTS["en"][:60]),
        ("", TEXTS["en"] + "\n\n" + TEXTS["de"]),
        ("", TEXTS["pt"] + "\n\n" + TEXTS["ru"] + "\n\n" + TEXTS["pt"]),
        ("", "Ann Lee, Bo Wren, Jens Holm, Marie Petit, Gianni Verdi, Pedro Vega, Olena Koval, Jan Nowak, Ayşe Demir"),
        ("", "12,5 13,7 18,2 | 4 | 99 % " * 20),
        ("", "qwer asdf yxcv " * 20),
        ("", "https://news.example/a?b=c&d=e " * 8),
        ("", "Gradsko vijeće odlučilo je u utorak zatvoriti stari most preko rijeke tijekom cijele zime. Inženjeri su našli pukotine u dva stupa."),
        ("", "Dewan kota memutuskan pada hari Selasa untuk menutup jembatan tua di atas sungai selama musim dingin. Para insinyur menemukan retakan."),
    ],
    ids=["nothing", "headline", "short", "title made of the text", "halves", "in between", "names", "numbers", "no words",
         "addresses", "Croatian is like Serbian", "Indonesian is like Malay"],
)  # fmt: skip
def test_no_language_where_the_words_are_not_sure(title: str, body: str) -> None:
    assert language_of(title, body, "") is UNKNOWN


@pytest.mark.parametrize(
    "noise", ["\x00", "\x1b[2J", "\ufffe", "\U0001ffff", "\ufdd0", "\x85", "\u202e"]
)
def test_characters_that_are_no_text_do_not_matter(noise: str) -> None:
    assert language_of(noise, TEXTS["sv"].replace(" ", noise + " ", 5), "").tag in ("sv", "")
    assert language_of("", TEXTS["sv"].replace(". ", f"{noise} ", 1), "") == ("sv", DETECTED)


def stored(language: str, origin: str = "", text: str = TEXTS["de"]) -> Article:
    return Article(article_id="a", title="", body=text, language=language, language_from=origin)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stored("de-DE"), Language("de")),
        (stored(""), Language("de", DETECTED)),
        (stored("nl", DETECTED), Language("de", DETECTED)),
        (stored("nl", DETECTED, "Zu"), UNKNOWN),
        (stored("Plattdüütsch", "", "Kort"), Language("Plattdüütsch")),
    ],
    ids=["form", "none", "detected otherwise", "not sure any more", "as the source said"],
)
def test_a_rebuild_gives_the_language_of_todays_rules(before: Article, after: Language) -> None:
    assert with_language(before) == replace(before, language=after.tag, language_from=after.origin)


def test_an_article_says_whether_its_language_was_detected(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = [
        {"title": "One", "text": TEXTS["fr"], "language": "fr-CA"},
        {"title": "Two", "text": TEXTS["fr"]},
        {"title": "Three"},
        {"title": "Four", "language": "unknown"},
    ]
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    items = list(read(path))

    assert [(i.language, i.language_from) for i in items if isinstance(i, Article)] == [
        ("fr", ""),
        ("fr", DETECTED),
        ("", ""),
        ("", ""),
    ]
    said = [item for item in items if isinstance(item, Remark) and item.kind == "language"]
    assert [(remark.line, remark.times) for remark in said] == [(3, 2)]


def test_without_the_library_no_language_is_detected_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not made for every machine; a rebuild there keeps what was detected elsewhere."""
    monkeypatch.setattr(language, "can_detect", lambda: False)
    monkeypatch.setattr("search.readers.draft.can_detect", lambda: False)
    language._detector.cache_clear()
    try:
        path = tmp_path / "a.jsonl"
        path.write_text(json.dumps({"title": "Two", "text": TEXTS["fr"]}), "utf-8")
        article, remark = read(path)
        before = stored("nl", DETECTED)
        assert with_language(before) == before
    finally:
        language._detector.cache_clear()

    assert isinstance(article, Article)
    assert article.language == ""
    assert isinstance(remark, Remark)
    assert "pycld2, which tells it by the words, is not installed" in remark.reason
