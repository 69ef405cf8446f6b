"""What is remarked on a file: singly, or once for many."""

from __future__ import annotations

import pytest

from search.model.remark import MAX_REASON_CHARS, MOST_KEPT, REMARK_KINDS, Remark, Remarks, counted


def test_what_was_said_is_taken_once_and_in_order() -> None:
    remarks = Remarks("a.csv")
    remarks.say(3, "date", "03/04 could be two days")
    remarks.say(9, "date", "another")
    assert [remark.line for remark in remarks.take()] == [3, 9]
    assert remarks.take() == []


def test_the_same_of_many_records_is_said_once_with_its_first_line() -> None:
    remarks = Remarks("a.csv")
    for line in (2, 5, 7):
        remarks.count(line, "key not used", "column 'Ressort'")
    assert remarks.take() == []
    assert remarks.take_counted() == [
        Remark("a.csv", 2, "key not used", "column 'Ressort'", times=3)
    ]
    assert remarks.take_counted() == []


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("kind", REMARK_KINDS)
def test_every_kind_is_said_of_one_and_of_several(kind: str, number: int) -> None:
    said = counted(kind, number)

    assert said.startswith(f"{number} ")
    assert "|" not in said


def test_reasons_are_cut_that_quote_much() -> None:
    remarks = Remarks("a.csv")
    remarks.say(1, "byline", "x" * 10**6)
    remarks.count(2, "key not used", "key " + "y" * 10**6)

    reasons = [remark.reason for remark in remarks.take() + remarks.take_counted()]
    assert [len(reason) for reason in reasons] == [MAX_REASON_CHARS] * 2
    assert all(reason.endswith("…") for reason in reasons)


def test_said_without_end_is_counted_in_bounded_memory() -> None:
    remarks = Remarks("a.csv")
    for line in range(1, 3 * MOST_KEPT + 1):
        remarks.say(line, "again", f"as line {line}")

    taken = remarks.take() + remarks.take_counted()
    assert len(taken) == MOST_KEPT + 1
    assert sum(remark.times for remark in taken) == 3 * MOST_KEPT


@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "not taken"])
def test_counted_for_reasons_without_end_is_right_in_bounded_memory(is_taken: bool) -> None:
    remarks = Remarks("a.csv")
    taken: list[Remark] = []
    largest = 0
    for line in range(1, 5 * MOST_KEPT + 1):
        remarks.count(line, "key not used", f"key {line}")
        if is_taken:
            taken += (new := remarks.take())
            largest = max(largest, len(new))
    taken += remarks.take() + remarks.take_counted()

    assert sum(remark.times for remark in taken) == 5 * MOST_KEPT
    assert largest <= MOST_KEPT
    assert len(taken) == 5 * MOST_KEPT if is_taken else len(taken) <= 2 * MOST_KEPT + 1
