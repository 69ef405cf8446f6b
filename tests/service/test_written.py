"""How articles write the words that an engine gives as folded forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from search.engines.whoosh_index.engine import WhooshEngine
from search.model.question import Question
from search.service.service import SearchService
from tests.support.documents import document


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SearchService]:
    """Have articles about a flood, of which the newest do not name what the older ones do."""
    older = [
        document(f"old{n}", body=f"Die Flut traf Häuser am Rhein, Tag {n}.", language="de")
        for n in range(8)
    ]
    newer = [document(f"new{n}", body="Flut Flut Flut.", language="de") for n in range(12)]
    others = [document(f"no{n}", body=f"Die Ernte, Woche {n}.", language="de") for n in range(60)]
    with closing(WhooshEngine(tmp_path, make=True)) as engine:
        engine.add([*older, *newer, *others])
        yield SearchService(engine)


def test_a_significant_word_is_written_as_articles_off_the_page_write_it(
    service: SearchService,
) -> None:
    page = service.search(Question("flut", significant=10, rank="plain"))
    assert all(hit.article.article_id.startswith("new") for hit in page.hits)
    assert page.significant is not None
    words = {narrowing.word for narrowing in page.significant.words}
    assert {"Häuser", "Rhein"} <= words


def test_words_that_the_first_hits_gave_are_written_as_they_write_them(
    service: SearchService,
) -> None:
    page = service.search(Question("flut rhein", page=2, page_size=4, explain=True))
    assert "Häuser" in {weighed.word for weighed in page.weighed}
