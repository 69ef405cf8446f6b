"""The word that stands for a stem: of its forms the one that most articles have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.engines.opensearch.evaluate.clauses import any_word, fields_of
from search.engines.opensearch.evaluate.patterns import escaped
from search.engines.opensearch.evaluate.statistics import Statistics
from search.engines.opensearch.evaluate.stems import Stems
from search.engines.opensearch.evaluate.vocabulary import Expansion
from search.engines.opensearch.mapping import Layout, language_of, language_term
from search.model.article import Document
from search.text.stems import stem as stem_of
from search.text.stems import stem_language, stems
from search.text.words import tokens

#: Forms of a stem that are asked for.
_FORMS = 200


def surfaces_of(
    known: Stems, wanted: Sequence[str], documents: Iterable[Document]
) -> dict[str, str]:
    """Return for each of the *wanted* stems, which are of some *documents*, the form that most articles have."""
    return {stem: forms[0] for stem, forms in forms_of(known, wanted, documents).items()}


def forms_of(
    known: Stems, wanted: Sequence[str], documents: Iterable[Document]
) -> dict[str, list[str]]:
    """Return for each of the *wanted* stems the forms that articles have, those in most articles first.

    *documents* have them: what the forms there begin with is looked for.
    """
    if not wanted:
        return {}
    beginnings: dict[str, set[str]] = {stem: {stem} for stem in wanted}
    for document in documents:
        language = stem_language(document.article.language)
        forms = _forms_in(document, known.layout)
        for form, stem in zip(forms, stems(forms, language), strict=True):
            if stem in beginnings:
                beginnings[stem].add(_common(form, stem))
    languages = list(map(language_of, known.totals().languages))
    expansions = {stem: _expansion(stem, own, languages) for stem, own in beginnings.items()}
    # Statistics of their own: nobody is to hear that a word has more forms.
    statistics = Statistics(known.view, known.layout)
    found = statistics.complete(
        lambda: {stem: statistics.expanded(each) for stem, each in expansions.items()}
    )
    # A form that has the stem in one language may be there in articles of another alone.
    doubtful = {
        form
        for stem in wanted
        for form in found[stem]
        if form != stem and any(stem_of(form, language) != stem for language in languages)
    }
    fields = fields_of(known.layout.searched, stems=False)
    having = statistics.complete(
        lambda: {form: statistics.count_by_language(any_word((form,), fields)) for form in doubtful}
    )

    def is_form(form: str, stem: str) -> bool:
        return form not in doubtful or any(
            having[form].get(language_term(language)) and stem_of(form, language) == stem
            for language in languages
        )

    return {
        stem: [form for form in found[stem] if form == stem or is_form(form, stem)] or [stem]
        for stem in wanted
    }


def _expansion(stem: str, beginnings: Iterable[str], languages: Sequence[str]) -> Expansion:
    least: list[str] = []
    for each in sorted(beginnings):
        if not any(each.startswith(other) for other in least):
            least.append(each)
    regex = "|".join(f"{escaped(each)}.*" for each in least)

    def fits(word: str) -> bool:
        return word == stem or any(stem_of(word, language) == stem for language in languages)

    return Expansion(regex, fits, None, f"stem {stem}", _FORMS)


def _forms_in(document: Document, layout: Layout) -> list[str]:
    found: dict[str, None] = {}
    for row in layout.fields.searched:
        for text in row.values_of(document):
            found |= dict.fromkeys(tokens(text).forms)
    return list(found)


def _common(form: str, stem: str) -> str:
    """Return what a form and its stem begin with in common."""
    width = min(len(form), len(stem))
    return form[: next((at for at in range(width) if form[at] != stem[at]), width)]
