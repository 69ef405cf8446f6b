"""Names in what a person reads: a few of many, and at the beginning of a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.model.article import Article
from search.model.fields import Field

if TYPE_CHECKING:
    from search.engines.protocol.result import Story
    from search.service.answer import HitStream, ResultPage
    from search.service.completions import Completion


#: Stands above articles that are near a question in meaning (`ResultPage.near`).
NEAR_IN_MEANING = "Near in meaning, not found by the words, and not counted:"


def few(names: Sequence[str], most: int) -> tuple[Sequence[str], int]:
    """Return the first *most* of *names* and how many are left out.

    All of them where that is only one more: "and 1 more" takes as much room as the name.
    """
    if len(names) <= most + 1:
        return names, 0
    return names[:most], len(names) - most


def listed(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """Return the names as text: "A, B, C", and where there are more than that "A, B, C and 2 more"."""
    named, more = few(names, most)
    return separator.join(named) + (f" and {more:,} more" if more else "")


def forms_read(page: ResultPage) -> str:
    """Return of which languages words of the query are found in other forms: "in English and German forms".

    "" where that goes without saying. It is said once for all clauses, however many there are.
    """
    *firsts, last = dict.fromkeys(each for clause in page.read_as for each in clause.languages) or (
        "",
    )
    return f"in {', '.join(firsts)}{' and ' if firsts else ''}{last} forms" if last else ""


def also_weighed(page: ResultPage) -> str:
    """Return which words the first hits gave to the query: "also weighed, from the first ten hits: missile (.12), ..."."""
    words = [f"{each.word} ({each.share:.2f})".replace("(0.", "(.") for each in page.weighed]
    return f"also weighed, from the first ten hits: {', '.join(words)}"


def also_in(story: Story) -> str:
    """Return where else the text of a hit is: "also in 7 sources"; "2 more copies" where no other source is known.

    Both where some copies have no other source: "also in 2 sources and 1 other copy".
    """
    number, others = len(story.sources), story.others
    copies = "copy" if others == 1 else "copies"
    if not number:
        return f"{others:,} more {copies}"
    sources = f"also in {number:,} {'source' if number == 1 else 'sources'}"
    return f"{sources} and {others:,} other {copies}" if others else sources


def total_of(page: ResultPage | HitStream) -> str:
    """Return how much was found: "19 articles", or "12 stories in 19 articles" where some are copies of others."""
    articles = "1 article" if page.total == 1 else f"{page.total:,} articles"
    if page.stories is None or page.stories == page.total:
        return articles
    return f"{'1 story' if page.stories == 1 else f'{page.stories:,} stories'} in {articles}"


def moved_of(page: ResultPage) -> str:
    """Return what was moved after the first hits: "3 further hits of Reuters come after the first ten"; "" where nothing was."""
    if not page.moved:
        return ""
    parts = []
    for moved in page.moved:
        if moved.source:
            parts.append(
                f"{moved.hits:,} further {'hit' if moved.hits == 1 else 'hits'} of {moved.source}"
            )
        else:
            parts.append(
                f"{moved.hits:,} further {'copy of a story' if moved.hits == 1 else 'copies of stories'}"
            )
    listed_parts = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    verb = "comes" if sum(moved.hits for moved in page.moved) == 1 else "come"
    return f"{listed_parts} {verb} after the first ten"


def label_of(row: Field, article: Article) -> str:
    """Return what stands before the values of a field of *article*; of a language whether it was only detected."""
    name = capitalised(row.many if row.is_listed else row.one)
    is_guessed = row.attribute == "article.language" and article.language_from
    return f"{name} ({article.language_from})" if is_guessed else name


def finds(completion: Completion) -> str:
    """Return what a completed query finds: "person, 49 articles"."""
    articles = "1 article" if completion.articles == 1 else f"{completion.articles:,} articles"
    return articles if completion.kind == "word" else f"{completion.kind}, {articles}"


def with_article(name: str) -> str:
    """Return *name*, what one value of a field is called, as one of several: "an author", "a place"."""
    return f"an {name}" if name[:1] in "aeio" else f"a {name}"


def more_values(count: int, field: Field) -> str:
    """Return how many values of a facet are not shown: "87 more places"."""
    return f"{count:,} more {field.one if count == 1 else field.many}"


def without_value(count: int, field: Field) -> str:
    """Return how many articles have no value of a facet: "9 without an author"."""
    return f"{count:,} without {with_article(field.one)}"


def capitalised(name: str) -> str:
    """Return *name* as it begins a line: "URL" stays as it is."""
    return name[:1].upper() + name[1:]


def coarser_interval(asked: str, interval: str) -> str:
    """Return why articles are counted by *interval*, and not as *asked*."""
    from search.model.histogram import MAX_BINS

    return f"counted by {interval}: by {asked} there would be more than {MAX_BINS:,} counts"
