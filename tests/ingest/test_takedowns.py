"""What was taken down does not come back: rules of hidden.toml, in every way in which an article comes into an index."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.registry import open_staging
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.rebuild import FolderRebuild
from search.ingest.hidden_file import RULES, Takedowns, add_rules, read_takedowns, takedowns_of
from search.ingest.limits import RUN_LIMITS
from search.ingest.rebuild import RebuildReport, rebuild_index
from search.ingest.run import IndexReport, Progress, index_files
from search.ingest.takedowns import APPLIED, apply_takedowns
from search.model.article import Article, Document
from search.model.errors import SettingError
from search.model.settings import Settings
from tests.support.documents import document
from tests.support.killing import may_fork, needs_fork, run_up_to
from tests.support.memory_engine import MemoryEngine

BUDGET = {
    "id": "budget",
    "title": "Budget vote tonight",
    "body": "The council votes on the budget.",
    "author": "Jane Doe",
    "date": "2024-05-01",
    "url": "https://www.example.org/politics/budget?utm_source=x",
}
STORM = {
    "id": "storm",
    "title": "Storm at sea",
    "body": "A storm hit the coast.",
    "author": "Ann Lee",
    "date": "2024-05-02",
    "url": "https://example.org/weather/storm",
}
GOLD = {"id": "gold", "title": "Gold rose", "body": "Gold rose again.", "date": "2024-06-03"}
RECORDS = (BUDGET, STORM, GOLD)
IDS = {"budget", "storm", "gold"}


def rule(**names: str) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in names.items()]
    return "\n".join(["[[hide]]", *lines, 'reason = "court order"', "date = 2026-11-29", "", ""])


def rules(*texts: str) -> Takedowns:
    return takedowns_of("".join(texts), "hidden.toml")


def write(path: Path, *records: dict[str, str]) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records), "utf-8")
    return path


def index(folder: Path, *paths: Path, **options: Any) -> IndexReport:
    with closing(WhooshEngine(folder, make=True)) as engine:
        return index_files(paths, engine, entities="none", **options)


def rebuild(folder: Path, **options: Any) -> RebuildReport:
    settings = Settings(lock_timeout_ms=0)
    made = FolderRebuild(folder, settings)
    return rebuild_index(made, settings=settings, entities="none", **options)


def ids(folder: Path) -> set[str]:
    with closing(WhooshEngine(folder)) as engine:
        assert engine.verify() == ()
        return {each.article_id for each in engine.stored_documents()}


class TestTheFile:
    @pytest.mark.parametrize(
        ("text", "line", "said"),
        [
            ("[[hide]]\nid = 'a\n", 2, "a rule is [[hide]]"),
            ("# first\nhidden = 3\n", 2, "'hidden' is not known here"),
            ("hide = 3\n", 1, "a rule is [[hide]]"),
            (rule(id="a") + rule(idd="b"), 7, "rule 2: 'idd' is not known; a rule has id, url,"),
            (rule(id="a") + rule(), 6, "rule 2: names no article; give one of id, url, author"),
            ("[[hide]]\nid = 'a'\ndate = 2026-01-01\n", 1, "rule 1: has no reason"),
            ("[[hide]]\nid = 'a'\nreason = 'b'\n", 1, "rule 1: has no date; add a line date = "),
            (rule(id="a b"), 2, "'a b' is no id of an article"),
            (rule(id=" "), 2, 'comes a text in quotation marks, as in id = "..."'),
            ("[[hide]]\nid = 3\n", 2, "after id comes a text"),
            ("[[hide]]\nid = 'a'\ndate = 'soon'\n", 3, "'soon' is no date; write it as in date ="),
            ("[[hide]]\nid = 'a'\ndate = 10:00:00\n", 3, "'10:00:00' is no date; write it as in"),
            (rule(url="https://*.org/a"), 2, "a star stands at the end"),
            (rule(url="*"), 2, "a star stands at the end"),
            (rule(query='"open'), 2, "rule 1: "),
            (rule(query="storm date:P7D"), 2, "depends on the day on which it is asked"),
            (rule(query="storm", id="a"), 2, "has a query and more; say all of it in the query"),
        ],
    )
    def test_what_cannot_be_used_is_named_with_its_line(
        self, tmp_path: Path, text: str, line: int, said: str
    ) -> None:
        path = tmp_path / "hidden.toml"
        path.write_text(text)
        with pytest.raises(SettingError) as caught:
            read_takedowns(str(path))
        assert str(caught.value).startswith(f"{path}:{line}: ")
        assert said in str(caught.value)

    @pytest.mark.parametrize("content", [None, b"\xff"], ids=["missing", "not UTF-8"])
    def test_a_file_that_cannot_be_read_is_named(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "hidden.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SettingError, match=r"hidden\.toml"):
            read_takedowns(str(path))

    def test_with_a_broken_copy_in_the_index_nothing_is_indexed(self, tmp_path: Path) -> None:
        folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", GOLD)
        index(folder, file)
        (folder / RULES).write_text("[[hide]]\n")
        with pytest.raises(SettingError, match="names no article"):
            index(folder, write(tmp_path / "b.jsonl", STORM))
        assert ids(folder) == {"gold"}

    def test_dates_of_a_query_are_days_of_the_zone(self) -> None:
        text = rule(query="date:2024-05-01")
        here, there = (takedowns_of(text, "f", ZoneInfo(z)) for z in ("UTC", "Asia/Tokyo"))
        assert here.rules[0].tree != there.rules[0].tree
        assert here.digest != there.digest


ARTICLE = Article(
    article_id="a",
    title="Budget",
    body="Long.",
    authors=("Jané  Doe",),
    authors_as_read=("J. Doe",),
    url="https://www.Example.org/politics/budget/?utm_source=mail",
)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"id": "a"}, True),
        ({"id": "A"}, False),
        ({"author": "jane doe"}, True),
        ({"author": "J. DOE"}, True),
        ({"author": "Doe"}, False),
        ({"url": "http://example.org/politics/budget"}, True),
        ({"url": "https://example.org/politics"}, False),
        ({"url": "https://example.org/politics*"}, True),
        ({"url": "http://www.example.org/*"}, True),
        ({"url": "example.org/politics/b*"}, True),
        ({"url": "https://example.org/Politics*"}, False),
        ({"url": "https://example.com/*"}, False),
        ({"id": "a", "author": "Jane Doe"}, True),
        ({"id": "a", "author": "Ann Lee"}, False),
        ({"author": "Jane Doe", "url": "https://example.org/sport*"}, False),
    ],
    ids=str,
)
def test_a_rule_names_an_article_of_which_all_holds(names: dict[str, str], expected: bool) -> None:
    found = rules(rule(id="other"), rule(**names)).rule_of(ARTICLE)
    assert (found is not None) == expected
    assert found is None or found.number == 2


def test_of_several_rules_the_first_is_named() -> None:
    found = rules(rule(url="https://example.org/*"), rule(id="a")).rule_of(ARTICLE)
    assert found is not None
    assert found.number == 1


#: Rules, and which of the ids they leave.
HIDING = [
    (rule(id="budget"), {"storm", "gold"}),
    (rule(author="ann lee"), {"budget", "gold"}),
    (rule(url="https://example.org/politics/budget"), {"storm", "gold"}),
    (rule(url="example.org/*"), {"gold"}),
    (rule(query="storms OR council"), {"gold"}),
    (rule(query="date:2024-05 -coast"), {"storm", "gold"}),
    (rule(query='author:"Jane Doe"'), {"storm", "gold"}),
    (rule(query="gol*") + rule(id="storm"), {"budget"}),
    (rule(id="nobody"), IDS),
    ("# nothing yet\n", IDS),
]


@pytest.mark.parametrize(("text", "left"), HIDING, ids=lambda value: str(value)[:60])
class TestComingIn:
    def test_it_is_not_added(self, tmp_path: Path, text: str, left: set[str]) -> None:
        file = write(tmp_path / "a.jsonl", *RECORDS)
        report = index(tmp_path / "index", file, takedowns=rules(text))
        assert ids(tmp_path / "index") == left
        assert (report.added, report.hidden) == (len(left), len(IDS - left))
        assert sum(count for _, count in report.hidden_by) == report.hidden
        assert report.hidden == (report.cases["hidden"].times if "hidden" in report.cases else 0)

    def test_it_is_deleted_and_does_not_come_back(
        self, tmp_path: Path, text: str, left: set[str]
    ) -> None:
        folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
        index(folder, file)
        report = index(folder, file, takedowns=rules(text))
        assert (report.hidden, report.files_unchanged, ids(folder)) == (len(IDS - left), 1, left)
        # Read again, renamed, from another file, into a copy, by a rebuild: always without the file of rules.
        index(folder, file, force=True)
        assert ids(folder) == left
        index(folder, file.rename(tmp_path / "b.jsonl"), delete_missing=True)
        assert ids(folder) == left
        index(folder, write(tmp_path / "c.jsonl", GOLD, STORM, BUDGET))
        assert ids(folder) == left
        copytree(folder, tmp_path / "copy")
        index(tmp_path / "copy", tmp_path / "c.jsonl", force=True)
        assert ids(tmp_path / "copy") == left
        assert rebuild(folder).hidden == 0
        index(folder, tmp_path / "c.jsonl", force=True)
        assert ids(folder) == left

    def test_a_rebuild_leaves_it_out(self, tmp_path: Path, text: str, left: set[str]) -> None:
        folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
        index(folder, file)
        report = rebuild(folder, takedowns=rules(text))
        assert (ids(folder), report.hidden) == (left, len(IDS - left))
        assert report.articles == len(left)
        index(folder, file, force=True)
        assert ids(folder) == left


def test_it_is_the_same_with_workers(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{each['id']}.jsonl", each) for each in RECORDS]
    opener = partial(open_staging, str(tmp_path / "index"))
    with closing(opener(make=True, settings=Settings())) as engine:
        report = index_files(
            files,
            engine,
            entities="none",
            takedowns=rules(rule(author="Jane Doe"), rule(query="gold")),
            opener=opener,
            settings=Settings(jobs=2),
            limits=replace(RUN_LIMITS, work_for_workers=0),
        )
    assert ids(tmp_path / "index") == {"storm"}
    assert [count for _, count in report.hidden_by] == [1, 1]


@pytest.mark.parametrize("is_rebuilt", [False, True], ids=["index", "rebuild"])
def test_what_a_file_still_has_and_a_rule_hides_is_not_counted(
    tmp_path: Path, is_rebuilt: bool
) -> None:
    """Summaries of later runs said that three articles were unchanged, where the index had one."""
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
    hides = rules(rule(id="gold"), rule(query="storm"))
    index(folder, file)
    if is_rebuilt:
        rebuild(folder, takedowns=hides)
    assert index(folder, file, takedowns=hides).unchanged == 1
    assert index(folder, file).unchanged == 1


class Watched(MemoryEngine):
    """Notes what can be found right after each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[set[str]] = []

    def publish(self, *arguments: Any, **options: Any) -> int:
        published = super().publish(*arguments, **options)
        self.seen.append({each.article_id for each in self.documents()})
        return published


def test_what_a_query_hides_is_never_seen(tmp_path: Path) -> None:
    engine = Watched()
    file = write(tmp_path / "a.jsonl", *RECORDS)
    index_files([file], engine, entities="none", takedowns=rules(rule(query="gold")))
    assert engine.seen == [{"budget", "storm"}]


def test_a_changed_article_that_a_rule_names_goes_in_the_same_commit(tmp_path: Path) -> None:
    engine = Watched()
    file = write(tmp_path / "a.jsonl", *RECORDS)
    hides = rules(rule(query="secret"), rule(author="Eve Gray"))
    index_files([file], engine, entities="none", takedowns=hides)
    changed = write(
        tmp_path / "a.jsonl", {**GOLD, "body": "secret"}, {**STORM, "author": "Eve Gray"}, BUDGET
    )
    report = index_files([changed], engine, entities="none", force=True)
    assert engine.seen == [IDS, {"budget"}]
    assert [count for _, count in report.hidden_by] == [1, 1]


def test_a_rule_that_is_added_while_a_run_goes_on_counts_before_it_ends(tmp_path: Path) -> None:
    """The run went on with the rules that it had begun with, and brought back what was just deleted."""
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)

    def add(progress: Progress) -> None:
        if progress.articles and not (folder / RULES).exists():
            with closing(WhooshEngine(folder)) as engine:
                add_rules(engine, Settings(), [{"id": "gold"}], "order", date(2026, 1, 2))

    report = index(folder, file, on_progress=add)
    assert (ids(folder), report.hidden) == ({"budget", "storm"}, 1)
    index(folder, file, force=True)
    assert ids(folder) == {"budget", "storm"}


class Contended(MemoryEngine):
    """An engine of which somebody else changes the rules just before we do."""

    others: tuple[str, ...] = ()

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        others, self.others = self.others, ()
        for other in others:
            super().keep_text(name, other)
        return super().keep_text(name, text, before=before)


def test_rules_that_two_add_at_the_same_time_are_all_there() -> None:
    """The later one wrote what it had read before the earlier one wrote, so that a takedown was lost."""
    engine = Contended()
    engine.others = (rule(id="storm"),)
    assert add_rules(engine, Settings(), [{"id": "gold"}], "order", date(2026, 1, 2)) == 1
    assert rules(engine.text(RULES)).ids == ("storm", "gold")


def test_rules_that_are_added_while_a_person_is_asked_stay() -> None:
    engine = MemoryEngine()
    engine.keep_text(RULES, rule(id="storm"))
    old = rules(engine.text(RULES))
    add_rules(engine, Settings(), [{"id": "gold"}], "order", date(2026, 1, 2))
    apply_takedowns(engine, old, {}, is_given=False)
    assert rules(engine.text(RULES)).ids == ("storm", "gold")


class TestAddedToAFile:
    @staticmethod
    def add(engine: MemoryEngine, file: Path) -> int:
        made = Settings(hidden=str(file))
        return add_rules(engine, made, [{"id": "gold"}], "order", date(2026, 1, 2))

    def test_a_new_file_begins_with_the_rules_of_the_index(self, tmp_path: Path) -> None:
        """It had the new rule alone, and replaced all that the index had kept until then."""
        engine = MemoryEngine()
        engine.keep_text(RULES, rule(id="storm"))
        assert self.add(engine, tmp_path / RULES) == 1
        assert read_takedowns(str(tmp_path / RULES)).ids == ("storm", "gold")
        assert rules(engine.text(RULES)).ids == ("storm", "gold")

    def test_link_and_rights_stay(self, tmp_path: Path) -> None:
        real, link = tmp_path / "real.toml", tmp_path / RULES
        real.write_text("# Ours.\n")
        real.chmod(0o640)
        link.symlink_to(real)
        self.add(MemoryEngine(), link)
        assert (link.is_symlink(), real.stat().st_mode & 0o777) == (True, 0o640)
        assert read_takedowns(str(real)).ids == ("gold",)

    def test_one_that_would_be_too_large_to_read_stays_as_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was written, and every later run refused it."""
        file = tmp_path / RULES
        file.write_text("# Ours.\n")
        monkeypatch.setattr("search.ingest.hidden_file.MAX_FILE_BYTES", 50)
        with pytest.raises(SettingError, match="1 more rules make it larger than 50 bytes"):
            self.add(MemoryEngine(), file)
        assert file.read_text() == "# Ours.\n"


def test_rules_that_a_file_replaces_are_named(tmp_path: Path) -> None:
    """What was taken down came back in silence."""
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
    index(folder, file, takedowns=rules(rule(id="gold"), rule(author="Ann Lee")))
    report = index(folder, file, takedowns=rules(rule(author="Ann Lee")))
    said = "1 rule that the index had is not in the new rules, and no longer in force: id gold"
    assert said in report.notices
    said = (
        "1 rule that the index had is not in the new rules, and no longer in force: author Ann Lee"
    )
    assert said in rebuild(folder, takedowns=rules(rule(id="gold"))).notices


@pytest.mark.parametrize("names", [{"author": "Ann Lee"}, {"query": "coast"}], ids=str)
@pytest.mark.parametrize("is_last", [True, False], ids=["last", "first"])
def test_of_two_versions_the_last_decides(
    tmp_path: Path, names: dict[str, str], is_last: bool
) -> None:
    other = {**STORM, "author": "Bob Ray", "body": "A storm."}
    versions = (other, STORM) if is_last else (STORM, other)
    file = write(tmp_path / "a.jsonl", *versions)
    index(tmp_path / "index", file, takedowns=rules(rule(**names)))
    assert ids(tmp_path / "index") == (set() if is_last else {"storm"})


def test_a_rule_that_is_taken_back_lets_the_article_in_again(tmp_path: Path) -> None:
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
    index(folder, file, takedowns=rules(rule(id="gold")))
    report = index(folder, file, takedowns=rules("# none\n"), force=True)
    assert (report.added, ids(folder)) == (1, IDS)


def test_rules_that_all_documents_have_passed_are_not_asked_of_them_again(tmp_path: Path) -> None:
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", *RECORDS)
    hides = rules(rule(id="gold"))
    index(folder, file, takedowns=hides)
    assert (folder / APPLIED).read_text() == hides.digest
    (folder / APPLIED).unlink()
    with closing(WhooshEngine(folder)) as engine:
        engine.add([document("gold")])
    index(folder, file)
    assert ids(folder) == {"budget", "storm"}


@pytest.mark.parametrize(
    "names", [{"author": "Eve Gray"}, {"query": "libel"}, {"id": "gold"}], ids=str
)
@pytest.mark.parametrize("is_rebuilt", [False, True], ids=["index", "rebuild"])
def test_no_earlier_revision_is_kept_that_a_rule_names(
    tmp_path: Path, names: dict[str, str], is_rebuilt: bool
) -> None:
    folder = tmp_path / "index"
    for body in ("First, and a libel.", "Second."):
        changed = {**GOLD, "author": "Eve Gray" if "libel" in body else "Ann Lee", "body": body}
        file = write(tmp_path / "a.jsonl", changed, {**STORM, "body": body.replace("libel", "x")})
        index(folder, file, force=True)
    with closing(WhooshEngine(folder)) as engine:
        assert [len(engine.revisions(each)) for each in ("gold", "storm")] == [1, 1]
    if is_rebuilt:
        report = rebuild(folder, takedowns=rules(rule(**names)))
    else:
        report = index(folder, file, takedowns=rules(rule(**names)))
    said = "the earlier revisions of 1 article were removed, as a rule names one: gold (rule 1)"
    assert (said in report.notices) == ("id" not in names)
    with closing(WhooshEngine(folder)) as engine:
        assert [len(engine.revisions(each)) for each in ("gold", "storm")] == [0, 1]
        assert engine.count_revisions().revisions == 1


@pytest.mark.parametrize("is_rebuilt", [False, True], ids=["index", "rebuild"])
def test_an_earlier_revision_goes_whose_article_waits_for_its_time(
    tmp_path: Path, is_rebuilt: bool
) -> None:
    """It was not looked at, as nobody sees it yet, and was there once the embargo ended."""
    folder, file = tmp_path / "index", write(tmp_path / "a.jsonl", STORM)
    article = Article(article_id="gold", title="Gold", body="A libel.")
    waits = datetime(2100, 1, 1, tzinfo=UTC)
    index(folder, file)
    with closing(WhooshEngine(folder)) as engine:
        engine.add([Document(article)])
        engine.add([Document(replace(article, body="Second.", embargoed_until=waits))])
        assert engine.count_revisions().revisions == 1
    hides = rules(rule(query="libel"))
    rebuild(folder, takedowns=hides) if is_rebuilt else index(folder, file, takedowns=hides)
    assert ids(folder) == {"gold", "storm"}
    with closing(WhooshEngine(folder)) as engine:
        assert engine.count_revisions().revisions == 0


WIRE = {
    "uri": "urn:wire:1",
    "version": "1",
    "type": "text",
    "versioncreated": "2024-05-01T10:00:00Z",
}
SENT = WIRE | {
    "headline": "Minister resigns",
    "body_text": "A zeppelin scandal.",
    "pubstatus": "usable",
}
KILL = WIRE | {"version": "2", "headline": "Kill", "pubstatus": "canceled"}


@pytest.mark.parametrize(
    ("jobs", "batch", "runs"),
    [
        (1, 1, [[SENT, KILL]]),
        (1, 9, [[SENT, KILL]]),
        (2, 9, [[SENT, KILL]]),
        (1, 1, [[KILL, SENT]]),
        (1, 9, [[KILL, SENT]]),
        (2, 9, [[KILL, SENT]]),
        (1, 9, [[KILL], [SENT]]),
        (1, 9, [[SENT], [KILL], [SENT]]),
    ],
    ids=[
        "after, in two batches",
        "after, in one batch",
        "after, by two workers",
        "before, in two batches",
        "before, in one batch",
        "before, by two workers",
        "in an earlier run",
        "in the run between",
    ],
)
def test_a_kill_notice_stays_in_force_whatever_is_read_before_and_after(
    tmp_path: Path, jobs: int, batch: int, runs: list[list[dict[str, str]]]
) -> None:
    folder = tmp_path / "index"
    opener = partial(open_staging, str(folder))
    read = 0
    for number, items in enumerate(runs):
        files = []
        for at, item in enumerate(items):
            files.append(tmp_path / f"{number}-{at}.json")
            files[-1].write_text(json.dumps(item))
        with closing(opener(make=True, settings=Settings())) as engine:
            report = index_files(
                files,
                engine,
                entities="none",
                opener=opener if jobs > 1 else None,
                settings=Settings(batch_articles=batch, jobs=jobs),
                limits=replace(RUN_LIMITS, work_for_workers=0),
            )
            read += report.withdrawn
    with closing(WhooshEngine(folder)) as engine:
        stats = engine.stats()
        assert (stats.articles, stats.withdrawn, read) == (0, 1, 1)
        assert engine.get("urn:wire:1") is None
        [hides] = rules(rule(query="zeppelin")).rules
        assert list(engine.ids(hides.request)) == []
        engine.delete(["urn:wire:1"])
    index(folder, *files[-1:], force=True)
    assert len(ids(folder)) == 1


@needs_fork
@may_fork
def test_killed_at_any_step_nothing_that_is_hidden_comes_back(tmp_path: Path) -> None:
    """What is hidden goes at the next run at the latest, whichever step the process got to."""
    base, file = tmp_path / "base", write(tmp_path / "a.jsonl", *RECORDS)
    index(base, file)
    hides = rules(rule(id="gold"), rule(query="storm"))
    is_killed, step, seen = True, 0, []
    while is_killed:
        step += 9
        folder = tmp_path / "killed"
        copytree(base, folder)
        is_killed = run_up_to(
            step, folder, lambda folder=folder: index(folder, file, takedowns=hides, force=True)
        )
        has_rules = (folder / RULES).exists()
        seen.append((has_rules, len(ids(folder))))
        index(folder, file, force=True, takedowns=None if has_rules else hides)
        assert ids(folder) == {"budget"}
        rmtree(folder)
    assert {(False, 3), (True, 3), (True, 1)} == set(seen)


WORDS = ("storm", "storms", "gold", "vote")
PEOPLE = ("Ann Lee", "Bob Ray")
SITES = ("https://example.org/a", "https://example.org/b", "")
NAMES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from("abcd"),
        "author": st.sampled_from(PEOPLE),
        "url": st.sampled_from(["https://example.org/a", "https://example.org/*"]),
    },
).filter(bool) | st.builds(dict, query=st.sampled_from([*WORDS, "sto*", "-gold", '"gold vote"']))
ARTICLES = st.builds(
    lambda article_id, words, person, url: {
        "id": article_id,
        "title": "Title",
        "body": " ".join(words),
        "author": person,
        "url": url,
    },
    st.sampled_from("abcd"),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.sampled_from(PEOPLE),
    st.sampled_from(SITES),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(ARTICLES, max_size=4),
    after=st.lists(ARTICLES, max_size=4),
    named=st.lists(NAMES, max_size=3),
)
def test_whatever_comes_when_the_index_has_the_last_versions_that_no_rule_names(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[dict[str, str]],
    after: list[dict[str, str]],
    named: list[dict[str, str]],
) -> None:
    folder = tmp_path_factory.mktemp("run")
    hides = rules(*(rule(**each) for each in named))
    plain = MemoryEngine()
    first, second = write(folder / "a.jsonl", *before), write(folder / "b.jsonl", *after)
    index_files([first, second], plain, entities="none")
    hidden = {d.article_id for d in plain.documents() if hides.rule_of(d.article) is not None}
    for each in hides.queries:
        hidden |= set(plain.ids(each.request))
    index(folder / "index", first)
    index(folder / "index", first, second, takedowns=hides, force=True)
    assert ids(folder / "index") == {d.article_id for d in plain.documents()} - hidden
