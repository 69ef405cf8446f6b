"""`newssearch fetch`, as a person types it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from search.cli.main import main
from tests.support.command_line import INTERRUPTIBLE, stored
from tests.support.news_site import Asked, Site, entry, feed, page, serving

LONG = "The harbour master of Oststrand spoke for a long time about the ferry. " * 40


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def local(site: Site) -> str:
    return f"http://127.0.0.1:{site.port}"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing takes a second."""
    from search.fetch import limits

    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    fast = limits.FetchLimits(host_interval_s=0.0, retry_s=0.0)
    monkeypatch.setattr(limits, "FETCH_LIMITS", fast)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fetch", "--entities", "none", *arguments])


def found(*words: str) -> list[str]:
    result = CliRunner().invoke(main, ["query", "--json", *words])
    return [hit["title"] for hit in json.loads(result.stdout)["hits"]]


class TestFetch:
    def test_what_is_new_can_be_searched(self, site: Site, local: str) -> None:
        site.pages |= {
            "/feed": feed(entry("/a", "Ferry"), entry("/b", "Lighthouse", full=LONG)),
            "/a": page("Ferry"),
        }

        first = call("--allow-private", f"{local}/feed")
        second = call("--allow-private", f"{local}/feed")

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert first.stdout.startswith("2 added, 0 changed, 0 unchanged")
        assert first.stderr.startswith(
            "fetched: 1 feed or sitemap, 1 page, 1 entry of feeds kept without a page, 0 refused in"
        )
        assert second.stdout.startswith("0 added, 0 changed, 2 unchanged")
        assert (
            "fetched: 1 feed or sitemap (1 unchanged), 1 page (1 unchanged), 0 refused in"
            in second.stderr
        )
        assert sorted(found("harbour")) == ["Ferry", "Lighthouse"]

    def test_a_changed_page_replaces_the_one_before(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Ferry comes")
        call("--allow-private", f"{local}/a")
        site.pages["/a"] = page("Ferry goes")

        result = call("--allow-private", f"{local}/a")

        assert result.stdout.startswith("0 added, 1 changed")
        assert found("ferry") == ["Ferry goes"]

    def test_a_page_is_read_in_the_encoding_that_the_server_says(
        self, site: Site, local: str
    ) -> None:
        text = page("Fähre").replace("<meta charset=utf-8>", "").encode("windows-1252")
        site.pages["/a"] = lambda asked: asked.answer(
            200, text, Content_Type="text/html; charset=windows-1252"
        )

        call("--allow-private", f"{local}/a")

        assert found("Fähre") == ["Fähre"]

    def test_private_addresses_are_refused(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Secret")

        result = call(f"{local}/a")

        assert result.exit_code == 1
        assert f"refused: {local}/a: its host is 127.0.0.1 (this computer)" in result.stderr
        assert site.asked == []

    def test_what_fails_does_not_stop_the_rest(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Ferry")

        result = call("--allow-private", f"{local}/gone", f"{local}/a")

        assert result.exit_code == 0
        assert f"refused: {local}/gone: the answer was 404 Not Found" in result.stderr
        assert found("ferry") == ["Ferry"]

    def test_a_page_takes_the_place_of_its_entry(self, site: Site, local: str) -> None:
        item = entry("/a", "Ferry, in short").replace("<link>", "<guid>tag:ferry:1</guid><link>")
        site.pages["/feed"] = feed(item)
        call("--allow-private", f"{local}/feed")
        assert found("ferry") == ["Ferry, in short"]
        site.pages["/a"] = page("Ferry, at length")

        result = call("--allow-private", f"{local}/feed")

        assert result.stdout.startswith("0 added, 1 changed")
        assert found("ferry") == ["Ferry, at length"]

    @pytest.mark.parametrize(
        ("index", "folder"),
        [("news", "news.fetched"), ("whoosh:a/news/", "a/news.fetched"), ("sub/..", None)],
    )
    def test_what_is_fetched_lies_beside_its_index(
        self, site: Site, local: str, tmp_path: Path, index: str, folder: str | None
    ) -> None:
        site.pages["/a"] = page("Ferry")

        call("--allow-private", "--index", index, f"{local}/a")

        where = tmp_path / folder if folder else tmp_path.with_name(f"{tmp_path.name}.fetched")
        assert len(list(where.glob("*.warc.gz"))) == 1

    def test_a_lost_index_is_made_anew_from_what_is_kept(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Ferry")
        call("--allow-private", f"{local}/a")

        call("--allow-private", f"{local}/a", "--index", "other", "--fetched", "index.fetched")
        by_hand = CliRunner().invoke(
            main, ["index", "--index", "third", "--entities", "none", "index.fetched"]
        )

        assert stored(["--entities", "none", "--index", "other"]) == 1
        assert by_hand.stdout.startswith("1 added")

    def test_feeds_toml_is_read_without_a_url(self, site: Site, local: str) -> None:
        site.pages |= {"/a": page("Ferry"), "/b": page("Pier")}
        Path("feeds.toml").write_text(
            f'[[feed]]\nurl = "{local}/a"\ncollection = "Ost & West: Köln"\n[[feed]]\nurl = "{local}/b"\n'
        )

        result = call("--allow-private")

        assert result.exit_code == 0
        assert found('collection:"Ost & West: Köln"') == ["Ferry"]
        again = CliRunner().invoke(main, ["index", "--entities", "none", "index.fetched"])
        assert again.stdout.startswith("0 added, 0 changed, 2 unchanged")
        assert sorted(found()) == ["Ferry", "Pier"]

    def test_says_what_it_did_as_json(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Ferry")

        result = call("--allow-private", "--json", f"{local}/a", f"{local}/gone")

        said = json.loads(result.stdout)
        assert (said["pages"], said["refused"]) == (
            1,
            [{"url": f"{local}/gone", "reason": "the answer was 404 Not Found"}],
        )
        assert said["indexed"] == {
            "added": 1,
            "changed": 0,
            "unchanged": 0,
            "deleted": 0,
            "refused": 0,
        }

    def test_a_proxy_is_not_used_in_silence(
        self, site: Site, local: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
        site.pages["/a"] = page("Ferry")

        result = call("--allow-private", f"{local}/a")

        assert "note: http_proxy is set and was not used" in result.stderr
        assert found("ferry") == ["Ferry"]

    def test_sites_are_given_an_address_to_write_to(self, site: Site, local: str) -> None:
        site.pages["/a"] = page("Ferry")

        call("--allow-private", "--fetch-contact", "desk@paper.example", f"{local}/a")

        assert {headers["User-Agent"] for _, headers in site.asked} == {
            "newssearch/0.1.0 (+desk@paper.example)"
        }

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "give the URL"),
            (["file:///etc/passwd"], "its scheme is file:"),
            (["paper.example/rss"], "is https://paper.example/rss meant?"),
            (["none.opml"], "none.opml is no file here and has no scheme"),
            (["--feeds", "none.toml"], "No such file"),
            (["--fetch-contact", "a\r\nX: y", "http://127.0.0.1/"], "fetch_contact"),
            (["--collection", "x"], "--collection is for a URL"),
            (["--authors", "none.toml", "http://127.0.0.1/"], "names of authors"),
            (["--hidden", "none.toml", "http://127.0.0.1/"], "rules of what is to stay out"),
        ],
    )
    def test_errors_of_use(self, arguments: list[str], said: str) -> None:
        result = call(*arguments)

        assert result.exit_code == 2
        assert said in result.stderr
        assert not Path("index").exists()

    def test_what_a_server_says_cannot_steer_the_terminal(self, site: Site, local: str) -> None:
        site.pages["/a"] = lambda asked: asked.raw(
            b"HTTP/1.1 404 \x1b[31mred\x9b\r\nContent-Length: 0\r\nLocation: \x1b[2J\r\n\r\n"
        )
        site.pages["/b"] = lambda asked: asked.answer(302, "", Location="ftp://\x1b[2J")

        result = call("--allow-private", f"{local}/a", f"{local}/b")

        assert not set("\x1b\x9b") & set(result.stdout + result.stderr)

    def test_ctrl_c_indexes_what_was_fetched(self, site: Site, local: str) -> None:
        """The second page is not answered until the program has heard the signal."""
        site.pages |= {
            "/map": f"<urlset><url><loc>{local}/a</loc></url><url><loc>{local}/b</loc></url></urlset>",
            "/a": page("Ferry"),
        }
        process: subprocess.Popen[str] | None = None

        def press(asked: Asked) -> None:
            assert process is not None
            process.send_signal(signal.SIGINT)
            asked.wait()

        site.pages["/b"] = press
        command = [
            sys.executable,
            "-c",
            INTERRUPTIBLE,
            "fetch",
            "--allow-private",
            "--entities",
            "none",
            f"{local}/map",
        ]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        out, said = process.communicate(timeout=60)

        assert process.returncode == 130
        assert "indexing what was fetched so far" in said
        assert out.startswith("1 added")

    def test_a_killed_run_loses_nothing(self, site: Site, local: str) -> None:
        """Killed while the second page is awaited: the first is in a file that can be read, and is not asked for again."""
        urls = "".join(f"<url><loc>{local}/{name}</loc></url>" for name in "ab")
        site.pages |= {"/map": f"<urlset>{urls}</urlset>", "/a": page("Ferry")}
        process: subprocess.Popen[bytes] | None = None

        def kill(asked: Asked) -> None:
            assert process is not None
            process.kill()
            asked.wait()

        site.pages["/b"] = kill
        command = [sys.executable, "-c", INTERRUPTIBLE, "fetch", "--allow-private", f"{local}/map"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.wait(60)
        site.pages |= {"/a": "", "/b": page("Pier")}

        result = call("--allow-private", f"{local}/map")

        assert result.stdout.startswith("2 added")
        assert sorted(found()) == ["Ferry", "Pier"]
