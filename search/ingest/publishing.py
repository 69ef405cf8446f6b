"""What an index run commits: what was staged, the claims and the files of the ledger, and what files have no longer.

Other runs may change the same index and ledger meanwhile: what they have committed since this run read an article
is heeded before its batch is published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from search.engines.staging import InputFile, Ledger, Staged, StagingEngine
from search.ingest.correcting import APPLIED
from search.ingest.entities_file import RULES as CORRECTIONS
from search.ingest.hidden_file import RULES, Rule
from search.ingest.missing import missing_below
from search.ingest.plan import Plan, Reading
from search.ingest.takedowns import APPLIED as HIDING_APPLIED
from search.ingest.takedowns import hidden_staged
from search.ingest.tasks import ReadOptions
from search.ingest.versions import Place, Versions

#: Articles that are looked up at once.
_LOOKED_UP_TOGETHER = 1000


class Publishing:
    """Publishes the batches of one run, and keeps the ledger to what the index has then.

    Invariant: what is in the index has a file that claims it, and a file is recorded as current only once all of it is
    in the index, whenever the process ends.
    """

    def __init__(
        self,
        engine: StagingEngine,
        ledger: Ledger,
        versions: Versions,
        options: ReadOptions,
        plan: Plan,
        on_taken_back: Callable[[Place], None],
    ) -> None:
        """*on_taken_back* is called with where an article was read of which another run has brought a kill notice meanwhile."""
        self._engine = engine
        self._ledger = ledger
        self._versions = versions
        self._options = options
        self._plan = plan
        self._on_taken_back = on_taken_back
        #: When the batch was begun, for the ledger.
        self._moment = 0
        #: Path -> ids of the articles of the batch that were read from that file.
        self._claims: dict[str, list[str]] = {}
        #: Paths, as given, of skipped files that are to be read all the same.
        self._again: dict[str, None] = {}
        #: How many articles were deleted, as no file has them.
        self.deleted = 0

    def begin(self) -> None:
        """Begin a batch: what other runs commit from now on, those who read for it may not have seen."""
        self._moment = self._ledger.moment()

    def claim(self, path: str, article_ids: Iterable[str]) -> None:
        """Note articles that the batch has read from the file at *path*."""
        self._claims.setdefault(path, []).extend(article_ids)

    def take_again(self) -> list[str]:
        """Return the skipped files that are to be read all the same, as given, and forget them."""
        again, self._again = list(self._again), {}
        return again

    def hide_staged(self, staged: Mapping[int, Staged]) -> list[tuple[str, Rule, Place]]:
        """Leave out of what each worker has *staged* the articles that the queries of rules match, before anybody sees them.

        Return their ids, by which rule, and where they were read.
        """
        hidden = []
        for worker, part in staged.items():
            found = hidden_staged(self._engine, self._options.takedowns, part)
            for article_id, rule in found.items():
                if (place := self._versions.hide(article_id, worker)) is not None:
                    hidden.append((article_id, rule, place))
        if hidden:
            gone = {article_id for article_id, _, _ in hidden}
            self._claims = {
                path: [article_id for article_id in ids if article_id not in gone]
                for path, ids in self._claims.items()
            }
        return hidden

    def publish(self, staged: Mapping[int, Staged]) -> None:
        """Publish what the workers have *staged*, and record the files that are complete with it."""
        if staged or self._claims or self._plan.readings or self._plan.touched:
            with self._ledger.committing():
                self._publish(staged)

    def _publish(self, staged: Mapping[int, Staged]) -> None:
        if self._ledger.is_shared:
            self._heed_others()
        # First: what is in the index has to have a file that claims it, whenever the process ends.
        if self._claims:
            self._ledger.claim(self._claims)
            self._claims = {}
        hidden = self._versions.hidden()
        if staged or hidden:
            self._ledger.note_gone(self._versions.withdrawn())
            self._engine.publish(
                [
                    staged[worker]._replace(left_out=self._versions.left_out(worker))
                    for worker in sorted(staged)
                ],
                hidden,
            )
        self._versions.commit()
        readings = self._plan.readings
        self._record([reading for reading in readings if reading.is_finished()])
        self._plan.readings = [reading for reading in readings if not reading.is_finished()]

    def _heed_others(self) -> None:
        """See to it that what this batch has read counts as if it were read now, after all that other runs have committed."""
        options = self._options
        for text, mine, applied in (
            (RULES, options.takedowns.text, HIDING_APPLIED),
            (CORRECTIONS, options.corrections.text, APPLIED),
        ):
            # Other rules than those that these articles have passed: somebody has to look at all.
            if self._engine.text(text) != mine:
                self._engine.keep_text(applied, "")
        lost = set()
        gone = sorted(self._ledger.gone_since(self._moment))
        for first in range(0, len(gone), _LOOKED_UP_TOGETHER):
            some = gone[first : first + _LOOKED_UP_TOGETHER]
            stored = self._engine.stored_of(some)
            for article_id in some:
                if article_id not in stored:
                    if self._versions.is_unchanged(article_id):
                        lost.add(article_id)
                elif (
                    stored[article_id].article.is_withdrawn
                    and (place := self._versions.take_back(article_id)) is not None
                ):
                    self._on_taken_back(place)
        if lost:
            # Another run deleted what its files have no longer, and these have.
            for reading in self._plan.readings:
                if not lost.isdisjoint(self._claims.get(reading.path, ())):
                    reading.is_cut_short = True
                    self._again[reading.given] = None

    def _record(self, finished: Sequence[Reading]) -> None:
        """Record files that were read to their end, and delete what they have no longer."""
        options = self._options
        if self._plan.touched:
            self._ledger.record(self._plan.touched)
            self._plan.touched = []
        files = []
        #: What was refused may be an article that the file had.
        whole: list[str] = []
        for reading in finished:
            if not reading.has_ledger_entry or reading.has_failed:
                continue
            files.append(
                InputFile(
                    path=reading.path,
                    size_bytes=reading.size_bytes,
                    mtime_ns=reading.mtime_ns,
                    digest=reading.digest,
                    how=options.how(),
                    tagger=options.tagger,
                    refused=reading.refused,
                    is_current=not reading.is_cut_short,
                )
            )
            if not reading.refused:
                whole.append(reading.path)
        self._ledger.let_go(
            each.path for each in finished if each.has_ledger_entry and each.has_failed
        )
        given_up = self._ledger.not_renewed(whole) if whole else {}
        self._delete_given_up(given_up)
        if files:
            self._ledger.record(files, given_up)

    def _delete_given_up(self, given_up: Mapping[str, list[str]]) -> None:
        """Delete those of the articles, by the file that gives them up, that no other has.

        Of the others the index may hold the version of the file that has them no longer: unless
        this run has read them elsewhere, those that have them are to be read again.
        """
        givers: dict[str, set[str]] = {}
        for path, ids in given_up.items():
            for article_id in ids:
                if article_id not in self._versions:
                    givers.setdefault(article_id, set()).add(path)
        orphans = []
        others: set[str] = set()
        claimants = self._ledger.claimants(givers) if givers else {}
        for article_id, paths in givers.items():
            left = set(claimants.get(article_id, ())) - paths
            others |= left
            if not left:
                orphans.append(article_id)
        if orphans:
            self._ledger.note_gone(orphans)
            self.deleted += self._engine.delete(orphans)
        stale = sorted(others.difference(given_up))
        if stale:
            self._ledger.read_again(stale)
        for path in stale:
            if path in self._plan.skipped:
                self._again[self._plan.skipped[path][0]] = None

    def delete_missing(self, below: Sequence[str], unread: Collection[str]) -> Mapping[str, int]:
        """Delete the articles of the input files *below* some paths that are no longer there, as far as that is certain.

        Return why files were left alone, *unread* absolute paths being one reason, and how many of each.
        """
        with self._ledger.committing():
            missing, left_alone = missing_below(self._ledger.files(), below, unread)
            # What another run was reading when it went is left to that one's next run.
            others = self._ledger.hold([file.path for file in missing])
            missing = [file for file in missing if file.path not in others]
            old = self._ledger.not_renewed([file.path for file in missing])
            # One that was read in this run, and is gone since, is left to the next run.
            given_up = {
                file.path: ids
                for file in missing
                if len(ids := old.get(file.path, [])) >= file.articles
            }
            self._delete_given_up(given_up)
            if given_up:
                self._ledger.remove(given_up)
            self._ledger.let_go([file.path for file in missing])
        return left_alone
