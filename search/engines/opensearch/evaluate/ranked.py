"""Hits in another order than that of scores or dates: one of each story, rescored, by age, and so that no source fills a page.

Only the first `RESCORED` of all that is found, or fewer, can come to another place; what comes after them stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from search.engines.opensearch.evaluate.clauses import Clause
from search.engines.opensearch.evaluate.copies import of_stories, sources_of, stories_of
from search.engines.opensearch.evaluate.hits import WINDOW, Found, Row
from search.engines.opensearch.evaluate.question import Question
from search.engines.opensearch.keys import columns_of, keyed
from search.engines.opensearch.pages import hits_of
from search.engines.opensearch.view import Asking
from search.engines.protocol.facets import facet_key
from search.engines.protocol.result import (
    HIT_COPIES,
    Contribution,
    EngineHit,
    Moved,
    Story,
    WeighedWord,
)
from search.engines.records import to_microseconds
from search.engines.rescoring.diversity import LOOKED_AT, NO_SOURCE, diverse
from search.engines.rescoring.feedback import scored_words
from search.engines.rescoring.nearness import NOT_BY_MEANING
from search.engines.rescoring.recency import by_recency, kept
from search.engines.rescoring.rescorer import RESCORED

if TYPE_CHECKING:
    from search.engines.opensearch.vectors import IndexVectors

#: Hits of which everything is read at once where all are asked for, and those that are looked at at once for stories.
_PART = 100
_LOOKED_AT_ONCE = 2_000

#: Counts the different stories of articles whose stories have several: what is alone in its story needs no counting.
_DISTINCT = {
    "init_script": "state.stories = new HashSet();",
    "map_script": "state.stories.add(doc['story'].value);",
    "combine_script": "return new ArrayList(state.stories);",
    "reduce_script": (
        "Set all = new HashSet(); for (part in states) { if (part != null) { all.addAll(part); } }"
        " return all.size();"
    ),
}


_SCORE = attrgetter("score")


class Ranking:
    """The hits of one question in the order that the request wants."""

    def __init__(self, question: Question, vectors: Callable[[], IndexVectors]) -> None:
        """*vectors* returns those of the index."""
        self._question = question
        self._vectors = vectors
        request = question.request
        self._words = 0
        if question.by_score and request.rank != "plain":
            self._words = scored_words(request.tree, question.stop_words)
        self._is_rescored = bool(self._words) and (
            request.rank == "feedback" or request.meaning is not None
        )
        #: Filled by `page`: what was moved after the first hits, and the words that rescoring took up.
        self.moved: tuple[Moved, ...] = ()
        self.weighed: tuple[WeighedWord, ...] = ()
        #: By key, the share of its score that a document keeps, and what rescoring added to it.
        self._shares: Mapping[str, float] = {}
        self._added: Mapping[str, float] = {}
        #: Sentences for the person who asked.
        self.notices: tuple[str, ...] = ()
        if request.rank == "semantic" and question.by_score and not self._is_rescored:
            self.notices = (NOT_BY_MEANING,)
        self._total = 0
        self._stories = 0

    @property
    def is_plain(self) -> bool:
        """Whether hits are in the order of scores or dates, and nothing is to be done here."""
        is_other = self._is_rescored or self._depth or self.notices
        return not (self._question.request.group or is_other)

    @property
    def _depth(self) -> int:
        """How many hits can come to have another place than rescoring gave them."""
        request = self._question.request
        if not self._question.by_score:
            return 0
        if request.recency is not None:
            return RESCORED
        return LOOKED_AT if request.is_diverse else 0

    # What is asked in the first request

    def body_of(self) -> dict[str, Any]:
        """Return what asks for the first hits, for the request that counts everything."""
        request = self._question.request
        first, size = request.offset, request.limit
        if self._is_rescored and size:
            first, size = 0, RESCORED
        elif size and request.offset < self._depth:
            first, size = 0, max(self._depth, request.offset + request.limit)
        is_grouped = request.group and not self._is_rescored
        if not size or first + size > WINDOW or (is_grouped and self._question.is_native):
            first, size = 0, 0
        return self._asked(first, size, is_grouped=is_grouped)

    def aggregation(self, narrowed: Sequence[Clause]) -> Clause:
        """Return what counts stories, given the filters of what is selected."""
        return {
            "filter": {"bool": {"filter": [{"term": {"copied": True}}, *narrowed]}},
            "aggs": {"distinct": {"scripted_metric": _DISTINCT}},
        }

    def take(self, total: int, counted: Mapping[str, Any] | None) -> None:
        """Take what was found in all, and what `aggregation` counted where the request groups."""
        self._total = self._stories = total
        if counted is not None:
            distinct = counted["distinct"]["value"] or 0
            self._stories = total - counted["doc_count"] + int(distinct)

    @property
    def stories(self) -> int | None:
        """How many stories the articles found are of; None where that is not asked."""
        return self._stories if self._question.request.group else None

    def _asked(self, first: int, size: int, *, is_grouped: bool) -> dict[str, Any]:
        fields = ["story"]
        if self._question.request.recency is not None:
            fields.append("published")
        if "source" in self._question.layout.fields.facets:
            fields.append("kv.source")
        # Few of what is looked at is shown.
        columns = columns_of(*fields) if size > _PART else {"docvalue_fields": fields}
        return {
            "sort": self._question.order,
            "from": first,
            "size": size,
            **columns,
            **({"collapse": {"field": "story"}} if is_grouped and size else {}),
        }

    # Hits

    def page(self, answer: Found) -> Asking[tuple[EngineHit, ...]]:
        """Come to know the page of hits, given the *answer* to `body_of`."""
        request = self._question.request
        end = min(request.offset + request.limit, self._stories)
        if request.offset >= end:
            return ()
        rows = yield from self._rows(answer, request.offset, end)
        return (yield from self._as_hits(rows))

    def _as_hits(self, rows: Sequence[Row]) -> Asking[tuple[EngineHit, ...]]:
        question = self._question
        rows, stories = yield from self._told(rows)
        made_of = self._made_of(rows)
        return tuple(
            EngineHit(
                partial(question.view.document, row.found["_source"], question.layout.fields),
                row.score if question.by_score else 0.0,
                made_of.get(row.key, ()),
                stories.get(row.key),
            )
            for row in rows
        )

    def _made_of(self, rows: Sequence[Row]) -> dict[str, tuple[Contribution, ...]]:
        """Return what the scores of hits are made of, by key, where that is asked for."""
        question = self._question
        if not question.request.explain or not question.by_score:
            return {}
        from search.engines.opensearch.evaluate.explaining import contributions

        of_query = contributions(question, [row.article_id for row in rows])
        what = "words of the first hits"
        if question.request.rank == "semantic":
            what = f"meaning, and {what}"
        found = {}
        for row in rows:
            parts = list(of_query.get(row.article_id, ()))
            if (added := self._added.get(row.key, 0.0)) > 0:
                parts.append(Contribution(what, added))
            share = self._shares.get(row.key, 1.0)
            if share < 1:
                lost = sum(part.score for part in parts) * (share - 1)
                parts.append(Contribution(f"age: {share:.0%} of it is kept", lost))
            found[row.key] = tuple(parts)
        return found

    def every(self) -> Iterator[EngineHit]:
        """Return all hits from the offset of the request on. The first are found now, the others when they are asked for."""
        request = self._question.request
        first: list[Row] = []
        end = min(self._stories, RESCORED)
        if request.offset < end and (self._is_rescored or self._depth):
            body = self.body_of() | {"query": self._question.query, "track_total_hits": False}
            answer = self._question.search(body)
            first = self._question.view.known(self._rows(answer, request.offset, end))
        later = self._in_turn(request.offset + len(first))
        return self._in_parts(first, later)

    def _in_parts(self, first: list[Row], later: Iterator[Row]) -> Iterator[EngineHit]:
        view = self._question.view
        yield from view.known(self._as_hits(first))
        while part := list(islice(later, _PART)):
            yield from view.known(self._as_hits(part))

    def _rows(self, answer: Found, offset: int, end: int) -> Asking[list[Row]]:
        found = _rows_of(answer["hits"]["hits"])
        wanted = end if offset >= self._depth else min(self._stories, max(end, self._depth))
        if self._is_rescored:
            found = yield from self._rescored(found)
            if offset >= self._depth:
                rows = found[offset:]
                if end > len(found):
                    # Whatever their order is, the first ones are of as many stories, so that the others follow.
                    rows += self._in_first_order(max(offset, len(found)), end)
                return rows[: end - offset]
            if wanted > len(found):
                found += self._in_first_order(len(found), wanted)
        elif offset >= self._depth:
            return found if found else self._in_first_order(offset, end)
        elif wanted > len(found):
            found = self._in_first_order(0, wanted)
        return self._arranged(found)[offset:end]

    def _in_first_order(self, offset: int, end: int) -> list[Row]:
        """Return the hits from *offset* up to *end* as they are without rescoring, one of each story where the request groups."""
        # Grouped by the cluster, all articles found would be scored.
        if end > WINDOW or (self._question.request.group and self._question.is_native):
            return list(islice(self._in_turn(offset), end - offset))
        is_grouped = self._question.request.group
        body = self._asked(offset, end - offset, is_grouped=is_grouped)
        body |= {"query": self._question.query, "track_total_hits": False}
        return _rows_of(self._question.search(body)["hits"]["hits"])

    def _in_turn(self, skipping: int) -> Iterator[Row]:
        """Yield all hits in that order, *skipping* some."""
        question, seen = self._question, set[int]()
        # What is not looked at the cluster need not score.
        at_once = RESCORED if question.is_native else _LOOKED_AT_ONCE
        body = self._asked(0, at_once, is_grouped=False)
        body.pop("from")
        body |= {"query": question.query, "track_total_hits": False}
        hits = hits_of(question.search, body)
        while part := list(islice(hits, at_once)):
            for row in _rows_of(part):
                if question.request.group:
                    if row.story in seen:
                        continue
                    seen.add(row.story)
                if skipping:
                    skipping -= 1
                else:
                    yield row

    def _told(self, rows: Sequence[Row]) -> Asking[tuple[Sequence[Row], dict[str, Story]]]:
        """Come to know *rows* with what is stored of each, and their stories by key where others are found of these."""
        question = self._question
        lacking = [row.key for row in rows if "_source" not in row.found]
        if not lacking:
            return rows, (yield from self._stories_of(rows))
        bodies = sources_of(lacking)
        if question.request.group:
            bodies.append(of_stories(question, [row.story for row in rows]))
        answers = list((yield bodies))
        of_rows = answers.pop() if question.request.group else None
        hits = [hit for answer in answers for hit in answer["hits"]["hits"]]
        sources = {hit["_id"]: hit["_source"] for hit in hits}
        told = [
            row._replace(found=row.found | {"_source": sources[row.key]})
            if row.key in sources
            else row
            for row in rows
        ]
        return told, (yield from self._stories_of(told, of_rows))

    # Rescoring

    def _rescored(self, rows: list[Row]) -> Asking[list[Row]]:
        """Come to know the first documents in their new order, of stories the best ones, where the request groups."""
        from search.engines.opensearch.evaluate.rescoring import Rescoring

        rescoring = Rescoring(self._question, self._words, self._total, self._vectors)
        added = [0.0] * len(rows)
        if rows and rows[0].score > 0:
            added = yield from rescoring.added(rows)
        self.notices += rescoring.notices
        if self._question.request.explain:
            self._added = {row.key: more for row, more in zip(rows, added, strict=True)}
            self.weighed = rescoring.weighed()
        scored = [Row(row.found, row.score + more) for row, more in zip(rows, added, strict=True)]
        scored.sort(key=_SCORE, reverse=True)
        return _firsts(scored) if self._question.request.group else scored

    # Age, and sources

    def _arranged(self, rows: list[Row]) -> list[Row]:
        """Return the best hits in their new order, with what each keeps of its score."""
        request = self._question.request
        if not rows or not rows[0].score:
            return rows  # nothing scored: newest first
        if request.recency is not None:
            rows = self._by_age(rows)
        if not request.is_diverse:
            return rows
        first = rows[:LOOKED_AT]
        names = [_source_of(row) for row in first]
        numbers: dict[str, int] = {}
        sources = [
            numbers.setdefault(facet_key(name), len(numbers)) if name else NO_SOURCE
            for name in names
        ]
        stories = dict.fromkeys(row.story for row in first)
        number_of = {story: number for number, story in enumerate(stories, 1)}
        found = diverse(sources, [number_of[row.story] for row in first])
        if not found.moved:
            return rows
        self.moved = tuple(
            Moved("" if best is None else names[best], hits) for best, hits in found.moved
        )
        return [rows[place] for place in found.order] + rows[len(first) :]

    def _by_age(self, rows: list[Row]) -> list[Row]:
        recency = self._question.request.recency
        assert recency is not None  # noqa: S101
        first = rows[:RESCORED]
        since = self._counted_from
        dates = [row.found["fields"].get("published", [None])[0] for row in first]
        ages = [None if date is None else since - date for date in dates]
        shares = kept(ages, recency)
        self._shares = {row.key: share for row, share in zip(first, shares, strict=True)}
        order = by_recency([row.score for row in first], shares)
        weighed = [Row(row.found, row.score * self._shares[row.key]) for row in first]
        return [weighed[place] for place in order] + rows[RESCORED:]

    @cached_property
    def _counted_from(self) -> int:
        """The instant that ages are counted from: now, or the newest article, or the last day asked for, whichever is first."""
        view, request = self._question.view, self._question.request
        newest = view.cache.get("newest")
        if newest is None:
            dated = {"exists": {"field": "published"}}
            body = {
                "size": 1,
                "query": {"bool": {"filter": [*view.visible, dated]}},
                "sort": [{"published": "desc"}],
                "_source": False,
                "track_total_hits": False,
            }
            hits = view.search(body)["hits"]["hits"]
            newest = view.cache["newest"] = hits[0]["sort"][0] if hits else view.now
        ends = [view.now, newest]
        if request.end is not None:
            ends.append(to_microseconds(request.end.instant))
        return int(min(ends))

    # Stories

    def _stories_of(
        self, rows: Sequence[Row], first: Found | None = None
    ) -> Asking[dict[str, Story]]:
        """Come to know the stories of the hits shown, by key; those of which no other article is found are left out."""
        if not self._question.request.group:
            return {}
        shown = {row.story: row.found for row in rows if row.found["_source"].get("copied")}
        return (yield from stories_of(self._question, shown, HIT_COPIES, first))


def _rows_of(hits: list[Found]) -> list[Row]:
    return [Row(hit, hit["_score"] or 0.0) for hit in keyed(hits)]


def _source_of(row: Row) -> str:
    """Return the source of a hit as it is spelt there, "" where it has none."""
    found: str = row.found["fields"].get("kv.source", [""])[0]
    return found.partition("\n")[2].strip()


def _firsts(rows: Sequence[Row]) -> list[Row]:
    """Return of each story the first of *rows*."""
    firsts: dict[int, Row] = {}
    for row in rows:
        firsts.setdefault(row.story, row)
    return list(firsts.values())
