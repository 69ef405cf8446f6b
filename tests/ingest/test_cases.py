"""What was refused, left out or not understood is counted, exemplified and written, and takes little memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from search.ingest.cases import CaseCount, CaseFile, refusal
from search.model.article import BadArticle
from search.model.errors import EngineError, ReadError
from search.model.remark import Remark


def remark(reason: str, *, path: str = "a.csv", line: int | None = 1, times: int = 1) -> Remark:
    return Remark(path, line, "date", reason, times)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestCounting:
    def test_examples_are_of_different_reasons_and_stand_for_what_is_like_them(self) -> None:
        count = CaseCount(examples=2)
        for line, reason in enumerate(["vague", "vague", "odd", "future", "vague"], 1):
            count.add(remark(reason, line=line))
        count.add(remark("odd", path="b.csv", times=40))

        [cases] = count.by_kind().values()

        assert (cases.times, cases.reasons) == (45, 3)
        assert cases.examples == (remark("vague", times=3), remark("odd", line=3, times=41))

    def test_reasons_without_end_are_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("search.ingest.cases._TOLD_APART", 10)
        count = CaseCount(examples=2)
        for number in range(1000):
            count.add(remark(f"reason {number}"))

        cases = count.by_kind()["date"]

        assert (cases.times, cases.reasons, len(cases.examples)) == (1000, 10, 2)


class TestCaseFile:
    def test_each_case_is_an_object_a_line(self, tmp_path: Path) -> None:
        with CaseFile(tmp_path / "r.jsonl") as file:
            file.write(remark("vague", times=3))
            file.write(refusal(BadArticle("b.jsonl", None, "is no text")))

        assert lines(tmp_path / "r.jsonl") == [
            {"file": "a.csv", "line": 1, "kind": "date", "reason": "vague", "times": 3},
            {
                "file": "b.jsonl",
                "line": None,
                "kind": "refused",
                "reason": "is no text",
                "times": 1,
            },
        ]

    @pytest.mark.parametrize(
        "text",
        ["é ü 日", 'a "b" \\ c', "two\nlines\u2028and\x85more", "\x1b[2J", "\udcff.csv"],
        ids=["letters", "quotes", "line ends", "escape sequence", "name that is no UTF-8"],
    )
    def test_any_text_is_one_line_of_utf_8(self, tmp_path: Path, text: str) -> None:
        with CaseFile(tmp_path / "r.jsonl") as file:
            file.write(remark(text, path=text))

        [case] = lines(tmp_path / "r.jsonl")
        assert (case["file"], case["reason"]) == (text, text)

    def test_earlier_report_is_written_anew(self, tmp_path: Path) -> None:
        for reason in ("first", "second"):
            with CaseFile(tmp_path / "r.jsonl") as file:
                file.write(remark(reason))

        assert [case["reason"] for case in lines(tmp_path / "r.jsonl")] == ["second"]

    def test_empty_file_is_written(self, tmp_path: Path) -> None:
        (tmp_path / "r.jsonl").touch()
        with CaseFile(tmp_path / "r.jsonl") as file:
            file.write(remark("x"))

        assert len(lines(tmp_path / "r.jsonl")) == 1

    def test_file_that_is_no_report_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "archive.jsonl"
        path.write_text('{"title": "Ferry"}\n')

        with pytest.raises(ReadError, match="not overwritten"):
            CaseFile(path)
        assert path.read_text() == '{"title": "Ferry"}\n'

    @pytest.mark.parametrize("name", ["missing/r.jsonl", "."], ids=["no folder", "a folder"])
    def test_place_that_cannot_be_written_is_an_error(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ReadError, match="report cannot be written"):
            CaseFile(tmp_path / name)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
    def test_full_disk_is_said(self) -> None:
        file = CaseFile("/dev/full")
        file.write(remark("x"))

        with pytest.raises(EngineError, match="what was committed is kept"):
            file.flush()
        with pytest.raises(EngineError):
            file.close()
