"""What a segment keeps of names and values, against what the field table says of each document."""

from __future__ import annotations

from itertools import accumulate, chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh_index.format.layout import LAYOUT
from search.engines.whoosh_index.write.values import FieldValues, entity_values, united
from search.model.article import Article, Document, Enrichment, Entities, Entity

TEXTS = st.sampled_from(["Zorn", "Zorn Inc", "US", "United States", "Kiev", "a\0b", "Ørn", "Roe"])
ENTITIES = st.lists(
    st.builds(Entity, TEXTS, st.just(()), st.lists(TEXTS, max_size=2, unique=True).map(tuple)),
    max_size=4,
).map(tuple)
DOCUMENTS = st.lists(
    st.builds(Entities, ENTITIES, ENTITIES, ENTITIES).map(
        lambda found: Document(
            Article(article_id="a", title="t", body="b"), Enrichment(found, "fast")
        )
    ),
    max_size=6,
)


def said(values: FieldValues) -> list[list[str]]:
    """Return the values of each document."""
    stream = values.stream()
    ends = [0, *accumulate(stream.counts.tolist())]
    every = [stream.names[number] for number in stream.values.tolist()]
    return [every[a:b] for a, b in pairwise(ends)]


def each_once(values):
    return list(dict.fromkeys(values))


@given(DOCUMENTS)
def test_names_and_forms_are_those_of_the_field_table(documents):
    found = entity_values(documents, tuple(LAYOUT.entities.values()))
    for facet, values in zip(LAYOUT.entities, found, strict=True):
        texts, forms = FieldValues(), FieldValues()
        texts.extend([*values.texts])
        forms.extend([*values.forms])
        assert [tuple(names) for names in values.names] == [
            LAYOUT.values[facet](document) for document in documents
        ]
        assert said(texts) == [list(LAYOUT.texts[facet](document)) for document in documents]
        assert said(forms) == [each_once(LAYOUT.forms[facet](document)) for document in documents]


@given(DOCUMENTS)
def test_the_field_of_all_names_has_the_texts_of_each_kind(documents):
    found = dict(
        zip(LAYOUT.entities, entity_values(documents, tuple(LAYOUT.entities.values())), strict=True)
    )
    for members in LAYOUT.united.values():
        values = FieldValues()
        values.extend([*united([found[member] for member in members])])
        assert said(values) == [
            each_once(chain.from_iterable(LAYOUT.texts[member](document) for member in members))
            for document in documents
        ]


@pytest.mark.parametrize(
    ("of_documents", "expected"),
    [
        ([["a", "b"], [], ["b"]], [["a", "b"], [], ["b"]]),
        ([["a", "b", "a"], ["a"]], [["a", "b"], ["a"]]),
        ([["", "a"], ["\t", "b", " "]], [["a"], ["b"]]),
        ([], []),
    ],
    ids=["as-given", "each-once", "none-blank", "no-documents"],
)
def test_values_are_kept_each_once_without_blank_ones(of_documents, expected):
    values = FieldValues()
    values.extend(of_documents)
    assert said(values) == expected
    assert "" not in values.stream().names


def test_a_value_keeps_its_number_from_batch_to_batch():
    values = FieldValues()
    values.extend([["a", "b"]])
    values.extend([["c", "a"]])
    assert values.stream().names == ["a", "b", "c"]
    assert said(values) == [["a", "b"], ["c", "a"]]
