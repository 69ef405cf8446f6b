"""ninjs 1.x to 3.x, the wire format of the IPTC in JSON: which items are articles, and which of several texts counts."""

from __future__ import annotations

from collections.abc import Mapping

#: Types of items that are no articles: what is shown with one, and lists of several.
_OTHER_TYPES = frozenset(
    ("audio", "video", "picture", "photo", "image", "graphic", "composite", "component", "package", "planning", "event")
)  # fmt: skip
#: What is no part of an article, and not worth a remark; lower case, without signs.
_UNTOLD = frozenset(
    """type mimetype representationtype profile version standard schema priority urgency charcount wordcount
    usageterms copyrightnotice trustindicator expires altids person persons people organisation organisations
    organization organizations place places event events object objects rightsinfo""".split()  # noqa: SIM905
)
#: A text that is shorter than this part of another is a summary of it; HTML is longer by its tags.
_SUMMARY = 0.5
_MAIN_ROLES = ("", "main", "body", "headline", "default")


def why_no_article(record: Mapping[str, object]) -> str:
    """Return why an item is no article, "" where it is one or no ninjs at all."""
    kind = record.get("type")
    if not (isinstance(kind, str) and kind in _OTHER_TYPES and "uri" in record):
        return ""
    names = set(map(_bare, record))
    is_item = "versioncreated" in names or "pubstatus" in names
    return f"an item of type {kind!r} is no article" if is_item else ""


def flat(record: Mapping[str, object]) -> dict[str, object]:
    """Return *record* with one headline and one body, and without what is no part of an article."""
    found: dict[str, object] = {}
    language = _main_part(record.get("language"))
    for key, value in record.items():
        name = _bare(key)
        if name in _UNTOLD:
            continue
        if name in ("headlines", "bodies") and isinstance(value, list):
            value = _best(value, language, is_body=name == "bodies")
        found[key] = value
    return found


def _bare(key: str) -> str:
    return key.replace("_", "").replace("$", "").lower()


def _best(texts: list[object], language: str, *, is_body: bool) -> object:
    """Return the text of *texts* that counts: in *language* the main one; of bodies HTML before plain text, but no summary."""
    listed = [
        each for each in texts if isinstance(each, dict) and isinstance(each.get("value"), str)
    ]
    if not listed:
        return texts
    listed = [each for each in listed if _is_in(each, language)] or listed
    if is_body:
        longest = max(len(each["value"]) for each in listed)
        listed = [each for each in listed if len(each["value"]) > longest * _SUMMARY]
    return min(listed, key=lambda each: (is_body and _form(each), not _is_main(each)))["value"]


def _is_in(text: Mapping[str, object], language: str) -> bool:
    return not language or _main_part(text.get("language")) in ("", language)


def _main_part(language: object) -> str:
    return language.lower().partition("-")[0] if isinstance(language, str) else ""


def _is_main(text: Mapping[str, object]) -> bool:
    return str(text.get("role", "")).rpartition(":")[2].lower() in _MAIN_ROLES


def _form(text: Mapping[str, object]) -> int:
    kind = str(text.get("contenttype", text.get("contentType", "")))
    return 0 if "html" in kind else 1
