"""Wire formats: what of an item is an article, which version counts, what was taken back or may not be seen yet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from search.model.article import Article, BadArticle
from search.model.remark import Remark
from search.model.settings import Settings
from search.readers import address_lists
from search.readers.address_lists import Listed
from search.readers.opening import opened, read
from search.readers.source import Limits

URI = "urn:newsml:quay.example:20240517:ferry"
NINJS_1 = {
    "uri": URI, "type": "text", "version": "1", "profile": "text", "mimetype": "text/plain", "urgency": 4,
    "versioncreated": "2024-05-17T10:05:00Z", "firstcreated": "2024-05-17T10:00:00Z", "pubstatus": "usable",
    "language": "en", "headline": "Ferry sails again", "slugline": "FERRY", "byline": "By Mara Quist",
    "body_text": "The ferry left.", "subject": [{"code": "medtop:1", "name": "Sea"}], "person": [{"name": "Jane Roe"}],
    "copyrightholder": "Quay Wire", "wordcount": 3,
}  # fmt: skip
NINJS_2 = {
    "uri": URI, "type": "text", "versioncreated": "2024-05-17T10:05:00Z", "pubstatus": "usable", "by": "Mara Quist",
    "headlines": [{"role": "seo", "value": "Ferry"}, {"role": "main", "value": "Ferry sails again"}],
    "bodies": [{"role": "main", "contenttype": "text/plain", "value": "The ferry left."},
               {"role": "main", "contenttype": "text/html", "value": "<p>The ferry</p><p>left.</p>"}],
    "subjects": [{"uri": "medtop:1", "name": "Sea"}], "infosources": [{"name": "Quay Wire", "role": "isrol:originfo"}],
    "associations": [{"name": "main", "uri": "urn:p", "type": "picture", "headline": "A ferry"}],
    "altids": [{"role": "internal", "value": "77"}],
}  # fmt: skip


def articles(path: Path) -> list[Article]:
    found = list(read(path))
    assert [each for each in found if isinstance(each, BadArticle)] == []
    return [each for each in found if isinstance(each, Article)]


def written(folder: Path, content: str, name: str = "wire.xml") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def as_json(folder: Path, *items: object) -> Path:
    lines = [json.dumps(item) for item in items]
    return written(folder, lines[0] if len(lines) == 1 else f"[{','.join(lines)}]", "wire.json")


@pytest.mark.parametrize(
    ("item", "body"),
    [(NINJS_1, "The ferry left."), (NINJS_2, "The ferry\n\nleft.")],
    ids=["1.x", "2.x and 3.x"],
)
def test_ninjs(tmp_path: Path, item: dict[str, Any], body: str) -> None:
    (ferry,) = articles(as_json(tmp_path, item))
    assert (ferry.article_id, ferry.title, ferry.body) == (URI, "Ferry sails again", body)
    assert (ferry.authors, ferry.topics, ferry.source) == (("Mara Quist",), ("Sea",), "Quay Wire")
    assert (ferry.is_withdrawn, ferry.embargoed_until) == (False, None)


def test_ninjs_of_other_types_is_left_out_and_said(tmp_path: Path) -> None:
    picture = {**NINJS_1, "type": "picture"}
    found = list(read(as_json(tmp_path, picture, NINJS_1)))
    assert [each.title for each in found if isinstance(each, Article)] == ["Ferry sails again"]
    assert "an item of type 'picture' is no article" in [
        each.reason for each in found if isinstance(each, Remark)
    ]


@pytest.mark.parametrize("status", ["canceled", "cancelled", "withheld", "stat:canceled"])
@pytest.mark.parametrize("kept", [("uri", "pubstatus"), tuple(NINJS_1)], ids=["bare", "whole"])
def test_ninjs_taken_back(tmp_path: Path, status: str, kept: tuple[str, ...]) -> None:
    kill = {key: value for key, value in NINJS_1.items() if key in kept} | {"pubstatus": status}
    (killed,) = articles(as_json(tmp_path, kill))
    assert (killed.article_id, killed.is_withdrawn) == (URI, True)


def test_ninjs_under_embargo(tmp_path: Path) -> None:
    later = {**NINJS_1, "embargoed": "2031-05-17T12:00:00+02:00"}
    (ferry,) = articles(as_json(tmp_path, later))
    assert ferry.embargoed_until == datetime(2031, 5, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("embargoed", "until further notice", "its embargo 'until further notice' could not be read"),
        ("pubstatus", "odd", "its status 'odd' is not known"),
    ],
    ids=["embargo", "status"],
)  # fmt: skip
def test_what_is_not_understood_is_said(tmp_path: Path, key: str, value: str, said: str) -> None:
    found = list(read(as_json(tmp_path, {**NINJS_1, key: value})))
    assert any(said in each.reason for each in found if isinstance(each, Remark))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<opml><body><outline text="Sea"><outline text="Quay" xmlUrl=" https://quay.example/feed "/></outline></body></opml>',
         [Listed("https://quay.example/feed", "feed", "Quay")]),
        ('<urlset><url><loc>https://quay.example/1</loc><lastmod>2024-05-18</lastmod></url><url><loc/></url></urlset>',
         [Listed("https://quay.example/1", "page", "", "2024-05-18")]),
        ('<urlset xmlns:n="urn:n"><url><loc>https://quay.example/1</loc><lastmod>2024-05-18</lastmod><n:news><n:title>Ferry</n:title>'
         "<n:publication_date>2024-05-17</n:publication_date></n:news></url></urlset>",
         [Listed("https://quay.example/1", "page", "Ferry", "2024-05-17")]),
        ("<sitemapindex><sitemap><loc>https://quay.example/a.xml</loc></sitemap></sitemapindex>",
         [Listed("https://quay.example/a.xml", "sitemap")]),
    ],
    ids=["opml", "sitemap", "news sitemap", "index"],
)  # fmt: skip
def test_lists_of_addresses(tmp_path: Path, content: str, expected: list[Listed]) -> None:
    with opened(written(tmp_path, content), Limits.of(Settings())) as source:
        assert source.format.name == "addresses"
        assert list(address_lists.listed(source.source)) == expected
