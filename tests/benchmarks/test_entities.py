"""Gold as it is read, compared and learnt from: benchmarks/entities."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.entities.evaluate import given, without_credit
from benchmarks.entities.labelled import (
    Labelled,
    cleaned,
    columns,
    joined,
    tokens_and_tags,
    trimmed,
)
from benchmarks.entities.scoring import comparable, scores
from benchmarks.entities.taggers import ours, word_lists
from benchmarks.entities.templates import Fillers, Templates
from benchmarks.entities.training import write
from benchmarks.entities.varied import varied


def marked(labelled: Labelled) -> list[tuple[str, str]]:
    return [(labelled.text[start:end], kind) for start, end, kind in labelled.names]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("Anna I-PER|Keller I-PER|met O|Tom B-PER", [("Anna Keller", "person"), ("Tom", "person")]),
        ("Oslo I-LOC|Perth B-LOC|won O", [("Oslo", "place"), ("Perth", "place")]),
        ("Bank B-ORG|of I-ORG|Perth L-ORG|, O|Oslo U-GPE", [("Bank of Perth", "org"), ("Oslo", "place")]),
        ("the B-ORG|Bank I-ORG|'s O", [("Bank", "org")]),
        ("Oslo B-location|Aero B-corporation|Five B-group", [("Oslo", "place"), ("Aero", "org"), ("Five", "org")]),
        ("French I-MISC|on O|Monday B-DATE", [("French", "other")]),
        ("Anna PER|Keller PER|met O|Oslo LOC", [("Anna Keller", "person"), ("Oslo", "place")]),
    ],
    ids=["IOB1", "side by side", "BILOU", "the", "WNUT17", "other", "labels alone"],
)  # fmt: skip
def test_tags_become_names(rows, expected):
    sentence = [tuple(row.split(" ")) for row in rows.split("|")]
    assert marked(joined([sentence])) == expected


def test_tokens_are_joined_as_people_write():
    words = ["``", "We", "won", ",", "''", "said", "Anna", "(", "24", ")", "of", "Perth", "'s", "."]
    assert joined([[(word, "O") for word in words]]).text == '"We won," said Anna (24) of Perth\'s.'


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("-DOCSTART- -X- O O\n\na NN B O\n\nb NN B O\n-DOCSTART- O\nc X O\n", [["a", "b"], ["c"]]),
        ("a O\nb O\n\nc O\n", [["a", "b"], ["c"]]),
        ("a\tO\n\n\n\nb\tO\n", [["a"], ["b"]]),
        ("\ufeffa O\r\nb\u2028 O\r\n\r\nc O", [["a", "b"], ["c"]]),
    ],
    ids=[
        "marked",
        "groups",
        "tabs and blank lines",
        "byte order mark, and no end of line at the end",
    ],
)
def test_documents_of_columns(tmp_path, text, documents):
    path = tmp_path / "gold.conll"
    path.write_text(text, "utf-8")
    found = columns(path)
    assert [[token for part in each for token, _ in part] for each in found] == documents


@pytest.mark.parametrize("text", ["", "a\nb\n", "a B-FOO\n", "-DOCSTART- O\n\na O\n"])
def test_a_file_without_names_is_no_measure(tmp_path, text):
    path = tmp_path / "gold.conll"
    path.write_text(text, "utf-8")
    with pytest.raises(SystemExit, match=r"has no names: the last column has tags such as B-PER"):
        given([path])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("The U.S. Navy", "us navy"),
        ("Keller's", "keller"),
        ("the  Swan\nRiver", "swan river"),
        ("Theo", "theo"),
    ],
)
def test_names_are_compared(form, expected):
    assert comparable(form) == expected


def test_each_mention_and_the_set_of_names():
    text = "Keller met Keller in Oslo."
    gold = [(0, 6, "person"), (11, 17, "person"), (21, 25, "place")]
    ours = [(0, 6, "person"), (21, 25, "org"), (7, 10, "other")]
    found = scores([text], [gold], [ours])
    assert found["strict"]["all"] == (50.0, 33.3, 40.0)
    assert found["set"]["all"] == (50.0, 50.0, 50.0)
    assert found["set"]["untyped"] == (100.0, 100.0, 100.0)
    assert found["set"]["people"] == (100.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("the Bank's", "Bank"), ("U.S.", "U.S."), ("Keller.", "Keller"), ("J.", "J."), ("Perth)", "Perth"),
        ("Aero (UK)", "Aero (UK)"),
    ],
)  # fmt: skip
def test_edges_of_names_are_trimmed(name, expected):
    start, end = trimmed(name, 0, len(name))
    assert name[start:end] == expected


def test_names_become_tags_and_those_inside_a_token_are_none():
    text = "Anna Keller saw Perth-based Aero"
    names = ((0, 11, "person"), (16, 21, "place"), (28, 32, "org"))
    words, tags = tokens_and_tags(Labelled(text, names))
    assert list(zip(words, tags, strict=True)) == [
        ("Anna", 1), ("Keller", 3), ("saw", 0), ("Perth-based", 0), ("Aero", 8),
    ]  # fmt: skip


def test_slips_of_the_teacher_are_mended():
    text = "Keller met Keller and Keller in Norway"
    names = ((0, 6, "person"), (11, 17, "org"), (22, 28, "person"), (32, 38, "org"))
    found = cleaned([Labelled(text, names)])
    assert [kind for _, _, kind in found[0].names] == ["person", "person", "person", "place"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Swan Cup", "other"),
        ("Premier League", "other"),
        ("White House", "place"),
        ("French", "other"),
    ],
)
def test_the_teacher_is_corrected_by_lists(name, kind):
    assert cleaned([Labelled(name, ((0, len(name), "org"),))])[0].names == ((0, len(name), kind),)


def test_made_up_articles_have_their_names_where_they_say():
    fillers = Fillers(["Anna", "Tom"], ["Keller", "Brown"], ["Oslo", "Perth"], ["Norway", "Peru"])
    for article in Templates(fillers, seed=1).articles(200):
        before = 0
        for start, end, _ in article.names:
            assert before <= start < end <= len(article.text)
            before = end
        assert "{" not in article.text


def test_examples_are_varied_without_losing_a_tag():
    words, tags = tokens_and_tags(
        Labelled("Anna Keller is in Oslo.\nShe left.", ((0, 11, "person"), (18, 22, "place")))
    )
    for seed in range(50):
        new_words, new_tags = varied(
            (words, tags), random.Random(seed), ["Ida"], ["Moe"], ["Perth"]
        )
        assert len(new_words) == len(new_tags)
        assert [tag for tag in new_tags if tag] == [1, 3, 12]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("OSLO (Aero) - Brown told Aero that the Bank", ["Brown", "Bank"]),
        ("OSLO ( Aero ) - Brown and the Bank", ["Brown", "Bank"]),
        ("Brown of Aero (Aero) and the Bank", ["Brown", "Aero", "Aero", "Bank"]),
    ],
    ids=["credit", "spaced", "no credit"],
)
def test_the_own_agency_of_an_article_is_left_out(text, kept):
    names = [(match.start(), match.end(), "org") for match in re.finditer("Brown|Aero|Bank", text)]
    assert [text[start:end] for start, end, _ in without_credit(text, names)] == kept


def test_mentions_of_our_tagger_lie_in_the_text():
    text = "Keller leaves Siemens AG\nOSLO - Anna Keller said on Monday that she would leave Siemens AG."
    found = [(text[start:end], kind) for start, end, kind in ours()([text])[0]]
    assert ("Anna Keller", "person") in found
    assert found.count(("Siemens AG", "org")) == 2


def test_the_word_lists_alone():
    text = "Anna Keller went to New York."
    assert [text[s:e] for s, e, _ in word_lists()([text])[0]] == ["Anna Keller", "New York"]


def test_a_model_file_is_compressed_where_that_pays(tmp_path: Path) -> None:
    parts = {
        "chance": np.random.default_rng(1).integers(0, 256, 5000, np.uint8),
        "zeros": np.zeros((2, 3000), np.float16),
    }
    write(tmp_path / "model.npz", parts)
    with np.load(tmp_path / "model.npz") as read:
        assert {name: read[name].tolist() for name in read.files} == {
            name: part.tolist() for name, part in parts.items()
        }
    assert 5000 < (tmp_path / "model.npz").stat().st_size < 6000
