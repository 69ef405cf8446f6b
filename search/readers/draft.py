"""From what a reader found to an `Article`: its id, its limits, and text that can be stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from search.model.article import Article, BadArticle, Credit, unchecked
from search.model.errors import ReadError
from search.readers.date_fields import remark_on_date
from search.readers.decompression import CutShort
from search.readers.ids import article_id, is_counted
from search.readers.language import LANGUAGE_UNKNOWN, NO_DETECTION, can_detect, language_of
from search.readers.published import Published
from search.readers.source import Origin
from search.readers.topics import MAX_TOPIC_CHARS, MAX_TOPICS, distinct
from search.text.spacing import single_spaced

#: Characters of a title that is made from the body.
MAX_MADE_TITLE_CHARS = 160

_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+|(?<=[。！？])|[\r\n]")


def make_article(
    source: Origin,
    line: int | None,
    *,
    title: str,
    body: str,
    authors: Iterable[str] = (),
    credits: Iterable[Credit] = (),
    byline: str = "",
    published: Published | None = None,
    published_from: str = "",
    publisher: str = "",
    section: str = "",
    topics: Iterable[str] = (),
    language: str = "",
    url: str = "",
    own_id: str = "",
    embargoed_until: datetime | None = None,
    is_withdrawn: bool = False,
    dated: str = "",
    is_record: bool = False,
) -> Article | BadArticle:
    """Return the article, or why it is refused.

    Texts are unchanged, except that half a surrogate pair becomes U+FFFD. An empty *title* is
    made from the beginning of *body*. Of *topics*, of which each is one, those that are too long or too many
    are left out, which a remark says. *dated* stands for the date in an id that needs one, where *published* may
    be read in another way at another time. An article that *is_withdrawn* needs no text, but an id, so that it takes the
    place of what was sent before. One that *is_record* may be one of many at the address of *source*. *embargoed_until* is aware UTC. The collection is that of the run, the *language* as `language_of` reads it.
    """
    is_one_of_many = is_record and not url
    url = url or source.url
    names = tuple(authors)
    others = tuple(credits)
    subjects = _kept_topics(source, line, topics) if topics else ()
    options = source.options
    collection = options.collection
    texts = (
        title, body, byline, publisher, section, language, url, own_id, published_from, collection, *names, *subjects,
    )  # fmt: skip
    said = "".join([*texts, *[credit.name for credit in others]] if others else texts)
    if not _are_storable(said):
        stored = map(storable, texts[:10])
        (
            title,
            body,
            byline,
            publisher,
            section,
            language,
            url,
            own_id,
            published_from,
            collection,
        ) = stored
        names = tuple(map(storable, names))
        subjects = tuple(map(storable, subjects))
        others = tuple([Credit(storable(name), role) for name, role in others])
    if not title:
        title = first_sentence(body)
    # An entry with an id and a date is an article, even if an archive lost its text, and a kill notice needs the id alone.
    if not title and not (own_id and (published or is_withdrawn)):
        return BadArticle(
            source.path, line, "has neither a title nor a text, and no id with a date"
        )
    most = source.limits.max_article_chars
    if len(said) > most - 2 * MAX_MADE_TITLE_CHARS and most < (
        len(title) + len(body) + len(byline) + sum(map(len, names)) + len(url)
    ):
        return too_long(source, line)
    if published is not None:
        remark_on_date(source, line, published, url)
    counted = options.authors.counted(names, publisher) if options.authors else names
    tag, origin = language_of(title, body, language)
    if not tag and title:  # a kill notice may have no words
        source.remarks.count(line, "language", LANGUAGE_UNKNOWN if can_detect() else NO_DETECTION)
    own = article_id(
        own_id,
        url,
        title,
        byline,
        body,
        dated or (published.at.isoformat() if published and is_counted(own_id) else ""),
        is_one_of_many=is_one_of_many,
    )
    values = {
        "article_id": own,
        "title": title,
        "body": body,
        "authors": counted,
        "authors_as_read": names if counted != names else (),
        "credits": others,
        "byline": byline,
        "source": publisher,
        "section": section,
        "topics": subjects,
        "language": tag,
        "language_from": origin,
        "collection": collection,
        "url": url,
        "embargoed_until": embargoed_until,
        "is_withdrawn": is_withdrawn,
        "line": line,
    }
    if published is not None:
        values["published"] = published.at
        values["published_precision"] = published.precision
        values["published_from"] = published_from
    return unchecked(Article, values)


def _kept_topics(source: Origin, line: int | None, topics: Iterable[str]) -> tuple[str, ...]:
    found = distinct(topics)
    kept = tuple([topic for topic in found if len(topic) <= MAX_TOPIC_CHARS])
    if len(kept) < len(found):
        source.remarks.count(
            line, "value not used", f"a topic is longer than {MAX_TOPIC_CHARS} characters"
        )
    if len(kept) > MAX_TOPICS:
        source.remarks.count(
            line,
            "value not used",
            f"the article has more than {MAX_TOPICS} topics; the first are kept",
        )
    return kept[:MAX_TOPICS]


def guarded(
    source: Origin,
    line: int | None,
    make: Callable[..., Article | BadArticle],
    *given: object,
) -> Article | BadArticle:
    """Return what *make* makes of what it is *given*, or a refusal that names an unforeseen error.

    Third-party parsers can fail on any input; one record must not end a whole run.
    """
    try:
        return make(*given)
    except (CutShort, ReadError):
        raise
    except Exception as exc:
        return BadArticle(source.path, line, unforeseen(exc))


def unforeseen(exc: Exception) -> str:
    """Return the reason that is reported for an error that no reader foresees."""
    said = single_spaced(str(exc))[:200]
    error = ": ".join(filter(None, (type(exc).__name__, said)))
    return f"could not be read ({error}); please report it"


def too_long(source: Origin, line: int | None) -> BadArticle:
    """Return the refusal of an article beyond the limit."""
    limit = source.limits.max_article_chars
    return BadArticle(
        source.path,
        line,
        f"is longer than {limit:,} characters; split it or raise max_article_chars",
    )


def storable(text: str) -> str:
    """Return *text* with each half of a surrogate pair replaced, which UTF-8 cannot encode."""
    return text if _are_storable(text) else _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _are_storable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()  # half the time of a search by regular expression
    except UnicodeEncodeError:
        return False
    return True


def first_sentence(body: str) -> str:
    """Return the first sentence or line of *body*, cut after a word; "" where there is none."""
    start = body.lstrip()[: 4 * MAX_MADE_TITLE_CHARS]
    sentence = _SENTENCE_END.split(start, maxsplit=1)[0].strip()
    if len(sentence) <= MAX_MADE_TITLE_CHARS:
        return sentence
    cut = sentence[:MAX_MADE_TITLE_CHARS]
    return (cut.rsplit(None, 1)[0] if " " in cut else cut).rstrip(" ,;:") + "…"
