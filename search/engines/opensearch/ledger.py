"""The ledger of an index: its input files and what each claims, in an index of its own beside it.

See `search.engines.staging.Ledger`. It is no part of the news index: where it is lost, every input file is merely read once
more. One index run has it at a time, so what this object knows of a file stays right until it changes that itself; or several
share it: then that is so for the files that it holds (`held.py`), and for all others while it commits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from search.engines.opensearch.beside import Beside, as_item, chunks
from search.engines.opensearch.connection import Conflict, erase_item
from search.engines.opensearch.control import Control
from search.engines.opensearch.held import HELD_FIELDS, RUN, Held, path_digest
from search.engines.opensearch.leases import Leases
from search.engines.staging import Followed, InputFile
from search.model.errors import EngineError, IndexLocked

#: The name of the lock of the index that who has the ledger alone holds.
LOCK = "ledger"
#: And of that which those who share it hold while they commit; they wait for each other as long as this.
COMMIT, _COMMIT_MS = "commit", 3_600_000
#: The number of no run: claims of earlier ones that are written anew.
_EARLIER = 0
#: What is put to the name of an index for that of its ledger.
SUFFIX = "-ledger"
#: Ids in one document of claims: small enough to be written anew for one of them.
_IDS_TOGETHER = 250
#: Files, or ids, that one request is about.
_AT_ONCE = 1000
#: Tries to get a number that no other run has; each finds that another one was quicker.
_ATTEMPTS = 200
#: Files that are remembered, so that they are not asked for twice.
_REMEMBERED = 200_000

_KEYWORD, _KEPT = {"type": "keyword"}, {"type": "keyword", "index": False, "doc_values": False}
_NUMBER = {"type": "long"}
_KEPT_NUMBER = {"type": "long", "index": False, "doc_values": False}
#: A document is a file, or some of the ids that the file with that key claims: those that a run found there.
_FIELDS: dict[str, Any] = {
    "key": _KEYWORD,
    "path": _KEPT,
    "size_bytes": _NUMBER,
    "mtime_ns": _KEPT_NUMBER,
    "digest": _KEYWORD,
    "how": _KEPT,
    "tagger": _KEPT,
    "refused": _KEPT_NUMBER,
    "articles": _KEPT_NUMBER,
    "generation": _NUMBER,
    "file": _KEYWORD,
    "run": _NUMBER,
    "part": _NUMBER,
    "ids": {"type": "keyword", "doc_values": False},
    **HELD_FIELDS,
}
_IS_FILE = {"exists": {"field": "key"}}


class _Entry(NamedTuple):
    """What is kept of a file; *key* stays the same where it is moved."""

    key: str
    file: InputFile
    #: Of the index when it was recorded, None where it is not current.
    generation: int | None


class _Claims(NamedTuple):
    """What a file claims: what this run has found there, what earlier ones have, and the documents that say so."""

    renewed: set[str]
    old: set[str]
    renewed_documents: list[str]
    old_documents: list[str]

    def all(self) -> set[str]:
        return self.renewed | self.old


class ClusterLedger:
    """The ledger of an index of a cluster. Implements `search.engines.staging.Ledger`."""

    def __init__(
        self,
        control: Control,
        leases: Leases,
        lock_timeout_ms: int,
        *,
        waits: bool = True,
        shares: bool = False,
    ) -> None:
        """Where another run has it, it *waits* for that or is refused at once; those who *share* it are no others."""
        self.notices: list[str] = []
        self.is_shared = shares
        self._control = control
        self._leases = leases
        self._lock_timeout_ms = lock_timeout_ms if waits else 0
        self._beside = ledger_index(control)
        self._run = 0
        self._parts = 0
        #: Where it is shared.
        self._held: Held | None = None
        self._is_committing = False
        #: By path, None where there is no such file.
        self._known: dict[str, _Entry | None] = {}
        self._sizes: set[int] | None = None
        #: The last files whose claims were read, by their keys, and these: most are asked for twice.
        self._claims_read: tuple[frozenset[str], dict[str, _Claims]] | None = None
        self._exits = ExitStack()

    def __enter__(self) -> ClusterLedger:
        """Raises `IndexLocked` where another run has it, or too many begin at once, and `EngineError`."""
        with ExitStack() as exits:
            self._number_run()
            timeout_ms = self._lock_timeout_ms
            if self.is_shared:
                self._held = Held(self._beside, self._leases, self._run)
                exits.enter_context(self._leases.lock(self._name, timeout_ms, against=LOCK))
            else:
                exits.enter_context(self._leases.lock(LOCK, timeout_ms, against=RUN))
            self._beside.make()
            with self.committing():
                self._begin_run()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._forget()
        if self._held is not None:
            # What is not let go of is free when the lock is over.
            with suppress(EngineError):
                self._beside.write(self._held.letting_all_go())
        self._exits.close()

    def _number_run(self) -> None:
        for _ in range(_ATTEMPTS):
            kept = self._control.get(LOCK)
            self._run = 1 + (kept.value["run"] if kept else 0)
            try:
                self._control.put(LOCK, {"run": self._run}, kept)
            except Conflict:
                continue  # another run took it
            return
        raise IndexLocked(
            f"index {self._control.name}: too many runs begin at the same time; try again later"
        )

    def _begin_run(self) -> None:
        """Believe no more of the ledger than the index has, and leave nothing of lost runs."""
        newest = self._control.manifest().generation
        # The index was restored from a snapshot, say.
        later = {"range": {"generation": {"gt": newest}}}
        if self._beside.count(later):
            self._beside.change_all(later, "ctx._source.remove('generation')")
        (self._held or Held(self._beside, self._leases, self._run)).tidy(newest)

    @property
    def _name(self) -> str:
        return f"{RUN}{self._run}"

    def __len__(self) -> int:
        return self._beside.count(_IS_FILE)

    def get(self, path: str) -> InputFile | None:
        """Return the input file at an absolute *path*, None where there is none."""
        entry = self._entries([path]).get(path)
        return None if entry is None else entry.file

    def expect(self, paths: Sequence[str]) -> None:
        """Ask for these files now, with one request."""
        self._entries(paths)

    def files(self) -> Iterator[InputFile]:
        """Yield all input files."""
        for hit in self._beside.hits(_IS_FILE, ["key"]):
            yield _entry(hit["_source"]).file

    def claim(self, claims: Mapping[str, Collection[str]]) -> None:
        """Note, before they are published, the articles that the index will have because of files."""
        entries = self._entries(claims)
        items = []
        for path, article_ids in claims.items():
            entry = entries.get(path) or _new_entry(path)
            # First: from now on the file is not current.
            items.append(self._put(_not_current(entry)))
            items += self._claimed(entry.key, article_ids, self._run)
        self._write(items)

    def not_renewed(self, paths: Collection[str]) -> dict[str, list[str]]:
        """Return the ids that files have claimed in earlier runs, and not in this one."""
        paths_of = self._by_key(paths)
        claims = self._claims(paths_of)
        left = {paths_of[key]: sorted(each.old - each.renewed) for key, each in claims.items()}
        return {path: ids for path, ids in left.items() if ids}

    def claimants(self, article_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the paths of the files that claim articles."""
        return claimants_of(self._beside, article_ids)

    def record(
        self, files: Iterable[InputFile], given_up: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Record files in the place of what was recorded for their paths, without claims *given_up*."""
        chosen = {file.path: file for file in files}
        given = {path: set(ids) for path, ids in (given_up or {}).items()}
        generation = self._control.manifest().generation
        entries = self._entries(chosen)
        claims = self._claims(self._by_key(chosen))
        items, last = [], []
        for path, file in chosen.items():
            key = (entries.get(path) or _new_entry(path)).key
            held = claims.get(key, _Claims(set(), set(), [], []))
            gone = given.get(path, set())
            items += self._joined(key, held, gone)
            counted = file._replace(articles=len(held.all() - gone))
            last.append(_Entry(key, counted, generation if file.is_current else None))
        # A file is current once its claims are right.
        self._write(items)
        self._write(map(self._put, last))
        self.let_go(chosen)

    def has_size(self, size_bytes: int) -> bool:
        """Whether a file of that size is known."""
        if self._sizes is None:
            self._sizes = set(self._beside.values("size_bytes"))
        return size_bytes in self._sizes

    def with_digest(self, size_bytes: int, digest: str) -> Iterator[InputFile]:
        """Yield the files of that size whose bytes have the *digest*."""
        both = [{"term": {"size_bytes": size_bytes}}, {"term": {"digest": digest}}]
        for hit in self._beside.hits({"bool": {"filter": both}}, ["key"]):
            yield _entry(hit["_source"]).file

    def follow(self, followed: Iterable[Followed]) -> None:
        """Note files that were moved or copied: at the new path they are what they were at the known one."""
        steps = list(followed)
        paths = dict.fromkeys(p for step in steps for p in (step.known_path, step.file.path))
        with self.committing():
            # Of what another run reads nobody knows yet what it will be.
            others = self.hold(list(paths))
            self._follow([s for s in steps if others.isdisjoint((s.known_path, s.file.path))])
            self.let_go(paths)

    def _follow(self, steps: Sequence[Followed]) -> None:
        paths = dict.fromkeys(p for step in steps for p in (step.known_path, step.file.path))
        known: dict[str, _Entry | None] = dict(self._entries(paths))
        changed: dict[str, None] = {}
        copied: list[tuple[str, str]] = []
        for known_path, file, is_copy in steps:
            entry = known.get(known_path)
            if entry is None:
                continue
            key = _new_key() if is_copy else entry.key
            if is_copy:
                copied.append((entry.key, key))
            else:
                known[known_path] = None
            at_new = entry.file._replace(path=file.path, mtime_ns=file.mtime_ns)
            known[file.path] = _Entry(key, at_new, entry.generation)
            changed |= {known_path: None, file.path: None}
        claims = self._claims({key for key, _ in copied})
        items = []
        for key, of_copy in copied:
            held = claims.get(key, _Claims(set(), set(), [], []))
            items += self._claimed(of_copy, held.renewed, self._run)
            items += self._claimed(of_copy, held.old - held.renewed, _EARLIER)
        self._write(items)
        self._write(
            self._erase(path) if (entry := known[path]) is None else self._put(entry)
            for path in changed
        )

    def read_again(self, paths: Iterable[str]) -> None:
        """Note that files are not current."""
        entries = self._entries(list(paths))
        self._write([self._put(_not_current(entry)) for entry in entries.values()])

    def tagged_by(self, tagger: str) -> None:
        """Note that the articles of all files were given to *tagger*."""
        self._check()
        self._beside.change_all(_IS_FILE, "ctx._source.tagger = params.tagger", {"tagger": tagger})
        self._known = {}

    def disclaim(self, article_ids: Iterable[str]) -> None:
        """Note that the index does not have these articles, whatever file has them."""
        gone = set(article_ids)
        items = []
        keys: set[str] = set()
        for hit in _claims_with(self._beside, sorted(gone)):
            source = hit["_source"]
            keys.add(source["file"])
            left = [article_id for article_id in source["ids"] if article_id not in gone]
            items.append(as_item(hit["_id"], {**source, "ids": left}))
        self._write(items)
        claims = self._claims(keys)
        self._write(
            self._put(entry._replace(file=entry.file._replace(articles=count)))
            for entry in self._with_keys(keys)
            if (count := len(claims[entry.key].all()) if entry.key in claims else 0)
            < entry.file.articles
        )

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files and their claims."""
        entries = self._entries(list(paths))
        keys = [entry.key for entry in entries.values()]
        # The claims first: what is left of a file without them is read again.
        self._check()
        for part in chunks(keys, _AT_ONCE):
            self._beside.erase_all({"terms": {"file": part}})
        self._write([self._erase(path) for path in entries])

    def clear(self) -> bool:
        """Forget everything, unless another run has it too; return whether."""
        self._check()
        if self.is_shared and self._leases.end_lost(RUN) != {self._name}:
            return False
        self._forget()
        self._beside.erase()
        self._beside.make()
        return True

    # Shared with other runs

    def hold(self, paths: Sequence[str]) -> set[str]:
        """Hold input files; return those that other runs hold, and forget what was known of all."""
        if self._held is None:
            return set()
        self._leases.check()
        elsewhere = self._held.hold(paths)
        for path in paths:
            self._known.pop(path, None)
        return elsewhere

    def let_go(self, paths: Iterable[str]) -> None:
        """Hold files no more."""
        if self._held is not None:
            self._beside.write(self._held.letting_go(paths))

    def held_elsewhere(self, paths: Sequence[str]) -> set[str]:
        """Return those of the files that other runs hold now, and forget what was known of all."""
        for path in paths:
            self._known.pop(path, None)
        return set() if self._held is None else self._held.elsewhere(paths)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Open the time in which this run alone changes index and ledger. Raises `EngineError` where it is taken for lost."""
        if not self.is_shared or self._is_committing:
            yield
            return
        with self._leases.lock(COMMIT, _COMMIT_MS) as manifest:
            if not self._leases.has(manifest, self._name):
                raise EngineError(
                    f"index {self._control.name}: this process was stopped for so long that another one took over; "
                    "the index is whole, run the same command again"
                )
            self._forget()
            self._is_committing = True
            try:
                yield
            finally:
                self._is_committing = False

    def moment(self) -> int:
        """Return the generation of the index."""
        return self._control.manifest().generation if self.is_shared else 0

    def note_gone(self, article_ids: Collection[str]) -> None:
        """Note that articles are deleted, or taken back, by what is committed next."""
        if self._held is not None and article_ids:
            self._write(self._held.items_of_gone(self.moment(), article_ids))

    def gone_since(self, moment: int) -> set[str]:
        """Return the articles noted as gone since a generation."""
        if self._held is None or self.moment() == moment:
            return set()
        self._beside.see_others()
        return self._held.gone_since(moment)

    def _forget(self) -> None:
        """Forget what was known: others may have changed it."""
        self._known, self._sizes, self._claims_read = {}, None, None
        self._beside.see_others()

    # Files

    def _entries(self, paths: Collection[str]) -> dict[str, _Entry]:
        """Return what is kept of files, by path."""
        unknown = [path for path in paths if path not in self._known]
        if len(self._known) + len(unknown) > _REMEMBERED:
            self._known, unknown = {}, list(paths)
        found: dict[str, _Entry | None] = {}
        for part in chunks(unknown, _AT_ONCE):
            sources = self._beside.sources([_file_id(path) for path in part])
            found |= {
                path: None if source is None else _entry(source)
                for path, source in zip(part, sources, strict=True)
            }
        if len(found) <= _REMEMBERED:
            self._known |= found
        at = {**self._known, **found} if len(found) > _REMEMBERED else self._known
        return {path: entry for path in paths if (entry := at[path]) is not None}

    def _with_keys(self, keys: Collection[str]) -> Iterator[_Entry]:
        for part in chunks(sorted(keys), _AT_ONCE):
            for hit in self._beside.hits({"terms": {"key": part}}, ["key"]):
                yield _entry(hit["_source"])

    def _by_key(self, paths: Collection[str]) -> dict[str, str]:
        """Return the paths of the files that are kept, by key."""
        return {entry.key: path for path, entry in self._entries(paths).items()}

    def _put(self, entry: _Entry) -> bytes:
        """Return what keeps a file; it is known from now on."""
        self._known[entry.file.path] = entry
        return as_item(_file_id(entry.file.path), _source(entry))

    def _erase(self, path: str) -> bytes:
        self._known[path] = None
        return erase_item(_file_id(path))

    # Claims

    def _claims(self, keys: Collection[str]) -> dict[str, _Claims]:
        """Return what the files with these keys claim, by key where they claim something."""
        asked = frozenset(keys)
        if self._claims_read is not None and self._claims_read[0] == asked:
            return self._claims_read[1]
        found: dict[str, _Claims] = {}
        for part in chunks(sorted(keys), _AT_ONCE):
            for hit in self._beside.hits({"terms": {"file": part}}, ["file", "part"]):
                source = hit["_source"]
                held = found.setdefault(source["file"], _Claims(set(), set(), [], []))
                is_new = source["run"] == self._run
                (held.renewed if is_new else held.old).update(source["ids"])
                (held.renewed_documents if is_new else held.old_documents).append(hit["_id"])
        self._claims_read = asked, found
        return found

    def _claimed(self, key: str, article_ids: Iterable[str], run: int) -> list[bytes]:
        """Return what keeps claims of a file as found by *run*."""
        items = []
        for ids in chunks(sorted(set(article_ids)), _IDS_TOGETHER):
            self._parts += 1
            part = self._run << 32 | self._parts
            items.append(
                as_item(f"c:{key}:{part}", {"file": key, "run": run, "part": part, "ids": ids})
            )
        return items

    def _joined(self, key: str, held: _Claims, gone: set[str]) -> list[bytes]:
        """Return what takes from the claims of a file those that are *gone*, and those of earlier runs that are renewed."""
        items = []
        if held.renewed & gone:
            items += self._claimed(key, held.renewed - gone, self._run)
            items += map(erase_item, held.renewed_documents)
        if held.old & (gone | held.renewed):
            items += self._claimed(key, held.old - gone - held.renewed, _EARLIER)
            items += map(erase_item, held.old_documents)
        return items

    # The index

    def _write(self, items: Iterable[bytes]) -> None:
        """Have the cluster keep *items*. Raises `EngineError`."""
        self._check()
        try:
            self._beside.write(items)
        except BaseException:
            self._known = {}
            raise

    def _check(self) -> None:
        """To be called before each change. Raises `EngineError` where this process has lost the ledger to another."""
        self._sizes = self._claims_read = None
        self._leases.check()


def ledger_index(control: Control) -> Beside:
    """Return the index that the ledger of a news index is in."""
    return Beside(control.connection, control.name + SUFFIX, _FIELDS)


def files_of(control: Control, article_id: str) -> tuple[str, ...]:
    """Return the paths of the files that claim an article, without a lock; () where the ledger cannot be asked."""
    beside = ledger_index(control)
    try:
        return tuple(claimants_of(beside, [article_id]).get(article_id, ()))
    except EngineError:
        return ()


def claimants_of(beside: Beside, article_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the paths of the files that claim articles, by id where there are any."""
    asked = set(article_ids)
    keys: dict[str, set[str]] = {}
    for hit in _claims_with(beside, sorted(asked)):
        for article_id in asked.intersection(hit["_source"]["ids"]):
            keys.setdefault(article_id, set()).add(hit["_source"]["file"])
    paths: dict[str, str] = {}
    for part in chunks(sorted(set().union(*keys.values())), _AT_ONCE):
        for hit in beside.hits({"terms": {"key": part}}, ["key"]):
            paths[hit["_source"]["key"]] = _path(hit["_source"]["path"])
    found = {i: sorted(paths[key] for key in own if key in paths) for i, own in keys.items()}
    return {article_id: own for article_id, own in found.items() if own}


def _claims_with(beside: Beside, article_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the documents of claims that have any of these ids, each once."""
    seen: set[str] = set()
    for part in chunks(article_ids, _AT_ONCE):
        for hit in beside.hits({"terms": {"ids": part}}, ["file", "part"]):
            if hit["_id"] not in seen:
                seen.add(hit["_id"])
                yield hit


def _new_key() -> str:
    """Return a key that no other file has; in their order files are as they came."""
    return f"{time.time_ns():016x}{os.urandom(6).hex()}"


def _new_entry(path: str) -> _Entry:
    return _Entry(_new_key(), InputFile(path, 0, 0, "", "", "", is_current=False), None)


def _not_current(entry: _Entry) -> _Entry:
    return entry._replace(file=entry.file._replace(is_current=False), generation=None)


def _file_id(path: str) -> str:
    """Return the id of the document of a file."""
    return f"f:{path_digest(path)}"


def _source(entry: _Entry) -> dict[str, Any]:
    file = entry.file
    source: dict[str, Any] = {
        "key": entry.key,
        # It may have bytes that are no UTF-8.
        "path": quote_from_bytes(os.fsencode(file.path), safe="/ "),
        "size_bytes": file.size_bytes,
        "mtime_ns": file.mtime_ns,
        "digest": file.digest,
        "how": file.how,
        "tagger": file.tagger,
        "refused": file.refused,
        "articles": file.articles,
    }
    if entry.generation is not None:
        source["generation"] = entry.generation
    return source


def _path(quoted: str) -> str:
    return os.fsdecode(unquote_to_bytes(quoted))


def _entry(source: Mapping[str, Any]) -> _Entry:
    generation = source.get("generation")
    file = InputFile(
        path=_path(source["path"]),
        size_bytes=source["size_bytes"],
        mtime_ns=source["mtime_ns"],
        digest=source["digest"],
        how=source["how"],
        tagger=source["tagger"],
        refused=source["refused"],
        articles=source["articles"],
        is_current=generation is not None,
    )
    return _Entry(source["key"], file, generation)
