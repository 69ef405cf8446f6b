"""Files that are not what they should be: whose they are, how many documents, too few handles, faults of ours."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from search.cli.main import main
from search.engines.protocol.request import SearchRequest
from search.engines.whoosh_index.engine import WhooshEngine
from search.engines.whoosh_index.format.columns import PREAMBLE, ColumnFile, FileOf, write_columns
from search.engines.whoosh_index.segment.reader import SegmentName
from search.engines.whoosh_index.segment.toc import latest_generation, read_toc
from search.engines.whoosh_index.snapshot.snapshot import Snapshot
from search.model.errors import EngineError, IndexDamaged
from search.query.tree import Word
from tests.support.documents import document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two segments of equal size, something deleted in each, so that all files have a twin."""
    with closing(WhooshEngine(tmp_path / "index", make=True)) as engine:
        for word in ("gold", "zinc"):
            engine.add(document(f"{word}-{n}", title=word, body=f"{word} {n}") for n in range(9))
        engine.delete(["gold-3", "zinc-3"])
    return tmp_path / "index"


def segments_of(folder: Path) -> tuple[SegmentName, ...]:
    return read_toc(folder, latest_generation(folder)).segments


def swap(first: Path, second: Path) -> None:
    aside = first.with_suffix(".aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def swap_segments(folder: Path) -> Path:
    first, second = (folder / name.segment_file() for name in segments_of(folder))
    swap(first, second)
    return first


def swap_given(folder: Path) -> Path:
    first, second = (folder / name.given_file() for name in segments_of(folder))
    swap(first, second)
    return first


def other_kind(folder: Path) -> Path:
    first, _ = segments_of(folder)
    shutil.copy(folder / first.given_file(), folder / first.segment_file())
    return folder / first.segment_file()


def other_kind_of_the_small_file(folder: Path) -> Path:
    first, _ = segments_of(folder)
    shutil.copy(folder / first.segment_file(), folder / first.given_file())
    return folder / first.given_file()


def earlier_generation(folder: Path) -> Path:
    """Put what an earlier commit gave in the place of what counts."""
    first, _ = segments_of(folder)
    before = (folder / first.given_file()).read_bytes()
    WhooshEngine(folder).delete(["gold-5"])
    now = segments_of(folder)[0]
    (folder / now.given_file()).write_bytes(before)
    return folder / now.given_file()


MIX_UPS = [
    swap_segments,
    swap_given,
    other_kind,
    other_kind_of_the_small_file,
    earlier_generation,
]


@pytest.mark.parametrize("mix_up", MIX_UPS)
def test_a_file_of_another_is_named_when_the_index_is_opened(
    folder: Path, mix_up: Callable[[Path], Path]
) -> None:
    """Two swapped files gave wrong answers, one of another kind a KeyError, and doctor called it sound."""
    victim = mix_up(folder)
    with pytest.raises(
        IndexDamaged, match=f"{victim}: is of .*, and the table of contents names .*; restore"
    ):
        WhooshEngine(folder)
    ran = CliRunner().invoke(main, ["doctor", "--index", str(folder)])
    assert ran.exit_code == 2
    assert str(victim) in ran.output
    assert "Traceback" not in ran.output


def retold(folder: Path, **changed: int) -> None:
    """Write the table of contents anew, its checksum right, with other numbers for the first segment."""
    storage = FileStorage(str(folder))
    index = TOC.read(storage, "MAIN")
    vars(index.segments[0]).update(changed)
    (folder / f"_MAIN_{index.generation}.toc").unlink()
    index.write(storage, "MAIN")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ({"documents": 8}, "with 9 documents, .* with 8 documents"),
        ({"documents": 10}, "with 9 documents, .* with 10 documents"),
        ({"documents": 2**31}, "with 9 documents, .* with 2147483648 documents"),
        ({"documents": 0}, "with 9 documents, .* with 0 documents"),
        ({"documents": -1}, "holds no numbers for segment"),
        ({"deleted": 0}, "deletes other articles"),
        ({"deleted": 2}, "deletes other articles"),
        ({"deleted": 2**31}, "deletes other articles"),
        ({"generation": 0}, "holds no numbers for segment"),
        ({"generation": 99}, "99.nsg: missing"),
    ],
    ids=str,
)
def test_a_table_of_contents_with_other_numbers_is_not_believed(
    folder: Path, number: dict[str, int], said: str
) -> None:
    """60 for 120 lost half the hits; 121 was an IndexError, 2^31 a MemoryError."""
    retold(folder, **number)
    with pytest.raises(IndexDamaged, match=said):
        WhooshEngine(folder)
    ran = CliRunner().invoke(main, ["doctor", "--index", str(folder)])
    assert ran.exit_code == 2
    assert "Traceback" not in ran.output


def test_an_open_engine_does_not_believe_other_numbers_either(folder: Path) -> None:
    """What it has in common with the generation before it does not open again."""
    with closing(WhooshEngine(folder)) as engine:
        generation = latest_generation(folder)
        retold(folder, documents=8)
        toc = folder / f"_MAIN_{generation}.toc"
        before = toc.stat().st_mtime_ns
        os.utime(toc, ns=(before, before + 10**9))
        with pytest.raises(IndexDamaged, match=r"with 9 documents, .* with 8 documents"):
            engine.count(SearchRequest(tree=Word("gold")))


def test_altered_names_of_fields_are_damage_and_no_reason_to_rebuild(folder: Path) -> None:
    victim = folder / segments_of(folder)[0].segment_file()
    content = victim.read_bytes()
    victim.write_bytes(content.replace(b"facet author", b"facet auth0r"))
    with pytest.raises(
        IndexDamaged, match=f"{victim.name}: column fields.bytes fails its checksum"
    ):
        WhooshEngine(folder)


def test_doctor_names_every_damaged_file_though_the_index_cannot_be_opened(folder: Path) -> None:
    first, second = segments_of(folder)
    large = folder / first.segment_file()
    content = bytearray(large.read_bytes())
    content[64] ^= 0xFF
    large.write_bytes(content)
    (folder / first.given_file()).unlink()
    cut = folder / second.segment_file()
    cut.write_bytes(cut.read_bytes()[:-64])
    small = folder / second.given_file()
    small.write_bytes(small.read_bytes().replace(b"NSCOL", b"SQLIT"))
    with pytest.raises(IndexDamaged):
        WhooshEngine(folder)
    ran = CliRunner().invoke(main, ["doctor", "--index", str(folder)])
    assert ran.exit_code == 2
    expected = {
        f"{large}: column articles.bytes fails its checksum",
        f"{folder / first.given_file()}: missing",
        f"{cut}: ",
        f"{small}: not a column file",
    }
    lines = ran.stdout.splitlines()
    assert len(lines) == 4
    assert {
        start for start in expected if any(line.startswith(start) for line in lines)
    } == expected


@contextmanager
def no_handle_left() -> Iterator[None]:
    """Let this process open no further file for a while."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened[0] + 1, before[1]))
    try:
        with suppress(OSError):
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in opened:
            os.close(descriptor)


@pytest.mark.parametrize(
    "change",
    [
        lambda engine: WhooshEngine(engine.folder),
        lambda engine: engine.delete(["gold-1"]),
        lambda engine: engine.add([document("a")]),
    ],
    ids=["open", "delete", "add"],
)
def test_too_few_file_handles_are_said_to_be_that(
    folder: Path, change: Callable[[WhooshEngine], object]
) -> None:
    """It was called damage: restore from a backup, or delete the index folder."""
    with closing(WhooshEngine(folder)) as engine:
        engine.delete(["gold-2"])  # imports what writing needs
        said = r"too many files are open; .*ulimit -n"
        with no_handle_left(), pytest.raises(EngineError, match=said) as raised:
            change(engine)
        assert not isinstance(raised.value, IndexDamaged)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EMFILE, "too many files are open"),
        (errno.ENFILE, "too many files are open"),
        (errno.ENOMEM, "too little memory or address space"),
    ],
    ids=errno.errorcode.get,
)
@pytest.mark.parametrize("suffix", [".toc", ".nss", ".nsg"])
def test_what_the_system_is_short_of_is_no_damage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str, suffix: str
) -> None:
    real = Path.open

    def refused(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.suffix == suffix:
            raise OSError(number, os.strerror(number))
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(EngineError, match=said) as raised:
        WhooshEngine(folder)
    assert not isinstance(raised.value, IndexDamaged)
    assert "The index is not damaged" in str(raised.value)


def handles_below(folder: Path) -> list[str]:
    links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return [link for link in links if link.startswith(str(folder))]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to see handles in")
def test_an_open_segment_has_one_handle_and_one_map(folder: Path) -> None:
    with closing(WhooshEngine(folder)) as engine:
        engine.search(SearchRequest(tree=Word("gold")))
        assert engine.get("gold-1") is not None
        assert len(handles_below(folder)) <= len(segments_of(folder)) == 2
        maps = Path("/proc/self/maps").read_text().splitlines()
        assert len([line for line in maps if str(folder) in line]) == 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to see handles in")
def test_a_segment_whose_documents_go_keeps_its_handle(folder: Path) -> None:
    with closing(WhooshEngine(folder)) as engine:
        before = sorted(handles_below(folder))
        engine.delete(["gold-1"])
        assert engine.count(SearchRequest(tree=Word("gold"))) == 7
        assert sorted(handles_below(folder)) == before


# Faults of ours


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Note which file is checked in which thread."""
    checked: list[tuple[str, str]] = []
    real = ColumnFile.verify

    def verify(file: ColumnFile) -> list[str]:
        checked.append((file.path.name, threading.current_thread().name))
        return real(file)

    with monkeypatch.context() as patch:
        patch.setattr(ColumnFile, "verify", verify)
        yield checked


def wait_for_the_check() -> None:
    for thread in threading.enumerate():
        if thread.name == "newssearch-check":
            thread.join(60)


def fail(*_: object) -> None:
    raise TypeError("a fault of ours")


ASKED: dict[str, Callable[[WhooshEngine], object]] = {
    "get": lambda engine: engine.get("gold-1"),
    "documents": lambda engine: next(engine.documents()),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_fault_of_ours_makes_no_request_read_the_index_and_each_file_is_checked_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[WhooshEngine], object]
) -> None:
    """Each such request read and checked the whole index, every time."""
    monkeypatch.setattr(
        "search.engines.whoosh_index.segment.reader.SegmentReader.document_at", fail
    )
    with closing(WhooshEngine(folder)) as engine, watched(monkeypatch) as checked:
        with pytest.raises(EngineError, match=r"TypeError: a fault of ours.*newssearch doctor"):
            ask(engine)
        wait_for_the_check()
        for _ in range(5):
            # The index is sound, so the fault is ours.
            with pytest.raises(TypeError, match="a fault of ours"):
                ask(engine)
        engine.delete(["zinc-1"])
        with pytest.raises(EngineError, match="newssearch doctor"):
            ask(engine)
        wait_for_the_check()
        files = [path.name for path in folder.glob("*.ns?")]
        assert {thread for _, thread in checked} == {"newssearch-check"}
        assert sorted({name for name, _ in checked} & set(files)) == sorted(files)
        assert len(checked) == len({name for name, _ in checked})


def test_a_fault_that_altered_bytes_lead_to_is_damage_once_they_are_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = folder / segments_of(folder)[1].segment_file()
    content = bytearray(victim.read_bytes())
    content[64] ^= 0xFF
    victim.write_bytes(content)
    monkeypatch.setattr(Snapshot, "find", fail)
    with closing(WhooshEngine(folder)) as engine:
        with pytest.raises(EngineError, match="newssearch doctor"):
            engine.get("gold-1")
        wait_for_the_check()
        with pytest.raises(IndexDamaged, match=f"{victim.name}: column articles.bytes fails"):
            engine.get("gold-1")


# Headers that are made up, their checksums right


def with_header(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the header of the column file at *path*, and its checksum with it."""
    content = path.read_bytes()
    magic, version, start, _, _ = PREAMBLE.unpack_from(content)
    fields = json.loads(content[start:])
    change(fields)
    header = json.dumps(fields).encode()
    preamble = PREAMBLE.pack(magic, version, start, len(header), zlib.crc32(header))
    path.write_bytes(preamble + content[len(preamble) : start] + header)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda fields: fields.pop("columns"), "its header is not one of ours"),
        (lambda fields: fields.update(columns=[["numbers"]]), "its header is not one of ours"),
        (lambda fields: fields.update(columns=7), "its header is not one of ours"),
        (lambda fields: fields.pop("segment"), "its header is not one of ours"),
        (lambda fields: fields.update(columns=[]), "has no column numbers"),
        (lambda fields: fields["columns"][0].__setitem__(1, "f8"), "has no column numbers"),
        (lambda fields: fields["columns"][0].__setitem__(2, "64"), "has no column numbers"),
        (lambda fields: fields["columns"][0].__setitem__(2, 10**9), "is not within the file"),
        (lambda fields: fields["columns"][0].__setitem__(2, -1), "is not within the file"),
        (lambda fields: fields["columns"][0].__setitem__(3, 10**9), "is not within the file"),
        (lambda fields: fields["columns"][0].__setitem__(3, -8), "is not within the file"),
        (lambda fields: fields["columns"][0].__setitem__(3, 7), "is not within the file"),
    ],
    ids=[
        "no columns", "short column", "columns a number", "no segment", "other columns", "type",
        "start a text", "start after the end", "start before", "too long", "negative", "odd",
    ],
)  # fmt: skip
def test_a_header_that_leads_nowhere_is_damage(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    path = tmp_path / "x.nss"
    write_columns(path, FileOf("segment", "x", 0, 3), [("numbers", np.arange(3))])
    assert ColumnFile(path)["numbers"].tolist() == [0, 1, 2]
    with_header(path, change)
    with pytest.raises(IndexDamaged, match=said):
        ColumnFile(path)["numbers"]
