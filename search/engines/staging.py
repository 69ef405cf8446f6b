"""How documents come into an engine from several processes, what they came from, and how an index is made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, runtime_checkable

from search.engines.protocol.engine import Engine, Revision
from search.engines.protocol.request import SearchRequest
from search.model.article import Document

if TYPE_CHECKING:
    from search.text.arrays import Floats


class Given(NamedTuple):
    """What publishing gives to a document: see `Document`."""

    added: datetime
    revision: int


class Staged(NamedTuple):
    """Documents that a `StagingHandle` has made ready for `Staging.publish`, perhaps in another process.

    ``location`` means something to the engine alone; ``article_ids`` are all different, ``documents``
    counts all of them. Those of ``left_out`` are not published: whoever stages in several
    processes learns only afterwards which of two versions of an id is the later one.
    """

    location: str
    article_ids: tuple[str, ...]
    documents: int
    left_out: frozenset[str] = frozenset()

    def published_ids(self) -> Iterator[str]:
        return (i for i in self.article_ids if i not in self.left_out)


class StagingHandle(Protocol):
    """Takes documents, one after another, for one later commit. For one thread at a time."""

    def add(self, document: Document) -> None:
        """Take one more document. Where this raises, the handle is discarded."""
        ...

    def finish(self) -> Staged:
        """Return what was added, for `Staging.publish`; nothing more can be added then."""
        ...

    def discard(self) -> None:
        """Forget what was added, finished or not, unless it is published. Calling it twice is harmless."""
        ...


@runtime_checkable
class Staging(Protocol):
    """Takes documents in several processes and makes them visible in one commit. Optional."""

    def stage(self) -> StagingHandle:
        """Return a handle that does all of adding that needs no lock.

        Nobody sees anything of it before `publish`. Of all its documents only the ids are held in memory,
        here and in what it returns, and a bounded part in work. What was staged is there until it is published or discarded, or this engine is closed or its process ends.
        """
        ...

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        """Add or replace all that is *staged* in one commit; return how many distinct documents.

        Of several with one id the last of the last counts. Older documents with *deleted_ids* are
        deleted. Documents whose ids are in *given* come from another index and keep what that gave them.
        After `IndexLocked` it can be tried again; after any other error the index is as it was, and the
        documents must be staged anew.
        """
        ...

    def ledger(self, *, waits: bool = True, shares: bool = False) -> Ledger:
        """Return the ledger of the index; entering one that another run has raises `IndexLocked`, at once unless it *waits*.

        Where the engine can, those who *share* it have it at the same time, and others wait until none of them has.
        """
        ...

    def stored(self, article_id: str) -> Document | None:
        """Return the document, as `Searcher.get` does, also where it is withdrawn or embargoed."""
        ...

    def stored_of(self, article_ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents with these ids, by id where there are any, as `stored` does one: some thousand at most."""
        ...

    def stored_documents(self) -> Iterator[Document]:
        """Yield every document, as `Searcher.documents` does, also those that are withdrawn or embargoed."""
        ...

    def stored_ids(self, request: SearchRequest, staged: Staged | None = None) -> Iterator[str]:
        """Yield the ids, as `Searcher.ids` does, of all that is stored, or of what is *staged* and nobody sees yet.

        Those that are withdrawn or embargoed too. It takes what time it takes, and a wildcard stands for all its
        words. Of several staged with one id the last counts.
        """
        ...

    def text(self, name: str) -> str:
        """Return the text that the index keeps under *name*, "" where there is none."""
        ...

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Keep *text* under *name*, the name of a file, from now on: it goes where the index goes.

        It is there whole or not at all, and has survived a power cut when this returns. Return False, and change
        nothing, where *before* is given and the index keeps another text by now. Raises `IndexLocked`, `EngineError`.
        """
        ...


class InputFile(NamedTuple):
    """An input file as it was when it was last read to its end."""

    #: Absolute.
    path: str
    #: Both as they were before reading.
    size_bytes: int
    mtime_ns: int
    #: Of its bytes, "" where that is not known.
    digest: str
    #: The options that decide what its articles are.
    how: str
    #: The tagger that its articles were given to, as in `Enrichment.tagger`.
    tagger: str
    #: How many of its records were no articles.
    refused: int = 0
    #: How many articles it has; the ledger counts them.
    articles: int = 0
    #: False where it is to be read again although it has not changed.
    is_current: bool = True


class Followed(NamedTuple):
    """An input file that another has become, or of which it is a copy: with the same bytes, and so the same articles."""

    #: Of the one that is known.
    known_path: str
    file: InputFile
    is_copy: bool


class Ledger(Protocol):
    """Which input files an index was made from, and which articles it has because of each: their claims.

    It is open from ``with`` to its end, for one index run at a time, or for several that share it. What a call changes
    has survived a power cut when it returns. A file is current only as long as the index has the generation that was the
    newest when the file was recorded, and only where that generation will survive a power cut too.

    Of several runs each reads only files that it holds, and changes ledger and index only while it is `committing`.
    """

    #: What a person is to know: sentences.
    notices: list[str]
    #: Whether other runs may have it too. `NotShared` is how it is where none may.
    is_shared: bool

    def __enter__(self) -> Self:
        """Open it. Raises `IndexLocked` where another run has it, and `EngineError`."""
        ...

    def __exit__(self, *exc: object) -> None: ...

    def __len__(self) -> int:
        """Return the number of input files."""
        ...

    def get(self, path: str) -> InputFile | None:
        """Return the input file at an absolute *path*, None where there is none."""
        ...

    def expect(self, paths: Sequence[str]) -> None:
        """Be told that `get` will soon be asked for these absolute *paths*: a ledger far away fetches them at once."""
        ...

    def files(self) -> Iterator[InputFile]:
        """Yield all input files. Nothing is to be changed meanwhile."""
        ...

    def claim(self, claims: Mapping[str, Collection[str]]) -> None:
        """Note that the index will have these articles because of the files at these paths.

        To be called before they are published, so that no article is in the index that no file claims. The
        files are not current until they are recorded.
        """
        ...

    def not_renewed(self, paths: Collection[str]) -> dict[str, list[str]]:
        """Return the ids that files have claimed in earlier runs, and not in this one, by path where there are any."""
        ...

    def claimants(self, article_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the paths of the files that claim articles, by id where there are any."""
        ...

    def record(
        self, files: Iterable[InputFile], given_up: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        """Record files in the place of what was recorded for their paths.

        *given_up* has, by path, the ids that a file claims no longer.
        """
        ...

    def has_size(self, size_bytes: int) -> bool:
        """Whether a file of that size is known."""
        ...

    def with_digest(self, size_bytes: int, digest: str) -> Iterator[InputFile]:
        """Yield the files of that size whose bytes have the *digest*."""
        ...

    def follow(self, followed: Iterable[Followed]) -> None:
        """Note files that were moved or copied, in order: at the new path they are what they were at the known one.

        One that was moved is at the known path no more. Nothing is known yet of the new paths.
        """
        ...

    def read_again(self, paths: Iterable[str]) -> None:
        """Note that files are not current."""
        ...

    def tagged_by(self, tagger: str) -> None:
        """Note that the articles of all files were given to *tagger*."""
        ...

    def disclaim(self, article_ids: Iterable[str]) -> None:
        """Note that the index does not have these articles, whatever file has them: no file claims or counts them."""
        ...

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files and their claims."""
        ...

    def clear(self) -> bool:
        """Forget everything; return False, and forget nothing, where another run has it too."""
        ...

    # For those who share it

    def hold(self, paths: Sequence[str]) -> set[str]:
        """Hold input files until they are recorded or let go of, or the run ends; return those that other runs hold.

        What `get` says of them is as it is now, and stays so.
        """
        ...

    def let_go(self, paths: Iterable[str]) -> None:
        """Hold files no more."""
        ...

    def held_elsewhere(self, paths: Sequence[str]) -> set[str]:
        """Return those of the input files that other runs hold now."""
        ...

    def committing(self) -> AbstractContextManager[None]:
        """Open the time in which this run alone changes index and ledger; within it once more is the same time.

        It waits as long as other runs take. Raises `EngineError` where this process was stopped for so long that others took over.
        """
        ...

    def moment(self) -> int:
        """Return what `gone_since` is asked later: all that was committed until now is seen now."""
        ...

    def note_gone(self, article_ids: Collection[str]) -> None:
        """Note, while committing and before it is done, that this run deletes articles or takes them back."""
        ...

    def gone_since(self, moment: int) -> set[str]:
        """Return the articles that other runs have noted as gone since a `moment`, and perhaps some from before."""
        ...


class NotShared:
    """The part of a `Ledger` that one run alone has: it holds every file, and nobody else commits."""

    is_shared = False

    def hold(self, paths: Sequence[str]) -> set[str]:
        return set()

    def let_go(self, paths: Iterable[str]) -> None:
        pass

    def held_elsewhere(self, paths: Sequence[str]) -> set[str]:
        return set()

    def committing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def moment(self) -> int:
        return 0

    def note_gone(self, article_ids: Collection[str]) -> None:
        pass

    def gone_since(self, moment: int) -> set[str]:
        return set()


@runtime_checkable
class KeepsVectors(Protocol):
    """Keeps what `search.engines.protocol.engine.HasVectors` gives. Optional."""

    def without_vectors(self, model: str) -> Iterator[Document]:
        """Yield every stored document that has no vectors of the *model* with that label, seen or not."""
        ...

    def keep_vectors(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        """Keep for each document, as `without_vectors` gave it, a row for each passage; none is right, too.

        They are there, and have survived a power cut, when this returns. Raises `IndexLocked`.
        """
        ...

    def tidy_vectors(self, model: str) -> None:
        """Forget the vectors of other models, and those of what is no longer stored. Raises `IndexLocked`."""
        ...


class StagingEngine(Engine, Staging, Protocol):
    """What an index run needs."""


class Rebuild(Protocol):
    """An index that is made anew out of its own documents, while the old one answers.

    It is open from ``with`` to its end, for one process at a time, without an index run meanwhile. What an
    earlier try has made is there again.
    """

    #: What a person is to know: sentences.
    notices: list[str]
    #: The new index, which nobody else sees.
    new: StagingEngine
    #: That of the index, open.
    ledger: Ledger

    def __enter__(self) -> Self:
        """Open it. Raises `IndexLocked` where another run has it, and `EngineError`."""
        ...

    def __exit__(self, *exc: object) -> None: ...

    def __len__(self) -> int:
        """Return the number of documents of the old index."""
        ...

    def documents(self) -> Iterator[Document]:
        """Yield all documents of the newest generation of the old index, which may be of an older format."""
        ...

    def text(self, name: str) -> str:
        """Return the text that the old index keeps under *name*, as `Staging.text` does; the new one will have it too."""
        ...

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        """Keep *text* under *name* in the old index and the new one, as `Staging.keep_text` does."""
        ...

    def stored_revisions(self) -> Iterator[Revision]:
        """Yield every earlier revision that is kept, as `KeepsRevisions.stored_revisions` does."""
        ...

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        """Forget all earlier revisions of articles, as `KeepsRevisions.forget_revisions` does."""
        ...

    def needed_bytes(self) -> int:
        """Return how much more disk the new index will take at most, beside the old one."""
        ...

    def free_bytes(self) -> int:
        """Return how much disk is free for it."""
        ...

    def replace(self) -> bool:
        """Put the new index in the place of the old one in one step, for good.

        Return False, and change nothing, where the old one has changed since `documents` was called.
        """
        ...
