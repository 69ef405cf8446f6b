"""Which clauses of a query are looked for in which field of an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from search.highlight.matches import HighlightLimits, Matches, Plan, joined_spans
from search.highlight.named import Mentioned, mentioned
from search.highlight.phrases import Match
from search.highlight.terms import Leaf
from search.model.article import Document
from search.model.fields import FieldTable
from search.query.tree import Not, Query, walk
from search.text.stems import stem_language


class Matcher:
    """Finds what a query matches; made once for a query and used for many texts."""

    def __init__(self, tree: Query, limits: HighlightLimits, fields: FieldTable) -> None:
        self._limits = limits
        self._fields = fields
        self._leaves = tuple(dict.fromkeys(_leaves(tree)))
        #: Those that ask for an entity.
        self._of_entities = [leaf for leaf in self._leaves if self._is_of_entities(leaf.field)]
        self._entity_plans: dict[str, tuple[Plan, list[int]]] = {}
        self._plans: dict[tuple[str, bool, str], Plan] = {}

    def matches(
        self,
        text: str,
        field_name: str,
        named: Sequence[Match] | None = None,
        language: str = "",
    ) -> Matches:
        """Return the matches in *text*, which is (a value of) the field of that name.

        *named* are where *text* names an entity that the query asks for, as `mentioned` has them; where that is None,
        what is written like an entity counts as one. *language* is that of the article.
        """
        key = field_name, named is not None, stem_language(language)
        plan = self._plans.get(key) or self._plan(*key)
        found = plan.matches(text)
        if not named:
            return found
        named = named[: self._limits.words]
        clauses = len(plan.leaves)
        ordered = sorted([*found.ordered, *[(a, clauses + n, b) for a, n, b in named]])
        marks = [*found.marks, *[(start, end) for start, _, end in named]]
        # Mentions may overlap what else was found, as phrases do, and weigh as these.
        weights = [*plan.terms.weights, *[2] * len(self._of_entities)]
        return Matches(joined_spans(text, marks, not text.isascii()), ordered, weights)

    def mentioned(self, document: Document) -> Mentioned | None:
        """Return where *document* names entities that clauses ask for, by number of the clause among those that do.

        None where none asks, and where it is not known where *document* names any.
        """
        if not self._of_entities:
            return None
        if not self._entity_plans:
            for row in self._fields.described(is_entity=True):
                members = {n: self._members(leaf.field) for n, leaf in enumerate(self._of_entities)}
                numbers = [n for n, names in members.items() if row.name in names]
                leaves = tuple([self._of_entities[n] for n in numbers])
                plan = Plan(leaves, self._limits, self._fields.stemmed)
                self._entity_plans[row.name] = plan, numbers
        asked = [name for name, (_, numbers) in self._entity_plans.items() if numbers]
        return mentioned(document, asked, self._fields, self._answered)

    def _answered(self, field_name: str, text: str) -> Iterator[int]:
        """Yield the numbers of the clauses that ask for an entity and are answered by *text*, a name or form of one."""
        plan, numbers = self._entity_plans[field_name]
        return (numbers[clause] for _, clause, _ in plan.matches(text).ordered)

    def _plan(self, field_name: str, without_entities: bool, language: str) -> Plan:
        asked = tuple(
            [
                leaf
                for leaf in self._leaves
                if self._applies(leaf.field, field_name)
                and not (without_entities and leaf in self._of_entities)
            ]
        )
        same = (
            plan
            for plan in self._plans.values()
            if plan.leaves == asked
            and (plan.terms.language == language or not plan.terms.has_other_forms)
        )
        plan = next(same, None) or Plan(asked, self._limits, self._fields.stemmed, language)
        self._plans[field_name, without_entities, language] = plan
        return plan

    def _members(self, asked: str | None) -> tuple[str, ...]:
        """Return the fields that a clause for the field or group *asked* searches, () where it says none."""
        return () if asked is None else self._fields.groups.get(asked, (asked,))

    def _is_of_entities(self, asked: str | None) -> bool:
        return any(self._fields[name].is_entity for name in self._members(asked))

    def _applies(self, asked: str | None, field_name: str) -> bool:
        """Whether a clause for the field *asked* marks words in a text of *field_name*.

        Entities were found in the texts of the article, and a person wants to see them there. The byline
        stands apart, so ``author:`` marks nothing in a text.
        """
        if asked is None or asked == field_name:
            return True
        in_texts = self._is_of_entities(asked) and field_name in self._fields.stemmed
        return in_texts or field_name in self._members(asked)


def _leaves(tree: Query) -> list[Leaf]:
    """Return the clauses that say what is looked for; what must not be there is never marked."""
    leaves: list[Leaf] = []
    for node in walk(tree, negated=False):
        if isinstance(node, Leaf):
            leaves.append(node)
        elif isinstance(node, Not) and isinstance(node.child, Not):
            leaves += _leaves(node.child.child)
    return leaves
