"""What the server is sent for a document, and the document that is made of what it gives back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.opensearch.documents import checksum_of, document_of
from search.engines.opensearch.lines import lines_of
from search.engines.opensearch.mapping import (
    ALTERNATIVE,
    KEPT,
    MAX_VALUE_BYTES,
    bounded,
    index_body,
    stem_token,
)
from search.model.article import Credit, Enrichment, Entities, Entity, Mention
from search.model.fields import FIELDS
from search.text.known_names import with_known_forms
from search.text.stems import stem, stem_language
from search.text.words import forms_of
from tests.support.engine_samples import FORMS, FULL, HOSTILE, NEWS, document


def source_of(document, *, is_native=False):
    """Return what the server is sent for a document."""
    (line,) = lines_of([document], is_native=is_native)
    return json.loads(line)


def given_back(document):
    """Return what the server gives back of a document: what is kept, through JSON."""
    source = source_of(document)
    return document_of({name: source[name] for name in KEPT if name in source})


MENTIONED = Entities((Entity("Ann Lee", (Mention(0, 7), Mention(9, 12)), ("Lee",)),))
ODD = document(
    "odd",
    credits=(Credit("Cy Fox", "photos"),),
    authors=tuple(HOSTILE),
    topics=tuple(HOSTILE),
    authors_as_read=("A. Lee",),
    embargoed_until=datetime(2090, 1, 1, tzinfo=UTC),
    is_withdrawn=True,
)._replace(enrichment=Enrichment(MENTIONED, "fast 2", Entities()), revision=3, story=1 << 40)


@pytest.mark.parametrize(
    "added",
    [*NEWS, *FORMS, FULL, ODD, FULL._replace(added=datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC))],
    ids=lambda each: each.article_id,
)
def test_a_document_comes_back_as_it_was_sent(added):
    assert given_back(added) == added


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_come_back_and_every_keyword_is_bounded(text):
    added = document("a", text, text, source=text, url=text, entities=Entities((Entity(text),)))
    assert given_back(added) == added
    source = source_of(added)
    assert source["sum"] == checksum_of(source["doc"])
    words = [term for name in source if name[:2] in ("k.", "kv", "w.") for term in source[name]]
    assert all(len(term.encode()) < 32_766 for term in words)


def test_the_checksum_is_that_of_what_comes_back_whatever_signs_it_has():
    signs = "".join(map(chr, (*range(1, 0x100), 0x2028, 0xFFFD, 0x1F600)))
    source = source_of(document("a", signs, f"{signs}\\", authors=(signs,)))
    assert source["sum"] == checksum_of(source["doc"])


def test_words_lie_at_the_positions_of_their_stems():
    source = source_of(document("a", "Missiles flew. 3,000 attacks", "Raketen", language="de-AT"))
    assert source["f.body"] == ["missiles flew 3000 attacks"]
    assert source["s.body"] == ["de:missil de:flew de:3000 de:attack"]
    assert (source["stems"], source["wl"]) == ("de", 6)
    assert (source["w.rest"], source["w.title"]) == (["raketen"], ["raketen"])


TEXTS = st.text(st.sampled_from("abE é.',&-1\"\\北\n"), max_size=30) | st.sampled_from(HOSTILE)
NAMES = st.lists(TEXTS.filter(str.strip), max_size=3, unique=True).map(tuple)
ENTITIES = st.lists(
    st.builds(Entity, TEXTS.filter(str.strip), st.just(()), NAMES),
    max_size=3,
    unique_by=lambda each: each.name,
).map(tuple)
DOCUMENTS = st.builds(
    lambda title, body, authors, entities, language: document(
        "a", title, body, authors=authors, entities=entities, language=language
    ),
    TEXTS,
    TEXTS,
    NAMES,
    st.builds(Entities, ENTITIES, ENTITIES, ENTITIES),
    st.sampled_from(["en", "de", ""]),
)


@given(st.lists(DOCUMENTS, max_size=4))
def test_all_words_of_a_request_are_those_of_each_text(added):
    for each, line in zip(added, lines_of(added), strict=True):
        source, article, found = json.loads(line), each.article, each.enrichment.entities
        names = [*article.authors, *[entity.name for kind in found for entity in kind]]
        language = stem_language(article.language)
        for name, texts in ("title", [article.title]), ("body", [article.body]), ("names", names):
            forms = [own for text in texts if (own := forms_of(text))]
            terms = [[stem_token(language, stem(form, language)) for form in own] for own in forms]
            assert source.get(f"f.{name}", []) == [" ".join(own) for own in forms]
            assert source.get(f"s.{name}", []) == [" ".join(own) for own in terms]
        title, body = forms_of(article.title), forms_of(article.body)
        of_names = [form for name in names for form in forms_of(name)]
        assert source["wl"] == 2 * len(title) + len(body) + len(of_names)
        assert source.get("w.title", []) == list(dict.fromkeys(title))
        assert source.get("w.body", []) == list(dict.fromkeys(body))
        rest = dict.fromkeys([*title, *of_names])
        assert source.get("w.rest", []) == [form for form in rest if form not in body]
        spoken = with_known_forms(FIELDS["person"].texts_of(each))
        forms = [own for text in spoken if (own := forms_of(text))]
        assert source.get("t.person", []) == [" ".join(own) for own in forms]
        every = dict.fromkeys([form for own in forms for form in own])
        assert source.get("w.person", []) == list(every)


def test_a_document_without_words_or_values_has_no_field_of_them():
    source = source_of(document("a", "!!!", " ", source=" ", authors=("",)))
    assert sorted(source) == ["doc", "id", "stems", "sum", "tagged", "wl"]


def test_where_the_cluster_scores_each_word_is_sent_once_with_its_weighted_frequency():
    added = document("a", "Missiles flew. Missiles", "Missile", language="en")
    source = source_of(added, is_native=True)
    assert source["all.f"] == "missile|2 missiles|2 flew|1"
    assert source["all.s"] == "en:missil|4 en:flew|1"
    assert sum(int(each.partition("|")[2]) for each in source["all.s"].split()) == source["wl"]


@pytest.mark.parametrize("length", [MAX_VALUE_BYTES, MAX_VALUE_BYTES + 1])
def test_a_value_is_cut_where_the_server_would_refuse_it(length):
    value = "x" * length
    assert (bounded(value) == value) == (length <= MAX_VALUE_BYTES)
    assert bounded(value + "a") != bounded(value + "b")


@pytest.mark.parametrize("is_native", [False, True], ids=["exact", "native"])
@pytest.mark.parametrize("added", [*NEWS, FULL, ODD], ids=lambda each: each.article_id)
def test_all_that_is_sent_has_a_field(added, is_native):
    mapped = index_body(is_native=is_native)["mappings"]["properties"]
    for name in source_of(added, is_native=is_native):
        field, _, part = name.partition(".")
        assert part in mapped[field]["properties"] if part else field in mapped


def test_no_word_holds_what_parts_alternatives():
    texts = [ALTERNATIVE.join(("a", "b")), f"a {ALTERNATIVE} b", f"c{ALTERNATIVE}d&e'f"]
    sent = " ".join(source_of(document("a", text))["f.body"][0] for text in texts)
    assert ALTERNATIVE not in sent


@pytest.mark.parametrize("text", [*HOSTILE, 'צה"ל דו"ח', "C++ a\\b AT&T"], ids=str)
def test_words_are_sent_as_they_are_whatever_signs_they_have(text):
    source = source_of(document("a", "Gate", text))
    assert " ".join(source.get("f.title", [])).split() == forms_of(text)
    assert set(source.get("w.title", [])) == set(forms_of(text))
