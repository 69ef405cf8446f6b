"""What the index holds, how far a run is, and what became of its articles, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from search.enrich.embeddings.passages import MAX_PASSAGES, PASSAGE_WORDS
from search.highlight.marked import Marked
from search.model.article import located
from search.model.fields import FIELDS
from search.model.remark import REFUSED, REMARK_KINDS, Remark, counted, shortened
from search.present.dates import known_day
from search.present.terminal.lines import Style, wrapped
from search.present.terminal.safe import visible
from search.readers.input_files import INDEX, LINK, REPORT, way_out
from search.readers.language_names import english_name

if TYPE_CHECKING:
    from search.engines.protocol.engine import RevisionCount, Stats, Tagged
    from search.enrich.corrections import Rule as Correction
    from search.fetch.report import FetchProgress, FetchReport
    from search.ingest.cases import Cases
    from search.ingest.copying import CopyReport
    from search.ingest.correcting import CorrectionCount
    from search.ingest.embedding import EmbedReport
    from search.ingest.hidden_file import Rule
    from search.ingest.rebuild import RebuildNeeds, RebuildReport
    from search.ingest.run import IndexReport


def stats_lines(
    stats: Stats, terms: int, zone: tzinfo = UTC, kept: RevisionCount | None = None
) -> Iterator[str]:
    """Yield what an index holds, a line each: number, then of what. Days are those of *zone*."""
    yield f"{stats.articles:>12,}  articles"
    if stats.withdrawn:
        yield f"{stats.withdrawn:>12,}  more withdrawn by the publisher, never found"
    if stats.embargoed:
        yield f"{stats.embargoed:>12,}  more embargoed, found once the embargo ends"
    yield f"{terms:>12,}  terms"
    yield f"{stats.segments:>12,}  segment{'' if stats.segments == 1 else 's'}"
    yield f"{stats.size_bytes:>12,}  bytes"
    for volume in stats.volumes:
        yield f"{volume.articles:>12,}  in volume {volume.label}, {volume.size_bytes:,} bytes"
    for field, count in stats.facet_values.items():
        yield f"{count:>12,}  {FIELDS[field].one if count == 1 else FIELDS[field].many}"
    yield from _tagged_lines(stats.tagged)
    if stats.scoring != "exact":
        yield f"{stats.scoring:>12}  scoring: by the cluster, which can order hits otherwise"
    if stats.oldest is not None and stats.newest is not None:
        yield f"{known_day(*stats.oldest, zone).short:>12}  oldest article"
        yield f"{known_day(*stats.newest, zone).short:>12}  newest article"
    if kept is not None and kept.revisions:
        name = "revision" if kept.revisions == 1 else "revisions"
        articles = _counted(kept.articles, "article")
        yield f"{kept.revisions:>12,}  earlier {name} of {articles}, never searched"
        yield f"{kept.size_bytes:>12,}  bytes more for these"


def _tagged_lines(tagged: Sequence[Tagged]) -> Iterator[str]:
    """Yield in how many articles names were looked for, a line for each tagger, and in how many not, by language."""
    by_tagger: dict[str | None, list[Tagged]] = {}
    for each in tagged:
        by_tagger.setdefault(each.tagger, []).append(each)
    # Those in which nobody has looked come last.
    for tagger, found in sorted(by_tagger.items(), key=lambda entry: entry[0] == ""):
        who = "an earlier newssearch" if tagger is None else tagger
        what = f"with names looked for by {who}" if who else "without names looked for"
        parts = [
            f"{each.articles:,} in {english_name(each.language)}"
            for each in found[:_MOST_LANGUAGES]
        ]
        if rest := sum(each.articles for each in found[_MOST_LANGUAGES:]):
            parts.append(f"{rest:,} in others")
        total = sum(each.articles for each in found)
        articles = "article" if total == 1 else "articles"
        yield visible(f"{total:>12,}  {articles} {what}: {', '.join(parts)}")


#: That are named of the articles of one tagger.
_MOST_LANGUAGES = 10


def report_lines(report: IndexReport, width: int | None = None) -> Iterator[str]:
    """Yield what became of the articles of an index run; *width* in columns, None writes each text on one line."""
    retagged = f"{report.retagged:,} re-tagged, " if report.retagged else ""
    moved = f", of these {report.files_followed:,} moved or copied" * bool(report.files_followed)
    yield from _wrapped(
        f"{report.added:,} added, {report.changed:,} changed, {retagged}{report.unchanged:,} unchanged, "
        f"{report.deleted:,} deleted, {report.refused_total:,} refused "
        f"({_counted(report.files_read, 'file')} read, {report.files_unchanged:,} unchanged{moved}) "
        f"in {_duration(report.seconds)}",
        width,
    )
    yield from correction_lines(report.corrections, width)
    yield from _hidden_lines(report, width)
    if report.refused_earlier:
        yield from _wrapped(
            f"{report.refused_earlier:,} refused earlier, in files that are unchanged: --force names them",
            width,
        )


def remark_lines(
    report: IndexReport, width: int | None = None, *, only_wrong: bool = False
) -> Iterator[str]:
    """Yield what was refused or left out and why, and what else a person should know of a run.

    With *only_wrong* no more than what was refused, articles that are not in the index because another has their
    id, and what went wrong in the run.
    """
    cases = report.cases
    is_more = False
    if REFUSED in cases:
        for case in cases[REFUSED].examples:
            yield from _wrapped(_example(case), width, "refused: ")
        if more := _left(cases[REFUSED]):
            is_more = True
            yield f"refused: and {more:,} more"
    if not only_wrong:
        yield from left_out_lines(report.left_out, report.left_out_folders, width)
    for kind in sorted(cases, key=[*REMARK_KINDS, *cases].index):
        if kind in (REFUSED, "left out", "names") or (only_wrong and kind != "same id"):
            continue
        by_reason = kind in _COUNTED_BY_REASON
        number = cases[kind].reasons if by_reason else cases[kind].times
        yield from _wrapped(counted(kind, number), width, "note: ")
        for case in cases[kind].examples:
            yield from _wrapped(_example(case), width, "      ")
        shown = len(cases[kind].examples)
        more = max(0, number - shown) if by_reason else _left(cases[kind])
        if more:
            is_more = True
            yield f"      and {more:,} more"
    for notice in report.notices:
        yield from _wrapped(notice, width, "note: ")
    if only_wrong:
        return
    yield from names_lines(report, width)
    if report.case_file:
        every = sum(each.times for each in cases.values())
        yield from _wrapped(
            f"{report.case_file} has {'the only case' if every == 1 else f'all {every:,} cases'}, "
            "with file, line and reason",
            width,
            "note: ",
        )
    elif is_more or report.left_out:
        yield from _wrapped(
            "--force --report FILE.jsonl writes all of these, with file, line and reason",
            width,
            "note: ",
        )


def names_lines(report: IndexReport | RebuildReport, width: int | None = None) -> Iterator[str]:
    """Yield in how many articles no names were looked for, as the tagger knows none of their languages."""
    from search.ingest.tagging import without_names_said

    if report.without_names:
        said = without_names_said(report.languages, report.without_names)
        yield from _wrapped(said, width, "note: ")


def next_lines(
    report: IndexReport, options: Sequence[str] = (), width: int | None = None
) -> Iterator[str]:
    """Yield what a person can do after a run; *options* are those that a query of this index needs."""
    import shlex

    from search.readers.formats import FORMATS

    if report.added + report.changed + report.retagged + report.unchanged:
        command = shlex.join(["newssearch", "query", *options, "WORDS"])
        yield visible(f"to search: {located(command)}")
    elif not report.deleted and not report.refused_total:
        suffixes = " ".join(suffix for entry in FORMATS for suffix in entry.suffixes)
        yield from _wrapped(
            f"to be read from a folder, a file ends in one of {suffixes}, or in one of these and .gz, .bz2, .xz or .zst; "
            "a file whose path is given is read by its content",
            width,
        )


def _hidden_lines(report: IndexReport, width: int | None) -> Iterator[str]:
    """Yield how many articles nobody sees, and why."""
    yield from rule_lines(report.hidden, report.hidden_by, width)
    if report.withdrawn:
        said = f"{report.withdrawn:,} withdrawn by the publisher: kept, and never found"
        yield from _wrapped(said, width)
    if report.embargoed:
        said = f"{report.embargoed:,} embargoed: kept, and found once the embargo ends"
        yield from _wrapped(said, width)


def rule_lines(
    hidden: int, by_rule: Sequence[tuple[Rule, int]], width: int | None = None
) -> Iterator[str]:
    """Yield how many articles rules hid, and how many each of the rules; one that hid none is said too."""
    if not by_rule:
        return
    yield f"{hidden:,} hidden by {_counted(len(by_rule), 'rule')} of hidden.toml"
    for rule, count in by_rule[:_MOST_RULES]:
        what = f"{count:,}" if count else "no article now"
        said = f"rule {rule.number} ({shortened(str(rule), _MAX_RULE_CHARS)}): {what}"
        yield from _wrapped(said, width, "  ")
    if len(by_rule) > _MOST_RULES:
        rest = sum(count for _, count in by_rule[_MOST_RULES:])
        yield f"  and {_counted(len(by_rule) - _MOST_RULES, 'more rule')}: {rest:,}"


def correction_lines(
    count: CorrectionCount, width: int | None = None, *, than: str = "before"
) -> Iterator[str]:
    """Yield in how many articles corrections of entities counted; a rule that changed nothing is said where all were looked at.

    *than* says what the entities of ``count.articles`` differ from.
    """
    if not count.by_rule:
        if count.articles:
            has = "has" if count.articles == 1 else "have"
            said = f"{_counted(count.articles, 'article')} {has} again the entities that were found: no rule corrects them"
            yield from _wrapped(said, width)
        return
    rules = f"{_counted(len(count.by_rule), 'rule')} of entities.toml"
    rules += ", kept by the index" * count.are_kept
    shown = [(rule, number) for rule, number in count.by_rule if number or count.is_of_all]
    if count.is_of_all:
        has = "has" if count.articles == 1 else "have"
        yield from _wrapped(
            f"{_counted(count.articles, 'article')} {has} other entities than {than}, with {rules}",
            width,
        )
    elif shown:
        yield from _wrapped(f"corrected by {rules}, in what was read:", width)
    else:
        yield from _wrapped(f"{rules}: no article that was read has what they name", width)
    for rule, number in shown[:_MOST_RULES]:
        what = _counted(number, "article") if number else "changed nothing"
        said = f"rule {rule.number} ({shortened(str(rule), _MAX_RULE_CHARS)}): {what}"
        yield from _wrapped(said, width, "  ")
    if len(shown) > _MOST_RULES:
        none = sum(not number for _, number in shown[_MOST_RULES:])
        said = f"  and {_counted(len(shown) - _MOST_RULES, 'more rule')}"
        yield said + (f", of which {none:,} changed nothing" if none else "")


def corrections_lines(rules: Sequence[Correction]) -> Iterator[str]:
    """Yield the corrections of entities in force, a line each."""
    if rules:
        yield f"{_counted(len(rules), 'rule')} of entities.toml in force:"
    for rule in rules[:_MOST_RULES]:
        note = f": {shortened(rule.note, _MAX_RULE_CHARS)}" if rule.note else ""
        yield visible(f"  rule {rule.number} ({shortened(str(rule), _MAX_RULE_CHARS)}){note}")
    if len(rules) > _MOST_RULES:
        yield f"  and {len(rules) - _MOST_RULES:,} more"


def rules_lines(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield the rules in force that hide articles, a line each."""
    if rules:
        yield f"{_counted(len(rules), 'rule')} of hidden.toml in force:"
    for rule in rules[:_MOST_RULES]:
        what = shortened(str(rule), _MAX_RULE_CHARS)
        yield visible(
            f"  rule {rule.number} ({what}): {shortened(rule.reason, _MAX_RULE_CHARS)}, {rule.date}"
        )
    if len(rules) > _MOST_RULES:
        yield f"  and {len(rules) - _MOST_RULES:,} more"


_MOST_RULES = 20
_MAX_RULE_CHARS = 80


#: Kinds of which many records have the same case: the number of reasons says more.
_COUNTED_BY_REASON = ("key not used",)

#: What `search.readers.input_files` says of one file or folder -> of several.
_SEVERAL = {INDEX: "indexes", LINK: "links", REPORT: "reports of newssearch"}

_MOST_SUFFIXES = 10
_MAX_EXAMPLE_CHARS = 300


def left_out_lines(
    files: Mapping[str, int], folders: Mapping[str, int], width: int | None = None
) -> Iterator[str]:
    """Yield how many files and folders were left out, by what they are, and what can be done about the files."""
    for name, counts in (("file", files), ("folder", folders)):
        if not counts:
            continue
        ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        parts = [
            f"{number:,} {_SEVERAL.get(what, what) if number > 1 else what}"
            for what, number in ranked[:_MOST_SUFFIXES]
        ]
        if rest := sum(number for _, number in ranked[_MOST_SUFFIXES:]):
            parts.append(f"{rest:,} of other kinds")
        total = sum(counts.values())
        said = f"{_counted(total, name)} {'was' if total == 1 else 'were'} left out: {', '.join(parts)}"
        ways: dict[str, list[str]] = {}
        for what, _ in ranked:
            if way := way_out(what):
                ways.setdefault(way, []).append(what)
        for way, suffixes in ways.items():
            said += f"; to have what {_listed(suffixes)} hold{'s' * (len(suffixes) == 1)}, {way}"
        yield from _wrapped(said, width, "note: ")


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _example(case: Remark) -> str:
    more = f" ({case.times - 1:,} more like this)" if case.times > 1 else ""
    return f"{located(case.path, case.line)}: {shortened(case.reason, _MAX_EXAMPLE_CHARS)}{more}"


def _left(cases: Cases) -> int:
    """Return how many cases the examples do not stand for."""
    return cases.times - sum(case.times for case in cases.examples)


def _wrapped(text: str, width: int | None, leading: str = "") -> Iterator[str]:
    style = Style(UTC) if width is None else Style.of_window(width, False, UTC)
    return wrapped(Marked(text), style, leading=leading, hanging=" " * len(leading))


def _duration(seconds: float) -> str:
    """Return a time for a person, as exactly as it matters."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def rebuild_needs_line(needs: RebuildNeeds) -> str:
    """Return what a rebuild is about to take."""
    from search.ingest.rebuild import megabytes

    return (
        f"rebuilding {_counted(needs.articles, 'article')}: takes up to {megabytes(needs.needed_bytes)} of disk "
        f"beside the index, {megabytes(needs.free_bytes)} are free"
    )


def rebuild_lines(report: RebuildReport) -> Iterator[str]:
    """Yield what became of the articles of an index that was rebuilt."""
    before = f", {report.made_before:,} made before" if report.made_before else ""
    yield (
        f"{_counted(report.articles, 'article')} rebuilt: {report.other_authors:,} with other authors, "
        f"{report.other_entities:,} with other entities{before}"
    )
    yield from correction_lines(report.corrections, than="were found")
    yield from rule_lines(report.hidden, report.hidden_by)


def rebuild_remarks(report: RebuildReport) -> Iterator[str]:
    """Yield what else a person should know of a rebuild."""
    for notice in report.notices:
        yield visible(f"note: {notice}")
    yield from names_lines(report)


def copy_lines(report: CopyReport) -> Iterator[str]:
    """Yield what a copy of an index has written, and whether both are the same."""
    vectors = "".join(
        f", {count:,} with vectors by {model}" for model, count in report.vectors.items()
    )
    yield (
        f"{_counted(report.copied, 'article')} copied, {report.there:,} there already; "
        f"{_counted(report.revisions, 'earlier revision')}, {_counted(report.files, 'input file')}{vectors}"
    )
    if report.checksum:
        yield (
            f"both have {_counted(report.documents, 'article')} with the checksum {report.checksum}"
        )


def embed_lines(report: EmbedReport) -> Iterator[str]:
    """Yield what became of the articles of an index that had no vectors."""
    if report.embedded:
        before = f"; {report.before:,} had some" if report.before else ""
        rate = report.passages / report.seconds if report.seconds else 0.0
        yield (
            f"{_counted(report.embedded, 'article')} given vectors by {report.model}: "
            f"{_counted(report.passages, 'passage')}, {rate:,.0f} a second{before}"
        )
    elif not report.is_interrupted:
        yield f"all {_counted(report.articles, 'article')} had vectors by {report.model}"
    if report.too_long:
        yield (
            f"of {_counted(report.too_long, 'article')} only the first {MAX_PASSAGES} passages "
            f"of {PASSAGE_WORDS} words have vectors"
        )
    if report.in_other_languages:
        yield (
            f"in languages that {report.model} was not made for: "
            f"{_counted(report.in_other_languages, 'article')}, of which it knows little but names"
        )
    for label in report.replaced:
        yield f"the vectors of {label} were in their place, and are gone"


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")


def progress_line(share: float, articles: int, file: str, columns: int) -> str:
    """Return one line that tells how far a run is; *share* is from 0 to 1."""
    done = round(20 * share)
    bar = "#" * done + "-" * (20 - done)
    return visible(f"[{bar}] {share:4.0%}  {articles:,} articles  {file}")[: max(0, columns - 1)]


#: Addresses that were refused and are named; all are counted.
_MAX_REFUSED = 20


def fetch_lines(report: FetchReport, folder: str, width: int | None = None) -> Iterator[str]:
    """Yield what a run of `newssearch fetch` did; *folder* is where it keeps what it fetched."""
    parts = []
    for new, same, name, several in (
        (report.lists, report.lists_unchanged, "feed or sitemap", "feeds or sitemaps"),
        (report.pages, report.pages_unchanged, "page", "pages"),
    ):
        if count := new + same:
            unchanged = f" ({same:,} unchanged)" if same else ""
            parts.append(f"{count:,} {name if count == 1 else several}{unchanged}")
    if report.entries:
        entries = "entries" if report.entries > 1 else "entry"
        parts.append(f"{report.entries:,} {entries} of feeds kept without a page")
    parts.append(f"{len(report.refused):,} refused")
    yield from _wrapped(f"fetched: {', '.join(parts)} in {_duration(report.seconds)}", width)
    if report.left or report.lists_left:
        lists = f" and {_counted(report.lists_left, 'sitemap')}" if report.lists_left else ""
        yield from _wrapped(
            f"{_counted(report.left, 'page')}{lists} left to the next run (--max-pages says how many pages a run"
            " fetches)",
            width,
        )
    if report.paths:
        yield from _wrapped(f"kept in {folder}", width)


def fetch_remark_lines(
    report: FetchReport, width: int | None = None, *, only_wrong: bool = False
) -> Iterator[str]:
    """Yield what was not fetched and why, and what else a person should know."""
    for url, reason in report.refused[:_MAX_REFUSED]:
        yield from _wrapped(f"{url}: {shortened(reason, _MAX_EXAMPLE_CHARS)}", width, "refused: ")
    if (more := len(report.refused) - _MAX_REFUSED) > 0:
        yield f"refused: and {more:,} more"
    for note in () if only_wrong else report.notes:
        yield from _wrapped(shortened(note, _MAX_EXAMPLE_CHARS), width, "note: ")


def fetch_progress_line(progress: FetchProgress, columns: int) -> str:
    """Return one line that tells how far a run of `newssearch fetch` is."""
    return visible(f"fetched {progress.done:,}, waiting {progress.waiting:,}  {progress.url}")[
        : max(0, columns - 1)
    ]
