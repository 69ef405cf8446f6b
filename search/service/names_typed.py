"""Names that are no form of other words: Orly is asked for as typed, and not as *or*."""

from __future__ import annotations

from collections.abc import Collection

from search.engines.protocol.engine import KnowsWords
from search.query.tree import Query, Word, rewrite
from search.service.languages_read import languages_of
from search.service.limits import LOOKED_UP
from search.text.stems import may_have_other_forms
from search.text.stop_words import stop_words
from search.text.words import fold

#: How many times as many articles another form must be in. Of 200 names of Reuters-21578 with another form in ten times
#: as many, one in three is a plural; nearly all others are other words (Maine and main, Chang and change).
_FAR_MORE = 10


def as_typed(tree: Query, text: str, words: KnowsWords | None) -> tuple[Query, tuple[str, ...]]:
    """Return *tree*, read from *text*, in which names are exact that share their stem with other words; and notices.

    A name is a word with a capital in a text that is not all in capitals.
    """
    if words is None or text == text.lower() or text == text.upper():
        return tree, ()
    stops = frozenset().union(*map(stop_words, languages_of(words)))
    notices: list[str] = []
    asked = 0
    is_cut = False

    def change(clause: Query) -> Query:
        nonlocal asked, is_cut
        if not isinstance(clause, Word) or clause.exact or not may_have_other_forms(clause.form):
            return clause
        typed = text[slice(*clause.span)].rpartition(":")[2]
        is_name = typed[:1].isupper() and fold(typed) == clause.form
        if not is_name or clause.form in stops:
            return clause
        if asked == LOOKED_UP:
            is_cut = True
            return clause
        asked += 1
        other, articles = _other_word(words.forms_of(clause.form), clause.form, stops)
        if not other:
            return clause
        notices.append(
            f"'{typed}' was searched for as typed, and not as a form of '{other}', which is in {articles:,}"
            f" {'article' if articles == 1 else 'articles'}; in small letters, '{typed.lower()}', it finds these too"
        )
        return Word(clause.form, clause.field, True, clause.span)

    changed = rewrite(tree, change)
    if is_cut:
        notices.append(
            f"of the first {LOOKED_UP} names only it was looked up whether their other forms are other words"
        )
    return (changed, tuple(notices)) if changed is not None and notices else (tree, ())


def _other_word(forms: dict[str, int], form: str, stops: Collection[str]) -> tuple[str, int]:
    """Return which of *forms* of one stem is another word than *form*, a stop word or far more frequent, and its articles; "" for none."""
    own = forms.pop(form, 0)
    for other in sorted(forms, key=lambda each: -forms[each]):
        is_common = other in stops
        is_far_more = own and forms[other] >= _FAR_MORE * own
        if is_common or (is_far_more and not _are_one_in_number(form, other)):
            return other, forms[other]
    return "", 0


def _are_one_in_number(form: str, other: str) -> bool:
    """Whether one of two forms is the plural of the other, as English makes it."""
    shorter, longer = sorted((form, other), key=len)
    plurals = [shorter + "s"]
    if shorter.endswith(("s", "x", "z", "ch", "sh", "o")):
        plurals.append(shorter + "es")
    if shorter.endswith("y"):
        plurals.append(shorter[:-1] + "ies")
    return longer in plurals
