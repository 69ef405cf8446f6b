"""An engine of dicts and loops: the oracle that real engines are compared to, and a fake for tests.

It follows docs/ranking.md sentence by sentence and is slow on purpose: what is not obvious here is
a bug here.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import NamedTuple, TypeGuard

import numpy as np

from search.engines import ranking
from search.engines.joining.joins import NO_MONTH, Join, Months, joined_names, month_of
from search.engines.joining.rule import joins_of
from search.engines.joining.spellings import APART, NameCounts, Vetoes
from search.engines.protocol.engine import (
    JoinedName,
    Revision,
    RevisionCount,
    Stats,
    Tagged,
    VectorCount,
)
from search.engines.protocol.facets import FacetCounts, FacetValue, facet_key, spelling_rank
from search.engines.protocol.request import Recency, SearchRequest
from search.engines.protocol.result import (
    HIT_COPIES,
    STORY_COPIES,
    AllHits,
    Contribution,
    Copy,
    EngineHit,
    Moved,
    PublicationDate,
    SearchResult,
    SignificantWord,
    SignificantWords,
    SimilarArticles,
    SimilarHit,
    Story,
    WeighedWord,
)
from search.engines.rescoring.feedback import (
    FEEDBACK_DOCUMENTS,
    FEEDBACK_POWER,
    FEEDBACK_TERMS,
    FORWARD_TERMS,
    QUERY_SHARE,
    scored_words,
)
from search.engines.rescoring.nearness import NOT_BY_MEANING, lacking_notice
from search.engines.rescoring.rescorer import RESCORED
from search.engines.staging import Given, Staged
from search.model import clock
from search.model.article import PRECISIONS, Article, Document
from search.model.errors import IndexMissing, RequestError
from search.model.fields import FIELDS, Field, FieldTable
from search.model.histogram import INTERVALS, Histogram, HistogramBin
from search.model.question import FacetRequest
from search.model.settings import Settings
from search.query.languages import languages_asked_for
from search.query.render import render
from search.query.tree import (
    And,
    Bound,
    DateRange,
    Either,
    Everything,
    Fuzzy,
    Group,
    HasValue,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Synonyms,
    Wildcard,
    Word,
    is_required,
    required_of,
    walk,
)
from search.text.arrays import Floats
from search.text.known_names import with_known_forms
from search.text.stems import stem, stem_language
from search.text.stop_words import stop_words
from search.text.words import tokens, wildcard_pattern, within_edits
from tests.support.memory_ledger import MemoryLedger

#: What a clause gives: each article id that it matches, and the score there.
Scores = dict[str, float]


def values_of(document: Document, row: Field) -> tuple[str, ...]:
    """Return the values of a field, whatever its kind; blank ones are none."""
    return tuple(value for value in row.values_of(document) if value.strip())


@dataclass
class LaidOut:
    """A document with its words laid out: form, or stem in its language, -> [(position, place), ...] ascending.

    A place is a field that a bare word searches, or what `place_of` says of one that only a query for it does.
    """

    document: Document
    forms: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    stems: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    length: float = 0.0

    @property
    def language(self) -> str:
        return stem_language(self.document.article.language)

    @classmethod
    def of(cls, document: Document, fields: FieldTable) -> LaidOut:
        laid_out = cls(document)
        parts = [(row.name, values_of(document, row)) for row in fields.searched]
        for name, texts_of in fields.texts.items():
            texts = texts_of(document)
            if name in fields.groups or fields[name].is_entity:
                texts = with_known_forms(texts)
            parts.append((place_of(name), texts))
        position = 0
        for place, texts in parts:
            for text in texts:
                for form in tokens(text).forms:
                    laid_out.forms.setdefault(form, []).append((position, place))
                    root = stem(form, laid_out.language)
                    laid_out.stems.setdefault(root, []).append((position, place))
                    laid_out.length += fields.weights.get(place, 0)
                    position += 1
                position += ranking.POSITION_GAP
        return laid_out


def place_of(name: str) -> str:
    """Return where the texts are laid out that a query for a field of names, a filter or a group searches."""
    return f"texts of {name}"


def is_seen(article: Article, now: datetime) -> bool:
    until = article.embargoed_until
    return not article.is_withdrawn and (until is None or until <= now)


def month_of_article(article: Article) -> int:
    """Return the month by which the names of an article are joined."""
    when = article.published
    if when is None or article.published_precision == "year":
        return NO_MONTH
    return month_of(when.year, when.month)


def counts_for(joins: Sequence[Join], kind: str, name: str, month: int) -> str:
    """Return what *name* counts for in an article of a month."""
    own = [join for join in joins if (join.kind, join.name) == (kind, name)]
    timed = [join for join in own if not join.is_always and join.first <= month <= join.last]
    always = [join for join in own if join.is_always]
    return (timed or always)[0].counts_for if timed or always else name


def is_known_to_day(article: Article) -> bool:
    return article.published_precision in ("year", "month", "day")


def added_of(document: Document) -> datetime | None:
    """Return when a document came or began to be seen."""
    return max(filter(None, (document.added, document.article.embargoed_until)), default=None)


def is_between(article: Article, start: Bound | None, end: Bound | None) -> bool:
    when = article.published
    if when is None:
        return False
    if is_known_to_day(article):
        day = when.date()
        return (start is None or day >= start.day) and (end is None or day < end.day)
    return (start is None or when >= start.instant) and (end is None or when < end.instant)


def day_of(article: Article, zone: tzinfo) -> date:
    """Return the day of an article with a date."""
    assert article.published is not None
    return article.published.date() if is_known_to_day(article) else day_at(article.published, zone)


def day_at(instant: datetime, zone: tzinfo) -> date:
    """Return the last of the days that have begun at *instant*; a zone is less than two days away."""
    first = max(1, instant.toordinal() - 2)
    days = map(date.fromordinal, range(first, min(date.max.toordinal(), first + 4) + 1))
    return max(day for day in days if has_begun(day, instant, zone))


def has_begun(day: date, instant: datetime, zone: tzinfo) -> bool:
    try:
        return midnight(day, zone) <= instant
    except OverflowError:  # after all time
        return False


class Evaluation:
    """One request against one generation of the documents."""

    def __init__(
        self,
        documents: Mapping[str, LaidOut],
        request: SearchRequest,
        max_expansions: int,
        fields: FieldTable,
        joins: Sequence[Join] = (),
    ) -> None:
        self.fields = fields
        self.joins = () if request.as_written else joins
        asked = [each.field for each in (*request.selections, *request.excluded, *request.facets)]
        for name in (*asked, *request.without):
            if name not in fields.facets:
                raise RequestError(
                    f"unknown facet {name!r}; choose one of {', '.join(fields.facets)}"
                )
        if request.after is not None and (request.sort == "relevance" or request.group):
            raise RequestError("only articles in the order of their dates")
        if request.limit < 0 or request.offset < 0:
            raise RequestError(f"negative limit {request.limit} or offset {request.offset}")
        self.documents = documents
        self.request = request
        filters = {row.name for row in fields.of_kind("filter")}
        #: What an occurrence is worth in each place; names that are asked for weigh 1, and filters nothing.
        self.weights = {**fields.weights} | {
            place_of(name): int(name not in filters) for name in fields.texts
        }
        asked = languages_asked_for((request.tree,), request.selections)
        self.unscored = unscored_words(
            request.tree, filters, partial(self.is_stop_word, asked=asked)
        )
        self.weighed: tuple[WeighedWord, ...] = ()
        self._keys_counted: dict[str, set[str]] = {}
        self._shown: dict[str, dict[str, str]] = {}
        self.selected: dict[str, set[str]] = {}
        for selection in request.selections:
            for value in selection.values:
                if value.strip():
                    self.selected.setdefault(selection.field, set()).add(facet_key(value))
        self.narrowed = {name: set[str]() for name in request.without} | self.selected
        self.max_expansions = max_expansions
        self.notices: list[str] = []
        total_length = sum(document.length for document in documents.values())
        self.average_length = total_length / len(documents) if documents else 0.0

    def is_stop_word(self, form: str, asked: Collection[str]) -> bool:
        """Whether *form* is a stop word of a language, and nine in ten articles with it are in such languages."""
        languages = {document.language for document in self.documents.values()}
        if asked:
            languages &= set(asked)
        own = {language for language in languages if form in stop_words(language)}
        having = [
            document.language
            for document in self.documents.values()
            if document.language in languages
            and any(place in self.fields.weights for _, place in document.forms.get(form, []))
        ]
        return bool(own) and 10 * sum(each not in own for each in having) <= len(having)

    def fields_asked(self, name: str | None) -> tuple[str, ...]:
        if name is None:
            return tuple(self.fields.weights)
        return (place_of(name) if name in self.fields.texts else name,)

    def is_exact(self, exact: bool, name: str | None) -> bool:
        return exact or (name is not None and name not in self.fields.stemmed)

    def idf(self, document_frequency: int) -> float:
        return ranking.idf(len(self.documents), document_frequency)

    def sat(self, x: float, document: LaidOut) -> float:
        if x == 0:
            return 0.0
        norm = 1 - ranking.B + ranking.B * document.length / self.average_length
        return x * (ranking.K1 + 1) / (x + ranking.K1 * norm)

    # What a clause matches, and the scores

    def scores(self, node: Query) -> Scores:
        match node:
            case Word():
                return self.word(node)
            case Phrase():
                return self.phrase(node)
            case Near():
                return self.near(node)
            case Wildcard() | Fuzzy():
                return self.expanded(node)
            case DateRange(start, end):
                return {
                    article_id: 0.0
                    for article_id, document in self.documents.items()
                    if is_between(document.document.article, start, end)
                }
            case HasValue(name):
                return {
                    article_id: 0.0
                    for article_id, document in self.documents.items()
                    if any(
                        self.has_value(document, n) for n in self.fields.groups.get(name, (name,))
                    )
                }
            case Everything():
                return dict.fromkeys(self.documents, 0.0)
            case Not(child):
                without = self.scores(child)
                return {
                    article_id: 0.0 for article_id in self.documents if article_id not in without
                }
            case And(children):
                found = self.holding(children, (), 0)
                return self.with_neighbours(found, children)
            case Or(children):
                return self.holding((), children, 1)
            case Synonyms(children):
                return self.best_of(children, ranking.SYNONYM_WEIGHT)
            case Either(children):
                return self.best_of(children)
            case Group(children):
                required = tuple(child for child in children if is_required(child))
                optional = tuple(child for child in children if not is_required(child))
                found = self.holding(required, optional, self.needed(len(optional)))
                return self.with_neighbours(found, children)
        raise AssertionError(f"unknown node {node!r}")

    def best_of(self, children: tuple[Query, ...], weight: float = 1.0) -> Scores:
        """Return the articles where one of *children* holds, each with its highest score; those after the first have a *weight*."""
        found: Scores = {}
        for number, child in enumerate(children):
            for article_id, score in self.scores(child).items():
                own = score * weight if number else score
                found[article_id] = max(own, found.get(article_id, 0.0))
        return found

    def needed(self, clauses: int) -> int:
        """Return how many of the clauses of a group that are not required must hold."""
        if self.request.match == "all":
            return clauses
        if self.request.match == "most":
            return math.ceil(clauses * 3 / 4)
        return min(1, clauses)

    def holding(
        self, required: tuple[Query, ...], optional: tuple[Query, ...], needed: int
    ) -> Scores:
        """Return the articles where all of *required* and *needed* of *optional* hold."""
        must = [self.scores(child) for child in required]
        may = [self.scores(child) for child in optional]
        found = {}
        for article_id in self.documents:
            held = [scores[article_id] for scores in must + may if article_id in scores]
            of_optional = sum(article_id in scores for scores in may)
            if len(held) - of_optional == len(must) and of_optional >= needed:
                found[article_id] = sum(held)
        return found

    def with_neighbours(self, found: Scores, children: tuple[Query, ...]) -> Scores:
        for pair in neighbours(children, self.unscored):
            for article_id, score in self.phrase(pair).items():
                if article_id in found:
                    found[article_id] += ranking.PAIR_WEIGHT * score
        return found

    def word(self, node: Word) -> Scores:
        fields = self.fields_asked(node.field)
        exact = self.term_scores(self.occurrences("forms", node.form, fields))
        if self.is_exact(node.exact, node.field):
            return exact
        if is_bare(node) and node.form in self.unscored:
            return dict.fromkeys(self.occurrences("stems", node.form, fields), 0.0)
        scores = self.term_scores(self.occurrences("stems", node.form, fields))
        for article_id, score in exact.items():
            scores[article_id] += ranking.EXACT_WEIGHT * score
        return scores

    def phrase(self, node: Phrase) -> Scores:
        column = self.column(self.is_exact(node.exact, node.field))
        fields = self.fields_asked(node.field)
        placed = [self.occurrences(column, form, fields) for form in node.forms]
        idf = sum(self.idf(len(places)) for places in placed)
        found = {}
        for article_id, firsts in placed[0].items():
            others = [[at for at, _ in places.get(article_id, [])] for places in placed[1:]]
            ends = {at: end_of(at, others, node.slop) for at, _ in firsts}
            found[article_id] = [
                (at, name)
                for at, name in firsts
                if ends[at] or (node.slop and any(start < at <= end for start, end in ends.items()))
            ]
        return self.scored(found, idf)

    def near(self, node: Near) -> Scores:
        fields = self.fields_asked(node.field)
        placed = []
        for side in (node.left, node.right):
            column = self.column(self.is_exact(side.exact, node.field))
            placed.append(self.occurrences(column, side.form, fields))
        left, right = placed
        found = {}
        for article_id, places in left.items():
            others = [at for at, _ in right.get(article_id, [])]
            found[article_id] = [
                (at, name)
                for at, name in places
                if any(1 <= abs(at - other) <= node.distance for other in others)
            ]
        return self.scored(found, self.idf(len(left)) + self.idf(len(right)))

    def expanded(self, node: Wildcard | Fuzzy) -> Scores:
        fields = self.fields_asked(node.field)
        found: dict[str, list[tuple[int, str]]] = {}
        for form in self.expansion(node, fields):
            for article_id, places in self.occurrences("forms", form, fields).items():
                found.setdefault(article_id, []).extend(places)
        return self.term_scores(found)

    def expansion(self, node: Wildcard | Fuzzy, fields: tuple[str, ...]) -> list[str]:
        """Return the words that *node* stands for, at most `max_expansions`, the most frequent."""
        frequencies = document_frequencies(self.documents.values(), fields)
        if isinstance(node, Wildcard):
            pattern = wildcard_pattern(node.pattern)
            words = [form for form in frequencies if pattern.fullmatch(form)]
        else:
            words = [form for form in frequencies if within_edits(node.form, form, node.edits)]
        words.sort(key=lambda form: (-frequencies[form], form))
        if len(words) > self.max_expansions:
            self.notices.append(
                f"{render(node)} stands for {len(words)} words; "
                f"only the {self.max_expansions} most frequent were searched"
            )
        return words[: self.max_expansions]

    # Occurrences and what they are worth

    def column(self, exact: bool) -> str:
        return "forms" if exact else "stems"

    def occurrences(
        self, column: str, form: str, fields: tuple[str, ...]
    ) -> dict[str, list[tuple[int, str]]]:
        """Return the articles with *form* in *fields*, or with its stem in their own language, and where."""
        found = {}
        for article_id, document in self.documents.items():
            if column == "forms":
                row, word = document.forms, form
            else:
                row, word = document.stems, stem(form, document.language)
            places = [(at, name) for at, name in row.get(word, []) if name in fields]
            if places:
                found[article_id] = places
        return found

    def term_scores(self, found: dict[str, list[tuple[int, str]]]) -> Scores:
        return self.scored(found, self.idf(len(found)))

    def scored(self, found: dict[str, list[tuple[int, str]]], idf: float) -> Scores:
        return {
            article_id: idf
            * self.sat(
                sum(self.weights[name] for _, name in places),
                self.documents[article_id],
            )
            for article_id, places in found.items()
            if places
        }

    # Feedback

    def all_weights_of(self, article_id: str) -> dict[str, int]:
        """Return the weighted frequency of the stems of an article."""
        found = {
            word: sum(self.fields.weights.get(place, 0) for _, place in places)
            for word, places in self.documents[article_id].stems.items()
        }
        return {word: weight for word, weight in found.items() if weight}

    def weights_of(self, article_id: str) -> dict[str, int]:
        """Return the same of the heaviest stems, those of stop words left out."""
        language = self.documents[article_id].language
        stops = {stem(word, language) for word in stop_words(language)}
        found = {w: x for w, x in self.all_weights_of(article_id).items() if w not in stops}

        def key(word: str) -> tuple[float, str]:
            return -self.idf_of(word) * found[word] / (found[word] + ranking.K1), word

        return {word: found[word] for word in sorted(found, key=key)[:FORWARD_TERMS]}

    def idf_of(self, word: str) -> float:
        """Return the idf of a stem: of the articles that have it as one of their own language."""
        documents = self.documents.values()
        places = [[name for _, name in document.stems.get(word, [])] for document in documents]
        return self.idf(sum(any(name in self.fields.weights for name in p) for p in places))

    def vector(self, article_id: str, weights: Mapping[str, int]) -> dict[str, float]:
        document = self.documents[article_id]
        return {word: self.idf_of(word) * self.sat(x, document) for word, x in weights.items()}

    def feedback(
        self,
        found: Scores,
        documents: Sequence[str],
        leading: Sequence[str],
        power: int = FEEDBACK_POWER,
    ) -> dict[str, float]:
        """Return what is added to the score of each of *documents* by the words of the *leading* ones."""
        words = scored_words(self.request.tree, self.unscored)
        if not words or not leading or not found[leading[0]]:
            return {}
        weighed: dict[str, float] = {}
        for article_id in leading:
            share = (found[article_id] / found[leading[0]]) ** power
            vector = self.vector(article_id, self.weights_of(article_id))
            norm = math.sqrt(sum(weight**2 for weight in vector.values()))
            for word, weight in vector.items():
                weighed[word] = weighed.get(word, 0.0) + share * weight / norm
        kept = sorted(weighed, key=lambda word: -weighed[word])[:FEEDBACK_TERMS]
        total = sum(weighed[word] for word in kept)
        factor = len(kept) and self.scale(words) / total
        self.weighed = tuple(WeighedWord(self.surface_of(w), weighed[w] / total) for w in kept)
        return {
            article_id: factor
            * sum(
                weighed[word] * weight
                for word, weight in self.vector(article_id, self.all_weights_of(article_id)).items()
                if word in kept
            )
            for article_id in documents
        }

    @staticmethod
    def scale(words: int) -> float:
        return words * (1 - QUERY_SHARE) / QUERY_SHARE

    # More like this, and significant words

    def having(self, word: str) -> list[str]:
        """Return the articles that have any form of a word with that stem in their language."""
        return list(self.places_of(word))

    def places_of(self, word: str) -> dict[str, list[tuple[int, str]]]:
        found = {
            article_id: [
                each for each in document.stems.get(word, []) if each[1] in self.fields.weights
            ]
            for article_id, document in self.documents.items()
        }
        return {article_id: places for article_id, places in found.items() if places}

    def forms_of(self, word: str) -> set[str]:
        documents = [self.documents[article_id] for article_id in self.having(word)]
        found = {f for each in documents for f in each.forms if stem(f, each.language) == word}
        as_form = self.occurrences("forms", word, tuple(self.fields.weights))
        return found | ({word} if as_form else set())

    def surface_of(self, word: str) -> str:
        """Return the form of a stem that most articles have."""
        frequencies = document_frequencies(self.documents.values(), tuple(self.fields.weights))
        return min(self.forms_of(word), key=lambda form: (-frequencies[form], form))

    def likeness(self, article_id: str) -> tuple[list[str], dict[str, tuple[float, list[str]]]]:
        """Return the stems that are looked for, and of each article with enough of them how like it is, and which it has."""
        most = ranking.most_with_word(len(self.documents))
        own = {
            word: weight
            for word, weight in self.vector(article_id, self.weights_of(article_id)).items()
            if ranking.is_comparable(word) and 2 <= len(self.having(word)) <= most
        }
        words = sorted(own, key=lambda word: (-own[word], word))[: ranking.SIMILAR_WORDS]
        added: dict[str, dict[str, float]] = {}
        for word in words:
            for other, score in self.term_scores(self.places_of(word)).items():
                added.setdefault(other, {})[word] = math.sqrt(own[word]) * score
        whole = sum(added[article_id].values()) if words else 0.0
        found = {}
        for other, scores in added.items():
            share = min(1.0, sum(scores.values()) / whole) * self.nearness(article_id, other)
            if len(scores) >= min(ranking.SIMILAR_SHARED, len(words)):
                found[other] = share, sorted(scores, key=lambda word: -scores[word])
        return words, found

    def nearness(self, article_id: str, other: str) -> float:
        when, then = (self.documents[i].document.article.published for i in (article_id, other))
        if when is None:
            return 1.0
        return ranking.nearness(None if then is None else (then - when) / timedelta(days=1))

    def significant(self, found: Scores, ranked: Sequence[str]) -> SignificantWords:
        """Return the words that are in the articles found more often than in all."""
        first = ranked[: ranking.SIGNIFICANT_ARTICLES]
        scores = {}
        words = {word for article_id in first for word in self.weights_of(article_id)}
        is_whole = len(found) == len(self.documents)
        for word in words if len(first) >= ranking.SIGNIFICANT_LEAST and not is_whole else ():
            having = self.having(word)
            own = len(set(having) & set(first))
            score = ranking.significance(own, len(first), len(having), len(self.documents))
            is_wanted = ranking.is_comparable(word) and not self.forms_of(word) & self.asked_for()
            if is_wanted and own >= ranking.least_with_word(len(first)) and score:
                scores[word] = score
        best = sorted(scores, key=lambda word: (-scores[word], word))[: self.request.significant]
        return SignificantWords(
            tuple(
                SignificantWord(
                    self.surface_of(word),
                    len(set(self.having(word)) & set(found)),
                    len(self.having(word)),
                    scores[word],
                )
                for word in best
            ),
            len(first),
        )

    def asked_for(self) -> set[str]:
        """Return all forms that the words of the question stand for."""
        found = set()
        every = tuple(self.fields.weights)
        for node in walk(self.request.tree):
            match node:
                case Word():
                    found.add(node.form)
                case Phrase():
                    found.update(node.forms)
                case Near():
                    found.update((node.left.form, node.right.form))
                case Wildcard() | Fuzzy():
                    found.update(self.expansion(node, every))
        for selection in self.request.selections:
            for value in selection.values:
                found.update(tokens(value).forms)
        return found

    # Filters, order, facets

    def has_value(self, document: LaidOut, name: str) -> bool:
        row = self.fields[name]
        values = values_of(document.document, row)
        return bool(values) if row.is_facet else any(tokens(value).forms for value in values)

    def spelt(self, document: Document, name: str) -> set[str]:
        """Return the values of a facet that a document is counted under, as they are spelt."""
        row = self.fields[name]
        month = month_of_article(document.article)
        return {counts_for(self.joins, row.key, value, month) for value in values_of(document, row)}

    def counted(self, document: Document, name: str) -> set[str]:
        """Return the values of a facet that a document is counted under, as they are shown."""
        return {self.shown(name)[facet_key(value)] for value in self.spelt(document, name)}

    def chosen_by(self, document: Document, name: str) -> set[str]:
        """Return the values of a facet by which a document is found when they are selected, as they are shown."""
        written = {facet_key(value) for value in values_of(document, self.fields[name])}
        apart = written - self.keys_counted(name)
        return self.counted(document, name) | {self.shown(name)[key] for key in apart}

    def keys_counted(self, name: str) -> set[str]:
        """Return the keys of the values of a facet that any document is counted under."""
        if name not in self._keys_counted:
            spelt = [self.spelt(each.document, name) for each in self.documents.values()]
            self._keys_counted[name] = {facet_key(value) for values in spelt for value in values}
        return self._keys_counted[name]

    def shown(self, name: str) -> dict[str, str]:
        """Return how the value of each key is shown: as most documents are counted under it, else as most have it."""
        if name not in self._shown:
            documents = [each.document for each in self.documents.values()]
            row = self.fields[name]
            written = Counter(v for d in documents for v in set(values_of(d, row)))
            counted = Counter(v for d in documents for v in self.spelt(d, name))
            self._shown[name] = most_frequent(written) | most_frequent(counted)
        return self._shown[name]

    def matching(self, without: str | None = None) -> Scores:
        """Return what the request matches, the selections of facet *without* left out."""
        request = self.request
        unbounded = request.start is None and request.end is None
        found = {}
        for article_id, score in self.scores(request.tree).items():
            document = self.documents[article_id].document
            dated = unbounded or is_between(document.article, request.start, request.end)
            if (
                dated
                and self.is_added_then(document)
                and all(
                    {facet_key(value) for value in self.chosen_by(document, name)} & keys
                    or (name in request.without and not values_of(document, self.fields[name]))
                    for name, keys in self.narrowed.items()
                    if name != without
                )
                and not any(
                    {facet_key(value) for value in self.chosen_by(document, out.field)}
                    & {facet_key(value) for value in out.values if value.strip()}
                    for out in request.excluded
                )
            ):
                found[article_id] = score
        return found

    def is_added_then(self, document: Document) -> bool:
        first, end = self.request.added_from, self.request.added_before
        if first is None and end is None:
            return True
        added = added_of(document)
        return (
            added is not None and (first is None or added >= first) and (end is None or added < end)
        )

    def ordered(self, found: Scores) -> list[str]:
        def key(article_id: str) -> tuple[float, bool, float, str]:
            published = self.documents[article_id].document.article.published
            seconds = 0.0 if published is None else published.timestamp()
            score = found[article_id] if self.request.sort == "relevance" else 0.0
            sign = 1 if self.request.sort == "oldest" else -1
            return -score, published is None, sign * seconds, article_id

        return sorted(found, key=key)

    def is_up_to(self, article_id: str, request: SearchRequest) -> bool:
        """Return whether an article comes before the place that a request goes on from, or is at it."""
        if request.after is None:
            return False
        place = request.after
        published = self.documents[article_id].document.article.published

        def key(instant: datetime | None, own_id: str) -> tuple[bool, float, str]:
            sign = 1 if request.sort == "oldest" else -1
            return instant is None, 0.0 if instant is None else sign * instant.timestamp(), own_id

        return key(published, article_id) <= key(place.published, place.article_id)

    def facet(self, asked: FacetRequest) -> FacetCounts:
        counts: Counter[str] = Counter()
        missing = 0
        chosen = self.selected.get(asked.field, set())
        left_out = None if self.request.facets_within else asked.field
        for article_id in self.matching(without=left_out):
            document = self.documents[article_id].document
            values = self.counted(document, asked.field)
            missing += not values
            finding = self.chosen_by(document, asked.field)
            counts.update(values | {value for value in finding if facet_key(value) in chosen})
        ranked = sorted(counts, key=lambda value: (-counts[value], value))
        wanted = [value for value in ranked if has_words_of(asked.text, value)]
        first = set(wanted[: asked.size])
        shown = [value for value in ranked if value in first or facet_key(value) in chosen]
        other = sum(counts[value] for value in wanted if value not in shown)
        shown += self.uncounted(asked.field, shown)
        return FacetCounts(
            tuple(FacetValue(v, counts[v], facet_key(v) in chosen) for v in shown),
            other=other,
            missing=missing,
            distinct=len({*wanted, *(value for value in ranked if facet_key(value) in chosen)}),
        )

    def uncounted(self, name: str, shown: list[str]) -> list[str]:
        """Return the selected values of a facet that stand for none of those shown, as articles have them, else as asked for."""
        keys = {facet_key(value) for value in shown}
        asked = {
            facet_key(value): value
            for selection in self.request.selections
            if selection.field == name
            for value in selection.values
            if value.strip()
        }
        spelt = self.shown(name)
        return sorted(spelt.get(key, value) for key, value in asked.items() if key not in keys)

    def histogram(self) -> Histogram | None:
        request = self.request
        if request.histogram is None:
            return None
        wanted, zone = request.histogram, request.histogram.zone
        found = [self.documents[article_id].document.article for article_id in self.matching()]
        days = [day_of(article, zone) for article in found if article.published is not None]
        undated = len(found) - len(days)
        firsts, lasts = days, days
        if request.start is not None:
            firsts = [day_at(request.start.instant, zone), request.start.day]
        if request.end is not None:
            last = request.end.instant - timedelta(microseconds=1)
            lasts = [day_at(last, zone), request.end.day - timedelta(days=1)]
        if request.start and request.end and request.start[:2] >= request.end[:2]:
            firsts = []
        if not firsts or not lasts:
            return Histogram(wanted.interval, (), undated)
        for interval in INTERVALS[INTERVALS.index(wanted.interval) :]:
            most = 100 if interval == "century" else wanted.max_bins
            begins = first_days(interval, min(firsts), max(lasts), most)
            if len(begins) <= most:
                break
        counts = Counter(first_day(interval, day) for day in days)
        starts = [midnight(day, zone) for day in begins]
        bins = [
            HistogramBin(day, start, counts[day])
            for day, start, following in zip(begins, starts, [*starts[1:], None], strict=True)
            # No time lies in a day that the date line moved over.
            if counts[day] or start != following
        ]
        return Histogram(interval, tuple(bins), undated)

    def contributions(
        self, article_id: str, by_feedback: float = 0.0, kept: float = 1.0
    ) -> tuple[Contribution, ...]:
        """Return what each clause at the top of the tree added to an article's score, by query order, feedback, and what age took."""
        tree = self.request.tree
        if not isinstance(tree, And | Group):
            added = [Contribution(render(tree), self.scores(tree)[article_id])]
        else:
            added = [
                Contribution(render(child), self.scores(child).get(article_id, 0.0))
                for child in tree.children
            ]
            pairs = [
                self.phrase(pair).get(article_id, 0.0)
                for pair in neighbours(tree.children, self.unscored)
            ]
            added.append(Contribution("neighbouring words", ranking.PAIR_WEIGHT * sum(pairs)))
        what = "words of the first hits"
        if self.request.rank == "semantic":
            what = f"meaning, and {what}"
        added.append(Contribution(what, by_feedback))
        added = [part for part in added if part.score > 0]
        lost = sum(part.score for part in added) * (kept - 1)
        return (*added, *([Contribution(f"age: {kept:.0%} of it is kept", lost)] if lost else []))


def depth_of(request: SearchRequest) -> int:
    """Return how many hits can have another place than their scores give them."""
    return 300 if request.recency is not None else 30


def most_frequent(counts: Counter[str]) -> dict[str, str]:
    """Return by key the spelling of a value that is counted most often."""
    ranked = sorted(counts, key=lambda value: (-counts[value], spelling_rank(value)), reverse=True)
    return {facet_key(value): value for value in ranked}


def has_words_of(text: str, value: str) -> bool:
    """Whether for each word of *text* a word of *value* begins so."""
    key = facet_key(value)
    begins = [key[at:] for at in range(len(key)) if not at or not is_in_word(key[at - 1])]
    return all(any(rest.startswith(word) for rest in begins) for word in facet_key(text).split())


def is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def first_days(interval: str, first: date, last: date, most: int) -> list[date]:
    """Return the first days of the bins that hold all days from *first* to *last*; of too many one more than *most*."""
    days = []
    day = first_day(interval, first)
    while day <= last and len(days) <= most:
        days.append(day)
        try:
            day = first_day(interval, day + WIDEST[interval])
        except OverflowError:
            break
    return days


#: What may be added to the first day of a bin so that it comes to the next, but not beyond.
WIDEST = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
    "decade": timedelta(days=3653),
    "century": timedelta(days=36525),
}


def first_day(interval: str, day: date) -> date:
    """Return the first day of the day, week, month ... that *day* is in."""
    if interval == "day":
        return day
    if interval == "week":
        return day - timedelta(days=day.weekday())
    if interval == "month":
        return day.replace(day=1)
    years = {"year": 1, "decade": 10, "century": 100}[interval]
    return date(max(1, day.year // years * years), 1, 1)


def midnight(day: date, zone: tzinfo) -> datetime:
    if day == date.min:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def is_bare(node: Query) -> TypeGuard[Word]:
    return isinstance(node, Word) and node.field is None and not node.exact


def unscored_words(
    tree: Query, filters: Collection[str], is_stop_word: Callable[[str], bool]
) -> set[str]:
    """Return the bare words of a query that score nothing: stop words beside anything that can score."""
    scoring = [
        node
        for node in walk(tree, negated=False)
        if isinstance(node, Word | Phrase | Near | Wildcard | Fuzzy) and node.field not in filters
    ]
    stops = [node.form for node in scoring if is_bare(node) and is_stop_word(node.form)]
    return set(stops) if len(stops) < len(scoring) else set()


def neighbours(children: tuple[Query, ...], unscored: Collection[str]) -> Iterator[Phrase]:
    """Yield the pairs of unquoted words without a field that score and follow each other directly."""
    for left, right in itertools.pairwise(children):
        if is_bare(left) and is_bare(right) and not {left.form, right.form} & set(unscored):
            yield Phrase((left.form, right.form), exact=False)


def end_of(at: int, later_words: list[list[int]], slop: int) -> int:
    """Return where a phrase that starts at *at* ends: each later word at its earliest offset after the word before; 0 where none starts."""
    last = at
    for places in later_words:
        later = [place for place in places if place > last]
        if not later:
            return 0
        last = min(later)
    between = last - at - len(later_words)
    return last if between <= slop else 0


def document_frequencies(documents: Iterable[LaidOut], fields: tuple[str, ...]) -> Counter[str]:
    """Return each word that stands in one of *fields*, and in how many articles."""
    return Counter(
        form
        for document in documents
        for form, places in document.forms.items()
        if any(name in fields for _, name in places)
    )


def exactest(dates: Iterable[PublicationDate], instant: datetime | None) -> PublicationDate | None:
    """Return the date of *instant* that is known most exactly."""
    same = [date for date in dates if date.published == instant]
    return max(same, key=lambda date: PRECISIONS.index(date.precision), default=None)


def name_counts(documents: Sequence[Document], row: Field) -> NameCounts:
    """Return what *documents* say of the names of a kind."""
    months: dict[str, Counter[int]] = {}
    written: Counter[tuple[str, str]] = Counter()
    for document in documents:
        for name in set(values_of(document, row)):
            months.setdefault(name, Counter())[month_of_article(document.article)] += 1
        entities = getattr(document.enrichment.entities, row.key)
        written.update({(form, entity.name) for entity in entities for form in entity.forms})

    def months_of(names: Collection[str]) -> Mapping[str, Months]:
        return {name: months[name] for name in names}

    return NameCounts({name: own.total() for name, own in months.items()}, months_of, written)


class MemoryStaging:
    """Documents in a list, until they are published."""

    def __init__(self, location: str, staged: dict[str, list[Document]]) -> None:
        self._location = location
        self._staged = staged

    def add(self, document: Document) -> None:
        self._staged[self._location].append(document)

    def finish(self) -> Staged:
        taken = self._staged[self._location]
        ids = dict.fromkeys(document.article_id for document in taken)
        return Staged(self._location, tuple(ids), len(taken))

    def discard(self) -> None:
        self._staged.pop(self._location, None)


def nearness(rows: Floats, vector: Sequence[float]) -> float:
    """Return how near an article is whose passages have the vectors *rows*: half the nearest, half their mean."""
    wanted = np.array(vector)
    mean = rows.sum(axis=0)
    length = math.sqrt(float(mean @ mean)) or 1.0
    return (float((rows @ wanted).max()) + float(mean @ wanted) / length) / 2


def unit(vector: Floats) -> Floats:
    """Return *vector* with the length 1, or 0."""
    length = math.sqrt(float(vector @ vector))
    return vector / length if length else vector


def language_of(document: LaidOut) -> str:
    return document.document.article.language.strip().casefold().partition("-")[0]


def own_story(article_id: str) -> int:
    """Return a story of its own for each article."""
    return int.from_bytes(article_id.encode())


class Vectors(NamedTuple):
    """Those of one revision of an article, a row for each passage."""

    added: datetime | None
    revision: int
    rows: Floats


class MemoryEngine:
    """A `search.engines.protocol.engine.Engine` that forgets all when it goes."""

    def __init__(
        self,
        max_expansions: int = 1024,
        fields: FieldTable = FIELDS,
        story_of: Callable[[str], int] = own_story,
        kept_revisions: int = 10,
        joined_names: bool = True,
    ) -> None:
        """*story_of* returns the number of the story that the article with an id is of."""
        self.fields = fields
        self._joined_names = joined_names
        self._joins: Sequence[Join] = ()
        self.max_expansions = max_expansions
        self._story_of = story_of
        self._documents: Mapping[str, LaidOut] = {}
        self._texts: dict[str, str] = {}
        self._staged: dict[str, list[Document]] = {}
        self._locations = itertools.count()
        self._ledger = MemoryLedger()
        self._now = datetime.min.replace(tzinfo=UTC)
        self._kept_revisions = kept_revisions
        self._revisions: dict[str, list[Revision]] = {}
        #: By the label of their model, and by article.
        self._vectors: dict[str, dict[str, Vectors]] = {}

    def add(self, documents: Iterable[Document]) -> int:
        handle = self.stage()
        for document in documents:
            handle.add(document)
        return self.publish([handle.finish()])

    def stage(self) -> MemoryStaging:
        location = f"location {next(self._locations)}"
        self._staged[location] = []
        return MemoryStaging(location, self._staged)

    def publish(
        self,
        staged: Sequence[Staged],
        deleted_ids: Iterable[str] = (),
        given: Mapping[str, Given] | None = None,
    ) -> int:
        known = [self._now, *(each.added for each in (given or {}).values())]
        self._now = max(datetime.now(UTC), max(known) + timedelta(microseconds=1))
        documents = {
            document.article_id: document
            for part in staged
            for document in self._staged[part.location]
            if document.article_id not in part.left_out
        }
        added = {
            i: LaidOut.of(self._published(document, given or {}), self.fields)
            for i, document in documents.items()
        }
        for document in documents.values():
            if document.article_id not in (given or {}):
                self._keep_revision(document.article)
        self.delete(deleted_ids)
        self._documents = {**self._documents, **added}
        if added:
            self._join_names()
        return len(added)

    def _join_names(self) -> None:
        """Find which names are one among the documents that are seen now."""
        if not self._joined_names:
            return
        documents = [laid_out.document for laid_out in self._seen().values()]
        counts = {
            row.key: name_counts(documents, row)
            for row in self.fields
            if row.is_entity and row.is_facet
        }
        self._joins = joins_of(counts, Vetoes.of_text(self.text(APART)))

    def names_of(self, field: str, name: str) -> tuple[JoinedName, ...]:
        if field not in self.fields.facets:
            raise RequestError(f"unknown facet {field!r}")
        kind, key = self.fields[field].key, facet_key(name)
        return joined_names(
            join
            for join in self._joins
            if join.kind == kind and key in (facet_key(join.name), facet_key(join.counts_for))
        )

    def _keep_revision(self, article: Article) -> None:
        """Keep what *article* takes the place of."""
        article_id = article.article_id
        before = self.stored(article_id)
        if before is None or before.article == article:
            return
        kept = self._revisions.pop(article_id, [])
        if article.is_withdrawn:
            return
        if not before.article.is_withdrawn:
            kept = [*kept, Revision(before, self._now)]
        oldest = before.revision - self._kept_revisions
        self._revisions[article_id] = [each for each in kept if each.number > oldest]

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        now = clock.now()
        kept = self._revisions.get(article_id, ()) if self.get(article_id) else ()
        return tuple(each for each in kept if is_seen(each.document.article, now))

    def stored_revisions(self) -> Iterator[Revision]:
        return iter([each for kept in self._revisions.values() for each in kept])

    def keep_revisions(self, revisions: Iterable[Revision]) -> None:
        for each in revisions:
            kept = self._revisions.get(each.document.article_id, [])
            others = [other for other in kept if other.number != each.number]
            self._revisions[each.document.article_id] = sorted(
                [*others, each], key=lambda revision: revision.number
            )

    def count_revisions(self) -> RevisionCount:
        kept = [len(each) for each in self._revisions.values() if each]
        return RevisionCount(sum(kept), len(kept), 0)

    def forget_revisions(self, article_ids: Iterable[str]) -> None:
        for article_id in article_ids:
            self._revisions.pop(article_id, None)

    def ledger(self, *, waits: bool = True, shares: bool = False) -> MemoryLedger:
        return self._ledger

    def _published(self, document: Document, given: Mapping[str, Given]) -> Document:
        """Return *document* with what publishing gives it."""
        if document.article_id in given:
            of_another = given[document.article_id]
            return document._replace(added=of_another.added, revision=of_another.revision)
        before = self.stored(document.article_id)
        if before is None:
            return document._replace(added=self._now, revision=0)
        if before.article == document.article:
            return document._replace(added=before.added, revision=before.revision)
        return document._replace(added=self._now, revision=before.revision + 1)

    def delete(self, article_ids: Iterable[str]) -> int:
        article_ids = set(article_ids)
        self.forget_revisions(article_ids)
        gone = article_ids & set(self._documents)
        self._documents = {k: v for k, v in self._documents.items() if k not in gone}
        left = {
            model: {k: v for k, v in kept.items() if k not in gone}
            for model, kept in self._vectors.items()
        }
        self._vectors = {model: kept for model, kept in left.items() if kept}
        if article_ids:
            self._join_names()
        return len(gone)

    def get(self, article_id: str) -> Document | None:
        laid_out = self._seen().get(article_id)
        return None if laid_out is None else laid_out.document

    def documents(self) -> Iterator[Document]:
        return iter([laid_out.document for laid_out in self._seen().values()])

    def stored(self, article_id: str) -> Document | None:
        laid_out = self._documents.get(article_id)
        return None if laid_out is None else laid_out.document

    def stored_of(self, article_ids: Sequence[str]) -> dict[str, Document]:
        return {i: self._documents[i].document for i in article_ids if i in self._documents}

    def stored_documents(self) -> Iterator[Document]:
        return iter([laid_out.document for laid_out in self._documents.values()])

    def stored_ids(self, request: SearchRequest, staged: Staged | None = None) -> Iterator[str]:
        documents = self._documents
        if staged is not None:
            of_ids = {d.article_id: d for d in self._staged[staged.location]}
            documents = {i: LaidOut.of(d, self.fields) for i, d in of_ids.items()}
        joins = self._joins if staged is None else ()
        return iter(list(Evaluation(documents, request, 1 << 30, self.fields, joins).matching()))

    def ids(self, request: SearchRequest) -> Iterator[str]:
        return iter(list(self._evaluate(request).matching()))

    def text(self, name: str) -> str:
        return self._texts.get(name, "")

    def keep_text(self, name: str, text: str, *, before: str | None = None) -> bool:
        is_as_before = before is None or self.text(name) == before
        if is_as_before:
            self._texts[name] = text
        return is_as_before

    def _seen(self) -> dict[str, LaidOut]:
        """Return the documents that are neither withdrawn nor embargoed now."""
        now = clock.now()
        return {k: v for k, v in self._documents.items() if is_seen(v.document.article, now)}

    def vector_models(self) -> list[str]:
        return list(self._vectors)

    def count_vectors(self, model: str) -> VectorCount:
        seen = self._seen()
        return VectorCount(len(seen), sum(self._rows(model, i) is not None for i in seen))

    def vectors(self, article_ids: Sequence[str], model: str) -> dict[str, Floats]:
        rows = {i: self._rows(model, i) for i in article_ids if i in self._seen()}
        return {i: found for i, found in rows.items() if found is not None}

    def _rows(self, model: str, article_id: str) -> Floats | None:
        """Return the vectors of an article as it is now."""
        kept = self._vectors.get(model, {}).get(article_id)
        document = self._documents[article_id].document
        if kept is None or (kept.added, kept.revision) != (document.added, document.revision):
            return None
        return kept.rows

    def near(self, request: SearchRequest, limit: int) -> SearchResult:
        meaning = request.meaning
        assert meaning is not None
        matching = self._evaluate(request).matching()
        fitting = self._evaluate(request._replace(tree=required_of(request.tree))).matching()
        others = self.vectors([i for i in fitting if i not in matching], meaning.model)
        near = {i: nearness(rows, meaning.vector) for i, rows in others.items() if len(rows)}
        best = sorted(near, key=lambda i: -near[i])[:limit]
        hits = [
            EngineHit(self._documents[i].document, near[i])
            for i in best
            if near[i] >= meaning.least_nearness
        ]
        return SearchResult(len(others), tuple(hits))

    def without_vectors(self, model: str) -> Iterator[Document]:
        documents = [laid_out.document for laid_out in self._documents.values()]
        return (d for d in documents if self._rows(model, d.article_id) is None)

    def keep_vectors(self, model: str, vectors: Iterable[tuple[Document, Floats]]) -> None:
        for document, rows in list(vectors):
            kept = self._vectors.pop(model, {})
            kept[document.article_id] = Vectors(document.added, document.revision, rows)
            self._vectors[model] = kept

    def tidy_vectors(self, model: str) -> None:
        own = self._vectors.get(model, {})
        self._vectors = {model: own} if own else {}

    def search(self, request: SearchRequest) -> SearchResult:
        evaluation = self._evaluate(request)
        found = evaluation.matching()
        by_score = request.sort == "relevance"
        ranked = evaluation.ordered(found)
        added: Scores = {}
        if request.rank == "feedback" and by_score:
            leading = [article_ids[0] for article_ids in self._stories(ranked[:RESCORED]).values()]
            added = evaluation.feedback(found, ranked[:RESCORED], leading[:FEEDBACK_DOCUMENTS])
            found = {i: score + added.get(i, 0.0) for i, score in found.items()}
            ranked[:RESCORED] = sorted(ranked[:RESCORED], key=lambda i: -found[i])
        notices = list(dict.fromkeys(evaluation.notices))
        if request.rank == "semantic" and by_score and ranked and found[ranked[0]]:
            if request.meaning and scored_words(request.tree, evaluation.unscored):
                added = self._by_meaning(evaluation, found, ranked[:RESCORED])
                found = {i: score + added.get(i, 0.0) for i, score in found.items()}
                ranked[:RESCORED] = sorted(ranked[:RESCORED], key=lambda i: -found[i])
                lacking = sum(self._rows(request.meaning.model, i) is None for i in found)
                notices += [lacking_notice(lacking, len(found))] if lacking else []
            else:
                notices.append(NOT_BY_MEANING)
        of_stories = self._stories(ranked)
        if request.group:
            ranked = [article_ids[0] for article_ids in of_stories.values()]
        found, kept, moved = self._arrange(evaluation, ranked, found)
        passed = sum(evaluation.is_up_to(article_id, request) for article_id in ranked)
        offset = request.offset + passed
        page = ranked[offset : offset + request.limit]
        hits = tuple(
            EngineHit(
                evaluation.documents[article_id].document,
                found[article_id] if by_score else 0.0,
                evaluation.contributions(
                    article_id, added.get(article_id, 0.0), kept.get(article_id, 1.0)
                )
                if request.explain and by_score
                else (),
                self._others(article_id, of_stories, HIT_COPIES) if request.group else None,
            )
            for article_id in page
        )
        facets = {asked.field: evaluation.facet(asked) for asked in request.facets}
        counts = tuple(
            self.count(SearchRequest(tree=tree, match=request.match)) for tree in request.counted
        )
        histogram = evaluation.histogram()
        significant = None
        if request.significant:
            plain = evaluation.matching()
            significant = evaluation.significant(plain, evaluation.ordered(plain))
        stories = len(of_stories) if request.group else None
        moved = moved if page and request.offset < depth_of(request) else ()
        return SearchResult(
            len(found),
            hits,
            facets,
            tuple(notices),
            counts,
            histogram,
            stories,
            moved,
            significant,
            evaluation.weighed if request.explain else (),
            passed,
        )

    def every(self, request: SearchRequest) -> AllHits:
        plain = request._replace(
            limit=1 << 30, facets=(), histogram=None, counted=(), significant=0
        )
        found = self.search(plain)
        return AllHits(found.total, iter(found.hits), found.notices, found.stories, found.passed)

    def generation(self) -> str:
        return f"{self._now} {len(self._documents)} {len(self._seen())}"

    def _by_meaning(self, evaluation: Evaluation, found: Scores, first: list[str]) -> Scores:
        """Return what is added to the scores of the *first* documents, as docs/semantic.md says."""
        meaning, best = evaluation.request.meaning, found[first[0]]
        rows = {i: r for i in first if (r := self._rows(meaning.model, i)) is not None and len(r)}
        near = self._near(first, rows, meaning.vector)
        sums = {i: max(0.0, found[i] / best + 2 * near[i]) for i in first}
        in_order = sorted(first, key=lambda i: -sums[i])
        leading = [ids[0] for ids in self._stories(in_order).values()][:FEEDBACK_DOCUMENTS]
        by_words = evaluation.feedback(sums, first, leading, 8)
        after = {i: found[i] + by_words.get(i, 0.0) for i in first}
        means = [
            (sums[i] / sums[leading[0]]) ** 8 * unit(rows[i].sum(axis=0))
            for i in leading
            if i in rows
        ]
        centroid = unit(sum(means)) if means else np.zeros(len(meaning.vector))
        near_centroid = self._near(first, rows, centroid)
        top = max(after.values())
        return {
            i: best * (1 + max(0.0, after[i] / top + (near[i] + near_centroid[i] / 2) / 1.5))
            - found[i]
            for i in first
        }

    @staticmethod
    def _near(documents: list[str], rows: dict[str, Floats], vector: Sequence[float]) -> Scores:
        known = {i: nearness(rows[i], vector) for i in documents if i in rows}
        mean = sum(known.values()) / len(known) if known else 0.0
        return {i: known.get(i, mean) for i in documents}

    def _arrange(
        self, evaluation: Evaluation, ranked: list[str], found: Scores
    ) -> tuple[Scores, Scores, tuple[Moved, ...]]:
        """Put the first hits in the order asked for; return scores, which share of them is kept, and what was moved."""
        request = evaluation.request
        if request.sort != "relevance" or not ranked or not found[ranked[0]]:
            return found, {}, ()
        kept: Scores = {}
        if request.recency is not None:
            kept = {i: self._share(i, request, request.recency) for i in ranked[:300]}
            found = {i: score * kept.get(i, 1.0) for i, score in found.items()}
            ranked[:300] = sorted(ranked[:300], key=lambda i: -found[i])
        if not request.is_diverse:
            return found, kept, ()
        first: list[str] = []
        passed: Counter[str] = Counter()
        for place, article_id in enumerate(ranked[:30]):
            sources = [self._source(other) for other in first]
            own, story = self._source(article_id), self._number_of(article_id)
            is_copy = story in map(self._number_of, first)
            if len(first) < 10 and not is_copy and (not own or sources.count(own) < 2):
                first.append(article_id)
            elif place < 10:
                passed["" if is_copy else own] += 1
        if len(ranked) <= 10 or len(first) < 10:
            return found, kept, ()
        names = {self._source(i): self._article(i).source.strip() for i in reversed(ranked)}
        ranked[:] = first + [i for i in ranked if i not in first]
        return found, kept, tuple(Moved(own and names[own], n) for own, n in passed.items())

    def _article(self, article_id: str) -> Article:
        return self._documents[article_id].document.article

    def _source(self, article_id: str) -> str:
        return facet_key(self._article(article_id).source)

    def _share(self, article_id: str, request: SearchRequest, recency: Recency) -> float:
        """Return which share of its score an article keeps."""
        when = self._article(article_id).published
        if when is None:
            return recency.floor
        dates = [d.document.article.published for d in self._seen().values()]
        ends = [clock.now(), max(date for date in dates if date is not None)]
        if request.end is not None:
            ends.append(request.end.instant)
        days = max(timedelta(), min(ends) - when) / timedelta(days=1)
        return recency.floor + (1 - recency.floor) / 2 ** (days / recency.half_life_days)

    def similar(self, article_id: str, limit: int = 10) -> SimilarArticles | None:
        evaluation = self._evaluate(SearchRequest())
        if article_id not in evaluation.documents:
            return None
        words, found = evaluation.likeness(article_id)
        if len(words) < 2:
            return SimilarArticles((), (), ("too few words",))
        language = language_of(evaluation.documents[article_id])
        scores = {
            other: round(score, 5)
            for other, (score, _) in found.items()
            if self._number_of(other) != self._number_of(article_id)
            and score >= ranking.SIMILAR_LEAST
            and (not language or language_of(evaluation.documents[other]) in ("", language))
        }
        firsts = [ids[0] for ids in self._stories(evaluation.ordered(scores)).values()][:limit]
        return SimilarArticles(
            tuple(
                SimilarHit(
                    evaluation.documents[other].document,
                    found[other][0],
                    tuple(evaluation.surface_of(word) for word in found[other][1][:5]),
                )
                for other in firsts
            ),
            tuple(evaluation.surface_of(word) for word in words[:10]),
        )

    def story(self, article_id: str) -> Story | None:
        evaluation = self._evaluate(SearchRequest(sort="oldest"))
        ranked = evaluation.ordered(evaluation.matching())
        if article_id not in ranked:
            return None
        return self._others(article_id, self._stories(ranked), STORY_COPIES)

    def _stories(self, ranked: Sequence[str]) -> dict[int, list[str]]:
        """Return the ids in order, story by story."""
        found: dict[int, list[str]] = {}
        for article_id in ranked:
            found.setdefault(self._number_of(article_id), []).append(article_id)
        return found

    def _number_of(self, article_id: str) -> int:
        """Return the number of an article's story: one of its own where that is not known."""
        known = self._story_of(article_id)
        return -1 - own_story(article_id) if known < 0 else known

    def _others(
        self, article_id: str, of_stories: Mapping[int, Sequence[str]], most: int
    ) -> Story | None:
        of_story = of_stories[self._number_of(article_id)]
        others = [self._documents[each].document for each in of_story if each != article_id]
        own = self._documents[article_id].document.article.source
        sources = [other.article.source for other in others]
        named = [name for name in sources if name.strip() and name != own]
        copies = tuple(map(Copy.of, others[:most]))
        of_none = len(sources) - len(named)
        return Story(len(others), copies, tuple(dict.fromkeys(named)), of_none) if others else None

    def count(self, request: SearchRequest) -> int:
        return len(self._evaluate(request).matching())

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        evaluation = self._evaluate(request)
        return {asked.field: evaluation.facet(asked) for asked in request.facets}

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        frequencies = document_frequencies(self._seen().values(), tuple(self.fields.weights))
        near = [
            (1 if within_edits(form, other, 1) else 2, -frequency, other)
            for other, frequency in frequencies.items()
            if other != form and within_edits(form, other, 2)
        ]
        return tuple(other for _, _, other in sorted(near)[:limit])

    def completions(self, beginning: str, limit: int = 10) -> tuple[str, ...]:
        frequencies = document_frequencies(self._seen().values(), tuple(self.fields.weights))
        found = [word for word in frequencies if beginning and word.startswith(beginning)]
        return tuple(sorted(found, key=lambda word: (-frequencies[word], word))[:limit])

    def stats(self) -> Stats:
        documents = list(self.documents())
        withdrawn = sum(d.article.is_withdrawn for d in self.stored_documents())
        dates = [
            PublicationDate(document.article.published, document.article.published_precision)
            for document in documents
            if document.article.published is not None
        ]
        oldest = min([date.published for date in dates], default=None)
        newest = max([date.published for date in dates], default=None)
        everything = self._evaluate(SearchRequest())
        return Stats(
            articles=len(documents),
            segments=1,
            size_bytes=0,
            oldest=exactest(dates, oldest),
            newest=exactest(dates, newest),
            facet_values={
                name: len(
                    {
                        value
                        for document in documents
                        for value in everything.counted(document, name)
                    }
                )
                for name in self.fields.facets
            },
            withdrawn=withdrawn,
            embargoed=len(self._documents) - len(documents) - withdrawn,
            tagged=self._tagged(documents),
            last_added=max(filter(None, map(added_of, documents)), default=None),
        )

    def _tagged(self, documents: Sequence[Document]) -> tuple[Tagged, ...]:
        has_languages = "lang" in self.fields.facets
        found = Counter(
            (d.enrichment.tagger, d.article.language.strip() if has_languages else "")
            for d in documents
        )
        tagged = [Tagged(*key, articles) for key, articles in found.items()]
        return tuple(sorted(tagged, key=lambda t: (-t.articles, t.tagger or "", t.language)))

    def count_terms(self) -> int:
        return len({form for laid_out in self._documents.values() for form in laid_out.forms})

    def close(self) -> None:
        """Nothing to let go of."""

    def _evaluate(self, request: SearchRequest) -> Evaluation:
        return Evaluation(self._seen(), request, self.max_expansions, self.fields, self._joins)


#: The engines that `open_memory` has opened, by where.
INDEXES: dict[str, MemoryEngine] = {}


def open_memory(location: str, *, make: bool, settings: Settings) -> MemoryEngine:
    """Open the engine called *location*, for `search.engines.registry`."""
    if location not in INDEXES:
        if not make:
            raise IndexMissing(f"memory:{location}: no such index")
        joins = bool(settings.joined_names)
        INDEXES[location] = MemoryEngine(settings.max_expansions, joined_names=joins)
    return INDEXES[location]
