"""A ledger of dicts: as short as what it promises, to compare others with and for the engine in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from search.engines.staging import Followed, InputFile, NotShared


class MemoryLedger(NotShared):
    """A `search.engines.staging.Ledger` that forgets all when it goes."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self._run = 0
        self._files: dict[str, InputFile] = {}
        #: Path -> id -> the last run that has found the article there.
        self._claims: dict[str, dict[str, int]] = {}

    def __enter__(self) -> MemoryLedger:
        self._run += 1
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __len__(self) -> int:
        return len(self._files)

    def get(self, path: str) -> InputFile | None:
        return self._files.get(path)

    def expect(self, paths: Sequence[str]) -> None:
        pass

    def files(self) -> Iterator[InputFile]:
        yield from self._files.values()

    def claim(self, claims: Mapping[str, Collection[str]]) -> None:
        unknown = InputFile(path="", size_bytes=0, mtime_ns=0, digest="", how="", tagger="")
        for path, ids in claims.items():
            before = self._files.get(path, unknown._replace(path=path))
            self._files[path] = before._replace(is_current=False)
            self._claims.setdefault(path, {}).update(dict.fromkeys(ids, self._run))

    def not_renewed(self, paths: Collection[str]) -> dict[str, list[str]]:
        claims = {path: self._claims.get(path, {}).items() for path in paths}
        old = {path: [i for i, run in of_it if run < self._run] for path, of_it in claims.items()}
        return {path: ids for path, ids in old.items() if ids}

    def claimants(self, article_ids: Collection[str]) -> dict[str, list[str]]:
        of = {i: [path for path, ids in self._claims.items() if i in ids] for i in article_ids}
        return {article_id: paths for article_id, paths in of.items() if paths}

    def record(
        self, files: Iterable[InputFile], given_up: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        for file in files:
            claims = self._claims.setdefault(file.path, {})
            for article_id in (given_up or {}).get(file.path, ()):
                claims.pop(article_id, None)
            self._files[file.path] = file._replace(articles=len(claims))

    def has_size(self, size_bytes: int) -> bool:
        return any(file.size_bytes == size_bytes for file in self._files.values())

    def with_digest(self, size_bytes: int, digest: str) -> list[InputFile]:
        files = self._files.values()
        return [f for f in files if (f.size_bytes, f.digest) == (size_bytes, digest)]

    def follow(self, followed: Iterable[Followed]) -> None:
        for known_path, file, is_copy in followed:
            known, claims = self._files[known_path], self._claims.get(known_path, {})
            self._files[file.path] = known._replace(path=file.path, mtime_ns=file.mtime_ns)
            self._claims[file.path] = dict(claims)
            if not is_copy:
                del self._files[known_path]
                self._claims.pop(known_path, None)

    def read_again(self, paths: Iterable[str]) -> None:
        for path in set(paths) & set(self._files):
            self._files[path] = self._files[path]._replace(is_current=False)

    def tagged_by(self, tagger: str) -> None:
        self._files = {p: file._replace(tagger=tagger) for p, file in self._files.items()}

    def disclaim(self, article_ids: Iterable[str]) -> None:
        gone = set(article_ids)
        for path, claims in self._claims.items():
            had = len(claims)
            for article_id in gone & set(claims):
                del claims[article_id]
            if len(claims) < had and path in self._files:
                file = self._files[path]
                self._files[path] = file._replace(articles=min(file.articles, len(claims)))

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._files.pop(path, None)
            self._claims.pop(path, None)

    def clear(self) -> bool:
        self._files.clear()
        self._claims.clear()
        return True
