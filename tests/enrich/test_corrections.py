"""Corrections of entities: what each rule makes of those of an article, in any order, once and twice."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.enrich.corrected import corrected, with_corrections
from search.enrich.corrections import (
    EVERYWHERE,
    KINDS,
    NO_CORRECTIONS,
    Contradiction,
    Corrections,
    Rule,
    Scope,
    folded,
)
from search.model.article import ENTITY_KINDS, Article, Enrichment, Entities, Entity, Mention

TEXT = "Ronald Reagan met Don Regan. Reagan smiled. Regan left the Neutral Zone for Iraq."


def article(**fields: object) -> Article:
    return Article(article_id="a", title="", body=TEXT, **fields)  # type: ignore[arg-type]


def named(name: str, *forms: str) -> Entity:
    """Return an entity with a mention wherever the article has its name or a form as a whole, the longest first."""
    text, found = article().tagged_text, []
    for form in sorted((name, *forms), key=len, reverse=True):
        at = text.find(form)
        while at >= 0:
            if not any(start <= at < end for start, end in found):
                found.append(Mention(at, at + len(form)))
            at = text.find(form, at + 1)
    return Entity(name, tuple(sorted(found)), forms)


REAGAN = named("Ronald Reagan", "Reagan")
REGAN = named("Don Regan", "Regan")
ZONE = named("Neutral Zone")
IRAQ = named("Iraq")
FOUND = Entities(people=(REAGAN, REGAN, ZONE), places=(IRAQ,))


def rule(verb: str, kind: str, *names: str, number: int = 1, **more: object) -> Rule:
    return Rule(number, number, verb, kind, names, **more)  # type: ignore[arg-type]


def after(*rules: Rule, found: Entities = FOUND, **fields: object) -> Entities:
    numbered = [each._replace(number=n) for n, each in enumerate(rules, 1)]
    return corrected(found, Corrections(numbered), article(**fields)).entities


def written(entity: Entity) -> list[str]:
    return [article().tagged_text[start:end] for start, end in entity.mentions]


def people(entities: Entities) -> list[str]:
    return [entity.name for entity in entities.people]


class TestHide:
    def test_removes_the_name_of_that_kind(self) -> None:
        made = after(rule("hide", "person", "neutral  ZONE"))
        assert made == FOUND._replace(people=(REAGAN, REGAN))

    def test_leaves_the_name_of_another_kind(self) -> None:
        assert after(rule("hide", "org", "Neutral Zone")) == FOUND

    def test_of_any_kind(self) -> None:
        made = after(rule("hide", "entity", "Neutral Zone", "Iraq"))
        assert made == Entities(people=(REAGAN, REGAN))


class TestRenameAndMerge:
    def test_a_renamed_entity_keeps_its_name_as_a_form(self) -> None:
        made = after(rule("rename", "person", "Don Regan", to="Donald Regan"))
        assert made.people[1] == Entity("Donald Regan", REGAN.mentions, ("Don Regan", "Regan"))

    def test_a_rename_mends_capitals(self) -> None:
        found = Entities(places=(Entity("IRAQ"),))
        made = after(rule("rename", "place", "Iraq", to="Iraq"), found=found)
        assert made.places == (Entity("Iraq", (), ("IRAQ",)),)

    def test_merged_names_join_mentions_in_order_and_keep_all_forms(self) -> None:
        made = after(rule("merge", "person", "Don Regan", "Ronald Reagan", to="Ronald Reagan"))
        [first, zone] = made.people
        assert zone == ZONE
        assert first.name == "Ronald Reagan"
        assert written(first) == ["Ronald Reagan", "Don Regan", "Reagan", "Regan"]
        assert first.forms == ("Reagan", "Don Regan", "Regan")

    def test_a_chain_is_followed_to_its_end(self) -> None:
        made = after(
            rule("rename", "person", "Don Regan", to="Donald Regan"),
            rule("rename", "person", "Donald Regan", to="Donald T. Regan"),
        )
        assert people(made) == ["Ronald Reagan", "Donald T. Regan", "Neutral Zone"]

    def test_what_becomes_a_hidden_name_is_hidden(self) -> None:
        made = after(
            rule("rename", "person", "Don Regan", to="Nobody"), rule("hide", "person", "Nobody")
        )
        assert people(made) == ["Ronald Reagan", "Neutral Zone"]


class TestRetype:
    def test_moves_the_kind_in_order_of_mention(self) -> None:
        made = after(rule("retype", "person", "Neutral Zone", to="place"))
        assert made == Entities(people=(REAGAN, REGAN), places=(ZONE, IRAQ))

    def test_joins_where_the_name_is_there(self) -> None:
        found = Entities(people=(Entity("IRAQ", (Mention(3, 7),)),), places=(IRAQ,))
        made = after(rule("retype", "person", "Iraq", to="place"), found=found)
        assert not made.people
        [joined] = made.places
        assert joined.mentions == (Mention(3, 7), *IRAQ.mentions)
        assert {joined.name, *joined.forms} == {"IRAQ", "Iraq"}

    def test_from_any_kind(self) -> None:
        made = after(rule("retype", "entity", "Neutral Zone", "Iraq", to="org"))
        assert made == Entities(people=(REAGAN, REGAN), organisations=(ZONE, IRAQ))


class TestSplit:
    def test_gives_a_form_its_own_name_and_mentions(self) -> None:
        made = after(rule("split", "person", "Ronald  REAGAN", forms=("Reagan",)))
        assert people(made) == ["Ronald Reagan", "Don Regan", "Reagan", "Neutral Zone"]
        first, _, second, _ = made.people
        assert (written(first), first.forms) == (["Ronald Reagan"], ())
        assert (written(second), second.forms) == (["Reagan"], ())

    def test_is_named_as_the_rule_has_it(self) -> None:
        found = Entities(people=(Entity("Ronald Reagan", (), ("REAGAN", "Reagan", "reagan")),))
        made = after(rule("split", "person", "Ronald Reagan", forms=("Reagan",)), found=found)
        assert made.people[1] == Entity("Reagan", (), ("REAGAN", "reagan"))

    def test_what_was_split_off_is_renamed_too(self) -> None:
        made = after(
            rule("split", "person", "Ronald Reagan", forms=("Reagan",)),
            rule("rename", "person", "Reagan", to="Nancy Reagan"),
        )
        assert people(made) == ["Ronald Reagan", "Don Regan", "Nancy Reagan", "Neutral Zone"]

    def test_of_a_name_that_another_becomes(self) -> None:
        made = after(
            rule("rename", "person", "Ronald Reagan", to="President Reagan"),
            rule("split", "person", "President Reagan", forms=("Reagan",)),
        )
        assert people(made) == ["President Reagan", "Don Regan", "Reagan", "Neutral Zone"]

    def test_a_name_that_is_not_written_itself_goes(self) -> None:
        found = Entities(people=(Entity("Nancy Reagan", (REAGAN.mentions[1],), ("Reagan",)),))
        made = after(rule("split", "person", "Nancy Reagan", forms=("Reagan",)), found=found)
        assert made == Entities(people=(Entity("Reagan", (REAGAN.mentions[1],)),))

    def test_both_stay_where_no_mentions_are_known(self) -> None:
        found = Entities(people=(Entity("Ronald Reagan", (), ("Reagan",)),))
        made = after(rule("split", "person", "Ronald Reagan", forms=("Reagan",)), found=found)
        assert made == Entities(people=(Entity("Ronald Reagan"), Entity("Reagan")))


class TestScope:
    @pytest.mark.parametrize(
        ("scope", "fields", "is_for"),
        [
            (Scope(sources=frozenset(("coast post",))), {"source": "Coast  POST"}, True),
            (Scope(sources=frozenset(("coast post",))), {"source": "Star"}, False),
            (Scope(collections=frozenset(("old",))), {"collection": "Old"}, True),
            (Scope(collections=frozenset(("old",))), {}, False),
            (Scope(first=date(1987, 3, 1)), {}, False),
            (Scope(first=date(1987, 3, 1)), {"published": datetime(1987, 3, 1, tzinfo=UTC), "published_precision": "day"}, True),
            (Scope(last=date(1987, 3, 1)), {"published": datetime(1987, 3, 1, 16, tzinfo=UTC), "published_precision": "minute"}, False),
            (Scope(last=date(1987, 3, 2)), {"published": datetime(1987, 3, 1, 16, tzinfo=UTC), "published_precision": "minute"}, True),
        ],
        ids=["source", "another source", "collection", "no collection", "undated", "its day", "the next day there", "that day"],
    )  # fmt: skip
    def test_says_which_articles(
        self, scope: Scope, fields: dict[str, object], is_for: bool
    ) -> None:
        assert scope.has(article(**fields), ZoneInfo("Asia/Tokyo")) is is_for

    def test_a_rule_for_some_articles_goes_before_one_for_all(self) -> None:
        rules = (
            rule("rename", "person", "Don Regan", to="Donald Regan"),
            rule("hide", "person", "Don Regan", scope=Scope(sources=frozenset(("star",)))),
        )
        assert people(after(*rules, source="Star")) == ["Ronald Reagan", "Neutral Zone"]
        assert "Donald Regan" in people(after(*rules, source="Post"))


STAR, POST = (Scope(sources=frozenset((name,))) for name in ("star", "post"))


class TestContradictions:
    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ((rule("rename", "person", "A", to="B"), rule("rename", "person", "a", to="C")), "two ends"),
            ((rule("rename", "person", "A", to="B"), rule("hide", "entity", "A")), "two ends"),
            ((rule("retype", "person", "A", to="org"), rule("retype", "entity", "A", to="place")), "two ends"),
            ((rule("rename", "person", "A", to="B"), rule("rename", "person", "B", to="A")), "in a circle: 'a' becomes 'b' becomes 'a'"),
            ((rule("retype", "person", "A", to="org"), rule("retype", "org", "A", to="person")), "in a circle"),
            ((rule("merge", "person", "A", "B", to="B"), rule("split", "person", "B", forms=("A",))), "one name by another rule"),
            ((rule("merge", "person", "A", "B", to="C"), rule("split", "person", "B", forms=("A",))), "one name by another rule"),
            ((rule("split", "person", "B", forms=("b",)),), "spelled the same"),
            ((rule("rename", "person", "A", to="Bo"), rule("rename", "person", "C", to="BO")), "write both the same"),
        ],
        ids=["two names", "hidden too", "two kinds", "circle", "circle of kinds", "split and merged", "split and both renamed", "split from itself", "spelled twice"],
    )  # fmt: skip
    def test_are_refused(self, rules: tuple[Rule, ...], said: str) -> None:
        numbered = [each._replace(number=n) for n, each in enumerate(rules, 1)]
        with pytest.raises(ValueError, match=said) as caught:
            Corrections(numbered)
        assert isinstance(caught.value, Contradiction)
        assert caught.value.number == len(rules)

    def test_rules_for_different_articles_do_not_contradict(self) -> None:
        rules = (
            rule("rename", "person", "A", to="B", scope=STAR),
            rule("rename", "person", "A", to="C", scope=POST),
        )
        assert Corrections(rules)

    def test_a_long_chain_is_no_circle(self) -> None:
        rules = [rule("rename", "person", f"n{n}", to=f"n{n + 1}", number=n) for n in range(5000)]
        made = after(*rules, found=Entities(people=(Entity("n0"),)))
        assert made.people == (Entity("n5000", (), ("n0",)),)


def test_vetoes_name_what_is_not_one() -> None:
    rules = Corrections(
        [
            rule("split", "person", "Ronald Reagan", forms=("Reagan", "Don Regan")),
            rule("rename", "person", "Ronald Reagan", number=2, to="President Reagan"),
        ]
    )
    assert rules.vetoes() == {
        ("people", form, name)
        for form in ("Reagan", "Don Regan")
        for name in ("Ronald Reagan", "President Reagan")
    }


class TestEnrichment:
    RULES = Corrections([rule("hide", "person", "Neutral Zone")])

    def test_keeps_what_was_found(self) -> None:
        made, rules = with_corrections(Enrichment(FOUND, "t 1"), self.RULES, article())
        assert made == Enrichment(FOUND._replace(people=(REAGAN, REGAN)), "t 1", FOUND)
        assert rules == (1,)

    def test_without_rules_is_as_it_was_found(self) -> None:
        made, _ = with_corrections(Enrichment(FOUND, "t 1"), self.RULES, article())
        assert with_corrections(made, NO_CORRECTIONS, article()) == (Enrichment(FOUND, "t 1"), ())

    def test_that_no_rule_changes_stays_the_same(self) -> None:
        before = Enrichment(Entities(places=(IRAQ,)), "t 1")
        assert with_corrections(before, self.RULES, article())[0] is before


# Properties

NAMES = st.sampled_from(["A", "a", "B", "C", "D D", "d  d"])
SCOPES = st.sampled_from([EVERYWHERE, EVERYWHERE, STAR, POST])
SPANS = st.lists(st.integers(0, 60), max_size=3, unique=True)


@st.composite
def rules_of(draw: st.DrawFn) -> Rule:
    verb = draw(st.sampled_from(["hide", "rename", "merge", "split", "retype"]))
    kind = draw(st.sampled_from(list(KINDS)))
    names = tuple(draw(st.lists(NAMES, min_size=1, max_size=3 if verb == "merge" else 1)))
    to = draw(st.sampled_from(["person", "org", "place"])) if verb == "retype" else draw(NAMES)
    forms = tuple(draw(st.lists(NAMES, min_size=1, max_size=2)))
    return Rule(1, 1, verb, kind, names, to, forms, draw(SCOPES))  # type: ignore[arg-type]


@st.composite
def entities_of(draw: st.DrawFn) -> Entities:
    made = []
    for _ in ENTITY_KINDS:
        names = draw(st.lists(NAMES, max_size=4, unique=True))
        made.append(
            tuple(
                Entity(
                    name,
                    tuple(Mention(at, at + 1) for at in sorted(draw(SPANS))),
                    tuple(f for f in draw(st.lists(NAMES, max_size=3, unique=True)) if f != name),
                )
                for name in names
            )
        )
    return Entities(*made)


BODY = "A a B C D D d  d " * 4


def with_rules(rules: list[Rule]) -> Corrections:
    """Return as many of *rules* as do not contradict those before."""
    kept: list[Rule] = []
    for each in rules:
        numbered = each._replace(number=len(kept) + 1)
        try:
            Corrections([*kept, numbered])
        except Contradiction:
            continue
        kept.append(numbered)
    return Corrections(kept)


@given(st.lists(rules_of(), max_size=6), entities_of())
def test_correcting_twice_changes_nothing_more(rules: list[Rule], found: Entities) -> None:
    corrections = with_rules(rules)
    about = Article(article_id="a", title="", body=BODY, source="Star")
    once = corrected(found, corrections, about)
    assert corrected(once.entities, corrections, about) == (once.entities, ())


@given(st.lists(rules_of(), max_size=6), entities_of())
def test_no_name_is_twice_and_no_mention_is_lost_but_hidden(
    rules: list[Rule], found: Entities
) -> None:
    corrections = with_rules([each for each in rules if each.verb != "hide"])
    about = Article(article_id="a", title="", body=BODY, source="Star")
    made = corrected(found, corrections, about).entities
    for kind in ENTITY_KINDS:
        names = [entity.name for entity in getattr(made, kind)]
        assert len(names) == len(set(names))
        for entity in getattr(made, kind):
            assert entity.name not in entity.forms
            assert list(entity.mentions) == sorted(set(entity.mentions))

    def mentions(entities: Entities) -> set[Mention]:
        return {m for kind in ENTITY_KINDS for e in getattr(entities, kind) for m in e.mentions}

    def names_and_forms(entities: Entities) -> set[str]:
        return {
            folded(name)
            for kind in ENTITY_KINDS
            for entity in getattr(entities, kind)
            for name in (entity.name, *entity.forms)
        }

    assert mentions(made) == mentions(found)
    assert names_and_forms(found) >= names_and_forms(made) - {folded(r.to) for r in rules}


@given(st.lists(rules_of(), max_size=6), entities_of())
def test_taking_the_rules_back_gives_what_was_found(rules: list[Rule], found: Entities) -> None:
    about = Article(article_id="a", title="", body=BODY, source="Star")
    before = Enrichment(found, "t 1")
    made, _ = with_corrections(before, with_rules(rules), about)
    assert with_corrections(made, NO_CORRECTIONS, about)[0] == before


def test_rules_can_be_handed_to_another_process() -> None:
    rules = Corrections([rule("hide", "person", "Neutral Zone")])
    assert after(*pickle.loads(pickle.dumps(rules)).rules) == after(*rules.rules)
