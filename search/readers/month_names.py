"""What the months are called in the languages that news is written in."""

from __future__ import annotations

import unicodedata
from functools import cache

#: A row a month, and in each row one language after the other: names, forms of the case that dates take, short forms.
_NAMES = """
january jan | januar jän jänner | janvier janv | enero ene | gennaio genn gen | janeiro | januari | styczeń stycznia sty | январь января янв | січень січня січ | ocak oca | ianuarie ian | leden ledna led | ιανουάριος ιανουαρίου ιαν γενάρη | يناير كانون-الثاني جانفي | ינואר בינואר | január | siječanj siječnja | gener | tammikuu tammikuuta | जनवरी | sausio | januára | јануар јануара | януари
february feb febr | februar feber | février févr fév | febrero | febbraio febb | fevereiro fev | februari | luty lutego lut | февраль февраля фев февр | лютий лютого лют | şubat şub | februarie | únor února úno | φεβρουάριος φεβρουαρίου φεβ | فبراير شباط فيفري | פברואר בפברואר | február | veljača veljače | febrer | helmikuu helmikuuta | फरवरी फ़रवरी | vasario | februára | фебруар фебруара | февруари
march mar | märz mär mrz | mars | marzo | março | maart mrt | marzec marca | март марта мар | березень березня бер | mart | martie | březen března bře | μάρτιος μαρτίου μαρ μάρτη | مارس آذار | מרץ במרץ | március márc | ožujak ožujka | març | maaliskuu maaliskuuta | मार्च | marts | kovo | marec
april apr | avril avr | abril abr | aprile | kwiecień kwietnia kwi | апрель апреля апр | квітень квітня кві квіт | nisan nis | aprilie | duben dubna dub | απρίλιος απριλίου απρ | أبريل ابريل نيسان أفريل | אפריל באפריל | április ápr | travanj travnja | huhtikuu huhtikuuta | अप्रैल | balandžio | apríl apríla | април априла
may | mai | mayo | maggio magg mag | maio | mei | maj maja | май мая | травень травня трав тра | mayıs | květen května kvě | μάιος μαΐου μάι μαι μάη | مايو أيار ماي | מאי במאי | május máj mája | svibanj svibnja | maig | toukokuu toukokuuta | मई | gegužės | мај маја
june jun | juni | juin | junio | giugno giu | junho | czerwiec czerwca cze | июнь июня июн | червень червня чер черв | haziran haz | iunie iun | červen června | ιούνιος ιουνίου ιουν ιούν | يونيو حزيران جوان | יוני ביוני | június jún júna | lipanj lipnja | juny | kesäkuu kesäkuuta | जून | birželio | јун јуна | юни
july jul | juli | juillet juil | julio | luglio lug | julho | lipiec lipca lip | июль июля июл | липень липня лип | temmuz tem | iulie iul | červenec července | ιούλιος ιουλίου ιουλ ιούλ | يوليو تموز جويلية | יולי ביולי | július júl júla | srpanj srpnja | juliol | heinäkuu heinäkuuta | जुलाई | liepos | јул јула | юли
august aug | août | agosto ago | augustus | sierpień sierpnia sie | август августа авг | серпень серпня сер серп | ağustos ağu | srpen srpna srp | αύγουστος αυγούστου αυγ αύγ | أغسطس اغسطس آب أوت | אוגוסט באוגוסט | augusztus | kolovoz kolovoza | agost | elokuu elokuuta | अगस्त | augusti | rugpjūčio | augusta | аугуст
september sept sep | septembre | septiembre setiembre | settembre sett set | setembro | wrzesień września wrz | сентябрь сентября сен сент | вересень вересня вер | eylül eyl | septembrie | září zář | σεπτέμβριος σεπτεμβρίου σεπ σεπτ | سبتمبر أيلول | ספטמבר בספטמבר | szeptember szept | rujan rujna | setembre | syyskuu syyskuuta | सितंबर सितम्बर | rugsėjo | septembra | септембар септембра | септември
october oct | oktober okt | octobre | octubre | ottobre ott | outubro out | październik października paź | октябрь октября окт | жовтень жовтня жов жовт | ekim eki | octombrie | říjen října říj | οκτώβριος οκτωβρίου οκτ | أكتوبر اكتوبر تشرين-الأول | אוקטובר באוקטובר | október | lokakuu lokakuuta | अक्टूबर अक्तूबर | spalio | októbra | октобар октобра | октомври
november nov | novembre | noviembre | novembro | listopad listopada listopadu lis | ноябрь ноября ноя нояб | листопад листопада лис | kasım kas | noiembrie noi | νοέμβριος νοεμβρίου νοε | نوفمبر تشرين-الثاني | נובמבר בנובמבר | studeni studenoga studenog | marraskuu marraskuuta | नवंबर नवम्बर | lapkričio | novembra | новембар новембра | ноември
december dec | dezember dez | décembre déc | diciembre | dicembre dic | dezembro | grudzień grudnia gru | декабрь декабря дек | грудень грудня гру груд | aralık ara | decembrie | prosinec prosince pro | δεκέμβριος δεκεμβρίου δεκ | ديسمبر كانون-الأول | דצמבר בדצמבר | desember des | prosinac prosinca | desembre | joulukuu joulukuuta | दिसंबर दिसम्बर | gruodžio | decembra | децембар децембра | декември
"""

#: Names of two words, as they are written and as one word.
_PAIRS = ("تشرين الأول", "تشرين الثاني", "كانون الأول", "كانون الثاني")


def month_of(name: str) -> int:
    """Return the number of the month of that name, from 1; 0 where no month has it."""
    return _months().get(name.lower().replace("i\N{COMBINING DOT ABOVE}", "i"), 0)


def joined_names(text: str) -> str:
    """Return *text* with the names that have two words as one word, which `month_of` knows."""
    for pair in _PAIRS:
        text = text.replace(pair, pair.replace(" ", "-"))
    return text


@cache
def _months() -> dict[str, int]:
    months: dict[str, int] = {}
    for number, row in enumerate(_NAMES.strip().split("\n"), 1):
        for name in row.replace("|", " ").split():
            months[name] = number
    # Capitals lose their accents, and so does what was typed elsewhere; a name with its accents comes first.
    for name, number in list(months.items()):
        bare = unicodedata.normalize("NFD", name).replace("ı", "i")
        if name[0] < "\N{HEBREW LETTER ALEF}":
            bare = "".join(each for each in bare if not unicodedata.combining(each))
        months.setdefault(bare, number)
    return months
