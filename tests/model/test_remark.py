"""What is remarked on a file: singly, or once for many."""

from __future__ import annotations

from search.model.remark import Remark, Remarks


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
