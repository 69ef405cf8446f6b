"""Three ways to one answer: the engine, Whoosh's own searcher over its segments, and the memory engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import whoosh.index
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.evaluate.limits import Limits
from search.engines.whoosh_index.format.layout import LAYOUT
from search.engines.whoosh_index.kernels import reference
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.weighting import ArticleWeighting
from search.engines.whoosh_index.write.limits import WRITE_LIMITS, WriteLimits
from search.model.article import Article, Entities, Entity
from search.model.histogram import HistogramRequest
from search.model.question import FacetRequest, Match
from search.query.tree import (
    And,
    DateRange,
    Everything,
    Fuzzy,
    Group,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
)
from search.text.stop_words import stop_words
from tests.support.engine_agreement import assert_same_answer
from tests.support.engine_samples import bound, day, document, named
from tests.support.memory_engine import MemoryEngine, unscored_words
from tests.support.trees import trees
from tests.support.whoosh_kernels import KERNELS
from tests.support.whoosh_queries import Compiler

MAX_EXPANSIONS = 4
#: No time limit: what takes how long is not what these tests are about.
AS_SHIPPED = Limits(max_expansions=MAX_EXPANSIONS, query_timeout_ms=0)
#: The way that is taken for many documents, and as little at once as can be.
SMALL = AS_SHIPPED._replace(
    remembered_bytes=1050,
    few_documents=0,
    spare_documents=0,
    documents_at_once=1,
    postings_at_once=1,
    united_at_once=1,
    forms_at_once=1,
    dates_at_once=2,
)
#: Segments of few documents, merged often and a little at a time; and ones that are never merged.
WRITE_SMALL = WriteLimits(
    written_documents=2,
    max_documents=6,
    full_documents=4,
    merge_factor=2,
    max_deleted=0.5,
    batch_bytes=1,
    positions_at_once=5,
    postings_at_once=2,
    served_articles=3,
    min_trained=2,
)
WRITE_LARGE = WriteLimits(max_deleted=1, max_merged_bytes=0, held_per_mb=0, least_held=1)
MATCHES: tuple[Match, ...] = ("all", "most", "any")

#: What one commit adds, or the ids of what it deletes.
Edit = list[Article] | frozenset[str]


class ThreeWays:
    """One index, asked by the engine and by Whoosh, and the same articles in the memory engine."""

    def __init__(
        self,
        folder: str | Path,
        edits: Sequence[Edit],
        limits: Limits = AS_SHIPPED,
        write_limits: WriteLimits = WRITE_LIMITS,
    ) -> None:
        self.folder = Path(folder)
        self.memory = MemoryEngine(MAX_EXPANSIONS)
        self.engine = WhooshEngine(folder, make=True, limits=limits, write_limits=write_limits)
        for edit in edits:
            for either in (self.memory, self.engine):
                if isinstance(edit, list):
                    either.add(edit)
                else:
                    either.delete(edit)
        index = whoosh.index.open_dir(folder)
        self.searcher = index.searcher(weighting=ArticleWeighting())

    def close(self) -> None:
        self.searcher.close()
        self.engine.close()

    def check(
        self, tree: Query, match: Match = "all", *, with_whoosh: bool = True
    ) -> dict[str, float]:
        """Assert that all give the same documents and scores; return these.

        Whoosh is left out where articles are in several languages: to it a stem is of any.
        """
        request = SearchRequest(
            tree=tree,
            match=match,
            limit=100,
            facets=(FacetRequest("author", 2), FacetRequest("source", 1)),
            histogram=HistogramRequest("day"),
        )
        answer = self.memory.search(request)
        scores = {hit.article.article_id: hit.score for hit in answer.hits}
        assert_same_answer(self.engine.search(request), answer)
        if with_whoosh:
            assert self.ask_whoosh(tree, match) == pytest.approx(scores, abs=1e-4)
        for offset, limit in ((0, 1), (0, 3), (2, 2)):
            page = SearchRequest(tree=tree, match=match, offset=offset, limit=limit)
            found = self.engine.search(page)
            best = [hit.score for hit in answer.hits[offset : offset + limit]]
            assert found.total == answer.total
            assert [hit.score for hit in found.hits] == pytest.approx(best, abs=1e-4)
            true_scores = [scores[hit.article.article_id] for hit in found.hits]
            assert true_scores == pytest.approx(best, abs=1e-4)
        return scores

    def ask_whoosh(self, tree: Query, match: Match) -> dict[str, float]:
        unscored = unscored_words(tree, LAYOUT.filters, stop_words("en").__contains__)
        query = Compiler(match, MAX_EXPANSIONS, unscored).query(tree)
        return {hit["id"]: hit.score for hit in self.searcher.search(query, limit=None)}


pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

#: What the compiled kernels do, on numpy: see tests/engines/whoosh_index/test_kernels.py.
NUMPY: dict[str, object] = {
    f"search.engines.whoosh_index.kernels.{name}": getattr(reference, name) for name in KERNELS
} | {f"search.text.kernels.{name}": None for name in ("known_chunks", "joined", "firsts")}
FEW_AT_ONCE = {"search.text.strings._AT_ONCE": 3}
#: Limits of answering and of writing that decide which way is taken, so that few articles meet all of it, and
#: what is put in another's place.
BOUNDS: dict[str, tuple[Limits, WriteLimits, dict[str, object]]] = {
    "as shipped": (AS_SHIPPED, WRITE_LIMITS, {}),
    "small": (SMALL, WRITE_SMALL, FEW_AT_ONCE),
    "large": (AS_SHIPPED, WRITE_LARGE, {}),
    "small, on numpy": (SMALL, WRITE_SMALL, {**FEW_AT_ONCE, **NUMPY}),
    "large, on numpy": (AS_SHIPPED, WRITE_LARGE, NUMPY),
}


@contextmanager
def bounded(name: str, folder: str | Path, edits: Sequence[Edit]) -> Iterator[ThreeWays]:
    """Have three ways within one of `BOUNDS`."""
    limits, write_limits, replaced = BOUNDS[name]
    with pytest.MonkeyPatch.context() as patch:
        for target, value in replaced.items():
            patch.setattr(target, value)
        with closing(ThreeWays(folder, edits, limits, write_limits)) as three_ways:
            yield three_ways


# Some questions to one index

EDITS: list[Edit] = [
    [
        document("a", "The missile hit. Missiles attack US missiles.", "Missile attack", day(1, 1)),
        document("b", "An attack by the US may follow attacks.", "", day(1, 2), source="Lee"),
        document("c", "Two missiles attacked.", "May we attack US bases?", authors=("Ann Lee",)),
        document("i", "Chess", authors=("Ann Lee", "Lee Ann", "May Us", "A", "B", "C")),
    ],
    [
        document(
            "d", "Missile " * 64 + "attack " * 63, "us us us us", authors=("Lee Ann", "May Us")
        ),
        document("e", "", "北京 attic", day(1, 3), entities=Entities((), named("Us May"), ())),
        document("f", "attacked the attic; us may attack attack attack", source="Ann News"),
        document("j", "Two chess players", source="Ann"),
    ],
    [document("b", "us may US attacks, missiles too", source="Ann News"), document("g")],
    frozenset("f"),
    [document("h", "may us missiles attack", entities=Entities(named("Ann Attack"), (), ()))],
    frozenset("j"),
]

CASES: dict[str, Query] = {
    "word": Word("missile"),
    "exact word": Word("missiles", exact=True),
    "stop word": Word("may"),
    "stop word, in quotes too": Group((Word("may"), Word("may", exact=True), Word("us"))),
    "word in a field": Word("attack", "title"),
    "exact word in a field": Word("attack", "body", True),
    "name": Word("ann", "author"),
    "entity": Word("us", "entity"),
    "filter": Word("news", "source"),
    "phrase": Phrase(("us", "missiles")),
    "phrase of stems": Phrase(("missile", "attack"), exact=False),
    "phrase with slop": Phrase(("us", "attack"), 2),
    "phrase one word too far apart": Or((Phrase(("hit", "us"), 1), Word("attic"))),
    "phrase of one word twice": Phrase(("us", "us"), 0, "title"),
    "phrase of three": Phrase(("may", "us", "missiles"), 1),
    "near": Near(Word("may"), Word("us"), 2),
    "near one word too far": Or((Near(Word("us"), Word("hit"), 2), Word("attic"))),
    "near itself": Near(Word("us"), Word("us"), 3),
    "near in a field": Near(Word("ann", "author"), Word("lee", "author"), 1, "author"),
    "wildcard": Wildcard("atta*"),
    "too many words": Wildcard("*"),
    "wildcard in a field": Wildcard("?nn", "author"),
    "swapped letters": Fuzzy("missiel", 1),
    "fuzzy": Fuzzy("attac", 2, "body"),
    "dates": DateRange(bound(day(1, 1)), bound(day(1, 3))),
    "dates to the end": DateRange(bound(day(1, 2)), None),
    "dates from the start": DateRange(None, bound(day(1, 3))),
    "everything": Everything(),
    "not": Not(Word("missile")),
    "not not": Not(Not(Word("missile"))),
    "and": And((Word("us"), Word("attack"))),
    "and not": And((Word("us"), Not(Word("may")))),
    "or": Or((Word("attic"), Word("two"), Word("hit"))),
    "or with a filter": Or((Word("attic"), DateRange(bound(day(1, 1)), bound(day(1, 2))))),
    "or in or with a filter": Or(
        (Word("attic"), Word("missile"), Or((Everything(), Word("attic"))))
    ),
    "neighbours": Group((Word("us"), Word("missile"), Word("attack"))),
    "neighbours in brackets": Or((And((Word("may"), Word("us"))), Word("attic"))),
}


@pytest.fixture(scope="module", params=BOUNDS)
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ThreeWays]:
    folder = tmp_path_factory.mktemp("index")
    with bounded(request.param, folder, EDITS) as three_ways:
        yield three_ways


def test_the_index_has_several_segments_and_deletions(asked: ThreeWays) -> None:
    segments = read_toc(asked.folder, latest_generation(asked.folder)).segments
    assert len(segments) > 1
    assert any(segment.deleted for segment in segments)


@pytest.mark.parametrize("tree", CASES.values(), ids=CASES)
def test_each_kind_of_clause(asked: ThreeWays, tree: Query) -> None:
    assert asked.check(tree)


def test_each_match(asked: ThreeWays) -> None:
    words = ("us", "may", "attack", "too")
    tree = Group((*map(Word, words), Not(Word("nowhere"))))
    counts = [len(asked.check(tree, match)) for match in MATCHES]
    assert counts == sorted(set(counts))


# Any questions to any index

#: So few words that most are in most articles: two stems with several forms, neighbours in the alphabet.
WORDS = ("missile", "missiles", "attack", "attacks", "attacked", "us", "may", "北京")
NAMES = ("Ann Lee", "ann lee", "Lee Ann", "May Attack", "Us May", "Lee May")
IDS = "abcdefghijkl"
DAYS = (day(1, 1), day(1, 2), day(1, 3))
DATES = tuple(map(bound, DAYS))

#: Frequencies up to 63 and title words up to 3 fit a code, others do not.
OFTEN = ("missile " * 4, "attack " * 63, "may " * 64)
TEXTS = st.lists(st.sampled_from([*WORDS, *WORDS, *OFTEN]), min_size=2, max_size=15).map(" ".join)
SOME_NAMES = st.lists(st.sampled_from(NAMES), max_size=6, unique=True).map(tuple)
ENTITIES = SOME_NAMES.map(lambda names: tuple(Entity(name, (), names[2:]) for name in names[:2]))
ARTICLES = st.builds(
    document,
    article_id=st.sampled_from(IDS),
    body=TEXTS,
    title=TEXTS | st.just(""),
    published=st.none() | st.sampled_from(DAYS),
    authors=SOME_NAMES,
    source=st.sampled_from(["", *NAMES]),
    entities=st.builds(Entities, ENTITIES, ENTITIES, ENTITIES),
)
ANY_EDITS = st.lists(
    st.lists(ARTICLES, min_size=1, max_size=5) | st.frozensets(st.sampled_from(IDS), max_size=4),
    min_size=1,
    max_size=8,
)
SEVERAL = st.builds(
    lambda kind, forms: kind(tuple(map(Word, forms))),
    st.sampled_from([And, Or, Group]),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=5),
)
FIELDS = ("title", "body", "author", "person", "entity", "source")
TREES = st.one_of(
    SEVERAL, *(trees([*WORDS, "lee", "ann"], FIELDS, DATES, max_leaves=most) for most in (1, 8))
)
QUESTIONS = st.lists(st.tuples(TREES, st.sampled_from(MATCHES)), min_size=6, max_size=12)


@pytest.mark.parametrize("name", BOUNDS)
@settings(max_examples=15)
@given(edits=ANY_EDITS, questions=QUESTIONS)
def test_any_questions_after_any_edits(
    name: str, edits: list[Edit], questions: list[tuple[Query, Match]]
) -> None:
    with TemporaryDirectory() as folder, bounded(name, folder, edits) as three_ways:
        for tree, match in questions:
            three_ways.check(tree, match)


#: What is one stem in one language and two in another, words that have a stem in none, and stop words of one language and of two.
WORDS_IN_LANGUAGES = (
    *("rakete", "raketen", "rake", "raked", "missile", "missiles", "19", "北京"),
    *("war", "die", "an"),
)
IN_LANGUAGES = st.builds(
    document,
    article_id=st.sampled_from(IDS),
    body=st.lists(st.sampled_from(WORDS_IN_LANGUAGES), max_size=9).map(" ".join),
    title=st.lists(st.sampled_from(WORDS_IN_LANGUAGES), max_size=3).map(" ".join),
    language=st.sampled_from(["", "en", "de", "de", "fr", "nb", "uk", "zh"]),
)
EDITS_IN_LANGUAGES = st.lists(
    st.lists(IN_LANGUAGES, min_size=1, max_size=5)
    | st.frozensets(st.sampled_from(IDS), max_size=4),
    min_size=1,
    max_size=8,
)
TREES_IN_LANGUAGES = trees(WORDS_IN_LANGUAGES, ("title", "body"), DATES, max_leaves=4)


@pytest.mark.parametrize("name", BOUNDS)
@settings(max_examples=25)
@given(
    edits=EDITS_IN_LANGUAGES,
    questions=st.lists(st.tuples(TREES_IN_LANGUAGES, st.sampled_from(MATCHES)), min_size=6),
)
def test_any_questions_to_articles_in_any_languages(
    name: str, edits: list[Edit], questions: list[tuple[Query, Match]]
) -> None:
    with TemporaryDirectory() as folder, bounded(name, folder, edits) as three_ways:
        for tree, match in questions:
            three_ways.check(tree, match, with_whoosh=False)
