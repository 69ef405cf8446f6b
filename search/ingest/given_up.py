"""What is said of rules that an index had, and that those of a new file replace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import TypeVar

_Rule = TypeVar("_Rule")

#: How many rules are named; "..." stands for the rest.
_MOST_NAMED = 3


def given_up(
    before: Collection[_Rule],
    now: Collection[_Rule],
    same: Callable[[_Rule], Hashable],
    called: str,
    place: str,
) -> tuple[str, ...]:
    """Return a sentence on the rules of *before* that *now* has not; none if it has all.

    Rules for which *same* gives the same are one. A rule is *called* "rule" or the like, and *place* says where the new ones are.
    """
    kept = set(map(same, now))
    gone = [rule for rule in before if same(rule) not in kept]
    if not gone:
        return ()
    named = "; ".join(f"{rule}" for rule in gone[:_MOST_NAMED])
    more = "; ..." if len(gone) > _MOST_NAMED else ""
    many = f"1 {called}" if len(gone) == 1 else f"{len(gone):,} {called}s"
    verb = "is" if len(gone) == 1 else "are"
    return (
        f"{many} that the index had {verb} not in {place or 'the new rules'}, and no longer in force: {named}{more}",
    )
