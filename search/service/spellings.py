"""The other spellings of a query's words, as the articles of an index have them."""

from __future__ import annotations

from collections.abc import Sequence

from search.engines.protocol.engine import KnowsWords, Searcher
from search.engines.protocol.request import SearchRequest
from search.model.errors import QueryTimeout
from search.query.tree import Either, Phrase, Query, Word, rewrite
from search.service.limits import LOOKED_UP
from search.text.spellings import (
    has_hyphen,
    has_umlaut,
    joined,
    needs_no_hyphen,
    of_number,
    parted,
    spelled_out,
    with_digraphs,
    without_digraphs,
)
from search.text.words import fold, is_unspaced

#: Articles that are read to see how they write a word.
_READ = 10
#: Of two words of which both are in more articles than this it is not counted how often they stand in a row.
_MAX_COUNTED = 50_000
#: Words that are remembered of one generation of the index.
_REMEMBERED = 20_000

Leaf = Word | Phrase


class Spellings:
    """Finds other spellings by asking an engine; what it says is remembered until the index changes."""

    def __init__(self, engine: Searcher) -> None:
        self._engine = engine
        self._words = engine if isinstance(engine, KnowsWords) else None
        self._generation: object = None
        #: What was found for words as they were typed. Threads share it; of another generation it is another one.
        self._found: dict[tuple[Leaf, str], Query] = {}

    def spelled(self, tree: Query, text: str) -> tuple[Query, tuple[str, ...]]:
        """Return *tree*, read from *text*, with an `Either` for each word that has other spellings; and notices.

        A word in quotes means what was typed. Raises `EngineError`.
        """
        generation = self._engine.generation() if self._words else None
        if not generation or generation != self._generation or len(self._found) > _REMEMBERED:
            self._generation, self._found = generation, {}
        asked = 0
        is_cut = is_late = False

        def change(clause: Query) -> Query:
            nonlocal asked, is_cut, is_late
            if not isinstance(clause, Leaf) or clause.exact or is_late:
                return clause
            is_cut = asked == LOOKED_UP
            if is_cut:
                return clause
            asked += 1
            try:
                return self._spelled(clause, text[slice(*clause.span)])
            except QueryTimeout:  # of another question; this one will be answered
                is_late = True
                return clause

        changed = rewrite(tree, change) or tree
        if is_late:
            return changed, ("this search takes long, so not all other spellings were looked for",)
        if is_cut:
            return changed, (
                f"other spellings were looked for of the first {LOOKED_UP} words only",
            )
        return changed, ()

    def _spelled(self, leaf: Leaf, typed: str) -> Query:
        key, found = (leaf, typed), self._found
        if (known := found.get(key)) is None:
            ways = self._of_word(leaf, typed) if isinstance(leaf, Word) else self._of_row(leaf)
            known = Either((leaf, *dict.fromkeys(ways)), leaf.span) if ways else leaf
            found[key] = known
        return known if known.span == leaf.span else _moved(known, leaf)

    # Joined, or with a hyphen

    def _of_row(self, row: Phrase) -> list[Query]:
        """Return how the words of a hyphenated word are written, beside in a row."""
        if row.slop or any(map(is_unspaced, row.forms)):
            return []
        rows = [row.forms]
        if (one := joined(row.forms)) is not None:
            rows.append((one,))
        rows += [other for forms in rows[:] if (other := of_number(forms)) is not None]
        ways = [_leaf(forms, row) for forms in rows[1:]]
        return [way for way, count in zip(ways, self._count(ways), strict=True) if count]

    def _of_word(self, word: Word, typed: str) -> list[Query]:
        form = word.form
        ways = parted(form)
        ways += [(row[0], row[1]) for row in map(of_number, ways) if row is not None]
        bare, out = without_digraphs(form), list(with_digraphs(form))
        if (exactly := spelled_out(typed)) == form or fold(typed) != form:
            exactly = ""
        plural = of_number((form,))
        forms = {part for way in ways for part in way}.union(
            (form,), bare, out, plural or (), {exactly} - {""}
        )
        # All at once, which costs less.
        counts = dict(zip(forms, self._frequencies(list(forms), word.field), strict=True))
        found: list[tuple[str, ...]] = [
            (other,) for other in bare if counts[other] and self._has_umlaut(word, other, form)
        ]
        if exactly and counts[exactly]:
            found.append((exactly,))
        for other in out:
            # Where nothing is written as it was typed, nothing else can have been meant.
            if counts[other] and (not counts[form] or self._has_umlaut(word, form, other)):
                found.append((other,))
        rows = [way for way in ways if 0 < min(map(counts.__getitem__, way)) <= _MAX_COUNTED]
        found += self._in_a_row(rows, word)
        if plural and counts[plural[0]]:
            found.append(plural)
        return [_leaf(forms, word) for forms in dict.fromkeys(found)]

    def _in_a_row(self, ways: Sequence[tuple[str, str]], word: Word) -> list[tuple[str, ...]]:
        """Return those of *ways* to part *word* in two that articles write so, but for a hyphen."""
        rows = [_leaf(way, word) for way in ways]
        found: list[tuple[str, ...]] = []
        for way, row, count in zip(ways, rows, self._count(rows), strict=True):
            if count and (needs_no_hyphen(way) or self._is_hyphenated(row, way)):
                found.append(way)
        return found

    def _is_hyphenated(self, row: Query, way: tuple[str, str]) -> bool:
        """Whether at least half of some articles that have *way* in a row have it with a hyphen."""
        texts = self._texts(row)
        return 2 * sum(has_hyphen(text, way) for text in texts) >= len(texts)

    def _has_umlaut(self, word: Word, form: str, digraphs: str) -> bool:
        """Whether articles with *form* have it with the umlauts that *digraphs* has spelled out."""
        exact = Word(form, word.field, True)
        return any(has_umlaut(text, form, digraphs) for text in self._texts(exact))

    # What the index has

    def _frequencies(self, forms: Sequence[str], field: str | None) -> Sequence[int]:
        """Return how many articles have each of *forms*."""
        if self._words is None or field is not None:
            return self._count([Word(form, field) for form in forms])
        return self._words.frequencies(forms)

    def _count(self, trees: Sequence[Query]) -> Sequence[int]:
        """Return how many articles each of *trees* matches."""
        if not trees:
            return ()
        request = SearchRequest(tree=trees[0], limit=0, counted=tuple(trees))
        return self._engine.search(request).counts

    def _texts(self, tree: Query) -> list[str]:
        found = self._engine.search(SearchRequest(tree=tree, limit=_READ))
        return [f"{hit.article.title}\n{hit.article.body}" for hit in found.hits]


def _leaf(forms: tuple[str, ...], like: Leaf) -> Query:
    """Return the clause for *forms*, one or several in a row, that is otherwise as *like*."""
    if len(forms) == 1:
        return Word(forms[0], like.field, span=like.span)
    return Phrase(forms, 0, like.field, False, like.span)


def _moved(known: Query, leaf: Leaf) -> Query:
    """Return what is known of a word that stands elsewhere in the query."""
    return Either((leaf, *known.children[1:]), leaf.span) if isinstance(known, Either) else leaf
