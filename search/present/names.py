"""Names of an index, and what corrections would change of them: as lines, JSON and rows of CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from search.highlight.marked import Marked
from search.model.fields import FieldTable
from search.present.as_csv import safe_cell
from search.present.as_json import joined_as_json
from search.present.terminal.lines import BOLD, Style, painted, wrapped
from search.present.terminal.safe import visible

if TYPE_CHECKING:
    from search.engines.protocol.engine import JoinedName
    from search.enrich.corrections import Corrections, Rule
    from search.ingest.correcting import CorrectionCheck
    from search.service.names import ListedName, NamesPage

#: Forms and names that lines show.
_MOST_FORMS = 8
_MOST_CHANGED = 20


def _about(listed: ListedName, corrections: Corrections, fields: FieldTable) -> tuple[Rule, ...]:
    return corrections.about(fields[listed.field].key, listed.name)


def names_lines(
    page: NamesPage, corrections: Corrections, fields: FieldTable, style: Style
) -> Iterator[str]:
    """Yield each name with its number of articles and its kind; below it other forms, and rules that name it."""
    under = " " * 15
    for listed in page.names:
        kind = fields[listed.field].one
        yield f"{listed.articles:>9,}  {painted(visible(listed.name), BOLD, style)}  ({kind})"
        if listed.forms:
            forms = ", ".join(f"{form} ({n:,})" for form, n in listed.forms[:_MOST_FORMS])
            if len(listed.forms) > _MOST_FORMS:
                forms += f" and {len(listed.forms) - _MOST_FORMS:,} more"
            of = ""
            if listed.looked_at < listed.articles:
                of = f", in the newest {listed.looked_at:,} articles"
            yield from wrapped(
                Marked(f"also written{of}: {forms}"), style, leading=under, hanging=under
            )
        for join in listed.joined[:_MOST_FORMS]:
            articles = "1 article" if join.articles == 1 else f"{join.articles:,} articles"
            said = (
                f"{join.name} counts for {join.counts_for} in {articles}{_months(join)}: {join.why}"
            )
            yield from wrapped(Marked(said), style, leading=under, hanging=under)
        if len(listed.joined) > _MOST_FORMS:
            yield f"{under}and {len(listed.joined) - _MOST_FORMS:,} more names are counted here; --json has all"
        for rule in _about(listed, corrections, fields):
            said = f"rule {rule.number} of entities.toml: {rule}"
            yield from wrapped(Marked(said), style, leading=under, hanging=under)


def _months(join: JoinedName) -> str:
    """Return the months for which a name counts for another, nothing where that is for all."""
    if join.is_always:
        return ""
    if join.first is None or join.last is None:
        return " without a month"
    first, last = (f"{day:%Y-%m}" for day in (join.first, join.last))
    return f" of {first}" if first == last else f" of {first} to {last}"


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Return a correction as a value for `json.dumps`."""
    return {"rule": rule.number, "line": rule.line, "does": str(rule), "note": rule.note}


def names_as_json(page: NamesPage, corrections: Corrections, fields: FieldTable) -> dict[str, Any]:
    """Return *page* as a value for `json.dumps`."""
    return {
        "total": page.total,
        "page": page.page,
        "page_size": page.page_size,
        "notices": list(page.notices),
        "names": [
            {
                "kind": listed.field,
                "name": listed.name,
                "articles": listed.articles,
                "forms": [{"form": form, "articles": n} for form, n in listed.forms],
                "forms_of_articles": listed.looked_at,
                "joined": [joined_as_json(join) for join in listed.joined],
                "corrections": [rule_as_json(rule) for rule in _about(listed, corrections, fields)],
            }
            for listed in page.names
        ],
    }


def csv_rows(
    page: NamesPage, corrections: Corrections, fields: FieldTable
) -> Iterator[list[object]]:
    """Yield the header, then a row for each name, safe to open in a spreadsheet. Forms are separated by "; "."""
    yield ["kind", "name", "articles", "forms", "corrections"]
    for listed in page.names:
        forms = [form for form, _ in listed.forms]
        rules = [f"rule {r.number}: {r}" for r in _about(listed, corrections, fields)]
        row: list[object] = [listed.field, listed.name, listed.articles, forms, rules]
        yield [safe_cell(cell) for cell in row]


def _field_of(kind: str, fields: FieldTable) -> str:
    return next(row.name for row in fields if row.is_entity and row.key == kind)


def check_lines(
    check: CorrectionCheck, path: str, fields: FieldTable, options: Sequence[str] = ()
) -> Iterator[str]:
    """Yield what the corrections in the file at *path* would change; *options* are those that a command on this index needs."""
    import shlex

    rules = "1 rule" if len(check.by_rule) == 1 else f"{len(check.by_rule):,} rules"
    yield visible(
        f"{check.changed:,} of {check.articles:,} articles would have other entities by {rules} of {path}"
    )
    for rule, count in check.by_rule:
        articles = "1 article" if count == 1 else f"{count:,} articles"
        said = articles if count else "changes nothing"
        yield visible(f"  rule {rule.number}, line {rule.line} ({rule}): {said}")
    for changed in check.names[:_MOST_CHANGED]:
        kind = _field_of(changed.kind, fields)
        yield visible(
            f"{changed.before:>9,} -> {changed.after:,} articles  {changed.name} ({kind})"
        )
    if len(check.names) > _MOST_CHANGED:
        yield f"           and {len(check.names) - _MOST_CHANGED:,} more names; --json has all"
    if check.changed:
        command = shlex.join(["newssearch", "rebuild", *options, "--corrections", path])
        yield visible(f"to apply it: {command}")


def check_as_json(check: CorrectionCheck, fields: FieldTable) -> dict[str, Any]:
    """Return *check* as a value for `json.dumps`."""
    return {
        "articles": check.articles,
        "changed": check.changed,
        "rules": [{**rule_as_json(rule), "articles": count} for rule, count in check.by_rule],
        "names": [
            {
                "kind": _field_of(each.kind, fields),
                "name": each.name,
                "before": each.before,
                "after": each.after,
            }
            for each in check.names
        ],
    }
