"""Keys, requests a minute, pages of other sites, and answers that a client has already."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search.model.errors import SettingError
from search.model.settings import Settings
from search.service.service import SearchService
from tests.support.memory_engine import MemoryEngine
from tests.support.web_site import ARTICLES, BARE, site
from web import create_app
from web.access import Access, Keys, Rate

KEY, OTHER = "orchard-lantern-42", "violet-harbour-77"
SEARCH = "/api/v1/search?q=grain"


class TestKeys:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "keys"
        digest = sha256(OTHER.encode()).hexdigest()
        path.write_text(f"# for the desk\ndesk {KEY}\n\narchive sha256:{digest}\n")
        return path

    @pytest.fixture
    def client(self, file: Path) -> FlaskClient:
        return site(settings=Settings(api_keys=str(file)))

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 401),
            ({"Authorization": f"Bearer {KEY}"}, 200),
            ({"Authorization": f"bearer  {OTHER}"}, 200),
            ({"X-Api-Key": OTHER}, 200),
            ({"Authorization": "Bearer " + KEY[:-1]}, 401),
            ({"Authorization": "Basic " + KEY}, 401),
            ({"X-Api-Key": "sha256:" + sha256(OTHER.encode()).hexdigest()}, 401),
            ({"X-Api-Key": "é"}, 401),
        ],
        ids=["none", "bearer", "of a digest", "own header", "wrong", "other kind", "digest", "not ASCII"],
    )  # fmt: skip
    def test_the_api_is_for_who_has_one(self, client, headers, status):
        response = client.get(SEARCH, headers=headers)
        assert response.status_code == status
        if status == 401:
            assert response.get_json()["error"]["code"] == "key-required"
            assert response.headers["WWW-Authenticate"].lower().startswith("bearer")

    def test_pages_and_files_ask_for_none(self, client):
        for path in ("/search?q=grain", "/search.csv?q=grain", "/search.atom"):
            assert client.get(path).status_code == 200

    def test_a_key_in_an_address_is_no_key(self, client):
        assert client.get(SEARCH + f"&key={KEY}").status_code == 401

    def test_a_file_that_changes_is_read_anew(self, client, file):
        file.write_text(f"new {OTHER}-{OTHER}\n")
        assert client.get(SEARCH, headers={"X-Api-Key": KEY}).status_code == 401
        assert client.get(SEARCH, headers={"X-Api-Key": f"{OTHER}-{OTHER}"}).status_code == 200

    def test_a_variable_can_hold_them(self, monkeypatch):
        monkeypatch.setenv("DESK_KEYS", f"desk {KEY},archive {OTHER}")
        keys = Keys("env:DESK_KEYS")
        assert (keys.name_of(KEY), keys.name_of(OTHER), keys.name_of("")) == (
            "desk",
            "archive",
            None,
        )

    @pytest.mark.parametrize(
        "text", ["", "# nothing\n", "desk\n", "desk short\n", "desk sha256:abc\n"]
    )
    def test_what_has_no_keys_is_refused(self, tmp_path, text):
        path = tmp_path / "keys"
        path.write_text(text)
        with pytest.raises(SettingError, match="api_keys"):
            site(settings=Settings(api_keys=str(path)))

    def test_a_file_that_is_missing_is_refused(self, tmp_path):
        with pytest.raises(SettingError, match="cannot be read"):
            site(settings=Settings(api_keys=str(tmp_path / "none")))


class TestRate:
    def client(self, seconds: list[float], **settings: object) -> FlaskClient:
        chosen = Settings(**settings)  # type: ignore[arg-type]
        engine = MemoryEngine()
        engine.add(ARTICLES)
        app = create_app(SearchService(engine, chosen), chosen, clock=lambda: seconds[-1])
        return app.test_client()

    def test_who_asks_too_often_has_to_wait(self):
        seconds = [0.0]
        client = self.client(seconds, api_rate=3)
        statuses = [client.get(SEARCH).status_code for _ in range(5)]
        refused = client.get("/search.csv?q=grain")
        seconds.append(20.0)
        assert statuses == [200, 200, 200, 429, 429]
        assert refused.get_json()["error"]["code"] == "too-many-requests"
        assert refused.headers["Retry-After"] == "21"
        assert [client.get(SEARCH).status_code for _ in range(2)] == [200, 429]

    def test_who_has_no_key_is_counted_by_address(self, tmp_path):
        (tmp_path / "keys").write_text(f"desk {KEY}\n")
        client = self.client([0.0], api_rate=2, api_keys=str(tmp_path / "keys"))
        guesses = [client.get(SEARCH, headers={"X-Api-Key": f"guess {n}"}) for n in range(4)]
        assert [each.status_code for each in guesses] == [401, 401, 429, 429]
        assert client.get(SEARCH, headers={"X-Api-Key": KEY}).status_code == 200

    def test_pages_are_not_counted(self):
        client = self.client([0.0], api_rate=1)
        assert [client.get("/search?q=grain").status_code for _ in range(5)] == [200] * 5

    @pytest.mark.parametrize(
        ("first", "second", "is_one"),
        [
            ("192.0.2.1", "192.0.2.2", False),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ],
    )
    def test_a_client_is_an_address_or_a_network(self, first, second, is_one):
        client = self.client([0.0], api_rate=1)
        statuses = [
            client.get(SEARCH, environ_base={"REMOTE_ADDR": address}).status_code
            for address in (first, second)
        ]
        assert statuses == [200, 429 if is_one else 200]

    @pytest.mark.parametrize(
        ("settings", "is_limited"),
        [({}, False), ({"host": "0.0.0.0"}, True), ({"serve_proxy": "127.0.0.1"}, True), ({"host": "0.0.0.0", "api_rate": 0}, False)],
        ids=["this computer", "others", "behind a proxy", "off"],
    )  # fmt: skip
    def test_there_is_a_limit_where_others_can_ask(self, settings, is_limited):
        assert (Access(Settings(**settings))._rate is not None) == is_limited

    def test_clients_that_are_remembered_are_bounded(self):
        rate = Rate(1, lambda: 0.0)
        for number in range(10_050):
            rate.wait_of(str(number))
        assert len(rate._left) == 10_000


class TestOtherSites:
    @pytest.mark.parametrize(
        ("setting", "origin", "allowed"),
        [
            ("", "https://a.example", None),
            ("https://a.example", "https://a.example", "https://a.example"),
            ("https://b.example, https://a.example/", "https://a.example", "https://a.example"),
            ("https://b.example", "https://a.example", None),
            ("*", "https://a.example", "*"),
        ],
    )
    def test_pages_of_sites_that_are_named_may_read_the_api(self, setting, origin, allowed):
        client = site(settings=Settings(api_cors=setting))
        response = client.get(SEARCH, headers={"Origin": origin})
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        policy = response.headers["Cross-Origin-Resource-Policy"]
        assert policy == ("cross-origin" if allowed else "same-origin")
        assert ("Origin" in response.vary) == bool(setting)
        preflight = client.options(SEARCH, headers={"Origin": origin})
        assert preflight.status_code == (204 if allowed else 405)

    def test_pages_for_people_are_read_by_no_other_site(self):
        client = site(settings=Settings(api_cors="*"))
        headers = {"Origin": "https://a.example"}
        response = client.get("/search?q=grain", headers=headers)
        assert "Access-Control-Allow-Origin" not in response.headers
        assert client.options("/search", headers=headers).status_code == 405

    @pytest.mark.parametrize("setting", ["a.example", "https://a.example/path", "ftp://a.example"])
    def test_what_is_no_site_is_refused(self, setting):
        with pytest.raises(SettingError, match="api_cors"):
            site(settings=Settings(api_cors=setting))


class TestTags:
    @pytest.mark.parametrize(
        "path",
        [SEARCH, "/api/v1/articles/summit", "/api/v1/articles/summit/similar", "/search.csv?q=grain", "/search.atom", "/search.json"],
    )  # fmt: skip
    def test_who_has_the_answer_gets_none(self, path):
        engine = MemoryEngine()
        engine.add(ARTICLES)
        client = create_app(SearchService(engine)).test_client()
        tag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        engine.delete([BARE.article.article_id])
        changed = client.get(path, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag

    def test_a_tag_is_of_one_address(self):
        client = site()
        tags = {
            client.get(path).headers["ETag"] for path in (SEARCH, SEARCH + "&page=2", "/search.csv")
        }
        assert len(tags) == 3

    def test_a_failure_has_none(self):
        assert "ETag" not in site().get("/api/v1/search?q=%22open").headers


class TestLinksAndFields:
    def test_links_lead_to_all_pages(self):
        client = site()
        path, ids, rels = "/api/v1/search?q=grain&page_size=9&sort=oldest", [], []
        while path:
            response = client.get(path)
            ids += [hit["id"] for hit in response.get_json()["hits"]]
            found = {
                part.split("; rel=")[1].strip('"'): part.split(">")[0].strip(" <")
                for part in response.headers["Link"].split(", ")
            }
            rels.append(list(found))
            path = found.get("next", "")
        assert len(set(ids)) == len(ids) == 26
        assert rels == [["first", "next"], ["first", "next"], ["first"]]

    @pytest.mark.parametrize(("page", "before"), [(2, ""), (3, "&page=2"), (99, "&page=3")])
    def test_a_page_by_number_leads_back(self, page, before):
        link = site().get(f"/api/v1/search?q=grain&page_size=9&page={page}").headers["Link"]
        assert f'</api/v1/search?q=grain&page_size=9{before}>; rel="prev"' in link

    def test_hits_have_the_keys_that_are_asked_for(self):
        client = site()
        hit = client.get("/api/v1/search?q=blinken&fields=title,id").get_json()["hits"][0]
        line = client.get("/search.ndjson?q=blinken&fields=id").get_json(force=True)
        assert list(hit) == ["title", "id"]
        assert line == {"id": "summit"}

    def test_an_unknown_key_is_refused(self):
        error = site().get("/api/v1/search?fields=titel").get_json()["error"]
        assert "unknown key 'titel'" in error["message"]
        assert "provenance" in error["message"]

    def test_every_key_of_a_hit_can_be_asked_for(self):
        client = site()
        whole = client.get("/api/v1/search?q=blinken").get_json()["hits"][0]
        asked = client.get(f"/api/v1/search?q=blinken&fields={','.join(whole)}").get_json()
        assert asked["hits"] == [whole]
