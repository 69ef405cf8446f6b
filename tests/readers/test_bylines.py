"""Bylines: by-words, roles, desks, papers, signs, capitals; lists of names; and names in capitals."""

from __future__ import annotations

import json

import pytest

from search.model.article import Article, Credit
from search.model.remark import Remark
from search.readers.byline import Byline, clean_names, parse_byline, parse_names
from search.readers.byline_patterns import patterns
from search.readers.name_case import mended
from search.readers.opening import read

TWO = ("Mara Quist", "Ben Achter")


@pytest.mark.parametrize(
    "text",
    [
        "By Mara Quist and Ben Achter", "Von Mara Quist und Ben Achter", "Por Mara Quist y Ben Achter",
        "Di Mara Quist e Ben Achter", "Par Mara Quist et Ben Achter", "Door Mara Quist en Ben Achter",
        "Av Mara Quist og Ben Achter", "Af Mara Quist og Ben Achter", "Av Mara Quist och Ben Achter",
        "Przez Mara Quist i Ben Achter", "Kirjoittaja: Mara Quist ja Ben Achter", "Haber: Mara Quist ve Ben Achter",
        "Автор: Mara Quist и Ben Achter", "Από Mara Quist και Ben Achter", "Oleh Mara Quist dan Ben Achter",
        "Text: Mara Quist, Ben Achter", "Veröffentlicht von Mara Quist und Ben Achter", "Scritto da Mara Quist e Ben Achter",
        "Escrito por Mara Quist y Ben Achter", "Post author: Mara Quist & Ben Achter", "Ein Gastbeitrag von Mara Quist und Ben Achter",
        "By\\nMara Quist\\nBen Achter", "Opinion by Mara Quist and Ben Achter", "View all articles by Mara Quist, Ben Achter",
        "BY MARA QUIST AND BEN ACHTER", "POR MARA QUIST Y BEN ACHTER", "Mara Quist And Ben Achter For The Paper",
        "Kirjoittanut Mara Quist ja Ben Achter", "Від Mara Quist та Ben Achter", "A cura di Mara Quist e Ben Achter",
        "Quist, Mara; Achter, Ben", "Quist, Mara and Achter, Ben", "Politik · Mara Quist, Ben Achter",
        "Mara Quist (text), Ben Achter (text)", "Story and photos by Mara Quist and Ben Achter",
        "Mara Quist, Ben Achter contributed reporting", "13 November 2024 by Mara Quist and Ben Achter",
        "By Mara Quist By Ben Achter", "By Mara Quist, by: Ben Achter", "Mara Quist + Ben Achter", "Mara Quist u. Ben Achter",
        "Mara Quist,Ben Achter", "Mara Quist,and Ben Achter", "Mara Quist &amp; Ben Achter", "[Mara Quist, Ben Achter]",
        "03.05.2024 von Mara Quist und Ben Achter", "3 mai 2024 Mara Quist, Ben Achter", "Mara Quist, Ben Achter and 3 others",
        "2024-11-13 Mara Quist, Ben Achter", "LONDON — Mara Quist and Ben Achter",
    ],
)  # fmt: skip
def test_two_authors(text):
    assert parse_byline(text.replace("\\n", "\n")).authors == TWO


@pytest.mark.parametrize(
    "text",
    [
        "Mara Quist ❤️", "Mara Quist (she/her)", "Mara Quist she/her", "Mara\u200b Quist", "Mara&nbsp;Quist", "<a href='/m'>Mara Quist</a>",
        "Dr. Mara Quist", "Prof. Dr. Mara Quist", "Dame Mara Quist", "Mara Quist, PhD", "Mara Quist MBE", "Mara Quist - Coast Post",
        "Mara Quist, Coast Post", "Mara Quist The Coast Post", "MARA QUIST Coast Post", "Mara Quist CNN", "Mara Quist BBC News",
        "Mara Quist U.S. Law Correspondent", "Mara Quist, UK Political Editor", "Our correspondent Mara Quist", "Mara Quist, Sports Desk",
        "Mara Quist Special to the Post", "Special to the Post by Mara Quist", "Mara Quist, Washington, D.C.", "Mara Quist in Nairobi",
        "Mara Quist is a reporter at the Coast Post, covering Ben Achter.", "Mara Quist - 3 min read", "Mara Quist @maraquist",
        "Analysis by Mara Quist, CNN", "MARA QUIST Associated Press Writer", "MARA QUIST New York Times News Service", "Mara Quist Tel Aviv",
        "Mara Quist, Coast Post, Northern Star", "Mara Quist/AFP/Getty Images", "Mara Quist View Profile", "Follow Mara Quist",
        "Mara Quist European Union Correspondent", "Lady Mara Quist", "Napisała Mara Quist", "Подготовила Mara Quist", "Írta: Mara Quist",
        "Sport: Mara Quist", "View all posts by Mara Quist →", "(Mara Quist)", "Mara Quist aka MQ", "3. Mai 2024, von Mara Quist",
        "Mara QUIST", "QUIST, MARA", "Associated Press Reporter Mara Quist", "Published 13 November 2024, Mara Quist",
    ],
)  # fmt: skip
def test_one_author_among_other_things(text):
    assert parse_byline(text).authors == ("Mara Quist",)


@pytest.mark.parametrize(
    "text",
    [
        "Web Desk", "The Editorial Board", "Coast Post Staff", "Our own correspondent", "From Our Own Correspondent",
        "By a staff reporter", "By our correspondent in Paris", "Redaktion strandpost.example.de", "Reuters Staff", "Guest Author",
        "admin", "Anonymous", "Le Monde", "Real Estate", "mara@paper.example", "https://paper.example/mara", "Mit Material von dpa",
        "Coast Post Editorial Board", "Coast Post Reporter", "Staff Reports", "From wire reports", "Getty Images", "BBC",
        "Compiled by Mara Quist", "Photo: Mara Quist", "The Morning Tribune", "3 min read", "KYIV", "London", "La Tribuna", "Het Kanaal",
        "Haber Merkezi", "Ressort Politik", "Advertisement", "By Name Withheld", "A Reader", "AA", "KQZ", "KQZTV", "OREF", "ShoreWire", "Le Strandal", "Der Strandbote", "編集部", "온라인뉴스팀", "연합뉴스", "新华社",
        "Quist Corp.", "Quist Web Design", "مترجم: علی رضایی",
    ],
)  # fmt: skip
def test_nobody(text):
    assert parse_byline(text).authors == ()


@pytest.mark.parametrize(
    "text",
    [
        "Mara Quist KQZ", "MARA QUIST KQZ", "MARA QUIST KESPN", "Mara Quist OREF", "Mara Quist KQZ News", "Mara Quist KQZ7", "Mara Quist/KQZ",
        "Mara Quist KQZ Correspondent", "MARA QUIST KQZ CORRESPONDENT", "Mara Quist OREF Political Editor", "Mara Quist (KQZ)",
        "Mara Quist, KQZ STRANDTAL", "Mara Quist, OREF Strandtal",
    ],
)  # fmt: skip
def test_initials_of_an_outlet_after_a_name_are_told_by_their_looks(text):
    assert parse_byline(text).authors == ("Mara Quist",)


@pytest.mark.parametrize(
    ("text", "publisher", "address"),
    [
        ("MARA QUIST OREF", "OREF Online", ""),
        ("MARA QUIST OREF", "", "https://news.oref.example/a"),
        ("MARA QUIST NSE", "The North and South Evening", ""),
        ("Mara Quist SE", "Shore Evening", ""),
        ("Mara Quist Strandal", "Le Strandal", ""),
        ("Mara Quist, Strandal Dimanche", "Strandal Dimanche Soir", ""),
        ("Mara Quist, OREF Strandtal", "OREF", ""),
    ],
)
def test_a_paper_after_a_name_is_told_by_who_published_it(text, publisher, address):
    assert parse_byline(text, publisher=publisher, address=address).authors == ("Mara Quist",)


@pytest.mark.parametrize(
    ("text", "publisher", "name"),
    [
        ("ANA MARIA POST", "Coast Post", "Ana Maria Post"),
        ("YO YO MA", "Morning Advocate", "Yo Yo Ma"),
    ],
)
def test_a_name_with_a_word_of_its_paper_stays(text, publisher, name):
    assert parse_byline(text, publisher=publisher).authors[0] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Anne MARTIN", "Anne Martin"),
        ("Anne Marie MARTIN", "Anne Marie Martin"),
        ("Juan Carlos VERA", "Juan Carlos Vera"),
        ("Min Jun LEE", "Min Jun Lee"),
        ("Anne Marie ROUX", "Anne Marie Roux"),
        ("Anil Kumar KP", "Anil Kumar KP"),
        ("Ida van der POEL", "Ida van der Poel"),
        ("ANNE MARIE ROUX", "Anne Marie Roux"),
        ("LEE Anne", "Lee Anne"),
        ("McDonald", "McDonald"),
        ("Le Minh", "Le Minh"),
        ("Di Marlowe", "Di Marlowe"),
        ("Byron Porter", "Byron Porter"),
        ("Par Lind", "Par Lind"),
        ("Oleh Petrenko", "Oleh Petrenko"),
        ("Emily Post", "Emily Post"),
        ("Ann R. Bloomberg", "Ann R. Bloomberg"),
        ("Ana Maria Apa", "Ana Maria Apa"),
        ("Bruno XVI", "Bruno XVI"),
        ("Sarah D. Wire", "Sarah D. Wire"),
        ("Anita Kumari Rai", "Anita Kumari Rai"),
        ("ANITA KUMARI RAI", "Anita Kumari Rai"),
        ("Don Van Loon", "Don Van Loon"),
        ("Phil Roe Smith", "Phil Roe Smith"),
        ("Dr. phil. Anna Freier", "Anna Freier"),
        ("YO YO MA", "Yo Yo Ma"),
        ("Pan Wei Ming", "Pan Wei Ming"),
        ("Wire van Doorn", "Wire van Doorn"),
        ("Lord Dannatt", "Lord Dannatt"),
        ("José Ortega y Gasset", "José Ortega y Gasset"),
        ('Robert "Bob" Doe', 'Robert "Bob" Doe'),
        ("Quist, Mara A.", "Mara A. Quist"),
        ("Jong, Michiel de", "Michiel de Jong"),
        ("Berg, Jan van der", "Jan van der Berg"),
        ("van der Berg, Jan", "Jan van der Berg"),
        ("दैनिक शर्मा", "दैनिक शर्मा"),
        ("문서현 기자", "문서현"),
        ("문서현 기자 외 2명", "문서현"),
        ("記者 山田太郎", "山田太郎"),
        ("聞き手・山田太郎", "山田太郎"),
        ("JOSÉ ORTEGA Y GASSET", "José Ortega y Gasset"),
        ("文/山田太郎", "山田太郎"),
        ("by mara quist, Reuters", "Mara Quist"),
        ("By Madonna", "Madonna"),
        ("By Von Ashby", "Von Ashby"),
        ("VON ASHBY", "Von Ashby"),
        ("von Ashby", "Ashby"),
        ("Mara Quist¹", "Mara Quist"),
        ("Mara Quist, do Rio", "Mara Quist"),
        ("Mara Quist, em São Paulo", "Mara Quist"),
        ("Mara Quist, Coast Council Member", "Mara Quist"),
        ("Former Sen. Mara Quist", "Mara Quist"),
        ("By The Rev. Mara Quist", "Mara Quist"),
        ("M.Q.", "M.Q."),
        ("García Luna, Gabriel", "Gabriel García Luna"),
        ("Gil Robledo, José María", "José María Gil Robledo"),
        ("Ana Robledo, Bilbao", "Ana Robledo"),
        ("JOHN McCABE", "John McCabe"),
        ("取材・文 山田太郎", "山田太郎"),
        ("서울=문서현 기자", "문서현"),
        ("La Verne Ashby", "La Verne Ashby"),
    ],
)
def test_a_name_that_is_like_something_else(text, name):
    assert parse_byline(text).authors == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "Mara and Ben Quist",
        "By Mara & Ben Quist",
        "MARA AND BEN QUIST",
        "Mara und Ben Quist, Reuters",
    ],
)
def test_family_name_of_two(text):
    assert parse_byline(text).authors == ("Mara Quist", "Ben Quist")


@pytest.mark.parametrize(
    "text", ["Reuters and Ben Quist", "Staff and Ben Quist", "Paris and Ben Quist"]
)
def test_family_name_is_not_given_to_what_is_no_name(text):
    assert parse_byline(text).authors == ("Ben Quist",)


@pytest.mark.parametrize(
    ("text", "agency"),
    [("رويترز", "Reuters"), ("أ ف ب", "AFP"), ("共同通信", "Kyodo"), ("新华社", "Xinhua"), ("연합뉴스", "Yonhap"), ("ТАСС", "TASS")],
)  # fmt: skip
def test_agency_in_its_own_script(text, agency):
    assert parse_byline(text) == Byline((), agency)


def test_agency_in_brackets_with_a_word_before_it():
    assert parse_byline("Par Mara Quist (avec AFP)") == Byline(("Mara Quist",), "AFP")


def test_city_in_a_list_of_authors_is_none():
    assert parse_names(["London", "Mara Quist"]).authors == ("Mara Quist",)


@pytest.mark.parametrize(
    ("text", "authors", "credits"),
    [
        ("By Ida Noor; additional reporting by Cy Fox; editing by Bo Ray", ("Ida Noor",),
         [("Cy Fox", "additional reporting"), ("Bo Ray", "editing")]),
        ("By Ida Noor. Cy Fox contributed to this report.", ("Ida Noor",), [("Cy Fox", "additional reporting")]),
        ("By Ida Noor\nPhotographs by Cy Fox", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("Text: Ida Noor / Fotos: Cy Fox", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("Ida Noor (text) and Cy Fox (photos)", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("Ida Noor, reporter; Cy Fox, photographer", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("Ida Noor, translated by Cy Fox", ("Ida Noor",), [("Cy Fox", "translation")]),
        ("Ida Noor, as told to Cy Fox", ("Ida Noor",), [("Cy Fox", "as told to")]),
        ("Reporting by Ida Noor in Rome; Editing by Bo Ray and Cy Fox", ("Ida Noor",), [("Bo Ray", "editing"), ("Cy Fox", "editing")]),
        ("Words Ida Noor Photos Cy Fox", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("By Ida Noor (text) Cy Fox (photos)", ("Ida Noor",), [("Cy Fox", "photos")]),
        ("记者 王小明 摄影 李娜", ("王小明",), [("李娜", "photos")]),
        ("By Ida Noor, fact checked by Cy Fox", ("Ida Noor",), [("Cy Fox", "fact-checking")]),
        ("Ida Noor. Aus dem Englischen von Cy Fox", ("Ida Noor",), [("Cy Fox", "translation")]),
        ("글 문서현, 사진 한지우", ("문서현",), [("한지우", "photos")]),
        ("Editor: Cy Fox", (), [("Cy Fox", "editing")]),
        ("Compiled by Ida Noor", (), [("Ida Noor", "compilation")]),
        ("Ida Noor; photos by Ida Noor", ("Ida Noor",), []),
    ],
)  # fmt: skip
def test_who_is_no_author_has_a_role(text, authors, credits):
    parsed = parse_byline(text)
    assert (parsed.authors, parsed.credits) == (authors, tuple(Credit(*each) for each in credits))


@pytest.mark.parametrize("text", ["王小明、李华", "本报记者 王小明 李华", "【王小明、李华】"])
def test_names_without_blanks(text):
    assert parse_byline(text).authors == ("王小明", "李华")


@pytest.mark.parametrize(
    ("text", "publisher", "authors"),
    [
        ("Mara Quist Shore Line", "Shore Line", ("Mara Quist",)),
        ("Mara Quist, The Shore Line", "Shore Line", ("Mara Quist",)),
        ("Shore Line", "The Shore Line", ()),
        ("Shore Line", "", ("Shore Line",)),
    ],
)
def test_the_paper_is_no_author(text, publisher, authors):
    assert parse_byline(text, publisher=publisher).authors == authors


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("MARA QUIST Associated Press", "AP"),
        ("Mara Quist Reuters", "Reuters"),
        ("Mara Quist, Reuter", "Reuters"),
        ("Mara Quist, mit dpa", "dpa"),
        ("Mara Quist, Foto: dpa", "dpa"),
        ("Mara Quist with files from The Canadian Press", "The Canadian Press"),
        ("BY MARA QUIST, REUTERS", "Reuters"),
    ],
)
def test_agency_after_a_name(text, agency):
    assert parse_byline(text) == Byline(("Mara Quist",), agency)


@pytest.mark.parametrize(
    ("capitals", "name"),
    [
        ("MAUREEN O'NEILL", "Maureen O'Neill"),
        ("SEÁN O’CASEY", "Seán O’Casey"),
        ("IAN MCDONALD", "Ian McDonald"),
        ("DORA MACARTHUR", "Dora MacArthur"),
        ("ANA MACHADO", "Ana Machado"),
        ("JAN VAN DER BERG", "Jan van der Berg"),
        ("TED D'AFFLISIO", "Ted D'Afflisio"),
        ("TED d'AFFLISIO", "Ted d'Afflisio"),
        ("JEAN-LOUP FIÉVET", "Jean-Loup Fiévet"),
        ("J.K. ROE", "J.K. Roe"),
        ("JD QUIST", "JD Quist"),
        ("ED FOE III", "Ed Foe III"),
        ("MARTIN KING JR.", "Martin King Jr."),
        ("AL JONES", "Al Jones"),
        ("OMAR AL-SAYED", "Omar al-Sayed"),
        ("IŞIL ÖZTÜRK", "Işıl Öztürk"),
        ("Anne Marie KLEIN", "Anne Marie Klein"),
        ("AJ Roe", "AJ Roe"),
        ("Claudia Van Riesen", "Claudia Van Riesen"),
    ],
)
def test_capitals_are_mended(capitals, name):
    assert " ".join(mended(capitals.split())) == name


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (["Ida Noor", "Tom O’Dell Jr.", "sweidah"], Byline(("Ida Noor", "Tom O’Dell Jr.", "sweidah"))),
        (["Ida Noor and Ben Roth"], Byline(("Ida Noor", "Ben Roth"))),
        (["IDA NOOR", "Ida Noor"], Byline(("Ida Noor",))),
        (["Ida Noor", "Reuters"], Byline(("Ida Noor",), "Reuters")),
        (["Ida Noor", "ida@paper.example", "https://paper.example/ida"], Byline(("Ida Noor",))),
        (["Ida Noor", "Web Desk", "Shore Line"], Byline(("Ida Noor",))),
        (["Photos by Cy Fox", "Ida Noor"], Byline(("Ida Noor",), credits=(Credit("Cy Fox", "photos"),))),
        (["Ida Noor KQZ", "KQZ"], Byline(("Ida Noor",))),
        (["NIL", "x?y", "Roe 2"], Byline(("NIL", "x?y", "Roe 2"))),
        (["", "  "], Byline()),
    ],
    ids=["clean", "two", "capitals", "agency", "addresses", "desk and paper", "role", "initials", "no names", "blank"],
)  # fmt: skip
def test_a_list_of_names(elements, expected):
    assert parse_names(elements, publisher="Shore Line") == expected
    assert clean_names(elements, publisher="Shore Line") in (None, expected)


def test_patterns_are_made_when_they_are_asked_for():
    patterns.cache_clear()
    clean_names(["Wanda Ostrow"])
    assert set(patterns()) <= {"word", "short and", "suffix"}


@pytest.mark.parametrize(
    ("byline", "is_remarked"),
    [("By Mara Quist", False), ("Reuters", False), ("Web Desk", False), ("Photo: Cy Fox", False), ("xkcd 17 foo", True)],
)  # fmt: skip
def test_a_byline_that_is_not_understood_is_said(tmp_path, byline, is_remarked):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "T", "body": "Gold.", "author": byline}), "utf-8")
    remarks = [item for item in read(path) if isinstance(item, Remark) and item.kind == "byline"]
    assert [(r.line, byline in r.reason) for r in remarks] == ([(1, True)] if is_remarked else [])


def test_a_page_has_credits_too(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        "<title>Dredging</title><h1>Dredging</h1><p class=byline>By Mara Quist, photographs by Cy Fox</p>"
        "<p>The dredging began.</p>"
    )
    (article,) = [item for item in read(path) if isinstance(item, Article)]
    assert (article.authors, article.credits) == (("Mara Quist",), (Credit("Cy Fox", "photos"),))
