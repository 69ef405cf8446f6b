"""A mail, such as a newsletter: its text is an article, and what is attached to it is read as a file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from search.model.article import Article, BadArticle
from search.readers.byline import parse_byline
from search.readers.content_types import suffix_for
from search.readers.draft import guarded
from search.readers.mime import MAX_MAIL_BYTES, Part, TooMuch, leaves, words_decoded
from search.readers.record import article_of
from search.readers.source import Member, Source

_HEADERS = re.compile(
    r"(?:From [^\n]{1,1000}\n)?((?:[!-9;-~]{1,76}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,})"
)
#: One of these, and one of the others, make a mail: a text may have a line "Date: ..." above it.
_SENT = re.compile(r"^(?:From|Received|Return-Path|Delivered-To|Message-ID|MIME-Version):", re.IGNORECASE | re.MULTILINE)  # fmt: skip
_ALSO_SENT = re.compile(r"^(?:To|Subject|Date|Content-Type|Message-ID|List-Id):", re.IGNORECASE | re.MULTILINE)  # fmt: skip
#: A line that a mailbox has before each mail, and signs that a mail cannot begin with.
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From [^\n]{1,1000}\n)?")

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_TEXT_TYPES = ("text/plain", *_PAGE_TYPES)

#: A page may have fewer of the words of the plain text that says the same, as that spells out links and footers.
_MOST_MISSING = 4
#: Mails are laid out in tables, whose cells have paragraphs.
_OF_TABLE = re.compile(rb"<(/?)(?:table|tbody|thead|tfoot|tr|td|th)(?=[\s>/])", re.IGNORECASE)

_ADDRESS = re.compile(r"(?P<name>[^<]*)<(?P<address>[^<>\s]*)>|(?P<alone>[^\s()<>,]+@[^\s()<>,]+)(?:\s*\((?P<comment>[^()]*)\))?")  # fmt: skip
#: "Jane Roe from The Morning Brief"
_OF_PUBLISHER = re.compile(r"\s+(?:from|at|via|of|von|bei|de|di|@)\s+|\s*(?:[|·•]|\s[-–—]\s)\s*")
_LIST_ID = re.compile(r"\"?(?P<name>[^<\"]*)\"?\s*<")
#: What a service makes up for a list.
_NO_NAME = re.compile(
    r"(?:[0-9a-f]{6,}\S*|\d+)(?:\s+list)?|\S*@\S*|[\w.-]+\.[a-z]{2,}", re.IGNORECASE
)
_ADDRESS_IN_WEB = re.compile(r"<?\s*(https?://[^\s<>]{1,2000})")
_LETTERS = re.compile(r"[^\W_]+")


def sniff(head: str) -> bool:
    """Whether text that begins with *head* is a mail."""
    found = _HEADERS.match(head.replace("\r\n", "\n").lstrip("\ufeff"))
    if found is None:
        return False
    return len(_SENT.findall(found[1])) > 1 or bool(
        _SENT.search(found[1]) and _ALSO_SENT.search(found[1])
    )


def members(source: Source) -> Iterator[Member | Article | BadArticle]:
    """Yield the article that a mail is, and then the files and mails that are attached to it."""
    try:
        mail = opened(source, "mail")
    except TooMuch as exc:
        yield BadArticle(source.path, None, str(exc))
        return
    yield from members_of(source, mail)


def opened(source: Source, what: str) -> Part:
    """Return the mail that *source* is, or the page saved as one: *what* it is called. Raises `TooMuch`."""
    content = source.content(MAX_MAIL_BYTES)
    if len(content) > MAX_MAIL_BYTES:
        size = MAX_MAIL_BYTES // 1_000_000
        raise TooMuch(f"is larger than {size} MB, too large for one {what}")
    return Part(content, cast(re.Match[bytes], _BEFORE.match(content)).end())


class _Found(NamedTuple):
    #: The parts that are its text, in order; each with what says the same in another form.
    texts: list[tuple[Part, Part | None]]
    attached: list[Part]
    #: Why the rest was not looked at.
    too_much: str


def members_of(source: Source, mail: Part) -> Iterator[Member | Article | BadArticle]:
    """Yield what `members` yields."""
    if not mail.header_names():
        yield BadArticle(source.path, None, "is no mail, for it has no headers")
        return
    found = _sorted(mail)
    subject = mail.header("subject")
    if subject or found.texts or not found.attached:
        yield guarded(source, None, _article, source, mail, subject, found.texts)
    if found.too_much:
        yield BadArticle(source.path, None, f"{found.too_much}; the rest was not read")
    for number, part in enumerate(found.attached, 1):
        content = part.content()
        name = part.filename.replace("\\", "/").rpartition("/")[2]
        suffix = suffix_for(part.type, name, content)
        if suffix:
            stream = cast(BinaryIO, io.BytesIO(content))
            name = name or f"{number}{suffix}"
            yield Member(name, stream, charset=part.charset, suffix=suffix)
        else:
            reason = f"no reader knows what is of the type {part.type}"
            source.remarks.count(None, "not read", reason)


def _sorted(mail: Part) -> _Found:
    """Return the parts of *mail*, by what they are for."""
    texts: list[tuple[Part, Part | None]] = []  # each with the alternatives that it is one of
    shown: list[Part] = []  # what has a page, and the pictures of it
    attached: list[Part] = []
    too_much = ""
    try:
        for path in leaves((mail,)):
            part = path[-1]
            choice = next((each for each in path[:-1] if each.type == "multipart/alternative"), None)  # fmt: skip
            is_text = part.type in _TEXT_TYPES and not (part.is_attached or part.filename)
            related = next((each for each in path[:-1] if each.type == "multipart/related"), None)
            if is_text and related not in shown:
                texts.append((part, choice))
                shown += [related] if related else []
            elif part.is_attached or not (choice or related):
                attached.append(part)
    except TooMuch as exc:
        too_much = str(exc)
    return _Found(list(_best(texts)), attached, too_much)


def _best(texts: list[tuple[Part, Part | None]]) -> Iterator[tuple[Part, Part | None]]:
    """Yield *texts*, and of those that say the same the page, which is what a reader sees, with the other."""
    with_page = [choice for part, choice in texts if choice and part.type in _PAGE_TYPES]
    for part, choice in texts:
        if choice not in with_page:
            yield part, None
        elif part.type in _PAGE_TYPES:
            same = (
                other for other, its in texts if its is choice and other.type not in _PAGE_TYPES
            )
            yield part, next(same, None)


def _article(
    source: Source, mail: Part, subject: str, texts: list[tuple[Part, Part | None]]
) -> Article | BadArticle:
    bodies: list[str] = []
    language = mail.header("content-language")
    for part, same in texts:
        if part.is_undivided and part.content().strip():
            reason = "is not divided into parts as its headers say; it was read as one text"
            source.remarks.say(None, "value not used", reason)
        is_page = part.type in _PAGE_TYPES
        body, told = _text_of_page(source, part, subject) if is_page else (part.text(), "")
        if same and _MOST_MISSING * _count_words(body) < _count_words(plain := same.text()):
            body = plain  # the page is a picture
        if part.misfits:
            reason = f"{part.misfits:,} bytes of its text are not in the encoding {part.charset or 'utf-8'!r}, and were read as what they may be"
            source.remarks.say(None, "encoding", reason)
        bodies.append(body.strip())
        language = language or told
    body = "\n\n".join(filter(None, bodies))
    if not subject and not body:
        return BadArticle(source.path, None, "has neither a subject nor a text")
    sender = _sender(mail)
    address = _ADDRESS_IN_WEB.match(mail.raw("archived-at"))
    record = {
        "id": mail.raw("message-id").strip("<> "),
        "title": subject,
        "Date": mail.raw("date"),
        "author": sender.author,
        "source": sender.publisher,
        "topics": mail.header("keywords"),
        "url": address[1] if address else "",
        "language": language,
        "body": body,
    }
    return article_of(source, None, {key: value for key, value in record.items() if value})


def _text_of_page(source: Source, part: Part, subject: str) -> tuple[str, str]:
    """Return the text of a part that is a page, and the language that the page declares."""
    from search.readers.page_within import page_within  # with lxml and trafilatura

    content = _OF_TABLE.sub(rb"<\1div", part.content())
    page = page_within(source, content, part.charset)
    if isinstance(page, BadArticle):
        source.remarks.say(None, "value not used", f"the page in the mail {page.reason}")
        return "", ""
    # Who wrote a mail its sender tells.
    return page.text_under(subject, with_byline=True), page.metadata.language


def _count_words(text: str) -> int:
    """Return the number of words in *text*, without addresses."""
    return sum(1 for word in text.split() if _LETTERS.match(word) and "://" not in word)


class _Sender(NamedTuple):
    author: str
    publisher: str


def _sender(mail: Part) -> _Sender:
    """Return who wrote a mail, and who sends such mails: a person, a paper, or both."""
    name, address = _named(mail, "from")
    of_list = _list_name(mail)
    person, *publisher = _OF_PUBLISHER.split(name, maxsplit=1)
    if (
        not name
        or name == of_list
        or _names_domain(name, address)
        or not parse_byline(person).authors
    ):
        return _Sender("", name or of_list or _named(mail, "reply-to")[0])
    replies, _ = _named(mail, "reply-to")
    if replies and (replies == name or parse_byline(replies).authors):
        replies = ""
    return _Sender(person, publisher[0].strip(" ()") if publisher else of_list or replies)


def _named(mail: Part, header: str) -> tuple[str, str]:
    """Return the first name and the address in a header, each "" where there is none."""
    text = mail.raw(header)
    found = _ADDRESS.search(text)
    if found is None:
        return words_decoded(text), ""
    name = words_decoded(found["name"] or found["comment"] or "").strip("\"', ").replace('\\"', '"')
    return "" if "@" in name else name, found["address"] or found["alone"] or ""


def _names_domain(name: str, address: str) -> bool:
    """Whether the sender has the name of the domain that the mail comes from: "Coast Post" of coastpost.example."""
    letters, domain = (
        "".join(_LETTERS.findall(text.lower())) for text in (name, address.rpartition("@")[2])
    )
    return len(letters) > 3 and letters in domain


def _list_name(mail: Part) -> str:
    """Return what a list calls itself, "" where that is an address or a number."""
    found = _LIST_ID.match(mail.raw("list-id"))
    name = words_decoded(found["name"]) if found else ""
    return "" if _NO_NAME.fullmatch(name) else name
