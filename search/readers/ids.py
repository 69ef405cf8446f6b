"""The id of an article: what makes two records the same one. The rules are in docs/readers.md."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from hashlib import blake2b
from urllib.parse import quote, urlsplit

from search.model.article import ARTICLE_ID

_DIGITS = frozenset("0123456789")
#: Ids of records that a file or a table counts; more digits are those of a service that counts for everybody.
_COUNTED = re.compile(r"[0-9]{1,14}(?:\.0)?")

_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_PORTS = {"http": ":80", "https": ":443"}


def article_id(
    own_id: str,
    url: str,
    title: str,
    byline: str,
    body: str,
    dated: str = "",
    *,
    is_one_of_many: bool = False,
) -> str:
    """Return the id: the source's own if it can be one, else 16 hexadecimal digits.

    The digits are a hash of the source's own id, else of the `canonical_url`, else of title, byline and
    body. A bare number counts within its file only: its id has a hash too, of the URL, else of title
    and date (*dated*), else of all texts. So it is the same wherever the file lies. Of what *is_one_of_many* at the
    address, as the entries of a feed without links are, the title counts too.
    """
    if own_id:
        if not is_counted(own_id):
            return own_id if ARTICLE_ID.fullmatch(own_id) else _hash("id", own_id)
        own_id = own_id.removesuffix(".0")  # pandas, of a column with a gap
        if address := canonical_url(url):
            return f"{own_id}-{_hash('url', address)}"
        texts = (title, dated) if title and dated else (title, byline, body)
        return f"{own_id}-{_hash('text', *texts)}"
    if url and (address := canonical_url(url)):
        return _hash("url", address, title) if is_one_of_many else _hash("url", address)
    return _hash("text", title, byline, body)


def is_counted(own_id: str) -> bool:
    """Whether *own_id* is a bare number, of which only its own file knows what it counts."""
    return own_id[:1] in _DIGITS and _COUNTED.fullmatch(own_id) is not None


def leads_to_article(url: str) -> bool:
    """Whether *url* names a page of a site; some templates give every page the address of the front page."""
    return canonical_url(url) != ""


@lru_cache(maxsize=16)  # asked several times for a page
def canonical_url(url: str) -> str:
    """Return what is the same in all spellings of a page's address, "" for a front page or no address.

    Scheme, ``www.``, the usual port, a slash at the end, the fragment (but for ``#!`` and ``#/``, which
    name pages) and parameters of `_tracking` do not count; nor does the order of parameters.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    host = parts.netloc.lower().rpartition("@")[2].removesuffix(_PORTS.get(parts.scheme, ":"))
    host = host.removeprefix("www.")
    path = _escaped(parts.path).rstrip("/")
    query = parts.query
    if query:
        kept = [each for each in query.split("&") if each and not _is_tracking(each)]
        query = _escaped("&".join(sorted(kept)))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    if not host or not (path or query or fragment):
        return ""
    return "".join((host, path, "?" * bool(query), query, "#" * bool(fragment), fragment))


@cache  # most addresses have no parameters, and it takes time to compile
def _tracking() -> re.Pattern[str]:
    """Return what says how a reader came to a page, and not which page it is."""
    return re.compile(
        r"(?:utm|mtm|hsa|vero|oly)_\w+|pk_(?:campaign|kwd|keyword|source|medium|content)"
        r"|at_(?:medium|campaign|custom\w*|link\w*|format|ptr\w*|\w{1,20}_team)|ns_(?:mchannel|source|campaign|linkname|fee)"
        r"|mc_[ce]id|_hs(?:enc|mi)|_g[al]|(?:fb|g|d|y|yad|tw|tt)clid|msclkid|irclickid|srsltid|gclsrc"
        r"|[gw]braid|gad_source|igsh(?:id)?|mkt_tok|cmp(?:id)?|[on]cid|smid|smtyp|xtor|li_fat_id|s_cid|wt_z?mc\w*"
        r"|fb_(?:ref|source)|__twitter_impression|guccounter|guce_referrer(?:_sig)?|wickedid",
        re.IGNORECASE,
    )


def _is_tracking(parameter: str) -> bool:
    return _tracking().fullmatch(parameter.partition("=")[0]) is not None


def _escaped(text: str) -> str:
    """Return part of a URL with one spelling for each letter that can be written as an escape."""
    if text.isascii() and "%" not in text:
        return text
    text = quote(text, safe="%/:=&?~+!$,;'()*[]@", errors="replace")
    return _ESCAPE.sub(lambda escape: escape[0].upper(), text)


def _hash(*texts: str) -> str:
    digest = blake2b(digest_size=8)
    for text in texts:
        encoded = text.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()
