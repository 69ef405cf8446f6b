"""The patterns of dates and times, imported when a text is met that is not in the usual form.

Each is tried on at most 200 characters.
"""

from __future__ import annotations

import re

HOURS_FROM_UTC = {
    "z": 0.0, "ut": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "bst": 1.0, "cet": 1.0, "cest": 2.0,
    "eet": 2.0, "eest": 3.0, "msk": 3.0, "jst": 9.0, "kst": 9.0, "hkt": 8.0, "sgt": 8.0,
    "sast": 2.0, "aest": 10.0, "aedt": 11.0, "awst": 8.0, "nzst": 12.0, "nzdt": 13.0,
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0,
    "pst": -8.0, "pdt": -7.0, "mez": 1.0, "mesz": 2.0, "мск": 3.0,
    "western european time": 0.0, "western european summer time": 1.0, "central european time": 1.0,
    "central european summer time": 2.0, "eastern european time": 2.0, "eastern european summer time": 3.0,
}  # fmt: skip
ZONES = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "eastern": "America/New_York", "central": "America/Chicago", "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
}  # fmt: skip

# In some scripts a name has marks that are no letters.
_NAME = r"(?<!\w)(?P<name>[^\W\d_][^\s\d.,/|()\[\]:;'’]{1,15})\.?"
_DAY = r"(?<![\d:])(?P<day>\d{1,2})(?P<nth>st|nd|rd|th|er|re|ère|ης?|[ºª°ος.]|-?го|-е)?"
_OF = r"(?:(?:of|de|di|do|du|den|d['’])\s*)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
#: Two digits are a year where nothing else can follow, or a time does.
_YEAR_OR_TWO = (
    r"(?P<year>\d{4}(?!\d)|(?:(?<=[-/])|['’])\d\d(?![\d:])|(?<=\s)\d\d(?=\s*$|,?\s+\d\d?:\d\d))"
)
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?"
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\d-])(?P<year>\d{4})-?W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?(?!\d)",
        r"(?<![\d-])(?P<year>\d{4})-(?P<ordinal>\d{3})(?![\d-])",
        rf"(?<!\d){_YEAR}(?P<sep>[-/.])\s?(?P<month>\d{{1,2}})(?:(?P=sep)\s?(?P<day>\d{{1,2}})(?!\d))?(?![\d-])",
        r"(?<![\d-])(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?!\d)",
        r"(?<!\d)(?P<year>\d{4})\s?[年년](?:\s?(?P<month>\d{1,2})\s?[月월](?:\s?(?P<day>\d{1,2})\s?[日号號일])?)?",
        r"(?P<era>令和|平成|昭和)(?P<year>\d{1,2}|元)年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        rf"(?<!\d){_YEAR}\.?(?:\s+|-){_NAME}(?:\s+|-)(?P<day>\d{{1,2}})(?![\d:])",
        rf"{_DAY},?(?:\s*|[-/]){_OF}{_NAME},?(?:\s*(?:del?|of|do)\s+|\s*[-/,]\s*|\s+){_YEAR_OR_TWO}",
        rf"{_NAME}\s*{_DAY},?\s+(?:(?:del?|of)\s+)?(?:{_YEAR}|['’](?P<short>\d\d)(?!\d))",
        rf"{_NAME}\s+{_DAY}\s+(?P<clock>{_CLOCK}(?:\s+(?:[+-]\d{{4}}|[a-z]{{1,5}}))?)\s+{_YEAR}",
        rf"(?<!\d)(?<!\d[\s.-])(?<!\d\.\s){_NAME},?\s+(?:(?:del?|of)\s+)?{_YEAR}(?!\s*[-–—/]\s*\d)",
        r"(?<![\w./-])(?P<first>\d{1,2})(?P<sep>[/.-])\s?(?P<second>\d{1,2})(?P=sep)\s?"
        r"(?P<year>\d{4}|(?<!\b\d.\d.)(?<!\b\d\d.\d.)\d\d)(?!\d|[./-]\d)",
        r"^\s*(?P<year>\d{4})\s*$",
    )
)  # fmt: skip
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}

_ZONE = (
    r"(?:utc|gmt)?[+\-−]\d{1,2}(?::?\d\d)?(?!\d)|[a-z]+/[a-z_]+\b|(?:eastern|central|mountain|pacific)\b(?=(?:\s(?:standard|daylight))?\stime\b)"
    r"|[^\W\d_]{2,15}\s(?:time|zeit)\b|ortszeit\b|(?-i:[A-ZА-Я]{2,5})\b|"
    + "|".join(rf"{name}\b" for name in sorted({*HOURS_FROM_UTC, *ZONES}, key=len, reverse=True))
)
_HALF = r"[ap]\.?m\b\.?"
_AT = r"at|um|à|a\s+las|alle|ore|às|as|om|kl\.?|klo|klokken|o\s+godz\.?|godz\.?|в|о|об|saat|ora|στις|u|la|na"
#: Weekdays that stand between day and time.
_WEEKDAY = (
    r"\(?(?:pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|[월화수목금토일]요일|星期.|周.|[月火水木金土日]曜日"
    r"|(?<=\()[^\W\d_]{1,12}(?=\))"
    r"|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\b"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica"
    r"|(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:segunda|terça|quarta|quinta|sexta)-feira)\b\.?)\)?"
)
TIME = re.compile(
    r"(?P<lead>\(?(?:[\s,|•·–—()-]|\b(?:Z|г\.?|р\.?|года|року|r\.)(?=\W)|"
    rf"{_WEEKDAY})+|[T:]|(?<=[日일号號]))"
    rf"(?:(?P<at>{_AT})\s+)?(?P<east>上午|下午|午前|午後|오전|오후)?\s?"
    r"(?P<hour>\d{1,2})(?:(?P<mark>:|\.|\s?h\s?)(?P<minute>\d\d)|(?P<tick>[時时点點시])\s?(?P<minutes>\d{1,2})[분分]"
    r"|(?P<bare>\d\d))"
    r"(?:[:.]?\s?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?(?![\d:])[秒초]?"
    rf"\s*(?P<half>{_HALF})?"
    r"(?P<hours>\s*(?:Uhr|hrs?|hs|h|uur|ч|год)\b\.?)?"
    rf"\s*\(?(?P<zone>{_ZONE})?",
    re.IGNORECASE,
)
TIME_BEFORE = re.compile(
    rf"(?<![\d:.])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>{_HALF})?"
    rf"(?P<hours>\s*Uhr\b)?\s*\(?(?P<zone>{_ZONE})?\)?"
    r"[\s,|•·–—-]*(?:[^\W\d_]{2,12}[.,]{0,2}\s*){0,3}[\s,|•·–—-]*$",
    re.IGNORECASE,
)
ONLY_HOUR = re.compile(rf"[\s,]+(?:(?:{_AT})\s+)?\d{{1,2}}\s*(?:{_HALF}|Uhr\b|h\b)", re.IGNORECASE)
#: What stands before and after one day of several.
RANGE_BEFORE = re.compile(
    r"(?<![\d:./-])\d{1,2}(?:st|nd|rd|th|\.)?(?:\s+(?P<name>[^\W\d_]{3,12})\.?)?"
    r"\s*(?:[-–—/&+]|\b(?:to|bis|until|till|and|und|à|au|al|a|y|e|et|до|по)\b)\s*$",
    re.IGNORECASE,
)
RANGE_AFTER = re.compile(
    r"\s*(?:[-–—/]|\b(?:to|bis|until|till|through|à|au|al|до|по)\b)\s*", re.IGNORECASE
)
#: What stands before a day that is only a bound.
NOT_THE_DAY = re.compile(
    r"(?<!\w)(?:before|until|till|since|after|vor dem|nach dem|bis zum|seit dem|avant le|après le|depuis le|jusqu['’]au|antes del?|después del?"
    r"|hasta el|desde el|prima del|dopo il|fino al)\s+(?:[^\W\d_]{2,12}[.,]?\s+)?$",
    re.IGNORECASE,
)
#: The first of "Nov/Dec 2024".
TWO_MONTHS = re.compile(r"[^\W\d_]{3,12}[/–-]$")
#: What stands before the day of a change.
CHANGED = re.compile(
    r"(?:(?<!\w)(?:updated|modified|edited|revised|aktualisiert|geändert|bearbeitet|aktualisierung|stand|mis à jour"
    r"|modifié|actualizado|actualizada|aggiornato|modificato|atualizado|bijgewerkt|gewijzigd|uppdaterad|opdateret"
    r"|oppdatert|aktualizacja|обновлено|оновлено|güncelleme|güncellendi|actualizat|ενημέρωση)|更新|수정)"
    r"(?:\s+(?:on|at|am|le|el|il|em|op|den|dne))?[\s:：|-]{0,4}(?:[^\W\d_]{2,12}[.,]{1,2}\s*)?$",
    re.IGNORECASE,
)  # fmt: skip
