"""The kernels: compiled they do what the reference on numpy does, and altered numbers raise rather than crash."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.records import entities_as_lists
from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.codes import encode_codes
from search.engines.whoosh_index.format.constants import KEY_STEP
from search.engines.whoosh_index.format.layout import LAYOUT
from search.engines.whoosh_index.kernels import reference
from search.engines.whoosh_index.kernels.arguments import (
    ListColumns,
    Penalties,
    PostingRun,
    WordColumns,
)
from search.model.article import ENTITY_KINDS, Entities, Entity, Mention
from search.text.arrays import Floats, Ints, Numbers, UInt8s, narrowed, starts_of
from search.text.words import within_edits
from tests.support.whoosh_kernels import KERNELS

pytestmark = pytest.mark.skipif(
    not kernels.IS_COMPILED, reason="no C compiler compiled the kernels"
)

#: Numbers on both sides of where a window of the compiled loops ends, and far away.
NEAR = st.one_of(st.integers(0, 40), st.integers(65_500, 65_600), st.integers(0, 300_000))
DOCUMENTS = st.lists(NEAR, max_size=60, unique=True).map(lambda n: np.array(sorted(n), np.int64))
MANY = st.builds(
    lambda step, size, first: first + step * np.arange(size, dtype=np.int64),
    st.integers(1, 900),
    st.integers(0, 3000),
    st.integers(0, 70_000),
)
SETS = DOCUMENTS | MANY
SIZE = 3_000_000


def floats(size: int, seed: int, kinds: int = 1000) -> Floats:
    """Some numbers above 0, many of them equal."""
    return (np.random.default_rng(seed).integers(1, kinds, size) / 8).astype(np.float32)


def penalties_of(size: int, seed: int) -> Penalties:
    """Of documents of any lengths, some of which need more than 16 bits in one of three."""
    random = np.random.default_rng(seed)
    lengths = random.integers(3, 70_000 if seed % 3 == 0 else 900, size)
    return Penalties(narrowed(lengths), 0.0123, 0.375, 0.375 + 0.0123 * 2)


def same(name: str, *arguments: object) -> None:
    """Assert that the kernel *name* and its reference return equal numbers, arrays of equal types."""
    compiled, expected = (getattr(module, name)(*arguments) for module in (kernels, reference))
    if not isinstance(compiled, tuple):
        compiled, expected = (compiled,), (expected,)
    for mine, numpys in zip(compiled, expected, strict=True):
        assert type(mine) is type(numpys)
        if isinstance(mine, np.ndarray):
            assert mine.dtype == numpys.dtype
            assert mine.tolist() == numpys.tolist()
        else:
            assert mine == numpys


def test_the_compiled_kernels_are_in_use_and_all_are_there() -> None:
    for name in KERNELS:
        assert getattr(kernels, name).__module__ == "search.engines.whoosh_index.kernels._kernels"


def test_numpy_can_be_chosen() -> None:
    code = "from search.engines.whoosh_index import kernels; print(kernels.IS_COMPILED)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={kernels.CHOICE: "numpy"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", sorted(kernels.CONSTANTS))
def test_what_was_compiled_with_other_numbers_is_left_aside(name: str) -> None:
    code = (
        "from search.engines.whoosh_index.format import constants;"
        f"constants.{name} += 1;"
        "from search.engines.whoosh_index import kernels;"
        "print(kernels.IS_COMPILED)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


# Dictionaries

WORDS = st.lists(st.text("aeé北", max_size=12) | st.text(max_size=4).map("missile".__add__))


def words_of(text: UInt8s, starts: Numbers, keys: Numbers) -> WordColumns:
    """The columns of a segment where form n has posting n and two positions, and no stem is listed."""
    numbers = np.arange(len(starts), dtype=np.uint16)
    nothing, none = np.zeros(0, np.uint8), np.zeros(1, np.uint8)
    lists = ListColumns(numbers[1:], np.ones(len(numbers) - 1, np.uint8), *(nothing,) * 3)
    return WordColumns(
        7, text, starts, keys, lists, numbers, np.zeros(0, np.uint16), 2 * numbers,
        nothing, none, nothing, lists, none, none, nothing,
    )  # fmt: skip


@given(WORDS, st.lists(st.text("aeé北", max_size=12)))
def test_words_are_found_in_a_dictionary(words: list[str], unknown: list[str]) -> None:
    texts = sorted({word.encode("utf-8", "replace") for word in words})
    columns = strings(texts)
    for wanted in (*texts, *(word.encode() for word in unknown), b"", b"\xff"):
        same("strings_with_prefix", *columns, wanted)
        first, last = kernels.strings_with_prefix(*columns, wanted)
        assert texts[first:last] == [text for text in texts if text.startswith(wanted)]
        found = texts.index(wanted) if wanted in texts else -1
        for module in (kernels, reference):
            runs_of_word, exact = module.find_word(
                (words_of(*columns),), wanted, wanted, True, False
            )
            assert runs_of_word is exact
            assert [(run.first, run.position) for run in exact] == [(found, 2 * found)] * (
                found >= 0
            )


def strings(texts: Sequence[bytes]) -> tuple[UInt8s, Numbers, Numbers]:
    """The columns of a sorted dictionary."""
    keys = [int.from_bytes(text[:8].ljust(8, b"\0"), "big") for text in texts[::KEY_STEP]]
    return (
        np.frombuffer(b"".join(texts), np.uint8),
        narrowed(starts_of(np.array([len(text) for text in texts], np.int64))),
        np.array(keys, np.uint64),
    )


@st.composite
def stemmed(draw: st.DrawFn, base: int) -> WordColumns:
    """The words of a segment: a stem is listed if it has other forms than itself, with postings if it has several."""
    stems = draw(st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from(["", "s", "y"]))))
    forms_of = {stem: sorted(stem + end for end in ends) for stem, ends in stems.items() if ends}
    forms = sorted(form for own in forms_of.values() for form in own)
    listed = {stem: own for stem, own in sorted(forms_of.items()) if own != [stem]}
    sizes = [0] * len(listed)
    for number, own in enumerate(listed.values()):
        sizes[number] = len(own) if len(own) > 1 else 0
    members = [forms.index(form) for own in listed.values() for form in own]
    nothing = np.zeros(0, np.uint8)
    lists = ListColumns(np.zeros(9, np.uint16), np.zeros(9, np.uint8), *(nothing,) * 3)
    numbers = np.arange(len(forms) + 1, dtype=np.uint16)
    return WordColumns(
        base, *strings([form.encode() for form in forms]), lists, numbers, nothing, 2 * numbers,
        *strings([stem.encode() for stem in listed]), lists, narrowed(starts_of(np.array(sizes))),
        narrowed(starts_of(np.array([len(own) for own in listed.values()], np.int64))),
        np.array(members, np.uint8),
    )  # fmt: skip


@given(
    stemmed(0),
    stemmed(7),
    st.sampled_from("abcd"),
    st.sampled_from(["", "s", "y"]),
    st.booleans(),
    st.booleans(),
)
def test_forms_of_a_stem_are_found(
    first: WordColumns, second: WordColumns, stem: str, end: str, is_fixed: bool, positions: bool
) -> None:
    asked = (first, second), (stem + end).encode(), stem.encode(), is_fixed, positions
    (found, exact), (found_by_numpy, exact_by_numpy) = (
        module.find_word(*asked) for module in (kernels, reference)
    )

    def shown(run: PostingRun) -> tuple[object, ...]:
        return type(run), run.base, run.first, run.last, run.positions is None, run.position

    assert [*map(shown, found)] == [*map(shown, found_by_numpy)]
    assert [*map(shown, exact)] == [*map(shown, exact_by_numpy)]
    assert positions or (found is exact) == (found_by_numpy is exact_by_numpy)


@given(st.lists(st.text("aeé北𝄞", max_size=9)), st.text("aeé北𝄞", max_size=6), st.integers(0, 3))
def test_words_within_some_edits(words: list[str], form: str, edits: int) -> None:
    texts = [word.encode() for word in words]
    starts = narrowed(starts_of(np.array([len(text) for text in texts], np.int64)))
    text = np.frombuffer(b"".join(texts), np.uint8)
    same("near_strings", text, starts, form.encode(), edits)
    expected = [n for n, word in enumerate(words) if within_edits(form, word, edits)]
    assert kernels.near_strings(text, starts, form.encode(), edits).tolist() == expected


def test_words_of_any_length_are_compared() -> None:
    for form, edits in ((b"a" * 5000, 1), (b"a", 5000), (b"", 1 << 30)):
        same("near_strings", TEXT, STARTS, form, edits)


# Postings


#: Documents of each of some segments.
SIZES = st.lists(st.sampled_from([100, 50_000, 65_536]), min_size=1, max_size=3)


@st.composite
def runs(
    draw: st.DrawFn, *, several_forms: bool = False, sizes: Sequence[int] | None = None
) -> list[PostingRun]:
    """Runs of segments of these *sizes*, as a dictionary gives them, with exceptions among their codes."""
    found: list[PostingRun] = []
    base = 0
    for documents_there in draw(SIZES) if sizes is None else sizes:
        locals_there = st.integers(0, 90) | st.integers(documents_there - 9, documents_there - 1)
        forms = draw(
            st.lists(
                st.lists(locals_there, max_size=8, unique=True),
                min_size=1,
                max_size=4,
            )
        )
        documents = [document for form in forms for document in sorted(form)]
        size = len(documents)
        often = st.integers(1, 3) | st.sampled_from([63, 64, 300])
        frequencies = np.array(draw(st.lists(often, min_size=size, max_size=size)), np.int64)
        extras = draw(st.lists(st.sampled_from([0, 0, 1, 3, 4]), min_size=size, max_size=size))
        weights = frequencies + np.array(extras, np.int64)
        codes = encode_codes(frequencies, weights)
        escaped = np.flatnonzero(codes == 255)
        lists = ListColumns(
            np.array(documents, np.uint16),
            codes,
            *(narrowed(column) for column in (escaped, frequencies[escaped], weights[escaped])),
        )
        # Close to each other, so that words are neighbours, no two forms at one place; and now and then wider
        # than 16 bits.
        first = draw(st.sampled_from([0, 1, 70_000]))
        form_of = [number for number, form in enumerate(forms) for _ in form]
        numbers = [
            first + len(forms) * np.arange(n) + form
            for n, form in zip(frequencies, form_of, strict=True)
        ]
        positions = np.concatenate([np.zeros(0, np.int64), *numbers]).astype(
            np.uint32 if first > 1 else np.uint16
        )
        edges = starts_of(np.array([len(form) for form in forms]))
        starts = starts_of(frequencies)
        every = [(0, len(forms))] if several_forms else [(n, n + 1) for n in range(len(forms))]
        for first, last in every:
            a, b = int(edges[first]), int(edges[last])
            found.append(PostingRun(base, lists, a, b, positions, int(starts[a])))
        base += documents_there
    return found


@given(runs() | runs(several_forms=True))
def test_postings_are_read(found: list[PostingRun]) -> None:
    same("postings", found)
    same("merged_postings", found)
    same("occurrences", [found], None)


@given(runs(), DOCUMENTS)
def test_occurrences_are_found_in_some_documents(found: list[PostingRun], within: Ints) -> None:
    same("occurrences", [found], within)


@given(runs(several_forms=True))
def test_all_documents_are_within(found: list[PostingRun]) -> None:
    of_one_form = [run for run in found if (np.diff(kernels.postings([run])[0]) > 0).all()]
    every = np.unique(kernels.postings(of_one_form)[0])
    assert kernels.occurrences([of_one_form], every).tolist() == (
        kernels.occurrences([of_one_form], None).tolist()
    )


KEYS = st.lists(st.integers(0, 30), max_size=25, unique=True).map(
    lambda numbers: np.array([(n // 10) << 32 | n % 10 for n in sorted(numbers)], np.int64)
)


#: Words of one index.
SEVERAL = SIZES.flatmap(lambda sizes: st.lists(runs(sizes=sizes), min_size=1, max_size=4))


@given(SEVERAL, DOCUMENTS, st.booleans())
def test_words_in_a_row(words: list[list[PostingRun]], within: Ints, everywhere: bool) -> None:
    if everywhere:
        within = np.unique(kernels.postings(words[0])[0])
    same("occurrences", words, within)
    keys = [set(kernels.occurrences([found], within).tolist()) for found in words]
    expected = [k for k in sorted(keys[0]) if all(k + n in s for n, s in enumerate(keys))]
    assert kernels.occurrences(words, within).tolist() == expected


@given(KEYS, st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)), max_size=3))
def test_occurrences_have_weights(keys: Ints, special: Sequence[tuple[int, int]]) -> None:
    ends = [(np.full(4, end, np.int64), float(weight)) for end, weight in special]
    same("occurrence_weights", keys, 2.0, ends)


# Scores


@given(SETS, st.integers(0, 9))
def test_scores(documents: Ints, seed: int) -> None:
    weights, penalties = floats(len(documents), seed, 9), penalties_of(SIZE // 100, seed)
    documents = documents % (SIZE // 100)
    same("scored", (documents, weights), penalties, 1.7)


#: Postings of one word, one run a segment.
WORD = runs().map(
    lambda found: [run for n, run in enumerate(found) if n == 0 or run.base != found[n - 1].base]
)
PENALTIES = penalties_of(65_536 * 3, 1)


@given(WORD)
def test_scores_of_a_word(word: list[PostingRun]) -> None:
    same("scored", word, PENALTIES, 1.7)


@given(WORD, st.integers(1, 9))
def test_the_best_of_a_word(word: list[PostingRun], size: int) -> None:
    documents, scores = kernels.scored(word, PENALTIES, 1.7)
    for module in (kernels, reference):
        best, score = module.best(word, PENALTIES, 1.7, size)
        is_best = np.isin(documents, best)
        assert best.tolist() == documents[is_best].tolist()
        assert len(best) >= min(size, len(documents))
        assert (scores[is_best] >= score).all()
        assert (scores[~is_best] <= score).all()
        assert score == (np.sort(scores)[-size] if len(scores) > size else 0)


@given(WORD, st.integers(1, 60), st.integers(0, 3))
def test_the_best_of_a_word_with_its_form(word: list[PostingRun], size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    form = [
        run._replace(first=first, last=int(random.integers(first, run.last + 1)))
        for run in word[seed % 2 :]
        for first in [int(random.integers(run.first, run.last + 1))]
    ]
    asked = word, form, PENALTIES, 1.7, 0.4
    every, scores = reference.best_exactly(*asked, 10**6)
    of_document = dict(zip(every.tolist(), scores.tolist(), strict=True))
    least = np.sort(scores)[-size] if len(every) > size else 0
    for module in (kernels, reference):
        best, own = module.best_exactly(*asked, size)
        assert best.tolist() == every[scores >= least].tolist()
        assert own.tolist() == [of_document[document] for document in best.tolist()]


@given(SETS, SETS, WORD, st.integers(0, 9))
def test_where_a_word_is_found(
    within: Ints, documents: Ints, word: list[PostingRun], seed: int
) -> None:
    both = np.union1d(within, kernels.postings(word)[0]) if seed % 2 else within
    for documents_asked in (within, both[both < len(PENALTIES.lengths)]):
        same("find_in", documents_asked, word)
    arrays = documents, floats(len(documents), seed, 9)
    same("find_in", within, arrays)
    for module in (kernels, reference):
        at, no_weights = module.find_in(within, (documents, None))
        assert no_weights is None
        assert within[at].tolist() == sorted({*within.tolist()} & {*documents.tolist()})
    penalties = penalties_of(SIZE, seed)
    for where in (word, arrays):
        scores = [floats(len(within), seed) for _ in range(2)]
        for module, own in zip((kernels, reference), scores, strict=True):
            module.add_scores(own, within, where, penalties, 0.3)
        assert scores[0].tolist() == scores[1].tolist()


FLOATS = st.lists(st.floats(0, 9, width=32), max_size=30).map(lambda n: np.array(n, np.float32))


@given(FLOATS, st.integers(1, 120), st.lists(st.integers(-3, 3), min_size=90, max_size=90))
def test_the_top(scores: Floats, wanted: int, days: list[int]) -> None:
    documents, dates = np.arange(len(scores)) * 3, np.array(days, np.int64)
    found = kernels.top(documents, scores, dates, wanted)
    ranked = sorted(
        zip(scores.tolist(), dates[documents].tolist(), documents.tolist(), strict=True),
        reverse=True,
    )
    if found is None:
        best = [hit[:2] for hit in ranked[: wanted + 1]]
        assert wanted > 300 or len(set(best)) < len(best)
    else:
        assert found[0].tolist() == [document for *_, document in ranked[:wanted]]
        assert found[1].tolist() == [score for score, *_ in ranked[:wanted]]
        same("top", documents, scores, dates, wanted)


@given(
    st.integers(0, 2000), st.integers(1, 300), st.sampled_from([9, 9_000_000]), st.integers(0, 9)
)
def test_the_top_of_many(size: int, wanted: int, kinds: int, seed: int) -> None:
    dates = np.random.default_rng(seed).integers(0, 2**40, size)
    same("top", np.arange(size), floats(size, seed, kinds), dates, wanted)


@given(
    st.integers(0, 2000) | st.sampled_from([31, 32, 33, 64]),
    st.integers(1, 90),
    st.sampled_from([2, 9, 1000]),
    st.integers(0, 9),
)
def test_the_highest(count: int, size: int, kinds: int, seed: int) -> None:
    scores = floats(count, seed, kinds)
    same("highest", scores, size)
    at, least = kernels.highest(scores, size)
    assert at.tolist() == np.flatnonzero(scores >= least).tolist()
    assert len(at) >= min(size, count)
    assert least == (np.sort(scores)[-size] if count > size else 0)


# Sets


@given(
    st.lists(st.tuples(SETS, st.booleans()) | WORD, max_size=5),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_what_is_in_some(sets: list[object], needed: int, seed: int) -> None:
    parts: list[object] = []
    for found in sets:
        if isinstance(found, list):
            parts.append((found, PENALTIES, 1.3))
        else:
            documents, is_scored = found  # type: ignore[misc]
            parts.append((documents, floats(len(documents), seed) if is_scored else None))
    same("union", parts, needed)


@given(SETS, st.integers(1, 9), st.integers(0, 9))
def test_values_are_counted(documents: Ints, kinds: int, seed: int) -> None:
    documents = documents % 5000
    widths = np.random.default_rng(seed).integers(0, 4, 5000)
    values = np.random.default_rng(seed).integers(0, kinds, int(widths.sum()))
    for column in (values.astype(np.uint16), values.astype(np.uint32)):
        same("count_values", documents, starts_of(widths), column, kinds)


@given(SETS, st.integers(1, 300), st.integers(0, 12), st.integers(0, 9))
def test_most_values_are_found(documents: Ints, kinds: int, size: int, seed: int) -> None:
    documents = documents % 5000
    widths = np.random.default_rng(seed).integers(0, 8, 5000)
    values = np.random.default_rng(seed).integers(0, kinds, int(widths.sum()))
    for column in (values.astype(np.uint16), values.astype(np.uint32)):
        same("most_values", documents, starts_of(widths), column, kinds, size)


@given(SETS, st.integers(0, 9), st.integers(0, 9))
def test_copies_are_counted(documents: Ints, kinds: int, seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, kinds + 1, 5000).astype(np.uint32)
    same("count_copies", documents % 5000, groups, kinds)


# Words on their way into a segment


def values_of(counts: Sequence[int], forms: int, seed: int) -> tuple[Numbers, Ints, Ints, Ints]:
    """Some words of values, several of which are of one document, as `gathered` takes them."""
    random = np.random.default_rng(seed)
    owners = np.sort(random.integers(0, 1 << 16 if seed % 2 else 3, len(counts)))
    starts = np.cumsum(random.integers(0, 1 << 12, len(counts)))
    form = random.integers(0, forms, sum(counts)).astype(np.int32)
    return form, np.array(counts, np.int64), owners, starts


@given(
    st.lists(st.integers(0, 90), max_size=20),
    st.sampled_from([1, 3, 50, 300_000]),
    st.integers(0, 9),
)
def test_words_are_gathered(counts: list[int], forms: int, seed: int) -> None:
    same("gathered", *values_of(counts, forms, seed))


def test_many_forms_are_gathered() -> None:
    same("gathered", *values_of([70_000, 90_000], 200_000, 1))


@given(
    st.lists(st.integers(0, 400), max_size=12), st.sampled_from([3, 40, 5000]), st.integers(0, 99)
)
def test_sketches_of_texts(counts: list[int], words: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 1 << 64, words, np.uint64)
    hashes[::7] |= np.uint64(0xFFFF000000000001)
    same("sketches", random.choice(hashes, sum(counts)), np.array(counts, np.int64))


# Documents

#: With all that JSON escapes, characters of each width, and what is blank.
TEXTS = st.text('aB "\\/\b\f\n\r\t\x01\x1f\x7fé€😀\u2003\0', max_size=6)
MENTIONS = st.lists(
    st.builds(Mention, st.integers(0, 1 << 40), st.integers(0, 1 << 40)), max_size=3
).map(tuple)
KIND = st.lists(
    st.builds(Entity, TEXTS, MENTIONS, st.lists(TEXTS, max_size=3).map(tuple)), max_size=5
).map(tuple)


@given(st.builds(Entities, KIND, KIND, KIND))
def test_entities_are_json(found: Entities) -> None:
    same("entities_as_json", found, ENTITY_KINDS)
    said = json.loads(b"{%b}" % kernels.entities_as_json(found, ENTITY_KINDS))
    assert said == {
        kind: [list(entity) for entity in entities]
        for kind, entities in entities_as_lists(found).items()
    }


def test_many_entities_with_long_texts_are_json() -> None:
    long = Entity("\x01é" * 5000, (Mention(0, 3), Mention((1 << 62) - 1, 1 << 62)), ("z" * 9000,))
    same("entities_as_json", Entities((long,) * 9, (), (long,)), ENTITY_KINDS)


@given(st.lists(KIND, max_size=5), st.dictionaries(TEXTS, st.lists(TEXTS, max_size=2).map(tuple)))
def test_values_of_entities(
    of_documents: list[tuple[Entity, ...]], listed: dict[str, tuple[str, ...]]
) -> None:
    same("entity_values", of_documents, listed)


@given(st.lists(st.lists(st.lists(TEXTS, max_size=6) | st.tuples(TEXTS), max_size=6), max_size=3))
def test_texts_are_numbered(batches: list[list[Sequence[str]]]) -> None:
    mine: dict[str, int] = {}
    numpys: dict[str, int] = {}
    for of_documents in batches:
        found = kernels.numbered(of_documents, mine)
        expected = reference.numbered(of_documents, numpys)
        assert [found[0].tolist(), found[1].tolist(), found[2]] == [
            expected[0].tolist(),
            expected[1].tolist(),
            expected[2],
        ]
        assert (found[0].dtype, found[1].dtype) == (expected[0].dtype, expected[1].dtype)
        assert list(mine.items()) == list(numpys.items())


# What is altered

LISTS = ListColumns(
    np.array([0, 5], np.uint16),
    np.array([0, 2], np.uint8),
    *(np.zeros(0, np.uint8) for _ in range(3)),
)
POSITIONS = np.arange(4, dtype=np.uint16)
ONES, TWO = np.ones(2, np.float32), np.array([0, 5], np.int64)
ONE, FORMS = np.ones(1, np.int64), np.array([4], np.int32)
SHORT, LONG = (Penalties(np.ones(n, np.uint16), 0.1, 0.4, 0.4) for n in (2, 9))
TEXT, STARTS, KEY = (
    np.frombuffer(b"ab", np.uint8),
    np.array([0, 1, 2], np.uint8),
    np.zeros(1, np.uint64),
)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("strings_with_prefix", (TEXT, np.array([0, 9, 2], np.uint8), KEY, b"a")),
        ("strings_with_prefix", (TEXT, np.array([2, 1, 9], np.uint8), KEY, b"a")),
        ("strings_with_prefix", (TEXT, np.zeros(0, np.uint8), KEY, b"a")),
        ("strings_with_prefix", (TEXT, STARTS, np.zeros(2000, np.uint64), b"z")),
        ("strings_with_prefix", (TEXT, STARTS, np.zeros(0, np.uint64), b"z")),
        *(
            ("find_word", ((words_of(*columns)._replace(**more),), b"z", b"z", True, False))
            for columns, more in (
                ((TEXT, np.array([0, 9, 2], np.uint8), KEY), {}),
                ((TEXT, STARTS, np.zeros(2000, np.uint64)), {}),
                ((TEXT, STARTS, KEY), {"first_posting": np.zeros(2, np.uint8)}),
                ((TEXT, STARTS, KEY), {"form_starts": np.zeros(0, np.uint8)}),
            )
        ),
        ("near_strings", (TEXT, np.array([0, 9, 2], np.uint8), b"a", 1)),
        ("near_strings", (np.frombuffer(b"a\xe5", np.uint8), STARTS, b"a", 1)),
        ("near_strings", (TEXT, STARTS, b"\xe5", 1)),
        ("near_strings", (TEXT, STARTS, b"a", -1)),
        ("postings", ([PostingRun(0, LISTS, 0, 3)],)),
        ("postings", ([PostingRun(0, LISTS, 2, 1)],)),
        ("postings", ([PostingRun(0, LISTS, -1, 1)],)),
        ("postings", ([PostingRun(0, LISTS._replace(exceptional=np.ones(1, np.uint8)), 0, 2)],)),
        ("merged_postings", ([PostingRun(-1, LISTS, 0, 2)],)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2, POSITIONS, 1)]], None)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2, POSITIONS, 9)]], None)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2)]], None)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2, POSITIONS, 1)]], TWO)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2, POSITIONS, 1)]] * 2, TWO)),
        ("occurrences", ([[PostingRun(0, LISTS, 0, 2)]] * 2, TWO)),
        ("occurrence_weights", (np.array([1 << 32], np.int64), 1.0, [(np.zeros(1, np.int64), 2.0)])),
        ("scored", ((TWO, ONES), SHORT, 1.0)),
        ("scored", ((-TWO, ONES), LONG, 1.0)),
        ("scored", ([PostingRun(0, LISTS, 0, 2)], SHORT, 1.0)),
        ("scored", ((TWO, ONES[:1]), LONG, 1.0)),
        ("best", ([PostingRun(0, LISTS, 0, 2)], SHORT, 1.0, 1)),
        ("best_exactly", ([PostingRun(0, LISTS, 0, 2)], [], SHORT, 1.0, 1.0, 1)),
        ("find_in", (TWO, [PostingRun(0, LISTS, 0, 3)])),
        ("find_in", (TWO, (TWO, ONES[:1]))),
        ("add_scores", (ONES.copy(), TWO, (TWO, ONES), SHORT, 1.0)),
        ("add_scores", (ONES.copy(), TWO, [PostingRun(0, LISTS, 0, 2)], SHORT, 1.0)),
        ("add_scores", (ONES.copy(), TWO[:1], (TWO, ONES), SHORT, 1.0)),
        ("top", (TWO, ONES[:1], TWO, 1)),
        ("top", (TWO, ONES, TWO, 1)),
        ("union", ([([PostingRun(0, LISTS, 0, 2)], SHORT, 1.0)], 1)),
        ("union", ([(TWO, ONES[:1])], 1)),
        ("count_values", (TWO, np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (-TWO[1:], np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.zeros(0, np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.array([0, 3], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.array([0, 1], np.int64), np.ones(1, np.uint16), 1)),
        ("most_values", (TWO, np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1, 1)),
        ("most_values", (-TWO[1:], np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1, 1)),
        ("most_values", (TWO[:1], np.zeros(0, np.int64), np.zeros(1, np.uint16), 1, 1)),
        ("most_values", (TWO[:1], np.array([0, 3], np.int64), np.zeros(1, np.uint16), 1, 1)),
        ("most_values", (TWO[:1], np.array([0, 1], np.int64), np.ones(1, np.uint16), 1, 1)),
        ("most_values", (TWO[:1], np.array([0, 1], np.int64), np.ones(1, np.uint16), 2, -1)),
        ("most_values", (TWO[:1], np.array([0, 1], np.int64), np.ones(1, np.uint16), -2, 1)),
        ("count_copies", (TWO, np.zeros(5, np.uint32), 1)),
        ("count_copies", (-TWO, np.zeros(9, np.uint32), 1)),
        ("count_copies", (TWO, np.full(9, 2, np.uint32), 1)),
        ("count_copies", (TWO, np.zeros(9, np.uint32), -1)),
        ("gathered", (FORMS, TWO, TWO, TWO)),
        ("gathered", (FORMS, -TWO, TWO, TWO)),
        ("gathered", (-FORMS, ONE, ONE, ONE)),
        ("gathered", (FORMS, ONE, ONE << 16, ONE)),
        ("gathered", (FORMS, ONE, -ONE, ONE)),
        ("gathered", (FORMS, ONE, ONE, -ONE)),
        ("gathered", (FORMS, ONE, ONE, ONE << 32)),
        ("gathered", (FORMS, ONE, TWO, ONE)),
        ("sketches", (np.zeros(4, np.uint64), TWO)),
        ("sketches", (np.zeros(9, np.uint64), -TWO)),
        ("numbered", ([["a"]], {"a": 9})),
        ("numbered", ([["a"]], {"a": -9})),
    ],
)  # fmt: skip
def test_altered_numbers_raise(name: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(IndexError):
        getattr(kernels, name)(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("strings_with_prefix", ()),
        ("strings_with_prefix", (TEXT, STARTS, KEY, "a")),
        ("near_strings", (TEXT, STARTS, "a", 1)),
        ("near_strings", (TEXT, STARTS)),
        ("postings", (None,)),
        ("postings", ([(0, 1)],)),
        ("postings", ([PostingRun(0, tuple(LISTS)[:4], 0, 1)],)),  # type: ignore[arg-type]
        ("postings", ([PostingRun(0, LISTS._replace(documents=TWO), 0, 1)],)),  # type: ignore[arg-type]
        ("postings", ([PostingRun(0, LISTS, "0", 1)],)),  # type: ignore[arg-type]
        ("occurrences", ([[]], None, None)),
        ("occurrences", ([], TWO)),
        ("occurrences", ([[]], ONES)),
        ("occurrences", ([None], TWO)),
        ("occurrences", ([[], None], TWO)),
        ("occurrences", ([[], []], None)),
        ("occurrence_weights", (TWO, 1.0, [ONES])),
        ("occurrence_weights", (TWO, "1", [])),
        ("scored", ((TWO.repeat(2)[::2], ONES), LONG, 1.0)),
        ("scored", ((TWO.astype(">i8"), ONES), LONG, 1.0)),
        ("scored", ((TWO, None), LONG, 1.0)),
        ("scored", (TWO, LONG, 1.0)),
        ("scored", ()),
        ("scored", (TWO, tuple(LONG)[:3], 1.0)),
        ("best", ((TWO, ONES), LONG, 1.0, 1)),
        ("best", ([], LONG, 1.0, "1")),
        ("best_exactly", ([], [], LONG, 1.0, 1.0)),
        ("best_exactly", ([], (), LONG, 1.0, 1.0, 1)),
        ("best_exactly", ([], [None], LONG, 1.0, 1.0, 1)),
        ("best_exactly", ([], [], LONG, 1.0, "1", 1)),
        ("find_in", (TWO,)),
        ("find_in", (TWO, (TWO,))),
        ("add_scores", (1, 2)),
        ("add_scores", (ONES.copy(), TWO, (TWO, None), LONG, 1.0)),
        ("top", (TWO, TWO, TWO, 1)),
        ("top", (TWO, ONES, 1)),
        ("find_word", ((), b"", b"", True)),
        ("find_word", (((1,),), b"", b"", True, True)),
        ("find_in", (TWO, ([0, 5], None))),
        ("highest", (ONES, "1")),
        ("highest", (ONES.astype(np.float64), 1)),
        ("highest", (TWO, 1)),
        ("union", ((), 1)),
        ("union", ([TWO], 1)),
        ("count_values", (TWO, TWO, TWO, 1)),
        ("most_values", (TWO, TWO, TWO, 1, 1)),
        ("most_values", (TWO, TWO, np.zeros(1, np.uint16), 1)),
        ("count_copies", (TWO, TWO, 1)),
        ("count_copies", (TWO, np.zeros(9, np.uint32))),
        ("gathered", (TWO, ONE, ONE, ONE)),
        ("gathered", (FORMS, ONE, ONE)),
        ("sketches", (TWO, TWO)),
        ("sketches", (np.zeros(9, np.uint64),)),
        ("entities_as_json", (Entities(),)),
        ("entities_as_json", (Entities(), ("people",))),
        ("entities_as_json", (Entities(), (1, 2, 3))),
        ("entities_as_json", (([],), ("people",))),
        *(
            ("entities_as_json", (((entity,),), ("people",)))
            for entity in (
                "Roe",
                ("Roe", ()),
                (1, (), ()),
                ("Roe", [], ()),
                ("Roe", (), (1,)),
                ("Roe", (1,), ()),
                ("Roe", ((1, 2, 3),), ()),
                ("Roe", (("1", 2),), ()),
                ("Roe", ((-1, 2),), ()),
            )
        ),
        ("entity_values", ([],)),
        ("entity_values", ((), {})),
        ("entity_values", ([], [])),
        ("entity_values", ([[]], {})),
        ("entity_values", ([(("Roe", ()),)], {})),
        ("entity_values", ([(("Roe", (), (1,)),)], {})),
        ("entity_values", ([(("Roe", (), ()),)], {"Roe": ["R"]})),
        ("numbered", ([],)),
        ("numbered", ((), {})),
        ("numbered", ([], [])),
        ("numbered", (["ab"], {})),
        ("numbered", ([[1]], {})),
        ("numbered", ([["a"]], {"a": "b"})),
    ],
)  # fmt: skip
def test_other_arguments_raise(name: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        getattr(kernels, name)(*arguments)


def test_numbers_that_make_no_sense_raise() -> None:
    for name, arguments in (
        ("best", ([], LONG, 1.0, 0)),
        ("best_exactly", ([], [], LONG, 1.0, 1.0, 0)),
        ("highest", (ONES, 0)),
        ("union", ([], 0)),
    ):
        with pytest.raises(ValueError, match=r"wanted|needed"):
            getattr(kernels, name)(*arguments)
    with pytest.raises(ValueError, match="cannot be written"):
        kernels.add_scores(np.frombuffer(bytes(8), np.float32), TWO, (TWO, ONES), LONG, 1)


def test_sets_out_of_order_crash_nothing() -> None:
    """What they give is of no meaning, but an altered index must not write where it should not."""
    random = np.random.default_rng(1)
    for _ in range(200):
        left, right = (random.integers(-9, 200_000, random.integers(0, 400)) for _ in range(2))
        kernels.find_in(left, (right, None))
        kernels.union([(left, None), (right, floats(len(right), 1))], int(random.integers(1, 3)))
        penalties = penalties_of(200_000, 1)
        try:
            where = right, floats(len(right), 2)
            kernels.add_scores(floats(len(left), 1), left, where, penalties, 1)
        except IndexError:
            assert (left < 0).any()
    assert kernels.union([(TWO, ONES)], 1)[0].tolist() == [0, 5]


def test_bounds_of_the_compiled_kernels() -> None:
    assert len(LAYOUT.special_weights) <= 8  # as many as kernels/c/occurrences.c has room for
    with pytest.raises(ValueError, match="too many parts"):
        kernels.union([(TWO, None)] * (1 << 16), 1)
