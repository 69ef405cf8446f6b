"""Cursors: pages that follow each other, over changes of the index where that can be, and refused where not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.model.errors import CursorOutdated, RequestError
from search.model.question import FacetRequest, Question, Selection
from search.model.settings import Settings
from search.service.cursor import cursor_of
from search.service.service import SearchService
from tests.support.copied_story import COPIED, by_name
from tests.support.documents import document
from tests.support.four_articles import NOW
from tests.support.memory_engine import MemoryEngine

STORM = Question(text="storm", page_size=3)
DATED = STORM._replace(sort="newest", group=False)
KINDS = {
    "relevance": STORM,
    "articles by relevance": STORM._replace(group=False),
    "stories by date": STORM._replace(sort="oldest"),
    "articles by date": DATED,
}


@pytest.fixture
def engine() -> MemoryEngine:
    engine = MemoryEngine(story_of=by_name)
    engine.add(COPIED)
    return engine


@pytest.fixture
def service(engine: MemoryEngine) -> SearchService:
    return SearchService(engine, now=lambda: NOW)


def followed(service: SearchService, question: Question) -> list[tuple[int, str]]:
    """Return rank and id of the hits of all pages, from one cursor to the next."""
    found = []
    while True:
        page = service.search(question)
        found += [(hit.rank, hit.article.article_id) for hit in page.hits]
        if not page.next_cursor:
            return found
        question = question._replace(cursor=page.next_cursor)


@pytest.mark.parametrize("question", KINDS.values(), ids=KINDS)
def test_pages_by_cursor_are_all_hits_once(service: SearchService, question: Question) -> None:
    whole = service.search(question._replace(page_size=100))

    want = [(hit.rank, hit.article.article_id) for hit in whole.hits]
    assert followed(service, question) == want
    assert [(h.rank, h.article.article_id) for h in service.every(question).hits] == want
    assert whole.next_cursor == ""


def test_what_is_counted_and_the_size_of_pages_may_change(service: SearchService) -> None:
    first = service.search(DATED)
    facets = (FacetRequest("source"),)
    after = DATED._replace(cursor=first.next_cursor, page_size=5, facets=facets, histogram="day")
    second = service.search(after)

    assert [hit.rank for hit in second.hits] == [4, 5, 6, 7, 8]
    assert second.total == first.total
    assert second.facets


def test_all_hits_go_on_after_any_of_them(service: SearchService) -> None:
    stream = service.every(DATED)
    hits = list(stream.hits)
    rest = service.every(DATED._replace(cursor=stream.cursor_after(hits[4])))

    assert (stream.total, stream.rows) == (10, 10)
    assert [hit.rank for hit in rest.hits] == [6, 7, 8, 9, 10]
    assert stream.notices == service.search(DATED).notices


def test_a_cursor_by_date_holds_when_the_index_changes(
    engine: MemoryEngine, service: SearchService
) -> None:
    want = followed(service, DATED)
    first = service.search(DATED)
    engine.delete([want[2][1], want[5][1]])
    newest = document(
        "new", "A new storm", published=NOW + timedelta(days=99), published_precision="second"
    )
    engine.add([newest])

    rest = followed(service, DATED._replace(cursor=first.next_cursor))
    assert [i for _, i in rest] == [i for _, i in want[3:] if i != want[5][1]]
    assert rest[0][0] == 4  # the new one before it, and the deleted one no more


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "articles by date"])
def test_another_cursor_is_refused_when_the_index_changes(
    engine: MemoryEngine, service: SearchService, kind: str
) -> None:
    after = KINDS[kind]._replace(
        cursor=service.search(KINDS[kind]._replace(page_size=1)).next_cursor
    )
    assert service.search(after).hits
    engine.delete([COPIED[0].article_id])

    for ask in (service.search, service.every):
        with pytest.raises(CursorOutdated, match="ask from the start again"):
            ask(after)


def test_days_counted_from_today_are_those_of_the_first_page(engine: MemoryEngine) -> None:
    times = [NOW]
    engine.add(
        [
            document(
                f"d{n}", "dated", published=NOW - timedelta(days=n), published_precision="second"
            )
            for n in range(8)
        ]
    )
    service = SearchService(engine, now=lambda: times[-1])
    asked = Question(text="dated date:P5D", sort="newest", group=False, page_size=2)
    want = followed(service, asked)
    cursor = service.search(asked).next_cursor
    times.append(NOW + timedelta(days=3))

    assert followed(service, asked._replace(cursor=cursor)) == want[2:]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "storms"},
        {"selections": (Selection("source", ("AFP",)),)},
        {"sort": "oldest"},
        {"group": True},
        {"match": "any"},
        {"start": "2020"},
    ],
    ids=str,
)
def test_a_cursor_of_another_question_is_refused(
    service: SearchService, change: dict[str, object]
) -> None:
    cursor = service.search(DATED).next_cursor

    with pytest.raises(RequestError, match="of another question"):
        service.search(DATED._replace(cursor=cursor, **change))


def test_a_cursor_under_other_settings_is_refused(engine: MemoryEngine) -> None:
    cursor = SearchService(engine).search(STORM._replace(page_size=1)).next_cursor
    other = SearchService(engine, Settings(rank="plain", recency="30d"))

    with pytest.raises(RequestError, match="of another question"):
        other.search(STORM._replace(cursor=cursor))


@pytest.mark.parametrize(
    "text",
    ["x", "*", "é", "W10", "bnVsbA", "WzEsMiwzLDRd", "W1tdLCJhIiwxLDFd", "9" * 5000, "[" * 1999, "%00", "WyJhIiwiYiIsMSwxXQ=="],
    ids=["no base64", "star", "not ASCII", "empty list", "null", "numbers", "list", "long", "deep", "signs", "padded"],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(service: SearchService, text: str) -> None:
    with pytest.raises(RequestError, match="cursor cannot be read"):
        service.search(STORM._replace(cursor=text))


def test_a_cursor_is_as_it_was_given(service: SearchService) -> None:
    text = service.search(DATED).next_cursor

    assert cursor_of(text).encoded() == text
    for at in range(len(text)):
        for other in ("", "A", "-"):
            changed = text[:at] + other + text[at + 1 :]
            if changed != text:
                with pytest.raises(RequestError):
                    service.search(STORM._replace(cursor=changed))


def test_page_and_cursor_together_are_refused(service: SearchService) -> None:
    cursor = service.search(STORM._replace(page_size=1)).next_cursor

    with pytest.raises(RequestError, match="give one of them"):
        service.search(STORM._replace(cursor=cursor, page=2))


def test_files_that_questions_depend_on_change_the_state(tmp_path: Path) -> None:
    synonyms = tmp_path / "synonyms.toml"
    synonyms.write_text("")
    service = SearchService(MemoryEngine(), Settings(synonyms=str(synonyms)))
    before = service.state()
    assert service.state() == before
    synonyms.write_text("# more\n")

    assert service.state() != before


def test_the_state_is_the_same_in_another_process(tmp_path: Path) -> None:
    first = WhooshEngine(tmp_path / "index", make=True)
    first.add(COPIED)
    second = WhooshEngine(tmp_path / "index")

    assert SearchService(first).state() == SearchService(second).state()


def test_what_is_held_of_a_hit_that_is_not_asked_for_is_small(tmp_path: Path) -> None:
    """The documents have 6 MB together, and no hit is unpacked before it is asked for."""
    import tracemalloc

    engine = WhooshEngine(tmp_path / "index", make=True)
    text = " ".join(f"word{n}" for n in range(900))
    engine.add(document(f"{n:04}", f"storm {n}", f"{text} {n}") for n in range(700))
    service = SearchService(engine)
    question = Question(text="storm", group=False)
    next(service.every(question).hits)
    tracemalloc.start()
    count = sum(1 for _ in service.every(question).hits)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 700
    assert most < 3_000_000
