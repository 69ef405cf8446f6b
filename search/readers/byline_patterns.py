"""The patterns that a byline is taken apart by. All are linear: hostile bylines are tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, partial

from search.readers import byline_words as known


class Patterns(dict[str, re.Pattern[str]]):
    """Patterns by name, each made when it is asked for first: all of them take as long as a hundred articles."""

    def __init__(self, makers: Mapping[str, Callable[[], re.Pattern[str]]]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> re.Pattern[str]:
        self[name] = pattern = self._makers[name]()
        return pattern


@cache
def patterns() -> Patterns:
    """Return what a byline is taken apart by."""
    works = "|".join(
        sorted(
            map(re.escape, {*known.ROLE_OF_WORK, *known.WORKS_OF_AUTHORS}), key=len, reverse=True
        )
    )
    by = rf"(?:{known.BY}|di|de|del|av|af|od|from)"
    work = rf"(?:(?P<more>{known.ADDITIONAL})\s+)?(?:{works})\.?"
    joined = r"\s*+(?:[&+,/]|and|und|et|och|og|y|e)\s*+"
    flags = re.IGNORECASE
    return Patterns({
        # "Words and photos by", "Additional reporting by", "Foto:".
        "marker": partial(
            re.compile,
            rf"(?:[\s,.(]*+\b(?:with|and|und|mit)\s++)?(?<![\w-])(?P<works>{work}(?:{joined}(?:{works})){{0,3}})"
            rf"(?:\s*+:|\s++{by}\b(?!\w*-)\s*+:?+|\s*+/(?=\s))",
            flags,
        ),
        # "Photos Jane Doe", where two capitals follow.
        "bare marker": partial(
            re.compile,
            r"(?:^|[\s,.]++)(?P<works>(?i:words|texte?s?|texto|testo|tekst|текст|photos?|fotos?|фото|fotografías|zdjęcia|bild|bilder|photographs"
            r"|photography|pictures|글|사진|摄影|攝影|撮影|写真))\s+(?=[\u4e00-\u9fff]{2,4}(?!\w)|[^\W\d_a-zа-я]\w+\s+[^\W\d_a-zа-я]\w|[\uac00-\ud7a3]{2,4}(?!\w))"
        ),
        "editor": partial(re.compile, r"(?:^|[\s,.]++)editors?\s*:", flags),
        "translated": partial(
            re.compile,
            r"(?:translated\s+)?(?:from the [^\W\d_]+ (?:by)|aus dem \w+ (?:übersetzt )?von)\b", flags
        ),
        "with": partial(
            re.compile,
            r"[\s,.(]*+\b(?:mit|with)\s+(?:files|agenturmaterial|(?:additional\s+)?(?:reporting|contributions?|material|inputs?))\s+(?:from|by|von|der)\b:?",
            flags,
        ),
        "contributed": partial(
            re.compile,
            r"[\s,]*+\b(?:also\s+)?contribut(?:ed|ing)(?:\s.*|$)|[\s,]*+\b(?:hat|haben)\s+mitgearbeitet\b.*",
            flags,
        ),
        "told to": partial(re.compile, r"[\s,(]*+\b(?:as told to|aufgezeichnet von|protokoll(?:iert)? von)\b:?", flags),
        "is": partial(
            re.compile,
            r"\s+(?:is|are|was|were|has|ist|war|est|è|é)\s+(?:an?|the|on|based|also|one|our|ein|eine|der|die|une?|la|le|il)\b.*",
            re.IGNORECASE | re.DOTALL,
        ),
        "lead": partial(
            re.compile,
            rf"[^\w\ue000]*+(?:(?:(?:{known.MADE})\s++){{0,3}}(?:{known.BY}|by)\b(?![-'’.])\s*+:?+"
            rf"|(?:(?:{known.MADE})\s++){{1,3}}(?:da|de|do|pelo|pela|av|af|di|od|par)\b"
            rf"|(?:{known.LABELS})(?:\s*+[:：]|(?<=author)\s++(?=\w++\s++\w)|(?<=by)\s++)"
            rf"|(?:(?:{known.MADE})\s++){{0,2}}(?:{known.MADE}|{known.BY_OR_NAME})\s*+[:：]"
            r"|(?:view|see|show|read)?\s*+(?:all|more)\s++(?:articles|posts|stories|news|content)?\s*+(?:by|from|of)\b"
            r"|(?:articles|posts|stories)\s++(?:by|of)\b|文\s*+[/／:：]|(?:作者|撰文|記者|记者)\s*+[/／:：])\s*+",
            flags,
        ),
        "lead or name": partial(re.compile, rf"(?:(?:{known.MADE})\s++){{0,3}}(?:{known.BY_OR_NAME})\s++(?=\S++\s++\S)", flags),
        "middle by": partial(
            re.compile,
            rf"(?:(?<=\w)[\s,.|:-]+\bby\b|(?<=[\d.])[\s,]+(?:{known.BY}|av|af|par|di)\b)\s*+:?+\s*+", flags
        ),
        "and": partial(re.compile, rf"\s*+[&+]\s*+|(?:\s++|,)(?:{known.AND})\s++|\s++u\.\s++", flags),
        "short and": partial(re.compile, rf"(?<=[^\W\d_][^\W\d_])\s++(?:{known.SHORT_AND})\s++(?=[^\W\d_]++\.?\s++[^\W\d_])"),
        "short AND": partial(re.compile, r"(?<=[^\W\d_][^\W\d_])\s++(?:Y|I|VE|EN|И|ТА)\s++(?=[^\W\d_]{2,}+\s++[^\W\d_])"),
        "segment": partial(
            re.compile,
            r" *+[;|•‧∙●▪►»＊\n\r\t；｜]\s*+|(?<=\s)[-–]\s+|\s*+[—―]\s*+|(?<!\d)\s*+/\s*+|(?:^|(?<=\s))·\s*+|·(?=\s)|\s++[-–]$"
            r"|[【】「」]",
        ),
        "email or url": partial(
            re.compile,
            r"<?\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+>?|\b(?:https?://|www\.)\S+|(?<!\w)@\w+"
        ),
        "site": partial(
            re.compile,
            r"\b[\w-]{1,60}(?:\.[\w-]{1,60}){0,3}\.(?:com|org|net|info|de|at|ch|co|uk|fr|it|es|nl|se|no|dk|eu|news|tv|pl|ru|in|io|au|ca)\b"
            r"(?!\.?\w)"
        ),
        "pronouns": partial(
            re.compile,
            r"\b(?:she|he|they|her|him|xe|ze|sie|er|elle|il|ella|él)\s*/\s*(?:she|he|hers?|him|his|them|theirs?|they|it"
            r"|ihr|ihm|lui|elle|any)(?:\s*/\s*\w{2,6})?\b",
            flags,
        ),
        "brackets": partial(re.compile, r"[(\[（［]([^()\[\]（）［］]*)[)\]）］]"),
        "tag": partial(re.compile, r"</?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,500})?/?>", flags),
        "quoted": partial(re.compile, r"[\"“„«][^\"“”„«»]{1,30}[\"”“»]"),
        "suffix": partial(re.compile, r"(?:Jr|Sr|JR|SR|II|III|IV)\.?"),
        "date tail": partial(
            re.compile,
            r"(?:[\s,:]*+\b(?:on|updated|published|posted|last|modified|am|den|le|el|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*+"
            r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
            r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?+){0,6}+[\s,:]*+\b(?<![^\W\d_])\d.*+",
            re.IGNORECASE | re.DOTALL,
        ),
        "date lead": partial(
            re.compile,
            r"(?:(?:\d[\w.:/+-]*+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun)\b\.?"
            r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|tember|ember|ober)?\b\.?(?=\W{0,3}\d)"
            r"|(?:januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre"
            r"|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio"
            r"|giugno|luglio|settembre|ottobre|dicembre)\b(?=\W{0,3}(?:de\s)?\d)|de(?=\s)|am|pm|a\.m\.|p\.m\.|uhr|utc|gmt|at|um|on|of"
            r"|published|posted|updated)(?=[\s,]|$)[\s,]*+)++",
            flags,
        ),
        "plain": partial(
            re.compile,
            r"(?:By |by |BY )?[A-Z][a-z]{2,20}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,20}){0,2}"
            r"(?:(?:, | and )[A-Z][a-z]{2,20}(?: [A-Z]\.)?(?: [A-Z][a-z]{1,20}){0,2}){0,20}"
        ),
        "joined by": partial(re.compile, r"\s*+(?:mit|avec|con|com|med|met|with|and|und|et)\s++"),
        "comma": partial(re.compile, r"\s*+[,،、，]\s*+"),
        "sentence": partial(re.compile, r"(?<=[^\W\d_]{3})\.\s++(?=[^\W\d_])"),
        "word": partial(re.compile, r"[^\W\d_]+\.?(?:['’‘`ʻʼ\-‐‑.·][^\W\d_]+\.?)*['’]?"),
        "quoted word": partial(re.compile, r"[\"“„«'‘]\w[^\"“”„«»]*[\"”“»'’]"),
        "small prefix": partial(re.compile, r"(?:al|el|ul|d|l|ad|as|ash|an|ar|at|az|s|'t|’t)[-'’]\w.*"),
        "han": partial(re.compile, "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3・·]{2,10}"),
        "han role": partial(
            re.compile,
            r"\s*(?:(?:인턴)?기자|특파원|논설위원|편집위원|선임기자|앵커|記者|记者|特派員|編集委員|論説委員|著|文|撰文|报道|報道|報導)$"
        ),
        "hangul dot": partial(re.compile, "(?<=[\uac00-\ud7a3])·(?=[\uac00-\ud7a3])"),
        "von": partial(re.compile, r"(?:Von|VON) [^\W\d_]{2,}+"),
        "han lead": partial(re.compile, r"^[^=＝\s]{1,12}[=＝]\s*(?=\S)|^(?:聞き手|取材|構成|文|글|撰文)\s*[・:：/／\s]\s*|^(?:本报|[\u4e00-\u9fff]{2,4}社|通讯员|實習|实习|見習|본보)?(?:记者|記者|기자|特约撰稿人|评论员)\s*[:：]?\s*"),
    })  # fmt: skip
