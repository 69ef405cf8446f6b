"""The field table: every field of a document, one row each. All that knows fields by name follows it.

A new field is a row here, its attribute in `search.model.article`, and a test. From the row come its name and
aliases in a query, its words and values in every engine, its facet and option, its key in JSON, CSV and the
stored record, and its line in docs/query-language.md, which a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from search.model.article import Article, Document, Entity

#: How a field is searched. "text": words in any form, part of what a bare word searches. "names": exact words
#: of any number of values, part of it too. "filter": exact words that narrow and add nothing to a score, of one
#: value or, where the row says so, of any number. "date": an instant that narrows. "stored": kept and shown, not
#: searched.
Kind = Literal["text", "names", "filter", "date", "stored"]


class Field(NamedTuple):
    """One field of a document."""

    #: In a query before the colon; as an option, a parameter of a URL, the name of a facet.
    name: str
    #: Where a `Document` has it. Its last part is the key in JSON, CSV and the stored record, and the name of
    #: the field that Whoosh sees.
    attribute: str
    kind: Kind
    #: What a person calls one value, and several.
    one: str
    many: str
    #: Whether its values can be counted and chosen.
    is_facet: bool = False
    #: What one occurrence of a word weighs in a score (docs/ranking.md); 0 where it adds nothing.
    weight: int = 0
    #: Other names that a query may have for it.
    aliases: tuple[str, ...] = ()
    #: The name that stands for this field and others together, "" for none.
    group: str = ""
    #: What choosing a value does, for a person who reads the help of an option.
    help: str = ""
    #: Whether a document may have several values of a "filter".
    has_several: bool = False

    @property
    def key(self) -> str:
        return self.attribute.rpartition(".")[2]

    @property
    def is_entity(self) -> bool:
        """Whether its values are `Entity` tuples, which have names and numbers of mentions."""
        return self.attribute.startswith("enrichment.entities.")

    @property
    def is_listed(self) -> bool:
        """Whether a document has any number of values; else one, which may be ""."""
        return self.kind == "names" or self.has_several

    def values_of(self, document: Document) -> tuple[str, ...]:
        """Return what `values_getter` gives of one document."""
        return self.values_getter()(document)

    def texts_of(self, document: Document) -> tuple[str, ...]:
        """Return what `texts_getter` gives of one document."""
        return self.texts_getter()(document)

    def values_getter(self) -> Callable[[Document], tuple[str, ...]]:
        """Return what gives the values of a document that are counted, and searched by a bare word.

        Of a text always one, of other fields none where blank, and of those with several values each once.
        """
        get: Callable[[Document], object] = attrgetter(self.attribute)
        if self.is_entity:
            return lambda document: _names(get(document))  # type: ignore[arg-type]
        if self.is_listed:
            return lambda document: tuple(dict.fromkeys(get(document)))  # type: ignore[call-overload]
        if self.kind == "text":
            return lambda document: (get(document),)  # type: ignore[return-value]
        return lambda document: (value,) if not _is_blank(value := get(document)) else ()  # type: ignore[return-value]

    def texts_getter(self) -> Callable[[Document], tuple[str, ...]]:
        """Return what gives the texts of a document that are searched by a query for this field, each once.

        They are its values; of entities also the other forms in which the article has them. A bare word finds those in
        the article itself.
        """
        if not self.is_entity:
            return self.values_getter()
        get: Callable[[Document], tuple[Entity, ...]] = attrgetter(self.attribute)
        return lambda document: _names_and_forms(get(document))


def _names(entities: tuple[Entity, ...]) -> tuple[str, ...]:
    return tuple([name for name, _, _ in entities]) if entities else ()


def _names_and_forms(entities: tuple[Entity, ...]) -> tuple[str, ...]:
    if not entities:
        return ()
    texts: list[str] = []
    for name, _, forms in entities:
        texts.append(name)
        if forms:
            texts += forms
    return tuple(dict.fromkeys(texts))


def _is_blank(value: object) -> bool:
    return not value or str(value).isspace()


def _joined(
    getters: list[Callable[[Document], tuple[str, ...]]],
) -> Callable[[Document], tuple[str, ...]]:
    """Return what gives all that *getters* give, each text once."""
    return lambda document: tuple(dict.fromkeys([t for get in getters for t in get(document)]))


#: The facet that is no field of a document: the years of dates, which `search.service.years` chooses and counts by date.
YEAR: Final = Field(
    "year",
    "article.published",
    "date",
    "year",
    "years",
    help="Only articles of this year, as in 1987",
)


class FieldTable:
    """Rows in order, and what follows from all of them. Compared by identity."""

    def __init__(
        self,
        rows: tuple[Field, ...],
        groups: Mapping[str, tuple[str, ...]],
        article: type[Article] = Article,
    ) -> None:
        """*groups* has the aliases of each name of `Field.group`; *article* is the class that has the attributes."""
        self.rows: Final = rows
        self.group_aliases: Final = groups
        self.article: Final = article

    def __iter__(self) -> Iterator[Field]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Field:
        """Return the row called *name*. Raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {YEAR.name: YEAR} | {row.name: row for row in self.rows}

    def of_kind(self, *kinds: Kind) -> tuple[Field, ...]:
        return tuple([row for row in self.rows if row.kind in kinds])

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        """The fields that a bare word searches, in the order in which their words are laid out."""
        return self.of_kind("text", "names")

    @cached_property
    def queried(self) -> tuple[Field, ...]:
        """The fields whose words a query can ask for."""
        return self.of_kind("text", "names", "filter")

    @cached_property
    def facets(self) -> tuple[str, ...]:
        """The names of the fields whose values can be counted and chosen, in the order in which they are shown."""
        return tuple([row.name for row in self.rows if row.is_facet])

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The names of all that people can count and choose values of: the facets, and the years of dates."""
        return (*self.facets, YEAR.name) if self.of_kind("date") else self.facets

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The names of the facets whose values are names: of authors, people, organisations, places."""
        return tuple([row.name for row in self.of_kind("names") if row.is_facet])

    @cached_property
    def narrowing(self) -> tuple[str, ...]:
        """The names of what else can be chosen: what is said of a name can be narrowed by it."""
        return tuple([name for name in self.choices if name not in self.named])

    def described(self, *, is_entity: bool) -> tuple[Field, ...]:
        """Return the fields beside title and text that a person is shown, either entities or the others."""
        return tuple(
            [
                row
                for row in self.queried
                if row.is_entity == is_entity and row.name not in ("title", "body")
            ]
        )

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """What one occurrence weighs in each of the searched fields."""
        return {row.name: row.weight for row in self.searched}

    @cached_property
    def stemmed(self) -> frozenset[str]:
        """The fields whose words match in any form."""
        return frozenset(row.name for row in self.of_kind("text"))

    @cached_property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The names that stand for several fields, with the names of these."""
        return {
            group: tuple([row.name for row in self.rows if row.group == group])
            for group in self.group_aliases
        }

    @cached_property
    def texts(self) -> Mapping[str, Callable[[Document], tuple[str, ...]]]:
        """For each field of names, each filter and each group: what gives the texts that a query for it searches."""
        getters = {row.name: row.texts_getter() for row in self.of_kind("names", "filter")}
        for group, members in self.groups.items():
            getters[group] = _joined([self[name].texts_getter() for name in members])
        return getters

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What a query may write before a colon -> the field or group that it stands for."""
        queried = (*self.queried, *self.of_kind("date"))
        found = {row.name: row.name for row in queried} | {group: group for group in self.groups}
        for row in self.queried:
            found |= dict.fromkeys(row.aliases, row.name)
        for group, aliases in self.group_aliases.items():
            found |= dict.fromkeys(aliases, group)
        return found


FIELDS: Final = FieldTable(
    (
        Field(
            "title", "article.title", "text", "title", "titles", weight=2, aliases=("headline",)
        ),
        Field(
            "author", "article.authors", "names", "author", "authors", True, 1, ("authors", "by"),
            help="Only articles by this author",
        ),
        Field("body", "article.body", "text", "text", "texts", weight=1),
        Field(
            "source", "article.source", "filter", "source", "sources", True,
            help="Only articles of this source",
        ),
        Field(
            "person", "enrichment.entities.people", "names", "person", "people", True, 1, ("people",),
            "entity", "Only articles that name this person",
        ),
        Field(
            "org", "enrichment.entities.organisations", "names", "organisation", "organisations", True, 1,
            ("organisation", "organisations", "organization", "organizations", "orgs"),
            "entity", "Only articles that name this organisation",
        ),
        Field(
            "place", "enrichment.entities.places", "names", "place", "places", True, 1, ("places",),
            "entity", "Only articles that name this place",
        ),
        Field(
            "section", "article.section", "filter", "section", "sections", True,
            help="Only articles of this section",
        ),
        Field(
            "topic", "article.topics", "filter", "topic", "topics", True,
            aliases=("topics", "tag", "tags", "keyword", "keywords"),
            help="Only articles on this topic", has_several=True,
        ),
        Field(
            "lang", "article.language", "filter", "language", "languages", True, aliases=("language",),
            help="Only articles in this language, such as en",
        ),
        Field(
            "collection", "article.collection", "filter", "collection", "collections", True,
            help="Only articles of this collection",
        ),
        Field("url", "article.url", "filter", "URL", "URLs", aliases=("site",)),
        Field("date", "article.published", "date", "date", "dates"),
        Field("date_from", "article.published_from", "stored", "origin of the date", "origins"),
        Field("lang_from", "article.language_from", "stored", "origin of the language", "origins"),
        Field("byline", "article.byline", "stored", "byline", "bylines"),
    ),
    groups={"entity": ("entities",)},
)  # fmt: skip
