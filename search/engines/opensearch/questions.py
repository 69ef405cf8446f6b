"""The methods of the engine that answer questions, each one with a view that is opened for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from search.engines.opensearch.scoring import wants_native
from search.engines.opensearch.view import View
from search.engines.protocol.engine import JoinedName
from search.engines.protocol.facets import FacetCounts
from search.engines.protocol.request import SearchRequest
from search.engines.protocol.result import AllHits, SearchResult, SimilarArticles, Story
from search.engines.staging import Staged
from search.model.fields import FieldTable
from search.model.settings import Settings

if TYPE_CHECKING:
    from search.engines.opensearch.evaluate.answer import Answers
    from search.engines.opensearch.evaluate.words import Words
    from search.engines.opensearch.vectors import IndexVectors

T = TypeVar("T")
#: What a wildcard stands for where nothing bounds it.
ALL_WORDS = 1 << 30


class AnswersQuestions(ABC):
    """The part of the engine that is a `Searcher` but for documents as they are, and `KnowsWords`."""

    fields: FieldTable
    settings: Settings

    @cached_property
    @abstractmethod
    def _vectors(self) -> IndexVectors:
        """Those of the index."""

    @abstractmethod
    def answering(self, ask: Callable[[View], T], *, is_query: bool = True) -> T:
        """Return what *ask* makes of a view; asked anew where nodes are lost."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[View]:
        """Open a view of the newest generation."""

    @abstractmethod
    def staged(self, staged: Staged) -> AbstractContextManager[View]:
        """Open a view of what is staged alone."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer *request*."""
        return self.answering(lambda view: self._answers(view).search(request))

    def every(self, request: SearchRequest) -> AllHits:
        """Answer *request* with all its hits."""
        with ExitStack() as stack:
            view = stack.enter_context(self.reading())
            found = self._answers(view).every(request)
            return found._replace(hits=_while_open(stack.pop_all(), found.hits))

    def count(self, request: SearchRequest) -> int:
        """Return the exact number of documents that *request* matches."""
        return self.answering(lambda view: self._answers(view).count(request))

    def ids(self, request: SearchRequest) -> Iterator[str]:
        """Yield the id of every document that *request* matches."""
        with ExitStack() as stack:
            found = self._answers(stack.enter_context(self.reading())).ids(request)
            return _while_open(stack.pop_all(), found)

    def stored_ids(self, request: SearchRequest, staged: Staged | None = None) -> Iterator[str]:
        """Yield the ids of all that is stored, seen or not, or of what is *staged*."""
        with ExitStack() as stack:
            opened = self.reading() if staged is None else self.staged(staged)
            view = stack.enter_context(opened)
            found = self._answers(view, ALL_WORDS).ids(request, view.stored)
            return _while_open(stack.pop_all(), found)

    def facets(self, request: SearchRequest) -> Mapping[str, FacetCounts]:
        """Return only the facets that *request* asks for."""
        return self.answering(lambda view: self._answers(view).facets(request))

    def story(self, article_id: str) -> Story | None:
        """Return the other articles of an article's story, the oldest first; None where there are none."""
        return self.answering(lambda view: self._answers(view).story(article_id))

    def similar(self, article_id: str, limit: int = 10) -> SimilarArticles | None:
        """Return at most *limit* articles like the one with that id; None where it is unknown."""
        return self.answering(lambda view: self._answers(view).similar(article_id, limit))

    def near(self, request: SearchRequest, limit: int) -> SearchResult:
        """Return articles that are near in meaning though *request* does not find them, the nearest first."""
        return self.answering(lambda view: self._answers(view).near(request, limit))

    def names_of(self, field: str, name: str) -> tuple[JoinedName, ...]:
        """Return which names of a facet count for *name*, and what that counts for, most articles first."""
        from search.engines.opensearch.names import names_of

        return self.answering(lambda view: names_of(view, self.fields, field, name))

    def spellings(self, form: str, limit: int = 3) -> tuple[str, ...]:
        """Return indexed words within two edits of *form*, likeliest first."""
        return self.answering(lambda view: self._words(view).spellings(form, limit))

    def completions(self, beginning: str, limit: int = 10) -> tuple[str, ...]:
        """Return indexed words that begin with *beginning*, those in most articles first."""
        return self.answering(lambda view: self._words(view).completions(beginning, limit))

    def frequencies(self, forms: Sequence[str]) -> list[int]:
        """Return in how many articles each of *forms* is, in any of its forms."""
        return self.answering(lambda view: self._words(view).frequencies(forms))

    def forms_of(self, form: str) -> dict[str, int]:
        """Return all forms of a word that articles have, and in how many each is."""
        return self.answering(lambda view: self._words(view).forms_of(form))

    def stem_languages(self) -> dict[str, int]:
        """Return in how many articles words have the stems of each language."""
        return self.answering(lambda view: self._words(view).stem_languages())

    def count_terms(self) -> int:
        """Return how many different words there are."""
        return self.answering(lambda view: self._words(view).count_terms(), is_query=False)

    def _answers(self, view: View, max_expansions: int = 0) -> Answers:
        from search.engines.opensearch.evaluate.answer import Answers

        most = max_expansions or self.settings.max_expansions
        return Answers(view, self.fields, most, lambda: self._vectors, wants_native(self.settings))

    def _words(self, view: View) -> Words:
        from search.engines.opensearch.evaluate.words import Words

        return Words(view, self.fields)


def _while_open(opened: ExitStack, found: Iterator[T]) -> Iterator[T]:
    """Yield what was *found*, and close after it what was opened for it."""
    with opened:
        yield from found
