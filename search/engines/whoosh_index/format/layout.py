"""Which words and values of an article go where in a segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from search.engines.whoosh_index.format.constants import DOCUMENT_BITS
from search.model.article import Document
from search.model.fields import FIELDS, FieldTable
from search.text.arrays import Numbers
from search.text.known_names import with_known_forms
from search.text.stems import LANGUAGES

#: Documents that a segment holds at most.
MAX_DOCUMENTS = 1 << DOCUMENT_BITS


def special_weights(weights: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the fields, given all their *weights* in order, that weigh otherwise than the next one.

    As (number of the field, weight), the last field first. An occurrence weighs what the last of them says
    whose end it is before; one that is before the end of none weighs what the last field does.
    """
    return tuple(
        (number, weights[number])
        for number in range(len(weights) - 2, -1, -1)
        if weights[number] != weights[number + 1]
    )


class Family(NamedTuple):
    """Fields that share one dictionary and one set of postings.

    Only the forms of "text" have stems; in a family of names a form is its own.
    """

    name: str
    fields: tuple[str, ...]


#: Where the occurrences of a leaf are looked up: family, and fields of it (None: all).
Scope = tuple[str, tuple[str, ...] | None]


def _with_known_forms(
    texts_of: Callable[[Document], tuple[str, ...]],
) -> Callable[[Document], tuple[str, ...]]:
    return lambda document: with_known_forms(texts_of(document))


class Layout:
    """What a field table makes of a segment: which words and values go where."""

    def __init__(self, fields: FieldTable) -> None:
        self.fields = fields
        #: What gives the values of each field that a query can name.
        self.values: dict[str, Callable[[Document], tuple[str, ...]]] = {
            row.name: row.values_getter() for row in fields.queried
        }
        #: The fields whose words make up the text that a bare word searches, as they are laid out.
        self.text_fields = tuple(fields.weights)
        weights = tuple(fields.weights.values())
        #: What an occurrence in the text weighs (see `special_weights`), and one in none of these fields.
        self.special_weights = special_weights(weights)
        self.usual_weight = weights[-1]
        self.facets = fields.facets
        #: The facets of entities, with the kind that each is of, and what gives the forms that a document has of them.
        self.entities = {row.name: row.key for row in fields if row.is_entity and row.is_facet}
        self.forms = {name: _forms_of(kind) for name, kind in self.entities.items()}
        #: Fields that only filter.
        self.filters = frozenset(row.name for row in fields.of_kind("filter"))
        #: Fields and groups with a family of their own. Names are in the text too, where they would have to be picked
        #: out of all occurrences, and where the other forms of an entity are not.
        own = tuple(fields.texts)
        with_forms = tuple(
            [name for name in own if name in fields.groups or fields[name].is_entity]
        )
        #: What gives the texts of those whose words are not only those of the values.
        self.texts: dict[str, Callable[[Document], tuple[str, ...]]] = {
            name: _with_known_forms(fields.texts[name]) for name in with_forms
        }
        #: Those of them that have the texts of others and no more, each text once, with the names of these.
        self.united = {
            name: members
            for name, members in fields.groups.items()
            if name in with_forms and set(members) <= set(with_forms)
        }
        #: Fields of which each distinct value is kept once.
        self.valued = tuple(
            dict.fromkeys((*self.facets, *[name for name in own if name not in with_forms]))
        )
        self.text = Family("text", self.text_fields)
        self.families = (self.text, *(Family(name, (name,)) for name in own))
        self._own = frozenset(own)
        #: What a segment says of it, so that one of another table is noticed: the fields of the text with what
        #: they weigh, what has a family of its own, and the facets.
        self.written = (
            " ".join(f"{name}*{weight}" for name, weight in fields.weights.items()),
            *(f"family {name}{' with forms' * (name in self.texts)}" for name in own),
            *(f"facet {name}" for name in self.facets),
        )

    def scope_of(self, field: str | None) -> Scope:
        """Return where a query's *field* is looked up; None is every searched field."""
        if field is None:
            return "text", None
        return (field, None) if field in self._own else ("text", (field,))

    def is_exact(self, exact: bool, field: str | None) -> bool:
        """Whether only the forms themselves count: quoted, or in a field whose words have no other forms."""
        return exact or (field is not None and field not in self.fields.stemmed)

    def weight_of_title(self, fields: tuple[str, ...]) -> int:
        """Return what an occurrence in the one field of *fields* weighs, if it is the only one that weighs more than 1.

        Then the code of a posting says how often the field has the word. Else 0.
        """
        heavier = [name for name, weight in self.fields.weights.items() if weight > 1]
        return self.fields.weights[heavier[0]] if heavier == list(fields) else 0


#: Between a form and the name that it was written for.
FORM_END = "\0"


def _forms_of(kind: str) -> Callable[[Document], tuple[str, ...]]:
    """Return what gives each form of the entities of a *kind* in a document, with `FORM_END` and the name it stands for."""
    get = attrgetter(f"enrichment.entities.{kind}")

    def forms(document: Document) -> tuple[str, ...]:
        return tuple(
            [
                f"{form}{FORM_END}{name}"
                for name, _, written in get(document)
                if written
                for form in written
                if FORM_END not in form
            ]
        )

    return forms


LAYOUT = Layout(FIELDS)


def stems_column(family: str, language: int) -> str:
    """Return what the names of the columns of stems begin with, of a language by number."""
    return f"{family}.stems.{LANGUAGES[language]}" if language else f"{family}.stems"


@dataclass(slots=True)
class FacetStream:
    """The values of one facet over many documents: document *d* has the next ``counts[d]`` of ``values``.

    ``values`` are indices of ``names``.
    """

    names: list[str]
    values: Numbers
    counts: Numbers
