"""The values of facets: which of them are one, and how many articles have each."""

from typing import NamedTuple
from unicodedata import combining, normalize

from search.text.words import MAX_FORM_CHARS, fold


def facet_key(value: str) -> str:
    """Return the key of a facet value: values that differ in case, accents and white space only have one key.

    Each word is folded by `search.text.words.fold`; a value of which nothing is left is its own key.
    """
    if value.isascii() and len(value) <= MAX_FORM_CHARS and value.replace(" ", "").isalpha():
        return " ".join(value.lower().split())
    return " ".join(folded for word in value.split() if (folded := fold(word))) or value.strip()


def spelling_rank(value: str) -> tuple[bool, int, int, int, str]:
    """Return what decides between spellings of one facet value that equally many documents have: the least is shown.

    Single blanks go before others, capitals and small letters before capitals alone and these before small letters alone,
    accents before none: what is typed in haste lacks them.
    """
    case = 1 if value.isupper() else 2 if value.islower() else 0
    marks = 0 if value.isascii() else sum(map(bool, map(combining, normalize("NFD", value))))
    return value != " ".join(value.split()), case, -marks, len(value), value


class FacetValue(NamedTuple):
    """One value of a facet, how many matching documents have it, and whether it is selected."""

    value: str
    #: Hides the method of tuples.
    count: int  # type: ignore[assignment]
    selected: bool = False


class FacetCounts(NamedTuple):
    """The counts of one facet: the values by count descending, then by value.

    Values with one `facet_key` are one, shown as most documents of the index have it (`spelling_rank` decides where these
    are equally many); its count is what selecting it finds.
    A selected value is always among the values, even with count 0 or beyond the size asked for.
    Blank values do not count, and a value counts once a document.
    ``other`` is the sum of the counts of all values not shown; ``missing`` how many matching documents
    have no value at all, which is what `SearchRequest.without` finds. So for a facet of at most one value a document, counts + other + missing
    is the total.
    ``distinct`` is how many values matching documents have, of those asked for and those selected.
    """

    values: tuple[FacetValue, ...]
    other: int
    missing: int
    distinct: int

    @property
    def more(self) -> int:
        """How many values are not among those shown: those whose counts are in ``other``."""
        return self.distinct - sum([value.count > 0 for value in self.values])
