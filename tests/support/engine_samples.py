"""What the suites of engines start from: an engine to open, a few documents, and questions in short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path

import pytest

from search.engines.protocol.engine import Engine
from search.engines.protocol.request import SearchRequest
from search.model.article import Document, Entities, Entity, Provenance
from search.model.settings import Settings
from search.query.dates import bound_at
from search.query.tree import Bound, Group, Phrase, Query, Word
from search.text.words import tokens
from tests.support import documents


def day(month: int, number: int) -> datetime:
    return datetime(2024, month, number, tzinfo=UTC)


def bound(instant: datetime, zone: tzinfo = UTC) -> Bound:
    """Return where a range of dates begins or ends that is read in *zone*."""
    return bound_at(instant, zone)


def document(
    article_id: str,
    body: str = "",
    title: str = "",
    published: datetime | None = None,
    precision: str | None = None,
    **fields: object,
) -> Document:
    """Return a document with what a test cares about; all else is empty.

    Where it says nothing else it is known to the day at midnight, and to the second at another time.
    """
    if published is None:
        precision = ""
    elif precision is None:
        precision = "second" if published.time() != time() else "day"
    return documents.document(
        article_id,
        title,
        body,
        published=published,
        published_precision=precision,
        **fields,
    )


def named(*names: str) -> tuple[Entity, ...]:
    return tuple(Entity(name) for name in names)


#: Entities whose other forms hold words that their names lack.
FORMS = [
    document(
        "a",
        "The U.S. told the IAEA to stay.",
        entities=Entities(
            organisations=(Entity("International Atomic Energy Agency", (), ("IAEA",)),),
            places=(Entity("United States", (), ("U.S.", "US")),),
        ),
    ),
    document(
        "b",
        "The agency answered.",
        entities=Entities(
            people=(Entity("Rafael Grossi", (), ("Grossi",)),),
            organisations=(Entity("International Atomic Energy Agency", (), ("IAEA",)),),
        ),
    ),
    document("c", "They told us nothing."),
]


def words(text: str, exact: bool = False, field: str | None = None) -> Query:
    """Return *text* as a person's words side by side, quoted ones in a row where *exact*."""
    forms = tuple(tokens(text).forms)
    if len(forms) == 1:
        return Word(forms[0], field=field, exact=exact)
    if exact:
        return Phrase(forms, field=field)
    return Group(tuple(Word(form, field=field) for form in forms))


def ranked(engine: Engine, tree: Query, **request: object) -> list[str]:
    """Return the ids of all articles that *tree* matches, best first."""
    asked = SearchRequest(tree=tree, **{"limit": 1000, **request})  # type: ignore[arg-type]
    result = engine.search(asked)
    assert result.total == engine.count(asked)
    return [hit.article.article_id for hit in result.hits]


def found(engine: Engine, tree: Query, **request: object) -> str:
    """Return the same ids sorted and written as one word, for tables of one-letter articles."""
    return "".join(sorted(ranked(engine, tree, **request)))


FULL = documents.document(
    article_id="full:1.0_a-b",
    title="Straße, <b>naïve</b> & “quoted”",
    body="\ufeffOne.\r\n\r\n  Two\ttabs.\n\n\nThree \x0b🚀\u2028four ",
    authors=("Ann Lee", "Bob O'Neil", "Ann Lee"),
    byline="By Ann Lee, Bob O'Neil and Ann Lee |",
    published=datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC),
    published_precision="second",
    published_from="json-ld datePublished",
    source="The Daily",
    section="World/Europe",
    topics=("Alliances, military", "Élections", "Alliances, military"),
    collection="Dump of 2024",
    language_from="detected",
    language="en-GB",
    url="https://example.org/a?b=c&d=%20#e",
    entities=Entities(
        (Entity("Antony Blinken"), Entity("Jens Stoltenberg")),
        (Entity("NATO"),),
        (Entity("Brussels"), Entity("Kyiv")),
    ),
)._replace(
    packed_provenance=Provenance(
        "/news/a|b.zip",
        7,
        "2024/é.html",
        "https://example.org/a",
        "html",
        datetime(2024, 3, 1, tzinfo=UTC),
    ).packed()
)

HOSTILE = [
    "",
    " ",
    "\x00\x01\x1f\x7f",
    "\ufeff\u200b\u202e\u2066",
    "<script>alert(1)</script>",
    "' OR 1=1; DROP TABLE articles; --",
    "../../etc/passwd%00",
    "{{7*7}} ${7*7} %s %n",
    "Z̸̢̛͎a̶͍̽l̵̠̈́g̵̱̈o̵͚͝",
    "👩‍👩‍👧‍👦 🏳️‍🌈 \U0010ffff",
    "田中さんにあげて下さい",
    "a" * 100_000,
    '* OR ( ) " ~ : ^ \\ [ TO ]',
    "ﬃ Å İ ı ß ẞ",
]

#: Ten articles for what follows; one letter each so that a set of them is a word.
NEWS = (
    document(
        "a",
        title="Russia stages missile attack on Kyiv",
        body="A missile attack hit the capital. The response was firm, officials said.",
        published=day(11, 13),
        authors=("Simon Lewis", "Olena Harmash"),
        source="Reuters",
        section="World",
        topics=("Air defence", "Aid, military"),
        collection="Wire 2024",
        language="en",
        url="https://www.example.org/world/kyiv-missile",
        entities=Entities(places=named("Kyiv", "Russia")),
    ),
    document(
        "b",
        title="Blinken meets NATO allies",
        body="Antony Blinken promised a firm response in Brussels.",
        published=day(11, 13) + timedelta(hours=23, minutes=59, seconds=59),
        authors=("Ann Lee",),
        source="Reuters",
        section="World",
        topics=("Summits", "air defence"),
        language="en",
        entities=Entities(named("Antony Blinken"), named("NATO"), named("Brussels")),
    ),
    document(
        "c",
        title="Missiles over the sea",
        body="Missiles flew. Attacks by missiles go on; the attack was long.",
        published=day(11, 14),
        authors=("Lee Simon", "Bob Ray"),
        source="AP",
        language="en-GB",
    ),
    document(
        "d",
        title="Café budget",
        body="The café at AT&T said Mr. O'Neil don't owe 3,000 to the U.S. anymore.",
        published=day(12, 1),
        authors=("Zoë Müller",),
        source="AFP",
    ),
    document(
        "e",
        title="May we vote",
        body="To be, or not to be: IT will say WHO may decide, said US voters.",
        published=day(10, 31),
        authors=("Will May",),
    ),
    document("f", body="习近平访问北京。", title="北京", language="zh"),
    document("g", body="COVID-19 and Russian-backed forces; a Watergate for Ukrainians."),
    document("h"),
)  # fmt: skip


class EngineSuite:
    """Opens an engine for each test. A subclass says how in `open_at`."""

    #: Who scores, as `Stats.scoring` says it.
    scoring = "exact"

    def open_at(self, folder: Path, settings: Settings) -> Engine:
        """Return an engine whose index is in *folder*: a new one, or the one left there."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Iterator[Engine]:
        with closing(self.open_at(tmp_path / "index", Settings())) as engine:
            yield engine

    @pytest.fixture
    def news(self, engine: Engine) -> Engine:
        engine.add(NEWS)
        return engine
