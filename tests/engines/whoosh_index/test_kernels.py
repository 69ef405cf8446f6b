"""The inner loops: compiled they do what they do on numpy, and altered numbers raise rather than crash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh_index import kernels
from search.engines.whoosh_index.format.codes import encode_codes
from search.engines.whoosh_index.format.layout import SPECIAL_WEIGHTS
from search.engines.whoosh_index.format.runs import ListColumns, Penalties, Run, WordColumns
from search.engines.whoosh_index.kernels import reference as kernels_numpy
from search.text.arrays import Floats, Ints, Numbers, UInt8s, narrowed, starts_of
from search.text.words import within_edits
from tests.support.whoosh_kernels import KERNELS

pytestmark = pytest.mark.skipif(not kernels.IS_COMPILED, reason="no C compiler compiled the loops")

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
    """Assert that both loops called *name* return equal arrays of equal types."""
    one, other = (getattr(module, name)(*arguments) for module in (kernels, kernels_numpy))
    if not isinstance(one, tuple):
        one, other = (one,), (other,)
    for mine, numpys in zip(one, other, strict=True):
        assert mine.dtype == numpys.dtype
        assert mine.tolist() == numpys.tolist()


def test_the_compiled_loops_are_in_use_and_all_are_there() -> None:
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


# Dictionaries

WORDS = st.lists(st.text("aeé北", max_size=12) | st.text(max_size=4).map("missile".__add__))


def words_of(forms: tuple[UInt8s, Numbers, Numbers, int]) -> WordColumns:
    """The columns of a segment where form n has posting n and two positions, and no stem is listed."""
    text, starts, keys, _ = forms
    numbers = np.arange(len(starts), dtype=np.uint16)
    nothing, none = np.zeros(0, np.uint8), np.zeros(1, np.uint8)
    lists = ListColumns(numbers[1:], np.ones(len(numbers) - 1, np.uint8), *(nothing,) * 3)
    return WordColumns(
        7, text, starts, keys, lists, numbers, np.zeros(0, np.uint16), 2 * numbers,
        nothing, none, nothing, lists, none, none, nothing,
    )  # fmt: skip


@given(WORDS, st.lists(st.text("aeé北", max_size=12)), st.integers(1, 4))
def test_words_are_found_in_a_dictionary(words: list[str], others: list[str], step: int) -> None:
    texts = sorted({word.encode("utf-8", "replace") for word in words})
    keys = [int.from_bytes(text[:8].ljust(8, b"\0"), "big") for text in texts[::step]]
    columns = (
        np.frombuffer(b"".join(texts), np.uint8),
        narrowed(starts_of(np.array([len(text) for text in texts], np.int64))),
        np.array(keys, np.uint64),
        step,
    )
    for wanted in (*texts, *(other.encode() for other in others), b"", b"\xff"):
        place = kernels.string_place(*columns, wanted)
        assert place == sum(text < wanted for text in texts)
        assert place == kernels_numpy.string_place(*columns, wanted)
        found = texts.index(wanted) if wanted in texts else -1
        for module in (kernels, kernels_numpy):
            runs_of_word, exact = module.find_word(
                (words_of(columns),), Run, step, wanted, wanted, True, False
            )
            assert runs_of_word is exact
            assert [(run.first, run.position) for run in exact] == [(found, 2 * found)] * (
                found >= 0
            )


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
) -> list[Run]:
    """Runs of segments of these *sizes*, as a dictionary gives them, with exceptions among their codes."""
    found: list[Run] = []
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
            found.append(Run(base, lists, a, b, positions, int(starts[a])))
        base += documents_there
    return found


@given(runs() | runs(several_forms=True))
def test_postings_are_read(found: list[Run]) -> None:
    same("documents_of", found)
    same("weights_of", found)
    same("united", found)
    same("occurrences", found, None)


@given(runs(), DOCUMENTS)
def test_occurrences_are_found_in_some_documents(found: list[Run], within: Ints) -> None:
    same("occurrences", found, within)


@given(runs(several_forms=True))
def test_all_documents_are_within(found: list[Run]) -> None:
    one_form = [run for run in found if (np.diff(kernels.documents_of([run])) > 0).all()]
    every = np.unique(kernels.documents_of(one_form))
    assert kernels.occurrences(one_form, every).tolist() == (
        kernels.occurrences(one_form, None).tolist()
    )


KEYS = st.lists(st.integers(0, 30), max_size=25, unique=True).map(
    lambda numbers: np.array([(n // 10) << 32 | n % 10 for n in sorted(numbers)], np.int64)
)


#: Words of one index.
SEVERAL = SIZES.flatmap(lambda sizes: st.lists(runs(sizes=sizes), min_size=1, max_size=4))


@given(SEVERAL, DOCUMENTS, st.booleans())
def test_words_in_a_row(words: list[list[Run]], within: Ints, everywhere: bool) -> None:
    if everywhere:
        within = np.unique(kernels.documents_of(words[0]))
    same("phrase", words, within)
    keys = [set(kernels.occurrences(found, within).tolist()) for found in words]
    expected = [k for k in sorted(keys[0]) if all(k + n in s for n, s in enumerate(keys))]
    assert kernels.phrase(words, within).tolist() == expected


@given(KEYS, st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)), max_size=3))
def test_occurrences_are_weighed(keys: Ints, special: Sequence[tuple[int, int]]) -> None:
    ends = [(np.full(4, end, np.int64), float(weight)) for end, weight in special]
    same("weighed", keys, 2.0, ends)


# Scores


@given(SETS, st.integers(0, 9))
def test_scores(documents: Ints, seed: int) -> None:
    weights, penalties = floats(len(documents), seed, 9), penalties_of(SIZE // 100, seed)
    documents = documents % (SIZE // 100)
    same("saturated", weights, documents, penalties, 1.7)
    same("scored", (documents, weights), penalties, 1.7)


#: Postings of one word, one run a segment.
WORD = runs().map(
    lambda found: [run for n, run in enumerate(found) if n == 0 or run.base != found[n - 1].base]
)
PENALTIES = penalties_of(65_536 * 3, 1)


@given(WORD)
def test_scores_of_a_word(word: list[Run]) -> None:
    same("scored", word, PENALTIES, 1.7)


@given(WORD, st.integers(1, 9), st.floats(0, 2))
def test_the_best_of_a_word(word: list[Run], size: int, least: float) -> None:
    documents, scores = kernels.scored(word, PENALTIES, 1.7)
    for module in (kernels, kernels_numpy):
        best, score = module.best(word, PENALTIES, 1.7, size)
        is_best = np.isin(documents, best)
        assert best.tolist() == documents[is_best].tolist()
        assert len(best) >= min(size, len(documents))
        assert (scores[is_best] >= score).all()
        assert (scores[~is_best] <= score).all()
        some = module.at_least(word, PENALTIES, 1.7, least)
        assert some.tolist() == documents[scores >= np.float32(least)].tolist()


@given(SETS, SETS, WORD, st.integers(0, 9))
def test_where_a_word_is_found(within: Ints, documents: Ints, word: list[Run], seed: int) -> None:
    both = np.union1d(within, kernels.documents_of(word)) if seed % 2 else within
    for some in (within, both[both < len(PENALTIES.lengths)]):
        same("find_in", some, word)
    source = documents, floats(len(documents), seed, 9)
    same("find_in", within, source)
    penalties = penalties_of(SIZE, seed)
    for where in (word, source):
        scores = [floats(len(within), seed) for _ in range(2)]
        for module, own in zip((kernels, kernels_numpy), scores, strict=True):
            module.add_found(own, within, where, penalties, 0.3)
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
        assert wanted > 100 or len(set(best)) < len(best)
    else:
        assert found == [(document, score) for score, _, document in ranked[:wanted]]
        assert found == kernels_numpy.top(documents, scores, dates, wanted)


@given(st.integers(0, 40), st.integers(0, 9))
def test_pairs(size: int, seed: int) -> None:
    scores = [floats(size, seed) for _ in range(2)]
    for module, own in zip((kernels, kernels_numpy), scores, strict=True):
        module.add_pair(own, floats(size, seed + 1), floats(size, seed + 2), 0.3, 0.7, 1.1)
    assert scores[0].tolist() == scores[1].tolist()


@pytest.mark.parametrize("module", [kernels, kernels_numpy])
@given(
    st.integers(0, 2000) | st.sampled_from([31, 32, 33, 64]),
    st.integers(1, 90),
    st.sampled_from([2, 9, 1000]),
    st.integers(0, 9),
    st.booleans(),
)
def test_the_highest(
    module: object, count: int, size: int, kinds: int, seed: int, whole: bool
) -> None:
    scores = floats(count, seed, kinds)
    if whole:
        scores = scores.astype(np.int64)
    places, least = module.highest(scores, size)  # type: ignore[attr-defined]
    assert places.tolist() == np.flatnonzero(scores >= least).tolist()
    assert len(places) >= min(size, count)
    assert count > size or least == 0
    if module is kernels and count > size:
        assert least == np.sort(scores)[-size]


# Sets


@given(SETS, SETS)
def test_what_is_in_both(some: Ints, others: Ints) -> None:
    same("common", some, others)
    at, places = kernels.common(some, others)
    assert (
        some[at].tolist()
        == others[places].tolist()
        == sorted({*some.tolist()} & {*others.tolist()})
    )


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
    same("some_of", parts, needed)


@given(SETS, st.integers(1, 9), st.integers(0, 9))
def test_values_are_counted(documents: Ints, kinds: int, seed: int) -> None:
    documents = documents % 5000
    widths = np.random.default_rng(seed).integers(0, 4, 5000)
    values = np.random.default_rng(seed).integers(0, kinds, int(widths.sum()))
    for column in (values.astype(np.uint16), values.astype(np.uint32)):
        same("count_values", documents, starts_of(widths), column, kinds)


# What is altered

LISTS = ListColumns(
    np.array([0, 5], np.uint16),
    np.array([0, 2], np.uint8),
    *(np.zeros(0, np.uint8) for _ in range(3)),
)
POSITIONS = np.arange(4, dtype=np.uint16)
ONES, TWO = np.ones(2, np.float32), np.array([0, 5], np.int64)
SHORT, LONG = (Penalties(np.ones(n, np.uint16), 0.1, 0.4, 0.4) for n in (2, 9))
TEXT, STARTS, KEY = (
    np.frombuffer(b"ab", np.uint8),
    np.array([0, 1, 2], np.uint8),
    np.zeros(1, np.uint64),
)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("string_place", (TEXT, np.array([0, 9, 2], np.uint8), KEY, 4, b"a")),
        ("string_place", (TEXT, np.array([2, 1, 9], np.uint8), KEY, 4, b"a")),
        ("string_place", (TEXT, np.zeros(0, np.uint8), KEY, 4, b"a")),
        ("string_place", (TEXT, STARTS, np.zeros(2000, np.uint64), 1 << 20, b"z")),
        ("string_place", (TEXT, STARTS, np.zeros(0, np.uint64), 4, b"z")),
        *(
            ("find_word", ((words_of((*columns, 4))._replace(**more),), Run, 4, b"z", b"z", True, False))
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
        ("documents_of", ([Run(0, LISTS, 0, 3)],)),
        ("documents_of", ([Run(0, LISTS, 2, 1)],)),
        ("weights_of", ([Run(0, LISTS, -1, 1)],)),
        ("weights_of", ([Run(0, LISTS._replace(exceptional=np.ones(1, np.uint8)), 0, 2)],)),
        ("united", ([Run(-1, LISTS, 0, 2)],)),
        ("occurrences", ([Run(0, LISTS, 0, 2, POSITIONS, 1)], None)),
        ("occurrences", ([Run(0, LISTS, 0, 2, POSITIONS, 9)], None)),
        ("occurrences", ([Run(0, LISTS, 0, 2)], None)),
        ("occurrences", ([Run(0, LISTS, 0, 2, POSITIONS, 1)], TWO)),
        ("phrase", ([[Run(0, LISTS, 0, 2, POSITIONS, 1)]], TWO)),
        ("phrase", ([[Run(0, LISTS, 0, 2)]], TWO)),
        ("weighed", (np.array([1 << 32], np.int64), 1.0, [(np.zeros(1, np.int64), 2.0)])),
        ("saturated", (ONES, TWO, SHORT, 1.0)),
        ("saturated", (ONES, -TWO, LONG, 1.0)),
        ("saturated", (ONES[:1], TWO, LONG, 1.0)),
        ("scored", ([Run(0, LISTS, 0, 2)], SHORT, 1.0)),
        ("scored", ((TWO, ONES[:1]), LONG, 1.0)),
        ("best", ([Run(0, LISTS, 0, 2)], SHORT, 1.0, 1)),
        ("at_least", ([Run(0, LISTS, 0, 2)], SHORT, 1.0, 0.1)),
        ("find_in", (TWO, [Run(0, LISTS, 0, 3)])),
        ("find_in", (TWO, (TWO, ONES[:1]))),
        ("add_found", (ONES.copy(), TWO, (TWO, ONES), SHORT, 1.0)),
        ("add_found", (ONES.copy(), TWO, [Run(0, LISTS, 0, 2)], SHORT, 1.0)),
        ("add_found", (ONES.copy(), TWO[:1], (TWO, ONES), SHORT, 1.0)),
        ("add_pair", (ONES.copy(), ONES[:1], ONES, 1.0, 1.0, 1.0)),
        ("top", (TWO, ONES[:1], TWO, 1)),
        ("top", (TWO, ONES, TWO, 1)),
        ("some_of", ([([Run(0, LISTS, 0, 2)], SHORT, 1.0)], 1)),
        ("some_of", ([(TWO, ONES[:1])], 1)),
        ("count_values", (TWO, np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (-TWO[1:], np.array([0, 1], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.zeros(0, np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.array([0, 3], np.int64), np.zeros(1, np.uint16), 1)),
        ("count_values", (TWO[:1], np.array([0, 1], np.int64), np.ones(1, np.uint16), 1)),
    ],
)  # fmt: skip
def test_altered_numbers_raise(name: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(IndexError):
        getattr(kernels, name)(*arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("string_place", ()),
        ("string_place", (TEXT, STARTS, KEY, 4, "a")),
        ("near_strings", (TEXT, STARTS, "a", 1)),
        ("near_strings", (TEXT, STARTS)),
        ("documents_of", (None,)),
        ("documents_of", ([(0, 1)],)),
        ("documents_of", ([Run(0, tuple(LISTS)[:4], 0, 1)],)),  # type: ignore[arg-type]
        ("documents_of", ([Run(0, LISTS._replace(documents=TWO), 0, 1)],)),  # type: ignore[arg-type]
        ("documents_of", ([Run(0, LISTS, "0", 1)],)),  # type: ignore[arg-type]
        ("occurrences", ([], None, None)),
        ("occurrences", ([], ONES)),
        ("phrase", ([], TWO)),
        ("phrase", ([[]], ONES)),
        ("phrase", ([[], None], TWO)),
        ("weighed", (TWO, 1.0, [ONES])),
        ("weighed", (TWO, "1", [])),
        ("saturated", (ONES, TWO.repeat(2)[::2], LONG, 1.0)),
        ("saturated", (ONES, TWO.astype(">i8"), LONG, 1.0)),
        ("saturated", ()),
        ("scored", (TWO, LONG, 1.0)),
        ("scored", ()),
        ("scored", (TWO, tuple(LONG)[:3], 1.0)),
        ("best", ((TWO, ONES), LONG, 1.0, 1)),
        ("best", ([], LONG, 1.0, "1")),
        ("at_least", ([], LONG, 1.0)),
        ("find_in", (TWO,)),
        ("find_in", (TWO, (TWO,))),
        ("add_found", (1, 2)),
        ("add_pair", (ONES,)),
        ("top", (TWO, TWO, TWO, 1)),
        ("top", (TWO, ONES, 1)),
        ("find_word", ((), Run, 4, b"", b"", True)),
        ("find_word", ((), int, 4, b"", b"", True, True)),
        ("find_word", (((1,),), Run, 4, b"", b"", True, True)),
        ("highest", (ONES, "1")),
        ("highest", (ONES.astype(np.float64), 1)),
        ("common", (TWO,)),
        ("common", (TWO, [0, 5])),
        ("some_of", ((), 1)),
        ("some_of", ([TWO], 1)),
        ("count_values", (TWO, TWO, TWO, 1)),
    ],
)  # fmt: skip
def test_other_arguments_raise(name: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        getattr(kernels, name)(*arguments)


def test_numbers_that_make_no_sense_raise() -> None:
    for name, arguments in (
        ("highest", (ONES, 0)),
        ("best", ([], LONG, 1.0, 0)),
        ("some_of", ([], 0)),
    ):
        with pytest.raises(ValueError, match=r"wanted|needed"):
            getattr(kernels, name)(*arguments)
    with pytest.raises(ValueError, match="not to be changed"):
        kernels.add_found(np.frombuffer(bytes(8), np.float32), TWO, (TWO, ONES), LONG, 1)


def test_sets_out_of_order_crash_nothing() -> None:
    """What they give is of no meaning, but an altered index must not write where it should not."""
    random = np.random.default_rng(1)
    for _ in range(200):
        some, others = (random.integers(-9, 200_000, random.integers(0, 400)) for _ in range(2))
        kernels.common(some, others)
        kernels.some_of(
            [(some, None), (others, floats(len(others), 1))], int(random.integers(1, 3))
        )
        penalties = penalties_of(200_000, 1)
        try:
            where = others, floats(len(others), 2)
            kernels.add_found(floats(len(some), 1), some, where, penalties, 1)
        except IndexError:
            assert (some < 0).any()
    assert kernels.some_of([(TWO, ONES)], 1)[0].tolist() == [0, 5]


def test_bounds_that_both_have() -> None:
    assert len(SPECIAL_WEIGHTS) <= 8  # as many as kernels/c/occurrences.c has room for
    for module in (kernels, kernels_numpy):
        with pytest.raises(ValueError, match="too many parts"):
            module.some_of([(TWO, None)] * (1 << 16), 1)
