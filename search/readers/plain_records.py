"""Records whose values are plain texts, as nearly all of an archive's are: read without a detour.

What it makes of a record is what `search.readers.record` makes of it, in half the time.
"""

from __future__ import annotations

from collections.abc import Mapping

from search.model.article import Article, BadArticle
from search.readers.byline import clean_names
from search.readers.dates import usual_date
from search.readers.draft import make_article
from search.readers.ids import is_counted
from search.readers.keys import Plan
from search.readers.markup import plain
from search.readers.source import Origin
from search.readers.topics import topics_of
from search.readers.values import is_usual, publisher_of

#: Authors of one record. Taking names apart takes time.
MAX_NAMES = 1_000
#: Values of which nothing is said where they give nothing.
_EMPTY: tuple[object, ...] = (None, "", [], {})


def plain_article(
    source: Origin, line: int | None, record: Mapping[str, object], plan: Plan
) -> Article | BadArticle | None:
    """Return the article of *record*, whose keys have a *plan*; None where a value is not as plain as that."""
    title, body = record[plan.title], record[plan.body]
    if type(title) is not str or type(body) is not str:
        return None
    if not is_usual(title):
        title = plain(title)
    if not is_usual(body):
        body = plain(body, paragraphs=True)
    if (
        not title or not body or body[-1] == "]"
    ):  # a bracket may end the number of characters that are left out
        return None
    texts = []
    for key in (plan.url, plan.language, plan.id, plan.section, plan.source):
        value = record[key] if key else ""
        if value is None:
            value = ""
        elif type(value) is not str or (value and not is_usual(value)):
            return None
        texts.append(value.strip())
    url, language, own_id, section, publisher = texts
    if section.isdecimal() or (is_counted(own_id) and not url):
        return None
    if publisher and not publisher_of(publisher)[1]:
        return None
    names = record[plan.authors] if plan.authors else None
    authors: tuple[str, ...] = ()
    if names:
        if type(names) is not list or len(names) > MAX_NAMES:
            return None
        if (clean := clean_names(names, publisher=publisher)) is None:
            return None
        authors = clean.authors
    elif names not in _EMPTY:
        return None
    published = None
    dated = record[plan.published] if plan.published else None
    if dated is not None:
        published = usual_date(dated.strip()) if type(dated) is str else None
        if published is None:
            return None
    topics: list[str] = []
    if plan.topics and (value := record[plan.topics]) not in _EMPTY:
        topics = [topic for topic in topics_of(value) if not topic.isdecimal()]
        if not topics:
            return None
    return make_article(
        source,
        line,
        title=title,
        body=body,
        authors=authors,
        published=published,
        published_from=f"field '{plan.published}'" if published else "",
        publisher=publisher,
        section=section,
        topics=topics,
        language=language,
        url=url,
        own_id=own_id,
        is_record=True,
    )
