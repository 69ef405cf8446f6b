"""Progress and reports fit the window, are short, say what to do, and cannot steer the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from search.engines.protocol.engine import Stats, Tagged
from search.ingest.cases import Cases
from search.ingest.correcting import CorrectionCount
from search.ingest.entities_file import corrections_of
from search.ingest.run import IndexReport
from search.model.remark import Remark
from search.present.terminal.reports import (
    next_lines,
    progress_line,
    remark_lines,
    report_lines,
    stats_lines,
)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_progress_fits_the_window(share: float) -> None:
    line = progress_line(share, 12345, "/a/\x1b[2J" + "long" * 50, 40)

    assert line.startswith("[")
    assert len(line) < 40
    assert "\x1b" not in line


def report(**values: Any) -> IndexReport:
    names = "files_read files_unchanged added changed retagged unchanged deleted refused_total refused_earlier duplicates"
    nothing: dict[str, Any] = dict.fromkeys(names.split(), 0)
    nothing |= {"refused": (), "duplicate_ids": (), "notices": (), "cases": {}, "left_out": {}}
    nothing |= {"hidden": 0, "hidden_by": (), "withdrawn": 0, "embargoed": 0}
    nothing |= {
        "left_out_folders": {},
        "case_file": "",
        "is_interrupted": False,
        "seconds": 0.25,
    }
    return IndexReport(**(nothing | values))


def test_stats_say_in_which_articles_names_were_looked_for() -> None:
    tagged = (
        Tagged("fast 2", "en", 1200),
        Tagged("", "de", 120),
        Tagged("fast 2", "", 34),
        Tagged("", "fr", 1),
        Tagged(None, "en", 1),
    )
    lines = list(stats_lines(Stats(1356, 1, 10, None, None, {}, tagged=tagged), 7))

    assert lines[-3:] == [
        "       1,234  articles with names looked for by fast 2: 1,200 in English, 34 in an unknown language",
        "           1  article with names looked for by an earlier newssearch: 1 in English",
        "         121  articles without names looked for: 120 in German, 1 in French",
    ]


def test_stats_call_one_value_by_its_singular() -> None:
    lines = list(stats_lines(Stats(1, 1, 10, None, None, {"lang": 1, "person": 0, "org": 2}), 7))

    assert [line.split(maxsplit=1)[1] for line in lines[-3:]] == [
        "language",
        "people",
        "organisations",
    ]


def test_articles_that_only_lost_a_correction_are_not_put_down_to_the_rules_left() -> None:
    [rule] = corrections_of('[[hide]]\nperson = "Nobody"\n', "entities.toml").rules
    count = CorrectionCount(((rule, 0),), is_of_all=True, articles=11)
    first = list(report_lines(report(corrections=count)))[1]

    assert first == "11 articles have other entities than before, with 1 rule of entities.toml"


def case(reason: str, *, kind: str = "date", line: int | None = 7, times: int = 1) -> Remark:
    return Remark("a.csv", line, kind, reason, times)


def cases(*examples: Remark, times: int | None = None, reasons: int | None = None) -> Cases:
    total = sum(example.times for example in examples) if times is None else times
    return Cases(total, len(examples) if reasons is None else reasons, examples)


def notes(*, only_wrong: bool = False, width: int | None = None, **values: Any) -> list[str]:
    return list(remark_lines(report(**values), width, only_wrong=only_wrong))


class TestCounts:
    @pytest.mark.parametrize(
        ("seconds", "said"),
        [
            (0.25, "0.2 s"),
            (99.94, "99.9 s"),
            (100, "2 min"),
            (3700, "62 min"),
            (9000, "2 h 30 min"),
        ],
    )
    def test_say_how_long_it_took(self, seconds: float, said: str) -> None:
        [line] = report_lines(report(added=1234, files_read=1, seconds=seconds))

        assert line == (
            "1,234 added, 0 changed, 0 unchanged, 0 deleted, 0 refused (1 file read, 0 unchanged) "
            f"in {said}"
        )

    def test_fit_the_window(self) -> None:
        assert max(map(len, report_lines(report(added=10**9), 40))) <= 40


class TestLeftOut:
    @pytest.mark.parametrize(
        ("counts", "said"),
        [
            ({".doc": 300}, "300 files were left out: 300 .doc; to have what .doc holds, save it as .docx, text or HTML"),
            ({".png": 1}, "1 file was left out: 1 .png"),
            ({".rar": 1, ".rtf": 2, ".doc": 3, "hidden": 2}, "8 files were left out: 3 .doc, 2 .rtf, 2 hidden, 1 .rar;"
             " to have what .doc and .rtf hold, save it as .docx, text or HTML; to have what .rar holds, unpack it"),
        ],
        ids=["documents", "one", "several"],
    )  # fmt: skip
    def test_files_by_suffix_with_what_can_be_done(self, counts: dict[str, int], said: str) -> None:
        assert notes(left_out=counts)[0] == f"note: {said}"

    def test_few_suffixes_are_named(self) -> None:
        [line, _] = notes(left_out={f".x{number}": 1 for number in range(50)})

        assert line.startswith("note: 50 files were left out: 1 .x0, ")
        assert line.endswith(", 40 of other kinds")

    def test_folders(self) -> None:
        said = "3 folders were left out: 2 indexes, 1 saved with a page"
        assert notes(left_out_folders={"saved with a page": 1, "index": 2}) == [f"note: {said}"]


class TestCases:
    def test_a_line_for_a_kind_with_examples(self) -> None:
        found = {"date": cases(case("vague", times=3), case("odd", line=None), times=9)}

        assert notes(cases=found)[:4] == [
            "note: 9 dates are missing, or were kept less exactly than written",
            "      a.csv:7: vague (2 more like this)",
            "      a.csv: odd",
            "      and 5 more",
        ]

    def test_keys_are_counted_and_not_their_records(self) -> None:
        found = {"key not used": cases(case("key 'a'", times=5000), reasons=4)}

        assert notes(cases=found)[::2] == [
            "note: 4 keys or columns were not used",
            "      and 3 more",
        ]

    def test_all_that_is_not_named_can_be_written(self) -> None:
        all_named = {"date": cases(case("vague"))}
        more = {"date": cases(case("vague"), times=9)}

        assert not any("--report" in line for line in notes(cases=all_named))
        assert "--report FILE.jsonl" in notes(cases=more)[-1]
        assert notes(cases=more, case_file="r.jsonl")[-1] == (
            "note: r.jsonl has all 9 cases, with file, line and reason"
        )

    def test_kinds_without_words_are_said_all_the_same(self) -> None:
        assert notes(cases={"new kind": cases(case("x", kind="new kind"))})[0] == "note: 1 new kind"

    def test_only_what_went_wrong(self) -> None:
        found = {kind: cases(case("x", kind=kind)) for kind in ("date", "refused", "same id")}

        lines = notes(cases=found, left_out={".pdf": 1}, notices=("disk full",), only_wrong=True)

        assert lines == [
            "refused: a.csv:7: x",
            "note: 1 article took the place of another that had its id",
            "      a.csv:7: x",
            "note: disk full",
        ]

    def test_examples_are_short(self) -> None:
        assert len(notes(cases={"date": cases(case("word " * 200))})[1]) < 330

    def test_long_reasons_fit_the_window_and_cannot_steer_it(self) -> None:
        found = {kind: cases(case("\x1b[2J a long reason " * 9)) for kind in ("date", "refused")}

        lines = notes(cases=found, notices=("word " * 50,), left_out={".pdf": 2}, width=50)

        assert max(map(len, lines)) <= 50
        assert "\x1b" not in "".join(lines)


class TestNext:
    def test_search(self) -> None:
        [line] = next_lines(report(unchanged=1), ("--index", "my index"))

        assert line == "to search: newssearch query --index 'my index' WORDS"

    def test_name_that_is_no_utf_8_can_be_printed(self) -> None:
        [line] = next_lines(report(added=1), ("--index", "\udcff"))

        assert line.encode()

    def test_nothing_read_says_what_can_be(self) -> None:
        [line] = next_lines(report(left_out={".docx": 3}))

        assert ".txt" in line

    @pytest.mark.parametrize("values", [{"deleted": 1}, {"refused_total": 2}])
    def test_no_more_than_that(self, values: dict[str, int]) -> None:
        assert list(next_lines(report(**values))) == []
