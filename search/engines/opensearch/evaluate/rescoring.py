"""What is added to the scores of the first hits: by their words, and by their meaning (`search.engines.rescoring`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from search.engines.opensearch.evaluate.feedback import Feedback
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.evaluate.stems import Stems
from search.engines.opensearch.evaluate.surfaces import surfaces_of
from search.engines.opensearch.view import Asking
from search.engines.protocol.result import WeighedWord
from search.engines.rescoring.feedback import FEEDBACK_DOCUMENTS, document_shares
from search.engines.rescoring.nearness import (
    Passages,
    added_scores,
    first_sums,
    lacking_notice,
    shares_of,
)
from search.engines.rescoring.rescorer import in_order
from search.model.article import Document
from search.text.arrays import Floats, Ints

if TYPE_CHECKING:
    from search.engines.opensearch.evaluate.hits import Row
    from search.engines.opensearch.vectors import IndexVectors

#: Articles found up to which all are looked at for whether they have vectors; of more only those that are rescored.
_LOOKED_AT = 10_000


class Rescoring:
    """Rescores the first hits of one question."""

    def __init__(
        self, question: Question, words: int, total: int, vectors: Callable[[], IndexVectors]
    ) -> None:
        """*words* are how many of the query score, *total* how many articles are found."""
        self._question = question
        self._total = total
        self._vectors = vectors
        self._stems = Stems(question.view, question.statistics, question.layout)
        self._feedback = Feedback(question.view, self._stems, words)
        self._documents: dict[str, tuple[Document, int]] = {}
        self.notices: tuple[str, ...] = ()

    def added(self, rows: Sequence[Row]) -> Asking[list[float]]:
        """Come to know what is added to the score of each of *rows*, which are in first order."""
        scores = np.array([row.score for row in rows], np.float32)
        if self._question.request.rank == "semantic":
            found = yield from self._by_meaning(rows, scores)
        else:
            leading = self._leading(rows, np.arange(len(rows)))
            shares = document_shares(scores.take(leading))
            found = yield from self._by_words(rows, leading, shares)
        added: list[float] = found.tolist()
        return added

    def weighed(self) -> tuple[WeighedWord, ...]:
        """Return the words that were taken up from the first hits, the heaviest first."""
        taken_up = sorted(self._feedback.taken_up, key=lambda word: (-word[1], word[0]))
        surfaces = surfaces_of(
            self._stems,
            [word for word, _ in taken_up],
            [each for each, _ in self._documents.values()],
        )
        return tuple(WeighedWord(surfaces[word], share) for word, share in taken_up)

    def _leading(self, rows: Sequence[Row], order: Ints) -> Ints:
        """Return which of *rows*, as indices, give words: the first ones in *order*, one of each story."""
        firsts: dict[int, int] = {}
        for place in order.tolist():
            firsts.setdefault(rows[place].story, place)
            if len(firsts) == FEEDBACK_DOCUMENTS:
                break
        return np.array(list(firsts.values()), np.int64)

    def _by_words(self, rows: Sequence[Row], leading: Ints, shares: Floats) -> Asking[Floats]:
        first = [rows[place] for place in leading.tolist()]
        # What is explained names words as the texts have them.
        lacking = [
            row.key
            for row in first
            if self._question.request.explain or not self._feedback.knows(row.article_id)
        ]
        if lacking:
            yield from self._fetch(lacking)
        return (
            yield from self._feedback.added(
                [row.key for row in rows],
                [row.article_id for row in first],
                shares.tolist(),
                list(self._documents.values()),
            )
        )

    def _fetch(self, keys: Sequence[str]) -> Asking[None]:
        """Read the documents with *keys*, and how long they are."""
        view = self._question.view
        body = {
            "query": {"terms": {"_id": list(keys)}},
            "size": len(keys),
            "docvalue_fields": ["wl"],
            "track_total_hits": False,
        }
        (answer,) = yield [body]
        for hit in answer["hits"]["hits"]:
            document = view.document(hit["_source"], self._question.layout.fields)
            self._documents[hit["_id"]] = document, hit["fields"]["wl"][0]

    # Meaning

    def _by_meaning(self, rows: Sequence[Row], scores: Floats) -> Asking[Floats]:
        meaning = self._question.request.meaning
        assert meaning is not None  # noqa: S101
        passages = self._passages(rows, meaning.model)
        near = passages.near(np.array(meaning.vector, np.float32))
        sums = first_sums(scores, near)
        leading = self._leading(rows, in_order(sums))
        shares = shares_of(sums.take(leading))
        after = scores + (yield from self._by_words(rows, leading, shares))
        near_centroid = passages.near(passages.centroid(leading, shares))
        return added_scores(scores, after, near, near_centroid)

    def _passages(self, rows: Sequence[Row], model: str) -> Passages:
        from search.engines.opensearch.vectors import HEAD_FIELDS, head_of, heads_of

        question = self._question
        view, vectors = question.view, self._vectors()
        body = {
            "query": {"terms": {"_id": [row.key for row in rows]}},
            "size": len(rows),
            "_source": list(HEAD_FIELDS),
            "track_total_hits": False,
        }
        found = {hit["_id"]: head_of(view, hit) for hit in view.search(body)["hits"]["hits"]}
        heads = [found[row.key] for row in rows]
        rows_of, starts, has = vectors.passages_of(heads, model)
        lacking, looked_at = has.count(False), len(rows)
        if looked_at < self._total <= _LOOKED_AT:
            every = list(heads_of(view, [question.query]))
            looked_at = len(every)
            lacking = looked_at - len(vectors.of_heads(every, model, with_rows=False))
        if lacking:
            self.notices = (lacking_notice(lacking, looked_at),)
        return Passages(rows_of, starts)
