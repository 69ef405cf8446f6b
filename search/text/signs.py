"""Signs inside words and letters with several forms, as `search.text.words` reads them: data for its patterns and its folding."""

from __future__ import annotations

from typing import Final

#: What is typed or printed as an apostrophe between two letters, and in names for ayin, hamza or ʻokina: ' ` ´ ‘ ’ ′ ＇ ׳
APOSTROPHES: Final = "'`´‘’′＇׳"
#: Letters of Unicode that stand for the same.
APOSTROPHE_LETTERS: Final = "ʹʻʼʽʾʿˈꞋꞌ"
#: What an abbreviation in Hebrew has before its last letter; the last is two apostrophes.
GERSHAYIM: Final = "[\"“”„״]|''"

#: Contractions that would be other words without their apostrophe: hell, shell, well, ill, were, whore, cant ...
KEPT_APOSTROPHES: Final = frozenset(
    ("he'll", "she'll", "we'll", "i'll", "we're", "who're", "he'd", "she'd", "we'd", "i'd", "i'm",
     "i've", "can't", "won't")
)  # fmt: skip

#: What French, Italian, Catalan and Portuguese write before a vowel or h, without its last vowel, as one with the next
#: word: articles, prepositions, pronouns. The first of them is "d", which names have too.
ELIDED: Final = (
    "d", "l", "c", "j", "m", "n", "s", "t", "v", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu",
    "un", "gl", "dell", "all", "dall", "nell", "sull", "coll", "quell", "quest",
)  # fmt: skip
#: What can follow an elided word.
VOWELS: Final = "aeiouyhàáâãäåæèéêëìíîïòóôõöøœùúûüýÿ"
#: Surnames that are one word with their d', as people write and look for them.
NAMES_WITH_D: Final = (
    "abo", "addario", "agostini", "agostino", "aguilar", "alema", "alessandro", "alessio", "alfonso", "aloisio",
    "amato", "ambrosio", "amelio", "amico", "amore", "andrea", "angeli", "angelo", "annunzio", "antoni", "antonio",
    "aquino", "arcy", "arrigo", "artagnan", "aubuisson", "avanzo", "elia", "emilio", "eramo", "errico", "este",
    "estaing", "hondt", "ippolito", "oliveira", "olivo", "onofrio", "orazio", "oriano", "oyly", "urso", "urville",
)  # fmt: skip

#: Letters of Arabic writing that are typed one for the other: alef maqsura and the yeh of Persian, teh marbuta and the
#: heh of Urdu, kaf; alef wasla; and its digits, of both kinds. Alefs with hamza or madda decompose, see `HAMZA`.
ARABIC: Final = {
    **dict.fromkeys(map(ord, "ىی"), "ي"),
    **dict.fromkeys(map(ord, "ةہھۃە"), "ه"),
    **dict.fromkeys(map(ord, "کڪ"), "ك"),
    ord("ٱ"): "ا",
    **{ord(digit): str(n) for n, digit in enumerate("٠١٢٣٤٥٦٧٨٩")},
    **{ord(digit): str(n) for n, digit in enumerate("۰۱۲۳۴۵۶۷۸۹")},
}
#: Madda and hamza after an alef or a heh, which are left out.
HAMZA: Final = "(?<=[اه])[\u0653-\u0655]+"
