"""Which records are the same article: their own ids, numbers, and spellings of an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.model.article import ARTICLE_ID, Article
from search.readers.ids import article_id, canonical_url
from search.readers.opening import read
from search.readers.options import ReadingOptions

QUAY = "https://quay.example/news/bridge"


def ids(path: Path) -> list[str]:
    return [each.article_id for each in read(path) if isinstance(each, Article)]


def written(folder: Path, name: str, *records: dict[str, object]) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


@pytest.mark.parametrize(
    "url",
    [
        QUAY + "?utm_source=rss&utm_medium=feed", QUAY + "#comments", QUAY + "/", "http://www.quay.example/news/bridge",
        "https://QUAY.example:443/news/bridge", QUAY + "?fbclid=IwAR0", QUAY + "?gclid=1&msclkid=2&mc_cid=3&yclid=4",
        " " + QUAY + " ", QUAY + "?", QUAY + "?at_medium=RSS&at_campaign=KARANGA&at_shore_team=web", QUAY + "#:~:text=bridge",
    ],
    ids=["utm", "fragment", "slash", "scheme and www", "case and port", "fbclid", "clicks", "spaces", "empty query",
         "at", "text fragment"],
)  # fmt: skip
def test_spellings_of_one_address_are_one_article(url: str) -> None:
    assert canonical_url(url) == "quay.example/news/bridge"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (QUAY + "?id=1", QUAY + "?id=2"), (QUAY, QUAY + "?page=2"), (QUAY + "#!/a", QUAY + "#!/b"),
        ("https://quay.example/#/a", "https://quay.example/#/b"), (QUAY, "https://m.quay.example/news/bridge"),
        (QUAY, "https://quay.example/news/Bridge"), ("https://quay.example:8080/a", "https://quay.example/a"),
        ("https://quay.example/a?storyid=1", "https://quay.example/a?storyid=2"),
        (QUAY + "?gid=1", QUAY + "?gid=2"), ("https://quay.example/a%2Fb", "https://quay.example/a/b"), (QUAY + "?at=1", QUAY + "?at=2"),
    ],
    ids=["number", "page", "hash-bang", "hash path", "host", "case of the path", "port", "a word that ends in id",
         "short id", "escaped slash", "short name"],
)  # fmt: skip
def test_other_addresses_are_other_articles(first: str, second: str) -> None:
    assert canonical_url(first) != canonical_url(second)


def test_order_of_parameters_and_escapes_do_not_count() -> None:
    assert canonical_url(QUAY + "?b=2&a=1&utm_id=9") == canonical_url(QUAY + "?a=1&b=2")
    assert canonical_url("https://quay.example/caf%c3%a9") == canonical_url(
        "https://quay.example/café"
    )


@pytest.mark.parametrize(
    "url", ["https://quay.example/", "https://www.quay.example?utm_source=x", "/news/bridge", "quay", "", "http://[x"]
)  # fmt: skip
def test_a_front_page_is_no_articles_address(url: str) -> None:
    assert canonical_url(url) == ""


def test_the_address_is_kept_as_it_was_given(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", {"title": "a", "url": QUAY + "?utm_source=rss#top"})
    article = next(iter(read(path)))
    assert isinstance(article, Article)
    assert article.url == QUAY + "?utm_source=rss#top"


def test_files_numbered_from_one_do_not_replace_each_other(tmp_path: Path) -> None:
    """Nor do files of the same name in two folders."""
    found = [
        article
        for year in (2020, 2021)
        for article in ids(
            written(tmp_path, f"{year}/a.jsonl", *({"id": n, "title": f"Flood {year}"} for n in (1, 2)))
        )
    ]  # fmt: skip
    assert len(set(found)) == 4


def test_a_numbered_file_keeps_its_ids_where_it_is_moved_or_its_texts_are_mended(tmp_path: Path) -> None:  # fmt: skip
    before = {"id": 7, "title": "Flood", "body": "It rains.", "date": "2024-05-17"}
    moved = written(tmp_path, "b/new.jsonl", before)
    mended = written(tmp_path, "c.jsonl", {**before, "body": "It rained."})
    assert ids(written(tmp_path, "a.jsonl", before)) == ids(moved) == ids(mended)


@pytest.mark.parametrize(
    "other",
    [{"title": "Frost"}, {"date": "2023-05-17"}, {"id": 8}, {"url": QUAY}],
    ids=["title", "day", "number", "address"],
)
def test_numbered_records_differ_by(tmp_path: Path, other: dict[str, object]) -> None:
    record = {"id": 7, "title": "Flood", "body": "x", "date": "2024-05-17"}
    assert len(set(ids(written(tmp_path, "a.jsonl", record, {**record, **other})))) == 2


def test_a_number_is_the_same_where_pandas_made_it_a_fraction(tmp_path: Path) -> None:
    first, second = ({"id": number, "title": "Flood"} for number in (7, 7.0))
    assert len(set(ids(written(tmp_path, "a.jsonl", first, second)))) == 1


def test_how_a_date_is_read_makes_no_other_article(tmp_path: Path) -> None:
    """Nor are two the same because only their year is known."""
    records = [{"id": 1, "title": "Weather", "date": f"0{day}/04/2024"} for day in (3, 5)]
    path = written(tmp_path, "a.jsonl", *records)
    orders = [
        [
            article.article_id
            for article in read(path, options=ReadingOptions(day_order=order))
            if isinstance(article, Article)
        ]
        for order in ("", "dmy", "mdy")
    ]
    assert orders[0] == orders[1] == orders[2]
    assert len(set(orders[0])) == 2


def test_numbered_records_without_a_day_differ_by_their_text(tmp_path: Path) -> None:
    records = ({"id": 1, "title": "Weather", "body": f"Rain {n}"} for n in range(2))
    assert len(set(ids(written(tmp_path, "a.jsonl", *records)))) == 2


@pytest.mark.parametrize(
    ("own_id", "expected"),
    [("quay-7", "quay-7"), ("1857432109876543210", "1857432109876543210"), ("b1c2", "b1c2")],
    ids=["word", "long number", "hexadecimal"],
)
def test_an_id_that_is_no_bare_number_is_kept(own_id: str, expected: str) -> None:
    assert article_id(own_id, QUAY, "Title", "", "Body") == expected


@pytest.mark.parametrize("own_id", ["1", "12345678901234", "7.0", "no good id", "https://quay.example/1", ""])  # fmt: skip
def test_every_id_can_be_stored(own_id: str) -> None:
    found = article_id(own_id, "", "Title", "", "Body")
    assert ARTICLE_ID.fullmatch(found)
    assert found.startswith(own_id.removesuffix(".0") + "-") == (own_id[:1].isdigit())
