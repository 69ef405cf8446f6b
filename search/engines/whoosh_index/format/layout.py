"""Which words and values of an article go where in a segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from search.engines.whoosh_index.format.constants import DOCUMENT_BITS
from search.model.article import Document
from search.model.fields import FIELDS
from search.text.arrays import Numbers

#: Documents that a segment holds at most.
MAX_DOCUMENTS = 1 << DOCUMENT_BITS
#: A segment of so many live documents is full: it is left as it is. One of smaller ones that together
#: make a full one is made as soon as it can be, so an article is rewritten into its last place once.
FULL_DOCUMENTS = MAX_DOCUMENTS * 3 // 4


#: What gives the values of each field that a query can name.
VALUES: dict[str, Callable[[Document], tuple[str, ...]]] = {
    row.name: row.values_getter() for row in FIELDS.queried
}

#: The fields whose words make up the text that a bare word searches, as they are laid out.
TEXT_FIELDS = tuple(FIELDS.weights)


def special_weights(weights: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the fields, given all their *weights* in order, that weigh otherwise than the next one.

    As (place, weight), the last field first. An occurrence weighs what the last of them says whose end
    it is before; one that is before the end of none weighs what the last field does.
    """
    return tuple(
        (place, weights[place])
        for place in range(len(weights) - 2, -1, -1)
        if weights[place] != weights[place + 1]
    )


#: What an occurrence in the text weighs (see `special_weights`), and one in none of these fields.
SPECIAL_WEIGHTS = special_weights(tuple(FIELDS.weights.values()))
USUAL_WEIGHT = FIELDS.weights[TEXT_FIELDS[-1]]

#: Fields of names in the text that have a family of their own too: what is asked of one of them would else
#: have to be picked out of all occurrences in the text.
NAME_FIELDS = tuple([row.name for row in FIELDS.of_kind("names")])

#: Fields that only filter.
FILTER_FIELDS = tuple([row.name for row in FIELDS.of_kind("filter")])

#: Fields that one field of a query stands for.
FIELD_GROUPS = FIELDS.groups

#: Fields whose words have other forms; in the others, which hold names, words are exact.
STEMMED_FIELDS = FIELDS.stemmed


@dataclass(frozen=True, slots=True)
class Family:
    """Fields that share one dictionary and one set of postings.

    Only the forms of "text" have stems; in a family of names a form is its own.
    """

    name: str
    fields: tuple[str, ...]


FAMILIES = (
    Family("text", TEXT_FIELDS),
    *(Family(field, (field,)) for field in (*NAME_FIELDS, *FILTER_FIELDS)),
)


@dataclass(slots=True)
class FacetStream:
    """The values of one facet over many documents: document *d* has the next ``counts[d]`` of ``values``.

    ``values`` are places in ``names``.
    """

    names: list[str]
    values: Numbers
    counts: Numbers
